# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""New instances and clusters from snapshots and from automated backups.

moto carries everything over from the source. RDS carries over what is in the data and what runs it, but neither the network nor
parameter groups, protection or who keeps the password.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timezone

from moto.rds.models import DBInstanceClustered

from ..calls import AwsError
from ..registry import operation
from . import rds, rds_backups, rds_clusters
from .rds_engines import shared
from .rds_moto import ask, backend_of, key_of, snaked
from .rds_snapshots import CLUSTER, INSTANCE, snapshot_of

# What a restored database has of its source, by moto's names, unless the request says otherwise.
_OF_INSTANCE = (
    "allocated_storage",
    "auto_minor_version_upgrade",
    "backup_retention_period",
    "character_set_name",
    "db_instance_class",
    "db_name",
    "engine",
    "engine_version",
    "iops",
    "license_model",
    "master_username",
    "port",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "storage_type",
)
_OF_CLUSTER = (
    "allocated_storage",
    "backup_retention_period",
    "character_set_name",
    "database_name",
    "engine",
    "engine_mode",
    "engine_version",
    "iops",
    "license_model",
    "master_username",
    "port",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "storage_type",
)
_SETTINGS = (
    "AllocatedStorage",
    "AutoMinorVersionUpgrade",
    "AvailabilityZone",
    "BackupRetentionPeriod",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DBName",
    "DBParameterGroupName",
    "DBSubnetGroupName",
    "DeletionProtection",
    "EnableCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication",
    "Engine",
    "Iops",
    "LicenseModel",
    "MaxAllocatedStorage",
    "MultiAZ",
    "Port",
    "PreferredBackupWindow",
    "PubliclyAccessible",
    "StorageThroughput",
    "StorageType",
    "VpcSecurityGroupIds",
)
_CLUSTER_SETTINGS = (
    "BackupRetentionPeriod",
    "CopyTagsToSnapshot",
    "DBClusterInstanceClass",
    "DBClusterParameterGroupName",
    "DBSubnetGroupName",
    "DatabaseName",
    "DeletionProtection",
    "EnableCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication",
    "EngineMode",
    "EngineVersion",
    "Iops",
    "Port",
    "PreferredBackupWindow",
    "PubliclyAccessible",
    "ScalingConfiguration",
    "ServerlessV2ScalingConfiguration",
    "StorageType",
    "VpcSecurityGroupIds",
)


def _taken(source, names):
    return {name: getattr(source, name) for name in names if getattr(source, name, None) is not None}


# Instances


@operation("rds", "RestoreDBInstanceFromDBSnapshot")
def instance_from_snapshot(call):
    if "DBClusterSnapshotIdentifier" in call.params:
        raise AwsError("NotImplemented", "The emulated RestoreDBInstanceFromDBSnapshot needs DBSnapshotIdentifier.")
    snapshot = snapshot_of(call, INSTANCE, call.params["DBSnapshotIdentifier"])
    key = {"storage_encrypted": snapshot.encrypted, "kms_key_id": snapshot.kms_key_id}
    tags = call.params.get("Tags") or snapshot.database.tags  # without new tags RDS gives those that the source had then
    return _instance(call, call.params["DBInstanceIdentifier"], snapshot.database, snapshot.allocated_storage, tags, key)


@operation("rds", "RestoreDBInstanceToPointInTime")
def instance_to_point_in_time(call):
    source, window = _source_instance(call)
    _check_moment(call, window, "RestoreTime")
    key = {"storage_encrypted": source.storage_encrypted, "kms_key_id": source.kms_key_id}
    replicated = call.params.get("SourceDBInstanceAutomatedBackupsArn")
    if replicated:
        key = rds_backups.key_of_replicated(call, replicated)
    return _instance(
        call, call.params["TargetDBInstanceIdentifier"], source, source.allocated_storage, call.params.get("Tags", []), key
    )


def _source_instance(call):
    """Return the instance to restore as moto keeps it, and from when to when it can be restored."""
    given = call.params.take("SourceDBInstanceIdentifier", "SourceDbiResourceId", "SourceDBInstanceAutomatedBackupsArn")
    if len(given) != 1:
        raise AwsError("InvalidParameterCombination", "Exactly one source must be specified for a restore to a point in time.")
    if "SourceDBInstanceIdentifier" in given:
        source = rds.instance_of(call, given["SourceDBInstanceIdentifier"])
        if isinstance(source, DBInstanceClustered):
            text = "This operation does not apply to instances of a cluster: use RestoreDBClusterToPointInTime."
            raise AwsError("InvalidParameterValue", text)
        if not source.backup_retention_period:
            text = f"Point in time restore is not enabled for {source.db_instance_identifier}."
            raise AwsError("PointInTimeRestoreNotEnabled", text)
        return source, rds.restorable(call, source)
    return rds_backups.source_of(call, given)


def _check_moment(call, window, parameter):
    moment, latest = call.params.get(parameter), call.params.get("UseLatestRestorableTime", False)
    if bool(moment) == bool(latest):
        text = f"Either {parameter} or UseLatestRestorableTime must be specified, and not both."
        raise AwsError("InvalidParameterCombination", text)
    if window is None:
        raise AwsError("InvalidParameterValue", "There is no backup to restore from yet.")
    if moment:
        wanted = _as_time(moment)
        if not window[0] <= wanted <= window[1]:
            text = f"The specified time is not between {window[0]:%Y-%m-%dT%H:%M:%SZ} and {window[1]:%Y-%m-%dT%H:%M:%SZ}."
            raise AwsError("InvalidParameterValue", text)


def _as_time(moment):
    wanted = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment).replace("Z", "+00:00"))
    return wanted if wanted.tzinfo else wanted.replace(tzinfo=timezone.utc)


def _instance(call, name, source, least, tags, key):
    params = call.params.take(*_SETTINGS)
    if params.get("AllocatedStorage", least) < least:
        text = "The allocated storage size can't be less than the source snapshot or backup size."
        raise AwsError("InvalidParameterValue", text)
    settings = {**_taken(source, _OF_INSTANCE), **snaked(params), **key, "tags": tags, "db_instance_identifier": name}
    settings["master_user_password"] = getattr(source, "_master_user_password", None) or secrets.token_urlsafe(12)
    made = ask(backend_of(call).create_db_instance, settings)
    made.enable_iam_database_authentication = params.get("EnableIAMDatabaseAuthentication", False)
    return {"DBInstance": rds.begun(call, name)}


# Clusters


@shared("RestoreDBClusterFromSnapshot")
def cluster_from_snapshot(call):
    snapshot = snapshot_of(call, CLUSTER, call.params["SnapshotIdentifier"])
    if call.params["Engine"] != snapshot.engine:
        text = f"The engine {call.params['Engine']} is not compatible with the engine of the snapshot, {snapshot.engine}."
        raise AwsError("InvalidParameterValue", text)
    call.params.get("AvailabilityZones")
    tags = call.params.get("Tags") or snapshot.cluster.tags
    return _cluster(call, snapshot.cluster, tags, snapshot.encrypted, snapshot.kms_key_id)


@shared("RestoreDBClusterToPointInTime")
def cluster_to_point_in_time(call):
    if not call.params.get("SourceDBClusterIdentifier"):
        raise AwsError("NotImplemented", "The emulated RestoreDBClusterToPointInTime needs SourceDBClusterIdentifier.")
    source = rds_clusters.cluster_of(call, call.params["SourceDBClusterIdentifier"])
    note = rds_clusters.notes_of(call, source.db_cluster_identifier)
    if call.params.get("RestoreType", "full-copy") == "copy-on-write" and call.params.get("RestoreToTime"):
        text = "RestoreToTime cannot be specified when RestoreType is copy-on-write"
        raise AwsError("InvalidParameterCombination", text)
    _check_moment(call, rds_clusters.restorable(note), "RestoreToTime")
    if call.params.get("KmsKeyId") and not source.storage_encrypted:
        text = "KmsKeyId cannot be specified to restore a cluster that is not encrypted to a point in time."
        raise AwsError("InvalidParameterCombination", text)
    return _cluster(call, source, call.params.get("Tags", []), source.storage_encrypted, source.kms_key_id)


def _cluster(call, source, tags, encrypted, key):
    name, params = call.params["DBClusterIdentifier"], call.params.take(*_CLUSTER_SETTINGS)
    rds_clusters.check_new(call, name)
    call.params.take(*rds_clusters.FORGOTTEN)
    if call.params.get("KmsKeyId"):
        encrypted, key = True, key_of(call, call.params["KmsKeyId"])
    settings = {**_taken(source, _OF_CLUSTER), **snaked(params), "tags": tags, "db_cluster_identifier": name}
    settings.update(storage_encrypted=encrypted, kms_key_id=key)
    settings["master_user_password"] = getattr(source, "_master_user_password", None) or secrets.token_urlsafe(12)
    ask(backend_of(call).create_db_cluster, settings)
    return {"DBCluster": rds_clusters.begun(call, name)}
