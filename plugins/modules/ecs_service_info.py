#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service_info
version_added: 0.1.0
short_description: Look at ECS services
description:
  - Returns services of a cluster with their tags, deployments and latest events, and tells of each whether it is steady.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.ecs_service_info
    description: Returns no tags, and does not tell whether a service is steady.
options:
  cluster:
    description: Name or ARN of the cluster.
    type: str
    required: true
  names:
    description: Names of the services. Left out, all services of the cluster are returned.
    type: list
    elements: str
  events:
    description: How many of the latest events of each service.
    type: int
    default: 5
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Is everything up
  slipway.aws.ecs_service_info:
    cluster: shop
  register: found

- name: Say what is not
  ansible.builtin.debug:
    msg: "{{ found.services | rejectattr('steady') | map(attribute='service_name') }}"
"""

RETURN = r"""
services:
  description: The services that exist, in the order of their names; a service that was deleted is not among them.
  returned: always
  type: list
  elements: dict
  contains:
    service_name:
      description: Name of the service.
      type: str
    task_definition:
      description: ARN of the task definition that it shall run.
      type: str
    steady:
      description: Whether all wanted tasks run, of one version, and no deployment goes on or has failed.
      type: bool
    events:
      description: What ECS said lately, the newest first.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats, shapes
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_ASKED_AT_ONCE = 10


class Services(Caller):
    """Services of a cluster."""

    service = "ecs"
    noun = "cluster"
    missing = ("ClusterNotFoundException",)

    @property
    def name(self):
        return self.params["cluster"]

    def run(self):
        faults = formats.out_of_range(0, None, events=self.params["events"])
        if faults:
            self.fail(" ".join(faults))
        names = self.params["names"]
        if names is None:
            names = self.pages("list_services", "serviceArns", cluster=self.name)
        found = []
        for start in range(0, len(names), _ASKED_AT_ONCE):
            asked = names[start : start + _ASKED_AT_ONCE]
            answer = self.read("describe_services", cluster=self.name, services=asked, include=["TAGS"])
            found += (answer or {}).get("services", [])
        shown = [self._shown(service) for service in found if service["status"] != "INACTIVE"]
        self.module.exit_json(changed=False, services=sorted(shown, key=lambda service: service["service_name"]))

    def _shown(self, service):
        deployments = service.get("deployments", [])
        steady = (
            service["status"] == "ACTIVE"
            and service["runningCount"] == service["desiredCount"]
            and not service["pendingCount"]
            and len(deployments) <= 1
            and all(one.get("rolloutState", "COMPLETED") == "COMPLETED" for one in deployments)
        )
        rest = {"tags": from_form(service.get("tags", [])), "events": service.get("events", [])[: self.params["events"]]}
        return shapes.from_api({**service, **rest, "steady": steady}, ("tags", "options", "hookDetails"))


def main():
    Services.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
