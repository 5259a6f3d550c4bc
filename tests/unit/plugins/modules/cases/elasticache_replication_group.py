# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

LOCKED = "cannot be changed in place"
LOG = {
    "log_type": "slow-log",
    "destination_type": "cloudwatch-logs",
    "destination_details": {"cloud_watch_logs_details": {"log_group": "/elasticache/shop"}},
}
STREAM = {
    "log_type": "engine-log",
    "destination_type": "kinesis-firehose",
    "destination_details": {"kinesis_firehose_details": {"delivery_stream": "shop"}},
    "log_format": "text",
}
TOKEN = "only-for-this-test-1"
TOPIC = "arn:aws:sns:us-east-1:123456789012:shop"


def surroundings(aws):
    """Make what replication groups stand in and need, and return its names."""
    ec2, cache = aws.client("ec2"), aws.client("elasticache")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{'abc'[n]}")["Subnet"]["SubnetId"]
        for n in range(3)
    ]
    cache.create_cache_subnet_group(CacheSubnetGroupName="shop", CacheSubnetGroupDescription="shop", SubnetIds=subnets)
    cache.create_cache_parameter_group(CacheParameterGroupName="shop", CacheParameterGroupFamily="redis7", Description="shop")
    for name in ("web", "jobs"):
        cache.create_user_group(UserGroupId=name, Engine="redis", UserIds=["default"])
    groups = [ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in ("one", "two")]
    return {"groups": groups, "key": aws.client("kms").create_key()["KeyMetadata"]["Arn"]}


def prepare(aws):
    made = surroundings(aws)
    CHAIN.changes[0] = {"security_group_ids": made["groups"][::-1]}
    return {"security_group_ids": made["groups"][:1], "kms_key_id": made["key"]}


CHAIN = Chain(
    create={
        "name": "shop",
        "engine": "redis",
        "engine_version": "7.0",
        "cache_node_type": "cache.t4g.small",
        "cache_subnet_group_name": "shop",
        "at_rest_encryption_enabled": True,
        "port": 6380,
        "apply_immediately": True,
    },
    changes=[
        {"security_group_ids": "set by prepare"},
        {"replication_group_description": "Sessions of the shop"},
        {"engine_version": "7.1"},
        {"cache_node_type": "cache.t4g.medium"},
        {"replicas_per_node_group": 2},
        {"automatic_failover_enabled": True, "multi_az_enabled": True},
        {"replicas_per_node_group": 1},
        {"cache_parameter_group_name": "shop"},
        {"preferred_maintenance_window": "mon:04:00-mon:05:00"},
        {"snapshot_retention_limit": 7},
        {"snapshot_window": "01:00-02:00"},
        {"notification_topic_arn": TOPIC},
        {"notification_topic_arn": ""},
        {"auto_minor_version_upgrade": False},
        {"log_delivery_configurations": [LOG]},
        {"log_delivery_configurations": [STREAM, {**LOG, "log_format": "text"}]},
        {"log_delivery_configurations": [STREAM]},
        {"log_delivery_configurations": []},
        {"transit_encryption_enabled": True, "transit_encryption_mode": "preferred"},
        {"transit_encryption_mode": "required"},
        {"auth_token": TOKEN},
        {"auth_token_version": "v1"},
        {"auth_token_version": "v2", "auth_token_update_strategy": "ROTATE"},
        {"auth_token_update_strategy": "SET"},
        {"user_group_ids": ["web"], "auth_token": None, "auth_token_version": None},
        {"user_group_ids": ["jobs"]},
        {"user_group_ids": []},
        {"automatic_failover_enabled": False, "multi_az_enabled": False, "replicas_per_node_group": 0},
        {
            "cluster_mode": "compatible",
            "automatic_failover_enabled": True,
            "cache_parameter_group_name": "default.redis7.cluster.on",
        },
        {"cluster_mode": "enabled"},
        {"num_node_groups": 3, "replicas_per_node_group": 1},
        {"num_node_groups": 2, "multi_az_enabled": True},
        {"engine": "valkey", "engine_version": "8.0", "cache_parameter_group_name": "default.valkey8.cluster.on"},
    ],
    refused=[
        ({"port": 6379}, LOCKED),
        ({"cache_subnet_group_name": "other"}, LOCKED),
        ({"at_rest_encryption_enabled": False, "kms_key_id": None}, LOCKED),
        ({"kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"}, LOCKED),
        ({"data_tiering_enabled": True}, LOCKED),
        ({"network_type": "dual_stack"}, LOCKED),
        ({"engine_version": "7.2"}, "AWS does not go back"),
        ({"engine": "redis", "engine_version": "7.1"}, "cannot become redis"),
        ({"cluster_mode": "disabled", "num_node_groups": None}, "cannot be taken back"),
        ({"ip_discovery": "ipv6"}, "needs a group with another network_type"),
    ],
    invalid=[
        ({"name": "Shop"}, "lower-case"),
        ({"name": "a" * 41}, "at most 40"),
        ({"multi_az_enabled": True, "replicas_per_node_group": 0}, "multi_az_enabled needs a replica"),
        ({"multi_az_enabled": True, "automatic_failover_enabled": False}, "needs automatic_failover_enabled"),
        ({"multi_az_enabled": True, "node_group_configuration": [{"replica_count": 0}]}, "multi_az_enabled needs a replica"),
        ({"num_node_groups": 2, "automatic_failover_enabled": False}, "cannot be off with cluster mode"),
        ({"num_node_groups": 2, "cluster_mode": "disabled"}, "num_node_groups above 1 needs cluster_mode"),
        ({"num_node_groups": 3, "node_group_configuration": [{}, {}]}, "describes 2 shards"),
        ({"num_node_groups": 501}, "num_node_groups is a number"),
        ({"automatic_failover_enabled": True, "replicas_per_node_group": 0}, "needs a replica to fail over to"),
        ({"replicas_per_node_group": 6}, "replicas_per_node_group is a number from 0 to 5"),
        ({"preferred_cache_cluster_azs": ["us-east-1a", "us-east-1b"]}, "preferred_cache_cluster_azs"),
        ({"engine": "redis", "engine_version": "7.0.7"}, "engine_version 7.0.7"),
        ({"engine": "valkey", "engine_version": "latest"}, "engine_version latest"),
        ({"cache_node_type": "db.t3.small"}, "cache_node_type is a type"),
        ({"snapshot_retention_limit": 36}, "from 0 to 35"),
        ({"snapshot_window": "3am"}, "snapshot_window is a time"),
        ({"preferred_maintenance_window": "sunday"}, "preferred_maintenance_window is a time"),
        ({"port": 70000}, "port is a number"),
        ({"auth_token": "short"}, "auth_token has 16 to 128"),
        ({"auth_token": TOKEN, "transit_encryption_enabled": False}, "auth_token needs transit_encryption_enabled"),
        ({"auth_token": TOKEN, "user_group_ids": ["web"]}, "not both"),
        ({"auth_token_version": "v1"}, "which is missing"),
        ({"auth_token": TOKEN, "auth_token_version": "the first"}, "without blanks"),
        ({"user_group_ids": ["web", "jobs"]}, "one user group"),
        ({"user_group_ids": ["web"], "transit_encryption_enabled": False}, "user_group_ids needs"),
        ({"transit_encryption_enabled": False, "transit_encryption_mode": "required"}, "transit_encryption_mode needs"),
        ({"at_rest_encryption_enabled": False}, "kms_key_id needs at_rest_encryption_enabled"),
        ({"log_delivery_configurations": [LOG, LOG]}, "names a log_type twice"),
        ({"log_delivery_configurations": [{**LOG, "destination_type": "kinesis-firehose"}]}, "needs kinesis_firehose_details"),
        ({"network_type": "ipv4", "ip_discovery": "ipv6"}, "does not have"),
        ({"snapshot_name": "last", "snapshot_arns": ["arn:aws:s3:::backups/last.rdb"]}, "snapshot_name or snapshot_arns"),
        ({"state": "absent"}, "skip_final_snapshot=true"),
        ({"state": "absent", "skip_final_snapshot": True, "final_snapshot_identifier": "last"}, "final_snapshot_identifier"),
    ],
    at_creation={"node_group_configuration", "preferred_cache_cluster_azs", "snapshot_name", "snapshot_arns"},
    elsewhere={"apply_immediately", "skip_final_snapshot", "final_snapshot_identifier"},
    delete={"skip_final_snapshot": True},
    prepare=prepare,
)
