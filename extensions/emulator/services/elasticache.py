# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ElastiCache: what its parts share, and tags.

Replication groups, parameter groups, subnet groups and user groups are ours; users and clusters of their own are moto's.
"""

from __future__ import annotations

import re

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import alive, operation, state_of, states, taggable

# The kinds of things that we keep, as their ARNs call them.
GROUP, PARAMETERS, SUBNETS, USERS, SNAPSHOT = "replicationgroup", "parametergroup", "subnetgroup", "usergroup", "snapshot"
_MISSING = {
    GROUP: ("ReplicationGroupNotFoundFault", "ReplicationGroup"),
    PARAMETERS: ("CacheParameterGroupNotFound", "CacheParameterGroup"),
    SUBNETS: ("CacheSubnetGroupNotFoundFault", "CacheSubnetGroup"),
    USERS: ("UserGroupNotFound", "User group"),
    SNAPSHOT: ("SnapshotNotFoundFault", "Snapshot"),
}


def _going(thing):
    return thing.get("busy") == "deleting"


for _kind in _MISSING:
    taggable("elasticache", _kind, arn="ARN", tags="Tags", gone=_going)


def things(call, kind):
    """Return the things of a kind in the caller's account and region, by name."""
    return state_of(call, kind)


def thing_of(call, kind, name):
    """Return one thing by its name, which AWS reads without regard to case, or raise what AWS raises."""
    found = things(call, kind).get((name or "").lower())
    if found is None:
        code, noun = _MISSING[kind]
        raise AwsError(code, f"{noun} {name} not found.")
    return found


def new_name(call, kind, name, code, longest=255):
    """Return a name for something new as AWS stores it, or raise what AWS raises when it cannot be one or is taken."""
    if not re.fullmatch(r"[A-Za-z](-?[A-Za-z0-9])*", name) or len(name) > longest:
        text = (
            f"The parameter {kind} identifier is not a valid identifier. Identifiers must begin with a letter; must contain only "
        )
        text += "ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
        raise AwsError("InvalidParameterValue", text)
    if name.lower() in things(call, kind):
        raise AwsError(code, f"{_MISSING[kind][1]} {name} already exists.")
    return name.lower()


def contradiction(text):
    """Raise AWS's error about parameters that do not go together, or not with what is there."""
    raise AwsError("InvalidParameterCombination", text)


def refused(text):
    """Raise AWS's error about a parameter with an impossible value."""
    raise AwsError("InvalidParameterValue", text)


# Time: something that is busy becomes what it shall be when the time has come.


def be(thing, status, seconds, then=None):
    """Let a thing be busy for a while; then ``then`` is called."""
    thing.update(busy=status, until=CLOCK.seconds() + seconds, then=then)


@alive
def _finish():
    for kind in (GROUP, SNAPSHOT):
        for _account, _region, kept in states("elasticache", kind):
            for thing in [each for each in kept.values() if each.get("busy") and CLOCK.seconds() >= each["until"]]:
                then = thing.pop("then", None)
                thing.update(busy=None)
                if then:
                    then()


# Tags


def _tagged(call):
    """Return what an ARN names when it is ours, or None when moto has to know it."""
    arn = call.params["ResourceName"]
    parts = arn.split(":", 6)
    if len(parts) != 7 or parts[2] != "elasticache":
        raise AwsError("InvalidARN", f"{arn} is not a valid ARN")
    kind, name = parts[5], parts[6]
    if kind not in _MISSING or (kind == SNAPSHOT and name not in things(call, kind)):
        return None
    return thing_of(call, kind, name)


def _taggable_now(thing):
    if thing.get("busy"):
        raise AwsError("InvalidReplicationGroupState", "Cluster not in available state to perform tagging operations.")


@operation("elasticache", "ListTagsForResource")
def list_tags(call):
    thing = _tagged(call)
    return call.forward() if thing is None else {"TagList": thing["Tags"]}


@operation("elasticache", "AddTagsToResource")
def add_tags(call):
    thing = _tagged(call)
    if thing is None:
        return call.forward()
    _taggable_now(thing)
    new = call.params["Tags"]
    names = {tag["Key"] for tag in new}
    thing["Tags"] = [tag for tag in thing["Tags"] if tag["Key"] not in names] + new
    return {"TagList": thing["Tags"]}


@operation("elasticache", "RemoveTagsFromResource")
def remove_tags(call):
    thing = _tagged(call)
    if thing is None:
        return call.forward()
    _taggable_now(thing)
    names = call.params["TagKeys"]
    unknown = [name for name in names if name not in [tag["Key"] for tag in thing["Tags"]]]
    if unknown:
        raise AwsError("TagNotFound", f"The tag {unknown[0]} is not found on the resource.")
    thing["Tags"] = [tag for tag in thing["Tags"] if tag["Key"] not in names]
    return {"TagList": thing["Tags"]}
