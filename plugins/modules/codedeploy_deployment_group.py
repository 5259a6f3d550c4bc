#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codedeploy_deployment_group
version_added: 0.1.0
short_description: Manage CodeDeploy deployment groups for ECS services
description:
  - Creates, changes and removes AWS CodeDeploy deployment groups that deploy blue/green to an ECS service with the C(CODE_DEPLOY)
    controller.
  - Options that are left out are left as they are; lists are managed as a whole.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: slipway.aws.codedeploy_deployment
    description: Deploys with the group.
options:
  name:
    description: Name of the deployment group.
    type: str
    required: true
  application_name:
    description: Name of the application. It cannot be changed.
    type: str
    required: true
  service_role_arn:
    description: ARN of the role that CodeDeploy works with. Required for O(state=present).
    type: str
  deployment_config_name:
    description:
      - In what steps traffic moves, for example V(CodeDeployDefault.ECSCanary10Percent5Minutes).
      - AWS's default is V(CodeDeployDefault.ECSAllAtOnce).
    type: str
  ecs_services:
    description: The service. Required for a new group.
    type: list
    elements: dict
    suboptions:
      cluster_name:
        description: Name of the cluster.
        type: str
        required: true
      service_name:
        description: Name of the service.
        type: str
        required: true
  load_balancer_info:
    description:
      - C(target_group_pair_info_list) with one pair; C(target_groups) with the C(name) of both, C(prod_traffic_route) and, if
        wanted, C(test_traffic_route) with C(listener_arns). Required for a new group.
    type: dict
  blue_green_deployment_configuration:
    description:
      - What happens before traffic moves and after. For a new group, left out, traffic moves at once and the old tasks end five
        minutes later.
    type: dict
    suboptions:
      deployment_ready_option:
        description: When traffic moves.
        type: dict
        suboptions:
          action_on_timeout:
            description: V(STOP_DEPLOYMENT) waits for somebody to continue and stops when nobody does.
            type: str
            choices: [CONTINUE_DEPLOYMENT, STOP_DEPLOYMENT]
            default: CONTINUE_DEPLOYMENT
          wait_time_in_minutes:
            description: How long V(STOP_DEPLOYMENT) waits.
            type: int
            default: 0
      terminate_blue_instances_on_deployment_success:
        description: What becomes of the old tasks.
        type: dict
        suboptions:
          action:
            description: Whether they end.
            type: str
            choices: [TERMINATE, KEEP_ALIVE]
            default: TERMINATE
          termination_wait_time_in_minutes:
            description: How long they are kept, so that going back is a matter of seconds; up to 2880 minutes.
            type: int
            default: 5
  auto_rollback_configuration:
    description: C(enabled), and C(events) among V(DEPLOYMENT_FAILURE), V(DEPLOYMENT_STOP_ON_ALARM), V(DEPLOYMENT_STOP_ON_REQUEST).
    type: dict
  alarm_configuration:
    description: C(enabled), C(alarms) with the C(name) of each alarm that stops a deployment, C(ignore_poll_alarm_failure).
    type: dict
  trigger_configurations:
    description: Topics that are told; C(trigger_name), C(trigger_target_arn) and C(trigger_events) each. V([]) removes them.
    type: list
    elements: dict
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Move traffic at once
  slipway.aws.codedeploy_deployment_group: &group
    name: web
    application_name: shop
    service_role_arn: arn:aws:iam::123456789012:role/shop-deploy
    ecs_services: [{cluster_name: shop, service_name: web}]
    load_balancer_info:
      target_group_pair_info_list:
        - target_groups: [{name: shop-blue}, {name: shop-green}]
          prod_traffic_route: {listener_arns: ["{{ https_listener_arn }}"]}
          test_traffic_route: {listener_arns: ["{{ test_listener_arn }}"]}

- name: Try it on a tenth first, go back when an alarm goes off, and keep the old tasks for an hour
  slipway.aws.codedeploy_deployment_group:
    <<: *group
    deployment_config_name: CodeDeployDefault.ECSCanary10Percent5Minutes
    alarm_configuration: {enabled: true, alarms: [{name: shop-5xx}]}
    auto_rollback_configuration: {enabled: true, events: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM]}
    blue_green_deployment_configuration:
      terminate_blue_instances_on_deployment_success: {termination_wait_time_in_minutes: 60}

- name: No group any more
  slipway.aws.codedeploy_deployment_group:
    name: web
    application_name: shop
    state: absent
"""

RETURN = r"""
deployment_group:
  description: The deployment group; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the deployment group.
      type: str
      sample: arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/web
    deployment_config_name:
      description: In what steps traffic moves.
      type: str
    last_successful_deployment:
      description: Id, status and times of the last deployment that succeeded, if there is one.
      type: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import codedeploy

_STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}  # ECS knows no other
_USUAL = {
    "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5},
    "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
}
# CodeDeploy needs a moment to know a new role.
_PATIENCE = {"InvalidRoleException": "assume"}


class DeploymentGroup(codedeploy.CodeDeployResource):
    """A deployment group of the ECS compute platform."""

    noun = "deployment group"
    missing = ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException")
    whole = ("alarmConfiguration", "autoRollbackConfiguration", "ecsServices", "loadBalancerInfo", "triggerConfigurations")
    unordered = ("alarms", "events", "targetGroups", "triggerConfigurations", "triggerEvents")

    def validate(self):
        return codedeploy.group_faults(self.request("CreateDeploymentGroup")) if self.params["state"] == "present" else []

    def _mine(self):
        return {"applicationName": self.params["application_name"]}

    def find(self):
        found = self.read("get_deployment_group", **self._mine(), deploymentGroupName=self.name)
        if found is None:
            return None
        return self.tagged(found["deploymentGroupInfo"], f"deploymentgroup:{self.params['application_name']}/{self.name}")

    def want(self, have):
        asked = self.request("CreateDeploymentGroup", deploymentGroupName=self.name)
        if have is None:
            asked["deploymentStyle"] = _STYLE
            asked["blueGreenDeploymentConfiguration"] = {**_USUAL, **asked.get("blueGreenDeploymentConfiguration", {})}
        return asked

    def create(self, want):
        self.write("create_deployment_group", patience=_PATIENCE, **want)

    def update(self, have, changes):
        key = "blueGreenDeploymentConfiguration"
        if key in changes:  # AWS replaces all of it
            changes[key] = {**have.get(key, {}), **changes[key]}
        self.write("update_deployment_group", patience=_PATIENCE, **self._mine(), currentDeploymentGroupName=self.name, **changes)

    def delete(self, have):
        self.write("delete_deployment_group", **self._mine(), deploymentGroupName=self.name)


def main():
    DeploymentGroup.main(DOCUMENTATION, required_if=[("state", "present", ("service_role_arn",))])


if __name__ == "__main__":
    main()
