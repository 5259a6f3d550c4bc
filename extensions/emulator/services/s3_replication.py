# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Replication of buckets: the configuration, with S3's checks. What follows from it is in s3_replication_objects.py.

moto keeps six members of a rule, forgets the others and checks the versioning of the source alone.
"""

from __future__ import annotations

import re
import uuid

from moto.s3.models import s3_backends

from ..calls import AwsError
from ..registry import operation

_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
_SECOND_SCHEMA = " for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide."


def bucket_named(name):
    """Return moto's bucket, of whichever account, or None."""
    partition, account = s3_backends.bucket_accounts.get(name.rsplit(":", 1)[-1], (None, None))
    return s3_backends[account][partition].buckets.get(name.rsplit(":", 1)[-1]) if account else None


def configuration(bucket):
    """Return the replication configuration of a bucket, or None."""
    return getattr(bucket, "slipway_replication", None)


def enabled(member):
    """Tell whether a member of a rule that has a status is on."""
    return (member or {}).get("Status") == "Enabled"


def _bucket(call):
    bucket = s3_backends[call.account]["aws"].buckets.get(call.params["Bucket"])
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist")
    call.params.take("ChecksumAlgorithm", "ContentMD5", "ExpectedBucketOwner", "Token")
    return bucket


@operation("s3", "PutBucketReplication")
def put(call):
    bucket, wanted = _bucket(call), call.params["ReplicationConfiguration"]
    rules = wanted.get("Rules", [])
    if not rules or len(rules) > 1000:
        raise AwsError("MalformedXML", _MALFORMED)
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+", wanted.get("Role", "")):
        raise AwsError("InvalidArgument", "Invalid Role ARN")
    if not bucket.is_versioned:
        raise _wrong("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
    for rule in rules:
        _check(rule, bucket)
    kept = [{**rule, "ID": rule.get("ID") or str(uuid.uuid4())} for rule in rules]
    if len({rule["ID"] for rule in kept}) < len(kept):
        raise AwsError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    _check_together(kept)
    bucket.slipway_replication = {"Role": wanted["Role"], "Rules": kept}


def _wrong(text):
    return AwsError("InvalidRequest", text)


def _check_together(rules):
    if len({"Filter" in rule for rule in rules}) > 1:
        raise _wrong("Rules of both versions of the Cross Region Replication configuration schema cannot be mixed")
    priorities = [rule["Priority"] for rule in rules if "Priority" in rule]
    if len(set(priorities)) < len(priorities):
        raise _wrong("Priority must be unique across all rules")


def _check(rule, bucket):
    _check_schema(rule)
    _check_encryption(rule)
    place = rule["Destination"]
    if enabled(place.get("ReplicationTime")) and not enabled(place.get("Metrics")):
        raise _wrong("ReplicationTime requires Metrics to be enabled")
    minutes = [place.get("ReplicationTime", {}).get("Time"), place.get("Metrics", {}).get("EventThreshold")]
    if any(each is not None and each.get("Minutes") != 15 for each in minutes):
        raise AwsError("InvalidArgument", "Minutes must be 15")
    if "AccessControlTranslation" in place and "Account" not in place:
        raise _wrong("Account must be specified when AccessControlTranslation is")
    found = bucket_named(place["Bucket"])
    if found is None or not place["Bucket"].startswith("arn:"):
        raise _wrong("Destination bucket must exist.")
    if found is bucket:
        raise _wrong("Destination bucket cannot be the same as the source bucket.")
    if not found.is_versioned:
        raise _wrong("Destination bucket must have versioning enabled.")


def _check_schema(rule):
    filters = rule.get("Filter")
    if ("Filter" in rule) == ("Prefix" in rule) and "Filter" in rule:
        raise AwsError("MalformedXML", _MALFORMED)
    if filters is None:
        if "DeleteMarkerReplication" in rule or "Priority" in rule:
            raise _wrong("DeleteMarkerReplication and Priority cannot be used without Filter")
        return
    if len(filters) > 1 or ("And" in filters and _parts(filters["And"]) < 2):
        raise AwsError("MalformedXML", _MALFORMED)
    for member in ("Priority", "DeleteMarkerReplication"):
        if member not in rule:
            raise _wrong(f"{member} must be specified{_SECOND_SCHEMA}")
    tagged = "Tag" in filters or "Tags" in filters.get("And", {})
    if tagged and enabled(rule["DeleteMarkerReplication"]):
        raise _wrong("Delete marker replication is not supported if any Tag filter is specified.")


def _parts(both):
    return ("Prefix" in both) + len(both.get("Tags", []))


def _check_encryption(rule):
    selected = enabled((rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects"))
    key = (rule["Destination"].get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID")
    if selected and not key:
        raise _wrong("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.")
    if key and not selected:
        raise _wrong("SseKmsEncryptedObjects must be specified if EncryptionConfiguration tag is present.")


@operation("s3", "GetBucketReplication")
def get(call):
    kept = configuration(_bucket(call))
    if kept is None:
        raise AwsError("ReplicationConfigurationNotFoundError", "The replication configuration was not found")
    return {"ReplicationConfiguration": kept}


@operation("s3", "DeleteBucketReplication")
def delete(call):
    _bucket(call).slipway_replication = None


@operation("s3", "PutBucketVersioning")
def put_versioning(call):
    bucket, wanted = _bucket(call), call.params["VersioningConfiguration"].get("Status")
    if wanted != "Enabled" and configuration(bucket):
        text = "A replication configuration is present on this bucket, so you cannot change the versioning state."
        raise AwsError("InvalidBucketState", f"{text} To change the versioning state, first delete the replication configuration.")
    if wanted != "Enabled" and bucket.object_lock_enabled:
        text = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise AwsError("InvalidBucketState", text)
    return call.forward() or None
