# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a task needs from the rest of the account, and whether it is there: images, secrets, roles, log groups, a way out.

Each function returns the reason why the task cannot start, in the words in which ECS reports it, or None.
"""

from __future__ import annotations

import hashlib
import json
import re

from moto.backends import get_backend

from .. import plans
from .ecs_permissions import Starter, pull_fault, storage_fault
from .ecs_place import refuse

_ECR = re.compile(r"^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)(?::([^@]+))?(?:@(sha256:\w+))?$")
_INIT = "ResourceInitializationError: "
_AUTH = f"{_INIT}unable to pull secrets or registry auth: "
_SECRETS = f"{_AUTH}execution resource retrieval failed: "


def image_digest(place, image):
    """Return the digest of an image, or None when the registry does not have it."""
    own = _ECR.match(image)
    if not own:
        return _invented(image)
    account, region, name, tag, digest = own.groups()
    repositories = get_backend("ecr")[account][region].repositories
    if name not in repositories:
        return None if account == place.account else _invented(image)
    for present in repositories[name].images:
        if present.get_image_digest() == digest or (digest is None and (tag or "latest") in present.image_tags):
            return present.get_image_digest()
    return None


def _invented(image):
    """Return a digest for an image of a registry that is not part of this account."""
    return image.partition("@")[2] or f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def image_fault(place, image, starter):
    """Return why an image cannot be pulled."""
    denied = pull_fault(starter, image, _SECRETS)
    if denied:
        return denied
    if image_digest(place, image) and not plans.due("image_missing", image=image):
        return None
    return (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref"
        f" {image}: {image}: not found"
    )


def network_fault(place, image, starter):
    """Return why a task cannot reach the registry, before anything else is asked."""
    if not starter.cut_off:
        return None
    if not _ECR.match(image):
        return f"CannotPullContainerError: failed to resolve ref {image}: failed to do request: dial tcp: i/o timeout"
    return (
        f"{_AUTH}The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR."
        " Check your task network configuration. RequestError: send request failed caused by: Post"
        f' "https://api.ecr.{place.region}.amazonaws.com/": dial tcp: i/o timeout'
    )


def secret_fault(place, value_from, starter):
    """Return why a secret or parameter cannot be read."""
    planned = plans.due("secret_missing", secret=value_from)
    if ":secretsmanager:" in value_from:
        return _secret_fault(place, value_from, planned, starter)
    arn = value_from if value_from.startswith("arn:") else place.arn(f"parameter/{value_from.lstrip('/')}", "ssm")
    refused = starter.refusal("ssm:GetParameters", arn)
    if refused:
        return f"{_SECRETS}unable to retrieve secrets from ssm: service call has been retried 1 time(s): {refused}"
    if planned or place.moto("ssm").get_parameter(value_from) is None:
        return f"{_SECRETS}unable to retrieve secrets from ssm: The following parameters are invalid: {value_from}"
    return None


def _secret_fault(place, value_from, planned, starter):
    parts = value_from.split(":")
    arn, key = ":".join(parts[:7]), parts[7] if len(parts) > 7 else ""
    region, account = parts[3:5]
    start = f"{_SECRETS}unable to retrieve secret from asm: service call has been retried 1 time(s): "
    store = get_backend("secretsmanager")[account][region].secrets
    secret = store.get(arn) if arn in store else None
    refused = starter.refusal("secretsmanager:GetSecretValue", arn, secret and secret.policy)
    if refused:
        return f"{start}failed to fetch secret {arn} from secrets manager: {refused}"
    if planned or secret is None or secret.is_deleted():
        return f"{start}failed to fetch secret {arn}: ResourceNotFoundException: Secrets Manager can't find the specified secret."
    if not starter.decrypts(secret.kms_key_id, "secretsmanager", arn):
        return f"{start}failed to fetch secret {arn} from secrets manager: AccessDeniedException: Access to KMS is not allowed"
    if key and key not in _keys(secret):
        return f"{start}retrieved secret from Secrets Manager did not contain json key {key}"
    return None


def _keys(secret):
    """Return the JSON keys of a secret's current value."""
    version = secret.versions.get(secret.default_version_id) or {}
    try:
        return json.loads(version.get("secret_string") or "null") or {}
    except ValueError:
        return {}


def role_fault(place, arn):
    """Return why a role cannot be assumed."""
    name = arn.rsplit("/", 1)[-1]
    if any(role.name == name for role in place.moto("iam").get_roles()):
        return None
    return (
        f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role being passed has"
        " the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
    )


def log_fault(place, container):
    """Return why the log driver of a container cannot start."""
    log = container.get("logConfiguration", {})
    options = log.get("options", {})
    if log.get("logDriver") != "awslogs" or options.get("awslogs-create-group") == "true":
        return None
    if options["awslogs-group"] in get_backend("logs")[place.account][options["awslogs-region"]].groups:
        return None
    return (
        f"{_INIT}failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream:"
        " ResourceNotFoundException: The specified log group does not exist. : exit status 1"
    )


def start_fault(place, cluster, definition, groups=()):
    """Return why a task in this cluster and these security groups cannot start, the first reason of all containers."""
    starter = Starter(place, definition, groups)
    denied = storage_fault(place, cluster)
    if denied:
        return denied
    for container in definition["containerDefinitions"]:
        values = [secret["valueFrom"] for secret in container.get("secrets", [])]
        values += [secret["valueFrom"] for secret in container.get("logConfiguration", {}).get("secretOptions", [])]
        fault = network_fault(place, container["image"], starter)
        fault = fault or next(filter(None, (secret_fault(place, value, starter) for value in values)), None)
        fault = fault or image_fault(place, container["image"], starter) or log_fault(place, container)
        if fault:
            return fault
    return None


def launch_fault(place, definition, overrides=None):
    """Return why ECS does not even try to start a task: a role that it cannot assume."""
    roles = {**definition, **(overrides or {})}
    wanted = [roles[key] for key in ("executionRoleArn", "taskRoleArn") if roles.get(key)]
    return next(filter(None, (role_fault(place, arn) for arn in wanted)), None)


def check_network(place, network, network_mode):
    """Raise what AWS answers to a network that does not fit the task definition or does not exist."""
    given = (network or {}).get("awsvpcConfiguration")
    if network_mode != "awsvpc":
        if given:
            refuse("Network Configuration is not valid for the given networkMode of this task definition.")
        return
    if not given:
        refuse("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    ec2 = place.moto("ec2")
    for subnet in given["subnets"]:
        if not any(subnet in zone for zone in ec2.subnets.values()):
            _missing("subnet", subnet, f"The subnet ID '{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)")
    for group in given.get("securityGroups", []):
        if ec2.get_security_group_from_id(group) is None:
            _missing("security group", group, f"The security group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)")


def _missing(what, name, cause):
    refuse(f"Error retrieving {what} information for [{name}]: {cause}")
