# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Scaling policies of Application Auto Scaling, with the alarms that target tracking makes."""

from __future__ import annotations

import copy
import uuid

from ..clock import CLOCK
from ..registry import operation
from .application_autoscaling import (
    IDENTITY,
    SERVICE,
    asked_for,
    delete_alarms,
    invalid,
    key_of,
    missing,
    page_of,
    policies,
    target_of,
    words_of,
)
from .ecs_place import Place

_CONFIGURATIONS = {
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "StepScaling": "StepScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}
_ECS_METRICS = {"ECSServiceAverageCPUUtilization": "CPUUtilization", "ECSServiceAverageMemoryUtilization": "MemoryUtilization"}
_BALANCED = "ALBRequestCountPerTarget"


@operation(SERVICE, "PutScalingPolicy")
def put_scaling_policy(call):
    key, name = key_of(call), call.params["PolicyName"]
    target_of(call, key)
    present = policies(call).get((*key, name))
    kind = call.params.get("PolicyType") or (present or {}).get("PolicyType", "StepScaling")
    if present and present["PolicyType"] != kind:
        invalid("The type of an existing scaling policy cannot be changed.")
    member = _CONFIGURATIONS[kind]
    if member not in call.params:
        invalid(f"{member} is required for the policy type {kind}.")
    configuration = copy.deepcopy(call.params[member])
    _check_configuration(call, (*key, name), kind, configuration)
    arn = f"scalingPolicy:{uuid.uuid4()}:resource/{key[0]}/{key[1]}:policyName/{name}"
    policy = {
        "PolicyARN": (present or {}).get("PolicyARN") or call.arn(arn, service="autoscaling"),
        "PolicyName": name,
        **dict(zip(IDENTITY, key, strict=True)),
        "PolicyType": kind,
        member: configuration,
        "CreationTime": (present or {}).get("CreationTime") or CLOCK.now(),
    }
    if present:
        delete_alarms(call, present)
    policy["Alarms"] = _make_alarms(call, policy, configuration) if kind == "TargetTrackingScaling" else []
    policies(call)[(*key, name)] = policy
    return {"PolicyARN": policy["PolicyARN"], "Alarms": policy["Alarms"]}


def _check_configuration(call, name, kind, configuration):
    if kind == "StepScaling":
        if not configuration.get("AdjustmentType") or not configuration.get("StepAdjustments"):
            invalid("AdjustmentType and StepAdjustments are required for step scaling.")
    elif kind == "TargetTrackingScaling":
        _check_tracking(call, name, configuration)


def _check_tracking(call, name, configuration):
    predefined = configuration.get("PredefinedMetricSpecification")
    if bool(predefined) == bool(configuration.get("CustomizedMetricSpecification")):
        invalid("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified.")
    if not predefined:
        return
    kind = predefined["PredefinedMetricType"]
    if name[0] == "ecs" and kind not in (*_ECS_METRICS, _BALANCED):
        invalid(f"The metric type {kind} is not supported for the scalable dimension {name[2]}.")
    if kind == _BALANCED and "/targetgroup/" not in predefined.get("ResourceLabel", ""):
        invalid(f"You must specify a Resource Label when the {_BALANCED} metric is specified.")
    for other, policy in policies(call).items():
        same = policy.get("TargetTrackingScalingPolicyConfiguration", {}).get("PredefinedMetricSpecification", {})
        if other[:3] == name[:3] and other != name and same.get("PredefinedMetricType") == kind:
            invalid("Only one TargetTrackingScaling policy for a given metric specification is allowed.")


def _make_alarms(call, policy, configuration):
    """Make the two alarms of a target tracking policy."""
    alarms, made = Place.of(call).moto("cloudwatch"), []
    for side, comparison, periods, share in (("High", "GreaterThanThreshold", 3, 1.0), ("Low", "LessThanThreshold", 15, 0.9)):
        alarm = alarms.put_metric_alarm(
            name=f"TargetTracking-{policy['ResourceId']}-Alarm{side}-{uuid.uuid4()}",
            comparison_operator=comparison,
            evaluation_periods=periods,
            threshold=configuration["TargetValue"] * share,
            description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy['PolicyARN']}.",
            alarm_actions=[policy["PolicyARN"]],
            metric_data_queries=[],
            period=60,
            **_metric(policy, configuration),
        )
        made.append({"AlarmName": alarm.name, "AlarmARN": alarm.alarm_arn})
    return made


def _metric(policy, configuration):
    own = configuration.get("CustomizedMetricSpecification", {})
    kind = configuration.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
    if kind not in _ECS_METRICS:
        name = own.get("MetricName", "RequestCountPerTarget")
        space, statistic = own.get("Namespace", "AWS/ApplicationELB"), own.get("Statistic", "Sum")
        return {"metric_name": name, "namespace": space, "statistic": statistic, "dimensions": own.get("Dimensions", [])}
    _type, cluster, service = policy["ResourceId"].split("/")
    dimensions = [{"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": service}]
    return {"metric_name": _ECS_METRICS[kind], "namespace": "AWS/ECS", "statistic": "Average", "dimensions": dimensions}


@operation(SERVICE, "DescribeScalingPolicies")
def describe_scaling_policies(call):
    names = call.params.get("PolicyNames", [])
    found = [policy for policy in asked_for(call, policies(call).values()) if not names or policy["PolicyName"] in names]
    return page_of(call, found, "ScalingPolicies")


@operation(SERVICE, "DeleteScalingPolicy")
def delete_scaling_policy(call):
    name = (*key_of(call), call.params["PolicyName"])
    if name not in policies(call):
        missing(f"No scaling policy found for {words_of(name)}, policy name: {name[3]}")
    delete_alarms(call, policies(call).pop(name))
