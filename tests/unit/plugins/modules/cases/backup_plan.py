# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

DAILY = {
    "rule_name": "daily",
    "target_backup_vault_name": "shop",
    "schedule_expression": "cron(0 3 * * ? *)",
    "lifecycle": {"delete_after_days": 30},
}
MONTHLY = {
    "rule_name": "monthly",
    "target_backup_vault_name": "shop",
    "schedule_expression": "cron(0 4 1 * ? *)",
    "schedule_expression_timezone": "Europe/Zurich",
    "start_window_minutes": 60,
    "completion_window_minutes": 600,
    "lifecycle": {"move_to_cold_storage_after_days": 60, "delete_after_days": 365},
    "recovery_point_tags": {"Kept_For": "Audit"},
}
COPIED = {
    **DAILY,
    "enable_continuous_backup": True,
    "copy_actions": [
        {
            "destination_backup_vault_arn": "arn:aws:backup:eu-west-1:123456789012:backup-vault:shop",
            "lifecycle": {"delete_after_days": 14},
        }
    ],
}


def prepare(aws):
    aws.client("backup").create_backup_vault(BackupVaultName="shop")
    return {}


CHAIN = Chain(
    create={"name": "shop", "rules": [DAILY]},
    changes=[{"rules": [MONTHLY, DAILY]}, {"rules": [COPIED, MONTHLY]}, {"rules": [COPIED]}],
    invalid=[
        (
            {"rules": [{**DAILY, "lifecycle": {"move_to_cold_storage_after_days": 7, "delete_after_days": 30}}]},
            "delete_after_days is 97 at least, not 30",
        ),
        (
            {
                "rules": [
                    {
                        **DAILY,
                        "copy_actions": [
                            {
                                "destination_backup_vault_arn": "arn:aws:backup:eu-west-1:123456789012:backup-vault:shop",
                                "lifecycle": {"move_to_cold_storage_after_days": 30, "delete_after_days": 90},
                            }
                        ],
                    }
                ]
            },
            "delete_after_days is 120 at least, not 90",
        ),
        ({"rules": [{"rule_name": "daily"}]}, "target_backup_vault_name"),
        ({"rules": [{**DAILY, "copy_actions": [{"destination_vault_arn": "x"}]}]}, "did you mean destination_backup_vault_arn?"),
    ],
    prepare=prepare,
)
