# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Alarms and dashboards.

moto keeps them. It has no composite alarms, forgets parts of metric math, begins with the state OK, goes back to it with every
change of an alarm, tells nobody, and accepts any dashboard that is JSON.
"""

from __future__ import annotations

import json
import re

from moto.cloudwatch.models import Alarm, cloudwatch_backends
from moto.sns.models import sns_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
_MISSING = ("breaching", "notBreaching", "ignore", "missing")
_BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
_SIMPLE = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit")


def _backend(call):
    return cloudwatch_backends[call.account][call.region]


# The rule of a composite alarm


_TOKENS = re.compile(r'\s*(\(|\)|AND\b|OR\b|NOT\b|TRUE\b|FALSE\b|(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"[^"]*"|[^()"]+?)\s*\))')


class Rule:
    """A rule such as ``ALARM("a") AND NOT OK(b)``, and what it says at the moment."""

    def __init__(self, text):
        self.tokens, place = [], 0
        while text[place:].strip():
            found = _TOKENS.match(text, place)
            if found is None:
                raise AwsError("ValidationError", f"AlarmRule contains an error near '{text[place : place + 20].strip()}'")
            self.tokens.append(found.group(1))
            place = found.end()
        self.children = [self._child(token)[1] for token in self.tokens if self._child(token)]
        self.state_of = lambda name: "OK"
        self.holds(self.state_of)

    @staticmethod
    def _child(token):
        found = re.fullmatch(r'(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*"?([^"]*?)"?\s*\)', token)
        return found and (found.group(1), found.group(2).rsplit(":alarm:", 1)[-1])

    def holds(self, state_of):
        """Tell whether the rule holds, given the states of the children."""
        self.state_of, self.place = state_of, 0
        value = self._either()
        if self.place < len(self.tokens):
            raise AwsError("ValidationError", f"AlarmRule contains an error near '{self.tokens[self.place]}'")
        return value

    def _next(self, *expected):
        if self.place < len(self.tokens) and self.tokens[self.place] in expected:
            self.place += 1
            return True
        return False

    def _either(self):
        value = self._both()
        while self._next("OR"):
            value = self._both() or value
        return value

    def _both(self):
        value = self._one()
        while self._next("AND"):
            value = self._one() and value
        return value

    def _one(self):
        if self._next("NOT"):
            return not self._one()
        if self._next("("):
            value = self._either()
            if not self._next(")"):
                raise AwsError("ValidationError", "AlarmRule contains an error: a parenthesis is not closed")
            return value
        token = self.tokens[self.place] if self.place < len(self.tokens) else ""
        child = self._child(token)
        if child is None and token not in ("TRUE", "FALSE"):
            raise AwsError("ValidationError", f"AlarmRule contains an error near '{token}'")
        self.place += 1
        return self.state_of(child[1]) == child[0] if child else token == "TRUE"


class Composite(Alarm):
    """An alarm whose state follows from the states of others, whoever asks for it."""

    def __init__(self, call, rule):
        self.backend, self.parsed = _backend(call), Rule(rule)
        nothing = dict.fromkeys(("namespace", "metric_name", "comparison_operator", "statistic", "description"), "")
        nothing.update(evaluation_periods=0, period=0, threshold=0.0, datapoints_to_alarm=None, extended_statistic=None, unit=None)
        nothing.update(metric_data_queries=None, dimensions=[], treat_missing_data=None, threshold_metric_id=None)
        nothing.update(evaluate_low_sample_count_percentile=None, ok_actions=[], alarm_actions=[], insufficient_data_actions=[])
        place = {"account_id": call.account, "region_name": call.region, "name": call.params["AlarmName"]}
        super().__init__(**place, **nothing, actions_enabled=True, rule=rule)

    @property
    def state_value(self):
        """Return ALARM while the rule holds, else OK."""
        states = {alarm.name: alarm for alarm in self.backend.alarms.values() if alarm is not self}
        holds = self.parsed.holds(lambda name: states[name].state_value if name in states else "INSUFFICIENT_DATA")
        return "ALARM" if holds else "OK"

    @state_value.setter
    def state_value(self, value):
        """Take no state: SetAlarmState on a composite alarm lasts until its next evaluation, which is at once."""


# Alarms


def _alarm(call, name):
    alarm = _backend(call).alarms.get(name)
    if alarm is None:
        raise AwsError("ResourceNotFound", "The named resource does not exist.")
    return alarm


def _check_metric_alarm(given):
    if ("MetricName" in given) == bool(given.get("Metrics")):
        raise AwsError("InvalidParameterCombination", "Exactly one of the parameters Metrics and MetricName must be specified.")
    if given.get("Metrics") and any(key in given for key in _SIMPLE):
        raise AwsError("InvalidParameterCombination", "Metrics list parameter must not be specified with MetricName and its like.")
    if ("Threshold" in given) == ("ThresholdMetricId" in given):
        raise AwsError("InvalidParameterCombination", "Exactly one of Threshold and ThresholdMetricId must be specified.")
    if (given.get("ComparisonOperator") in _BANDS) != ("ThresholdMetricId" in given):
        raise AwsError("ValidationError", "This comparison operator and ThresholdMetricId must be used together.")
    if given.get("DatapointsToAlarm", 0) > given.get("EvaluationPeriods", 1):
        raise AwsError("ValidationError", "DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    if given.get("TreatMissingData", "missing") not in _MISSING:
        raise AwsError("ValidationError", f"TreatMissingData must be one of {', '.join(_MISSING)}.")
    if "MetricName" in given and ("Statistic" in given) == ("ExtendedStatistic" in given):
        raise AwsError("InvalidParameterCombination", "Exactly one of Statistic and ExtendedStatistic must be specified.")
    _check_metrics(given)
    _check_periods(given)


def _check_metrics(given):
    metrics, band = given.get("Metrics", []), given.get("ThresholdMetricId")
    names = [metric["Id"] for metric in metrics]
    if len(names) != len(set(names)) or any(not re.match(r"[a-z]\w*$", name) for name in names):
        raise AwsError("ValidationError", "Ids of metrics must be unique and begin with a lowercase letter.")
    if any(("MetricStat" in metric) == ("Expression" in metric) for metric in metrics):
        raise AwsError("ValidationError", "Each metric needs exactly one of MetricStat and Expression.")
    told = [metric["Id"] for metric in metrics if metric.get("ReturnData", True) and metric["Id"] != band]
    if metrics and len(told) != 1:
        raise AwsError("ValidationError", "Exactly one element of the metrics list should return data.")
    if band and band not in names:
        raise AwsError("ValidationError", f"ThresholdMetricId {band} is not in the metrics list.")


def _check_periods(given):
    periods = [given["Period"]] if "Period" in given else []
    periods += [metric["MetricStat"]["Period"] for metric in given.get("Metrics", []) if "MetricStat" in metric]
    for period in periods:
        if period not in (10, 20, 30) and period % 60:
            raise AwsError("ValidationError", "Period must be 10, 20, 30 or a multiple of 60.")
        if period * given.get("EvaluationPeriods", 1) > (604800 if period >= 3600 else 86400):
            raise AwsError("ValidationError", "Metrics cannot be checked across more than a day (EvaluationPeriods * Period).")


def _check_actions(given):
    for key in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for arn in given.get(key, []):
            if not re.match(r"arn:aws[a-z-]*:[a-z0-9-]+:", arn):
                raise AwsError("ValidationError", f"Invalid arn syntax: {arn}")


@operation("cloudwatch", "PutMetricAlarm")
def put_metric_alarm(call):
    given = {key: value for key, value in call.params.everything().items() if key != "Tags"}
    _check_metric_alarm(given)
    _check_actions(given)
    backend, name = _backend(call), given["AlarmName"]
    before = backend.alarms.get(name)
    if isinstance(before, Composite):
        raise AwsError("ValidationError", f"A composite alarm with the name {name} exists already.")
    tags = backend.tagger.get_tag_dict_for_resource(before.alarm_arn) if before else None
    call.forward()
    alarm = backend.alarms[name]
    alarm.given = given
    if before is None:
        alarm.state_value = "INSUFFICIENT_DATA"
    else:  # a change keeps state and history, and tags are taken at creation only
        for kept in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history"):
            setattr(alarm, kept, getattr(before, kept))
        backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
        backend.tagger.tag_resource(alarm.alarm_arn, [{"Key": key, "Value": value} for key, value in tags.items()])
    _tell_parents(call, {})


@operation("cloudwatch", "PutCompositeAlarm")
def put_composite_alarm(call):
    given = {key: value for key, value in call.params.everything().items() if key != "Tags"}
    _check_actions(given)
    backend, name = _backend(call), given["AlarmName"]
    before = backend.alarms.get(name)
    if before is not None and not isinstance(before, Composite):
        raise AwsError("ValidationError", f"A metric alarm with the name {name} exists already.")
    alarm = Composite(call, given["AlarmRule"])
    _check_children(backend, name, alarm.parsed)
    suppressor = given.get("ActionsSuppressor")
    if suppressor and suppressor.rsplit(":alarm:", 1)[-1] not in backend.alarms:
        raise AwsError("ValidationError", f"ActionsSuppressor {suppressor} does not exist.")
    waits = [key for key in ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod") if key in given]
    if bool(suppressor) != (len(waits) == 2):
        text = "ActionsSuppressor, ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must be specified together."
        raise AwsError("ValidationError", text)
    alarm.given, alarm.actions_enabled = given, given.get("ActionsEnabled", True)
    backend.alarms[name] = alarm
    if before is None and call.params.get("Tags"):
        backend.tagger.tag_resource(alarm.alarm_arn, call.params["Tags"])


def _check_children(backend, name, rule):
    missing = sorted({child for child in rule.children if child not in backend.alarms})
    if missing:
        raise AwsError("ValidationError", f"AlarmRule must not contain non-existing alarms: {', '.join(missing)}")
    seen, left = set(), list(rule.children)
    while left:
        child = left.pop()
        if child == name:
            raise AwsError("ValidationError", f"AlarmRule must not contain a cycle: {name}")
        if child not in seen and isinstance(backend.alarms[child], Composite):
            left += backend.alarms[child].parsed.children
        seen.add(child)


@operation("cloudwatch", "DeleteAlarms")
def delete_alarms(call):
    backend, names = _backend(call), call.params["AlarmNames"]
    for name in names:
        if any(isinstance(alarm, Composite) and name in alarm.parsed.children for alarm in backend.alarms.values()):
            raise AwsError("ValidationError", f"Cannot delete {name} as there are composite alarm(s) depending on it.")
    for name in names:
        alarm = backend.alarms.pop(name, None)
        if alarm is not None:
            backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)


_OF_MOTO = {
    "AlarmName": "name",
    "AlarmDescription": "description",
    "Namespace": "namespace",
    "MetricName": "metric_name",
    "Statistic": "statistic",
    "ExtendedStatistic": "extended_statistic",
    "Period": "period",
    "Unit": "unit",
    "EvaluationPeriods": "evaluation_periods",
    "DatapointsToAlarm": "datapoints_to_alarm",
    "Threshold": "threshold",
    "ComparisonOperator": "comparison_operator",
    "TreatMissingData": "treat_missing_data",
    "AlarmActions": "alarm_actions",
    "OKActions": "ok_actions",
    "InsufficientDataActions": "insufficient_data_actions",
}


def _given(alarm):
    """Return what an alarm was made with; others inside the account, such as autoscaling policies, make them without us."""
    if hasattr(alarm, "given"):
        return alarm.given
    told = {key: getattr(alarm, name) for key, name in _OF_MOTO.items()}
    dimensions = [{"Name": dimension.name, "Value": dimension.value} for dimension in alarm.dimensions]
    return {"Dimensions": dimensions, **{key: value for key, value in told.items() if value is not None}}


def _shown(alarm):
    """Return an alarm as AWS tells it: what was put, and the state."""
    given = _given(alarm)
    defaults = {"AlarmActions": [], "OKActions": [], "InsufficientDataActions": []}
    if not isinstance(alarm, Composite) and not given.get("Metrics"):
        defaults["Dimensions"] = []
    if given.get("Metrics"):
        given = {**given, "Metrics": [{"ReturnData": True, **metric} for metric in given["Metrics"]]}
    state = {
        "AlarmArn": alarm.alarm_arn,
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateUpdatedTimestamp": alarm.state_updated_timestamp,
        "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp,
    }
    return {**defaults, **given, **state, "ActionsEnabled": alarm.actions_enabled}


def _is_asked_for(call, alarm):
    given = _given(alarm)
    names, prefix = call.params.get("AlarmNames"), call.params.get("AlarmNamePrefix", "")
    actions = [arn for key in ("AlarmActions", "OKActions", "InsufficientDataActions") for arn in given.get(key, [])]
    action = call.params.get("ActionPrefix")
    return (
        (not names or alarm.name in names)
        and alarm.name.startswith(prefix)
        and call.params.get("StateValue") in (None, alarm.state_value)
        and (not action or any(arn.startswith(action) for arn in actions))
    )


@operation("cloudwatch", "DescribeAlarms")
def describe_alarms(call):
    types, size = call.params.get("AlarmTypes", ["MetricAlarm"]), call.params.get("MaxRecords", 50)
    start = int(call.params.get("NextToken") or 0)
    call.params.take("AlarmNames", "AlarmNamePrefix", "StateValue", "ActionPrefix")
    asked = [alarm for alarm in _backend(call).alarms.values() if _is_asked_for(call, alarm)]
    found = [alarm for alarm in asked if ("CompositeAlarm" if isinstance(alarm, Composite) else "MetricAlarm") in types]
    page = found[start : start + size]
    more = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return {
        "MetricAlarms": [_shown(alarm) for alarm in page if not isinstance(alarm, Composite)],
        "CompositeAlarms": [_shown(alarm) for alarm in page if isinstance(alarm, Composite)],
        **more,
    }


# What an alarm does when its state changes


@operation("cloudwatch", "SetAlarmState")
def set_alarm_state(call):
    backend, alarm = _backend(call), _alarm(call, call.params["AlarmName"])
    before = {each.name: each.state_value for each in backend.alarms.values()}
    call.params.take("StateReason", "StateReasonData", "StateValue")
    if call.params["StateValue"] not in STATES:
        raise AwsError("ValidationError", f"StateValue must be one of {', '.join(STATES)}.")
    alarm.update_state(call.params["StateReason"], call.params.get("StateReasonData"), call.params["StateValue"])
    _tell_parents(call, before)


def _tell_parents(call, before):
    """Carry out the actions of every alarm whose state is another one than before."""
    for alarm in list(_backend(call).alarms.values()):
        if before.get(alarm.name, alarm.state_value) != alarm.state_value:
            alarm.state_updated_timestamp = CLOCK.now()
            _act(call, alarm, before[alarm.name])


def _act(call, alarm, old):
    given = getattr(alarm, "given", {})
    suppressor = _backend(call).alarms.get(given.get("ActionsSuppressor", "").rsplit(":alarm:", 1)[-1])
    if not alarm.actions_enabled or (suppressor is not None and suppressor.state_value == "ALARM"):
        return
    key = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}[alarm.state_value]
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": given.get("AlarmDescription"),
        "AWSAccountId": call.account,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": CLOCK.now().isoformat(),
        "Region": call.region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old,
    }
    for arn in given.get(key, []):
        if arn.split(":")[2] == "sns":
            topic = sns_backends[arn.split(":")[4]][arn.split(":")[3]].topics.get(arn)
            if topic is not None:
                topic.publish(json.dumps(message), subject=f'{alarm.state_value}: "{alarm.name}" in {call.region}'[:100])


# Dashboards


_WIDGETS = ("alarm", "custom", "explorer", "log", "metric", "text")
_WIDGET_MEMBERS = {"type", "x", "y", "width", "height", "properties"}


def _body_faults(body):
    """Return errors and warnings about a dashboard, each with its path."""
    if not isinstance(body, dict) or not isinstance(body.get("widgets"), list):
        return [("/", "The dashboard body is invalid, there is no list of widgets")], []
    errors, warnings = [], []
    for number, widget in enumerate(body["widgets"]):
        path = f"/widgets/{number}"
        if widget.get("type") not in _WIDGETS:
            errors.append((f"{path}/type", f"Should be one of {', '.join(_WIDGETS)}"))
        if not isinstance(widget.get("properties"), dict):
            errors.append((f"{path}/properties", "Should have required property 'properties'"))
        for key, most in (("width", 24), ("height", 1000)):
            if not 1 <= widget.get(key, 6) <= most:
                errors.append((f"{path}/{key}", f"Should be between 1 and {most}"))
        warnings += [(f"{path}/{key}", "Should NOT have additional properties") for key in sorted(widget.keys() - _WIDGET_MEMBERS)]
    return errors, warnings


@operation("cloudwatch", "PutDashboard")
def put_dashboard(call):
    name = call.params["DashboardName"]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        raise AwsError("InvalidParameterInput", f"Dashboard name {name} is invalid")
    try:
        body = json.loads(call.params["DashboardBody"])
    except ValueError:
        raise AwsError("InvalidParameterInput", "The dashboard body is not valid JSON") from None
    errors, warnings = _body_faults(body)
    if errors:
        told = "; ".join(f"{path}: {text}" for path, text in errors)
        raise AwsError("InvalidParameterInput", f"The dashboard body is invalid, there are {len(errors)} validation errors: {told}")
    call.forward()
    return {"DashboardValidationMessages": [{"DataPath": path, "Message": text} for path, text in warnings]}
