# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Vaults of AWS Backup, which do not tell whether they exist, when their locks become final, and what a restore is told."""

from __future__ import annotations

import json
from datetime import datetime, timezone

COLD = 90  # days that a backup stays in cold storage at least (AWS Backup developer guide, lifecycle)


def now():
    """Return the present moment."""
    return datetime.now(timezone.utc)


def vault(caller, name):
    """Return a vault, or None when there is none.

    AWS answers AccessDeniedException about a vault that does not exist, as it does to a caller who may not look. The list of vaults
    tells the two apart.
    """
    unsaid = ("AccessDeniedException", "ResourceNotFoundException")
    found = caller.read("describe_backup_vault", tolerate=unsaid, BackupVaultName=name)
    if found is None and any(one["BackupVaultName"] == name for one in caller.pages("list_backup_vaults", "BackupVaultList")):
        caller.fail(
            f"vault {name} exists, and AWS refused describe_backup_vault. Allow the caller backup:DescribeBackupVault on it."
        )
    return found


def is_final(found):
    """Tell whether the lock date of a vault has passed, after which nobody can change its lock."""
    return found.get("LockDate") is not None and found["LockDate"] <= now()


def merged(noted, given):
    """Return metadata of a restore: what is given on top of what AWS noted, as AWS does not tell upper case from lower case.

    None takes an entry away; true and false are words to AWS.
    """
    names = {name.lower() for name in given}
    kept = {name: value for name, value in noted.items() if name.lower() not in names}
    return {**kept, **{name: _word(value) for name, value in given.items() if value is not None}}


def _word(value):
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
