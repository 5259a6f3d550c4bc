# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Secrets Manager: moto's secrets, with versions whose labels move as AWS moves them. How they rotate: secretsmanager_rotation.py.

moto gives out a value that has lost its label AWSCURRENT, lets a label be at two versions, and changes a version that has a value.
"""

from __future__ import annotations

import json
import secrets
import time
import uuid

from moto.secretsmanager.models import FakeSecret, secretsmanager_backends

from ..calls import AwsError
from ..registry import operation, state_of

_ROTATION = ("RotationEnabled", "RotationLambdaARN", "RotationRules", "NextRotationDate", "LastRotatedDate")


def secret_of(call):
    """Return moto's secret that a call names, or raise what AWS raises."""
    backend = secretsmanager_backends[call.account][call.region]
    name = call.params["SecretId"]
    if not backend._is_valid_identifier(name):
        raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    secret = backend.secrets[name]
    if secret.is_deleted():
        text = "You can't perform this operation on the secret because it was marked for deletion."
        raise AwsError("InvalidRequestException", text)
    if not isinstance(secret, FakeSecret):
        text = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
        raise AwsError("InvalidParameterException", text)
    return secret


def holder(secret, label):
    """Return the id of the version that has a label, or None."""
    return next((key for key, version in secret.versions.items() if label in version["version_stages"]), None)


def has_value(version):
    """Tell whether a version holds something: a rotation begins with one that does not."""
    return "secret_string" in version or "secret_binary" in version


def move(secret, label, version):
    """Move a label to a version, or off all versions when that is None; what loses AWSCURRENT becomes AWSPREVIOUS."""
    old = holder(secret, label)
    if old == version:
        return
    if old:
        secret.versions[old]["version_stages"].remove(label)
    if version:
        secret.versions[version]["version_stages"].append(label)
    if label == "AWSCURRENT" and version:
        secret.default_version_id, secret.secret_string = version, secret.versions[version].get("secret_string")
        if "AWSPREVIOUS" in secret.versions[version]["version_stages"]:
            secret.versions[version]["version_stages"].remove("AWSPREVIOUS")
        if old:
            move(secret, "AWSPREVIOUS", old)


def add_version(secret, token, content=None):
    """Add a version without a label, empty or with a content."""
    secret.versions[token] = {"createdate": int(time.time()), "version_id": token, "version_stages": [], **(content or {})}


def _new_password(secret, token=None):
    """Rotate a password that AWS manages: a new current version, the old one is the previous."""
    current = secret.versions[holder(secret, "AWSCURRENT")]["secret_string"]
    content = {**json.loads(current), "password": secrets.token_urlsafe(24)}
    token = token or str(uuid.uuid4())
    add_version(secret, token, {"secret_string": json.dumps(content)})
    move(secret, "AWSCURRENT", token)


# What moto answers, with the rotation and the labels as they are


def _shown(call, row):
    """Return a description of moto's with our rotation, and without versions that have no label."""
    rotation = state_of(call, "rotation").get(row["ARN"])
    shown = {key: value for key, value in row.items() if key not in _ROTATION}
    for key in ("VersionIdsToStages", "SecretVersionsToStages"):
        if key in shown:
            shown[key] = {version: labels for version, labels in shown[key].items() if labels}
    return {**shown, **(rotation.shown() if rotation else {})}


@operation("secretsmanager", "DescribeSecret")
def describe(call):
    return _shown(call, call.forward())


@operation("secretsmanager", "ListSecrets")
def list_secrets(call):
    answer = call.forward()
    return {**answer, "SecretList": [_shown(call, row) for row in answer["SecretList"]]}


@operation("secretsmanager", "ListSecretVersionIds")
def list_versions(call):
    """List the versions that have a value, and those without a label on request only. moto forgets both."""
    secret, all_of_them = secret_of(call), call.params.get("IncludeDeprecated", False)
    rows = [
        {"VersionId": key, "VersionStages": version["version_stages"], "CreatedDate": version["createdate"]}
        for key, version in secret.versions.items()
        if has_value(version) and (all_of_them or version["version_stages"])
    ]
    call.params.take("MaxResults", "NextToken")  # there is one page
    return {"ARN": secret.arn, "Name": secret.name, "Versions": rows}


# Values and labels


@operation("secretsmanager", "PutSecretValue", "UpdateSecret")
def put(call):
    secret, token = secret_of(call), call.params.get("ClientRequestToken")
    version, given = secret.versions.get(token, {}), {"secret_string": "SecretString", "secret_binary": "SecretBinary"}
    fresh = {kept: call.params[name] for kept, name in given.items() if name in call.params}
    if has_value(version) and "secret_binary" not in fresh and fresh != {key: version[key] for key in given if key in version}:
        text = (
            f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {secret.arn}."
        )
        raise AwsError("ResourceExistsException", text)
    before = holder(secret, "AWSCURRENT")
    answer = call.forward()
    rotation = state_of(call, "rotation").get(secret.arn)
    if rotation and holder(secret, "AWSCURRENT") != before:
        rotation.begin_anew()  # a value that somebody writes counts as a rotation
    return answer


@operation("secretsmanager", "UpdateSecretVersionStage")
def update_stage(call):
    secret, label = secret_of(call), call.params["VersionStage"]
    source, target = call.params.get("RemoveFromVersionId"), call.params.get("MoveToVersionId")
    for version in (source, target):
        if version and version not in secret.versions:
            raise AwsError("ResourceNotFoundException", f"Secrets Manager can't find the specified secret version: {version}.")
    now = holder(secret, label)
    if source != now and (source or now != target):
        where = f"currently attached to version {now}" if now else "not attached to any version"
        text = f"Staging label {label} is {where}, so you must explicitly reference that version in RemoveFromVersionId."
        raise AwsError("InvalidParameterException", f"The parameter RemoveFromVersionId can't be {source or 'empty'}. {text}")
    if label == "AWSCURRENT" and not target:
        text = "You can't remove the staging label AWSCURRENT from a version without moving it to another version."
        raise AwsError("InvalidParameterException", text)
    move(secret, label, target)
    return {"ARN": secret.arn, "Name": secret.name}
