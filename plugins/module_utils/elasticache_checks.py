# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is wrong with a replication group, said before AWS says it: options by themselves, and next to what is there."""

from __future__ import annotations

import re

from ansible_collections.slipway.aws.plugins.module_utils.elasticache import name_faults, numbers

_DAY, _HOUR = "(mon|tue|wed|thu|fri|sat|sun)", "([01][0-9]|2[0-3]):[0-5][0-9]"
_WINDOWS = {
    "preferred_maintenance_window": (f"{_DAY}:{_HOUR}-{_DAY}:{_HOUR}", "sun:04:00-sun:05:00"),
    "snapshot_window": (f"{_HOUR}-{_HOUR}", "03:00-04:00"),
}
_RANGES = {"replicas_per_node_group": (0, 5), "num_node_groups": (1, 500), "snapshot_retention_limit": (0, 35), "port": (1, 65535)}
_VERSIONS = {"redis": r"[2-5]\.\d+\.\d+|6\.x|([6-9]|\d\d)\.\d+", "valkey": r"\d+\.\d+"}
_DETAILS = {"cloudwatch-logs": "cloud_watch_logs_details", "kinesis-firehose": "kinesis_firehose_details"}


def option_faults(p):
    """Return what is wrong with the options of a replication group, whatever there is already."""
    return [*name_faults(p["name"], 40), *_form_faults(p), *_shape_faults(p), *_access_faults(p), *_log_faults(p), *_end_faults(p)]


def _form_faults(p):
    for key, (form, sample) in _WINDOWS.items():
        if p[key] and not re.fullmatch(form, p[key]):
            yield f"{key} is a time in UTC such as {sample}, not {p[key]}."
    for key, (low, high) in _RANGES.items():
        if p[key] is not None and not low <= p[key] <= high:
            yield f"{key} is a number from {low} to {high}."
    forms = [_VERSIONS[p["engine"]]] if p["engine"] else list(_VERSIONS.values())
    if p["engine_version"] and not any(re.fullmatch(form, p["engine_version"]) for form in forms):
        yield f"engine_version {p['engine_version']} is none: from Redis 6 and Valkey 7 on, it is major and minor, such as 7.1."
    if p["cache_node_type"] and not p["cache_node_type"].startswith("cache."):
        yield f"cache_node_type is a type such as cache.t4g.small, not {p['cache_node_type']}."


def _shape_faults(p):
    shards, replicas, zones = p["num_node_groups"] or 1, p["replicas_per_node_group"], p["preferred_cache_cluster_azs"]
    rows = p["node_group_configuration"] or []
    sharded = shards > 1 or p["cluster_mode"] == "enabled"
    none = replicas == 0 or any(row.get("replica_count") == 0 for row in rows)
    facts = (
        (
            p["multi_az_enabled"] and none,
            "multi_az_enabled needs a replica in every shard: set replicas_per_node_group to 1 at least.",
        ),
        (
            p["multi_az_enabled"] and p["automatic_failover_enabled"] is False,
            "multi_az_enabled needs automatic_failover_enabled: without it nothing moves to the other zone.",
        ),
        (
            sharded and p["automatic_failover_enabled"] is False,
            "automatic_failover_enabled cannot be off with cluster mode: AWS has it on.",
        ),
        (
            not sharded and replicas == 0 and p["automatic_failover_enabled"] and p["cluster_mode"] != "compatible",
            "automatic_failover_enabled needs a replica to fail over to: set replicas_per_node_group to 1 at least.",
        ),
        (
            shards > 1 and p["cluster_mode"] in ("disabled", "compatible"),
            f"num_node_groups above 1 needs cluster_mode enabled, not {p['cluster_mode']}.",
        ),
        (
            rows and p["num_node_groups"] not in (None, len(rows)),
            f"num_node_groups is {shards}, and node_group_configuration describes {len(rows)} shards.",
        ),
        (
            zones and (sharded or rows or len(zones) != (replicas or 0) + 1),
            "preferred_cache_cluster_azs names one zone for each node of a group with one shard; use node_group_configuration for"
            " more.",
        ),
        (
            p["network_type"] in ("ipv4", "ipv6") and p["ip_discovery"] not in (None, p["network_type"]),
            f"ip_discovery {p['ip_discovery']} tells of addresses that network_type {p['network_type']} does not have.",
        ),
        (p["snapshot_name"] and p["snapshot_arns"], "Either snapshot_name or snapshot_arns fills the group, not both."),
    )
    return [text for wrong, text in facts if wrong]


def _access_faults(p):
    token, version, users = p["auth_token"], p["auth_token_version"], p["user_group_ids"]
    plain = p["transit_encryption_enabled"] is False
    facts = (
        (
            token is not None and not re.fullmatch(r"[A-Za-z0-9!&#$^<>-]{16,128}", token),
            "auth_token has 16 to 128 letters, digits and characters of !&#$^<>- only.",
        ),
        (token and plain, "auth_token needs transit_encryption_enabled: a password in clear text is none."),
        (token and users, "Either auth_token or user_group_ids says who may connect, not both."),
        (version and token is None, "auth_token_version names the token in auth_token, which is missing."),
        (
            version and not re.fullmatch(r"[A-Za-z0-9_.:/=+@-]{1,200}", version),
            "auth_token_version is kept in a tag: up to 200 letters, digits and characters of _.:/=+@- without blanks.",
        ),
        (users and plain, "user_group_ids needs transit_encryption_enabled."),
        (len(users or ()) > 1, "user_group_ids names one user group: AWS takes no more."),
        (p["transit_encryption_mode"] and plain, "transit_encryption_mode needs transit_encryption_enabled."),
        (p["kms_key_id"] and p["at_rest_encryption_enabled"] is False, "kms_key_id needs at_rest_encryption_enabled."),
    )
    return [text for wrong, text in facts if wrong]


def _log_faults(p):
    rows = p["log_delivery_configurations"] or []
    kinds = [row["log_type"] for row in rows]
    if len(set(kinds)) < len(kinds):
        yield "log_delivery_configurations names a log_type twice; a log has one destination."
    for row in rows:
        wanted = _DETAILS[row["destination_type"]]
        if [key for key, value in row["destination_details"].items() if value] != [wanted]:
            yield f"log_delivery_configurations: {row['destination_type']} needs {wanted} in destination_details, and only that."


def _end_faults(p):
    if p["state"] == "absent" and bool(p["skip_final_snapshot"]) == bool(p["final_snapshot_identifier"]):
        yield "Name the last snapshot with final_snapshot_identifier, or destroy the data with skip_final_snapshot=true."


# What a change would do


def change_faults(have, want):
    """Return why AWS, or the clients of a group, would not bear what is wanted of it."""
    after = {**have, **want}
    replicas = after["ReplicasPerNodeGroup"]
    least = min(replicas) if isinstance(replicas, list) else replicas or 0
    sharded = after["ClusterMode"] in ("enabled", "compatible") or (after["NumNodeGroups"] or 1) > 1
    facts = (
        (
            after["MultiAZEnabled"] and (not after["AutomaticFailoverEnabled"] or not least),
            "multi_az_enabled needs automatic_failover_enabled and a replica in every shard: set replicas_per_node_group to 1 at"
            " least.",
        ),
        (
            after["AutomaticFailoverEnabled"] and not sharded and not least,
            "automatic_failover_enabled needs a replica to fail over to: raise replicas_per_node_group to 1, or turn it off.",
        ),
    )
    return [text for wrong, text in facts if wrong] + (_step_faults(have, want, after) if have.get("status") else [])


def _step_faults(have, want, after):
    """Return the steps between what is there and what is wanted that AWS cannot make, or clients have to be led through."""
    modes = (have["ClusterMode"], after["ClusterMode"])
    encrypted = (have["TransitEncryptionEnabled"], after["TransitEncryptionEnabled"])
    facts = (
        (
            want.get("NumNodeGroups", have["NumNodeGroups"]) != have["NumNodeGroups"] and modes[1] != "enabled",
            f"num_node_groups can be changed with cluster_mode enabled only; it is {modes[1]}.",
        ),
        (
            modes == ("disabled", "enabled"),
            "cluster_mode goes from disabled to enabled through compatible: set compatible, move the clients, then set enabled.",
        ),
        (modes[0] == "enabled" and modes[1] != "enabled", "cluster_mode enabled cannot be taken back: AWS keeps the shards."),
        (
            encrypted == (False, True) and want.get("TransitEncryptionMode") != "preferred",
            "transit_encryption_enabled would lock out all clients at once: set transit_encryption_mode=preferred first, move the"
            " clients, then set required.",
        ),
        (
            encrypted == (True, False) and have["TransitEncryptionMode"] != "preferred",
            "transit_encryption_enabled would lock out all clients at once: set transit_encryption_mode=preferred first, move the"
            " clients, then switch it off.",
        ),
        (
            after.get("IpDiscovery") == "ipv6" and after.get("NetworkType") == "ipv4",
            "ip_discovery ipv6 needs a group with another network_type than ipv4, which is settled when a group is created.",
        ),
        (
            (have["Engine"], after["Engine"]) == ("valkey", "redis"),
            "engine valkey cannot become redis: make another group, filled by a snapshot.",
        ),
        (
            have["Engine"] != after["Engine"] and not want.get("EngineVersion"),
            "engine can only be changed together with engine_version.",
        ),
        (
            have["Engine"] == after["Engine"] and numbers(after["EngineVersion"] or "0") < numbers(have["EngineVersion"] or "0"),
            f"engine_version {after['EngineVersion']} is older than {have['EngineVersion']}: AWS does not go back.",
        ),
    )
    return [text for wrong, text in facts if wrong]
