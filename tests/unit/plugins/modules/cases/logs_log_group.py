# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.chain import Chain

ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
LOGS = {
    "Effect": "Allow",
    "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
    "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"],
    "Resource": "*",
    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:*"}},
}


def key(aws, *statements):
    """Make a key that lets CloudWatch Logs use it, or one with other statements; return its ARN."""
    policy = {"Version": "2012-10-17", "Statement": [ROOT, *(statements or (LOGS,))]}
    return aws.client("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]


def prepare(aws):
    """Make two keys, and give the changes their ARNs."""
    CHAIN.changes[:2] = [{"kms_key_id": key(aws)}, {"kms_key_id": key(aws), "retention_in_days": 30}]
    return {}


CHAIN = Chain(
    create={"name": "/ecs/shop/web", "log_group_class": "INFREQUENT_ACCESS"},
    changes=[
        {"kms_key_id": "set in prepare"},
        {"kms_key_id": "set in prepare", "retention_in_days": 30},
        {"retention_in_days": 365, "deletion_protection_enabled": True},
        {"kms_key_id": "", "deletion_protection_enabled": False},
        {"retention_in_days": 0},
    ],
    refused=[({"log_group_class": "STANDARD"}, "cannot be changed in place")],
    invalid=[
        ({"retention_in_days": 31}, "the nearest it takes is 30"),
        ({"retention_in_days": -1}, "retention_in_days -1 is unknown"),
        ({"log_group_class": "DELIVERY", "retention_in_days": 7}, "retention_in_days cannot be set"),
        ({"log_group_class": "CHEAP"}, "log_group_class must be one of"),
        ({"kms_key_id": "alias/logs"}, "kms_key_id alias/logs has to be the ARN of a key"),
        ({"name": "shop logs"}, "name 'shop logs' has letters"),
    ],
    prepare=prepare,
)
