# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RDS in the emulated account: deferred changes, replicas, managed passwords, clusters."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

SHOP = {"DBInstanceClass": "db.t3.micro", "Engine": "mysql", "AllocatedStorage": 20, "MasterUsername": "admin"}
PASSWORD = {"MasterUserPassword": "only-for-a-test"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.fixture
def rds(aws):
    """Return a client; there is an instance ``shop``."""
    client = aws.client("rds")
    client.create_db_instance(DBInstanceIdentifier="shop", **SHOP, **PASSWORD)
    CLOCK.advance(300)
    return client


def instance(rds, name="shop"):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def change(rds, **changes):
    return rds.modify_db_instance(DBInstanceIdentifier="shop", **changes)["DBInstance"]


def window(hours):
    """Return a maintenance window that opens in so many hours."""
    opens = CLOCK.now() + timedelta(hours=hours)
    closes = opens + timedelta(minutes=30)
    return "-".join(f"{DAYS[moment.weekday()]}:{moment:%H:%M}" for moment in (opens, closes))


def backups_elsewhere():
    """Return a backup window that no maintenance window of these tests meets."""
    opens = CLOCK.now() + timedelta(hours=12)
    return f"{opens:%H:%M}-{opens + timedelta(minutes=30):%H:%M}"


# Deferred changes


def test_a_deferred_change_is_made_in_the_maintenance_window(rds):
    change(rds, PreferredMaintenanceWindow=window(hours=2), PreferredBackupWindow=backups_elsewhere())
    change(rds, DBInstanceClass="db.t3.small", MultiAZ=True)
    waiting = {"DBInstanceClass": "db.t3.small", "MultiAZ": True}
    assert (instance(rds)["DBInstanceClass"], instance(rds)["PendingModifiedValues"]) == ("db.t3.micro", waiting)
    assert instance(rds)["DBInstanceStatus"] == "available"
    CLOCK.advance(7200)
    assert instance(rds)["DBInstanceStatus"] == "modifying"
    CLOCK.advance(120)
    made = instance(rds)
    assert (made["DBInstanceStatus"], made["DBInstanceClass"], made["MultiAZ"]) == ("available", "db.t3.small", True)
    assert made["PendingModifiedValues"] == {}


def test_a_window_that_is_open_already_is_missed(rds):
    change(rds, PreferredMaintenanceWindow=window(hours=0), PreferredBackupWindow=backups_elsewhere())
    CLOCK.advance(90)
    change(rds, DBInstanceClass="db.t3.small")
    CLOCK.advance(6 * 86400)
    assert instance(rds)["DBInstanceClass"] == "db.t3.micro"
    CLOCK.advance(86400)
    assert instance(rds)["DBInstanceClass"] == "db.t3.small"


def test_only_switching_backups_off_and_on_is_deferred(rds):
    change(rds, BackupRetentionPeriod=5)
    assert (instance(rds)["BackupRetentionPeriod"], instance(rds)["PendingModifiedValues"]) == (5, {})
    change(rds, BackupRetentionPeriod=0)
    assert (instance(rds)["BackupRetentionPeriod"], instance(rds)["PendingModifiedValues"]) == (5, {"BackupRetentionPeriod": 0})


def test_a_later_immediate_change_beats_the_one_that_waits(rds):
    change(rds, DBInstanceClass="db.t3.small", AllocatedStorage=40)
    change(rds, DBInstanceClass="db.t3.large", ApplyImmediately=True)
    CLOCK.advance(120)
    made = instance(rds)
    assert (made["DBInstanceClass"], made["AllocatedStorage"], made["PendingModifiedValues"]) == ("db.t3.large", 40, {})


def test_a_renamed_instance_keeps_what_is_known_of_it(rds):
    change(rds, NewDBInstanceIdentifier="store", ApplyImmediately=True)
    assert instance(rds, "store")["DBInstanceStatus"] == "modifying"
    with pytest.raises(ClientError, match="DBInstanceNotFound"):
        instance(rds)


def test_every_instance_has_an_id_of_its_own(rds):
    rds.create_db_instance(DBInstanceIdentifier="other", **SHOP, **PASSWORD)
    assert instance(rds)["DbiResourceId"] != instance(rds, "other")["DbiResourceId"]


def test_an_instance_stops_and_starts(rds):
    rds.stop_db_instance(DBInstanceIdentifier="shop")
    assert instance(rds)["DBInstanceStatus"] == "stopping"
    CLOCK.advance(120)
    assert instance(rds)["DBInstanceStatus"] == "stopped"
    rds.start_db_instance(DBInstanceIdentifier="shop")
    assert instance(rds)["DBInstanceStatus"] == "starting"
    CLOCK.advance(120)
    assert instance(rds)["DBInstanceStatus"] == "available"


# Replicas


def test_a_promoted_replica_is_detached(rds):
    rds.create_db_instance_read_replica(DBInstanceIdentifier="reader", SourceDBInstanceIdentifier="shop")
    CLOCK.advance(300)
    assert instance(rds, "reader")["ReadReplicaSourceDBInstanceIdentifier"] == "shop"
    with pytest.raises(ClientError, match="has read replicas"):
        change(rds, BackupRetentionPeriod=0)
    rds.promote_read_replica(DBInstanceIdentifier="reader", BackupRetentionPeriod=3)
    assert instance(rds, "reader")["DBInstanceStatus"] == "modifying"
    CLOCK.advance(120)
    assert "ReadReplicaSourceDBInstanceIdentifier" not in instance(rds, "reader")
    assert (instance(rds, "reader")["BackupRetentionPeriod"], instance(rds)["ReadReplicaDBInstanceIdentifiers"]) == (3, [])
    with pytest.raises(ClientError, match="not a read replica"):
        rds.promote_read_replica(DBInstanceIdentifier="reader")
    rds.delete_db_instance(DBInstanceIdentifier="reader", SkipFinalSnapshot=True)


def test_a_replica_shares_nothing_with_its_source(rds, aws):
    change(rds, ManageMasterUserPassword=True, ApplyImmediately=True, DeletionProtection=True)
    arn = instance(rds)["DBInstanceArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "Project", "Value": "Shop"}])
    rds.create_db_instance_read_replica(DBInstanceIdentifier="reader", SourceDBInstanceIdentifier="shop")
    CLOCK.advance(300)
    reader = instance(rds, "reader")
    assert (reader["TagList"], reader["DeletionProtection"], "MasterUserSecret" in reader) == ([], False, False)
    rds.delete_db_instance(DBInstanceIdentifier="reader", SkipFinalSnapshot=True)
    assert instance(rds)["ReadReplicaDBInstanceIdentifiers"] == []
    assert aws.client("secretsmanager").get_secret_value(SecretId=instance(rds)["MasterUserSecret"]["SecretArn"])


def test_a_replica_in_another_region_of_a_source_with_a_parameter_group(rds, aws):
    rds.create_db_parameter_group(DBParameterGroupName="tuned", DBParameterGroupFamily="mysql5.6", Description="tuned")
    change(rds, DBParameterGroupName="tuned", ApplyImmediately=True)
    CLOCK.advance(120)
    west = aws.client("rds", "us-west-2")
    source = instance(rds)["DBInstanceArn"]
    west.create_db_instance_read_replica(DBInstanceIdentifier="reader", SourceDBInstanceIdentifier=source, SourceRegion="us-east-1")
    assert instance(west, "reader")["DBParameterGroups"][0]["DBParameterGroupName"].startswith("default.")
    assert instance(west, "reader")["DBInstanceArn"] == "arn:aws:rds:us-west-2:123456789012:db:reader"
    CLOCK.advance(300)
    west.promote_read_replica(DBInstanceIdentifier="reader")
    assert instance(rds)["ReadReplicaDBInstanceIdentifiers"] == []


# Managed passwords


def secret_of(aws, thing):
    text = aws.client("secretsmanager").get_secret_value(SecretId=thing["MasterUserSecret"]["SecretArn"])["SecretString"]
    return json.loads(text)


def test_a_managed_password_takes_its_time_and_rotates(rds, aws):
    change(rds, ManageMasterUserPassword=True, ApplyImmediately=True)
    assert instance(rds)["MasterUserSecret"]["SecretStatus"] == "creating"
    assert instance(rds)["DBInstanceStatus"] == "resetting-master-credentials"
    CLOCK.advance(120)
    first = instance(rds)
    assert first["MasterUserSecret"]["SecretStatus"] == "active"
    before = secret_of(aws, first)
    change(rds, RotateMasterUserPassword=True, ApplyImmediately=True)
    assert instance(rds)["MasterUserSecret"]["SecretStatus"] == "rotating"
    assert secret_of(aws, instance(rds))["password"] != before["password"]
    assert secret_of(aws, instance(rds))["username"] == "admin"


def test_managing_what_is_managed_changes_nothing(rds, aws):
    change(rds, ManageMasterUserPassword=True, ApplyImmediately=True)
    CLOCK.advance(120)
    before = secret_of(aws, instance(rds))
    change(rds, ManageMasterUserPassword=True, ApplyImmediately=True)
    assert secret_of(aws, instance(rds)) == before


@pytest.mark.parametrize(
    ("managed", "wish", "words"),
    [
        (True, {"ManageMasterUserPassword": False}, "must specify MasterUserPassword"),
        (True, PASSWORD, "can't specify MasterUserPassword"),
        (True, {"RotateMasterUserPassword": True, "ApplyImmediately": False}, "apply immediately"),
        (False, {"RotateMasterUserPassword": True}, "isn't managed"),
        (False, {"MasterUserSecretKmsKeyId": "alias/aws/rds"}, "can't specify MasterUserSecretKmsKeyId"),
        (False, {"ManageMasterUserPassword": True, **PASSWORD}, "can't specify MasterUserPassword"),
        (False, {"ManageMasterUserPassword": True, "MasterUserSecretKmsKeyId": "alias/none"}, "KMSKeyNotAccessibleFault"),
    ],
)
def test_contradicting_wishes_about_a_password_are_refused(rds, managed, wish, words):
    if managed:
        change(rds, ManageMasterUserPassword=True, ApplyImmediately=True)
        CLOCK.advance(120)
    with pytest.raises(ClientError, match=words):
        change(rds, **{"ApplyImmediately": True, **wish})


# Clusters


@pytest.fixture
def orders(rds):
    """Make a cluster and return a function that describes it."""
    rds.create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-mysql", MasterUsername="admin", **PASSWORD, StorageType="aurora-iopt1"
    )

    def describe():
        return rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"][0]

    return describe


def test_a_cluster_takes_its_time(rds, orders):
    assert orders()["Status"] == orders()["Status"] == "creating"
    with pytest.raises(ClientError, match="InvalidDBClusterStateFault"):
        rds.modify_db_cluster(DBClusterIdentifier="orders", BackupRetentionPeriod=7)
    CLOCK.advance(200)
    assert (orders()["Status"], orders()["StorageType"], "KmsKeyId" in orders()) == ("available", "aurora-iopt1", False)
    rds.delete_db_cluster(DBClusterIdentifier="orders", SkipFinalSnapshot=True)
    assert orders()["Status"] == "deleting"
    CLOCK.advance(120)
    with pytest.raises(ClientError, match="DBClusterNotFoundFault"):
        orders()


def test_a_cluster_is_not_made_twice_nor_destroyed_by_accident(rds, orders):
    with pytest.raises(ClientError, match="DBClusterAlreadyExistsFault"):
        rds.create_db_cluster(DBClusterIdentifier="orders", Engine="aurora-mysql", MasterUsername="admin", **PASSWORD)
    CLOCK.advance(200)
    with pytest.raises(ClientError, match="FinalDBSnapshotIdentifier or SkipFinalSnapshot"):
        rds.delete_db_cluster(DBClusterIdentifier="orders")


def test_an_upgrade_of_a_cluster_is_deferred(rds, orders):
    CLOCK.advance(200)
    before = orders()["EngineVersion"]
    rds.modify_db_cluster(DBClusterIdentifier="orders", EngineVersion="8.0.mysql_aurora.3.08.0")
    waiting = {"EngineVersion": "8.0.mysql_aurora.3.08.0"}
    assert (orders()["EngineVersion"], orders()["PendingModifiedValues"]) == (before, waiting)
    logs = {"EnableLogTypes": ["audit", "error"]}
    rds.modify_db_cluster(DBClusterIdentifier="orders", CloudwatchLogsExportConfiguration=logs, ApplyImmediately=True)
    assert (orders()["EngineVersion"], orders()["Status"]) == ("8.0.mysql_aurora.3.08.0", "modifying")
    assert orders()["EnabledCloudwatchLogsExports"] == ["audit", "error"]


def test_the_key_of_a_managed_password_of_a_cluster_stays(rds, orders, aws):
    CLOCK.advance(200)
    rds.modify_db_cluster(DBClusterIdentifier="orders", ManageMasterUserPassword=True, ApplyImmediately=True)
    CLOCK.advance(120)
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError, match="can't change the KMS key"):
        rds.modify_db_cluster(DBClusterIdentifier="orders", MasterUserSecretKmsKeyId=key, ApplyImmediately=True)


def test_tags_of_what_is_not_there_are_refused(rds):
    with pytest.raises(ClientError, match="DBInstanceNotFound"):
        rds.list_tags_for_resource(ResourceName="arn:aws:rds:us-east-1:123456789012:db:nothing")
