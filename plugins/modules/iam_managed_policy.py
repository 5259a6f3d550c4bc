#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_managed_policy
version_added: 0.1.0
short_description: Manage IAM policies of your own
description:
  - Creates, changes and deletes customer managed policies. A change makes a new version and sets it as the default.
  - IAM keeps five versions of a policy. When there are five, the oldest one that is not the default makes room.
  - Before a policy is deleted it is taken away from the users, groups and roles that have it, and its versions go.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the policy, unique in the account whatever its path.
    type: str
    required: true
  path:
    description: Path of the policy, which is part of its ARN. It begins and ends with V(/), and cannot be changed later.
    type: str
    default: /
  description:
    description: What the policy is for. It cannot be changed later; IAM has no operation for it.
    type: str
  policy:
    description: The policy document, of up to 6144 characters without white space. Needed to create the policy.
    type: json
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: amazon.aws.iam_managed_policy
    description: Finds a policy by listing all policies of the account and AWS's own fifteen hundred, on every run.
"""

EXAMPLES = r"""
- name: What the service may read
  slipway.aws.iam_managed_policy:
    name: shop-dev-orders-task
    description: What orders may do
    policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: s3:GetObject
          Resource: arn:aws:s3:::shop-dev-receipts/*
    tags:
      Project: Shop

- name: What no role of the team may ever go beyond, under a path that the team may not write to
  slipway.aws.iam_managed_policy:
    name: team-boundary
    path: /boundaries/
    policy: "{{ lookup('ansible.builtin.template', 'boundary.json.j2') }}"

- name: No policy any more
  slipway.aws.iam_managed_policy:
    name: shop-dev-orders-task
    state: absent
"""

RETURN = r"""
policy:
  description: The policy; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the policy.
      type: str
      sample: arn:aws:iam::123456789012:policy/shop-dev-orders-task
    default_version_id:
      description: The version in force.
      type: str
      sample: v3
    policy_document:
      description: The document of that version.
      type: dict
    attachment_count:
      description: How many users, groups and roles have it.
      type: int
    tags:
      description: Its tags.
      type: dict
"""

import json

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.aws import retrying
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

VERSIONS = 5  # that IAM keeps
LONGEST = 6144  # characters of a document, white space not counted
_NAME = "IAM takes up to 128 letters, digits and _+=,.@-"


class Policy(Resource):
    """A customer managed policy, whose ARN follows from account, path and name."""

    service = "iam"
    noun = "policy"
    missing = ("NoSuchEntity",)
    immutable = ("Description",)
    policies = ("PolicyDocument",)
    outputs = ("arn",)

    def validate(self):
        faults = formats.misnamed("name", self.name, r"[\w+=,.@-]+", _NAME, longest=128)
        faults += formats.malformed("path", path=self.params["path"])
        document = self.params["policy"]
        if document:
            content = json.loads(document)
            size = len(json.dumps(content, separators=(",", ":")))
            if not isinstance(content, dict) or "Statement" not in content:
                faults.append("policy has no Statement.")
            elif size > LONGEST:
                faults.append(f"policy has {size} characters without white space; IAM takes {LONGEST}.")
        return faults

    @property
    def arn(self):
        """Return the ARN."""
        if not hasattr(self, "account"):
            sts = self.module.client("sts", retry_decorator=retrying())
            self.account = self._guarded("get_caller_identity", (), lambda: sts.get_caller_identity(aws_retry=True))["Account"]
        return f"arn:{self.client.meta.partition}:iam::{self.account}:policy{self.params['path']}{self.name}"

    def find(self):
        found = self.read("get_policy", PolicyArn=self.arn)
        if not found:
            return None
        policy = found["Policy"]
        version = self.read("get_policy_version", PolicyArn=self.arn, VersionId=policy["DefaultVersionId"])
        document = version["PolicyVersion"]["Document"] if version else None
        have = {"Description": "", **policy, "PolicyDocument": document, "arn": self.arn, "Tags": from_form(policy.get("Tags"))}
        return {key: value for key, value in have.items() if key not in ("Arn", "PermissionsBoundaryUsageCount")}

    def want(self, have):
        if have is None and not self.params["policy"]:
            self.fail(f"policy {self.name} does not exist, and to create it policy has to be given.")
        return {"Description": self.params["description"], "PolicyDocument": self.params["policy"]}

    def create(self, want):
        self.write("create_policy", PolicyName=self.name, Path=self.params["path"], **want)

    def update(self, have, changes):
        versions = self.pages("list_policy_versions", "Versions", PolicyArn=self.arn)
        if len(versions) >= VERSIONS:
            others = [each for each in versions if not each["IsDefaultVersion"]]
            oldest = min(others, key=lambda each: int(each["VersionId"].lstrip("v")))
            self.write("delete_policy_version", PolicyArn=self.arn, VersionId=oldest["VersionId"])
        self.write("create_policy_version", PolicyArn=self.arn, SetAsDefault=True, **changes)

    def delete(self, have):
        for kind in ("Role", "User", "Group"):
            for each in self.pages("list_entities_for_policy", f"Policy{kind}s", PolicyArn=self.arn, EntityFilter=kind):
                self.write(
                    f"detach_{kind.lower()}_policy", self.missing, PolicyArn=self.arn, **{f"{kind}Name": each[f"{kind}Name"]}
                )
        for each in self.pages("list_policy_versions", "Versions", PolicyArn=self.arn):
            if not each["IsDefaultVersion"]:
                self.write("delete_policy_version", self.missing, PolicyArn=self.arn, VersionId=each["VersionId"])
        self.write("delete_policy", self.missing, PolicyArn=self.arn)


def main():
    Policy.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
