# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.containers import Containers
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

TARGET, POLICY = "AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy"
WEB = {"service_namespace": "ecs", "resource_id": "service/shop/web", "scalable_dimension": "ecs:service:DesiredCount"}
CPU = {"predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"}, "target_value": 70}
STEPS = {"adjustment_type": "ChangeInCapacity", "step_adjustments": [{"metric_interval_lower_bound": 0, "scaling_adjustment": 2}]}


def scaled(aws):
    """Return what a service needs, whose tasks are scaled."""
    shop = Containers(aws)
    shop.create()
    shop.ecs.tag_resource(resourceArn=f"arn:aws:ecs:us-east-1:123456789012:{WEB['resource_id']}", tags=_pairs())
    shop.ecs.tag_resource(resourceArn="arn:aws:ecs:us-east-1:123456789012:cluster/shop", tags=_pairs())
    night = {"name": "night", "schedule": "cron(0 22 * * ? *)", "timezone": "Europe/Berlin", "min_capacity": 0}
    done = aws.run("application_autoscaling_target", min_capacity=1, max_capacity=4, scheduled_actions=[night], tags=OURS, **WEB)
    assert done.changed, done.msg
    return shop


def _pairs():
    return [{"key": name, "value": value} for name, value in OURS.items()]


def test_a_scalable_target_comes_back_with_its_schedule(aws):
    scaled(aws)
    assert read_back(aws, TARGET) == {
        "StorageScalableTargetWeb": {
            "MaxCapacity": 4,
            "MinCapacity": 1,
            "ResourceId": "service/shop/web",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ScheduledActions": [
                {
                    "ScalableTargetAction": {"MinCapacity": 0},
                    "Schedule": "cron(0 22 * * ? *)",
                    "ScheduledActionName": "night",
                    "Timezone": "Europe/Berlin",
                }
            ],
            "ServiceNamespace": "ecs",
            "SuspendedState": {
                "DynamicScalingInSuspended": False,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
            "Tags": PAIRS,
        }
    }


def test_policies_come_back_and_name_their_target(aws):
    scaled(aws)
    tracking = {"policy_type": "TargetTrackingScaling", "target_tracking_scaling_policy_configuration": CPU}
    steps = {"policy_type": "StepScaling", "step_scaling_policy_configuration": STEPS}
    for name, more in (("shop-dev-cpu", tracking), ("shop-dev-steps", steps)):
        done = aws.run("application_autoscaling_policy", name=name, **WEB, **more)
        assert done.changed, done.msg
    assert read_back(aws, POLICY) == {
        "StorageScalingPolicyCpu": {
            "PolicyName": "shop-dev-cpu",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": {"Ref": "StorageScalableTargetWeb"},
            "TargetTrackingScalingPolicyConfiguration": {
                "DisableScaleIn": False,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
                "ScaleInCooldown": 300,
                "ScaleOutCooldown": 300,
                "TargetValue": 70.0,
            },
        },
        "StorageScalingPolicySteps": {
            "PolicyName": "shop-dev-steps",
            "PolicyType": "StepScaling",
            "ScalingTargetId": {"Ref": "StorageScalableTargetWeb"},
            "StepScalingPolicyConfiguration": {
                "AdjustmentType": "ChangeInCapacity",
                "Cooldown": 300,
                "MetricAggregationType": "Average",
                "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 2}],
            },
        },
    }


def test_aws_is_asked_once_about_all_services(aws):
    shop = scaled(aws)
    for name in ("api", "jobs"):
        shop.create(serviceName=name, tags=_pairs())
    with aws.recorded() as sent:
        read_back(aws, TARGET)
    assert [sent.operations.count(f"Describe{what}") for what in ("ScalableTargets", "ScheduledActions", "ScalingPolicies")] == [
        1
    ] * 3
