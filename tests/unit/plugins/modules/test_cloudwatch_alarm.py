# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""cloudwatch_alarm and cloudwatch_dashboard: whole alarms are sent, composite alarms, warnings about dashboards."""

from __future__ import annotations

import pytest

CPU = {
    "namespace": "AWS/RDS",
    "metric_name": "CPUUtilization",
    "statistic": "Average",
    "period": 300,
    "evaluation_periods": 2,
    "threshold": 80,
    "comparison_operator": "GreaterThanThreshold",
}
RATE = [
    {"id": "rate", "expression": "100 * errors / requests", "label": "Errors"},
    {
        "id": "errors",
        "metric_stat": {"metric": {"namespace": "shop", "metric_name": "errors"}, "period": 60, "stat": "Sum"},
        "return_data": False,
    },
    {
        "id": "requests",
        "metric_stat": {"metric": {"namespace": "shop", "metric_name": "requests"}, "period": 60, "stat": "Sum"},
        "return_data": False,
    },
]


def alarm(aws, name, **more):
    return aws.run("cloudwatch_alarm", name=name, **{**CPU, **more})


@pytest.fixture
def children(aws):
    for name in ("a", "b"):
        assert alarm(aws, name).changed


def test_a_change_repeats_what_is_there(aws):
    alarm(aws, "cpu", dimensions={"DBInstanceIdentifier": "shop"}, alarm_actions=["arn:aws:sns:us-east-1:123456789012:a"])
    with aws.recorded() as sent:
        aws.run("cloudwatch_alarm", name="cpu", threshold=90)
    parameters = sent.parameters("PutMetricAlarm")
    assert parameters["Threshold"] == 90
    assert parameters["Dimensions"] == [{"Name": "DBInstanceIdentifier", "Value": "shop"}]
    assert parameters["AlarmActions"] == ["arn:aws:sns:us-east-1:123456789012:a"]
    assert not {"StateValue", "AlarmArn", "Tags"} & parameters.keys()


def test_metric_math_is_the_same_in_another_order(aws):
    options = {"evaluation_periods": 5, "threshold": 1, "comparison_operator": "GreaterThanThreshold"}
    aws.run("cloudwatch_alarm", name="rate", metrics=RATE, **options)
    assert not aws.run("cloudwatch_alarm", name="rate", metrics=RATE[::-1], **options).changed
    changed = [{**RATE[0], "expression": "errors"}, *RATE[1:]]
    assert aws.run("cloudwatch_alarm", name="rate", metrics=changed, **options).changed


def test_from_one_metric_to_math_and_back(aws):
    alarm(aws, "cpu")
    with aws.recorded() as sent:
        result = aws.run("cloudwatch_alarm", name="cpu", metrics=RATE)
    assert not result.failed, result.msg
    assert not {"MetricName", "Namespace", "Statistic", "Period"} & sent.parameters("PutMetricAlarm").keys()
    assert not alarm(aws, "cpu").failed
    assert "metrics" not in alarm(aws, "cpu").alarm


def test_a_statistic_gives_way_to_a_percentile(aws):
    alarm(aws, "cpu")
    with aws.recorded() as sent:
        aws.run("cloudwatch_alarm", name="cpu", extended_statistic="p99")
    assert "Statistic" not in sent.parameters("PutMetricAlarm")


def test_creation_says_what_it_needs(aws):
    result = aws.run("cloudwatch_alarm", name="cpu", metric_name="CPUUtilization", check=True)
    assert result.failed
    for name in ("evaluation_periods", "comparison_operator", "threshold", "namespace", "period", "statistic"):
        assert name in result.msg


@pytest.mark.usefixtures("children")
def test_the_life_of_a_composite_alarm(aws):
    def shop(**more):
        return aws.run("cloudwatch_alarm", name="shop", **more)

    assert shop(alarm_rule='ALARM("a") AND NOT ALARM(b)', tags={"Project": "Shop"}, check=True).changed
    made = shop(alarm_rule='ALARM("a") AND NOT ALARM(b)', tags={"Project": "Shop"})
    assert made.alarm["tags"] == {"Project": "Shop"}
    assert not shop(alarm_rule='ALARM("a") AND NOT ALARM(b)', tags={"Project": "Shop"}).changed
    suppressor = {"actions_suppressor": "b", "actions_suppressor_wait_period": 60, "actions_suppressor_extension_period": 120}
    for change in (
        {"alarm_rule": "ALARM(a) OR ALARM(b)"},
        {"alarm_description": "Somebody notices", "alarm_actions": ["arn:aws:sns:us-east-1:123456789012:a"]},
        {"actions_enabled": False},
        suppressor,
    ):
        assert shop(check=True, **change).changed, change
        assert shop(**change).changed
        assert not shop(**change).changed
    refused = aws.run("cloudwatch_alarm", name="a", state="absent")
    assert refused.failed
    assert "composite alarm(s) depending on it" in refused.msg
    assert shop(state="absent").changed
    assert not shop(state="absent").changed


@pytest.mark.usefixtures("children")
def test_a_metric_alarm_becomes_a_composite_one(aws):
    alarm(aws, "shop")
    with aws.recorded() as sent:
        result = aws.run("cloudwatch_alarm", name="shop", alarm_rule="ALARM(a)")
    assert not result.failed, result.msg
    assert sent.writes == ["DeleteAlarms", "PutCompositeAlarm"]
    assert result.alarm["kind"] == "CompositeAlarm"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"alarm_rule": "ALARM(a)", "actions_suppressor": "b"}, "belong together; only actions_suppressor is given"),
        ({"metrics": RATE, "threshold_metric_id": "band"}, "threshold_metric_id band is none of the metrics"),
        ({"comparison_operator": "GreaterThanThreshold", "threshold_metric_id": "rate"}, "compares with a threshold"),
    ],
)
def test_contradictions(aws, options, words):
    result = aws.run("cloudwatch_alarm", name="shop", **options)
    assert result.failed
    assert words in result.msg


# Dashboards


def test_a_body_is_compared_as_data(aws):
    body = {"widgets": [{"type": "text", "width": 6, "properties": {"markdown": "hi"}}]}
    aws.run("cloudwatch_dashboard", name="shop", body=body)
    text = '{ "widgets": [ {"properties": {"markdown": "hi"},   "width": 6, "type": "text"} ] }'
    assert not aws.run("cloudwatch_dashboard", name="shop", body=text).changed


def test_what_aws_finds_odd_is_a_warning(aws):
    body = {"widgets": [{"type": "text", "colour": "red", "properties": {"markdown": "hi"}}]}
    result = aws.run("cloudwatch_dashboard", name="shop", body=body)
    assert result.changed
    assert result.warnings == ["dashboard shop: /widgets/0/colour: Should NOT have additional properties"]


def test_what_aws_refuses_is_told(aws):
    result = aws.run("cloudwatch_dashboard", name="shop", body={"widgets": [{"type": "picture", "properties": {}}]})
    assert result.failed
    assert "/widgets/0/type: Should be one of" in result.msg


SEVERAL = [{"name": "waiting", "threshold": "1000"}, {"name": "dead", "threshold": 0, "alarm_description": "Nobody took it"}]


def several(aws, **more):
    return aws.run("cloudwatch_alarm", **{"alarms": SEVERAL, **CPU, **more})


def test_several_alarms_share_what_is_said_once(aws):
    made = several(aws, tags={"Project": "Shop"})
    assert made.changed
    assert [alarm["alarm_name"] for alarm in made.alarms] == ["waiting", "dead"]
    assert [alarm["threshold"] for alarm in made.alarms] == [1000, 0]
    assert all(alarm["tags"] == {"Project": "Shop"} for alarm in made.alarms)
    assert not several(aws, tags={"Project": "Shop"}).changed
    again = several(aws, alarms=[SEVERAL[0], {**SEVERAL[1], "threshold": 5}])
    assert again.changed
    assert len(again.diff) == 1


def test_several_alarms_go_together(aws):
    several(aws)
    names = [{"name": each["name"]} for each in SEVERAL]
    assert aws.run("cloudwatch_alarm", alarms=names, state="absent").changed
    assert not aws.run("cloudwatch_alarm", alarms=names, state="absent").changed


def test_faults_of_several_alarms_are_told_at_once_and_nothing_is_made(aws):
    wrong = [{"name": "a", "threshold": "high"}, {"name": "b", "treshold": 1}, {"threshold": 1}, {"name": "c"}, {"name": "c"}]
    with aws.recorded() as sent:
        refused = several(aws, alarms=wrong)
    assert refused.failed
    for words in ("a: ", "threshold", "b: ", "treshold", "an alarm without a name: ", "c is there twice."):
        assert words in refused.msg
    assert not sent.writes
