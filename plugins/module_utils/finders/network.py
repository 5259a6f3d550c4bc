# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the role network has built."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder, by_name, tag


class Network(Finder):
    """A network is a VPC with its name, and everything in it that carries that name and a purpose."""

    noun = "network"
    component = "network"

    def look(self):
        name = self.name
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
            "security_groups": [{"name": group["GroupName"], "description": group["Description"]} for group in groups],
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
