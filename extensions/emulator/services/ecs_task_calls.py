# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ECS tasks that somebody starts, stops or looks at. Their life is in ecs_tasks.py."""

from __future__ import annotations

import copy

from .. import plans
from ..registry import operation
from . import ecs_facts
from .ecs_capacity import launch_type, next_provider
from .ecs_clusters import cluster_of
from .ecs_place import Place, page, refuse, short
from .ecs_service_checks import check_launch, definition_for
from .ecs_tasks import Task, tasks

_MOST = 10


@operation("ecs", "RunTask")
def run_task(call):
    place, count = Place.of(call), call.params.get("count", 1)
    if not 1 <= count <= _MOST:
        refuse(f"The count must be between 1 and {_MOST}.")
    cluster = cluster_of(call, call.params.get("cluster"))
    definition = _overridden(definition_for(place, call.params["taskDefinition"]), call.params.get("overrides", {}))
    config = call.params.take("launchType", "capacityProviderStrategy")
    if not config:
        strategy = cluster.get("defaultCapacityProviderStrategy")
        config = {"capacityProviderStrategy": strategy} if strategy else {"launchType": "EC2"}
    check_launch(place, cluster["clusterArn"], config, definition)
    ecs_facts.check_network(place, call.params.get("networkConfiguration"), definition["networkMode"])
    fault = ecs_facts.launch_fault(place, definition)
    if fault:
        refuse(fault, "ClientException")
    call.params.get("clientToken")  # no request is sent twice here
    started, failures = [], []
    for _task in range(count):
        provider = next_provider(config.get("capacityProviderStrategy", []), [t.get("capacityProviderName") for t in started])
        if plans.due("capacity_missing", capacity_provider=provider, cluster=cluster["clusterArn"]):
            failures.append({"reason": "Capacity is unavailable at this time. Please try again later."})
        else:
            started.append(_launch(call, place, cluster, definition, config, provider))
    return {"tasks": [_shown(task, ["TAGS"]) for task in started], "failures": failures}


def _overridden(definition, overrides):
    """Return the task definition as an order changes it for one task."""
    known = {container["name"] for container in definition["containerDefinitions"]}
    for one in overrides.get("containerOverrides", []):
        if one.get("name") not in known:
            refuse("Override for container named " + str(one.get("name")) + " is not a container in the TaskDefinition.")
    taken = {key: overrides[key] for key in ("cpu", "memory", "taskRoleArn", "executionRoleArn") if key in overrides}
    return {**definition, **taken}


def _launch(call, place, cluster, definition, config, provider):
    network = call.params.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    given = call.params.take("overrides", "startedBy")
    tags = call.params.get("tags", [])
    if call.params.get("propagateTags") == "TASK_DEFINITION":
        tags = [*definition["tags"], *tags]
    if call.params.get("enableECSManagedTags"):
        tags = [*tags, {"key": "aws:ecs:clusterName", "value": cluster["clusterName"]}]
    shown = {
        "clusterArn": cluster["clusterArn"],
        "group": call.params.get("group", f"family:{definition['family']}"),
        "launchType": launch_type(config),
        "enableExecuteCommand": call.params.get("enableExecuteCommand", False),
        "tags": tags,
        **copy.deepcopy(given),
        **({"capacityProviderName": provider} if provider else {}),
    }
    shown.setdefault("overrides", {"containerOverrides": [], "inferenceAcceleratorOverrides": []})
    if shown["launchType"] == "FARGATE":
        shown.update(platformVersion=_platform(call.params.get("platformVersion", "LATEST")), platformFamily="Linux")
    subnets, public = network.get("subnets", []), network.get("assignPublicIp") == "ENABLED"
    subnet = subnets[len(tasks(place)) % len(subnets)] if subnets else None
    return Task(place, definition, shown, subnet, network.get("securityGroups", []), public)


def _platform(version):
    return "1.4.0" if version == "LATEST" else version


def _found(call, name):
    task_id, cluster = short(name), cluster_of(call, call.params.get("cluster"))["clusterArn"]
    return next((t for t in tasks(Place.of(call)).values() if t.id == task_id and t["clusterArn"] == cluster), None)


@operation("ecs", "StopTask")
def stop_task(call):
    task = _found(call, call.params["task"])
    if task is None:
        refuse("The referenced task was not found.")
    task.stop("UserInitiated", call.params.get("reason", "Task stopped by user"))
    return {"task": _shown(task, [])}


def _shown(task, parts):
    return {key: value for key, value in task.items() if key != "tags" or "TAGS" in parts}


@operation("ecs", "DescribeTasks")
def describe_tasks(call):
    if len(call.params["tasks"]) > 100:
        refuse("Tasks cannot be more than 100.")
    found, failures, parts = [], [], call.params.get("include", [])
    for name in call.params["tasks"]:
        task = _found(call, name)
        if task is None:
            failures.append({"arn": name, "reason": "MISSING"})
        else:
            found.append(_shown(task, parts))
    return {"tasks": found, "failures": failures}


@operation("ecs", "ListTasks")
def list_tasks(call):
    cluster = cluster_of(call, call.params.get("cluster"))["clusterArn"]
    wanted = {
        "clusterArn": cluster,
        "desiredStatus": call.params.get("desiredStatus", "RUNNING"),
        "launchType": call.params.get("launchType"),
        "startedBy": call.params.get("startedBy"),
    }
    if call.params.get("serviceName"):
        wanted["group"] = f"service:{short(call.params['serviceName'])}"
    family = call.params.get("family")
    found = [
        task["taskArn"]
        for task in tasks(Place.of(call)).values()
        if all(value is None or task.get(key) == value for key, value in wanted.items())
        and family in (None, task.definition["family"])
    ]
    return page(call, found, "taskArns")


@operation("ecs", "StartTask")
def start_task(call):
    """The account has no container instances, and StartTask needs one."""
    call.params.everything()
    refuse("No Container Instances were found in your cluster.")
