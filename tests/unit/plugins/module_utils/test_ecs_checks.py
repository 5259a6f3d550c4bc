# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What contradicts itself in an ECS service is said in a sentence, and what does not is let through."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.ecs_checks import option_faults, state_faults

HOOK = {"lifecycleStages": ["POST_SCALE_UP"], "hookTargetArn": "arn:aws:lambda:x", "roleArn": "arn:aws:iam::1:role/x"}
DEFINITION = {
    "family": "orders",
    "revision": 3,
    "networkMode": "bridge",
    "taskRoleArn": "arn:aws:iam::1:role/orders",
    "containerDefinitions": [
        {"name": "orders", "portMappings": [{"name": "http", "containerPort": 8000}]},
        {"name": "proxy", "portMappings": [{"containerPortRange": "9000-9010"}]},
        {"name": "helper"},
    ],
}


def deployment(**config):
    return {"deploymentConfiguration": config}


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (deployment(minimumHealthyPercent=100, maximumPercent=50), "100 is greater than maximum_percent 50"),
        (deployment(minimumHealthyPercent=100, maximumPercent=100), "neither start a new task nor stop an old one"),
        ({"availabilityZoneRebalancing": "ENABLED", **deployment(maximumPercent=100)}, "greater than 100, not 100"),
        (deployment(deploymentCircuitBreaker={"enable": False, "rollback": True}), "rollback without enable"),
        (deployment(alarms={"enable": True, "alarmNames": []}), "alarm_names is empty"),
        ({"launchType": "FARGATE", "capacityProviderStrategy": [{"weight": 1}]}, "either launch_type or"),
        ({"capacityProviderStrategy": [{"base": 1, "weight": 1}, {"base": 1}]}, "Only one capacity provider may have a base"),
        ({"capacityProviderStrategy": [{"base": 0, "weight": 0}]}, "at least one weight"),
        (deployment(strategy="LINEAR", canaryConfiguration={}), "canary_configuration belongs to strategy CANARY, not to LINEAR"),
        (
            deployment(strategy="LINEAR", linearConfiguration={"stepPercent": 1}),
            "step_percent is 1; it has to be between 3 and 100",
        ),
        (deployment(bakeTimeInMinutes=1441), "bake_time_in_minutes is 1441; it has to be between 0 and 1440"),
        (deployment(lifecycleHooks=[HOOK, {**HOOK, "lifecycleStages": []}]), "lifecycle_hooks[1] needs lifecycle_stages"),
        (deployment(lifecycleHooks=[{**HOOK, "lifecycleStages": ["SCALE_UP"]}]), "SCALE_UP is no stage at which a hook can run"),
        (deployment(lifecycleHooks=[{**HOOK, "roleArn": None}]), "needs hook_target_arn and role_arn, or target_type PAUSE"),
        (
            deployment(lifecycleHooks=[{"targetType": "PAUSE", "lifecycleStages": ["TEST_TRAFFIC_SHIFT"]}]),
            "a PAUSE hook cannot wait at TEST_TRAFFIC_SHIFT",
        ),
    ],
)
def test_options_that_contradict_each_other(service, words):
    [said] = option_faults(service)
    assert words in said


@pytest.mark.parametrize(
    "service",
    [
        {},
        {"availabilityZoneRebalancing": "ENABLED", **deployment(minimumHealthyPercent=100, maximumPercent=101)},
        {"capacityProviderStrategy": [{"base": 1}, {"weight": 1}]},
        deployment(deploymentCircuitBreaker={"enable": True, "rollback": True}, alarms={"enable": True, "alarmNames": ["errors"]}),
        deployment(strategy="CANARY", canaryConfiguration={"canaryPercent": 0.1, "canaryBakeTimeInMinutes": 1440}),
        deployment(lifecycleHooks=[HOOK, {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}]),
    ],
)
def test_options_that_agree(service):
    assert option_faults(service) == []


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (deployment(minimumHealthyPercent=250), "250 would be greater than maximum_percent 200"),
        (deployment(maximumPercent=50), "minimum_healthy_percent 100 would be greater than maximum_percent 50"),
        (deployment(strategy="CANARY"), "needs load_balancers or service_connect_configuration"),
        ({"healthCheckGracePeriodSeconds": 30}, "nobody else checks the tasks' health"),
        ({"loadBalancers": [{"containerName": "order", "containerPort": 8000}]}, "which has: helper, orders, proxy"),
        ({"loadBalancers": [{"containerName": "orders", "containerPort": 80}]}, "has no container_port 80; it has: 8000"),
        ({"serviceRegistries": [{"containerName": "helper", "containerPort": 80}]}, "no container_port 80; it has: none"),
        (
            {"serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "grpc"}]}},
            "Service Connect offers port grpc; the named ports of task definition orders:3 are: http",
        ),
    ],
)
def test_a_service_that_does_not_fit_its_task_definition(service, words):
    [said] = state_faults(service, DEFINITION)
    assert words in said


def test_what_a_task_definition_asks_of_a_service():
    definition = {**DEFINITION, "networkMode": "awsvpc", "taskRoleArn": None}
    role, network = state_faults({"enableExecuteCommand": True}, definition)
    assert "task definition orders:3 has none" in role
    assert "network_configuration is needed" in network


@pytest.mark.parametrize(
    "service",
    [
        {"loadBalancers": [{"containerName": "proxy", "containerPort": 9005}], "healthCheckGracePeriodSeconds": 30},
        {"serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:x"}, {"containerName": "orders", "containerPort": 8000}]},
        {
            "serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "http"}]},
            **deployment(strategy="LINEAR"),
        },
        {"enableExecuteCommand": True},
    ],
)
def test_a_service_that_fits(service):
    assert state_faults(service, DEFINITION) == []


def test_without_a_task_definition_only_the_service_itself_is_looked_at():
    assert state_faults({"loadBalancers": [{"containerName": "anybody"}]}, None) == []
