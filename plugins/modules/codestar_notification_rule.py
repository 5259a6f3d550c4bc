#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codestar_notification_rule
version_added: 0.1.0
short_description: Manage notification rules of the developer tools
description:
  - Creates, changes and removes AWS CodeStar notification rules. They tell topics and chat channels what happens in a pipeline,
    a build project, a repository or a CodeDeploy application.
  - A topic has to let C(codestar-notifications.amazonaws.com) publish, with a statement in its policy and, if it is encrypted, in
    the policy of its key. A target that AWS cannot reach is reported as a warning.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the rule; together with O(resource) it says which rule is meant.
    type: str
    required: true
  resource:
    description: ARN of what the rule watches. It cannot be changed.
    type: str
    required: true
  event_type_ids:
    description:
      - What is told, for example V(codepipeline-pipeline-pipeline-execution-failed). The order does not matter.
      - Required for O(state=present).
    type: list
    elements: str
  targets:
    description:
      - Who is told, up to ten. The order does not matter. V([]) tells nobody.
      - Required for O(state=present).
    type: list
    elements: dict
    suboptions:
      target_type:
        description: What the target is.
        type: str
        choices: [SNS, AWSChatbotSlack, AWSChatbotMicrosoftTeams]
        default: SNS
      target_address:
        description: ARN of the topic or of the chat channel's configuration.
        type: str
        required: true
  detail_type:
    description: Whether messages have all the detail of the event; V(BASIC) has only what happened where.
    type: str
    choices: [BASIC, FULL]
    default: FULL
  status:
    description: Whether the rule tells anything. AWS's default is V(ENABLED).
    type: str
    choices: [ENABLED, DISABLED]
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Say when the pipeline fails and when it wants to be approved
  slipway.aws.codestar_notification_rule:
    name: shop-pipeline
    resource: "{{ pipeline.arn }}"
    event_type_ids:
      - codepipeline-pipeline-pipeline-execution-failed
      - codepipeline-pipeline-manual-approval-needed
    targets:
      - target_address: "{{ topic.sns_arn }}"

- name: Be quiet during the move
  slipway.aws.codestar_notification_rule:
    name: shop-pipeline
    resource: "{{ pipeline.arn }}"
    event_type_ids: [codepipeline-pipeline-pipeline-execution-failed]
    targets: [{target_address: "{{ topic.sns_arn }}"}]
    status: DISABLED

- name: No rule any more
  slipway.aws.codestar_notification_rule:
    name: shop-pipeline
    resource: "{{ pipeline.arn }}"
    state: absent
"""

RETURN = r"""
notification_rule:
  description: The rule; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the rule.
      type: str
    event_type_ids:
      description: What is told.
      type: list
      elements: str
    targets:
      description: Who is told.
      type: list
      elements: dict
    unreachable_targets:
      description: Addresses of targets that AWS could not reach.
      type: list
      elements: str
    status:
      description: Whether the rule tells anything.
      type: str
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class NotificationRule(Resource):
    """A notification rule. AWS lists rules by ARN only, so each rule of the resource is looked at."""

    service = "codestar-notifications"
    noun = "notification rule"
    missing = ("ResourceNotFoundException",)
    unordered = ("EventTypeIds", "Targets")
    outputs = ("arn",)

    def validate(self):
        faults, resource = [], self.params["resource"]
        service = resource.split(":")[2] if resource.count(":") >= 5 else ""
        for event in self.params["event_type_ids"] or []:
            if not event.startswith(f"{service}-"):
                faults.append(f"Event type {event} is none of {service or resource}, which the rule watches.")
        if self.params["event_type_ids"] == [] and self.params["state"] == "present":
            faults.append("A rule tells at least one event type; to tell nothing for a while, use status DISABLED.")
        if len(self.params["targets"] or []) > 10:
            faults.append("A rule has up to ten targets.")
        return faults

    def find(self):
        wish = [{"Name": "RESOURCE", "Value": self.params["resource"]}]
        for row in self.pages("list_notification_rules", "NotificationRules", Filters=wish):
            rule = self.read("describe_notification_rule", Arn=row["Arn"])
            if rule and rule["Name"] == self.name:
                return self._seen(rule)
        return None

    def _seen(self, rule):
        types = [one["EventTypeId"] for one in rule.pop("EventTypes", [])]
        rule.pop("ResponseMetadata", None)
        lost = [target["TargetAddress"] for target in rule.get("Targets", []) if target.get("TargetStatus") == "UNREACHABLE"]
        if lost and self.params["state"] == "present":
            self.module.warn(
                f"notification rule {self.name} cannot reach {', '.join(lost)}: let codestar-notifications.amazonaws.com publish"
                " to the topic, and use its key if it is encrypted."
            )
        targets = [{key: one[key] for key in ("TargetType", "TargetAddress")} for one in rule.get("Targets", [])]
        known = {"arn": rule["Arn"], "EventTypeIds": types, "Targets": targets, "UnreachableTargets": lost}
        return {**rule, **known, "Tags": from_form(rule.get("Tags", {}))}

    def want(self, have):
        return self.request("CreateNotificationRule", Name=self.name, Status=self.params["status"])

    def create(self, want):
        self.write("create_notification_rule", **want)

    def update(self, have, changes):
        self.write("update_notification_rule", Arn=have["arn"], **changes)

    def delete(self, have):
        self.write("delete_notification_rule", Arn=have["arn"])


def main():
    NotificationRule.main(DOCUMENTATION, required_if=[("state", "present", ("event_type_ids", "targets"))])


if __name__ == "__main__":
    main()
