# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ElastiCache in the emulated account: time, members and addresses, and what it refuses."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

SHOP = {"ReplicationGroupId": "shop", "ReplicationGroupDescription": "shop", "CacheNodeType": "cache.t4g.small", "Engine": "redis"}
SHARDED = {"NumNodeGroups": 2, "ReplicasPerNodeGroup": 1, "AutomaticFailoverEnabled": True}
TOKEN = "only-for-this-test-1"


@pytest.fixture
def cache(aws):
    return aws.client("elasticache")


@pytest.fixture
def made(cache):
    """Return a function that creates a group and lets the time pass until it is there."""

    def make(**more):
        cache.create_replication_group(**{**SHOP, **more})
        CLOCK.advance(600)
        return shop(cache)

    return make


def shop(cache):
    return cache.describe_replication_groups(ReplicationGroupId="shop")["ReplicationGroups"][0]


def change(cache, **more):
    return cache.modify_replication_group(ReplicationGroupId="shop", **{"ApplyImmediately": True, **more})["ReplicationGroup"]


def nodes(group):
    return [member["CacheClusterId"] for shard in group["NodeGroups"] for member in shard["NodeGroupMembers"]]


# Time


def test_a_group_takes_its_time(cache):
    born = cache.create_replication_group(**SHOP)["ReplicationGroup"]
    assert born["Status"] == "creating"
    assert "PrimaryEndpoint" not in shop(cache)["NodeGroups"][0]
    for call in (
        lambda: change(cache, SnapshotRetentionLimit=1),
        lambda: cache.delete_replication_group(ReplicationGroupId="shop"),
    ):
        with pytest.raises(ClientError, match=r"InvalidReplicationGroupState.*status creating"):
            call()
    CLOCK.advance(299)
    assert shop(cache)["Status"] == "creating"
    CLOCK.advance(1)
    assert shop(cache)["Status"] == "available"


def test_a_change_is_true_when_it_has_happened(cache, made):
    made(EngineVersion="7.0")
    assert change(cache, EngineVersion="7.1")["Status"] == "modifying"
    member = cache.describe_cache_clusters(CacheClusterId="shop-001")["CacheClusters"][0]
    assert (member["EngineVersion"], member["CacheClusterStatus"]) == ("7.0.7", "modifying")
    CLOCK.advance(180)
    assert cache.describe_cache_clusters(CacheClusterId="shop-001")["CacheClusters"][0]["EngineVersion"] == "7.1.0"


def test_small_changes_happen_at_once(cache, made):
    made()
    assert change(cache, SnapshotWindow="01:00-02:00")["Status"] == "available"
    assert shop(cache)["SnapshotWindow"] == "01:00-02:00"


def test_what_was_waiting_is_applied_with_the_next_immediate_change(cache, made):
    made(EngineVersion="7.0")
    change(cache, EngineVersion="7.1", ApplyImmediately=False)
    member = cache.describe_cache_clusters(CacheClusterId="shop-001")["CacheClusters"][0]
    assert (member["EngineVersion"], member["PendingModifiedValues"]) == ("7.0.7", {"EngineVersion": "7.1.0"})
    change(cache, SnapshotRetentionLimit=1, SnapshottingClusterId="shop-001")
    CLOCK.advance(300)
    member = cache.describe_cache_clusters(CacheClusterId="shop-001")["CacheClusters"][0]
    assert (member["EngineVersion"], member["PendingModifiedValues"]) == ("7.1.0", {})


def test_a_deletion_ends(cache, made):
    made()
    assert cache.delete_replication_group(ReplicationGroupId="shop")["ReplicationGroup"]["Status"] == "deleting"
    assert shop(cache)["Status"] == "deleting"
    CLOCK.advance(150)
    with pytest.raises(ClientError, match="ReplicationGroupNotFoundFault"):
        shop(cache)
    assert cache.describe_cache_clusters()["CacheClusters"] == []


def test_the_last_snapshot_stays(cache, made):
    made()
    cache.create_snapshot(ReplicationGroupId="shop", SnapshotName="first")
    CLOCK.advance(120)
    with pytest.raises(ClientError, match="SnapshotAlreadyExistsFault"):
        cache.delete_replication_group(ReplicationGroupId="shop", FinalSnapshotIdentifier="first")
    cache.delete_replication_group(ReplicationGroupId="shop", FinalSnapshotIdentifier="last")
    CLOCK.advance(300)
    snapshots = cache.describe_snapshots(ReplicationGroupId="shop")["Snapshots"]
    assert [(each["SnapshotName"], each["SnapshotStatus"]) for each in snapshots] == [("first", "available"), ("last", "available")]
    cache.delete_snapshot(SnapshotName="last")
    with pytest.raises(ClientError, match="SnapshotNotFoundFault"):
        cache.describe_snapshots(SnapshotName="last")


# Nodes and addresses


def test_one_shard_has_addresses_for_writing_and_reading(cache, made):
    group = made(NumCacheClusters=2)
    shard = group["NodeGroups"][0]
    assert shard["PrimaryEndpoint"]["Address"].endswith(".ng.0001.use1.cache.amazonaws.com")
    assert shard["ReaderEndpoint"]["Address"].startswith("shop-ro.")
    assert [member["CurrentRole"] for member in shard["NodeGroupMembers"]] == ["primary", "replica"]
    assert "ConfigurationEndpoint" not in group
    assert group["MemberClusters"] == nodes(group) == ["shop-001", "shop-002"]


def test_encrypted_addresses_stand_below_the_name_of_the_group(cache, made):
    shard = made(TransitEncryptionEnabled=True)["NodeGroups"][0]
    assert shard["PrimaryEndpoint"]["Address"].startswith("master.shop.")
    assert shard["ReaderEndpoint"]["Address"].startswith("replica.shop.")


def test_shards_have_slots_and_one_address(cache, made):
    group = made(**SHARDED)
    assert ".clustercfg." in group["ConfigurationEndpoint"]["Address"]
    assert [shard["Slots"] for shard in group["NodeGroups"]] == ["0-8191", "8192-16383"]
    assert nodes(group) == ["shop-0001-001", "shop-0001-002", "shop-0002-001", "shop-0002-002"]
    assert (group["ClusterEnabled"], group["ClusterMode"]) == (True, "enabled")
    member = cache.describe_cache_clusters(CacheClusterId="shop-0002-001", ShowCacheNodeInfo=True)["CacheClusters"][0]
    assert member["CacheNodes"][0]["Endpoint"]["Address"].startswith("shop-0002-001.")
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7.cluster.on"


def test_clusters_of_their_own_are_shown_beside_members(cache, made):
    made()
    cache.create_cache_cluster(CacheClusterId="alone", Engine="redis", CacheNodeType="cache.t4g.small", NumCacheNodes=1)
    everything = cache.describe_cache_clusters()["CacheClusters"]
    assert sorted(each["CacheClusterId"] for each in everything) == ["alone", "shop-001"]
    alone = cache.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)["CacheClusters"]
    assert [each["CacheClusterId"] for each in alone] == ["alone"]
    with pytest.raises(ClientError, match="CacheClusterNotFound"):
        cache.describe_cache_clusters(CacheClusterId="nothing")


def test_replicas_come_and_go(cache, made):
    made(NumCacheClusters=2, AutomaticFailoverEnabled=True)
    now = {"ReplicationGroupId": "shop", "ApplyImmediately": True}
    cache.increase_replica_count(NewReplicaCount=2, **now)
    assert cache.describe_cache_clusters(CacheClusterId="shop-003")["CacheClusters"][0]["CacheClusterStatus"] == "creating"
    CLOCK.advance(200)
    assert nodes(shop(cache)) == ["shop-001", "shop-002", "shop-003"]
    with pytest.raises(ClientError, match="within 0 and 5"):
        cache.increase_replica_count(NewReplicaCount=6, **now)
    with pytest.raises(ClientError, match="not increased"):
        cache.increase_replica_count(NewReplicaCount=2, **now)
    with pytest.raises(ClientError, match="Must have at least 1 replica when cluster mode is disabled"):
        cache.decrease_replica_count(NewReplicaCount=0, **now)
    with pytest.raises(ClientError, match="ApplyImmediately=false"):
        cache.decrease_replica_count(NewReplicaCount=1, ReplicationGroupId="shop", ApplyImmediately=False)
    cache.decrease_replica_count(NewReplicaCount=1, **now)
    CLOCK.advance(200)
    assert nodes(shop(cache)) == ["shop-001", "shop-002"]


def test_shards_come_and_go(cache, made):
    made(**SHARDED)
    now = {"ReplicationGroupId": "shop", "ApplyImmediately": True}
    cache.modify_replication_group_shard_configuration(NodeGroupCount=3, **now)
    assert len(shop(cache)["NodeGroups"]) == 2
    CLOCK.advance(400)
    assert [shard["Slots"] for shard in shop(cache)["NodeGroups"]] == ["0-5460", "5461-10921", "10922-16383"]
    with pytest.raises(ClientError, match="NodeGroupsToRemove or NodeGroupsToRetain"):
        cache.modify_replication_group_shard_configuration(NodeGroupCount=1, **now)
    with pytest.raises(ClientError, match="differ"):
        cache.modify_replication_group_shard_configuration(NodeGroupCount=1, NodeGroupsToRemove=["0001"], **now)
    cache.modify_replication_group_shard_configuration(NodeGroupCount=1, NodeGroupsToRetain=["0002"], **now)
    CLOCK.advance(400)
    assert [(shard["NodeGroupId"], shard["Slots"]) for shard in shop(cache)["NodeGroups"]] == [("0002", "0-16383")]


def test_one_shard_stays_one_without_cluster_mode(cache, made):
    made()
    with pytest.raises(ClientError, match="only be modified with cluster mode enabled"):
        cache.modify_replication_group_shard_configuration(ReplicationGroupId="shop", NodeGroupCount=2, ApplyImmediately=True)


def test_a_failover_makes_a_replica_the_primary(cache, made):
    made(NumCacheClusters=2, AutomaticFailoverEnabled=True)
    with pytest.raises(ClientError, match="NodeGroupNotFoundFault"):
        cache.test_failover(ReplicationGroupId="shop", NodeGroupId="0009")
    cache.test_failover(ReplicationGroupId="shop", NodeGroupId="0001")
    CLOCK.advance(60)
    roles = {member["CacheClusterId"]: member["CurrentRole"] for member in shop(cache)["NodeGroups"][0]["NodeGroupMembers"]}
    assert roles == {"shop-001": "replica", "shop-002": "primary"}


# What it refuses


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ReplicationGroupId": "shop--1"}, "not a valid identifier"),
        ({"ReplicationGroupId": "s" * 41}, "not a valid identifier"),
        ({"EngineVersion": "7.5"}, "Cannot find version 7.5 for redis"),
        ({"EngineVersion": "7.0.7"}, "Cannot find version"),
        ({"AutomaticFailoverEnabled": True}, "at least 2 cache clusters"),
        ({"MultiAZEnabled": True, "NumCacheClusters": 2}, "Multi-AZ needs automatic failover"),
        ({"NumNodeGroups": 2}, "Turning off automatic failover"),
        ({"NumNodeGroups": 2, "ClusterMode": "disabled"}, "Cluster mode must be enabled"),
        ({**SHARDED, "NumCacheClusters": 2}, "cannot be combined"),
        ({**SHARDED, "CacheParameterGroupName": "default.redis7"}, "contradicts the parameter cluster-enabled"),
        (
            {"CacheParameterGroupName": "default.redis6.x"},
            "Expected a parameter group of family redis7 but found one of family redis6.x",
        ),
        ({"CacheParameterGroupName": "nothing"}, "CacheParameterGroupNotFound"),
        ({"CacheSubnetGroupName": "nothing"}, "CacheSubnetGroupNotFoundFault"),
        ({"SecurityGroupIds": ["sg-12345678"]}, "do not exist"),
        ({"UserGroupIds": ["nobody"], "TransitEncryptionEnabled": True}, "UserGroupNotFound"),
        ({"AuthToken": TOKEN}, "with transit encryption enabled"),
        ({"AuthToken": "with a blank in it", "TransitEncryptionEnabled": True}, "Invalid AuthToken"),
        ({"TransitEncryptionMode": "required"}, "transit encryption enabled"),
        ({"KmsKeyId": "1234"}, "at-rest encryption"),
        ({"KmsKeyId": "1234", "AtRestEncryptionEnabled": True}, "Invalid KMS key"),
        ({"NetworkType": "ipv4", "IpDiscovery": "ipv6"}, "IpDiscovery must be ipv4"),
        ({"CacheNodeType": "cache.r6gd.xlarge"}, "Data tiering"),
        ({"SnapshotWindow": "later"}, "Invalid value for SnapshotWindow"),
        ({"SnapshotName": "nothing"}, "SnapshotNotFoundFault"),
        ({"NumCacheClusters": 2, "PreferredCacheClusterAZs": ["us-east-1a"]}, "must equal"),
    ],
)
def test_groups_that_cannot_be(cache, options, words):
    with pytest.raises(ClientError, match=words):
        cache.create_replication_group(**{**SHOP, **options})
    assert cache.describe_replication_groups()["ReplicationGroups"] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "No modifications were requested"),
        ({"EngineVersion": "6.2"}, "Downgrading"),
        ({"Engine": "valkey", "EngineVersion": "9.9"}, "Cannot find version"),
        ({"AutomaticFailoverEnabled": True}, "at least 2 cache clusters"),
        ({"TransitEncryptionEnabled": True}, "after transit encryption mode preferred"),
        ({"ClusterMode": "enabled"}, "cannot be changed from disabled to enabled"),
        ({"AuthToken": TOKEN, "AuthTokenUpdateStrategy": "ROTATE"}, "with transit encryption enabled"),
        ({"SnapshottingClusterId": "other-001"}, "not a member"),
        ({"SecurityGroupIds": ["sg-12345678"]}, "do not exist"),
        ({"LogDeliveryConfigurations": [{"LogType": "slow-log"}]}, "must be provided"),
    ],
)
def test_changes_that_cannot_be(cache, made, options, words):
    made()
    with pytest.raises(ClientError, match=words):
        change(cache, **options)
    assert shop(cache)["Status"] == "available"


def test_parameters_that_nobody_looks_at_are_refused(cache, made):
    with pytest.raises(ClientError, match="does not support PrimaryClusterId"):
        made(PrimaryClusterId="alone")
    CLOCK.advance(600)
    with pytest.raises(ClientError, match="does not support PrimaryClusterId"):
        change(cache, PrimaryClusterId="shop-001", SnapshotWindow="01:00-02:00")


def test_old_engines_have_no_logs_and_no_later_encryption(cache, made):
    made(EngineVersion="5.0.6")
    with pytest.raises(ClientError, match="from engine version 7"):
        change(cache, TransitEncryptionEnabled=True, TransitEncryptionMode="preferred")
    log = {"LogType": "slow-log", "DestinationType": "cloudwatch-logs", "LogFormat": "json"}
    log["DestinationDetails"] = {"CloudWatchLogsDetails": {"LogGroup": "/cache"}}
    with pytest.raises(ClientError, match="slow-log is not supported"):
        change(cache, LogDeliveryConfigurations=[log])


def test_tokens_are_two_at_most_and_set_after_rotate_only(cache, made):
    made(TransitEncryptionEnabled=True)
    with pytest.raises(ClientError, match="needs a token that was rotated in before"):
        change(cache, AuthToken=TOKEN, AuthTokenUpdateStrategy="SET")
    with pytest.raises(ClientError, match="with ApplyImmediately"):
        change(cache, AuthToken=TOKEN, AuthTokenUpdateStrategy="ROTATE", ApplyImmediately=False)
    with pytest.raises(ClientError, match="delete is not supported"):
        change(cache, AuthTokenUpdateStrategy="DELETE")
    pending = change(cache, AuthToken=TOKEN, AuthTokenUpdateStrategy="ROTATE")["PendingModifiedValues"]
    assert pending == {"AuthTokenStatus": "ROTATING"}
    CLOCK.advance(60)
    assert shop(cache)["AuthTokenEnabled"] is True
    change(cache, AuthToken=TOKEN, AuthTokenUpdateStrategy="SET")
    CLOCK.advance(60)
    assert shop(cache)["PendingModifiedValues"] == {}


def test_users_and_tokens_exclude_each_other(cache, made):
    cache.create_user_group(UserGroupId="web", Engine="redis", UserIds=["default"])
    made(TransitEncryptionEnabled=True, AuthToken=TOKEN)
    with pytest.raises(ClientError, match="Pass AuthStrategy delete to proceed"):
        change(cache, UserGroupIdsToAdd=["web"])
    change(cache, UserGroupIdsToAdd=["web"], AuthTokenUpdateStrategy="DELETE")
    CLOCK.advance(60)
    assert (shop(cache)["UserGroupIds"], shop(cache)["AuthTokenEnabled"]) == (["web"], False)
    with pytest.raises(ClientError, match="associated with a replication group"):
        cache.delete_user_group(UserGroupId="web")


def test_user_groups(cache):
    options = {"Engine": "redis", "AccessString": "on ~* +@all", "NoPasswordRequired": True}
    cache.create_user(UserId="reader", UserName="reader", **options)
    with pytest.raises(ClientError, match="UserNotFound"):
        cache.create_user_group(UserGroupId="web", Engine="redis", UserIds=["nobody"])
    with pytest.raises(ClientError, match="DefaultUserRequired"):
        cache.create_user_group(UserGroupId="web", Engine="redis", UserIds=["reader"])
    cache.create_user_group(UserGroupId="web", Engine="redis", UserIds=["default"])
    cache.modify_user_group(UserGroupId="web", UserIdsToAdd=["reader"])
    assert cache.describe_user_groups(UserGroupId="web")["UserGroups"][0]["UserIds"] == ["default", "reader"]
    cache.delete_user_group(UserGroupId="web")
    with pytest.raises(ClientError, match="UserGroupNotFound"):
        cache.describe_user_groups(UserGroupId="web")


# Parameter groups


@pytest.fixture
def parameters(cache):
    """Return a function that changes a parameter of a group of ours."""
    cache.create_cache_parameter_group(CacheParameterGroupName="Shop", CacheParameterGroupFamily="redis7", Description="shop")

    def set_to(name, value, group="shop"):
        row = {"ParameterName": name, "ParameterValue": value}
        return cache.modify_cache_parameter_group(CacheParameterGroupName=group, ParameterNameValues=[row])

    return set_to


def test_a_parameter_group_has_the_parameters_of_its_family(cache, parameters):
    parameters("maxmemory-policy", "allkeys-lru")
    pages = cache.get_paginator("describe_cache_parameters").paginate(
        CacheParameterGroupName="shop", PaginationConfig={"PageSize": 20}
    )
    rows = {row["ParameterName"]: row for row in pages.build_full_result()["Parameters"]}
    assert len(rows) > 50
    assert (rows["maxmemory-policy"]["ParameterValue"], rows["maxmemory-policy"]["Source"]) == ("allkeys-lru", "user")
    assert (rows["timeout"]["ParameterValue"], rows["timeout"]["Source"]) == ("0", "system")
    own = cache.describe_cache_parameters(CacheParameterGroupName="shop", Source="user")["Parameters"]
    assert [row["ParameterName"] for row in own] == ["maxmemory-policy"]
    cache.reset_cache_parameter_group(CacheParameterGroupName="shop", ResetAllParameters=True)
    assert cache.describe_cache_parameters(CacheParameterGroupName="shop", Source="user")["Parameters"] == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("maxmemory-polcy", "allkeys-lru", "doesn't exist"),
        ("maxmemory-policy", "the-oldest", "invalid for parameter"),
        ("timeout", "10", "invalid for parameter"),
        ("timeout", "a while", "invalid for parameter"),
        ("slowlog-log-slower-than", "-2", "invalid for parameter"),
        ("appendonly", "yes", "cannot be modified"),
        ("hash-max-ziplist-entries", "64", "doesn't exist"),
    ],
)
def test_parameters_that_aws_would_refuse(parameters, name, value, words):
    with pytest.raises(ClientError, match=words):
        parameters(name, value)


def test_groups_of_aws_cannot_be_changed(cache, parameters):
    names = [each["CacheParameterGroupName"] for each in cache.describe_cache_parameter_groups()["CacheParameterGroups"]]
    assert {"shop", "default.redis7", "default.valkey8.cluster.on"} <= set(names)
    with pytest.raises(ClientError, match="InvalidCacheParameterGroupState"):
        parameters("timeout", "60", group="default.redis7")
    with pytest.raises(ClientError, match="InvalidCacheParameterGroupState"):
        cache.delete_cache_parameter_group(CacheParameterGroupName="default.redis7")


def test_a_parameter_group_in_use_stays(cache, parameters, made):
    made(CacheParameterGroupName="shop")
    with pytest.raises(ClientError, match="still members of this parameter group"):
        cache.delete_cache_parameter_group(CacheParameterGroupName="shop")
    change(cache, CacheParameterGroupName="default.redis7")
    CLOCK.advance(60)
    cache.delete_cache_parameter_group(CacheParameterGroupName="shop")
    with pytest.raises(ClientError, match="CacheParameterGroupNotFound"):
        cache.describe_cache_parameters(CacheParameterGroupName="shop")


def test_engines_and_their_families(cache):
    rows = cache.describe_cache_engine_versions(Engine="valkey", EngineVersion="8.0")["CacheEngineVersions"]
    assert [row["CacheParameterGroupFamily"] for row in rows] == ["valkey8"]
    with pytest.raises(ClientError, match="not a valid parameter group family"):
        cache.describe_engine_default_parameters(CacheParameterGroupFamily="redis99")


# Subnet groups, and tags


@pytest.fixture
def subnets(aws):
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{'ab'[n]}")["Subnet"]["SubnetId"]
        for n in range(2)
    ]


def test_subnets_have_to_be_there_and_stay_while_nodes_are_in_them(cache, subnets, made):
    group = {"CacheSubnetGroupName": "shop", "CacheSubnetGroupDescription": "shop"}
    with pytest.raises(ClientError, match="InvalidSubnet"):
        cache.create_cache_subnet_group(SubnetIds=["subnet-12345678"], **group)
    cache.create_cache_subnet_group(SubnetIds=subnets, **group)
    made(CacheSubnetGroupName="shop", NumCacheClusters=2)
    with pytest.raises(ClientError, match="SubnetInUse"):
        cache.modify_cache_subnet_group(CacheSubnetGroupName="shop", SubnetIds=subnets[:1])
    with pytest.raises(ClientError, match="CacheSubnetGroupInUse"):
        cache.delete_cache_subnet_group(CacheSubnetGroupName="shop")
    cache.delete_replication_group(ReplicationGroupId="shop")
    CLOCK.advance(150)
    cache.delete_cache_subnet_group(CacheSubnetGroupName="shop")
    with pytest.raises(ClientError, match="CacheSubnetGroupNotFoundFault"):
        cache.describe_cache_subnet_groups(CacheSubnetGroupName="shop")


def test_networks_are_those_of_the_subnets(cache, subnets, made):
    group = {"CacheSubnetGroupName": "shop", "CacheSubnetGroupDescription": "shop"}
    cache.create_cache_subnet_group(SubnetIds=subnets, **group)
    with pytest.raises(ClientError, match="Network type dual_stack is not supported by the subnets"):
        made(CacheSubnetGroupName="shop", NetworkType="dual_stack")


def test_what_is_tagged_is_in_the_index(cache, aws, made):
    tags = [{"Key": "Project", "Value": "Shop"}]
    made(Tags=tags)
    cache.create_cache_parameter_group(
        CacheParameterGroupName="shop", CacheParameterGroupFamily="redis7", Description="shop", Tags=tags
    )
    index = aws.client("resourcegroupstaggingapi")

    def found():
        rows = index.get_resources(TagFilters=[{"Key": "Project"}])["ResourceTagMappingList"]
        return sorted(row["ResourceARN"].split(":", 5)[5] for row in rows)

    assert found() == ["parametergroup:shop", "replicationgroup:shop"]
    cache.delete_replication_group(ReplicationGroupId="shop")
    assert found() == ["parametergroup:shop"]


def test_tags_need_a_group_at_rest(cache, made):
    arn = made()["ARN"]
    change(cache, CacheNodeType="cache.t4g.medium")
    with pytest.raises(ClientError, match="not in available state to perform tagging"):
        cache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "Project", "Value": "Shop"}])
    CLOCK.advance(200)
    cache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "Project", "Value": "Shop"}])
    with pytest.raises(ClientError, match="TagNotFound"):
        cache.remove_tags_from_resource(ResourceName=arn, TagKeys=["Owner"])
    cache.remove_tags_from_resource(ResourceName=arn, TagKeys=["Project"])
    assert cache.list_tags_for_resource(ResourceName=arn)["TagList"] == []
