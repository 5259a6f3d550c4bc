# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Aurora and Multi-AZ clusters: moto's, with statuses over time, deferred upgrades and the refusals that moto lacks."""

from __future__ import annotations

from datetime import timedelta

from moto.rds.models import DBCluster, rds_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import alive, state_of, states
from . import rds_secrets
from .rds_engines import others, shared
from .rds_moto import ask, backend_of, default_key, described, key_of, moment, name_of, snaked

CREATION, CHANGE, DELETION = 180, 60, 90  # account seconds
BEHIND = 60  # Aurora backs up all the time: the latest restorable time is less behind than that of an instance

_storage = DBCluster.default_allocated_storage
# moto knows no aurora-iopt1, whose size it needs at once; Aurora reports 1 whatever the kind of storage.
DBCluster.default_allocated_storage = staticmethod(
    lambda engine, storage_type: 1 if storage_type == "aurora-iopt1" else _storage(engine, storage_type)
)


def _backed_up(cluster):
    """Make the first automated snapshot, named by the account's time, as for instances."""
    name = cluster.db_cluster_identifier
    cluster.backend.create_auto_cluster_snapshot(name, f"rds:{name}-{CLOCK.now():%Y-%m-%d-%H-%M}")


DBCluster.save_automated_backup = _backed_up
# What moto takes and does not give back: the name in a request, the name in the description.
FORGOTTEN = {
    "DatabaseInsightsMode": "DatabaseInsightsMode",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "MonitoringInterval": "MonitoringInterval",
    "MonitoringRoleArn": "MonitoringRoleArn",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
}


def notes_of(call, name):
    """Return what we know of a cluster beside moto."""
    fresh = {"busy": None, "until": 0, "pending": {}, "kept": {}, "secret": None, "born": CLOCK.seconds()}
    return state_of(call, "cluster").setdefault(name.lower(), fresh)


def be(call, name, status, seconds):
    """Give a cluster a status for some seconds."""
    notes_of(call, name).update(busy=status, until=CLOCK.seconds() + seconds)


def cluster_of(call, wanted):
    """Return moto's cluster by name or ARN, or raise what AWS raises."""
    found = backend_of(call).clusters.get(name_of(wanted))
    if found is None:
        raise AwsError("DBClusterNotFoundFault", f"DBCluster {name_of(wanted)} not found.")
    return found


def status_of(call, cluster):
    """Return the status of a cluster as AWS would show it now."""
    note = notes_of(call, cluster.db_cluster_identifier)
    return note["busy"] if note["busy"] and CLOCK.seconds() < note["until"] else "available"


def restorable(note):
    """Return from when to when a cluster can be restored, or None when it has no backups yet."""
    first, now = note["born"] + CREATION, CLOCK.seconds()
    if now < first:
        return None
    return [CLOCK.origin + timedelta(seconds=second) for second in (first, max(first, now - BEHIND))]


def shown(call, cluster):
    """Return the description of a cluster as AWS would give it now."""
    note = notes_of(call, cluster["DBClusterIdentifier"])
    cluster.update(note["kept"])
    if note["pending"]:
        cluster["PendingModifiedValues"] = note["pending"]
    if cluster.get("MasterUserSecret"):
        cluster["MasterUserSecret"]["SecretStatus"] = rds_secrets.status(note, cluster["MasterUserSecret"]["SecretArn"])
    if not cluster.get("StorageEncrypted"):
        cluster.pop("KmsKeyId", None)  # moto names a key that is none
    for key in ("EarliestRestorableTime", "LatestRestorableTime"):
        cluster.pop(key, None)
    cluster.update(zip(("EarliestRestorableTime", "LatestRestorableTime"), restorable(note) or (), strict=False))
    if note["busy"] and CLOCK.seconds() < note["until"]:
        cluster["Status"] = note["busy"]
    return cluster


def begun(call, name):
    """Return the description of a cluster that has just been made."""
    cluster = backend_of(call).clusters[name]
    cluster.status = "available"  # moto changes the status with every look
    cluster.created = cluster.cluster_create_time = moment()
    if cluster.storage_encrypted and "arn:" not in cluster.kms_key_id:
        cluster.kms_key_id = default_key(call)
    state_of(call, "cluster").pop(name.lower(), None)
    note = notes_of(call, name)
    note["kept"].update({shown_as: call.params[given] for given, shown_as in FORGOTTEN.items() if given in call.params})
    rds_secrets.begin(note, cluster)
    be(call, name, "creating", CREATION)
    return shown(call, described("CreateDBCluster", DBCluster=cluster)["DBCluster"])


def check_new(call, name):
    """Refuse a name that is taken."""
    if name in backend_of(call).clusters:
        raise AwsError("DBClusterAlreadyExistsFault", f"DB Cluster {name} already exists.")


@shared("CreateDBCluster")
def create(call):
    name = call.params["DBClusterIdentifier"]
    check_new(call, name)
    if call.params.get("ManageMasterUserPassword") and call.params.get("MasterUserPassword"):
        text = "You can't specify MasterUserPassword for a cluster with ManageMasterUserPassword enabled."
        raise AwsError("InvalidParameterCombination", text)
    for key in ("KmsKeyId", "MasterUserSecretKmsKeyId"):
        if call.params.get(key):
            key_of(call, call.params[key])
    call.forward()
    return {"DBCluster": begun(call, name)}


@shared("DescribeDBClusters")
def describe(call):
    named = call.params.get("DBClusterIdentifier")
    answer = call.forward()
    found = [shown(call, cluster) for cluster in answer["DBClusters"]]
    return {**answer, "DBClusters": found if named else found + others(call)}


@shared("ModifyDBCluster")
def modify(call):
    cluster = cluster_of(call, call.params["DBClusterIdentifier"])
    name, params = cluster.db_cluster_identifier, dict(call.params.everything())
    _insist_on_available(call, cluster)
    rds_secrets.check(call, cluster)
    if cluster.manage_master_user_password and params.get("MasterUserSecretKmsKeyId"):
        _refuse_another_key(call, cluster)
    note, at_once = notes_of(call, name), params.get("ApplyImmediately", False)
    version = params.get("EngineVersion")
    if version and version != cluster.engine_version and not at_once:
        note["pending"]["EngineVersion"] = params.pop("EngineVersion")
    _repair(cluster, params)
    left = {key: value for key, value in params.items() if key not in (*rds_secrets.PARAMETERS, *_REPAIRED)}
    ask(backend_of(call).modify_db_cluster, {"db_cluster_identifier": name, **snaked(left)})
    note["kept"].update({shown_as: params[given] for given, shown_as in FORGOTTEN.items() if given in params})
    changed = rds_secrets.change(call, cluster, note)
    if at_once:
        cluster.engine_version = version or note["pending"].get("EngineVersion", cluster.engine_version)
        note["pending"] = {}
        be(call, name, "resetting-master-credentials" if changed else "modifying", CHANGE)
    if params.get("NewDBClusterIdentifier"):
        state_of(call, "cluster")[params["NewDBClusterIdentifier"].lower()] = state_of(call, "cluster").pop(name.lower())
    return {"DBCluster": shown(call, described("ModifyDBCluster", DBCluster=cluster)["DBCluster"])}


_REPAIRED = ("CloudwatchLogsExportConfiguration", "EnableIAMDatabaseAuthentication")


def _repair(cluster, params):
    """Change what moto's ModifyDBCluster looks for under names that the API does not have."""
    if "EnableIAMDatabaseAuthentication" in params:
        cluster.iam_auth = params["EnableIAMDatabaseAuthentication"]
    logs = params.get("CloudwatchLogsExportConfiguration", {})
    kept = [kind for kind in cluster.enabled_cloudwatch_logs_exports if kind not in logs.get("DisableLogTypes", [])]
    cluster.enabled_cloudwatch_logs_exports = kept + [kind for kind in logs.get("EnableLogTypes", []) if kind not in kept]


def _refuse_another_key(call, cluster):
    if key_of(call, call.params["MasterUserSecretKmsKeyId"]) != cluster.master_user_secret.kms_key_id:
        text = "You can't change the KMS key of a master user password that is managed already."
        raise AwsError("InvalidParameterCombination", text)


def _insist_on_available(call, cluster):
    status = status_of(call, cluster)
    if status in ("creating", "deleting"):
        raise AwsError("InvalidDBClusterStateFault", f"DB cluster is not in available state: {status}")


@shared("DeleteDBCluster")
def delete(call):
    cluster = cluster_of(call, call.params["DBClusterIdentifier"])
    name, backend = cluster.db_cluster_identifier, backend_of(call)
    _insist_on_available(call, cluster)
    final, skipped = call.params.get("FinalDBSnapshotIdentifier"), call.params.get("SkipFinalSnapshot")
    if bool(final) == bool(skipped):
        text = "Either FinalDBSnapshotIdentifier or SkipFinalSnapshot must be specified, and not both."
        raise AwsError("InvalidParameterCombination", text)
    last = described("DeleteDBCluster", DBCluster=cluster)["DBCluster"]
    call.forward()
    backend.clusters[name] = cluster  # until it is really gone
    cluster.__dict__.pop("master_user_secret", None)
    be(call, name, "deleting", DELETION)
    return {"DBCluster": shown(call, last)}


@alive
def pass_time():
    """Let deletions end."""
    for account, region, notes in states("rds", "cluster"):
        for name, note in list(notes.items()):
            if note["busy"] == "deleting" and CLOCK.seconds() >= note["until"]:
                del notes[name]
                rds_backends[account][region].clusters.pop(name, None)
