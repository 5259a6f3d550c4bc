#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: wafv2_logging
version_added: 0.1.0
short_description: Log what a web ACL decides
description:
  - Says where AWS WAF logs the requests that a web ACL has judged, which of them, and what is kept out of the log.
  - It works in the region that O(resource_arn) names, so that of a web ACL of CloudFront is managed from anywhere.
author: slipway.aws maintainers (@slipway)
options:
  resource_arn:
    description: ARN of the web ACL.
    type: str
    required: true
  log_destination_configs:
    description:
      - ARN of the one place to log to, a log group, a bucket or a delivery stream of Firehose. Its name has to start with
        C(aws-waf-logs-), or AWS says that the ARN is not valid.
      - A log group or a stream has to be in the region of the web ACL. C(:*) at the end is of no importance.
    type: list
    elements: str
  redacted_fields:
    description: All fields whose content is replaced by C(REDACTED), one to an entry. V([]) shows everything.
    type: list
    elements: dict
    suboptions:
      single_header:
        description: A header.
        type: dict
        suboptions:
          name:
            description: Its name, in which capitals do not matter.
            type: str
            required: true
      uri_path:
        description: The path, V(true) to redact it.
        type: bool
      query_string:
        description: The query string, V(true) to redact it.
        type: bool
      method:
        description: The method, V(true) to redact it.
        type: bool
  logging_filter:
    description: Which requests are logged. V({}) logs all of them.
    type: dict
    suboptions:
      default_behavior:
        description: What becomes of requests that no filter fits.
        type: str
        choices: [KEEP, DROP]
      filters:
        description: Filters; the first that fits decides.
        type: list
        elements: dict
        suboptions:
          behavior:
            description: What becomes of requests that it fits.
            type: str
            required: true
            choices: [KEEP, DROP]
          requirement:
            description: Whether all conditions have to hold, or any.
            type: str
            default: MEETS_ANY
            choices: [MEETS_ALL, MEETS_ANY]
          conditions:
            description: Conditions, each on either the action or a label.
            type: list
            elements: dict
            required: true
            suboptions:
              action_condition:
                description: What the web ACL has done.
                type: dict
                suboptions:
                  action:
                    description: The action.
                    type: str
                    required: true
                    choices: [ALLOW, BLOCK, COUNT, CAPTCHA, CHALLENGE, MONETIZE, EXCLUDED_AS_COUNT]
              label_name_condition:
                description: A label that a rule has put on the request.
                type: dict
                suboptions:
                  label_name:
                    description: The label with its whole namespace.
                    type: str
                    required: true
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Requests are logged, passwords are not
  slipway.aws.wafv2_logging:
    resource_arn: "{{ acl.arn }}"
    log_destination_configs: ["arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-shop"]
    redacted_fields:
      - single_header: {name: Authorization}
      - query_string: true

- name: Only what was blocked
  slipway.aws.wafv2_logging:
    resource_arn: "{{ acl.arn }}"
    log_destination_configs: ["arn:aws:s3:::aws-waf-logs-shop"]
    logging_filter:
      default_behavior: DROP
      filters:
        - behavior: KEEP
          conditions:
            - action_condition: {action: BLOCK}

- name: No log any more
  slipway.aws.wafv2_logging:
    resource_arn: "{{ acl.arn }}"
    state: absent
"""

RETURN = r"""
logging:
  description: What is logged where; empty when it is absent. What was logged stays.
  returned: always
  type: dict
  contains:
    resource_arn:
      description: ARN of the web ACL.
      type: str
    log_destination_configs:
      description: Where it logs.
      type: list
      elements: str
    redacted_fields:
      description: What is redacted, in the form of the option.
      type: list
      elements: dict
    logging_filter:
      description: Which requests are logged.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN, Resource
from ansible_collections.slipway.aws.plugins.module_utils.shapes import to_api

_PREFIX = "aws-waf-logs-"
_LOGGABLE = {"logs": "log-group:", "firehose": "deliverystream/", "s3": ""}
# What AWS needs up to a minute for, or asks to try again: its own role, and permissions that it has just given itself.
_SOON = ("WAFServiceLinkedRoleErrorException", "WAFLogDestinationPermissionIssueException", "WAFUnavailableEntityException")


def _marked(field):
    """Return a field to redact with a name or true: AWS's empty dictionaries would all look the same."""
    return {kind: {"Name": told["Name"].lower()} if told else True for kind, told in field.items()}


def _destination_fault(arn, region):
    service, where, _account, resource = arn.split(":", 5)[2:] if arn.count(":") >= 5 else ("", "", "", "")
    if service not in _LOGGABLE or not resource.startswith(_LOGGABLE[service]):
        return f"{arn} is not the ARN of a log group, a bucket or a delivery stream."
    if not resource.removeprefix(_LOGGABLE[service]).startswith(_PREFIX):
        return f"{arn}: the name of what AWS WAF logs to has to start with {_PREFIX}."
    if region and where not in ("", region):
        return f"{arn} is in {where}, and the web ACL in {region}. Log to the same region, or to a bucket."
    return None


class Logging(Resource):
    """The logging of a web ACL, which AWS takes as a whole with every change."""

    service = "wafv2"
    noun = "logging"
    missing = ("WAFNonexistentItemException",)
    unordered = ("RedactedFields", "Conditions")
    whole = ("RedactedFields", "LoggingFilter")

    @property
    def name(self):
        return f"of web ACL {self.params['resource_arn'].split('/')[-2] if self._is_acl() else UNKNOWN}"

    @property
    def region(self):
        """Return the region of the web ACL: with the scope CLOUDFRONT, that is another one than the load balancers'."""
        return self.params["resource_arn"].split(":")[3] if self._is_acl() else None

    def _is_acl(self):
        parts = self.params["resource_arn"].split(":")
        return len(parts) == 6 and parts[2] == "wafv2" and parts[5].split("/")[1:2] == ["webacl"] and parts[5].count("/") == 3

    def validate(self):
        if not self._is_acl() and self.params["resource_arn"] != UNKNOWN:
            return [f"resource_arn: {self.params['resource_arn']} is not the ARN of a web ACL."]
        places = self.params["log_destination_configs"]
        faults = [] if places is None or len(places) == 1 else ["log_destination_configs: AWS WAF logs to one place."]
        found = [_destination_fault(arn, self.region) for arn in places or [] if arn != UNKNOWN]
        faults += [f"log_destination_configs: {fault}" for fault in found if fault]
        for field in self.params["redacted_fields"] or []:
            if sum(bool(told) for told in field.values()) != 1:
                faults.append("redacted_fields: an entry is one of single_header, uri_path, query_string and method.")
        return [*faults, *self._filter_faults(self.params["logging_filter"] or {})]

    @staticmethod
    def _filter_faults(told):
        if bool(told.get("filters")) != bool(told.get("default_behavior")):
            yield "logging_filter: it needs filters and default_behavior, or none of them to log all requests."
        for condition in [condition for each in told.get("filters") or [] for condition in each["conditions"]]:
            if bool(condition["action_condition"]) == bool(condition["label_name_condition"]):
                yield "logging_filter: a condition is either an action_condition or a label_name_condition."
        if any(not each["conditions"] for each in told.get("filters") or []):
            yield "logging_filter: a filter needs conditions."

    def find(self):
        found = self.read("get_logging_configuration", ResourceArn=self.params["resource_arn"])
        if not found:
            return None
        have = found["LoggingConfiguration"]
        return {
            **have,
            "LogDestinationConfigs": [arn.removesuffix(":*") for arn in have["LogDestinationConfigs"]],
            "RedactedFields": [_marked(field) for field in have.get("RedactedFields", [])],
            "LoggingFilter": have.get("LoggingFilter", {}),
        }

    def want(self, have):
        if have is None and not self.params["log_destination_configs"]:
            self.fail(f"{self.noun} {self.name} is not there yet, and log_destination_configs has to say where to.")
        shape = self.client.meta.service_model.shape_for("LoggingFilter")
        places, fields = self.params["log_destination_configs"], self.params["redacted_fields"]
        return {
            "ResourceArn": self.params["resource_arn"],
            "LogDestinationConfigs": places and [arn.removesuffix(":*") for arn in places],
            "RedactedFields": None if fields is None else [self._field(field) for field in fields],
            "LoggingFilter": to_api(shape, self.params["logging_filter"]),
        }

    @staticmethod
    def _field(told):
        if told["single_header"]:
            return {"SingleHeader": {"Name": told["single_header"]["name"].lower()}}
        names = {"uri_path": "UriPath", "query_string": "QueryString", "method": "Method"}
        return {member: True for name, member in names.items() if told[name]}

    def create(self, want):
        told = {key: value for key, value in want.items() if value}
        if "RedactedFields" in told:
            fields = told["RedactedFields"]
            told["RedactedFields"] = [{kind: {} if name is True else name for kind, name in field.items()} for field in fields]
        # No web ACL, no logging: reading takes the one for the other, so only here AWS can be asked.
        done = self.write("put_logging_configuration", self.missing, dict.fromkeys(_SOON, ""), LoggingConfiguration=told)
        if done is None:
            self.fail(f"{self.noun} {self.name}: AWS WAF has no {self.params['resource_arn']}. Make the web ACL first.")

    def update(self, have, changes):
        if have.get("ManagedByFirewallManager"):
            self.fail(f"{self.noun} {self.name} is managed by AWS Firewall Manager. Change it there.")
        kept = ("ResourceArn", "LogDestinationConfigs", "RedactedFields", "LoggingFilter")
        self.create({**{key: have[key] for key in kept}, **changes})

    def delete(self, have):
        self.write("delete_logging_configuration", tolerate=self.missing, ResourceArn=self.params["resource_arn"])


def main():
    Logging.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
