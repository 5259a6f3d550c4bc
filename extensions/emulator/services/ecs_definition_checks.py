# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which task definitions AWS refuses."""

from __future__ import annotations

import re

from .ecs_place import refuse

_GIB = 1024
# Memory sizes in MiB by CPU units: lowest, highest, step. Developer guide, "Task CPU and memory".
_FARGATE = {
    256: (512, 2 * _GIB, 512),
    512: (_GIB, 4 * _GIB, _GIB),
    1024: (2 * _GIB, 8 * _GIB, _GIB),
    2048: (4 * _GIB, 16 * _GIB, _GIB),
    4096: (8 * _GIB, 30 * _GIB, _GIB),
    8192: (16 * _GIB, 60 * _GIB, 4 * _GIB),
    16384: (32 * _GIB, 120 * _GIB, 8 * _GIB),
}
_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,255}$")
_UNITS = re.compile(r"^\s*([\d.]+)\s*(vcpu|gb)?\s*$", re.IGNORECASE)


def units(text):
    """Return CPU units or MiB of ``1024``, ``1 vCPU`` or ``2 GB``."""
    match = _UNITS.match(str(text))
    if not match:
        refuse(f"Invalid 'cpu' or 'memory' setting for task: {text}", "ClientException")
    return int(float(match[1]) * (1024 if match[2] else 1))


def check(asked):
    """Raise what AWS answers to a task definition that it does not take."""
    fault = _family_fault(asked) or next(filter(None, (_container_fault(c, asked) for c in asked["containerDefinitions"])), None)
    if fault is None and "FARGATE" in asked.get("requiresCompatibilities", []):
        fault = fargate_fault(asked)
    if fault:
        refuse(fault, "ClientException")


def _family_fault(asked):
    containers = asked.get("containerDefinitions", [])
    names = [container.get("name") for container in containers]
    if not _NAME.match(asked["family"]):
        return "Family contains invalid characters."
    if not containers:
        return "Container list cannot be empty."
    if len(set(names)) < len(names):
        return "Container names must be unique within a task definition."
    if not any(container.get("essential", True) for container in containers):
        return "Invalid setting for container. At least one container must be essential."
    total = sum(container.get("cpu", 0) for container in containers)
    if "cpu" in asked and total > units(asked["cpu"]):
        return f"Invalid setting for container. Total CPU of the containers ({total}) is greater than the CPU of the task."
    return None


def _container_fault(container, asked):
    name = container.get("name")
    if not name or not _NAME.match(name):
        return "Container.name should not be null or empty."
    if not container.get("image"):
        return "Container.image should not be null or empty."
    if not {"memory", "memoryReservation"} & container.keys() and "memory" not in asked:
        return f"Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be specified."
    if asked.get("networkMode") == "awsvpc" and any(_moved(port) for port in container.get("portMappings", [])):
        return "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
    return _values_fault(container) or _log_fault(container)


def _moved(port):
    return port.get("hostPort") not in (None, port.get("containerPort"))


def _values_fault(container):
    secrets = [secret["name"] for secret in container.get("secrets", [])]
    known = [variable["name"] for variable in container.get("environment", [])]
    doubled = next((name for name in secrets if name in known or secrets.count(name) > 1), None)
    if doubled:
        return (
            "The secret name must be unique and not shared with any new or existing environment variables set on the container,"
            f" such as '{doubled}'."
        )
    return None


def _log_fault(container):
    log = container.get("logConfiguration", {})
    missing = {"awslogs-group", "awslogs-region"} - log.get("options", {}).keys()
    if log.get("logDriver") == "awslogs" and missing:
        return f"Log driver awslogs requires options: {', '.join(sorted(missing))}."
    return None


def fargate_fault(asked):
    """Return why a task definition cannot run on Fargate."""
    if asked.get("networkMode") != "awsvpc":
        return "Fargate only supports network mode 'awsvpc'."
    for size in ("cpu", "memory"):
        if size not in asked:
            return f"Fargate requires that '{size}' be defined at the task level."
    cpu, memory = units(asked["cpu"]), units(asked["memory"])
    lowest, highest, step = _FARGATE.get(cpu, (0, -1, 1))
    allowed = {*range(lowest, highest + 1, step)} - ({1536} if cpu == 256 else set())
    if memory not in allowed:
        return f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS documentation."
    return _role_fault(asked)


def _role_fault(asked):
    """Return why an execution role is needed when there is none."""
    if asked.get("executionRoleArn"):
        return None
    for container in asked["containerDefinitions"]:
        log = container.get("logConfiguration", {})
        if container.get("secrets") or log.get("secretOptions"):
            return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
        if log.get("logDriver") == "awslogs":
            return "Fargate requires task definition to have execution role ARN to support log driver awslogs."
        if ".dkr.ecr." in container["image"]:
            return "Fargate requires task definition to have execution role ARN to support ECR images."
    return None
