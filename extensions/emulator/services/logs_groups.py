# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Log groups of CloudWatch Logs.

moto keeps the groups. It knows neither classes nor deletion protection, associates no key later, takes any key and any retention,
and a new group inherits the tags of a deleted one of the same name.
"""

from __future__ import annotations

import re

from moto.kms.models import kms_backends
from moto.logs.models import logs_backends

from .. import policies
from ..calls import AwsError
from ..registry import operation

# API reference, PutRetentionPolicy.
RETENTION = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
CLASSES = ("STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS")
_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")


def _backend(call):
    return logs_backends[call.account][call.region]


def _invalid(text):
    return AwsError("InvalidParameterException", text)


def _group(call, name):
    """Return the group that a name or an ARN means."""
    short = name.split(":log-group:", 1)[-1].removesuffix(":*")
    group = _backend(call).groups.get(short)
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return group


def _class_of(group):
    return getattr(group, "log_group_class", "STANDARD")


def _protected(group):
    return getattr(group, "protected", False)


def _check_key(call, arn, name):
    """Refuse a key that is not there, cannot be used now, or does not let CloudWatch Logs use it for this group."""
    group_arn = call.arn(f"log-group:{name}")
    refusal = _invalid(f"The specified KMS key does not exist or is not allowed to be used with Arn '{group_arn}'.")
    found = re.fullmatch(r"arn:aws:kms:([a-z0-9-]+):(\d{12}):key/(\S+)", arn)
    key = found and found.group(1) == call.region and kms_backends[found.group(2)][call.region].keys.get(found.group(3))
    if not key or key.key_state != "Enabled":
        raise refusal
    if key.key_spec != "SYMMETRIC_DEFAULT":
        raise _invalid("CloudWatch Logs supports only symmetric KMS keys.")
    context = {"kms:encryptioncontext:aws:logs:arn": group_arn}
    service = {"service": f"logs.{call.region}.amazonaws.com"}
    for action in ("kms:Encrypt", "kms:Decrypt"):
        if policies.decision(key.policy, action, key.arn, service, context) != policies.ALLOWED:
            raise refusal


@operation("logs", "CreateLogGroup")
def create(call):
    name, key, kind = call.params["logGroupName"], call.params.get("kmsKeyId"), call.params.get("logGroupClass", "STANDARD")
    if not _NAME.fullmatch(name) or name.startswith("aws/"):
        text = r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"
        raise _invalid(f"1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy constraint: {text}")
    if kind not in CLASSES:
        raise _invalid(f"The log group class {kind} is not one of {', '.join(CLASSES)}.")
    if name in _backend(call).groups:
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
    if key:
        _check_key(call, key, name)
    group = _backend(call).create_log_group(name, call.params.get("tags", {}), kmsKeyId=key)
    group.log_group_class, group.protected = kind, call.params.get("deletionProtectionEnabled", False)
    if kind == "DELIVERY":
        group.retention_in_days = 1  # fixed for this class


@operation("logs", "DescribeLogGroups")
def describe(call):
    prefix, pattern = call.params.get("logGroupNamePrefix"), call.params.get("logGroupNamePattern")
    wanted, kind = call.params.get("logGroupIdentifiers"), call.params.get("logGroupClass")
    if prefix and pattern:
        raise _invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    limit = call.params.get("limit", 50)
    if not 1 <= limit <= 50:
        raise _invalid(f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: at most 50")
    names = {_group(call, one).name for one in wanted or ()}
    found = [
        group
        for name, group in sorted(_backend(call).groups.items())
        if name.startswith(prefix or "")
        and (pattern or "").lower() in name.lower()
        and (wanted is None or name in names)
        and kind in (None, _class_of(group))
    ]
    start = int(call.params.get("nextToken") or 0)
    more = {"nextToken": str(start + limit)} if start + limit < len(found) else {}
    return {"logGroups": [_shown(group) for group in found[start : start + limit]], **more}


def _shown(group):
    return {**group.to_describe_dict(), "logGroupClass": _class_of(group), "deletionProtectionEnabled": _protected(group)}


@operation("logs", "DeleteLogGroup")
def delete(call):
    group = _group(call, call.params["logGroupName"])
    if _protected(group):
        raise AwsError("ValidationException", "The log group is protected against deletion. Disable deletion protection first.")
    _backend(call).tagger.delete_all_tags_for_resource(group.arn)
    _backend(call).delete_log_group(group.name)


@operation("logs", "PutLogGroupDeletionProtection")
def protect(call):
    _group(call, call.params["logGroupIdentifier"]).protected = call.params["deletionProtectionEnabled"]


@operation("logs", "PutRetentionPolicy")
def put_retention(call):
    group, days = _group(call, call.params["logGroupName"]), call.params["retentionInDays"]
    if days not in RETENTION:
        raise _invalid(f"1 validation error detected: Value '{days}' at 'retentionInDays' must be one of {list(RETENTION)}")
    _check_retention(group)
    group.set_retention_policy(days)


@operation("logs", "DeleteRetentionPolicy")
def delete_retention(call):
    group = _group(call, call.params["logGroupName"])
    _check_retention(group)
    group.set_retention_policy(None)


def _check_retention(group):
    if _class_of(group) == "DELIVERY":
        raise _invalid("The retention of a log group of class DELIVERY cannot be changed.")


# Keys


def _target(call):
    """Return the group whose key is meant. That of query results is not kept here, and is refused."""
    name, identifier = call.params.get("logGroupName"), call.params.get("resourceIdentifier")
    if (name is None) == (identifier is None):
        raise _invalid("Exactly one of logGroupName and resourceIdentifier has to be specified.")
    if identifier and ":log-group:" not in identifier:
        raise AwsError("NotImplemented", f"The emulated {call.operation} knows log groups only, not {identifier}.")
    return _group(call, name or identifier)


@operation("logs", "AssociateKmsKey")
def associate_key(call):
    group = _target(call)
    _check_key(call, call.params["kmsKeyId"], group.name)
    group.kms_key_id = call.params["kmsKeyId"]


@operation("logs", "DisassociateKmsKey")
def disassociate_key(call):
    _target(call).kms_key_id = None


# Tags: moto takes them for groups that do not exist


def _check_tagged(call):
    arn = call.params["resourceArn"]
    if ":log-group:" in arn:
        if arn.endswith(":*"):
            raise _invalid("The ARN of a log group has to be given without the :* at its end.")
        _group(call, arn)


@operation("logs", "TagResource", "UntagResource", "ListTagsForResource")
def tags(call):
    _check_tagged(call)
    return call.forward()
