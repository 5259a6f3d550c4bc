# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RDS in the emulated account: snapshots and their copies, restores, automated backups and their replication."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

SHOP = {"DBInstanceClass": "db.t3.micro", "Engine": "mysql", "AllocatedStorage": 20, "MasterUsername": "admin"}
SHOP |= {"MasterUserPassword": "only-for-a-test", "BackupRetentionPeriod": 7}
TAGS = [{"Key": "Project", "Value": "Shop"}]
ARN = "arn:aws:rds:us-east-1:123456789012"


@pytest.fixture
def east(aws):
    """Return a client of a region where an encrypted instance and its snapshot are."""
    client = aws.client("rds")
    client.create_db_instance(DBInstanceIdentifier="shop", **SHOP, StorageEncrypted=True, DeletionProtection=True, Tags=TAGS)
    CLOCK.advance(300)
    client.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="shop")
    CLOCK.advance(100)
    return client


@pytest.fixture
def west(aws):
    return aws.client("rds", "us-west-2")


@pytest.fixture
def key(aws):
    return aws.client("kms", "us-west-2").create_key()["KeyMetadata"]["Arn"]


def snapshot(rds, name):
    return rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0]


def instance(rds, name):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def copy(rds, **more):
    source = {"SourceDBSnapshotIdentifier": f"{ARN}:snapshot:shop", "SourceRegion": "us-east-1"}
    return rds.copy_db_snapshot(**{**source, "TargetDBSnapshotIdentifier": "kept", **more})["DBSnapshot"]


# Snapshots


def test_a_snapshot_takes_its_time(east):
    east.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="second")
    CLOCK.advance(45)
    assert (snapshot(east, "second")["Status"], snapshot(east, "second")["PercentProgress"]) == ("creating", 50)
    with pytest.raises(ClientError, match="InvalidDBSnapshotState"):
        east.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="rescue", DBSnapshotIdentifier="second")
    CLOCK.advance(60)
    assert (snapshot(east, "second")["Status"], snapshot(east, "second")["PercentProgress"]) == ("available", 100)


def test_a_snapshot_leaves_its_region_under_another_key(east, west, key):
    with pytest.raises(ClientError, match="A KMS key of this region"):
        copy(west)
    with pytest.raises(ClientError, match="KMSKeyNotAccessibleFault"):
        copy(west, KmsKeyId=snapshot(east, "shop")["KmsKeyId"])
    made = copy(west, KmsKeyId=key, CopyTags=True)
    assert (made["Status"], made["KmsKeyId"], made["SourceRegion"]) == ("creating", key, "us-east-1")
    assert made["SourceDBSnapshotIdentifier"] == f"{ARN}:snapshot:shop"
    assert made["OriginalSnapshotCreateTime"] == snapshot(east, "shop")["OriginalSnapshotCreateTime"]
    with pytest.raises(ClientError, match="DBSnapshotAlreadyExists"):
        copy(west, KmsKeyId=key)
    CLOCK.advance(400)
    assert snapshot(west, "kept")["Status"] == "available"
    with pytest.raises(ClientError, match="DBSnapshotNotFound"):
        snapshot(east, "kept")


def test_a_signature_for_another_region_is_refused(east, west, key):
    with pytest.raises(ClientError, match="presigned URL"):
        copy(west, KmsKeyId=key, SourceRegion="eu-west-1")


def test_a_copy_in_the_same_region_keeps_the_key_and_does_not_tell_its_source(east):
    made = copy(east)
    assert made["KmsKeyId"] == snapshot(east, "shop")["KmsKeyId"]
    assert (made["TagList"], "SourceDBSnapshotIdentifier" in made) == ([], False)


def test_a_snapshot_of_a_cluster_is_not_encrypted_by_copying(east, aws):
    east.create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-mysql", MasterUsername="admin", MasterUserPassword="only-for-a-test"
    )
    CLOCK.advance(200)
    east.create_db_cluster_snapshot(DBClusterIdentifier="orders", DBClusterSnapshotIdentifier="orders")
    CLOCK.advance(100)
    names = {"SourceDBClusterSnapshotIdentifier": "orders", "TargetDBClusterSnapshotIdentifier": "kept"}
    with pytest.raises(ClientError, match="not encrypted"):
        east.copy_db_cluster_snapshot(**names, KmsKeyId=aws.client("kms").create_key()["KeyMetadata"]["Arn"])
    made = east.copy_db_cluster_snapshot(**names)["DBClusterSnapshot"]
    assert (made["Status"], made["SourceDBClusterSnapshotArn"]) == ("copying", f"{ARN}:cluster-snapshot:orders")


def test_automated_snapshots_are_not_deleted_by_hand(east):
    automated = next(each for each in east.describe_db_snapshots()["DBSnapshots"] if each["SnapshotType"] == "automated")
    with pytest.raises(ClientError, match="InvalidDBSnapshotState"):
        east.delete_db_snapshot(DBSnapshotIdentifier=automated["DBSnapshotIdentifier"])


# Restores


def test_a_restore_has_the_data_and_not_what_is_around_it(east):
    names = {"DBInstanceIdentifier": "rescue", "DBSnapshotIdentifier": "shop"}
    made = east.restore_db_instance_from_db_snapshot(**names)["DBInstance"]
    assert (made["DBInstanceStatus"], made["Engine"], made["BackupRetentionPeriod"]) == ("creating", "mysql", 7)
    assert (made["DeletionProtection"], made["StorageEncrypted"]) == (False, True)
    assert made["TagList"] == TAGS  # nobody gave it others
    with pytest.raises(ClientError, match="DBInstanceAlreadyExists"):
        east.restore_db_instance_from_db_snapshot(**names)
    with pytest.raises(ClientError, match="can't be less than"):
        east.restore_db_instance_from_db_snapshot(**{**names, "DBInstanceIdentifier": "small"}, AllocatedStorage=10)
    with pytest.raises(ClientError, match="DBSnapshotNotFound"):
        east.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="other", DBSnapshotIdentifier="nothing")


def test_a_moment_has_to_be_between_the_first_and_the_latest_backup(east):
    CLOCK.advance(3600)
    latest = instance(east, "shop")["LatestRestorableTime"]
    assert abs((CLOCK.now() - latest).total_seconds() - 300) < 1
    names = {"SourceDBInstanceIdentifier": "shop", "TargetDBInstanceIdentifier": "rescue"}
    for moment in (latest + timedelta(minutes=1), latest - timedelta(days=1)):
        with pytest.raises(ClientError, match="is not between"):
            east.restore_db_instance_to_point_in_time(**names, RestoreTime=moment)
    with pytest.raises(ClientError, match="and not both"):
        east.restore_db_instance_to_point_in_time(**names, RestoreTime=latest, UseLatestRestorableTime=True)
    made = east.restore_db_instance_to_point_in_time(**names, RestoreTime=latest - timedelta(minutes=10), Tags=TAGS)
    assert made["DBInstance"]["TagList"] == TAGS


def test_without_backups_there_is_no_moment_to_go_back_to(east):
    east.modify_db_instance(DBInstanceIdentifier="shop", BackupRetentionPeriod=0, ApplyImmediately=True)
    assert "LatestRestorableTime" not in instance(east, "shop")
    with pytest.raises(ClientError, match="PointInTimeRestoreNotEnabled"):
        east.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier="shop", TargetDBInstanceIdentifier="rescue", UseLatestRestorableTime=True
        )


def test_a_cluster_with_a_managed_password_is_restored_without_one(east):
    east.create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-mysql", MasterUsername="admin", ManageMasterUserPassword=True
    )
    CLOCK.advance(200)
    east.create_db_cluster_snapshot(DBClusterIdentifier="orders", DBClusterSnapshotIdentifier="orders")
    CLOCK.advance(100)
    with pytest.raises(ClientError, match="not compatible"):
        east.restore_db_cluster_from_snapshot(DBClusterIdentifier="new", SnapshotIdentifier="orders", Engine="aurora-postgresql")
    made = east.restore_db_cluster_from_snapshot(DBClusterIdentifier="new", SnapshotIdentifier="orders", Engine="aurora-mysql")
    assert ("MasterUserSecret" in made["DBCluster"], made["DBCluster"]["DBClusterMembers"]) == (False, [])
    latest = {"SourceDBClusterIdentifier": "orders", "UseLatestRestorableTime": True}
    assert east.restore_db_cluster_to_point_in_time(DBClusterIdentifier="newer", **latest)["DBCluster"]["Status"] == "creating"
    with pytest.raises(ClientError, match="DBClusterAlreadyExistsFault"):
        east.restore_db_cluster_to_point_in_time(DBClusterIdentifier="newer", **latest)


# Automated backups


def start(rds, **more):
    source = {"SourceDBInstanceArn": f"{ARN}:db:shop", "SourceRegion": "us-east-1"}
    return rds.start_db_instance_automated_backups_replication(**source, **more)["DBInstanceAutomatedBackup"]


def backups(rds, **more):
    return rds.describe_db_instance_automated_backups(**more)["DBInstanceAutomatedBackups"]


def test_backups_arrive_in_another_region_and_stay_there(east, west, key):
    with pytest.raises(ClientError, match="KmsKeyId must be specified"):
        start(west)
    with pytest.raises(ClientError, match="another region only"):
        start(east, KmsKeyId=key)
    made = start(west, KmsKeyId=key, BackupRetentionPeriod=14, Tags=TAGS)
    arn = made["DBInstanceAutomatedBackupsArn"]
    assert (made["Status"], made["Region"], made["RestoreWindow"], made["TagList"]) == ("pending", "us-east-1", {}, TAGS)
    with pytest.raises(ClientError, match="InvalidDBInstanceAutomatedBackupState"):
        start(west, KmsKeyId=key)
    assert instance(east, "shop")["DBInstanceAutomatedBackupsReplications"] == [{"DBInstanceAutomatedBackupsArn": arn}]
    CLOCK.advance(3600)
    assert [(row["Status"], row["BackupRetentionPeriod"]) for row in backups(west)] == [("replicating", 14)]
    west.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=f"{ARN}:db:shop")
    CLOCK.advance(120)
    assert backups(west, DBInstanceAutomatedBackupsArn=arn)[0]["Status"] == "retained"
    assert not instance(east, "shop").get("DBInstanceAutomatedBackupsReplications")
    restored = west.restore_db_instance_to_point_in_time(
        SourceDBInstanceAutomatedBackupsArn=arn, TargetDBInstanceIdentifier="shop", UseLatestRestorableTime=True
    )["DBInstance"]
    assert (restored["KmsKeyId"], restored["DBInstanceArn"]) == (key, "arn:aws:rds:us-west-2:123456789012:db:shop")
    CLOCK.advance(15 * 86400)
    with pytest.raises(ClientError, match="DBInstanceAutomatedBackupNotFound"):
        backups(west, DBInstanceAutomatedBackupsArn=arn)


def test_replicated_backups_are_tagged_and_found_by_their_tags(east, west, key, aws):
    arn = start(west, KmsKeyId=key, Tags=TAGS)["DBInstanceAutomatedBackupsArn"]
    west.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "Owner", "Value": "QA"}])
    west.remove_tags_from_resource(ResourceName=arn, TagKeys=["Project"])
    assert west.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "Owner", "Value": "QA"}]
    found = aws.client("resourcegroupstaggingapi", "us-west-2").get_resources(TagFilters=[{"Key": "Owner"}])
    assert [row["ResourceARN"] for row in found["ResourceTagMappingList"]] == [arn]


def test_backups_of_a_deleted_instance_are_kept_if_they_shall_be(east):
    resource = instance(east, "shop")["DbiResourceId"]
    east.modify_db_instance(DBInstanceIdentifier="shop", DeletionProtection=False)
    east.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    CLOCK.advance(200)
    assert [row["Status"] for row in backups(east, DbiResourceId=resource)] == ["retained"]
    made = east.restore_db_instance_to_point_in_time(
        SourceDbiResourceId=resource, TargetDBInstanceIdentifier="shop", UseLatestRestorableTime=True
    )
    assert made["DBInstance"]["Engine"] == "mysql"
    east.delete_db_instance_automated_backup(DbiResourceId=resource)
    with pytest.raises(ClientError, match="DBInstanceAutomatedBackupNotFound"):
        backups(east, DbiResourceId=resource)


def test_backups_are_filtered(east):
    by_name = [{"Name": "db-instance-id", "Values": [f"{ARN}:db:shop"]}]
    assert [row["Status"] for row in backups(east, Filters=by_name)] == ["active"]
    assert backups(east, Filters=[{"Name": "status", "Values": ["retained"]}]) == []
    with pytest.raises(ClientError, match="Unrecognized filter"):
        backups(east, Filters=[{"Name": "colour", "Values": ["red"]}])
