# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""backup_job: what comes back is what was there, failures say why, and a job that takes long is picked up again."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils.backup import merged
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases import backup_job as cases
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_job import TABLE, backed_up, prepare, role, table

ORDERS = "orders-restored"


def run(aws, options, check=False, **more):
    with aws.recorded() as sent:
        result = aws.run("backup_job", check=check, **{**options, **more})
    return result, sent


def values(aws, name):
    return {item["id"]["S"]: item["value"]["S"] for item in aws.client("dynamodb").scan(TableName=name)["Items"]}


def test_a_backup_is_waited_for_and_measured(aws):
    _options, made = backed_up(aws)
    point = aws.client("backup").describe_recovery_point(BackupVaultName="shop", RecoveryPointArn=made.recovery_point_arn)
    assert (made.job["state"], point["Status"], point["ResourceArn"]) == ("COMPLETED", "COMPLETED", TABLE)
    assert made.seconds == 270
    assert made.job_id == made.job["backup_job_id"]


def test_a_table_comes_back_as_it_was(aws):
    options, made = backed_up(aws)
    aws.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "first"}, "value": {"S": "tea"}})
    wish = {"action": "restore", "recovery_point_arn": made.recovery_point_arn, "metadata": {"targetTableName": ORDERS}}
    restored, _sent = run(aws, options, **wish)
    assert not restored.failed, restored.msg
    assert restored.created_resource_arn == TABLE.replace("orders", ORDERS)
    assert aws.client("dynamodb").describe_table(TableName=ORDERS)["Table"]["TableStatus"] == "ACTIVE"
    assert (values(aws, ORDERS), values(aws, "orders")) == ({"first": "coffee"}, {"first": "tea"})


def test_the_latest_recovery_point_is_taken_when_none_is_named(aws):
    options, _first = backed_up(aws)
    aws.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "second"}, "value": {"S": "cake"}})
    latest, _sent = run(aws, options, action="backup")
    restored, sent = run(aws, options, action="restore", metadata={"targetTableName": ORDERS})
    assert sent.parameters("StartRestoreJob")["RecoveryPointArn"] == latest.recovery_point_arn == restored.recovery_point_arn
    assert values(aws, ORDERS) == {"first": "coffee", "second": "cake"}


def test_a_database_comes_back_beside_the_present_one(aws):
    options = prepare(aws)
    rds = aws.client("rds")
    login = {"MasterUsername": "admin", "MasterUserPassword": "correct horse"}
    rds.create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t4g.micro", Engine="mysql", AllocatedStorage=20, **login
    )
    CLOCK.advance(600)
    arn = rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]["DBInstanceArn"]
    made, _sent = run(aws, {**options, "resource_arn": arn}, action="backup")
    assert ":snapshot:awsbackup:job-" in made.recovery_point_arn
    wish = {"action": "restore", "resource_arn": arn, "metadata": {"DBInstanceIdentifier": "shop-before", "MultiAZ": True}}
    restored, sent = run(aws, options, **wish)
    assert not restored.failed, restored.msg
    assert sent.parameters("StartRestoreJob")["Metadata"]["DBInstanceClass"] == "db.t4g.micro"
    found = rds.describe_db_instances(DBInstanceIdentifier="shop-before")["DBInstances"][0]
    assert (found["DBInstanceArn"], found["DBInstanceStatus"]) == (restored.created_resource_arn, "available")
    assert (found["Engine"], found["MultiAZ"], found["MasterUsername"]) == ("mysql", True, "admin")


def test_the_objects_of_a_bucket_come_back_in_another_one(aws):
    options, s3 = prepare(aws), aws.client("s3")
    s3.create_bucket(Bucket="shop-files")
    s3.put_bucket_versioning(Bucket="shop-files", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="shop-files", Key="logo", Body=b"old")
    files = {**options, "resource_arn": "arn:aws:s3:::shop-files"}
    assert not run(aws, files, action="backup")[0].failed
    s3.put_object(Bucket="shop-files", Key="logo", Body=b"new")
    restored, _sent = run(aws, files, action="restore", metadata={"DestinationBucketName": "shop-restored", "NewBucket": True})
    assert restored.created_resource_arn == "arn:aws:s3:::shop-restored"
    assert s3.get_object(Bucket="shop-restored", Key="logo")["Body"].read() == b"old"


def test_a_backup_that_fails_says_why(aws):
    options = prepare(aws)
    aws.run("backup_vault_lock", name="shop", mode="governance", min_retention_days=30)
    result, _sent = run(aws, options, action="backup", lifecycle={"delete_after_days": 7})
    assert result.failed
    assert f"of {TABLE} ended as FAILED: Retention period for 7 days does not fit the lock of backup vault shop" in result.msg
    assert (result.job["state"], "recovery_point_arn" in result) == ("FAILED", False)


def test_a_restore_that_fails_says_why(aws):
    options, _made = backed_up(aws)
    result, _sent = run(aws, options, action="restore", metadata={"targetTableName": "orders"})
    assert result.failed
    assert "ended as FAILED: Table already exists: orders." in result.msg
    assert result.seconds == 20


def test_a_backup_that_somebody_stops_is_a_failure(aws):
    options = prepare(aws)
    begun, _sent = run(aws, options, action="backup", wait=False)
    aws.client("backup").stop_backup_job(BackupJobId=begun.job_id)
    result, _sent = run(aws, options, action="backup", job_id=begun.job_id)
    assert result.failed
    assert "ended as ABORTED: The backup job was stopped." in result.msg


def test_a_job_that_takes_long_is_picked_up_by_its_id(aws):
    options = prepare(aws)
    late, _sent = run(aws, options, action="backup", wait_timeout=60)
    assert late.failed
    assert f"Wait for it with job_id={late.job_id}" in late.msg
    result, sent = run(aws, {"action": "backup", "vault": "shop"}, job_id=late.job_id)
    assert (result.failed, result.changed, sent.writes) == (False, False, [])
    assert result.job["state"] == "COMPLETED"


def test_an_id_of_nothing_is_told(aws):
    result, _sent = run(aws, {"action": "restore", "vault": "shop"}, job_id="4711")
    assert result.failed
    assert "There is no restore job 4711" in result.msg


@pytest.mark.parametrize("check", [True, False])
def test_a_recovery_point_that_is_not_there_is_told_before_anything_starts(aws, check):
    options = prepare(aws)
    for wish, words in (
        ({}, f"There is no recovery point of {TABLE} in vault shop"),
        ({"recovery_point_arn": f"{TABLE}/backup/1"}, f"There is no recovery point {TABLE}/backup/1 in vault shop"),
    ):
        result, sent = run(aws, options, check=check, action="restore", metadata={"targetTableName": ORDERS}, **wish)
        assert result.failed
        assert words in result.msg
        assert sent.writes == []


def test_a_check_run_goes_on_with_what_it_predicted(aws):
    options = {"vault": "shop", "iam_role_arn": "arn:aws:iam::123456789012:role/backup", "resource_arn": TABLE}
    made, _sent = run(aws, options, check=True, action="backup")
    assert made.changed
    wish = {"recovery_point_arn": made.recovery_point_arn, "metadata": {"targetTableName": ORDERS}}
    restored, sent = run(aws, options, check=True, action="restore", **wish)
    assert (restored.changed, sent.operations) == (True, [])
    assert restored.created_resource_arn == "(known after apply)"


def test_a_vault_that_is_not_there_is_told(aws):
    options = prepare(aws)
    result, sent = run(aws, {**options, "vault": "other"}, action="backup")
    assert result.failed
    assert "There is no vault other. Make it first" in result.msg
    assert sent.writes == []


def test_a_role_that_is_not_known_yet_is_tried_again(aws, monkeypatch):
    monkeypatch.setattr(cases, "role", lambda aws: "arn:aws:iam::123456789012:role/backup")
    options = prepare(aws)
    text = "IAM Role arn:aws:iam::123456789012:role/backup cannot be assumed by AWS Backup."
    role(aws)
    fault = aws.fault("backup", "StartBackupJob", code="InvalidParameterValueException", message=text, times=3)
    assert run(aws, options, action="backup")[0].changed
    assert fault["times"] == 0


def test_a_call_that_is_repeated_starts_one_job(aws):
    options = prepare(aws)
    aws.fault("backup", "StartBackupJob", "server", times=2)
    _result, sent = run(aws, options, action="backup")
    tokens = {entry["parameters"]["IdempotencyToken"] for entry in sent.entries if entry["operation"] == "StartBackupJob"}
    assert len(tokens) == 1
    assert len(aws.client("backup").list_backup_jobs()["BackupJobs"]) == 1


def test_restore_metadata_is_merged_without_regard_to_case():
    noted = {"Encrypted": "true", "file-system-id": "fs-1", "KmsKeyId": "key"}
    given = {"encrypted": False, "newFileSystem": True, "kmskeyid": None, "ItemsToRestore": ["/a"], "Size": 3}
    expected = {"file-system-id": "fs-1", "encrypted": "false", "newFileSystem": "true", "ItemsToRestore": '["/a"]', "Size": "3"}
    assert merged(noted, given) == expected


def test_tags_of_the_recovery_point(aws):
    options = prepare(aws)
    made, _sent = run(aws, options, action="backup", recovery_point_tags={"Why": "change", "Number": 7})
    assert aws.client("backup").list_tags(ResourceArn=made.recovery_point_arn)["Tags"] == {"Why": "change", "Number": "7"}


def test_another_table_has_no_recovery_points(aws):
    options, _made = backed_up(aws)
    table(aws, "customers")
    other = TABLE.replace("orders", "customers")
    result, _sent = run(aws, {**options, "resource_arn": other}, action="restore", metadata={"targetTableName": ORDERS})
    assert f"There is no recovery point of {other}" in result.msg
