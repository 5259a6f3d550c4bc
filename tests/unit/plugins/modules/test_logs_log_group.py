# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""logs_log_group: keys come and go on groups that exist, logs are kept by every change, protection is respected."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.logs_log_group import ROOT, key

NAME = "/ecs/shop/web"


@pytest.fixture
def group(aws):
    """Return a function that runs the module for one group and returns the result and what was sent."""

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("logs_log_group", **{"name": NAME, **more})
        return result, sent

    return run


def test_a_key_added_to_an_existing_log_group_is_associated(aws, group):
    group(retention_in_days=30)
    arn = key(aws)
    changed, sent = group(retention_in_days=30, kms_key_id=arn)
    assert changed.changed
    assert sent.writes == ["AssociateKmsKey"]
    assert aws.client("logs").describe_log_groups()["logGroups"][0]["kmsKeyId"] == arn
    again, sent = group(retention_in_days=30, kms_key_id=arn)
    assert (again.changed, sent.writes) == (False, [])


def test_a_key_is_taken_away(aws, group):
    group(kms_key_id=key(aws))
    _result, sent = group(kms_key_id="")
    assert sent.writes == ["DisassociateKmsKey"]
    assert "kmsKeyId" not in aws.client("logs").describe_log_groups()["logGroups"][0]


def test_a_key_that_is_left_out_stays(aws, group):
    arn = key(aws)
    group(kms_key_id=arn)
    result, sent = group()
    assert (result.changed, sent.writes, result.log_group["kms_key_id"]) == (False, [], arn)


def test_no_change_loses_logs(aws, group):
    group()
    logs = aws.client("logs")
    logs.create_log_stream(logGroupName=NAME, logStreamName="web/1")
    event = {"timestamp": int(CLOCK.origin.timestamp() * 1000), "message": "hello"}
    logs.put_log_events(logGroupName=NAME, logStreamName="web/1", logEvents=[event])
    group(retention_in_days=7, kms_key_id=key(aws), deletion_protection_enabled=True)
    assert [one["message"] for one in logs.filter_log_events(logGroupName=NAME)["events"]] == ["hello"]


def test_creation_says_everything_in_two_calls(aws, group):
    arn = key(aws)
    _made, sent = group(retention_in_days=7, kms_key_id=arn, deletion_protection_enabled=True, tags={"Project": "Shop"})
    assert sent.writes == ["CreateLogGroup", "PutRetentionPolicy"]
    assert sent.parameters("CreateLogGroup") == {
        "logGroupName": NAME,
        "kmsKeyId": arn,
        "deletionProtectionEnabled": True,
        "tags": {"Project": "Shop"},
    }


def test_for_ever_is_the_absence_of_a_policy(group):
    group(retention_in_days=7)
    result, sent = group(retention_in_days=0)
    assert (sent.writes, result.log_group["retention_in_days"]) == (["DeleteRetentionPolicy"], 0)
    made, sent = group(name="/other", retention_in_days=0, kms_key_id="")
    assert (made.changed, sent.writes) == (True, ["CreateLogGroup"])


def test_a_group_whose_name_goes_on_is_another(group):
    group(name=f"{NAME}-2")
    result, _sent = group(state="absent")
    assert not result.changed
    assert group()[0].changed


def test_the_arn_is_the_one_that_policies_want(group):
    assert group()[0].log_group["arn"] == f"arn:aws:logs:us-east-1:123456789012:log-group:{NAME}"


def test_a_key_that_excludes_cloudwatch_logs_is_refused_after_a_minute(aws, group):
    before = CLOCK.seconds()
    result, sent = group(kms_key_id=key(aws, ROOT))
    assert result.failed
    assert "not allowed to be used with Arn" in result.msg
    assert set(sent.writes) == {"CreateLogGroup"}
    assert CLOCK.seconds() - before >= 60


@pytest.mark.parametrize("check", [True, False])
def test_a_protected_group_is_not_removed(aws, group, check):
    group(deletion_protection_enabled=True)
    result, sent = group(state="absent", check=check)
    assert result.failed
    assert "deletion_protection_enabled=false" in result.msg
    assert sent.writes == []
    group(deletion_protection_enabled=False)
    assert group(state="absent")[0].changed
