# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The network as a template: what people made is there, what AWS made is not, and everything is found by reference."""

from __future__ import annotations

from collections import Counter

from ansible_collections.slipway.aws.tests.support.network import OURS, of, read_back


def test_vpc_and_subnet(aws, subnet):
    assert read_back(aws) == {
        "NetworkVPC": {
            "CidrBlock": "10.0.0.0/16",
            "EnableDnsHostnames": False,
            "EnableDnsSupport": True,
            "InstanceTenancy": "default",
        },
        "NetworkSubnetPublicB": {
            "VpcId": {"Ref": "NetworkVPC"},
            "CidrBlock": "10.0.0.0/20",
            "AvailabilityZone": {"Fn::Sub": "${AWS::Region}b"},
            "AssignIpv6AddressOnCreation": False,
            "MapPublicIpOnLaunch": False,
        },
    }


def test_ways_to_the_internet(aws, ec2, gateway, table, subnet):
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    aws.run("ec2_vpc_nat_gateway", name="shop-dev-0", subnet_id=subnet, tags=OURS)
    read = read_back(aws)
    assert read["NetworkInternetGateway"] == {}
    assert read["NetworkVPCGatewayAttachment"] == {
        "InternetGatewayId": {"Ref": "NetworkInternetGateway"},
        "VpcId": {"Ref": "NetworkVPC"},
    }
    assert of(read, "Route") == {
        "NetworkRouteTablePublic": {"VpcId": {"Ref": "NetworkVPC"}},
        "NetworkRoutePublicAnywhere": {
            "RouteTableId": {"Ref": "NetworkRouteTablePublic"},
            "DestinationCidrBlock": "0.0.0.0/0",
            "GatewayId": {"Ref": "NetworkInternetGateway"},
        },
    }
    assert read["NetworkSubnetRouteTableAssociationPublicB"] == {
        "RouteTableId": {"Ref": "NetworkRouteTablePublic"},
        "SubnetId": {"Ref": "NetworkSubnetPublicB"},
    }
    assert read["NetworkNatGateway0"] == {
        "AllocationId": {"Fn::GetAtt": ["NetworkEIP0", "AllocationId"]},
        "ConnectivityType": "public",
        "SubnetId": {"Ref": "NetworkSubnetPublicB"},
    }
    assert read["NetworkEIP0"] == {"Domain": "vpc"}


def test_a_route_through_a_nat_gateway_and_one_to_a_neighbour(aws, ec2, table, subnet, vpc):
    aws.run("ec2_vpc_nat_gateway", name="shop-dev-0", subnet_id=subnet, tags=OURS)
    nat = ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayId"]
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.9.0.0/16", VpcPeeringConnectionId=peering)
    read = read_back(aws)
    assert read["NetworkRoutePublicAnywhere"]["NatGatewayId"] == {"Ref": "NetworkNatGateway0"}
    assert read["NetworkRoutePublic1090016"]["VpcPeeringConnectionId"] == peering


def test_a_nat_gateway_that_is_gone_is_not_there(aws, ec2, subnet):
    ours = {"name": "shop-dev-0", "subnet_id": subnet}
    aws.run("ec2_vpc_nat_gateway", **ours, tags=OURS)
    aws.run("ec2_vpc_nat_gateway", **ours, state="absent")
    assert not of(read_back(aws), "NatGateway")


def test_what_carries_other_tags_is_not_there(aws, ec2, vpc):
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Environment", "Value": "prod"}])
    assert read_back(aws) == {}


def test_ec2_is_asked_once_for_each_kind_of_thing(aws, ec2, gateway, table, subnet):
    with aws.recorded() as sent:
        read_back(aws)
    asked = Counter(each["operation"] for each in sent.entries if each["service"] == "ec2")
    assert asked.pop("DescribeVpcAttribute") == 2
    assert asked.pop("DescribeSecurityGroups") == 2  # ours, and those that VPCs have by themselves
    assert set(asked.values()) == {1}
