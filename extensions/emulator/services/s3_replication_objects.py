# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What replication does: new versions, their tags and delete markers go to the destination buckets, some seconds later.

An object tells about it by ``x-amz-replication-status``: PENDING, then COMPLETED or FAILED; its copy says REPLICA.
"""

from __future__ import annotations

from moto.iam.models import iam_backends
from moto.s3.models import FakeDeleteMarker, FakeKey, S3Backend, s3_backends

from .. import policies
from ..clock import CLOCK
from ..registry import alive, on_reset
from .iam import decision
from .s3_replication import bucket_named, configuration, enabled

DELAY = 15  # account seconds
_WAITING = []  # when, the bucket, the version of an object or the delete marker


@on_reset
def forget():
    """Forget what has not been replicated yet."""
    _WAITING.clear()


def _await(bucket, thing):
    if configuration(bucket) and not getattr(thing, "slipway_replica", False):
        _WAITING.append((CLOCK.seconds() + DELAY, bucket, thing))


_put, _delete, _tag = S3Backend.put_object, S3Backend.delete_object, S3Backend.put_object_tagging
_shown = FakeKey.response_dict.fget


def _put_object(self, bucket_name, *given, **named):
    key = _put(self, bucket_name, *given, **named)
    _await(self.get_bucket(bucket_name), key)
    return key


def _delete_object(self, bucket_name, key_name, version_id=None, bypass=False):
    answer = _delete(self, bucket_name, key_name, version_id, bypass)
    bucket = self.get_bucket(bucket_name)
    last = (bucket.keys.getlist(key_name) or [None])[-1]
    if version_id is None and isinstance(last, FakeDeleteMarker):
        _await(bucket, last)
    return answer


def _put_object_tagging(self, key, tags):
    answer = _tag(self, key, tags)
    _await(self.get_bucket(key.bucket_name), key)
    return answer


def _response_dict(self):
    told = _shown(self)
    status = _status(self)
    return {**told, "x-amz-replication-status": status} if status else told


S3Backend.put_object, S3Backend.delete_object = _put_object, _delete_object
S3Backend.put_object_tagging = _put_object_tagging
FakeKey.response_dict = property(_response_dict)


def _status(key):
    if getattr(key, "slipway_replica", False):
        return "REPLICA"
    waits = next((bucket for _due, bucket, thing in _WAITING if thing is key), None)
    if waits is not None and _rules(waits, key):
        return "PENDING"
    return getattr(key, "slipway_status", None)


@alive
def replicate():
    """Replicate what is due."""
    due = [one for one in _WAITING if CLOCK.seconds() >= one[0]]
    _WAITING[:] = [one for one in _WAITING if one not in due]
    for _when, bucket, thing in due:
        outcomes = [_copy(bucket, thing, rule) for rule in _rules(bucket, thing)]
        if outcomes:
            thing.slipway_status = "COMPLETED" if all(outcomes) else "FAILED"


# Which rules


def _tags(bucket, key):
    return s3_backends[bucket.account_id]["aws"].tagger.get_tag_dict_for_resource(key.arn)


def _fits(bucket, thing, rule):
    filters = rule.get("Filter")
    filters = {"Prefix": rule.get("Prefix", "")} if filters is None else filters
    both = filters.get("And", filters)
    pairs = [*both.get("Tags", []), *([filters["Tag"]] if "Tag" in filters else [])]
    if not thing.name.startswith(both.get("Prefix", "")):
        return False
    if isinstance(thing, FakeDeleteMarker):
        return "Filter" not in rule or (enabled(rule.get("DeleteMarkerReplication")) and not pairs)
    have = _tags(bucket, thing)
    return all(have.get(pair["Key"]) == pair["Value"] for pair in pairs) and _selects(thing, rule)


def _selects(key, rule):
    """Tell whether an object is selected by its encryption: one with a key of KMS has to be selected expressly."""
    encrypted = (key.encryption or "").startswith("aws:kms")
    return not encrypted or enabled((rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects"))


def _rules(bucket, thing):
    """Return the rules by which something is replicated: for each destination that with the highest priority."""
    known = configuration(bucket) or {"Rules": []}
    chosen = {}
    for rule in sorted(known["Rules"], key=lambda rule: rule.get("Priority", 0)):
        if rule["Status"] == "Enabled" and _fits(bucket, thing, rule):
            chosen[rule["Destination"]["Bucket"]] = rule
    return list(chosen.values())


# The copy


def _may(bucket, action, resource):
    """Tell whether the role of the configuration, which S3 has to be able to assume, may do something."""
    arn = configuration(bucket)["Role"]
    role = next((one for one in iam_backends[bucket.account_id]["aws"].roles.values() if one.arn == arn), None)
    if role is None:
        return False
    trust = policies.decision(role.assume_role_policy_document, "sts:AssumeRole", "*", {"service": "s3.amazonaws.com"}, {})
    return policies.ALLOWED == trust == decision(bucket.account_id, role, action, resource, {})


def _copy(bucket, thing, rule):
    """Replicate one version or delete marker; tell whether it worked."""
    place = rule["Destination"]
    goal = bucket_named(place["Bucket"])
    if goal is None or not goal.is_versioned:
        return False
    there = f"arn:aws:s3:::{goal.name}/{thing.name}"
    if isinstance(thing, FakeDeleteMarker):
        return _may(bucket, "s3:ReplicateDelete", there) and _mark(goal, thing)
    source = f"arn:aws:s3:::{bucket.name}/{thing.name}"
    if not (_may(bucket, "s3:GetObjectVersionForReplication", source) and _may(bucket, "s3:ReplicateObject", there)):
        return False
    key = (
        place.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID") if (thing.encryption or "").startswith("aws:kms") else None
    )
    if key and not (_may(bucket, "kms:Decrypt", thing.kms_key_id or "*") and _may(bucket, "kms:Encrypt", key)):
        return False
    _write(bucket, goal, thing, place.get("StorageClass", thing.storage_class), key)
    return True


def _mark(goal, marker):
    """Put a delete marker over an object of the destination that is there."""
    if not goal.keys.getlist(marker.name, []):
        return True
    copy = FakeDeleteMarker(key=goal.keys[marker.name])
    copy._version_id, copy.slipway_replica = marker.version_id, True
    goal.keys[marker.name] = copy
    return True


def _write(bucket, goal, source, storage_class, key):
    backend = s3_backends[goal.account_id]["aws"]
    versions = goal.keys.getlist(source.name, [])
    copy = next((one for one in versions if one.version_id == source.version_id), None)
    if copy is None:
        encryption = {"encryption": "aws:kms", "kms_key_id": key} if key else {}
        copy = _put(backend, goal.name, source.name, source.value, storage=storage_class, etag=source.etag.strip('"'), **encryption)
        copy._version_id, copy.slipway_replica = source.version_id, True
        copy.set_metadata(source.metadata, replace=True)
    _tag(backend, copy, _tags(bucket, source))
