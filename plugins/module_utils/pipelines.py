# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Looking at pipelines: where their executions stand, what they wait for and why they failed."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.console import address
from ansible_collections.slipway.aws.plugins.module_utils.shapes import from_api

RUNNING = ("InProgress", "Stopping")
ENDED = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
_EXPLAINED = {
    "Superseded": "a later execution has taken its place",
    "Stopped": "somebody has stopped it",
    "Cancelled": "the pipeline was changed while it ran",
}


class PipelineCaller(Caller):
    """A module that works with what happens in a pipeline."""

    service = "codepipeline"
    noun = "pipeline"
    pauses = (1, 2, 5, 5, 10, 10, 15, 15, 30)
    fresh = False  # whether the execution was started just now, so that AWS may need a moment to know it

    def state(self):
        """Return the stages as they stand."""
        return self.read("get_pipeline_state", name=self.name)["stageStates"]

    def listed(self, **narrowed):
        """Return summaries of the executions, the latest first."""
        return self.pages("list_pipeline_executions", "pipelineExecutionSummaries", pipelineName=self.name, **narrowed)

    def latest(self):
        """Return the id of the latest execution."""
        listed = self.listed()
        if not listed:
            self.fail(f"pipeline {self.name} has not run yet: start it with action start.")
        return max(listed, key=lambda one: one["startTime"])["pipelineExecutionId"]

    def execution(self, key):
        """Return an execution, with the approval that it waits for."""
        if key is None:
            return {}
        found = self.read("get_pipeline_execution", self._unknown(), pipelineName=self.name, pipelineExecutionId=key)
        if found is None:
            return {"pipelineExecutionId": key, "status": "InProgress", "approval": {}}
        page = address(self.client, f"codesuite/codepipeline/pipelines/{self.name}/executions/{key}/timeline")
        waiting = [
            {"stage": action["stageName"], "action": action["actionName"]}
            for action in self.actions(key)
            if action["status"] == "InProgress" and action["input"]["actionTypeId"]["category"] == "Approval"
        ]
        return {**found["pipelineExecution"], "approval": waiting[0] if waiting else {}, "console_url": page}

    def _unknown(self):
        return ("PipelineExecutionNotFoundException",) if self.fresh else ()

    def actions(self, key):
        """Return the last run of each action of an execution, in the order of time."""
        wanted = {"pipelineName": self.name, "filter": {"pipelineExecutionId": key}}
        runs = self.pages("list_action_executions", "actionExecutionDetails", self._unknown(), **wanted)
        last = {(run["stageName"], run["actionName"]): run for run in sorted(runs, key=lambda run: run["startTime"])}
        return list(last.values())

    # Waiting

    def until_done(self, key, good):
        """Return an execution when it has ended well or waits for an approval; fail when it ends in another way."""
        execution = None
        for _look in self.looks(self.params["wait_timeout"]):
            execution = self.execution(key)
            if execution["status"] in good:
                return execution
            if execution["status"] not in RUNNING:
                return self._failed(execution)
            if execution["approval"] and execution["status"] == "InProgress":
                return execution
        return self.fail(
            f"pipeline {self.name}: execution {key} is {execution['status']} after {self.params['wait_timeout']} seconds."
            f"{self._gate(key)} It goes on by itself: wait for it with action wait, or raise wait_timeout.",
            execution=from_api(execution),
        )

    def _gate(self, key):
        """Say which closed gate an execution stands before, if it does."""
        for stage in self.state():
            waiting = [one["pipelineExecutionId"] for one in stage.get("inboundExecutions", [])]
            gate = stage.get("inboundTransitionState", {})
            if key in waiting and not gate.get("enabled", True):
                reason = gate.get("disabledReason", "no reason given")
                return f" It waits before stage {stage['stageName']}, whose transition is disabled: {reason}."
        return ""

    def _failed(self, execution):
        """Say which action failed and why."""
        key, status = execution["pipelineExecutionId"], execution["status"]
        reasons = [_reason(action) for action in self.actions(key) if action["status"] in ("Failed", "Abandoned")]
        reasons = reasons or self._conditions(key)
        reasons = reasons or [execution.get("statusSummary") or _EXPLAINED.get(status, "AWS gives no reason")]
        text = "; ".join(reasons).rstrip(".")
        message = (
            f"pipeline {self.name}: execution {key} ended as {status}: {text}.{self._rollback(key)} See {execution['console_url']}"
        )
        self.fail(message, execution=from_api(execution))

    def _rollback(self, key):
        """Say which execution rolls a failed one back, if one does."""
        for one in self.listed():
            if one.get("rollbackMetadata") and key in one.get("trigger", {}).get("triggerDetail", ""):
                return f" CodePipeline rolls the stage back with execution {one['pipelineExecutionId']}."
        return ""

    def _conditions(self, key):
        """Return what conditions stopped an execution whose actions are all well."""
        found = []
        for stage in self.state():
            if stage.get("latestExecution", {}).get("pipelineExecutionId") == key:
                for name in ("beforeEntry", "onSuccess", "onFailure"):
                    latest = stage.get(f"{name}ConditionState", {}).get("latestExecution", {})
                    if latest.get("status") in ("Failed", "Errored"):
                        found.append(f"condition {name} of stage {stage['stageName']}: {latest.get('summary', 'failed')}")
        return found


def _reason(action):
    result = action.get("output", {}).get("executionResult", {})
    text = result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary") or action["status"].lower()
    link = f" ({result['externalExecutionUrl']})" if result.get("externalExecutionUrl") else ""
    return f"action {action['actionName']} of stage {action['stageName']}: {text.rstrip('.')}{link}"
