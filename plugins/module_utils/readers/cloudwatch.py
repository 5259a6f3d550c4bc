# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Alarms and dashboards."""

from __future__ import annotations

import json

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

_ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")
unordered("AWS::CloudWatch::Alarm", *_ACTIONS, "Dimensions", "Metrics", "Metrics.MetricStat.Metric.Dimensions")
unordered("AWS::CloudWatch::CompositeAlarm", *_ACTIONS)
defaults("AWS::CloudWatch::Alarm", ActionsEnabled=True, TreatMissingData="missing")
defaults("AWS::CloudWatch::CompositeAlarm", ActionsEnabled=True)

_BOTH = ("ActionsEnabled", "AlarmDescription", "AlarmName", *_ACTIONS)
_METRIC = (
    "ComparisonOperator",
    "DatapointsToAlarm",
    "EvaluateLowSampleCountPercentile",
    "Dimensions",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "MetricName",
    "Metrics",
    "Namespace",
    "Period",
    "Statistic",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
)
_COMPOSITE = ("ActionsSuppressor", "ActionsSuppressorExtensionPeriod", "ActionsSuppressorWaitPeriod", "AlarmRule")
_SCALING = "TargetTracking-"  # alarms that AWS makes for scaling policies and removes with them
# Dashboards of the environment carry no tags, and there is one role that makes them.
_MONITORING = Found("", "", {}, {"Component": "monitoring"})


@reader("AWS::CloudWatch::Alarm")
def alarms(account):
    """Find alarms about metrics."""
    for told, tags in _alarms(account, "MetricAlarm"):
        properties = pick(told, *_BOTH, *_METRIC)
        properties["Metrics"] = [{"ReturnData": True, **each} for each in told.get("Metrics", [])]
        properties["TreatMissingData"] = told.get("TreatMissingData") or "missing"
        yield _alarm("AWS::CloudWatch::Alarm", told, properties, tags)


@reader("AWS::CloudWatch::CompositeAlarm")
def composite_alarms(account):
    """Find alarms about alarms."""
    for told, tags in _alarms(account, "CompositeAlarm"):
        yield _alarm("AWS::CloudWatch::CompositeAlarm", told, pick(told, *_BOTH, *_COMPOSITE), tags)


def _alarms(account, kind):
    api = account.api("cloudwatch", ("ResourceNotFound", "ResourceNotFoundException"))
    described = api.pages("describe_alarms", f"{kind}s", AlarmTypes=[kind])
    listed = [each for each in described if not each["AlarmName"].startswith(_SCALING)]
    tags = side_by_side(lambda one: (api.read("list_tags_for_resource", ResourceARN=one["AlarmArn"]) or {}).get("Tags"), listed)
    return [(told, carried) for told, carried in zip(listed, tags, strict=True) if carried and account.ours(carried)]


def _alarm(kind, told, properties, tags):
    return Found(kind, told["AlarmName"], properties, tags, told["AlarmName"], {"Arn": told["AlarmArn"]})


@reader("AWS::CloudWatch::Dashboard")
def dashboards(account):
    """Find the dashboards whose names begin with the platform's."""
    platform = account.module.params.get("platform")
    if not platform:
        return
    api = account.api("cloudwatch", ("DashboardNotFoundError", "ResourceNotFound"))
    for each in api.pages("list_dashboards", "DashboardEntries", DashboardNamePrefix=f"{platform}-"):
        name = each["DashboardName"]
        found = api.read("get_dashboard", DashboardName=name)
        if found:
            body = json.dumps(json.loads(found["DashboardBody"]), sort_keys=True)
            remembered = {"arn": found.get("DashboardArn")}
            properties = {"DashboardBody": body, "DashboardName": name}
            yield Found("AWS::CloudWatch::Dashboard", name, properties, None, name, parent=_MONITORING, told=remembered)
