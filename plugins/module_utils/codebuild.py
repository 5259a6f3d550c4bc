# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CodeBuild asks of a project, and what it adds to one. Pure functions on projects in the API's names."""

from __future__ import annotations

import re

# Parts of a project that an update replaces as a whole.
STRUCTURES = ("source", "secondarySources", "secondarySourceVersions", "artifacts", "secondaryArtifacts", "cache", "environment")
STRUCTURES += ("vpcConfig", "logsConfig", "fileSystemLocations", "buildBatchConfig")
# A new role, and what it may see of the VPC, take some seconds to be known.
PATIENCE = {"InvalidInputException": "authorized"}

_SECRET = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRETS?|TOKEN|CREDENTIALS?|APIKEY|(API|ACCESS|PRIVATE|SIGNING|ENCRYPTION)_KEY)(_|$)"
)
# What stands behind these is about a secret and not a secret.
_ABOUT = re.compile(
    r"_(ARN|COUNT|DAYS|ENABLED|FILE|HEADER|ID|ISSUER|LENGTH|NAME|PATH|POLICY|REGION|ROTATION|TTL|TYPE|UR[IL]|VERSION)$"
)
_AWS_KEY = re.compile(r"(AKIA|ASIA)[A-Z0-9]{16}")
_LIMITS = {"timeoutInMinutes": (5, 2160), "queuedTimeoutInMinutes": (5, 480)}
_FILLED_IN = ("computeConfiguration", "hostKernel")  # which AWS may choose by the type of the environment
_ENVIRONMENT = {"privilegedMode": False, "imagePullCredentialsType": "CODEBUILD", "environmentVariables": []}
_OUTPUT = {"namespaceType": "NONE", "packaging": "NONE", "encryptionDisabled": False}
_LOGS = {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "DISABLED", "encryptionDisabled": False}}


def filled(project):
    """Return a project whose structures have AWS's defaults, so that a wish and an answer can be compared."""
    fill = {
        "source": _source,
        "artifacts": lambda artifacts: _artifacts(artifacts, project["name"]),
        "environment": _environment,
        "secondarySources": lambda sources: [_source(one) for one in sources],
        "secondaryArtifacts": lambda many: [_artifacts(one) for one in many],
        "logsConfig": lambda logs: {key: {**default, **logs.get(key, {})} for key, default in _LOGS.items()},
    }
    return {key: fill[key](value) if value and key in fill else value for key, value in project.items()}


def _source(source):
    return {"insecureSsl": False, **source}


def _environment(environment):
    variables = [{"type": "PLAINTEXT", **variable} for variable in environment.get("environmentVariables", [])]
    return {**_ENVIRONMENT, **environment, "environmentVariables": variables}


def _artifacts(artifacts, name=None):
    if artifacts.get("type") != "S3":
        return {"type": artifacts.get("type")}  # everything else would be ignored: there is no output, or the pipeline has it
    return {**_OUTPUT, **({"name": name} if name else {}), **artifacts}


def comparable(have, asked):
    """Return a project as it is, without what AWS may have filled in by itself where nothing was asked for."""
    machine, wanted = have.get("environment", {}), asked.get("environment") or {}
    kept = {key: value for key, value in machine.items() if key in wanted or key not in _FILLED_IN}
    if "dockerServer" in kept:
        kept["dockerServer"] = {key: value for key, value in kept["dockerServer"].items() if key != "status"}
    return {**filled(have), "environment": _environment(kept)} if machine else filled(have)


def faults(project):
    """Return sentences about what AWS would refuse, or accept and should not."""
    return [*_secrets(project), *_ends(project), *_machine(project), *_storage(project), *_numbers(project)]


def _secrets(project):
    variables = project["environment"].get("environmentVariables") or []
    names = [variable.get("name", "") for variable in variables]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"Environment variable {name} is given twice."
    for variable in variables:
        name, value = variable.get("name", ""), str(variable.get("value", ""))
        plain = variable.get("type", "PLAINTEXT") == "PLAINTEXT"
        if plain and value and (_holds_secret(name) or _AWS_KEY.fullmatch(value)):
            yield (
                f"Environment variable {name} is a secret by its name or value, and whoever may look at the project would see it:"
                " keep it in Secrets Manager or Parameter Store, and give type SECRETS_MANAGER or PARAMETER_STORE with its name."
            )


def _holds_secret(name):
    return bool(_SECRET.search(name.upper())) and not _ABOUT.search(name.upper())


def _ends(project):
    source, artifacts = project["source"], project.get("artifacts") or {}
    piped = source.get("type") == "CODEPIPELINE"
    if artifacts and piped != (artifacts.get("type") == "CODEPIPELINE"):
        yield "Source and artifacts are both of type CODEPIPELINE or neither is."
    for one in [source, *(project.get("secondarySources") or [])]:
        kind = one.get("type")
        if kind is None:
            yield "A source needs a type."
        elif kind not in ("CODEPIPELINE", "NO_SOURCE") and not one.get("location"):
            yield f"A source of type {kind} needs a location."
    if source.get("type") == "NO_SOURCE" and not source.get("buildspec"):
        yield "Without sources there is no buildspec in them: source of type NO_SOURCE needs the text of one in buildspec."
    for one in [artifacts, *(project.get("secondaryArtifacts") or [])]:
        if one.get("type") == "S3" and not one.get("location"):
            yield "Artifacts of type S3 need a location, which is the name of a bucket."
    yield from _identifiers(project)


def _identifiers(project):
    for key, identifier in (("secondarySources", "sourceIdentifier"), ("secondaryArtifacts", "artifactIdentifier")):
        names = [one.get(identifier) for one in project.get(key) or []]
        if None in names or len(names) != len(set(names)):
            yield f"Each of {_words(key)} needs an identifier of its own."
    known = {one.get("sourceIdentifier") for one in project.get("secondarySources") or []}
    for version in project.get("secondarySourceVersions") or []:
        if project.get("secondarySources") is not None and version.get("sourceIdentifier") not in known:
            yield f"secondary_source_versions names {version.get('sourceIdentifier')}, which is no secondary source."


def _words(key):
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key)


def _machine(project):
    environment = project["environment"]
    kind, compute, image = (environment.get(key) for key in ("type", "computeType", "image"))
    for key in ("type", "image", "computeType"):
        if not environment.get(key):
            yield f"The environment needs {_words(key)}."
            return
    serverless = kind.endswith("_LAMBDA_CONTAINER")
    if serverless != compute.startswith("BUILD_LAMBDA_"):
        yield f"Compute type {compute} does not go with environment type {kind}."
    if serverless and environment.get("privilegedMode"):
        yield "Builds on Lambda cannot be privileged, so they cannot build images with Docker."
    puller = environment.get("imagePullCredentialsType", "CODEBUILD")
    if image.startswith("aws/codebuild/") and puller == "SERVICE_ROLE":
        yield f"Image {image} is AWS's own and is pulled with image_pull_credentials_type CODEBUILD."
    if environment.get("registryCredential") and puller != "SERVICE_ROLE":
        yield "A registry_credential is used with image_pull_credentials_type SERVICE_ROLE only."


def _storage(project):
    cache, vpc = project.get("cache") or {}, project.get("vpcConfig") or {}
    if cache.get("type") == "S3" and not cache.get("location"):
        yield "A cache of type S3 needs a location, which is a bucket and a prefix."
    if cache.get("type") == "LOCAL" and not cache.get("modes"):
        yield "A cache of type LOCAL needs modes."
    if "LOCAL_DOCKER_LAYER_CACHE" in (cache.get("modes") or []) and not project["environment"].get("privilegedMode"):
        yield "LOCAL_DOCKER_LAYER_CACHE needs an environment with privileged_mode."
    missing = [_words(key) for key in ("vpcId", "subnets", "securityGroupIds") if not vpc.get(key)]
    if 0 < len(missing) < 3:
        yield f"vpc_config lacks {' and '.join(missing)}."


def _numbers(project):
    for key, (least, most) in _LIMITS.items():
        if project.get(key) is not None and not least <= project[key] <= most:
            yield f"{_words(key)} is {project[key]}, AWS allows {least} to {most}."
    if (
        project.get("concurrentBuildLimit") is not None
        and project["concurrentBuildLimit"] < 1
        and project["concurrentBuildLimit"] != -1
    ):
        yield "concurrent_build_limit is at least 1; -1 removes it."
