# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""T7, T8, T11 and T12: what is watched, what it costs, and what it is called."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.tests.support.census import census

NAME = "test-data-tool-dev"
TOPIC = f"arn:aws:sns:us-east-1:123456789012:{NAME}-alarms"
TAGS = {"Project", "Environment", "ManagedBy", "Owner", "CostCenter", "Application", "Compliance", "Component"}


@pytest.fixture(scope="session")
def alarms(aws):
    found = aws("cloudwatch").describe_alarms()["MetricAlarms"]
    return {a["AlarmName"].removeprefix(f"{NAME}-"): a for a in found if a["AlarmName"].startswith(NAME)}


@pytest.mark.parametrize(
    ("name", "operator", "threshold"),
    [
        ("backend-tasks", "GreaterThanThreshold", 5),
        ("errors", "GreaterThanThreshold", 1),
        (f"{NAME}-cpu", "GreaterThanThreshold", 80),
        (f"{NAME}-storage", "LessThanThreshold", 20),
        ("latency", "GreaterThanThreshold", 2),
    ],
)
def test_alarms_have_the_thresholds_of_the_document(alarms, name, operator, threshold):
    alarm = alarms[name]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == (operator, threshold)
    assert alarm["AlarmActions"] == [TOPIC]
    assert alarm["ActionsEnabled"]


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("backend-tasks", "IF(wanted > 0, 100 * (wanted - running) / wanted, 0)"),
        ("errors", "100 * (FILL(service, 0) + FILL(balancer, 0)) / requests"),
        (f"{NAME}-storage", "100 * free / (20 * 1073741824)"),
    ],
)
def test_rates_are_metric_math(alarms, name, expression):
    [shown] = [m for m in alarms[name]["Metrics"] if m.get("ReturnData")]
    assert shown["Expression"] == expression
    used = {m["Id"] for m in alarms[name]["Metrics"]} - {shown["Id"]}
    assert used
    assert all(word in expression for word in used)


def test_alarms_speak_of_what_there_is(alarms, balancer):
    full = balancer["LoadBalancerArn"].split(":loadbalancer/")[1]
    assert alarms["latency"]["Dimensions"] == [{"Name": "LoadBalancer", "Value": full}]
    metrics = [m["MetricStat"]["Metric"] for m in alarms["errors"]["Metrics"] if "MetricStat" in m]
    assert {m["MetricName"] for m in metrics} == {"HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "RequestCount"}
    assert all(m["Dimensions"] == [{"Name": "LoadBalancer", "Value": full}] for m in metrics)


def test_alarms_reach_people_encrypted(aws, key_arns):
    attributes = aws("sns").get_topic_attributes(TopicArn=TOPIC)["Attributes"]
    assert attributes["KmsMasterKeyId"] == key_arns["logs"]
    [subscription] = aws("sns").list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "qa-team@example.com")
    key = json.loads(aws("kms").get_key_policy(KeyId=key_arns["logs"], PolicyName="default")["Policy"])
    principals = [s["Principal"].get("Service") for s in key["Statement"]]
    assert "cloudwatch.amazonaws.com" in principals, "alarms could not publish to the encrypted topic"


def test_three_dashboards(aws):
    names = {entry["DashboardName"] for entry in aws("cloudwatch").list_dashboards()["DashboardEntries"]}
    assert names == {f"{NAME}-application", f"{NAME}-infrastructure", f"{NAME}-cost"}


@pytest.mark.parametrize(
    ("name", "metrics"),
    [
        ("application", {"RequestCount", "TargetResponseTime", "CPUUtilization", "MemoryUtilization", "RunningTaskCount"}),
        ("infrastructure", {"CPUUtilization", "DatabaseConnections", "FreeStorageSpace", "ReadIOPS"}),
        ("cost", {"EstimatedCharges"}),
    ],
)
def test_dashboards_show_what_they_promise(aws, name, metrics):
    body = json.loads(aws("cloudwatch").get_dashboard(DashboardName=f"{NAME}-{name}")["DashboardBody"])
    shown = {metric[1] for widget in body["widgets"] for metric in widget["properties"]["metrics"]}
    assert metrics <= shown


def test_the_trail_records_everything_encrypted(aws, key_arns):
    [trail] = aws("cloudtrail").describe_trails()["trailList"]
    assert trail["IsMultiRegionTrail"]
    assert trail["LogFileValidationEnabled"]
    assert trail["KmsKeyId"] == key_arns["logs"]
    assert aws("cloudtrail").get_trail_status(Name=trail["TrailARN"])["IsLogging"]


def test_dev_costs_as_little_as_it_can(aws, database, service, inside):
    assert not database["MultiAZ"]
    assert database["DBInstanceClass"].endswith("micro")
    assert service["desiredCount"] == 1
    assert aws("ec2").describe_nat_gateways(Filters=inside)["NatGateways"] == []
    assert {group["retentionInDays"] for group in aws("logs").describe_log_groups()["logGroups"]} == {7}


def test_everything_is_backed_up_by_its_tags(aws, key_arns):
    backup = aws("backup")
    [vault] = backup.list_backup_vaults()["BackupVaultList"]
    assert vault["EncryptionKeyArn"] == key_arns["data"]
    [plan] = backup.list_backup_plans()["BackupPlansList"]
    [rule] = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
    assert rule["Lifecycle"]["DeleteAfterDays"] == 7
    [row] = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
    selection = backup.get_backup_selection(BackupPlanId=plan["BackupPlanId"], SelectionId=row["SelectionId"])["BackupSelection"]
    tags = {c["ConditionKey"]: c["ConditionValue"] for c in selection["Conditions"]["StringEquals"]}
    assert tags == {"aws:ResourceTag/Project": "TestDataManagement", "aws:ResourceTag/Environment": "dev"}


def test_every_resource_has_every_tag():
    found = census()
    assert len(found) > 80
    lacking = {arn: sorted(TAGS - set(tags)) for arn, tags in found.items() if tags is not None and not set(tags) >= TAGS}
    assert lacking == {}


def test_tags_have_the_values_of_the_document():
    for arn, tags in census().items():
        if tags is not None:
            values = {key: tags[key] for key in ("Project", "Environment", "CostCenter", "Owner", "Application")}
            assert values == {
                "Project": "TestDataManagement",
                "Environment": "dev",
                "CostCenter": "QA",
                "Owner": "QA-Team",
                "Application": "TestDataTool",
            }, arn
