#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_role
version_added: 0.1.0
short_description: Manage IAM roles with all that they may do
description:
  - Creates, changes and deletes roles. Whom a role trusts, its boundary, its managed policies and the policies inside it are each
    kept as they are given, so that nothing more can be done with it than is written down.
  - Before a role is deleted it leaves its instance profiles, and its policies go.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the role, unique in the account whatever its path.
    type: str
    required: true
  path:
    description: Path of the role, which is part of its ARN. It begins and ends with V(/), and cannot be changed later.
    type: str
    default: /
  description:
    description: What the role is for.
    type: str
  assume_role_policy_document:
    description: Who may become the role, and when. Needed to create the role.
    type: json
  boundary:
    description: ARN of the policy that the role can never go beyond. Empty, it has none.
    type: str
  managed_policies:
    description: ARNs of the managed policies of the role; others are taken away. V([]) leaves it none.
    type: list
    elements: str
  inline_policies:
    description:
      - The policies inside the role, documents by name; others are deleted. They are how somebody widens a role unseen, so by
        default there are none.
    type: dict
    default: {}
  max_session_duration:
    description: How many seconds a session of the role may last, from 3600 to 43200.
    type: int
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: amazon.aws.iam_role
    description: Leaves policies inside a role alone, so a role that was widened by hand stays wide.
"""

EXAMPLES = r"""
- name: What the tasks of a service are
  slipway.aws.iam_role:
    name: shop-dev-orders-task
    description: Is orders
    assume_role_policy_document:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: ecs-tasks.amazonaws.com}
          Action: sts:AssumeRole
    managed_policies: ["arn:aws:iam::123456789012:policy/shop-dev-orders-task"]
    boundary: arn:aws:iam::123456789012:policy/shop-dev-boundary
    tags:
      Project: Shop

- name: A role for two hours, with a policy of its own that nobody else can use
  slipway.aws.iam_role:
    name: shop-auditor
    path: /people/
    assume_role_policy_document: "{{ lookup('ansible.builtin.template', 'auditors.json.j2') }}"
    max_session_duration: 7200
    inline_policies:
      read:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "cloudtrail:LookupEvents", Resource: "*"}]

- name: No role any more
  slipway.aws.iam_role:
    name: shop-dev-orders-task
    state: absent
"""

RETURN = r"""
role:
  description: The role; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the role.
      type: str
      sample: arn:aws:iam::123456789012:role/shop-dev-orders-task
    assume_role_policy_document:
      description: Who may become it.
      type: dict
    managed_policies:
      description: ARNs of its managed policies.
      type: list
      elements: str
    inline_policies:
      description: The policies inside it, by name.
      type: dict
    tags:
      description: Its tags.
      type: dict
"""

import json

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form, to_form

_NAME = "IAM takes up to 64 letters, digits and _+=,.@-"


class Role(Resource):
    """A role. IAM has an operation of its own for each part of it."""

    service = "iam"
    noun = "role"
    missing = ("NoSuchEntity",)
    immutable = ("Path",)
    unordered = ("ManagedPolicies",)
    whole = ("InlinePolicies",)
    policies = ("AssumeRolePolicyDocument",)
    verbatim = ("InlinePolicies",)
    outputs = ("arn",)

    def validate(self):
        faults = formats.misnamed("name", self.name, r"[\w+=,.@-]+", _NAME, longest=64)
        faults += formats.malformed("path", path=self.params["path"])
        faults += formats.malformed(
            "policy", managed_policies=self.params["managed_policies"], boundary=self.params["boundary"] or None
        )
        trust = self.params["assume_role_policy_document"]
        if trust and "Statement" not in json.loads(trust):
            faults.append("assume_role_policy_document has no Statement.")
        for name, document in self.params["inline_policies"].items():
            content = parsed(document)
            if not isinstance(content, dict) or "Statement" not in content:
                faults.append(f"inline_policies: {name} has no Statement.")
        return faults + formats.out_of_range(3600, 43200, max_session_duration=self.params["max_session_duration"])

    def find(self):
        found = self.read("get_role", RoleName=self.name)
        if not found:
            return None
        role = found["Role"]
        attached = self.pages("list_attached_role_policies", "AttachedPolicies", RoleName=self.name)
        inside = self.pages("list_role_policies", "PolicyNames", RoleName=self.name)
        return {
            "Description": role.get("Description", ""),
            "Path": role["Path"],
            "RoleId": role["RoleId"],
            "MaxSessionDuration": role.get("MaxSessionDuration", 3600),
            "AssumeRolePolicyDocument": parsed(role["AssumeRolePolicyDocument"]),
            "PermissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "ManagedPolicies": [each["PolicyArn"] for each in attached],
            "InlinePolicies": {name: self._inside(name) for name in inside},
            "Tags": from_form(role.get("Tags")),
            "arn": role["Arn"],
        }

    def _inside(self, name):
        found = self.read("get_role_policy", RoleName=self.name, PolicyName=name)
        return parsed(found["PolicyDocument"]) if found else None

    def want(self, have):
        p = self.params
        if have is None and not p["assume_role_policy_document"]:
            self.fail(f"role {self.name} does not exist, and to create it assume_role_policy_document has to be given.")
        return {
            "Description": p["description"],
            "Path": p["path"],
            "MaxSessionDuration": p["max_session_duration"],
            "AssumeRolePolicyDocument": p["assume_role_policy_document"],
            "PermissionsBoundary": p["boundary"],
            "ManagedPolicies": p["managed_policies"],
            "InlinePolicies": {name: parsed(document) for name, document in p["inline_policies"].items()},
        }

    def create(self, want):
        parts = {key: want.pop(key) for key in ("ManagedPolicies", "InlinePolicies") if key in want}
        self.write("create_role", RoleName=self.name, **{key: value for key, value in want.items() if value != ""})
        self.update({"ManagedPolicies": [], "InlinePolicies": {}}, parts)

    def update(self, have, changes):
        if {
            "Description",
            "MaxSessionDuration",
        } & changes.keys():  # both, because what UpdateRole is not told goes back to a default
            about = {key: changes.get(key, have[key]) for key in ("Description", "MaxSessionDuration")}
            self.write("update_role", RoleName=self.name, **about)
        if "AssumeRolePolicyDocument" in changes:
            self.write("update_assume_role_policy", RoleName=self.name, PolicyDocument=changes["AssumeRolePolicyDocument"])
        if changes.get("PermissionsBoundary"):
            self.write("put_role_permissions_boundary", RoleName=self.name, PermissionsBoundary=changes["PermissionsBoundary"])
        elif "PermissionsBoundary" in changes:
            self.write("delete_role_permissions_boundary", RoleName=self.name)
        self._attach(have["ManagedPolicies"], changes.get("ManagedPolicies", have["ManagedPolicies"]))
        self._put(have["InlinePolicies"], changes.get("InlinePolicies", have["InlinePolicies"]))

    def _attach(self, have, want):
        for arn in [arn for arn in want if arn not in have]:
            self.write("attach_role_policy", RoleName=self.name, PolicyArn=arn)
        for arn in [arn for arn in have if arn not in want]:
            self.write("detach_role_policy", self.missing, RoleName=self.name, PolicyArn=arn)

    def _put(self, have, want):
        for name in [name for name in want if have.get(name) != want[name]]:
            self.write("put_role_policy", RoleName=self.name, PolicyName=name, PolicyDocument=json.dumps(want[name]))
        for name in [name for name in have if name not in want]:
            self.write("delete_role_policy", self.missing, RoleName=self.name, PolicyName=name)

    def retag(self, have, add, remove):
        if remove:
            self.write("untag_role", RoleName=self.name, TagKeys=sorted(remove))
        if add:
            self.write("tag_role", RoleName=self.name, Tags=to_form(add, "Key"))

    def delete(self, have):
        for each in self.pages("list_instance_profiles_for_role", "InstanceProfiles", RoleName=self.name):
            profile = {"InstanceProfileName": each["InstanceProfileName"]}
            self.write("remove_role_from_instance_profile", self.missing, RoleName=self.name, **profile)
        self._attach(have["ManagedPolicies"], [])
        self._put(have["InlinePolicies"], {})
        self.write("delete_role", self.missing, RoleName=self.name)


def main():
    Role.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
