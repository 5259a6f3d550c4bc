# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Service deployments to look at, to stop and to continue. How they go on is in ecs_rollouts.py."""

from __future__ import annotations

from ..registry import operation
from .ecs_place import Place, page, refuse
from .ecs_scheduler import services
from .ecs_services import service_of

_PAUSED = "AWAITING_ACTION"


def _shown(rollout):
    return {
        **_brief(rollout, "targetServiceRevisionArn"),
        "updatedAt": rollout.updated,
        "sourceServiceRevisions": [source.summary() for source in rollout.sources],
        "targetServiceRevision": rollout.target.summary(),
        "deploymentConfiguration": rollout.config,
        "deploymentCircuitBreaker": _breaker(rollout),
        "alarms": _alarms(rollout),
        **({"stoppedAt": rollout.times["stoppedAt"]} if "stoppedAt" in rollout.times else {}),
        **({"lifecycleStage": rollout.stage} if rollout.stage and rollout.shifts else {}),
        **({"lifecycleHookDetails": rollout.hooks} if rollout.hooks else {}),
        **({"rollback": rollout.rollback} if rollout.rollback else {}),
    }


def _brief(rollout, without=None):
    brief = {
        "serviceDeploymentArn": rollout.arn,
        "serviceArn": rollout.service["serviceArn"],
        "clusterArn": rollout.service["clusterArn"],
        "createdAt": rollout.created,
        "targetServiceRevisionArn": rollout.target.arn,
        "status": rollout.status,
        **{key: rollout.times[key] for key in ("startedAt", "finishedAt") if key in rollout.times},
        **({"statusReason": rollout.reason} if rollout.reason else {}),
    }
    return {key: value for key, value in brief.items() if key != without}


def _breaker(rollout):
    config = rollout.config.get("deploymentCircuitBreaker", {})
    if not config.get("enable"):
        return {"status": "DISABLED", "failureCount": 0, "threshold": rollout.threshold}
    status = "MONITORING" if rollout.open and not rollout.rollback else "MONITORING_COMPLETE"
    if rollout.reason and "circuit breaker" in rollout.reason:
        status = "TRIGGERED"
    return {"status": status, "failureCount": rollout.target.failed, "threshold": rollout.threshold}


def _alarms(rollout):
    config = rollout.config.get("alarms", {})
    if not config.get("enable"):
        return {"status": "DISABLED", "alarmNames": config.get("alarmNames", [])}
    status = "MONITORING" if rollout.open and not rollout.rollback else "MONITORING_COMPLETE"
    if rollout.triggered:
        status = "TRIGGERED"
    return {"status": status, "alarmNames": config["alarmNames"], "triggeredAlarmNames": rollout.triggered}


def _rollouts(call):
    return {rollout.arn: rollout for service in services(Place.of(call)).values() for rollout in service.rollouts}


@operation("ecs", "ListServiceDeployments")
def list_service_deployments(call):
    service, statuses = service_of(call), call.params.get("status", [])
    span = call.params.get("createdAt", {})
    found = [
        _brief(rollout)
        for rollout in service.rollouts
        if (not statuses or rollout.status in statuses)
        and ("after" not in span or rollout.created >= span["after"])
        and ("before" not in span or rollout.created <= span["before"])
    ]
    return page(call, found, "serviceDeployments", usual=20)


@operation("ecs", "DescribeServiceDeployments")
def describe_service_deployments(call):
    known, arns = _rollouts(call), call.params["serviceDeploymentArns"]
    return {
        "serviceDeployments": [_shown(known[arn]) for arn in arns if arn in known],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


def _named(call):
    rollout = _rollouts(call).get(call.params["serviceDeploymentArn"])
    if rollout is None:
        refuse("The service deployment was not found.", "ServiceDeploymentNotFoundException")
    return rollout


@operation("ecs", "StopServiceDeployment")
def stop_service_deployment(call):
    rollout, kind = _named(call), call.params.get("stopType", "ROLLBACK")
    if not rollout.open:
        refuse(f"The service deployment has already ended with the status {rollout.status}.", "ConflictException")
    if rollout.status in ("PENDING", "IN_PROGRESS"):
        what = "A rollback" if kind == "ROLLBACK" else "A stop"
        rollout.fails(f"{what} of the service deployment was requested.", back=kind == "ROLLBACK")
        rollout.service.settle()
    return {"serviceDeploymentArn": rollout.arn}


@operation("ecs", "ContinueServiceDeployment")
def continue_service_deployment(call):
    rollout, hook_id, action = _named(call), call.params["hookId"], call.params.get("action", "CONTINUE")
    hook = next((hook for hook in rollout.hooks if hook["hookId"] == hook_id), None)
    if hook is None:
        refuse(f"The service deployment has no lifecycle hook {hook_id}.")
    if hook["status"] != _PAUSED or not rollout.open:
        refuse(f"The lifecycle hook {hook_id} does not wait for an action.")
    hook["status"] = "SUCCEEDED" if action == "CONTINUE" else "FAILED"
    rollout.service.settle()
    return {"serviceDeploymentArn": rollout.arn}
