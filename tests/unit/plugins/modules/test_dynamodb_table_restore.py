# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DynamoDB restore: the right data, nothing overwritten, and what AWS leaves out is said."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.dynamodb_table_restore import prepare


@pytest.fixture
def db(aws):
    prepare(aws)
    return aws.client("dynamodb")


@pytest.fixture
def restore(aws, db):
    """Return a function that runs the module."""

    def run(**more):
        with aws.recorded() as sent:
            source = {} if "backup_arn" in more else {"source_table": "orders"}
            result = aws.run("dynamodb_table_restore", **{"name": "restored", **source, **more})
        return result, sent

    return run


def orders(db, table="restored"):
    return sorted(item["id"]["S"] for item in db.scan(TableName=table)["Items"])


def test_the_table_comes_back_as_it_was_at_a_moment(db, restore):
    before = CLOCK.now()
    CLOCK.advance(60)
    db.delete_item(TableName="orders", Key={"id": {"S": "1"}})
    db.put_item(TableName="orders", Item={"id": {"S": "2"}})
    CLOCK.advance(1000)
    result, sent = restore(restore_date_time=before.isoformat())
    assert sent.writes == ["RestoreTableToPointInTime"]
    assert (result.table["table_status"], orders(db)) == ("ACTIVE", ["1"])
    assert (restore(name="latest")[0].failed, orders(db, "latest")) == (False, ["2"])


def test_a_moment_without_a_zone_is_in_utc(restore):
    moment = CLOCK.now().replace(microsecond=0, tzinfo=None)
    CLOCK.advance(1000)
    result, _sent = restore(restore_date_time=moment.isoformat())
    assert result.table["restore_summary"]["restore_date_time"] == f"{moment.isoformat()}+00:00"


def test_a_moment_that_aws_does_not_keep(restore):
    result, sent = restore(restore_date_time="2001-01-01T00:00:00Z")
    assert "can be restored to moments from" in result.msg
    assert sent.writes == []


def test_what_is_not_restored_is_said_in_the_options_that_set_it(aws, db, restore):
    wished = {
        "point_in_time_recovery": True,
        "recovery_period_in_days": 14,
        "stream_view_type": "NEW_IMAGE",
        "deletion_protection": True,
        "time_to_live_attribute_name": "expires",
    }
    assert not aws.run("dynamodb_table_settings", name="orders", **wished).failed
    result, _sent = restore()
    assert result.not_restored == wished
    assert result.tags_of_source == {"Project": "Shop"}
    assert not aws.run("dynamodb_table_settings", name="restored", **result.not_restored).failed
    again, sent = restore()
    assert (again.changed, again.not_restored, sent.writes) == (False, {}, [])


def test_tags_are_set_afterwards_and_no_other_is_removed(db, restore):
    made, sent = restore(tags={"Project": "Shop"})
    assert sent.writes == ["RestoreTableToPointInTime", "TagResource"]
    db.tag_resource(ResourceArn=made.table["table_arn"], Tags=[{"Key": "Owner", "Value": "Team"}])
    again, sent = restore(tags={"Project": "Shop"})
    assert (again.changed, sent.writes) == (False, [])


def test_without_waiting_a_second_run_picks_it_up(restore):
    made, _sent = restore(wait=False, tags={"Project": "Shop"})
    assert (made.changed, made.table["table_status"]) == (True, "CREATING")
    again, sent = restore(tags={"Project": "Shop"})
    assert (again.table["table_status"], sent.writes) == ("ACTIVE", ["TagResource"])


def test_a_restore_that_takes_longer_says_how_to_go_on(restore):
    result, _sent = restore(wait_timeout=30)
    assert "run the same command again to wait on" in result.msg


def test_a_table_from_elsewhere_is_not_taken_for_the_restored_one(db, restore):
    backup = db.create_backup(TableName="orders", BackupName="nightly")["BackupDetails"]["BackupArn"]
    restore()
    result, sent = restore(backup_arn=backup)
    assert "was restored from arn:aws:dynamodb" in result.msg
    assert sent.writes == []
    strange, _sent = restore(name="orders", source_table="elsewhere")
    assert "was never restored" in strange.msg


def test_a_table_without_a_past(aws, db, restore):
    aws.run("dynamodb_table_settings", name="orders", point_in_time_recovery=False)
    result, sent = restore()
    assert "AWS keeps nothing of its past" in result.msg
    assert sent.writes == []


def test_a_source_that_is_gone(restore):
    assert "only a backup can be restored" in restore(source_table="nobody")[0].msg
    gone = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/backup/0"
    assert "there is no backup" in restore(backup_arn=gone)[0].msg


def test_a_backup_outlives_its_table(db, restore):
    backup = db.create_backup(TableName="orders", BackupName="nightly")["BackupDetails"]["BackupArn"]
    db.delete_table(TableName="orders")
    result, _sent = restore(backup_arn=backup)
    assert not result.failed, result.msg
    assert (orders(db), result.tags_of_source) == (["1"], {})


def test_indexes_and_throughput_can_be_others(db, restore):
    result, sent = restore(
        global_secondary_index_override=[],
        billing_mode_override="PROVISIONED",
        provisioned_throughput_override={"read_capacity_units": 5, "write_capacity_units": 1},
        kms_master_key_id="alias/aws/dynamodb",
    )
    assert not result.failed, result.msg
    assert sent.parameters("RestoreTableToPointInTime")["SSESpecificationOverride"] == {"Enabled": True, "SSEType": "KMS"}
    table = db.describe_table(TableName="restored")["Table"]
    assert table["GlobalSecondaryIndexes"] == []
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5


def test_limits_of_requests_are_sent(restore):
    _result, sent = restore(on_demand_throughput_override={"max_read_request_units": 100})
    assert sent.parameters("RestoreTableToPointInTime")["OnDemandThroughputOverride"] == {"MaxReadRequestUnits": 100}


def test_an_unknown_member_of_an_index_is_named(restore):
    result, sent = restore(global_secondary_index_override=[{"index_nam": "customers"}])
    assert "index_nam is unknown, did you mean index_name?" in result.msg
    assert sent.writes == []
