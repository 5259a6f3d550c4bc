# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.containers import Containers

TRACKING = "target_tracking_scaling_policy_configuration"
CPU = {"predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"}, "target_value": 70}
OWN = {"metric_name": "Depth", "namespace": "Shop", "statistic": "Average", "dimensions": [{"name": "Queue", "value": "orders"}]}
STEPS = {"adjustment_type": "ChangeInCapacity", "step_adjustments": [{"metric_interval_lower_bound": 0, "scaling_adjustment": 2}]}
FORECAST = {
    "metric_specifications": [
        {"target_value": 60, "predefined_metric_pair_specification": {"predefined_metric_type": "ECSServiceCPUUtilization"}}
    ]
}


def prepare(aws):
    """Make a service that can be scaled, and register it."""
    Containers(aws).create()
    target = {"ServiceNamespace": "ecs", "ResourceId": "service/shop/web", "ScalableDimension": "ecs:service:DesiredCount"}
    aws.client("application-autoscaling").register_scalable_target(**target, MinCapacity=1, MaxCapacity=4)
    return {"resource_id": "service/shop/web"}


CHAIN = Chain(
    create={"name": "cpu", TRACKING: CPU},
    prepare=prepare,
    changes=[
        {TRACKING: {**CPU, "target_value": 50}},
        {TRACKING: {**CPU, "scale_out_cooldown": 60, "scale_in_cooldown": 120}},
        {TRACKING: {**CPU, "disable_scale_in": True}},
        {TRACKING: {"customized_metric_specification": OWN, "target_value": 10}},
    ],
    replaced=[
        {TRACKING: None, "policy_type": "StepScaling", "step_scaling_policy_configuration": STEPS},
        {
            "step_scaling_policy_configuration": None,
            "policy_type": "PredictiveScaling",
            "predictive_scaling_policy_configuration": FORECAST,
        },
    ],
    at_creation={"resource_id", "service_namespace", "scalable_dimension"},
    tagged=False,
    invalid=[
        ({TRACKING: {"target_value": 50}}, "Give either predefined_metric_specification"),
        ({TRACKING: {**CPU, "target_value": 0}}, "greater than 0"),
        ({"policy_type": "StepScaling"}, "belongs to policy_type TargetTrackingScaling"),
        ({TRACKING: None}, "policy_type TargetTrackingScaling needs target_tracking"),
        (
            {TRACKING: {**CPU, "predefined_metric_specification": {"predefined_metric_type": "ALBRequestCountPerTarget"}}},
            "needs a resource_label",
        ),
    ],
)
