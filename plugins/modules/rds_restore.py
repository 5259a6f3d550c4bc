#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_restore
version_added: 0.1.0
short_description: Restore RDS instances and clusters
description:
  - Makes a new instance or cluster from a snapshot or from automated backups. An existing one is never touched.
  - The tag C(RestoredFrom) keeps the origin. A second run rests; a database of this name with another origin is refused.
  - When the tag is gone, what RDS knows has to fit, such as the engine and the time of creation, and a warning is given.
  - RDS does not restore what is around the data. Without O(settings), the new database is in the default subnet group, behind the
    default security group, with the default parameter group, and is not protected. Afterwards M(slipway.aws.rds_instance) keeps it.
  - The password is that of the source at that time, and RDS does not manage it. M(slipway.aws.rds_master_secret) changes that.
  - A restored Aurora cluster has no instances; its data can be used when one has been added.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.rds_instance
    description: Fails to restore to a point in time when tags are given.
  - module: amazon.aws.rds_cluster
    description: Loses the scaling, and to a point in time the parameter group, of a restored cluster.
options:
  name:
    description: Identifier of the new instance or cluster.
    type: str
    required: true
  kind:
    description: What to restore.
    type: str
    choices: [instance, cluster]
    default: instance
  snapshot:
    description: Identifier or ARN of the snapshot to restore from.
    type: str
  source:
    description: Identifier of the instance or cluster whose automated backups to restore from.
    type: str
  automated_backups_arn:
    description: ARN of automated backups of an instance to restore from, as M(slipway.aws.rds_backup_replication) returns it.
    type: str
  restore_time:
    description:
      - Moment to restore to, with its zone, for example V(2026-11-21T10:15:00Z). Goes with O(source) and O(automated_backups_arn).
      - Left out, it is the latest moment possible, which is up to five minutes ago.
    type: str
  settings:
    description:
      - How the new database is set up, in the names of the API in snake_case, for example C(db_subnet_group_name).
      - They matter at the restore only and are never compared.
    type: dict
    default: {}
extends_documentation_fragment:
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Looks, says whether something would be restored, and does nothing.
    support: full
  diff_mode:
    description: Shows the database before and after, as far as this module says what it shall be.
    support: full
  idempotent:
    description: What has been restored already is not restored again.
    support: full
"""

EXAMPLES = r"""
- name: The shop as it was a quarter past ten, beside the present one
  slipway.aws.rds_restore:
    name: shop-rescue
    source: shop-production
    restore_time: "2026-11-21T10:15:00Z"
    settings:
      db_instance_class: db.t4g.large
      db_subnet_group_name: shop-production
      vpc_security_group_ids: [sg-0c3]
      db_parameter_group_name: shop-production
      deletion_protection: true
    wait_timeout: 7200
    tags:
      Project: Shop

- name: Nobody has to know its password
  slipway.aws.rds_master_secret:
    name: shop-rescue

- name: An Aurora cluster from a snapshot
  slipway.aws.rds_restore:
    name: shop-aurora-test
    kind: cluster
    snapshot: shop-aurora-2026-11
    settings:
      engine: aurora-postgresql
      db_subnet_group_name: shop-test
      serverless_v2_scaling_configuration:
        min_capacity: 0.5
        max_capacity: 4

- name: The shop in Frankfurt, from the backups that Ireland sent
  slipway.aws.rds_restore:
    name: shop-production
    automated_backups_arn: "{{ replicated.backup_replication.arn }}"
    region: eu-central-1
"""

RETURN = r"""
database:
  description: The instance or cluster.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN.
      type: str
    status:
      description: Its status.
      type: str
      sample: available
    restored_from:
      description: What it was restored from, in the words of the tag C(RestoredFrom).
      type: str
      sample: shop-production@2026-11-21T10:15:00Z
    endpoint:
      description: Where it listens; C(address) and C(port) for an instance, a name for a cluster.
      type: raw
    tags:
      description: Its tags.
      type: dict
"""

from datetime import datetime, timezone

from ansible_collections.slipway.aws.plugins.module_utils import formats, shapes
from ansible_collections.slipway.aws.plugins.module_utils.rds import READY, OfDatabase, is_broken, look, name_faults
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_TAG = "RestoredFrom"
_OPERATIONS = {
    ("instance", True): "RestoreDBInstanceFromDBSnapshot",
    ("instance", False): "RestoreDBInstanceToPointInTime",
    ("cluster", True): "RestoreDBClusterFromSnapshot",
    ("cluster", False): "RestoreDBClusterToPointInTime",
}
_METHODS = {
    "RestoreDBInstanceFromDBSnapshot": "restore_db_instance_from_db_snapshot",
    "RestoreDBInstanceToPointInTime": "restore_db_instance_to_point_in_time",
    "RestoreDBClusterFromSnapshot": "restore_db_cluster_from_snapshot",
    "RestoreDBClusterToPointInTime": "restore_db_cluster_to_point_in_time",
}
# Members that say which database is restored from what; they are options of their own.
_OWN = (
    "DBInstanceIdentifier",
    "DBClusterIdentifier",
    "DBSnapshotIdentifier",
    "DBClusterSnapshotIdentifier",
    "SnapshotIdentifier",
    "SourceDBClusterIdentifier",
    "SourceDBInstanceAutomatedBackupsArn",
    "SourceDBInstanceIdentifier",
    "TargetDBInstanceIdentifier",
    "RestoreTime",
    "RestoreToTime",
    "UseLatestRestorableTime",
    "Tags",
)


class Restore(OfDatabase):
    """A restored database. It is made once and has no state but present; other modules keep and remove it."""

    noun = "database"
    immutable = ("RestoredFrom",)
    outputs = ("arn", "status", "Endpoint")

    def __init__(self, module):
        super().__init__(module)
        self.params = {**module.params, "state": "present"}
        self.unmarked = False
        by_snapshot = bool(self.params["snapshot"])
        self.operation = _OPERATIONS[self.params["kind"], by_snapshot]

    def validate(self):
        p, faults = self.params, name_faults(self.params["name"])
        if not (p["snapshot"] or p["source"] or p["automated_backups_arn"]):
            faults.append("Nothing says what to restore from: give snapshot, source or automated_backups_arn.")
        if p["restore_time"] and p["snapshot"]:
            faults.append("restore_time: a snapshot has its own moment. Restore from source or automated_backups_arn.")
        if p["restore_time"] and _moment(p["restore_time"]) is None:
            faults.append(f"restore_time: {p['restore_time']!r} is no moment with a zone, such as 2026-11-21T10:15:00Z.")
        if p["automated_backups_arn"] and p["kind"] == "cluster":
            faults.append("automated_backups_arn: only instances have replicated backups.")
        faults += formats.misnamed(
            "automated_backups_arn", p["automated_backups_arn"], r"arn:.+:auto-backup:.+", "in such an ARN stands :auto-backup:"
        )
        if _TAG in (p["tags"] or {}):
            faults.append(f"tags: {_TAG} is kept by this module; leave it out.")
        return faults + self._setting_faults()

    def _setting_faults(self):
        try:
            settings = self._settings()
        except shapes.UnknownMemberError as fault:
            return [f"settings: {fault}."]
        faults = [f"settings: {shapes.snake(key)} is said by the options of this module." for key in settings if key in _OWN]
        if self.operation == "RestoreDBClusterFromSnapshot" and not settings.get("Engine"):
            faults.append("settings: engine is needed to restore a cluster from a snapshot, for example aurora-postgresql.")
        return faults

    def _settings(self):
        shape = self.client.meta.service_model.operation_model(self.operation).input_shape
        return shapes.to_api(shape, self.params["settings"])

    # Origin

    @property
    def origin(self):
        """Return in one word what the database comes from."""
        p = self.params
        if p["snapshot"]:
            return p["snapshot"]
        moment = f"{_moment(p['restore_time']):%Y-%m-%dT%H:%M:%SZ}" if p["restore_time"] else "latest"
        return f"{p['source'] or p['automated_backups_arn']}@{moment}"

    def own_tags(self):
        return {} if self.unmarked else {_TAG: self.origin}

    def find(self):
        have = self.database()
        if have is None:
            return None
        tags = from_form(have.get("TagList"))
        going = have[self.kind.status] == "deleting"
        self.unmarked = _TAG not in tags and not going
        return {
            **have,
            "RestoredFrom": self._unmarked(have) if self.unmarked else tags.get(_TAG),
            "arn": have[self.kind.arn],
            "status": have[self.kind.status],
            "Tags": tags,
        }

    def _unmarked(self, have):
        """Return the wanted origin of a database without the tag, unless something tells that it cannot have it."""
        source, since = self._source()
        born = have.get("InstanceCreateTime") or have.get("ClusterCreateTime")
        if since and born and born < since:
            return f"elsewhere: it is older, of {born:%Y-%m-%d %H:%M}"
        for key in ("Engine", "MasterUsername"):
            if source and have.get(key) and source.get(key) and have[key] != source[key]:
                return f"elsewhere: its {shapes.snake(key)} is {have[key]}"
        if self.name.lower() == (self.params["source"] or "").lower():
            return "nowhere: it is the source itself"
        lost = f"{self.params['kind']} {self.name} has lost its tag {_TAG}"
        self.module.warn(f"{lost}: nothing tells for sure that it comes from {self.origin}.")
        return self.origin

    def _source(self):
        """Return what the database is restored from, as far as it is still there, and since when it can be restored."""
        if not self.params["snapshot"]:
            moment = _moment(self.params["restore_time"]) if self.params["restore_time"] else None
            source = self.params["source"] and look(self, self.params["kind"], self.params["source"])
            return source, moment
        words = {"instance": ("DBSnapshot", "db_snapshot"), "cluster": ("DBClusterSnapshot", "db_cluster_snapshot")}
        label, operation = words[self.params["kind"]]
        missing = ("DBSnapshotNotFound", "DBSnapshotNotFoundFault", "DBClusterSnapshotNotFoundFault")
        shared = {"IncludeShared": True} if self.params["snapshot"].startswith("arn:") else {}
        identifier = {f"{label}Identifier": self.params["snapshot"]}
        found = self.read(f"describe_{operation}s", tolerate=missing, **identifier, **shared)
        source = found[f"{label}s"][0] if found and found[f"{label}s"] else None
        return source, source and source.get("SnapshotCreateTime")

    # Restoring

    def want(self, have):
        return {"RestoredFrom": self.origin}

    def ready(self, have):
        if is_broken(have["status"]):
            self.fail(f"{self.params['kind']} {self.name} is {have['status']}: its events in the RDS console say why.")
        return have["status"] in READY

    def leaving(self, have):
        return have["status"] == "deleting"

    def _replaced(self, before, want, changes, locked):
        self.fail(
            f"{self.params['kind']} {self.name} exists already and comes from {before['RestoredFrom']}, not from {self.origin}."
            " A restore touches nothing that exists: give name another value, or remove or rename what has it."
        )

    def create(self, want):
        p, tags = self.params, want["Tags"]
        if p["kind"] == "instance" and not p["snapshot"]:
            target = {"TargetDBInstanceIdentifier": self.name}
        else:
            target = {self.kind.identifier: self.name}
        self.write(_METHODS[self.operation], **target, **self._from(), **self._settings(), Tags=tags)

    def _from(self):
        """Return the parameters that say what to restore from."""
        p, of = self.params, "Cluster" if self.params["kind"] == "cluster" else "Instance"
        if p["snapshot"]:
            return {"SnapshotIdentifier" if of == "Cluster" else "DBSnapshotIdentifier": p["snapshot"]}
        source = {f"SourceDB{of}Identifier": p["source"]}
        if p["automated_backups_arn"]:
            source = {"SourceDBInstanceAutomatedBackupsArn": p["automated_backups_arn"]}
        if not p["restore_time"]:
            return {**source, "UseLatestRestorableTime": True}
        return {**source, "RestoreToTime" if of == "Cluster" else "RestoreTime": _moment(p["restore_time"])}


def _moment(text):
    """Return a moment in UTC, or None for text that is none or lacks its zone."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.astimezone(timezone.utc).replace(microsecond=0) if moment.tzinfo else None


def main():
    Restore.main(DOCUMENTATION, mutually_exclusive=[("snapshot", "source", "automated_backups_arn")])


if __name__ == "__main__":
    main()
