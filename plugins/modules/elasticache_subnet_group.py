#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: elasticache_subnet_group
version_added: 0.1.0
short_description: Manage ElastiCache subnet groups
description:
  - Creates, changes and removes the groups of subnets in which ElastiCache places its nodes, with their tags.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.elasticache_subnet_group
    description: Knows no tags.
  - module: slipway.aws.elasticache_replication_group
    description: What stands in the subnets.
options:
  name:
    description:
      - Name of the group. AWS stores it in lower case, so it has to be given that way.
    type: str
    required: true
  description:
    description: What the group is for. AWS wants one; left out, a new group is described by its name.
    type: str
  subnet_ids:
    description:
      - Ids of all its subnets, in one VPC; the order does not matter. Multi-AZ needs subnets in at least two availability zones.
      - A subnet with nodes in it cannot be taken out. Needed to create a group.
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
- name: Caches stand in the private subnets
  slipway.aws.elasticache_subnet_group:
    name: shop-dev
    description: Private subnets of shop-dev
    subnet_ids: [subnet-0123456789abcdef0, subnet-0fedcba9876543210]

- name: One subnet more, and tags
  slipway.aws.elasticache_subnet_group:
    name: shop-dev
    subnet_ids: [subnet-0123456789abcdef0, subnet-0fedcba9876543210, subnet-0aaaabbbbccccdddd]
    tags:
      Project: Shop

- name: No subnet group any more
  slipway.aws.elasticache_subnet_group:
    name: shop-dev
    state: absent
"""

RETURN = r"""
subnet_group:
  description: The subnet group; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the group.
      type: str
    vpc_id:
      description: Id of the VPC of its subnets.
      type: str
    subnets:
      description: Its subnets, each with C(subnet_identifier) and C(subnet_availability_zone).
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.elasticache import name_faults, tags_of
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource


class SubnetGroup(Resource):
    """A subnet group."""

    service = "elasticache"
    noun = "subnet group"
    missing = ("CacheSubnetGroupNotFoundFault",)
    unordered = ("SubnetIds",)
    outputs = ("arn", "VpcId")

    def validate(self):
        faults, subnets = name_faults(self.name, 255), self.params["subnet_ids"]
        if subnets == []:
            faults.append("subnet_ids is empty: a subnet group has at least one subnet.")
        odd = [each for each in subnets or () if not each.startswith(("subnet-", "("))]
        if odd:
            faults.append(f"subnet_ids wants ids such as subnet-0123456789abcdef0, not {', '.join(odd)}.")
        return faults

    def find(self):
        found = self.read("describe_cache_subnet_groups", CacheSubnetGroupName=self.name)
        if not found or not found["CacheSubnetGroups"]:
            return None
        group = found["CacheSubnetGroups"][0]
        subnets = [subnet["SubnetIdentifier"] for subnet in group["Subnets"]]
        return {**group, "SubnetIds": subnets, "arn": group["ARN"], "Tags": tags_of(self, group["ARN"])}

    def want(self, have):
        if have is None and not self.params["subnet_ids"]:
            self.fail(f"subnet group {self.name} does not exist, and to create it subnet_ids has to be given.")
        text = self.params["description"] or (self.name if have is None else None)
        return self.request("CreateCacheSubnetGroup", CacheSubnetGroupName=self.name, CacheSubnetGroupDescription=text)

    def create(self, want):
        self.write("create_cache_subnet_group", **want)

    def update(self, have, changes):
        self.write("modify_cache_subnet_group", CacheSubnetGroupName=self.name, **changes)

    def delete(self, have):
        self.write("delete_cache_subnet_group", tolerate=self.missing, CacheSubnetGroupName=self.name)


def main():
    SubnetGroup.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
