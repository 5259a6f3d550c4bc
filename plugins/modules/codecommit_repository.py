#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codecommit_repository
version_added: 0.1.0
short_description: Manage CodeCommit repositories
description:
  - Creates, changes and removes AWS CodeCommit repositories with their key, triggers and approval rules.
  - Options that are left out are left as they are; lists are managed as a whole.
  - Removing a repository removes everything in it.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.codecommit_repository
    description: Manages name and description only, neither key, triggers, approval rules nor tags.
options:
  name:
    description: Name of the repository.
    type: str
    required: true
  description:
    description: What is in it, up to 1000 characters. V("") removes the description.
    type: str
  kms_key_id:
    description: Id, alias or ARN of the KMS key that encrypts it. AWS's default is its own key for CodeCommit.
    type: str
  default_branch:
    description:
      - Branch that a clone begins with. It is set once the branch exists; the first branch that is pushed becomes it by itself.
    type: str
  triggers:
    description:
      - What is told about pushes. A trigger tells an SNS topic or a Lambda function; a pipeline is started by a rule of EventBridge
        (M(slipway.aws.eventbridge_rule)).
      - V([]) removes all triggers.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the trigger.
        type: str
        required: true
      destination_arn:
        description: ARN of the topic or function.
        type: str
        required: true
      custom_data:
        description: Text that is told with every event.
        type: str
        default: ""
      branches:
        description: Branches that count; none means all.
        type: list
        elements: str
        default: []
      events:
        description: Events that count. V(all) stands alone.
        type: list
        elements: str
        choices: [all, updateReference, createReference, deleteReference]
        default: [all]
  approval_rule_templates:
    description:
      - Names of the approval rule templates that hold for pull requests of this repository.
        M(slipway.aws.codecommit_approval_rule_template) makes them. V([]) removes all.
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
- name: A repository
  slipway.aws.codecommit_repository:
    name: shop
    description: The shop

- name: Encrypted with our own key, and two people approve what goes to main
  slipway.aws.codecommit_repository:
    name: shop
    kms_key_id: alias/shop-source
    approval_rule_templates: [two-for-main]
    triggers:
      - {name: chat, destination_arn: "{{ topic.sns_arn }}", branches: [main]}

- name: No repository, and nothing of what was in it, any more
  slipway.aws.codecommit_repository:
    name: shop
    state: absent
"""

RETURN = r"""
repository:
  description: The repository; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the repository.
      type: str
      sample: arn:aws:codecommit:eu-west-1:123456789012:shop
    clone_url_http:
      description: Address to clone over HTTPS.
      type: str
    clone_url_ssh:
      description: Address to clone over SSH.
      type: str
    kms_key_id:
      description: ARN of the key that encrypts it.
      type: str
    approval_rule_templates:
      description: Names of its approval rule templates.
      type: list
      elements: str
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.kms_keys import Keys
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class Repository(Resource):
    """A repository. Every part of it has an operation of its own."""

    service = "codecommit"
    noun = "repository"
    missing = ("RepositoryDoesNotExistException",)
    whole = ("triggers", "approvalRuleTemplates")
    unordered = ("triggers", "branches", "events", "approvalRuleTemplates")
    outputs = ("arn",)

    def validate(self):
        rule = "AWS takes up to 100 letters, digits, dots, hyphens and _, without .git at the end"
        faults = formats.misnamed("name", self.name, r"(?!.*\.git$)[\w.-]{1,100}", rule)
        triggers = self.params["triggers"] or []
        names = [trigger["name"] for trigger in triggers]
        for name in sorted({name for name in names if names.count(name) > 1}):
            faults.append(f"There are two triggers {name}.")
        for trigger in triggers:
            service = (trigger["destination_arn"].split(":") + [""] * 3)[2]
            if service == "codepipeline":
                faults.append(
                    f"Trigger {trigger['name']} points at a pipeline, which AWS refuses: start it with an eventbridge_rule."
                )
            elif service not in ("sns", "lambda"):
                faults.append(f"Trigger {trigger['name']} points neither at an SNS topic nor at a Lambda function.")
            if "all" in trigger["events"] and len(trigger["events"]) > 1:
                faults.append(f"Trigger {trigger['name']} combines the event all with others.")
        return faults

    def find(self):
        found = self.read("get_repository", repositoryName=self.name)
        if found is None:
            return None
        have = found["repositoryMetadata"]
        mine = {"repositoryName": self.name}
        rules = self.pages("list_associated_approval_rule_templates_for_repository", "approvalRuleTemplateNames", **mine)
        triggers = (self.read("get_repository_triggers", **mine) or {}).get("triggers", [])
        tags = (self.read("list_tags_for_resource", resourceArn=have["Arn"]) or {}).get("tags", {})
        known = {"triggers": triggers, "approvalRuleTemplates": rules, "arn": have["Arn"], "Tags": from_form(tags)}
        return {"repositoryDescription": "", **have, **known}

    def want(self, have):
        return self.request(
            "PutRepositoryTriggers",
            repositoryName=self.name,
            repositoryDescription=self.params["description"],
            kmsKeyId=Keys(self.module).as_reported(self.params["kms_key_id"], (have or {}).get("kmsKeyId")),
            defaultBranch=self._branch(have),
            approvalRuleTemplates=self.params["approval_rule_templates"],
        )

    def _branch(self, have):
        """Return the wanted default branch, if the repository has it already."""
        branch = self.params["default_branch"]
        if not branch or have is None:
            return None
        missing = ("BranchDoesNotExistException",)
        return branch if self.read("get_branch", missing, repositoryName=self.name, branchName=branch) else None

    def create(self, want):
        later = {key: want.pop(key) for key in ("triggers", "approvalRuleTemplates") if key in want}
        self.write("create_repository", **{key: value for key, value in want.items() if value})
        self.update({"approvalRuleTemplates": []}, {key: value for key, value in later.items() if value})

    def update(self, have, changes):
        mine = {"repositoryName": self.name}
        simple = {
            "repositoryDescription": ("update_repository_description", "repositoryDescription"),
            "kmsKeyId": ("update_repository_encryption_key", "kmsKeyId"),
            "defaultBranch": ("update_default_branch", "defaultBranchName"),
            "triggers": ("put_repository_triggers", "triggers"),
        }
        for key, (operation, parameter) in simple.items():
            if key in changes:
                self.write(operation, **mine, **{parameter: changes[key]})
        if "approvalRuleTemplates" in changes:
            self._rules(set(have["approvalRuleTemplates"]), set(changes["approvalRuleTemplates"]))

    def _rules(self, here, wanted):
        for name in sorted(wanted - here):
            mine = {"repositoryName": self.name, "approvalRuleTemplateName": name}
            self.write("associate_approval_rule_template_with_repository", **mine)
        for name in sorted(here - wanted):
            mine = {"repositoryName": self.name, "approvalRuleTemplateName": name}
            self.write("disassociate_approval_rule_template_from_repository", **mine)

    def delete(self, have):
        self.write("delete_repository", repositoryName=self.name)


def main():
    Repository.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
