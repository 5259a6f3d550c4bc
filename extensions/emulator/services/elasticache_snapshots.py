# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Snapshots of replication groups; those of clusters of their own are moto's."""

from __future__ import annotations

from moto.elasticache.models import elasticache_backends

from ..calls import AwsError
from ..registry import operation
from .elasticache import GROUP, SNAPSHOT, be, refused, thing_of, things

_TAKES = 120  # account seconds
_ALIKE = (
    "ReplicationGroupId",
    "CacheNodeType",
    "Engine",
    "EngineVersion",
    "PreferredMaintenanceWindow",
    "Port",
    "CacheParameterGroupName",
    "AutoMinorVersionUpgrade",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
)


def _motos(call):
    return elasticache_backends[call.account][call.region].snapshots


def keep_snapshot(call, group, name, tags=()):
    """Make a snapshot of a group."""
    if name in things(call, SNAPSHOT) or name in _motos(call):
        raise AwsError("SnapshotAlreadyExistsFault", f"Snapshot with specified name already exists: {name}")
    things(call, SNAPSHOT)[name] = snapshot = {
        **{key: group[key] for key in _ALIKE},
        "SnapshotName": name,
        "ReplicationGroupDescription": group["Description"],
        "SnapshotSource": "manual",
        "NumNodeGroups": len(group["shards"]),
        "AutomaticFailover": "enabled" if group["AutomaticFailoverEnabled"] else "disabled",
        "ARN": call.arn(f"{SNAPSHOT}:{name}"),
        "Tags": list(tags),
    }
    for key in ("CacheSubnetGroupName", "KmsKeyId"):
        if group[key]:
            snapshot[key] = group[key]
    be(snapshot, "creating", _TAKES)
    return snapshot


def snapshot_of(call, name):
    """Return a snapshot that can be restored, or raise what AWS raises."""
    if name in _motos(call):
        return None
    return thing_of(call, SNAPSHOT, name)


def _shown(snapshot):
    hidden = ("Tags", "busy", "until", "then")
    status = snapshot.get("busy") or "available"
    return {**{key: value for key, value in snapshot.items() if key not in hidden}, "SnapshotStatus": status}


@operation("elasticache", "CreateSnapshot")
def create(call):
    name = call.params.get("ReplicationGroupId")
    if name is None:
        return call.forward()
    group = thing_of(call, GROUP, name)
    if group.get("busy"):
        raise AwsError("InvalidReplicationGroupState", f"Replication group {name} is not in a valid state to be snapshotted.")
    snapshot = keep_snapshot(call, group, call.params["SnapshotName"], call.params.get("Tags", []))
    be(group, "snapshotting", _TAKES)
    return {"Snapshot": _shown(snapshot)}


@operation("elasticache", "DescribeSnapshots")
def describe(call):
    name, group = call.params.get("SnapshotName"), call.params.get("ReplicationGroupId")
    source, cluster = call.params.get("SnapshotSource"), call.params.get("CacheClusterId")
    call.params.get("MaxRecords")  # the account is small
    if source not in (None, "user", "system"):
        refused(f"Invalid snapshot source {source}.")
    ours = [
        _shown(each)
        for each in things(call, SNAPSHOT).values()
        if name in (None, each["SnapshotName"])
        and group in (None, each["ReplicationGroupId"])
        and not cluster
        and source != "system"
    ]
    if group or (name and ours):  # moto does not know our groups
        return {"Snapshots": ours}
    return {"Snapshots": [*ours, *call.forward()["Snapshots"]]}


@operation("elasticache", "DeleteSnapshot")
def delete(call):
    name = call.params["SnapshotName"]
    if name in _motos(call):
        return call.forward()
    snapshot = thing_of(call, SNAPSHOT, name)
    if snapshot.get("busy"):
        raise AwsError("InvalidSnapshotState", f"Snapshot {name} is not in a valid state to be deleted.")
    del things(call, SNAPSHOT)[name]
    return {"Snapshot": {**_shown(snapshot), "SnapshotStatus": "deleting"}}
