# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ecs_service_deployment and the info modules of services: wait, continue, roll back, stop, and look."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.containers import Containers

PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"]}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
BLUE_GREEN = {**BREAKER, "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}


@pytest.fixture
def shop(aws, monkeypatch):
    """Return an account with a service whose first version serves and whose second is on its way."""
    monkeypatch.setattr(CLOCK, "speed", 0.0)
    shop = Containers(aws, balanced=True)
    shop.create(loadBalancers=shop.balancers, deploymentConfiguration=BLUE_GREEN)
    shop.pass_time(until="SUCCESSFUL")
    return shop


@pytest.fixture
def deployment(aws):
    """Return a function that runs the module for the service ``web``."""

    def run(state="succeeded", check=False, **more):
        options = {"name": "web", "cluster": "shop", "state": state, "wait_timeout": 7200, **more}
        return aws.run("ecs_service_deployment", check=check, **options)

    return run


def deploy(shop, **more):
    """Start the deployment of a second version."""
    shop.update(taskDefinition=shop.define(image="public.ecr.aws/nginx/nginx:1.28"), **more)


def test_waiting_ends_with_success(aws, shop, deployment):
    deploy(shop)
    with aws.recorded() as sent:
        result = deployment()
    assert (result.changed, result.service_deployment["status"], sent.writes) == (False, "SUCCESSFUL", [])
    assert result.diff == {"before": {"status": "PENDING"}, "after": {"status": "SUCCESSFUL"}}
    assert deployment(check=True).service_deployment["status"] == "SUCCESSFUL"


def test_waiting_for_a_deployment_that_fails_fails(aws, shop, deployment):
    aws.plan("task_exits", family="web", exit_code=2, log=["bad configuration"])
    deploy(shop)
    result = deployment()
    assert "The deployment of web:2 to service web failed, and ECS went back to web:1, which serves." in result.msg
    assert (result.exit_code, result.logs[-1]) == (2, "bad configuration")
    assert deployment(check=True).failed


def test_a_paused_deployment_is_continued_hook_by_hook(aws, shop, deployment):
    deploy(shop, deploymentConfiguration={**BLUE_GREEN, "lifecycleHooks": [PAUSE]})
    paused = deployment("paused").service_deployment
    assert paused["lifecycle_stage"] == "POST_TEST_TRAFFIC_SHIFT"
    hook = paused["lifecycle_hook_details"][0]["hook_id"]
    assert not deployment("continued", hook_id="another", wait=False).changed
    assert deployment("continued", check=True).changed
    with aws.recorded() as sent:
        second = deployment("continued", hook_id=hook)
    assert sent.parameters("ContinueServiceDeployment")["action"] == "CONTINUE"
    assert (second.changed, second.service_deployment["lifecycle_stage"]) == (True, "POST_PRODUCTION_TRAFFIC_SHIFT")
    assert deployment("continued").service_deployment["status"] == "SUCCESSFUL"
    assert not deployment("continued").changed
    assert "has succeeded without waiting at a hook" in deployment("paused").msg


def test_waiting_at_a_hook_ends_with_a_hint(shop, deployment):
    deploy(shop, deploymentConfiguration={**BLUE_GREEN, "lifecycleHooks": [PAUSE]})
    result = deployment(wait_timeout=900)
    assert "has not reached succeeded after 900 seconds" in result.msg
    assert "A PAUSE hook waits for an answer" in result.msg


def test_rolling_back_brings_the_traffic_back(aws, shop, deployment):
    served = shop.weights()
    deploy(shop)
    shop.pass_time(until="BAKE_TIME")
    assert shop.weights() == served[::-1]
    assert deployment("rolled_back", check=True).changed
    with aws.recorded() as sent:
        result = deployment("rolled_back")
    assert sent.parameters("StopServiceDeployment")["stopType"] == "ROLLBACK"
    assert (result.changed, result.service_deployment["status"]) == (True, "ROLLBACK_SUCCESSFUL")
    assert (shop.weights(), shop.revision()) == (served, {"web:1"})
    assert not deployment("rolled_back").changed
    assert deployment().failed


def test_what_has_succeeded_cannot_be_rolled_back(aws, shop, deployment):
    with aws.recorded() as sent:
        result = deployment("rolled_back")
    assert "has succeeded already: deploy the earlier task definition with ecs_service" in result.msg
    assert sent.writes == []
    assert not deployment("stopped").changed


def test_stopping_leaves_both_versions(aws, shop, deployment):
    deploy(shop)
    shop.pass_time(until="BAKE_TIME")
    with aws.recorded() as sent:
        result = deployment("stopped")
    assert sent.parameters("StopServiceDeployment")["stopType"] == "ABORT"
    assert (result.changed, result.service_deployment["status"]) == (True, "STOPPED")
    assert shop.revision() == {"web:1", "web:2"}
    assert not deployment("stopped").changed
    assert "was stopped and cannot be rolled back" in deployment("rolled_back").msg


def test_one_that_ends_while_it_is_stopped_is_no_conflict(aws, shop, deployment):
    deploy(shop)
    aws.fault("ecs", "StopServiceDeployment", code="ConflictException", message="It has ended.")
    assert not deployment("stopped", wait=False).changed


def test_an_older_deployment_can_be_named(shop, deployment):
    first = shop.deployment["serviceDeploymentArn"]
    deploy(shop)
    assert deployment(service_deployment_arn=first).service_deployment["service_deployment_arn"] == first


def test_what_is_missing_is_named(aws, shop, deployment):
    assert "service api in cluster shop has no deployment" in deployment(name="api").msg
    assert "There is no service deployment arn:x" in deployment(service_deployment_arn="arn:x").msg


def test_the_history_names_task_definitions(aws, shop):
    deploy(shop)
    found = aws.run("ecs_service_deployment_info", name="web", cluster="shop").service_deployments
    assert [one["target_service_revision"]["task_definition"].rsplit("/", 1)[-1] for one in found] == ["web:2", "web:1"]
    assert found[0]["source_service_revisions"][0]["task_definition"].endswith("/web:1")
    done = aws.run("ecs_service_deployment_info", name="web", cluster="shop", status=["SUCCESSFUL"])
    assert len(done.service_deployments) == 1
    assert len(aws.run("ecs_service_deployment_info", name="web", cluster="shop", limit=1).service_deployments) == 1
    assert aws.run("ecs_service_deployment_info", name="api", cluster="shop").service_deployments == []
    assert aws.run("ecs_service_deployment_info", name="web", cluster="none").service_deployments == []


def test_services_tell_whether_they_are_steady(aws, shop):
    for number in range(11):
        shop.ecs.create_service(
            cluster="shop",
            serviceName=f"s{number:02}",
            taskDefinition="web",
            launchType="FARGATE",
            networkConfiguration=shop.awsvpc,
        )
    deploy(shop, forceNewDeployment=True)
    shop.pass_time(minutes=1)
    found = aws.run("ecs_service_info", cluster="shop", events=1)["services"]
    assert [service["service_name"] for service in found] == [*(f"s{number:02}" for number in range(11)), "web"]
    assert [service["steady"] for service in found] == [True] * 11 + [False]
    assert len(found[-1]["events"]) == 1
    shop.pass_time(until="SUCCESSFUL")
    only = aws.run("ecs_service_info", cluster="shop", names=["web", "gone"])["services"]
    assert [(service["service_name"], service["steady"]) for service in only] == [("web", True)]
    assert aws.run("ecs_service_info", cluster="none")["services"] == []
