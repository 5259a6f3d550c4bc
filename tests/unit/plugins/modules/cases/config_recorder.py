# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.chain import Chain

ACCOUNT = "123456789012"
EXCLUDED = {"recording_strategy": "EXCLUSION_BY_RESOURCE_TYPES"}
INCLUDED = {"recording_strategy": "INCLUSION_BY_RESOURCE_TYPES"}
DAILY = {"resource_types": ["AWS::Config::ResourceCompliance"], "recording_frequency": "DAILY"}
MODE = {"recording_frequency": "CONTINUOUS", "recording_mode_overrides": [{**DAILY, "description": "Once is enough"}]}
TOPIC, KEY = f"arn:aws:sns:us-east-1:{ACCOUNT}:audit", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/audit"


def bucket(aws, name, principal="config.amazonaws.com"):
    """Make a bucket into which AWS Config may deliver."""
    statement = {"Effect": "Allow", "Principal": {"Service": principal}}
    own = {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}
    statements = [
        {**statement, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{name}", "Condition": own},
        {**statement, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*", "Condition": own},
    ]
    client = aws.client("s3")
    client.create_bucket(Bucket=name)
    client.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return name


def role(aws, name="config", principal="config.amazonaws.com"):
    """Return the ARN of a role that AWS Config may use, and that is allowed nothing."""
    statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def prepare(aws):
    bucket(aws, "other")
    role(aws, "other")
    aws.client("sns").create_topic(Name="audit")
    return {"role_arn": role(aws), "s3_bucket_name": bucket(aws, "audit")}


CHAIN = Chain(
    create={"name": "shop"},
    changes=[
        {"include_global_resource_types": True},
        {"include_global_resource_types": None, **EXCLUDED, "resource_types": ["AWS::EC2::NetworkInterface"]},
        {"resource_types": ["AWS::EC2::Volume", "AWS::EC2::NetworkInterface"]},
        {**INCLUDED, "resource_types": ["AWS::S3::Bucket"]},
        {"recording_strategy": "ALL_SUPPORTED_RESOURCE_TYPES", "resource_types": None},
        {"recording_mode": {"recording_frequency": "DAILY"}},
        {"recording_mode": MODE},
        {"recording_mode": {"recording_frequency": "CONTINUOUS"}},
        {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/other"},
        {"s3_bucket_name": "other", "s3_key_prefix": "config", "s3_kms_key_arn": KEY, "sns_topic_arn": TOPIC},
        {"s3_key_prefix": "", "s3_kms_key_arn": "", "sns_topic_arn": ""},
        {"delivery_frequency": "Six_Hours"},
        {"recording": False},
        {"recording": True},
    ],
    invalid=[
        (EXCLUDED, "recording_strategy: EXCLUSION_BY_RESOURCE_TYPES needs resource_types"),
        ({"resource_types": ["AWS::S3::Bucket"]}, "resource_types: say by recording_strategy"),
        (
            {**INCLUDED, "resource_types": ["AWS::S3::Bucket"], "include_global_resource_types": True},
            "include_global_resource_types:",
        ),
        ({"recording_mode": {**MODE, "recording_mode_overrides": [DAILY, DAILY]}}, "recording_mode: AWS takes one entry"),
        ({"recording_mode": {"recording_frequency": "HOURLY"}}, "value of recording_frequency must be one of"),
        ({"recording_mode": {}}, "recording_frequency found in recording_mode"),
        ({"role_arn": "config"}, "role_arn: config is not an ARN"),
        ({"sns_topic_arn": "audit", "s3_kms_key_arn": "alias/audit"}, "s3_kms_key_arn: alias/audit is not an ARN"),
        ({"delivery_frequency": "Daily"}, "delivery_frequency must be one of"),
        ({"recording_strategy": "EVERYTHING"}, "recording_strategy must be one of"),
    ],
    prepare=prepare,
)
