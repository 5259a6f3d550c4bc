#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: eventbridge_rule
version_added: 0.1.0
short_description: Manage EventBridge rules and their targets
description:
  - Creates, changes and removes Amazon EventBridge rules, which start something when an event fits a pattern or when time has come.
  - Options that are left out are left as they are. O(targets) and O(event_pattern) are managed as a whole; a target that is no
    longer in O(targets) is removed, and the others are not touched by that.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.cloudwatchevent_rule
    description: >-
      Has no check mode and no tags, and knows the default bus only. Its targets have neither retries, a dead letter queue nor a
      network, so they cannot start tasks on Fargate.
options:
  name:
    description: Name of the rule.
    type: str
    required: true
  event_bus_name:
    description: Name or ARN of the event bus. It cannot be changed, as a rule of the same name on another bus is another rule.
    type: str
    default: default
  description:
    description: What the rule is for.
    type: str
  event_pattern:
    description:
      - Pattern that events have to fit, as a dictionary or as JSON. The order of alternatives does not matter.
      - At least one of O(event_pattern) and O(schedule_expression) is required for O(state=present).
    type: json
  schedule_expression:
    description:
      - When the rule acts, such as V(rate(5 minutes)) or V(cron(0 3 * * ? *\)), in UTC. V("") removes the schedule.
      - Schedules exist on the default bus only.
    type: str
  rule_state:
    description: Whether the rule acts.
    type: str
    choices: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]
  role_arn:
    description: ARN of a role for all targets that have none of their own.
    type: str
  targets:
    description:
      - All targets, up to five, with the API's members in snake_case; C(arn), C(role_arn), one of C(input), C(input_path) and
        C(input_transformer), C(dead_letter_config), C(retry_policy), C(ecs_parameters), C(sqs_parameters) and so on.
      - C(id) is the end of the ARN when it is left out. C(input) may be a dictionary, which becomes JSON.
      - Pipelines, ECS tasks, state machines and the like need a role that EventBridge may assume; topics, queues and functions need
        a policy that lets EventBridge use them.
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
- name: A push to main starts the pipeline
  slipway.aws.eventbridge_rule:
    name: shop-main
    event_pattern:
      source: [aws.codecommit]
      detail-type: [CodeCommit Repository State Change]
      resources: [arn:aws:codecommit:eu-west-1:123456789012:shop]
      detail: {event: [referenceCreated, referenceUpdated], referenceType: [branch], referenceName: [main]}
    targets:
      - {arn: "{{ pipeline.arn }}", role_arn: arn:aws:iam::123456789012:role/shop-events}

- name: A failed pipeline is told in our own words, and what cannot be delivered is kept
  slipway.aws.eventbridge_rule:
    name: shop-failed
    event_pattern:
      source: [aws.codepipeline]
      detail-type: [CodePipeline Stage Execution State Change]
      detail: {pipeline: [shop], state: [FAILED]}
    targets:
      - id: topic
        arn: "{{ topic.sns_arn }}"
        input_transformer:
          input_paths_map: {pipeline: $.detail.pipeline, stage: $.detail.stage, time: $.time}
          input_template: '{"pipeline": <pipeline>, "stage": <stage>, "status": "FAILED", "timestamp": <time>}'
        dead_letter_config: {arn: "{{ dead_letters.queue_arn }}"}
        retry_policy: {maximum_retry_attempts: 4, maximum_event_age_in_seconds: 3600}

- name: No rule any more
  slipway.aws.eventbridge_rule:
    name: shop-main
    state: absent
"""

RETURN = r"""
rule:
  description: The rule; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the rule.
      type: str
      sample: arn:aws:events:eu-west-1:123456789012:rule/shop-main
    state:
      description: Whether it acts.
      type: str
    event_pattern:
      description: Its pattern.
      type: dict
    targets:
      description: Its targets.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

import json
import re

from ansible_collections.slipway.aws.plugins.module_utils import compare, shapes
from ansible_collections.slipway.aws.plugins.module_utils.eventbridge import in_order, target_faults, with_id, with_text
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_SCHEDULE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\(\S+( \S+){5}\)")
_PATIENCE = {"ValidationException": "cannot be assumed"}  # by EventBridge, which has not seen a new role yet
_RULE = ("Description", "EventPattern", "RoleArn", "ScheduleExpression", "State")


class Rule(Resource):
    """A rule. PutRule replaces all of it but its targets, which have operations of their own."""

    service = "events"
    noun = "rule"
    missing = ("ResourceNotFoundException",)
    documents = ("EventPattern",)
    whole = ("EventPattern", "Targets")
    unordered = ("Targets", "Subnets", "SecurityGroups")
    verbatim = ("InputPathsMap", "HeaderParameters", "QueryStringParameters")
    outputs = ("arn",)

    def validate(self):
        faults, schedule = [], self.params["schedule_expression"]
        if self.params["state"] == "absent":
            return faults
        if not schedule and not self.params["event_pattern"]:
            faults.append("A rule needs an event_pattern or a schedule_expression.")
        if schedule and not _SCHEDULE.fullmatch(schedule):
            faults.append(f"schedule_expression {schedule} is neither like rate(5 minutes) nor a cron() of six fields.")
        if schedule and self.params["event_bus_name"].split("/")[-1] != "default":
            faults.append("Schedules exist on the default event bus only.")
        return faults + target_faults(self._targets() or [])

    def _targets(self):
        """Return the wanted targets in the API's form; None when they are not managed."""
        if self.params["targets"] is None:
            return None
        shape = self.client.meta.service_model.operation_model("PutTargets").input_shape.members["Targets"]
        try:
            return [with_id(target) for target in shapes.to_api(shape, [with_text(target) for target in self.params["targets"]])]
        except shapes.UnknownMemberError as fault:
            return self.fail(f"rule {self.name}: targets{fault}.")

    def find(self):
        where = {"EventBusName": self.params["event_bus_name"]}
        rule = self.read("describe_rule", Name=self.name, **where)
        if rule is None:
            return None
        tags = from_form(self.pages("list_tags_for_resource", "Tags", ResourceARN=rule["Arn"]))
        targets = self.pages("list_targets_by_rule", "Targets", Rule=self.name, **where)
        pattern = in_order(compare.parsed(rule.get("EventPattern")))
        known = {"arn": rule["Arn"], "EventPattern": pattern, "Targets": targets, "Tags": tags}
        return {"ScheduleExpression": "", **{key: value for key, value in rule.items() if key != "ResponseMetadata"}, **known}

    def want(self, have):
        asked = self.request("PutRule", Name=self.name, State=self.params["rule_state"], Targets=self._targets())
        pattern = asked.get("EventPattern")
        asked.pop("EventBusName")  # a name here, perhaps an ARN there; it is the place and not a part of the rule
        return {**asked, "EventPattern": in_order(json.loads(pattern)) if pattern else None}

    def create(self, want):
        targets = want.pop("Targets", [])
        self.write("put_rule", patience=_PATIENCE, **want, **self._bus())
        self._put(targets)

    def update(self, have, changes):
        self._own(have)
        targets = changes.pop("Targets", None)
        if changes:
            kept = {key: have[key] for key in _RULE if have.get(key)}
            rule = {key: value for key, value in self._sendable({**kept, **changes}).items() if value}
            self.write("put_rule", patience=_PATIENCE, Name=self.name, **rule, **self._bus())
        if targets is not None:
            here = {target["Id"]: target for target in have["Targets"]}
            self._remove(sorted(here.keys() - {target["Id"] for target in targets}))
            self._put([target for target in targets if self._differs(here.get(target["Id"]), target)])

    def _differs(self, have, target):
        changes = compare.difference({"Targets": [have]}, {"Targets": [target]}, frozenset(self.unordered), frozenset(self.whole))
        return have is None or bool(changes)

    def delete(self, have):
        self._own(have)
        self._remove([target["Id"] for target in have["Targets"]])
        self.write("delete_rule", tolerate=self.missing, Name=self.name, **self._bus())

    def _bus(self):
        return {"EventBusName": self.params["event_bus_name"]}

    def _own(self, have):
        if have.get("ManagedBy"):
            self.fail(f"rule {self.name} belongs to {have['ManagedBy']}, which made it and looks after it: change it there.")

    def _put(self, targets):
        if targets:
            self._done_for_all(self.write("put_targets", patience=_PATIENCE, Rule=self.name, Targets=targets, **self._bus()))

    def _remove(self, ids):
        if ids:
            self._done_for_all(self.write("remove_targets", Rule=self.name, Ids=ids, **self._bus()))

    def _done_for_all(self, answer):
        """Fail for entries that AWS refused although it took the call."""
        refused = [f"{one['TargetId']}: {one['ErrorMessage']} ({one['ErrorCode']})" for one in answer.get("FailedEntries", [])]
        if refused:
            self.fail(f"rule {self.name}: AWS refused targets. {'; '.join(refused)}")


def main():
    Rule.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
