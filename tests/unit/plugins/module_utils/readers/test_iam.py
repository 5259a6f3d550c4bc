# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back, untagged

ROLE, POLICY, PROFILE = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::InstanceProfile"
ACCOUNT = "123456789012"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def document(resource):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]}


@pytest.fixture
def iam(aws):
    return aws.client("iam")


def policy(iam, name, tags=PAIRS, resource="*"):
    made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document(resource)), Description=f"About {name}", Tags=tags)
    return made["Policy"]["Arn"]


def role(iam, name, **more):
    wanted = {"AssumeRolePolicyDocument": json.dumps(TRUST), "Tags": PAIRS, **more}
    return iam.create_role(RoleName=name, **wanted)["Role"]["Arn"]


def test_a_role_with_all_that_it_may_do(aws, iam):
    boundary, reading = policy(iam, "shop-dev-boundary"), policy(iam, "shop-dev-reading")
    role(iam, "shop-dev-web", Description="Is web", MaxSessionDuration=7200, PermissionsBoundary=boundary)
    for arn in (reading, "arn:aws:iam::aws:policy/ReadOnlyAccess"):
        iam.attach_role_policy(RoleName="shop-dev-web", PolicyArn=arn)
    inside = document(f"arn:aws:s3:::shop-{ACCOUNT}/*")
    iam.put_role_policy(RoleName="shop-dev-web", PolicyName="photos", PolicyDocument=json.dumps(inside))
    read = read_back(aws, ROLE, POLICY)
    assert untagged(read["StorageRoleWeb"]) == {
        "RoleName": "shop-dev-web",
        "Path": "/",
        "Description": "Is web",
        "MaxSessionDuration": 7200,
        "AssumeRolePolicyDocument": TRUST,
        "ManagedPolicyArns": [
            {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess"},
            {"Ref": "StorageManagedPolicyReading"},
        ],
        "PermissionsBoundary": {"Ref": "StorageManagedPolicyBoundary"},
        "Policies": [
            {
                "PolicyName": "photos",
                "PolicyDocument": document({"Fn::Sub": "arn:${AWS::Partition}:s3:::shop-${AWS::AccountId}/*"}),
            }
        ],
    }
    assert read["StorageRoleWeb"]["Tags"] == PAIRS
    assert read["StorageManagedPolicyReading"] == {
        "ManagedPolicyName": "shop-dev-reading",
        "Path": "/",
        "Description": "About shop-dev-reading",
        "PolicyDocument": document("*"),
    }


def test_a_policy_that_mentions_a_role(aws, iam):
    arn = role(iam, "shop-dev-web")
    policy(iam, "shop-dev-passing", resource=[arn, f"{arn}-*"])
    statement = read_back(aws, ROLE, POLICY)["StorageManagedPolicyPassing"]["PolicyDocument"]["Statement"][0]
    assert statement["Resource"] == [
        {"Fn::GetAtt": ["StorageRoleWeb", "Arn"]},
        {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/shop-dev-web-*"},
    ]


def test_the_version_of_a_policy_that_is_in_force(aws, iam):
    arn = policy(iam, "shop-dev-reading")
    newer = json.dumps(document("arn:aws:s3:::newer"))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=newer, SetAsDefault=True)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document("arn:aws:s3:::not-yet")))
    statement = read_back(aws, POLICY)["StorageManagedPolicyReading"]["PolicyDocument"]["Statement"][0]
    assert statement["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:s3:::newer"}


def test_tags_of_policies_stand_beside_the_properties(aws, iam):
    policy(iam, "shop-dev-reading")
    found = aws.run("environment_template_info", tags={"Project": "Shop"}, platform="shop-dev")
    metadata = found.template["Resources"]["StorageManagedPolicyReading"]["Metadata"]
    assert metadata == {"Component": "storage", "Defaults": ["Path"], "Tags": PAIRS}


def test_what_belongs_to_others_is_not_there(aws, iam):
    foreign = [{"Key": "Project", "Value": "Bank"}]
    role(iam, "bank", Tags=foreign)
    iam.attach_role_policy(RoleName="bank", PolicyArn=policy(iam, "bank-held", foreign))
    policy(iam, "bank-lonely", foreign)
    assert read_back(aws, ROLE, POLICY) == {}


def test_policies_that_others_hold_are_not_asked_for_one_by_one(aws, iam):
    role(iam, "bank", Tags=[])
    for number in range(3):
        iam.attach_role_policy(RoleName="bank", PolicyArn=policy(iam, f"bank-{number}", []))
    with aws.recorded() as sent:
        read_back(aws, POLICY)
    assert "GetPolicy" not in sent.operations


def test_all_pages_of_a_large_account(aws, iam):
    for number in range(120):
        role(iam, f"shop-dev-{number}", Tags=PAIRS)
    assert len(read_back(aws, ROLE)) == 120


def test_an_instance_profile(aws, iam):
    role(iam, "shop-dev-jump")
    iam.create_instance_profile(InstanceProfileName="shop-dev-jump")
    iam.add_role_to_instance_profile(InstanceProfileName="shop-dev-jump", RoleName="shop-dev-jump")
    assert read_back(aws, PROFILE) == {
        "StorageInstanceProfileJump": {"InstanceProfileName": "shop-dev-jump", "Path": "/", "Roles": ["shop-dev-jump"]}
    }


def test_the_component_of_a_role_is_that_of_its_tag(aws, iam):
    role(iam, "shop-dev-web", Tags=[{"Key": key, "Value": value} for key, value in {**OURS, "Component": "web"}.items()])
    assert list(read_back(aws, ROLE)) == ["WebRole"]
