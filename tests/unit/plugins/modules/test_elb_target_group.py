# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""elb_target_group and elb_target_health_info: what is sent, what is left to ECS, and how targets are waited for."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services import elbv2_targets
from ansible_collections.slipway.aws.tests.support.edge import listener, load_balancer, network


@pytest.fixture
def orders(aws):
    options = {"name": "orders", "target_type": "ip", "protocol": "HTTP", "port": 8000, "vpc_id": network(aws)[0]}
    made = aws.run("elb_target_group", **options)
    assert not made.failed
    return {**options, "arn": made.target_group["arn"]}


def run(aws, orders, **more):
    return aws.run("elb_target_group", **{key: value for key, value in orders.items() if key != "arn"}, **more)


def test_attributes_are_sent_by_aws_names_and_only_where_they_differ(aws, orders):
    attributes = {"deregistration_delay_timeout_seconds": 30, "stickiness_enabled": False, "slow_start_duration_seconds": 30}
    with aws.recorded() as sent:
        result = run(aws, orders, attributes=attributes)
    pairs = sent.parameters("ModifyTargetGroupAttributes")["Attributes"]
    assert {pair["Key"]: pair["Value"] for pair in pairs} == {
        "deregistration_delay.timeout_seconds": "30",
        "slow_start.duration_seconds": "30",
    }
    assert result.target_group["attributes"]["deregistration_delay_timeout_seconds"] == "30"


def test_off_is_not_false(aws, orders):
    count = "target_group_health_dns_failover_minimum_healthy_targets_count"
    result = run(aws, orders, attributes={count: False, "load_balancing_algorithm_type": "weighted_random"})
    assert result.target_group["attributes"][count] == "off"
    switched = run(aws, orders, attributes={"load_balancing_algorithm_anomaly_mitigation": True})
    assert switched.target_group["attributes"]["load_balancing_algorithm_anomaly_mitigation"] == "on"


def test_an_attribute_of_another_kind_of_group_is_named(aws, orders):
    result = run(aws, orders, attributes={"proxy_protocol_v2_enabled": True})
    assert result.failed
    assert "has no proxy_protocol_v2_enabled" in result.msg


def test_targets_that_others_registered_are_left_alone_unless_targets_are_given(aws, orders):
    elb = aws.client("elbv2")
    elb.register_targets(TargetGroupArn=orders["arn"], Targets=[{"Id": "10.0.0.9"}])
    with aws.recorded() as sent:
        result = run(aws, orders, health_check_path="/ready")
    assert sent.writes == ["ModifyTargetGroup"]
    assert "targets" not in result.target_group
    with aws.recorded() as sent:
        run(aws, orders, targets=[{"id": "10.0.0.7"}])
    assert sent.parameters("RegisterTargets")["Targets"] == [{"Id": "10.0.0.7", "Port": 8000}]
    assert sent.parameters("DeregisterTargets")["Targets"] == [{"Id": "10.0.0.9", "Port": 8000}]


def test_a_group_without_what_creation_needs_is_refused_in_check_mode_as_well(aws):
    for check in (True, False):
        result = aws.run("elb_target_group", name="new", target_type="ip", port=80, check=check)
        assert result.failed
        assert "does not exist, and to create it protocol, vpc_id has to be given" in result.msg


def test_lambda_functions_need_no_network(aws):
    result = aws.run("elb_target_group", name="hook", target_type="lambda", health_check_enabled=True, health_check_path="/up")
    assert not result.failed, result.msg
    assert result.target_group["health_check_enabled"] is True
    again = aws.run("elb_target_group", name="hook", target_type="lambda", health_check_enabled=True)
    assert not again.changed


def test_a_group_in_use_is_removed_once_its_listener_is_gone(aws, orders):
    arn = listener(aws, load_balancer(aws, "shop"), DefaultActions=[{"Type": "forward", "TargetGroupArn": orders["arn"]}])
    refused = aws.run("elb_target_group", name="orders", state="absent")
    assert refused.failed
    assert "in use" in refused.msg
    aws.client("elbv2").delete_listener(ListenerArn=arn)
    assert aws.run("elb_target_group", name="orders", state="absent").changed


@pytest.fixture
def serving(aws, orders):
    listener(aws, load_balancer(aws, "shop"), DefaultActions=[{"Type": "forward", "TargetGroupArn": orders["arn"]}])
    aws.client("elbv2").register_targets(TargetGroupArn=orders["arn"], Targets=[{"Id": "10.0.0.7"}, {"Id": "10.0.0.8"}])
    return orders


def test_health_is_told_with_its_reason(aws, serving):
    told = aws.run("elb_target_health_info", name="orders")
    assert told.counts == {"initial": 2}
    assert told.targets[0]["reason"] == "Elb.RegistrationInProgress"


def test_waiting_for_healthy_targets(aws, serving):
    told = aws.run("elb_target_health_info", name="orders", wait_for_healthy=2)
    assert told.counts == {"healthy": 2}


def test_waiting_ends_with_the_reasons(aws, serving):
    elbv2_targets.sicken("123456789012", "us-east-1", serving["arn"], "10.0.0.8", "Target.Timeout", "Request timed out")
    CLOCK.advance(60)
    told = aws.run("elb_target_health_info", name=serving["arn"], wait_for_healthy=2, wait_timeout=60)
    assert told.failed
    assert "1 of 2 healthy targets after 60 seconds: 10.0.0.8 is unhealthy (Request timed out)" in told.msg


def test_a_group_that_is_not_there_is_an_error(aws):
    told = aws.run("elb_target_health_info", name="nobody")
    assert told.failed
    assert "target group nobody does not exist" in told.msg
