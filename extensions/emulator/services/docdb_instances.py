# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Instances of DocumentDB clusters: one writes, the others read, and when the writer goes another one takes over."""

from __future__ import annotations

import re
import secrets

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import state_of, taggable
from . import docdb
from .rds_engines import NOT_MINE, besides, instead
from .rds_moto import backend_of, default_key, key_of, name_of

CREATION, CHANGE, DELETION = 240, 120, 90  # account seconds
_CLASS = r"db\.(serverless|(r5|r6g|r6gd|r8g|t3|t4g)\.(medium|large|xlarge|[0-9]+xlarge))"
# What a request says, and where the description has it.
_TOLD = {
    "AutoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "CACertificateIdentifier": "CACertificateIdentifier",
    "CopyTagsToSnapshot": "CopyTagsToSnapshot",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "PreferredMaintenanceWindow": "PreferredMaintenanceWindow",
    "PromotionTier": "PromotionTier",
}
_MOST = 16
taggable("rds", "docdb instance", arn="DBInstanceArn", tags="TagList")


def instances(call):
    """Return the instances of the account and region by name, without those that have gone."""
    known = state_of(call, "docdb instance")
    for name in [name for name, one in known.items() if one["busy"] == "deleting" and CLOCK.seconds() >= one["until"]]:
        gone = known.pop(name)
        _leave(call, gone)
    return known


def _leave(call, gone):
    """Take an instance out of its cluster; when it was the writer, the first of the others writes from now on."""
    cluster = docdb.cluster_of(call, gone["DBClusterIdentifier"])
    if cluster is None:
        return
    rest = [one for one in cluster["DBClusterMembers"] if one["DBInstanceIdentifier"] != gone["DBInstanceIdentifier"]]
    if rest and not any(one["IsClusterWriter"] for one in rest):
        min(rest, key=lambda one: one["PromotionTier"])["IsClusterWriter"] = True
    cluster["DBClusterMembers"] = rest


def _instance(call):
    return instances(call).get(name_of(call.params.get("DBInstanceIdentifier") or ""))


def _shown(call, instance):
    shape = call.model.service_model.shape_for("DBInstance")
    told = {key: value for key, value in instance.items() if key in shape.members}
    state = docdb.status(instance)
    if state == "creating":
        told.pop("Endpoint")
    return {**told, "DBInstanceStatus": state}


def _check(call):
    kind = call.params.get("DBInstanceClass")
    if kind is not None and not re.fullmatch(_CLASS, kind):
        raise docdb.wrong(f"Invalid DB Instance class: {kind}")
    if not 0 <= call.params.get("PromotionTier", 1) <= 15:
        raise docdb.wrong("Invalid promotion tier. It must be between 0 and 15.")


def _insights(call):
    key = call.params.get("PerformanceInsightsKMSKeyId")
    if not call.params.get("EnablePerformanceInsights"):
        return {}
    return {"PerformanceInsightsKMSKeyId": key_of(call, key) if key else default_key(call)}


@instead("CreateDBInstance")
def create(call):
    if call.params["Engine"] != "docdb":
        return NOT_MINE
    name, cluster = call.params["DBInstanceIdentifier"].lower(), docdb.cluster_of(call)
    if cluster is None:
        raise AwsError("DBClusterNotFoundFault", f"DBCluster {call.params.get('DBClusterIdentifier')} not found.")
    if name in instances(call) or name in backend_of(call).databases:
        raise AwsError("DBInstanceAlreadyExists", f"DB Instance already exists: {name}")
    if docdb.status(cluster) in ("creating", "deleting"):
        text = f"Cluster {cluster['DBClusterIdentifier']} is not in available state: {docdb.status(cluster)}"
        raise AwsError("InvalidDBClusterStateFault", text)
    _check(call)
    members = cluster["DBClusterMembers"]
    if len(members) >= _MOST:
        raise AwsError("InstanceQuotaExceeded", "A cluster has 16 instances at most.")
    taken = [
        one["AvailabilityZone"] for one in instances(call).values() if one["DBClusterIdentifier"] == cluster["DBClusterIdentifier"]
    ]
    zone = call.params.get("AvailabilityZone") or min(cluster["AvailabilityZones"], key=taken.count)
    made = {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": call.arn(f"db:{name}"),
        "DbiResourceId": f"db-{secrets.token_hex(13).upper()}",
        "DBInstanceClass": call.params["DBInstanceClass"],
        "DBClusterIdentifier": cluster["DBClusterIdentifier"],
        **{key: cluster[key] for key in ("Engine", "EngineVersion", "StorageEncrypted", "KmsKeyId") if key in cluster},
        "AvailabilityZone": zone,
        "Endpoint": {
            "Address": f"{name}.{call.region}.docdb.amazonaws.com",
            "Port": cluster["Port"],
            "HostedZoneId": "Z2R2ITUGPM61AM",
        },
        "InstanceCreateTime": CLOCK.now(),
        "AutoMinorVersionUpgrade": True,
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "CopyTagsToSnapshot": False,
        "PerformanceInsightsEnabled": False,
        "PreferredMaintenanceWindow": cluster["PreferredMaintenanceWindow"],
        "PromotionTier": 1,
        "PubliclyAccessible": False,
        "PendingModifiedValues": {},
        "VpcSecurityGroups": cluster["VpcSecurityGroups"],
        "TagList": call.params.get("Tags", []),
        **{_TOLD[key]: value for key, value in call.params.take(*_TOLD).items()},
        **_insights(call),
    }
    docdb.be(made, "creating", CREATION)
    instances(call)[name] = made
    member = {"DBInstanceIdentifier": name, "IsClusterWriter": not members, "PromotionTier": made["PromotionTier"]}
    members.append({**member, "DBClusterParameterGroupStatus": "in-sync"})
    return {"DBInstance": _shown(call, made)}


@instead("DescribeDBInstances")
def describe(call):
    if _instance(call) is not None:
        return {"DBInstances": [_shown(call, _instance(call))]}
    clusters = _asked(call)
    if not clusters or call.params.get("DBInstanceIdentifier") or not all(docdb.cluster_of(call, name) for name in clusters):
        return NOT_MINE
    return {"DBInstances": listed(call)}


def _asked(call):
    """Return the clusters whose instances are asked for."""
    filters = {each["Name"]: each["Values"] for each in call.params.get("Filters", [])}
    return [name_of(value) for value in filters.get("db-cluster-id", [])]


@besides("DescribeDBInstances")
def listed(call):
    """Return the instances that a list of all has besides those of RDS."""
    filters = {each["Name"]: each["Values"] for each in call.params.get("Filters", [])}
    clusters = _asked(call)
    if "docdb" not in filters.get("engine", ["docdb"]):
        return []
    return [_shown(call, one) for one in instances(call).values() if not clusters or one["DBClusterIdentifier"] in clusters]


@instead("ModifyDBInstance")
def modify(call):
    instance = _instance(call)
    if instance is None:
        return NOT_MINE
    if docdb.status(instance) != "available":
        raise AwsError("InvalidDBInstanceState", f"Database instance is not in available state: {docdb.status(instance)}")
    _check(call)
    call.params.take("CertificateRotationRestart")
    instance.update({_TOLD[key]: value for key, value in call.params.take(*_TOLD).items()}, **_insights(call))
    kind, at_once = call.params.get("DBInstanceClass"), call.params.get("ApplyImmediately")
    if kind:
        instance["PendingModifiedValues"] = {"DBInstanceClass": kind}
    if at_once:
        instance.update(instance["PendingModifiedValues"], PendingModifiedValues={})
        docdb.be(instance, "modifying", CHANGE)
    return {"DBInstance": _shown(call, instance)}


@instead("DeleteDBInstance")
def delete(call):
    instance = _instance(call)
    if instance is None:
        return NOT_MINE
    call.params.take("SkipFinalSnapshot")
    if docdb.status(instance) == "deleting":
        raise AwsError("InvalidDBInstanceState", "Instance is already being deleted.")
    docdb.be(instance, "deleting", DELETION)
    return {"DBInstance": _shown(call, instance)}
