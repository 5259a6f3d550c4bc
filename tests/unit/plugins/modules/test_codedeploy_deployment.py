# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Deployments to a service that really has tasks and listeners: what moves when, what is deployed once, and what failing says."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy

import pytest

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils.codedeploy import is_revision
from ansible_collections.slipway.aws.tests.support.delivery import blue_green, done, register, rests

MODULE = "codedeploy_deployment"
BACK = {"auto_rollback_configuration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]}}


class Shop:
    """A service and its deployment group."""

    def __init__(self, aws):
        self.aws = aws
        done(aws, "codedeploy_application", name="shop")
        self.options, self.listener = blue_green(aws)
        self.first = self.service()["taskDefinition"]
        CLOCK.advance(120)

    def group(self, kept=5, ready=None, **more):
        config = {"terminate_blue_instances_on_deployment_success": {"termination_wait_time_in_minutes": kept}}
        if ready:
            config["deployment_ready_option"] = {"action_on_timeout": "STOP_DEPLOYMENT", "wait_time_in_minutes": ready}
        wish = {**self.options, "blue_green_deployment_configuration": config, **more}
        made = self.aws.run("codedeploy_deployment_group", **wish)
        assert not made.failed, made.msg
        return self

    def run(self, definition=None, action="deploy", check=False, **more):
        known = {"task_definition": definition, "container_name": "web", "container_port": 8000} if definition else {}
        return self.aws.run(MODULE, check=check, name="web", application_name="shop", action=action, **known, **more)

    def does(self, *arguments, **more):
        result = self.run(*arguments, **more)
        assert not result.failed, result.msg
        return result

    def service(self):
        return self.aws.client("ecs").describe_services(cluster="shop", services=["web"])["services"][0]

    def weights(self):
        actions = self.aws.client("elbv2").describe_listeners(ListenerArns=[self.listener])["Listeners"][0]["DefaultActions"]
        groups = actions[0].get("ForwardConfig", {}).get("TargetGroups", [{"TargetGroupArn": actions[0].get("TargetGroupArn")}])
        return {group["TargetGroupArn"].split("/")[1].removeprefix("shop-"): group.get("Weight", 100) for group in groups}


@pytest.fixture
def shop(aws):
    return Shop(aws)


def test_a_deployment_moves_the_traffic_and_ends_with_the_new_tasks_alone(aws, shop):
    shop.group()
    new = register(aws, "shop:2")
    with aws.recorded() as sent:
        result = shop.does(new)
    assert (result.changed, result.deployment["status"]) == (True, "Succeeded")
    content = json.loads(sent.parameters("CreateDeployment")["revision"]["appSpecContent"]["content"])
    assert content["version"] == 0.0
    assert content["Resources"][0]["TargetService"]["Properties"] == {
        "TaskDefinition": new,
        "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 8000},
    }
    assert shop.weights() == {"blue": 0, "green": 100}
    service = shop.service()
    assert (service["taskDefinition"], service["runningCount"]) == (new, 2)


def test_what_is_deployed_is_not_deployed_again(aws, shop):
    shop.group()
    new = register(aws, "shop:2")
    first = shop.does(new)
    with aws.recorded() as sent:
        again = shop.does(new)
    assert (again.changed, sent.writes) == (False, [])
    assert again.deployment["deployment_id"] == first.deployment["deployment_id"]
    forced = shop.does(new, force=True)
    assert forced.changed
    assert forced.deployment["deployment_id"] != first.deployment["deployment_id"]


def test_a_deployment_that_is_under_way_is_joined_and_another_one_is_not_started(aws, shop):
    shop.group(kept=60)
    new, newer = register(aws, "shop:2"), register(aws, "shop:3")
    started = shop.does(new, wait=False)
    busy = shop.run(newer)
    assert busy.failed
    assert f"is busy: deployment {started.deployment['deployment_id']}" in busy.msg
    joined = shop.does(new, wait_until="shifted")
    assert not joined.changed
    assert joined.deployment["deployment_id"] == started.deployment["deployment_id"]


def test_shifted_is_earlier_than_succeeded(aws, shop):
    shop.group(kept=600)
    start = CLOCK.seconds()
    result = shop.does(register(aws, "shop:2"), wait_until="shifted")
    assert (result.deployment["status"], result.deployment["instance_termination_wait_time_started"]) == ("InProgress", True)
    assert CLOCK.seconds() - start < 1800
    assert shop.weights() == {"blue": 0, "green": 100}
    assert shop.service()["runningCount"] == 4
    ended = shop.does(action="continue")
    assert (ended.changed, ended.deployment["status"]) == (True, "Succeeded")
    assert not shop.does(action="continue").changed


def test_a_canary_has_a_share_first(aws, shop):
    shop.group(deployment_config_name="CodeDeployDefault.ECSCanary10Percent5Minutes")
    shop.does(register(aws, "shop:2"), wait=False)
    seen = set()
    for _time in range(40):
        CLOCK.advance(30)
        seen.add(shop.weights().get("green", 0))
    assert seen == {0, 10, 100}


def test_a_deployment_that_waits_is_continued(aws, shop):
    shop.group(ready=60)
    waiting = shop.does(register(aws, "shop:2"))
    assert waiting.deployment["status"] == "Ready"
    assert shop.weights().get("green", 0) == 0
    done = shop.does(action="continue")
    assert (done.changed, done.deployment["status"]) == (True, "Succeeded")


def test_continuing_waits_until_there_is_something_to_continue(aws, shop):
    shop.group(ready=60)
    shop.does(register(aws, "shop:2"), wait=False)
    done = shop.does(action="continue")
    assert (done.changed, done.deployment["status"]) == (True, "Succeeded")


@pytest.mark.parametrize("part", ["appSpecContent", "string"])
def test_what_is_deployed_is_known_by_its_digest_or_its_content(part):
    text = '{"version": 0.0}'
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert is_revision({"revision": {part: {"sha256": digest}}}, text)
    assert is_revision({"revision": {part: {"content": '{ "version":0.0 }'}}}, text)
    assert not is_revision({"revision": {part: {"content": "version: 0.0"}}}, text)
    assert not is_revision({}, text)


def test_a_deployment_that_nobody_continues_is_stopped(aws, shop):
    shop.group(ready=10)
    shop.does(register(aws, "shop:2"))
    CLOCK.advance(1000)
    result = shop.run(action="wait")
    assert result.failed
    assert "nobody continued it in time (MANUAL_STOP)" in result.msg


def test_a_deployment_that_fails_is_rolled_back_and_fails_the_task(aws, shop):
    shop.group(**BACK)
    plans.plan("deployment_fails", group="web", event="AfterAllowTraffic", message="The new version is slow", times=1)
    result = shop.run(register(aws, "shop:2"))
    assert result.failed
    assert "ended as Failed: The new version is slow (HOOK_EXECUTION_FAILURE)." in result.msg
    assert "gave the traffic back and ended as Succeeded." in result.msg
    CLOCK.advance(300)
    assert shop.weights() == {"blue": 100, "green": 0}
    service = shop.service()
    assert (service["taskDefinition"], service["runningCount"]) == (shop.first, 2)


def test_tasks_that_never_get_healthy_fail_it_after_an_hour(aws, shop):
    shop.group(**BACK)
    plans.plan("image_missing", image="shop:2")
    result = shop.run(register(aws, "shop:2"), wait_timeout=7200)
    assert result.failed
    assert "timed out while waiting for the replacement task set to become healthy" in result.msg
    assert shop.weights() == {"blue": 100, "green": 0}


def test_a_hook_that_fails_is_named(aws, shop):
    shop.group(**BACK)
    plans.plan("hook_fails", hook="smoke", stage="AfterAllowTestTraffic")
    result = shop.run(register(aws, "shop:2"), hooks={"AfterAllowTestTraffic": "smoke"})
    assert result.failed
    assert "AfterAllowTestTraffic: smoke (HOOK_EXECUTION_FAILURE)" in result.msg


def test_an_alarm_stops_it_and_gives_the_traffic_back(aws, shop):
    cloudwatch = aws.client("cloudwatch")
    metric = {"Namespace": "shop", "MetricName": "errors", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "Statistic": "Sum"}
    cloudwatch.put_metric_alarm(AlarmName="shop-5xx", ComparisonOperator="GreaterThanThreshold", **metric)
    watched = {"alarm_configuration": {"enabled": True, "alarms": [{"name": "shop-5xx"}]}}
    shop.group(deployment_config_name="CodeDeployDefault.ECSCanary10Percent15Minutes", **watched, **BACK)
    shop.does(register(aws, "shop:2"), wait=False)
    CLOCK.advance(400)
    assert shop.weights() == {"blue": 90, "green": 10}
    cloudwatch.set_alarm_state(AlarmName="shop-5xx", StateValue="ALARM", StateReason="test")
    result = shop.run(action="wait")
    assert result.failed
    assert "ALARM_ACTIVE" in result.msg
    assert shop.weights() == {"blue": 100, "green": 0}


@pytest.mark.parametrize(("back", "weight"), [(True, 0), (False, 10)])
def test_stopping(aws, shop, back, weight):
    shop.group(deployment_config_name="CodeDeployDefault.ECSCanary10Percent15Minutes")
    shop.does(register(aws, "shop:2"), wait=False)
    CLOCK.advance(400)
    stopped = shop.does(action="stop", roll_back=back)
    assert (stopped.changed, stopped.deployment["status"]) == (True, "Stopped")
    CLOCK.advance(300)
    assert shop.weights()["green"] == weight
    assert not shop.does(action="stop", deployment_id=stopped.deployment["deployment_id"]).changed


def test_what_has_failed_need_not_be_stopped(aws, shop):
    shop.group()
    plans.plan("deployment_fails", group="web", times=1)
    assert shop.run(register(aws, "shop:2")).failed
    stopped = shop.does(action="stop")
    assert (stopped.changed, stopped.deployment["status"]) == (False, "Failed")


def test_a_check_looks_and_does_nothing(aws, shop):
    shop.group(kept=60)
    new = register(aws, "shop:2")
    with aws.recorded() as sent:
        result = shop.does(new, check=True)
    assert (result.changed, sent.writes) == (True, [])
    shop.does(new, wait_until="shifted")
    for action in ("continue", "stop"):
        with aws.recorded() as sent:
            result = shop.does(action=action, check=True)
        assert (result.changed, sent.writes) == (True, [])


def test_routes_of_a_group_can_be_changed(aws, shop):
    shop.group()
    changed = deepcopy(shop.options["load_balancer_info"])
    del changed["target_group_pair_info_list"][0]["test_traffic_route"]
    with aws.recorded() as sent:
        result = aws.run("codedeploy_deployment_group", **{**shop.options, "load_balancer_info": changed})
    assert sent.writes == ["UpdateDeploymentGroup"]
    assert sent.parameters("UpdateDeploymentGroup").keys() == {"applicationName", "currentDeploymentGroupName", "loadBalancerInfo"}
    assert result.changed
    turned = deepcopy(changed)
    turned["target_group_pair_info_list"][0]["target_groups"].reverse()
    rests(aws, "codedeploy_deployment_group", **{**shop.options, "load_balancer_info": turned})


def test_a_service_that_ecs_deploys_itself_is_refused_in_aws_words(aws, shop):
    cluster = {"cluster": "shop", "taskDefinition": shop.first, "launchType": "FARGATE", "desiredCount": 0}
    network = shop.service()["taskSets"][0].get("networkConfiguration") or {"awsvpcConfiguration": {"subnets": [subnet(aws)]}}
    aws.client("ecs").create_service(serviceName="own", networkConfiguration=network, **cluster)
    services = [{"cluster_name": "shop", "service_name": "own"}]
    result = aws.run("codedeploy_deployment_group", **{**shop.options, "ecs_services": services})
    assert result.failed
    assert "must be configured for a CODE_DEPLOY deployment controller" in result.msg


def subnet(aws):
    return aws.client("ec2").describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.0.0.0/24"]}])["Subnets"][0]["SubnetId"]


def test_a_role_that_is_new_gets_a_minute_to_be_known(aws, shop):
    message = "AWS CodeDeploy does not have the permissions required to assume the role."
    fault = aws.fault("codedeploy", "CreateDeploymentGroup", times=2, code="InvalidRoleException", message=message)
    shop.group()
    assert fault["times"] == 0


def test_without_a_deployment_there_is_nothing_to_stop(shop):
    shop.group()
    result = shop.run(action="stop")
    assert "has had no deployment yet" in result.msg
