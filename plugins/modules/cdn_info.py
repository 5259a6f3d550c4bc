#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cdn_info
version_added: 0.1.0
short_description: Find a distribution and its bucket
description:
  - Finds what the role M(slipway.aws.cdn) built, by name.
author: slipway.aws maintainers (@slipway)
options:
  hostname:
    description: The name under which users reach it.
    type: str
    required: true
extends_documentation_fragment:
  - slipway.aws.resource.finder
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Find the distribution
  slipway.aws.cdn_info:
    name: shop-dev
    hostname: app.dev.shop.example.com
  register: cdn

- name: Say what it serves
  ansible.builtin.debug:
    msg: "{{ cdn.distribution_id }} serves s3://{{ cdn.bucket_name }}"
"""

RETURN = r"""
exists:
  description: Whether it was found.
  returned: always
  type: bool
distribution_id:
  description: Id of the distribution.
  returned: when it exists
  type: str
distribution_arn:
  description: ARN of the distribution.
  returned: when it exists
  type: str
bucket_name:
  description: Name of the bucket that it serves.
  returned: when it exists
  type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder


class Cdn(Finder):
    """No two distributions can have the same host name, so it identifies one."""

    noun = "distribution"
    component = "cdn"

    def look(self):
        rows = (self.api("cloudfront").pages("list_distributions", "DistributionList") or {}).get("Items", [])
        mine = [row for row in rows if self.params["hostname"] in row["Aliases"].get("Items", [])]
        if not mine:
            return None
        return {
            "distribution_id": mine[0]["Id"],
            "distribution_arn": mine[0]["ARN"],
            "bucket_name": mine[0]["Origins"]["Items"][0]["DomainName"].split(".s3.")[0],
        }


def main():
    Cdn.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
