# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

ALARM, COMPOSITE, DASHBOARD = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Dashboard"
BUSY = {
    "namespace": "AWS/RDS",
    "metric_name": "CPUUtilization",
    "dimensions": {"DBInstanceIdentifier": "shop"},
    "statistic": "Average",
    "period": 300,
    "comparison_operator": "GreaterThanThreshold",
    "threshold": 80,
    "evaluation_periods": 2,
}


def alarm(aws, name="shop-dev-cpu", **options):
    result = aws.run("cloudwatch_alarm", **{"name": name, "tags": OURS, **options})
    assert not result.failed, result.msg
    return result.alarm["arn"]


def test_an_alarm_comes_back_with_whom_it_tells(aws):
    topic = aws.run("sns_topic", name="shop-dev-alarms", tags=OURS).topic["arn"]
    alarm(aws, **BUSY, alarm_description="Busy", alarm_actions=[topic], datapoints_to_alarm=1)
    assert read_back(aws, ALARM) == {
        "StorageAlarmCpu": {
            "ActionsEnabled": True,
            "AlarmActions": [{"Ref": "StorageTopicAlarms"}],
            "AlarmDescription": "Busy",
            "AlarmName": "shop-dev-cpu",
            "ComparisonOperator": "GreaterThanThreshold",
            "DatapointsToAlarm": 1,
            "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "shop"}],
            "EvaluationPeriods": 2,
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/RDS",
            "Period": 300,
            "Statistic": "Average",
            "Tags": PAIRS,
            "Threshold": 80.0,
            "TreatMissingData": "missing",
        }
    }


def test_an_alarm_about_a_formula_keeps_its_metrics(aws):
    metric = {"namespace": "AWS/ApplicationELB", "metric_name": "RequestCount", "dimensions": [{"name": "Zone", "value": "a"}]}
    metrics = [
        {"id": "share", "expression": "100 * few / 7", "label": "Share", "return_data": True},
        {"id": "few", "metric_stat": {"metric": metric, "period": 60, "stat": "Sum"}, "return_data": False},
    ]
    how = {name: BUSY[name] for name in ("comparison_operator", "threshold", "evaluation_periods")}
    alarm(aws, metrics=metrics, **how)
    found = read_back(aws, ALARM)["StorageAlarmCpu"]
    assert found["Metrics"] == [
        {"Expression": "100 * few / 7", "Id": "share", "Label": "Share", "ReturnData": True},
        {
            "Id": "few",
            "MetricStat": {
                "Metric": {
                    "Dimensions": [{"Name": "Zone", "Value": "a"}],
                    "MetricName": "RequestCount",
                    "Namespace": "AWS/ApplicationELB",
                },
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        },
    ]


def test_an_alarm_about_alarms_comes_back(aws):
    alarm(aws, **BUSY)
    alarm(aws, "shop-dev-any", alarm_rule="ALARM(shop-dev-cpu)", actions_enabled=False)
    assert read_back(aws, COMPOSITE) == {
        "StorageCompositeAlarmAny": {
            "ActionsEnabled": False,
            "AlarmName": "shop-dev-any",
            "AlarmRule": "ALARM(shop-dev-cpu)",
            "Tags": PAIRS,
        }
    }


def test_alarms_of_others_and_of_scaling_are_left_alone(aws):
    alarm(aws, "TargetTracking-service/shop-AlarmHigh-1", **BUSY)
    alarm(aws, "other", **{**BUSY, "tags": {"Project": "Other"}})
    with aws.recorded() as sent:
        assert read_back(aws, ALARM, COMPOSITE) == {}
    assert sent.parameters("ListTagsForResource")["ResourceARN"].endswith(":other")


def test_a_dashboard_is_known_by_its_name_and_refers_to_what_it_shows(aws):
    topic = aws.run("sns_topic", name="shop-dev-alarms", tags=OURS).topic["arn"]
    body = {"widgets": [{"type": "text", "x": 0, "y": 0, "width": 6, "height": 6, "properties": {"markdown": f"${{x}} {topic}"}}]}
    for name in ("shop-dev-health", "shop-device"):
        assert aws.run("cloudwatch_dashboard", name=name, body=body).changed
    found = read_back(aws, DASHBOARD)
    text = json.dumps(body, sort_keys=True).replace("${x}", "${!x}").replace(topic, "${StorageTopicAlarms}")
    assert found == {"MonitoringDashboardHealth": {"DashboardBody": {"Fn::Sub": text}, "DashboardName": "shop-dev-health"}}


def test_without_a_platform_no_dashboard_is_anybodys(aws):
    aws.run("cloudwatch_dashboard", name="shop-dev-health", body={"widgets": []})
    assert read_back(aws, DASHBOARD, platform="") == {}
