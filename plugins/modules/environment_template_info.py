#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: environment_template_info
version_added: 0.1.0
short_description: Read an environment back as a CloudFormation template
description:
  - Reads everything that carries the tags of an environment, and what hangs on that, such as routes, rules, policies, targets and
    schedules, and returns it as one template. C(Type) and C(Properties) are those of AWS's resource schemas.
  - The template is a normal form, in which two environments, or one at two times, can be compared. Ids that AWS gave are
    references, account and region are pseudo parameters, what AWS keeps in no order is sorted, and logical ids come from component
    and name.
  - Values of secrets are never read.
author: slipway.aws maintainers (@slipway)
options:
  tags:
    description:
      - The tags that everything in the environment carries, such as C(Project) and C(Environment).
      - What AWS cannot tag belongs to the environment when something that it hangs on does.
    type: dict
    required: true
  platform:
    description: The words with which names in the environment begin, for example V(shop-dev). They are left out of logical ids.
    type: str
    default: ''
  regions:
    description:
      - The regions to read, by default that of the task. What is global, or in us-east-1 for CloudFront, is read as well.
      - The first is the home of the environment. What is in another has the region in its logical id.
    type: list
    elements: str
  images:
    description: Whether to list the images in the repositories of the environment as well, those of the first region.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read the environment back
  slipway.aws.environment_template_info:
    tags: {Project: Shop, Environment: dev}
    platform: shop-dev
  register: environment

- name: Keep it beside the inventory
  ansible.builtin.copy:
    content: "{{ environment.template | to_nice_json }}"
    dest: shop-dev.template.json
    mode: "0644"
"""

RETURN = r"""
template:
  description: The environment as a CloudFormation template.
  returned: always
  type: dict
physical:
  description: Which resource of the account each logical id stands for, as C(id) and, where it has one, C(arn).
  returned: always
  type: dict
images:
  description:
    - The images of each repository by its name, with C(digest) and C(tags). The newest stands last, and after it what services run.
  returned: when O(images=true)
  type: dict
counts:
  description: How many resources there are of each type.
  returned: always
  type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import readback
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.readers import ecr
from ansible_collections.slipway.aws.plugins.module_utils.template import template


class Environment(Caller):
    """Everything that carries the tags of an environment."""

    service = "sts"
    noun = "environment"

    def run(self):
        if not self.params["tags"]:
            self.fail("tags are empty: everything in the account would belong to the environment.")
        tags = {name: str(value) for name, value in self.params["tags"].items()}
        caller = self.read("get_caller_identity")
        regions = dict.fromkeys(self.params["regions"] or [self.module.region])
        accounts = [readback.Account(self.module, tags, region, caller["Account"]) for region in regions]
        try:
            found = readback.read(accounts)
            images = {"images": _images(accounts[0], found)} if self.params["images"] else {}
        except readback.ReadError as error:
            self.fail(str(error))
        made, physical = template(found, self.params["platform"], caller["Account"], accounts[0].partition)
        self.module.exit_json(changed=False, template=made, physical=physical, counts=readback.counted(found), **images)


def _images(account, found):
    repositories = [each for each in found if each.kind == "AWS::ECR::Repository" and each.told["region"] == account.region]
    definitions = [each.properties for each in found if each.kind == "AWS::ECS::TaskDefinition"]
    containers = [container for each in definitions for container in each["ContainerDefinitions"]]
    running = {container["Image"].rpartition("@")[2] for container in containers}
    return {each.id: ecr.images(account, each.id, running) for each in repositories}


def main():
    Environment.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
