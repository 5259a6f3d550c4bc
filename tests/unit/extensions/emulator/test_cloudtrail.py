# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Trails of the emulated account."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

DELIVERY = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::trail/AWSLogs/123456789012/*",
    "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
}


def test_a_trail_needs_a_bucket_that_lets_it_in(aws):
    trails, s3 = aws.client("cloudtrail"), aws.client("s3")
    with pytest.raises(ClientError, match="S3BucketDoesNotExist"):
        trails.create_trail(Name="shop", S3BucketName="trail")
    s3.create_bucket(Bucket="trail")
    with pytest.raises(ClientError, match="InsufficientS3BucketPolicy"):
        trails.create_trail(Name="shop", S3BucketName="trail")
    s3.put_bucket_policy(Bucket="trail", Policy=json.dumps({"Version": "2012-10-17", "Statement": [DELIVERY]}))
    arn = trails.create_trail(Name="shop", S3BucketName="trail")["TrailARN"]
    trails.delete_trail(Name=arn)
    assert trails.describe_trails()["trailList"] == []
    with pytest.raises(ClientError, match="TrailNotFound"):
        trails.delete_trail(Name=arn)


def test_a_name_means_a_trail_of_this_region_and_an_arn_any(aws):
    aws.client("s3").create_bucket(Bucket="trail")
    aws.client("s3").put_bucket_policy(Bucket="trail", Policy=json.dumps({"Version": "2012-10-17", "Statement": [DELIVERY]}))
    here, there = aws.client("cloudtrail"), aws.client("cloudtrail", "eu-west-1")
    for name in ("shop", "other"):
        here.create_trail(Name=name, S3BucketName="trail", IsMultiRegionTrail=True)

    def names(client, *wanted):
        return sorted(each["Name"] for each in client.describe_trails(trailNameList=list(wanted))["trailList"])

    assert (names(here), names(there)) == (["other", "shop"], ["other", "shop"])
    assert (names(here, "shop"), names(there, "shop")) == (["shop"], [])
    assert names(there, "arn:aws:cloudtrail:us-east-1:123456789012:trail/shop") == ["shop"]
