#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: compute_info
version_added: 0.1.0
short_description: Find a cluster and its load balancer
description:
  - Finds what the role M(slipway.aws.compute) built, by name.
author: slipway.aws maintainers (@slipway)
extends_documentation_fragment:
  - slipway.aws.resource.finder
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Find cluster and load balancer
  slipway.aws.compute_info:
    name: shop-dev
  register: compute

- name: Say where it is
  ansible.builtin.debug:
    msg: "https://{{ compute.load_balancer.dns_name }}"
"""

RETURN = r"""
exists:
  description: Whether it was found.
  returned: always
  type: bool
cluster_arn:
  description: ARN of the cluster.
  returned: when it exists
  type: str
load_balancer:
  description: The load balancer with C(arn), C(dns_name), C(hosted_zone_id) and C(full_name), its name in metrics.
  returned: when it exists
  type: dict
  sample: {full_name: app/shop-dev/50dc6c495c0c9188}
"""

from ansible_collections.slipway.aws.plugins.module_utils.finders.compute import Compute


def main():
    Compute.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
