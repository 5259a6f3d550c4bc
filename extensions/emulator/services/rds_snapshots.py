# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Snapshots of instances and clusters: they take time, and copies between regions need a key of the region they go to."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of
from . import rds, rds_clusters
from .rds_engines import others, shared
from .rds_moto import ask, backend_of, check_presigned, described, key_of, moment, name_of, region_of

CREATION, COPY, FAR_COPY = 90, 120, 300  # account seconds


class Kind(NamedTuple):
    """What is different about snapshots of instances and of clusters."""

    label: str  # as it stands in the names of operations and parameters
    kept: str  # where moto keeps them
    copy: str  # moto's method
    missing: str
    taken: str
    state: str
    source: str  # where a copy says what it is a copy of


INSTANCE = Kind(
    "DBSnapshot",
    "database_snapshots",
    "copy_db_snapshot",
    "DBSnapshotNotFound",
    "DBSnapshotAlreadyExists",
    "InvalidDBSnapshotState",
    "SourceDBSnapshotIdentifier",
)
CLUSTER = Kind(
    "DBClusterSnapshot",
    "cluster_snapshots",
    "copy_db_cluster_snapshot",
    "DBClusterSnapshotNotFoundFault",
    "DBClusterSnapshotAlreadyExistsFault",
    "InvalidDBClusterSnapshotStateFault",
    "SourceDBClusterSnapshotArn",
)


def _notes(call, kind, region=None):
    return state_of(call, kind.label, region)


def snapshot_of(call, kind, wanted):
    """Return moto's snapshot by name or ARN, from whichever region the ARN names, or raise what AWS raises."""
    region = region_of(wanted) if wanted.startswith("arn:") else call.region
    found = getattr(backend_of(call, region), kind.kept).get(name_of(wanted))
    if found is None:
        raise AwsError(kind.missing, f"{kind.label} {wanted} not found.")
    note = _notes(call, kind, region).get(name_of(wanted))
    if note and CLOCK.seconds() < note["until"]:
        raise AwsError(kind.state, f"Snapshot {wanted} is not in the available state.")
    return found


def _shown(call, kind, snapshot):
    note = _notes(call, kind).get(snapshot[f"{kind.label}Identifier"])
    encrypted = snapshot.get("Encrypted", snapshot.get("StorageEncrypted"))
    if not encrypted:
        snapshot.pop("KmsKeyId", None)
    snapshot.update(Status="available", PercentProgress=100, **(note["kept"] if note else {}))
    if note and CLOCK.seconds() < note["until"]:
        share = 1 - (note["until"] - CLOCK.seconds()) / note["takes"]
        snapshot.update(Status=note["busy"], PercentProgress=max(0, int(100 * share)))
    return snapshot


def _begun(call, kind, snapshot, takes, busy="creating", **kept):
    snapshot.created = moment()
    if kind is INSTANCE and call.operation == "CreateDBSnapshot":
        snapshot.original_snapshot_create_time = snapshot.created
    name = name_of(snapshot.arn)
    _notes(call, kind)[name] = {"busy": busy, "takes": takes, "until": CLOCK.seconds() + takes, "kept": kept}
    return {kind.label: _shown(call, kind, described(call.operation, **{kind.label: snapshot})[kind.label])}


def _check_name(call, kind, parameter):
    name = call.params[parameter]
    if not re.fullmatch(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{0,254}(?<!-)", name):
        text = (
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII"
            " letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
        )
        raise AwsError("InvalidParameterValue", text)
    if name in getattr(backend_of(call), kind.kept):
        raise AwsError(kind.taken, f"Cannot create the snapshot because a snapshot with the identifier {name} already exists.")
    return name


@operation("rds", "CreateDBSnapshot")
def create(call):
    name = _check_name(call, INSTANCE, "DBSnapshotIdentifier")
    instance = rds.instance_of(call, call.params["DBInstanceIdentifier"])
    status = rds.status_of(call, instance.db_instance_identifier)
    if status in ("creating", "deleting"):
        raise AwsError("InvalidDBInstanceState", f"Cannot create a snapshot because the database instance is {status}.")
    backend = backend_of(call)
    made = ask(backend.create_db_snapshot, instance.db_instance_identifier, name, tags=call.params.get("Tags"))
    return _begun(call, INSTANCE, made, CREATION)


@shared("CreateDBClusterSnapshot")
def create_of_cluster(call):
    name = _check_name(call, CLUSTER, "DBClusterSnapshotIdentifier")
    cluster = rds_clusters.cluster_of(call, call.params["DBClusterIdentifier"])
    status = rds_clusters.status_of(call, cluster)
    if status in ("creating", "deleting"):
        raise AwsError("InvalidDBClusterStateFault", f"Cannot create a snapshot because the cluster is {status}.")
    backend = backend_of(call)
    made = ask(backend.create_db_cluster_snapshot, cluster.db_cluster_identifier, name, tags=call.params.get("Tags"))
    return _begun(call, CLUSTER, made, CREATION)


@operation("rds", "DescribeDBSnapshots")
def describe(call):
    return _listed(call, INSTANCE, call.forward())


@shared("DescribeDBClusterSnapshots")
def describe_of_clusters(call):
    return _listed(call, CLUSTER, call.forward())


def _listed(call, kind, answer):
    key, named = f"{kind.label}s", call.params.get(f"{kind.label}Identifier")
    found = [_shown(call, kind, snapshot) for snapshot in answer[key]]
    return {**answer, key: found if named else found + others(call)}


@operation("rds", "CopyDBSnapshot")
def copy(call):
    call.params.get("OptionGroupName")  # moto keeps the option group with the instance
    return _copied(call, INSTANCE)


@shared("CopyDBClusterSnapshot")
def copy_of_cluster(call):
    return _copied(call, CLUSTER)


def _copied(call, kind):
    name, wanted = _check_name(call, kind, f"Target{kind.label}Identifier"), call.params[f"Source{kind.label}Identifier"]
    source = snapshot_of(call, kind, wanted)
    far = source.region != call.region
    check_presigned(call, source.arn)
    key, tags = _key(call, kind, source, far), call.params.get("Tags")
    method = getattr(backend_of(call), kind.copy)
    named = {f"source_{method.__name__[5:]}_identifier": source.arn, f"target_{method.__name__[5:]}_identifier": name}
    made = ask(method, **named, kms_key_id=key, tags=tags, copy_tags=call.params.get("CopyTags", False))
    if not key:
        made.encrypted, made.kms_key_id = source.encrypted, source.kms_key_id  # moto takes those of the database
    if not tags and not call.params.get("CopyTags"):
        made.tags = []  # moto takes the tags of the database when that has CopyTagsToSnapshot
    origin = {kind.source: source.arn} if far or kind is CLUSTER else {}
    region = {"SourceRegion": source.region} if far and kind is INSTANCE else {}
    return _begun(call, kind, made, FAR_COPY if far else COPY, "copying" if kind is CLUSTER else "creating", **origin, **region)


def _key(call, kind, source, far):
    """Return the ARN of the key of a copy, or None for a copy that is not encrypted."""
    wanted, encrypted = call.params.get("KmsKeyId"), source.encrypted
    if far and encrypted and not wanted:
        text = "A KMS key of this region must be specified to copy an encrypted snapshot from another region."
        raise AwsError("InvalidParameterCombination", text)
    if wanted and not encrypted and kind is CLUSTER:
        text = "KmsKeyId cannot be specified for the copy of a cluster snapshot that is not encrypted."
        raise AwsError("InvalidParameterCombination", text)
    if wanted:
        return key_of(call, wanted)
    return None


@operation("rds", "DeleteDBSnapshot")
def delete(call):
    return _deleted(call, INSTANCE)


@shared("DeleteDBClusterSnapshot")
def delete_of_cluster(call):
    return _deleted(call, CLUSTER)


def _deleted(call, kind):
    name = name_of(call.params[f"{kind.label}Identifier"])
    found = snapshot_of(call, kind, name)
    if found.snapshot_type == "automated":
        raise AwsError(kind.state, "Automated snapshots are deleted with their retention period, not by hand.")
    del getattr(backend_of(call), kind.kept)[name]
    _notes(call, kind).pop(name, None)
    return {kind.label: {**_shown(call, kind, described(call.operation, **{kind.label: found})[kind.label]), "Status": "deleted"}}
