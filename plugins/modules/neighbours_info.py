#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: neighbours_info
version_added: 0.1.0
short_description: Find everything that a component stands on, in one look
description:
  - Finds what several roles have built, each by its name, and returns what M(slipway.aws.network_info),
    M(slipway.aws.security_info), M(slipway.aws.compute_info), M(slipway.aws.database_info) and M(slipway.aws.service_image_info)
    return.
  - One task instead of five. With many services, such tasks are a good part of a run.
  - What is named has to be there. The message about what is not says how to build it.
author: slipway.aws maintainers (@slipway)
options:
  network:
    description: Name of the network.
    type: str
  security:
    description: Name of the keys and permissions.
    type: str
  compute:
    description: Name of the cluster and its load balancer.
    type: str
  database:
    description: Name of the database.
    type: str
  secrets:
    description: Names of secrets of another environment, whose copies are in this region.
    type: list
    elements: str
  image:
    description: The options of M(slipway.aws.service_image_info), to decide which image a service shall run.
    type: dict
    suboptions:
      repository:
        description: Name of the image repository.
        type: str
        required: true
      tag:
        description: Tag of the image; empty to keep what runs.
        type: str
        default: ""
      cluster:
        description: Name of the cluster.
        type: str
        required: true
      service:
        description: Name of the service, which is the name of its container as well.
        type: str
        required: true
      strategy:
        description: How the service shall be deployed.
        type: str
        choices: [ROLLING, BLUE_GREEN, CANARY, LINEAR]
        default: ROLLING
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: slipway.aws.network_info
    description: Finds the network alone, and says whether there is one.
  - module: slipway.aws.security_info
    description: Finds keys and permissions alone, and says whether there are any.
  - module: slipway.aws.compute_info
    description: Finds cluster and load balancer alone, and says whether there are any.
  - module: slipway.aws.database_info
    description: Finds the database alone, and says whether there is one.
  - module: slipway.aws.service_image_info
    description: Decides about the image alone.
"""

EXAMPLES = r"""
- name: Find what a service stands on
  slipway.aws.neighbours_info:
    network: shop-dev
    security: shop-dev
    compute: shop-dev
    image: {repository: shop-dev/orders, cluster: shop-dev, service: orders}
  register: neighbours

- name: Find what a job needs that talks to the database
  slipway.aws.neighbours_info:
    network: shop-dev
    database: shop-dev
  register: neighbours

- name: Show where the database is
  ansible.builtin.debug:
    msg: "{{ neighbours.database.address }}:{{ neighbours.database.port }}"
"""

RETURN = r"""
network:
  description: What M(slipway.aws.network_info) returns; empty when no network was named.
  returned: always
  type: dict
security:
  description: What M(slipway.aws.security_info) returns; empty when no keys were named.
  returned: always
  type: dict
compute:
  description: What M(slipway.aws.compute_info) returns; empty when no cluster was named.
  returned: always
  type: dict
database:
  description: What M(slipway.aws.database_info) returns; empty when no database was named.
  returned: always
  type: dict
secrets:
  description: The secrets in the order in which they were named, without their values; empty when none were named.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the secret.
      type: str
      sample: shop-prod/orders/signing-key
    arn:
      description: ARN of the copy in this region.
      type: str
      sample: arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-prod/orders/signing-key-a1b2c3
image:
  description: What M(slipway.aws.service_image_info) returns; empty when nobody asked.
  returned: always
  type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder
from ansible_collections.slipway.aws.plugins.module_utils.finders.compute import Compute
from ansible_collections.slipway.aws.plugins.module_utils.finders.database import Database
from ansible_collections.slipway.aws.plugins.module_utils.finders.image import Image
from ansible_collections.slipway.aws.plugins.module_utils.finders.network import Network
from ansible_collections.slipway.aws.plugins.module_utils.finders.secrets import Secrets
from ansible_collections.slipway.aws.plugins.module_utils.finders.security import Security

KINDS = {
    "network": Network,
    "security": Security,
    "compute": Compute,
    "database": Database,
    "secrets": Secrets,
    "image": Image,
}


class Neighbours(Finder):
    """Several components at once."""

    def run(self):
        named = {key: kind(self.module, self.params[key]) for key, kind in KINDS.items() if self.params[key]}
        found = {key: finder.find() for key, finder in named.items()}
        self.module.exit_json(changed=False, **{key: found.get(key, [] if key == "secrets" else {}) for key in KINDS})


def main():
    Neighbours.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
