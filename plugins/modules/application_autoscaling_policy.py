#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: application_autoscaling_policy
version_added: 0.1.0
short_description: Manage scaling policies of Application Auto Scaling
description:
  - Says by which metric, or by which steps, a registered resource such as an ECS service is scaled.
  - The resource is registered with M(slipway.aws.application_autoscaling_target); this module never registers one.
  - AWS makes the alarms of a target tracking policy itself and removes them with the policy.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.application_autoscaling_policy
    description: Registers the target and writes the policy in check mode as well. It knows five services and no predictive scaling.
options:
  name:
    description: Name of the policy; unique for its resource and dimension.
    type: str
    required: true
  resource_id:
    description: What is scaled. An ECS service is V(service/cluster/name).
    type: str
    required: true
  service_namespace:
    description: AWS service of the resource.
    type: str
    default: ecs
  scalable_dimension:
    description: Which property of the resource is scaled.
    type: str
    default: ecs:service:DesiredCount
  policy_type:
    description:
      - Kind of policy; each has a configuration option of its own, which is required with it.
      - AWS cannot change it, so another kind means that the policy is deleted and made anew.
    type: str
    choices: [TargetTrackingScaling, StepScaling, PredictiveScaling]
    default: TargetTrackingScaling
  target_tracking_scaling_policy_configuration:
    description: Keeps a metric near a value.
    type: dict
    suboptions:
      target_value:
        description: Value to keep the metric at, for example V(70) percent.
        type: float
        required: true
      predefined_metric_specification:
        description: A metric that AWS knows. Either this or C(customized_metric_specification) is given.
        type: dict
        suboptions:
          predefined_metric_type:
            description:
              - Name of the metric. For ECS V(ECSServiceAverageCPUUtilization), V(ECSServiceAverageMemoryUtilization) or
                V(ALBRequestCountPerTarget).
            type: str
            required: true
          resource_label:
            description:
              - For V(ALBRequestCountPerTarget) the ends of the ARNs of load balancer and target group,
                V(app/name/id/targetgroup/name/id).
            type: str
      customized_metric_specification:
        description: Any metric of CloudWatch, with the members of the API in snake_case.
        type: dict
      scale_out_cooldown:
        description: Seconds after a scale-out before the next one. ECS takes 300 when it is left out.
        type: int
      scale_in_cooldown:
        description: Seconds after a scale-in before the next one. ECS takes 300 when it is left out.
        type: int
      disable_scale_in:
        description: Whether the policy only ever adds capacity.
        type: bool
        default: false
  step_scaling_policy_configuration:
    description:
      - Adds or removes capacity by the size of an alarm's breach, with the members of the API in snake_case.
      - The alarm is made apart and has the ARN of the policy as its action.
    type: dict
  predictive_scaling_policy_configuration:
    description: Scales ahead of a forecast, with the members of the API in snake_case.
    type: dict
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the tasks at 70 percent CPU
  slipway.aws.application_autoscaling_policy:
    name: cpu
    resource_id: service/shop-production/web
    target_tracking_scaling_policy_configuration:
      target_value: 70
      predefined_metric_specification:
        predefined_metric_type: ECSServiceAverageCPUUtilization

- name: Twice the tasks when the queue is long
  slipway.aws.application_autoscaling_policy:
    name: queue
    resource_id: service/shop-production/worker
    policy_type: StepScaling
    step_scaling_policy_configuration:
      adjustment_type: PercentChangeInCapacity
      cooldown: 60
      step_adjustments:
        - metric_interval_lower_bound: 0
          scaling_adjustment: 100

- name: No policy any more
  slipway.aws.application_autoscaling_policy:
    name: cpu
    resource_id: service/shop-production/web
    state: absent
"""

RETURN = r"""
scaling_policy:
  description: The policy; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the policy, which an alarm of yours can have as its action.
      type: str
      sample: arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1a2b:resource/ecs/service/shop/web:policyName/cpu
    alarms:
      description: The alarms that AWS made for it.
      type: list
      elements: dict
    policy_type:
      description: Kind of policy.
      type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource

_CONFIGURATIONS = {
    "TargetTrackingScaling": "target_tracking_scaling_policy_configuration",
    "StepScaling": "step_scaling_policy_configuration",
    "PredictiveScaling": "predictive_scaling_policy_configuration",
}
# Resources that rest for 300 seconds when a policy names no cooldown; all others do not rest.
_RESTING = ("appstream", "custom-resource", "ec2", "ecs", "elasticmapreduce", "neptune", "rds", "sagemaker")
_IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")


class Policy(Resource):
    """A scaling policy. AWS replaces its configuration as a whole."""

    service = "application-autoscaling"
    noun = "scaling policy"
    missing = ("ObjectNotFoundException",)
    whole = tuple(f"{kind}PolicyConfiguration" for kind in _CONFIGURATIONS)
    immutable = ("PolicyType",)
    replaceable = "delete first"
    outputs = ("arn",)

    @property
    def identity(self):
        """Return what names the target in every call."""
        options = ("service_namespace", "resource_id", "scalable_dimension")
        return {member: self.params[option] for member, option in zip(_IDENTITY, options, strict=True)}

    def validate(self):
        if self.params["state"] == "absent":
            return []
        kind = self.params["policy_type"]
        found = [
            f"{option} belongs to policy_type {other}, not to {kind}."
            for other, option in _CONFIGURATIONS.items()
            if other != kind and self.params[option] is not None
        ]
        if self.params[_CONFIGURATIONS[kind]] is None:
            return [*found, f"policy_type {kind} needs {_CONFIGURATIONS[kind]}."]
        return found + (self._tracking_faults() if kind == "TargetTrackingScaling" else [])

    def _tracking_faults(self):
        config, found = self.params["target_tracking_scaling_policy_configuration"], []
        metric, own = config["predefined_metric_specification"], config["customized_metric_specification"]
        if bool(metric) == bool(own):
            found.append("Give either predefined_metric_specification or customized_metric_specification.")
        label = (metric or {}).get("resource_label") or ""
        if metric and metric["predefined_metric_type"] == "ALBRequestCountPerTarget" and "/targetgroup/" not in label:
            found.append("ALBRequestCountPerTarget needs a resource_label like app/name/id/targetgroup/name/id.")
        if config["target_value"] <= 0:
            found.append(f"target_value is {config['target_value']}; it has to be greater than 0.")
        return found

    def find(self):
        found = self.pages("describe_scaling_policies", "ScalingPolicies", PolicyNames=[self.name], **self.identity)
        return self._filled({**found[0], "arn": found[0]["PolicyARN"]}) if found else None

    def want(self, have):
        asked = self.request("PutScalingPolicy")
        return self._filled({key: value for key, value in asked.items() if key not in _IDENTITY})

    def _filled(self, policy):
        """Fill in what AWS takes when a configuration leaves it out, and does not always tell."""
        rest = 300 if self.params["service_namespace"] in _RESTING else 0
        defaults = {
            "TargetTrackingScalingPolicyConfiguration": {
                "ScaleOutCooldown": rest,
                "ScaleInCooldown": rest,
                "DisableScaleIn": False,
            },
            "StepScalingPolicyConfiguration": {"Cooldown": rest, "MetricAggregationType": "Average"},
            "PredictiveScalingPolicyConfiguration": {"Mode": "ForecastOnly"},
        }
        return {key: {**defaults[key], **value} if key in defaults else value for key, value in policy.items()}

    def create(self, want):
        # A target that has been registered a moment ago is not known everywhere.
        patience = {"ObjectNotFoundException": "scalable target"}
        self.write("put_scaling_policy", patience=patience, PolicyName=self.name, **self.identity, **want)

    def update(self, have, changes):
        self.create({"PolicyType": have["PolicyType"], **changes})

    def delete(self, have):
        self.write("delete_scaling_policy", tolerate=self.missing, PolicyName=self.name, **self.identity)


def main():
    Policy.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
