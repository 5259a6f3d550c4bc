# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What made modules of our own necessary: defects of the modules that others offer, each as the sentence that holds here.

A test that fails here takes away the reason for a module, however green the rest is.
"""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils import shapes
from ansible_collections.slipway.aws.tests.support.containers import Containers
from ansible_collections.slipway.aws.tests.support.edge import listener, load_balancer, target_group
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.secretsmanager_rotation_schedule import function

UNKNOWN = "(known after apply)"
WEB = {"name": "web", "image": "nginx:1.27", "port_mappings": [{"container_port": 80}]}
TASKS = {"family": "shop", "cpu": 256, "memory": 512, "container_definitions": [WEB]}
SERVICE = {"resource_id": "service/shop/web"}
LIMITS = {**SERVICE, "min_capacity": 1, "max_capacity": 4}
MEMORY = {
    "name": "memory",
    **SERVICE,
    "target_tracking_scaling_policy_configuration": {
        "target_value": 70,
        "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageMemoryUtilization"},
    },
}


def does(aws, module, **options):
    """Run a module, which has to work; return its result."""
    result = aws.run(module, **options)
    assert not result.failed, result.msg
    return result


def rests(aws, module, **options):
    """Run a module that may find nothing to do, twice; return its result."""
    for _run in range(2):
        with aws.recorded() as sent:
            result = does(aws, module, **options)
        assert (result.changed, sent.writes) == (False, [])
    return result


# 1: modules that wrote in check mode, and a secret that cancelled the rotation of somebody else


def test_check_mode_leaves_no_scalable_target_behind(aws):
    Containers(aws).create()
    foreseen = does(aws, "application_autoscaling_target", check=True, **LIMITS)
    assert (foreseen.changed, foreseen.scalable_target["arn"]) == (True, UNKNOWN)
    assert does(aws, "application_autoscaling_policy", check=True, **MEMORY).changed
    scaling = aws.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []


def test_check_mode_turns_no_rotation_on(aws):
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="shop", SecretString="x")
    options = {"name": "shop", "rotation_lambda_arn": function(aws, "rotate"), "automatically_after_days": 30}
    assert does(aws, "secretsmanager_rotation_schedule", check=True, **options).changed
    assert not secrets.describe_secret(SecretId="shop").get("RotationEnabled")


@pytest.mark.parametrize("check", [True, False])
def test_a_rotation_that_somebody_else_made_survives_a_change_of_its_secret(aws, check):
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="shop", SecretString="x")
    rules = {"AutomaticallyAfterDays": 30}
    secrets.rotate_secret(SecretId="shop", RotationLambdaARN=function(aws, "rotate"), RotationRules=rules, RotateImmediately=False)
    assert does(aws, "secretsmanager_secret", check=check, name="shop", description="other", tags={"Project": "Shop"}).changed
    found = secrets.describe_secret(SecretId="shop")
    assert (found["RotationEnabled"], found["RotationRules"]["AutomaticallyAfterDays"]) == (True, 30)
    assert found["RotationLambdaARN"].endswith(":rotate")


# 2: a load balancer whose next run undid a blue/green deployment


@pytest.fixture
def colours(aws):
    """Return the actions of a first deployment as options, and those after the shift in the API's form."""
    load_balancer(aws, "shop")
    blue, green = target_group(aws, "blue"), target_group(aws, "green")
    groups = [{"target_group_arn": blue, "weight": 100}, {"target_group_arn": green, "weight": 0}]
    shifted = [{"TargetGroupArn": blue, "Weight": 0}, {"TargetGroupArn": green, "Weight": 100}]
    first = [{"type": "forward", "forward_config": {"target_groups": groups}}]
    return first, [{"Type": "forward", "ForwardConfig": {"TargetGroups": shifted}}]


def served(actions):
    """Return the weights of the target groups, in order."""
    return [group["weight"] for group in actions[-1]["forward_config"]["target_groups"]]


def test_shifted_weights_of_a_listener_rule_survive_every_run(aws, colours):
    first, shifted = colours
    web = listener(aws, load_balancer(aws, "web"))
    conditions = [{"field": "path-pattern", "values": ["/orders/*"]}]
    options = {"name": "orders", "listener_arn": web, "priority": 10, "conditions": conditions, "actions": first}
    made = does(aws, "elb_listener_rule", **options)
    assert served(made.rule["actions"]) == [100, 0]
    aws.client("elbv2").modify_rule(RuleArn=made.rule["arn"], Actions=shifted)
    again = rests(aws, "elb_listener_rule", **options)
    assert served(again.rule["actions"]) == [0, 100]


def test_shifted_weights_of_a_default_action_survive_every_run(aws, colours):
    first, shifted = colours
    options = {"load_balancer": "shop", "port": 80, "protocol": "HTTP", "default_actions": first}
    made = does(aws, "elb_listener", **options)
    assert served(made.listener["default_actions"]) == [100, 0]
    aws.client("elbv2").modify_listener(ListenerArn=made.listener["arn"], DefaultActions=shifted)
    again = rests(aws, "elb_listener", **options)
    assert served(again.listener["default_actions"]) == [0, 100]


# 3: a task definition that did not notice most changes


@pytest.mark.parametrize(
    "change",
    [
        {"cpu": 1024, "memory": 2048},
        {"execution_role_arn": "arn:aws:iam::123456789012:role/shop"},
        {"runtime_platform": {"cpu_architecture": "ARM64"}},
        {"network_mode": "bridge", "requires_compatibilities": ["EC2"]},
        {"placement_constraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}]},
        {"container_definitions": [{**WEB, "image": "nginx:1.28"}]},
        {"container_definitions": [{**WEB, "command": ["b", "a"]}]},
        {"container_definitions": [WEB, {"name": "proxy", "image": "envoy"}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_change_makes_a_revision(aws, change):
    before = {**TASKS, "network_mode": "awsvpc"}
    before.update(requires_compatibilities=["EC2"] if "placement_constraints" in change else ["FARGATE"])
    assert does(aws, "ecs_task_definition", **before).task_definition["revision"] == 1
    after = {**before, **change}
    assert does(aws, "ecs_task_definition", check=True, **after).changed
    assert does(aws, "ecs_task_definition", **after).task_definition["revision"] == 2
    rests(aws, "ecs_task_definition", **after)


# 4: a service that compared seven attributes; what else it changed or refused stands in test_ecs_service.py


def test_changed_subnets_are_sent_and_nothing_else(aws):
    shop = Containers(aws)
    shop.define()
    network = shapes.from_api(shop.awsvpc)
    options = {"name": "web", "cluster": "shop", "task_definition": "web", "launch_type": "FARGATE", "wait_timeout": 7200}
    does(aws, "ecs_service", **options, network_configuration=network)
    before = shop.deployment["serviceDeploymentArn"]
    fewer = {"awsvpc_configuration": {"subnets": shop.network["subnets"][1:]}}
    with aws.recorded() as sent:
        assert does(aws, "ecs_service", **options, network_configuration=fewer).changed
    expected = {"subnets": shop.network["subnets"][1:], "securityGroups": [shop.network["group"]], "assignPublicIp": "DISABLED"}
    assert sent.parameters("UpdateService") == {
        "cluster": "shop",
        "service": "web",
        "networkConfiguration": {"awsvpcConfiguration": expected},
    }
    assert shop.deployment["serviceDeploymentArn"] != before
    does(aws, "ecs_service", **options, network_configuration=network)
    turned = {"awsvpc_configuration": {"subnets": shop.network["subnets"][::-1]}}
    rests(aws, "ecs_service", **options, network_configuration=turned)


# 5: modules that failed in check mode as long as there is nothing


def test_a_blank_account_can_be_foreseen_from_the_cluster_to_the_scaling(aws):
    def foreseen(module, **options):
        result = does(aws, module, check=True, **options)
        assert result.changed
        return result

    with aws.recorded() as sent:
        group = foreseen("elb_target_group", name="web", protocol="HTTP", port=8000, vpc_id=UNKNOWN, target_type="ip").target_group
        forward = [{"type": "forward", "target_group_arn": group["arn"]}]
        web = foreseen("elb_listener", load_balancer=UNKNOWN, port=80, protocol="HTTP", default_actions=forward).listener
        conditions = [{"field": "path-pattern", "values": ["/*"]}]
        foreseen("elb_listener_rule", name="web", listener_arn=web["arn"], priority=1, conditions=conditions, actions=forward)
        image = foreseen("ecr_repository", name="shop/web").repository["repository_uri"]
        container = {**WEB, "image": f"{image}:1.0.0", "port_mappings": [{"container_port": 8000}]}
        tasks = foreseen("ecs_task_definition", **{**TASKS, "container_definitions": [container]}).task_definition
        foreseen(
            "ecs_service",
            name="web",
            cluster=foreseen("ecs_cluster", name="shop").cluster["arn"],
            task_definition=tasks["arn"],
            launch_type="FARGATE",
            network_configuration={"awsvpc_configuration": {"subnets": [UNKNOWN], "security_groups": [UNKNOWN]}},
            load_balancers=[{"target_group_arn": group["arn"], "container_name": "web", "container_port": 8000}],
        )
        foreseen("application_autoscaling_target", **LIMITS)
        foreseen("application_autoscaling_policy", **MEMORY)
    assert sent.writes == []
    # AWS answers what is no id with errors that do not say "there is none".
    assert [entry["operation"] for entry in sent.entries if UNKNOWN in repr(entry)] == []
