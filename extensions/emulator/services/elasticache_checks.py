# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS refuses of replication groups: parameters that contradict each other, and changes that cannot be made."""

from __future__ import annotations

import re

from moto.ec2.models import ec2_backends
from moto.kms.models import kms_backends

from .elasticache import SUBNETS, USERS, contradiction, refused, thing_of
from .elasticache_engines import FAMILIES, VERSIONS, numbers
from .elasticache_members import clustered
from .elasticache_parameters import clustered as cluster_parameters
from .elasticache_parameters import parameter_group

_DAY, _HOUR = "(mon|tue|wed|thu|fri|sat|sun)", "([01][0-9]|2[0-3]):[0-5][0-9]"
_WINDOWS = {"PreferredMaintenanceWindow": f"{_DAY}:{_HOUR}-{_DAY}:{_HOUR}", "SnapshotWindow": f"{_HOUR}-{_HOUR}"}
_WITHOUT_NODES = "When using automatic failover, there must be at least 2 cache clusters in the replication group."
_ONE_STEP = "Transit encryption mode required can only be set after transit encryption mode preferred."


def token_of(call):
    """Return the token of a request, or raise what AWS raises when it cannot be one."""
    token = call.params.get("AuthToken") or ""
    if not re.fullmatch(r"[A-Za-z0-9!&#$^<>-]{16,128}", token):
        refused("Invalid AuthToken provided.")
    return token


def log_deliveries(call, present):
    """Return the deliveries of logs after a request; what it does not name stays."""
    rows = {row["LogType"]: row for row in present}
    for wanted in call.params.get("LogDeliveryConfigurations", []):
        kind = wanted["LogType"]
        if wanted.get("Enabled", True) is False:
            if kind in rows:
                rows[kind] = {**rows[kind], "Status": "disabling"}
            continue
        if not wanted.get("DestinationType") or not wanted.get("LogFormat"):
            refused("DestinationType and LogFormat must be provided to enable the delivery of logs.")
        details = {"cloudwatch-logs": "CloudWatchLogsDetails", "kinesis-firehose": "KinesisFirehoseDetails"}[
            wanted["DestinationType"]
        ]
        if list(wanted.get("DestinationDetails", {})) != [details]:
            contradiction(f"DestinationDetails for {wanted['DestinationType']} must have {details} and nothing else.")
        kept = {key: value for key, value in wanted.items() if key != "Enabled"}
        rows[kind] = {**kept, "Status": "modifying" if kind in rows else "enabling"}
    return list(rows.values())


def check(call, group):
    """Raise what AWS raises about a group as it shall be."""
    _failover(group)
    _encryption(call, group)
    _users(call, group)
    _parameters(call, group)
    _places(call, group)
    _logs(group)
    for key, form in _WINDOWS.items():
        if not re.fullmatch(form, group[key]):
            refused(f"Invalid value for {key}: {group[key]}")
    if not 0 <= group["SnapshotRetentionLimit"] <= 35:
        refused("The snapshot retention limit must be between 0 and 35.")
    if not group["CacheNodeType"].startswith("cache."):
        refused(f"Invalid cache node type {group['CacheNodeType']}.")
    if group["DataTieringEnabled"] != ("r6gd" in group["CacheNodeType"]):
        contradiction("Data tiering is supported by r6gd nodes only, which cannot be used without it.")
    topic = group["NotificationTopicArn"]
    if topic and not topic.startswith("arn:aws:sns:"):
        refused(f"Invalid topic ARN {topic}.")


def _failover(group):
    replicas = min(len(shard["nodes"]) for shard in group["shards"]) - 1
    if clustered(group) and not group["AutomaticFailoverEnabled"]:
        contradiction("Turning off automatic failover for replication group with cluster mode enabled is not supported.")
    if group["AutomaticFailoverEnabled"] and not clustered(group) and not replicas:
        contradiction(_WITHOUT_NODES)
    if group["MultiAZEnabled"] and not (group["AutomaticFailoverEnabled"] and replicas):
        contradiction("Multi-AZ needs automatic failover and at least one replica in every node group.")


def _encryption(call, group):
    if group["TransitEncryptionMode"] and not group["TransitEncryptionEnabled"]:
        contradiction("Transit encryption mode can only be set with transit encryption enabled.")
    if [token for token in group["tokens"] if token] and not group["TransitEncryptionEnabled"]:
        contradiction("AUTH token can only be specified on replication groups with transit encryption enabled.")
    if group["KmsKeyId"]:
        if not group["AtRestEncryptionEnabled"]:
            contradiction("KmsKeyId can only be specified with at-rest encryption enabled.")
        keys = kms_backends[call.account][call.region].keys
        if group["KmsKeyId"].rsplit("/", 1)[-1] not in keys:
            refused(f"Invalid KMS key {group['KmsKeyId']}.")


def _users(call, group):
    for name in group["UserGroupIds"]:
        thing_of(call, USERS, name)
    if len(group["UserGroupIds"]) > 1:
        contradiction("A replication group can be associated with one user group only.")
    if group["UserGroupIds"] and not group["TransitEncryptionEnabled"]:
        contradiction("User group based access control requires encryption-in-transit to be enabled on the replication group.")
    if group["UserGroupIds"] and [token for token in group["tokens"] if token]:
        contradiction("User group can't be associated with auth token enabled. Pass AuthStrategy delete to proceed.")


def _parameters(call, group):
    wanted = parameter_group(call, group["CacheParameterGroupName"])
    running = {version: family for versions in VERSIONS.values() for version, family in versions.values()}
    family, found = running[group["EngineVersion"]], wanted["CacheParameterGroupFamily"]
    if found not in FAMILIES or found != family:
        contradiction(f"Expected a parameter group of family {family} but found one of family {found}")
    if cluster_parameters(wanted) != clustered(group):
        contradiction(
            f"Cluster mode {group['ClusterMode']} contradicts the parameter cluster-enabled of {group['CacheParameterGroupName']}."
        )


def _places(call, group):
    if group["CacheSubnetGroupName"]:
        types = thing_of(call, SUBNETS, group["CacheSubnetGroupName"])["SupportedNetworkTypes"]
        if group["NetworkType"] not in types:
            contradiction(f"Network type {group['NetworkType']} is not supported by the subnets: {', '.join(types)}.")
    if group["NetworkType"] != "dual_stack" and group["IpDiscovery"] != group["NetworkType"]:
        contradiction(f"IpDiscovery must be {group['NetworkType']} for the network type {group['NetworkType']}.")
    known = ec2_backends[call.account][call.region]
    unknown = [name for name in group["SecurityGroupIds"] if known.get_security_group_from_id(name) is None]
    if unknown:
        refused(f"Some security groups do not exist: {', '.join(unknown)}")


def _logs(group):
    kinds = {row["LogType"] for row in group["LogDeliveryConfigurations"]}
    least = {"slow-log": (6, 0), "engine-log": (6, 2)}
    for kind in kinds:
        if numbers(group["EngineVersion"]) < least[kind]:
            contradiction(f"Log type {kind} is not supported by engine version {group['EngineVersion']}.")


# Changes


def check_change(call, group, wishes, token):
    """Raise what AWS raises about a change of a group that is there."""
    new = {**group, **wishes}
    new["LogDeliveryConfigurations"] = [row for row in new["LogDeliveryConfigurations"] if row["Status"] != "disabling"]
    if "AuthToken" in token:
        new["tokens"] = token["AuthToken"]
    if (new["Engine"], new["EngineVersion"]) != (group["Engine"], group["EngineVersion"]):
        _version(group, new)
        new = _default_parameters(call, group, new)
    if new["ClusterMode"] != group["ClusterMode"]:
        _mode(group, new)
        new = _default_parameters(call, group, new)
    _transit(group, new, wishes)
    _snapshotting(group, wishes)
    check(call, new)


def _version(group, new):
    if group["Engine"] == "valkey" and new["Engine"] == "redis":
        contradiction("Cannot modify the engine from valkey to redis.")
    if group["Engine"] == new["Engine"] and numbers(new["EngineVersion"]) < numbers(group["EngineVersion"]):
        contradiction(f"Downgrading from version {group['EngineVersion']} to version {new['EngineVersion']} is not supported.")


def _default_parameters(call, group, new):
    """Let a default parameter group follow version and cluster mode, as AWS does."""
    if new["CacheParameterGroupName"] != group["CacheParameterGroupName"] or not group["CacheParameterGroupName"].startswith(
        "default."
    ):
        return new
    family = next(
        family for versions in VERSIONS.values() for version, family in versions.values() if version == new["EngineVersion"]
    )
    return {**new, "CacheParameterGroupName": f"default.{family}{'.cluster.on' if clustered(new) else ''}"}


def _mode(group, new):
    steps = {("disabled", "compatible"), ("compatible", "enabled"), ("compatible", "disabled")}
    if (group["ClusterMode"], new["ClusterMode"]) not in steps:
        contradiction(f"Cluster mode cannot be changed from {group['ClusterMode']} to {new['ClusterMode']}.")
    if numbers(new["EngineVersion"]) < (7,):
        contradiction("Cluster mode can be changed from engine version 7.0 on.")


def _transit(group, new, wishes):
    before, after = group["TransitEncryptionEnabled"], new["TransitEncryptionEnabled"]
    if before != after and numbers(group["EngineVersion"]) < (7, 0, 5):
        contradiction("Transit encryption can be changed from engine version 7.0.5 on.")
    if not before and after and wishes.get("TransitEncryptionMode") != "preferred":
        contradiction(_ONE_STEP)
    if before and not after:
        if group["TransitEncryptionMode"] != "preferred":
            contradiction("Transit encryption can only be disabled after transit encryption mode preferred.")
        new["TransitEncryptionMode"] = None


def _snapshotting(group, wishes):
    wanted = wishes.get("SnapshottingClusterId")
    if wanted and clustered(group):
        contradiction("SnapshottingClusterId cannot be set for replication groups with cluster mode enabled.")
    if wanted and wanted not in [node["id"] for shard in group["shards"] for node in shard["nodes"]]:
        refused(f"Cache cluster {wanted} is not a member of the replication group.")
