# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ECS clusters and the tags of everything in ECS. The whole of ECS is ours: moto's services never run a task."""

from __future__ import annotations

from ..calls import AwsError
from ..registry import operation, state_of, taggable

_KEPT = ("configuration", "serviceConnectDefaults")
taggable("ecs", "cluster", arn="clusterArn", tags="tags", gone=lambda cluster: cluster["status"] == "INACTIVE")
_BUILT_IN = ("FARGATE", "FARGATE_SPOT")


def clusters(call):
    """Return the clusters of the account and region by name."""
    return state_of(call, "cluster")


def cluster_of(call, name=None):
    """Return an active cluster by name or ARN (``default`` when none is given), or raise what AWS raises."""
    name = (name or "default").rsplit("/", 1)[-1]
    cluster = clusters(call).get(name)
    if cluster is None or cluster["status"] == "INACTIVE":
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return cluster


@operation("ecs", "CreateCluster")
def create_cluster(call):
    name = call.params.get("clusterName", "default")
    existing = clusters(call).get(name)
    if existing and existing["status"] == "ACTIVE":
        call.params.everything()
        return {"cluster": existing}  # AWS answers a second creation with the cluster as it is
    clusters(call)[name] = cluster = {
        "clusterArn": call.arn(f"cluster/{name}"),
        "clusterName": name,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": 0,
        "pendingTasksCount": 0,
        "activeServicesCount": 0,
        "statistics": [],
        "tags": call.params.get("tags", []),
        "settings": _settings(call, []),
        "capacityProviders": _providers(call.params.get("capacityProviders", [])),
        "defaultCapacityProviderStrategy": call.params.get("defaultCapacityProviderStrategy", []),
        **call.params.take(*_KEPT),
    }
    _check_strategy(cluster["capacityProviders"], cluster["defaultCapacityProviderStrategy"])
    return {"cluster": cluster}


def _settings(call, present):
    given = {setting["name"]: setting["value"] for setting in call.params.get("settings", [])}
    known = {"containerInsights": "disabled", **{setting["name"]: setting["value"] for setting in present}, **given}
    return [{"name": name, "value": value} for name, value in known.items()]


def _providers(names):
    unknown = [name for name in names if name not in _BUILT_IN]
    if unknown:
        raise AwsError("InvalidParameterException", f"The specified capacity provider was not found: {', '.join(unknown)}.")
    return list(names)


def _check_strategy(providers, strategy):
    for step in strategy:
        if step["capacityProvider"] not in providers:
            raise AwsError(
                "InvalidParameterException",
                f"The capacity provider {step['capacityProvider']} is not associated with the cluster.",
            )
    if sum(bool(step.get("base")) for step in strategy) > 1:
        raise AwsError("InvalidParameterException", "Only one capacity provider may have a base.")


@operation("ecs", "DescribeClusters")
def describe_clusters(call):
    wanted, parts = call.params.get("clusters", ["default"]), call.params.get("include", [])
    found, failures = [], []
    for name in wanted:
        cluster = clusters(call).get(name.rsplit("/", 1)[-1])
        if cluster is None:
            failures.append({"arn": call.arn(f"cluster/{name}"), "reason": "MISSING"})
        else:
            found.append({**_shown(cluster, parts), **_counts(call, cluster)})
    return {"clusters": found, "failures": failures}


def _counts(call, cluster):
    inside = {
        kind: [thing for thing in state_of(call, kind).values() if thing["clusterArn"] == cluster["clusterArn"]]
        for kind in ("service", "task")
    }
    running = sum(task["lastStatus"] == "RUNNING" for task in inside["task"])
    return {
        "activeServicesCount": sum(service["status"] == "ACTIVE" for service in inside["service"]),
        "runningTasksCount": running,
        "pendingTasksCount": sum(task["desiredStatus"] == "RUNNING" for task in inside["task"]) - running,
    }


def _shown(cluster, parts):
    hidden = {"TAGS": "tags", "SETTINGS": "settings", "CONFIGURATIONS": "configuration"}
    left_out = {member for part, member in hidden.items() if part not in parts}
    return {key: value for key, value in cluster.items() if key not in left_out}


@operation("ecs", "ListClusters")
def list_clusters(call):
    return {"clusterArns": [c["clusterArn"] for c in clusters(call).values() if c["status"] == "ACTIVE"]}


@operation("ecs", "UpdateCluster")
def update_cluster(call):
    cluster = cluster_of(call, call.params["cluster"])
    cluster["settings"] = _settings(call, cluster["settings"])
    cluster.update(call.params.take(*_KEPT))
    if not cluster.get("serviceConnectDefaults", {}).get("namespace", "kept"):
        del cluster["serviceConnectDefaults"]  # an empty namespace removes the default
    return {"cluster": cluster}


@operation("ecs", "UpdateClusterSettings")
def update_cluster_settings(call):
    cluster = cluster_of(call, call.params["cluster"])
    cluster["settings"] = _settings(call, cluster["settings"])
    return {"cluster": cluster}


@operation("ecs", "PutClusterCapacityProviders")
def put_cluster_capacity_providers(call):
    cluster = cluster_of(call, call.params["cluster"])
    providers = _providers(call.params["capacityProviders"])
    strategy = call.params["defaultCapacityProviderStrategy"]
    _check_strategy(providers, strategy)
    cluster.update(capacityProviders=providers, defaultCapacityProviderStrategy=strategy)
    return {"cluster": cluster}


@operation("ecs", "DeleteCluster")
def delete_cluster(call):
    cluster = cluster_of(call, call.params["cluster"])
    if any(s["clusterArn"] == cluster["clusterArn"] and s["status"] != "INACTIVE" for s in state_of(call, "service").values()):
        raise AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    live = [task for task in state_of(call, "task").values() if task["clusterArn"] == cluster["clusterArn"]]
    if any(task["lastStatus"] != "STOPPED" for task in live):
        raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    cluster["status"] = "INACTIVE"
    return {"cluster": cluster}


# Tags


def _tagged(call):
    """Return the object that an ARN names, of whichever kind."""
    arn = call.params["resourceArn"]
    kind = arn.split(":")[5].split("/")[0]
    own = {"cluster": "clusterArn", "service": "serviceArn", "task": "taskArn", "task-definition": "taskDefinitionArn"}
    for thing in state_of(call, kind).values():
        if arn == thing[own[kind]] and thing.get("status") != "INACTIVE":
            return thing
    raise AwsError("InvalidParameterException", f"The specified resource was not found: {arn}.")


@operation("ecs", "TagResource")
def tag_resource(call):
    thing, new = _tagged(call), call.params["tags"]
    names = {tag["key"] for tag in new}
    thing["tags"] = [tag for tag in thing.get("tags", []) if tag["key"] not in names] + new


@operation("ecs", "UntagResource")
def untag_resource(call):
    thing, names = _tagged(call), call.params["tagKeys"]
    thing["tags"] = [tag for tag in thing.get("tags", []) if tag["key"] not in names]


@operation("ecs", "ListTagsForResource")
def list_tags_for_resource(call):
    return {"tags": _tagged(call).get("tags", [])}
