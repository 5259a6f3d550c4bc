# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ECS services as the API shows them."""

from __future__ import annotations

from ..clock import CLOCK
from ..registry import operation
from .ecs_clusters import cluster_of
from .ecs_place import Place, page, refuse, short
from .ecs_scheduler import services

# Members of a service that DescribeServices shows under deployments, or not at all.
_HIDDEN = ("serviceConnectConfiguration", "volumeConfigurations")
_SHOWN_FOR = 3600  # how long a deleted service can be described


def shown(service, parts):
    """Return a service as DescribeServices shows it."""
    releases = service.releases
    seen = {key: value for key, value in service.items() if key not in _HIDDEN and (key != "tags" or "TAGS" in parts)}
    running = sum(len([task for task in release.tasks if task.running]) for release in releases)
    seen.update(
        runningCount=running,
        pendingCount=sum(len(release.tasks) for release in releases) - running,
        deployments=[release.deployment() for release in releases] if service["status"] != "INACTIVE" else [],
    )
    if service["deploymentController"]["type"] != "ECS":
        seen["taskSets"], seen["deployments"] = [_task_set(service, release) for release in releases], []
        return seen
    if service.rollout:
        seen["currentServiceDeployment"] = service.rollout.arn
    current = [release for release in releases if release.scaled or release.tasks]
    seen["currentServiceRevisions"] = [{"arn": release.arn, **release.counts()} for release in current]
    return seen


def _task_set(service, release):
    return {
        "id": release.id,
        "taskSetArn": service["serviceArn"].replace(":service/", ":task-set/") + f"/{release.id}",
        "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"],
        "startedBy": "CODE_DEPLOY",
        "status": release.status,
        "taskDefinition": release.config["taskDefinition"],
        "computedDesiredCount": release.wanted,
        "pendingCount": len(release.tasks) - len(release.running),
        "runningCount": len(release.running),
        "createdAt": release.created,
        "updatedAt": release.updated,
        "scale": {"value": 100.0, "unit": "PERCENT"},
        "stabilityStatus": "STEADY_STATE" if release.steady() else "STABILIZING",
        "stabilityStatusAt": release.updated,
        "loadBalancers": release.config.get("loadBalancers", []),
    }


@operation("ecs", "DescribeServices")
def describe_services(call):
    place, parts = Place.of(call), call.params.get("include", [])
    cluster = cluster_of(call, call.params.get("cluster"))["clusterName"]
    if len(call.params["services"]) > 10:
        refuse("Services cannot be more than 10.")
    found, failures = [], []
    for name in call.params["services"]:
        service = services(place).get((cluster, short(name)))
        if service is None or _forgotten(service):
            failures.append({"arn": place.arn(f"service/{cluster}/{short(name)}"), "reason": "MISSING"})
        else:
            found.append(shown(service, parts))
    return {"services": found, "failures": failures}


def _forgotten(service):
    return service["status"] == "INACTIVE" and CLOCK.seconds() - service.inactive_since > _SHOWN_FOR


@operation("ecs", "ListServices")
def list_services(call):
    cluster = cluster_of(call, call.params.get("cluster"))["clusterArn"]
    kind, scheduling = call.params.get("launchType"), call.params.get("schedulingStrategy")
    found = [
        service["serviceArn"]
        for service in services(Place.of(call)).values()
        if service["clusterArn"] == cluster
        and service["status"] == "ACTIVE"
        and kind in (None, service.get("launchType"))
        and scheduling in (None, service["schedulingStrategy"])
    ]
    return page(call, sorted(found), "serviceArns", usual=10)


@operation("ecs", "ListServicesByNamespace")
def list_services_by_namespace(call):
    known = Place.of(call).moto("servicediscovery").namespaces.values()
    wanted = [one.arn for one in known if call.params["namespace"] in (one.arn, one.name)]
    found = [
        service["serviceArn"]
        for service in services(Place.of(call)).values()
        if service["status"] == "ACTIVE" and service.get("serviceConnectConfiguration", {}).get("namespace") in wanted
    ]
    return page(call, sorted(found), "serviceArns", usual=10)
