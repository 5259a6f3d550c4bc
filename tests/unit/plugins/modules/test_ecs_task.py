# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ecs_task: runs once, waits, and tells how it ended."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils import calls, shapes
from ansible_collections.slipway.aws.tests.support.containers import Containers, Meddling


@pytest.fixture
def shop(aws):
    """Return an account with a cluster and a task definition."""
    shop = Containers(aws)
    shop.define()
    return shop


@pytest.fixture
def run(aws, shop):
    """Return a function that runs the module."""
    network = shapes.from_api(shop.awsvpc)

    def run(check=False, **more):
        options = {
            "task_definition": "web",
            "cluster": "shop",
            "launch_type": "FARGATE",
            "network_configuration": network,
            **more,
        }
        return aws.run("ecs_task", check=check, **options)

    return run


def test_a_task_that_ends_well_returns_its_log(aws, run):
    overrides = {"container_overrides": [{"name": "web", "command": ["alembic", "upgrade", "head"]}]}
    with aws.recorded() as sent:
        result = run(overrides=overrides, started_by="deploy", tags={"Project": "Shop", "Number": 1})
    assert (result.changed, result.exit_code, result.task["last_status"]) == (True, 0, "STOPPED")
    assert result.logs[-1] == "listening on port 8000"
    asked = sent.parameters("RunTask")
    assert asked["overrides"] == {"containerOverrides": [{"name": "web", "command": ["alembic", "upgrade", "head"]}]}
    assert asked["taskDefinition"].endswith("task-definition/web:1")
    assert asked["tags"] == [{"key": "Project", "value": "Shop"}, {"key": "Number", "value": "1"}]
    assert sent.writes == ["RunTask"]


def test_a_task_that_exits_badly_fails(aws, run):
    aws.plan("task_exits", family="web", exit_code=4, log=["upgrading", "column exists already"])
    result = run(log_lines=2)
    assert "task web failed. Task " in result.msg
    assert "Container web exited with code 4. Its last lines: upgrading | column exists already" in result.msg
    assert (result.exit_code, result.logs) == (4, ["upgrading", "column exists already"])


def test_a_task_that_cannot_start_says_why(aws, run):
    aws.plan("image_missing")
    result = run()
    assert "CannotPullContainerError" in result.msg
    assert (result.exit_code, result.logs) == (None, [])


def test_a_task_that_is_stopped_by_somebody_fails(aws, shop, run, monkeypatch):
    def stop():
        for task in shop.ecs.list_tasks(cluster="shop")["taskArns"]:
            shop.ecs.stop_task(cluster="shop", task=task, reason="maintenance")

    monkeypatch.setattr(calls, "time", Meddling(stop))
    result = run()
    assert (result.failed, result.task["stop_code"]) == (True, "UserInitiated")
    assert "stopped: maintenance." in result.msg


def test_without_waiting_the_task_is_only_started(run):
    result = run(wait=False)
    assert (result.failed, result.changed, result.task["last_status"]) == (False, True, "PROVISIONING")
    assert "exit_code" not in result


def test_missing_capacity_is_a_failure(aws, run):
    aws.plan("capacity_missing")
    assert "task web was not started: Capacity is unavailable" in run().msg


def test_a_sidecar_does_not_decide_unless_it_is_asked_for(aws, shop, run):
    log = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/web", "awslogs-region": "us-east-1"}}
    options = {**log["options"], "awslogs-stream-prefix": "ecs"}
    agent = {"name": "agent", "image": "agent", "essential": False, "logConfiguration": {**log, "options": options}}
    definition = shop.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    kept = ("family", "networkMode", "cpu", "memory", "requiresCompatibilities", "executionRoleArn")
    shop.ecs.register_task_definition(
        **{key: definition[key] for key in kept}, containerDefinitions=[*definition["containerDefinitions"], agent]
    )
    aws.plan("task_exits", container="web", exit_code=0, after=20)
    assert run().logs[0].startswith("web started")
    assert run(container="agent").logs[0].startswith("agent started")
    assert "proxy is not among its containers, which are: web, agent." in run(container="proxy").msg


def test_a_task_that_goes_on_is_named_when_the_time_is_over(aws, run):
    aws.plan("task_exits", family="web", exit_code=0, after=5000, log=[])
    result = run(wait_timeout=600)
    assert "has not ended after 600 seconds and goes on" in result.msg
    assert "listening on port 8000" in result.msg
    assert result.task["last_status"] == "RUNNING"


def test_mistakes_are_told_before_anything_runs(aws, run):
    with aws.recorded() as sent:
        assert "There is no task definition api" in run(task_definition="api").msg
        overrides = {"container_overrides": [{"name": "api", "command": ["x"]}]}
        assert "api is not among its containers, which are: web." in run(overrides=overrides).msg
        assert "did you mean command?" in run(overrides={"container_overrides": [{"name": "web", "comand": ["x"]}]}).msg
        assert run(check=True).changed
        assert run(check=True, task_definition="later").changed
    assert sent.writes == []


def test_a_role_that_was_made_a_moment_ago_is_waited_for(aws, run):
    words = "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/execution' that was provided for this task."
    fault = aws.fault("ecs", "RunTask", code="ClientException", message=words)
    assert run().exit_code == 0
    assert fault["times"] == 0
