# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Pipelines of the emulated account: executions that walk, wait for each other, fail, are retried and rolled back."""

from __future__ import annotations

from copy import deepcopy

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services import codeconnections
from ansible_collections.slipway.aws.tests.support.delivery import BUILD, DEPLOY, approval, pipeline

CALL = {"name": "Call", "action_type_id": {"category": "Invoke", "provider": "Lambda"}, "configuration": {"FunctionName": "f"}}


@pytest.fixture
def client(aws):
    return aws.client("codepipeline")


def state(client):
    """Return the status of every stage by name."""
    stages = client.get_pipeline_state(name="shop")["stageStates"]
    return {stage["stageName"]: stage.get("latestExecution", {}).get("status") for stage in stages}


def executions(client):
    """Return the status of the executions, the oldest first."""
    listed = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    return [execution["status"] for execution in reversed(listed)]


def start(client):
    return client.start_pipeline_execution(name="shop")["pipelineExecutionId"]


def waiting(client, stage="Approve"):
    """Return what answers the approval that waits."""
    for one in client.get_pipeline_state(name="shop")["stageStates"]:
        if one["stageName"] == stage:
            latest = one["actionStates"][0]["latestExecution"]
            return {"pipelineName": "shop", "stageName": stage, "actionName": "Release", "token": latest["token"]}
    return None


def test_a_new_pipeline_starts_by_itself_and_walks_its_stages(aws, client):
    pipeline(aws)
    assert state(client) == {"Source": "InProgress", "Build": None, "Deploy": None}
    CLOCK.advance(30)
    assert state(client) == {"Source": "Succeeded", "Build": "InProgress", "Deploy": None}
    CLOCK.advance(300)
    assert state(client) == {"Source": "Succeeded", "Build": "Succeeded", "Deploy": "Succeeded"}
    (execution,) = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    assert (execution["status"], execution["trigger"]["triggerType"]) == ("Succeeded", "CreatePipeline")


def test_how_often_somebody_looks_makes_no_difference(aws, client):
    pipeline(aws)
    first = start(client)
    CLOCK.advance(5000)  # nobody looks while it all happens
    seldom = times(client, first)
    second = start(client)
    for _time in range(200):
        CLOCK.advance(5)
        client.get_pipeline_state(name="shop")
    assert times(client, second) == seldom


def times(client, key):
    """Return how long the actions of an execution took, in whole seconds."""
    details = client.list_action_executions(pipelineName="shop", filter={"pipelineExecutionId": key})["actionExecutionDetails"]
    return {one["actionName"]: round((one["lastUpdateTime"] - one["startTime"]).total_seconds()) for one in details}


def test_an_action_is_one_of_codebuild_and_waits_for_it(aws, client):
    pipeline(aws)
    CLOCK.advance(30)
    (key,) = aws.client("codebuild").list_builds_for_project(projectName="shop-image")["ids"]
    build = aws.client("codebuild").batch_get_builds(ids=[key])["builds"][0]
    assert build["initiator"] == "codepipeline/shop"
    aws.client("codebuild").stop_build(id=key)
    assert state(client)["Build"] == "Failed"
    CLOCK.advance(5000)
    assert state(client)["Deploy"] is None


def test_an_approval_waits_for_its_token(aws, client):
    topic = aws.client("sns").create_topic(Name="approvals")["TopicArn"]
    pipeline(aws, stages=[approval(configuration={"NotificationArn": topic, "CustomData": "#{GitHub.CommitId}"}), BUILD])
    CLOCK.advance(24 * 3600)
    assert state(client)["Approve"] == "InProgress"
    answer = waiting(client)
    result = {"status": "Approved", "summary": "fine"}
    wrong = {**answer, "token": "00000000-0000-0000-0000-000000000000"}
    with pytest.raises(ClientError, match="InvalidApprovalToken"):
        client.put_approval_result(**wrong, result=result)
    client.put_approval_result(**answer, result=result)
    assert state(client)["Approve"] == "Succeeded"
    with pytest.raises(ClientError, match="ApprovalAlreadyCompleted"):
        client.put_approval_result(**answer, result=result)


def test_an_approval_that_nobody_answers_times_out(aws, client):
    pipeline(aws, stages=[approval(timeout_in_minutes=60), BUILD])
    CLOCK.advance(3000)
    assert state(client)["Approve"] == "InProgress"
    CLOCK.advance(1000)
    assert state(client)["Approve"] == "Failed"
    assert executions(client) == ["Failed"]


def test_an_approval_waits_a_week_when_nothing_is_said(aws, client):
    pipeline(aws, stages=[approval(), BUILD])
    CLOCK.advance(7 * 24 * 3600 - 60)
    assert state(client)["Approve"] == "InProgress"
    CLOCK.advance(120)
    assert state(client) == {"Source": "Succeeded", "Approve": "Failed", "Build": None}
    failed = client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"][0]["latestExecution"]
    assert "timed out after 10080 minutes" in failed["errorDetails"]["message"]


@pytest.mark.parametrize("status", ["ERROR", "PENDING"])
def test_nothing_is_read_over_a_connection_that_was_taken_back(aws, client, status):
    pipeline(aws)
    CLOCK.advance(600)
    [connection] = aws.client("codeconnections").list_connections()["Connections"]
    codeconnections.authorise(connection["ConnectionArn"], status)
    start(client)
    CLOCK.advance(600)
    assert executions(client) == ["Succeeded", "Failed"]
    failed = client.get_pipeline_state(name="shop")["stageStates"][0]["actionStates"][0]["latestExecution"]
    assert failed["errorDetails"] == {
        "code": "ConfigurationError",
        "message": f"Unable to use Connection: {connection['ConnectionArn']}. The connection is {status}.",
    }


def test_actions_of_one_order_run_side_by_side_and_the_next_wait(aws, client):
    pipeline(aws, stages=[{"name": "Calls", "actions": [CALL, {**CALL, "name": "Too"}, {**CALL, "name": "Last", "run_order": 2}]}])
    CLOCK.advance(40)
    actions = client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"]
    assert [action.get("latestExecution", {}).get("status") for action in actions] == ["InProgress", "InProgress", None]
    CLOCK.advance(60)
    actions = client.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"]
    assert [action["latestExecution"]["status"] for action in actions] == ["Succeeded", "Succeeded", "InProgress"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("SUPERSEDED", ["InProgress", "Superseded", "InProgress"]),
        ("QUEUED", ["InProgress", "InProgress", "InProgress"]),
        ("PARALLEL", ["InProgress", "InProgress", "InProgress"]),
    ],
)
def test_what_happens_to_executions_that_meet(aws, client, mode, expected):
    pipeline(aws, stages=[approval(), {"name": "Call", "actions": [CALL]}], execution_mode=mode)
    for _time in range(2):
        CLOCK.advance(60)
        start(client)
    CLOCK.advance(60)
    assert executions(client) == expected
    held = client.get_pipeline_state(name="shop")["stageStates"][1].get("inboundExecutions", [])
    assert len(held) == {"SUPERSEDED": 1, "QUEUED": 2, "PARALLEL": 0}[mode]
    if mode != "PARALLEL":
        client.put_approval_result(**waiting(client), result={"status": "Approved", "summary": ""})
        CLOCK.advance(300)
        assert executions(client)[0] == "Succeeded"
        assert waiting(client)["token"]
    else:
        stage = client.get_pipeline_state(name="shop")["stageStates"][1]
        assert "token" not in stage["actionStates"][0]["latestExecution"]


def test_only_what_failed_is_retried_or_all(aws, client):
    plans.plan("action_fails", pipeline="shop", action="Too", times=1)
    pipeline(aws, stages=[{"name": "Calls", "actions": [CALL, {**CALL, "name": "Too"}]}])
    CLOCK.advance(300)
    assert executions(client) == ["Failed"]
    key = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    wish = {"pipelineName": "shop", "stageName": "Calls", "pipelineExecutionId": key}
    client.retry_stage_execution(**wish, retryMode="FAILED_ACTIONS")
    CLOCK.advance(300)
    assert executions(client) == ["Succeeded"]
    names = [one["actionName"] for one in client.list_action_executions(pipelineName="shop")["actionExecutionDetails"]]
    assert sorted(names) == ["Call", "GitHub", "Too", "Too"]
    with pytest.raises(ClientError, match="StageNotRetryable"):
        client.retry_stage_execution(**wish, retryMode="ALL_ACTIONS")


def test_a_stage_that_retries_by_itself_does_so_once(aws, client):
    plans.plan("action_fails", pipeline="shop", action="Call", times=1)
    again = {"name": "Calls", "actions": [CALL], "on_failure": {"result": "RETRY"}}
    pipeline(aws, stages=[again])
    CLOCK.advance(300)
    assert executions(client) == ["Succeeded"]
    calls = client.get_pipeline_state(name="shop")["stageStates"][1]
    assert calls["retryStageMetadata"] == {"autoStageRetryAttempt": 1, "latestRetryTrigger": "AutomatedStageRetry"}
    plans.plan("action_fails", pipeline="shop", action="Call", times=2)
    start(client)
    CLOCK.advance(300)
    assert executions(client) == ["Succeeded", "Failed"]


def test_a_failure_brings_back_what_was_deployed_before(aws, client):
    pipeline(aws, stages=[BUILD, {**DEPLOY, "on_failure": {"result": "ROLLBACK"}}])
    CLOCK.advance(600)
    assert executions(client) == ["Succeeded"]
    plans.plan("action_fails", pipeline="shop", action="Site", times=1)
    start(client)
    CLOCK.advance(600)
    latest, failed, good = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    assert (failed["status"], latest["status"], latest["executionType"]) == ("Failed", "Succeeded", "ROLLBACK")
    assert latest["trigger"]["triggerType"] == "AutomatedRollback"
    assert latest["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == good["pipelineExecutionId"]


def test_only_what_succeeded_can_come_back(aws, client):
    pipeline(aws)
    CLOCK.advance(600)
    wish = {"pipelineName": "shop", "stageName": "Deploy"}
    first = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    plans.plan("action_fails", pipeline="shop", action="Site", times=1)
    bad = start(client)
    CLOCK.advance(600)
    with pytest.raises(ClientError, match="UnableToRollbackStage"):
        client.rollback_stage(**wish, targetPipelineExecutionId=bad)
    with pytest.raises(ClientError, match="UnableToRollbackStage"):
        client.rollback_stage(**{**wish, "stageName": "Source"}, targetPipelineExecutionId=first)
    client.rollback_stage(**wish, targetPipelineExecutionId=first)
    declaration = deepcopy(client.get_pipeline(name="shop")["pipeline"])
    client.update_pipeline(pipeline=declaration)
    CLOCK.advance(600)
    with pytest.raises(ClientError, match="PipelineExecutionOutdated"):
        client.rollback_stage(**wish, targetPipelineExecutionId=first)


def test_a_stop_lets_actions_finish_or_abandons_them(aws, client):
    pipeline(aws)
    CLOCK.advance(60)
    key = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    client.stop_pipeline_execution(pipelineName="shop", pipelineExecutionId=key)
    assert executions(client) == ["Stopping"]
    with pytest.raises(ClientError, match="DuplicatedStopRequest"):
        client.stop_pipeline_execution(pipelineName="shop", pipelineExecutionId=key)
    client.stop_pipeline_execution(pipelineName="shop", pipelineExecutionId=key, abandon=True)
    assert executions(client) == ["Stopped"]
    details = client.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    assert {one["actionName"]: one["status"] for one in details} == {"GitHub": "Succeeded", "Image": "Abandoned"}
    with pytest.raises(ClientError, match="NotStoppable"):
        client.stop_pipeline_execution(pipelineName="shop", pipelineExecutionId=key)


def test_a_condition_can_skip_a_stage_or_undo_it(aws, client):
    rule = {"name": "Window", "rule_type_id": {"provider": "DeploymentWindow"}}
    skipped = {"name": "Calls", "actions": [CALL], "before_entry": {"conditions": [{"result": "SKIP", "rules": [rule]}]}}
    watched = {"name": "Last", "actions": [{**CALL}], "on_success": {"conditions": [{"result": "ROLLBACK", "rules": [rule]}]}}
    pipeline(aws, stages=[skipped, watched])
    CLOCK.advance(600)
    assert state(client) == {"Source": "Succeeded", "Calls": "Succeeded", "Last": "Succeeded"}
    plans.plan("rule_fails", pipeline="shop", stage="Calls", times=1)
    plans.plan("rule_fails", pipeline="shop", stage="Last", times=1)
    start(client)
    CLOCK.advance(600)
    assert state(client)["Calls"] == "Skipped"
    assert executions(client) == ["Succeeded", "Failed", "Succeeded"]  # the last one is the rollback


def test_references_are_resolved_and_missing_ones_fail(aws, client):
    build = deepcopy(BUILD)
    variable = '[{"name": "COMMIT", "value": "#{GitHub.CommitId}", "type": "PLAINTEXT"}]'
    build["actions"][0]["configuration"]["EnvironmentVariables"] = variable
    pipeline(aws, stages=[build, {"name": "Calls", "actions": [{**CALL, "configuration": {"FunctionName": "#{GitHub.Nothing}"}}]}])
    CLOCK.advance(600)
    (key,) = aws.client("codebuild").list_builds_for_project(projectName="shop-image")["ids"]
    found = aws.client("codebuild").batch_get_builds(ids=[key])["builds"][0]["environment"]["environmentVariables"]
    assert len(next(one["value"] for one in found if one["name"] == "COMMIT")) == 40
    action = client.get_pipeline_state(name="shop")["stageStates"][2]["actionStates"][0]["latestExecution"]
    assert "GitHub.Nothing" in action["errorDetails"]["message"]


def test_declarations_are_checked_like_on_aws(aws, client):
    pipeline(aws)
    good = client.get_pipeline(name="shop")["pipeline"]

    def refused(words, change):
        declaration = deepcopy(good)
        change(declaration)
        with pytest.raises(ClientError, match=words):
            client.update_pipeline(pipeline=declaration)

    refused("minimum of two stages", lambda p: p["stages"].__delitem__(slice(1, None)))
    refused("should start with a stage that only contains source", lambda p: p["stages"].reverse())
    refused("missing required configuration 'ProjectName'", lambda p: p["stages"][1]["actions"][0].update(configuration={}))
    refused("unknown configuration 'Project'", lambda p: p["stages"][1]["actions"][0]["configuration"].update(Project="x"))
    refused(
        "is not available in region US_EAST_1", lambda p: p["stages"][1]["actions"][0]["actionTypeId"].update(provider="Jenkins")
    )
    refused("not authorized to perform AssumeRole", lambda p: p.update(roleArn="arn:aws:iam::123456789012:role/none"))
    refused("not the output of a preceding action", lambda p: p["stages"][1]["actions"][0].update(inputArtifacts=[{"name": "X"}]))
