# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Deployments to ECS: a second set of tasks starts, the traffic moves in the steps of the configuration, the first set ends.

A deployment waits for healthy tasks, for somebody to continue it and for its steps, all in the account's time. It fails when the
tasks never get healthy, when a hook fails or when a test plans it, and it stops when somebody or an alarm says so:
``plans.plan("deployment_fails", group="shop", event="AfterInstall")``.
"""

from __future__ import annotations

import random
import string

import yaml

from .. import plans
from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place, moment, places
from ..registry import alive, operation
from . import codedeploy_ecs, ecs_world
from .codedeploy import config_of, group_of, here
from .codepipeline_actions import handler
from .eventbridge import announce

plans.KINDS["deployment_fails"] = plans.Kind(
    ("application", "group"),
    {"event": "AfterInstall", "code": "HOOK_EXECUTION_FAILURE", "message": "The lifecycle event failed because a test wants it to"},
)

_OPEN = ("Created", "Queued", "InProgress", "Ready")
_LOOK = 15  # seconds between two looks at tasks that start, and at alarms
_PATIENCE = 3600
_WORDS = {"Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP", "InProgress": "START", "Ready": "READY"}
_EVENTS = ("BeforeInstall", "Install", "AfterInstall", "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")


class Deployment:
    """One deployment. What it does is a generator that yields when it wants to go on, as seconds of the account."""

    def __init__(self, place, group, asked, creator="user", rolls_back=None):
        self.place, self.group, self.asked, self.creator = place, group, asked, creator
        self.id = "d-" + "".join(random.choices(string.ascii_uppercase + string.digits, k=9))
        self.config = asked.get("deploymentConfigName") or group["deploymentConfigName"]
        self.status, self.error, self.rollback = "Created", None, {}
        self.created, self.started, self.completed = CLOCK.seconds(), None, None
        self.terminating = False  # whether the first set of tasks waits for its end
        self.continued = set()  # waits that somebody has ended
        self.events = []
        self.original = rolls_back  # the deployment that this one rolls back
        self.shift = rolls_back.shift if rolls_back else codedeploy_ecs.Shift(place, group)
        self.script = self._back() if rolls_back else self._forth()
        self.due = self.created + 5

    @property
    def open(self):
        """Tell whether it goes on."""
        return self.status in _OPEN

    def go_on(self):
        """Take the next step."""
        self._watch()
        if self.open:
            self.due = next(self.script, None)

    # The way forth

    def _forth(self):
        self._becomes("InProgress")
        self.started = CLOCK.seconds()
        self._event("BeforeInstall")
        if not self.open:
            return
        yield from self._install()
        if not self.open:
            return
        if self.shift.test:
            self.shift.send(100, test=True)
            self._event("AfterAllowTestTraffic")
        yield from self._ready()
        for name in ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"):
            if self.open and name == "AllowTraffic":
                yield from self._move()
            if self.open:
                self._event(name)
        if self.open:
            yield from self._end()

    def _install(self):
        fault = self.shift.install(_target(self.asked.get("revision", {})))
        if fault:
            self.fails("INVALID_REVISION", fault)
            return
        deadline = CLOCK.seconds() + _PATIENCE
        while not self.shift.is_ready():
            if CLOCK.seconds() >= deadline:
                text = "The deployment timed out while waiting for the replacement task set to become healthy."
                self.fails("TIMEOUT", f"{text} This time out period is 60 minutes.")
                return
            yield CLOCK.seconds() + _LOOK
            if not self.open:
                return
        self._event("Install")
        if self.open:
            self._event("AfterInstall")

    def _ready(self):
        """Wait for somebody to continue, where the group says so."""
        option = self.group["blueGreenDeploymentConfiguration"]["deploymentReadyOption"]
        if not self.open or option.get("actionOnTimeout") != "STOP_DEPLOYMENT":
            return
        self._becomes("Ready")
        deadline = CLOCK.seconds() + option.get("waitTimeInMinutes", 0) * 60
        while "READY_WAIT" not in self.continued:
            if CLOCK.seconds() >= deadline:
                self.stops("The deployment was stopped because nobody continued it in time.")
                return
            yield min(deadline, CLOCK.seconds() + _LOOK)
            if not self.open:
                return
        self._becomes("InProgress")

    def _move(self):
        """Send the traffic over in the steps of the configuration."""
        for percent, minutes in _steps(config_of(self.place, self.config)["trafficRoutingConfig"]):
            self.shift.send(percent)
            deadline = CLOCK.seconds() + minutes * 60
            while CLOCK.seconds() < deadline:
                yield min(deadline, CLOCK.seconds() + _LOOK)
                if not self.open:
                    return

    def _end(self):
        option = self.group["blueGreenDeploymentConfiguration"]["terminateBlueInstancesOnDeploymentSuccess"]
        if option.get("action", "TERMINATE") == "TERMINATE":
            self.terminating = True
            deadline = CLOCK.seconds() + option.get("terminationWaitTimeInMinutes", 0) * 60
            while CLOCK.seconds() < deadline and "TERMINATION_WAIT" not in self.continued:
                yield min(deadline, CLOCK.seconds() + _LOOK)
                if not self.open:
                    return
            self.shift.finish()
        self._becomes("Succeeded")

    def _event(self, name):
        """Let a lifecycle event happen, with its hook."""
        hook = _hooks(self.asked.get("revision", {})).get(name)
        plan = plans.holds("deployment_fails", application=self.group["applicationName"], group=self.group["deploymentGroupName"])
        failed = hook and plans.due("hook_fails", hook=hook, stage=name)
        now = moment(CLOCK.seconds())
        event = {
            "lifecycleEventName": name,
            "startTime": now,
            "endTime": now,
            "status": "Succeeded",
        }
        if plan and plan["event"] == name:
            plans.due("deployment_fails", application=self.group["applicationName"], group=self.group["deploymentGroupName"])
            event["status"] = "Failed"
            self.fails(plan["code"], plan["message"])
        elif failed:
            event["status"] = "Failed"
            text = f"One or more of the lifecycle event validation functions failed. Hook {name}: {hook}"
            self.fails("HOOK_EXECUTION_FAILURE", text)
        self.events.append(event)

    # The way back

    def _back(self):
        self._becomes("InProgress")
        self.started = CLOCK.seconds()
        yield CLOCK.seconds() + _LOOK
        self.shift.go_back()
        self._becomes("Succeeded")

    # Ends

    def _becomes(self, status):
        self.status = status
        if not self.open:
            self.completed, self.due = CLOCK.seconds(), None
        detail = {
            "region": self.place.region,
            "application": self.group["applicationName"],
            "deploymentId": self.id,
            "deploymentGroup": self.group["deploymentGroupName"],
            "instanceGroupId": self.group["deploymentGroupId"],
            "state": _WORDS[status],
        }
        application = self.place.arn(f"application:{self.group['applicationName']}")
        announce(self.place, "aws.codedeploy", "CodeDeploy Deployment State-change Notification", application, detail)

    def fails(self, code, message):
        """End badly, and go back if the group says so."""
        self.error = {"code": code, "message": message}
        self._becomes("Failed")
        self._roll_back("DEPLOYMENT_FAILURE")

    def stops(self, message, code="MANUAL_STOP", back=None, event="DEPLOYMENT_STOP_ON_REQUEST"):
        """End because somebody or something says so."""
        self.error = {"code": code, "message": message}
        self._becomes("Stopped")
        self._roll_back(event, back)

    def _roll_back(self, event, wanted=None):
        rollback = self.asked.get("autoRollbackConfiguration") or self.group.get("autoRollbackConfiguration", {})
        by_itself = rollback.get("enabled") and event in rollback.get("events", [])
        if self.original or not (by_itself if wanted is None else wanted):
            return
        other = Deployment(self.place, self.group, {}, "codeDeployRollback", self)
        self.rollback = {"rollbackDeploymentId": other.id}
        other.rollback = {"rollbackTriggeringDeploymentId": self.id}
        other.rollback["rollbackMessage"] = (
            f"Deployment {other.id} is triggered as part of the auto rollback of deployment {self.id}."
        )
        self.place.things("deployment")[other.id] = other

    def _watch(self):
        """Stop when an alarm goes off."""
        config = self.asked.get("overrideAlarmConfiguration") or self.group.get("alarmConfiguration", {})
        if not config.get("enabled") or self.original or not self.started:
            return
        known = self.place.moto("cloudwatch").alarms
        raised = [
            one["name"] for one in config.get("alarms", []) if one["name"] in known and known[one["name"]].state_value == "ALARM"
        ]
        if raised:
            text = f"One or more alarms have been activated according to the Amazon CloudWatch metrics you selected: {raised}"
            self.stops(text, "ALARM_ACTIVE", event="DEPLOYMENT_STOP_ON_ALARM")

    # What the API shows

    def brief(self):
        """Return it as deployment groups show it."""
        end = {"endTime": moment(self.completed)} if self.completed is not None else {}
        return {"deploymentId": self.id, "status": self.status, "createTime": moment(self.created), **end}

    def shown(self):
        """Return it as GetDeployment shows it."""
        counts = dict.fromkeys(("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"), 0)
        counts[{"Created": "Pending", "Queued": "Pending", "Stopped": "Skipped"}.get(self.status, self.status)] = 1
        kept = ("revision", "description", "autoRollbackConfiguration", "overrideAlarmConfiguration")
        styled = ("deploymentStyle", "blueGreenDeploymentConfiguration", "loadBalancerInfo")
        times = {"startTime": self.started, "completeTime": self.completed}
        return {
            "applicationName": self.group["applicationName"],
            "deploymentGroupName": self.group["deploymentGroupName"],
            "deploymentConfigName": self.config,
            "deploymentId": self.id,
            "status": self.status,
            "createTime": moment(self.created),
            "deploymentOverview": counts,
            "creator": self.creator,
            "computePlatform": "ECS",
            "instanceTerminationWaitTimeStarted": self.terminating,
            **{key: moment(value) for key, value in times.items() if value is not None},
            **{key: self.asked[key] for key in kept if self.asked.get(key)},
            **{key: self.group[key] for key in styled if key in self.group},
            **({"errorInformation": self.error} if self.error else {}),
            **({"rollbackInfo": self.rollback} if self.rollback else {}),
        }

    def target(self):
        """Return its one target, the service."""
        done = {event["lifecycleEventName"] for event in self.events}
        ahead = [{"lifecycleEventName": name, "status": "Pending"} for name in _EVENTS if name not in done and not self.original]
        status = {"Created": "Pending", "Queued": "Pending", "Stopped": "Skipped"}.get(self.status, self.status)
        service = self.shift.service
        key = f"{service['clusterArn'].rsplit('/', 1)[-1]}:{service['serviceName']}"
        return {
            "deploymentTargetType": "ECSTarget",
            "ecsTarget": {
                "deploymentId": self.id,
                "targetId": key,
                "targetArn": service["serviceArn"],
                "lastUpdatedAt": CLOCK.now(),
                "lifecycleEvents": [*self.events, *ahead],
                "status": status,
                "taskSetsInfo": self.shift.task_sets(),
            },
        }


def _steps(routing):
    """Return the steps in which traffic moves: percent, and minutes until the next."""
    if routing["type"] == "TimeBasedCanary":
        canary = routing["timeBasedCanary"]
        return [(canary["canaryPercentage"], canary["canaryInterval"]), (100, 0)]
    if routing["type"] == "TimeBasedLinear":
        step, minutes = routing["timeBasedLinear"]["linearPercentage"], routing["timeBasedLinear"]["linearInterval"]
        return [(percent, minutes) for percent in range(step, 100, step)] + [(100, 0)]
    return [(100, 0)]


# Revisions


def _document(revision):
    content = revision.get("appSpecContent", revision.get("string", {})).get("content")
    return (yaml.safe_load(content) or {}) if content else {}


def _target(revision):
    """Return what an AppSpec says about the service."""
    for resource in _document(revision).get("Resources", []):
        for entry in resource.values():
            return entry.get("Properties", {})
    return {}


def _hooks(revision):
    return {name: function for hook in _document(revision).get("Hooks", []) or [] for name, function in hook.items()}


def _check_revision(revision):
    if not revision.get("revisionType"):
        raise AwsError("RevisionRequiredException", "The revision was not specified")
    if revision["revisionType"] == "S3":
        return
    if revision["revisionType"] not in ("AppSpecContent", "String"):
        raise AwsError("InvalidRevisionException", f"Revision type {revision['revisionType']} is not valid for ECS")
    try:
        target = _target(revision)
        fine = (
            target["TaskDefinition"] and target["LoadBalancerInfo"]["ContainerName"] and target["LoadBalancerInfo"]["ContainerPort"]
        )
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        fine = False
    if not fine:
        text = "The AppSpec file is not valid: it names no TargetService with TaskDefinition and LoadBalancerInfo"
        raise AwsError("InvalidRevisionException", text)


# Time


@alive
def catch_up():
    """Let every deployment take the steps that are due, each at its moment, with ECS up to date at that moment."""
    now = CLOCK.seconds()
    while True:
        due = [
            one
            for place in list(places("codedeploy", "deployment"))
            for one in place.things("deployment").values()
            if _is_due(one, now)
        ]
        if not due:
            return
        one = min(due, key=lambda deployment: deployment.due)
        with CLOCK.at(one.due):
            ecs_world.live()
            one.go_on()


def _is_due(deployment, now):
    return deployment.open and deployment.due is not None and deployment.due <= now


# Operations


def begin(place, asked, creator="user"):
    """Start a deployment; return it, or raise what AWS raises."""
    place = here(place)
    group = group_of(place, asked["applicationName"], asked["deploymentGroupName"])
    if group["computePlatform"] != "ECS":
        raise AwsError("NotImplemented", "The emulated account deploys to ECS only.")
    _check_revision(asked.get("revision", {}))
    codedeploy_ecs.check(place, group)
    if asked.get("deploymentConfigName"):
        config_of(place, asked["deploymentConfigName"])
    active = [one for one in place.things("deployment").values() if one.open and one.group["arn"] == group["arn"]]
    if active:
        text = f"The Deployment Group '{group['deploymentGroupName']}' already has an active Deployment '{active[0].id}'"
        raise AwsError("DeploymentLimitExceededException", text)
    deployment = Deployment(place, group, asked, creator)
    place.things("deployment")[deployment.id] = deployment
    return deployment


@operation("codedeploy", "CreateDeployment")
def create_deployment(call):
    kept = ("applicationName", "deploymentGroupName", "revision", "deploymentConfigName", "description")
    kept += ("autoRollbackConfiguration", "overrideAlarmConfiguration")
    return {"deploymentId": begin(call, call.params.take(*kept)).id}


def _deployment_of(call):
    deployment = here(call).things("deployment").get(call.params["deploymentId"])
    if deployment is None:
        raise AwsError("DeploymentDoesNotExistException", f"The deployment {call.params['deploymentId']} could not be found")
    return deployment


@operation("codedeploy", "GetDeployment")
def get_deployment(call):
    return {"deploymentInfo": _deployment_of(call).shown()}


@operation("codedeploy", "BatchGetDeployments")
def batch_get_deployments(call):
    known = here(call).things("deployment")
    return {"deploymentsInfo": [known[key].shown() for key in call.params["deploymentIds"] if key in known]}


@operation("codedeploy", "ListDeployments")
def list_deployments(call):
    wanted = {key: call.params.get(key) for key in ("applicationName", "deploymentGroupName")}
    statuses = call.params.get("includeOnlyStatuses")
    call.params.get("nextToken")
    found = [
        one
        for one in here(call).things("deployment").values()
        if all(value in (None, one.group[key]) for key, value in wanted.items()) and (not statuses or one.status in statuses)
    ]
    return {"deployments": [one.id for one in reversed(found)]}


@operation("codedeploy", "StopDeployment")
def stop_deployment(call):
    deployment, back = _deployment_of(call), call.params.get("autoRollbackEnabled")
    if not deployment.open:
        raise AwsError("DeploymentAlreadyCompletedException", f"The deployment {deployment.id} is already completed")
    deployment.stops("The deployment was stopped by a user request.", back=back)
    return {"status": "Succeeded", "statusMessage": "No more commands will be scheduled for execution in the deployment instances"}


@operation("codedeploy", "ContinueDeployment")
def continue_deployment(call):
    deployment, kind = _deployment_of(call), call.params.get("deploymentWaitType", "READY_WAIT")
    if not deployment.open:
        raise AwsError("DeploymentAlreadyCompletedException", f"The deployment {deployment.id} is already completed")
    waits = deployment.status == "Ready" if kind == "READY_WAIT" else deployment.terminating
    if not waits:
        raise AwsError("DeploymentIsNotInReadyStateException", f"The deployment {deployment.id} does not wait ({kind})")
    deployment.continued.add(kind)
    deployment.due = CLOCK.seconds()
    catch_up()


@operation("codedeploy", "ListDeploymentTargets")
def list_deployment_targets(call):
    call.params.take("nextToken")
    return {"targetIds": [_deployment_of(call).target()["ecsTarget"]["targetId"]]}


@operation("codedeploy", "GetDeploymentTarget", "BatchGetDeploymentTargets")
def get_deployment_targets(call):
    target = _deployment_of(call).target()
    asked = call.params.get("targetIds") or [call.params.get("targetId")]
    if target["ecsTarget"]["targetId"] not in asked:
        raise AwsError("DeploymentTargetDoesNotExistException", f"The target {asked[0]} is none of the deployment's")
    return {"deploymentTarget": target} if call.operation == "GetDeploymentTarget" else {"deploymentTargets": [target]}


# As an action of a pipeline


@handler("Deploy", "CodeDeployToECS")
def deploy(place, execution, run):
    """Deploy from a pipeline. The artifact has no content, so the service keeps its task definition."""
    key = f"{execution.pipeline}/{run.action['inputArtifacts'][0]['name']}"
    store = execution.declaration.get("artifactStore", {}).get("location", "artifacts")
    asked = {
        "applicationName": run.configuration["ApplicationName"],
        "deploymentGroupName": run.configuration["DeploymentGroupName"],
        "revision": {"revisionType": "S3", "s3Location": {"bucket": store, "key": key, "bundleType": "JSON"}},
    }
    try:
        with CLOCK.at(run.started):
            deployment = begin(Place.of(place, "codedeploy"), asked, "user")
    except AwsError as error:
        run.fail(error.message, error.code)
        return
    run.external = deployment.id
    run.watched = lambda one: _follow(one, deployment)


def _follow(run, deployment):
    catch_up()
    if deployment.open:
        return
    run.end = deployment.completed
    if deployment.status != "Succeeded":
        run.outcome, run.error = "Failed", {"code": "JobFailed", "message": deployment.error["message"]}
