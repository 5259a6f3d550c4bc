#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: elb_target_health_info
version_added: 0.1.0
short_description: Tell how the targets of a target group are
description:
  - Returns the state of every target of a target group, with AWS's reason where one is not healthy.
  - With O(wait_for_healthy) it looks until that many targets are healthy, and fails with the reasons when they are not in time.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.elb_target_group_info
    description: Reports health with C(collect_targets_health), and does not wait for it.
options:
  name:
    description: Name or ARN of the target group.
    type: str
    required: true
  wait_for_healthy:
    description: How many targets have to be healthy.
    type: int
    default: 0
  wait_timeout:
    description: How long to wait for them, in seconds.
    type: int
    default: 300
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: How is the service
  slipway.aws.elb_target_health_info:
    name: shop-orders-blue
  register: orders

- name: Two tasks serve, or the task says why not
  slipway.aws.elb_target_health_info:
    name: shop-orders-blue
    wait_for_healthy: 2
    wait_timeout: 120
"""

RETURN = r"""
targets:
  description: The targets.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Instance id, IP address or ARN.
      type: str
      sample: 10.0.1.17
    port:
      description: Its port.
      type: int
      sample: 8000
    state:
      description: Its state, for example V(initial), V(healthy), V(unhealthy), V(draining).
      type: str
    reason:
      description: AWS's code for the reason, when it is not healthy.
      type: str
      sample: Target.ResponseCodeMismatch
    description:
      description: The reason in words.
      type: str
counts:
  description: How many targets are in which state.
  returned: always
  type: dict
  sample: {healthy: 2}
"""

from collections import Counter

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller


class TargetHealth(Caller):
    """The health of a target group's targets."""

    service = "elbv2"
    noun = "target group"
    missing = ("TargetGroupNotFound",)

    def run(self):
        faults = formats.out_of_range(0, None, wait_for_healthy=self.params["wait_for_healthy"])
        if faults:
            self.fail(" ".join(faults))
        arn = self._arn()
        if arn is None:
            self.fail(f"target group {self.name} does not exist. Build it first, or check the name and the region.")
        needed, targets, counts = self.params["wait_for_healthy"], [], Counter()
        for _look in self.looks(self.params["wait_timeout"] if needed else 0):
            described = self.read("describe_target_health", TargetGroupArn=arn)["TargetHealthDescriptions"]
            targets = [_shown(each) for each in described]
            counts = Counter(target["state"] for target in targets)
            if counts["healthy"] >= needed:
                self.module.exit_json(changed=False, targets=targets, counts=dict(counts))
        sick = [
            f"{t['id']} is {t['state']} ({t.get('description', 'no reason given')})" for t in targets if t["state"] != "healthy"
        ]
        reasons, waited = "; ".join(sick) or "no other target is registered", self.params["wait_timeout"]
        message = f"target group {self.name} has {counts['healthy']} of {needed} healthy targets after {waited} seconds: {reasons}."
        self.fail(message, targets=targets, counts=dict(counts))

    def _arn(self):
        if self.name.startswith("arn:"):
            return self.name
        found = self.read("describe_target_groups", Names=[self.name])
        return found and found["TargetGroups"][0]["TargetGroupArn"]


def _shown(described):
    target, health = described["Target"], described["TargetHealth"]
    told = {"reason": health.get("Reason"), "description": health.get("Description"), "port": target.get("Port")}
    return {"id": target["Id"], "state": health["State"], **{key: value for key, value in told.items() if value is not None}}


def main():
    TargetHealth.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
