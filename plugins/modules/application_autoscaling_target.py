#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: application_autoscaling_target
version_added: 0.1.0
short_description: Manage what Application Auto Scaling scales
description:
  - Registers a resource, such as an ECS service, with the limits between which Application Auto Scaling may scale it.
  - Scaling policies are added with M(slipway.aws.application_autoscaling_policy).
  - AWS moves the resource into the limits at once, so a service with fewer tasks than O(min_capacity) gets more.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.application_autoscaling_policy
    description: >-
      Registers a target on the way to a policy, in check mode as well, and changes its limits only with C(override_task_capacity).
      It knows neither suspension, scheduled actions nor tags.
options:
  resource_id:
    description: What is scaled. An ECS service is V(service/cluster/name), an Aurora cluster V(cluster:name).
    type: str
    required: true
  service_namespace:
    description: AWS service of the resource.
    type: str
    default: ecs
  scalable_dimension:
    description: Which property of the resource is scaled.
    type: str
    default: ecs:service:DesiredCount
  min_capacity:
    description:
      - Lower limit. Required for a new target.
      - With V(0) a service can be scaled to nothing, and then there are no metrics that could scale it up again.
    type: int
  max_capacity:
    description: Upper limit. Required for a new target.
    type: int
  role_arn:
    description: Role for resources without a service-linked role, such as EMR. Matters at creation only.
    type: str
  suspended_state:
    description: What is suspended, for example during maintenance. What is left out stays as it is.
    type: dict
    suboptions:
      dynamic_scaling_in_suspended:
        description: Whether policies may not take capacity away.
        type: bool
      dynamic_scaling_out_suspended:
        description: Whether policies may not add capacity.
        type: bool
      scheduled_scaling_suspended:
        description: Whether scheduled actions do nothing.
        type: bool
  scheduled_actions:
    description:
      - All changes of the limits by the clock. Left out, they are not managed; others are removed.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the action.
        type: str
        required: true
      schedule:
        description: When, as V(cron(minute hour day-of-month month day-of-week year\)), V(rate(value unit\)) or V(at(time\)).
        type: str
        required: true
      timezone:
        description: Time zone of a cron or at expression, for example V(Europe/Zurich).
        type: str
        default: UTC
      min_capacity:
        description: New lower limit.
        type: int
      max_capacity:
        description: New upper limit.
        type: int
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Two to ten tasks
  slipway.aws.application_autoscaling_target:
    resource_id: service/shop-production/web
    min_capacity: 2
    max_capacity: 10

- name: Fewer tasks at night, and no scaling in while the release is watched
  slipway.aws.application_autoscaling_target:
    resource_id: service/shop-production/web
    min_capacity: 4
    max_capacity: 10
    suspended_state:
      dynamic_scaling_in_suspended: true
    scheduled_actions:
      - {name: evening, schedule: 'cron(0 22 * * ? *)', timezone: Europe/Zurich, min_capacity: 1}
      - {name: morning, schedule: 'cron(0 6 * * ? *)', timezone: Europe/Zurich, min_capacity: 4}

- name: No scaling any more
  slipway.aws.application_autoscaling_target:
    resource_id: service/shop-production/web
    state: absent
"""

RETURN = r"""
scalable_target:
  description: The scalable target; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the target.
      type: str
      sample: arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target/0ec50f2f8d1b4e7c8a1d
    min_capacity:
      description: Lower limit.
      type: int
    max_capacity:
      description: Upper limit.
      type: int
    suspended_state:
      description: What is suspended.
      type: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_LIMITS = {"min_capacity": "MinCapacity", "max_capacity": "MaxCapacity"}
# A service that has been created a moment ago is not known everywhere.
_PATIENCE = {"ValidationException": "doesn't exist"}


class Target(Resource):
    """A scalable target with its scheduled actions, which AWS keeps apart."""

    service = "application-autoscaling"
    noun = "scalable target"
    missing = ("ObjectNotFoundException",)
    unordered = ("ScheduledActions",)
    whole = ("ScheduledActions",)
    outputs = ("arn",)

    @property
    def name(self):
        return self.params["resource_id"]

    @property
    def identity(self):
        """Return what names a target in every call."""
        keys = {"service_namespace": "ServiceNamespace", "resource_id": "ResourceId", "scalable_dimension": "ScalableDimension"}
        return {member: self.params[option] for option, member in keys.items()}

    def validate(self):
        found = formats.malformed("role", role_arn=self.params["role_arn"])
        for action in self.params["scheduled_actions"] or []:
            found += formats.no_schedule(f"Scheduled action {action['name']}: schedule", action["schedule"], r"at\(.+\)")
        for where, limits in (
            ("", self.params),
            *((f"Scheduled action {a['name']}: ", a) for a in self.params["scheduled_actions"] or []),
        ):
            lowest, highest = limits["min_capacity"], limits["max_capacity"]
            if None not in (lowest, highest) and lowest > highest:
                found.append(f"{where}min_capacity {lowest} is greater than max_capacity {highest}.")
            if any(limit is not None and limit < 0 for limit in (lowest, highest)):
                found.append(f"{where}min_capacity and max_capacity cannot be negative.")
        return found

    def find(self):
        identity = self.identity
        resource = identity.pop("ResourceId")
        found = self.pages("describe_scalable_targets", "ScalableTargets", ResourceIds=[resource], **identity)
        if not found:
            return None
        have = found[0]
        tags = self.read("list_tags_for_resource", tolerate=("ResourceNotFoundException",), ResourceARN=have["ScalableTargetARN"])
        have.update(arn=have["ScalableTargetARN"], Tags=from_form((tags or {}).get("Tags", {})))
        return {**have, "ScheduledActions": self._actions()} if self.params["scheduled_actions"] is not None else have

    def _actions(self):
        found = self.pages("describe_scheduled_actions", "ScheduledActions", **self.identity)
        members = ("ScheduledActionName", "Schedule", "ScalableTargetAction")
        return [{**{key: action.get(key) for key in members}, "Timezone": action.get("Timezone", "UTC")} for action in found]

    def want(self, have):
        actions = self.params["scheduled_actions"]
        self._check(have)
        return {
            **{
                member: value
                for member, value in self.request("RegisterScalableTarget").items()
                if member not in (*self.identity, "RoleARN")
            },
            "ScheduledActions": actions and [self._action(action) for action in actions],
        } | ({"ScheduledActions": []} if actions == [] else {})

    def _check(self, have):
        """Fail when the limits are incomplete, or contradict the one that stays."""
        limits = {
            option: self.params[option] if self.params[option] is not None else (have or {}).get(member)
            for option, member in _LIMITS.items()
        }
        missing = [option for option, value in limits.items() if value is None]
        if missing:
            self.fail(f"scalable target {self.name} does not exist yet, so {' and '.join(missing)} has to be given.")
        if limits["min_capacity"] > limits["max_capacity"]:
            told = " and ".join(f"{option} {value}" for option, value in limits.items())
            self.fail(f"scalable target {self.name} would have {told}: the limit that is not given stays as it is, give both.")

    def _action(self, action):
        limits = {member: action[option] for option, member in _LIMITS.items() if action[option] is not None}
        named = {"ScheduledActionName": action["name"], "Schedule": action["schedule"], "Timezone": action["timezone"]}
        return {**named, "ScalableTargetAction": limits}

    def create(self, want):
        role = {"RoleARN": self.params["role_arn"]} if self.params["role_arn"] else {}
        self._write(want, **role)

    def update(self, have, changes):
        self._write(changes, before=have.get("ScheduledActions", []))

    def _write(self, changes, before=(), **more):
        actions = changes.pop("ScheduledActions", None)
        if changes:
            self.write("register_scalable_target", patience=_PATIENCE, **self.identity, **changes, **more)
        if actions is None:
            return
        for action in actions:
            if action not in before:
                self.write("put_scheduled_action", **self.identity, **action)
        kept = {action["ScheduledActionName"] for action in actions}
        for name in sorted({action["ScheduledActionName"] for action in before} - kept):
            self.write("delete_scheduled_action", tolerate=self.missing, ScheduledActionName=name, **self.identity)

    def delete(self, have):
        self.write("deregister_scalable_target", tolerate=self.missing, **self.identity)


def main():
    Target.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
