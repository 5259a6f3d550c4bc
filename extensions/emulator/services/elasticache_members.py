# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The nodes of replication groups: where they stand, what they are called, and how the API shows groups and their members."""

from __future__ import annotations

import hashlib
import re

from ..registry import operation
from .elasticache import GROUP, SUBNETS, thing_of, things

SLOTS = 16384


def clustered(group):
    """Tell whether the keys of a group are spread over shards, or can be."""
    return group["ClusterMode"] != "disabled"


def zones_of(call, subnet_group):
    """Return the availability zones in which nodes can stand."""
    if subnet_group:
        rows = thing_of(call, SUBNETS, subnet_group)["Subnets"]
        return sorted({row["SubnetAvailabilityZone"]["Name"] for row in rows})
    return [f"{call.region}{letter}" for letter in "abc"]


def new_node(group, shard, zones, zone=None):
    """Give a shard one more node: the first one is its primary."""
    stem = f"{group['ReplicationGroupId']}-{shard['id']}" if clustered(group) else group["ReplicationGroupId"]
    taken = [node["id"] for node in shard["nodes"]]
    name = next(name for name in (f"{stem}-{number:03}" for number in range(1, 1000)) if name not in taken)
    role = "replica" if shard["nodes"] else "primary"
    node = {"id": name, "zone": zone or zones[len(shard["nodes"]) % len(zones)], "role": role}
    shard["nodes"].append(node)
    return node


def spread(group):
    """Spread the slots evenly over the shards, those of a group without shards over its only one."""
    count = len(group["shards"])
    for number, shard in enumerate(group["shards"]):
        shard["slots"] = f"{SLOTS * number // count}-{SLOTS * (number + 1) // count - 1}"


def members(group):
    """Return shard and node of all nodes of a group."""
    return [(shard, node) for shard in group["shards"] for node in shard["nodes"]]


# Addresses


def _place(region):
    """Return a region as addresses of ElastiCache name it: us-east-1 is use1, ap-southeast-2 is apse2."""
    area, direction, number = region.rsplit("-", 2)
    letters = "".join(re.findall("north|south|east|west|central", direction))
    short = "".join(word[0] for word in re.findall("north|south|east|west|central", direction)) or letters
    return f"{area.replace('-', '')}{short}{number}"


def _address(group, kind, node=None):
    """Return an address of a group; with encryption in transit, certificates cover one level below the name of the group."""
    name, domain = group["ReplicationGroupId"], f"{_place(group['region'])}.cache.amazonaws.com"
    code = hashlib.sha256(group["ARN"].encode()).hexdigest()[:6]
    if group["TransitEncryptionEnabled"]:
        head = {"primary": "master", "reader": "replica", "configuration": "clustercfg", "node": node}[kind]
        return {"Address": f"{head}.{name}.{code}.{domain}", "Port": group["Port"]}
    head = {
        "primary": f"{name}.{code}.ng.0001",
        "reader": f"{name}-ro.{code}.ng.0001",
        "configuration": f"{name}.{code}.clustercfg",
        "node": f"{node}.{code}.0001",
    }[kind]
    return {"Address": f"{head}.{domain}", "Port": group["Port"]}


# How the API shows them


def _shard(group, shard):
    single, there = group["ClusterMode"] != "enabled", group.get("busy") != "creating"
    shown = {"NodeGroupId": shard["id"], "Status": status_of(group)}
    if clustered(group):
        shown["Slots"] = shard["slots"]
    if single and there:
        shown.update(PrimaryEndpoint=_address(group, "primary"), ReaderEndpoint=_address(group, "reader"))
    if there:
        shown["NodeGroupMembers"] = [_member(group, node) for node in shard["nodes"]]
    return shown


def _member(group, node):
    shown = {"CacheClusterId": node["id"], "CacheNodeId": "0001", "PreferredAvailabilityZone": node["zone"]}
    if group["ClusterMode"] != "enabled":
        shown.update(ReadEndpoint=_address(group, "node", node["id"]), CurrentRole=node["role"])
    return shown


def status_of(group):
    """Return the status of a group."""
    return group.get("busy") or "available"


_ALIKE = (
    "ReplicationGroupId",
    "Description",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
    "CacheNodeType",
    "TransitEncryptionEnabled",
    "AtRestEncryptionEnabled",
    "ARN",
    "UserGroupIds",
    "AutoMinorVersionUpgrade",
    "NetworkType",
    "IpDiscovery",
    "ClusterMode",
    "Engine",
)


def shown(group):
    """Return a group as DescribeReplicationGroups shows it: without version, security groups, windows, subnets and parameters."""
    result = {key: group[key] for key in _ALIKE}
    wished, on = group["coming"].get("AutomaticFailoverEnabled"), group["AutomaticFailoverEnabled"]
    failover = ("enabling" if wished else "disabling") if wished not in (None, on) else ("enabled" if on else "disabled")
    result.update(
        Status=status_of(group),
        PendingModifiedValues={},
        AutomaticFailover=failover,
        MultiAZ="enabled" if group["MultiAZEnabled"] else "disabled",
        ClusterEnabled=clustered(group),
        AuthTokenEnabled=bool([token for token in group["tokens"] if token]),
        DataTiering="enabled" if group["DataTieringEnabled"] else "disabled",
        StorageEncryptionType="sse-kms" if group["KmsKeyId"] else "sse-elasticache" if group["AtRestEncryptionEnabled"] else "none",
        LogDeliveryConfigurations=group["LogDeliveryConfigurations"],
        MemberClusters=[node["id"] for _shard_of, node in members(group)],
        NodeGroups=[_shard(group, shard) for shard in group["shards"]],
        ReplicationGroupCreateTime=group["created"],
    )
    if "AuthToken" in group["coming"]:
        result["PendingModifiedValues"] = {"AuthTokenStatus": group["coming"]["AuthTokenStatus"]}
    for key in ("KmsKeyId", "SnapshottingClusterId", "AuthTokenLastModifiedDate", "TransitEncryptionMode"):
        if group.get(key):
            result[key] = group[key]
    if clustered(group) and group.get("busy") != "creating":
        result["ConfigurationEndpoint"] = _address(group, "configuration")
    return result


def _cluster(group, node, with_nodes):
    """Return one node of a group as the cache cluster that it is, with what the description of the group leaves out."""
    status = node.get("status") or status_of(group)
    alike = (
        "CacheNodeType",
        "Engine",
        "EngineVersion",
        "PreferredMaintenanceWindow",
        "AutoMinorVersionUpgrade",
        "SnapshotRetentionLimit",
        "SnapshotWindow",
        "TransitEncryptionEnabled",
        "AtRestEncryptionEnabled",
        "ReplicationGroupId",
        "NetworkType",
        "IpDiscovery",
    )
    result = {
        **{key: group[key] for key in alike},
        "CacheClusterId": node["id"],
        "CacheClusterStatus": status,
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": node["zone"],
        "CacheClusterCreateTime": group["created"],
        "PendingModifiedValues": {
            key: group["pending"][key] for key in ("EngineVersion", "CacheNodeType") if key in group["pending"]
        },
        "CacheParameterGroup": {
            "CacheParameterGroupName": group["CacheParameterGroupName"],
            "ParameterApplyStatus": "in-sync",
            "CacheNodeIdsToReboot": [],
        },
        "SecurityGroups": [{"SecurityGroupId": each, "Status": "active"} for each in group["SecurityGroupIds"]],
        "AuthTokenEnabled": bool([token for token in group["tokens"] if token]),
        "ARN": group["ARN"].replace(f":{GROUP}:{group['ReplicationGroupId']}", f":cluster:{node['id']}"),
        "ReplicationGroupLogDeliveryEnabled": bool(group["LogDeliveryConfigurations"]),
    }
    if group["CacheSubnetGroupName"]:
        result["CacheSubnetGroupName"] = group["CacheSubnetGroupName"]
    if group["NotificationTopicArn"]:
        topic = {"TopicArn": group["NotificationTopicArn"], "TopicStatus": group["NotificationTopicStatus"]}
        result["NotificationConfiguration"] = topic
    if with_nodes:
        address = {} if status == "creating" else {"Endpoint": _address(group, "node", node["id"])}
        row = {"CacheNodeId": "0001", "CacheNodeStatus": status, "ParameterGroupStatus": "in-sync", **address}
        result["CacheNodes"] = [{**row, "CustomerAvailabilityZone": node["zone"]}]
    return result


@operation("elasticache", "DescribeCacheClusters")
def describe_cache_clusters(call):
    wanted, with_nodes = call.params.get("CacheClusterId"), call.params.get("ShowCacheNodeInfo", False)
    alone = call.params.get("ShowCacheClustersNotInReplicationGroups", False)
    ours = [_cluster(group, node, with_nodes) for group in things(call, GROUP).values() for _shard_of, node in members(group)]
    if wanted:
        found = [each for each in ours if each["CacheClusterId"] == wanted.lower()]
        return {"CacheClusters": found} if found else call.forward()
    return {"CacheClusters": [*([] if alone else ours), *call.forward()["CacheClusters"]]}
