#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: elb_listener_rule
version_added: 0.1.0
short_description: Manage rules of listeners, without touching the traffic weights of a deployment
description:
  - Creates, changes and removes the rules by which a listener chooses what is done with a request.
  - A rule is known by its listener and its name, which it carries as the tag C(Name). So its priority can change, and a priority
    that another rule has is noticed before anything is written.
  - ECS and CodeDeploy move traffic by changing the weights of the target groups of a rule. They are not touched as long as the
    target groups are the wanted ones; see O(forward_weights).
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.elb_application_lb
    description: >-
      Manages rules as a part of the load balancer. It compares the weights too, so the next run after a blue/green deployment sends
      the traffic back to where it was.
options:
  name:
    description:
      - Name of the rule, unique within its listener. It is kept as the tag C(Name).
      - The rule that has O(priority) is looked at first. A second one of that name is only noticed when it is looked at as well.
    type: str
    required: true
  listener_arn:
    description: ARN of the listener. Give this, or O(load_balancer) and O(port).
    type: str
  load_balancer:
    description: Name or ARN of the load balancer.
    type: str
  port:
    description: Port of the listener.
    type: int
  priority:
    description: Place of the rule in the order of evaluation, 1 to 50000; the lowest number that matches wins.
    type: int
  conditions:
    description:
      - What a request has to be like; all conditions have to hold.
      - In the names of the API, for example C(field=path-pattern) with C(values), C(field=http-header) with C(http_header_config).
    type: list
    elements: dict
  actions:
    description:
      - What is done, in order. In the names of the API, for example C(type=forward) with C(target_group_arn) or C(forward_config).
      - For a blue/green service name both target groups, with weights 100 and 0.
    type: list
    elements: dict
  transforms:
    description: How host and path are rewritten before the request goes on. V([]) removes all transforms.
    type: list
    elements: dict
  forward_weights:
    description:
      - V(ignore) leaves the weights of an action as they are while its target groups are the wanted ones, and brings in new
        target groups with weight 0. V(managed) sends the weights that are written down.
      - A rule that is created always gets the weights that are written down.
    type: str
    choices: [ignore, managed]
    default: ignore
  client_secret:
    description:
      - Secret of an C(authenticate-oidc) action.
      - AWS never tells it, so a new secret alone is not noticed; it is sent with the next change of the actions.
    type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A service behind a path
  slipway.aws.elb_listener_rule:
    name: orders
    load_balancer: shop-dev
    port: 443
    priority: 10
    conditions:
      - field: path-pattern
        values: [/orders/*]
    actions:
      - type: forward
        target_group_arn: "{{ orders.target_group.arn }}"

- name: The production rule of a blue/green service
  slipway.aws.elb_listener_rule:
    name: payments
    listener_arn: "{{ https.listener.arn }}"
    priority: 20
    conditions:
      - field: host-header
        values: [payments.shop.example]
    actions:
      - type: forward
        forward_config:
          target_groups:
            - target_group_arn: "{{ blue.target_group.arn }}"
              weight: 100
            - target_group_arn: "{{ green.target_group.arn }}"
              weight: 0
  register: production

- name: No rule any more
  slipway.aws.elb_listener_rule:
    name: orders
    load_balancer: shop-dev
    port: 443
    state: absent
"""

RETURN = r"""
rule:
  description: The rule; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the rule, as C(production_listener_rule) of an ECS service wants it.
      type: str
      sample: >-
        arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop-dev/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee
    priority:
      description: Its priority.
      type: int
    conditions:
      description: Its conditions.
      type: list
      elements: dict
    actions:
      description: Its actions, each forward with its target groups and their present weights.
      type: list
      elements: dict
    tags:
      description: Its tags, with its C(Name).
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import elb
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_CONFIGS = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
_ONCE = ("host-header", "http-request-method", "path-pattern", "source-ip")
_AT_A_TIME = 20  # DescribeTags takes no more resources


class Rule(Resource):
    """A rule of a listener. Its priority has an operation of its own."""

    service = "elbv2"
    noun = "rule"
    missing = ("LoadBalancerNotFound", "ListenerNotFound", "RuleNotFound")
    unordered = ("Conditions", "TargetGroups", "Values", "RegexValues")
    outputs = ("arn",)

    def validate(self):
        faults = elb.faults_of("actions", self.params["actions"])
        priority = self.params["priority"]
        if priority is not None and not 1 <= priority <= 50000:
            faults.append(f"priority is {priority}, it has to be between 1 and 50000.")
        fields = [condition.get("field") for condition in self.params["conditions"] or []]
        unknown = sorted({str(field) for field in fields if field not in _CONFIGS})
        if unknown:
            faults.append(f"conditions: field {', '.join(unknown)} is unknown, it has to be one of {', '.join(_CONFIGS)}.")
        twice = [field for field in _ONCE if fields.count(field) > 1]
        if twice:
            faults.append(f"conditions: {', '.join(twice)} may stand there once; write all its values into one condition.")
        if self.params["conditions"] == []:
            faults.append(
                "conditions: a rule needs at least one; requests that no rule matches get the default action of the listener."
            )
        if "Name" in (self.params["tags"] or {}):
            faults.append("tags: Name is kept by the option name; leave it out.")
        return faults

    def own_tags(self):
        return {"Name": self.name}

    def find(self):
        self.listener = self.params["listener_arn"] or self._listener()
        rules = self.pages("describe_rules", "Rules", ListenerArn=self.listener) if self.listener else []
        self.others = [rule for rule in rules if not rule["IsDefault"]]
        tags, named = {}, []
        for rules in self._likeliest_first():
            tags |= self._tags(rules)
            named += [rule for rule in rules if tags[rule["RuleArn"]].get("Name") == self.name]
            if named:
                break
        if len(named) > 1:
            arns = ", ".join(rule["RuleArn"] for rule in named)
            self.fail(f"{len(named)} rules of the listener are named {self.name}: {arns}. Change the tag Name of all but one.")
        if not named:
            return None
        rule = named[0]
        self.others.remove(rule)
        return {
            **rule,
            "Priority": int(rule["Priority"]),
            "Conditions": [_normal(condition) for condition in rule["Conditions"]],
            "Actions": elb.normal(rule["Actions"]),
            "Transforms": rule.get("Transforms", []),
            "arn": rule["RuleArn"],
            "Tags": tags[rule["RuleArn"]],
        }

    def _listener(self):
        balancer = elb.load_balancer_arn(self, self.params["load_balancer"])
        found = elb.listener_at(self, balancer, self.params["port"])
        return found and found["ListenerArn"]

    def _likeliest_first(self):
        """Yield the rules in as many parts as it takes to ask for their tags, the one that has our priority alone and first.

        A listener can have a hundred rules, and each of them is somebody's, who would ask for the tags of all.
        """
        ours = [rule for rule in self.others if rule["Priority"] == str(self.params["priority"])]
        rest = [rule for rule in self.others if rule not in ours]
        yield from filter(None, [ours, *(rest[start : start + _AT_A_TIME] for start in range(0, len(rest), _AT_A_TIME))])

    def _tags(self, rules):
        described = self.read("describe_tags", ResourceArns=[rule["RuleArn"] for rule in rules])["TagDescriptions"]
        return {each["ResourceArn"]: from_form(each["Tags"]) for each in described}

    def want(self, have):
        if have is None:
            self._check_complete()
        wanted = self.request("CreateRule")
        shape = self.client.meta.service_model.operation_model("CreateRule").input_shape
        present = have["Actions"] if have else ()
        conditions = wanted.get("Conditions")
        if wanted.get("Priority") and (have is None or have["Priority"] != wanted["Priority"]):
            self._check_free(wanted["Priority"])
        return {
            "Priority": wanted.get("Priority"),
            "Conditions": conditions and [_normal(condition) for condition in conditions],
            "Actions": elb.wanted_actions(self.module, shape, "actions", present, f"rule {self.name}"),
            "Transforms": wanted.get("Transforms"),
        }

    def _check_complete(self):
        lacking = [name for name in ("priority", "conditions", "actions") if not self.params[name]]
        lacking += elb.lacking_secret(self.params, "actions")
        if lacking:
            self.fail(f"rule {self.name} does not exist, and to create it {', '.join(lacking)} has to be given.")

    def _check_free(self, priority):
        taken = {int(rule["Priority"]): rule for rule in getattr(self, "others", ())}
        if priority in taken:
            free = next(number for number in range(priority, 50001) if number not in taken)
            self.fail(
                f"rule {self.name} cannot have priority {priority}: {self._describe(taken[priority])} has it. Choose another one,"
                f" for example {free}. If that rule is meant, give it the tag Name={self.name}."
            )

    def _describe(self, rule):
        values = [value for condition in rule["Conditions"] for value in condition.get("Values", [])]
        name = self._tags([rule])[rule["RuleArn"]].get("Name")
        about = f" for {', '.join(values)}" if values else ""
        return f"rule {name}{about}" if name else f"a rule without a name{about}, {rule['RuleArn']},"

    def create(self, want):
        if self.listener is None:
            self.fail(f"rule {self.name} cannot be created: its listener does not exist. Create load balancer and listener first.")
        want["Actions"] = elb.with_secret(want["Actions"], self.params["client_secret"])
        if not want.get("Transforms"):
            want.pop("Transforms", None)
        self.write("create_rule", ListenerArn=self.listener, **want)

    def update(self, have, changes):
        if "Priority" in changes:
            pair = {"RuleArn": have["arn"], "Priority": changes.pop("Priority")}
            self.write("set_rule_priorities", RulePriorities=[pair])
        if "Actions" in changes:
            changes["Actions"] = elb.with_secret(changes["Actions"], self.params["client_secret"])
        if changes.get("Transforms") == []:
            del changes["Transforms"]
            changes["ResetTransforms"] = True
        if changes:
            self.write("modify_rule", RuleArn=have["arn"], **changes)

    def delete(self, have):
        self.write("delete_rule", tolerate=self.missing, RuleArn=have["arn"])


def _normal(condition):
    """Return a condition with its values in the structure of its field; hosts and paths may come in an older form as well."""
    member = _CONFIGS.get(condition["Field"], "")
    old = {key: condition[key] for key in ("Values", "RegexValues") if condition.get(key)}
    return {"Field": condition["Field"], member: {**old, **(condition.get(member) or {})}}


def main():
    Rule.main(
        DOCUMENTATION,
        no_log=("client_secret",),
        required_one_of=[("listener_arn", "load_balancer")],
        mutually_exclusive=[("listener_arn", "load_balancer")],
        required_by={"load_balancer": ("port",)},
    )


if __name__ == "__main__":
    main()
