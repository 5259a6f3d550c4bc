# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ECS task definitions: revisions that never change, what AWS fills in, and what it refuses."""

from __future__ import annotations

import copy

from ..clock import CLOCK
from ..registry import operation, state_of, taggable
from .ecs_definition_checks import check, fargate_fault, units
from .ecs_place import page, refuse

_LISTS = ("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls")

taggable("ecs", "task-definition", arn="taskDefinitionArn", tags="tags", gone=lambda definition: definition["status"] != "ACTIVE")


def definitions(place):
    """Return the task definitions by ``family:revision``."""
    return state_of(place, "task-definition")


def definition_of(place, text):
    """Return the task definition that an ARN, ``family:revision`` or a family (its latest ACTIVE revision) names, or None."""
    name = text.rsplit("/", 1)[-1]
    if ":" in name:
        return definitions(place).get(name)
    active = [d for d in definitions(place).values() if d["family"] == name and d["status"] == "ACTIVE"]
    return max(active, key=lambda d: d["revision"], default=None)


@operation("ecs", "RegisterTaskDefinition")
def register_task_definition(call):
    asked = copy.deepcopy(call.params.everything())
    tags = asked.pop("tags", [])
    check(asked)
    family = asked["family"]
    revisions = state_of(call, "family")
    revisions[family] = revision = revisions.get(family, 0) + 1
    definition = {
        "taskDefinitionArn": call.arn(f"task-definition/{family}:{revision}"),
        "revision": revision,
        "status": "ACTIVE",
        "volumes": [],
        "placementConstraints": [],
        "networkMode": "bridge",
        "registeredAt": CLOCK.now(),
        "registeredBy": f"arn:aws:iam::{call.account}:root",
        "requiresAttributes": [],
        **asked,
        "compatibilities": _compatibilities(asked),
        "tags": tags,
    }
    definition["containerDefinitions"] = [_filled(c, definition["networkMode"]) for c in definition["containerDefinitions"]]
    for size in ("cpu", "memory"):
        if size in definition:
            definition[size] = str(units(definition[size]))
    definitions(call)[f"{family}:{revision}"] = definition
    return {"taskDefinition": _shown(definition), "tags": tags}


def _filled(container, network_mode):
    """Return a container definition with what AWS adds to it."""
    filled = {"cpu": 0, "essential": True, **{name: [] for name in _LISTS}, **container}
    for port in filled["portMappings"]:
        port.setdefault("protocol", "tcp")
        if network_mode in ("awsvpc", "host"):
            port.setdefault("hostPort", port.get("containerPort"))
    if "healthCheck" in filled:
        filled["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3, **filled["healthCheck"]}
    if "logConfiguration" in filled:
        filled["logConfiguration"] = {"options": {}, "secretOptions": [], **filled["logConfiguration"]}
    return filled


def _shown(definition):
    return {key: value for key, value in definition.items() if key != "tags"}


def _compatibilities(asked):
    fits = asked.get("networkMode") == "awsvpc" and fargate_fault(asked) is None
    return ["EC2", "FARGATE"] if fits else ["EC2"]


# Reading and removing


def _existing(call):
    definition = definition_of(call, call.params["taskDefinition"])
    if definition is None:
        refuse("Unable to describe task definition.", "ClientException")
    return definition


@operation("ecs", "DescribeTaskDefinition")
def describe_task_definition(call):
    definition = _existing(call)
    tags = {"tags": definition["tags"]} if "TAGS" in call.params.get("include", []) else {}
    return {"taskDefinition": _shown(definition), **tags}


@operation("ecs", "ListTaskDefinitions")
def list_task_definitions(call):
    family, status = call.params.get("familyPrefix"), call.params.get("status", "ACTIVE")
    found = [d for d in definitions(call).values() if d["status"] == status and family in (None, d["family"])]
    found.sort(key=lambda d: (d["family"], d["revision"]), reverse=call.params.get("sort", "ASC") == "DESC")
    return page(call, [d["taskDefinitionArn"] for d in found], "taskDefinitionArns")


@operation("ecs", "ListTaskDefinitionFamilies")
def list_task_definition_families(call):
    prefix, status = call.params.get("familyPrefix", ""), call.params.get("status", "ALL")
    active = {d["family"] for d in definitions(call).values() if d["status"] == "ACTIVE"}
    every = {d["family"] for d in definitions(call).values()}
    chosen = {"ACTIVE": active, "INACTIVE": every - active, "ALL": every}[status]
    return page(call, sorted(family for family in chosen if family.startswith(prefix)), "families")


@operation("ecs", "DeregisterTaskDefinition")
def deregister_task_definition(call):
    if ":" not in call.params["taskDefinition"].rsplit("/", 1)[-1]:
        refuse("Missing revision in task definition.", "ClientException")
    definition = _existing(call)
    if definition["status"] != "ACTIVE":
        refuse("The specified task definition is inactive. Specify an active task definition and try again.")
    definition.update(status="INACTIVE", deregisteredAt=CLOCK.now())
    return {"taskDefinition": _shown(definition)}


@operation("ecs", "DeleteTaskDefinitions")
def delete_task_definitions(call):
    names = call.params["taskDefinitions"]
    if len(names) > 10:
        refuse("The number of task definitions must be between 1 and 10.")
    gone, failures = [], []
    for name in names:
        definition = definition_of(call, name) if ":" in name.rsplit("/", 1)[-1] else None
        if definition is None or definition["status"] == "ACTIVE":
            reason = "MISSING" if definition is None else "The specified task definition is still in ACTIVE status."
            failures.append({"arn": name, "reason": reason})
            continue
        definition.update(status="DELETE_IN_PROGRESS", deleteRequestedAt=CLOCK.now())
        gone.append(_shown(definition))
        if not _used(call, definition["taskDefinitionArn"]):
            del definitions(call)[f"{definition['family']}:{definition['revision']}"]
    return {"taskDefinitions": gone, "failures": failures}


def _used(call, arn):
    """Tell whether a service or a task still refers to a revision: it then stays DELETE_IN_PROGRESS."""
    services, tasks = state_of(call, "service").values(), state_of(call, "task").values()
    return any(s["taskDefinition"] == arn and s["status"] == "ACTIVE" for s in services) or any(
        task["taskDefinitionArn"] == arn and task["lastStatus"] != "STOPPED" for task in tasks
    )
