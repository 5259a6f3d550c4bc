# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What one can do with an execution, what comes of it, and what the task says when it goes wrong."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.delivery import BUILD, DEPLOY, approval, pipeline

MODULE = "codepipeline_execution"
ROLLED_BACK = {**DEPLOY, "on_failure": {"result": "ROLLBACK"}}


def settled(aws, **options):
    """Make a pipeline and let the execution that AWS starts with it end."""
    made = pipeline(aws, **options)
    CLOCK.advance(600)
    stages(aws)  # what a test plans from here on is not for that execution any more
    return made


def run(aws, **options):
    result = aws.run(MODULE, name="shop", **options)
    assert not result.failed, result.msg
    return result


def stages(aws):
    state = aws.client("codepipeline").get_pipeline_state(name="shop")["stageStates"]
    return {stage["stageName"]: stage.get("latestExecution", {}).get("status") for stage in state}


def test_a_start_waits_for_the_end_and_takes_variables_and_revisions(aws):
    settled(aws, variables=[{"name": "REASON"}, {"name": "LEVEL", "default_value": "3"}])
    commit = "5f2c1d8e9b0a7c6d5e4f3a2b1c0d9e8f7a6b5c4d"
    with aws.recorded() as sent:
        result = run(aws, variables={"REASON": 4711}, source_revisions=[{"action_name": "GitHub", "revision_value": commit}])
    assert (result.changed, result.execution["status"]) == (True, "Succeeded")
    assert sent.writes == ["StartPipelineExecution"]
    parameters = sent.parameters("StartPipelineExecution")
    assert parameters["variables"] == [{"name": "REASON", "value": "4711"}]
    assert parameters["sourceRevisions"] == [{"actionName": "GitHub", "revisionType": "COMMIT_ID", "revisionValue": commit}]
    assert result.execution["artifact_revisions"][0]["revision_id"] == commit
    values = {variable["name"]: variable["resolved_value"] for variable in result.execution["variables"]}
    assert values == {"REASON": "4711", "LEVEL": "3"}


def test_a_failing_build_fails_the_task_with_the_builds_words(aws):
    settled(aws)
    plans.plan("build_fails", project="shop-image", times=1)
    result = aws.run(MODULE, name="shop")
    assert result.failed
    for words in ("action Image of stage Build", "Build terminated with state: FAILED", "make test", "codebuild/home", "timeline"):
        assert words in result.msg
    assert result.execution["status"] == "Failed"


def test_a_connection_that_nobody_authorised_fails_the_source(aws):
    pipeline(aws)
    connections = aws.client("codeconnections")
    connections.delete_connection(ConnectionArn=connections.list_connections()["Connections"][0]["ConnectionArn"])
    CLOCK.advance(600)
    result = aws.run(MODULE, name="shop")
    assert result.failed
    assert "action GitHub of stage Source: Unable to use Connection" in result.msg


def test_waiting_ends_at_an_approval_and_goes_on_after_it(aws):
    settled(aws, stages=[BUILD, approval(), DEPLOY])
    run(aws, action="reject", reason="not this one")
    started = run(aws)
    assert started.execution["status"] == "InProgress"
    assert started.execution["approval"] == {"stage": "Approve", "action": "Release"}

    with aws.recorded() as sent:
        approved = run(aws, action="approve", reason="Change 4711")
    assert sent.parameters("PutApprovalResult")["result"] == {"summary": "Change 4711", "status": "Approved"}
    assert (approved.changed, approved.execution["status"], approved.execution["approval"]) == (True, "Succeeded", {})
    assert approved.execution["pipeline_execution_id"] == started.execution["pipeline_execution_id"]

    again = run(aws, action="approve", execution_id=started.execution["pipeline_execution_id"])
    assert not again.changed


def test_an_approval_is_awaited_until_the_execution_comes_to_it(aws):
    settled(aws, stages=[BUILD, approval(), DEPLOY])
    run(aws, action="reject")
    run(aws, wait=False)
    assert stages(aws)["Build"] == "InProgress" or stages(aws)["Source"] == "InProgress"
    assert run(aws, action="approve").execution["status"] == "Succeeded"


def test_without_an_approval_in_sight_there_is_nothing_to_answer(aws):
    settled(aws)
    result = aws.run(MODULE, name="shop", action="approve")
    assert result.failed
    assert "no approval waits" in result.msg


def test_of_two_approvals_one_has_to_be_named(aws):
    settled(aws, stages=[approval("First", "QA"), DEPLOY_NOTHING, approval("Second", "Owner")], execution_mode="PARALLEL")
    run(aws, action="approve", stage="First")
    run(aws)
    CLOCK.advance(60)
    result = aws.run(MODULE, name="shop", action="approve")
    assert result.failed
    assert "several approvals wait (First.QA, Second.Owner)" in result.msg
    assert run(aws, action="approve", stage="Second").changed


DEPLOY_NOTHING = {
    "name": "Between",
    "actions": [
        {
            "name": "Call",
            "action_type_id": {"category": "Invoke", "provider": "Lambda"},
            "configuration": {"FunctionName": "nothing"},
        }
    ],
}


def test_side_by_side_an_approval_belongs_to_its_execution(aws):
    settled(aws, stages=[approval(), DEPLOY_NOTHING], execution_mode="PARALLEL")
    second = run(aws).execution["pipeline_execution_id"]
    several = aws.run(MODULE, name="shop", action="approve")
    assert "several approvals wait" in several.msg
    approved = run(aws, action="approve", execution_id=second)
    assert (approved.execution["status"], approved.execution["pipeline_execution_id"]) == ("Succeeded", second)
    left = aws.client("codepipeline").list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    assert [execution["status"] for execution in left] == ["Succeeded", "InProgress"]


def test_an_approval_of_an_earlier_execution_counts_for_nothing(aws):
    first = {**DEPLOY_NOTHING["actions"][0], "name": "First"}
    gate = {**approval()["actions"][0], "run_order": 2}
    settled(aws, stages=[{"name": "Approve", "actions": [first, gate]}])
    run(aws, action="approve")
    later = run(aws, wait=False).execution["pipeline_execution_id"]
    CLOCK.advance(20)  # the first action of the stage runs, and its approval is still the earlier one
    assert stages(aws)["Approve"] == "InProgress"
    approved = run(aws, action="approve", execution_id=later)
    assert (approved.changed, approved.execution["status"]) == (True, "Succeeded")


def test_a_failed_execution_among_others_is_retried(aws):
    settled(aws, execution_mode="PARALLEL")
    plans.plan("action_fails", pipeline="shop", action="Site", times=1)
    assert aws.run(MODULE, name="shop").failed
    failed = aws.client("codepipeline").list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]
    run(aws)
    result = run(aws, action="retry", execution_id=failed["pipelineExecutionId"])
    assert result.execution["status"] == "Succeeded"


def test_what_has_ended_need_not_be_stopped(aws):
    settled(aws)
    stopped = run(aws, action="stop")
    assert (stopped.changed, stopped.execution["status"]) == (False, "Succeeded")


def test_a_rejection_is_a_failure_of_the_execution_and_not_of_the_task(aws):
    settled(aws, stages=[BUILD, approval(), DEPLOY])
    result = run(aws, action="reject", reason="not this one")
    assert (result.changed, result.execution["status"]) == (True, "Failed")
    waited = aws.run(MODULE, name="shop", action="wait")
    assert waited.failed
    assert "action Release of stage Approve: not this one" in waited.msg


def test_a_failed_stage_is_retried(aws):
    plans.plan("action_fails", pipeline="shop", action="Site", message="Access Denied", times=1)
    settled(aws)
    assert stages(aws)["Deploy"] == "Failed"
    with aws.recorded() as sent:
        result = run(aws, action="retry")
    assert sent.parameters("RetryStageExecution")["stageName"] == "Deploy"
    assert sent.parameters("RetryStageExecution")["retryMode"] == "FAILED_ACTIONS"
    assert result.execution["status"] == "Succeeded"
    nothing = aws.run(MODULE, name="shop", action="retry")
    assert "no stage has failed" in nothing.msg


def test_roll_back_takes_what_succeeded_before_and_twice_goes_further_back(aws):
    settled(aws)
    client = aws.client("codepipeline")
    first = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    second = run(aws).execution["pipeline_execution_id"]
    run(aws)
    with aws.recorded() as sent:
        result = run(aws, action="roll_back", stage="Deploy")
    assert sent.parameters("RollbackStage")["targetPipelineExecutionId"] == second
    assert (result.execution["status"], result.execution["execution_type"]) == ("Succeeded", "ROLLBACK")
    with aws.recorded() as sent:
        run(aws, action="roll_back", stage="Deploy")
    assert sent.parameters("RollbackStage")["targetPipelineExecutionId"] == first
    nothing = aws.run(MODULE, name="shop", action="roll_back", stage="Deploy")
    assert "nothing to go back to" in nothing.msg


def test_roll_back_after_a_failure_takes_the_last_good_one(aws):
    settled(aws)
    good = run(aws).execution["pipeline_execution_id"]
    plans.plan("action_fails", pipeline="shop", action="Site", times=1)
    assert aws.run(MODULE, name="shop").failed
    with aws.recorded() as sent:
        run(aws, action="roll_back", stage="Deploy")
    assert sent.parameters("RollbackStage")["targetPipelineExecutionId"] == good


def test_a_failure_that_is_rolled_back_still_fails_the_task_and_says_so(aws):
    settled(aws, stages=[BUILD, ROLLED_BACK])
    plans.plan("action_fails", pipeline="shop", action="Site", message="Access Denied", times=1)
    result = aws.run(MODULE, name="shop")
    assert result.failed
    assert "action Site of stage Deploy: Access Denied. CodePipeline rolls the stage back with execution" in result.msg


def test_a_condition_that_does_not_hold_is_named(aws):
    rule = {"name": "Errors", "rule_type_id": {"provider": "CloudWatchAlarm"}, "configuration": {"AlarmName": "shop-errors"}}
    settled(aws, stages=[BUILD, {**DEPLOY, "before_entry": {"conditions": [{"result": "FAIL", "rules": [rule]}]}}])
    result = aws.run(MODULE, name="shop")
    assert result.failed
    assert "condition beforeEntry of stage Deploy: Alarm shop-errors does not exist" in result.msg


@pytest.mark.parametrize("abandon", [False, True])
def test_stopping(aws, abandon):
    settled(aws)
    run(aws, wait=False)
    CLOCK.advance(20)
    result = run(aws, action="stop", abandon=abandon, reason="wrong branch")
    assert (result.changed, result.execution["status"]) == (True, "Stopped")
    assert not run(aws, action="stop").changed
    waited = aws.run(MODULE, name="shop", action="wait")
    assert "ended as Stopped" in waited.msg


def test_an_execution_that_takes_too_long_is_told_from_one_that_stands_before_a_closed_gate(aws):
    settled(aws)
    slow = aws.run(MODULE, name="shop", wait_timeout=30)
    assert "is InProgress after 30 seconds. It goes on by itself" in slow.msg
    CLOCK.advance(600)
    gate = {"pipelineName": "shop", "stageName": "Deploy", "transitionType": "Inbound"}
    aws.client("codepipeline").disable_stage_transition(**gate, reason="freeze until Monday")
    kept = aws.run(MODULE, name="shop", wait_timeout=600)
    assert kept.failed
    assert "waits before stage Deploy, whose transition is disabled: freeze until Monday" in kept.msg
    aws.client("codepipeline").enable_stage_transition(**gate)
    assert run(aws, action="wait").execution["status"] == "Succeeded"


def test_an_execution_that_was_overtaken_is_not_a_success(aws):
    settled(aws, stages=[approval(), DEPLOY_NOTHING])
    overtaken = run(aws, wait=False).execution["pipeline_execution_id"]
    CLOCK.advance(60)
    run(aws, wait=False)
    CLOCK.advance(60)
    result = aws.run(MODULE, name="shop", action="wait", execution_id=overtaken)
    assert result.failed
    assert "ended as Superseded: a later execution has taken its place" in result.msg


@pytest.mark.parametrize(
    "deed",
    [
        {"action": "start"},
        {"action": "approve"},
        {"action": "reject"},
        {"action": "stop"},
        {"action": "roll_back", "stage": "Build"},
    ],
)
def test_a_check_looks_and_does_nothing(aws, deed):
    settled(aws, stages=[BUILD, approval(), DEPLOY])
    run(aws, action="approve")
    run(aws)
    with aws.recorded() as sent:
        result = aws.run(MODULE, check=True, name="shop", **deed)
    assert not result.failed, result.msg
    assert (result.changed, sent.writes) == (True, [])


def test_a_moment_that_aws_needs_to_know_a_new_execution_is_no_failure(aws):
    settled(aws)
    fault = aws.fault("codepipeline", "GetPipelineExecution", times=2, code="PipelineExecutionNotFoundException", message="unknown")
    assert run(aws).execution["status"] == "Succeeded"
    assert fault["times"] == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"action": "stop", "variables": {"A": "1"}}, "variables belongs to action start"),
        ({"action": "roll_back"}, "needs the stage"),
        ({"action": "roll_back", "stage": "Deploi"}, "has no stage Deploi"),
        ({"name": "shap"}, "does not have a pipeline with name 'shap'"),
        ({"variables": {"REASON": "1"}}, "not declared in the pipeline: REASON"),
    ],
)
def test_mistakes(aws, options, words):
    settled(aws)
    result = aws.run(MODULE, **{"name": "shop", **options})
    assert result.failed
    assert words in result.msg
