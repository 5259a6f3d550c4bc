#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_settings
version_added: 0.1.0
short_description: Manage settings of an EFS file system
description:
  - Sets throughput, lifecycle, backups, policy and replication of an Amazon EFS file system that exists.
  - What is left out is left as it is. O(state=absent) sets everything as AWS delivers it, and leaves the file system itself alone.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.efs
    description: >-
      Makes the file system and its mount targets. It knows neither elastic throughput, the archive, backups, a policy nor
      replication, and has no check mode.
options:
  name:
    description: Id of the file system, or the value of its C(Name) tag.
    type: str
    required: true
  throughput_mode:
    description:
      - How throughput is given. V(elastic) follows the load and is paid by use, V(bursting) grows with the size.
      - From V(provisioned) AWS lets one go back 24 hours after the last change.
    type: str
    choices: [bursting, elastic, provisioned]
  provisioned_throughput_in_mibps:
    description: Throughput in MiB per second for V(provisioned). It can be lowered 24 hours after the last change.
    type: float
  lifecycle_policies:
    description: When files move to cheaper storage. It is described completely, so what is left out is off and V({}) moves nothing.
    type: dict
    suboptions:
      transition_to_ia:
        description: How long after its last access a file moves to infrequent access.
        type: str
        choices: &after
          - AFTER_1_DAY
          - AFTER_7_DAYS
          - AFTER_14_DAYS
          - AFTER_30_DAYS
          - AFTER_60_DAYS
          - AFTER_90_DAYS
          - AFTER_180_DAYS
          - AFTER_270_DAYS
          - AFTER_365_DAYS
      transition_to_archive:
        description: How long after its last access a file moves to the archive, which needs V(elastic) throughput.
        type: str
        choices: *after
      transition_to_primary_storage_class:
        description: Whether a file comes back when it is read.
        type: str
        choices: [AFTER_1_ACCESS]
  backup:
    description: Whether AWS Backup makes a daily backup, kept for 35 days.
    type: bool
  policy:
    description: Policy that says who may mount and write. V({}) removes it.
    type: json
  bypass_policy_lockout_safety_check:
    description: Whether O(policy) may keep the caller from changing it again.
    type: bool
    default: false
  replication_overwrite_protection:
    description: Whether the file system is kept from becoming the destination of a replication. New file systems are.
    type: str
    choices: [ENABLED, DISABLED]
  replication:
    description:
      - Where the file system is copied to. V({}) ends the replication; the copy stays and can be written then.
      - A replication cannot be changed. To have another one, end the present one first.
    type: dict
    suboptions:
      region:
        description: Region of the copy.
        type: str
      file_system_id:
        description:
          - Id or ARN of an existing file system that is overwritten. Its protection has to be V(DISABLED).
          - Left out, EFS makes a new one.
        type: str
      availability_zone_name:
        description: Zone of a new file system with one zone storage.
        type: str
      kms_key_id:
        description: Key that encrypts a new file system, known in its region.
        type: str
      role_arn:
        description: ARN of the role that copies into another account.
        type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Throughput as needed, backups, and cheap storage for what nobody reads
  slipway.aws.efs_settings:
    name: shop-production
    throughput_mode: elastic
    backup: true
    lifecycle_policies:
      transition_to_ia: AFTER_30_DAYS
      transition_to_archive: AFTER_90_DAYS
      transition_to_primary_storage_class: AFTER_1_ACCESS

- name: Only over TLS, and with a copy in another region
  slipway.aws.efs_settings:
    name: fs-0123456789abcdef0
    replication:
      region: eu-central-1
      kms_key_id: alias/shop-production
    policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Deny
          Principal: "*"
          Action: "*"
          Condition:
            Bool:
              aws:SecureTransport: "false"

- name: The settings that AWS delivers
  slipway.aws.efs_settings:
    name: shop-production
    state: absent
"""

RETURN = r"""
file_system:
  description: The file system with its settings; empty when they are those that AWS delivers and were asked to be.
  returned: always
  type: dict
  contains:
    file_system_id:
      description: Its id.
      type: str
    arn:
      description: Its ARN.
      type: str
    throughput_mode:
      description: How throughput is given.
      type: str
    destinations:
      description: Where it is copied to, with C(file_system_id), C(region) and C(status).
      type: list
      elements: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import shapes
from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.efs import lifecycle_faults
from ansible_collections.slipway.aws.plugins.module_utils.settings import Settings

_THROUGHPUT = ("ThroughputMode", "ProvisionedThroughputInMibps")
_FOR_A_NEW_ONE = ("availability_zone_name", "kms_key_id")


class FileSystem(Settings):
    """Settings of a file system, each changed by an operation of its own."""

    service = "efs"
    noun = "file system"
    missing = ("FileSystemNotFound", "PolicyNotFound", "ReplicationNotFound")
    whole = ("LifecyclePolicies", "Replication")
    policies = ("Policy",)
    maker = "community.aws.efs"
    delivered = {
        "ThroughputMode": "bursting",
        "LifecyclePolicies": {},
        "BackupPolicy": "DISABLED",
        "Policy": {},
        "ReplicationOverwriteProtection": "ENABLED",
        "Replication": {},
    }

    def validate(self):
        mode, speed = self.params["throughput_mode"], self.params["provisioned_throughput_in_mibps"]
        after, faults = self.params["lifecycle_policies"] or {}, []
        if mode == "provisioned" and speed is None:
            faults.append("throughput_mode provisioned needs provisioned_throughput_in_mibps.")
        if mode in ("bursting", "elastic") and speed is not None:
            faults.append(f"provisioned_throughput_in_mibps belongs to throughput_mode provisioned, not to {mode}.")
        if speed is not None and speed < 1:
            faults.append(f"provisioned_throughput_in_mibps {speed} is below 1 MiB per second.")
        if after.get("transition_to_archive") and mode in ("bursting", "provisioned"):
            faults.append(f"lifecycle_policies: transition_to_archive needs throughput_mode elastic, not {mode}.")
        return faults + lifecycle_faults(after) + self._replication_faults()

    def _replication_faults(self):
        wish = {key: value for key, value in (self.params["replication"] or {}).items() if value}
        if wish and not {"region", "file_system_id"} & wish.keys():
            return ["replication needs the region of the copy, or the file_system_id of an existing file system."]
        extra = [key for key in _FOR_A_NEW_ONE if key in wish and "file_system_id" in wish]
        return [f"replication.{key} is for a new file system; {wish['file_system_id']} has its own." for key in extra]

    # Looking

    def look(self):
        found = self._system()
        if found is None:
            return None
        key = found["FileSystemId"]
        rules = self.read("describe_lifecycle_configuration", FileSystemId=key) or {"LifecyclePolicies": []}
        backup = self.read("describe_backup_policy", FileSystemId=key) or {"BackupPolicy": {"Status": "DISABLED"}}
        policy = self.read("describe_file_system_policy", FileSystemId=key) or {}
        copies = self._destinations(key)
        return {
            **{key: value for key, value in found.items() if key != "Tags"},
            "arn": found["FileSystemArn"],
            "status": found["LifeCycleState"],
            "LifecyclePolicies": {name: after for rule in rules["LifecyclePolicies"] for name, after in rule.items()},
            "BackupPolicy": _goal(backup["BackupPolicy"]["Status"]),
            "BackupStatus": backup["BackupPolicy"]["Status"],
            "Policy": parsed(policy.get("Policy")) or {},
            "ReplicationOverwriteProtection": found.get("FileSystemProtection", {}).get("ReplicationOverwriteProtection"),
            "Replication": self._replication(copies),
            "Destinations": copies,
        }

    def _system(self):
        if self.name.startswith("fs-"):
            found = (self.read("describe_file_systems", FileSystemId=self.name) or {"FileSystems": []})["FileSystems"]
        else:
            found = [one for one in self.pages("describe_file_systems", "FileSystems") if one.get("Name") == self.name]
        if len(found) > 1:
            keys = ", ".join(sorted(one["FileSystemId"] for one in found))
            self.fail(f"{len(found)} file systems are named {self.name}: give the id of one, {keys}.")
        return found[0] if found and found[0]["LifeCycleState"] not in ("deleting", "deleted") else None

    def _destinations(self, key):
        """Return where the file system is copied to; nothing for one that is itself a copy."""
        found = (self.read("describe_replication_configurations", FileSystemId=key) or {"Replications": []})["Replications"]
        return [copy for one in found if one["SourceFileSystemId"] == key for copy in one["Destinations"]]

    def _replication(self, copies):
        """Return the replication in those of its parts that the task speaks about."""
        standing = [copy for copy in copies if copy["Status"] != "DELETING"]
        wish = self._wanted_replication() or {"Region": None, "FileSystemId": None}
        return {key: copy[key] for copy in standing for key in wish if key in copy}

    # Wanting

    def want(self, have):
        after, backup = self.params["lifecycle_policies"], self.params["backup"]
        shape = self.client.meta.service_model.shape_for("LifecyclePolicy")
        return {
            "ThroughputMode": self.params["throughput_mode"],
            "ProvisionedThroughputInMibps": self.params["provisioned_throughput_in_mibps"],
            "LifecyclePolicies": None if after is None else shapes.to_api(shape, after),
            "BackupPolicy": None if backup is None else "ENABLED" if backup else "DISABLED",
            "Policy": self.params["policy"],
            "ReplicationOverwriteProtection": self.params["replication_overwrite_protection"],
            "Replication": self._wanted_replication(),
        }

    def _wanted_replication(self):
        wish = self.params["replication"]
        if wish is None:
            return None
        key = (wish["file_system_id"] or "").rsplit("/", 1)[-1]
        told = {"Region": wish["region"], "FileSystemId": key, "RoleArn": wish["role_arn"]}
        return {name: value for name, value in told.items() if value}

    def ready(self, have):
        failed = [copy for copy in have["Destinations"] if copy["Status"] == "ERROR"]
        if failed or have["status"] == "error":
            reason = failed[0].get("StatusMessage") if failed else ""
            self.fail(f"file system {self.name}: {'its replication' if failed else 'it'} failed. {reason or ''}".rstrip())
        moving = [copy for copy in have["Destinations"] if copy["Status"] in ("ENABLING", "DELETING", "PAUSING")]
        return have["status"] == "available" and not moving and have["BackupStatus"] in ("ENABLED", "DISABLED")

    # Changing

    def update(self, have, changes):
        self.key = have["FileSystemId"]
        self._check(have, changes)
        steps = [self._lifecycle, self._throughput]
        if "TransitionToArchive" in changes.get("LifecyclePolicies", {}):
            steps.reverse()  # the archive needs elastic throughput, and holds it fast
        for step in (*steps, self._backup, self._policy, self._protection, self._replicate):
            step(have, changes)

    def _check(self, have, changes):
        """Refuse what AWS would refuse half-way."""
        if have["ReplicationOverwriteProtection"] == "REPLICATING" and "ReplicationOverwriteProtection" in changes:
            self.fail(f"file system {self.name} is the copy of another one. End that replication at its source first.")
        if have["Replication"] and changes.get("Replication"):
            copy = have["Destinations"][0]
            self.fail(
                f"file system {self.name} is copied to {copy['FileSystemId']} in {copy['Region']} already. End that with"
                " replication={} first; the copy stays."
            )

    def _throughput(self, have, changes):
        wanted = {key: changes[key] for key in _THROUGHPUT if key in changes}
        if not wanted:
            return
        mode = wanted.setdefault("ThroughputMode", have["ThroughputMode"])
        if mode == "provisioned":
            wanted.setdefault("ProvisionedThroughputInMibps", self.params["provisioned_throughput_in_mibps"])
        if self.write("update_file_system", tolerate=("TooManyRequests",), FileSystemId=self.key, **wanted) is None:
            self.fail(
                f"file system {self.name}: AWS gives up provisioned throughput, or lowers it, 24 hours after the last change."
                " Run the same command again then."
            )
        self.at_rest()

    def _lifecycle(self, _have, changes):
        if "LifecyclePolicies" in changes:
            rules = [{name: after} for name, after in sorted(changes["LifecyclePolicies"].items())]
            self.write("put_lifecycle_configuration", FileSystemId=self.key, LifecyclePolicies=rules)

    def _backup(self, _have, changes):
        if "BackupPolicy" in changes:
            self.write("put_backup_policy", FileSystemId=self.key, BackupPolicy={"Status": changes["BackupPolicy"]})

    def _policy(self, _have, changes):
        if "Policy" in changes and parsed(changes["Policy"]):
            bypass = self.params["bypass_policy_lockout_safety_check"]
            told = {"Policy": changes["Policy"], "BypassPolicyLockoutSafetyCheck": bypass}
            self.write("put_file_system_policy", patience={"InvalidPolicyException": "principal"}, FileSystemId=self.key, **told)
        elif "Policy" in changes:
            self.write("delete_file_system_policy", FileSystemId=self.key)

    def _protection(self, _have, changes):
        if "ReplicationOverwriteProtection" in changes:
            told = {"ReplicationOverwriteProtection": changes["ReplicationOverwriteProtection"]}
            self.write("update_file_system_protection", FileSystemId=self.key, **told)

    def _replicate(self, _have, changes):
        if changes.get("Replication"):
            shape = self.client.meta.service_model.shape_for("DestinationToCreate")
            wish = shapes.to_api(shape, self.params["replication"])
            self.write("create_replication_configuration", SourceFileSystemId=self.key, Destinations=[wish])
        elif "Replication" in changes:
            self.write("delete_replication_configuration", SourceFileSystemId=self.key)


def _goal(status):
    return {"ENABLING": "ENABLED", "DISABLING": "DISABLED"}.get(status, status)


def main():
    FileSystem.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
