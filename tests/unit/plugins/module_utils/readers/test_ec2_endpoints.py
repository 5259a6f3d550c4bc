# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Endpoints and flow logs as a template."""

from __future__ import annotations

import json

from ansible_collections.slipway.aws.extensions.emulator import server as emulator
from ansible_collections.slipway.aws.tests.support.network import OURS, PLATFORM, group, read_back, specification


def test_endpoints(aws, ec2, vpc, subnet, table):
    for name in ("Support", "Hostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{f"EnableDns{name}": {"Value": True}})
    web, policy = (
        group(ec2, vpc, "web"),
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]},
    )
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        RouteTableIds=[table],
        PolicyDocument=json.dumps(policy),
        TagSpecifications=specification("vpc-endpoint", "shop-dev-s3"),
    )
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        SecurityGroupIds=[web],
        PrivateDnsEnabled=True,
        TagSpecifications=specification("vpc-endpoint", ""),
    )
    read = read_back(aws)
    assert read["NetworkVPCEndpointS3"] == {
        "VpcId": {"Ref": "NetworkVPC"},
        "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
        "VpcEndpointType": "Gateway",
        "RouteTableIds": [{"Ref": "NetworkRouteTablePublic"}],
        "PolicyDocument": policy,
    }
    logs = read["NetworkVPCEndpointLogs"]
    assert logs.pop("PolicyDocument")["Statement"]
    assert logs == {
        "VpcId": {"Ref": "NetworkVPC"},
        "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.logs"},
        "VpcEndpointType": "Interface",
        "IpAddressType": "ipv4",
        "DnsOptions": {"DnsRecordIpType": "ipv4"},
        "PrivateDnsEnabled": True,
        "SubnetIds": [{"Ref": "NetworkSubnetPublicB"}],
        "SecurityGroupIds": [{"Ref": "NetworkSecurityGroupWeb"}],
    }
    assert not [name for name in read if name.startswith("NetworkRoutePublic")]  # the gateway's own route is AWS's


def test_flow_logs(aws, vpc):
    bucket = {"Bucket": "shop-dev-flow", "ObjectOwnership": "BucketOwnerEnforced"}
    aws.client("s3").create_bucket(**bucket)
    made = aws.run(
        "ec2_vpc_flow_log",
        name=PLATFORM,
        resource_id=vpc,
        traffic_type="REJECT",
        log_destination="arn:aws:s3:::shop-dev-flow",
        log_format="${srcaddr} ${action}",
        max_aggregation_interval=60,
        tags=OURS,
    )
    assert not made.failed, made.msg
    assert read_back(aws)["NetworkFlowLog"] == {
        "ResourceId": {"Ref": "NetworkVPC"},
        "ResourceType": "VPC",
        "TrafficType": "REJECT",
        "LogDestinationType": "s3",
        "LogDestination": {"Fn::Sub": "arn:${AWS::Partition}:s3:::shop-dev-flow"},
        "DestinationOptions": {"FileFormat": "plain-text", "HiveCompatiblePartitions": False, "PerHourPartition": False},
        "LogFormat": {"Fn::Sub": "${!srcaddr} ${!action}"},
        "MaxAggregationInterval": 60,
    }


def build(ec2, order):
    """Make a VPC with an endpoint in four subnets, whose ids are others every time."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification("vpc", PLATFORM))["Vpc"]["VpcId"]
    made = {}
    for zone in order:
        wanted = {"VpcId": vpc, "CidrBlock": f"10.0.{'abcd'.index(zone)}.0/24", "AvailabilityZone": f"us-east-1{zone}"}
        subnet = ec2.create_subnet(**wanted, TagSpecifications=specification("subnet", f"shop-dev-private-{zone}"))
        made[zone] = subnet["Subnet"]["SubnetId"]
    about = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.logs", "SubnetIds": list(made.values())}
    ec2.create_vpc_endpoint(VpcId=vpc, **about, TagSpecifications=specification("vpc-endpoint", "shop-dev-logs"))


def test_two_accounts_with_the_same_in_them_give_the_same_template(aws, ec2):
    build(ec2, "abcd")
    first = read_back(aws)
    emulator.reset()
    build(ec2, "dbca")
    assert json.dumps(read_back(aws)) == json.dumps(first)
    assert first["NetworkVPCEndpointLogs"]["SecurityGroupIds"] == [{"Fn::GetAtt": ["NetworkVPC", "DefaultSecurityGroup"]}]
    assert first["NetworkVPCEndpointLogs"]["SubnetIds"] == [{"Ref": f"NetworkSubnetPrivate{zone}"} for zone in "ABCD"]
