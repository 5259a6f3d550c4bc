# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

REPOSITORY = "AWS::ECR::Repository"
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
