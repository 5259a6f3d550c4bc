# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Buckets of the emulated account: policies with conditions, closed by default, lifecycles as AWS checks them."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::shop", "arn:aws:s3:::shop/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.fixture
def s3(aws):
    client = aws.client("s3")
    client.create_bucket(Bucket="shop")
    return client


def policy(s3, *statements):
    s3.put_bucket_policy(Bucket="shop", Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def put(s3, key="a.txt", **more):
    s3.put_object(Bucket="shop", Key=key, Body=b"x", **more)


def test_a_bucket_that_wants_tls_takes_objects(s3):
    policy(s3, TLS_ONLY)
    put(s3)
    assert s3.get_object(Bucket="shop", Key="a.txt")["Body"].read() == b"x"


def test_a_denial_denies(s3):
    policy(s3, {**TLS_ONLY, "Action": "s3:PutObject", "Condition": {}})
    with pytest.raises(ClientError, match="403"):
        put(s3)


def test_encryption_by_the_right_key_can_be_asked_for(s3):
    wrong = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    policy(s3, {**TLS_ONLY, "Action": "s3:PutObject", "Condition": wrong})
    with pytest.raises(ClientError):
        put(s3)
    put(s3, ServerSideEncryption="aws:kms")


def test_a_role_is_told_apart(aws, s3):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    role = aws.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    keys = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    policy(s3, {**TLS_ONLY, "Action": "s3:PutObject", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": role}}})
    app = boto3.client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    put(app)
    with pytest.raises(ClientError):
        put(s3)


def test_policies_that_aws_refuses(s3):
    with pytest.raises(ClientError, match="MalformedPolicy"):
        s3.put_bucket_policy(Bucket="shop", Policy="{")
    with pytest.raises(ClientError, match="invalid resource"):
        policy(s3, {**TLS_ONLY, "Resource": "arn:aws:s3:::other/*"})
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}
    with pytest.raises(ClientError, match="BlockPublicPolicy"):
        policy(s3, everybody)
    s3.delete_public_access_block(Bucket="shop")
    policy(s3, everybody)


def test_new_buckets_are_closed_and_encrypted(s3):
    block = s3.get_public_access_block(Bucket="shop")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    rule = s3.get_bucket_encryption(Bucket="shop")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    owner = s3.get_bucket_ownership_controls(Bucket="shop")["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    with pytest.raises(ClientError, match="AccessControlListNotSupported"):
        s3.put_bucket_acl(Bucket="shop", ACL="log-delivery-write")
    s3.delete_bucket_encryption(Bucket="shop")
    assert s3.get_bucket_encryption(Bucket="shop")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"Filter": {}}, "At least one action"),
        ({"Expiration": {"Days": 1}}, "MalformedXML"),
        ({"Filter": {}, "Expiration": {"Days": 0}}, "positive integer"),
        ({"Filter": {}, "Transitions": [{"Days": 7, "StorageClass": "STANDARD_IA"}]}, "greater than or equal to 30"),
        (
            {"Filter": {}, "Expiration": {"Days": 30}, "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]},
            "must be greater than 'Days' in the Transition",
        ),
        (
            {
                "Filter": {},
                "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 40, "StorageClass": "GLACIER_IR"}],
            },
            "30 days more than",
        ),
        (
            {"Filter": {"Tag": {"Key": "a", "Value": "b"}}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
            "cannot be specified with Tags",
        ),
    ],
)
def test_lifecycles_that_aws_refuses(s3, rule, words):
    document = {"Rules": [{"ID": "r", "Status": "Enabled", **rule}]}
    with pytest.raises(ClientError, match=words):
        s3.put_bucket_lifecycle_configuration(Bucket="shop", LifecycleConfiguration=document)


def test_lifecycles_are_kept_whole(s3):
    rule = {
        "ID": "r",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "a", "ObjectSizeGreaterThan": 5}},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2},
    }
    s3.put_bucket_lifecycle_configuration(Bucket="shop", LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket="shop")["Rules"] == [rule]
    s3.delete_bucket_lifecycle(Bucket="shop")
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket="shop")
