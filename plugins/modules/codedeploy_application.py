#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codedeploy_application
version_added: 0.1.0
short_description: Manage CodeDeploy applications
description:
  - Creates and removes AWS CodeDeploy applications, which hold deployment groups.
  - Removing an application removes its deployment groups as well.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the application.
    type: str
    required: true
  compute_platform:
    description: What is deployed to. It cannot be changed.
    type: str
    choices: [ECS, Lambda, Server]
    default: ECS
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: An application for ECS services
  slipway.aws.codedeploy_application:
    name: shop

- name: One for functions, with tags
  slipway.aws.codedeploy_application:
    name: shop-functions
    compute_platform: Lambda
    tags: {Project: Shop}

- name: No application any more
  slipway.aws.codedeploy_application:
    name: shop
    state: absent
"""

RETURN = r"""
application:
  description: The application; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the application.
      type: str
      sample: arn:aws:codedeploy:eu-west-1:123456789012:application:shop
    application_id:
      description: Id of the application.
      type: str
    compute_platform:
      description: What it deploys to.
      type: str
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.codedeploy import CodeDeployResource


class Application(CodeDeployResource):
    """An application. AWS can rename it and nothing else."""

    noun = "application"
    missing = ("ApplicationDoesNotExistException",)
    immutable = ("computePlatform",)

    def validate(self):
        return formats.misnamed("name", self.name, r".+", "AWS takes 1 to 100 characters", longest=100)

    def find(self):
        found = self.read("get_application", applicationName=self.name)
        return self.tagged(found["application"], f"application:{self.name}") if found else None

    def want(self, have):
        return self.request("CreateApplication", applicationName=self.name)

    def create(self, want):
        self.write("create_application", **want)

    def delete(self, have):
        self.write("delete_application", applicationName=self.name)


def main():
    Application.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
