#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_instance
version_added: 0.1.0
short_description: Manage RDS database instances
description:
  - Creates, changes and removes Amazon RDS instances and read replicas.
  - The master password can be AWS's own affair (O(manage_master_user_password)), so that no password ever passes through Ansible.
  - A change that AWS defers to the maintenance window counts as made; RV(instance.pending_modified_values) shows it.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.rds_instance
    description: >-
      Cannot let RDS manage the master password, so one passes through Ansible. It fails when an instance without Performance
      Insights is to get them with a key of one's own.
options:
  name:
    description: Identifier of the instance.
    type: str
    required: true
  engine:
    description: Engine, for example V(mysql) or V(postgres). Needed to create an instance that is not a replica.
    type: str
  engine_version:
    description: Version; a prefix such as V(8.0) leaves the patch level to AWS.
    type: str
  db_instance_class:
    description: Size of the instance, for example V(db.t4g.micro).
    type: str
  allocated_storage:
    description: Storage in GiB. AWS cannot shrink it; what storage autoscaling has added is left alone.
    type: int
  max_allocated_storage:
    description: Up to how many GiB storage grows by itself.
    type: int
  storage_type:
    description: Kind of storage.
    type: str
    choices: [gp2, gp3, io1, io2, standard]
  iops:
    description: Provisioned operations per second, for V(gp3), V(io1) and V(io2).
    type: int
  storage_throughput:
    description: Provisioned throughput in MiB per second, for V(gp3).
    type: int
  storage_encrypted:
    description: Whether storage, backups and replicas are encrypted. It cannot be changed later.
    type: bool
  kms_key_id:
    description: ARN of the KMS key that encrypts the storage. It cannot be changed later.
    type: str
  db_name:
    description: Name of the first database, made with the instance.
    type: str
  master_username:
    description: Name of the master user. It cannot be changed later.
    type: str
  manage_master_user_password:
    description: Whether RDS makes the master password, keeps it in Secrets Manager and rotates it.
    type: bool
  master_user_password:
    description:
      - The master password, where RDS shall not manage it.
      - It is sent when the instance is created and never compared.
    type: str
  master_user_secret_kms_key_id:
    description: ARN of the KMS key that encrypts the managed password.
    type: str
  port:
    description: Port that the database listens on.
    type: int
  multi_az:
    description: Whether a standby in another availability zone takes over when the instance fails.
    type: bool
  db_subnet_group_name:
    description: Subnet group. It cannot be changed later.
    type: str
  vpc_security_group_ids:
    description: Ids of all its security groups; the order does not matter.
    type: list
    elements: str
  publicly_accessible:
    description: Whether it has a public address.
    type: bool
  db_parameter_group_name:
    description: Parameter group. Some parameters wait for a reboot; RV(instance.pending_reboot) tells.
    type: str
  backup_retention_period:
    description: For how many days automated backups are kept, 0 to 35; they are what point-in-time recovery needs.
    type: int
  preferred_backup_window:
    description: When backups are made, for example V(03:00-04:00), in UTC.
    type: str
  preferred_maintenance_window:
    description: When maintenance happens, for example V(sun:04:00-sun:05:00), in UTC.
    type: str
  copy_tags_to_snapshot:
    description: Whether snapshots get the tags of the instance.
    type: bool
  enable_cloudwatch_logs_exports:
    description: All logs that go to CloudWatch, for example V([error, slowquery]).
    type: list
    elements: str
  enable_performance_insights:
    description: Whether Performance Insights is on.
    type: bool
  performance_insights_kms_key_id:
    description: ARN of the KMS key for Performance Insights. It cannot be changed later.
    type: str
  enable_iam_database_authentication:
    description: Whether users may sign in with IAM tokens.
    type: bool
  auto_minor_version_upgrade:
    description: Whether AWS installs new patch levels in the maintenance window.
    type: bool
  deletion_protection:
    description: Whether AWS refuses to delete the instance.
    type: bool
  source_db_instance_identifier:
    description:
      - Makes the instance a read replica of this one (name in the same region, ARN in another).
      - Engine, storage, user and database come from the source.
    type: str
  allow_major_version_upgrade:
    description: Whether O(engine_version) may name another major version.
    type: bool
    default: false
  apply_immediately:
    description: Whether changes are made at once, which may restart the database, and not in the maintenance window.
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
- name: A small database whose password nobody knows
  slipway.aws.rds_instance:
    name: shop-dev
    engine: mysql
    engine_version: "8.0"
    db_instance_class: db.t3.micro
    allocated_storage: 20
    storage_encrypted: true
    master_username: admin
    manage_master_user_password: true
    backup_retention_period: 7

- name: A replica for reports
  slipway.aws.rds_instance:
    name: shop-production-replica
    source_db_instance_identifier: shop-production
    db_instance_class: db.r6g.large

- name: No database any more, but what was in it
  slipway.aws.rds_instance:
    name: shop-dev
    final_db_snapshot_identifier: shop-dev-final
    state: absent
"""

RETURN = r"""
instance:
  description: The instance; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the instance.
      type: str
    status:
      description: Its status.
      type: str
      sample: available
    endpoint:
      description: C(address) and C(port) of the database.
      type: dict
    master_user_secret:
      description: C(secret_arn) and C(secret_status) of the managed password.
      type: dict
    pending_modified_values:
      description: Changes that wait for the maintenance window.
      type: dict
    pending_reboot:
      description: Whether parameters wait for a reboot.
      type: bool
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats, versions
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_READY = ("available", "storage-optimization", "storage-config-upgrade")
_BROKEN = ("failed", "restore-error", "storage-full", "insufficient-capacity")

_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_DAY = r"(?i:mon|tue|wed|thu|fri|sat|sun)"
_WINDOWS = (
    ("preferred_backup_window", rf"({_TIME}-{_TIME})?", "03:00-04:00"),
    ("preferred_maintenance_window", rf"({_DAY}:{_TIME}-{_DAY}:{_TIME})?", "sun:05:00-sun:06:00"),
)


class Instance(Resource):
    """An instance. Its description uses other names than the requests for what a request can say."""

    service = "rds"
    noun = "instance"
    missing = ("DBInstanceNotFound", "DBInstanceNotFoundFault")
    immutable = (
        "DBName",
        "DBSubnetGroupName",
        "Engine",
        "KmsKeyId",
        "MasterUsername",
        "PerformanceInsightsKMSKeyId",
        "SourceDBInstanceIdentifier",
        "StorageEncrypted",
    )
    unordered = ("EnableCloudwatchLogsExports", "VpcSecurityGroupIds")
    write_only = ("MasterUserPassword",)
    outputs = ("arn", "status", "Endpoint", "MasterUserSecret")
    pauses = (2, 3, 5, 10, 15, 30)

    def validate(self):
        p = self.params
        rule = "AWS takes up to 63 letters, digits and single hyphens, a letter first and no hyphen last"
        faults = formats.misnamed("name", self.name, r"[A-Za-z](-?[A-Za-z0-9])*", rule, longest=63)
        faults += formats.out_of_range(1150, 65535, port=p["port"])
        faults += formats.malformed("security group", vpc_security_group_ids=p["vpc_security_group_ids"])
        for option, pattern, example in _WINDOWS:
            faults += formats.misnamed(option, p[option] or "", pattern, f"it is like {example}, in UTC")
        if p["manage_master_user_password"] and p["master_user_password"]:
            faults.append("Either RDS manages the master password or master_user_password gives it, not both.")
        if p["state"] == "absent" and not p["skip_final_snapshot"] and not p["final_db_snapshot_identifier"]:
            faults.append(
                "Name the last snapshot with final_db_snapshot_identifier, or destroy the data with skip_final_snapshot=true."
            )
        if p["max_allocated_storage"] and p["allocated_storage"] and p["max_allocated_storage"] < p["allocated_storage"]:
            faults.append("max_allocated_storage is below allocated_storage.")
        if not 0 <= (p["backup_retention_period"] or 0) <= 35:
            faults.append("backup_retention_period: RDS keeps automated backups for 35 days at most, and for none with 0.")
        return faults

    def find(self):
        found = self.read("describe_db_instances", DBInstanceIdentifier=self.name)
        if not found or not found["DBInstances"]:
            return None
        db = found["DBInstances"][0]
        secret, pending = db.get("MasterUserSecret") or {}, db.get("PendingModifiedValues") or {}
        groups = db.get("DBParameterGroups") or [{}]
        return {
            **db,
            **{key: value for key, value in pending.items() if key in db},
            "DBSubnetGroupName": (db.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
            "VpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in db.get("VpcSecurityGroups", [])],
            "DBParameterGroupName": groups[0].get("DBParameterGroupName"),
            "pending_reboot": groups[0].get("ParameterApplyStatus") == "pending-reboot",
            "EnableCloudwatchLogsExports": db.get("EnabledCloudwatchLogsExports", []),
            "EnablePerformanceInsights": db.get("PerformanceInsightsEnabled", False),
            "EnableIAMDatabaseAuthentication": db.get("IAMDatabaseAuthenticationEnabled", False),
            "ManageMasterUserPassword": bool(secret),
            "MasterUserSecretKmsKeyId": secret.get("KmsKeyId"),
            "SourceDBInstanceIdentifier": db.get("ReadReplicaSourceDBInstanceIdentifier"),
            "Port": pending.get("Port") or (db.get("Endpoint") or {}).get("Port") or db.get("DbInstancePort"),
            "arn": db["DBInstanceArn"],
            "status": db["DBInstanceStatus"],
            "Tags": from_form(db.get("TagList")),
        }

    def want(self, have):
        replica = self.params["source_db_instance_identifier"]
        want = self.request("CreateDBInstance", DBInstanceIdentifier=self.name, SourceDBInstanceIdentifier=replica)
        if have is None:
            return want
        if have.get("MaxAllocatedStorage") and have["AllocatedStorage"] > want.get("AllocatedStorage", 0):
            want.pop("AllocatedStorage", None)
        return want

    def _changes(self, have, want):
        """Who asks for a version is content with what AWS has made of it: RDS never goes back to an older minor version."""
        content = versions.satisfies(have.get("EngineVersion", ""), want.get("EngineVersion", ""))
        return super()._changes(have, {key: value for key, value in want.items() if not (content and key == "EngineVersion")})

    def ready(self, have):
        if have["status"] in _BROKEN or have["status"].startswith("incompatible-"):
            self.fail(f"instance {self.name} is {have['status']}: the events of the instance in the RDS console say why.")
        return have["status"] in _READY and bool(have.get("Endpoint"))

    def leaving(self, have):
        return have["status"] == "deleting"

    def create(self, want):
        if want.get("SourceDBInstanceIdentifier"):
            self.write("create_db_instance_read_replica", **want)
        else:
            self.write("create_db_instance", **want)

    def update(self, have, changes):
        if "EnableCloudwatchLogsExports" in changes:
            now, then = set(have["EnableCloudwatchLogsExports"]), set(changes.pop("EnableCloudwatchLogsExports"))
            changes["CloudwatchLogsExportConfiguration"] = {
                "EnableLogTypes": sorted(then - now),
                "DisableLogTypes": sorted(now - then),
            }
        if "Port" in changes:
            changes["DBPortNumber"] = changes.pop("Port")
        if "MasterUserSecretKmsKeyId" in changes:
            changes["ManageMasterUserPassword"] = True  # AWS takes the key only together with the wish to manage
        if changes.get("ManageMasterUserPassword") is False:
            changes["MasterUserPassword"] = self.params["master_user_password"]
        self.write(
            "modify_db_instance",
            DBInstanceIdentifier=self.name,
            ApplyImmediately=self.params["apply_immediately"],
            AllowMajorVersionUpgrade=self.params["allow_major_version_upgrade"],
            **changes,
        )

    def delete(self, have):
        last = {"SkipFinalSnapshot": True}
        if not self.params["skip_final_snapshot"]:
            last = {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": self.params["final_db_snapshot_identifier"]}
        if have.get("DeletionProtection"):
            self.fail(f"instance {self.name} is protected. Switch it off first with deletion_protection=false, then remove it.")
        self.write("delete_db_instance", tolerate=self.missing, DBInstanceIdentifier=self.name, **last)


def main():
    Instance.main(DOCUMENTATION, no_log=("master_user_password",))


if __name__ == "__main__":
    main()
