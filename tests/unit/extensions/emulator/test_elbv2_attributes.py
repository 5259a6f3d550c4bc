# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Attributes of load balancers in the emulated account."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def balancer(aws):
    ec2, elbv2 = aws.client("ec2"), aws.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = (("10.0.0.0/24", "us-east-1a"), ("10.0.1.0/24", "us-east-1b"))
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=c, AvailabilityZone=z)["Subnet"]["SubnetId"] for c, z in zones]
    return elbv2, elbv2.create_load_balancer(Name="shop", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]


def attributes(balancer):
    elbv2, arn = balancer
    found = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    return {each["Key"]: each["Value"] for each in found}


def log_to(balancer, bucket):
    elbv2, arn = balancer
    wanted = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": bucket}
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": k, "Value": v} for k, v in wanted.items()])


def test_defaults_are_reported(balancer):
    assert attributes(balancer)["access_logs.s3.enabled"] == "false"
    assert attributes(balancer)["routing.http2.enabled"] == "true"


def test_logs_need_a_bucket_that_lets_them_in(aws, balancer):
    with pytest.raises(ClientError, match="does not exist"):
        log_to(balancer, "shop-logs")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="shop-logs")
    with pytest.raises(ClientError, match="Access Denied for bucket"):
        log_to(balancer, "shop-logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::shop-logs/*",
    }
    s3.put_bucket_policy(Bucket="shop-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    log_to(balancer, "shop-logs")
    assert attributes(balancer)["access_logs.s3.enabled"] == "true"


def test_an_unknown_attribute_is_refused(balancer):
    elbv2, arn = balancer
    with pytest.raises(ClientError, match="not recognized"):
        elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": "speed", "Value": "high"}])
