# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What several tests of readers begin with: a VPC with a subnet, a route table and a way to the internet."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.network import PLATFORM, specification


@pytest.fixture
def ec2(aws):
    """Return a client of EC2."""
    return aws.client("ec2")


@pytest.fixture
def vpc(ec2):
    """Return the id of a VPC of ours."""
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification("vpc", PLATFORM))
    return made["Vpc"]["VpcId"]


@pytest.fixture
def subnet(ec2, vpc):
    """Return the id of a public subnet in it."""
    wanted = {"VpcId": vpc, "CidrBlock": "10.0.0.0/20", "AvailabilityZone": "us-east-1b"}
    return ec2.create_subnet(**wanted, TagSpecifications=specification("subnet", "shop-dev-public-b"))["Subnet"]["SubnetId"]


@pytest.fixture
def gateway(ec2, vpc):
    """Return the id of its internet gateway."""
    wanted = specification("internet-gateway", PLATFORM)
    made = ec2.create_internet_gateway(TagSpecifications=wanted)["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    return made


@pytest.fixture
def table(ec2, vpc):
    """Return the id of a route table in it."""
    wanted = specification("route-table", "shop-dev-public")
    return ec2.create_route_table(VpcId=vpc, TagSpecifications=wanted)["RouteTable"]["RouteTableId"]
