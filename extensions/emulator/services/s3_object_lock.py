# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Deletions, and object lock: versions that stay until their day, and who may go round that.

moto keeps what is locked. It locks empty buckets only, tells years beside days, counts the days by the clock of the machine, and
asks no policy about buckets, about versions, or about going round governance.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, s3_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

_LOCKED = "Access Denied because object protected by object lock."
_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


def _bucket(call):
    bucket = s3_backends[call.account]["aws"].buckets.get(call.params["Bucket"])
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist")
    call.params.take("ChecksumAlgorithm", "ContentMD5", "ExpectedBucketOwner", "MFA")
    return bucket


# Retention


def _default_retention(bucket):
    days = (bucket.default_lock_days or 0) + 365 * (bucket.default_lock_years or 0)
    return (CLOCK.now() + timedelta(days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_locked(key, governance_bypass):
    if key.lock_legal_status == "ON":
        return True
    if not key.lock_mode or (key.lock_mode == "GOVERNANCE" and governance_bypass):
        return False
    until = datetime.fromisoformat(key.lock_until.replace("Z", "+00:00"))
    return (until if until.tzinfo else until.replace(tzinfo=timezone.utc)) > CLOCK.now()


FakeBucket.default_retention = _default_retention
FakeKey.is_locked = _is_locked


@operation("s3", "PutObjectLockConfiguration")
def put_configuration(call):
    """Lock a bucket, which it stays, or change how long what is new in it is kept."""
    bucket, wanted = _bucket(call), call.params["ObjectLockConfiguration"]
    if not bucket.is_versioned:
        text = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise AwsError("InvalidBucketState", text)
    if wanted.get("ObjectLockEnabled") != "Enabled":
        raise AwsError("MalformedXML", _MALFORMED)
    rule = wanted.get("Rule", {}).get("DefaultRetention")
    if rule is not None and (len(rule.keys() & {"Days", "Years"}) != 1 or rule.get("Mode") not in ("GOVERNANCE", "COMPLIANCE")):
        raise AwsError("MalformedXML", _MALFORMED)
    if rule is not None and min(rule.get("Days", 1), rule.get("Years", 1)) < 1:
        raise AwsError("InvalidArgument", "Default retention period must be a positive integer value.")
    bucket.object_lock_enabled = True
    kept = rule or {}
    bucket.default_lock_mode, bucket.default_lock_days, bucket.default_lock_years = map(kept.get, ("Mode", "Days", "Years"))


@operation("s3", "GetObjectLockConfiguration")
def get_configuration(call):
    bucket = _bucket(call)
    if not bucket.object_lock_enabled:
        raise AwsError("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")
    period = {"Days": bucket.default_lock_days, "Years": bucket.default_lock_years}
    rule = {"Mode": bucket.default_lock_mode, **{name: value for name, value in period.items() if value}}
    told = {"ObjectLockEnabled": "Enabled", **({"Rule": {"DefaultRetention": rule}} if bucket.default_lock_mode else {})}
    return {"ObjectLockConfiguration": told}


# Deletions


def _denied(bucket, action, resource):
    return bucket.get_permission(action, resource) == PermissionResult.DENIED


def _refusal(bucket, name, version, bypass):
    """Return why an object, or a version of it, may not go; None when it may."""
    resource = f"{bucket.arn}/{name}"
    if _denied(bucket, "s3:DeleteObjectVersion" if version else "s3:DeleteObject", resource):
        return "Access Denied"
    kept = [each for each in bucket.keys.getlist(name) or [] if version and str(each.version_id) == version]
    locked = [each for each in kept if isinstance(each, FakeKey) and each.is_locked(False)]
    if not locked or (bypass and not locked[0].is_locked(True) and not _denied(bucket, "s3:BypassGovernanceRetention", resource)):
        return None
    return _LOCKED


def _delete(call, bucket, name, version, bypass):
    """Delete an object or a version of it; return what AWS tells about it."""
    gone = next((each for each in bucket.keys.getlist(name) or [] if version and str(each.version_id) == version), None)
    _found, told = s3_backends[call.account]["aws"].delete_object(bucket.name, name, version_id=version, bypass=bypass)
    marked = isinstance(gone, FakeDeleteMarker) or told.get("delete-marker") == "true"
    return {"VersionId": told.get("version-id"), "DeleteMarker": marked or None}


@operation("s3", "DeleteObject")
def delete_object(call):
    bucket, name, version = _bucket(call), call.params["Key"], call.params.get("VersionId")
    bypass = call.params.get("BypassGovernanceRetention", False)
    refusal = _refusal(bucket, name, version, bypass)
    if refusal:
        raise AwsError("AccessDenied", refusal)
    return {key: value for key, value in _delete(call, bucket, name, version, bypass).items() if value}


@operation("s3", "DeleteObjects")
def delete_objects(call):
    bucket, wanted, bypass = _bucket(call), call.params["Delete"], call.params.get("BypassGovernanceRetention", False)
    if not 1 <= len(wanted["Objects"]) <= 1000:
        raise AwsError("MalformedXML", _MALFORMED)
    deleted, errors = [], []
    for each in wanted["Objects"]:
        name, version = each["Key"], each.get("VersionId")
        what = {"Key": name, **({"VersionId": version} if version else {})}
        refusal = _refusal(bucket, name, version, bypass)
        if refusal:
            errors.append({**what, "Code": "AccessDenied", "Message": refusal})
            continue
        told = _delete(call, bucket, name, version, bypass)
        marker = {"DeleteMarker": True, "DeleteMarkerVersionId": told["VersionId"]} if told["DeleteMarker"] else {}
        deleted.append({**what, **marker})
    return {"Deleted": [] if wanted.get("Quiet") else deleted, "Errors": errors}


@operation("s3", "DeleteBucket")
def delete_bucket(call):
    bucket = _bucket(call)
    if _denied(bucket, "s3:DeleteBucket", bucket.arn):
        raise AwsError("AccessDenied", "Access Denied")
    return call.forward() or None
