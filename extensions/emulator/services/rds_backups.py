# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Automated backups of instances: of those that live, of those that are gone, and their replication to other regions.

moto has none of the replication, and lists the backups of instances without backups.
"""

from __future__ import annotations

import copy
import secrets
import string
from datetime import timedelta

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of, taggable
from . import rds
from .rds_moto import backend_of, check_presigned, key_of, name_of, region_of

PENDING, STOPPING = 180, 60  # account seconds
_DAY = 86400

taggable("rds", "auto-backup", arn="arn", tags="tags")


def _replicated(call, region=None):
    """Return what is kept of the backups that come from other regions, by ARN."""
    return state_of(call, "auto-backup", region)


def _lives(call, row):
    source = backend_of(call, row["region"]).databases.get(row["source"].db_instance_identifier)
    return source is not None and source.dbi_resource_id == row["source"].dbi_resource_id


def _status(call, row):
    now = CLOCK.seconds()
    if (row["stopped"] is not None and now >= row["stopped"] + STOPPING) or not _lives(call, row):
        return "retained"
    return "replicating" if now >= row["since"] + PENDING else "pending"


def _expired(row):
    return row["stopped"] is not None and CLOCK.seconds() >= row["stopped"] + row["days"] * _DAY


def _facts(source, region, window):
    facts = {
        "DBInstanceArn": f"arn:aws:rds:{region}:{source.account_id}:db:{source.db_instance_identifier}",
        "DbiResourceId": source.dbi_resource_id,
        "Region": region,
        "DBInstanceIdentifier": source.db_instance_identifier,
        "RestoreWindow": dict(zip(("EarliestTime", "LatestTime"), window or (), strict=False)),
        "AllocatedStorage": source.allocated_storage,
        "Port": source.port,
        "MasterUsername": source.master_username,
        "Engine": source.engine,
        "EngineVersion": source.engine_version,
        "LicenseModel": source.license_model,
        "StorageType": source.storage_type,
        "Encrypted": source.storage_encrypted,
        "IAMDatabaseAuthenticationEnabled": source.enable_iam_database_authentication,
        "BackupRetentionPeriod": source.backup_retention_period,
    }
    return {**facts, "KmsKeyId": source.kms_key_id} if source.storage_encrypted else facts


def _row(call, row):
    """Return the description of a replicated backup."""
    shown = _facts(row["source"], row["region"], _window(call, row))
    shown.update(
        Status=_status(call, row),
        BackupRetentionPeriod=row["days"],
        DBInstanceAutomatedBackupsArn=row["arn"],
        TagList=row["tags"],
        Encrypted=bool(row["key"]),
    )
    shown.pop("KmsKeyId", None)
    return {**shown, "KmsKeyId": row["key"]} if row["key"] else shown


def _window(call, row):
    """Return from when to when a replicated backup can be restored, or None when nothing has arrived yet."""
    first = row["since"] + PENDING
    last = min(CLOCK.seconds() - rds.BEHIND, *([row["stopped"]] if row["stopped"] is not None else []), CLOCK.seconds())
    if CLOCK.seconds() < first:
        return None
    return [CLOCK.origin + timedelta(seconds=moment) for moment in (first, max(first, last))]


def _rows(call):
    """Yield the descriptions of all automated backups of the region: of living instances, of gone ones, from other regions."""
    for instance in backend_of(call).databases.values():
        if not instance.db_cluster_identifier and instance.backup_retention_period:
            window = rds.restorable(call, instance)
            kept = rds.notes_of(call, instance.db_instance_identifier)["kept"]
            there = {key: kept[key] for key in ("DBInstanceAutomatedBackupsReplications",) if key in kept}
            yield {**_facts(instance, call.region, window), "Status": "active" if window else "creating", **there}
    for row in state_of(call, "retained-backup").values():
        yield {**_facts(row["source"], call.region, row["window"]), "Status": "retained"}
    for row in list(_replicated(call).values()):
        if not _expired(row):
            yield _row(call, row)


_FILTERS = {
    "status": lambda row: [row["Status"]],
    "db-instance-id": lambda row: [row["DBInstanceIdentifier"], row["DBInstanceArn"]],
    "dbi-resource-id": lambda row: [row["DbiResourceId"]],
}


@operation("rds", "DescribeDBInstanceAutomatedBackups")
def describe(call):
    rows = list(_rows(call))
    call.params.take("MaxRecords", "Marker")  # an account's backups fit on one page
    for key in ("DBInstanceIdentifier", "DbiResourceId", "DBInstanceAutomatedBackupsArn"):
        if key in call.params:
            rows = [row for row in rows if str(row.get(key, "")).lower() == call.params[key].lower()]
            if not rows:
                raise AwsError("DBInstanceAutomatedBackupNotFound", f"Automated backup {call.params[key]} not found.")
    for each in call.params.get("Filters", []):
        if each["Name"] not in _FILTERS:
            raise AwsError("InvalidParameterValue", f"Unrecognized filter name: {each['Name']}")
        rows = [row for row in rows if set(_FILTERS[each["Name"]](row)) & set(each["Values"])]
    return {"DBInstanceAutomatedBackups": rows}


@operation("rds", "StartDBInstanceAutomatedBackupsReplication")
def start(call):
    arn, days = call.params["SourceDBInstanceArn"], call.params.get("BackupRetentionPeriod", 7)
    check_presigned(call, arn)
    key = _check_source(call, arn)
    if not 1 <= days <= 35:
        raise AwsError("InvalidParameterValue", "BackupRetentionPeriod must be from 1 to 35.")
    source = rds.instance_of(call, arn)
    mark = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _each in range(26))
    made = call.arn(f"auto-backup:ab-{mark}")
    _replicated(call)[made] = row = {
        "arn": made,
        "source": copy.copy(source),
        "region": source.region,
        "days": days,
        "key": key,
        "since": CLOCK.seconds(),
        "stopped": None,
        "tags": call.params.get("Tags", []),
    }
    kept = rds.notes_of(call, source.db_instance_identifier, source.region)["kept"]
    kept.setdefault("DBInstanceAutomatedBackupsReplications", []).append({"DBInstanceAutomatedBackupsArn": made})
    return {"DBInstanceAutomatedBackup": _row(call, row)}


def _check_source(call, arn):
    """Refuse a source whose backups cannot be replicated; return the ARN of the key of the replica, or None."""
    if region_of(arn) == call.region:
        raise AwsError("InvalidParameterValue", "Automated backups can be replicated to another region only.")
    source = rds.instance_of(call, arn)
    if rds.status_of(call, source.db_instance_identifier, source.region) in ("creating", "deleting"):
        raise AwsError("InvalidDBInstanceState", f"DB instance {arn} is not in the available state.")
    if not source.backup_retention_period:
        raise AwsError("InvalidDBInstanceState", f"Automated backups are not enabled for {arn}.")
    if any(_is_of(row, arn) and _status(call, row) != "retained" for row in _replicated(call).values()):
        text = f"Automated backups of {arn} are already replicated to this region."
        raise AwsError("InvalidDBInstanceAutomatedBackupState", text)
    key = call.params.get("KmsKeyId")
    if source.storage_encrypted and not key:
        text = "KmsKeyId must be specified to replicate the automated backups of an encrypted instance."
        raise AwsError("InvalidParameterCombination", text)
    return key_of(call, key) if key else None


def _is_of(row, arn):
    return row["region"] == region_of(arn) and row["source"].db_instance_identifier == name_of(arn)


@operation("rds", "StopDBInstanceAutomatedBackupsReplication")
def stop(call):
    arn = call.params["SourceDBInstanceArn"]
    rows = [row for row in _replicated(call).values() if _is_of(row, arn) and row["stopped"] is None and _lives(call, row)]
    if not rows:
        raise AwsError("DBInstanceNotFound", f"Automated backups of {arn} are not replicated to this region.")
    row = rows[0]
    row["stopped"] = CLOCK.seconds()
    kept = rds.notes_of(call, row["source"].db_instance_identifier, row["region"])["kept"]
    there = [each for each in kept["DBInstanceAutomatedBackupsReplications"] if each["DBInstanceAutomatedBackupsArn"] != row["arn"]]
    kept["DBInstanceAutomatedBackupsReplications"] = there
    return {"DBInstanceAutomatedBackup": _row(call, row)}


@operation("rds", "DeleteDBInstanceAutomatedBackup")
def delete(call):
    arn, resource = call.params.get("DBInstanceAutomatedBackupsArn"), call.params.get("DbiResourceId")
    kept = _replicated(call) if arn else state_of(call, "retained-backup")
    row = kept.get(arn or resource)
    if row is None:
        raise AwsError("DBInstanceAutomatedBackupNotFound", f"Automated backup {arn or resource} not found.")
    if arn and _status(call, row) != "retained":
        raise AwsError("InvalidDBInstanceAutomatedBackupState", f"Automated backup {arn} is not in the retained state.")
    del kept[arn or resource]
    last = _row(call, row) if arn else _facts(row["source"], call.region, row["window"])
    return {"DBInstanceAutomatedBackup": {**last, "Status": "deleting"}}


# For restores


def source_of(call, given):
    """Return the instance that a kept or replicated backup is of, and from when to when it can be restored."""
    arn, resource = given.get("SourceDBInstanceAutomatedBackupsArn"), given.get("SourceDbiResourceId")
    if arn:
        row = _replicated(call).get(arn)
        if row is None or _expired(row):
            raise AwsError("DBInstanceAutomatedBackupNotFound", f"Automated backup {arn} not found.")
        return row["source"], _window(call, row)
    kept = state_of(call, "retained-backup").get(resource)
    if kept:
        return kept["source"], kept["window"]
    for instance in backend_of(call).databases.values():
        if instance.dbi_resource_id == resource:
            return instance, rds.restorable(call, instance)
    raise AwsError("DBInstanceAutomatedBackupNotFound", f"Automated backup of {resource} not found.")


def key_of_replicated(call, arn):
    """Return how an instance that is restored from a replicated backup is encrypted, by moto's names."""
    key = _replicated(call)[arn]["key"]
    return {"storage_encrypted": bool(key), "kms_key_id": key}
