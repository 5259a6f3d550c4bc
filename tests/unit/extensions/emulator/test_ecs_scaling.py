# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Emulated Application Auto Scaling: limits move a service, and AWS's refusals."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.tests.support.containers import Containers

WEB = {"ServiceNamespace": "ecs", "ResourceId": "service/shop/web", "ScalableDimension": "ecs:service:DesiredCount"}
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}, "TargetValue": 70.0}
TRACK = {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": CPU}


@pytest.fixture
def shop(aws):
    """Return an account with a service of two tasks."""
    shop = Containers(aws)
    shop.create()
    shop.scaling = aws.client("application-autoscaling")
    return shop


def refused(call, **parameters):
    """Return code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_service_is_moved_into_the_limits(shop):
    shop.scaling.register_scalable_target(**WEB, MinCapacity=3, MaxCapacity=5)
    assert shop.service["desiredCount"] == 3
    shop.scaling.register_scalable_target(**WEB, MinCapacity=1)
    assert shop.service["desiredCount"] == 3
    shop.scaling.register_scalable_target(**WEB, MaxCapacity=2)
    assert shop.service["desiredCount"] == 2


def test_what_aws_refuses(shop):
    register, put = shop.scaling.register_scalable_target, shop.scaling.put_scaling_policy
    assert refused(register, **WEB, MinCapacity=5, MaxCapacity=2)[0] == "ValidationException"
    assert refused(register, **WEB, MinCapacity=5)[0] == "ValidationException"
    api = {**WEB, "ResourceId": "service/shop/api"}
    assert refused(register, **api, MinCapacity=1, MaxCapacity=2)[1] == "ECS service doesn't exist: service/shop/api"
    assert refused(put, **WEB, PolicyName="cpu", **TRACK)[0] == "ObjectNotFoundException"
    assert refused(shop.scaling.deregister_scalable_target, **WEB)[0] == "ObjectNotFoundException"
    register(**WEB, MinCapacity=1, MaxCapacity=2)
    assert refused(shop.scaling.delete_scaling_policy, **WEB, PolicyName="cpu")[0] == "ObjectNotFoundException"
    assert refused(put, **WEB, PolicyName="cpu", PolicyType="TargetTrackingScaling")[0] == "ValidationException"
    put(**WEB, PolicyName="cpu", **TRACK)
    assert "Only one TargetTrackingScaling policy" in refused(put, **WEB, PolicyName="more", **TRACK)[1]
    assert refused(put, **WEB, PolicyName="steps", PolicyType="StepScaling", StepScalingPolicyConfiguration={})[0] == (
        "ValidationException"
    )


def test_target_tracking_makes_alarms_and_takes_them_along(shop):
    shop.scaling.register_scalable_target(**WEB, MinCapacity=1, MaxCapacity=2, Tags={"Project": "Shop"})
    made = shop.scaling.put_scaling_policy(**WEB, PolicyName="cpu", **TRACK)
    alarms = shop.alarms.describe_alarms()["MetricAlarms"]
    assert sorted(alarm["Threshold"] for alarm in alarms) == [63.0, 70.0]
    assert sorted(alarm["AlarmName"] for alarm in made["Alarms"]) == sorted(alarm["AlarmName"] for alarm in alarms)
    assert alarms[0]["Dimensions"] == [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "web"}]
    changed = shop.scaling.put_scaling_policy(
        **WEB, PolicyName="cpu", TargetTrackingScalingPolicyConfiguration={**CPU, "TargetValue": 50.0}
    )
    assert changed["PolicyARN"] == made["PolicyARN"]
    assert sorted(alarm["Threshold"] for alarm in shop.alarms.describe_alarms()["MetricAlarms"]) == [45.0, 50.0]
    shop.scaling.deregister_scalable_target(**WEB)
    assert shop.alarms.describe_alarms()["MetricAlarms"] == []


def test_tags_and_suspension(shop):
    arn = shop.scaling.register_scalable_target(**WEB, MinCapacity=1, MaxCapacity=2, Tags={"Project": "Shop"})["ScalableTargetARN"]
    shop.scaling.tag_resource(ResourceARN=arn, Tags={"Owner": "QA"})
    shop.scaling.untag_resource(ResourceARN=arn, TagKeys=["Project"])
    assert shop.scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"Owner": "QA"}
    assert "TagResource" in refused(shop.scaling.register_scalable_target, **WEB, Tags={"A": "1"})[1]
    shop.scaling.register_scalable_target(**WEB, SuspendedState={"DynamicScalingInSuspended": True})
    state = shop.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]["SuspendedState"]
    assert (state["DynamicScalingInSuspended"], state["ScheduledScalingSuspended"]) == (True, False)
