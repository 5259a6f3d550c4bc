# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Alarms of the emulated account: composite ones follow their children, and topics are told."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

CPU = {
    "MetricName": "m",
    "Namespace": "n",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture
def watch(aws):
    client = aws.client("cloudwatch")
    for name in ("a", "b"):
        client.put_metric_alarm(AlarmName=name, **CPU)
    return client


def state(client, name):
    found = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return (found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"]


def put(client, name, value):
    client.set_alarm_state(AlarmName=name, StateValue=value, StateReason="test")


def test_a_new_alarm_has_no_data_and_a_change_keeps_the_state(watch):
    assert state(watch, "a") == "INSUFFICIENT_DATA"
    put(watch, "a", "ALARM")
    watch.put_metric_alarm(AlarmName="a", **{**CPU, "Threshold": 2})
    assert state(watch, "a") == "ALARM"


@pytest.mark.parametrize(
    ("rule", "first", "second", "expected"),
    [
        ("ALARM(a)", "ALARM", "OK", "ALARM"),
        ('ALARM("a") AND ALARM("b")', "ALARM", "OK", "OK"),
        ("ALARM(a) OR ALARM(b)", "OK", "ALARM", "ALARM"),
        ("NOT OK(a)", "OK", "OK", "OK"),
        ("ALARM(a) AND NOT (ALARM(b) OR FALSE)", "ALARM", "OK", "ALARM"),
        ("ALARM(a) AND NOT (ALARM(b) OR TRUE)", "ALARM", "OK", "OK"),
        ("ALARM(a) OR ALARM(b) AND FALSE", "ALARM", "OK", "ALARM"),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)", "ALARM", "OK", "ALARM"),
    ],
)
def test_a_composite_alarm_follows_its_children(watch, rule, first, second, expected):
    watch.put_composite_alarm(AlarmName="both", AlarmRule=rule)
    put(watch, "a", first)
    put(watch, "b", second)
    assert state(watch, "both") == expected


def test_it_is_listed_only_when_asked_for(watch):
    watch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(a)")
    assert watch.describe_alarms()["CompositeAlarms"] == []
    assert len(watch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]) == 1


@pytest.mark.parametrize("rule", ["ALARM(a", "ALARM(a) AND", "ALARM(c)", "a", "(ALARM(a)", "ALARM(a) ALARM(b)"])
def test_rules_that_make_no_sense_are_refused(watch, rule):
    with pytest.raises(ClientError, match="AlarmRule"):
        watch.put_composite_alarm(AlarmName="both", AlarmRule=rule)


def test_cycles_and_missing_parents_are_refused(watch):
    watch.put_composite_alarm(AlarmName="one", AlarmRule="ALARM(a)")
    watch.put_composite_alarm(AlarmName="two", AlarmRule="ALARM(one)")
    with pytest.raises(ClientError, match="cycle"):
        watch.put_composite_alarm(AlarmName="one", AlarmRule="ALARM(two)")
    with pytest.raises(ClientError, match="depending on it"):
        watch.delete_alarms(AlarmNames=["one"])


def test_topics_are_told_by_children_and_parents(aws, watch):
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic, queue = sns.create_topic(Name="critical")["TopicArn"], sqs.create_queue(QueueName="seen")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    watch.put_metric_alarm(AlarmName="a", AlarmActions=[topic], **CPU)
    watch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(a)", AlarmActions=[topic])

    def told():
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return sorted(json.loads(message["Body"])["AlarmName"] for message in messages)

    put(watch, "a", "ALARM")
    assert told() == ["a", "both"]
    put(watch, "a", "ALARM")
    assert told() == []
    watch.put_composite_alarm(
        AlarmName="both",
        AlarmRule="ALARM(a)",
        AlarmActions=[topic],
        ActionsSuppressor="b",
        ActionsSuppressorWaitPeriod=1,
        ActionsSuppressorExtensionPeriod=1,
    )
    put(watch, "a", "OK")
    put(watch, "b", "ALARM")
    put(watch, "a", "ALARM")
    assert told() == ["a"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm"),
        ({"Period": 61}, "multiple of 60"),
        ({"EvaluationPeriods": 1441}, "more than a day"),
        ({"TreatMissingData": "guess"}, "TreatMissingData"),
        ({"AlarmActions": ["topic"]}, "Invalid arn syntax"),
        ({"ExtendedStatistic": "p99"}, "Exactly one of Statistic"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "ThresholdMetricId"),
    ],
)
def test_refusals(watch, more, words):
    with pytest.raises(ClientError, match=words):
        watch.put_metric_alarm(AlarmName="c", **{**CPU, **more})
