#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: xray_group
version_added: 0.1.0
short_description: Manage groups of traces in X-Ray
description:
  - Creates, changes and removes groups. A group gathers the traces that a filter finds, with metrics of its own.
  - The group C(Default) has all traces. Only its insights can be changed, and it cannot be removed.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the group, 32 characters at most.
    type: str
    required: true
  filter_expression:
    description:
      - Which traces belong to it, for example V(service("shop-dev") { fault }). Needed to create a group.
      - A change counts for traces from then on.
    type: str
  insights_configuration:
    description: Whether X-Ray looks for anomalies among the traces.
    type: dict
    suboptions:
      insights_enabled:
        description: Whether it looks, which costs money per trace. AWS takes V(false) if it is left out at creation.
        type: bool
      notifications_enabled:
        description: Whether what it finds becomes events of EventBridge. This needs insights.
        type: bool
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Traces that failed
  slipway.aws.xray_group:
    name: shop-dev-faults
    filter_expression: service("shop-dev") { fault }

- name: Slow ones, and events when something is odd
  slipway.aws.xray_group:
    name: shop-production-slow
    filter_expression: service("shop-production") AND responsetime > 2
    insights_configuration:
      insights_enabled: true
      notifications_enabled: true
    tags:
      Project: Shop

- name: No group any more
  slipway.aws.xray_group:
    name: shop-dev-faults
    state: absent
"""

RETURN = r"""
group:
  description: The group; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the group.
      type: str
      sample: arn:aws:xray:eu-west-1:123456789012:group/shop-dev-faults/ABCDEFGHIJKLMNOP
    filter_expression:
      description: Which traces belong to it.
      type: str
    insights_configuration:
      description: Whether X-Ray looks for anomalies, and tells of them.
      type: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_DEFAULT = "Default"


class Group(Resource):
    """A group of traces, known by its name."""

    service = "xray"
    noun = "group"
    missing = ("ResourceNotFoundException",)
    outputs = ("arn",)

    def validate(self):
        faults, insights = [], self.params["insights_configuration"] or {}
        if not 1 <= len(self.name) <= 32:
            faults.append(f"name {self.name!r} has {len(self.name)} characters; X-Ray takes from 1 to 32.")
        if insights.get("notifications_enabled") and insights.get("insights_enabled") is False:
            faults.append("insights_configuration: notifications_enabled needs insights_enabled=true.")
        if self.name == _DEFAULT and self.params["filter_expression"] is not None:
            faults.append("filter_expression: the group Default has all traces, its filter cannot be set.")
        if self.name == _DEFAULT and self.params["state"] == "absent":
            faults.append("name: the group Default cannot be removed.")
        return faults

    def find(self):
        # GetGroup answers for a missing group with the code that it has for every other mistake.
        group = next((one for one in self.pages("get_groups", "Groups") if one["GroupName"] == self.name), None)
        if group is None:
            return None
        insights = {"InsightsEnabled": False, "NotificationsEnabled": False, **group.get("InsightsConfiguration", {})}
        tags = self.pages("list_tags_for_resource", "Tags", ResourceARN=group["GroupARN"])
        return {**group, "InsightsConfiguration": insights, "arn": group["GroupARN"], "Tags": from_form(tags)}

    def want(self, have):
        if have is None and not self.params["filter_expression"]:
            self.fail(f"group {self.name} does not exist, and to create it filter_expression has to be given.")
        return self.request("CreateGroup", GroupName=self.name)

    def create(self, want):
        self.write("create_group", **want)

    def update(self, have, changes):
        self.write("update_group", GroupName=self.name, **changes)

    def delete(self, have):
        self.write("delete_group", GroupARN=have["arn"])


def main():
    Group.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
