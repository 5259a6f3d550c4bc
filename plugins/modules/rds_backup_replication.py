#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_backup_replication
version_added: 0.1.0
short_description: Replicate automated backups of an RDS instance to another region
description:
  - Has the automated backups and transaction logs of an instance copied to the region of this task, all the time.
  - When the region of the instance fails, M(slipway.aws.rds_restore) makes an instance from them in this region, to any second.
  - Run it in the region to which the backups go; O(source_region) is where the instance is.
  - It works for instances only. Aurora has global databases and copies by AWS Backup instead.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Identifier of the instance in O(source_region).
    type: str
    required: true
  source_region:
    description: Region of the instance.
    type: str
    required: true
  backup_retention_period:
    description:
      - For how many days the replicated backups are kept, 1 to 35; RDS begins with 7. The source may keep its own for another time.
      - RDS cannot change it. The module stops the replication and starts it anew; what has arrived is kept until its time is over.
    type: int
  kms_key_id:
    description:
      - ARN, id or alias of a KMS key in the region of this task, which an encrypted instance needs.
      - Another key starts the replication anew, as another O(backup_retention_period) does.
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
- name: Backups of a database that is not encrypted, in another region for a week
  slipway.aws.rds_backup_replication:
    name: shop-dev
    source_region: eu-west-1
    region: eu-central-1

- name: Two weeks of every second of the shop, in Frankfurt
  slipway.aws.rds_backup_replication:
    name: shop-production
    source_region: eu-west-1
    backup_retention_period: 14
    kms_key_id: alias/shop-backup
    region: eu-central-1
    wait_timeout: 3600

- name: No backups in Frankfurt any more
  slipway.aws.rds_backup_replication:
    name: shop-production
    source_region: eu-west-1
    region: eu-central-1
    state: absent
"""

RETURN = r"""
backup_replication:
  description: The replicated backups; empty when nothing is replicated.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the replicated backups, from which an instance can be restored.
      type: str
      sample: arn:aws:rds:eu-central-1:123456789012:auto-backup:ab-abcdefghijklmnopqrstuvwxyz
    status:
      description: C(pending) until the first backup has arrived, then C(replicating).
      type: str
    restore_window:
      description: C(earliest_time) and C(latest_time) to which an instance can be restored.
      type: dict
    tags:
      description: Tags of the replicated backups.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.kms_keys import Keys
from ansible_collections.slipway.aws.plugins.module_utils.rds import InRegion, key_faults, look, name_faults
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class Replication(Resource):
    """A replication. RDS keeps what has arrived when it ends, so backups that are only kept are none."""

    service = "rds"
    noun = "backup replication"
    missing = ("DBInstanceAutomatedBackupNotFound", "DBInstanceAutomatedBackupNotFoundFault")
    immutable = ("BackupRetentionPeriod", "KmsKeyId")
    replaceable = "delete first"
    outputs = ("arn", "status")
    pauses = (5, 10, 15, 30)

    def validate(self):
        p, faults, here = self.params, name_faults(self.params["name"]), self.module.region
        if p["source_region"] == here:
            faults.append(f"source_region: the instance is in {here} itself. Give region the one to which the backups shall go.")
        faults += formats.malformed("region", source_region=p["source_region"])
        faults += formats.out_of_range(1, 35, backup_retention_period=p["backup_retention_period"])
        return faults + key_faults(p["kms_key_id"], here)

    def find(self):
        rows = self.pages("describe_db_instance_automated_backups", "DBInstanceAutomatedBackups")
        for row in rows:
            there = (row.get("Region"), row.get("DBInstanceIdentifier"), row.get("Status") == "retained")
            if there == (self.params["source_region"], self.name.lower(), False):
                facts = {"arn": row["DBInstanceAutomatedBackupsArn"], "status": row["Status"]}
                return {**row, **facts, "Tags": from_form(row.get("TagList"))}
        return None

    def want(self, have):
        present = (have or {}).get("KmsKeyId")
        return {
            "BackupRetentionPeriod": self.params["backup_retention_period"],
            "KmsKeyId": Keys(self.module).as_reported(self.params["kms_key_id"], present),
        }

    def ready(self, have):
        return have["status"] == "replicating"

    def _source(self):
        """Return the instance, or end the task with what keeps its backups from being replicated."""
        region = self.params["source_region"]
        source = look(InRegion(self.module, region), "instance", self.name)
        if source is None:
            self.fail(f"There is no instance {self.name} in {region}. Make it first: slipway.aws.rds_instance.")
        if not source.get("BackupRetentionPeriod"):
            self.fail(f"instance {self.name} in {region} has no automated backups. Give it a backup_retention_period first.")
        if source.get("StorageEncrypted") and not self.params["kms_key_id"]:
            self.fail(f"instance {self.name} is encrypted: kms_key_id has to name a key of {self.module.region} for its backups.")
        return source

    def create(self, want):
        where = {"SourceDBInstanceArn": self._source()["DBInstanceArn"], "SourceRegion": self.params["source_region"]}
        self.write("start_db_instance_automated_backups_replication", **where, **want)

    def delete(self, have):
        gone = ("DBInstanceNotFound", "DBInstanceNotFoundFault")
        operation = "stop_db_instance_automated_backups_replication"
        self.write(operation, tolerate=gone, SourceDBInstanceArn=have["DBInstanceArn"])


def main():
    Replication.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
