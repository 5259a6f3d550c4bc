# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Route tables: known by name, and what AWS adds to them is left alone."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.ec2_vpc_route_table import CHAIN, prepare


@pytest.fixture
def options(aws):
    return {**CHAIN.create, **prepare(aws), "routes": [], "tags": {"Project": "Shop"}}


def test_another_tag_does_not_make_a_second_table(aws, options):
    first = aws.run("ec2_vpc_route_table", **options)
    second = aws.run("ec2_vpc_route_table", **{**options, "tags": {"Project": "Other"}})
    assert second.route_table["route_table_id"] == first.route_table["route_table_id"]


def test_the_route_of_a_gateway_endpoint_is_left_alone(aws, options):
    table = aws.run("ec2_vpc_route_table", **options).route_table["route_table_id"]
    ec2 = aws.client("ec2")
    ec2.create_vpc_endpoint(VpcId=options["vpc_id"], ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=[table])
    [described] = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    assert any("DestinationPrefixListId" in route for route in described["Routes"])
    with aws.recorded() as sent:
        again = aws.run("ec2_vpc_route_table", **options)
    assert (again.failed, again.changed, sent.writes) == (False, False, [])


def test_a_subnet_that_uses_another_table_is_moved(aws, options):
    subnet = aws.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [options["vpc_id"]]}])["Subnets"][0][
        "SubnetId"
    ]
    aws.run("ec2_vpc_route_table", **options, subnet_ids=[subnet])
    with aws.recorded() as sent:
        aws.run("ec2_vpc_route_table", **{**options, "name": "other"}, subnet_ids=[subnet])
    assert "ReplaceRouteTableAssociation" in sent.writes
    assert "AssociateRouteTable" not in sent.writes


def test_a_changed_target_replaces_the_route(aws, options):
    ec2 = aws.client("ec2")
    gateway = ec2.describe_internet_gateways()["InternetGateways"][-1]["InternetGatewayId"]
    nat = ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayId"]
    out = {"destination_cidr_block": "0.0.0.0/0"}
    aws.run("ec2_vpc_route_table", **{**options, "routes": [{**out, "gateway_id": gateway}]})
    with aws.recorded() as sent:
        aws.run("ec2_vpc_route_table", **{**options, "routes": [{**out, "nat_gateway_id": nat}]})
    assert sent.writes == ["ReplaceRoute"]


def test_two_tables_of_one_name_are_a_fault(aws, options):
    ec2 = aws.client("ec2")
    for _number in range(2):
        table = ec2.create_route_table(VpcId=options["vpc_id"])["RouteTable"]["RouteTableId"]
        ec2.create_tags(Resources=[table], Tags=[{"Key": "Name", "Value": options["name"]}])
    result = aws.run("ec2_vpc_route_table", **options)
    assert result.failed
    assert "2 route tables are named shop-public" in result.msg
