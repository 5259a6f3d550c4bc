# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Replication groups of ElastiCache: creation, change and deletion, which take their time, and what AWS refuses."""

from __future__ import annotations

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation
from .elasticache import GROUP, be, contradiction, new_name, refused, thing_of, things
from .elasticache_checks import check, check_change, log_deliveries, token_of
from .elasticache_engines import version_of
from .elasticache_members import clustered, new_node, shown, spread, status_of, zones_of
from .elasticache_parameters import clustered as cluster_parameters
from .elasticache_parameters import parameter_group
from .elasticache_snapshots import keep_snapshot, snapshot_of

CREATION, CHANGE, RESTART, DELETION = 300, 60, 180, 150  # account seconds
_SETTINGS = {
    "AtRestEncryptionEnabled": None,
    "AutoMinorVersionUpgrade": True,
    "AutomaticFailoverEnabled": False,
    "CacheNodeType": None,
    "CacheSubnetGroupName": None,
    "DataTieringEnabled": False,
    "IpDiscovery": None,
    "KmsKeyId": None,
    "MultiAZEnabled": False,
    "NetworkType": "ipv4",
    "NotificationTopicArn": None,
    "Port": 6379,
    "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
    "SecurityGroupIds": [],
    "SnapshotRetentionLimit": 0,
    "SnapshotWindow": "03:00-04:00",
    "TransitEncryptionEnabled": False,
    "TransitEncryptionMode": None,
    "UserGroupIds": [],
}
# What a change does at once, and what needs new processes or machines; the rest takes a moment.
_AT_ONCE = {
    "AutoMinorVersionUpgrade",
    "Description",
    "NotificationTopicArn",
    "NotificationTopicStatus",
    "PreferredMaintenanceWindow",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
    "SnapshottingClusterId",
}
_RESTARTS = {"CacheNodeType", "Engine", "EngineVersion"}


# Creation


def _cluster_mode(call, parameters):
    """Return the cluster mode of a request: it stands there, or follows from the parameter group or the number of shards."""
    shards = max(call.params.get("NumNodeGroups", 1), len(call.params.get("NodeGroupConfiguration", [])))
    implied = "enabled" if shards > 1 or (parameters and cluster_parameters(parameters)) else "disabled"
    mode = call.params.get("ClusterMode", implied)
    if mode == "disabled" and shards > 1:
        contradiction("Cluster mode must be enabled to create more than one node group.")
    return mode


def _new_shards(call, group):
    """Build the shards that a request describes, one way or another."""
    count, nodes = call.params.get("NumNodeGroups"), call.params.get("NumCacheClusters")
    replicas, rows = call.params.get("ReplicasPerNodeGroup"), call.params.get("NodeGroupConfiguration", [])
    places = call.params.get("PreferredCacheClusterAZs", [])
    if nodes is not None and (replicas is not None or (count or 1) > 1 or rows):
        contradiction("NumCacheClusters cannot be combined with ReplicasPerNodeGroup or several node groups.")
    if rows and count not in (None, len(rows)):
        contradiction("NumNodeGroups and the number of node group configurations differ.")
    each = (nodes - 1 if nodes else 0) if replicas is None else replicas
    if not 0 <= each <= 5:
        refused("The number of replicas per node group must be within 0 and 5.")
    if places and (clustered(group) or len(places) != each + 1):
        contradiction("The number of preferred availability zones must equal the number of cache clusters.")
    zones = zones_of(call, group["CacheSubnetGroupName"])
    for number in range(len(rows) or count or 1):
        row = rows[number] if rows else {}
        shard = {"id": row.get("NodeGroupId", f"{number + 1:04}"), "slots": None, "nodes": []}
        group["shards"].append(shard)
        wanted = places or [row.get("PrimaryAvailabilityZone"), *row.get("ReplicaAvailabilityZones", [])]
        for node in range(row.get("ReplicaCount", each) + 1):
            new_node(group, shard, zones, wanted[node] if node < len(wanted) else None)
    spread(group)
    for shard, row in zip(group["shards"], rows, strict=False):
        shard["slots"] = row.get("Slots", shard["slots"])


@operation("elasticache", "CreateReplicationGroup")
def create(call):
    name = new_name(call, GROUP, call.params["ReplicationGroupId"], "ReplicationGroupAlreadyExists", longest=40)
    engine = call.params.get("Engine", "redis")
    version, family = version_of(engine, call.params.get("EngineVersion"))
    named = call.params.get("CacheParameterGroupName")
    mode = _cluster_mode(call, parameter_group(call, named) if named else None)
    group = {
        **{key: call.params.get(key, default) for key, default in _SETTINGS.items()},
        "ReplicationGroupId": name,
        "region": call.region,
        "Description": call.params["ReplicationGroupDescription"],
        "ARN": call.arn(f"{GROUP}:{name}"),
        "Tags": call.params.get("Tags", []),
        "Engine": engine,
        "EngineVersion": version,
        "CacheParameterGroupName": named or f"default.{family}{'' if mode == 'disabled' else '.cluster.on'}",
        "ClusterMode": mode,
        "NotificationTopicStatus": "active",
        "tokens": [token_of(call)] if "AuthToken" in call.params else [None],
        "LogDeliveryConfigurations": log_deliveries(call, []),
        "created": CLOCK.now(),
        "shards": [],
        "pending": {},
        "coming": {},
    }
    if group["IpDiscovery"] is None:
        group["IpDiscovery"] = "ipv6" if group["NetworkType"] == "ipv6" else "ipv4"
    if group["CacheNodeType"] is None:
        refused("The parameter CacheNodeType must be provided.")
    if group["AtRestEncryptionEnabled"] is None:
        group["AtRestEncryptionEnabled"] = engine == "valkey"
    if group["TransitEncryptionEnabled"]:
        group["TransitEncryptionMode"] = group["TransitEncryptionMode"] or "required"
    if "SnapshotName" in call.params:
        snapshot_of(call, call.params["SnapshotName"])
    _s3_objects(call)
    _new_shards(call, group)
    check(call, group)
    if group["SnapshotRetentionLimit"] and not clustered(group):
        group["SnapshottingClusterId"] = group["shards"][0]["nodes"][-1]["id"]
    things(call, GROUP)[name] = group
    be(group, "creating", CREATION, lambda: _delivering(group))
    return {"ReplicationGroup": shown(group)}


def _s3_objects(call):
    for arn in call.params.get("SnapshotArns", []):
        if not arn.startswith("arn:aws:s3:::"):
            refused(f"Invalid S3 object ARN {arn}.")


def _delivering(group):
    for row in group["LogDeliveryConfigurations"]:
        row.update(Status="active")


@operation("elasticache", "DescribeReplicationGroups")
def describe(call):
    name = call.params.get("ReplicationGroupId")
    call.params.get("MaxRecords")  # the account is small
    found = [thing_of(call, GROUP, name)] if name else things(call, GROUP).values()
    return {"ReplicationGroups": [shown(group) for group in found]}


# Change


def at_rest(group, what):
    """Raise what AWS raises when something is going on in a group."""
    if group.get("busy"):
        text = f"Replication group {group['ReplicationGroupId']} has status {status_of(group)} which is not valid for {what}."
        raise AwsError("InvalidReplicationGroupState", text)


def _wishes(call, group):
    """Return what a request changes, by the names under which we keep it."""
    new = call.params.take(
        "AutomaticFailoverEnabled",
        "AutoMinorVersionUpgrade",
        "CacheNodeType",
        "CacheParameterGroupName",
        "ClusterMode",
        "IpDiscovery",
        "MultiAZEnabled",
        "NotificationTopicArn",
        "NotificationTopicStatus",
        "PreferredMaintenanceWindow",
        "SecurityGroupIds",
        "SnapshotRetentionLimit",
        "SnapshottingClusterId",
        "SnapshotWindow",
        "TransitEncryptionEnabled",
        "TransitEncryptionMode",
    )
    if "ReplicationGroupDescription" in call.params:
        new["Description"] = call.params["ReplicationGroupDescription"]
    if "NotificationTopicArn" in new:
        new.setdefault("NotificationTopicStatus", "active")
    if "EngineVersion" in call.params or "Engine" in call.params:
        new["Engine"] = call.params.get("Engine", group["Engine"])
        new["EngineVersion"] = version_of(new["Engine"], call.params.get("EngineVersion"))[0]
    if call.params.get("LogDeliveryConfigurations"):
        new["LogDeliveryConfigurations"] = log_deliveries(call, group["LogDeliveryConfigurations"])
    groups = {"UserGroupIdsToAdd", "UserGroupIdsToRemove", "RemoveUserGroups"} & set(call.params)
    if groups:
        left = [] if call.params.get("RemoveUserGroups") else group["UserGroupIds"]
        left = [name for name in left if name not in call.params.get("UserGroupIdsToRemove", [])]
        new["UserGroupIds"] = left + call.params.get("UserGroupIdsToAdd", [])
    return new


def _token(call, group):
    """Return what becomes of the tokens, with the word for it."""
    strategy = call.params.get("AuthTokenUpdateStrategy", "ROTATE" if "AuthToken" in call.params else None)
    if strategy is None:
        return {}
    if not call.params.get("ApplyImmediately"):
        contradiction("The AUTH token can only be modified with ApplyImmediately.")
    if strategy == "DELETE":
        if not call.params.get("UserGroupIdsToAdd"):
            refused("Auth token update strategy delete is not supported currently")
        return {"AuthToken": [None], "AuthTokenStatus": "SETTING"}
    token = token_of(call)
    if strategy == "SET":
        if len(group["tokens"]) != 2 or group["tokens"][-1] != token:
            contradiction("The SET strategy needs a token that was rotated in before, and the same token.")
        return {"AuthToken": [token], "AuthTokenStatus": "SETTING"}
    return {"AuthToken": [group["tokens"][-1], token], "AuthTokenStatus": "ROTATING"}


@operation("elasticache", "ModifyReplicationGroup")
def modify(call):
    group = thing_of(call, GROUP, call.params["ReplicationGroupId"])
    at_rest(group, "modification")
    now, token = call.params.get("ApplyImmediately", False), _token(call, group)
    wishes = _wishes(call, group)
    if not wishes and not token and not (now and group["pending"]):
        contradiction("No modifications were requested")
    check_change(call, group, wishes, token)
    new = {key: value for key, value in wishes.items() if group.get(key) != value}
    group.update({key: new.pop(key) for key in list(new) if key in _AT_ONCE})
    deferred = {key: new.pop(key) for key in list(new) if key in _RESTARTS and not now}
    group["pending"].update(deferred)
    if now:
        new = {**group["pending"], **new}  # AWS takes this occasion for what was waiting
        group["pending"] = {}
    if new or token:
        group["coming"] = {**new, **token}
        be(group, "modifying", RESTART if new.keys() & _RESTARTS else CHANGE, lambda: _arrived(call, group))
    return {"ReplicationGroup": shown(group)}


def _arrived(call, group):
    """Make true what was coming."""
    new, group["coming"] = group["coming"], {}
    if "AuthToken" in new:
        group.update(tokens=new.pop("AuthToken"), AuthTokenLastModifiedDate=CLOCK.now())
        new.pop("AuthTokenStatus")
    group.update(new)
    group["LogDeliveryConfigurations"] = [row for row in group["LogDeliveryConfigurations"] if row["Status"] != "disabling"]
    _delivering(group)
    if not group["TransitEncryptionEnabled"]:
        group["TransitEncryptionMode"] = None
    if new.keys() & {"EngineVersion", "ClusterMode"} and group["CacheParameterGroupName"].startswith("default."):
        number = group["EngineVersion"].split(".")[:2]
        short = ".".join(number)
        family = version_of(group["Engine"], short if int(number[0]) >= 6 else group["EngineVersion"])[1]
        group["CacheParameterGroupName"] = f"default.{family}{'.cluster.on' if clustered(group) else ''}"


# Deletion


@operation("elasticache", "DeleteReplicationGroup")
def delete(call):
    group = thing_of(call, GROUP, call.params["ReplicationGroupId"])
    if group.get("busy") != "create-failed":
        at_rest(group, "deletion")
    if "FinalSnapshotIdentifier" in call.params:
        keep_snapshot(call, group, call.params["FinalSnapshotIdentifier"])
    kept = things(call, GROUP)
    be(group, "deleting", DELETION, lambda: kept.pop(group["ReplicationGroupId"], None))
    return {"ReplicationGroup": shown(group)}


@operation("elasticache", "TestFailover")
def test_failover(call):
    group = thing_of(call, GROUP, call.params["ReplicationGroupId"])
    at_rest(group, "failover")
    shard = next((shard for shard in group["shards"] if shard["id"] == call.params["NodeGroupId"]), None)
    if shard is None:
        raise AwsError("NodeGroupNotFoundFault", f"Node group {call.params['NodeGroupId']} not found.")
    if not group["AutomaticFailoverEnabled"] or len(shard["nodes"]) < 2:
        raise AwsError("InvalidParameterCombination", "Automatic failover must be enabled, with a replica to fail over to.")
    old = next(node for node in shard["nodes"] if node["role"] == "primary")
    new = next(node for node in shard["nodes"] if node["role"] == "replica")

    def swap():
        old["role"], new["role"] = "replica", "primary"

    be(group, "modifying", CHANGE, swap)
    return {"ReplicationGroup": shown(group)}
