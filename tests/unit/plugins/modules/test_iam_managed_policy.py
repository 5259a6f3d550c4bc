# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.iam_managed_policy import document

NAME = "shop-task"
ARN = f"arn:aws:iam::123456789012:policy/{NAME}"


def keep(aws, *actions, **options):
    return aws.run("iam_managed_policy", name=NAME, policy=document(*actions), **options)


def test_a_policy_is_found_without_listing_those_of_aws(aws):
    keep(aws, "s3:GetObject")
    with aws.recorded() as sent:
        assert not keep(aws, "s3:GetObject").changed
    assert sent.operations == ["GetCallerIdentity", "GetPolicy", "GetPolicyVersion"]


def test_the_sixth_version_takes_the_place_of_the_oldest(aws):
    for number in range(7):
        assert keep(aws, f"s3:Action{number}").changed
    iam = aws.client("iam")
    versions = iam.list_policy_versions(PolicyArn=ARN)["Versions"]
    assert sorted(each["VersionId"] for each in versions) == ["v3", "v4", "v5", "v6", "v7"]
    assert [each["VersionId"] for each in versions if each["IsDefaultVersion"]] == ["v7"]


def test_the_version_in_force_is_never_the_one_that_goes(aws):
    for number in range(5):
        keep(aws, f"s3:Action{number}")
    aws.client("iam").set_default_policy_version(PolicyArn=ARN, VersionId="v1")
    keep(aws, "s3:Other")
    assert "v1" in {each["VersionId"] for each in aws.client("iam").list_policy_versions(PolicyArn=ARN)["Versions"]}


def test_another_order_of_actions_is_no_change(aws):
    keep(aws, "s3:GetObject", "s3:PutObject")
    assert not keep(aws, "s3:PutObject", "s3:GetObject").changed


def test_a_policy_is_taken_from_all_that_have_it_before_it_goes(aws):
    keep(aws, "s3:GetObject")
    iam = aws.client("iam")
    iam.create_role(RoleName="task", AssumeRolePolicyDocument=json.dumps(document("sts:AssumeRole")))
    iam.create_user(UserName="ada")
    iam.create_group(GroupName="staff")
    iam.attach_role_policy(RoleName="task", PolicyArn=ARN)
    iam.attach_user_policy(UserName="ada", PolicyArn=ARN)
    iam.attach_group_policy(GroupName="staff", PolicyArn=ARN)
    assert aws.run("iam_managed_policy", name=NAME, state="absent").changed
    assert iam.list_attached_role_policies(RoleName="task")["AttachedPolicies"] == []
    assert iam.list_attached_user_policies(UserName="ada")["AttachedPolicies"] == []
    assert iam.list_attached_group_policies(GroupName="staff")["AttachedPolicies"] == []


def test_a_policy_under_a_path(aws):
    made = keep(aws, "s3:GetObject", path="/shop/")
    assert made.policy["arn"] == "arn:aws:iam::123456789012:policy/shop/shop-task"
    assert not keep(aws, "s3:GetObject", path="/shop/").changed


def test_a_policy_cannot_be_made_without_a_document(aws):
    result = aws.run("iam_managed_policy", name=NAME)
    assert result.msg == "policy shop-task does not exist, and to create it policy has to be given."
