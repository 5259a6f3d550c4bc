#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codedeploy_deployment_config
version_added: 0.1.0
short_description: Manage CodeDeploy deployment configurations
description:
  - Creates and removes AWS CodeDeploy deployment configurations, which say in what steps traffic moves to a new version.
  - AWS has some of its own, such as C(CodeDeployDefault.ECSCanary10Percent5Minutes). A configuration cannot be changed, nor removed
    while a deployment group uses it.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the configuration.
    type: str
    required: true
  compute_platform:
    description: What is deployed to. It cannot be changed.
    type: str
    choices: [ECS, Lambda]
    default: ECS
  traffic_routing_config:
    description: The steps. They cannot be changed. Required for O(state=present).
    type: dict
    suboptions:
      type:
        description:
          - V(TimeBasedCanary) moves a share first and the rest later, V(TimeBasedLinear) moves equal shares at equal intervals.
        type: str
        choices: [AllAtOnce, TimeBasedCanary, TimeBasedLinear]
        required: true
      time_based_canary:
        description: Both steps of V(TimeBasedCanary).
        type: dict
        suboptions:
          canary_percentage:
            description: Share of the first step, 1 to 99 percent.
            type: int
            required: true
          canary_interval:
            description: Minutes between the steps.
            type: int
            required: true
      time_based_linear:
        description: All steps of V(TimeBasedLinear).
        type: dict
        suboptions:
          linear_percentage:
            description: Share of each step, 1 to 99 percent.
            type: int
            required: true
          linear_interval:
            description: Minutes between two steps.
            type: int
            required: true
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A fifth of the traffic for ten minutes, then the rest
  slipway.aws.codedeploy_deployment_config:
    name: shop-canary
    traffic_routing_config:
      type: TimeBasedCanary
      time_based_canary: {canary_percentage: 20, canary_interval: 10}

- name: A quarter every five minutes
  slipway.aws.codedeploy_deployment_config:
    name: shop-linear
    traffic_routing_config:
      type: TimeBasedLinear
      time_based_linear: {linear_percentage: 25, linear_interval: 5}

- name: No configuration any more
  slipway.aws.codedeploy_deployment_config:
    name: shop-canary
    state: absent
"""

RETURN = r"""
deployment_config:
  description: The configuration; empty when it is absent.
  returned: always
  type: dict
  contains:
    deployment_config_id:
      description: Id of the configuration.
      type: str
    traffic_routing_config:
      description: The steps.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource


class DeploymentConfig(Resource):
    """A deployment configuration. Nothing of it can be changed."""

    service = "codedeploy"
    noun = "deployment config"
    missing = ("DeploymentConfigDoesNotExistException",)
    immutable = ("computePlatform", "trafficRoutingConfig")
    outputs = ("deploymentConfigId",)

    def validate(self):
        faults = []
        if self.name.startswith("CodeDeployDefault."):
            faults.append("Names that begin with CodeDeployDefault. belong to AWS.")
        routing = self.params["traffic_routing_config"] or {}
        for kind, option in (("TimeBasedCanary", "time_based_canary"), ("TimeBasedLinear", "time_based_linear")):
            if (routing.get("type") == kind) != bool(routing.get(option)):
                faults.append(f"{option} belongs to type {kind}, which needs it.")
            for key, value in (routing.get(option) or {}).items():
                if value < 1 or (key.endswith("percentage") and value > 99):
                    faults.append(f"{key} is {value}; a share is 1 to 99 percent and an interval at least a minute.")
        return faults

    def find(self):
        found = self.read("get_deployment_config", deploymentConfigName=self.name)
        return found["deploymentConfigInfo"] if found else None

    def want(self, have):
        return self.request("CreateDeploymentConfig", deploymentConfigName=self.name)

    def create(self, want):
        self.write("create_deployment_config", **want)

    def delete(self, have):
        self.write("delete_deployment_config", deploymentConfigName=self.name)


def main():
    DeploymentConfig.main(DOCUMENTATION, required_if=[("state", "present", ("traffic_routing_config",))])


if __name__ == "__main__":
    main()
