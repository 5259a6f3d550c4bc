#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: xray_sampling_rule
version_added: 0.1.0
short_description: Manage sampling rules of X-Ray
description:
  - Creates, changes and removes the rules by which services decide which requests they trace.
  - The rule C(Default) decides when no other fits. Its O(fixed_rate) and O(reservoir_size) can be changed; it cannot be removed.
  - What a rule matches is C(*), everything, where nothing is said when it is created.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the rule, 32 characters at most.
    type: str
    required: true
  priority:
    description: Its place among the rules, from 1 to 9999. The rule with the lowest number that matches decides.
    type: int
  fixed_rate:
    description: Which part of the matching requests is traced once the reservoir is used up. V(0.05) means five percent.
    type: float
  reservoir_size:
    description: How many matching requests per second are traced in any case, over all services together.
    type: int
  service_name:
    description: Name by which the service calls itself in its segments, with V(*) and V(?).
    type: str
  service_type:
    description: What the service runs on, for example V(AWS::ECS::Container).
    type: str
  host:
    description: Host name of the request.
    type: str
  http_method:
    description: Method of the request, for example V(GET).
    type: str
  url_path:
    description: Path of the request, for example V(/health).
    type: str
  resource_arn:
    description: ARN of the resource that runs the service, for example a cluster.
    type: str
  attributes:
    description: Attributes of the segment that have to fit, five at most. V({}) matches whatever they are.
    type: dict
  sampling_rate_boost:
    description: How far X-Ray may raise the rate for a while when it sees something odd. It cannot be taken away again.
    type: dict
    suboptions:
      max_rate:
        description: Highest rate, from 0 to 1.
        type: float
        required: true
      cooldown_window_minutes:
        description: For how many minutes after one rise there is no other.
        type: int
        required: true
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Health checks are not traced
  slipway.aws.xray_sampling_rule:
    name: shop-health
    priority: 10
    fixed_rate: 0
    reservoir_size: 0
    url_path: /health

- name: One order per second and a tenth of the others
  slipway.aws.xray_sampling_rule:
    name: shop-orders
    priority: 100
    fixed_rate: 0.1
    reservoir_size: 1
    service_name: shop-*
    http_method: POST
    url_path: /orders*
    attributes:
      customer: gold

- name: Everything else, one percent
  slipway.aws.xray_sampling_rule:
    name: Default
    fixed_rate: 0.01

- name: No rule any more
  slipway.aws.xray_sampling_rule:
    name: shop-orders
    state: absent
"""

RETURN = r"""
sampling_rule:
  description: The rule; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the rule.
      type: str
      sample: arn:aws:xray:eu-west-1:123456789012:sampling-rule/shop-orders
    priority:
      description: Its place among the rules.
      type: int
    fixed_rate:
      description: Which part of the requests is traced beyond the reservoir.
      type: float
    attributes:
      description: Attributes that have to fit.
      type: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.shapes import to_api
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_DEFAULT = "Default"
_NEEDED = ("priority", "fixed_rate", "reservoir_size")
# Longest values, and what a rule matches when nothing is said; CreateSamplingRule wants all of them.
_MATCHES = {"resource_arn": 500, "service_name": 64, "service_type": 64, "host": 64, "http_method": 10, "url_path": 128}
_EVERYTHING = dict.fromkeys(("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*")


class SamplingRule(Resource):
    """A sampling rule, known by its name."""

    service = "xray"
    noun = "sampling rule"
    missing = ("ResourceNotFoundException",)
    whole = ("Attributes",)
    verbatim = ("Attributes",)
    outputs = ("arn",)

    def validate(self):
        p, faults = self.params, []
        boost = p["sampling_rate_boost"] or {}
        if not 1 <= len(self.name) <= 32:
            faults.append(f"name {self.name!r} has {len(self.name)} characters; X-Ray takes from 1 to 32.")
        if p["priority"] is not None and not 1 <= p["priority"] <= 9999:
            faults.append(f"priority {p['priority']} is not between 1 and 9999.")
        for option, rate in (("fixed_rate", p["fixed_rate"]), ("sampling_rate_boost.max_rate", boost.get("max_rate"))):
            if rate is not None and not 0 <= rate <= 1:
                faults.append(f"{option} {rate:g} is not between 0 and 1; five percent is 0.05.")
        if (p["reservoir_size"] or 0) < 0:
            faults.append(f"reservoir_size {p['reservoir_size']} is negative.")
        for option, longest in _MATCHES.items():
            if p[option] is not None and not 1 <= len(p[option]) <= longest:
                faults.append(f'{option} has from 1 to {longest} characters; "*" matches everything.')
        if len(p["attributes"] or {}) > 5:
            faults.append(f"attributes: a rule has five at most, not {len(p['attributes'])}.")
        return faults + (self._default_faults() if self.name == _DEFAULT else [])

    def _default_faults(self):
        fixed = [
            option for option in (*_MATCHES, "priority", "attributes", "sampling_rate_boost") if self.params[option] is not None
        ]
        faults = [f"{', '.join(fixed)}: of the rule Default only fixed_rate and reservoir_size can be changed."] if fixed else []
        return faults + (["name: the rule Default cannot be removed."] if self.params["state"] == "absent" else [])

    def find(self):
        rules = (record["SamplingRule"] for record in self.pages("get_sampling_rules", "SamplingRuleRecords"))
        rule = next((rule for rule in rules if rule["RuleName"] == self.name), None)
        if rule is None:
            return None
        tags = self.pages("list_tags_for_resource", "Tags", ResourceARN=rule["RuleARN"])
        return {"Attributes": {}, **rule, "arn": rule["RuleARN"], "Tags": from_form(tags)}

    def want(self, have):
        lacking = [option for option in _NEEDED if self.params[option] is None]
        if have is None and lacking:
            self.fail(f"sampling rule {self.name} does not exist, and to create it {', '.join(lacking)} has to be given.")
        given = {option: self.params[option] for option in (*_NEEDED, *_MATCHES, "attributes", "sampling_rate_boost")}
        rule = to_api(self.client.meta.service_model.shape_for("SamplingRuleUpdate"), given)
        return {"RuleName": self.name, **({} if have else _EVERYTHING), **rule}

    def create(self, want):
        tags = {"Tags": want.pop("Tags")} if "Tags" in want else {}
        self.write("create_sampling_rule", SamplingRule={**want, "Version": 1}, **tags)

    def update(self, have, changes):
        self.write("update_sampling_rule", SamplingRuleUpdate={"RuleName": self.name, **changes})

    def delete(self, have):
        self.write("delete_sampling_rule", RuleName=self.name)


def main():
    SamplingRule.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
