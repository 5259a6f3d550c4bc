# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Executions of pipelines: they walk the stages over the account's time, wait for each other, fail, retry, roll back and stop.

Time is a list of events. advance() always carries out the earliest one that is due, of whichever execution, so that it makes no
difference how often somebody looks.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field

from .. import plans
from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import places
from ..registry import alive
from . import codepipeline
from .codepipeline_actions import begin

plans.KINDS["rule_fails"] = plans.Kind(("pipeline", "stage", "rule"), {"message": "The rule failed because a test wants it to"})

LISTENERS = []  # called with place, kind ("pipeline", "stage" or "action"), state, execution, stage and action run
_RULE_SECONDS = 10


@dataclass
class StageRun:
    """One execution in one stage."""

    declaration: dict
    phase: str = "actions"  # or the name of the condition that is being checked
    until: float = 0.0  # when the check ends
    order: int = 0  # runOrder of the actions that run
    runs: list = field(default_factory=list)  # of the actions, the repeated ones too
    status: str = "InProgress"
    automatic: int = 0  # retries
    manual: int = 0
    checks: dict = field(default_factory=dict)  # by condition: status, summary and rules

    @property
    def name(self):
        return self.declaration["name"]

    def latest(self):
        """Return the last run of each action, by name."""
        return {run.name: run for run in self.runs}

    def running(self):
        """Return the runs that have not ended."""
        return [run for run in self.runs if run.status == "InProgress"]


@dataclass
class Execution:
    """One execution of a pipeline."""

    pipeline: str
    number: int
    declaration: dict
    trigger: str
    detail: str
    started: float
    values: dict  # of #{...}, by namespace
    path: list  # declarations of the stages it walks
    overrides: dict = field(default_factory=dict)  # revisions by source action, when somebody asked for them
    branches: dict = field(default_factory=dict)  # branches by source action, when a trigger says so
    target: str = ""  # of a rollback
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    summary: str = ""
    updated: float = 0.0
    position: int = 0
    waiting: float | None = None  # since when it wants to enter the stage at its position
    stage: StageRun | None = None
    history: list = field(default_factory=list)
    revisions: list = field(default_factory=list)
    artifacts: dict = field(default_factory=dict)  # what actions have handed on: text by path, by the name of the artifact
    stopping: str = ""  # reason, once somebody wants it to stop

    @property
    def mode(self):
        return self.declaration["executionMode"]

    @property
    def active(self):
        return self.status in ("InProgress", "Stopping")

    @property
    def next_stage(self):
        return self.path[self.position]["name"]


# Starting


def start(place, pipeline, trigger, detail, at=None, stages=None, **more):
    """Start an execution; return it."""
    at, declaration = CLOCK.seconds() if at is None else at, pipeline["declaration"]
    variables = {**_defaults(declaration), **more.pop("variables", {})}
    number = 1 + max((one.number for one in pipeline["executions"].values()), default=0)
    execution = Execution(
        pipeline=declaration["name"],
        number=number,
        declaration=declaration,
        trigger=trigger,
        detail=detail,
        started=at,
        values={"variables": variables},
        path=stages or declaration["stages"],
        **more,
    )
    execution.values["codepipeline"] = {"PipelineExecutionId": execution.key}
    pipeline["executions"][execution.key] = execution
    _tell(place, "pipeline", "STARTED", execution, at)
    _arrive(place, pipeline, execution, 0, at)
    return execution


def _defaults(declaration):
    return {
        variable["name"]: variable["defaultValue"] for variable in declaration.get("variables", []) if "defaultValue" in variable
    }


@codepipeline.CREATED.append
def _start_when_created(place, pipeline):
    """AWS starts a pipeline as soon as it is created."""
    start(place, pipeline, "CreatePipeline", f"arn:aws:iam::{place.account}:user/{place.account}-user")


def _tell(place, kind, state, execution, at, stage=None, run=None):
    execution.updated = at
    for listener in LISTENERS:
        listener(place, kind, state, execution, at, stage, run)


# Time


@alive
def catch_up():
    """Let all pipelines of all accounts do what is due."""
    for place in list(places("codepipeline", "pipeline")):
        for pipeline in list(place.things("pipeline").values()):
            advance(place, pipeline, CLOCK.seconds())


def advance(place, pipeline, now):
    """Carry out everything that happens in a pipeline up to a moment, in the order of time."""
    while True:
        due = []
        for execution in pipeline["executions"].values():
            at = _next_moment(pipeline, execution) if execution.active else None
            if at is not None and at <= now:
                due.append((at, execution.number, execution))
        if not due:
            return
        at, _number, execution = min(due, key=lambda event: event[:2])
        _step(place, pipeline, execution, at)


def _next_moment(pipeline, execution):
    stage = execution.stage
    if stage is None:
        return _entrance(pipeline, execution)
    if stage.phase != "actions":
        return stage.until
    return min((end for end in (run.look() for run in stage.running()) if end is not None), default=None)


def _entrance(pipeline, execution):
    """Return when an execution can enter the stage it waits for; None while it is kept out."""
    name, lock = execution.next_stage, pipeline["locks"].get(execution.next_stage, {})
    moments = [execution.waiting]
    for transition in _transitions(pipeline, execution):
        if not transition["enabled"]:
            return None
        moments.append(transition["changed"])
    if execution.mode != "PARALLEL":
        if lock.get("by"):
            return None
        if execution.mode == "QUEUED" and any(one.number < execution.number for one in waiting_for(pipeline, name)):
            return None
        moments.append(lock.get("since", 0))
    return max(moments)


def _transitions(pipeline, execution):
    """Yield the transitions that an execution has to pass on its way into the stage."""
    before = execution.path[execution.position - 1]["name"] if execution.position else None
    for stage, kind in ((execution.next_stage, "Inbound"), (before, "Outbound")):
        transition = pipeline["transitions"].get((stage, kind))
        if transition:
            yield transition


def waiting_for(pipeline, name):
    """Return the executions that want to enter a stage."""
    everybody = pipeline["executions"].values()
    return [one for one in everybody if one.active and one.stage is None and one.waiting is not None and one.next_stage == name]


def _arrive(place, pipeline, execution, position, at):
    """Wait for the next stage; who waited there already is superseded, unless the pipeline queues."""
    execution.position, execution.stage = position, None
    if execution.stopping:
        _end(place, execution, "Stopped", at)
        return
    if execution.mode == "SUPERSEDED":
        for other in waiting_for(pipeline, execution.next_stage):
            if other.number < execution.number and _entrance(pipeline, other) is None:
                _end(place, other, "Superseded", at)
    execution.waiting = at


def _end(place, execution, status, at, summary=""):
    execution.status, execution.waiting, execution.stage = status, None, None
    execution.summary = summary or execution.summary
    _tell(place, "pipeline", {"Cancelled": "CANCELED"}.get(status, status.upper()), execution, at)


# One step


def _step(place, pipeline, execution, at):
    stage = execution.stage
    if stage is None:
        _enter(place, pipeline, execution, at)
    elif stage.phase != "actions":
        _checked(place, pipeline, execution, at)
    else:
        for run in stage.running():
            if run.end is not None and run.end <= at:
                _finish(place, execution, run)
        if not stage.running():
            _after_group(place, pipeline, execution, at)


def _enter(place, pipeline, execution, at):
    execution.stage = stage = StageRun(execution.path[execution.position])
    execution.waiting = None
    execution.history.append(stage)
    if execution.mode != "PARALLEL":
        pipeline["locks"][stage.name] = {"by": execution.key}
    _tell(place, "stage", "STARTED", execution, at, stage)
    if not _check(execution, "beforeEntry", at):
        _next_group(place, pipeline, execution, at)


def _leave(pipeline, execution, at):
    lock = pipeline["locks"].get(execution.stage.name, {})
    if lock.get("by") == execution.key:
        pipeline["locks"][execution.stage.name] = {"since": at}


def _next_group(place, pipeline, execution, at):
    """Start the actions of the next runOrder; after the last one the stage has succeeded."""
    stage = execution.stage
    orders = sorted({action["runOrder"] for action in stage.declaration["actions"] if action["runOrder"] > stage.order})
    if not orders:
        if not _check(execution, "onSuccess", at):
            _succeed(place, pipeline, execution, at)
        return
    stage.order = orders[0]
    _begin(place, execution, [a for a in stage.declaration["actions"] if a["runOrder"] == stage.order], at)


def _begin(place, execution, actions, at):
    for action in actions:
        run = begin(place, execution, execution.stage.name, action, at)
        execution.stage.runs.append(run)
        _tell(place, "action", "STARTED", execution, at, execution.stage, run)


def _finish(place, execution, run):
    run.status = run.outcome
    if run.status == "Succeeded":
        if run.action.get("namespace"):
            execution.values[run.action["namespace"]] = run.variables
        if run.revision:
            execution.revisions.append({**run.revision, "created": run.end})
        execution.artifacts |= {artifact["name"]: run.files for artifact in run.action["outputArtifacts"]}
    _tell(place, "action", run.status.upper(), execution, run.end, execution.stage, run)


def _after_group(place, pipeline, execution, at):
    stage = execution.stage
    failed = [run for run in stage.latest().values() if run.status == "Failed" and run.action["runOrder"] == stage.order]
    if execution.stopping:
        stage.status = "Stopped"
        _leave(pipeline, execution, at)
        _end(place, execution, "Stopped", at)
    elif failed:
        _fail(place, pipeline, execution, at, failed)
    else:
        _next_group(place, pipeline, execution, at)


def _succeed(place, pipeline, execution, at, status="Succeeded"):
    stage = execution.stage
    stage.status = status
    _tell(place, "stage", status.upper(), execution, at, stage)
    _leave(pipeline, execution, at)
    if execution.position + 1 == len(execution.path):
        _end(place, execution, "Succeeded", at)
    else:
        _arrive(place, pipeline, execution, execution.position + 1, at)


# Failing


def _fail(place, pipeline, execution, at, failed=()):
    """End the stage, and with it the execution, unless the stage says what else to do."""
    stage = execution.stage
    wish = stage.declaration.get("onFailure", {})
    if wish.get("result") == "RETRY" and not stage.automatic and failed:
        stage.automatic = 1
        again(place, execution, wish.get("retryConfiguration", {}).get("retryMode", "FAILED_ACTIONS"), at)
    elif wish.get("conditions") and "onFailure" not in stage.checks:
        _check(execution, "onFailure", at)
    else:
        _conclude(place, pipeline, execution, at, wish.get("result", "FAIL"))


def _conclude(place, pipeline, execution, at, result):
    """End a stage that has failed, in the way that a result names."""
    stage = execution.stage
    if result == "SKIP":
        _succeed(place, pipeline, execution, at, "Skipped")
        return
    stage.status = "Failed"
    _tell(place, "stage", "FAILED", execution, at, stage)
    _leave(pipeline, execution, at)
    _end(place, execution, "Failed", at)
    if result == "ROLLBACK" and execution.mode != "PARALLEL" and not execution.target:
        target = last_success(pipeline, stage.name, execution)
        if target:
            detail = json.dumps({"FailedPipelineExecutionId": execution.key})
            roll_back(place, pipeline, stage.name, target, "AutomatedRollback", detail, at)


def last_success(pipeline, name, before):
    """Return the last execution of the same version that succeeded in a stage before another one."""
    fits = [
        one
        for one in pipeline["executions"].values()
        if one.number < before.number and one.declaration["version"] == before.declaration["version"] and succeeded_in(one, name)
    ]
    return max(fits, key=lambda one: one.number, default=None)


def succeeded_in(execution, name):
    """Tell whether an execution has succeeded in a stage."""
    return any(stage.name == name and stage.status == "Succeeded" for stage in execution.history)


def roll_back(place, pipeline, name, target, trigger, detail, at=None):
    """Run one stage again with what an earlier execution brought; return the new execution."""
    execution = start(
        place,
        pipeline,
        trigger,
        detail,
        at,
        stages=[codepipeline.stage_of(pipeline, name)],
        target=target.key,
        revisions=list(target.revisions),
        artifacts=dict(target.artifacts),
    )
    execution.values = {**target.values, "codepipeline": execution.values["codepipeline"]}
    return execution


def again(place, execution, mode, at):
    """Run the failed actions, or all, of a stage again."""
    stage = execution.stage
    latest = stage.latest()
    if mode == "ALL_ACTIONS":
        stage.order = min(action["runOrder"] for action in stage.declaration["actions"])
        actions = [action for action in stage.declaration["actions"] if action["runOrder"] == stage.order]
    else:
        actions = [run.action for run in latest.values() if run.status in ("Failed", "Abandoned")]
        stage.order = max(action["runOrder"] for action in actions)
    _begin(place, execution, actions, at)


def retry(place, pipeline, execution, name, mode):
    """Take up a failed execution in the stage in which it failed."""
    stage = execution.history[-1]
    stage.manual, stage.status, stage.phase = stage.manual + 1, "InProgress", "actions"
    stage.checks.pop("onFailure", None)
    execution.status, execution.stage = "InProgress", stage
    if execution.mode != "PARALLEL":
        pipeline["locks"][name] = {"by": execution.key}
    again(place, execution, mode, CLOCK.seconds())
    _tell(place, "pipeline", "RESUMED", execution, CLOCK.seconds())


# Stopping


def stop(place, pipeline, execution, reason, abandon):
    """Stop an execution: at once, leaving its actions alone, or when its actions have ended."""
    now = CLOCK.seconds()
    execution.stopping, execution.status = reason or "stopped", "Stopping"
    stage = execution.stage
    _tell(place, "pipeline", "STOPPING", execution, now)
    if abandon:
        for run in stage.running() if stage else ():
            run.status, run.end = "Abandoned", now
            _tell(place, "action", "ABANDONED", execution, now, stage, run)
    if stage is None or not stage.running():
        if stage:
            stage.status = "Stopped"
            _leave(pipeline, execution, now)
        _end(place, execution, "Stopped", now)


# Conditions


def _check(execution, name, at):
    """Begin to check a condition of the stage; tell whether there is one."""
    conditions = execution.stage.declaration.get(name, {}).get("conditions", [])
    if not conditions:
        return False
    waits = [int(rule.get("configuration", {}).get("WaitTime", 0)) * 60 for one in conditions for rule in one["rules"]]
    execution.stage.phase, execution.stage.until = name, at + max(_RULE_SECONDS, *waits)
    execution.stage.checks[name] = {"status": "InProgress", "summary": "", "at": at, "rules": {}}
    return True


def _checked(place, pipeline, execution, at):
    """End the check of a condition and go on as it says."""
    stage, name = execution.stage, execution.stage.phase
    condition = stage.declaration[name]["conditions"][0]
    verdicts = {rule["name"]: _broken(place, execution, rule) for rule in condition["rules"]}
    broken = [message for message in verdicts.values() if message]
    held = not broken
    summary = broken[0] if broken else "All rules succeeded"
    stage.checks[name] = {"status": "Succeeded" if held else "Failed", "summary": summary, "at": at, "rules": verdicts}
    stage.phase = "actions"
    if name == "onFailure":  # a condition of failure is met when its rules succeed
        _conclude(place, pipeline, execution, at, condition["result"] if held else "FAIL")
    elif not held:
        _conclude(place, pipeline, execution, at, condition["result"])
    elif name == "beforeEntry":
        _next_group(place, pipeline, execution, at)
    else:
        _succeed(place, pipeline, execution, at)


def _broken(place, execution, rule):
    """Return why a rule does not hold, or None."""
    plan = plans.due("rule_fails", pipeline=execution.pipeline, stage=execution.stage.name, rule=rule["name"])
    if plan:
        return plan["message"]
    if rule["ruleTypeId"]["provider"] == "CloudWatchAlarm":
        name = rule.get("configuration", {}).get("AlarmName")
        alarm = place.moto("cloudwatch").alarms.get(name)
        if alarm is None:
            return f"Alarm {name} does not exist"
        if alarm.state_value == "ALARM":
            return f"Alarm {name} is in state ALARM"
    return None


def execution_of(pipeline, key):
    """Return an execution, or raise what AWS raises."""
    execution = pipeline["executions"].get(key)
    if execution is None:
        name = pipeline["declaration"]["name"]
        raise AwsError("PipelineExecutionNotFoundException", f"The execution '{key}' of pipeline '{name}' was not found")
    return execution
