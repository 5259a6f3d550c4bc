# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What about an ECS service contradicts itself or its task definition, said before the first call that writes."""

from __future__ import annotations

_SHIFTING = ("BLUE_GREEN", "LINEAR", "CANARY")
_OWN = {"CANARY": "canaryConfiguration", "LINEAR": "linearConfiguration"}
_NO_PAUSE = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
_STAGES = (
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)
_MINUTES = 1440


def strategy_of(service):
    """Return the deployment strategy of a service."""
    return service.get("deploymentConfiguration", {}).get("strategy") or "ROLLING"


def relevant(config):
    """Return a deployment configuration without the settings of strategies that it does not have."""
    strategy = (config or {}).get("strategy") or "ROLLING"
    others = [member for owner, member in _OWN.items() if owner != strategy]
    return {key: value for key, value in (config or {}).items() if key not in others}


def merged(present, asked):
    """Return a deployment configuration as an update makes it: what is not asked for stays, unless another strategy owns it."""
    if asked is None:
        return None
    result = relevant({**(present or {}), **asked})
    strategy, before = result.get("strategy") or "ROLLING", (present or {}).get("strategy") or "ROLLING"
    if strategy == "ROLLING" and before != strategy and "lifecycleHooks" not in asked:
        result.pop("lifecycleHooks", None)
    return result


def option_faults(service):
    """Return sentences about options of a service, in the API's form, that no present state can make right."""
    config = service.get("deploymentConfiguration", {})
    return [*_percent_faults(service, config), *_launch_faults(service), *_strategy_faults(config), *_hook_faults(config)]


def _percent_faults(service, config):
    lowest, highest = config.get("minimumHealthyPercent"), config.get("maximumPercent")
    if None not in (lowest, highest) and lowest > highest:
        yield f"minimum_healthy_percent {lowest} is greater than maximum_percent {highest}."
    elif lowest == highest == 100:
        yield "With minimum_healthy_percent and maximum_percent both 100, ECS could neither start a new task nor stop an old one."
    if service.get("availabilityZoneRebalancing") == "ENABLED" and highest is not None and highest <= 100:
        yield f"availability_zone_rebalancing ENABLED needs a maximum_percent greater than 100, not {highest}."
    breaker, alarms = config.get("deploymentCircuitBreaker", {}), config.get("alarms", {})
    if breaker.get("rollback") and not breaker.get("enable"):
        yield "deployment_circuit_breaker has rollback without enable: it would never roll back."
    if alarms.get("enable") and not alarms.get("alarmNames"):
        yield "alarms are enabled and alarm_names is empty."


def _launch_faults(service):
    strategy = service.get("capacityProviderStrategy")
    if strategy and service.get("launchType"):
        yield "Give either launch_type or capacity_provider_strategy."
    if strategy and sum(bool(step.get("base")) for step in strategy) > 1:
        yield "Only one capacity provider may have a base."
    if strategy and not any(step.get("weight") or step.get("base") for step in strategy):
        yield "capacity_provider_strategy needs at least one weight that is greater than 0."


def _strategy_faults(config):
    strategy = config.get("strategy") or "ROLLING"
    for owner, member in _OWN.items():
        if member in config and "strategy" in config and strategy != owner:
            yield f"{_snake(member)} belongs to strategy {owner}, not to {strategy}."
    canary, linear = config.get("canaryConfiguration", {}), config.get("linearConfiguration", {})
    for where, member, low, high in (
        (canary, "canaryPercent", 0.1, 100),
        (linear, "stepPercent", 3, 100),
        (canary, "canaryBakeTimeInMinutes", 0, _MINUTES),
        (linear, "stepBakeTimeInMinutes", 0, _MINUTES),
        (config, "bakeTimeInMinutes", 0, _MINUTES),
    ):
        if where.get(member) is not None and not low <= where[member] <= high:
            yield f"{_snake(member)} is {where[member]:g}; it has to be between {low} and {high}."


def _hook_faults(config):
    for number, hook in enumerate(config.get("lifecycleHooks") or []):
        name, stages = f"lifecycle_hooks[{number}]", hook.get("lifecycleStages") or []
        unknown = sorted(set(stages) - set(_STAGES))
        if not stages:
            yield f"{name} needs lifecycle_stages."
        if unknown:
            yield f"{name}: {', '.join(unknown)} is no stage at which a hook can run; those are {', '.join(_STAGES)}."
        if hook.get("targetType") == "PAUSE":
            wrong = [stage for stage in stages if stage in _NO_PAUSE]
            if wrong:
                yield f"{name}: a PAUSE hook cannot wait at {' and '.join(wrong)}."
        elif not (hook.get("hookTargetArn") and hook.get("roleArn")):
            yield f"{name} needs hook_target_arn and role_arn, or target_type PAUSE."


def _snake(member):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in member)


def state_faults(service, definition):
    """Return sentences about a service as it is going to be: options and present state together, against its task definition."""
    found = [*_traffic_faults(service), *_rebalancing_faults(service)]
    return found if definition is None else [*found, *_definition_faults(service, definition)]


def _rebalancing_faults(service):
    config = service.get("deploymentConfiguration", {})
    lowest, highest = config.get("minimumHealthyPercent", 100), config.get("maximumPercent", 200)
    if lowest > highest:
        yield f"minimum_healthy_percent {lowest} would be greater than maximum_percent {highest}: what is not given stays."


def _traffic_faults(service):
    strategy, balancers = strategy_of(service), service.get("loadBalancers") or []
    connected = (service.get("serviceConnectConfiguration") or {}).get("enabled")
    if strategy in _OWN and not balancers and not connected:
        yield f"Strategy {strategy} shifts traffic, so it needs load_balancers or service_connect_configuration."
    if strategy in _SHIFTING:
        for balancer in balancers:
            missing = _missing_in(balancer.get("advancedConfiguration") or {})
            if missing:
                yield (
                    f"Strategy {strategy} needs advanced_configuration with {', '.join(missing)} in every load balancer: it shifts"
                    " traffic between two target groups."
                )
    if service.get("healthCheckGracePeriodSeconds") and not balancers:
        yield "health_check_grace_period_seconds needs load_balancers: nobody else checks the tasks' health."


def _missing_in(advanced):
    needed = ("alternateTargetGroupArn", "productionListenerRule", "roleArn")
    return [_snake(member) for member in needed if not advanced.get(member)]


def _definition_faults(service, definition):
    name = f"{definition['family']}:{definition['revision']}"
    containers = {container["name"]: container for container in definition["containerDefinitions"]}
    for balancer in service.get("loadBalancers") or []:
        yield from _container_faults(balancer, containers, name)
    for registry in service.get("serviceRegistries") or []:
        if registry.get("containerName"):
            yield from _container_faults(registry, containers, name)
    ports = {port.get("name") for container in containers.values() for port in container.get("portMappings", [])}
    for offered in (service.get("serviceConnectConfiguration") or {}).get("services") or []:
        if offered.get("portName") not in ports:
            named = ", ".join(sorted(filter(None, ports))) or "none"
            yield f"Service Connect offers port {offered.get('portName')}; the named ports of task definition {name} are: {named}."
    if service.get("enableExecuteCommand") and not definition.get("taskRoleArn"):
        yield f"enable_execute_command needs a task role, and task definition {name} has none."
    if definition.get("networkMode") == "awsvpc" and not service.get("networkConfiguration"):
        yield f"network_configuration is needed: the tasks of {name} have network interfaces of their own."


def _container_faults(place, containers, definition):
    name, port = place.get("containerName"), place.get("containerPort")
    if name not in containers:
        known = ", ".join(sorted(containers))
        yield f"Container {name} is not in task definition {definition}, which has: {known}."
        return
    ports = [mapping.get("containerPort") for mapping in containers[name].get("portMappings", [])]
    ranges = any(mapping.get("containerPortRange") for mapping in containers[name].get("portMappings", []))
    if port is not None and port not in ports and not ranges:
        known = ", ".join(str(one) for one in ports) or "none"
        yield f"Container {name} of task definition {definition} has no container_port {port}; it has: {known}."
