# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The index of tagged resources: moto's, and everything that we keep ourselves.

A kind of ours joins with ``taggable("ecs", "cluster", arn="clusterArn", tags="tags")``.
"""

from __future__ import annotations

from moto.core.resource_tagging import iter_taggable_backends

from ..registry import TAGGABLE, operation, states


@operation("resourcegroupstaggingapi", "GetResources")
def get_resources(call):
    """Answer with one page: the account is small. moto's own end after a hundred tags, and it calls some types otherwise."""
    found = dict(_of_moto(call))
    found.update(_ours(call))
    filters, types = call.params.get("TagFilters", []), call.params.get("ResourceTypeFilters", [])
    rows = [{"ResourceARN": arn, "Tags": tags} for arn, tags in found.items() if _matches(tags, filters) and _is_of(arn, types)]
    return {"ResourceTagMappingList": rows, "PaginationToken": ""}


def _of_moto(call):
    for backend in iter_taggable_backends(call.account, call.region):
        for thing in backend.iter_tagged_resources():
            if thing.tags:
                yield thing.arn, [{"Key": key, "Value": value} for key, value in thing.tags.items()]


def _ours(call):
    for (service, kind), (arn, tags, gone) in TAGGABLE.items():
        for account, region, things in states(service, kind):
            for thing in things.values() if account == call.account and region in (call.region, "global") else ():
                if not gone(thing) and thing.get(tags):
                    yield thing[arn], [{"Key": key, "Value": value} for key, value in _pairs(thing[tags])]


def _pairs(tags):
    if isinstance(tags, dict):
        return tags.items()
    return [(tag.get("Key", tag.get("key")), tag.get("Value", tag.get("value"))) for tag in tags]


def _matches(tags, filters):
    have = {tag["Key"]: tag["Value"] for tag in tags}
    return all(f["Key"] in have and (not f.get("Values") or have[f["Key"]] in f["Values"]) for f in filters)


def _is_of(arn, types):
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    return not types or any(service == kind.split(":")[0] and resource.startswith(kind.partition(":")[2]) for kind in types)
