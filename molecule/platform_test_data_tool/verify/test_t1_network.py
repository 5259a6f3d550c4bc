# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""T1: the network of dev has no way out, reaches AWS through endpoints, and lets through what it says and nothing else."""

from __future__ import annotations

import ipaddress

import pytest

EPHEMERAL = 50000
ANYWHERE = "198.51.100.7"


def rules(group, side):
    """Return what a security group lets through: port and other end."""
    found = set()
    for permission in group[side]:
        ends = [r["CidrIp"] for r in permission["IpRanges"]] + [p["GroupId"] for p in permission["UserIdGroupPairs"]]
        ends += [p["PrefixListId"] for p in permission["PrefixListIds"]] + [r["CidrIpv6"] for r in permission["Ipv6Ranges"]]
        found |= {(permission.get("FromPort"), permission.get("ToPort"), end) for end in ends}
    return found


def in_and_out(group):
    return rules(group, "IpPermissions"), rules(group, "IpPermissionsEgress")


def test_one_vpc_with_three_tiers_in_two_zones(vpc, tiers, sizes):
    assert vpc["CidrBlock"] == sizes.network_cidr == "10.0.0.0/16"
    assert set(tiers) == {"public", "private", "isolated"}
    for subnets in tiers.values():
        assert len({subnet["AvailabilityZone"] for subnet in subnets}) == len(subnets) == sizes.network_zones
        assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)


def test_names_are_resolved_inside(aws, vpc):
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = aws("ec2").describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=attribute)
        assert answer[attribute[0].upper() + attribute[1:]]["Value"]


def test_there_is_no_nat_gateway(aws, inside):
    assert [g for g in aws("ec2").describe_nat_gateways(Filters=inside)["NatGateways"] if g["State"] != "deleted"] == []
    assert aws("ec2").describe_addresses()["Addresses"] == []


def ways_out(aws, subnet):
    """Return the targets of the default route that a subnet uses."""
    used = [{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}]
    [table] = aws("ec2").describe_route_tables(Filters=used)["RouteTables"]
    return [route.get("GatewayId") for route in table["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"]


def test_only_public_subnets_have_a_way_out(aws, tiers):
    for tier, subnets in tiers.items():
        for subnet in subnets:
            targets = ways_out(aws, subnet)
            assert (targets and targets[0].startswith("igw-")) if tier == "public" else targets == []


@pytest.fixture(scope="session")
def endpoints(aws, inside):
    return {e["ServiceName"].split("us-east-1.")[1]: e for e in aws("ec2").describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]}


def test_services_reach_aws_through_interface_endpoints(endpoints, tiers, groups):
    private = {subnet["SubnetId"] for subnet in tiers["private"]}
    for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
        endpoint = endpoints[service]
        assert endpoint["VpcEndpointType"] == "Interface"
        assert endpoint["State"].lower() == "available"
        assert endpoint["PrivateDnsEnabled"], "otherwise the SDK would still look for the public address"
        assert set(endpoint["SubnetIds"]) == private
        assert {group["GroupId"] for group in endpoint["Groups"]} == {groups["endpoints"]["GroupId"]}
    assert (443, 443, groups["endpoints"]["GroupId"]) in rules(groups["service"], "IpPermissionsEgress")
    assert (443, 443, groups["service"]["GroupId"]) in rules(groups["endpoints"], "IpPermissions")


def test_services_reach_s3_through_the_gateway_endpoint(aws, endpoints, tiers, groups):
    assert endpoints["s3"]["VpcEndpointType"] == "Gateway"
    for subnet in tiers["private"]:
        used = [{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}]
        [table] = aws("ec2").describe_route_tables(Filters=used)["RouteTables"]
        assert table["RouteTableId"] in endpoints["s3"]["RouteTableIds"]
    lists = aws("ec2").describe_prefix_lists()["PrefixLists"]
    [s3] = [each["PrefixListId"] for each in lists if each["PrefixListName"].endswith(".s3")]
    assert (443, 443, s3) in rules(groups["service"], "IpPermissionsEgress")


def test_security_groups_are_exactly_these(aws, groups):
    assert set(groups) == {"default", "load_balancer", "service", "database", "endpoints"}
    ids = {name: group["GroupId"] for name, group in groups.items()}
    lists = aws("ec2").describe_prefix_lists()["PrefixLists"]
    [s3] = [each["PrefixListId"] for each in lists if each["PrefixListName"].endswith(".s3")]
    to = {"database": (3306, 3306, ids["database"]), "endpoints": (443, 443, ids["endpoints"]), "s3": (443, 443, s3)}
    assert in_and_out(groups["load_balancer"]) == ({(443, 443, "0.0.0.0/0")}, {(8000, 8000, ids["service"])})
    assert in_and_out(groups["service"]) == ({(8000, 8000, ids["load_balancer"])}, set(to.values()))
    assert in_and_out(groups["database"]) == ({(3306, 3306, ids["service"])}, set())
    assert in_and_out(groups["endpoints"]) == ({(443, 443, ids["service"])}, set())
    assert in_and_out(groups["default"]) == (set(), set())


def passes(acl, outgoing, address, port):
    """Tell whether a network ACL lets a TCP packet pass: the first entry that fits decides."""
    entries = sorted((e for e in acl["Entries"] if e["Egress"] == outgoing), key=lambda e: e["RuleNumber"])
    for entry in entries:
        fits = entry["Protocol"] in ("-1", "6") and ipaddress.ip_address(address) in ipaddress.ip_network(entry["CidrBlock"])
        ports = entry.get("PortRange", {"From": 0, "To": 65535})
        if fits and (entry["Protocol"] == "-1" or ports["From"] <= port <= ports["To"]):
            return entry["RuleAction"] == "allow"
    return False


@pytest.fixture(scope="session")
def acls(aws, inside, tiers):
    found = {}
    for acl in aws("ec2").describe_network_acls(Filters=inside)["NetworkAcls"]:
        subnets = {link["SubnetId"] for link in acl["Associations"]}
        for tier, members in tiers.items():
            if subnets >= {subnet["SubnetId"] for subnet in members}:
                found[tier] = acl
    return found


def test_every_tier_has_a_network_acl_of_its_own(acls):
    assert set(acls) == {"public", "private", "isolated"}
    assert len({acl["NetworkAclId"] for acl in acls.values()}) == 3
    assert not any(acl["IsDefault"] for acl in acls.values())


@pytest.mark.parametrize(
    ("tier", "outgoing", "address", "port", "allowed"),
    [
        ("public", False, ANYWHERE, 443, True),
        ("public", True, ANYWHERE, EPHEMERAL, True),  # the answer to it
        ("public", False, ANYWHERE, 80, False),
        ("public", False, ANYWHERE, 22, False),
        ("public", True, "10.0.64.9", 8000, True),  # to the service
        ("private", False, "10.0.0.9", 8000, True),  # from the load balancer
        ("private", False, ANYWHERE, EPHEMERAL, True),  # answers of S3, whose addresses are public
        ("private", False, ANYWHERE, 443, False),
        ("private", True, "10.0.128.9", 3306, True),
        ("isolated", False, "10.0.64.9", 3306, True),
        ("isolated", True, "10.0.64.9", EPHEMERAL, True),
        ("isolated", False, ANYWHERE, 3306, False),
        ("isolated", True, ANYWHERE, 443, False),
    ],
)
def test_what_network_acls_let_pass(acls, tier, outgoing, address, port, allowed):
    assert passes(acls[tier], outgoing, address, port) is allowed


def test_all_traffic_is_logged_encrypted(aws, vpc, key_arns, sizes):
    [log] = aws("ec2").describe_flow_logs(Filter=[{"Name": "resource-id", "Values": [vpc["VpcId"]]}])["FlowLogs"]
    assert (log["TrafficType"], log["FlowLogStatus"]) == ("ALL", "ACTIVE")
    [group] = aws("logs").describe_log_groups(logGroupNamePrefix=log["LogGroupName"])["logGroups"]
    assert group["kmsKeyId"] == key_arns["logs"]
    assert group["retentionInDays"] == sizes.platform_log_days
