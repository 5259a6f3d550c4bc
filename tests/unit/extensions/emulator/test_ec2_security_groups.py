# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Security groups of the emulated account: what is in use stays, what was said is remembered."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services.ec2_security_groups import stand_in


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


def test_a_group_of_somebody_else_stands_in(aws, groups):
    ec2, (one, _two) = groups
    theirs = "sg-0123456789abcdef0"
    rule = {"IpProtocol": "tcp", "FromPort": 9094, "ToPort": 9094, "UserIdGroupPairs": [{"GroupId": theirs}]}
    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        ec2.authorize_security_group_egress(GroupId=one, IpPermissions=[rule])
    stand_in("123456789012", "us-east-1", [theirs])
    ec2.authorize_security_group_egress(GroupId=one, IpPermissions=[rule])
    assert ec2.describe_security_groups(GroupIds=[theirs])["SecurityGroups"][0]["OwnerId"] == "123456789012"


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


def test_rules_are_described_anew_by_their_ids(groups):
    ec2, (one, two) = groups
    prefix = ec2.describe_prefix_lists()["PrefixLists"][0]["PrefixListId"]
    for end in (
        {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "old"}]},
        {"UserIdGroupPairs": [{"GroupId": two, "Description": "old"}]},
        {"PrefixListIds": [{"PrefixListId": prefix, "Description": "old"}]},
    ):
        ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[{"IpProtocol": "-1", **end}])

    def described():
        rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [one]}])["SecurityGroupRules"]
        return {rule["SecurityGroupRuleId"]: rule.get("Description") for rule in rules if not rule["IsEgress"]}

    assert [*described().values()] == ["old"] * 3
    texts = dict(zip(described(), ("new", "newer", None), strict=True))
    given = [{"SecurityGroupRuleId": rule, **({"Description": text} if text else {})} for rule, text in texts.items()]
    assert ec2.update_security_group_rule_descriptions_ingress(GroupId=one, SecurityGroupRuleDescriptions=given)["Return"]
    assert described() == texts
    with pytest.raises(ClientError, match=r"InvalidSecurityGroupRuleId\.NotFound"):
        ec2.update_security_group_rule_descriptions_egress(GroupId=one, SecurityGroupRuleDescriptions=given)


def test_rules_are_added_together_or_not_at_all(groups):
    ec2, (one, two) = groups
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    there = {**web, "UserIdGroupPairs": [{"GroupId": two, "Description": "there"}]}
    ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[there])
    new = {**web, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    for wrong, code in (
        ({**web, "UserIdGroupPairs": [{"GroupId": two, "Description": "there again"}]}, r"InvalidPermission\.Duplicate"),
        (new, r"InvalidPermission\.Duplicate"),
        ({**web, "UserIdGroupPairs": [{"GroupId": "sg-0123"}]}, r"InvalidGroup\.NotFound"),
        ({**web, "PrefixListIds": [{"PrefixListId": "pl-0123"}]}, r"InvalidPrefixListID\.NotFound"),
        ({**web, "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "what's in"}]}, "Invalid rule description"),
    ):
        with pytest.raises(ClientError, match=code):
            ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[new, wrong])
    [group] = ec2.describe_security_groups(GroupIds=[one])["SecurityGroups"]
    assert [permission["IpRanges"] for permission in group["IpPermissions"]] == [[]]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("sg-web", "Web", "format sg-"),
        ("default", "Web", "reserved"),
        ("web", "what's in", "GroupDescription"),
        ("w\u00e4b", "Web", "GroupName"),
    ],
)
def test_names_and_descriptions_that_cannot_be(groups, name, text, words):
    ec2, _groups = groups
    vpc = ec2.describe_vpcs()["Vpcs"][-1]["VpcId"]
    with pytest.raises(ClientError, match=words):
        ec2.create_security_group(GroupName=name, Description=text, VpcId=vpc)


def test_the_group_of_a_vpc_lets_in_what_it_lets_out_and_stays(groups):
    ec2, _groups = groups
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    [default] = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert [permission["UserIdGroupPairs"][0]["GroupId"] for permission in default["IpPermissions"]] == [default["GroupId"]]
    with pytest.raises(ClientError, match="CannotDelete"):
        ec2.delete_security_group(GroupId=default["GroupId"])


def test_a_group_stays_while_an_endpoint_that_uses_it_is_going_away(groups, monkeypatch):
    ec2, (one, _two) = groups
    monkeypatch.setattr(CLOCK, "speed", 0.0)
    [group] = ec2.describe_security_groups(GroupIds=[one])["SecurityGroups"]
    subnet = ec2.create_subnet(VpcId=group["VpcId"], CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    service = {"ServiceName": "com.amazonaws.us-east-1.logs", "VpcEndpointType": "Interface", "VpcId": group["VpcId"]}
    endpoint = ec2.create_vpc_endpoint(**service, SubnetIds=[subnet], SecurityGroupIds=[one])["VpcEndpoint"]["VpcEndpointId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    using = [{"Name": "group-id", "Values": [one]}]
    assert len(ec2.describe_network_interfaces(Filters=using)["NetworkInterfaces"]) == 1
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=one)
    CLOCK.advance(60)
    assert ec2.describe_network_interfaces(Filters=using)["NetworkInterfaces"] == []
    ec2.delete_security_group(GroupId=one)


def test_a_group_that_a_network_interface_uses_stays(groups):
    ec2, (one, _two) = groups
    [group] = ec2.describe_security_groups(GroupIds=[one])["SecurityGroups"]
    subnet = ec2.create_subnet(VpcId=group["VpcId"], CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[one])["NetworkInterface"]["NetworkInterfaceId"]
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=one)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_security_group(GroupId=one)


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


def test_gateways_are_found_by_all_tags_that_are_asked_for(groups):
    ec2, _groups = groups
    vpc = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"][0]["VpcId"]
    subnet, made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"], {}
    for name in ("dev", "prod"):
        tags = [{"Key": "Project", "Value": "Shop"}, {"Key": "Environment", "Value": name}]
        given = {"ConnectivityType": "private", "TagSpecifications": [{"ResourceType": "natgateway", "Tags": tags}]}
        made[name] = ec2.create_nat_gateway(SubnetId=subnet, **given)["NatGateway"]["NatGatewayId"]

    def found(**tags):
        filters = [{"Name": f"tag:{name}", "Values": [value]} for name, value in tags.items()]
        return {each["NatGatewayId"] for each in ec2.describe_nat_gateways(Filters=filters)["NatGateways"]}

    assert found(Project="Shop") == {*made.values()}
    assert found(Project="Shop", Environment="prod") == {made["prod"]}
    assert found(Project="Other") == set()
