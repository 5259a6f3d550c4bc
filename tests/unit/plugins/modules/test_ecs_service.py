# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ecs_service: what is sent, what belongs to others, and that success means success."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services import ecs_scheduler
from ansible_collections.slipway.aws.extensions.emulator.services.ecs_place import Place
from ansible_collections.slipway.aws.plugins.module_utils import calls, shapes
from ansible_collections.slipway.aws.tests.support.containers import ACCOUNT, Containers, Meddling

BREAKER = {"deployment_circuit_breaker": {"enable": True, "rollback": True}}
CANARY = {
    **BREAKER,
    "strategy": "CANARY",
    "canary_configuration": {"canary_percent": 10, "canary_bake_time_in_minutes": 2},
    "bake_time_in_minutes": 1,
}


@pytest.fixture
def shop(aws):
    """Return an account with everything that a service needs, and two revisions of its task definition."""
    shop = Containers(aws)
    shop.define()
    return shop


@pytest.fixture
def deploy(aws, shop):
    """Return a function that runs the module for the service ``web``."""

    def run(check=False, **more):
        options = {
            "name": "web",
            "cluster": "shop",
            "task_definition": "web",
            "launch_type": "FARGATE",
            "network_configuration": shapes.from_api(shop.awsvpc),
            "deployment_configuration": BREAKER,
            "wait_timeout": 7200,
            **more,
        }
        return aws.run("ecs_service", check=check, **{key: value for key, value in options.items() if value is not None})

    return run


@pytest.fixture
def canary(aws, shop, deploy):
    """Return a function that runs the module for a service behind a load balancer that shifts traffic."""
    shop.balance()
    balancers = shapes.from_api(shop.balancers)

    def run(**more):
        return deploy(**{"load_balancers": balancers, "deployment_configuration": CANARY, **more})

    return run


def other(shop, **more):
    """Register another revision."""
    return shop.define(image="public.ecr.aws/nginx/nginx:1.28", **more)


# What is a change


def test_a_task_definition_can_be_named_in_three_ways(aws, shop, deploy):
    arn = shop.ecs.describe_task_definition(taskDefinition="web:1")["taskDefinition"]["taskDefinitionArn"]
    made = deploy()
    assert made.service["task_definition"] == arn
    for name in (arn, "web:1", "web"):
        with aws.recorded() as sent:
            assert not deploy(task_definition=name).changed
        assert sent.writes == []
    other(shop)
    assert not deploy(task_definition="web:1").changed
    assert deploy(task_definition="web").service["task_definition"].endswith("/web:2")


def test_a_changed_deployment_configuration_is_sent_and_keeps_the_rest(aws, deploy):
    deploy(deployment_configuration={**BREAKER, "maximum_percent": 150})
    with aws.recorded() as sent:
        deploy(deployment_configuration={"minimum_healthy_percent": 50})
    assert sent.parameters("UpdateService")["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "maximumPercent": 150,
        "minimumHealthyPercent": 50,
    }


def test_an_existing_service_gets_tags(aws, deploy):
    deploy()
    with aws.recorded() as sent:
        result = deploy(tags={"Project": "Shop"})
    assert (result.service["tags"], sent.writes) == ({"Project": "Shop"}, ["TagResource"])


def test_the_number_of_tasks_belongs_to_autoscaling_once_it_has_a_target(aws, shop, deploy):
    deploy(desired_count=2)
    assert deploy(desired_count=3).service["running_count"] == 3
    target = {"ServiceNamespace": "ecs", "ResourceId": "service/shop/web", "ScalableDimension": "ecs:service:DesiredCount"}
    aws.client("application-autoscaling").register_scalable_target(**target, MinCapacity=4, MaxCapacity=8)
    with aws.recorded() as sent:
        assert not deploy(desired_count=2).changed
        other(shop)
        assert deploy(desired_count=2).service["desired_count"] == 4
    assert "desiredCount" not in sent.parameters("UpdateService")


def test_shifted_weights_survive(aws, shop, canary):
    canary()
    other(shop)
    assert not canary().failed
    served = shop.weights()
    assert sorted(served) == [0, 100]
    with aws.recorded() as sent:
        assert not canary().changed
        assert not canary().changed
    assert [entry["operation"] for entry in sent.entries if entry["service"] == "elbv2"] == []
    assert sent.writes == []
    assert shop.weights() == served


def test_force_deploys_although_nothing_differs(aws, shop, deploy):
    deploy()
    before = shop.service["deployments"][0]["id"]
    assert deploy(check=True, force_new_deployment=True).changed
    with aws.recorded() as sent:
        result = deploy(force_new_deployment=True)
    assert sent.parameters("UpdateService") == {"cluster": "shop", "service": "web", "forceNewDeployment": True}
    assert (result.changed, result.warnings) == (True, [])
    assert result.service["deployments"][0]["id"] != before
    assert "force_new_deployment" not in result.service


def test_a_new_spread_over_capacity_providers_is_deployed(aws, deploy):
    spread = [{"capacity_provider": "FARGATE", "weight": 1}]
    assert not deploy(launch_type=None, capacity_provider_strategy=spread).failed
    with aws.recorded() as sent:
        deploy(launch_type=None, capacity_provider_strategy=[*spread, {"capacity_provider": "FARGATE_SPOT", "weight": 3}])
    assert sent.parameters("UpdateService")["forceNewDeployment"] is True
    assert not deploy(launch_type=None).changed


def test_a_namespace_by_name_is_the_one_that_aws_tells_by_arn(aws, shop, deploy):
    maps = aws.client("servicediscovery")
    maps.create_http_namespace(Name="shop")
    shop.pass_time(minutes=1)
    shop.define(portMappings=[{"containerPort": 8000, "name": "http"}])
    connect = {"enabled": True, "namespace": "shop", "services": [{"port_name": "http"}]}
    assert deploy(service_connect_configuration=connect).changed
    assert not deploy(service_connect_configuration=connect).changed
    wrong = deploy(service_connect_configuration={**connect, "services": [{"port_name": "grpc"}]})
    assert "Service Connect offers port grpc; the named ports of task definition web:2 are: http." in wrong.msg


def test_volumes_and_lattice_are_sent_in_the_names_of_the_api(aws, shop, deploy):
    volume = {"name": "data", "managed_ebs_volume": {"size_in_gi_b": 20, "role_arn": f"arn:aws:iam::{ACCOUNT}:role/infrastructure"}}
    with aws.recorded() as sent:
        assert deploy(volume_configurations=[volume]).changed
    assert sent.parameters("CreateService")["volumeConfigurations"][0]["managedEBSVolume"]["sizeInGiB"] == 20
    assert not deploy(volume_configurations=[volume]).changed
    lattice = {"role_arn": "r", "target_group_arn": "t", "port_name": "http"}
    with aws.recorded() as sent:
        deploy(vpc_lattice_configurations=[lattice])
    expected = [{"roleArn": "r", "targetGroupArn": "t", "portName": "http"}]
    assert sent.parameters("UpdateService")["vpcLatticeConfigurations"] == expected


def test_what_belongs_to_codedeploy_is_not_compared(aws, shop, deploy):
    shop.balance()
    plain = {"target_group_arn": shop.blue, "container_name": "web", "container_port": 8000}
    controller = {"deployment_controller": {"type": "CODE_DEPLOY"}, "deployment_configuration": None, "desired_count": 2}
    made = deploy(load_balancers=[plain], **controller)
    assert (made.failed, made.service["running_count"]) == (False, 2)
    other(shop)
    moved = [{**plain, "target_group_arn": shop.green}]
    assert not deploy(load_balancers=moved, **controller).changed
    assert deploy(load_balancers=moved, **{**controller, "desired_count": 1}).service["running_count"] == 1


def test_a_role_that_was_made_a_moment_ago_is_waited_for(aws, canary):
    words = "Unable to assume role and validate the listeners configured on your load balancer."
    fault = aws.fault("ecs", "CreateService", code="InvalidParameterException", message=words, times=2)
    assert canary().changed
    assert fault["times"] == 0


def test_check_mode_goes_on_with_a_revision_that_is_only_predicted(aws, shop, deploy):
    deploy()
    arn = shop.service["taskDefinition"].replace("web:1", "web:2")
    foreseen = deploy(check=True, task_definition=arn)
    assert (foreseen.changed, foreseen.diff["after"]["task_definition"]) == (True, arn)
    assert deploy(check=True, name="api", task_definition="(known after apply)").changed


@pytest.mark.parametrize(
    ("words", "balancer"),
    [
        ("Container api is not in task definition web:1, which has: web.", {"container_name": "api"}),
        ("has no container_port 80; it has: 8000.", {"container_port": 80}),
        ("needs advanced_configuration with role_arn in every load balancer", {"advanced_configuration": {"role_arn": None}}),
    ],
)
def test_load_balancers_are_checked_against_the_task_definition(aws, shop, canary, words, balancer):
    given = shapes.from_api(shop.balancers)[0]
    changed = {
        **given,
        **balancer,
        "advanced_configuration": given["advanced_configuration"] | balancer.get("advanced_configuration", {}),
    }
    with aws.recorded() as sent:
        result = canary(load_balancers=[changed])
    assert words in result.msg
    assert sent.writes == []


def test_a_new_task_definition_has_to_fit_the_load_balancers_that_stay(aws, shop, canary):
    canary()
    shop.define(name="api")
    with aws.recorded() as sent:
        result = canary(load_balancers=None)
    assert "Container web is not in task definition web:2, which has: api." in result.msg
    assert sent.writes == []


# Success and failure


@pytest.mark.parametrize("strategy", ["ROLLING", "CANARY"])
def test_an_image_that_crashes_fails_the_task_and_the_old_revision_serves(aws, shop, deploy, canary, strategy):
    run = deploy if strategy == "ROLLING" else canary
    assert not run(desired_count=2).failed
    aws.plan("task_exits", family="web", exit_code=3, log=["starting", "no such table: users"])
    other(shop)
    result = run(desired_count=2)
    assert result.failed
    assert "The deployment of web:2 to service web failed, and ECS went back to web:1, which serves." in result.msg
    assert "circuit breaker: tasks failed to start" in result.msg
    assert "Essential container in task exited. Container web exited with code 3." in result.msg
    assert "no such table: users" in result.msg
    assert (result.exit_code, result.logs[-1], result.status) == (3, "no such table: users", "ROLLBACK_SUCCESSFUL")
    assert result.service_deployment_arn == shop.deployment["serviceDeploymentArn"]
    assert shop.revision() == {"web:1"}
    if strategy == "CANARY":
        serving = (shop.blue, shop.green)[shop.weights().index(100)]
        assert shop.health(serving) == ["healthy", "healthy"]


def test_an_image_that_is_missing_is_named(aws, shop, deploy):
    deploy()
    aws.plan("image_missing", image="nginx:1.28")
    other(shop)
    result = deploy()
    assert "CannotPullContainerError" in result.msg
    assert "public.ecr.aws/nginx/nginx:1.28: not found" in result.msg
    assert result.msg.count("CannotPullContainerError") == 1
    assert "Push public.ecr.aws/nginx/nginx:1.28 again, or deploy one that is in the repository." in result.msg


def test_unhealthy_targets_are_named(aws, shop, canary):
    canary()
    aws.plan("target_unhealthy", target_group="blue")
    other(shop)
    assert "Task failed ELB health checks in (target-group" in canary().msg


def test_missing_capacity_is_named(aws, shop, deploy):
    deploy()
    aws.plan("capacity_missing")
    other(shop)
    assert "was unable to place a task. Reason: Capacity is unavailable" in deploy().msg


def test_logs_that_may_not_be_read_do_not_hide_the_reason(aws, shop, deploy):
    deploy()
    aws.plan("task_exits", family="web", exit_code=9)
    aws.fault("logs", "GetLogEvents", "denied", times=99)
    other(shop)
    result = deploy()
    assert "exited with code 9" in result.msg
    assert result.logs == []


def test_without_a_way_back_the_failure_says_so_and_is_not_forgotten(aws, shop, deploy):
    once = {"deployment_circuit_breaker": {"enable": True, "rollback": False}}
    deploy(deployment_configuration=once)
    aws.plan("task_exits", family="web", exit_code=1)
    other(shop)
    assert "was stopped; ECS has not gone back" in deploy(deployment_configuration=once).msg
    with aws.recorded() as sent:
        again = deploy(deployment_configuration=once)
    assert "was stopped; ECS has not gone back" in again.msg
    assert sent.writes == []
    assert not deploy(deployment_configuration=once, wait=False).failed


def test_a_deployment_that_somebody_replaced_is_no_success(aws, shop, deploy, monkeypatch):
    deploy()
    other(shop)
    third = other(shop)
    monkeypatch.setattr(calls, "time", Meddling(lambda: shop.update(taskDefinition=third)))
    result = deploy(task_definition="web:2")
    assert result.failed
    assert "The deployment of web:2 to service web was replaced by another one" in result.msg


def test_a_stuck_deployment_is_replaced_without_waiting_for_it(aws, shop, deploy):
    deploy(deployment_configuration={})
    crash = aws.plan("task_exits", family="web", exit_code=1)
    other(shop)
    late = deploy(deployment_configuration={}, wait_timeout=300)
    assert "is not ready after 300 seconds. Its deployment is IN_PROGRESS." in late.msg
    assert "exited with code 1" in late.msg
    crash["times"] = 0
    before = CLOCK.seconds()
    assert not deploy(deployment_configuration={}, task_definition="web:1").failed
    assert CLOCK.seconds() - before < 600


def test_a_run_that_changes_nothing_waits_for_the_deployment_that_goes_on(aws, shop, deploy):
    deploy()
    other(shop)
    assert deploy(wait=False).changed
    assert shop.deployment["status"] in ("PENDING", "IN_PROGRESS")
    assert not deploy().changed
    assert shop.deployment["status"] == "SUCCESSFUL"


def test_a_pause_is_named_when_the_time_is_over(aws, canary):
    hook = {"target_type": "PAUSE", "lifecycle_stages": ["POST_SCALE_UP"]}
    result = canary(deployment_configuration={**CANARY, "lifecycle_hooks": [hook]}, wait_timeout=600)
    assert "Its deployment is IN_PROGRESS at stage POST_SCALE_UP." in result.msg
    assert "A PAUSE hook waits for an answer" in result.msg


def test_removal_stops_the_tasks_and_waits(aws, shop, deploy):
    deploy(desired_count=2)
    with aws.recorded() as sent:
        result = aws.run("ecs_service", name="web", cluster="shop", state="absent")
    assert (result.changed, sent.writes) == (True, ["DeleteService"])
    assert shop.service["status"] == "INACTIVE"
    assert not aws.run("ecs_service", name="web", cluster="elsewhere", state="absent").changed
    assert not deploy().failed


def test_settings_of_another_strategy_are_not_compared(aws, shop, canary):
    canary()
    blue_green = {**BREAKER, "strategy": "BLUE_GREEN", "bake_time_in_minutes": 1}
    assert canary(deployment_configuration=blue_green).changed
    kept = {"canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 2}}
    services = ecs_scheduler.services(Place(ACCOUNT, "us-east-1"))
    services["shop", "web"]["deploymentConfiguration"].update(kept)  # whether AWS keeps it is not documented
    assert not canary(deployment_configuration=blue_green).changed


def test_a_failure_of_an_earlier_deployment_is_not_the_reason_of_a_later_one(aws, shop, deploy):
    deploy()
    crash = aws.plan("task_exits", family="web", exit_code=66)
    other(shop)
    assert "exited with code 66" in deploy().msg
    crash["times"] = 0
    aws.plan("capacity_missing")
    late = deploy()
    assert "Capacity is unavailable" in late.msg
    assert "66" not in late.msg
