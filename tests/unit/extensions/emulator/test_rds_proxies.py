# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RDS Proxy in the emulated account: time, states, targets and what is refused."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_proxy import ROLE, SECRET, databases, network


@pytest.fixture
def rds(aws):
    databases(aws)
    return aws.client("rds")


@pytest.fixture
def create(aws, rds):
    """Return a function that makes a proxy."""
    subnets, _groups = network(aws)
    auth = [{"AuthScheme": "SECRETS", "SecretArn": SECRET}]

    def create(**more):
        wanted = {"DBProxyName": "shop", "EngineFamily": "MYSQL", "RoleArn": ROLE, "VpcSubnetIds": subnets, "Auth": auth}
        return rds.create_db_proxy(**{**wanted, **more})["DBProxy"]

    return create


@pytest.fixture
def ready(create):
    create()
    CLOCK.advance(300)


def status(rds):
    return rds.describe_db_proxies(DBProxyName="shop")["DBProxies"][0]["Status"]


def health(rds):
    return rds.describe_db_proxy_targets(DBProxyName="shop")["Targets"][0]["TargetHealth"]


def test_a_proxy_takes_its_time(rds, create):
    assert create()["Status"] == "creating"
    with pytest.raises(ClientError, match="InvalidDBProxyStateFault"):
        rds.register_db_proxy_targets(DBProxyName="shop", DBInstanceIdentifiers=["shop"])
    CLOCK.advance(300)
    assert status(rds) == "available"
    rds.modify_db_proxy(DBProxyName="shop", RequireTLS=True)
    assert status(rds) == "modifying"
    CLOCK.advance(60)
    rds.delete_db_proxy(DBProxyName="shop")
    assert status(rds) == "deleting"
    CLOCK.advance(60)
    with pytest.raises(ClientError, match="DBProxyNotFoundFault"):
        status(rds)


def test_a_target_is_reached_after_a_while_and_lost_with_its_database(rds, ready):
    rds.register_db_proxy_targets(DBProxyName="shop", DBInstanceIdentifiers=["shop"])
    assert health(rds) == {"State": "REGISTERING"}
    CLOCK.advance(45)
    assert (health(rds)["State"], health(rds)["Reason"]) == ("UNAVAILABLE", "PENDING_PROXY_CAPACITY")
    CLOCK.advance(60)
    assert health(rds) == {"State": "AVAILABLE"}
    rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    assert (health(rds)["State"], health(rds)["Reason"]) == ("UNAVAILABLE", "UNREACHABLE")


def test_the_instances_of_a_cluster_are_targets(rds, ready):
    rds.register_db_proxy_targets(DBProxyName="shop", DBClusterIdentifiers=["orders"])
    rows = rds.describe_db_proxy_targets(DBProxyName="shop")["Targets"]
    assert [(row["Type"], row["RdsResourceId"]) for row in rows] == [("TRACKED_CLUSTER", "orders"), ("RDS_INSTANCE", "orders-1")]
    assert (rows[1]["TrackedClusterId"], rows[1]["Role"]) == ("orders", "READ_WRITE")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"DBInstanceIdentifiers": ["nothing"]}, "DBInstanceNotFound"),
        ({"DBClusterIdentifiers": ["nothing"]}, "DBClusterNotFoundFault"),
        ({"DBInstanceIdentifiers": ["shop"], "DBClusterIdentifiers": ["orders"]}, "one DB instance or one DB cluster"),
        ({"DBInstanceIdentifiers": ["shop"], "TargetGroupName": "other"}, "DBProxyTargetGroupNotFoundFault"),
    ],
)
def test_targets_that_are_refused(rds, ready, target, words):
    with pytest.raises(ClientError, match=words):
        rds.register_db_proxy_targets(DBProxyName="shop", **target)


def test_a_proxy_has_one_target_of_its_engine(rds, ready):
    more = {"DBInstanceClass": "db.t3.medium", "Engine": "postgres", "AllocatedStorage": 20, "MasterUsername": "root"}
    rds.create_db_instance(DBInstanceIdentifier="reports", **more, ManageMasterUserPassword=True)
    with pytest.raises(ClientError, match="does not match the engine postgres"):
        rds.register_db_proxy_targets(DBProxyName="shop", DBInstanceIdentifiers=["reports"])
    rds.register_db_proxy_targets(DBProxyName="shop", DBInstanceIdentifiers=["shop"])
    with pytest.raises(ClientError, match="DBProxyTargetAlreadyRegisteredFault"):
        rds.register_db_proxy_targets(DBProxyName="shop", DBClusterIdentifiers=["orders"])
    with pytest.raises(ClientError, match="DBProxyTargetNotFoundFault"):
        rds.deregister_db_proxy_targets(DBProxyName="shop", DBClusterIdentifiers=["orders"])
    rds.deregister_db_proxy_targets(DBProxyName="shop", DBInstanceIdentifiers=["shop"])
    assert rds.describe_db_proxy_targets(DBProxyName="shop")["Targets"] == []


@pytest.mark.parametrize(
    ("pool", "words"),
    [
        ({"MaxIdleConnectionsPercent": 10}, "MaxConnectionsPercent must be specified"),
        ({"MaxConnectionsPercent": 10, "MaxIdleConnectionsPercent": 20}, "from 0 to MaxConnectionsPercent"),
        ({"MaxConnectionsPercent": 101}, "from 1 to 100"),
        ({"ConnectionBorrowTimeout": 301}, "from 0 to 300"),
    ],
)
def test_pools_that_are_refused(rds, ready, pool, words):
    with pytest.raises(ClientError, match=words):
        rds.modify_db_proxy_target_group(DBProxyName="shop", TargetGroupName="default", ConnectionPoolConfig=pool)


def test_the_share_of_idle_connections_follows_that_of_all(rds, ready):
    pool = {"MaxConnectionsPercent": 40}
    rds.modify_db_proxy_target_group(DBProxyName="shop", TargetGroupName="default", ConnectionPoolConfig=pool)
    group = rds.describe_db_proxy_target_groups(DBProxyName="shop")["TargetGroups"][0]
    assert group["ConnectionPoolConfig"]["MaxIdleConnectionsPercent"] == 20


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"DBProxyName": "9lives"}, "not a valid identifier"),
        ({"EngineFamily": "ORACLE"}, "EngineFamily"),
        ({"Auth": []}, "Auth must be specified"),
        ({"IdleClientTimeout": 30000}, "IdleClientTimeout"),
        ({"RoleArn": "arn:aws:iam::123456789012:user/proxy"}, "role ARN is not valid"),
        ({"VpcSubnetIds": ["subnet-1", "subnet-2"]}, "InvalidSubnet"),
    ],
)
def test_proxies_that_are_refused(create, wish, words):
    with pytest.raises(ClientError, match=words):
        create(**wish)


def test_one_zone_is_not_enough(aws, create):
    subnets, _groups = network(aws, zones=1)
    with pytest.raises(ClientError, match="different Availability Zones"):
        create(VpcSubnetIds=subnets)


def test_a_proxy_is_found_by_its_tags(aws, create):
    made = create(Tags=[{"Key": "Project", "Value": "Shop"}])
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Project"}])
    assert [row["ResourceARN"] for row in found["ResourceTagMappingList"]] == [made["DBProxyArn"]]
