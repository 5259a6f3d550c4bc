#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: config_rule
version_added: 0.1.0
short_description: Manage rules of AWS Config
description:
  - Creates, changes and removes rules by which AWS Config judges what it records, AWS's own ones and those that you write.
  - A region needs a recorder before it can have rules. What is left out is left as it is.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.config_rule
    description: Has no check mode and no tags, and fails when AWS tells a rule without its evaluation modes.
  - module: slipway.aws.config_recorder
    description: Makes the recorder.
options:
  name:
    description: Name of the rule, at most 128 characters.
    type: str
    required: true
  description:
    description: What it is for, at most 256 characters.
    type: str
  source:
    description: Who judges, and when. A new rule needs it; where it is given, it is described completely.
    type: dict
    suboptions:
      owner:
        description: V(AWS) for a managed rule, V(CUSTOM_POLICY) for one in Guard, V(CUSTOM_LAMBDA) for a function.
        type: str
        choices: [AWS, CUSTOM_LAMBDA, CUSTOM_POLICY]
        default: AWS
      source_identifier:
        description: Identifier of the managed rule, for example V(RDS_STORAGE_ENCRYPTED), or ARN of the function.
        type: str
      source_details:
        description: When a rule of your own judges. Managed rules know it themselves.
        type: list
        elements: dict
        suboptions:
          event_source:
            description: Who tells it.
            type: str
            choices: [aws.config]
            default: aws.config
          message_type:
            description: What it is told of. Rules in Guard take notifications of changes only.
            type: str
            required: true
            choices:
              - ConfigurationItemChangeNotification
              - OversizedConfigurationItemChangeNotification
              - ScheduledNotification
              - ConfigurationSnapshotDeliveryCompleted
          maximum_execution_frequency:
            description: How often V(ScheduledNotification) comes; once a day when nothing is said.
            type: str
            choices: [One_Hour, Three_Hours, Six_Hours, Twelve_Hours, TwentyFour_Hours]
      custom_policy_details:
        description: The rule in Guard.
        type: dict
        suboptions:
          policy_runtime:
            description: Version of Guard.
            type: str
            choices: [guard-2.x.x]
            default: guard-2.x.x
          policy_text:
            description: The text, at most 10000 characters.
            type: str
            required: true
          enable_debug_log_delivery:
            description: Whether what it does is logged.
            type: bool
            default: false
  scope:
    description: What is judged, by type, by one id or by a tag. V({}) means everything that the rule understands.
    type: dict
    suboptions:
      compliance_resource_types:
        description: Types, for example V(AWS::S3::Bucket).
        type: list
        elements: str
      compliance_resource_id:
        description: Id of one resource; it needs exactly one type.
        type: str
      tag_key:
        description: Key of a tag; excludes types.
        type: str
      tag_value:
        description: Its value.
        type: str
  input_parameters:
    description:
      - Parameters of the rule. AWS wants texts, so numbers and booleans are written as such, and lists with commas.
      - AWS adds its values for those of a managed rule that are left out. A value that is there stays until another one is given.
    type: dict
  maximum_execution_frequency:
    description: How often a managed rule judges that does not wait for changes.
    type: str
    choices: [One_Hour, Three_Hours, Six_Hours, Twelve_Hours, TwentyFour_Hours]
  evaluation_modes:
    description:
      - V(DETECTIVE) judges what exists, V(PROACTIVE) what somebody asks about before it is made.
      - AWS takes V(DETECTIVE) when the rule is created without a word about it.
    type: list
    elements: str
    choices: [DETECTIVE, PROACTIVE]
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Databases are encrypted
  slipway.aws.config_rule:
    name: shop-databases-encrypted
    source:
      source_identifier: RDS_STORAGE_ENCRYPTED
    tags:
      Project: Shop

- name: Access keys are changed every two months
  slipway.aws.config_rule:
    name: shop-access-keys
    source:
      source_identifier: ACCESS_KEYS_ROTATED
    input_parameters:
      maxAccessKeyAge: 60
    maximum_execution_frequency: Twelve_Hours

- name: Buckets keep versions, in a rule of our own
  slipway.aws.config_rule:
    name: shop-buckets-versioned
    source:
      owner: CUSTOM_POLICY
      source_details:
        - message_type: ConfigurationItemChangeNotification
      custom_policy_details:
        policy_text: |
          rule versioned when resourceType == "AWS::S3::Bucket" {
            supplementaryConfiguration.BucketVersioningConfiguration.status == "Enabled"
          }
    scope:
      compliance_resource_types: [AWS::S3::Bucket]

- name: No rule about access keys any more
  slipway.aws.config_rule:
    name: shop-access-keys
    state: absent
"""

RETURN = r"""
rule:
  description: The rule; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:config:eu-west-1:123456789012:config-rule/config-rule-abc123
    status:
      description: C(ACTIVE), or C(EVALUATING) while it judges.
      type: str
    input_parameters:
      description: Its parameters, with those that AWS added.
      type: dict
    tags:
      description: Its tags.
      type: dict
"""

import json

from ansible_collections.slipway.aws.plugins.module_utils.compare import as_text, parsed
from ansible_collections.slipway.aws.plugins.module_utils.config import rule_faults
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.shapes import to_api
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_COMMON = ("Description", "Scope", "EvaluationModes")
_MANAGED = (*_COMMON, "Source", "InputParameters", "MaximumExecutionFrequency")  # the last two mean something to one judge only


def _text(value):
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)


class Rule(Resource):
    """A rule. AWS takes it as a whole with every change, and keeps the text of one in Guard apart."""

    service = "config"
    noun = "rule"
    missing = ("NoSuchConfigRuleException",)
    unordered = ("SourceDetails", "ComplianceResourceTypes", "EvaluationModes")
    whole = ("Source", "Scope")
    verbatim = ("InputParameters",)
    outputs = ("arn", "status")

    def validate(self):
        return list(rule_faults(self.params))

    def find(self):
        found = self.read("describe_config_rules", ConfigRuleNames=[self.name])
        if not found:
            return None
        [rule] = found["ConfigRules"]
        if rule["Source"]["Owner"] == "CUSTOM_POLICY":
            text = (self.read("get_custom_rule_policy", ConfigRuleName=self.name) or {}).get("PolicyText", "")
            rule["Source"]["CustomPolicyDetails"] = {**rule["Source"].get("CustomPolicyDetails", {}), "PolicyText": text}
        return {
            **rule,
            "Description": rule.get("Description", ""),
            "Scope": rule.get("Scope", {}),
            "InputParameters": parsed(rule.get("InputParameters")) or {},
            "EvaluationModes": rule.get("EvaluationModes") or [{"Mode": "DETECTIVE"}],
            "arn": rule["ConfigRuleArn"],
            "status": rule["ConfigRuleState"],
            "Tags": from_form(self.pages("list_tags_for_resource", "Tags", ResourceArn=rule["ConfigRuleArn"])),
        }

    def want(self, have):
        if have is None and not self.params["source"]:
            self.fail(f"rule {self.name} does not exist, and to create it source has to be given.")
        parameters, modes = self.params["input_parameters"], self.params["evaluation_modes"]
        members = self.client.meta.service_model.shape_for("ConfigRule").members
        return {
            "Description": self.params["description"],
            "Source": to_api(members["Source"], self._source(self.params["source"])),
            "Scope": to_api(members["Scope"], self.params["scope"]),
            "InputParameters": parameters and {name: _text(value) for name, value in parameters.items()},
            "MaximumExecutionFrequency": self.params["maximum_execution_frequency"],
            "EvaluationModes": modes and [{"Mode": mode} for mode in modes],
        }

    @staticmethod
    def _source(source):
        """Return the source with the frequency that AWS adds: what is described completely must not lack it."""
        if not source or not source["source_details"]:
            return source
        details = []
        for given in source["source_details"]:
            periodic = given["message_type"] in ("ScheduledNotification", "ConfigurationSnapshotDeliveryCompleted")
            frequency = given["maximum_execution_frequency"] or ("TwentyFour_Hours" if periodic else None)
            details.append({**given, "maximum_execution_frequency": frequency})
        return {**source, "source_details": details}

    def create(self, want):
        tags = want.pop("Tags", None)
        self._put(want, **({"Tags": tags} if tags else {}))

    def update(self, have, changes):
        source = changes.get("Source", have["Source"])
        same = all(source.get(key) == have["Source"].get(key) for key in ("Owner", "SourceIdentifier"))
        stays = _MANAGED if same else _COMMON
        kept = {key: have[key] for key in stays if have.get(key)}
        parameters = {**kept.get("InputParameters", {}), **changes.get("InputParameters", {})}
        self._put({**kept, **changes, "InputParameters": parameters})

    def _put(self, rule, **more):
        told = {key: value for key, value in rule.items() if value}
        if "InputParameters" in told:
            told["InputParameters"] = as_text(told["InputParameters"])
        put = self.write(
            "put_config_rule",
            tolerate=("NoAvailableConfigurationRecorderException",),
            patience={"InsufficientPermissionsException": ""},  # a function's permission may not be known yet
            ConfigRule={"ConfigRuleName": self.name, **told},
            **more,
        )
        if put is None:
            self.fail(
                f"rule {self.name} cannot be put: AWS Config has no recorder in {self.client.meta.region_name}."
                " Make one with slipway.aws.config_recorder first."
            )

    def ready(self, have):
        return have["status"] in ("ACTIVE", "EVALUATING")

    def leaving(self, have):
        return have["status"].startswith("DELETING")

    def delete(self, have):
        self.write("delete_config_rule", tolerate=self.missing, ConfigRuleName=self.name)


def main():
    Rule.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
