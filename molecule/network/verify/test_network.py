# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A network with ways out: private subnets leave through the NAT gateway of their zone, or the next one."""

from __future__ import annotations

import boto3
import pytest

NAME = "shop-test"


@pytest.fixture(scope="module")
def ec2():
    return boto3.client("ec2", region_name="eu-west-1")


@pytest.fixture(scope="module")
def inside(ec2):
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["Vpcs"]
    return [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]


@pytest.fixture(scope="module")
def tiers(ec2, inside):
    found = {}
    for subnet in sorted(ec2.describe_subnets(Filters=inside)["Subnets"], key=lambda s: s["AvailabilityZone"]):
        [tier] = [tag["Value"] for tag in subnet["Tags"] if tag["Key"] == "Tier"]
        found.setdefault(tier, []).append(subnet)
    return found


@pytest.fixture(scope="module")
def gateways(ec2, inside):
    found = ec2.describe_nat_gateways(Filters=inside)["NatGateways"]
    return {gateway["SubnetId"]: gateway["NatGatewayId"] for gateway in found if gateway["State"] == "available"}


def way_out(ec2, subnet):
    """Return the target of the default route that a subnet uses."""
    used = [{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}]
    [table] = ec2.describe_route_tables(Filters=used)["RouteTables"]
    [route] = [r for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"] or [{}]
    return route.get("NatGatewayId") or route.get("GatewayId")


def test_three_zones(tiers):
    assert {tier: len(subnets) for tier, subnets in tiers.items()} == {"public": 3, "private": 3, "isolated": 3}


def test_nat_gateways_stand_in_two_public_subnets_with_an_address_each(ec2, tiers, gateways):
    assert set(gateways) == {subnet["SubnetId"] for subnet in tiers["public"][:2]}
    addresses = ec2.describe_addresses()["Addresses"]
    assert len(addresses) == 2
    for address in addresses:
        assert {tag["Key"]: tag["Value"] for tag in address["Tags"]}["Project"] == "Shop"


def test_private_subnets_leave_through_the_gateway_of_their_zone_or_the_next(ec2, tiers, gateways):
    first, second = (gateways[subnet["SubnetId"]] for subnet in tiers["public"][:2])
    assert [way_out(ec2, subnet) for subnet in tiers["private"]] == [first, second, first]


def test_isolated_subnets_do_not_leave(ec2, tiers):
    assert [way_out(ec2, subnet) for subnet in tiers["isolated"]] == [None, None, None]


def test_gateway_endpoints_serve_everything_but_the_public_subnets(ec2, inside):
    endpoints = ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
    assert {e["ServiceName"].rsplit(".", 1)[-1] for e in endpoints} == {"dynamodb", "s3"}
    tables = ec2.describe_route_tables(Filters=inside)["RouteTables"]
    names = {t["RouteTableId"]: {tag["Key"]: tag["Value"] for tag in t["Tags"]}.get("Name", "") for t in tables}
    for endpoint in endpoints:
        assert sorted(names[table] for table in endpoint["RouteTableIds"]) == [
            f"{NAME}-isolated",
            f"{NAME}-private-0",
            f"{NAME}-private-1",
        ]


def test_services_may_leave(ec2, inside):
    groups = {group["GroupName"]: group for group in ec2.describe_security_groups(Filters=inside)["SecurityGroups"]}
    [out] = groups[f"{NAME}-service"]["IpPermissionsEgress"]
    assert (out["FromPort"], out["ToPort"], out["IpRanges"][0]["CidrIp"]) == (443, 443, "0.0.0.0/0")
    [into] = groups[f"{NAME}-cache"]["IpPermissions"]
    assert into["UserIdGroupPairs"][0]["GroupId"] == groups[f"{NAME}-service"]["GroupId"]
