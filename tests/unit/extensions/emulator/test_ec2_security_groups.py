# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Security groups of the emulated account: what is in use stays, what was said is remembered."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def groups(aws):
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return ec2, [ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in ("one", "two")]


def test_a_group_that_another_one_speaks_of_stays(groups):
    ec2, (one, two) = groups
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": one}]}
    ec2.authorize_security_group_ingress(GroupId=two, IpPermissions=[rule])
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=one)
    ec2.delete_security_group(GroupId=two)
    ec2.delete_security_group(GroupId=one)


def test_the_description_of_a_rule_about_a_prefix_list(groups):
    ec2, (one, _two) = groups
    prefix = ec2.describe_prefix_lists()["PrefixLists"][0]["PrefixListId"]
    entry = {"PrefixListId": prefix, "Description": "to S3"}
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [entry]}
    ec2.authorize_security_group_egress(GroupId=one, IpPermissions=[rule])

    def described():
        [group] = ec2.describe_security_groups(GroupIds=[one])["SecurityGroups"]
        return [e for p in group["IpPermissionsEgress"] for e in p["PrefixListIds"]]

    assert described() == [entry]
    changed = {**rule, "PrefixListIds": [{**entry, "Description": "to the buckets"}]}
    assert ec2.update_security_group_rule_descriptions_egress(GroupId=one, IpPermissions=[changed])["Return"]
    assert described() == [{**entry, "Description": "to the buckets"}]


def test_an_address_in_use_is_not_released(groups):
    ec2, _groups = groups
    vpc = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"][0]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    with pytest.raises(ClientError, match="in use"):
        ec2.release_address(AllocationId=address)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.release_address(AllocationId=address)
