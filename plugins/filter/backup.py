# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Backup rules in the words of an inventory, as the module wants them."""

from __future__ import annotations


def backup_rules(rules, vault):
    """Return rules such as ``{name: daily, schedule: cron(...), keep_days: 30}`` as slipway.aws.backup_plan wants them."""
    return [_rule(rule, vault) for rule in rules]


def _rule(rule, vault):
    lifecycle = {"delete_after_days": rule["keep_days"]}
    if rule.get("cold_days"):
        lifecycle["move_to_cold_storage_after_days"] = rule["cold_days"]
    return {
        "rule_name": rule["name"],
        "target_backup_vault_name": vault,
        "schedule_expression": rule["schedule"],
        "lifecycle": lifecycle,
    }


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return the filters by name."""
        return {"backup_rules": backup_rules}
