# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DynamoDB settings: one change at a time, and what AWS takes an hour for."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils import calls
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.dynamodb_table_settings import prepare

KINDS = ("DeletionProtectionEnabled", "SSESpecification", "StreamSpecification")


@pytest.fixture
def settings(aws):
    """Return a function that runs the module for a table."""
    prepare(aws)

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("dynamodb_table_settings", **{"name": "orders", **more})
        return result, sent

    return run


def updates(sent):
    """Return what each UpdateTable changed."""
    calls = [entry["parameters"] for entry in sent.entries if entry["operation"] == "UpdateTable"]
    return [{key: call[key] for key in KINDS if key in call} for call in calls]


def test_one_change_at_a_time_with_the_table_at_rest_between(settings):
    result, sent = settings(deletion_protection=True, stream_view_type="NEW_IMAGE", kms_master_key_id="alias/shop")
    assert not result.failed, result.msg
    assert [list(update) for update in updates(sent)] == [[kind] for kind in KINDS]
    assert {entry["status"] for entry in sent.entries if entry["operation"] == "UpdateTable"} == {200}
    assert result.table["status"] == "ACTIVE"


def test_a_stream_cannot_be_changed_but_by_another_one(settings):
    first = settings(stream_view_type="NEW_IMAGE")[0].table["latest_stream_arn"]
    result, sent = settings(stream_view_type="KEYS_ONLY")
    assert updates(sent) == [
        {"StreamSpecification": {"StreamEnabled": False}},
        {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
    ]
    assert result.table["latest_stream_arn"] != first


def test_a_key_that_is_named_by_its_alias_is_known_again(settings):
    made, sent = settings(kms_master_key_id="alias/shop")
    key = made.table["kms_master_key_id"]
    assert key.startswith("arn:aws:kms:")
    assert updates(sent)[0]["SSESpecification"] == {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    for name in ("alias/shop", key, key.rsplit("/", 1)[-1]):
        again, sent = settings(kms_master_key_id=name)
        assert (again.changed, sent.writes) == (False, [])


def test_the_key_that_aws_keeps_is_not_sent(settings):
    _result, sent = settings(kms_master_key_id="alias/aws/dynamodb")
    assert updates(sent)[0]["SSESpecification"] == {"Enabled": True, "SSEType": "KMS"}
    again, sent = settings(kms_master_key_id="alias/aws/dynamodb")
    assert (again.changed, sent.writes, again.warnings) == (False, [], [])


def test_a_new_table_gets_its_recovery_when_its_backups_have_come_up(aws, monkeypatch):
    monkeypatch.setattr(CLOCK, "speed", 0.0)  # on a slow machine they would have come up before the module asks
    monkeypatch.setattr(calls.time, "sleep", CLOCK.advance)
    prepare(aws)
    with aws.recorded() as sent:
        result = aws.run("dynamodb_table_settings", name="orders", point_in_time_recovery=True)
    assert not result.failed, result.msg
    assert sent.writes.count("UpdateContinuousBackups") > 1
    assert result.table["recovery_period_in_days"] == 35


def test_the_period_alone_is_a_change(settings):
    settings(point_in_time_recovery=True)
    _result, sent = settings(point_in_time_recovery=True, recovery_period_in_days=7)
    wanted = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}
    assert sent.parameters("UpdateContinuousBackups")["PointInTimeRecoverySpecification"] == wanted


def test_another_attribute_for_time_to_live_takes_an_hour(settings):
    settings(time_to_live_attribute_name="expires")
    short, _sent = settings(time_to_live_attribute_name="gone", wait_timeout=60)
    assert "one change of time to live in an hour" in short.msg
    assert "set wait_timeout above 3600" in short.msg
    result, _sent = settings(time_to_live_attribute_name="gone", wait_timeout=9000)
    assert (result.failed, result.table["time_to_live_attribute_name"]) == (False, "gone")


def test_a_refusal_of_time_to_live_for_another_reason_is_told(aws, settings):
    aws.fault("dynamodb", "UpdateTimeToLive", code="ValidationException", message="TTL attribute is not allowed", status=400)
    result, _sent = settings(time_to_live_attribute_name="expires")
    assert "AWS refused update_time_to_live: TTL attribute is not allowed" in result.msg


def test_a_table_that_somebody_else_changes_is_awaited(aws, settings):
    settings(point_in_time_recovery=True)
    aws.client("dynamodb").update_table(TableName="orders", DeletionProtectionEnabled=True)
    result, sent = settings(point_in_time_recovery=True, stream_view_type="KEYS_ONLY")
    assert not result.failed, result.msg
    assert sent.writes == ["UpdateTable"]


def test_a_table_that_is_not_there(aws):
    assert aws.run("dynamodb_table_settings", name="nobody", deletion_protection=True, check=True).changed
    assert not aws.run("dynamodb_table_settings", name="nobody", state="absent").changed
    result = aws.run("dynamodb_table_settings", name="nobody", deletion_protection=True)
    assert "Make it first with community.aws.dynamodb_table" in result.msg
