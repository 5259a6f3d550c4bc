# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DynamoDB in the emulated account: changes take time, one at a time, and the past of a table comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

HOUR = 3600
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}


@pytest.fixture
def db(aws):
    client = aws.client("dynamodb")
    client.create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


@pytest.fixture
def ready(db):
    CLOCK.advance(60)
    return db


def refusal(call, **parameters):
    """Return code and message with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def table(db, name="orders"):
    return db.describe_table(TableName=name)["Table"]


def change(db, **what):
    db.update_table(TableName="orders", **what)
    CLOCK.advance(30)


def test_a_table_is_made_and_changed_in_its_time(db):
    assert table(db)["TableStatus"] == "CREATING"
    code, text = refusal(db.update_table, TableName="orders", DeletionProtectionEnabled=True)
    assert (code, "Table is being created: orders" in text) == ("ResourceInUseException", True)
    CLOCK.advance(10)
    db.update_table(TableName="orders", DeletionProtectionEnabled=True)
    assert table(db)["TableStatus"] == "UPDATING"
    assert refusal(db.update_table, TableName="orders", DeletionProtectionEnabled=False)[0] == "ResourceInUseException"
    CLOCK.advance(20)
    assert (table(db)["TableStatus"], table(db)["DeletionProtectionEnabled"]) == ("ACTIVE", True)


def test_one_kind_of_change_at_a_time(ready):
    both = {"DeletionProtectionEnabled": True, "StreamSpecification": STREAM}
    assert refusal(ready.update_table, TableName="orders", **both)[0] == "ValidationException"


def test_a_stream_can_be_switched_on_again(ready):
    change(ready, StreamSpecification=STREAM)
    assert "already has an enabled stream" in refusal(ready.update_table, TableName="orders", StreamSpecification=STREAM)[1]
    change(ready, StreamSpecification={"StreamEnabled": False})
    assert "StreamSpecification" not in table(ready)
    change(ready, StreamSpecification={**STREAM, "StreamViewType": "KEYS_ONLY"})
    assert table(ready)["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"


def test_encryption_takes_a_key_that_there_is(aws, ready):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    wanted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    ready.update_table(TableName="orders", SSESpecification=wanted)
    assert table(ready)["SSEDescription"] == {"Status": "UPDATING", "SSEType": "KMS", "KMSMasterKeyArn": key}
    CLOCK.advance(30)
    assert table(ready)["SSEDescription"]["Status"] == "ENABLED"
    assert "already encrypted" in refusal(ready.update_table, TableName="orders", SSESpecification=wanted)[1]
    other = {**wanted, "KMSMasterKeyId": "alias/nobody"}
    assert "does not exist" in refusal(ready.update_table, TableName="orders", SSESpecification=other)[1]


def test_keys_change_four_times_a_day(aws, ready):
    kms = aws.client("kms")
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _number in range(5)]
    for key in keys[:4]:
        change(ready, SSESpecification={"Enabled": True, "KMSMasterKeyId": key})
    last = {"Enabled": True, "KMSMasterKeyId": keys[4]}
    assert refusal(ready.update_table, TableName="orders", SSESpecification=last)[0] == "LimitExceededException"
    CLOCK.advance(6 * HOUR)
    change(ready, SSESpecification=last)


def test_time_to_live_changes_once_an_hour(ready):
    def switch(enabled, name="expires"):
        return {"TableName": "orders", "TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": name}}

    def told():
        return ready.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]

    assert "already disabled" in refusal(ready.update_time_to_live, **switch(False))[1]
    ready.update_time_to_live(**switch(True))
    assert told() == {"TimeToLiveStatus": "ENABLING", "AttributeName": "expires"}
    assert "fixed interval" in refusal(ready.update_time_to_live, **switch(False))[1]
    CLOCK.advance(HOUR)
    assert told()["TimeToLiveStatus"] == "ENABLED"
    assert "active on a different AttributeName" in refusal(ready.update_time_to_live, **switch(True, "gone"))[1]
    ready.update_time_to_live(**switch(False))
    CLOCK.advance(60)
    assert told() == {"TimeToLiveStatus": "DISABLED"}


def test_a_tag_has_one_value(ready):
    arn = table(ready)["TableArn"]
    for value in ("one", "two"):
        ready.tag_resource(ResourceArn=arn, Tags=[{"Key": "Owner", "Value": value}])
    assert ready.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "Owner", "Value": "two"}]


# The past


def protect(db, **more):
    wanted = {"PointInTimeRecoveryEnabled": True, **more}
    db.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=wanted)


def items(db, name):
    return sorted(item["id"]["S"] for item in db.scan(TableName=name)["Items"])


def test_a_new_table_has_no_backups_yet(db):
    wanted = {"PointInTimeRecoveryEnabled": True}
    told = refusal(db.update_continuous_backups, TableName="orders", PointInTimeRecoverySpecification=wanted)
    assert told[0] == "ContinuousBackupsUnavailableException"


def test_the_latest_moment_is_five_minutes_ago(ready):
    protect(ready, RecoveryPeriodInDays=7)
    CLOCK.advance(HOUR)
    told = ready.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert (CLOCK.now() - told["LatestRestorableDateTime"]).total_seconds() == pytest.approx(300, abs=2)
    assert told["RecoveryPeriodInDays"] == 7


def test_every_write_is_in_the_past(ready):
    protect(ready)
    moments = []
    for write in (
        lambda: ready.put_item(TableName="orders", Item={"id": {"S": "1"}, "state": {"S": "new"}}),
        lambda: ready.batch_write_item(RequestItems={"orders": [{"PutRequest": {"Item": {"id": {"S": "2"}}}}]}),
        lambda: ready.update_item(
            TableName="orders",
            Key={"id": {"S": "1"}},
            UpdateExpression="SET #s = :s",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":s": {"S": "paid"}},
        ),
        lambda: ready.delete_item(TableName="orders", Key={"id": {"S": "1"}}),
    ):
        write()
        CLOCK.advance(60)
        moments.append(CLOCK.now())
        CLOCK.advance(60)
    CLOCK.advance(HOUR)
    found = []
    for number, moment in enumerate(moments):
        name = f"restored-{number}"
        ready.restore_table_to_point_in_time(SourceTableName="orders", TargetTableName=name, RestoreDateTime=moment)
        rows = ready.scan(TableName=name)["Items"]
        found.append({row["id"]["S"]: row.get("state", {}).get("S") for row in rows})
    assert found == [{"1": "new"}, {"1": "new", "2": None}, {"1": "paid", "2": None}, {"2": None}]


def test_a_restored_table_has_what_aws_restores(ready):
    protect(ready)
    change(ready, StreamSpecification=STREAM)
    ready.put_item(TableName="orders", Item={"id": {"S": "1"}})
    CLOCK.advance(HOUR)
    ready.restore_table_to_point_in_time(SourceTableName="orders", TargetTableName="again", UseLatestRestorableTime=True)
    told = table(ready, "again")
    assert (told["TableStatus"], told["RestoreSummary"]["RestoreInProgress"]) == ("CREATING", True)
    CLOCK.advance(300)
    told = table(ready, "again")
    assert (told["TableStatus"], told["RestoreSummary"]["RestoreInProgress"]) == ("ACTIVE", False)
    assert told["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert "StreamSpecification" not in told
    assert ready.list_tags_of_resource(ResourceArn=told["TableArn"])["Tags"] == []


def test_what_cannot_be_restored(ready):
    latest = {"SourceTableName": "orders", "UseLatestRestorableTime": True}
    restore = ready.restore_table_to_point_in_time
    assert refusal(restore, TargetTableName="again", **latest)[0] == "PointInTimeRecoveryUnavailableException"
    protect(ready)
    assert refusal(restore, TargetTableName="orders", **latest)[0] == "TableAlreadyExistsException"
    future = {"SourceTableName": "orders", "RestoreDateTime": CLOCK.now() + timedelta(hours=1)}
    assert refusal(restore, TargetTableName="again", **future)[0] == "InvalidRestoreTimeException"


def test_a_backup_keeps_what_was(ready):
    ready.put_item(TableName="orders", Item={"id": {"S": "1"}})
    arn = ready.create_backup(TableName="orders", BackupName="nightly")["BackupDetails"]["BackupArn"]
    assert refusal(ready.restore_table_from_backup, TargetTableName="again", BackupArn=arn)[0] == "BackupInUseException"
    CLOCK.advance(10)
    ready.put_item(TableName="orders", Item={"id": {"S": "2"}})
    ready.restore_table_from_backup(TargetTableName="again", BackupArn=arn)
    assert items(ready, "again") == ["1"]
    gone = f"{arn}x"
    assert refusal(ready.restore_table_from_backup, TargetTableName="more", BackupArn=gone)[0] == "BackupNotFoundException"
