# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Invalidations of CloudFront distributions, which take their time."""

from __future__ import annotations

import re

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation
from .cloudfront import check_quantities, distribution_of, location, new_id, page

INVALIDATES_IN = 60  # seconds until no edge location has the files any more
PATHS_AT_ONCE, WILDCARDS_AT_ONCE = 3000, 15  # that may be on their way in one distribution


def _status(batch):
    return "Completed" if CLOCK.seconds() >= batch["DoneAt"] else "InProgress"


def _shown(batch):
    return {**{key: batch[key] for key in ("Id", "CreateTime", "InvalidationBatch")}, "Status": _status(batch)}


@operation("cloudfront", "CreateInvalidation")
def create_invalidation(call):
    kept, batch = distribution_of(call, "DistributionId"), call.params["InvalidationBatch"]
    check_quantities(batch)
    _check_paths(batch["Paths"].get("Items", []))
    same = [
        old for old in kept["Invalidations"].values() if old["InvalidationBatch"]["CallerReference"] == batch["CallerReference"]
    ]
    if same and same[0]["InvalidationBatch"] != batch:
        raise AwsError("InvalidationBatchAlreadyExists", "The caller reference is associated with another invalidation batch.")
    if not same:
        _check_room(kept, batch["Paths"]["Items"])
        times = {"CreateTime": CLOCK.now(), "DoneAt": CLOCK.seconds() + INVALIDATES_IN}
        same = [{"Id": new_id("I"), "InvalidationBatch": batch, **times}]
        kept["Invalidations"][same[0]["Id"]] = same[0]
    return {"Location": f"{location(kept)}/invalidation/{same[0]['Id']}", "Invalidation": _shown(same[0])}


def _check_paths(paths):
    if not paths or not all(re.fullmatch(r"/[^*\s]*\*?", path) for path in paths):
        raise AwsError("InvalidArgument", "Your request contains one or more invalid invalidation paths.")


def _check_room(kept, paths):
    """Refuse more than AWS works on at the same time."""
    busy = [path for old in kept["Invalidations"].values() if _status(old) == "InProgress" for path in _paths(old)]
    stars = [path for path in (*busy, *paths) if path.endswith("*")]
    if len(busy) + len(paths) > PATHS_AT_ONCE or len(stars) > WILDCARDS_AT_ONCE:
        text = "Your request would cause you to exceed the number of concurrent invalidations that you are allowed."
        raise AwsError("TooManyInvalidationsInProgress", text)


def _paths(batch):
    return batch["InvalidationBatch"]["Paths"]["Items"]


@operation("cloudfront", "GetInvalidation")
def get_invalidation(call):
    found = distribution_of(call, "DistributionId")["Invalidations"].get(call.params["Id"])
    if found is None:
        raise AwsError("NoSuchInvalidation", "The specified invalidation does not exist.")
    return {"Invalidation": _shown(found)}


@operation("cloudfront", "ListInvalidations")
def list_invalidations(call):
    batches = reversed(distribution_of(call, "DistributionId")["Invalidations"].values())
    listed = [{key: value for key, value in _shown(batch).items() if key != "InvalidationBatch"} for batch in batches]
    found, marks = page(call, listed)
    return {"InvalidationList": {**found, **marks}}
