# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

FINAL = {"mode": "compliance", "changeable_for_days": 3, "confirm_irreversible": True}


def prepare(aws):
    """Make the vault."""
    aws.client("backup").create_backup_vault(BackupVaultName="shop")
    return {}


CHAIN = Chain(
    create={"name": "shop", "mode": "governance", "min_retention_days": 7},
    changes=[
        {"min_retention_days": 14, "max_retention_days": 365},
        {"max_retention_days": 0},
        FINAL,
        {"max_retention_days": 30},
        {"mode": "governance", "changeable_for_days": None},
        {"min_retention_days": 0},
    ],
    invalid=[
        ({"mode": "compliance", "changeable_for_days": 3}, "confirm_irreversible=true"),
        ({**FINAL, "changeable_for_days": 2}, "changeable_for_days has to be given with mode compliance, from 3"),
        ({**FINAL, "changeable_for_days": None}, "changeable_for_days has to be given"),
        ({"changeable_for_days": 3}, "changeable_for_days is for mode compliance"),
        ({"min_retention_days": 30, "max_retention_days": 7}, "min_retention_days 30 is more than max_retention_days 7"),
        ({"max_retention_days": 40000}, "max_retention_days 40000 is not between"),
        ({"mode": "law"}, "mode must be one of"),
        ({"mode": None}, "mode"),
    ],
    prepare=prepare,
    tagged=False,
)
