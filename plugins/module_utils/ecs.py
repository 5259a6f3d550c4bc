# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Service deployments of ECS: whether one still goes on, how it ended, and why its tasks failed."""

from __future__ import annotations

import re

from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller

GOING_ON = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
PAUSED = "AWAITING_ACTION"
_LINES = 10
_ASKED_AT_ONCE = 100
# Why ECS stopped a task that was to run; a task that it stopped to scale in, or that somebody stopped, did not fail.
_FAILED = ("TaskFailedToStart", "EssentialContainerExited", "SpotInterruption", "InfrastructureHealth")

# What ECS says, in the order in which it is looked for, and what to do about it. {1} and {2} are the groups of the expression.
_DENIED = "Give it to its policy, or take the deny out of its policy, its boundary or the policy of the resource"
_REMEDIES = (
    (
        r"Access to KMS is not allowed",
        "Role {role} may not decrypt with the key of that secret: its policy and the key policy have to allow kms:Decrypt.",
    ),
    (r"is not authorized to perform: (\S+) on resource: (\S+)", f"Role {{role}} lacks {{1}} on {{2}}. {_DENIED}."),
    (
        r"403 Forbidden|pull access denied",
        f"Role {{role}} lacks ecr:BatchGetImage or ecr:GetDownloadUrlForLayer on the repository of {{image}}. {_DENIED}.",
    ),
    (
        r"i/o timeout|connection issue|deadline exceeded",
        "The task does not reach AWS on port 443: its security groups need egress to it, its subnets a NAT gateway or endpoints.",
    ),
    (
        r"secret (\S+?):? (?:from secrets manager: )?ResourceNotFoundException",
        "Create secret {1} with a value, or take it out of the task definition.",
    ),
    (r"parameters are invalid: (\S+)", "Create parameter {1}, or take it out of the task definition."),
    (r"did not contain json key (\S+)", "Put key {1} into the value of the secret."),
    (r"CannotPullContainerError.* not found", "Push {image} again, or deploy one that is in the repository."),
    (r"log group does not exist", "Create log group {log_group}."),
    (r"unable to assume the role '(\S+)'", "Let ecs-tasks.amazonaws.com assume role {1}."),
    (
        r"health checks",
        "Look at log group {log_group}, and whether the container answers at the path and port of the health check and its security"
        " group lets the load balancer in.",
    ),
    (r"exited", "Look at log group {log_group}, mend the image, and deploy the next one."),
    (
        r"Capacity is unavailable|unable to place a task",
        "Wait and run the same command again, or give weight to another capacity provider (FARGATE beside FARGATE_SPOT).",
    ),
)


class Logs(Caller):
    """The log lines of containers, as far as the caller may read them."""

    service = "logs"
    noun = "log stream"
    missing = ("ResourceNotFoundException", "AccessDeniedException", "InvalidParameterException")

    def last(self, definition, container_name, task_arn, lines=_LINES):
        """Return the last lines of a container; nothing when it does not log to CloudWatch or the lines cannot be read."""
        container = next((c for c in definition["containerDefinitions"] if c["name"] == container_name), {})
        log = container.get("logConfiguration", {})
        options = log.get("options", {})
        if log.get("logDriver") != "awslogs" or not {"awslogs-group", "awslogs-stream-prefix"} <= options.keys():
            return []
        stream = f"{options['awslogs-stream-prefix']}/{container_name}/{task_arn.rsplit('/', 1)[-1]}"
        found = self.read("get_log_events", logGroupName=options["awslogs-group"], logStreamName=stream, limit=lines)
        return [event["message"] for event in (found or {}).get("events", [])]


class Scaling(Caller):
    """Whether Application Auto Scaling owns the number of tasks."""

    service = "application-autoscaling"
    noun = "scalable target"

    def owns(self, resource):
        """Tell whether a service is a scalable target."""
        wanted = {"ServiceNamespace": "ecs", "ResourceIds": [resource], "ScalableDimension": "ecs:service:DesiredCount"}
        return bool(self.read("describe_scalable_targets", **wanted)["ScalableTargets"])


class Discovery(Caller):
    """Names of Cloud Map namespaces."""

    service = "servicediscovery"
    noun = "namespace"
    missing = ("NamespaceNotFound",)

    def name_of(self, arn):
        """Return the name of a namespace."""
        found = self.read("get_namespace", Id=short(arn))
        return found and found["Namespace"]["Name"]


def short(arn):
    """Return the end of an ARN, for people."""
    return arn.rsplit("/", 1)[-1]


def deployment_of(caller, arn):
    """Return a service deployment, or None."""
    found = caller.read("describe_service_deployments", serviceDeploymentArns=[arn])
    return found["serviceDeployments"][0] if found and found["serviceDeployments"] else None


def deployments_of(caller, cluster, service):
    """Return the service deployments of a service in brief, the newest first."""
    codes = ("ClusterNotFoundException", "ServiceNotFoundException", "UnsupportedFeatureException")
    found = caller.pages("list_service_deployments", "serviceDeployments", codes, cluster=cluster, service=service)
    return sorted(found, key=lambda deployment: deployment["createdAt"], reverse=True)


def revision_of(caller, arn):
    """Return a service revision, or an empty one."""
    found = caller.read("describe_service_revisions", serviceRevisionArns=[arn])
    return found["serviceRevisions"][0] if found and found["serviceRevisions"] else {}


def target_of(caller, deployment):
    """Return the task definition that a deployment brings, and since when."""
    target = deployment.get("targetServiceRevision", {}).get("arn")
    definition = revision_of(caller, target).get("taskDefinition") if target else None
    return definition, deployment["createdAt"]


def paused_hooks(deployment):
    """Return the lifecycle hooks of a deployment that wait for somebody."""
    return [hook for hook in deployment.get("lifecycleHookDetails", []) if hook["status"] == PAUSED]


# Failures


def stopped_tasks(caller, cluster, service, definition_arn=None, since=None):
    """Return the tasks that a service lost, of one task definition and since a moment if they are given, the last one first."""
    arns = caller.pages("list_tasks", "taskArns", cluster=cluster, serviceName=service, desiredStatus="STOPPED")
    found = []
    for start in range(0, len(arns), _ASKED_AT_ONCE):
        found += caller.read("describe_tasks", cluster=cluster, tasks=arns[start : start + _ASKED_AT_ONCE])["tasks"]
    meant = [
        task
        for task in found
        if _has_failed(task)
        and definition_arn in (None, task["taskDefinitionArn"])
        and (since is None or task["createdAt"] >= since)
    ]
    return sorted(meant, key=lambda task: task["createdAt"], reverse=True)


def _has_failed(task):
    return task.get("stopCode") in _FAILED or "health check" in task.get("stoppedReason", "")


def account_of(caller, task):
    """Return what a stopped task says about its end: reason, exit codes and the last lines of the container that failed."""
    containers = task.get("containers", [])
    guilty = next((c for c in containers if c.get("exitCode")), None) or next((c for c in containers if c.get("reason")), None)
    account = {"task": task["taskArn"], "stopped_reason": task.get("stoppedReason", ""), "logs": []}
    if guilty:
        account.update(container=guilty["name"], exit_code=guilty.get("exitCode"), container_reason=guilty.get("reason"))
    container = guilty or (containers[0] if containers else None)
    if container and task.get("startedAt"):
        told = caller.read("describe_task_definition", taskDefinition=task["taskDefinitionArn"])
        account["logs"] = Logs(caller.module).last(told["taskDefinition"], container["name"], task["taskArn"]) if told else []
    return account


def remedy(said, definition=None):
    """Return what to do about what ECS says, as a sentence; empty when that is not known. ``definition`` is the task definition."""
    definition = definition or {}
    containers = definition.get("containerDefinitions", [])
    options = next((c["logConfiguration"].get("options", {}) for c in containers if "logConfiguration" in c), {})
    names = {
        "role": short(definition.get("executionRoleArn") or "of the tasks"),
        "image": " or ".join(container["image"] for container in containers) or "the image",
        "log_group": options.get("awslogs-group") or "of the container",
    }
    for pattern, step in _REMEDIES:
        found = re.search(pattern, said, re.DOTALL)
        if found:
            return step.format(said, *found.groups(), **names)
    return ""


def told(account):
    """Return an account of a stopped task as sentences."""
    reason = account["stopped_reason"].rstrip(".")
    sentence = f"Task {short(account['task'])} stopped: {reason}."
    if account.get("exit_code") is not None:
        sentence += f" Container {account['container']} exited with code {account['exit_code']}."
    if account.get("container_reason") and account["container_reason"].rstrip(".") != reason:
        sentence += f" Container {account['container']}: {account['container_reason'].rstrip('.')}."
    if account["logs"]:
        sentence += " Its last lines: " + " | ".join(account["logs"])
    return sentence


def why(caller, cluster, service, definition_arn=None, since=None):
    """Return sentences and details about the last task that a service lost, or about the event that told why there was none."""
    stopped = stopped_tasks(caller, cluster, service, definition_arn, since)
    if stopped:
        account = account_of(caller, stopped[0])
        described = caller.read("describe_task_definition", taskDefinition=stopped[0]["taskDefinitionArn"]) or {}
        said = f"{account['stopped_reason']} {account.get('container_reason') or ''}"
        step = remedy(said, described.get("taskDefinition"))
        return " ".join(filter(None, (told(account), step))), {**account, "remedy": step}
    found = caller.read("describe_services", cluster=cluster, services=[service])
    events = [event["message"] for known in (found or {}).get("services", []) for event in known.get("events", [])]
    trouble = next((message for message in events if "unable to" in message or "failed to launch" in message), None)
    if not trouble:
        return "", {}
    step = remedy(trouble)
    return " ".join(filter(None, (f"ECS says: {trouble}", step))), {"event": trouble, "remedy": step}


def has_succeeded(caller, cluster, service, arn):
    """Tell whether a deployment has succeeded or still goes on; fail when it has ended otherwise."""
    deployment = deployment_of(caller, arn)
    if deployment is None or deployment["status"] in GOING_ON:
        return False
    if deployment["status"] != "SUCCESSFUL":
        newest = next((one["serviceDeploymentArn"] for one in deployments_of(caller, cluster, service)), arn)
        replaced = deployment["status"] == "STOPPED" and newest != arn
        message, details = failure(caller, cluster, service, deployment, newest if replaced else None)
        caller.fail(message, **details)
    return True


def progress(caller, cluster, service, arn):
    """Return sentences and details about a deployment that goes on for too long."""
    deployment, words = deployment_of(caller, arn) if arn else None, []
    cause, details = why(caller, cluster, service, *(target_of(caller, deployment) if deployment else ()))
    if deployment:
        stage = f" at stage {deployment['lifecycleStage']}" if deployment.get("lifecycleStage") else ""
        words.append(f"Its deployment is {deployment['status']}{stage}.")
        if paused_hooks(deployment):
            words.append("A PAUSE hook waits for an answer: give it with ecs_service_deployment, state=continued.")
    return " ".join([*words, cause]).strip(), {**details, **({"service_deployment_arn": arn} if arn else {})}


def failure(caller, cluster, service, deployment, newest=None):
    """Return the message and the details of a deployment that has not succeeded; ``newest`` is the one that took its place."""
    definition, since = target_of(caller, deployment)
    status, reason = deployment["status"], deployment.get("statusReason", "")
    details = {"service_deployment_arn": deployment["serviceDeploymentArn"], "status": status, "status_reason": reason}
    start = f"The deployment of {short(definition)} to service {service}" if definition else f"The deployment of service {service}"
    if newest:
        ended = f"{start} was replaced by another one, {short(newest)}, before it had finished."
        return f"{ended} Whether that one succeeds is not known here: see who deploys to the same service.", details
    back = deployment.get("rollback", {}).get("serviceRevisionArn")
    ends = {
        "STOPPED": "was stopped; ECS has not gone back",
        "ROLLBACK_SUCCESSFUL": f"failed, and ECS went back to {_definition(caller, back)}, which serves",
        "ROLLBACK_FAILED": f"failed, and so did the way back to {_definition(caller, back)}: look at the service at once",
    }
    cause, account = why(caller, cluster, service, definition, since)
    words = [f"{start} {ends.get(status, f'ended as {status}')}.", reason and f"{reason.rstrip('.')}.", cause]
    return " ".join(word for word in words if word), {**details, **account}


def _definition(caller, revision):
    found = revision_of(caller, revision).get("taskDefinition") if revision else None
    return short(found) if found else "the revision before"
