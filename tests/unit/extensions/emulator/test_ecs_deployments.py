# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Emulated service deployments: the four strategies walk their stages, shift traffic and go back."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.containers import ACCOUNT, Containers
from ansible_collections.slipway.aws.tests.support.delivery import messages

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
CANARY = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 5}, "bakeTimeInMinutes": 10}


@pytest.fixture(autouse=True)
def _time_passes_only_when_told(monkeypatch):
    monkeypatch.setattr(CLOCK, "speed", 0.0)


@pytest.fixture
def shop(aws):
    """Return an account with everything that a service behind a load balancer needs."""
    return Containers(aws, balanced=True)


def running(shop, **config):
    """Create the service with a strategy and wait until it runs; return the group that serves it as an index."""
    shop.create(loadBalancers=shop.balancers, deploymentConfiguration={**BREAKER, **config})
    shop.pass_time(until="SUCCESSFUL")
    assert set(shop.weights()) == {0, 100}
    return shop.weights().index(100)


def walk(shop, until):
    """Return the stages and weights that a deployment shows until it has a status, each once."""
    seen = []
    for _look in range(2000):
        deployment = shop.deployment
        sight = (deployment.get("lifecycleStage"), shop.weights())
        if sight not in seen:
            seen.append(sight)
        if deployment["status"] == until:
            return seen
        shop.pass_time(minutes=1 / 12)
    raise AssertionError(seen)


def new(shop):
    """Return a task definition with another image."""
    return shop.define(image="public.ecr.aws/nginx/nginx:1.28")


def test_the_first_version_serves_through_the_group_that_served_nobody(shop):
    assert running(shop, strategy="BLUE_GREEN") == 1
    assert shop.health(shop.green) == ["healthy", "healthy"]
    assert shop.health(shop.blue) == []
    revision = shop.deployment["targetServiceRevision"]
    assert revision["requestedProductionTrafficWeight"] == 100
    shown = shop.ecs.describe_service_revisions(serviceRevisionArns=[revision["arn"]])["serviceRevisions"][0]
    assert shown["resolvedConfiguration"]["loadBalancers"] == [
        {"targetGroupArn": shop.green, "productionListenerRule": shop.rules[0]}
    ]
    assert shown["containerImages"][0]["imageDigest"].startswith("sha256:")


def test_blue_green_shifts_tests_first_then_everything(shop):
    running(shop, strategy="BLUE_GREEN", bakeTimeInMinutes=5)
    shop.update(taskDefinition=new(shop))
    shop.pass_time(until="POST_TEST_TRAFFIC_SHIFT")
    assert (shop.weights(0), shop.weights(1)) == ((0, 100), (100, 0))
    baking = shop.pass_time(until="BAKE_TIME")
    assert shop.weights() == (100, 0)
    assert [source["runningTaskCount"] for source in baking["sourceServiceRevisions"]] == [2]
    assert shop.revision() == {"web:1", "web:2"}
    shop.pass_time(minutes=4)
    assert shop.deployment["lifecycleStage"] == "BAKE_TIME"
    shop.pass_time(until="SUCCESSFUL", at_most=3)
    assert shop.revision() == {"web:2"}


def test_canary_shifts_a_share_and_bakes_it(shop):
    running(shop, **CANARY)
    shop.update(taskDefinition=new(shop))
    seen = walk(shop, "SUCCESSFUL")
    assert [stage for stage, _weights in dict(seen).items()][:3] == [None, "PRE_SCALE_UP", "SCALE_UP"]
    weights = [weight for stage, weight in seen if stage == "PRODUCTION_TRAFFIC_SHIFT"]
    assert weights == [(10, 90), (100, 0)]
    assert {stage for stage, _weights in seen} >= {
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
        "CLEAN_UP",
    }


def test_linear_shifts_step_by_step(shop):
    running(shop, strategy="LINEAR", linearConfiguration={"stepPercent": 30, "stepBakeTimeInMinutes": 2})
    shop.update(taskDefinition=new(shop))
    weights = [weight for stage, weight in walk(shop, "SUCCESSFUL") if stage == "PRODUCTION_TRAFFIC_SHIFT"]
    assert weights == [(30, 70), (60, 40), (90, 10), (100, 0)]


def test_the_circuit_breaker_of_a_rolling_deployment_brings_the_old_version_back(aws, shop):
    plain = [{key: value for key, value in shop.balancers[0].items() if key != "advancedConfiguration"}]
    shop.create(loadBalancers=plain, deploymentConfiguration=BREAKER)
    shop.pass_time(until="SUCCESSFUL")
    before = shop.service["deployments"][0]["id"]
    aws.plan("task_exits", family="broken", exit_code=3, log=["no such table: users"])
    shop.update(taskDefinition=shop.define(family="broken"))
    failed = shop.pass_time(until="ROLLBACK_IN_PROGRESS")
    assert failed["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 4, "threshold": 3}
    assert failed["rollback"]["serviceRevisionArn"] == failed["sourceServiceRevisions"][0]["arn"]
    states = {entry["status"]: entry["rolloutState"] for entry in shop.service["deployments"]}
    assert states == {"PRIMARY": "IN_PROGRESS", "ACTIVE": "FAILED"}
    shop.pass_time(until="ROLLBACK_SUCCESSFUL")
    service = shop.service
    assert (shop.revision(), service["deployments"][0]["id"], service["runningCount"]) == ({"web:1"}, before, 2)
    assert service["taskDefinition"].endswith("/web:1")
    assert shop.health(shop.blue).count("healthy") == 2
    stopped = next(task for task in shop.tasks("STOPPED") if "/broken:" in task["taskDefinitionArn"])
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("EssentialContainerExited", 3)
    stream = f"ecs/web/{stopped['taskArn'].rsplit('/', 1)[-1]}"
    events = shop.logs.get_log_events(logGroupName="/ecs/web", logStreamName=stream)["events"]
    assert events[-1]["message"] == "no such table: users"


def test_events_tell_how_a_deployment_stands(aws, shop):
    events = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [events]})
    topic = aws.client("sns").create_topic(Name="deployments", Attributes={"Policy": policy})["TopicArn"]
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"]}
    aws.run("eventbridge_rule", name="deployments", event_pattern=pattern, targets=[{"arn": topic}])
    shop.create(loadBalancers=[], deploymentConfiguration=BREAKER)
    shop.pass_time(until="SUCCESSFUL")
    aws.plan("task_exits", family="broken")
    shop.update(taskDefinition=shop.define(family="broken"))
    shop.pass_time(until="ROLLBACK_SUCCESSFUL")
    told = [json.loads(message) for message in messages(topic)]
    assert {tuple(event["resources"]) for event in told} == {(shop.service["serviceArn"],)}
    states = [event["detail"]["eventName"].removeprefix("SERVICE_DEPLOYMENT_") for event in told]
    assert states == ["IN_PROGRESS", "COMPLETED", "IN_PROGRESS", "FAILED"]
    failed = told[-1]["detail"]
    assert (failed["eventType"], failed["reason"]) == ("ERROR", "ECS deployment circuit breaker: tasks failed to start.")


def test_a_rollback_takes_back_everything_that_the_deployment_brought(aws, shop):
    shop.create(deploymentConfiguration=BREAKER)
    shop.pass_time(until="SUCCESSFUL")
    plain = [{key: value for key, value in shop.balancers[0].items() if key != "advancedConfiguration"}]
    one = {"awsvpcConfiguration": {"subnets": shop.network["subnets"][:1]}}
    aws.plan("target_unhealthy")
    shop.update(loadBalancers=plain, networkConfiguration=one)
    shop.pass_time(until="ROLLBACK_SUCCESSFUL")
    assert shop.service["loadBalancers"] == []
    assert shop.service["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == shop.network["subnets"]
    assert {task["attachments"][0]["details"][0]["value"] for task in shop.tasks()} == set(shop.network["subnets"])


def test_without_rollback_the_failed_deployment_stops_and_the_old_tasks_stay(aws, shop):
    shop.create(deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}})
    shop.pass_time(until="SUCCESSFUL")
    aws.plan("image_missing", image="nginx:nowhere")
    shop.update(taskDefinition=shop.define(image="nginx:nowhere"))
    stopped = shop.pass_time(until="STOPPED")
    assert "tasks failed to start" in stopped["statusReason"]
    shop.pass_time(minutes=30)
    assert shop.revision() == {"web:1"}
    assert shop.service["deployments"][0]["rolloutState"] == "FAILED"
    assert len(shop.tasks()) == 2


def test_a_failing_canary_leaves_the_old_version_serving(aws, shop):
    running(shop, **CANARY)
    aws.plan("task_exits", family="broken")
    shop.update(taskDefinition=shop.define(family="broken"))
    seen = walk(shop, "ROLLBACK_SUCCESSFUL")
    assert {weights for _stage, weights in seen} == {(0, 100)}
    assert shop.revision() == {"web:1"}
    assert shop.health(shop.green) == ["healthy", "healthy"]


def test_an_alarm_during_the_bake_takes_the_traffic_back(aws, shop):
    shop.alarms.put_metric_alarm(
        AlarmName="errors",
        Namespace="Shop",
        MetricName="Errors",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Threshold=1,
        Statistic="Sum",
    )
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    running(shop, **CANARY, **alarms)
    shop.update(taskDefinition=new(shop))
    shop.pass_time(until="PRODUCTION_TRAFFIC_SHIFT")
    assert shop.weights() == (10, 90)
    shop.alarms.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    ended = shop.pass_time(until="ROLLBACK_SUCCESSFUL")
    assert (ended["alarms"]["status"], ended["alarms"]["triggeredAlarmNames"]) == ("TRIGGERED", ["errors"])
    assert shop.weights() == (0, 100)
    assert shop.revision() == {"web:1"}


def test_unhealthy_targets_end_the_deployment(aws, shop):
    running(shop, **CANARY)
    aws.plan("target_unhealthy", target_group="blue", reason="Health checks failed with these codes: [500]")
    shop.update(taskDefinition=new(shop))
    shop.pass_time(until="ROLLBACK_SUCCESSFUL")
    reasons = {task["stoppedReason"] for task in shop.tasks("STOPPED")}
    assert f"Task failed ELB health checks in (target-group {shop.blue})" in reasons
    assert shop.weights() == (0, 100)


def test_a_pause_hook_waits_for_an_answer(shop):
    hooks = {"lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}]}
    shop.create(loadBalancers=shop.balancers, deploymentConfiguration={**BREAKER, "strategy": "BLUE_GREEN", **hooks})
    shop.pass_time(minutes=60)
    deployment = shop.deployment
    assert (deployment["status"], deployment["lifecycleStage"]) == ("IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT")
    hook = deployment["lifecycleHookDetails"][0]
    assert (hook["status"], hook["targetType"], hook["timeoutAction"]) == ("AWAITING_ACTION", "PAUSE", "ROLLBACK")
    answer = {"serviceDeploymentArn": deployment["serviceDeploymentArn"], "hookId": hook["hookId"]}
    shop.ecs.continue_service_deployment(**answer)
    shop.pass_time(until="SUCCESSFUL")
    assert shop.deployment["lifecycleHookDetails"][0]["status"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="does not wait for an action"):
        shop.ecs.continue_service_deployment(**answer)


def test_a_pause_hook_that_nobody_answers_rolls_back_or_goes_on(shop):
    def paused(action):
        timeout = {"timeoutInMinutes": 30, "action": action}
        hook = {"targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"], "timeoutConfiguration": timeout}
        return {**BREAKER, "strategy": "BLUE_GREEN", "lifecycleHooks": [hook]}

    running(shop, strategy="BLUE_GREEN")
    shop.update(taskDefinition=new(shop), deploymentConfiguration=paused("CONTINUE"))
    shop.pass_time(until="SUCCESSFUL")
    shop.update(taskDefinition=new(shop), deploymentConfiguration=paused("ROLLBACK"))
    ended = shop.pass_time(until="ROLLBACK_SUCCESSFUL")
    assert ended["lifecycleHookDetails"][0]["status"] == "TIMED_OUT"
    assert shop.revision() == {"web:2"}


def test_a_lambda_hook_that_fails_rolls_back(aws, shop):
    hook = {
        "hookTargetArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:smoke",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/infrastructure",
        "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
    }
    running(shop, strategy="BLUE_GREEN", lifecycleHooks=[hook])
    aws.plan("hook_fails", hook="smoke")
    shop.update(taskDefinition=new(shop))
    ended = shop.pass_time(until="ROLLBACK_SUCCESSFUL")
    assert ended["lifecycleHookDetails"][-1]["status"] == "FAILED"
    assert (shop.weights(0), shop.weights(1)) == ((0, 100), (0, 100))


def test_stop_rolls_back(shop):
    running(shop, **CANARY)
    shop.update(taskDefinition=new(shop))
    deployment = shop.pass_time(until="PRODUCTION_TRAFFIC_SHIFT")
    arn = {"serviceDeploymentArn": deployment["serviceDeploymentArn"]}
    shop.ecs.stop_service_deployment(**arn, stopType="ROLLBACK")
    assert shop.deployment["status"] in ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
    shop.pass_time(until="ROLLBACK_SUCCESSFUL")
    assert shop.weights() == (0, 100)
    with pytest.raises(ClientError, match="ConflictException"):
        shop.ecs.stop_service_deployment(**arn)


def test_a_second_deployment_takes_the_place_of_the_first(shop):
    running(shop, **CANARY)
    shop.update(taskDefinition=new(shop))
    shop.pass_time(until="PRODUCTION_TRAFFIC_SHIFT")
    shop.update(taskDefinition=new(shop))
    second, first = shop.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"][:2]
    assert (first["status"], second["status"]) == ("STOPPED", "PENDING")
    assert "another service deployment" in first["statusReason"]
    seen = walk(shop, "SUCCESSFUL")
    assert "RECONCILE_SERVICE" in {stage for stage, _weights in seen}
    assert shop.revision() == {"web:3"}
    assert 100 in shop.weights()


def test_a_deployment_can_be_listed_by_status(shop):
    running(shop, strategy="BLUE_GREEN")
    listed = shop.ecs.list_service_deployments(cluster="shop", service="web", status=["SUCCESSFUL"])["serviceDeployments"]
    assert len(listed) == 1
    assert shop.ecs.list_service_deployments(cluster="shop", service="web", status=["STOPPED"])["serviceDeployments"] == []
    missing = shop.ecs.describe_service_deployments(serviceDeploymentArns=["arn:aws:ecs:us-east-1:1:service-deployment/a/b/c"])
    assert missing["failures"][0]["reason"] == "MISSING"
