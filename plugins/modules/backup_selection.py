#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_selection
version_added: 0.1.0
short_description: Manage what a plan of AWS Backup backs up
description:
  - Creates, replaces and removes the selections of a backup plan.
  - AWS cannot change a selection; a difference makes a new one and removes the old one.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.backup_selection
    description: Fails in check mode while the plan does not exist, and replaces a selection when a list has another order.
options:
  name:
    description: Name of the selection.
    type: str
    required: true
  plan:
    description: Name of the plan.
    type: str
    required: true
  iam_role_arn:
    description: ARN of the role that AWS Backup works with.
    type: str
  resources:
    description: ARNs or patterns of resources; V(["*"]) with O(conditions) means all that fit.
    type: list
    elements: str
  not_resources:
    description: ARNs or patterns of resources that are left out.
    type: list
    elements: str
  list_of_tags:
    description: Tags of which one has to fit.
    type: dict
  conditions:
    description: Tags of which all have to fit.
    type: dict
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Everything of the platform that AWS Backup knows
  slipway.aws.backup_selection:
    name: platform
    plan: shop-dev
    iam_role_arn: arn:aws:iam::123456789012:role/shop-dev-backup
    resources: ["*"]
    conditions: {Project: Shop, Environment: dev}

- name: All databases but one
  slipway.aws.backup_selection:
    name: databases
    plan: shop-dev
    iam_role_arn: arn:aws:iam::123456789012:role/shop-dev-backup
    resources: ["arn:aws:rds:*:*:db:*"]
    not_resources: ["arn:aws:rds:*:*:db:scratch"]

- name: No selection any more
  slipway.aws.backup_selection:
    name: databases
    plan: shop-dev
    state: absent
"""

RETURN = r"""
selection:
  description: The selection; empty when it is absent.
  returned: always
  type: dict
  contains:
    selection_id:
      description: Its id.
      type: str
    resources:
      description: What it selects.
      type: list
      elements: str
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource


class Selection(Resource):
    """A selection, which lives inside a plan and is replaced rather than changed."""

    service = "backup"
    noun = "selection"
    missing = ("ResourceNotFoundException",)
    immutable = ("IamRoleArn", "Resources", "NotResources", "ListOfTags", "Conditions")
    replaceable = "delete first"  # two selections of one name would be possible, and confusing
    unordered = ("Resources", "NotResources", "ListOfTags", "StringEquals")
    outputs = ("SelectionId",)

    def validate(self):
        faults = formats.misnamed(
            "name", self.name, r"[A-Za-z0-9_.-]{1,50}", "AWS takes up to 50 letters, digits, dots, hyphens and _"
        )
        return faults + formats.malformed("role", iam_role_arn=self.params["iam_role_arn"])

    def _plan(self):
        """Return the id of the plan, or None."""
        plans = self.pages("list_backup_plans", "BackupPlansList")
        return next((plan["BackupPlanId"] for plan in plans if plan["BackupPlanName"] == self.params["plan"]), None)

    def find(self):
        plan = self._plan()
        if plan is None:
            if self.params["state"] == "present" and not self.check:
                self.fail(f"There is no plan {self.params['plan']}. Make it first: slipway.aws.backup_plan.")
            return None
        selections = self.pages("list_backup_selections", "BackupSelectionsList", BackupPlanId=plan)
        mine = next((each["SelectionId"] for each in selections if each["SelectionName"] == self.name), None)
        found = mine and self.read("get_backup_selection", BackupPlanId=plan, SelectionId=mine)
        if not found:
            return None
        empty = {"Resources": [], "NotResources": [], "ListOfTags": [], "Conditions": {}}
        have = {**empty, **found["BackupSelection"], "SelectionId": mine, "BackupPlanId": plan}
        # AWS reports every kind of condition, most of them empty.
        return {**have, "Conditions": {kind: tags for kind, tags in have["Conditions"].items() if tags}}

    def want(self, have):
        p = self.params
        conditions = _pairs(p["conditions"], "aws:ResourceTag/")
        return {
            "SelectionName": self.name,
            "IamRoleArn": p["iam_role_arn"],
            "Resources": p["resources"] or [],
            "NotResources": p["not_resources"] or [],
            "ListOfTags": [{"ConditionType": "STRINGEQUALS", **pair} for pair in _pairs(p["list_of_tags"], "")],
            "Conditions": {"StringEquals": conditions} if conditions else {},
        }

    def create(self, want):
        selection = {key: value for key, value in want.items() if value}
        # A role that has just been made is refused for a moment.
        patience = {"InvalidParameterValueException": "role"}
        self.write("create_backup_selection", patience=patience, BackupPlanId=self._plan(), BackupSelection=selection)

    def delete(self, have):
        parameters = {"BackupPlanId": have["BackupPlanId"], "SelectionId": have["SelectionId"]}
        self.write("delete_backup_selection", tolerate=self.missing, **parameters)


def _pairs(tags, prefix):
    return [{"ConditionKey": f"{prefix}{key}", "ConditionValue": str(value)} for key, value in sorted((tags or {}).items())]


def main():
    Selection.main(DOCUMENTATION, required_if=[("state", "present", ["iam_role_arn"])])


if __name__ == "__main__":
    main()
