# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Replication groups: which operations are sent, in which order, and what happens to passwords and data."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.registry import states
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.elasticache_replication_group import LOG, STREAM, surroundings

SHOP = {"name": "shop", "engine": "redis", "engine_version": "7.1", "cache_node_type": "cache.t4g.small", "apply_immediately": True}
SHARDED = {"cluster_mode": "enabled", "num_node_groups": 2, "replicas_per_node_group": 1}
TLS = {"transit_encryption_enabled": True}
FIRST, SECOND = "the-first-token-of-all", "another-token-than-that"


@pytest.fixture
def cache(aws):
    """Return a function that runs the module for one group."""

    def run(check=False, **more):
        options = {key: value for key, value in {**SHOP, **more}.items() if value is not None}
        with aws.recorded() as sent:
            result = aws.run("elasticache_replication_group", check=check, **options)
        return result, sent

    return run


@pytest.fixture
def client(aws):
    return aws.client("elasticache")


def rests(cache, **options):
    result, sent = cache(**options)
    assert (result.changed, sent.writes) == (False, []), result.diff


def calls(sent, operation):
    return [entry["parameters"] for entry in sent.entries if entry["operation"] == operation]


def kept():
    """Return what the account keeps about the group."""
    return next(things["shop"] for *_place, things in states("elasticache", "replicationgroup"))


# Creation, and what is told


def test_creation_waits_for_addresses(cache):
    made, sent = cache(replicas_per_node_group=1)
    assert sent.writes == ["CreateReplicationGroup"]
    group = made.replication_group
    assert group["status"] == "available"
    assert group["primary_endpoint"]["address"].startswith("shop.")
    assert group["reader_endpoint"]["address"].startswith("shop-ro.")
    assert "configuration_endpoint" not in group
    assert group["primary_endpoint"]["port"] == group["port"] == 6379


def test_all_nodes_are_told_with_place_role_and_address(cache):
    made, _sent = cache(replicas_per_node_group=1)
    members = made.replication_group["members"]
    facts = [(each["cache_cluster_id"], each["current_role"], each["preferred_availability_zone"]) for each in members]
    assert facts == [("shop-001", "primary", "us-east-1a"), ("shop-002", "replica", "us-east-1b")]
    assert members[1]["endpoint"]["address"].startswith("shop-002.")


def test_a_group_with_shards_has_one_address_for_all(cache):
    made, sent = cache(**SHARDED)
    given = sent.parameters("CreateReplicationGroup")
    assert (given["NumNodeGroups"], given["ReplicasPerNodeGroup"], given["AutomaticFailoverEnabled"]) == (2, 1, True)
    group = made.replication_group
    assert "clustercfg" in group["configuration_endpoint"]["address"]
    assert "primary_endpoint" not in group
    assert [each["node_group_id"] for each in group["members"]] == ["0001", "0001", "0002", "0002"]
    assert all(each["endpoint"]["address"] for each in group["members"])


def test_several_shards_bring_cluster_mode_and_failover_along(cache):
    made, _sent = cache(num_node_groups=3)
    assert (made.replication_group["cluster_mode"], made.replication_group["automatic_failover_enabled"]) == ("enabled", True)
    rests(cache, num_node_groups=3)


def test_the_port_of_a_valkey_group_is_known(cache):
    made, _sent = cache(engine="valkey", engine_version="8.0")
    assert made.replication_group["port"] == 6379


def test_settings_that_a_group_does_not_tell_are_read_from_a_member(cache, aws):
    made = surroundings(aws)
    options = {"cache_subnet_group_name": "shop", "security_group_ids": made["groups"], "cache_parameter_group_name": "shop"}
    options["preferred_maintenance_window"] = "mon:04:00-mon:05:00"
    created, _sent = cache(**options)
    for name, value in options.items():
        assert created.replication_group[name] == value
    rests(cache, **options)


def test_zones_of_the_nodes_of_one_shard(cache):
    zones = ["us-east-1c", "us-east-1a"]
    made, sent = cache(replicas_per_node_group=1, preferred_cache_cluster_azs=zones)
    given = sent.parameters("CreateReplicationGroup")
    assert (given["NumCacheClusters"], given["PreferredCacheClusterAZs"]) == (2, zones)
    assert not given.keys() & {"NumNodeGroups", "ReplicasPerNodeGroup"}
    assert [each["preferred_availability_zone"] for each in made.replication_group["members"]] == zones
    rests(cache, replicas_per_node_group=1, preferred_cache_cluster_azs=zones)


def test_shards_with_places_of_their_own(cache):
    rows = [
        {"node_group_id": "0001", "slots": "0-99", "replica_count": 1, "primary_availability_zone": "us-east-1c"},
        {"node_group_id": "0002", "slots": "100-16383", "replica_count": 2, "replica_availability_zones": ["us-east-1a"] * 2},
    ]
    made, _sent = cache(node_group_configuration=rows, multi_az_enabled=True)
    group = made.replication_group
    assert [(shard["slots"], len(shard["node_group_members"])) for shard in group["node_groups"]] == [("0-99", 2), ("100-16383", 3)]
    assert (group["num_node_groups"], group["replicas_per_node_group"]) == (2, [1, 2])
    rests(cache, node_group_configuration=rows, multi_az_enabled=True)


def test_a_group_is_filled_by_a_snapshot(cache, client):
    result, _sent = cache(snapshot_name="last")
    assert "Snapshot last not found" in result.msg
    cache()
    cache(state="absent", final_snapshot_identifier="last")
    made, sent = cache(snapshot_name="last")
    assert made.changed
    assert sent.parameters("CreateReplicationGroup")["SnapshotName"] == "last"
    rests(cache, snapshot_name="last")


def test_a_new_group_needs_an_engine_and_a_size(cache):
    result, sent = cache(engine=None, cache_node_type=None)
    assert "cache_node_type and engine must be given" in result.msg
    assert sent.writes == []


def test_what_is_wanted_empty_is_not_said_to_begin_with(cache):
    nothing = {"user_group_ids": [], "log_delivery_configurations": [], "notification_topic_arn": ""}
    made, sent = cache(**nothing)
    assert made.changed
    assert not sent.parameters("CreateReplicationGroup").keys() & {"UserGroupIds", "LogDeliveryConfigurations"}
    rests(cache, **nothing)


def test_without_waiting_a_second_run_picks_it_up(cache):
    made, _sent = cache(wait=False, port=6380, tags={"Project": "Shop"}, **SHARDED)
    assert made.replication_group["status"] == "creating"
    again, sent = cache(port=6380, tags={"Project": "Shop"}, **SHARDED)
    assert (again.changed, again.replication_group["status"], sent.writes) == (False, "available", [])


def test_waiting_ends_and_says_how_to_go_on(cache):
    result, _sent = cache(wait_timeout=60)
    assert "is not ready after 60 seconds (status creating)" in result.msg
    assert "wait_timeout" in result.msg


def test_a_creation_that_failed_is_told_and_can_be_removed(cache):
    cache()
    kept().update(busy="create-failed", until=inf)
    result, _sent = cache(cache_node_type="cache.t4g.medium")
    assert "could not be created" in result.msg
    assert "Remove it" in result.msg


def test_tags_that_nobody_can_read_now_are_no_difference(cache, aws):
    cache(tags={"Project": "Shop"})
    aws.fault("elasticache", "ListTagsForResource", code="InvalidReplicationGroupState", message="Cluster not in available state")
    rests(cache, tags={"Project": "Shop", "Owner": "QA"})
    changed, _sent = cache(tags={"Project": "Shop", "Owner": "QA"})
    assert changed.replication_group["tags"] == {"Project": "Shop", "Owner": "QA"}


def test_an_alias_of_the_key_is_the_key(cache, aws):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/cache", TargetKeyId=key["KeyId"])
    cache(kms_key_id=key["Arn"], at_rest_encryption_enabled=True)
    for name in ("alias/cache", key["KeyId"]):
        rests(cache, kms_key_id=name, at_rest_encryption_enabled=True)


# Versions


def test_a_version_is_the_same_with_its_patch_level(cache):
    made, _sent = cache(engine="valkey", engine_version="7.2")
    assert made.warnings == []
    assert made.replication_group["engine_version_actual"] == "7.2.6"
    rests(cache, engine="valkey", engine_version="7.2")


def test_a_minor_version_that_aws_brought_is_left_alone(cache, client):
    cache(engine_version="7.0")
    client.modify_replication_group(ReplicationGroupId="shop", EngineVersion="7.1", ApplyImmediately=True)
    cache(engine_version="7.1")
    rests(cache, engine_version="7.0")
    result, sent = cache(engine_version="6.2")
    assert "AWS does not go back" in result.msg
    assert sent.writes == []


def test_an_older_version_is_refused_where_aws_brings_none(cache):
    cache(auto_minor_version_upgrade=False)
    result, sent = cache(engine_version="7.0", auto_minor_version_upgrade=False)
    assert "engine_version 7.0 is older than 7.1.0" in result.msg
    assert sent.writes == []


def test_redis_becomes_valkey_with_a_version(cache):
    cache()
    result, sent = cache(engine="valkey", engine_version=None)
    assert "only be changed together with engine_version" in result.msg
    assert sent.writes == []
    _result, sent = cache(engine="valkey", engine_version="8.0")
    given = sent.parameters("ModifyReplicationGroup")
    assert (given["Engine"], given["EngineVersion"]) == ("valkey", "8.0")


def test_what_waits_for_the_maintenance_window_counts_as_made(cache):
    cache(engine_version="7.0")
    later = {"engine_version": "7.1", "cache_node_type": "cache.t4g.medium", "apply_immediately": False}
    changed, sent = cache(**later)
    assert sent.parameters("ModifyReplicationGroup")["ApplyImmediately"] is False
    assert changed.warnings == []
    waiting = {"engine_version": "7.1.0", "cache_node_type": "cache.t4g.medium"}
    assert changed.replication_group["pending_modified_values"] == waiting
    rests(cache, **later)


# Changes, one after the other


def test_only_what_differs_is_sent(cache):
    cache(snapshot_window="01:00-02:00")
    _result, sent = cache(snapshot_window="02:00-03:00")
    assert calls(sent, "ModifyReplicationGroup") == [
        {"ReplicationGroupId": "shop", "ApplyImmediately": True, "SnapshotWindow": "02:00-03:00"}
    ]


def test_settings_shards_and_replicas_are_three_operations_one_after_the_other(cache):
    cache(**SHARDED)
    more = {**SHARDED, "num_node_groups": 3, "replicas_per_node_group": 2, "cache_node_type": "cache.t4g.medium"}
    changed, sent = cache(**more)
    order = ["IncreaseReplicaCount", "ModifyReplicationGroup", "ModifyReplicationGroupShardConfiguration"]
    assert sent.writes == order
    # Each of them found the group at rest: the account refuses a change of a group on its way.
    assert {entry["status"] for entry in sent.entries if entry["write"]} == {200}
    places = [sent.operations.index(name) for name in order]
    assert all("DescribeReplicationGroups" in sent.operations[a:b] for a, b in pairwise(places))
    assert sent.parameters("IncreaseReplicaCount")["NewReplicaCount"] == 2
    assert sent.parameters("ModifyReplicationGroupShardConfiguration")["NodeGroupCount"] == 3
    assert len(changed.replication_group["members"]) == 9
    rests(cache, **more)


def test_replicas_come_before_failover_and_go_after_it(cache):
    cache()
    failover = {"replicas_per_node_group": 1, "multi_az_enabled": True}
    _result, sent = cache(**failover)
    assert sent.writes == ["IncreaseReplicaCount", "ModifyReplicationGroup"]
    off = {"replicas_per_node_group": 0, "multi_az_enabled": False, "automatic_failover_enabled": False}
    _result, sent = cache(**off)
    assert sent.writes == ["ModifyReplicationGroup", "DecreaseReplicaCount"]
    rests(cache, **off)


def test_a_group_that_aws_still_works_on_takes_its_change_a_moment_later(cache, aws):
    cache()
    busy = {"code": "InvalidReplicationGroupState", "message": "Replication group shop has status modifying."}
    fault = aws.fault("elasticache", "ModifyReplicationGroup", times=2, **busy)
    changed, _sent = cache(snapshot_window="02:00-03:00")
    assert (changed.changed, fault["times"]) == (True, 0)


def test_the_last_shards_are_removed(cache):
    cache(**{**SHARDED, "num_node_groups": 4})
    _result, sent = cache(**SHARDED)
    assert sent.parameters("ModifyReplicationGroupShardConfiguration")["NodeGroupsToRemove"] == ["0003", "0004"]


def test_shards_that_differ_are_brought_to_the_same_number_of_replicas(cache, client):
    cache(**SHARDED)
    row = {"NodeGroupId": "0002", "NewReplicaCount": 3}
    client.increase_replica_count(ReplicationGroupId="shop", ReplicaConfiguration=[row], ApplyImmediately=True)
    predicted, _sent = cache(check=True, **{**SHARDED, "replicas_per_node_group": 2})
    assert predicted.diff["before"]["replicas_per_node_group"] == [1, 3]
    changed, sent = cache(**{**SHARDED, "replicas_per_node_group": 2})
    up, down = (sent.parameters(name)["ReplicaConfiguration"] for name in ("IncreaseReplicaCount", "DecreaseReplicaCount"))
    assert (up, down) == ([{"NodeGroupId": "0001", "NewReplicaCount": 2}], [{"NodeGroupId": "0002", "NewReplicaCount": 2}])
    assert changed.replication_group["replicas_per_node_group"] == 2


def test_tags_wait_for_a_group_on_its_way(cache):
    cache(tags={"Project": "Shop", "Owner": "QA"})
    changed, sent = cache(cache_node_type="cache.t4g.medium", tags={"Project": "Other"})
    assert sent.writes == ["ModifyReplicationGroup", "RemoveTagsFromResource", "AddTagsToResource"]
    assert changed.replication_group["tags"] == {"Project": "Other"}


def test_logs_are_switched_on_changed_and_off_one_by_one(cache):
    cache(log_delivery_configurations=[LOG, STREAM])
    _result, sent = cache(log_delivery_configurations=[STREAM])
    given = sent.parameters("ModifyReplicationGroup")["LogDeliveryConfigurations"]
    assert given == [{"LogType": "slow-log", "Enabled": False}]
    changed, sent = cache(log_delivery_configurations=[STREAM, LOG])
    given = sent.parameters("ModifyReplicationGroup")["LogDeliveryConfigurations"]
    assert [(row["LogType"], row["Enabled"], row["LogFormat"]) for row in given] == [("slow-log", True, "json")]
    assert {row["status"] for row in changed.replication_group["log_deliveries"]} == {"active"}


def test_snapshots_of_one_shard_come_from_a_replica(cache):
    cache(replicas_per_node_group=1)
    _result, sent = cache(replicas_per_node_group=1, snapshot_retention_limit=7)
    assert sent.parameters("ModifyReplicationGroup")["SnapshottingClusterId"] == "shop-002"


def test_notifications_are_switched_off(cache):
    topic = "arn:aws:sns:us-east-1:123456789012:shop"
    cache(notification_topic_arn=topic)
    changed, sent = cache(notification_topic_arn="")
    assert sent.parameters("ModifyReplicationGroup")["NotificationTopicStatus"] == "inactive"
    assert changed.replication_group["notification_topic_arn"] == ""


# What cannot be, and what has to go step by step


def test_multi_az_with_shards_and_no_replicas_is_refused(cache):
    """A group that says Multi-AZ and has nothing in another zone is lost with its zone."""
    for replicas in ({"replicas_per_node_group": 0}, {}):
        result, sent = cache(multi_az_enabled=True, num_node_groups=3, **replicas)
        assert "a replica in every shard" in result.msg
        assert sent.writes == []


def test_the_last_replica_stays_while_multi_az_needs_it(cache):
    cache(replicas_per_node_group=1, multi_az_enabled=True)
    result, sent = cache(replicas_per_node_group=0)
    assert "a replica in every shard" in result.msg
    assert sent.writes == []


def test_a_plan_refuses_as_well(cache):
    cache()
    result, _sent = cache(check=True, num_node_groups=2)
    assert "num_node_groups can be changed with cluster_mode enabled only" in result.msg


def test_cluster_mode_goes_by_way_of_compatible(cache):
    cache(replicas_per_node_group=1, automatic_failover_enabled=True)
    result, sent = cache(cluster_mode="enabled")
    assert "set compatible, move the clients" in result.msg
    assert sent.writes == []
    changed, _sent = cache(cluster_mode="compatible")
    assert changed.replication_group["primary_endpoint"]
    assert changed.replication_group["configuration_endpoint"]


def test_encryption_does_not_lock_clients_out(cache):
    cache()
    for mode in (None, "required"):
        result, sent = cache(**TLS, transit_encryption_mode=mode)
        assert "set transit_encryption_mode=preferred first" in result.msg
        assert sent.writes == []
    _result, sent = cache(**TLS, transit_encryption_mode="preferred")
    given = sent.parameters("ModifyReplicationGroup")
    assert (given["TransitEncryptionEnabled"], given["TransitEncryptionMode"]) == (True, "preferred")
    cache(transit_encryption_mode="required")
    result, _sent = cache(transit_encryption_enabled=False)
    assert "then switch it off" in result.msg


# Who may connect


def test_the_token_is_sent_once_and_never_shown(cache):
    made, sent = cache(**TLS, auth_token=FIRST)
    assert sent.parameters("CreateReplicationGroup")["AuthToken"] == FIRST
    assert FIRST not in repr(made)
    rests(cache, **TLS, auth_token=FIRST)


def test_a_first_token_does_not_leave_the_door_open_beside_it(cache):
    """After ROTATE alone a group takes clients without any token."""
    cache(**TLS)
    _result, sent = cache(**TLS, auth_token=FIRST)
    changes = calls(sent, "ModifyReplicationGroup")
    assert [(each["AuthTokenUpdateStrategy"], each["AuthToken"]) for each in changes] == [("ROTATE", FIRST), ("SET", FIRST)]
    assert all(each["ApplyImmediately"] for each in changes)
    assert kept()["tokens"] == [FIRST]
    rests(cache, **TLS, auth_token=FIRST)


def test_a_token_is_changed_without_locking_anybody_out(cache):
    first = {**TLS, "auth_token": FIRST, "auth_token_version": "v1"}
    cache(**first)
    rests(cache, **first)
    both = {**TLS, "auth_token": SECOND, "auth_token_version": "v2", "auth_token_update_strategy": "ROTATE"}
    changed, _sent = cache(**both)
    assert kept()["tokens"] == [FIRST, SECOND]
    assert SECOND not in repr(changed)
    rests(cache, **both)
    one = {**both, "auth_token_update_strategy": "SET"}
    _result, sent = cache(**one)
    assert [each["AuthTokenUpdateStrategy"] for each in calls(sent, "ModifyReplicationGroup")] == ["SET"]
    assert kept()["tokens"] == [SECOND]
    rests(cache, **one)


@pytest.mark.parametrize("broken", ["ModifyReplicationGroup", "AddTagsToResource"])
def test_a_first_token_is_brought_in_by_the_next_run_when_one_breaks_off(cache, aws, broken):
    cache(**TLS)
    aws.fault("elasticache", broken, "denied")
    result, _sent = cache(**TLS, auth_token=FIRST)
    assert result.failed
    cache(**TLS, auth_token=FIRST)
    assert kept()["tokens"] == [FIRST]


def test_a_first_token_is_made_the_only_one_by_the_next_run(cache, client):
    """The run that brought it ended between the two steps."""
    cache(**TLS)
    arn = client.describe_replication_groups()["ReplicationGroups"][0]["ARN"]
    client.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "slipway:auth-token", "Value": "ROTATE"}])
    rotate = {"AuthToken": FIRST, "AuthTokenUpdateStrategy": "ROTATE", "ApplyImmediately": True}
    client.modify_replication_group(ReplicationGroupId="shop", **rotate)
    CLOCK.advance(300)
    _result, sent = cache(**TLS, auth_token=FIRST)
    assert [each["AuthTokenUpdateStrategy"] for each in calls(sent, "ModifyReplicationGroup")] == ["SET"]
    assert kept()["tokens"] == [FIRST]


def test_the_tag_that_names_the_token_is_nobodys_business(cache, client):
    options = {**TLS, "auth_token": FIRST, "auth_token_version": "v1"}
    made, _sent = cache(**options, tags={"Project": "Shop"})
    assert made.replication_group["tags"] == {"Project": "Shop"}
    assert made.replication_group["auth_token_version"] == "v1"
    cache(**options, tags={})
    arn = made.replication_group["arn"]
    tags = client.list_tags_for_resource(ResourceName=arn)["TagList"]
    assert tags == [{"Key": "slipway:auth-token", "Value": "SET v1"}]


def test_users_take_the_place_of_a_token_in_one_step_and_back(cache, aws):
    surroundings(aws)
    cache(**TLS, auth_token=FIRST, auth_token_version="v1")
    changed, sent = cache(**TLS, user_group_ids=["web"])
    given = sent.parameters("ModifyReplicationGroup")
    assert (given["UserGroupIdsToAdd"], given["AuthTokenUpdateStrategy"]) == (["web"], "DELETE")
    assert "auth_token_version" not in changed.replication_group
    _result, sent = cache(**TLS, user_group_ids=["jobs"])
    given = sent.parameters("ModifyReplicationGroup")
    assert (given["UserGroupIdsToAdd"], given["UserGroupIdsToRemove"]) == (["jobs"], ["web"])
    changed, sent = cache(**TLS, auth_token=SECOND)
    rotate, last = calls(sent, "ModifyReplicationGroup")
    assert (rotate["RemoveUserGroups"], rotate["AuthTokenUpdateStrategy"], last["AuthTokenUpdateStrategy"]) == (
        True,
        "ROTATE",
        "SET",
    )
    assert changed.replication_group["user_group_ids"] == []
    assert kept()["tokens"] == [SECOND]


# Removal


def test_data_is_kept_in_a_last_snapshot(cache, client):
    cache()
    cache(state="absent", final_snapshot_identifier="shop-last")
    snapshots = client.describe_snapshots(SnapshotName="shop-last")["Snapshots"]
    assert [(each["SnapshotName"], each["ReplicationGroupId"], each["SnapshotStatus"]) for each in snapshots] == [
        ("shop-last", "shop", "available")
    ]
    assert client.describe_replication_groups()["ReplicationGroups"] == []


def test_a_group_on_its_way_is_waited_for_before_it_is_removed(cache):
    cache(wait=False)
    removed, sent = cache(state="absent", skip_final_snapshot=True)
    assert removed.changed
    assert sent.writes == ["DeleteReplicationGroup"]
    assert sent.parameters("DeleteReplicationGroup") == {"ReplicationGroupId": "shop"}


def test_a_group_that_could_not_be_created_is_removed(cache):
    cache()
    kept().update(busy="create-failed", until=inf)
    removed, _sent = cache(state="absent", skip_final_snapshot=True)
    assert removed.changed
    rests(cache, state="absent", skip_final_snapshot=True)


def test_a_group_of_the_same_name_waits_until_the_old_one_is_gone(cache):
    cache()
    cache(state="absent", skip_final_snapshot=True, wait=False)
    made, sent = cache()
    assert (made.changed, sent.writes) == (True, ["CreateReplicationGroup"])
