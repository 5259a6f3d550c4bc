# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rotation schedules: only what was asked for, and of secrets that other services own, only the rules."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_instance import CHAIN as DATABASE
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_instance import prepare as place
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.secretsmanager_rotation_schedule import function


@pytest.fixture
def managed(aws):
    """Return the ARN of a password that RDS manages."""
    made = aws.run("rds_instance", **{**DATABASE.create, **place(aws)})
    return made.instance["master_user_secret"]["secret_arn"]


def test_a_managed_password_rotates_weekly_from_the_start(aws, managed):
    result = aws.run("secretsmanager_rotation_schedule", name=managed, automatically_after_days=7)
    assert not result.changed
    assert result.rotation["owning_service"] == "rds"


def test_the_rules_of_a_managed_password_can_be_changed(aws, managed):
    with aws.recorded() as sent:
        result = aws.run("secretsmanager_rotation_schedule", name=managed, automatically_after_days=30)
    assert result.changed
    assert sent.parameters("RotateSecret")["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert sent.parameters("RotateSecret")["RotateImmediately"] is False


def test_the_rotation_of_a_managed_password_cannot_be_cancelled(aws, managed):
    result = aws.run("secretsmanager_rotation_schedule", name=managed, state="absent")
    assert result.failed
    assert "belongs to rds" in result.msg


def test_a_managed_password_rotates_at_once(aws, managed):
    secrets = aws.client("secretsmanager")
    before = secrets.get_secret_value(SecretId=managed)["SecretString"]
    aws.run("secretsmanager_rotation_schedule", name=managed, automatically_after_days=30, rotate_immediately=True)
    assert secrets.get_secret_value(SecretId=managed)["SecretString"] != before
    assert secrets.get_secret_value(SecretId=managed, VersionStage="AWSPREVIOUS")["SecretString"] == before


def test_without_a_secret_the_sentence_says_what_to_do(aws):
    result = aws.run("secretsmanager_rotation_schedule", name="nothing", automatically_after_days=30)
    assert result.failed
    assert "Make it first" in result.msg


def test_a_function_that_may_not_be_invoked_is_refused(aws):
    aws.client("secretsmanager").create_secret(Name="shop", SecretString="x")
    arn = function(aws, "rotate")
    aws.client("lambda").remove_permission(FunctionName="rotate", StatementId="s")
    result = aws.run("secretsmanager_rotation_schedule", name="shop", rotation_lambda_arn=arn, automatically_after_days=30)
    assert result.failed
    assert "cannot invoke" in result.msg


def test_a_function_of_an_expression_is_not_compared_with_days(aws):
    aws.client("secretsmanager").create_secret(Name="shop", SecretString="x")
    options = {"name": "shop", "rotation_lambda_arn": function(aws, "rotate"), "schedule_expression": "cron(0 8 1 * ? *)"}
    aws.run("secretsmanager_rotation_schedule", **options)
    assert not aws.run("secretsmanager_rotation_schedule", **options).changed
