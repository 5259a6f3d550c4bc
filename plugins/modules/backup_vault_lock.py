#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_vault_lock
version_added: 0.1.0
short_description: Lock vaults of AWS Backup
description:
  - Puts, changes and removes the lock of a vault. While it is there, nobody deletes recovery points or shortens their retention.
  - A lock for governance can be removed at any time by those who may. One for compliance becomes final on its lock date, and then
    nobody, neither AWS nor the root user of the account, can take it off again.
  - The result tells the lock date, in check mode as well.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the vault.
    type: str
    required: true
  mode:
    description: Whether the lock can be removed later. Needed to have a lock.
    type: str
    choices:
      governance: Whoever has the permission can change and remove it.
      compliance: It is final after O(changeable_for_days).
  min_retention_days:
    description:
      - Backups that expire sooner fail. V(0) means no such limit.
      - What is in the vault already is not affected.
    type: int
  max_retention_days:
    description: Backups that expire later, or never, fail; 36500 days at most. V(0) means no such limit.
    type: int
  changeable_for_days:
    description:
      - For how many days a lock for compliance can still be changed and removed, from 3 to 36500. Needed with O(mode=compliance).
      - It counts from the moment at which the lock is put or changed; AWS then sets the lock date. Alone it makes no difference.
    type: int
  confirm_irreversible:
    description: Has to be V(true) with O(mode=compliance), as a word that the consequence is known.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Backups stay for a week at least
  slipway.aws.backup_vault_lock:
    name: shop-dev
    mode: governance
    min_retention_days: 7

- name: Backups stay for a month at least, and from the tenth day on nobody can change that
  slipway.aws.backup_vault_lock:
    name: shop-production
    mode: compliance
    min_retention_days: 30
    max_retention_days: 3650
    changeable_for_days: 10
    confirm_irreversible: true

- name: No lock any more
  slipway.aws.backup_vault_lock:
    name: shop-dev
    state: absent
"""

RETURN = r"""
vault_lock:
  description: The lock; empty when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the vault.
      type: str
      sample: arn:aws:backup:eu-west-1:123456789012:backup-vault:shop-production
    mode:
      description: Whether it can be removed later.
      type: str
      sample: compliance
    min_retention_days:
      description: How long backups stay at least; 0 without a limit.
      type: int
    max_retention_days:
      description: How long backups stay at most; 0 without a limit.
      type: int
    lock_date:
      description: From when on it is final. In check mode, from when on it would be.
      returned: with O(mode=compliance)
      type: str
      sample: '2026-01-31T20:00:00+00:00'
"""

from datetime import timedelta

from ansible_collections.slipway.aws.plugins.module_utils import backup
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource

_RULES = ("Mode", "MinRetentionDays", "MaxRetentionDays")
_LONGEST = 36500


class Lock(Resource):
    """The lock of a vault. AWS has no mode: a lock with a date is one for compliance."""

    service = "backup"
    noun = "vault lock"
    missing = ("ResourceNotFoundException",)
    outputs = ("arn",)

    def validate(self):
        p, faults = self.params, []
        least, most, days = p["min_retention_days"], p["max_retention_days"], p["changeable_for_days"]
        for option, value in (("min_retention_days", least), ("max_retention_days", most)):
            if value is not None and not 0 <= value <= _LONGEST:
                faults.append(f"{option} {value} is not between 1 and {_LONGEST}; 0 means no limit.")
        if least and most and least > most:
            faults.append(f"min_retention_days {least} is more than max_retention_days {most}.")
        if days is not None and p["mode"] == "governance":
            faults.append("changeable_for_days is for mode compliance: a lock for governance can always be changed.")
        if p["mode"] == "compliance":
            faults += self._compliance_faults(days)
        return faults

    def _compliance_faults(self, days):
        faults = []
        if days is None or not 3 <= days <= _LONGEST:
            faults.append(f"changeable_for_days has to be given with mode compliance, from 3 to {_LONGEST}.")
        if not self.params["confirm_irreversible"]:
            faults.append(
                f"A lock for compliance cannot be taken off vault {self.name} after its lock date, and its recovery points cannot"
                " be deleted before they expire. Say confirm_irreversible=true if that is what you want."
            )
        return faults

    def find(self):
        vault = backup.vault(self, self.name)
        if vault is None:
            if self.params["state"] == "present" and not self.check:
                self.fail(f"There is no vault {self.name} to lock. Make it first: slipway.aws.backup_vault.")
            return None
        if not vault.get("Locked"):
            return None
        date = {"LockDate": vault["LockDate"]} if vault.get("LockDate") else {}
        return {
            "BackupVaultName": self.name,
            "Mode": "compliance" if date else "governance",
            "MinRetentionDays": vault.get("MinRetentionDays", 0),
            "MaxRetentionDays": vault.get("MaxRetentionDays", 0),
            **date,
            "arn": vault["BackupVaultArn"],
        }

    def want(self, have):
        # A final lock cannot change in any respect.
        self.immutable = _RULES if have and backup.is_final(have) else ()
        limits = {"MinRetentionDays": self.params["min_retention_days"], "MaxRetentionDays": self.params["max_retention_days"]}
        return {"BackupVaultName": self.name, "Mode": self.params["mode"], **limits}

    def create(self, want):
        self._put(want)

    def update(self, have, changes):
        # The API has no word for "no date any more" beside removing the lock.
        if changes.get("Mode") == "governance":
            self.write("delete_backup_vault_lock_configuration", BackupVaultName=self.name)
        self._put({**have, **changes})

    def _put(self, lock):
        limits = {key: lock[key] for key in ("MinRetentionDays", "MaxRetentionDays") if lock.get(key)}
        days = {"ChangeableForDays": self.params["changeable_for_days"]} if lock["Mode"] == "compliance" else {}
        self.write("put_backup_vault_lock_configuration", BackupVaultName=self.name, **limits, **days)

    def delete(self, have):
        self.write("delete_backup_vault_lock_configuration", tolerate=self.missing, BackupVaultName=self.name)

    # What cannot be undone

    def _replaced(self, before, want, changes, locked):
        wishes = ", ".join(f"{key} {changes[key]} instead of {before[key]}" for key in locked)
        return self._refuse(before, f"{wishes} is not possible. Ask for what it has, or use another vault.")

    def _absent(self, before):
        if before is not None and backup.is_final(before):
            self._refuse(before, "It cannot be removed. The vault can, once its recovery points have expired.")
        return super()._absent(before)

    def _refuse(self, lock, consequence):
        self.fail(
            f"vault lock {self.name} is final since {lock['LockDate'].isoformat()}: {consequence}", lock_date=lock["LockDate"]
        )

    def _done(self, before, after, changed, compared):
        if self.check and changed and after and after["Mode"] == "compliance":
            after = {**after, "LockDate": backup.now() + timedelta(days=self.params["changeable_for_days"])}
        return super()._done(before, after, changed, compared)


def main():
    Lock.main(DOCUMENTATION, required_if=[("state", "present", ["mode"])])


if __name__ == "__main__":
    main()
