# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Roles, and what they may do. They are global: every region finds the same."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered, untagged

defaults("AWS::IAM::Role", MaxSessionDuration=3600, Path="/")
defaults("AWS::IAM::ManagedPolicy", Path="/")
defaults("AWS::IAM::InstanceProfile", Path="/")
unordered("AWS::IAM::Role", "ManagedPolicyArns", "Policies")
untagged("AWS::IAM::ManagedPolicy")


def _everything(account):
    """Return the roles of ours and all policies of the account. This one answer has the tags of all roles."""

    def look():
        iam, wanted = account.api("iam"), {"Filter": ["Role", "LocalManagedPolicy"]}
        # Asked page by page: botocore's paginator puts the two lists together, pages() gives one of them.
        roles, policies, following = [], [], {}
        while following is not None:
            answer = iam.read("get_account_authorization_details", **wanted, **following)
            roles += [each for each in answer["RoleDetailList"] if account.ours(each.get("Tags"))]
            policies += answer["Policies"]
            following = {"Marker": answer["Marker"]} if answer.get("IsTruncated") else None
        return roles, policies

    return account.once("authorization details", look)


@reader("AWS::IAM::Role")
def roles(account):
    """Find roles with the policies in them. What the details leave out, the list of all roles has."""
    listed = {each["Arn"]: each for each in account.api("iam").pages("list_roles", "Roles")}
    for each in _everything(account)[0]:
        properties = {
            **pick(each, "RoleName", "Path", "AssumeRolePolicyDocument", Policies="RolePolicyList"),
            **pick(listed.get(each["Arn"], {}), "Description", "MaxSessionDuration"),
            "ManagedPolicyArns": [policy["PolicyArn"] for policy in each.get("AttachedManagedPolicies", [])],
            "PermissionsBoundary": each.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        }
        attributes, told = pick(each, "Arn", "RoleId"), {"profiles": each.get("InstanceProfileList", [])}
        yield Found("AWS::IAM::Role", each["RoleName"], properties, each["Tags"], each["RoleName"], attributes, told=told)


@reader("AWS::IAM::InstanceProfile", of="AWS::IAM::Role")
def instance_profiles(_account, role):
    """Find the instance profiles that hand out a role."""
    for each in role.told["profiles"]:
        name = each["InstanceProfileName"]
        properties = {**pick(each, "InstanceProfileName", "Path"), "Roles": [role.id]}
        yield Found("AWS::IAM::InstanceProfile", name, properties, name=name, attributes=pick(each, "Arn"))


@reader("AWS::IAM::ManagedPolicy")
def policies(account):
    """Find policies. Asked for their tags are those that a role of ours has, and those that nobody has."""
    ours, all_of_them = _everything(account)
    held = {policy["PolicyArn"] for role in ours for policy in role.get("AttachedManagedPolicies", [])}
    held |= {role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") for role in ours}
    for each in all_of_them:
        if each["Arn"] in held or not (each.get("AttachmentCount") or each.get("PermissionsBoundaryUsageCount")):
            described = account.api("iam", missing=("NoSuchEntity",)).read("get_policy", PolicyArn=each["Arn"])
            if described and account.ours(described["Policy"].get("Tags")):
                yield _policy(each, described["Policy"])


def _policy(detail, described):
    current = next(version for version in detail["PolicyVersionList"] if version["IsDefaultVersion"])
    properties = {
        **pick(described, "Description", "Path", ManagedPolicyName="PolicyName"),
        "PolicyDocument": current["Document"],
    }
    arn, name = described["Arn"], described["PolicyName"]
    return Found("AWS::IAM::ManagedPolicy", arn, properties, described["Tags"], name)
