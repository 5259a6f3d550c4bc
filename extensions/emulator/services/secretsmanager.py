# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Secrets Manager: moto's secrets, with rotation schedules that are kept and managed passwords that rotate.

Rotation functions are not run here: asking for one to run at once is refused, so that no test believes that it did.
"""

from __future__ import annotations

import json
import secrets
import time
import uuid

from moto.awslambda.utils import get_backend as lambda_backend
from moto.secretsmanager.models import secretsmanager_backends

from ..calls import AwsError
from ..registry import operation, state_of

_DAY = 86400
_MANAGED = {"AutomaticallyAfterDays": 7}  # what RDS sets for the passwords that it manages


def _secret(call):
    """Return moto's secret, or raise what AWS raises."""
    backend = secretsmanager_backends[call.account][call.region]
    name = call.params["SecretId"]
    if not backend._is_valid_identifier(name):
        raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    secret = backend.secrets[name]
    if secret.is_deleted():
        text = "You can't perform this operation on the secret because it was marked for deletion."
        raise AwsError("InvalidRequestException", text)
    return secret


def _rules(call, secret):
    """Return the rotation rules of a secret, or None when it does not rotate."""
    default = _MANAGED if secret.owning_service else None
    return state_of(call, "rotation").get(secret.arn, default)


@operation("secretsmanager", "DescribeSecret")
def describe(call):
    answer = call.forward()
    secret = secretsmanager_backends[call.account][call.region].secrets[call.params["SecretId"]]
    rules = _rules(call, secret)
    for key in ("RotationEnabled", "RotationRules", "NextRotationDate"):
        answer.pop(key, None)
    if rules:
        days = rules.get("AutomaticallyAfterDays")
        following = {"NextRotationDate": time.time() + days * _DAY} if days else {}
        answer.update(RotationEnabled=True, RotationRules=rules, **following)
    return answer


@operation("secretsmanager", "RotateSecret")
def rotate(call):
    secret, function = _secret(call), call.params.get("RotationLambdaARN")
    call.params.get("ClientRequestToken")  # botocore's own, against doubled requests
    rules, at_once = call.params.get("RotationRules"), call.params.get("RotateImmediately", True)
    if rules and len(rules.keys() & {"AutomaticallyAfterDays", "ScheduleExpression"}) > 1:
        raise AwsError("InvalidParameterException", "You can't specify both AutomaticallyAfterDays and ScheduleExpression.")
    if function:
        if secret.owning_service:
            text = "You can't set a rotation function for a secret that another service manages."
            raise AwsError("InvalidRequestException", text)
        _check_function(call, function)
        secret.rotation_lambda_arn = function
    elif not secret.owning_service and not secret.rotation_lambda_arn:
        raise AwsError("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
    if at_once and secret.rotation_lambda_arn:
        raise AwsError("NotImplemented", "The emulated RotateSecret does not run rotation functions: use RotateImmediately=false.")
    if rules:
        state_of(call, "rotation")[secret.arn] = rules
    secret.rotation_requested = secret.rotation_enabled = True
    version = _new_password(secret) if at_once else secret.default_version_id
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": version}


def _check_function(call, arn):
    """Refuse a function that is not there or that Secrets Manager may not invoke."""
    backend = lambda_backend(call.account, call.region)
    try:
        function = backend.get_function(arn)
    except Exception as missing:
        raise AwsError("ResourceNotFoundException", f"Lambda does not exist: {arn}") from missing
    if "secretsmanager.amazonaws.com" not in json.dumps(getattr(function.policy, "statements", None), default=str):
        text = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access."
        raise AwsError("AccessDeniedException", text)


def _new_password(secret):
    """Rotate a password that AWS manages: a new current version, the old one is the previous."""
    version = str(uuid.uuid4())
    content = {**json.loads(secret.secret_string), "password": secrets.token_urlsafe(24)}
    entry = {"createdate": int(time.time()), "version_id": version, "version_stages": ["AWSCURRENT"]}
    secret.secret_string = entry["secret_string"] = json.dumps(content)
    secret.reset_default_version(entry, version)
    secret.last_rotation_date = int(time.time())
    return version


@operation("secretsmanager", "CancelRotateSecret")
def cancel(call):
    secret = _secret(call)
    if secret.owning_service:
        raise AwsError("InvalidRequestException", "You can't cancel the rotation of a secret that another service manages.")
    if not _rules(call, secret):
        raise AwsError("InvalidRequestException", "You tried to cancel rotation on a secret that does not rotate.")
    state_of(call, "rotation").pop(secret.arn, None)
    secret.rotation_enabled = False
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": secret.default_version_id}
