# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RDS: moto's instances, with statuses over time, deferred changes, deletion protection and what moto forgets."""

from __future__ import annotations

import json
import secrets

from moto.rds.models import MasterUserSecret, rds_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of

CREATION, CHANGE, DELETION = 240, 60, 120  # account seconds

# What AWS defers to the maintenance window unless it shall be applied at once, and where moto keeps it.
_DEFERRED = {
    "AllocatedStorage": "allocated_storage",
    "DBInstanceClass": "db_instance_class",
    "EngineVersion": "engine_version",
    "Iops": "iops",
    "MultiAZ": "multi_az",
    "StorageType": "storage_type",
}
# What moto takes and does not give back: the name in a request, the name in the description.
_FORGOTTEN = {
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
    "StorageThroughput": "StorageThroughput",
    "MonitoringInterval": "MonitoringInterval",
}

# moto gives every managed password the same value; a test that looks for leaks needs one that appears nowhere else.
MasterUserSecret._generate_secret_string = lambda self: json.dumps({"username": "admin", "password": secrets.token_urlsafe(24)})


def _backend(call):
    return rds_backends[call.account][call.region]


def _notes(call, name):
    """Return what we know of an instance beside moto: when its status changes, what is deferred, what moto forgets."""
    return state_of(call, "instance").setdefault(name, {"busy": None, "until": 0, "pending": {}, "kept": {}})


def _be(call, name, status, seconds):
    _notes(call, name).update(busy=status, until=CLOCK.seconds() + seconds)


def _shown(call, instance):
    """Return moto's description of an instance as AWS would show it now."""
    note = _notes(call, instance["DBInstanceIdentifier"])
    instance.update(note["kept"], PendingModifiedValues=note["pending"])
    if note["busy"] and CLOCK.seconds() < note["until"]:
        instance["DBInstanceStatus"] = note["busy"]
        if note["busy"] == "creating":
            instance.pop("Endpoint", None)  # there is no address before there is an instance
    return instance


def _keep(call, name):
    kept = {shown: call.params[given] for given, shown in _FORGOTTEN.items() if given in call.params}
    _notes(call, name)["kept"].update(kept)


@operation("rds", "CreateDBInstance", "CreateDBInstanceReadReplica")
def create(call):
    name = call.params["DBInstanceIdentifier"]
    managed = call.params.get("ManageMasterUserPassword")
    replica = call.params.get("SourceDBInstanceIdentifier")
    if not (replica or managed or call.params.get("MasterUserPassword") or call.params.get("DBClusterIdentifier")):
        raise AwsError("InvalidParameterValue", "The parameter MasterUserPassword must be provided and must not be blank.")
    if managed and call.params.get("MasterUserPassword"):
        text = "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled."
        raise AwsError("InvalidParameterCombination", text)
    answer = call.forward()
    _keep(call, name)
    _be(call, name, "creating", CREATION)
    return {"DBInstance": _shown(call, answer["DBInstance"])}


@operation("rds", "DescribeDBInstances")
def describe(call):
    for name, note in list(state_of(call, "instance").items()):
        if note["busy"] == "deleting" and CLOCK.seconds() >= note["until"]:
            del state_of(call, "instance")[name]
            _backend(call).databases.pop(name, None)
    answer = call.forward()
    return {**answer, "DBInstances": [_shown(call, instance) for instance in answer["DBInstances"]]}


@operation("rds", "ModifyDBInstance")
def modify(call):
    name = call.params["DBInstanceIdentifier"]
    note = _notes(call, name)
    if note["busy"] in ("creating", "deleting") and CLOCK.seconds() < note["until"]:
        raise AwsError("InvalidDBInstanceState", f"Database instance is not in available state: {note['busy']}")
    now = _backend(call).databases.get(name)
    size = call.params.get("AllocatedStorage")
    if now is not None and size is not None and size < now.allocated_storage:
        raise AwsError("InvalidParameterCombination", "Invalid storage size for engine: storage cannot be decreased.")
    _keep(call, name)
    before = {key: getattr(now, attribute, None) for key, attribute in _DEFERRED.items()}
    answer = call.forward()  # moto applies everything at once, and knows no change of the port
    if "DBPortNumber" in call.params:
        now.port = call.params["DBPortNumber"]
    if call.params.get("ApplyImmediately"):
        for key, value in note["pending"].items():
            setattr(now, _DEFERRED[key], value)  # AWS takes this occasion for what was waiting
        note["pending"] = {}
        _be(call, name, "modifying", CHANGE)
    else:
        deferred = {key: value for key, value in call.params.take(*_DEFERRED).items() if value != before[key]}
        for key in deferred:
            setattr(now, _DEFERRED[key], before[key])
        note["pending"].update(deferred)
        answer["DBInstance"].update({key: before[key] for key in deferred})
    return {"DBInstance": _shown(call, answer["DBInstance"])}


@operation("rds", "DeleteDBInstance")
def delete(call):
    name = call.params["DBInstanceIdentifier"]
    backend = _backend(call)
    instance = backend.databases.get(name)
    if instance is None:
        return call.forward()  # moto says what AWS says
    if instance.deletion_protection:
        text = "Cannot delete protected DB Instance, please disable deletion protection and try again."
        raise AwsError("InvalidParameterCombination", text)
    if not call.params.get("SkipFinalSnapshot") and not call.params.get("FinalDBSnapshotIdentifier"):
        text = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        raise AwsError("InvalidParameterCombination", text)
    answer = call.forward()
    backend.databases[name] = instance  # until it is really gone
    _be(call, name, "deleting", DELETION)
    return {"DBInstance": _shown(call, answer["DBInstance"])}


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
    users = [d for d in _backend(call).databases.values() if getattr(d.db_subnet_group, "name", None) == name]
    if users:
        text = f"Cannot delete the subnet group '{name}' because at least one database instance is still using it."
        raise AwsError("InvalidDBSubnetGroupStateFault", text)
    return call.forward()
