#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: storage_info
version_added: 0.1.0
short_description: Find the buckets and image repositories of a platform
description:
  - Finds what the role M(slipway.aws.storage) built, by name.
author: slipway.aws maintainers (@slipway)
extends_documentation_fragment:
  - slipway.aws.resource.finder
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Find buckets and repositories
  slipway.aws.storage_info:
    name: shop-dev
  register: storage

- name: Say where images go
  ansible.builtin.debug:
    msg: "docker push {{ storage.repository_uris.orders }}:1.0.0"
"""

RETURN = r"""
exists:
  description: Whether it was found.
  returned: always
  type: bool
bucket_names:
  description: Names of the buckets by what they are for.
  returned: when it exists
  type: dict
  sample: {logs: shop-dev-logs-123456789012}
repository_uris:
  description: What image references begin with, by name of the repository.
  returned: when it exists
  type: dict
  sample: {orders: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-dev/orders}
"""

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder, by_name


class Storage(Finder):
    """Buckets are named <name>-<purpose>-<account>, repositories <name>/<purpose>."""

    noun = "storage"
    component = "storage"

    def look(self):
        name = self.params["name"]
        buckets = by_name(self.api("s3").pages("list_buckets", "Buckets"), f"{name}-", name=lambda bucket: bucket["Name"])
        images = self.api("ecr").pages("describe_repositories", "repositories")
        repositories = by_name(images, f"{name}/", name=lambda repository: repository["repositoryName"])
        if not buckets and not repositories:
            return None
        return {
            "bucket_names": {key.rpartition("-")[0]: bucket["Name"] for key, bucket in buckets.items()},
            "repository_uris": {key: repository["repositoryUri"] for key, repository in repositories.items()},
        }


def main():
    Storage.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
