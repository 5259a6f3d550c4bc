# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ECS services: created, changed, described and deleted. What runs in them is the scheduler's (ecs_scheduler.py)."""

from __future__ import annotations

import copy

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, taggable
from .ecs_clusters import cluster_of
from .ecs_place import Place, refuse, short
from .ecs_releases import VERSIONED
from .ecs_scheduler import Service, services
from .ecs_service_checks import check, definition_for
from .ecs_service_views import shown

_KEPT = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "propagateTags",
    "schedulingStrategy",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfigurations",
)
_CHANGEABLE = tuple(key for key in _KEPT if key not in ("launchType", "schedulingStrategy"))
_DEFAULTS = {"maximumPercent": 200, "minimumHealthyPercent": 100}
# A CODE_DEPLOY service gets these from CodeDeploy only.
_CODE_DEPLOY = ("loadBalancers", "networkConfiguration", "platformVersion", "taskDefinition")

taggable("ecs", "service", arn="serviceArn", tags="tags", gone=lambda service: service["status"] == "INACTIVE")


@operation("ecs", "CreateService")
def create_service(call):
    place, name = Place.of(call), call.params["serviceName"]
    cluster = cluster_of(call, call.params.get("cluster"))
    key = (cluster["clusterName"], name)
    _check_free(services(place).get(key))
    controller = call.params.get("deploymentController", {"type": "ECS"})
    if controller["type"] == "EXTERNAL":
        raise AwsError("NotImplemented", "The emulated account has no external deployment controllers.")
    given = copy.deepcopy(call.params.take(*_KEPT))
    new = {
        "serviceArn": place.arn(f"service/{cluster['clusterName']}/{name}"),
        "serviceName": name,
        "clusterArn": cluster["clusterArn"],
        "status": "ACTIVE",
        "desiredCount": call.params.get("desiredCount", 0),
        "deploymentController": controller,
        "loadBalancers": [],
        "serviceRegistries": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "schedulingStrategy": "REPLICA",
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "propagateTags": "NONE",
        "events": [],
        "tags": call.params.get("tags", []),
        "createdAt": CLOCK.now(),
        "createdBy": f"arn:aws:iam::{call.account}:root",
        "roleArn": f"arn:aws:iam::{call.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        **given,
    }
    call.params.get("clientToken")  # no request is sent twice here
    new["deploymentConfiguration"] = {**_DEFAULTS, **copy.deepcopy(call.params.get("deploymentConfiguration", {}))}
    new["taskDefinition"] = definition_for(place, call.params["taskDefinition"])["taskDefinitionArn"]
    new.setdefault("availabilityZoneRebalancing", _rebalancing(new))
    _take_launch(call, new, cluster)
    check(call, place, new)
    _take_namespace(place, new)
    service = services(place)[key] = Service(place, new)
    service.begin()
    service.settle()
    return {"service": shown(service, ["TAGS"])}


def _check_free(present):
    if present is None or present["status"] == "INACTIVE":
        return
    if present["status"] == "DRAINING":
        refuse("Unable to Start a service that is still Draining.")
    refuse("Creation of service was not idempotent.")


def _rebalancing(service):
    return "ENABLED" if service["deploymentConfiguration"]["maximumPercent"] > 100 else "DISABLED"


def _take_launch(call, service, cluster):
    """Fill in on what the tasks run."""
    if not service.get("launchType") and not service.get("capacityProviderStrategy"):
        strategy = cluster.get("defaultCapacityProviderStrategy")
        service.update({"capacityProviderStrategy": copy.deepcopy(strategy)} if strategy else {"launchType": "EC2"})
    for step in service.get("capacityProviderStrategy", []):
        step.setdefault("weight", 0)
        step.setdefault("base", 0)
    _take_network(service)
    names = [step["capacityProvider"] for step in service.get("capacityProviderStrategy", [])]
    if service.get("launchType") == "FARGATE" or any(name.startswith("FARGATE") for name in names):
        service["platformVersion"] = call.params.get("platformVersion", "LATEST")
        service["platformFamily"] = "Linux"


def _take_network(service):
    network = service.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network:
        network.setdefault("assignPublicIp", "DISABLED")
        network.setdefault("securityGroups", [])


def _take_namespace(place, service):
    """Keep the ARN of a Service Connect namespace that was given by name, as AWS does."""
    config = service.get("serviceConnectConfiguration", {})
    for known in place.moto("servicediscovery").namespaces.values():
        if config.get("namespace") == known.name:
            config["namespace"] = known.arn


def service_of(call, place=None, name=None, cluster=None):
    """Return an active service, or raise what AWS raises."""
    place = place or Place.of(call)
    cluster = cluster_of(call, cluster if cluster is not None else call.params.get("cluster"))
    name = name if name is not None else call.params["service"]
    service = services(place).get((cluster["clusterName"], short(name)))
    if service is None:
        refuse("Service not found.", "ServiceNotFoundException")
    if service["status"] != "ACTIVE":
        refuse("Service was not ACTIVE.", "ServiceNotActiveException")
    return service


@operation("ecs", "UpdateService")
def update_service(call):
    service = service_of(call)
    if service["deploymentController"]["type"] == "CODE_DEPLOY":
        _check_code_deploy(call)
    changed = {**service, **copy.deepcopy(call.params.take(*_CHANGEABLE, "desiredCount", "platformVersion"))}
    if "deploymentController" in call.params:
        changed["deploymentController"] = call.params["deploymentController"]
    if "deploymentConfiguration" in call.params:
        given = copy.deepcopy(call.params["deploymentConfiguration"])
        changed["deploymentConfiguration"] = _merged(service["deploymentConfiguration"], given)
    if "taskDefinition" in call.params:
        changed["taskDefinition"] = definition_for(service.place, call.params["taskDefinition"])["taskDefinitionArn"]
    if call.params.get("capacityProviderStrategy"):
        changed.pop("launchType", None)
        for step in changed["capacityProviderStrategy"]:
            step.setdefault("weight", 0)
            step.setdefault("base", 0)
    _take_network(changed)
    force = call.params.get("forceNewDeployment", False)
    if changed.get("capacityProviderStrategy") != service.get("capacityProviderStrategy") and not force:
        refuse("You must force a new deployment when making a change to the capacity provider strategy of a service.")
    check(call, service.place, changed)
    _take_namespace(service.place, changed)
    anew = force or any(changed.get(key) != service.get(key) for key in VERSIONED)
    service.pop("launchType", None)
    service.update(changed)
    if anew:
        service.begin()
    service.settle()
    return {"service": shown(service, ["TAGS"])}


def _merged(present, given):
    """Return a deployment configuration after an update: what is not given stays, and a strategy takes its own settings along."""
    merged = {**present, **given}
    for member, owner in (("canaryConfiguration", "CANARY"), ("linearConfiguration", "LINEAR")):
        if merged.get("strategy", "ROLLING") != owner and member not in given:
            merged.pop(member, None)
    if merged.get("strategy", "ROLLING") == "ROLLING" and "lifecycleHooks" not in given:
        merged.pop("lifecycleHooks", None)
    return merged


def _check_code_deploy(call):
    if any(key in call.params for key in _CODE_DEPLOY):
        refuse(
            "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a"
            " new deployment."
        )


@operation("ecs", "DeleteService")
def delete_service(call):
    service, force = service_of(call), call.params.get("force", False)
    if service["desiredCount"] > 0 and not force:
        refuse("The service cannot be stopped while it is scaled above 0.")
    if service.rollout:
        service.rollout.is_replaced()
    service["status"] = "DRAINING"
    service.settle()
    return {"service": shown(service, [])}
