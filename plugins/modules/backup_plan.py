#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_plan
version_added: 0.1.0
short_description: Manage plans of AWS Backup
description:
  - Creates, changes and removes backup plans, with all their rules.
  - Rules are compared as a set by what was asked for, so that what AWS adds to them is no difference.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.backup_plan
    description: >-
      In check mode it reports a change for every plan that has tags. It compares rules by their order, and removes all tags when
      none are given.
options:
  name:
    description: Name of the plan.
    type: str
    required: true
  rules:
    description: All rules of the plan.
    type: list
    elements: dict
    suboptions:
      rule_name:
        description: Name of the rule.
        type: str
        required: true
      target_backup_vault_name:
        description: Name of the vault that the backups go to.
        type: str
        required: true
      schedule_expression:
        description: When, for example V(cron(0 3 * * ? *)), in O(rules.schedule_expression_timezone); daily at five if left out.
        type: str
      schedule_expression_timezone:
        description: Time zone of the schedule, for example V(Europe/Zurich); UTC if left out.
        type: str
      start_window_minutes:
        description: How long AWS may wait before it starts; eight hours if left out.
        type: int
      completion_window_minutes:
        description: How long the backup may take; seven days if left out.
        type: int
      enable_continuous_backup:
        description: Whether restores are possible to any moment of the last 35 days, where the resource supports it.
        type: bool
      lifecycle:
        description: How long backups are kept.
        type: dict
        suboptions:
          delete_after_days:
            description: After how many days a backup is deleted.
            type: int
          move_to_cold_storage_after_days:
            description: After how many days it moves to cold storage, where it then stays for 90 days at least.
            type: int
      copy_actions:
        description: Vaults elsewhere that get a copy, each with C(destination_backup_vault_arn) and C(lifecycle).
        type: list
        elements: dict
      recovery_point_tags:
        description: Tags of the backups.
        type: dict
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Every night, for a month
  slipway.aws.backup_plan:
    name: shop-dev
    rules:
      - rule_name: daily
        target_backup_vault_name: shop-dev
        schedule_expression: cron(0 5 * * ? *)
        lifecycle: {delete_after_days: 30}

- name: Every month for a year, two months of it at hand
  slipway.aws.backup_plan:
    name: shop-production
    rules:
      - rule_name: monthly
        target_backup_vault_name: shop-production
        schedule_expression: cron(0 5 1 * ? *)
        lifecycle: {move_to_cold_storage_after_days: 60, delete_after_days: 365}
        copy_actions:
          - destination_backup_vault_arn: arn:aws:backup:eu-central-1:123456789012:backup-vault:shop-production
            lifecycle: {delete_after_days: 365}

- name: No plan any more
  slipway.aws.backup_plan:
    name: shop-dev
    state: absent
"""

RETURN = r"""
plan:
  description: The plan; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the plan.
      type: str
    backup_plan_id:
      description: Its id, which selections need.
      type: str
    rules:
      description: Its rules.
      type: list
      elements: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.backup import COLD
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.shapes import to_api
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

# What AWS sets when a rule says nothing (AWS Backup API reference, BackupRule).
_DEFAULTS = {
    "ScheduleExpression": "cron(0 5 ? * * *)",
    "ScheduleExpressionTimezone": "Etc/UTC",
    "StartWindowMinutes": 480,
    "CompletionWindowMinutes": 10080,
}


class Plan(Resource):
    """A plan. AWS knows it by an id; the name is ours, so two plans of one name are a fault."""

    service = "backup"
    noun = "plan"
    missing = ("ResourceNotFoundException",)
    unordered = ("Rules", "CopyActions")
    verbatim = ("RecoveryPointTags",)
    outputs = ("arn", "BackupPlanId")
    tags_member = "BackupPlanTags"

    def validate(self):
        faults = []
        for rule in self.params["rules"] or []:
            copies = [copy.get("lifecycle") for copy in rule["copy_actions"] or []]
            for days in (rule["lifecycle"] or {}, *(copy for copy in copies if isinstance(copy, dict))):
                cold, gone = days.get("move_to_cold_storage_after_days"), days.get("delete_after_days")
                if cold and gone and gone < cold + COLD:
                    faults.append(
                        f"Rule {rule['rule_name']}: what moves to cold storage after {cold} days stays there for {COLD} days,"
                        f" so delete_after_days is {cold + COLD} at least, not {gone}."
                    )
        return faults

    def find(self):
        mine = [plan for plan in self.pages("list_backup_plans", "BackupPlansList") if plan["BackupPlanName"] == self.name]
        if len(mine) > 1:
            ids = ", ".join(plan["BackupPlanId"] for plan in mine)
            self.fail(f"{len(mine)} plans are named {self.name}: {ids}. Remove all but one.")
        found = mine and self.read("get_backup_plan", BackupPlanId=mine[0]["BackupPlanId"])
        if not found:
            return None
        tags = self.read("list_tags", ResourceArn=found["BackupPlanArn"]) or {}
        rules = [{key: value for key, value in rule.items() if key != "RuleId"} for rule in found["BackupPlan"]["Rules"]]
        return {
            "BackupPlanName": self.name,
            "Rules": rules,
            "BackupPlanId": found["BackupPlanId"],
            "arn": found["BackupPlanArn"],
            "Tags": from_form(tags.get("Tags") or {}),
        }

    def want(self, have):
        shape = self.client.meta.service_model.shape_for("BackupPlanInput").members["Rules"]
        return {"BackupPlanName": self.name, "Rules": [{**_DEFAULTS, **rule} for rule in to_api(shape, self.params["rules"])]}

    def create(self, want):
        tags = {"BackupPlanTags": want["BackupPlanTags"]} if "BackupPlanTags" in want else {}
        self.write("create_backup_plan", BackupPlan={"BackupPlanName": self.name, "Rules": want["Rules"]}, **tags)

    def update(self, have, changes):
        plan = {"BackupPlanName": self.name, "Rules": changes["Rules"]}
        self.write("update_backup_plan", BackupPlanId=have["BackupPlanId"], BackupPlan=plan)

    def delete(self, have):
        selections = self.pages("list_backup_selections", "BackupSelectionsList", BackupPlanId=have["BackupPlanId"])
        if selections:
            names = ", ".join(each["SelectionName"] for each in selections)
            self.fail(f"plan {self.name} still has selections: {names}. Remove them first: slipway.aws.backup_selection.")
        self.write("delete_backup_plan", tolerate=self.missing, BackupPlanId=have["BackupPlanId"])


def main():
    Plan.main(DOCUMENTATION, required_if=[("state", "present", ["rules"])])


if __name__ == "__main__":
    main()
