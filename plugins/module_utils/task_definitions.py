# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Task definitions as data: one form in which two of them can be compared, and what Fargate and ECS refuse.

AWS answers a task definition with all its defaults filled in and its lists in another order. Here, both what AWS has and what the
user wants lose the defaults, and lists without an order get one; what is left is equal when the two mean the same.
"""

from __future__ import annotations

import json
import re

from ansible_collections.slipway.aws.plugins.module_utils.fargate import memory_sizes

# What AWS takes when a member is left out, by shape of its model. Empty and false members need no entry.
_DEFAULTS = {
    "RegisterTaskDefinitionRequest": {"networkMode": "bridge"},
    "ContainerDefinition": {"cpu": 0, "essential": True, "versionConsistency": "enabled"},
    "PortMapping": {"protocol": "tcp", "hostPort": 0},
    "HealthCheck": {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0},
    "ContainerRestartPolicy": {"restartAttemptPeriod": 300},
    "EFSVolumeConfiguration": {"rootDirectory": "/", "transitEncryption": "DISABLED", "transitEncryptionPort": 0},
    "EFSAuthorizationConfig": {"iam": "DISABLED"},
    "RuntimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
    "ProxyConfiguration": {"type": "APPMESH"},
}
_ORDERED = ("environmentFiles",)  # a later file overrides an earlier one
_SORTED_TEXTS = ("requiresCompatibilities", "add", "drop")
# Members whose false or empty value says something.
_KEPT = {("ContainerDefinition", "essential"), ("KeyValuePair", "value"), ("SystemControl", "value")}
_UNITS = re.compile(r"^\s*([\d.]+)\s*(vcpu|gb)?\s*$", re.IGNORECASE)


def units(size):
    """Return CPU units or MiB of ``1024``, ``1 vCPU`` or ``2 GB``; None of anything else."""
    match = _UNITS.match(str(size))
    return int(float(match[1]) * (1024 if match[2] else 1)) if match else None


def canonical(shape, document):
    """Return a task definition in the form in which it can be compared; ``shape`` is that of RegisterTaskDefinition."""
    found = _structure(shape, document)
    for size in ("cpu", "memory"):
        if size in found:
            found[size] = str(units(found[size]) or found[size])
    if found.get("networkMode") in ("awsvpc", "host"):
        for container in found.get("containerDefinitions", []):
            _drop_host_ports(container)
    return found


def _drop_host_ports(container):
    """Without a network address translation a port is the same inside and outside."""
    for port in container.get("portMappings", []):
        if port.get("hostPort") == port.get("containerPort"):
            port.pop("hostPort", None)


def _structure(shape, value):
    defaults, kept = _DEFAULTS.get(shape.name, {}), {}
    for name, member in shape.members.items():
        if value.get(name) is None:
            continue
        item = _plain(member, value[name], name)
        says_something = item is not False and item not in ("", [], {})
        if (shape.name, name) in _KEPT or name in shape.required_members or says_something:
            kept[name] = item
        if name in kept and kept[name] == defaults.get(name):
            del kept[name]
    return kept


def _plain(shape, value, name):
    if shape.type_name == "structure":
        return _structure(shape, value)
    if shape.type_name != "list":
        return value
    items = [_plain(shape.member, item, name) for item in value]
    if name in _SORTED_TEXTS or (shape.member.type_name == "structure" and name not in _ORDERED):
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    return items


# What cannot work


def faults(document):
    """Return sentences about a task definition that AWS would refuse, or whose tasks could not start."""
    containers = document.get("containerDefinitions") or []
    found = [*_container_faults(containers), *_size_faults(document, containers)]
    for container in containers:
        found += _reference_faults(container, containers, document)
    if "FARGATE" in document.get("requiresCompatibilities", []):
        found += [*_fargate_faults(document), *_role_faults(document, containers)]
    return found


def _container_faults(containers):
    names = [container.get("name") for container in containers]
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if not containers:
        yield "container_definitions is empty: a task needs at least one container."
    if not all(names):
        yield "Every container in container_definitions needs a name."
    if doubled:
        yield f"Container names have to be unique: {', '.join(doubled)} is used more than once."
    if containers and not any(container.get("essential", True) for container in containers):
        yield "At least one container has to be essential: the task ends with it."
    yield from (f"Container {c['name']} needs an image." for c in containers if c.get("name") and not c.get("image"))


def _size_faults(document, containers):
    for size in ("cpu", "memory"):
        if document.get(size) and units(document[size]) is None:
            yield f"{size} {document[size]} is neither a number nor like 1 vCPU or 2 GB."
    total, limit = sum(container.get("cpu", 0) for container in containers), units(document.get("cpu", "")) or 0
    if limit and total > limit:
        yield f"The containers reserve {total} CPU units together, the task has {limit}: raise cpu or lower theirs."


def _reference_faults(container, containers, document):
    name = container.get("name")
    known = {other.get("name") for other in containers}
    volumes = {volume.get("name") for volume in document.get("volumes", [])}
    for needed in container.get("dependsOn", []):
        if needed.get("containerName") not in known - {name}:
            yield f"Container {name} depends on {needed.get('containerName')}, which is no other container of this task."
    for mount in container.get("mountPoints", []):
        if mount.get("sourceVolume") not in volumes:
            yield f"Container {name} mounts {mount.get('sourceVolume')}, which is not in volumes."
    variables = [variable.get("name") for key in ("environment", "secrets") for variable in container.get(key, [])]
    for doubled in sorted({one for one in variables if one and variables.count(one) > 1}):
        yield f"Container {name} gets {doubled} twice: a variable comes from environment or from secrets, once."
    if document.get("networkMode") == "awsvpc":
        for port in container.get("portMappings", []):
            if port.get("hostPort") not in (None, 0, port.get("containerPort")):
                yield f"Container {name}: with network_mode awsvpc leave host_port out, the port is {port.get('containerPort')}."


def _fargate_faults(document):
    if document.get("networkMode") != "awsvpc":
        yield "Fargate needs network_mode awsvpc."
    missing = [size for size in ("cpu", "memory") if not document.get(size)]
    if missing:
        yield f"Fargate needs {' and '.join(missing)} for the task."
        return
    cpu, memory = units(document["cpu"]), units(document["memory"])
    sizes = memory_sizes(cpu)
    if not sizes:
        yield f"Fargate has no tasks with {cpu} CPU units: take 256, 512, 1024, 2048, 4096, 8192 or 16384."
    elif memory not in sizes:
        yield f"Fargate has no task with {cpu} CPU units and {memory} MiB: memory can be {', '.join(map(str, sizes))}."
    storage = document.get("ephemeralStorage", {}).get("sizeInGiB")
    if storage is not None and not 21 <= storage <= 200:
        yield f"ephemeral_storage_gib is {storage}; Fargate takes 21 to 200."


def _role_faults(document, containers):
    if document.get("executionRoleArn"):
        return
    for container in containers:
        log = container.get("logConfiguration", {})
        reasons = {
            "reads secrets": container.get("secrets") or log.get("secretOptions"),
            "logs to CloudWatch": log.get("logDriver") == "awslogs",
            "has an image in ECR": ".dkr.ecr." in container.get("image", ""),
        }
        told = [reason for reason, holds in reasons.items() if holds]
        if told:
            yield f"execution_role_arn is missing: ECS needs it because container {container.get('name')} {' and '.join(told)}."
