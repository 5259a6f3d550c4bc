# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who is told, what is recorded and judged, who may act, and that nobody deletes the trail."""

from __future__ import annotations

import json
import os
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator import policies
from ansible_collections.slipway.aws.extensions.emulator.services.eventbridge import matches, rendered
from ansible_collections.slipway.aws.tests.support.census import census
from ansible_collections.slipway.aws.tests.support.play import run

NAME, ACCOUNT = "retail-prod", "123456789012"
TRAIL = f"{NAME}-trail-{ACCOUNT}"
CRITICAL = f"arn:aws:sns:us-east-1:{ACCOUNT}:{NAME}-critical"
TLS = {"aws:securetransport": "true"}
INVENTORY = Path(os.environ["MOLECULE_INVENTORY_FILE"]).parent


def converged(component, *arguments):
    """Run one component again, with other wishes."""
    return run("../molecule/governance/converge", INVENTORY, "--limit", component, *arguments)


# The trail


def test_a_record_stays_for_a_year_whoever_asks():
    s3 = boto3.client("s3")
    record = {"Bucket": TRAIL, "Key": f"AWSLogs/{ACCOUNT}/record"}
    version = s3.put_object(**record, Body=b"{}")["VersionId"]
    for more in ({}, {"VersionId": version}, {"VersionId": version, "BypassGovernanceRetention": True}):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(**record, **more)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_bucket(Bucket=TRAIL)
    with pytest.raises(ClientError, match="InvalidBucketState"):
        s3.put_bucket_versioning(Bucket=TRAIL, VersioningConfiguration={"Status": "Suspended"})
    kept = s3.head_object(**record)
    assert kept["ObjectLockMode"] == "GOVERNANCE"
    assert (kept["ObjectLockRetainUntilDate"] - kept["LastModified"]).days >= 364


def test_nobody_deletes_where_nothing_is_locked_either():
    s3, snapshot = boto3.client("s3"), {"Bucket": f"{NAME}-config-{ACCOUNT}", "Key": f"AWSLogs/{ACCOUNT}/Config/snapshot"}
    version = s3.put_object(**snapshot, Body=b"{}")["VersionId"]
    for more in ({}, {"VersionId": version}):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(**snapshot, **more)


def test_the_trail_goes_there():
    [trail] = boto3.client("cloudtrail").describe_trails()["trailList"]
    assert (trail["S3BucketName"], trail["IsMultiRegionTrail"], trail["LogFileValidationEnabled"]) == (TRAIL, True, True)


# Who is told


def says(topic, service, **context):
    document = boto3.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    return policies.decision(document, "sns:Publish", topic, {"service": f"{service}.amazonaws.com"}, {**TLS, **context})


def test_a_topic_is_open_to_those_who_publish_and_to_their_own_account_alone():
    own, other = {"aws:sourceaccount": ACCOUNT}, {"aws:sourceaccount": "999999999999"}
    assert says(CRITICAL, "cloudwatch", **own) == says(CRITICAL, "events") == policies.ALLOWED
    assert says(CRITICAL, "cloudwatch", **other) == says(CRITICAL, "codestar-notifications", **own) == policies.SILENT
    pipeline = CRITICAL.replace("critical", "pipeline")
    assert says(pipeline, "codestar-notifications", **own) == policies.ALLOWED
    assert says(pipeline, "events") == policies.SILENT
    assert says(CRITICAL, "cloudwatch", **own, **{"aws:securetransport": "false"}) == policies.DENIED


def test_the_key_lets_them_encrypt():
    kms, [key] = boto3.client("kms"), {told("KmsMasterKeyId") for told in map(_attribute, ("critical", "pipeline"))}
    document = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]

    def may(service, **context):
        return policies.decision(document, "kms:GenerateDataKey", key, {"service": f"{service}.amazonaws.com"}, context)

    assert may("cloudwatch", **{"aws:sourceaccount": ACCOUNT}) == policies.ALLOWED
    assert may("events", **{"kms:encryptioncontext:aws:sns:topicarn": CRITICAL}) == policies.ALLOWED
    foreign = CRITICAL.replace(ACCOUNT, "999999999999")
    assert may("events", **{"kms:encryptioncontext:aws:sns:topicarn": foreign}) == policies.SILENT


def _attribute(topic):
    found = boto3.client("sns").get_topic_attributes(TopicArn=CRITICAL.replace("critical", topic))["Attributes"]
    return found.get


def test_alarms_and_failed_deployments_go_to_the_topic():
    alarms = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    expected = {f"{NAME}-{alarm}" for alarm in ("errors", "latency", "orders-tasks", "tasks")}
    assert {alarm["AlarmName"]: alarm["AlarmActions"] for alarm in alarms} == {name: [CRITICAL] for name in expected}
    events = boto3.client("events")
    [target] = events.list_targets_by_rule(Rule=f"{NAME}-failed-deployments")["Targets"]
    assert target["Arn"] == CRITICAL
    pattern = events.describe_rule(Name=f"{NAME}-failed-deployments")["EventPattern"]
    event = {
        "source": "aws.ecs",
        "detail-type": "ECS Deployment State Change",
        "resources": [f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/{NAME}/orders"],
        "detail": {"eventType": "ERROR", "eventName": "SERVICE_DEPLOYMENT_FAILED", "reason": "tasks failed to start"},
        "time": "2026-11-22T10:00:00Z",
    }
    assert matches(pattern, event)
    assert not matches(pattern, {**event, "resources": [f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/{NAME}-2/orders"]})
    assert not matches(pattern, {**event, "detail": {"eventType": "INFO", "eventName": "SERVICE_DEPLOYMENT_COMPLETED"}})
    said = rendered(target, event)
    assert said == f"The deployment of {event['resources'][0]} failed at 2026-11-22T10:00:00Z: tasks failed to start"


def test_there_are_the_dashboards_that_were_asked_for():
    cloudwatch = boto3.client("cloudwatch")
    names = [each["DashboardName"] for each in cloudwatch.list_dashboards()["DashboardEntries"]]
    assert sorted(names) == [f"{NAME}-{each}" for each in ("cluster", "pipelines", "services")]
    drawn = "".join(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"] for name in names)
    for metric in ("TaskCount", "RequestCount", "TargetResponseTime", "FailedPipelineExecutions", "SucceededBuilds"):
        assert metric in drawn


ANOTHER_WISH = {
    "monitoring_topic_arn": "",
    "monitoring_dashboards": ["cost"],
    "monitoring_failed_deployments": False,
    "monitoring_tasks_min": 0,
    "monitoring_services": [],
}


def watching():
    """Return the names of topics, dashboards, rules about events and alarms about the whole cluster."""
    topics = [each["TopicArn"].split(":")[-1] for each in boto3.client("sns").list_topics()["Topics"]]
    drawn = [each["DashboardName"] for each in boto3.client("cloudwatch").list_dashboards()["DashboardEntries"]]
    rules = [each["Name"] for each in boto3.client("events").list_rules()["Rules"]]
    alarms = boto3.client("cloudwatch").describe_alarms(AlarmNames=[f"{NAME}-tasks"])["MetricAlarms"]
    return {name.removeprefix(f"{NAME}-") for name in (*topics, *drawn, *rules, *(alarm["AlarmName"] for alarm in alarms))}


def test_what_is_wished_for_no_longer_goes():
    before, topics = watching(), {"critical", "pipeline"}
    assert before == topics | {"cluster", "services", "pipelines", "failed-deployments", "tasks"}
    changed = converged("monitoring", "-e", json.dumps(ANOTHER_WISH))
    assert changed.code == 0, changed.said
    assert watching() == topics | {"alarms", "cost"}
    [slow] = boto3.client("cloudwatch").describe_alarms(AlarmNames=[f"{NAME}-latency"])["MetricAlarms"]
    assert slow["AlarmActions"] == [CRITICAL.replace("critical", "alarms")]
    assert converged("monitoring").code == 0
    assert watching() == before


# What is recorded and judged


def test_everything_is_recorded_by_a_role_that_can_do_little_else():
    config, iam = boto3.client("config"), boto3.client("iam")
    [recorder] = config.describe_configuration_recorders()["ConfigurationRecorders"]
    group = recorder["recordingGroup"]
    assert (group["allSupported"], group["includeGlobalResourceTypes"]) == (True, True)
    [status] = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    assert status["recording"]
    assert status["lastStatus"] in ("PENDING", "SUCCESS")
    role = iam.get_role(RoleName=recorder["roleARN"].split("/")[-1])["Role"]
    boundary = role["PermissionsBoundary"]["PermissionsBoundaryArn"]
    version = iam.get_policy(PolicyArn=boundary)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=boundary, VersionId=version)["PolicyVersion"]["Document"]
    for action, word in (("iam:ListUsers", policies.ALLOWED), ("iam:CreateUser", policies.SILENT)):
        assert policies.decision(document, action, "*", {}, {}) == word
    letting_in = boto3.client("s3").get_bucket_policy(Bucket=f"{NAME}-config-{ACCOUNT}")["Policy"]
    assert "config.amazonaws.com" not in letting_in


def test_rules_judge_and_one_is_about_the_trail():
    found = boto3.client("config").describe_config_rules()["ConfigRules"]
    assert {rule["ConfigRuleState"] for rule in found} <= {"ACTIVE", "EVALUATING"}
    by_name = {rule["ConfigRuleName"]: rule for rule in found}
    assert by_name[f"{NAME}-trail-needs-mfa"]["Source"]["SourceIdentifier"] == "S3_BUCKET_MFA_DELETE_ENABLED"
    assert by_name[f"{NAME}-trail-needs-mfa"]["Scope"]["ComplianceResourceId"] == TRAIL
    assert json.loads(by_name[f"{NAME}-tagged"]["InputParameters"])["tag4Key"] == "CostCenter"


def test_a_recorder_of_somebody_else_is_not_taken_over():
    refused = converged("governance", "-e", "governance_name=retail-qa")
    assert refused.code != 0
    assert "recorder retail-qa cannot be made: AWS keeps one per region, and there is retail-prod" in refused.words
    tidied = run("../molecule/governance/cleanup", INVENTORY, "--limit", "governance", "-e", "governance_name=retail-qa")
    assert tidied.code == 0, tidied.said
    [recorder] = boto3.client("config").describe_configuration_recorders()["ConfigurationRecorders"]
    assert recorder["name"] == NAME


# Who may act


def assumes(role, arn, **context):
    document = boto3.client("iam").get_role(RoleName=f"{NAME}-{role}")["Role"]["AssumeRolePolicyDocument"]
    principal = {"account": arn.split(":")[4], "arns": [arn]}
    return policies.decision(document, "sts:AssumeRole", "*", principal, {"aws:principalarn": arn, **context})


def test_people_need_a_second_factor_that_is_fresh():
    factor = {"aws:multifactorauthpresent": "true", "aws:multifactorauthage": "60"}
    person = f"arn:aws:iam::{ACCOUNT}:user/ada"
    assert assumes("operator", person, **factor) == policies.ALLOWED
    assert assumes("operator", "arn:aws:iam::111122223333:role/ops-night", **factor) == policies.ALLOWED
    assert assumes("operator", person) == policies.SILENT
    assert assumes("operator", person, **{**factor, "aws:multifactorauthage": "7200"}) == policies.SILENT
    assert assumes("operator", "arn:aws:iam::111122223333:role/build", **factor) == policies.SILENT
    assert assumes("auditor", "arn:aws:iam::111122223333:user/audit/eve") == policies.ALLOWED


def test_roles_of_people_stay_within_the_boundary():
    iam = boto3.client("iam")
    for role, held in (("operator", {"ReadOnlyAccess", f"{NAME}-operator"}), ("auditor", {"SecurityAudit"})):
        found = iam.get_role(RoleName=f"{NAME}-{role}")["Role"]
        assert found["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(f":policy/{NAME}-boundary")
        policies_held = iam.list_attached_role_policies(RoleName=f"{NAME}-{role}")["AttachedPolicies"]
        assert {policy["PolicyName"] for policy in policies_held} == held


def test_everything_has_its_tags():
    found = {arn: tags for arn, tags in census().items() if tags is not None}
    made = {arn: tags for arn, tags in found.items() if ":cluster/" not in arn and ":loadbalancer/" not in arn}
    assert len(made) > 30
    assert [arn for arn, tags in made.items() if tags.get("Compliance") != "SOC2"] == []
