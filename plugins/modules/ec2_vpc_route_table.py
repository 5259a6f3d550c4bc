#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_vpc_route_table
version_added: 0.1.0
short_description: Manage route tables of a VPC
description:
  - Creates, changes and removes route tables with their routes, their subnets and tags.
  - A route table is known by its VPC and its C(Name) tag alone, so that a change of any other tag does not make a second one.
  - Routes that AWS adds itself (C(local), those of gateway endpoints, propagated ones) are left alone.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.ec2_vpc_route_table
    description: >-
      By default it finds a table by all tags of the task, so that a changed tag makes a second table. With C(igw) as a target it
      fails in check mode while there is no internet gateway.
options:
  name:
    description: Name of the route table, kept in its C(Name) tag.
    type: str
    required: true
  vpc_id:
    description: Id of the VPC.
    type: str
    required: true
  routes:
    description: All routes beside AWS's own. Exactly one target per route.
    type: list
    elements: dict
    suboptions:
      destination_cidr_block:
        description: Where to, for example V(0.0.0.0/0).
        type: str
        required: true
      gateway_id:
        description: Id of an internet gateway.
        type: str
      nat_gateway_id:
        description: Id of a NAT gateway.
        type: str
      transit_gateway_id:
        description: Id of a transit gateway.
        type: str
      vpc_peering_connection_id:
        description: Id of a peering connection.
        type: str
  subnet_ids:
    description: Ids of all subnets that use the table. A subnet that uses another one is moved.
    type: list
    elements: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A way out for the public subnets
  slipway.aws.ec2_vpc_route_table:
    name: shop-dev-public
    vpc_id: vpc-0123456789abcdef0
    routes:
      - destination_cidr_block: 0.0.0.0/0
        gateway_id: igw-0123456789abcdef0
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]

- name: No way out
  slipway.aws.ec2_vpc_route_table:
    name: shop-dev-isolated
    vpc_id: vpc-0123456789abcdef0
    routes: []
    subnet_ids: [subnet-0123456789abcdef2]

- name: No table any more
  slipway.aws.ec2_vpc_route_table:
    name: shop-dev-isolated
    vpc_id: vpc-0123456789abcdef0
    state: absent
"""

RETURN = r"""
route_table:
  description: The route table; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the route table.
      type: str
    route_table_id:
      description: Its id.
      type: str
      sample: rtb-0123456789abcdef0
    routes:
      description: Its routes, without AWS's own.
      type: list
      elements: dict
    subnet_ids:
      description: Ids of the subnets that use it.
      type: list
      elements: str
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_TARGETS = {
    "GatewayId": "gateway_id",
    "NatGatewayId": "nat_gateway_id",
    "TransitGatewayId": "transit_gateway_id",
    "VpcPeeringConnectionId": "vpc_peering_connection_id",
}


class RouteTable(Resource):
    """A route table. Its routes and its associations have operations of their own."""

    service = "ec2"
    noun = "route table"
    unordered = ("Routes", "SubnetIds")
    outputs = ("arn", "RouteTableId")
    ec2_type = "route-table"

    def validate(self):
        routes = self.params["routes"] or []
        faults = formats.malformed("vpc", vpc_id=self.params["vpc_id"]) + formats.malformed(
            "subnet", subnet_ids=self.params["subnet_ids"]
        )
        faults += formats.no_network("destination_cidr_block", *(route["destination_cidr_block"] for route in routes))
        return faults + [
            f"The route to {route['destination_cidr_block']} needs exactly one target, one of {', '.join(_TARGETS.values())}."
            for route in routes
            if sum(bool(route[target]) for target in _TARGETS.values()) != 1
        ]

    def find(self):
        mine = [{"Name": "vpc-id", "Values": [self.params["vpc_id"]]}, {"Name": "tag:Name", "Values": [self.name]}]
        found = self.pages("describe_route_tables", "RouteTables", Filters=mine)
        if len(found) > 1:
            self.fail(
                f"{len(found)} route tables are named {self.name}: {', '.join(each['RouteTableId'] for each in found)}."
                " Remove all but one."
            )
        if not found:
            return None
        table = found[0]
        region = self.client.meta.region_name
        return {
            "RouteTableId": table["RouteTableId"],
            "VpcId": table["VpcId"],
            "Routes": [_shape(route) for route in table["Routes"] if _ours(route)],
            "SubnetIds": [link["SubnetId"] for link in table["Associations"] if "SubnetId" in link],
            "links": {link.get("SubnetId"): link["RouteTableAssociationId"] for link in table["Associations"]},
            "arn": f"arn:aws:ec2:{region}:{table['OwnerId']}:route-table/{table['RouteTableId']}",
            "Tags": from_form(table["Tags"]),
        }

    def want(self, have):
        routes = self.params["routes"]
        return {
            "VpcId": self.params["vpc_id"],
            "Routes": routes and [{"DestinationCidrBlock": r["destination_cidr_block"], **_target(r)} for r in routes],
            "SubnetIds": self.params["subnet_ids"],
        } | ({"Routes": []} if routes == [] else {})

    def own_tags(self):
        return {"Name": self.name}

    def tag_target(self, have):
        return have["RouteTableId"]

    def create(self, want):
        made = self.write("create_route_table", VpcId=want["VpcId"], TagSpecifications=want["TagSpecifications"])["RouteTable"]
        empty = {"RouteTableId": made["RouteTableId"], "Routes": [], "SubnetIds": [], "links": {}}
        # The new table is not known everywhere at once.
        self.settle_present(visible_only=True)
        self.update(empty, {key: want[key] for key in ("Routes", "SubnetIds") if want.get(key)})

    def update(self, have, changes):
        table = have["RouteTableId"]
        if "Routes" in changes:
            self._change_routes(table, _by_destination(have["Routes"]), _by_destination(changes["Routes"]))
        if "SubnetIds" in changes:
            for subnet in sorted(set(have["SubnetIds"]) - set(changes["SubnetIds"])):
                self.write("disassociate_route_table", AssociationId=have["links"][subnet])
            for subnet in sorted(set(changes["SubnetIds"]) - set(have["SubnetIds"])):
                self._associate(table, subnet)

    def _change_routes(self, table, have, want):
        for destination in have.keys() - want.keys():
            self.write("delete_route", RouteTableId=table, DestinationCidrBlock=destination)
        for destination, route in want.items():
            if destination not in have:
                self.write("create_route", RouteTableId=table, **route)
            elif have[destination] != route:
                self.write("replace_route", RouteTableId=table, **route)

    def _associate(self, table, subnet):
        """Associate a subnet, which AWS refuses while the subnet uses another table: then that association is replaced."""
        others = self.pages("describe_route_tables", "RouteTables", Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        links = [link["RouteTableAssociationId"] for t in others for link in t["Associations"] if link.get("SubnetId") == subnet]
        if links:
            self.write("replace_route_table_association", AssociationId=links[0], RouteTableId=table)
        else:
            self.write("associate_route_table", RouteTableId=table, SubnetId=subnet)

    def delete(self, have):
        for subnet in have["SubnetIds"]:
            self.write("disassociate_route_table", AssociationId=have["links"][subnet])
        self.write("delete_route_table", tolerate=("InvalidRouteTableID.NotFound",), RouteTableId=have["RouteTableId"])


def _ours(route):
    """Tell a route that somebody made from those of AWS: local, propagated, and to the prefix lists of gateway endpoints."""
    return route.get("Origin") == "CreateRoute" and "DestinationCidrBlock" in route


def _target(route):
    return {name: route[option] for name, option in _TARGETS.items() if route[option]}


def _shape(route):
    return {key: route[key] for key in ("DestinationCidrBlock", *_TARGETS) if route.get(key)}


def _by_destination(routes):
    return {route["DestinationCidrBlock"]: route for route in routes}


def main():
    RouteTable.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
