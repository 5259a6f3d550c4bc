# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DocumentDB clusters. They are asked for as RDS is (see rds_engines.py) and are ours: moto knows no such engine.

Instances are in docdb_instances.py. Subnet groups, parameter groups and keys are those that moto keeps for RDS.
"""

from __future__ import annotations

import re
import secrets

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import state_of, taggable
from . import docdb_secrets
from .rds_engines import NOT_MINE, besides, instead
from .rds_moto import backend_of, default_key, key_of, name_of

CREATION, CHANGE, DELETION, SNAPSHOT = 120, 30, 60, 60  # account seconds
_VERSIONS = ("3.6.0", "4.0.0", "5.0.0", "8.0.0")
_LOGS = ("audit", "profiler")
# What a request says, and where the description has it.
_TOLD = {
    "BackupRetentionPeriod": "BackupRetentionPeriod",
    "CopyTagsToSnapshot": "CopyTagsToSnapshot",
    "DBClusterParameterGroupName": "DBClusterParameterGroup",
    "DeletionProtection": "DeletionProtection",
    "EngineVersion": "EngineVersion",
    "NetworkType": "NetworkType",
    "Port": "Port",
    "PreferredBackupWindow": "PreferredBackupWindow",
    "PreferredMaintenanceWindow": "PreferredMaintenanceWindow",
    "ServerlessV2ScalingConfiguration": "ServerlessV2ScalingConfiguration",
    "StorageType": "StorageType",
}
taggable("rds", "docdb cluster", arn="DBClusterArn", tags="TagList")
taggable("rds", "docdb snapshot", arn="DBClusterSnapshotArn", tags="TagList")


def clusters(call):
    """Return the clusters of the account and region by name, without those that have gone."""
    known = state_of(call, "docdb cluster")
    for name in [name for name, one in known.items() if one["busy"] == "deleting" and CLOCK.seconds() >= one["until"]]:
        del known[name]
    return known


def cluster_of(call, wanted=None):
    """Return a cluster of ours by name or ARN, or None."""
    wanted = wanted or call.params.get("DBClusterIdentifier")
    return clusters(call).get(name_of(wanted)) if wanted else None


def status(thing):
    """Return the status of a cluster or an instance now."""
    return thing["busy"] if thing["busy"] and CLOCK.seconds() < thing["until"] else "available"


def be(thing, busy, seconds):
    """Let a cluster or an instance be busy for some time."""
    thing.update(busy=busy, until=CLOCK.seconds() + seconds)


def wrong(text, code="InvalidParameterValue"):
    """Return the error of a request that makes no sense."""
    return AwsError(code, text)


def shown(call, cluster):
    """Return a cluster as RDS describes it."""
    shape = call.model.service_model.shape_for("DBCluster")
    told = {key: value for key, value in cluster.items() if key in shape.members}
    if told["StorageType"] == "standard":
        del told["StorageType"]  # it is told of storage for much input and output only
    return {**told, **docdb_secrets.told(cluster), "Status": status(cluster), "LatestRestorableTime": CLOCK.now()}


@instead("CreateDBCluster")
def create(call):
    if call.params["Engine"] != "docdb":
        return NOT_MINE
    name = call.params["DBClusterIdentifier"].lower()
    if name in clusters(call) or name in backend_of(call).clusters:
        raise AwsError("DBClusterAlreadyExistsFault", f"DB Cluster already exists: {name}")
    if not re.fullmatch(r"(?!.*--)[a-z][a-z0-9-]{0,62}(?<!-)", name):
        raise wrong(f"The parameter DBClusterIdentifier is not a valid identifier: {name}")
    _check(call, call.params.get("EngineVersion", "5.0.0"))
    arn, user = call.arn(f"cluster:{name}"), call.params.get("MasterUsername")
    _check_user(call, user)
    made = {
        "DBClusterIdentifier": name,
        "DBClusterArn": arn,
        "DbClusterResourceId": f"cluster-{secrets.token_hex(13).upper()}",
        "Engine": "docdb",
        "MasterUsername": user,
        "EngineVersion": "5.0.0",
        "DBClusterParameterGroup": f"default.docdb{call.params.get('EngineVersion', '5.0.0')[:3]}",
        "DBSubnetGroup": _subnets(call),
        "Port": 27017,
        "BackupRetentionPeriod": 1,
        "PreferredBackupWindow": "00:00-00:30",
        "PreferredMaintenanceWindow": "sun:05:00-sun:05:30",
        "StorageType": "standard",
        "CopyTagsToSnapshot": False,
        "DeletionProtection": False,
        "NetworkType": "IPV4",
        "AvailabilityZones": call.params.get("AvailabilityZones", [f"{call.region}{zone}" for zone in "abc"]),
        "MultiAZ": False,
        "DBClusterMembers": [],
        "VpcSecurityGroups": _groups(call.params.get("VpcSecurityGroupIds", ["sg-default"])),
        "EnabledCloudwatchLogsExports": call.params.get("EnableCloudwatchLogsExports", []),
        "Endpoint": f"{name}.cluster-{call.account[:8]}.{call.region}.docdb.amazonaws.com",
        "ReaderEndpoint": f"{name}.cluster-ro-{call.account[:8]}.{call.region}.docdb.amazonaws.com",
        "ClusterCreateTime": CLOCK.now(),
        "EarliestRestorableTime": CLOCK.now(),
        "TagList": call.params.get("Tags", []),
        **_encryption(call),
        "secret": None,
    }
    made.update({_TOLD[key]: value for key, value in call.params.take(*_TOLD).items()})
    docdb_secrets.change(call, made)
    be(made, "creating", CREATION)
    clusters(call)[name] = made
    return {"DBCluster": shown(call, made)}


def _check_user(call, user):
    if not user or user.lower() == "admin" or not re.fullmatch("[a-zA-Z][a-zA-Z0-9]{0,62}", user):
        raise wrong(f"MasterUsername {user} cannot be used: 1 to 63 letters and digits, and not a reserved word.")
    docdb_secrets.check(call, managed=False)
    if not call.params.get("ManageMasterUserPassword") and not call.params.get("MasterUserPassword"):
        raise wrong("The parameter MasterUserPassword must be provided and must not be blank.")


def _check(call, version):
    """Check what both creation and change can say."""
    group = call.params.get("DBClusterParameterGroupName")
    if group and not group.startswith("default.docdb") and group not in backend_of(call).db_cluster_parameter_groups:
        raise AwsError("DBClusterParameterGroupNotFound", f"DBClusterParameterGroup not found: {group}")
    wanted = f"docdb{version[:3]}"
    known = backend_of(call).db_cluster_parameter_groups.get(group or "")
    family = getattr(known, "db_parameter_group_family", wanted)
    if family != wanted:
        text = f"The Parameter Group {group} with DBParameterGroupFamily {family} can't be used for this cluster."
        raise wrong(f"{text} Please use one with DBParameterGroupFamily {wanted}", "InvalidParameterCombination")
    if version not in _VERSIONS:
        raise wrong(f"Cannot find version {version} for docdb", "InvalidParameterCombination")
    if not 1 <= call.params.get("BackupRetentionPeriod", 1) <= 35:
        raise wrong("Invalid backup retention period. It must be between 1 and 35.")
    if not 1150 <= call.params.get("Port", 27017) <= 65535:
        raise wrong("Invalid port. It must be between 1150 and 65535.")
    if call.params.get("StorageType", "standard") not in ("standard", "iopt1"):
        raise wrong("Invalid storage type. It must be standard or iopt1.")
    if set(call.params.get("EnableCloudwatchLogsExports", [])) - set(_LOGS):
        raise wrong(
            "You cannot use the log types for engine docdb: audit and profiler are possible.", "InvalidParameterCombination"
        )


def _subnets(call):
    name = call.params.get("DBSubnetGroupName", "default")
    if name != "default" and name not in backend_of(call).subnet_groups:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.")
    return name


def _groups(keys):
    return [{"VpcSecurityGroupId": key, "Status": "active"} for key in keys]


def _encryption(call):
    key, encrypted = call.params.get("KmsKeyId"), call.params.get("StorageEncrypted", False)
    if key and not encrypted:
        raise wrong("You can't specify KmsKeyId when StorageEncrypted is false.", "InvalidParameterCombination")
    if not encrypted:
        return {"StorageEncrypted": False}
    return {"StorageEncrypted": True, "KmsKeyId": key_of(call, key) if key else default_key(call)}


@instead("DescribeDBClusters")
def describe(call):
    if cluster_of(call) is None:
        return NOT_MINE
    return {"DBClusters": [shown(call, cluster_of(call))]}


@besides("DescribeDBClusters")
def listed(call):
    """Return the clusters that a list of all has besides those of RDS."""
    filters = {each["Name"]: each["Values"] for each in call.params.get("Filters", [])}
    names = [name_of(value) for value in filters.get("db-cluster-id", [])]
    if "docdb" not in filters.get("engine", ["docdb"]):
        return []
    return [shown(call, one) for name, one in clusters(call).items() if not names or name in names]


@instead("ModifyDBCluster")
def modify(call):
    cluster = cluster_of(call)
    if cluster is None:
        return NOT_MINE
    if status(cluster) != "available":
        text = f"Cluster {cluster['DBClusterIdentifier']} is not in available state: {status(cluster)}"
        raise AwsError("InvalidDBClusterStateFault", text)
    version, at_once = call.params.get("EngineVersion"), call.params.get("ApplyImmediately")
    _check(call, version or cluster["EngineVersion"])
    major = version and version[:3] != cluster["EngineVersion"][:3]
    if major and not call.params.get("AllowMajorVersionUpgrade"):
        text = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        raise wrong(text, "InvalidParameterCombination")
    call.params.take("AllowMajorVersionUpgrade", *docdb_secrets.PARAMETERS)
    docdb_secrets.check(call, managed=cluster["secret"] is not None)
    changes = {_TOLD[key]: value for key, value in call.params.take(*_TOLD).items()}
    if version and not at_once:
        del changes["EngineVersion"]  # it waits for the maintenance window, and no description tells
    cluster.update(changes)
    if major and at_once and "DBClusterParameterGroup" not in changes:
        cluster["DBClusterParameterGroup"] = f"default.docdb{version[:3]}"
    if "VpcSecurityGroupIds" in call.params:
        cluster["VpcSecurityGroups"] = _groups(call.params["VpcSecurityGroupIds"])
    if "DBClusterParameterGroup" in changes:
        for member in cluster["DBClusterMembers"]:
            member["DBClusterParameterGroupStatus"] = "pending-reboot"
    _export(cluster, call.params.get("CloudwatchLogsExportConfiguration", {}))
    docdb_secrets.change(call, cluster)
    be(cluster, "modifying", CHANGE)
    return {"DBCluster": shown(call, cluster)}


def _export(cluster, wanted):
    on, off = set(wanted.get("EnableLogTypes", [])), set(wanted.get("DisableLogTypes", []))
    if (on | off) - set(_LOGS):
        raise wrong(
            "You cannot use the log types for engine docdb: audit and profiler are possible.", "InvalidParameterCombination"
        )
    cluster["EnabledCloudwatchLogsExports"] = sorted((set(cluster["EnabledCloudwatchLogsExports"]) | on) - off)


@instead("DeleteDBCluster")
def delete(call):
    cluster = cluster_of(call)
    if cluster is None:
        return NOT_MINE
    name, last = cluster["DBClusterIdentifier"], call.params.get("FinalDBSnapshotIdentifier")
    skip, instances = call.params.get("SkipFinalSnapshot", False), state_of(call, "docdb instance").values()
    if cluster["DeletionProtection"]:
        text = "Cannot delete protected Cluster, please disable deletion protection and try again."
        raise wrong(text, "InvalidParameterCombination")
    if status(cluster) == "deleting":
        raise AwsError("InvalidDBClusterStateFault", f"Cluster {name} is already being deleted.")
    if any(one["DBClusterIdentifier"] == name and one["busy"] != "deleting" for one in instances):
        text = "Cluster cannot be deleted, it still contains DB instances in non-deleting state."
        raise AwsError("InvalidDBClusterStateFault", text)
    if skip == bool(last):
        text = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified, and cannot be given with it."
        raise wrong(text, "InvalidParameterCombination")
    if last:
        _keep(call, cluster, last)
    docdb_secrets.end(cluster)
    be(cluster, "deleting", DELETION)
    return {"DBCluster": shown(call, cluster)}


# Snapshots: those that deletions leave


def _keep(call, cluster, name):
    known = state_of(call, "docdb snapshot")
    if name.lower() in known or name.lower() in backend_of(call).cluster_snapshots:
        text = f"Cannot create the cluster snapshot because one with the identifier {name} already exists."
        raise AwsError("DBClusterSnapshotAlreadyExistsFault", text)
    kept = ("DBClusterIdentifier", "Engine", "EngineVersion", "MasterUsername", "Port", "StorageEncrypted", "KmsKeyId")
    known[name.lower()] = {
        **{key: cluster[key] for key in kept if key in cluster},
        "TagList": cluster["TagList"] if cluster["CopyTagsToSnapshot"] else [],
        "DBClusterSnapshotIdentifier": name.lower(),
        "DBClusterSnapshotArn": call.arn(f"cluster-snapshot:{name.lower()}"),
        "SnapshotType": "manual",
        "SnapshotCreateTime": CLOCK.now(),
        "ClusterCreateTime": cluster["ClusterCreateTime"],
        "until": CLOCK.seconds() + SNAPSHOT,
    }


def _told(snapshot):
    done = CLOCK.seconds() >= snapshot["until"]
    known = {key: value for key, value in snapshot.items() if key != "until"}
    return {**known, "Status": "available" if done else "creating", "PercentProgress": 100 if done else 0}


@instead("DescribeDBClusterSnapshots")
def describe_snapshots(call):
    snapshot = state_of(call, "docdb snapshot").get((call.params.get("DBClusterSnapshotIdentifier") or "").lower())
    return NOT_MINE if snapshot is None else {"DBClusterSnapshots": [_told(snapshot)]}


@besides("DescribeDBClusterSnapshots")
def listed_snapshots(call):
    """Return the snapshots that a list of all has besides those of RDS."""
    wanted = call.params.get("DBClusterIdentifier")
    return [_told(one) for one in state_of(call, "docdb snapshot").values() if wanted in (None, one["DBClusterIdentifier"])]


@instead("DeleteDBClusterSnapshot")
def delete_snapshot(call):
    snapshot = state_of(call, "docdb snapshot").pop(call.params["DBClusterSnapshotIdentifier"].lower(), None)
    return NOT_MINE if snapshot is None else {"DBClusterSnapshot": _told(snapshot)}


# Tags


def _tagged(call):
    arn = call.params["ResourceName"]
    for kind, key in (
        ("docdb cluster", "DBClusterArn"),
        ("docdb instance", "DBInstanceArn"),
        ("docdb snapshot", "DBClusterSnapshotArn"),
    ):
        for thing in state_of(call, kind).values():
            if thing[key] == arn:
                return thing
    return None


@instead("AddTagsToResource")
def tag(call):
    thing = _tagged(call)
    if thing is None:
        return NOT_MINE
    new = call.params["Tags"]
    names = {each["Key"] for each in new}
    thing["TagList"] = [each for each in thing["TagList"] if each["Key"] not in names] + new
    return {}


@instead("RemoveTagsFromResource")
def untag(call):
    thing = _tagged(call)
    if thing is None:
        return NOT_MINE
    thing["TagList"] = [each for each in thing["TagList"] if each["Key"] not in call.params["TagKeys"]]
    return {}


@instead("ListTagsForResource")
def tags(call):
    thing = _tagged(call)
    return NOT_MINE if thing is None else {"TagList": thing["TagList"]}
