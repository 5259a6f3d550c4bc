#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codecommit_approval_rule_template
version_added: 0.1.0
short_description: Manage approval rule templates of CodeCommit
description:
  - Creates, changes and removes AWS CodeCommit approval rule templates, which say how many people, and who, approve a pull request
    before it can be merged.
  - M(slipway.aws.codecommit_repository) says for which repositories they hold. AWS refuses to remove a template that is in use.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the template.
    type: str
    required: true
  description:
    description: What it is for.
    type: str
  approvals:
    description: How many approvals are needed. Required for O(state=present).
    type: int
  branches:
    description: Branches for whose pull requests it holds; none means all.
    type: list
    elements: str
    default: []
  members:
    description:
      - Who may approve, as ARNs with C(*) or in the form C(CodeCommitApprovers:<account>:<name>); nobody named means everybody.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: One approval, by anybody, for everything
  slipway.aws.codecommit_approval_rule_template:
    name: second-look
    approvals: 1

- name: Two of the owners approve what goes to main
  slipway.aws.codecommit_approval_rule_template:
    name: two-for-main
    approvals: 2
    branches: [main]
    members: ["arn:aws:sts::123456789012:assumed-role/shop-owner/*"]

- name: No template any more
  slipway.aws.codecommit_approval_rule_template:
    name: two-for-main
    state: absent
"""

RETURN = r"""
approval_rule_template:
  description: The template; empty when it is absent.
  returned: always
  type: dict
  contains:
    approval_rule_template_id:
      description: Id of the template.
      type: str
    approval_rule_template_content:
      description: The rule, in AWS's own form.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource

_VERSION = "2018-11-08"  # of the form of the content


class Template(Resource):
    """A template. It belongs to the account and has no tags."""

    service = "codecommit"
    noun = "approval rule template"
    missing = ("ApprovalRuleTemplateDoesNotExistException",)
    documents = ("approvalRuleTemplateContent",)
    whole = ("approvalRuleTemplateContent",)
    unordered = ("DestinationReferences", "ApprovalPoolMembers")
    outputs = ("approvalRuleTemplateId",)

    def validate(self):
        faults = formats.misnamed("name", self.name, r".+", "AWS takes 1 to 100 characters", longest=100)
        if self.params["state"] == "present" and self.params["approvals"] < 1:
            faults.append("approvals is at least 1: a rule without approvals is no rule.")
        return faults

    def find(self):
        found = self.read("get_approval_rule_template", approvalRuleTemplateName=self.name)
        if found is None:
            return None
        have = found["approvalRuleTemplate"]
        return {**have, "approvalRuleTemplateContent": parsed(have["approvalRuleTemplateContent"])}

    def want(self, have):
        statement = {"Type": "Approvers", "NumberOfApprovalsNeeded": self.params["approvals"]}
        if self.params["members"]:
            statement["ApprovalPoolMembers"] = self.params["members"]
        content = {"Version": _VERSION, "Statements": [statement]}
        if self.params["branches"]:
            content["DestinationReferences"] = [f"refs/heads/{branch}" for branch in self.params["branches"]]
        return {
            "approvalRuleTemplateName": self.name,
            "approvalRuleTemplateDescription": self.params["description"],
            "approvalRuleTemplateContent": content,
        }

    def create(self, want):
        self.write("create_approval_rule_template", **want)

    def update(self, have, changes):
        mine = {"approvalRuleTemplateName": self.name}
        if "approvalRuleTemplateContent" in changes:
            self.write("update_approval_rule_template_content", **mine, newRuleContent=changes["approvalRuleTemplateContent"])
        if "approvalRuleTemplateDescription" in changes:
            text = changes["approvalRuleTemplateDescription"]
            self.write("update_approval_rule_template_description", **mine, approvalRuleTemplateDescription=text)

    def delete(self, have):
        self.write("delete_approval_rule_template", approvalRuleTemplateName=self.name)


def main():
    Template.main(DOCUMENTATION, required_if=[("state", "present", ("approvals",))])


if __name__ == "__main__":
    main()
