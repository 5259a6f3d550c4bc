#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: network_info
version_added: 0.1.0
short_description: Find a network with its subnets and security groups
description:
  - Finds the network that the role M(slipway.aws.network) built, by name, and returns ids by what they are for.
  - It knows the VPC by its C(Name) tag, subnets by their C(Tier) tag, security groups and route tables by their names.
author: slipway.aws maintainers (@slipway)
extends_documentation_fragment:
  - slipway.aws.resource.finder
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Find the network
  slipway.aws.network_info:
    name: shop-dev
  register: network

- name: Keep the database subnets together
  amazon.aws.rds_subnet_group:
    name: shop-dev
    description: Subnets without a way out
    subnets: "{{ network.subnet_ids.isolated }}"
    state: present
"""

RETURN = r"""
exists:
  description: Whether it was found.
  returned: always
  type: bool
vpc_id:
  description: Id of the VPC.
  returned: when it exists
  type: str
cidr:
  description: Address range of the VPC.
  returned: when it exists
  type: str
  sample: 10.0.0.0/16
subnet_ids:
  description: Ids of the subnets by tier, in the order of the availability zones.
  returned: when it exists
  type: dict
  sample: {isolated: [subnet-0a], private: [subnet-0b], public: [subnet-0c]}
subnets:
  description: All subnets with C(id), C(name) and C(cidr).
  returned: when it exists
  type: list
  elements: dict
security_group_ids:
  description: Ids of the security groups by what they are for; C(default) is the one that AWS makes.
  returned: when it exists
  type: dict
  sample: {load_balancer: sg-0a, service: sg-0b}
security_groups:
  description: All security groups with C(id), C(name) and C(description), whoever made them.
  returned: when it exists
  type: list
  elements: dict
route_table_ids:
  description: Ids of the route tables by name.
  returned: when it exists
  type: dict
  sample: {private: rtb-0a, public: rtb-0b}
prefix_list_ids:
  description: Ids of AWS's prefix lists by service, for rules about gateway endpoints.
  returned: when it exists
  type: dict
  sample: {s3: pl-63a5400a}
"""

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder, by_name, tag


class Network(Finder):
    """A network is a VPC with its name, and everything in it that carries that name and a purpose."""

    noun = "network"
    component = "network"

    def look(self):
        name = self.params["name"]
        named = [{"Name": "tag:Name", "Values": [name]}]
        vpcs = self.api("ec2").pages("describe_vpcs", "Vpcs", Filters=named)
        if not vpcs:
            return None
        if len(vpcs) > 1:
            ids = ", ".join(vpc["VpcId"] for vpc in vpcs)
            self.module.fail_json(msg=f"{len(vpcs)} networks are named {name}: {ids}. Rename or remove all but one.")
        vpc, inside = vpcs[0], [{"Name": "vpc-id", "Values": [vpcs[0]["VpcId"]]}]
        groups = self.api("ec2").pages("describe_security_groups", "SecurityGroups", Filters=inside)
        tables = self.api("ec2").pages("describe_route_tables", "RouteTables", Filters=inside)
        return {
            "vpc_id": vpc["VpcId"],
            "cidr": vpc["CidrBlock"],
            **self._subnets(inside),
            "security_group_ids": {
                **{group["GroupName"]: group["GroupId"] for group in groups if group["GroupName"] == "default"},
                **_ids(by_name(groups, f"{name}-", name=lambda group: group["GroupName"]), "GroupId"),
            },
            "security_groups": [
                {"id": group["GroupId"], "name": group["GroupName"], "description": group["Description"]} for group in groups
            ],
            "route_table_ids": _ids(by_name(tables, f"{name}-"), "RouteTableId"),
            "prefix_list_ids": self._prefix_lists(),
        }

    def _subnets(self, inside):
        found = self.api("ec2").pages("describe_subnets", "Subnets", Filters=inside)
        ordered = sorted(found, key=lambda subnet: subnet["AvailabilityZone"])
        tiers = {}
        for subnet in ordered:
            if tag(subnet, "Tier"):
                tiers.setdefault(tag(subnet, "Tier"), []).append(subnet["SubnetId"])
        return {
            "subnet_ids": tiers,
            "subnets": [{"cidr": s["CidrBlock"], "name": tag(s, "Name"), "id": s["SubnetId"]} for s in ordered],
        }

    def _prefix_lists(self):
        """Return AWS's lists for the gateway endpoints: com.amazonaws.<region>.s3 and the like."""
        lists = self.api("ec2").pages("describe_prefix_lists", "PrefixLists")
        return {each["PrefixListName"].rsplit(".", 1)[-1]: each["PrefixListId"] for each in lists}


def _ids(things, key):
    return {name: thing[key] for name, thing in sorted(things.items())}


def main():
    Network.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
