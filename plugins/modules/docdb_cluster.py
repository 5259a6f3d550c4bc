#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: docdb_cluster
version_added: 0.1.0
short_description: Manage DocumentDB clusters and their instances
description:
  - Creates, changes and removes Amazon DocumentDB clusters together with their instances, which all have the same settings.
  - Instances change one after the other, those that read before the one that writes, so that the cluster goes on serving.
  - The master password can be AWS's own affair (O(manage_master_user_password)), so that no password ever passes through Ansible.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.rds_cluster
    description: Accepts the engines of RDS and refuses DocumentDB.
options:
  name:
    description: Identifier of the cluster. Instances are called after it, with a number.
    type: str
    required: true
  engine_version:
    description:
      - Version, for example V(5.0.0).
      - It is changed at once whatever O(apply_immediately) says, because AWS does not tell about one that waits.
    type: str
  allow_major_version_upgrade:
    description: Whether O(engine_version) may name another major version.
    type: bool
    default: false
  instance_count:
    description: How many instances there are, 0 to 16. More than one reads when one fails. V(0) keeps the data without a server.
    type: int
  db_instance_class:
    description: Size of all instances, for example V(db.r6g.large).
    type: str
  serverless_v2_scaling_configuration:
    description: Between how many capacity units instances of class V(db.serverless) scale.
    type: dict
    suboptions:
      min_capacity:
        description: Least number of units, in halves.
        type: float
        required: true
      max_capacity:
        description: Highest number of units, in halves.
        type: float
        required: true
  master_username:
    description: Name of the master user, needed to create the cluster. C(admin) is reserved. It cannot be changed later.
    type: str
  manage_master_user_password:
    description: Whether DocumentDB makes the master password, keeps it in Secrets Manager and rotates it.
    type: bool
  master_user_password:
    description:
      - The master password, where DocumentDB shall not manage it, 8 to 100 characters without C(/), C(") and C(@).
      - It is sent when the cluster is created and never compared.
    type: str
  master_user_secret_kms_key_id:
    description: Id, ARN or alias of the KMS key that encrypts the managed password.
    type: str
  db_cluster_parameter_group_name:
    description: Parameter group. Some parameters wait for a reboot; RV(cluster.pending_reboot) tells.
    type: str
  db_subnet_group_name:
    description: Subnet group. It cannot be changed later.
    type: str
  vpc_security_group_ids:
    description: Ids of all its security groups; the order does not matter.
    type: list
    elements: str
  port:
    description: Port that the cluster listens on. AWS takes 27017 when it is left out.
    type: int
  network_type:
    description: Kinds of addresses, V(DUAL) for IPv6 as well.
    type: str
    choices: [IPV4, DUAL]
  storage_type:
    description: How storage is paid for. V(iopt1) has no price for input and output, and can be taken up once in 30 days.
    type: str
    choices: [standard, iopt1]
  storage_encrypted:
    description: Whether storage, backups and logs are encrypted. It cannot be changed later.
    type: bool
  kms_key_id:
    description: Id, ARN or alias of the KMS key that encrypts the storage. It cannot be changed later.
    type: str
  backup_retention_period:
    description: For how many days backups are kept, 1 to 35.
    type: int
  preferred_backup_window:
    description: When backups are made, for example V(03:00-04:00), in UTC.
    type: str
  preferred_maintenance_window:
    description: When maintenance happens, for example V(sun:04:00-sun:05:00), in UTC.
    type: str
  enable_cloudwatch_logs_exports:
    description: All logs that go to CloudWatch. The parameter group has to switch them on as well.
    type: list
    elements: str
    choices: [audit, profiler]
  deletion_protection:
    description: Whether AWS refuses to delete the cluster.
    type: bool
  auto_minor_version_upgrade:
    description: Whether AWS installs new patch levels on the instances in the maintenance window.
    type: bool
  ca_certificate_identifier:
    description: Authority that signs the certificates of the instances, for example V(rds-ca-rsa2048-g1).
    type: str
  copy_tags_to_snapshot:
    description: Whether snapshots get the tags of the cluster.
    type: bool
  enable_performance_insights:
    description: Whether Performance Insights are on.
    type: bool
  performance_insights_kms_key_id:
    description: ARN of the KMS key for Performance Insights.
    type: str
  apply_immediately:
    description: Whether instances change their class at once, which interrupts each for minutes, and not in the maintenance window.
    type: bool
    default: false
  skip_final_snapshot:
    description: Whether O(state=absent) destroys the data for good.
    type: bool
    default: false
  final_db_snapshot_identifier:
    description: Name of the snapshot that O(state=absent) makes first, unless O(skip_final_snapshot=true).
    type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A small cluster whose password nobody knows
  slipway.aws.docdb_cluster:
    name: shop-dev
    engine_version: 5.0.0
    master_username: shop
    manage_master_user_password: true
    storage_encrypted: true
    instance_count: 1
    db_instance_class: db.t4g.medium

- name: Three instances, and on record who did what
  slipway.aws.docdb_cluster:
    name: shop-production
    master_username: shop
    manage_master_user_password: true
    storage_encrypted: true
    kms_key_id: alias/shop-production
    instance_count: 3
    db_instance_class: db.r6g.large
    db_subnet_group_name: shop-production
    vpc_security_group_ids: [sg-0123456789abcdef0]
    db_cluster_parameter_group_name: shop-production
    enable_cloudwatch_logs_exports: [audit, profiler]
    backup_retention_period: 30
    deletion_protection: true

- name: No cluster any more, but what was in it
  slipway.aws.docdb_cluster:
    name: shop-dev
    final_db_snapshot_identifier: shop-dev-final
    state: absent
"""

RETURN = r"""
cluster:
  description: The cluster; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the cluster.
      type: str
    status:
      description: Its status.
      type: str
      sample: available
    endpoint:
      description: Address of the instance that writes.
      type: str
    reader_endpoint:
      description: Address behind which the other instances read.
      type: str
    master_user_secret:
      description: C(secret_arn) and C(secret_status) of the managed password.
      type: dict
    instances:
      description: Its instances, with C(db_instance_identifier), C(db_instance_status), C(is_cluster_writer) and their settings.
      type: list
      elements: dict
    pending_reboot:
      description: Whether parameters wait for a reboot.
      type: bool
"""

from ansible_collections.slipway.aws.plugins.module_utils import docdb
from ansible_collections.slipway.aws.plugins.module_utils.kms_keys import Keys
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import changes_of_tags, from_form

_READY = ("available", "stopped")
_BROKEN = ("failed", "inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable")


class Cluster(Resource):
    """A cluster and its instances, which have all settings in common."""

    service = "docdb"
    noun = "cluster"
    missing = ("DBClusterNotFoundFault", "DBInstanceNotFound", "DBInstanceNotFoundFault")
    immutable = ("DBSubnetGroupName", "KmsKeyId", "MasterUsername", "StorageEncrypted")
    unordered = ("EnableCloudwatchLogsExports", "VpcSecurityGroupIds")
    write_only = ("MasterUserPassword",)
    outputs = ("arn", "status", "Endpoint", "ReaderEndpoint", "MasterUserSecret")
    pauses = (5, 10, 15, 30)

    def validate(self):
        p = self.params
        faults = docdb.faults(p)
        if p["state"] == "absent" and p["skip_final_snapshot"] == bool(p["final_db_snapshot_identifier"]):
            faults.append(
                "Name the last snapshot with final_db_snapshot_identifier, or destroy the data with skip_final_snapshot=true."
            )
        return faults

    # Looking

    def find(self):
        found = self.read("describe_db_clusters", DBClusterIdentifier=self.name)
        if not found or not found["DBClusters"]:
            return None
        cluster = found["DBClusters"][0]
        if cluster["Engine"] != "docdb":
            self.fail(f"cluster {self.name} is of engine {cluster['Engine']}, not docdb. Give another name.")
        arn, members, secret = cluster["DBClusterArn"], self._instances(cluster), cluster.get("MasterUserSecret") or {}
        tags = self.read("list_tags_for_resource", ResourceName=arn) or {}
        staying = [one for one in members if one["DBInstanceStatus"] != "deleting"]
        return {
            "StorageType": "standard",
            **cluster,
            **docdb.common(staying),
            "InstanceCount": len(staying),
            "Instances": members,
            "DBClusterParameterGroupName": cluster.get("DBClusterParameterGroup"),
            "DBSubnetGroupName": cluster.get("DBSubnetGroup"),
            "VpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in cluster.get("VpcSecurityGroups", [])],
            "EnableCloudwatchLogsExports": cluster.get("EnabledCloudwatchLogsExports", []),
            "ManageMasterUserPassword": bool(secret),
            "MasterUserSecretKmsKeyId": secret.get("KmsKeyId"),
            "pending_reboot": any(one["DBClusterParameterGroupStatus"] == "pending-reboot" for one in members),
            "arn": arn,
            "status": cluster["Status"],
            "Tags": from_form(tags.get("TagList")),
        }

    def _instances(self, cluster):
        """Return the instances with what the cluster says about each."""
        roles = {one["DBInstanceIdentifier"]: one for one in cluster.get("DBClusterMembers", [])}
        listed = self.pages("describe_db_instances", "DBInstances", Filters=[{"Name": "db-cluster-id", "Values": [self.name]}])
        unknown = {"IsClusterWriter": False, "DBClusterParameterGroupStatus": "in-sync"}
        return [{**unknown, **one, **roles.get(one["DBInstanceIdentifier"], {})} for one in listed]

    def want(self, have):
        keys = Keys(self.module)
        named = {key: keys.arn(self.params[option]) for key, option in _KEYS.items() if self.params[option]}
        common = {key: self.params[option] for option, key in _OF_INSTANCES.items()}
        count = self.params["instance_count"]
        want = {**self.request("CreateDBCluster"), **named, "InstanceCount": count}
        for key in ("PreferredMaintenanceWindow", "PreferredBackupWindow"):
            want[key] = want[key].lower() if key in want else None
        left = count if count is not None else (have or {}).get("InstanceCount", 0)
        want.update(common if left else {})
        return want

    def ready(self, have):
        states = {have["status"], *(one["DBInstanceStatus"] for one in have["Instances"])}
        broken = sorted(state for state in states if state in _BROKEN or state.startswith("incompatible-"))
        if broken:
            self.fail(f"cluster {self.name} is {broken[0]}: the events of the cluster in the DocumentDB console say why.")
        return states <= set(_READY)

    def leaving(self, have):
        return have["status"] == "deleting"

    # Changing

    def create(self, want):
        if not want.get("MasterUsername"):
            self.fail(f"cluster {self.name} needs a master_username to be created.")
        if not (want.get("ManageMasterUserPassword") or want.get("MasterUserPassword")):
            self.fail(f"cluster {self.name} needs manage_master_user_password=true, or a master_user_password, to be created.")
        mine, instances = _parted(want)
        self.write("create_db_cluster", DBClusterIdentifier=self.name, Engine="docdb", **mine)
        count = instances.pop("InstanceCount", 0)
        if count:
            self._cluster_at_rest()
            self._add(docdb.free_names(self.name, (), count), instances, want.get("Tags", []))

    def update(self, have, changes):
        mine, instances = _parted(changes)
        if mine:
            self._modify(have, mine)
        count = instances.pop("InstanceCount", None)
        if instances:
            self._change_in_turn(have, instances)
        if count is not None:
            self._scale(have, count)

    def _modify(self, have, changes):
        if "EnableCloudwatchLogsExports" in changes:
            wanted, present = set(changes.pop("EnableCloudwatchLogsExports")), set(have["EnableCloudwatchLogsExports"])
            logs = {"EnableLogTypes": sorted(wanted - present), "DisableLogTypes": sorted(present - wanted)}
            changes["CloudwatchLogsExportConfiguration"] = {key: value for key, value in logs.items() if value}
        if "MasterUserSecretKmsKeyId" in changes:
            changes["ManageMasterUserPassword"] = True  # AWS takes the key only together with the wish to manage
        if changes.get("ManageMasterUserPassword") is False:
            changes["MasterUserPassword"] = self.params["master_user_password"]
        at_once = self.params["apply_immediately"] or bool(_UNTOLD & changes.keys())
        major = {"AllowMajorVersionUpgrade": True} if self.params["allow_major_version_upgrade"] else {}
        self.write("modify_db_cluster", DBClusterIdentifier=self.name, ApplyImmediately=at_once, **major, **changes)
        self._cluster_at_rest()

    def _cluster_at_rest(self):
        """Wait until the cluster takes another change; its instances may still be busy."""
        have = None
        for _look in self.looks(self._patience()):
            have = self.find()
            if have and have["status"] in _READY:
                return have
            if have and have["status"] in _BROKEN:
                self.ready(have)
        return self._late(have, "ready")

    def _change_in_turn(self, have, changes):
        """Change the instances one after the other, so that the others serve meanwhile."""
        if changes.get("PerformanceInsightsKMSKeyId"):
            changes["EnablePerformanceInsights"] = True
        for one in docdb.in_turn(have["Instances"]):
            name, at_once = one["DBInstanceIdentifier"], self.params["apply_immediately"]
            self.write("modify_db_instance", DBInstanceIdentifier=name, ApplyImmediately=at_once, **changes)
            self._instance_at_rest(name)

    def _instance_at_rest(self, name):
        for _look in self.looks(self._patience()):
            found = self.read("describe_db_instances", DBInstanceIdentifier=name)
            if not found or found["DBInstances"][0]["DBInstanceStatus"] in _READY:
                return
        self.fail(
            f"cluster {self.name}: instance {name} is not ready in time. Run the same command again to go on with the others."
        )

    def _scale(self, have, count):
        present = [one for one in have["Instances"] if one["DBInstanceStatus"] != "deleting"]
        for one in docdb.in_turn(present)[: max(0, len(present) - count)]:
            self.write("delete_db_instance", tolerate=self.missing, DBInstanceIdentifier=one["DBInstanceIdentifier"])
        if count > len(present):
            taken = [one["DBInstanceIdentifier"] for one in have["Instances"]]
            given = {key: self.params[option] for option, key in _OF_INSTANCES.items() if self.params[option] is not None}
            tags = [{"Key": key, "Value": value} for key, value in {**have["Tags"], **self._tag_texts()}.items()]
            self._add(docdb.free_names(self.name, taken, count - len(present)), given, tags)

    def _add(self, names, settings, tags):
        for name in names:
            whose = {"DBInstanceIdentifier": name, "DBClusterIdentifier": self.name, "Engine": "docdb"}
            self.write("create_db_instance", **whose, **settings, **({"Tags": tags} if tags else {}))

    def retag(self, have, add, remove):
        for arn in (have["arn"], *(one["DBInstanceArn"] for one in have["Instances"])):
            for operation, parameters in changes_of_tags(self.service, arn, add, remove):
                self.write(operation, **parameters)

    def delete(self, have):
        last = {"SkipFinalSnapshot": True}
        if have.get("DeletionProtection"):
            self.fail(f"cluster {self.name} is protected. Switch it off first with deletion_protection=false, then remove it.")
        if not self.params["skip_final_snapshot"]:
            last = {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": self.params["final_db_snapshot_identifier"]}
            self._insist_on_free_snapshot(last["FinalDBSnapshotIdentifier"])
        for one in docdb.in_turn(have["Instances"]):
            if one["DBInstanceStatus"] != "deleting":
                self.write("delete_db_instance", tolerate=self.missing, DBInstanceIdentifier=one["DBInstanceIdentifier"])
        soon = {"InvalidDBClusterStateFault": "non-deleting"}  # AWS takes a moment to notice that the instances go
        self.write("delete_db_cluster", tolerate=self.missing, patience=soon, DBClusterIdentifier=self.name, **last)

    def _insist_on_free_snapshot(self, name):
        """Fail for a name that is taken, before the instances go that AWS wants to be gone first."""
        gone = ("DBClusterSnapshotNotFoundFault",)
        if (self.read("describe_db_cluster_snapshots", tolerate=gone, DBClusterSnapshotIdentifier=name) or {}).get(
            "DBClusterSnapshots"
        ):
            self.fail(f"cluster {self.name}: there is a snapshot {name} already. Give final_db_snapshot_identifier another name.")


_UNTOLD = {"EngineVersion", "ManageMasterUserPassword"}  # AWS does not tell about a change of these that waits
_KEYS = {
    "KmsKeyId": "kms_key_id",
    "MasterUserSecretKmsKeyId": "master_user_secret_kms_key_id",
}
_OF_INSTANCES = {
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "ca_certificate_identifier": "CACertificateIdentifier",
    "db_instance_class": "DBInstanceClass",
    "enable_performance_insights": "EnablePerformanceInsights",
    "performance_insights_kms_key_id": "PerformanceInsightsKMSKeyId",
}


def _parted(entries):
    """Return what concerns the cluster, and what concerns its instances."""
    of_instances = {key: value for key, value in entries.items() if key in docdb.COMMON or key == "InstanceCount"}
    return {key: value for key, value in entries.items() if key not in of_instances}, of_instances


def main():
    Cluster.main(DOCUMENTATION, no_log=("master_user_password",))


if __name__ == "__main__":
    main()
