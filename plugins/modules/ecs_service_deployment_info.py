#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service_deployment_info
version_added: 0.1.0
short_description: Look at the deployments of an ECS service
description:
  - Returns the deployments of a service, the newest first, with stages, weights, hooks, failures and the task definitions between
    which they moved. AWS keeps them for 90 days.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the service.
    type: str
    required: true
  cluster:
    description: Name or ARN of the cluster.
    type: str
    required: true
  status:
    description: Only deployments with one of these statuses.
    type: list
    elements: str
    choices:
      - PENDING
      - IN_PROGRESS
      - STOP_REQUESTED
      - ROLLBACK_REQUESTED
      - ROLLBACK_IN_PROGRESS
      - SUCCESSFUL
      - STOPPED
      - ROLLBACK_SUCCESSFUL
      - ROLLBACK_FAILED
  limit:
    description: How many deployments at most.
    type: int
    default: 10
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What was deployed lately
  slipway.aws.ecs_service_deployment_info:
    name: web
    cluster: shop
  register: history

- name: Deploy again what served before
  slipway.aws.ecs_service:
    name: web
    cluster: shop
    task_definition: "{{ history.service_deployments[0].source_service_revisions[0].task_definition }}"
"""

RETURN = r"""
service_deployments:
  description: The deployments, the newest first; empty when there is no such service.
  returned: always
  type: list
  elements: dict
  contains:
    service_deployment_arn:
      description: ARN of the deployment.
      type: str
    status:
      description: Its status.
      type: str
      sample: ROLLBACK_SUCCESSFUL
    status_reason:
      description: Why it has this status.
      type: str
    lifecycle_stage:
      description: Its stage, with the strategies that shift traffic.
      type: str
    target_service_revision:
      description: The version that is deployed, with its C(task_definition), counts of tasks and shares of the traffic.
      type: dict
    source_service_revisions:
      description: The versions that it replaces, each with its C(task_definition).
      type: list
      elements: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import ecs, formats, shapes
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller

_ASKED_AT_ONCE = 20


class Deployments(Caller):
    """The deployments of a service."""

    service = "ecs"
    noun = "service"
    missing = ("ClusterNotFoundException", "ServiceNotFoundException")

    def run(self):
        faults = formats.out_of_range(1, None, limit=self.params["limit"])
        if faults:
            self.fail(" ".join(faults))
        wanted, limit = self.params["status"], self.params["limit"]
        listed = ecs.deployments_of(self, self.params["cluster"], self.name)
        arns = [one["serviceDeploymentArn"] for one in listed if not wanted or one["status"] in wanted][:limit]
        found = self._described("describe_service_deployments", "serviceDeployments", "serviceDeploymentArns", arns)
        found.sort(key=lambda one: arns.index(one["serviceDeploymentArn"]))
        self._name_definitions(found)
        self.module.exit_json(changed=False, service_deployments=[shapes.from_api(one, ("hookDetails",)) for one in found])

    def _described(self, operation, key, parameter, arns):
        found = []
        for start in range(0, len(arns), _ASKED_AT_ONCE):
            found += self.read(operation, **{parameter: arns[start : start + _ASKED_AT_ONCE]})[key]
        return found

    def _name_definitions(self, deployments):
        """Add to each version the task definition that it runs, which AWS tells under its service revision only."""
        versions = [
            v for one in deployments for v in (one.get("targetServiceRevision"), *one.get("sourceServiceRevisions", [])) if v
        ]
        arns = sorted({version["arn"] for version in versions})
        revisions = self._described("describe_service_revisions", "serviceRevisions", "serviceRevisionArns", arns)
        known = {revision["serviceRevisionArn"]: revision.get("taskDefinition") for revision in revisions}
        for version in versions:
            version["taskDefinition"] = known.get(version["arn"])


def main():
    Deployments.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
