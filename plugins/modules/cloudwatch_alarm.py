#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_alarm
version_added: 0.1.0
short_description: Manage CloudWatch alarms, on a metric, on metric math or on other alarms
description:
  - Creates, changes and removes alarms. What an alarm watches is given by O(metric_name), O(metrics) or O(alarm_rule).
  - A change keeps the state of the alarm. Only a change between an alarm on metrics and one on alarms makes it anew.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.cloudwatch_metric_alarm
    description: >-
      Reports a change in every run for an alarm on metric math. It knows neither composite alarms, anomaly detection nor tags.
options:
  name:
    description: Name of the alarm. Either this or O(alarms) is needed.
    type: str
  alarms:
    description:
      - Several alarms in one task. Each has a C(name) and any of the other options; what is given beside O(alarms) holds for all
        of them that do not say otherwise.
      - All are checked before the first is touched.
    type: list
    elements: dict
  alarm_description:
    description: What it means and what to do, for the people who get it.
    type: str
  actions_enabled:
    description: Whether it acts when its state changes.
    type: bool
  alarm_actions:
    description: All ARNs that are told when it goes off, for example topics; at most five.
    type: list
    elements: str
  ok_actions:
    description: All ARNs that are told when it is over.
    type: list
    elements: str
  insufficient_data_actions:
    description: All ARNs that are told when data are missing.
    type: list
    elements: str
  namespace:
    description: Namespace of the metric, for example V(AWS/ECS).
    type: str
  metric_name:
    description: Name of the one metric that is watched.
    type: str
  dimensions:
    description: All dimensions of the metric, by name.
    type: dict
  statistic:
    description: What is made of the values of a period.
    type: str
    choices: [SampleCount, Average, Sum, Minimum, Maximum]
  extended_statistic:
    description: A percentile or the like in place of O(statistic), for example V(p99).
    type: str
  period:
    description: Seconds of a period, 10, 20, 30 or a multiple of 60.
    type: int
  unit:
    description: Unit of the values. Values of another unit are not looked at, so leave it out unless there are several.
    type: str
  metrics:
    description:
      - Metrics and expressions, in the names of the API, each with an C(id) and either C(metric_stat) or C(expression).
      - Exactly one has C(return_data), which is true when it is left out.
    type: list
    elements: dict
  evaluation_periods:
    description: How many of the last periods are looked at.
    type: int
  datapoints_to_alarm:
    description: How many of them have to be bad. AWS takes all when it is left out.
    type: int
  threshold:
    description: The limit.
    type: float
  threshold_metric_id:
    description: Id of the C(ANOMALY_DETECTION_BAND) expression in O(metrics) that takes the place of a limit.
    type: str
  comparison_operator:
    description: Which side of the limit is bad.
    type: str
    choices:
      - GreaterThanOrEqualToThreshold
      - GreaterThanThreshold
      - LessThanThreshold
      - LessThanOrEqualToThreshold
      - LessThanLowerOrGreaterThanUpperThreshold
      - LessThanLowerThreshold
      - GreaterThanUpperThreshold
  treat_missing_data:
    description: What a period without data counts as. AWS takes V(missing) when it is left out, which keeps the state.
    type: str
    choices: [breaching, notBreaching, ignore, missing]
  evaluate_low_sample_count_percentile:
    description: Whether a percentile of few values is looked at.
    type: str
    choices: [evaluate, ignore]
  alarm_rule:
    description: For an alarm on other alarms, when it goes off, for example V(ALARM("a"\) AND NOT ALARM("b"\)).
    type: str
  actions_suppressor:
    description: Name or ARN of an alarm on whose state an alarm with O(alarm_rule) keeps silent, for example during maintenance.
    type: str
  actions_suppressor_wait_period:
    description: Seconds that it waits for the suppressor to go off. Needed with O(actions_suppressor).
    type: int
  actions_suppressor_extension_period:
    description: Seconds that it keeps silent after the suppressor is over. Needed with O(actions_suppressor).
    type: int
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The database is busy
  slipway.aws.cloudwatch_alarm:
    name: shop-dev-database-cpu
    namespace: AWS/RDS
    metric_name: CPUUtilization
    dimensions:
      DBInstanceIdentifier: shop-dev
    statistic: Average
    period: 300
    evaluation_periods: 2
    threshold: 80
    comparison_operator: GreaterThanThreshold
    alarm_actions: ["{{ critical.topic.arn }}"]
    tags:
      Project: Shop

- name: More than one in a hundred answers is an error
  slipway.aws.cloudwatch_alarm:
    name: shop-dev-errors
    metrics:
      - id: rate
        expression: 100 * errors / requests
        label: Errors in per cent
      - id: errors
        metric_stat: &errors
          metric:
            namespace: AWS/ApplicationELB
            metric_name: HTTPCode_Target_5XX_Count
            dimensions: [{name: LoadBalancer, value: app/shop-dev/50dc6c495c0c9188}]
          period: 60
          stat: Sum
        return_data: false
      - id: requests
        metric_stat:
          metric:
            namespace: AWS/ApplicationELB
            metric_name: RequestCount
            dimensions: [{name: LoadBalancer, value: app/shop-dev/50dc6c495c0c9188}]
          period: 60
          stat: Sum
        return_data: false
    evaluation_periods: 5
    datapoints_to_alarm: 3
    threshold: 1
    comparison_operator: GreaterThanThreshold
    treat_missing_data: notBreaching

- name: Call somebody only when customers notice
  slipway.aws.cloudwatch_alarm:
    name: shop-dev-customers-notice
    alarm_rule: ALARM("shop-dev-errors") OR ALARM("shop-dev-latency")
    alarm_actions: ["{{ critical.topic.arn }}"]

- name: A queue and its dead letters
  slipway.aws.cloudwatch_alarm:
    namespace: AWS/SQS
    metric_name: ApproximateNumberOfMessagesVisible
    statistic: Maximum
    period: 300
    evaluation_periods: 1
    comparison_operator: GreaterThanThreshold
    alarm_actions: ["{{ warning.topic.arn }}"]
    alarms:
      - {name: shop-dev-orders-waiting, dimensions: {QueueName: shop-dev-orders}, threshold: 1000}
      - {name: shop-dev-orders-dead, dimensions: {QueueName: shop-dev-orders-dead}, threshold: 0}

- name: No alarm any more
  slipway.aws.cloudwatch_alarm:
    name: shop-dev-customers-notice
    state: absent
"""

RETURN = r"""
alarms:
  description: The alarms in the order of O(alarms), each as RV(alarm).
  returned: when O(alarms) is given
  type: list
  elements: dict
alarm:
  description: The alarm; empty when it is absent.
  returned: when O(name) is given
  type: dict
  contains:
    arn:
      description: ARN of the alarm.
      type: str
      sample: arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-dev-errors
    state_value:
      description: V(OK), V(ALARM) or V(INSUFFICIENT_DATA).
      type: str
    tags:
      description: Its tags.
      type: dict
"""

from copy import copy

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.spec import argument_spec
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit")
_ANY_METRIC = ("metric_name", "namespace", "dimensions", "statistic", "extended_statistic", "period", "unit", "metrics")
_ANY_METRIC += ("evaluation_periods", "datapoints_to_alarm", "threshold", "threshold_metric_id", "comparison_operator")
_ANY_METRIC += ("treat_missing_data", "evaluate_low_sample_count_percentile")
_BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
_SUPPRESSOR = ("actions_suppressor", "actions_suppressor_wait_period", "actions_suppressor_extension_period")
# What excludes each other: a wish for the one takes the other out of what is sent.
_EITHER = (("Statistic", "ExtendedStatistic"), ("Threshold", "ThresholdMetricId"))


class Alarm(Resource):
    """An alarm. AWS takes it as a whole each time, so a change is laid over what is there."""

    service = "cloudwatch"
    noun = "alarm"
    missing = ("ResourceNotFound", "ResourceNotFoundException")
    immutable = ("Kind",)
    replaceable = "delete first"
    unordered = ("AlarmActions", "Dimensions", "InsufficientDataActions", "Metrics", "OKActions")
    outputs = ("arn",)
    misfits = ()  # of one among several: what its options are not

    def run(self):
        if self.params["alarms"] is None:
            super().run()
        several, faults = [], []
        for each in self.params["alarms"]:
            one = self._one(each)
            faults += [f"{one.name or 'an alarm without a name'}: {fault}" for fault in one.validate()]
            several.append(one)
        names = [one.name for one in several]
        faults += [f"{name} is there twice." for name in sorted({name for name in names if names.count(name) > 1})]
        if faults:
            self.fail(" ".join(faults))
        results = [one.outcome() for one in several]
        self.module.exit_json(
            changed=any(each["changed"] for each in results),
            diff=[each["diff"] for each in results if each["changed"]],
            alarms=[each["alarm"] for each in results],
        )

    def _one(self, own):
        """Return one alarm of several, with what holds for all of them."""
        spec = argument_spec(DOCUMENTATION)
        allowed = {name: option for name, option in spec.items() if name not in ("alarms", "state")}
        common = {name: value for name, value in self.params.items() if name in allowed and value is not None}
        checked = ArgumentSpecValidator(allowed).validate({**common, **own})
        one = copy(self)
        one.params = {**self.params, **checked.validated_parameters, "alarms": None}
        one.misfits = [f"{message}." for message in checked.error_messages]
        return one

    def validate(self):
        if self.misfits:
            return self.misfits
        if not self.params["name"]:
            return ["name cannot be empty."]
        given = {key: value for key, value in self.params.items() if value is not None}
        checks = (_kind_faults, _source_faults, _period_faults, _band_faults, _metrics_faults)
        return [fault for check in checks for fault in check(given)]

    def find(self):
        kinds = ["MetricAlarm", "CompositeAlarm"]  # left out, AWS looks at alarms on metrics only
        found = self.read("describe_alarms", AlarmNames=[self.name], AlarmTypes=kinds)
        composite = bool(found["CompositeAlarms"])
        have = next(iter((*found["CompositeAlarms"], *found["MetricAlarms"])), None)
        if have is None:
            return None
        if have.get("Metrics"):
            have["Metrics"] = [{"ReturnData": True, **metric} for metric in have["Metrics"]]
        tags = (self.read("list_tags_for_resource", ResourceARN=have["AlarmArn"]) or {}).get("Tags")
        kind = "CompositeAlarm" if composite else "MetricAlarm"
        return {"AlarmDescription": "", **have, "Kind": kind, "arn": have["AlarmArn"], "Tags": from_form(tags)}

    def want(self, have):
        composite = self.params["alarm_rule"] is not None or (
            have is not None and self._silent() and have["Kind"] == "CompositeAlarm"
        )
        operation = "PutCompositeAlarm" if composite else "PutMetricAlarm"
        dimensions = self.params["dimensions"]
        if isinstance(dimensions, dict):
            self.params["dimensions"] = [{"name": key, "value": value} for key, value in sorted(dimensions.items())]
        wanted = self.request(operation, AlarmName=self.name)
        if wanted.get("Metrics"):
            wanted["Metrics"] = [{"ReturnData": True, **metric} for metric in wanted["Metrics"]]
        kind = "CompositeAlarm" if composite else "MetricAlarm"
        if have is None or have["Kind"] != kind:
            self._check_complete(composite)
        return {**wanted, "Kind": kind}

    def _silent(self):
        return all(self.params[name] is None for name in _ANY_METRIC)

    def _check_complete(self, composite):
        lacking = [] if composite else [name for name in ("evaluation_periods", "comparison_operator") if self.params[name] is None]
        if not composite and self.params["threshold"] is None and self.params["threshold_metric_id"] is None:
            lacking.append("threshold")
        if not composite and not self.params["metrics"]:
            lacking += [name for name in ("metric_name", "namespace", "period") if self.params[name] is None]
            lacking += [] if self.params["statistic"] or self.params["extended_statistic"] else ["statistic"]
        if lacking:
            self.fail(
                f"alarm {self.name} has to be created, and for that {', '.join(lacking)} has to be given, or metrics or alarm_rule."
            )

    def create(self, want):
        self._put({key: value for key, value in want.items() if value is not None})

    def update(self, have, changes):
        operation = "PutCompositeAlarm" if have["Kind"] == "CompositeAlarm" else "PutMetricAlarm"
        known = self.client.meta.service_model.operation_model(operation).input_shape.members
        kept = {key: value for key, value in have.items() if key in known and key != "Tags" and not _excluded(key, changes)}
        self._put({**kept, **changes, "Kind": have["Kind"]})

    def _put(self, alarm):
        composite = alarm.pop("Kind") == "CompositeAlarm"
        if not alarm.get("AlarmDescription"):
            alarm.pop("AlarmDescription", None)
        self.write("put_composite_alarm" if composite else "put_metric_alarm", **alarm)

    def delete(self, have):
        self.write("delete_alarms", tolerate=self.missing, AlarmNames=[self.name])


def _excluded(key, changes):
    """Tell whether a present entry has no place beside the changes."""
    if "Metrics" in changes and key in _ONE_METRIC:
        return True
    if any(name in changes for name in _ONE_METRIC) and key == "Metrics":
        return True
    return any(key in pair and any(other in changes for other in pair if other != key) for pair in _EITHER)


def _kind_faults(given):
    metric, suppressor = ([name for name in names if name in given] for names in (_ANY_METRIC, _SUPPRESSOR))
    if "alarm_rule" in given and metric:
        yield f"alarm_rule watches other alarms, so {', '.join(metric)} has no place beside it."
    elif suppressor and metric:
        yield f"{', '.join(suppressor)} is for alarms with alarm_rule."
    if suppressor and len(suppressor) < len(_SUPPRESSOR):
        yield f"{', '.join(_SUPPRESSOR)} belong together; only {', '.join(suppressor)} is given."


def _source_faults(given):
    for pair in (("metric_name", "metrics"), ("statistic", "extended_statistic"), ("threshold", "threshold_metric_id")):
        if all(name in given for name in pair):
            yield f"{' and '.join(pair)} exclude each other."


def _period_faults(given):
    periods, count = given.get("evaluation_periods"), given.get("datapoints_to_alarm")
    if periods is not None and count is not None and count > periods:
        yield f"datapoints_to_alarm ({count}) cannot be more than evaluation_periods ({periods})."
    lengths = [given["period"]] if "period" in given else []
    lengths += [each["metric_stat"]["period"] for each in given.get("metrics", []) if "period" in each.get("metric_stat", {})]
    for length in map(int, lengths):
        if length not in (10, 20, 30) and (length < 60 or length % 60):
            yield f"period is {length}, it has to be 10, 20, 30 or a multiple of 60."


def _band_faults(given):
    operator = given.get("comparison_operator")
    if operator in _BANDS and "threshold_metric_id" not in given:
        yield f"comparison_operator {operator} compares with a band: give threshold_metric_id, the id of its expression in metrics."
    if operator is not None and operator not in _BANDS and "threshold_metric_id" in given:
        yield f"comparison_operator {operator} compares with a threshold, so threshold_metric_id has no place beside it."


def _metrics_faults(given):
    metrics = given.get("metrics", [])
    names, band = [each.get("id") for each in metrics], given.get("threshold_metric_id")
    for name in names:
        if not name or not str(name)[0].islower():
            yield f"metrics: id {name} has to begin with a lowercase letter."
    told = [each.get("id") for each in metrics if each.get("return_data", True) and each.get("id") != band]
    if metrics and len(told) != 1:
        names_told = ", ".join(map(str, told)) or "none"
        yield f"metrics: exactly one has to return data, {names_told} does; set return_data of the others to false."
    if metrics and band and band not in names:
        yield f"threshold_metric_id {band} is none of the metrics {', '.join(map(str, names))}."


def main():
    Alarm.main(DOCUMENTATION, required_one_of=[("name", "alarms")], mutually_exclusive=[("name", "alarms")])


if __name__ == "__main__":
    main()
