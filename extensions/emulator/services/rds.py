# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RDS instances: moto's, with statuses over time, deferred changes, deletion protection and what moto forgets."""

from __future__ import annotations

import secrets
import string
from datetime import timedelta

from moto.rds.models import DBInstance, rds_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import alive, operation, state_of, states
from . import rds_secrets, rds_versions
from .rds_engines import others, shared
from .rds_moto import ask, backend_of, check_presigned, default_key, described, key_of, moment, name_of, region_of, snaked

CREATION, CHANGE, DELETION = 240, 60, 120  # account seconds
BEHIND = 300  # by how many seconds the latest restorable time is behind

# What AWS defers to the maintenance window unless it shall be applied at once, and where moto keeps it.
_DEFERRED = {
    "AllocatedStorage": "allocated_storage",
    "CACertificateIdentifier": "ca_certificate_identifier",
    "DBInstanceClass": "db_instance_class",
    "EngineVersion": "engine_version",
    "Iops": "iops",
    "LicenseModel": "license_model",
    "MultiAZ": "multi_az",
    "StorageThroughput": "storage_throughput",
    "StorageType": "storage_type",
}
# What moto takes and does not give back: the name in a request, the name in the description.
_FORGOTTEN = {
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
    "MonitoringInterval": "MonitoringInterval",
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _backed_up(database):
    """Make the first automated snapshot, named by the account's time: moto names it by ours, where an hour passes in a minute."""
    name = database.db_instance_identifier
    database.backend.create_auto_snapshot(name, f"rds:{name}-{CLOCK.now():%Y-%m-%d-%H-%M}")


DBInstance.save_automated_backup = _backed_up


def notes_of(call, name, region=None):
    """Return what we know of an instance beside moto: when its status changes, what is deferred, what moto forgets."""
    fresh = {"busy": None, "until": 0, "pending": {}, "due": None, "kept": {}, "secret": None, "born": CLOCK.seconds()}
    return state_of(call, "instance", region).setdefault(name.lower(), fresh)


def be(call, name, status, seconds):
    """Give an instance a status for some seconds."""
    notes_of(call, name).update(busy=status, until=CLOCK.seconds() + seconds)


def status_of(call, name, region=None):
    """Return the status of an instance as AWS would show it now."""
    note = notes_of(call, name, region)
    kept = backend_of(call, region).databases[name].status
    return note["busy"] if note["busy"] and CLOCK.seconds() < note["until"] else kept


def instance_of(call, wanted, region=None):
    """Return moto's instance by name or ARN, or raise what AWS raises."""
    found = backend_of(call, region_of(wanted) if wanted.startswith("arn:") else region).databases.get(name_of(wanted))
    if found is None:
        raise AwsError("DBInstanceNotFound", f"DBInstance {name_of(wanted)} not found.")
    return found


def restorable(call, instance):
    """Return from when to when an instance can be restored, or None when it has no backups yet."""
    note = notes_of(call, instance.db_instance_identifier, instance.region)
    first, last = note["born"] + CREATION, CLOCK.seconds()
    if not instance.backup_retention_period or last < first:
        return None
    return [CLOCK.origin + timedelta(seconds=moment) for moment in (first, max(first, last - BEHIND))]


def shown(call, instance):
    """Return the description of an instance as AWS would give it now."""
    name = instance["DBInstanceIdentifier"]
    note, kept = notes_of(call, name), backend_of(call).databases.get(name)
    instance.update(note["kept"], PendingModifiedValues=dict(note["pending"]))
    for told in (instance, instance["PendingModifiedValues"]):
        if "EngineVersion" in told:
            told["EngineVersion"] = rds_versions.complete(instance["Engine"], told["EngineVersion"])
    instance.pop("LatestRestorableTime", None)
    if kept is not None:
        window = restorable(call, kept)
        instance.update({"LatestRestorableTime": window[1]} if window else {}, DbiResourceId=kept.dbi_resource_id)
    if instance.get("MasterUserSecret"):
        instance["MasterUserSecret"]["SecretStatus"] = rds_secrets.status(note, instance["MasterUserSecret"]["SecretArn"])
    if note["busy"] and CLOCK.seconds() < note["until"]:
        instance["DBInstanceStatus"] = note["busy"]
        if note["busy"] == "creating":
            instance.pop("Endpoint", None)  # there is no address before there is an instance
    return instance


def begun(call, name):
    """Return the description of an instance that has just been made."""
    instance = backend_of(call).databases[name]
    state_of(call, "instance").pop(name.lower(), None)
    # moto gives all instances one resource id
    instance.dbi_resource_id = "db-" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _each in range(26))
    instance.created = instance.instance_create_time = moment()
    if not instance.db_cluster_identifier and instance.storage_encrypted and "arn:" not in instance.kms_key_id:
        instance.kms_key_id = default_key(call)
    _keep(call, name)
    rds_secrets.begin(notes_of(call, name), instance)
    be(call, name, "creating", CREATION)
    return shown(call, described("CreateDBInstance", DBInstance=instance)["DBInstance"])


def _keep(call, name):
    kept = {shown_as: call.params[given] for given, shown_as in _FORGOTTEN.items() if given in call.params}
    notes_of(call, name)["kept"].update(kept)


@shared("CreateDBInstance")
def create(call):
    name = call.params["DBInstanceIdentifier"]
    managed = call.params.get("ManageMasterUserPassword")
    if not (managed or call.params.get("MasterUserPassword") or call.params.get("DBClusterIdentifier")):
        raise AwsError("InvalidParameterValue", "The parameter MasterUserPassword must be provided and must not be blank.")
    if managed and call.params.get("MasterUserPassword"):
        text = "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled."
        raise AwsError("InvalidParameterCombination", text)
    if call.params.get("MasterUserSecretKmsKeyId"):
        key_of(call, call.params["MasterUserSecretKmsKeyId"])
    call.forward()
    return {"DBInstance": begun(call, name)}


@operation("rds", "CreateDBInstanceReadReplica")
def create_replica(call):
    """Make a replica of an instance of any region; moto's shares tags, secret and parameter group with its source."""
    name, wanted = call.params["DBInstanceIdentifier"], call.params["SourceDBInstanceIdentifier"]
    if name in backend_of(call).databases:
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
    source = instance_of(call, wanted)
    elsewhere = source.region != call.region
    check_presigned(call, source.arn)
    if not source.backup_retention_period:
        text = f"Automated backups are not enabled for the source {source.db_instance_identifier}."
        raise AwsError("InvalidDBInstanceState", text)
    if elsewhere and source.storage_encrypted:
        if not call.params.get("KmsKeyId"):
            raise AwsError("InvalidParameterCombination", "A KMS key of this region is needed to replicate an encrypted instance.")
        key_of(call, call.params["KmsKeyId"])
    params = {key: value for key, value in call.params.everything().items() if key not in ("PreSignedUrl", "Tags")}
    replica = ask(backend_of(call).create_db_instance_read_replica, snaked(params))
    replica.tags, replica.backend = call.params.get("Tags", []), backend_of(call)
    replica.deletion_protection = call.params.get("DeletionProtection", False)
    replica.manage_master_user_password = False
    replica.__dict__.pop("master_user_secret", None)
    if elsewhere:
        replica.db_parameter_group_name = call.params.get("DBParameterGroupName")
    return {"DBInstance": begun(call, name)}


@operation("rds", "PromoteReadReplica")
def promote(call):
    """Make a replica an instance of its own; moto's stays a replica."""
    replica = instance_of(call, call.params["DBInstanceIdentifier"])
    name = replica.db_instance_identifier
    if not replica.source_db_instance_identifier:
        raise AwsError("InvalidDBInstanceState", "DB Instance is not a read replica.")
    _insist_on_available(call, name)
    _detach(call, replica)
    replica.backup_retention_period = call.params.get("BackupRetentionPeriod", 1)
    if "PreferredBackupWindow" in call.params:
        replica.preferred_backup_window = call.params["PreferredBackupWindow"]
    be(call, name, "modifying", CHANGE)
    return {"DBInstance": shown(call, described("PromoteReadReplica", DBInstance=replica)["DBInstance"])}


def _detach(call, replica):
    wanted = replica.source_db_instance_identifier
    source = backend_of(call, region_of(wanted) if wanted.startswith("arn:") else None).databases.get(name_of(wanted))
    if source is not None:
        mine = (replica.db_instance_identifier, replica.arn)
        source.replicas = [each for each in source.replicas if each not in mine]
    replica.source_db_instance_identifier, replica.is_replica = None, False


@shared("DescribeDBInstances")
def describe(call):
    answer = call.forward()
    found = [shown(call, instance) for instance in answer["DBInstances"]]
    named = call.params.get("DBInstanceIdentifier")
    return {**answer, "DBInstances": found if named else found + others(call)}


def _insist_on_available(call, name):
    status = status_of(call, name)
    if status in ("creating", "deleting"):
        raise AwsError("InvalidDBInstanceState", f"Database instance is not in available state: {status}")


@shared("ModifyDBInstance")
def modify(call):
    instance = instance_of(call, call.params["DBInstanceIdentifier"])
    name, params = instance.db_instance_identifier, call.params.everything()
    _insist_on_available(call, name)
    note, at_once = notes_of(call, name), call.params.get("ApplyImmediately", False)
    _check_change(call, instance, at_once)
    rds_secrets.check(call, instance)
    _keep(call, name)
    deferred = {} if at_once else _deferred(instance, params)
    left = {key: value for key, value in params.items() if key not in deferred and key not in rds_secrets.PARAMETERS}
    ask(backend_of(call).modify_db_instance, name, snaked(left))
    if "DBPortNumber" in params:
        instance.port = params["DBPortNumber"]  # moto knows no change of the port
    changed = rds_secrets.change(call, instance, note)
    if at_once:
        _apply(instance, {key: value for key, value in note["pending"].items() if key not in params})
        note.update(pending={}, due=None)  # AWS takes this occasion for what was waiting
        be(call, name, "resetting-master-credentials" if changed else "modifying", CHANGE)
    else:
        note["pending"].update(deferred)
        note["due"] = _next_window(instance.preferred_maintenance_window) if note["pending"] else None
    if params.get("NewDBInstanceIdentifier"):
        state_of(call, "instance")[params["NewDBInstanceIdentifier"].lower()] = state_of(call, "instance").pop(name.lower())
    return {"DBInstance": shown(call, described("ModifyDBInstance", DBInstance=instance)["DBInstance"])}


def _check_change(call, instance, at_once):
    size = call.params.get("AllocatedStorage")
    if size is not None and size < instance.allocated_storage:
        raise AwsError("InvalidParameterCombination", "Invalid storage size for engine: storage cannot be decreased.")
    if call.params.get("BackupRetentionPeriod", 1) == 0 and instance.replicas:
        raise AwsError("InvalidParameterCombination", "Backups cannot be disabled for an instance that has read replicas.")
    if call.params.get("NewDBInstanceIdentifier") and not at_once:
        raise AwsError("NotImplemented", "The emulated ModifyDBInstance renames at once only: use ApplyImmediately.")


def _deferred(instance, params):
    """Return those of the changes that wait for the maintenance window."""
    waiting = {
        key: params[key] for key, attribute in _DEFERRED.items() if key in params and _differs(instance, attribute, params[key])
    }
    days = params.get("BackupRetentionPeriod")
    if days is not None and bool(days) != bool(instance.backup_retention_period):
        waiting["BackupRetentionPeriod"] = days  # only switching backups on and off waits
    return waiting


def _differs(instance, attribute, value):
    return getattr(instance, attribute, None) != value


def _apply(instance, changes):
    for key, value in changes.items():
        setattr(instance, _DEFERRED.get(key, "backup_retention_period"), value)


def _next_window(window):
    """Return the account second in which a maintenance window such as sun:05:00-sun:06:00 opens next."""
    day, hour, minute = window.lower().split("-")[0].split(":")
    now = CLOCK.now()
    opening = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    opening += timedelta(days=(_DAYS.index(day) - now.weekday()) % 7)
    if opening <= now:
        opening += timedelta(days=7)
    return (opening - CLOCK.origin).total_seconds()


@alive
def pass_time():
    """Let maintenance windows open and deletions end."""
    for account, region, notes in states("rds", "instance"):
        databases = rds_backends[account][region].databases
        for name, note in list(notes.items()):
            _pass_time(databases, notes, name, note)


def _pass_time(databases, notes, name, note):
    now = CLOCK.seconds()
    if note["busy"] == "deleting" and now >= note["until"]:
        del notes[name]
        databases.pop(name, None)
    elif note["due"] is not None and now >= note["due"] and name in databases:
        _apply(databases[name], note["pending"])
        note.update(pending={}, busy="modifying", until=note["due"] + CHANGE, due=None)


@operation("rds", "StopDBInstance", "StartDBInstance")
def stop_or_start(call):
    name = instance_of(call, call.params["DBInstanceIdentifier"]).db_instance_identifier
    _insist_on_available(call, name)
    answer = call.forward()
    be(call, name, "stopping" if call.operation == "StopDBInstance" else "starting", CHANGE)
    return {"DBInstance": shown(call, answer["DBInstance"])}


@shared("DeleteDBInstance")
def delete(call):
    instance = instance_of(call, call.params["DBInstanceIdentifier"])
    name, backend = instance.db_instance_identifier, backend_of(call)
    if status_of(call, name) in ("creating", "deleting"):
        raise AwsError("InvalidDBInstanceState", f"Instance {name} is already being {status_of(call, name).replace('ing', 'ed')}.")
    if instance.deletion_protection:
        text = "Cannot delete protected DB Instance, please disable deletion protection and try again."
        raise AwsError("InvalidParameterCombination", text)
    final, skipped = call.params.get("FinalDBSnapshotIdentifier"), call.params.get("SkipFinalSnapshot")
    if not skipped and not final and not instance.db_cluster_identifier:
        text = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        raise AwsError("InvalidParameterCombination", text)
    if skipped and final:
        text = "FinalDBSnapshotIdentifier cannot be specified when deleting an instance with SkipFinalSnapshot enabled."
        raise AwsError("InvalidParameterCombination", text)
    last = described("DeleteDBInstance", DBInstance=instance)["DBInstance"]
    if not call.params.get("DeleteAutomatedBackups", True) and restorable(call, instance):
        state_of(call, "retained-backup")[instance.dbi_resource_id] = {"source": instance, "window": restorable(call, instance)}
    if instance.source_db_instance_identifier:
        _detach(call, instance)
    call.forward()
    backend.databases[name] = instance  # until it is really gone
    instance.__dict__.pop("master_user_secret", None)
    be(call, name, "deleting", DELETION)
    return {"DBInstance": shown(call, last)}


@operation("rds", "DescribeDBParameterGroups")
def describe_parameter_groups(call):
    """Answer like AWS for a name that does not exist; moto answers an empty list, on which amazon.aws stumbles."""
    name = call.params.get("DBParameterGroupName")
    answer = call.forward()
    if name and not answer["DBParameterGroups"]:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
    return answer


@operation("rds", "DeleteDBSubnetGroup")
def delete_subnet_group(call):
    name = call.params["DBSubnetGroupName"]
    users = [d for d in backend_of(call).databases.values() if getattr(getattr(d, "db_subnet_group", None), "name", None) == name]
    if users:
        text = f"Cannot delete the subnet group '{name}' because at least one database instance is still using it."
        raise AwsError("InvalidDBSubnetGroupStateFault", text)
    return call.forward()
