# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.tests.support.environment import PAIRS, read_back, untagged

KEY, ALIAS = "AWS::KMS::Key", "AWS::KMS::Alias"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}],
}


@pytest.fixture
def kms(aws):
    return aws.client("kms")


def key(kms, alias="", tags=PAIRS, **more):
    carried = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags]
    made = kms.create_key(Policy=json.dumps(POLICY), Tags=carried, **more)["KeyMetadata"]["KeyId"]
    if alias:
        kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=made)
    return made


def test_a_key_that_rotates_with_its_aliases(aws, kms):
    made = key(kms, "shop-dev-data", Description="Data")
    kms.create_alias(AliasName="alias/shop-dev-more", TargetKeyId=made)
    kms.enable_key_rotation(KeyId=made)
    read = read_back(aws, KEY, ALIAS)
    assert read["StorageKeyData"]["Tags"] == PAIRS
    root = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    assert untagged(read.pop("StorageKeyData")) == {
        "Description": "Data",
        "Enabled": True,
        "EnableKeyRotation": True,
        "RotationPeriodInDays": 365,
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": False,
        "Origin": "AWS_KMS",
        "KeyPolicy": {**POLICY, "Statement": [{**POLICY["Statement"][0], "Principal": {"AWS": root}}]},
    }
    assert read == {
        "StorageAliasData": {"AliasName": "alias/shop-dev-data", "TargetKeyId": {"Ref": "StorageKeyData"}},
        "StorageAliasMore": {"AliasName": "alias/shop-dev-more", "TargetKeyId": {"Ref": "StorageKeyData"}},
    }


def test_a_key_that_is_disabled_and_does_not_rotate(aws, kms):
    kms.disable_key(KeyId=key(kms, "shop-dev-data"))
    read = read_back(aws, KEY)["StorageKeyData"]
    assert (read["Enabled"], read["EnableKeyRotation"], read.get("RotationPeriodInDays")) == (False, False, None)


def test_a_key_for_signatures_is_not_asked_whether_it_rotates(aws, kms):
    key(kms, "shop-dev-sign", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    with aws.recorded() as sent:
        read = read_back(aws, KEY)["StorageKeySign"]
    assert (read["KeySpec"], read["KeyUsage"], "EnableKeyRotation" in read) == ("RSA_2048", "SIGN_VERIFY", False)
    assert "GetKeyRotationStatus" not in sent.operations


def test_the_name_tag_comes_before_the_alias(aws, kms):
    key(kms, "shop-dev-data", tags=[*PAIRS, {"Key": "Name", "Value": "shop-dev-other"}])
    assert list(read_back(aws, KEY)) == ["StorageKeyOther"]


def test_keys_that_are_going_and_keys_of_others_are_not_there(aws, kms):
    kms.schedule_key_deletion(KeyId=key(kms, "shop-dev-old"), PendingWindowInDays=7)
    key(kms, "bank", tags=[{"Key": "Project", "Value": "Bank"}])
    assert read_back(aws, KEY, ALIAS) == {}
