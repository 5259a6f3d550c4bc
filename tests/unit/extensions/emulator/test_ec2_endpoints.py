# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""VPC endpoints of the emulated account: they come and go in time, with interfaces and routes."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.edge import network


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    """Let time pass only when the test says so."""
    monkeypatch.setattr(CLOCK, "speed", 0.0)


@pytest.fixture
def ec2(aws):
    return aws.client("ec2")


def endpoint(ec2, vpc, service="logs", kind="Interface", **more):
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.us-east-1.{service}", VpcEndpointType=kind, **more)
    return made["VpcEndpoint"]


def test_an_interface_endpoint_comes_and_goes_in_time(aws, ec2):
    vpc, subnets = network(aws)
    made = endpoint(ec2, vpc, SubnetIds=subnets)

    def look():
        return ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]

    assert look()[0]["State"] == "pending"
    with pytest.raises(ClientError, match="IncorrectState"):
        ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], RemoveSubnetIds=subnets[:1])
    CLOCK.advance(60)
    assert look()[0]["State"] == "available"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert look()[0]["State"] == "deleting"
    CLOCK.advance(60)
    assert look() == []


def test_its_interfaces_follow_its_subnets(aws, ec2):
    vpc, subnets = network(aws)
    made = endpoint(ec2, vpc, SubnetIds=subnets[:1])
    CLOCK.advance(60)
    change = {"AddSubnetIds": subnets[1:], "RemoveSubnetIds": subnets[:1]}
    ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], **change)
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert [interface["SubnetId"] for interface in interfaces] == subnets[1:]
    assert interfaces[0]["Description"] == f"VPC Endpoint Interface {made['VpcEndpointId']}"
    assert [group["GroupName"] for group in made["Groups"]] == ["default"]


def test_refusals(aws, ec2):
    vpc, subnets = network(aws)
    with pytest.raises(ClientError, match="InvalidServiceName"):
        endpoint(ec2, vpc, service="nothing")
    with pytest.raises(ClientError, match="does not match available service types"):
        endpoint(ec2, vpc, service="logs", kind="Gateway")
    with pytest.raises(ClientError, match="is not supported for Gateway endpoints"):
        endpoint(ec2, vpc, service="s3", kind="Gateway", SubnetIds=subnets)
    with pytest.raises(ClientError, match="InvalidGroup"):
        endpoint(ec2, vpc, SecurityGroupIds=["sg-0000"])
    twice = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    with pytest.raises(ClientError, match="DuplicateSubnetsInSameZone"):
        endpoint(ec2, vpc, SubnetIds=[subnets[0], twice])


def test_private_dns_belongs_to_one_endpoint(aws, ec2):
    vpc, _subnets = network(aws)
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    made = endpoint(ec2, vpc, PrivateDnsEnabled=True, SubnetIds=_subnets)
    assert made["DnsEntries"][-1]["DnsName"] == "logs.us-east-1.amazonaws.com"
    with pytest.raises(ClientError, match="conflicting DNS domain"):
        endpoint(ec2, vpc, PrivateDnsEnabled=True)


def test_deleting_what_is_not_there_is_told_with_200(ec2):
    answer = ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-000"])
    assert answer["Unsuccessful"][0]["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"
    assert ec2.delete_flow_logs(FlowLogIds=["fl-000"])["Unsuccessful"][0]["ResourceId"] == "fl-000"
