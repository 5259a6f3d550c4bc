# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""application_autoscaling_target and application_autoscaling_policy: what they send, and what they leave alone."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.containers import Containers

WEB = {"resource_id": "service/shop/web"}
IDENTITY = {"ServiceNamespace": "ecs", "ResourceId": "service/shop/web", "ScalableDimension": "ecs:service:DesiredCount"}
MEMORY = {
    "target_value": 70,
    "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageMemoryUtilization"},
}


@pytest.fixture
def scaling(aws):
    """Return a client of an account with a service of two tasks."""
    Containers(aws).create()
    return aws.client("application-autoscaling")


def policy(aws, check=False, **more):
    """Run the policy module."""
    options = {"name": "memory", **WEB, "target_tracking_scaling_policy_configuration": MEMORY, **more}
    return aws.run("application_autoscaling_policy", check=check, **options)


def test_the_policy_module_registers_no_target(aws, scaling):
    result = policy(aws)
    assert result.failed
    assert "No scalable target registered" in result.msg
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []


def test_only_changed_limits_are_sent(aws, scaling):
    aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4, tags={"Project": "Shop"})
    with aws.recorded() as sent:
        changed = aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=8)
    assert sent.parameters("RegisterScalableTarget") == {**IDENTITY, "MaxCapacity": 8}
    assert changed.scalable_target["tags"] == {"Project": "Shop"}


def test_a_suspension_of_somebody_else_stays(aws, scaling):
    aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4)
    scaling.register_scalable_target(**IDENTITY, SuspendedState={"ScheduledScalingSuspended": True})
    assert not aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4).changed
    state = {"dynamic_scaling_out_suspended": True}
    after = aws.run("application_autoscaling_target", **WEB, suspended_state=state).scalable_target["suspended_state"]
    assert after == {
        "dynamic_scaling_in_suspended": False,
        "dynamic_scaling_out_suspended": True,
        "scheduled_scaling_suspended": True,
    }


def test_limits_are_judged_together_with_the_one_that_stays(aws, scaling):
    new = aws.run("application_autoscaling_target", **WEB, max_capacity=4)
    assert "does not exist yet, so min_capacity has to be given" in new.msg
    aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4)
    with aws.recorded() as sent:
        result = aws.run("application_autoscaling_target", **WEB, min_capacity=5)
    assert "min_capacity 5 and max_capacity 4" in result.msg
    assert sent.writes == []


def test_a_service_that_is_not_known_everywhere_is_waited_for(aws, scaling):
    fault = aws.fault(
        "application-autoscaling",
        "RegisterScalableTarget",
        code="ValidationException",
        message="ECS service doesn't exist: service/shop/web",
        times=2,
    )
    assert not aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4).failed
    assert fault["times"] == 0


def test_scheduled_actions_are_managed_only_when_they_are_given(aws, scaling):
    limits = {**WEB, "min_capacity": 1, "max_capacity": 4}
    aws.run("application_autoscaling_target", **limits)
    night = {"ScheduledActionName": "night", "Schedule": "cron(0 22 * * ? *)", "ScalableTargetAction": {"MaxCapacity": 2}}
    scaling.put_scheduled_action(**IDENTITY, **night)
    assert not aws.run("application_autoscaling_target", **limits).changed
    day = {"name": "day", "schedule": "cron(0 6 * * ? *)", "min_capacity": 2}
    with aws.recorded() as sent:
        aws.run("application_autoscaling_target", **limits, scheduled_actions=[day])
    assert sent.writes == ["PutScheduledAction", "DeleteScheduledAction"]


def test_removing_a_target_removes_what_hangs_on_it(aws, scaling):
    aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4)
    policy(aws)
    assert len(aws.client("cloudwatch").describe_alarms()["MetricAlarms"]) == 2
    aws.run("application_autoscaling_target", **WEB, state="absent")
    assert aws.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert not policy(aws, state="absent").changed


def test_a_policy_shows_its_alarms_and_does_not_compare_them(aws, scaling):
    aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4)
    made = policy(aws)
    assert [alarm["alarm_name"].split("-")[2] for alarm in made.scaling_policy["alarms"]] == ["AlarmHigh", "AlarmLow"]
    again = policy(aws)
    assert not again.changed
    assert again.scaling_policy == made.scaling_policy


def test_a_setting_that_is_left_out_goes_back_to_its_default(aws, scaling):
    aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4)
    policy(aws, target_tracking_scaling_policy_configuration={**MEMORY, "scale_in_cooldown": 60})
    assert policy(aws).changed
    found = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]
    assert found["TargetTrackingScalingPolicyConfiguration"]["ScaleInCooldown"] == 300


def test_two_metrics_are_two_policies(aws, scaling):
    aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4)
    policy(aws)
    cpu = {"target_value": 70, "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"}}
    assert policy(aws, name="cpu", target_tracking_scaling_policy_configuration=cpu).changed
    assert not policy(aws).changed


def test_a_target_that_is_not_known_everywhere_is_waited_for(aws, scaling):
    aws.run("application_autoscaling_target", **WEB, min_capacity=1, max_capacity=4)
    words = "No scalable target registered for service namespace: ecs"
    fault = aws.fault("application-autoscaling", "PutScalingPolicy", code="ObjectNotFoundException", message=words)
    assert policy(aws).changed
    assert fault["times"] == 0
