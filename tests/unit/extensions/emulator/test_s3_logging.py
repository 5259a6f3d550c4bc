# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Access logs go to buckets that let them in."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::logs/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
DELIVERY = {
    "Effect": "Allow",
    "Principal": {"Service": "logging.s3.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::logs/s3/*",
    "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::shop-*"}, "StringEquals": {"aws:SourceAccount": "123456789012"}},
}


@pytest.fixture
def s3(aws):
    s3 = aws.client("s3")
    for name in ("logs", "shop-data", "other"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [TLS_ONLY, DELIVERY]}))
    return s3


def log(s3, bucket, target, prefix):
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": prefix}})


def test_logs_that_the_policy_lets_in(s3):
    log(s3, "shop-data", "logs", "s3/data/")
    assert s3.get_bucket_logging(Bucket="shop-data")["LoggingEnabled"]["TargetPrefix"] == "s3/data/"
    s3.put_bucket_logging(Bucket="shop-data", BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="shop-data")


@pytest.mark.parametrize(
    ("bucket", "target", "prefix"),
    [("shop-data", "logs", "elsewhere/"), ("other", "logs", "s3/"), ("shop-data", "other", "s3/"), ("shop-data", "nowhere", "s3/")],
)
def test_logs_that_it_does_not(s3, bucket, target, prefix):
    with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
        log(s3, bucket, target, prefix)
