# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An environment that has something in a second region: of the same names, told apart, and what is global is there once."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.environment import OURS

HOME, SECOND = "us-east-1", "eu-central-1"


@pytest.fixture
def read(aws):
    """Return a function that reads both regions of an account in which both have a key, its alias, and a repository."""
    keys = {}
    for region in (HOME, SECOND):
        kms, tags = aws.client("kms", region), [{"TagKey": name, "TagValue": value} for name, value in OURS.items()]
        keys[region] = kms.create_key(Description="shop-dev: data", Tags=tags)["KeyMetadata"]
        kms.create_alias(AliasName="alias/shop-dev-data", TargetKeyId=keys[region]["KeyId"])
        aws.run("ecr_repository", name="shop-dev/orders", region=region, tags=OURS)
    aws.client("iam").create_role(
        RoleName="shop-dev", AssumeRolePolicyDocument="{}", Tags=[{"Key": name, "Value": value} for name, value in OURS.items()]
    )
    aws.client("secretsmanager").create_secret(
        Name="shop-dev/key",
        SecretString="open",
        AddReplicaRegions=[{"Region": SECOND, "KmsKeyId": keys[SECOND]["Arn"]}],
        Tags=[{"Key": name, "Value": value} for name, value in OURS.items()],
    )
    return lambda **more: aws.run("environment_template_info", tags=OURS, platform="shop-dev", regions=[HOME, SECOND], **more)


def test_what_both_regions_have_is_told_apart(read):
    resources = read().template["Resources"]
    assert sorted(resources) == [
        "StorageAliasData",
        "StorageAliasDataEuCentral1",
        "StorageKeyData",
        "StorageKeyDataEuCentral1",
        "StorageRepositoryOrders",
        "StorageRepositoryOrdersEuCentral1",
        "StorageRole",
        "StorageSecretKey",
    ]
    alias = resources["StorageAliasDataEuCentral1"]["Properties"]
    assert alias == {"AliasName": "alias/shop-dev-data", "TargetKeyId": {"Ref": "StorageKeyDataEuCentral1"}}
    [copy] = resources["StorageSecretKey"]["Properties"]["ReplicaRegions"]
    assert copy == {"Region": SECOND, "KmsKeyId": {"Fn::GetAtt": ["StorageKeyDataEuCentral1", "Arn"]}}


def test_images_are_those_of_the_first_region(read, aws):
    manifest = '{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}'
    aws.client("ecr", SECOND).put_image(repositoryName="shop-dev/orders", imageManifest=manifest, imageTag="copied")
    aws.run("ecr_repository", name="shop-dev/only-there", region=SECOND, tags=OURS)
    assert read(images=True).images == {"shop-dev/orders": []}
