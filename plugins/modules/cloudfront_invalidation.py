#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_invalidation
version_added: 0.1.0
short_description: Take files out of the caches of CloudFront
description:
  - Invalidates paths of a CloudFront distribution and waits until no edge location has the files any more.
  - An invalidation of the same paths that is under way is joined instead of started twice. One that is completed is done again, as
    the files may have changed since.
  - A thousand paths a month are free of charge. A path with C(*) counts as one.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.cloudfront_invalidation
    description: Does not wait, and has no check mode.
options:
  distribution_id:
    description: Id of the distribution.
    type: str
    required: true
  paths:
    description:
      - Paths from C(/) on, with C(*) as their last character at most. Their order does not matter.
      - What stands behind C(?) belongs to the path when it belongs to the key of the cache.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Looks, says what would be done, and does nothing.
    support: full
  diff_mode:
    description: An invalidation is an event and has no before and after.
    support: none
  idempotent:
    description: While one of the same paths is under way, no other is started.
    support: partial
"""

EXAMPLES = r"""
- name: Everybody gets the new frontend
  slipway.aws.cloudfront_invalidation:
    distribution_id: "{{ cdn.distribution.id }}"
    paths: ["/*"]

- name: The page and its pictures, without waiting
  slipway.aws.cloudfront_invalidation:
    distribution_id: EDFDVBD6EXAMPLE
    paths:
      - /index.html
      - /pictures/*
    wait: false
"""

RETURN = r"""
invalidation:
  description: The invalidation; empty in check mode when one would be started.
  returned: always
  type: dict
  contains:
    id:
      description: Its id.
      type: str
      sample: I2J0I21PCUYOIK
    status:
      description: C(InProgress) or C(Completed).
      type: str
    paths:
      description: Its paths.
      type: list
      elements: str
"""

import re
import uuid

from ansible_collections.slipway.aws.plugins.module_utils import cloudfront
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN
from ansible_collections.slipway.aws.plugins.module_utils.shapes import from_api

_MOST = 3000  # paths that may be under way in one distribution


class Invalidation(Caller):
    """One invalidation of a distribution."""

    service = "cloudfront"
    noun = "invalidation"
    missing = ("NoSuchDistribution",)
    pauses = (5, 5, 10, 10, 15, 20)

    @property
    def name(self):
        return f"of distribution {self.params['distribution_id']}"

    @property
    def _where(self):
        return {"DistributionId": self.params["distribution_id"]}

    def run(self):
        faults = list(self._faults())
        if faults:
            self.fail(" ".join(faults))
        paths = sorted(set(self.params["paths"]))
        batch = None if self.params["distribution_id"] == UNKNOWN else self._under_way(paths)
        changed = batch is None
        if changed and not self.check:
            batch = self._started(paths)
        if batch and self.params["wait"] and not self.check:
            batch = self._until_done(batch)
        self.module.exit_json(changed=changed, invalidation=self._view(batch) if batch else {})

    def _faults(self):
        paths, distribution = self.params["paths"], self.params["distribution_id"]
        if not re.fullmatch("[A-Z0-9]+", distribution) and distribution != UNKNOWN:
            yield f"distribution_id: {distribution} is not the id of a distribution, such as EDFDVBD6EXAMPLE."
        if not paths:
            yield "paths: there are none; /* is all of them."
        for path in paths:
            if not path.startswith("/"):
                yield f"paths: {path} does not begin with /."
            elif re.search(r"\*.|\s", path):
                yield f"paths: {path} has a * before its end, or a space. Write a space as %20."
        if len(paths) > _MOST:
            yield f"paths: AWS takes {_MOST} at a time, not {len(paths)}."

    def _under_way(self, paths):
        """Return the invalidation of the same paths that is not completed yet, or None. Lists do not tell paths."""
        if self.read("get_distribution", Id=self.params["distribution_id"]) is None:
            self.fail(f"distribution {self.params['distribution_id']} does not exist, so there is nothing to invalidate.")
        for summary in cloudfront.listed(self, "list_invalidations", "InvalidationList", **self._where):
            if summary["Status"] != "InProgress":
                continue
            batch = self._seen(summary["Id"])
            if batch and sorted(batch["InvalidationBatch"]["Paths"].get("Items", [])) == paths:
                return batch
        return None

    def _seen(self, identity):
        found = self.read("get_invalidation", tolerate=("NoSuchInvalidation",), Id=identity, **self._where)
        return found and found["Invalidation"]

    def _started(self, paths):
        batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": f"slipway.aws/{uuid.uuid4().hex}"}
        # AWS works on a limited number at a time, and each of them takes about a minute.
        patience = {"TooManyInvalidationsInProgress": ""}
        return self.write("create_invalidation", patience=patience, InvalidationBatch=batch, **self._where)["Invalidation"]

    def _until_done(self, batch):
        for _look in self.looks(self.params["wait_timeout"]):
            batch = self._seen(batch["Id"]) or batch
            if batch["Status"] == "Completed":
                return batch
        return self.fail(
            f"invalidation {batch['Id']} {self.name} is {batch['Status']} after {self.params['wait_timeout']} seconds."
            " AWS goes on by itself: run the same command again to wait for it, or raise wait_timeout.",
            invalidation=self._view(batch),
        )

    @staticmethod
    def _view(batch):
        told = {key: batch[key] for key in ("Id", "Status", "CreateTime")}
        return {**from_api(told), "paths": batch["InvalidationBatch"]["Paths"].get("Items", [])}


def main():
    Invalidation.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
