# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The registry of an account and region: replication that copies images, scanning, and the policy of the registry.

moto keeps the settings. It refuses a second replication rule, looks for the own registry in the first rule only, takes any rule of
scanning, lets a filter like ``*prod`` match ``prod-web``, knows the registry policies of 2021 only, copies nothing, and answers a
push to a repository that does not exist with an error 500. Limits and patterns are those of botocore's model.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from moto.core.exceptions import ServiceException
from moto.ecr.models import ECRBackend, ecr_backends

from .. import policies
from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place
from ..registry import alive, operation, state_of, states

REPLICATION_TIME = 60  # seconds until a pushed image stands in the other registry
_FREQUENCIES = {"BASIC": ("SCAN_ON_PUSH",), "ENHANCED": ("SCAN_ON_PUSH", "CONTINUOUS_SCAN")}


def _backend(call):
    return ecr_backends[call.account][call.region]


def _refuse(parameter, constraint):
    message = f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{constraint}'"
    raise AwsError("InvalidParameterException", message)


def _insist(call, name):
    """Return a parameter after a look at the lengths, patterns and values that the model allows."""
    value = call.params[name]
    _check(call.model.input_shape.members[name], value, name)
    return value


def _check(shape, value, path):
    if shape.type_name == "structure":
        for key, item in value.items():
            _check(shape.members[key], item, f"{path}.{key}")
    elif shape.type_name == "list":
        _check_length(shape, value, path)
        for item in value:
            _check(shape.member, item, path)
    elif shape.type_name == "string":
        _check_length(shape, value, path)
        _check_text(shape.metadata, value, path)


def _check_length(shape, value, path):
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if not least <= len(value) <= most:
        _refuse(path, f"must have length between {least} and {most}")


def _check_text(rules, value, path):
    if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
        _refuse(path, f"must satisfy regular expression '{rules['pattern']}'")
    if "enum" in rules and value not in rules["enum"]:
        _refuse(path, f"must be one of {', '.join(rules['enum'])}")


# Settings


@operation("ecr", "PutReplicationConfiguration")
def put_replication(call):
    wanted = _insist(call, "replicationConfiguration")
    own = {"region": call.region, "registryId": call.account}
    if any(own == destination for rule in wanted["rules"] for destination in rule["destinations"]):
        _refuse("replicationConfiguration", "Replication destination cannot be the same as the source registry")
    _backend(call).replication_config = wanted
    return {"replicationConfiguration": wanted}


@operation("ecr", "PutRegistryScanningConfiguration")
def put_scanning(call):
    kind = call.params.get("scanType") or _backend(call).registry_scanning_configuration["scanType"]
    rules = _insist(call, "rules") if "rules" in call.params else []
    for frequency in (rule["scanFrequency"] for rule in rules):
        if frequency not in _FREQUENCIES[kind]:
            _refuse("rules", f"Scan frequency {frequency} is not supported by scan type {kind}")
    _backend(call).put_registry_scanning_configuration(kind, rules)
    return {"registryScanningConfiguration": {"scanType": kind, "rules": rules}}


def _fits(_backend, pattern, name):
    """Tell whether a filter means a repository: without a star, wherever the name has it; with stars, as a whole."""
    return policies.like(pattern, name) if "*" in pattern else pattern in name


ECRBackend._match_repository_filter = _fits


@operation("ecr", "PutRegistryPolicy")
def put_policy(call):
    text = _insist(call, "policyText")
    try:
        statements = json.loads(text)["Statement"]
        sound = all(_is_sound(statement) for statement in (statements if isinstance(statements, list) else [statements]))
    except (KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        _refuse("PolicyText", "Invalid registry policy provided")
    _backend(call).registry_policy = text
    return {"registryId": call.account, "policyText": text}


def _is_sound(statement):
    """Tell whether a statement says who may do what of ECR where."""
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    complete = statement["Effect"] in ("Allow", "Deny") and bool(statement["Principal"]) and bool(statement["Resource"])
    return complete and all(action == "*" or action.startswith("ecr:") for action in actions)


# Images, here and in the registries to which they are copied


@dataclass
class Copy:
    """One image on its way to one other registry, or one deletion."""

    repository: str
    region: str
    registry: str
    due: float
    image: object = None  # moto's, of the source
    tag: str | None = None
    deleted: list | None = None  # ids of images to delete there instead
    status: str = "IN_PROGRESS"
    failure: str = ""


@operation("ecr", "PutImage")
def put_image(call):
    repository = _repository(call)
    given = call.params.take("imageManifest", "imageTag")
    holders = [image for image in repository.images if given.get("imageTag") in image.image_tags]
    try:
        answer = call.forward()
    except AwsError as refused:
        if refused.code == "ImageAlreadyExistsException" and all(i.image_manifest != given["imageManifest"] for i in holders):
            text = f"The image tag '{given['imageTag']}' already exists in the '{repository.name}' repository and cannot be"
            refused.code, refused.message = "ImageTagAlreadyExistsException", f"{text} overwritten because the tag is immutable."
        raise
    pushed = next(image for image in repository.images if image.image_manifest == given["imageManifest"])
    replicate(call, repository.name, pushed, given.get("imageTag"))
    return answer


@operation("ecr", "BatchDeleteImage")
def delete_images(call):
    answer = call.forward()
    failed = [failure.get("imageId") for failure in answer.get("failures", [])]
    deleted = [image for image in call.params["imageIds"] if image not in failed]
    if deleted:
        _send(call, call.params["repositoryName"], _copies_deletions, deleted=deleted)
    return answer


def _copies_deletions(rule):
    return rule.get("deleteReplication", {}).get("enabled", False)


def _repository(call):
    name = call.params["repositoryName"]
    found = _backend(call).repositories.get(name)
    if found is None:
        text = f"The repository with name '{name}' does not exist in the registry with id '{call.account}'"
        raise AwsError("RepositoryNotFoundException", text)
    return found


def replicate(place, repository, image, tag):
    """Send an image that was pushed to the registries to which its repository is copied."""
    _send(Place.of(place, "ecr"), repository, lambda _rule: True, image=image, tag=tag)


def _send(call, repository, applies, **what):
    """Put something on its way to every destination of the rules that apply, once each."""
    rules = [rule for rule in _backend(call).replication_config["rules"] if applies(rule) and _concerns(rule, repository)]
    destinations = {(there["region"], there["registryId"]) for rule in rules for there in rule["destinations"]}
    copies = state_of(call, "copies")
    for region, registry in sorted(destinations):
        copies[len(copies)] = Copy(repository, region, registry, CLOCK.seconds() + REPLICATION_TIME, **what)


def _concerns(rule, repository):
    filters = rule.get("repositoryFilters")
    return not filters or any(repository.startswith(each["filter"]) for each in filters)


@alive
def arrive():
    """Let everything arrive that was due by now, in the order in which it was sent."""
    for account, region, copies in states("ecr", "copies"):
        for copy in copies.values():
            if copy.status == "IN_PROGRESS" and copy.due <= CLOCK.seconds():
                copy.failure = _arrival(account, region, copy)
                copy.status = "FAILED" if copy.failure else "COMPLETE"


def _arrival(account, region, copy):
    """Do in the other registry what was done in this one; return why not."""
    there = ecr_backends[copy.registry][copy.region]
    if copy.deleted:
        if copy.repository in there.repositories:
            there.batch_delete_image(copy.repository, image_ids=copy.deleted)
        return ""
    here = ecr_backends[account][region].repositories.get(copy.repository)
    if here is None or copy.image not in here.images:
        return "ImageNotFound"
    is_new = copy.repository not in there.repositories
    if account != copy.registry and not _is_let(there, account, copy, is_new):
        return "AccessDenied"
    if is_new:
        # Its settings are AWS's own: those of the source are not copied.
        there.create_repository(copy.repository, None, {}, None, "", [])
    return _store(there, copy)


def _is_let(there, account, copy, is_new):
    """Ask the policy of the other account's registry."""
    arn = f"arn:aws:ecr:{copy.region}:{copy.registry}:repository/{copy.repository}"
    needed = ["ecr:ReplicateImage", *(["ecr:CreateRepository"] if is_new else [])]
    source = {"account": account}
    said = [policies.decision(there.registry_policy or "{}", action, arn, source, {}) for action in needed]
    return all(each == policies.ALLOWED for each in said)


def _store(there, copy):
    image = copy.image
    held = next((each for each in there.repositories[copy.repository].images if each.image_digest == image.image_digest), None)
    if held is not None and copy.tag in held.image_tags:
        return ""
    try:
        there.put_image(copy.repository, image.image_manifest, copy.tag, image.image_manifest_media_type, image.image_digest)
    except ServiceException as refused:
        return refused.code
    return ""


@operation("ecr", "DescribeImageReplicationStatus")
def replication_status(call):
    repository, wanted = _repository(call), call.params["imageId"]
    call.params.get("registryId")
    image = next((each for each in repository.images if _is_meant(each, wanted)), None)
    if image is None:
        raise AwsError("ImageNotFoundException", f"The image with imageId {wanted} does not exist in '{repository.name}'")
    sent = {(copy.region, copy.registry): copy for copy in state_of(call, "copies").values() if copy.image is image}
    return {
        "repositoryName": repository.name,
        "imageId": {**wanted, "imageDigest": image.image_digest},
        "replicationStatuses": [_status(copy) for _destination, copy in sorted(sent.items())],
    }


def _is_meant(image, wanted):
    by_digest = wanted.get("imageDigest") in (None, image.image_digest)
    return by_digest and ("imageTag" not in wanted or wanted["imageTag"] in image.image_tags)


def _status(copy):
    failure = {"failureCode": copy.failure} if copy.failure else {}
    return {"region": copy.region, "registryId": copy.registry, "status": copy.status, **failure}
