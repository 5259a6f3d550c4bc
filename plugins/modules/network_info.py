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
  description: All security groups, whoever made them, as M(slipway.aws.ec2_security_groups) takes them.
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

from ansible_collections.slipway.aws.plugins.module_utils.finders.network import Network


def main():
    Network.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
