# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What every service has, how its tasks run, and how new ones take over."""

from __future__ import annotations

import re

from ansible_collections.slipway.aws.plugins.module_utils.fargate import memory_sizes
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import SERVICE, TASK_DEFINITION, missing
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged, prop

_RUNTIMES = {"nodejs": ("NODE_ENV", "production", "node"), "python": ("PYTHONUNBUFFERED", "1", "python")}
_SHIFTING = ("BLUE_GREEN", "CANARY", "LINEAR")  # all old tasks stay until the new ones have the traffic
_SCALED = {"ECSServiceAverageCPUUtilization": "CPU", "ECSServiceAverageMemoryUtilization": "memory"}
_IMAGE = re.compile(r"(?:.*/)?([a-z0-9._-]+?)(?::[^/]*)?(?:@.*)?$")  # registry/path/NAME:tag@digest


@prop(1, "Module resource creation completeness", controls=("CM-2",))
def complete(environment):
    """Every service has its image repository, task definition, ECS service, execution role, task role, log group, pipeline and
    the build of its image."""
    for service in environment.every_service:
        parts = {
            f"repository {service.repository_name}": service.repository,
            f"task definition {service.family}": service.definition,
            f"ECS service {service.name}": service.ecs,
            f"role {service.prefix}-execution": service.role("execution"),
            f"role {service.prefix}-task": service.role("task"),
            f"log group {service.log_group_name}": service.log_group,
            f"pipeline {service.prefix}": service.pipeline,
            f"build {service.prefix}-image": service.project,
        }
        for what, resource in parts.items():
            yield resource.judged(True, f"{what} of {service.name}") if resource else missing(what, f"{service.name} lacks it")


@prop(2, "Runtime configuration support", controls=("CM-2",))
def runtime(environment):
    """The container of a service has the variable of its runtime (NODE_ENV=production, PYTHONUNBUFFERED=1), and its build starts
    from an image of that runtime (BASE_IMAGE)."""
    for service in environment.every_service:
        asked = service.options.get("service_runtime")
        if asked not in _RUNTIMES:
            yield Judged(service.name, False, f"service_runtime is {asked!r}, not {' or '.join(_RUNTIMES)}")
            continue
        variable, value, image = _RUNTIMES[asked]
        where, found = service.definition, service.variables.get(variable)
        yield Judged(where.logical if where else service.family, found == value, f"{variable} is {found}, {asked} wants {value}")
        yield _base_image(service, image)


def _base_image(service, wanted):
    if not service.project:
        return missing(f"build {service.prefix}-image", f"{service.name} lacks it")
    told = service.project.get("Environment.EnvironmentVariables", [])
    base = next((spelled(each.get("Value")) for each in told if each["Name"] == "BASE_IMAGE"), "")
    return service.project.judged(_IMAGE.match(base) and _IMAGE.match(base)[1] == wanted, f"BASE_IMAGE is {base or 'missing'}")


@prop(3, "Conditional ALB resource creation", controls=("SC-7",))
def behind_the_load_balancer(environment):
    """A public service has a target group and a rule of the load balancer that leads to it; an internal one has neither."""
    for service in environment.every_service:
        group, rules = service.target_group, service.rules
        if not service.public:
            yield Judged(group.logical if group else service.name, not group, f"{service.name} is internal")
        elif not group:
            yield missing(f"target group {service.target_group_name}", f"{service.name} is public")
        else:
            yield group.judged(rules, f"rules that lead to it: {', '.join(each.logical for each in rules) or 'none'}")


@prop(4, "Module outputs presence", controls=("CM-2",))
def outputs_present(environment):
    """For every service the account tells the ARN of the ECS service, the address of the repository, the name of the pipeline, the
    ARN of the task role and the id of its security group."""
    for service in environment.every_service:
        for name, value in outputs(service).items():
            yield Judged(f"{service.name} {name}", bool(value), value or "the account does not tell it")


def outputs(service):
    """Return what others may want to know of a service; what is not there is empty."""

    def told(resource, key):
        return (service.environment.physical.get(resource.logical, {}).get(key) if resource else "") or ""

    return {
        "service_arn": told(service.ecs, "arn"),
        "repository_url": _address(told(service.repository, "arn")),
        "pipeline_name": told(service.pipeline, "id"),
        "task_role_arn": told(service.role("task"), "arn"),
        "security_group_id": told(service.group, "id"),
    }


def _address(arn):
    """Return where images are pushed to, from the ARN of a repository."""
    found = re.match(r"arn:(aws[a-z-]*):ecr:([a-z0-9-]+):(\d{12}):repository/(.+)$", arn)
    if not found:
        return ""
    partition, region, account, name = found.groups()
    return f"{account}.dkr.ecr.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}/{name}"


@prop(16, "Zero-downtime deployment configuration", controls=("CC8.1",))
def old_tasks_stay(environment):
    """No deployment stops an old task before a new one is well: the minimum of healthy tasks is 100 % or more, or the traffic is
    shifted between two complete sets of tasks."""
    services, faults = environment.some(SERVICE, "ECS service")
    yield from faults
    for each in services:
        percent, strategy = each.get("DeploymentConfiguration.MinimumHealthyPercent"), _strategy(each)
        enough = strategy in _SHIFTING or (percent is not None and percent >= 100)
        yield each.judged(enough, f"minimum healthy percent {percent}, strategy {strategy}")


def _strategy(service):
    return service.get("DeploymentConfiguration.Strategy", "ROLLING")


@prop(21, "ECS service per microservice", controls=("CM-2",))
def one_ecs_service(environment):
    """Every service is exactly one ECS service, which has its name."""
    for service in environment.every_service:
        found = environment.called(SERVICE, service.name)
        where = found[-1].logical if found else f"ECS service {service.name}"
        yield Judged(where, len(found) == 1, f"{len(found)} with the name {service.name}")


@prop(
    22,
    "Task resource limits",
    corrected="Fargate also has tasks of 8 and 16 processors, which the document does not list: what Fargate has is valid.",
)
def task_sizes(environment):
    """CPU and memory of every task definition are a pair that Fargate has."""
    definitions, faults = environment.some(TASK_DEFINITION, "task definition")
    yield from faults
    for each in definitions:
        cpu, memory = spelled(each.get("Cpu")), spelled(each.get("Memory"))
        valid = cpu.isdigit() and memory.isdigit() and int(memory) in memory_sizes(int(cpu))
        yield each.judged(valid, f"{cpu or 'no'} CPU units, {memory or 'no'} MiB")


@prop(23, "Auto-scaling policy presence", controls=("CC7.2",))
def scaling(environment):
    """The number of tasks of every ECS service follows its CPU or its memory."""
    for service in environment.every_service:
        target = service.scalable_target
        if not target:
            yield missing(f"scalable target of {service.name}")
            continue
        policies = [each for each in environment.resources(_POLICY) if environment.target(each.get("ScalingTargetId")) is target]
        followed = sorted({_SCALED[metric] for metric in map(_metric, policies) if metric in _SCALED})
        yield target.judged(followed, f"follows {' and '.join(followed) or 'nothing'}")


_POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"


def _metric(policy):
    return policy.get("TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType")


@prop(24, "Desired count configuration", controls=("CC7.2",))
def tasks_wanted(environment):
    """Every ECS service wants at least one task."""
    services, faults = environment.some(SERVICE, "ECS service")
    yield from faults
    for each in services:
        count = each.get("DesiredCount")
        yield each.judged(isinstance(count, int) and count > 0, f"desired count {count}")


@prop(25, "Rolling update configuration", controls=("CC8.1",))
def rolling(environment):
    """Every ECS service says how many tasks may run during a deployment: a minimum of 0 to 100 % and a maximum of 100 to 200 %, not
    both 100 %, as then none could be replaced."""
    services, faults = environment.some(SERVICE, "ECS service")
    yield from faults
    for each in services:
        least = each.get("DeploymentConfiguration.MinimumHealthyPercent")
        most = each.get("DeploymentConfiguration.MaximumPercent")
        told = isinstance(least, int) and isinstance(most, int)
        yield each.judged(told and 0 <= least <= 100 <= most <= 200 and least < most, f"minimum {least} %, maximum {most} %")


@prop(28, "awsvpc network mode", controls=("SC-7",))
def own_addresses(environment):
    """Every task definition gives its tasks addresses and security groups of their own."""
    definitions, faults = environment.some(TASK_DEFINITION, "task definition")
    yield from faults
    for each in definitions:
        mode = each.get("NetworkMode")
        yield each.judged(mode == "awsvpc", f"network mode {mode}")


@prop(37, "Target group attachment for public services", controls=("CC6.7",))
def attached(environment):
    """The ECS service of every public service registers its tasks in the service's target group, with its container and port."""
    for service in environment.public:
        if not service.ecs:
            yield missing(f"ECS service {service.name}")
            continue
        entries = service.ecs.get("LoadBalancers", [])
        right = [each for each in entries if _registers(service, each)]
        groups = ", ".join(spelled(each.get("TargetGroupArn")) for each in entries)
        yield service.ecs.judged(right, f"registers in {groups or 'no target group'}")
    if not environment.public:
        yield Judged("services", True, "none is public")


def _registers(service, entry):
    own = service.target_group
    into = service.environment.target(entry.get("TargetGroupArn"))
    return own and into is own and entry.get("ContainerName") == service.name and entry.get("ContainerPort") == service.port


@prop(42, "No ALB for internal services", controls=("SC-7",))
def not_attached(environment):
    """The ECS service of an internal service registers in no target group."""
    for service in environment.internal:
        if not service.ecs:
            yield missing(f"ECS service {service.name}")
        else:
            entries = service.ecs.get("LoadBalancers", [])
            yield service.ecs.judged(not entries, f"registers in {len(entries)} target groups")
    if not environment.internal:
        yield Judged("services", True, "none is internal")
