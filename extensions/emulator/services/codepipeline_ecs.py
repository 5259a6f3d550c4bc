# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Deploy actions of pipelines that give an ECS service new images, as imagedefinitions.json says which container gets which."""

from __future__ import annotations

import json

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import ask
from .codepipeline_actions import handler, may

_FILE = "imagedefinitions.json"
# What a task definition shows and nobody gives.
_SHOWN = ("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy")
_SHOWN += ("deregisteredAt", "deleteRequestedAt")


@handler("Deploy", "ECS")
def deploy(place, execution, run):
    """Deploy to ECS: make a revision of the service's task definition with the new images, and give it to the service."""
    cluster, service = run.configuration["ClusterName"], run.configuration["ServiceName"]
    deadline = run.started + int(run.configuration.get("DeploymentTimeout", 60)) * 60
    run.external = service
    try:
        with CLOCK.at(run.started):
            present = _seen(place, cluster, service)["taskDefinition"]
            definition = _definition(place, present, _images(execution, run))
            _insist_on_ecs(place, execution, run, definition)
            revision = ask(place, "ecs", "RegisterTaskDefinition", **definition)["taskDefinition"]["taskDefinitionArn"]
            ask(place, "ecs", "UpdateService", cluster=cluster, service=service, taskDefinition=revision)
            deployment = _seen(place, cluster, service)["deployments"][0]["id"]
    except AwsError as error:
        run.fail(error.message, error.code)
        return
    run.watched = lambda one: _follow_service(one, _seen(place, cluster, service), deployment, deadline)


def _images(execution, run):
    """Return the images by container that the artifact of the action tells."""
    artifact, name = run.action["inputArtifacts"][0]["name"], run.configuration.get("FileName", _FILE)
    text = execution.artifacts.get(artifact, {}).get(name)
    if text is None:
        store = execution.declaration.get("artifactStore", {}).get("location", "artifacts")
        said = f"Did not find the image definition file {name} in the input artifacts ZIP file. Verify the file is stored in your"
        key = f"{execution.pipeline[:20]}/{artifact[:10]}"
        raise AwsError("JobFailed", f"{said} pipeline's Amazon S3 artifact bucket: {store} key: {key}")
    try:
        return {one["name"]: one["imageUri"] for one in json.loads(text)}
    except (KeyError, TypeError, ValueError) as fault:
        raise AwsError("JobFailed", f"The image definition file {name} contains invalid JSON format") from fault


def _definition(place, present, images):
    """Return a task definition with other images in it."""
    found = ask(place, "ecs", "DescribeTaskDefinition", taskDefinition=present, include=["TAGS"])
    definition = {key: value for key, value in found["taskDefinition"].items() if key not in _SHOWN}
    known = {container["name"] for container in definition["containerDefinitions"]}
    unknown = sorted(images.keys() - known)
    if unknown:
        there = ", ".join(sorted(known))
        raise AwsError("JobFailed", f"The task definition has no container {', '.join(unknown)}; its containers are {there}")
    containers = [{**one, "image": images.get(one["name"], one["image"])} for one in definition["containerDefinitions"]]
    return {**definition, "containerDefinitions": containers, **({"tags": found["tags"]} if found["tags"] else {})}


def _insist_on_ecs(place, execution, run, definition):
    """Raise what AWS answers when the role of the pipeline may not do all that a deployment is made of."""
    cluster, service = run.configuration["ClusterName"], run.configuration["ServiceName"]
    which, there = place.arn(f"service/{cluster}/{service}", "ecs"), {"ecs:cluster": place.arn(f"cluster/{cluster}", "ecs")}
    needed = [(f"ecs:{name}", which, {}) for name in ("DescribeServices", "UpdateService")]
    needed += [(f"ecs:{name}", "*", {}) for name in ("DescribeTaskDefinition", "RegisterTaskDefinition")]
    needed += [(f"ecs:{name}", "*", there) for name in ("DescribeTasks", "ListTasks")]
    passed = [definition[key] for key in ("executionRoleArn", "taskRoleArn") if definition.get(key)]
    needed += [("iam:PassRole", arn, {"iam:passedtoservice": "ecs-tasks.amazonaws.com"}) for arn in passed]
    if definition.get("tags"):
        made = place.arn(f"task-definition/{definition['family']}:*", "ecs")
        needed.append(("ecs:TagResource", made, {"ecs:createaction": "RegisterTaskDefinition"}))
    if not all(may(place, execution, run, action, resource, **context) for action, resource, context in needed):
        raise AwsError("PermissionError", "The provided role does not have sufficient permissions to access ECS")


def _seen(place, cluster, service):
    found = ask(place, "ecs", "DescribeServices", cluster=cluster, services=[service])["services"]
    if not found:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    return found[0]


def _follow_service(run, service, wanted, deadline):
    mine = next((one for one in service["deployments"] if one["id"] == wanted), None)
    if mine and mine["rolloutState"] == "COMPLETED":
        run.end = (mine["updatedAt"] - CLOCK.origin).total_seconds()
    elif mine is None or mine["rolloutState"] == "FAILED":
        said = [event["message"] for event in service["events"] if f"(deployment {wanted}) deployment failed" in event["message"]]
        run.fail(said[0] if said else f"ECS deployment {wanted} was replaced by another one.", at=CLOCK.seconds())
    elif CLOCK.seconds() >= deadline:
        run.fail("The Amazon ECS service did not become stable in time.", "DeploymentTimeout", deadline)
