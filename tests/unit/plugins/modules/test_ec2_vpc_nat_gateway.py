# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A NAT gateway and its address live and die together."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.ec2_vpc_nat_gateway import prepare


@pytest.fixture
def options(aws):
    return {"name": "shop-0", **prepare(aws), "tags": {"Project": "Shop"}}


def addresses(aws):
    return aws.client("ec2").describe_addresses()["Addresses"]


def test_the_address_is_tagged_and_released(aws, options):
    made = aws.run("ec2_vpc_nat_gateway", **options)
    [address] = addresses(aws)
    assert address["PublicIp"] == made.nat_gateway["public_ip"]
    assert {tag["Key"]: tag["Value"] for tag in address["Tags"]} == {"Name": "shop-0", "Project": "Shop"}
    aws.run("ec2_vpc_nat_gateway", **options, state="absent")
    assert addresses(aws) == []


def test_an_interrupted_run_is_continued_with_the_same_address(aws, options):
    aws.fault("ec2", "CreateNatGateway", "denied")
    assert aws.run("ec2_vpc_nat_gateway", **options).failed
    [left_behind] = addresses(aws)
    made = aws.run("ec2_vpc_nat_gateway", **options)
    assert made.nat_gateway["public_ip"] == left_behind["PublicIp"]
    assert len(addresses(aws)) == 1


def test_the_address_gets_the_tags_of_the_gateway(aws, options):
    aws.run("ec2_vpc_nat_gateway", **options)
    aws.run("ec2_vpc_nat_gateway", **{**options, "tags": {"Owner": "QA"}})
    [address] = addresses(aws)
    assert {tag["Key"]: tag["Value"] for tag in address["Tags"]} == {"Name": "shop-0", "Owner": "QA"}
