# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the modules for ElastiCache share, and what is to be known about replication groups. Mostly pure functions on plain data."""

from __future__ import annotations

import re

from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

# The tag in which a replication group remembers which token it has: AWS gives a token never back.
TOKEN_TAG = "slipway:auth-token"

_ON_THE_WAY = ("enabling", "disabling", "modifying")


def name_faults(name, longest):
    """Return what is wrong with the name of something in ElastiCache."""
    if re.fullmatch(r"[a-z](-?[a-z0-9])*", name) and len(name) <= longest:
        return []
    rule = f"at most {longest} lower-case letters, digits and single hyphens, with a letter first and no hyphen last"
    return [f"name {name!r} is none that ElastiCache stores: {rule}."]


def tags_of(caller, arn):
    """Return the tags of something, or None while AWS does not tell them because the thing is on its way."""
    listed = caller.read("list_tags_for_resource", tolerate=("InvalidReplicationGroupState",), ResourceName=arn)
    return None if listed is None else from_form(listed["TagList"])


# What there is


def described(group, clusters):
    """Return a replication group under the names of its request; what its description leaves out comes from one of its members."""
    settled = [each for each in clusters if each["CacheClusterStatus"] == "available"]
    member = (settled or clusters or [{}])[0]
    soon, later = group.get("PendingModifiedValues") or {}, member.get("PendingModifiedValues") or {}
    shards, topic = group.get("NodeGroups") or [], member.get("NotificationConfiguration") or {}
    failover = soon.get("AutomaticFailoverStatus") or group.get("AutomaticFailover")
    first = shards[0] if shards else {}
    ends = (group.get("ConfigurationEndpoint"), first.get("PrimaryEndpoint"))
    return {
        **{key: value for key, value in group.items() if key != "LogDeliveryConfigurations"},
        "ReplicationGroupDescription": group.get("Description"),
        "AutomaticFailoverEnabled": failover in ("enabled", "enabling"),
        "MultiAZEnabled": group.get("MultiAZ") == "enabled",
        "NumNodeGroups": len(shards) or None,
        "ReplicasPerNodeGroup": _replicas(shards),
        "ClusterMode": soon.get("ClusterMode")
        or group.get("ClusterMode")
        or ("enabled" if group.get("ClusterEnabled") else "disabled"),
        "CacheNodeType": later.get("CacheNodeType") or group.get("CacheNodeType") or member.get("CacheNodeType"),
        "Engine": group.get("Engine") or member.get("Engine"),
        "EngineVersion": later.get("EngineVersion") or member.get("EngineVersion"),
        "EngineVersionActual": member.get("EngineVersion"),
        "CacheParameterGroupName": (member.get("CacheParameterGroup") or {}).get("CacheParameterGroupName"),
        "CacheSubnetGroupName": member.get("CacheSubnetGroupName"),
        "SecurityGroupIds": [each["SecurityGroupId"] for each in member.get("SecurityGroups") or ()],
        "PreferredMaintenanceWindow": member.get("PreferredMaintenanceWindow"),
        "NotificationTopicArn": topic.get("TopicArn", "") if topic.get("TopicStatus") == "active" else "",
        "Port": next((end["Port"] for end in ends if end), None),
        "TransitEncryptionMode": _mode(group, soon),
        "DataTieringEnabled": group.get("DataTiering") == "enabled",
        "UserGroupIds": group.get("UserGroupIds") or [],
        "LogDeliveryConfigurations": _logs(group),
        "LogDeliveries": group.get("LogDeliveryConfigurations") or [],
        "PrimaryEndpoint": first.get("PrimaryEndpoint") if len(shards) == 1 else None,
        "ReaderEndpoint": first.get("ReaderEndpoint") if len(shards) == 1 else None,
        "ConfigurationEndpoint": group.get("ConfigurationEndpoint"),
        "PendingModifiedValues": {**soon, **later},
        "Members": _members(shards, clusters),
        "arn": group["ARN"],
        "status": group["Status"],
    }


def _replicas(shards):
    """Return how many replicas each shard has: one number, or all numbers where shards differ."""
    counts = [len(shard.get("NodeGroupMembers") or ()) - 1 for shard in shards]
    if not counts or min(counts) < 0:
        return None
    return counts[0] if len(set(counts)) == 1 else counts


def _mode(group, soon):
    if not soon.get("TransitEncryptionEnabled", group.get("TransitEncryptionEnabled")):
        return None
    return soon.get("TransitEncryptionMode") or group.get("TransitEncryptionMode") or "required"


def _logs(group):
    rows = [row for row in group.get("LogDeliveryConfigurations") or () if row.get("Status") != "disabling"]
    return [{key: value for key, value in row.items() if key not in ("Status", "Message")} for row in rows]


def _members(shards, clusters):
    """Return facts about all nodes: where they are, what they do and how to reach them."""
    seats = {seat["CacheClusterId"]: (shard, seat) for shard in shards for seat in shard.get("NodeGroupMembers") or ()}
    found = []
    for each in sorted(clusters, key=lambda each: each["CacheClusterId"]):
        shard, seat = seats.get(each["CacheClusterId"], ({}, {}))
        node = (each.get("CacheNodes") or [{}])[0]
        facts = {
            "CacheClusterId": each["CacheClusterId"],
            "Status": each["CacheClusterStatus"],
            "NodeGroupId": shard.get("NodeGroupId"),
            "CurrentRole": seat.get("CurrentRole"),
            "PreferredAvailabilityZone": seat.get("PreferredAvailabilityZone") or each.get("PreferredAvailabilityZone"),
            "Endpoint": seat.get("ReadEndpoint") or node.get("Endpoint"),
        }
        found.append({key: value for key, value in facts.items() if value is not None})
    return found


def at_rest(have):
    """Tell whether nothing is on its way in a group that can be used."""
    pending = have.get("PendingModifiedValues") or {}
    busy = have.get("AutomaticFailover") in _ON_THE_WAY or any(log.get("Status") in _ON_THE_WAY for log in have["LogDeliveries"])
    return have["status"] == "available" and not busy and not {"AuthTokenStatus", "Resharding", "UserGroups"} & pending.keys()


# Versions


def numbers(version):
    """Return a version as numbers that can be compared; the x of 6.x stands for nothing."""
    return [int(part) for part in version.split(".") if part.isdigit()]


def same_version(present, wanted):
    """Tell whether a wanted version is the present one: 7.2 is 7.2.6, and 6.x is 6.2.6."""
    return numbers(present)[: len(numbers(wanted))] == numbers(wanted)


def moved_on(have, wanted):
    """Tell whether AWS itself brought a group to a newer minor version, as automatic upgrades do."""
    if not wanted or not have.get("AutoMinorVersionUpgrade"):
        return False
    present = numbers(have["EngineVersion"])
    return present[0] == numbers(wanted)[0] and present > numbers(wanted)


# Changes


def modification(have, changes):
    """Return changes of settings in the words of ModifyReplicationGroup, which differ from those of creation."""
    new = dict(changes)
    if "NotificationTopicArn" in new:
        new["NotificationTopicStatus"] = "active" if new["NotificationTopicArn"] else "inactive"
        if not new["NotificationTopicArn"]:
            del new["NotificationTopicArn"]
    if "LogDeliveryConfigurations" in new:
        new["LogDeliveryConfigurations"] = _log_changes(have["LogDeliveryConfigurations"], new["LogDeliveryConfigurations"])
    if "Engine" in new or "EngineVersion" in new:
        new["Engine"] = new.get("Engine", have["Engine"])  # a version is one of an engine, so both are said
    if "TransitEncryptionMode" in new:
        new["TransitEncryptionEnabled"] = True
    if new.get("SnapshotRetentionLimit") and not have.get("SnapshottingClusterId") and have["ClusterMode"] == "disabled":
        new["SnapshottingClusterId"] = _for_snapshots(have["Members"])
    return new


def _log_changes(present, wanted):
    """Return what has to be said about logs: those that differ, and those that nobody wants any more."""
    gone = {row["LogType"] for row in present} - {row["LogType"] for row in wanted}
    off = [{"LogType": kind, "Enabled": False} for kind in sorted(gone)]
    return [{**row, "Enabled": True} for row in wanted if row not in present] + off


def _for_snapshots(members):
    """Return the node whose snapshots cost least: a replica where there is one."""
    replicas = [each for each in members if each.get("CurrentRole") == "replica"]
    return (replicas or members)[0]["CacheClusterId"]


def replica_step(have, wanted, more, shards=None):
    """Return the call that brings shards with fewer (or with more) replicas to the wanted number, or None.

    ``shards`` is the number of shards that stay, if some are to go.
    """
    rows = sorted((shard["NodeGroupId"], len(shard["NodeGroupMembers"]) - 1) for shard in have["NodeGroups"])[:shards]
    off = [name for name, count in rows if (count < wanted if more else count > wanted)]
    if not off:
        return None
    operation = "increase_replica_count" if more else "decrease_replica_count"
    if len(off) == len(rows):
        return operation, {"NewReplicaCount": wanted}
    return operation, {"ReplicaConfiguration": [{"NodeGroupId": name, "NewReplicaCount": wanted} for name in off]}


def shard_change(have, wanted):
    """Return what the call that changes the number of shards has to say; those with the highest numbers go first."""
    names = sorted(shard["NodeGroupId"] for shard in have["NodeGroups"])
    fewer = {"NodeGroupsToRemove": names[wanted:]} if wanted < len(names) else {}
    return {"NodeGroupCount": wanted, **fewer}
