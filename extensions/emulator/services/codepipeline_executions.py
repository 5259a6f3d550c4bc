# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations on executions: start, look, approve, retry, roll back, stop, and the gates between stages."""

from __future__ import annotations

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import moment
from ..registry import operation
from . import codepipeline_runs as runs
from .codepipeline import here, pipeline_of, stage_of
from .codepipeline_actions import answer

_QUEUE = 50  # executions of one pipeline that wait or run


def _pipeline(call, key="pipelineName"):
    return pipeline_of(here(call), call.params[key])


def _user(call):
    return f"arn:aws:iam::{call.account}:user/{call.account}-user"


@operation("codepipeline", "StartPipelineExecution")
def start_pipeline_execution(call):
    pipeline = _pipeline(call, "name")
    declaration = pipeline["declaration"]
    given = {variable["name"]: variable["value"] for variable in call.params.get("variables", [])}
    _check_variables(declaration, given)
    sources = {revision["actionName"]: revision["revisionValue"] for revision in call.params.get("sourceRevisions", [])}
    known = {action["name"] for action in declaration["stages"][0]["actions"]}
    if sources.keys() - known:
        raise AwsError("ValidationException", f"Source revision for unknown action(s) {', '.join(sorted(sources.keys() - known))}")
    token = call.params.get("clientRequestToken")
    repeated = pipeline.setdefault("tokens", {}).get(token)
    if token and repeated:
        return {"pipelineExecutionId": repeated}
    if sum(one.active for one in pipeline["executions"].values()) >= _QUEUE:
        raise AwsError("ConcurrentPipelineExecutionsLimitExceededException", "Too many executions of the pipeline are in progress")
    execution = runs.start(here(call), pipeline, "StartPipelineExecution", _user(call), variables=given, overrides=sources)
    pipeline["tokens"][token] = execution.key
    return {"pipelineExecutionId": execution.key}


def _check_variables(declaration, given):
    declared = {variable["name"]: variable for variable in declaration.get("variables", [])}
    unknown = sorted(given.keys() - declared.keys())
    if unknown:
        raise AwsError("ValidationException", f"The following variables are not declared in the pipeline: {', '.join(unknown)}")
    lacking = sorted(name for name, variable in declared.items() if "defaultValue" not in variable and name not in given)
    if lacking:
        raise AwsError("ValidationException", f"The following variables need a value: {', '.join(lacking)}")


# Looking


def _trigger(execution):
    return {"triggerType": execution.trigger, "triggerDetail": execution.detail}


def _kind(execution):
    kind = {"executionMode": execution.mode, "executionType": "ROLLBACK" if execution.target else "STANDARD"}
    if execution.target:
        kind["rollbackMetadata"] = {"rollbackTargetPipelineExecutionId": execution.target}
    return kind


@operation("codepipeline", "GetPipelineExecution")
def get_pipeline_execution(call):
    execution = runs.execution_of(_pipeline(call), call.params["pipelineExecutionId"])
    revisions = [
        {"created": moment(one["created"]), **{k: one[k] for k in ("name", "revisionId", "revisionSummary")}}
        for one in execution.revisions
    ]
    shown = {
        "pipelineName": execution.pipeline,
        "pipelineVersion": execution.declaration["version"],
        "pipelineExecutionId": execution.key,
        "status": execution.status,
        "artifactRevisions": revisions,
        "variables": [{"name": key, "resolvedValue": value} for key, value in execution.values.get("variables", {}).items()],
        "trigger": _trigger(execution),
        **_kind(execution),
    }
    return {"pipelineExecution": {**shown, **({"statusSummary": execution.summary} if execution.summary else {})}}


@operation("codepipeline", "ListPipelineExecutions")
def list_pipeline_executions(call):
    found = sorted(_pipeline(call)["executions"].values(), key=lambda one: -one.number)
    stage = call.params.get("filter", {}).get("succeededInStage", {}).get("stageName")
    if stage:
        found = [one for one in found if runs.succeeded_in(one, stage)]
    page, more = _page(call, found, 100)
    return {"pipelineExecutionSummaries": [_summary(one) for one in page], **more}


def _page(call, found, size):
    start, size = int(call.params.get("nextToken", 0)), call.params.get("maxResults") or size
    return found[start : start + size], ({"nextToken": str(start + size)} if start + size < len(found) else {})


def _summary(execution):
    sources = [
        {"actionName": one["action"], **{k: one[k] for k in ("revisionId", "revisionSummary")}} for one in execution.revisions
    ]
    summary = {
        "pipelineExecutionId": execution.key,
        "status": execution.status,
        "startTime": moment(execution.started),
        "lastUpdateTime": moment(execution.updated),
        "sourceRevisions": sources,
        "trigger": _trigger(execution),
        **_kind(execution),
    }
    return {**summary, **({"stopTrigger": {"reason": execution.stopping}} if execution.stopping else {})}


@operation("codepipeline", "ListActionExecutions")
def list_action_executions(call):
    pipeline, asked = _pipeline(call), call.params.get("filter", {})
    latest = asked.get("latestInPipelineExecution", {})
    key = asked.get("pipelineExecutionId") or latest.get("pipelineExecutionId")
    executions = [runs.execution_of(pipeline, key)] if key else list(pipeline["executions"].values())
    found = []
    for execution in executions:
        for stage in execution.history:
            wanted = stage.latest().values() if latest.get("startTimeRange") == "Latest" else stage.runs
            found += [(execution, stage, run) for run in wanted]
    found.sort(key=lambda one: -one[2].started)
    page, more = _page(call, found, 100)
    return {"actionExecutionDetails": [_detail(*one) for one in page], **more}


def _detail(execution, stage, run):
    over = run.status != "InProgress"
    kept = ("actionTypeId", "configuration", "roleArn", "region", "namespace")
    store = execution.declaration.get("artifactStore", {}).get("location", "artifacts")

    def artifacts(word):
        return [
            {
                "name": one["name"],
                "s3location": {"bucket": store, "key": f"{execution.pipeline[:20]}/{one['name'][:10]}/{run.key[:7]}"},
            }
            for one in run.action[f"{word}Artifacts"]
        ]

    output = {
        "outputArtifacts": artifacts("output") if run.status == "Succeeded" else [],
        "executionResult": _result(run, execution.mode),
    }
    return {
        "pipelineExecutionId": execution.key,
        "actionExecutionId": run.key,
        "pipelineVersion": execution.declaration["version"],
        "stageName": stage.name,
        "actionName": run.name,
        "startTime": moment(run.started),
        "lastUpdateTime": moment(run.end if over else run.started),
        "status": run.status,
        "input": {
            **{key: run.action[key] for key in kept if key in run.action},
            "resolvedConfiguration": run.configuration,
            "inputArtifacts": artifacts("input"),
        },
        "output": {**output, "outputVariables": {key: str(value) for key, value in run.variables.items()}},
        **({"updatedBy": run.by} if run.by else {}),
    }


def _result(run, mode):
    # Executions that run side by side have no tokens in the state; their approvals are known by the external id.
    external = run.token if mode == "PARALLEL" and run.token else run.external
    result = {"externalExecutionId": external, "externalExecutionSummary": run.summary, "externalExecutionUrl": run.url}
    if run.error and run.status == "Failed":
        result["errorDetails"] = run.error
    return {key: value for key, value in result.items() if value}


# The state


@operation("codepipeline", "GetPipelineState")
def get_pipeline_state(call):
    pipeline = _pipeline(call, "name")
    declaration = pipeline["declaration"]
    return {
        "pipelineName": declaration["name"],
        "pipelineVersion": declaration["version"],
        "stageStates": [_stage_state(pipeline, stage) for stage in declaration["stages"]],
        "created": pipeline["created"],
        "updated": pipeline["updated"],
    }


def _stage_state(pipeline, declared):
    passed = [
        (execution, stage)
        for execution in sorted(pipeline["executions"].values(), key=lambda one: one.number)
        for stage in execution.history
        if stage.name == declared["name"]
    ]
    latest, parallel = {}, pipeline["declaration"]["executionMode"] == "PARALLEL"
    for _execution, stage in passed:
        latest.update(stage.latest())
    state = {
        "stageName": declared["name"],
        "actionStates": [_action_state(action, latest.get(action["name"]), parallel) for action in declared["actions"]],
    }
    gate = pipeline["transitions"].get((declared["name"], "Inbound"), {"enabled": True})
    state["inboundTransitionState"] = {key: value for key, value in gate.items() if key in _GATE}
    waiting = [{"pipelineExecutionId": one.key, "status": "InProgress"} for one in runs.waiting_for(pipeline, declared["name"])]
    if waiting:
        state |= {"inboundExecution": waiting[-1], "inboundExecutions": waiting}
    if passed:
        state |= _latest_of(*passed[-1])
    return state


_GATE = ("enabled", "lastChangedBy", "lastChangedAt", "disabledReason")


def _latest_of(execution, stage):
    status = "Stopping" if execution.status == "Stopping" and stage.status == "InProgress" else stage.status
    kind = "ROLLBACK" if execution.target else "STANDARD"
    state = {"latestExecution": {"pipelineExecutionId": execution.key, "status": status, "type": kind}}
    for name, check in stage.checks.items():
        verdict = {"status": check["status"], **({"summary": check["summary"]} if check["summary"] else {})}
        rules = [
            {
                "ruleName": rule,
                "latestExecution": {"status": "Failed" if message else "Succeeded", "summary": message or "succeeded"},
            }
            for rule, message in check["rules"].items()
        ]
        condition = {"latestExecution": {**verdict, "lastStatusChange": moment(check["at"])}, "ruleStates": rules}
        state[f"{name}ConditionState"] = {"latestExecution": verdict, "conditionStates": [condition]}
    if stage.automatic or stage.manual:
        counts = {"autoStageRetryAttempt": stage.automatic, "manualStageRetryAttempt": stage.manual}
        trigger = "ManualStageRetry" if stage.manual else "AutomatedStageRetry"
        state["retryStageMetadata"] = {**{k: v for k, v in counts.items() if v}, "latestRetryTrigger": trigger}
    return state


def _action_state(action, run, parallel):
    state = {"actionName": action["name"]}
    if run is None:
        return state
    latest = {
        "actionExecutionId": run.key,
        "status": run.status,
        "lastStatusChange": moment(run.end if run.status != "InProgress" else run.started),
    }
    optional = {
        "summary": run.summary if run.status != "InProgress" else "",
        "token": run.token if run.status == "InProgress" and not parallel else "",
        "lastUpdatedBy": run.by,
        "externalExecutionId": run.external,
        "externalExecutionUrl": run.url,
        "errorDetails": run.error if run.status == "Failed" else None,
    }
    state["latestExecution"] = {**latest, **{key: value for key, value in optional.items() if value}}
    if run.revision and run.status == "Succeeded":
        revision = run.revision["revisionId"]
        state["currentRevision"] = {"revisionId": revision, "revisionChangeId": revision[:100], "created": moment(run.end)}
    return state


# Deciding


@operation("codepipeline", "PutApprovalResult")
def put_approval_result(call):
    pipeline, asked = _pipeline(call), call.params["result"]
    name, token = call.params["actionName"], call.params["token"]
    stage = stage_of(pipeline, call.params["stageName"])
    if name not in [action["name"] for action in stage["actions"]]:
        raise AwsError("ActionNotFoundException", f"Action '{name}' was not found in stage '{stage['name']}'")
    every = [run for execution in pipeline["executions"].values() for one in execution.history for run in one.runs if run.token]
    run = next((run for run in every if (run.stage, run.name, run.token) == (stage["name"], name, token)), None)
    if run is None:
        raise AwsError("InvalidApprovalTokenException", "The approval request already received a response or has expired.")
    if run.status != "InProgress":
        raise AwsError("ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected.")
    answer(run, asked["status"], asked["summary"], _user(call))
    runs.advance(here(call), pipeline, CLOCK.seconds())
    return {"approvedAt": CLOCK.now()}


@operation("codepipeline", "RetryStageExecution")
def retry_stage_execution(call):
    pipeline, name = _pipeline(call), call.params["stageName"]
    stage_of(pipeline, name)
    execution = runs.execution_of(pipeline, call.params["pipelineExecutionId"])
    last = execution.history[-1] if execution.history else None
    if last is None or last.name != name or last.status != "Failed" or execution.status != "Failed":
        text = f"Stage '{name}' contains no failed actions of execution '{execution.key}'"
        raise AwsError("StageNotRetryableException", text)
    later = (one for one in pipeline["executions"].values() if one.number > execution.number)
    if execution.mode != "PARALLEL" and any(stage.name == name for one in later for stage in one.history):
        text = f"The stage has failed in a later run of the pipeline than '{execution.key}'"
        raise AwsError("NotLatestPipelineExecutionException", text)
    runs.retry(here(call), pipeline, execution, name, call.params["retryMode"])
    return {"pipelineExecutionId": execution.key}


@operation("codepipeline", "RollbackStage")
def rollback_stage(call):
    pipeline, name = _pipeline(call), call.params["stageName"]
    stage_of(pipeline, name)
    target = runs.execution_of(pipeline, call.params["targetPipelineExecutionId"])
    declaration = pipeline["declaration"]
    if (
        declaration["pipelineType"] != "V2"
        or declaration["executionMode"] == "PARALLEL"
        or name == declaration["stages"][0]["name"]
    ):
        raise AwsError("UnableToRollbackStageException", f"Stage '{name}' of this pipeline cannot be rolled back")
    if not runs.succeeded_in(target, name):
        text = f"Execution '{target.key}' did not succeed in stage '{name}'"
        raise AwsError("UnableToRollbackStageException", text)
    if target.declaration["version"] != declaration["version"]:
        text = f"The pipeline has changed since execution '{target.key}'"
        raise AwsError("PipelineExecutionOutdatedException", text)
    if pipeline["locks"].get(name, {}).get("by"):
        raise AwsError("UnableToRollbackStageException", f"Stage '{name}' is currently running")
    return {"pipelineExecutionId": runs.roll_back(here(call), pipeline, name, target, "ManualRollback", _user(call)).key}


@operation("codepipeline", "StopPipelineExecution")
def stop_pipeline_execution(call):
    pipeline = _pipeline(call)
    execution = runs.execution_of(pipeline, call.params["pipelineExecutionId"])
    abandon, reason = call.params.get("abandon", False), call.params.get("reason", "")
    if not execution.active:
        text = f"Execution '{execution.key}' is {execution.status} and cannot be stopped"
        raise AwsError("PipelineExecutionNotStoppableException", text)
    if execution.status == "Stopping" and not abandon:
        raise AwsError("DuplicatedStopRequestException", f"Execution '{execution.key}' is being stopped already")
    runs.stop(here(call), pipeline, execution, reason, abandon)
    return {"pipelineExecutionId": execution.key}


@operation("codepipeline", "DisableStageTransition", "EnableStageTransition")
def change_stage_transition(call):
    pipeline, enabled = _pipeline(call), call.operation.startswith("Enable")
    stage, kind = stage_of(pipeline, call.params["stageName"])["name"], call.params["transitionType"]
    gate = {"enabled": enabled, "changed": CLOCK.seconds(), "lastChangedBy": _user(call), "lastChangedAt": CLOCK.now()}
    if not enabled:
        gate["disabledReason"] = call.params["reason"]
    pipeline["transitions"][stage, kind] = gate
