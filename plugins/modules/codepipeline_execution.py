#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codepipeline_execution
version_added: 0.1.0
short_description: Start, approve, retry, roll back and stop executions of a pipeline
description:
  - Does one thing with an execution of an AWS CodePipeline pipeline, and waits for what comes of it.
  - The task fails when the execution fails, and says which action failed and why.
  - Waiting ends when the execution ends, or when it has come to an approval; C(execution.approval) then says to which one.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: slipway.aws.codepipeline_info
    description: Shows where executions stand, and changes nothing.
options:
  name:
    description: Name of the pipeline.
    type: str
    required: true
  action:
    description: What to do.
    type: str
    choices:
      start: Start a new execution.
      approve: Approve the approval that waits, once an execution has come to it.
      reject: Reject it, which makes the execution fail.
      retry: Run a failed stage again.
      roll_back: Run a stage again with what an earlier execution deployed.
      stop: Stop an execution.
      wait: Only wait for an execution.
    default: start
  execution_id:
    description:
      - Execution to work on; left out, the latest one.
      - For O(action=roll_back) the execution whose deployment comes back; left out, the last one that succeeded before.
    type: str
  stage:
    description:
      - Stage to roll back or retry, or that has the approval.
      - Needed for O(action=roll_back), otherwise only to choose among several.
    type: str
  variables:
    description: Values of the pipeline's variables for O(action=start), by name.
    type: dict
  source_revisions:
    description: Revisions that O(action=start) takes from its sources in place of the latest ones.
    type: list
    elements: dict
    suboptions:
      action_name:
        description: Name of the source action.
        type: str
        required: true
      revision_type:
        description: What kind of revision it is.
        type: str
        choices: [COMMIT_ID, IMAGE_DIGEST, S3_OBJECT_VERSION_ID, S3_OBJECT_KEY]
        default: COMMIT_ID
      revision_value:
        description: Commit, digest, version or key.
        type: str
        required: true
  reason:
    description: Why; kept by AWS with an approval (up to 512 characters) or a stop (up to 200).
    type: str
    default: ""
  retry_mode:
    description: What O(action=retry) repeats.
    type: str
    choices: [FAILED_ACTIONS, ALL_ACTIONS]
    default: FAILED_ACTIONS
  abandon:
    description: Whether O(action=stop) leaves running actions alone, instead of letting them finish. What they do goes on unseen.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Looks, says what would be done, and does nothing.
    support: full
  diff_mode:
    description: An execution is an event and has no before and after.
    support: none
  idempotent:
    description:
      - Every start is a new execution. An approval that was given, an execution that has stopped and one that is only waited for
        are left as they are.
    support: partial
"""

EXAMPLES = r"""
- name: Run the pipeline on a commit, and fail when it fails
  slipway.aws.codepipeline_execution:
    name: shop
    variables: {REASON: hotfix}
    source_revisions: [{action_name: GitHub, revision_value: 5f2c1d8e9b0a7c6d5e4f3a2b1c0d9e8f7a6b5c4d}]
    wait_timeout: 3600

- name: Release what waits for approval, and see it through
  slipway.aws.codepipeline_execution:
    name: shop-production
    action: approve
    reason: Change 4711
    wait_timeout: 3600

- name: Bring back what was there before
  slipway.aws.codepipeline_execution:
    name: shop-production
    action: roll_back
    stage: Deploy
"""

RETURN = r"""
execution:
  description: The execution; for O(action=roll_back) the new one that rolls back.
  returned: always
  type: dict
  contains:
    pipeline_execution_id:
      description: Its id.
      type: str
      sample: 7d1f0c52-8a9b-4b3e-9d6b-0a1b2c3d4e5f
    status:
      description: C(InProgress), C(Succeeded), C(Stopped) and so on.
      type: str
    approval:
      description: The approval that it waits for, with C(stage) and C(action); empty when there is none.
      type: dict
    artifact_revisions:
      description: Which commits, images or objects it works on.
      type: list
      elements: dict
    console_url:
      description: Its page in the console.
      type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils.pipelines import ENDED, RUNNING, PipelineCaller
from ansible_collections.slipway.aws.plugins.module_utils.shapes import from_api


class Execution(PipelineCaller):
    """One deed on one execution, and its consequences."""

    def run(self):
        action = self.params["action"]
        self._validate(action)
        key, changed = getattr(self, f"_{action}")()
        good = ENDED if action in ("stop", "reject") else ("Succeeded",)  # to stop or reject, any end will do
        waits = self.params["wait"] and key and not (self.check and changed)
        execution = self.until_done(key, good) if waits else self.execution(key)
        self.module.exit_json(changed=changed, execution=from_api(execution))

    def _validate(self, action):
        for option in ("variables", "source_revisions"):
            if self.params[option] and action != "start":
                self.fail(f"{option} belongs to action start; an execution that runs already has its own.")
        if action == "roll_back" and not self.params["stage"]:
            self.fail("action roll_back needs the stage that shall be rolled back.")

    # Deeds: each returns the id of the execution to look at, and whether something was, or would be, done

    def _start(self):
        if self.check:
            self.state()  # a pipeline that does not exist is an error in a plan as well
            return None, True
        variables = [{"name": name, "value": str(value)} for name, value in (self.params["variables"] or {}).items()]
        revisions = [
            {"actionName": one["action_name"], "revisionType": one["revision_type"], "revisionValue": one["revision_value"]}
            for one in self.params["source_revisions"] or []
        ]
        wishes = {key: value for key, value in (("variables", variables), ("sourceRevisions", revisions)) if value}
        self.fresh = True
        return self.write("start_pipeline_execution", name=self.name, **wishes)["pipelineExecutionId"], True

    def _approve(self):
        return self._answer("Approved")

    def _reject(self):
        return self._answer("Rejected")

    def _answer(self, status):
        approval = self._awaited(status)
        if "token" not in approval:
            return approval["execution"], False
        if not self.check:
            result = {"summary": self.params["reason"], "status": status}
            place = {"stageName": approval["stage"], "actionName": approval["action"]}
            self.write("put_approval_result", pipelineName=self.name, **place, result=result, token=approval["token"])
        return approval["execution"], True

    def _awaited(self, status):
        """Return the approval to answer, once an execution has come to it; or the one that was answered like that already."""
        given = {"Approved": "Succeeded", "Rejected": "Failed"}[status]
        for _look in self.looks(self.params["wait_timeout"] if self.params["wait"] and not self.check else 0):
            approvals = self._approvals()
            waiting = [approval for approval in approvals if "token" in approval]
            if len(waiting) > 1:
                places = ", ".join(f"{approval['stage']}.{approval['action']}" for approval in waiting)
                self.fail(f"pipeline {self.name}: several approvals wait ({places}). Name one with stage or execution_id.")
            if waiting:
                return waiting[0]
            key = self.params["execution_id"]
            answered = [approval for approval in approvals if key and approval["status"] == given]
            if answered:
                return answered[-1]
            if not self._runs(key):
                break
        return self.fail(f"pipeline {self.name}: no approval waits for an answer. Look with codepipeline_info at where it stands.")

    def _approvals(self):
        """Return the approvals of the execution, or of all that run, those that wait with their token."""
        wanted = self.params["execution_id"]
        keys = [wanted] if wanted else [one["pipelineExecutionId"] for one in self.listed() if one["status"] in RUNNING]
        latest = [action.get("latestExecution", {}) for stage in self.state() for action in stage["actionStates"]]
        tokens = {run["actionExecutionId"]: run["token"] for run in latest if run.get("token")}
        found = []
        for run in [run for key in keys for run in self.actions(key)]:
            here = self.params["stage"] in (None, run["stageName"])
            if here and run["input"]["actionTypeId"]["category"] == "Approval":
                known = {"stage": run["stageName"], "action": run["actionName"], "execution": run["pipelineExecutionId"]}
                # Executions that run side by side have no tokens; there, AWS takes the external id.
                token = tokens.get(run["actionExecutionId"]) or run["output"]["executionResult"].get("externalExecutionId")
                found.append({**known, "status": run["status"], **({"token": token} if run["status"] == "InProgress" else {})})
        return found

    def _runs(self, key):
        """Tell whether an execution, or any, can still come to an approval."""
        return any(one["status"] in RUNNING for one in self.listed() if key in (None, one["pipelineExecutionId"]))

    def _retry(self):
        key, stage = self._failure()
        if not self.check:
            mode = self.params["retry_mode"]
            self.write("retry_stage_execution", pipelineName=self.name, stageName=stage, pipelineExecutionId=key, retryMode=mode)
        return key, True

    def _failure(self):
        """Return the execution and the stage that failed."""
        key, stage = self.params["execution_id"], self.params["stage"]
        if key:
            found = [(key, run["stageName"]) for run in self.actions(key) if run["status"] == "Failed"]
        else:
            states = [(one.get("latestExecution", {}), one["stageName"]) for one in self.state()]
            found = [(latest["pipelineExecutionId"], name) for latest, name in states if latest.get("status") == "Failed"]
        found = [one for one in found if stage in (None, one[1])]
        if not found:
            self.fail(f"pipeline {self.name}: no stage has failed that could be retried.")
        return found[-1]

    def _roll_back(self):
        stage, target = self.params["stage"], self.params["execution_id"] or self._good(self.params["stage"])
        if self.check:
            return target, True
        self.fresh = True
        answer = self.write("rollback_stage", pipelineName=self.name, stageName=stage, targetPipelineExecutionId=target)
        return answer["pipelineExecutionId"], True

    def _good(self, stage):
        """Return the execution that had succeeded in a stage before the one that stands there now."""
        states = [state for state in self.state() if state["stageName"] == stage]
        if not states:
            self.fail(f"pipeline {self.name} has no stage {stage}.")
        now = states[0].get("latestExecution", {}).get("pipelineExecutionId")
        keys = [one["pipelineExecutionId"] for one in self.listed(filter={"succeededInStage": {"stageName": stage}})]
        here = next((one for one in self.listed() if one["pipelineExecutionId"] == now), {})
        # What was rolled back once shall not come back when somebody rolls back twice.
        now = here.get("rollbackMetadata", {}).get("rollbackTargetPipelineExecutionId", now)
        older = keys[keys.index(now) + 1 :] if now in keys else keys
        if not older:
            self.fail(
                f"pipeline {self.name}: no earlier execution has succeeded in stage {stage}, so there is nothing to go back to."
            )
        return older[0]

    def _stop(self):
        key = self.params["execution_id"] or self.latest()
        if self.execution(key)["status"] not in RUNNING:
            return key, False
        if not self.check:
            over = ("PipelineExecutionNotStoppableException", "DuplicatedStopRequestException")
            how = {"abandon": self.params["abandon"], "reason": self.params["reason"]}
            self.write("stop_pipeline_execution", tolerate=over, pipelineName=self.name, pipelineExecutionId=key, **how)
        return key, True

    def _wait(self):
        return self.params["execution_id"] or self.latest(), False


def main():
    Execution.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
