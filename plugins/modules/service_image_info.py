#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: service_image_info
version_added: 0.1.0
short_description: Decide which image a service shall run
description:
  - With O(tag), the image with this tag; it has to be in the repository.
  - Without, what the service runs now, so that a run about something else deploys nothing.
  - When nothing runs yet, the newest image of the repository.
  - Images are named by digest, so that what was tested is what runs.
  - The role M(slipway.aws.service) asks it.
author: slipway.aws maintainers (@slipway)
options:
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
    description:
      - How the service shall be deployed. A service that shifts its traffic cannot go back to V(ROLLING), because its tasks may
        stand behind either target group. That is refused.
    type: str
    choices: [ROLLING, BLUE_GREEN, CANARY, LINEAR]
    default: ROLLING
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Deploy a release
  slipway.aws.service_image_info:
    repository: shop-dev/orders
    tag: 1.4.2
    cluster: shop-dev
    service: orders
  register: image

- name: Keep what runs
  slipway.aws.service_image_info:
    repository: shop-dev/orders
    cluster: shop-dev
    service: orders

- name: See what a service runs that shifts its traffic
  slipway.aws.service_image_info:
    repository: shop-dev/orders
    cluster: shop-dev
    service: orders
    strategy: CANARY
"""

RETURN = r"""
exists:
  description: Whether there is an image to run.
  returned: always
  type: bool
image:
  description: The image; without one, the name that the first one will have.
  returned: always
  type: str
  sample: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-dev/orders@sha256:4f1c...
reason:
  description: Why it is this one.
  returned: always
  type: str
  sample: it runs now
task_definition:
  description: The task definition that the service has now; empty when there is no service.
  returned: always
  type: str
strategy:
  description: How the service is deployed, for example V(ROLLING) or V(CANARY); empty when there is no service.
  returned: always
  type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils.finders.image import Image


def main():
    Image.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
