# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How services scale. AWS tells of all scalable targets of a kind at once, and of their policies."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

defaults(
    "AWS::ApplicationAutoScaling::ScalableTarget",
    SuspendedState={
        "DynamicScalingInSuspended": False,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    },
)
unordered("AWS::ApplicationAutoScaling::ScalableTarget", "ScheduledActions")
unordered(
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Dimensions",
    "StepScalingPolicyConfiguration.StepAdjustments",
)

_SERVICE_LINKED = "/aws-service-role/"


def _told(account, operation, key, resource):
    """Return what AWS tells of a resource of ECS, asked once for all of them."""
    api = account.api("application-autoscaling", ("ResourceNotFoundException",))
    everything = account.once((operation, "ecs"), lambda: api.pages(operation, key, ServiceNamespace="ecs"))
    return [each for each in everything if each["ResourceId"] == resource]


@reader("AWS::ApplicationAutoScaling::ScalableTarget", of="AWS::ECS::Service")
def targets(account, service):
    """Find what scales a service, with its schedule."""
    resource = service.id.split(":", 5)[5]
    for each in _told(account, "describe_scalable_targets", "ScalableTargets", resource):
        identity = (resource, each["ScalableDimension"], each["ServiceNamespace"])
        names = ("ResourceId", "ScalableDimension", "ServiceNamespace", "MinCapacity", "MaxCapacity", "SuspendedState")
        role, arn = each.get("RoleARN", ""), each.get("ScalableTargetARN")
        properties = {
            **pick(each, *names),
            "RoleARN": None if _SERVICE_LINKED in role else role,
            "ScheduledActions": [_action(one) for one in _actions(account, each)],
        }
        tags = arn and account.api("application-autoscaling").read("list_tags_for_resource", ResourceARN=arn)["Tags"]
        yield Found(
            "AWS::ApplicationAutoScaling::ScalableTarget", "|".join(identity), properties, tags, service.name, told={"arn": arn}
        )


def _actions(account, target):
    told = _told(account, "describe_scheduled_actions", "ScheduledActions", target["ResourceId"])
    return [each for each in told if each.get("ScalableDimension") == target["ScalableDimension"]]


def _action(described):
    zone = described.get("Timezone")
    return {
        **pick(described, "ScheduledActionName", "Schedule", "ScalableTargetAction"),
        **{name: described[name].isoformat() for name in ("StartTime", "EndTime") if described.get(name)},
        "Timezone": None if zone == "UTC" else zone,
    }


@reader("AWS::ApplicationAutoScaling::ScalingPolicy", of="AWS::ApplicationAutoScaling::ScalableTarget")
def policies(account, target):
    """Find the policies of a scalable target; their alarms are AWS's own."""
    for each in _told(account, "describe_scaling_policies", "ScalingPolicies", target.properties["ResourceId"]):
        if each["ScalableDimension"] != target.properties["ScalableDimension"]:
            continue
        configurations = [name for name in each if name.endswith("ScalingPolicyConfiguration")]
        properties = {**pick(each, "PolicyName", "PolicyType", *configurations), "ScalingTargetId": target.id}
        arn, name = each["PolicyARN"], each["PolicyName"]
        yield Found("AWS::ApplicationAutoScaling::ScalingPolicy", arn, properties, None, name, {"Arn": arn})
