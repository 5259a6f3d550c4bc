# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

EXPIRE = {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan"}, "action": {"type": "expire"}}


def rules(count):
    return {"rules": [{**EXPIRE, "selection": {**EXPIRE["selection"], "countNumber": count}}]}


PULL = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Pull",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        }
    ],
}

CHAIN = Chain(
    create={"name": "shop/orders", "image_tag_mutability": "IMMUTABLE", "encryption_configuration": {"encryption_type": "AES256"}},
    changes=[
        {"scan_on_push": True},
        {"image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION", "image_tag_mutability_exclusion_filters": ["latest", "dev-*"]},
        {"image_tag_mutability_exclusion_filters": ["latest"]},
        {"image_tag_mutability": "MUTABLE", "image_tag_mutability_exclusion_filters": None},
        {"lifecycle_policy": rules(10)},
        {"lifecycle_policy": rules(5)},
        {"lifecycle_policy": {}},
        {"policy": PULL},
        {"policy": {}},
    ],
    refused=[({"encryption_configuration": {"encryption_type": "KMS"}}, "cannot be changed in place")],
    invalid=[
        ({"image_tag_mutability_exclusion_filters": ["latest"]}, "belong together"),
        ({"image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION"}, "belong together"),
    ],
    elsewhere={"force"},
)
