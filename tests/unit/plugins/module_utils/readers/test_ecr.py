# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.ecr_replication_rule import put, rule

REPOSITORY, REPLICATION = "AWS::ECR::Repository", "AWS::ECR::ReplicationConfiguration"
RULE = {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}}
LIFECYCLE = {"rules": [{**RULE, "action": {"type": "expire"}}]}


def test_a_repository_comes_back_with_its_policies(aws):
    key = aws.client("kms").create_key(Tags=[{"TagKey": name, "TagValue": value} for name, value in OURS.items()])
    arn = key["KeyMetadata"]["Arn"]
    pull = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": ["ecr:BatchGetImage"]}
    done = aws.run(
        "ecr_repository",
        name="shop-dev/orders",
        image_tag_mutability="IMMUTABLE_WITH_EXCLUSION",
        image_tag_mutability_exclusion_filters=["latest"],
        scan_on_push=True,
        encryption_configuration={"encryption_type": "KMS", "kms_key": arn},
        lifecycle_policy=LIFECYCLE,
        policy={"Version": "2012-10-17", "Statement": [{"Sid": "Pull", **pull}]},
        tags=OURS,
    )
    assert done.changed, done.msg
    aws.run("ecr_repository", name="shop-test/orders", tags={**OURS, "Project": "Other"})
    found = read_back(aws, REPOSITORY)
    text = found["StorageRepositoryOrders"].pop("LifecyclePolicy")["LifecyclePolicyText"]
    assert text == json.dumps(LIFECYCLE, sort_keys=True)
    assert list(found["StorageRepositoryOrders"]["EncryptionConfiguration"].pop("KmsKey")) == ["Fn::GetAtt"]
    assert found == {
        "StorageRepositoryOrders": {
            "EncryptionConfiguration": {"EncryptionType": "KMS"},
            "ImageScanningConfiguration": {"ScanOnPush": True},
            "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "ImageTagMutabilityExclusionFilters": [
                {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": "latest"}
            ],
            "RepositoryName": "shop-dev/orders",
            "RepositoryPolicyText": {
                "Statement": [
                    {
                        "Action": "ecr:BatchGetImage",
                        "Effect": "Allow",
                        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
                        "Sid": "Pull",
                    }
                ],
                "Version": "2012-10-17",
            },
            "Tags": PAIRS,
        }
    }


def test_a_plain_repository_has_what_aws_fills_in_and_says_so(aws):
    aws.run("ecr_repository", name="shop-dev/orders", tags=OURS)
    found = aws.run("environment_template_info", tags={"Project": "Shop"}, platform="shop-dev").template
    marked = found["Resources"]["StorageRepositoryOrders"]["Metadata"]["Defaults"]
    assert marked == ["EncryptionConfiguration", "ImageScanningConfiguration", "ImageTagMutability"]


def copies(*prefixes, to=("eu-north-1",)):
    """Return a rule as the schema has it."""
    return {
        "Destinations": [{"Region": region, "RegistryId": {"Fn::Sub": "${AWS::AccountId}"}} for region in to],
        "RepositoryFilters": [{"Filter": prefix, "FilterType": "PREFIX_MATCH"} for prefix in prefixes],
    }


def test_the_rules_that_copy_a_repository_come_back_once(aws):
    for name in ("shop-dev/orders", "shop-dev/users"):
        aws.run("ecr_repository", name=name, tags=OURS)
    aws.run("ecr_repository", name="bank/orders", tags={**OURS, "Project": "Bank"})
    two = {**rule("shop-dev/"), "destinations": [*rule(region="eu-west-1")["destinations"], *rule()["destinations"]]}
    more = rule("shop-dev/users", "bank/", deleteReplication={"enabled": True})
    put(aws, [rule(), two, more, rule("bank/"), rule("shop-dev/o", "shop-dev/users/")])
    with aws.recorded() as sent:
        found = read_back(aws, REPLICATION)
    assert sent.operations.count("DescribeRegistry") == 1
    assert found == {
        "StorageReplicationConfiguration": {
            "ReplicationConfiguration": {"Rules": [copies("shop-dev/", to=("eu-north-1", "eu-west-1"))]}
        },
        "StorageReplicationConfigurationBankShopDevUsers": {
            "ReplicationConfiguration": {"Rules": [copies("bank/", "shop-dev/users")]}
        },
        "StorageReplicationConfigurationOShopDevUsers": {
            "ReplicationConfiguration": {"Rules": [copies("shop-dev/o", "shop-dev/users/")]}
        },
    }


def test_rules_with_the_same_filters_are_all_told(aws):
    aws.run("ecr_repository", name="shop-dev/orders", tags=OURS)
    put(aws, [rule("shop-dev/"), rule("shop-dev/", region="eu-west-1")])
    rules = [copies("shop-dev/"), copies("shop-dev/", to=("eu-west-1",))]
    assert read_back(aws, REPLICATION) == {"StorageReplicationConfiguration": {"ReplicationConfiguration": {"Rules": rules}}}


def test_a_registry_without_rules_has_none_and_neither_has_one_that_gets_the_copies(aws):
    for region in ("us-east-1", "eu-north-1"):
        aws.run("ecr_repository", name="shop-dev/orders", region=region, tags=OURS)
    assert read_back(aws, REPLICATION) == {}
    put(aws, [rule("shop-dev/")])
    assert read_back(aws, REPLICATION, region="eu-north-1") == {}
    assert len(read_back(aws, REPLICATION)) == 1
