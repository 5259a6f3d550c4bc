# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Backup and restore jobs over time, recovery points, what a lock keeps, and plans that run."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services.backup_jobs import run_plan
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_job import TABLE, backed_up, prepare, table
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_vault import NOBODY_DELETES

DAY = 24 * 3600
SHOP = {"BackupVaultName": "shop"}


@pytest.fixture
def backup(aws):
    client = aws.client("backup")
    client.options = prepare(aws)
    client.job = {**SHOP, "ResourceArn": TABLE, "IamRoleArn": client.options["iam_role_arn"]}
    return client


@pytest.fixture
def point(aws):
    _options, made = backed_up(aws)
    return {**SHOP, "RecoveryPointArn": made.recovery_point_arn}


def refused(call, code, words=None, **parameters):
    with pytest.raises(ClientError, match=words) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == code


def begin(backup, **more):
    return {"BackupJobId": backup.start_backup_job(**{**backup.job, **more})["BackupJobId"]}


def test_a_job_over_time(backup):
    job, seen = begin(backup), []
    for seconds in (0, 40, 120, 200):
        CLOCK.advance(seconds)
        found = backup.describe_backup_job(**job)
        seen.append((found["State"], found["PercentDone"], "RecoveryPointArn" in found, "CompletionDate" in found))
    assert seen == [
        ("CREATED", "0.0", False, False),
        ("RUNNING", "4.2", True, False),
        ("RUNNING", "54.2", True, False),
        ("COMPLETED", "100.0", True, True),
    ]
    assert (found["CompletionDate"] - found["CreationDate"]).total_seconds() == 270


def test_a_recovery_point_is_made_while_the_job_runs(backup):
    begin(backup)
    CLOCK.advance(60)
    made = backup.list_recovery_points_by_backup_vault(**SHOP)["RecoveryPoints"][0]
    assert made["Status"] == "CREATING"
    key = {**SHOP, "RecoveryPointArn": made["RecoveryPointArn"]}
    refused(backup.delete_recovery_point, "InvalidResourceStateException", **key)
    CLOCK.advance(300)
    assert backup.describe_recovery_point(**key)["Status"] == "COMPLETED"
    listed = backup.list_recovery_points_by_resource(ResourceArn=TABLE)["RecoveryPoints"]
    assert [one["RecoveryPointArn"] for one in listed] == [made["RecoveryPointArn"]]


def test_what_cannot_be_started(backup):
    for spoilt, code, words in (
        ({"BackupVaultName": "other"}, "ResourceNotFoundException", "vault"),
        ({"ResourceArn": f"{TABLE}-2"}, "ResourceNotFoundException", "cannot be found"),
        ({"ResourceArn": "arn:aws:sqs:us-east-1:123456789012:jobs"}, "InvalidParameterValueException", "not supported"),
        ({"IamRoleArn": "arn:aws:iam::123456789012:role/none"}, "InvalidParameterValueException", "cannot be assumed"),
        ({"StartWindowMinutes": 30}, "InvalidParameterValueException", "StartWindowMinutes"),
        ({"Lifecycle": {"MoveToColdStorageAfterDays": 7, "DeleteAfterDays": 30}}, "InvalidParameterValueException", "90 days"),
        ({"BackupOptions": {"Colour": "red"}}, "InvalidParameterValueException", "Unknown backup option"),
    ):
        refused(backup.start_backup_job, code, words, **{**backup.job, **spoilt})
    assert backup.list_backup_jobs()["BackupJobs"] == []


def test_a_role_has_to_trust_the_service(aws, backup):
    trust = json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    )
    other = aws.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    refused(backup.start_backup_job, "InvalidParameterValueException", "cannot be assumed", **{**backup.job, "IamRoleArn": other})


def test_a_resource_that_goes_away_makes_the_job_fail(aws, backup):
    job = begin(backup)
    aws.client("dynamodb").delete_table(TableName="orders")
    CLOCK.advance(60)
    found = backup.describe_backup_job(**job)
    assert (found["State"], found["StatusMessage"]) == ("FAILED", f"Resource {TABLE} cannot be found.")


def test_a_token_starts_one_job(backup):
    assert begin(backup, IdempotencyToken="once") == begin(backup, IdempotencyToken="once")
    assert begin(backup, IdempotencyToken="twice") != begin(backup, IdempotencyToken="once")


def test_a_stopped_job_leaves_nothing(backup):
    job = begin(backup)
    CLOCK.advance(60)
    backup.stop_backup_job(**job)
    assert backup.describe_backup_job(**job)["State"] == "ABORTED"
    assert backup.list_recovery_points_by_backup_vault(**SHOP)["RecoveryPoints"] == []
    refused(backup.stop_backup_job, "InvalidRequestException", **job)


@pytest.mark.parametrize("days", [None, 7, 40])
def test_a_lock_decides_how_long_a_backup_is_kept(backup, days):
    backup.put_backup_vault_lock_configuration(**SHOP, MinRetentionDays=14, MaxRetentionDays=30)
    job = begin(backup, **({"Lifecycle": {"DeleteAfterDays": days}} if days else {}))
    fits = begin(backup, Lifecycle={"DeleteAfterDays": 14})
    CLOCK.advance(300)
    assert backup.describe_backup_job(**job)["State"] == "FAILED"
    assert "does not fit the lock" in backup.describe_backup_job(**job)["StatusMessage"]
    assert backup.describe_backup_job(**fits)["State"] == "COMPLETED"


def test_a_lock_keeps_recovery_points(aws, point):
    client = aws.client("backup")
    client.put_backup_vault_lock_configuration(**SHOP)
    refused(client.delete_recovery_point, "InvalidRequestException", "is locked", **point)
    refused(
        client.update_recovery_point_lifecycle, "InvalidRequestException", "is locked", **point, Lifecycle={"DeleteAfterDays": 1}
    )
    client.delete_backup_vault_lock_configuration(**SHOP)
    client.delete_recovery_point(**point)
    refused(client.describe_recovery_point, "ResourceNotFoundException", **point)
    assert aws.client("dynamodb").list_backups()["BackupSummaries"] == []


def test_a_policy_keeps_recovery_points(aws, point):
    client = aws.client("backup")
    client.put_backup_vault_access_policy(**SHOP, Policy=json.dumps(NOBODY_DELETES))
    refused(client.delete_recovery_point, "AccessDeniedException", "access policy", **point)
    client.delete_backup_vault_access_policy(**SHOP)
    client.delete_recovery_point(**point)


def test_a_recovery_point_expires_even_in_a_locked_vault(backup):
    backup.put_backup_vault_lock_configuration(**SHOP, MinRetentionDays=2)
    begin(backup, Lifecycle={"DeleteAfterDays": 2})
    CLOCK.advance(300)
    found = backup.list_recovery_points_by_backup_vault(**SHOP)["RecoveryPoints"][0]
    assert (found["CalculatedLifecycle"]["DeleteAt"] - found["CreationDate"]).days == 2
    CLOCK.advance(2 * DAY)
    assert backup.list_recovery_points_by_backup_vault(**SHOP)["RecoveryPoints"] == []


def test_a_recovery_point_gets_cold(aws, point):
    client = aws.client("backup")
    client.update_recovery_point_lifecycle(**point, Lifecycle={"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 91})
    assert client.describe_recovery_point(**point)["StorageClass"] == "WARM"
    CLOCK.advance(DAY + 60)
    assert client.describe_recovery_point(**point)["StorageClass"] == "COLD"


# Restores


def restore(aws, point, **metadata):
    role = "arn:aws:iam::123456789012:role/backup"
    answer = aws.client("backup").start_restore_job(RecoveryPointArn=point["RecoveryPointArn"], IamRoleArn=role, Metadata=metadata)
    return {"RestoreJobId": answer["RestoreJobId"]}


def test_a_restore_over_time(aws, point):
    client, seen = aws.client("backup"), []
    job = restore(aws, point, targetTableName="again")
    for seconds in (0, 30, 130, 300):
        CLOCK.advance(seconds)
        seen.append(client.describe_restore_job(**job)["Status"])
    assert seen == ["PENDING", "RUNNING", "RUNNING", "COMPLETED"]  # DynamoDB needs five minutes
    assert client.describe_restore_job(**job)["CreatedResourceArn"].endswith("table/again")
    assert client.list_restore_jobs(ByStatus="COMPLETED")["RestoreJobs"][0]["RestoreJobId"] == job["RestoreJobId"]


def test_what_cannot_be_restored(aws, point):
    client = aws.client("backup")
    role = {"IamRoleArn": "arn:aws:iam::123456789012:role/backup"}
    name = {"Metadata": {"targetTableName": "again"}}
    arn = {"RecoveryPointArn": point["RecoveryPointArn"]}
    call = client.start_restore_job
    refused(call, "ResourceNotFoundException", **role, **name, RecoveryPointArn=f"{TABLE}/backup/1")
    refused(call, "InvalidParameterValueException", "targetTableName is missing", **role, **arn, Metadata={})
    refused(call, "InvalidParameterValueException", "one of DynamoDB, not of RDS", **role, **arn, **name, ResourceType="RDS")
    refused(call, "MissingParameterValueException", "IamRoleArn", **arn, **name)


def test_a_restored_file_system_that_is_deleted_makes_the_job_fail(aws, backup):
    efs = aws.client("efs")
    source = efs.create_file_system(CreationToken="shop")
    begin(backup, ResourceArn=source["FileSystemArn"])
    CLOCK.advance(300)
    point = backup.list_recovery_points_by_backup_vault(**SHOP)["RecoveryPoints"][0]
    noted = backup.get_recovery_point_restore_metadata(**SHOP, RecoveryPointArn=point["RecoveryPointArn"])["RestoreMetadata"]
    job = restore(aws, point, **noted, newFileSystem="true")
    CLOCK.advance(30)
    made = backup.describe_restore_job(**job)["CreatedResourceArn"]
    assert made != source["FileSystemArn"]
    efs.delete_file_system(FileSystemId=made.rsplit("/", 1)[-1])
    CLOCK.advance(200)
    found = backup.describe_restore_job(**job)
    assert (found["Status"], found["StatusMessage"]) == ("FAILED", f"The restored resource {made} has been deleted.")


def test_names_of_metadata_are_taken_in_any_case(aws, point):
    job = restore(aws, point, TARGETTABLENAME="again")
    CLOCK.advance(30)
    assert aws.client("backup").describe_restore_job(**job)["CreatedResourceArn"].endswith("table/again")


def test_jobs_are_told_to_the_topic_of_the_vault(aws, backup):
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="backups")["TopicArn"]
    queue = sqs.create_queue(QueueName="backups")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:backups")
    backup.put_backup_vault_notifications(**SHOP, SNSTopicArn=topic, BackupVaultEvents=["BACKUP_JOB_COMPLETED"])

    def told():
        begin(backup)
        CLOCK.advance(300)
        backup.list_backup_jobs()
        return [json.loads(one["Body"])["Message"] for one in sqs.receive_message(QueueUrl=queue).get("Messages", [])]

    assert told() == []  # the topic does not let AWS Backup publish
    allow = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    messages = told()
    assert len(messages) == 1
    assert "ended as COMPLETED" in messages[0]
    assert TABLE in messages[0]


# Plans


def test_a_plan_backs_up_what_it_selects(aws, backup):
    table(aws, "scratch")
    aws.client("dynamodb").tag_resource(ResourceArn=TABLE, Tags=[{"Key": "Project", "Value": "Shop"}])
    rule = {"rule_name": "daily", "target_backup_vault_name": "shop", "lifecycle": {"delete_after_days": 7}}
    aws.run("backup_plan", name="nightly", rules=[rule])
    role = backup.options["iam_role_arn"]
    selection = {"resources": ["*"], "conditions": {"Project": "Shop"}, "iam_role_arn": role}
    aws.run("backup_selection", name="all", plan="nightly", **selection)
    assert len(run_plan("nightly")["jobs"]) == 1
    CLOCK.advance(300)
    found = backup.list_recovery_points_by_backup_vault(**SHOP)["RecoveryPoints"]
    assert [(one["ResourceArn"], one["CreatedBy"]["BackupRuleName"], one["Lifecycle"]) for one in found] == [
        (TABLE, "daily", {"DeleteAfterDays": 7})
    ]
    assert run_plan("nightly", rule="weekly") == {"jobs": []}
