# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""User groups of ElastiCache; moto knows users only."""

from __future__ import annotations

from moto.elasticache.models import elasticache_backends

from ..calls import AwsError
from ..registry import operation
from .elasticache import GROUP, USERS, new_name, thing_of, things

_SHOWN = ("UserGroupId", "Status", "Engine", "UserIds", "MinimumEngineVersion", "ARN")


def _shown(call, group):
    uses = [each["ReplicationGroupId"] for each in things(call, GROUP).values() if group["UserGroupId"] in each["UserGroupIds"]]
    return {**{key: group[key] for key in _SHOWN}, "ReplicationGroups": uses, "PendingChanges": {}, "ServerlessCaches": []}


def _check(call, engine, names):
    """Raise what AWS raises about users that are not there, have one name, or are nobody for who does not say who he is."""
    known = elasticache_backends[call.account][call.region].users
    for name in names:
        if name not in known:
            raise AwsError("UserNotFound", f"User {name} not found.")
    called = [known[name].name for name in names]
    if len(set(called)) < len(called):
        raise AwsError("DuplicateUserName", "User group cannot contain users with the same user name.")
    if engine == "redis" and "default" not in called:
        raise AwsError("DefaultUserRequired", "User group needs to contain a user with the user name default.")


@operation("elasticache", "CreateUserGroup")
def create(call):
    name = new_name(call, USERS, call.params["UserGroupId"], "UserGroupAlreadyExists")
    engine, users = call.params["Engine"].lower(), call.params.get("UserIds", [])
    _check(call, engine, users)
    things(call, USERS)[name] = group = {
        "UserGroupId": name,
        "Status": "active",
        "Engine": engine,
        "UserIds": list(users),
        "MinimumEngineVersion": "6.0" if engine == "redis" else "7.2",
        "ARN": call.arn(f"{USERS}:{name}"),
        "Tags": call.params.get("Tags", []),
    }
    return _shown(call, group)


@operation("elasticache", "DescribeUserGroups")
def describe(call):
    name = call.params.get("UserGroupId")
    call.params.get("MaxRecords")  # one page is enough: an account has 100 at most, by default
    found = [thing_of(call, USERS, name)] if name else things(call, USERS).values()
    return {"UserGroups": [_shown(call, group) for group in found]}


@operation("elasticache", "ModifyUserGroup")
def modify(call):
    group = thing_of(call, USERS, call.params["UserGroupId"])
    left = [name for name in group["UserIds"] if name not in call.params.get("UserIdsToRemove", [])]
    users = [*left, *call.params.get("UserIdsToAdd", [])]
    _check(call, group["Engine"], users)
    group["UserIds"] = users
    return _shown(call, group)


@operation("elasticache", "DeleteUserGroup")
def delete(call):
    group = thing_of(call, USERS, call.params["UserGroupId"])
    shown = _shown(call, group)
    if shown["ReplicationGroups"]:
        raise AwsError("InvalidUserGroupState", f"User group {group['UserGroupId']} is associated with a replication group.")
    del things(call, USERS)[group["UserGroupId"]]
    return {**shown, "Status": "deleting"}
