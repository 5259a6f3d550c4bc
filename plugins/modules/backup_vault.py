#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_vault
version_added: 0.1.0
short_description: Manage vaults of AWS Backup
description:
  - Creates, changes and removes the vaults in which AWS Backup keeps recovery points, with policy, notifications and tags.
  - A vault with recovery points in it is never removed. Its lock is the matter of M(slipway.aws.backup_vault_lock).
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.backup_vault
    description: >-
      Does not notice that a vault has another key than the wanted one, and knows neither policy nor notifications.
options:
  name:
    description: Name of the vault, from 2 to 50 letters, digits, hyphens and underscores.
    type: str
    required: true
  encryption_key_arn:
    description:
      - ARN of the KMS key that encrypts the recovery points, for those kinds of resources that AWS Backup encrypts itself.
      - It cannot be changed later. If it is left out at creation, AWS takes the key C(aws/backup).
    type: str
  policy:
    description:
      - Who may do what with the vault and its recovery points, as a policy. V({}) removes it.
      - A usual one denies everybody C(backup:DeleteRecoveryPoint).
    type: json
  notifications:
    description: Which events go to which topic. V({}) ends them.
    type: dict
    suboptions:
      sns_topic_arn:
        description: ARN of the topic, whose policy has to allow C(backup.amazonaws.com) to publish. A FIFO topic is not accepted.
        type: str
      backup_vault_events:
        description: The events, for example V([BACKUP_JOB_FAILED, RESTORE_JOB_COMPLETED]); their order does not matter.
        type: list
        elements: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A vault under a key of our own
  slipway.aws.backup_vault:
    name: shop-dev
    encryption_key_arn: arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    tags:
      Project: Shop

- name: A vault from which nobody deletes, and which tells of failures
  slipway.aws.backup_vault:
    name: shop-production
    policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Deny
          Principal: "*"
          Action: ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
          Resource: "*"
    notifications:
      sns_topic_arn: arn:aws:sns:eu-west-1:123456789012:shop-critical
      backup_vault_events: [BACKUP_JOB_FAILED, RESTORE_JOB_COMPLETED]

- name: No vault any more
  slipway.aws.backup_vault:
    name: shop-dev
    state: absent
"""

RETURN = r"""
vault:
  description: The vault; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the vault.
      type: str
      sample: arn:aws:backup:eu-west-1:123456789012:backup-vault:shop-dev
    encryption_key_arn:
      description: ARN of its key.
      type: str
    number_of_recovery_points:
      description: How many recovery points are in it.
      type: int
    locked:
      description: Whether it has a lock.
      type: bool
    lock_date:
      description: From when on nobody can change the lock, if there is such a moment.
      type: str
    tags:
      description: Its tags.
      type: dict
"""

import re

from ansible_collections.slipway.aws.plugins.module_utils import backup
from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.kms_keys import Keys
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.shapes import to_api
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class Vault(Resource):
    """A vault. Policy and notifications have operations of their own, and are read when somebody speaks of them."""

    service = "backup"
    noun = "vault"
    missing = ("ResourceNotFoundException",)
    immutable = ("EncryptionKeyArn",)
    unordered = ("BackupVaultEvents",)
    whole = ("Notifications",)
    policies = ("Policy",)
    tags_member = "BackupVaultTags"
    outputs = ("arn",)

    def validate(self):
        faults = self._policy_faults()
        if not re.fullmatch(r"[A-Za-z0-9_-]{2,50}", self.name):
            faults.append(f"name {self.name!r} has from 2 to 50 letters, digits, hyphens and underscores.")
        told = self.params["notifications"] or {}
        topic, events = told.get("sns_topic_arn"), told.get("backup_vault_events")
        if bool(topic) != bool(events):
            faults.append("notifications: sns_topic_arn and backup_vault_events belong together; {} ends notifications.")
        known = self.client.meta.service_model.shape_for("BackupVaultEvent").enum
        unknown = [event for event in events or [] if event not in known]
        if unknown:
            faults.append(f"notifications: {', '.join(unknown)} is no event; AWS has {', '.join(known)}.")
        if (topic or "").endswith(".fifo"):
            faults.append(f"notifications: {topic} is a FIFO topic, to which AWS Backup does not publish.")
        return faults

    def _policy_faults(self):
        document = parsed(self.params["policy"])
        return ["policy has no Statement; {} removes the policy."] if document and "Statement" not in document else []

    def find(self):
        found = backup.vault(self, self.name)
        if found is None:
            return None
        arn = found["BackupVaultArn"]
        tags = (self.read("list_tags", ResourceArn=arn) or {}).get("Tags", {})
        return {**found, **self._policy(), **self._notifications(), "arn": arn, "Tags": from_form(tags)}

    def _policy(self):
        if self.params["policy"] is None:
            return {}
        found = self.read("get_backup_vault_access_policy", BackupVaultName=self.name) or {}
        return {"Policy": parsed(found.get("Policy")) or {}}

    def _notifications(self):
        if self.params["notifications"] is None:
            return {}
        found = self.read("get_backup_vault_notifications", BackupVaultName=self.name) or {}
        return {"Notifications": {key: found[key] for key in ("SNSTopicArn", "BackupVaultEvents") if key in found}}

    def want(self, have):
        shape = self.client.meta.service_model.operation_model("PutBackupVaultNotifications").input_shape
        key = Keys(self.module).as_reported(self.params["encryption_key_arn"], (have or {}).get("EncryptionKeyArn"))
        return {
            "BackupVaultName": self.name,
            "EncryptionKeyArn": key,
            "Policy": self.params["policy"],
            "Notifications": to_api(shape, self.params["notifications"]),
        }

    def create(self, want):
        settings = {key: want.pop(key) for key in ("Policy", "Notifications") if key in want}
        self.write("create_backup_vault", **want)
        self._set({key: value for key, value in settings.items() if value not in ({}, "{}")})

    def update(self, have, changes):
        self._set(changes)

    def _set(self, settings):
        policy, told = settings.get("Policy"), settings.get("Notifications")
        if policy == "{}":
            self.write("delete_backup_vault_access_policy", tolerate=self.missing, BackupVaultName=self.name)
        elif policy:
            # A role that the policy names and that has just been made is unknown for a moment.
            patience = {"InvalidParameterValueException": "principal"}
            self.write("put_backup_vault_access_policy", patience=patience, BackupVaultName=self.name, Policy=policy)
        if told:
            self.write("put_backup_vault_notifications", BackupVaultName=self.name, **told)
        elif told is not None:
            self.write("delete_backup_vault_notifications", tolerate=self.missing, BackupVaultName=self.name)

    def _absent(self, before):
        points = (before or {}).get("NumberOfRecoveryPoints", 0)
        if points:
            self.fail(
                f"vault {self.name} has {points} recovery points and is not removed with them. Delete them first, where its lock"
                " and its policy let you, or let them expire."
            )
        return super()._absent(before)

    def delete(self, have):
        self.write("delete_backup_vault", tolerate=self.missing, BackupVaultName=self.name)


def main():
    Vault.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
