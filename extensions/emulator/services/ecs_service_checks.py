# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS refuses when a service is created or changed."""

from __future__ import annotations

from ..calls import AwsError
from . import ecs_facts, ecs_traffic, elbv2_targets
from .ecs_capacity import launch_type
from .ecs_clusters import cluster_of
from .ecs_place import refuse
from .ecs_task_definitions import definition_of

_STRATEGIES = ("ROLLING", "BLUE_GREEN", "LINEAR", "CANARY")
_NO_PAUSE = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")


def definition_for(place, name):
    """Return an ACTIVE task definition, or raise what AWS raises."""
    definition = definition_of(place, name)
    if definition is None:
        refuse("TaskDefinition not found.", "ClientException")
    if definition["status"] != "ACTIVE":
        refuse("TaskDefinition is inactive", "ClientException")
    return definition


def check(call, place, service):
    """Check a service as it is going to be."""
    definition = definition_of(place, service["taskDefinition"])
    _check_launch(place, service, definition)
    ecs_facts.check_network(place, service.get("networkConfiguration"), definition["networkMode"])
    for balancer in service.get("loadBalancers", []):
        _check_balancer(place, balancer, definition)
    if service.get("healthCheckGracePeriodSeconds") and not service.get("loadBalancers"):
        refuse("Health check grace period is only valid for services configured to use load balancers")
    if service.get("enableExecuteCommand") and not definition.get("taskRoleArn"):
        refuse(
            "The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role in your task"
            " definition and try again."
        )
    _check_strategy(service)
    _check_connect(call, place, service, definition)
    for registry in service.get("serviceRegistries", []):
        if registry["registryArn"].rsplit("/", 1)[-1] not in place.moto("servicediscovery").services:
            refuse(f"Unable to find the service registry {registry['registryArn']}.")


def check_launch(place, cluster_arn, config, definition):
    """Check launch type, capacity providers and task definition against each other."""
    strategy, kind = config.get("capacityProviderStrategy", []), launch_type(config)
    if strategy and config.get("launchType"):
        refuse("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.")
    known = cluster_of(place, cluster_arn)["capacityProviders"]
    for step in strategy:
        if step["capacityProvider"] not in known:
            refuse(f"The specified capacity provider '{step['capacityProvider']}' is not associated with the cluster.")
    if sum(bool(step.get("base")) for step in strategy) > 1:
        refuse("Only one capacity provider may have a base.")
    if strategy and not any(step.get("weight") or step.get("base") for step in strategy):
        refuse("At least one capacity provider must have a weight greater than zero.")
    if kind not in definition["compatibilities"]:
        refuse(f"Task definition does not support launch_type {kind}.")


def _check_launch(place, service, definition):
    check_launch(place, service["clusterArn"], service, definition)
    if service.get("schedulingStrategy", "REPLICA") != "REPLICA":
        raise AwsError("NotImplemented", "The emulated account runs REPLICA services only.")


# Load balancers


def _check_balancer(place, balancer, definition):
    if "targetGroupArn" not in balancer:
        raise AwsError("NotImplemented", "The emulated account has no classic load balancers.")
    container = next((c for c in definition["containerDefinitions"] if c["name"] == balancer.get("containerName")), None)
    if container is None:
        refuse(f"The container {balancer.get('containerName')} does not exist in the task definition.")
    if not any(port.get("containerPort") == balancer.get("containerPort") for port in container["portMappings"]):
        refuse(f"The container {container['name']} did not have a container port {balancer.get('containerPort')} defined.")
    _check_group(place, balancer["targetGroupArn"], definition)
    advanced = balancer.get("advancedConfiguration")
    if advanced:
        _check_advanced(place, balancer, advanced, definition)


def _check_group(place, arn, definition):
    balancing = place.moto("elbv2")
    group = balancing.target_groups.get(arn)
    if group is None:
        refuse(f"The specified target group does not exist: {arn}")
    if not elbv2_targets.using(balancing, arn):
        refuse(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")
    if definition["networkMode"] == "awsvpc" and group.target_type != "ip":
        refuse(
            f"The provided target group {arn} has target type {group.target_type}, which is incompatible with the awsvpc network"
            " mode specified in the task definition."
        )


def _check_advanced(place, balancer, advanced, definition):
    for member in ("alternateTargetGroupArn", "productionListenerRule", "roleArn"):
        if not advanced.get(member):
            refuse(f"advancedConfiguration requires {member}.")
    if advanced["alternateTargetGroupArn"] == balancer["targetGroupArn"]:
        refuse("The target group and the alternate target group must be different.")
    _check_group(place, advanced["alternateTargetGroupArn"], definition)
    for member in ("productionListenerRule", "testListenerRule"):
        if advanced.get(member) and ecs_traffic.rules_of(place, advanced[member])[1] is None:
            refuse(f"The {member} {advanced[member]} does not exist.")
    groups = {balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]}
    if not groups & ecs_traffic.weights_of(place, advanced["productionListenerRule"]).keys():
        refuse("The production listener rule must forward to the target group or to the alternate target group of the service.")
    if ecs_facts.role_fault(place, advanced["roleArn"]):
        refuse(f"Unable to assume the role {advanced['roleArn']}. Verify that the role exists and trusts ecs.amazonaws.com.")


# Deployment


def _check_strategy(service):
    config = service["deploymentConfiguration"]
    strategy = config.get("strategy", "ROLLING")
    if strategy not in _STRATEGIES:
        refuse(f"Invalid deployment strategy: {strategy}")
    if config.get("earlySuccessCriteria", {}).get("enable"):
        raise AwsError("NotImplemented", "The emulated account does not end deployments by early success criteria.")
    _check_percents(service, config)
    balancers = service.get("loadBalancers", [])
    connected = service.get("serviceConnectConfiguration", {}).get("enabled")
    if strategy != "ROLLING":
        _check_shifting(strategy, config, balancers, connected)
    elif config.get("lifecycleHooks"):
        raise AwsError("NotImplemented", "The emulated account runs lifecycle hooks for BLUE_GREEN, LINEAR and CANARY only.")


def _check_percents(service, config):
    lowest, highest = config["minimumHealthyPercent"], config["maximumPercent"]
    if lowest == highest == 100:
        refuse("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.")
    if not 100 <= highest <= 200 or not 0 <= lowest <= 100:
        refuse(f"maximumPercent {highest} must be between 100 and 200, minimumHealthyPercent {lowest} between 0 and 100.")
    if service.get("availabilityZoneRebalancing") == "ENABLED" and highest <= 100:
        refuse("availabilityZoneRebalancing requires a maximumPercent that is greater than 100.")
    breaker = config.get("deploymentCircuitBreaker", {})
    if breaker.get("rollback") and not breaker.get("enable"):
        refuse("The deployment circuit breaker must be enabled to roll back.")


def _check_shifting(strategy, config, balancers, connected):
    if strategy in ("LINEAR", "CANARY") and not balancers and not connected:
        refuse(f"The deployment strategy {strategy} requires an Application Load Balancer or Service Connect.")
    if any("advancedConfiguration" not in balancer for balancer in balancers):
        refuse(f"advancedConfiguration field is required for all loadBalancers when using a {strategy} deployment strategy.")
    for member, owner in (("canaryConfiguration", "CANARY"), ("linearConfiguration", "LINEAR")):
        if member in config and strategy != owner:
            refuse(f"{member} is only valid for the {owner} deployment strategy.")
    canary, step = (config.get("canaryConfiguration", {}), config.get("linearConfiguration", {}))
    if not 0.1 <= canary.get("canaryPercent", 5) <= 100:
        refuse("canaryPercent must be between 0.1 and 100.0.")
    if not 3 <= step.get("stepPercent", 10) <= 100:
        refuse("stepPercent must be between 3.0 and 100.0.")
    minutes = (config, "bakeTimeInMinutes"), (canary, "canaryBakeTimeInMinutes"), (step, "stepBakeTimeInMinutes")
    for where, member in minutes:
        if not 0 <= where.get(member, 0) <= 1440:
            refuse(f"{member} must be between 0 and 1440.")
    for hook in config.get("lifecycleHooks", []):
        _check_hook(hook)


def _check_hook(hook):
    if not hook.get("lifecycleStages"):
        refuse("A lifecycle hook must have at least one lifecycle stage.")
    if hook.get("targetType", "AWS_LAMBDA") == "PAUSE":
        if any(stage in _NO_PAUSE for stage in hook["lifecycleStages"]):
            refuse(f"PAUSE lifecycle hooks are not supported at {' and '.join(_NO_PAUSE)}.")
    elif not hook.get("hookTargetArn") or not hook.get("roleArn"):
        refuse("hookTargetArn and roleArn are required for AWS_LAMBDA lifecycle hooks.")


# Service Connect


def _check_connect(call, place, service, definition):
    config = service.get("serviceConnectConfiguration", {})
    if not config.get("enabled"):
        return
    namespace = config.get("namespace") or cluster_of(call, service["clusterArn"]).get("serviceConnectDefaults", {}).get(
        "namespace"
    )
    if not namespace:
        refuse("A namespace is required: the cluster has no default Service Connect namespace.")
    known = place.moto("servicediscovery").namespaces.values()
    if not any(namespace in (one.arn, one.name) for one in known):
        refuse(f"The namespace {namespace} was not found.", "NamespaceNotFoundException")
    ports = {port.get("name") for container in definition["containerDefinitions"] for port in container["portMappings"]}
    missing = [one["portName"] for one in config.get("services", []) if one["portName"] not in ports]
    if missing:
        refuse(f"The port names {', '.join(missing)} of the Service Connect configuration are not in the task definition.")
