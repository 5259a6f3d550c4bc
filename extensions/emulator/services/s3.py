# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Buckets: policies that are evaluated with their conditions, new buckets as closed as AWS's, and whole lifecycles.

With moto any statement that denies something denies it to everybody, so a bucket with a TLS-only policy takes no object.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from itertools import pairwise

from flask import has_request_context, request
from moto.iam.access_control import PermissionResult
from moto.iam.models import get_account_id_from
from moto.s3.models import FakeBucket, PublicAccessBlock, s3_backends
from moto.s3.utils import bucket_policy_is_public
from moto.sts.models import sts_backends

from .. import policies
from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

_RESULTS = {
    policies.ALLOWED: PermissionResult.PERMITTED,
    policies.DENIED: PermissionResult.DENIED,
    policies.SILENT: PermissionResult.NEUTRAL,
}
_HEADERS = ("x-amz-acl", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-storage-class")


# Policies


def _caller():
    """Return who sends the present request: his account, his ARNs, and whether he has signed it."""
    header = request.headers.get("Authorization", "") if has_request_context() else ""
    if "Credential=" not in header:
        return {"account": "", "arns": [], "type": "Anonymous"}
    key = header.split("Credential=", 1)[1].split("/", 1)[0]
    account = get_account_id_from(key)
    for backends in sts_backends.values():
        for backend in backends.values():
            role = backend.get_assumed_role_from_access_key(key)
            if role is not None:
                return {"account": role.account_id, "arns": [role.role_arn, role.arn], "type": "AssumedRole"}
    return {"account": account, "arns": [f"arn:aws:iam::{account}:root"], "type": "Account"}


def request_context(caller):
    """Return the condition keys of the present request.

    Requests to this account come over the loopback interface and never leave the machine, so nobody can listen: they count as sent
    over TLS. Otherwise every bucket with the recommended TLS-only policy would be closed for everybody, which it is not on AWS.
    """
    context = {
        "aws:securetransport": "true",
        "s3:tlsversion": "1.3",
        "aws:currenttime": CLOCK.now().isoformat(),
        "aws:viaawsservice": "false",
        "aws:principaltype": caller["type"],
    }
    if caller["account"]:
        context["aws:principalaccount"] = caller["account"]
        context["aws:principalarn"] = caller["arns"][0]
    if has_request_context():
        context["aws:sourceip"] = request.remote_addr or "127.0.0.1"
        context.update({f"s3:{name}": request.headers[name] for name in _HEADERS if name in request.headers})
    return context


def _permission(bucket, action, resource):
    """Return what the bucket's policy says about the present request, in moto's words."""
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    caller = _caller()
    context = {**request_context(caller), "aws:resourceaccount": bucket.account_id}
    return _RESULTS[policies.decision(bucket.policy, action, resource, caller, context)]


FakeBucket.get_permission = _permission


def _bucket(call):
    bucket = s3_backends[call.account]["aws"].buckets.get(call.params["Bucket"])
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist")
    return bucket


@operation("s3", "PutBucketPolicy")
def put_bucket_policy(call):
    bucket, text = _bucket(call), call.params["Policy"]
    call.params.everything()
    try:
        statements = policies._list(json.loads(text)["Statement"])
    except (ValueError, KeyError, TypeError):
        raise AwsError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'") from None
    for statement in statements:
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise AwsError("MalformedPolicy", "Missing required field Principal")
        for resource in policies._list(statement.get("Resource")):
            if resource.split("/")[0] not in (f"arn:aws:s3:::{bucket.name}", f"arn:aws:s3:::{bucket.name}*", "*"):
                raise AwsError("MalformedPolicy", "Policy has invalid resource")
    block = bucket.public_access_block
    if block is not None and block.block_public_policy and bucket_policy_is_public(text):
        message = (
            "is not authorized to perform: s3:PutBucketPolicy because public policies are blocked by the BlockPublicPolicy setting"
        )
        raise AwsError("AccessDenied", f"User {message}.")
    return call.forward()


# New buckets


_AES256 = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}


@operation("s3", "CreateBucket")
def create_bucket(call):
    """Make a bucket as AWS has made them since 2023: encrypted, closed to the public, without ACLs."""
    call.params.everything()
    known = call.params["Bucket"] in s3_backends[call.account]["aws"].buckets
    answer = call.forward()
    if not known:
        bucket = _bucket(call)
        bucket.encryption = bucket.encryption or _AES256
        bucket.public_access_block = PublicAccessBlock(True, True, True, True)
        bucket.ownership_rule = bucket.ownership_rule or "BucketOwnerEnforced"
    return answer


@operation("s3", "DeleteBucketEncryption")
def delete_bucket_encryption(call):
    bucket = _bucket(call)
    call.params.everything()
    bucket.encryption = _AES256  # there is no bucket without encryption any more


@operation("s3", "PutBucketAcl")
def put_bucket_acl(call):
    bucket, acl = _bucket(call), call.params.get("ACL", "private")
    call.params.everything()
    if bucket.ownership_rule == "BucketOwnerEnforced" and acl not in ("private", "bucket-owner-full-control"):
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    return call.forward()


# Lifecycles


_CLASSES = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
_AFTER_A_MONTH = ("STANDARD_IA", "ONEZONE_IA")
_ACTIONS = ("Expiration", "Transitions", "NoncurrentVersionTransitions", "NoncurrentVersionExpiration")
_ACTIONS += ("AbortIncompleteMultipartUpload",)


def _invalid(message):
    return AwsError("InvalidRequest", message)


def _check_rule(rule):
    if ("Filter" in rule) == ("Prefix" in rule):
        raise AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
    if not any(rule.get(action) for action in _ACTIONS):
        raise _invalid("At least one action needs to be specified in a rule")
    filters = rule.get("Filter", {})
    if len(filters) > 1 or ("And" in filters and _parts(filters["And"]) < 2):
        raise AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
    tagged = "Tag" in filters or "Tags" in filters.get("And", {})
    if "AbortIncompleteMultipartUpload" in rule and tagged:
        raise _invalid("AbortIncompleteMultipartUpload cannot be specified with Tags.")
    if "ExpiredObjectDeleteMarker" in rule.get("Expiration", {}) and tagged:
        raise _invalid("ExpiredObjectDeleteMarker cannot be specified with Tags.")
    _check_days(rule)


def _parts(both):
    return sum(1 if key != "Tags" else len(value) for key, value in both.items())


def _check_days(rule):
    expiration, transitions = rule.get("Expiration", {}), rule.get("Transitions", [])
    if len(expiration) > 1:
        raise AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
    kinds = {"Date" if "Date" in each else "Days" for each in (*transitions, expiration) if "Date" in each or "Days" in each}
    if len(kinds) > 1:
        raise _invalid("Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule")
    if expiration.get("Days", 1) < 1:
        raise AwsError("InvalidArgument", "'Days' for Expiration action must be a positive integer")
    days = {each["StorageClass"]: each["Days"] for each in transitions if "Days" in each}
    _check_order(days, "Days", "Transition")
    if days and "Days" in expiration and expiration["Days"] <= max(days.values()):
        raise AwsError("InvalidArgument", "'Days' in the Expiration action must be greater than 'Days' in the Transition action")
    later = {each["StorageClass"]: each["NoncurrentDays"] for each in rule.get("NoncurrentVersionTransitions", [])}
    _check_order(later, "NoncurrentDays", "NoncurrentVersionTransition")
    gone = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays")
    if later and gone is not None and gone <= max(later.values()):
        raise AwsError("InvalidArgument", "'NoncurrentDays' in the expiration action must be greater than in the transition action")


def _check_order(days, member, action):
    """Check that classes come in AWS's order, the infrequent access ones after a month, and the next one a month later."""
    for name, after in days.items():
        if name in _AFTER_A_MONTH and after < 30:
            text = f"'{member}' in {action} action must be greater than or equal to 30 for storageClass '{name}'"
            raise AwsError("InvalidArgument", text)
    ordered = sorted(days, key=_CLASSES.index)
    for first, second in pairwise(ordered):
        gap = 30 if first in _AFTER_A_MONTH else 1
        if days[second] < days[first] + gap:
            text = f"'{member}' in the {action} action for '{second}' must be {gap} days more than for StorageClass '{first}'"
            raise AwsError("InvalidArgument", text)


@operation("s3", "PutBucketLifecycleConfiguration")
def put_bucket_lifecycle_configuration(call):
    bucket, rules = _bucket(call), call.params.get("LifecycleConfiguration", {}).get("Rules", [])
    call.params.take("ChecksumAlgorithm", "ContentMD5", "ExpectedBucketOwner")
    size = call.params.get("TransitionDefaultMinimumObjectSize", "all_storage_classes_128K")
    if not rules or len(rules) > 1000:
        raise AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
    for rule in rules:
        _check_rule(rule)
    kept = [{**rule, "ID": rule.get("ID") or str(uuid.uuid4())} for rule in rules]
    names = [rule["ID"] for rule in kept]
    if len(names) != len(set(names)):
        raise AwsError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    bucket.slipway_lifecycle = {"Rules": kept, "TransitionDefaultMinimumObjectSize": size}
    return {"TransitionDefaultMinimumObjectSize": size}


@operation("s3", "GetBucketLifecycleConfiguration")
def get_bucket_lifecycle_configuration(call):
    call.params.take("ExpectedBucketOwner")
    kept = getattr(_bucket(call), "slipway_lifecycle", None)
    if kept is None:
        raise AwsError("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
    return {**kept, "Rules": [_told(rule) for rule in kept["Rules"]]}


def _told(rule):
    """Return a rule with moments in place of the text that came over the wire."""
    told = dict(rule)
    if "Date" in rule.get("Expiration", {}):
        told["Expiration"] = {**rule["Expiration"], "Date": _moment(rule["Expiration"]["Date"])}
    if rule.get("Transitions"):
        told["Transitions"] = [{**each, "Date": _moment(each["Date"])} if "Date" in each else each for each in rule["Transitions"]]
    return told


def _moment(value):
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))


@operation("s3", "DeleteBucketLifecycle")
def delete_bucket_lifecycle(call):
    bucket = _bucket(call)
    call.params.take("ExpectedBucketOwner")
    bucket.slipway_lifecycle = None
