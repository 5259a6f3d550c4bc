#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: security_info
version_added: 0.1.0
short_description: Find the keys and the permissions boundary of a platform
description:
  - Finds what the role M(slipway.aws.security) built, by name.
author: slipway.aws maintainers (@slipway)
extends_documentation_fragment:
  - slipway.aws.resource.finder
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Find keys and boundary
  slipway.aws.security_info:
    name: shop-dev
  register: security

- name: Encrypt a log group with the key for logs
  amazon.aws.cloudwatchlogs_log_group:
    log_group_name: /shop-dev/orders
    kms_key_id: "{{ security.key_arns.logs }}"
"""

RETURN = r"""
exists:
  description: Whether it was found.
  returned: always
  type: bool
key_arns:
  description: ARNs of the customer keys by the name of the key.
  returned: when it exists
  type: dict
  sample: {data: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"}
boundary_arn:
  description: ARN of the policy that bounds the permissions of every role.
  returned: when it exists
  type: str
deployer_arn:
  description: ARN of the role that deploys; it exists when the platform has deployers.
  returned: when it exists
  type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils.finders.security import Security


def main():
    Security.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
