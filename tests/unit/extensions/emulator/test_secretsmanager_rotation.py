# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rotation functions really run: in four steps, at once or by schedule, and what goes wrong shows where it shows on AWS."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta, timezone
from functools import partial

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services import lambda_invoke
from ansible_collections.slipway.aws.extensions.emulator.services.secretsmanager_rotation import window
from ansible_collections.slipway.aws.tests.support import rotation
from ansible_collections.slipway.aws.tests.support.rotation import ENDPOINT, archive

DAY = 86400


@pytest.fixture
def function(aws):
    """Return a function that makes a Lambda function and returns its ARN."""
    return partial(rotation.function, aws)


class Secret:
    """A secret and what one asks about it."""

    def __init__(self, aws):
        self.client, self.logs = aws.client("secretsmanager"), aws.client("logs")
        self.first = self.client.create_secret(Name="shop", SecretString=json.dumps({"user": "shop", "password": "old"}))[
            "VersionId"
        ]

    def rotate(self, **options):
        return self.client.rotate_secret(SecretId="shop", **options)

    def described(self):
        return self.client.describe_secret(SecretId="shop")

    def labels(self):
        return {label: version for version, labels in self.described()["VersionIdsToStages"].items() for label in labels}

    def password(self, **which):
        return json.loads(self.client.get_secret_value(SecretId="shop", **which)["SecretString"])["password"]

    def log(self):
        """Return the messages of the function's log, in order."""
        streams = self.logs.describe_log_streams(logGroupName="/aws/lambda/rotate")["logStreams"]
        return [
            event["message"]
            for stream in streams
            for event in self.logs.get_log_events(logGroupName="/aws/lambda/rotate", logStreamName=stream["logStreamName"])[
                "events"
            ]
        ]


@pytest.fixture
def secret(aws):
    return Secret(aws)


def refusal(call, **options):
    with pytest.raises(ClientError) as refused:
        call(**options)
    return refused.value.response["Error"]


# The four steps


def test_a_rotation_makes_a_new_current_version_and_keeps_the_previous_one(secret, function):
    version = secret.rotate(RotationLambdaARN=function(), RotationRules={"AutomaticallyAfterDays": 30})["VersionId"]
    assert secret.labels() == {"AWSCURRENT": version, "AWSPREVIOUS": secret.first}
    assert len(secret.password()) == 20
    assert secret.password(VersionStage="AWSPREVIOUS") == "old"
    assert secret.described()["LastRotatedDate"]


def test_the_function_sees_the_four_steps_as_aws_tells_them(secret, function):
    code = "def handler(event, context): print(sorted(event), event['Step'], event['SecretId'], event['ClientRequestToken'])"
    version = secret.rotate(RotationLambdaARN=function(index=code), ClientRequestToken="t" * 32)["VersionId"]
    assert version == "t" * 32
    arn, names = secret.described()["ARN"], "['ClientRequestToken', 'RotationToken', 'SecretId', 'Step']"
    told = [line for line in secret.log() if line.startswith("[")]
    assert sorted(told) == sorted(
        f"{names} {s} {arn} {version}" for s in ("createSecret", "setSecret", "testSecret", "finishSecret")
    )


def test_without_rotating_at_once_only_the_test_runs_and_leaves_nothing(secret, function):
    secret.rotate(RotationLambdaARN=function(), RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False)
    assert secret.labels() == {"AWSCURRENT": secret.first}
    assert secret.password() == "old"
    assert "LastRotatedDate" not in secret.described()
    log = secret.log()
    assert "tested shop" in log
    assert not any("createSecret" in line for line in log)


def test_the_function_has_the_identity_of_its_role_and_the_context_of_lambda(secret, function, aws):
    code = """
import boto3, os

def handler(event, context):
    return [
        boto3.client("sts").get_caller_identity()["Arn"],
        context.function_name,
        context.memory_limit_in_mb,
        context.get_remaining_time_in_millis() > 0,
        os.environ["AWS_REGION"],
        os.environ.get("AWS_MAX_ATTEMPTS"),
        event,
    ]
"""
    function(index=code)
    answer = aws.client("lambda").invoke(FunctionName="rotate", Payload=b'{"a": 1}', LogType="Tail")
    assert answer["ExecutedVersion"] == "$LATEST"
    role = "arn:aws:sts::123456789012:assumed-role/rotate/rotate"
    assert json.load(answer["Payload"]) == [role, "rotate", "128", True, "us-east-1", None, {"a": 1}]


def test_two_rotations_leave_one_previous_version(secret, function):
    first = secret.rotate(RotationLambdaARN=function())["VersionId"]
    between = secret.password()
    second = secret.rotate()["VersionId"]
    assert secret.labels() == {"AWSCURRENT": second, "AWSPREVIOUS": first}
    assert secret.password(VersionStage="AWSPREVIOUS") == between
    assert secret.first not in secret.described()["VersionIdsToStages"]


def test_the_same_token_rotates_once(secret, function):
    secret.rotate(RotationLambdaARN=function(), ClientRequestToken="t" * 32)
    password = secret.password()
    secret.rotate(ClientRequestToken="t" * 32)
    assert secret.password() == password


# Failures


@pytest.mark.parametrize("step", ["createSecret", "setSecret", "testSecret", "finishSecret"])
def test_a_step_that_fails_keeps_the_old_value_and_says_why_in_the_log(secret, function, step):
    arn = function(variables={"FAILS_IN": step})
    version = secret.rotate(RotationLambdaARN=arn, RotationRules={"AutomaticallyAfterDays": 30})["VersionId"]
    assert secret.labels() == {"AWSCURRENT": secret.first, "AWSPENDING": version}
    assert secret.password() == "old"
    assert "LastRotatedDate" not in secret.described()
    assert f"[ERROR] RuntimeError: the service refuses {step}" in secret.log()


def test_an_unfinished_rotation_is_taken_up_again_and_refuses_another_one(secret, function, aws):
    version = secret.rotate(RotationLambdaARN=function(variables={"FAILS_IN": "setSecret"}))["VersionId"]
    pending = secret.password(VersionStage="AWSPENDING")
    error = refusal(secret.rotate)
    assert (error["Code"], "isn't complete" in error["Message"]) == ("InvalidRequestException", True)
    assert secret.labels()["AWSPENDING"] == version
    aws.client("lambda").update_function_configuration(FunctionName="rotate", Environment={"Variables": ENDPOINT})
    refusal(secret.rotate)
    assert secret.labels() == {"AWSCURRENT": version, "AWSPREVIOUS": secret.first}
    assert secret.password() == pending
    assert secret.rotate()["VersionId"] != version


def test_a_function_that_ends_well_and_moves_no_label_has_not_rotated(secret, function):
    version = secret.rotate(RotationLambdaARN=function(index="def handler(event, context): pass"))["VersionId"]
    assert secret.labels() == {"AWSCURRENT": secret.first, "AWSPENDING": version}
    values = [row["VersionId"] for row in secret.client.list_secret_version_ids(SecretId="shop")["Versions"]]
    assert values == [secret.first]
    assert refusal(secret.client.get_secret_value, SecretId="shop", VersionId=version)["Code"] == "ResourceNotFoundException"


def test_a_function_that_takes_too_long_is_ended(secret, function, monkeypatch):
    monkeypatch.setattr(lambda_invoke, "SLOWNESS", 0.05)
    secret.rotate(RotationLambdaARN=function(index="import threading\ndef handler(event, context): threading.Event().wait()"))
    assert any("Task timed out after 3.00 seconds" in line for line in secret.log())


def test_a_module_that_cannot_be_imported_is_an_error_of_the_runtime(aws, function):
    function(index="import nothing_of_that_name")
    answer = aws.client("lambda").invoke(FunctionName="rotate")
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "Runtime.ImportModuleError"


def test_a_function_leaves_nothing_of_itself_in_this_process(aws, function):
    code = "import os, pack\nos.environ['LEFT'] = 'x'\ndef handler(event, context): return pack.number"
    function(index=code, pack="number = 1")
    lambdas, paths = aws.client("lambda"), list(sys.path)
    assert json.load(lambdas.invoke(FunctionName="rotate")["Payload"]) == 1
    assert ("LEFT" in os.environ, "pack" in sys.modules, sys.path) == (False, False, paths)
    lambdas.update_function_code(FunctionName="rotate", ZipFile=archive(index=code, pack="number = 2"))
    assert json.load(lambdas.invoke(FunctionName="rotate")["Payload"]) == 2


def test_a_function_may_invoke_another_one(aws, function):
    function(name="inner", index="import os\ndef handler(event, context): return os.environ['AWS_LAMBDA_FUNCTION_NAME']")
    code = """
import json, os
import boto3

def handler(event, context):
    inner = json.load(boto3.client("lambda").invoke(FunctionName="inner")["Payload"])
    return [inner, os.environ["AWS_LAMBDA_FUNCTION_NAME"]]
"""
    function(name="outer", index=code)
    assert json.load(aws.client("lambda").invoke(FunctionName="outer")["Payload"]) == ["inner", "outer"]


# Refusals


def test_a_function_that_secrets_manager_may_not_invoke_is_refused(secret, function):
    error = refusal(secret.rotate, RotationLambdaARN=function(permitted=False))
    assert error["Code"] == "AccessDeniedException"
    assert "cannot invoke the specified Lambda function" in error["Message"]
    assert "RotationEnabled" not in secret.described()


def test_a_permission_for_another_secret_is_none(secret, function, aws):
    arn = function(permitted=False)
    other = "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-*"
    permission = {"Action": "lambda:InvokeFunction", "Principal": "secretsmanager.amazonaws.com", "SourceArn": other}
    aws.client("lambda").add_permission(FunctionName="rotate", StatementId="s", **permission)
    assert refusal(secret.rotate, RotationLambdaARN=arn)["Code"] == "AccessDeniedException"


def test_other_runtimes_are_refused_loudly(secret, function):
    error = refusal(secret.rotate, RotationLambdaARN=function(runtime="nodejs22.x"))
    assert error["Code"] == "NotImplemented"
    assert "nodejs22.x" in error["Message"]


@pytest.mark.parametrize(
    "rules",
    [
        {"ScheduleExpression": "rate(2 hours)"},
        {"ScheduleExpression": "rate(30 minutes)"},
        {"ScheduleExpression": "cron(15 8 * * ? *)"},
        {"ScheduleExpression": "cron(0 0/2 * * ? *)"},
        {"ScheduleExpression": "cron(0 8 1 * 1 *)"},
        {"ScheduleExpression": "cron(0 8 30 2 ? *)"},
        {"ScheduleExpression": "cron(0 22 * * ? *)", "Duration": "4h"},
        {"ScheduleExpression": "monthly"},
        {"AutomaticallyAfterDays": 7, "ScheduleExpression": "rate(7 days)"},
        {"Duration": "2h"},
    ],
)
def test_rules_that_are_no_schedule_are_refused(secret, function, rules):
    error = refusal(secret.rotate, RotationLambdaARN=function(), RotationRules=rules, RotateImmediately=False)
    assert error["Code"] == "InvalidParameterException"


# Schedules


@pytest.mark.parametrize("fails", [False, True])
def test_the_schedule_rotates_when_the_window_opens(secret, function, fails):
    arn = function(variables={"FAILS_IN": "setSecret"} if fails else {})
    secret.rotate(RotationLambdaARN=arn, RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False)
    due = secret.described()["NextRotationDate"]
    assert timedelta(days=30) <= due - midnight(CLOCK.now()) < timedelta(days=31)
    CLOCK.advance(29 * DAY - (CLOCK.now() - midnight(CLOCK.now())).total_seconds())
    assert secret.password() == "old"
    CLOCK.advance(DAY + 60)
    after = secret.described()
    assert (secret.password() == "old") is fails
    if fails:
        assert after["NextRotationDate"] == due
        assert "AWSPENDING" in secret.labels()
    else:
        assert after["NextRotationDate"] - due == timedelta(days=30)
        assert after["LastRotatedDate"] <= due


def midnight(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def test_a_failed_rotation_is_tried_again_within_the_window(secret, function, aws):
    rules = {"AutomaticallyAfterDays": 30}
    secret.rotate(RotationLambdaARN=function(variables={"FAILS_IN": "setSecret"}), RotationRules=rules, RotateImmediately=False)
    CLOCK.advance(30 * DAY - (CLOCK.now() - midnight(CLOCK.now())).total_seconds() + 60)
    assert secret.labels().keys() == {"AWSCURRENT", "AWSPENDING"}
    aws.client("lambda").update_function_configuration(FunctionName="rotate", Environment={"Variables": ENDPOINT})
    assert secret.password() == "old"
    CLOCK.advance(3600)
    assert secret.labels().keys() == {"AWSCURRENT", "AWSPREVIOUS"}


def test_the_date_of_a_window_that_was_missed_stays_in_the_past(secret, function):
    rules = {"ScheduleExpression": "cron(0 8 1 * ? *)", "Duration": "2h"}
    secret.rotate(RotationLambdaARN=function(variables={"FAILS_IN": "setSecret"}), RotationRules=rules, RotateImmediately=False)
    CLOCK.advance((secret.described()["NextRotationDate"] - CLOCK.now()).total_seconds() + 60)
    assert secret.described()["NextRotationDate"] < CLOCK.now()
    secret.described()
    tries = len(secret.log())
    CLOCK.advance(20 * DAY)
    assert secret.described()["NextRotationDate"] < CLOCK.now() - timedelta(days=19)
    assert len(secret.log()) == tries  # nothing happens between two windows
    CLOCK.advance(15 * DAY)
    assert CLOCK.now() - secret.described()["NextRotationDate"] < timedelta(days=19)


@pytest.mark.parametrize(
    ("rules", "opens", "closes"),
    [
        ({"AutomaticallyAfterDays": 10}, "2026-03-14T00:00", "2026-03-14T23:59"),
        ({"ScheduleExpression": "rate(10 days)", "Duration": "3h"}, "2026-03-14T00:00", "2026-03-14T03:00"),
        ({"ScheduleExpression": "rate(6 hours)"}, "2026-03-04T18:00", "2026-03-04T19:00"),
        ({"ScheduleExpression": "cron(0 8 1 * ? *)"}, "2026-04-01T08:00", "2026-04-01T23:59"),
        ({"ScheduleExpression": "cron(0 16 ? * 2#1 *)", "Duration": "2h"}, "2026-04-06T16:00", "2026-04-06T18:00"),
        ({"ScheduleExpression": "cron(0 8/8 * * ? *)"}, "2026-03-04T16:00", "2026-03-04T17:00"),
        ({"ScheduleExpression": "cron(0 10 L * ? *)"}, "2026-03-31T10:00", "2026-03-31T23:59"),
        ({"ScheduleExpression": "cron(0 4 ? 1,7 SUN *)"}, "2026-07-05T04:00", "2026-07-05T23:59"),
        ({"ScheduleExpression": "cron(0 4 15W * ? *)"}, "2026-03-16T04:00", "2026-03-16T23:59"),
    ],
)
def test_windows(rules, opens, closes):
    found = window(rules, datetime(2026, 3, 4, 13, 30, tzinfo=timezone.utc))
    assert [moment.isoformat()[:16] for moment in found] == [opens, closes]


def test_a_value_written_by_hand_counts_as_a_rotation(secret, function):
    secret.rotate(RotationLambdaARN=function(), RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False)
    before = secret.described()["NextRotationDate"]
    CLOCK.advance(10 * DAY)
    secret.client.put_secret_value(SecretId="shop", SecretString="by hand")
    assert secret.described()["NextRotationDate"] - before == timedelta(days=10)


def test_a_cancelled_rotation_keeps_its_rules_for_the_next_time(secret, function):
    rules = {"ScheduleExpression": "cron(0 8 1 * ? *)", "Duration": "4h"}
    arn = function()
    secret.rotate(RotationLambdaARN=arn, RotationRules=rules, RotateImmediately=False)
    secret.client.cancel_rotate_secret(SecretId="shop")
    shown = secret.described()
    assert (shown["RotationEnabled"], shown["RotationLambdaARN"], shown["RotationRules"]) == (False, arn, rules)
    assert "NextRotationDate" not in shown
    CLOCK.advance(60 * DAY)
    assert secret.password() == "old"
    secret.rotate()
    assert secret.described()["RotationEnabled"]
    assert secret.password() != "old"


@pytest.mark.parametrize("hours", [0, 12], ids=["in one half of the day", "in the other"])
def test_an_expression_shows_its_days_after_a_rotation(secret, function, hours):
    CLOCK.advance(hours * 3600)
    secret.rotate(RotationLambdaARN=function(), RotationRules={"ScheduleExpression": "rate(10 days)"})
    assert secret.described()["RotationRules"] == {"ScheduleExpression": "rate(10 days)", "AutomaticallyAfterDays": 10}


def test_what_rds_manages_rotates_weekly_without_a_function(secret, aws):
    instance = {"DBInstanceIdentifier": "shop", "DBInstanceClass": "db.t4g.micro", "Engine": "postgres", "AllocatedStorage": 20}
    made = aws.client("rds").create_db_instance(**instance, MasterUsername="shop", ManageMasterUserPassword=True)
    arn = made["DBInstance"]["MasterUserSecret"]["SecretArn"]
    old = secret.client.get_secret_value(SecretId=arn)["SecretString"]
    CLOCK.advance(7 * DAY)
    shown = secret.client.describe_secret(SecretId=arn)
    assert (shown["RotationEnabled"], shown["OwningService"]) == (True, "rds")
    assert secret.client.get_secret_value(SecretId=arn)["SecretString"] != old
    assert secret.client.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["SecretString"] == old
    assert refusal(secret.client.cancel_rotate_secret, SecretId=arn)["Code"] == "InvalidRequestException"


# Versions and labels


def test_a_version_with_a_value_cannot_be_changed(secret):
    error = refusal(secret.client.put_secret_value, SecretId="shop", ClientRequestToken=secret.first, SecretString="other")
    assert error["Code"] == "ResourceExistsException"
    assert secret.password() == "old"


def test_the_current_label_takes_the_value_along(secret):
    new = secret.client.put_secret_value(SecretId="shop", SecretString=json.dumps({"password": "new"}), VersionStages=["next"])[
        "VersionId"
    ]
    move = {"SecretId": "shop", "VersionStage": "AWSCURRENT", "MoveToVersionId": new}
    error = refusal(secret.client.update_secret_version_stage, **move)
    assert secret.first in error["Message"]
    secret.client.update_secret_version_stage(**move, RemoveFromVersionId=secret.first)
    assert secret.password() == "new"
    assert secret.labels() == {"AWSCURRENT": new, "next": new, "AWSPREVIOUS": secret.first}
