# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodeBuild projects, as AWS checks, completes and keeps them. codebuild_builds.py has builds, codebuild_reports.py reports."""

from __future__ import annotations

import re

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place, may_assume
from ..registry import operation, taggable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-_]{1,149}")
_UNLIMITED = -1
_LAMBDA = ("LINUX_LAMBDA_CONTAINER", "ARM_LAMBDA_CONTAINER")

taggable("codebuild", "project", arn="arn", tags="tags")


def here(call):
    """Return the place of a call, or of another service's place, for CodeBuild."""
    return Place.of(call, "codebuild")


def project_of(place, name):
    """Return a project by name or ARN, or raise what AWS raises."""
    project = place.things("project").get(name.rsplit("/", 1)[-1])
    if project is None:
        arn = name if name.startswith("arn:") else place.arn(f"project/{name}")
        raise AwsError("ResourceNotFoundException", f"Project cannot be found: {arn}")
    return project


def invalid(text):
    """Return the error of an input that AWS does not take."""
    return AwsError("InvalidInputException", text)


@operation("codebuild", "CreateProject")
def create_project(call):
    place, name = here(call), call.params["name"]
    if not _NAME.fullmatch(name):
        raise invalid("Project name is invalid: only letters, digits, hyphens and underscores, at least two.")
    if name in place.things("project"):
        raise AwsError("ResourceAlreadyExistsException", f"Project already exists: {place.arn(f'project/{name}')}")
    asked = call.params.everything()
    project = {
        "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480,
        "encryptionKey": f"arn:aws:kms:{place.region}:{place.account}:alias/aws/s3",
        "cache": {"type": "NO_CACHE"},
        "tags": [],
        "projectVisibility": "PRIVATE",
        **asked,
        "arn": place.arn(f"project/{name}"),
        "created": CLOCK.now(),
    }
    place.things("project")[name] = kept = _checked(place, project)
    return {"project": kept}


@operation("codebuild", "UpdateProject")
def update_project(call):
    place = here(call)
    present = project_of(place, call.params["name"])
    changed = {**present, **call.params.everything(), "name": present["name"]}
    place.things("project")[present["name"]] = kept = _checked(place, changed)
    return {"project": kept}


def _checked(place, project):
    """Return a project completed with AWS's defaults, or raise what AWS raises."""
    project = {**project, "lastModified": CLOCK.now()}
    _check_ends(project)
    _check_environment(project["environment"])
    _check_cache(project["cache"])
    if not may_assume(place, project["serviceRole"], "codebuild.amazonaws.com"):
        raise invalid(f"CodeBuild is not authorized to perform: sts:AssumeRole on {project['serviceRole']}")
    vpc = project.get("vpcConfig")
    if vpc and not all(vpc.get(key) for key in ("vpcId", "subnets", "securityGroupIds")):
        raise invalid("Invalid vpc config: vpc id, subnets and security group ids are required")
    for key in ("vpcConfig", "buildBatchConfig", "description", "sourceVersion"):
        if not project.get(key):
            project.pop(key, None)  # an empty value removes
    for key in ("concurrentBuildLimit", "autoRetryLimit"):
        if project.get(key) in (None, _UNLIMITED, 0):
            project.pop(key, None)
    return _completed(project)


def _check_ends(project):
    source, artifacts = project["source"], project["artifacts"]
    if (source["type"] == "CODEPIPELINE") != (artifacts["type"] == "CODEPIPELINE"):
        raise invalid("Invalid artifacts: artifact type CODEPIPELINE can only be used with source type CODEPIPELINE")
    for one in (source, *project.get("secondarySources", [])):
        if one["type"] not in ("CODEPIPELINE", "NO_SOURCE") and not one.get("location"):
            raise invalid("Project source location is required")
        if one["type"] == "NO_SOURCE" and one is source and not one.get("buildspec"):
            raise invalid("Project source type NO_SOURCE requires a buildspec")
    if any(not one.get("sourceIdentifier") for one in project.get("secondarySources", [])):
        raise invalid("Invalid secondary source: sourceIdentifier is required")
    for one in (artifacts, *project.get("secondaryArtifacts", [])):
        if one["type"] == "S3" and not one.get("location"):
            raise invalid("Invalid artifacts: location must be set for type S3")


def _check_environment(environment):
    serverless = environment["type"] in _LAMBDA
    if serverless != environment["computeType"].startswith("BUILD_LAMBDA_"):
        raise invalid(f"Compute type {environment['computeType']} cannot be used with environment type {environment['type']}")
    if serverless and environment.get("privilegedMode"):
        raise invalid("Privileged mode is not supported for Lambda compute")
    names = [variable["name"] for variable in environment.get("environmentVariables", [])]
    if len(names) != len(set(names)):
        raise invalid("Invalid environment variables: names must be unique")
    if environment.get("registryCredential") and environment.get("imagePullCredentialsType") != "SERVICE_ROLE":
        raise invalid("imagePullCredentialsType must be SERVICE_ROLE to use a registry credential")
    if environment["image"].startswith("aws/codebuild/") and environment.get("imagePullCredentialsType") == "SERVICE_ROLE":
        raise invalid("SERVICE_ROLE credentials cannot be used with curated images")


def _check_cache(cache):
    if cache["type"] == "S3" and not cache.get("location"):
        raise invalid("Invalid cache: location is required for type S3")
    if cache["type"] == "LOCAL" and not cache.get("modes"):
        raise invalid("Invalid cache: at least one mode is required for type LOCAL")


def _completed(project):
    """Return a project with what AWS adds to the parts that it was given."""
    environment = {
        "privilegedMode": False,
        "imagePullCredentialsType": "CODEBUILD",
        "environmentVariables": [],
        **project["environment"],
    }
    variables = [{"type": "PLAINTEXT", **variable} for variable in environment["environmentVariables"]]
    project |= {
        "source": {"insecureSsl": False, **project["source"]},
        "artifacts": _artifacts(project["artifacts"], project["name"]),
        "environment": {**environment, "environmentVariables": variables},
        "badge": {"badgeEnabled": project.pop("badgeEnabled", project.get("badge", {}).get("badgeEnabled", False))},
    }
    for key, one in (("secondarySources", lambda s: {"insecureSsl": False, **s}), ("secondaryArtifacts", _artifacts)):
        if key in project:
            project[key] = [one(part) for part in project[key]]
    if project["badge"]["badgeEnabled"]:
        project["badge"]["badgeRequestUrl"] = f"https://codebuild.{project['arn'].split(':')[3]}.amazonaws.com/badges?uuid=emulated"
    if project.get("logsConfig"):
        quiet = {"status": "DISABLED", "encryptionDisabled": False}
        project["logsConfig"] = {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": quiet, **project["logsConfig"]}
    return project


def _artifacts(artifacts, name=None):
    if artifacts["type"] == "S3":
        start = {"namespaceType": "NONE", "packaging": "NONE", "encryptionDisabled": False, **({"name": name} if name else {})}
        return {**start, **artifacts}
    if artifacts["type"] == "CODEPIPELINE":
        return {"name": name, "packaging": "NONE", "encryptionDisabled": False, **artifacts}
    return artifacts


@operation("codebuild", "BatchGetProjects")
def batch_get_projects(call):
    things, found, missing = here(call).things("project"), [], []
    for name in call.params["names"]:
        project = things.get(name.rsplit("/", 1)[-1])
        if project:
            found.append(project)
        else:
            missing.append(name)
    return {"projects": found, "projectsNotFound": missing}


@operation("codebuild", "ListProjects")
def list_projects(call):
    projects = sorted(here(call).things("project").values(), key=_order(call))
    if call.params.get("sortOrder") == "DESCENDING":
        projects.reverse()
    call.params.get("nextToken")
    return {"projects": [project["name"] for project in projects]}


def _order(call):
    keys = {"NAME": "name", "CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}
    key = keys[call.params.get("sortBy") or "NAME"]
    return lambda thing: thing[key]


@operation("codebuild", "DeleteProject")
def delete_project(call):
    here(call).things("project").pop(call.params["name"].rsplit("/", 1)[-1], None)  # AWS does not mind a missing one


@operation("codebuild", "InvalidateProjectCache")
def invalidate_project_cache(call):
    project_of(here(call), call.params["projectName"])


@operation("codebuild", "UpdateProjectVisibility")
def update_project_visibility(call):
    arn = call.params["projectArn"]
    project = project_of(here(call), arn)
    project.update(call.params.take("projectVisibility", "resourceAccessRole"))
    return {"projectArn": arn, "projectVisibility": project["projectVisibility"]}
