#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_registry
version_added: 0.1.0
short_description: Manage the settings of an ECR registry
description:
  - Manages the settings that hold for all repositories of Amazon ECR in one account and region, replication, scanning and policy.
  - Every account has one registry in every region, so it has no name. A setting that is left out is left as it is.
  - A setting that is given is described completely. What AWS has beyond it, from whomever it comes, is removed.
  - The registry itself cannot be removed. O(state=absent) ends replication, removes the policy and sets scanning back to V(BASIC)
    without rules, whichever of the settings the task names. Images that were copied stay where they are.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: slipway.aws.ecr_replication_rule
    description: Manages one rule of replication and leaves those of others alone.
options:
  replication_configuration:
    description:
      - Which repositories are copied to other regions and accounts.
      - Only images are copied that are pushed afterwards, and not the settings of their repository, which AWS creates when it is
        missing there. The first time, the caller has to be allowed iam:CreateServiceLinkedRole.
    type: dict
    suboptions:
      rules:
        description: At most 25 rules; their order does not matter. V([]) ends replication.
        type: list
        elements: dict
        required: true
        suboptions:
          destinations:
            description: Registries that get the images, at most 100. The registry itself cannot be one.
            type: list
            elements: dict
            required: true
            suboptions:
              region:
                description: Region of the other registry.
                type: str
                required: true
              registry_id:
                description: Its account; by default the own one. The registry policy of another account has to allow the copies.
                type: str
          repository_filters:
            description: Beginnings of names of repositories, two letters or more, that are copied; all if left out or empty.
            type: list
            elements: str
            default: []
          delete_replication:
            description: Whether images and tags that are deleted here are deleted there as well.
            type: bool
            default: false
  scanning_configuration:
    description: Which images are scanned for vulnerabilities, and when.
    type: dict
    suboptions:
      scan_type:
        description:
          - V(BASIC) looks for packages of the operating system. V(ENHANCED) is Amazon Inspector, which also looks for those of
            programming languages and is charged by image; the caller has to be allowed to enable Inspector.
          - With V(ENHANCED), AWS does not look at the repositories' own C(scan_on_push) any more.
        type: str
        choices: [BASIC, ENHANCED]
        required: true
      rules:
        description: At most two rules; their order does not matter. A repository without a rule is not scanned by itself.
        type: list
        elements: dict
        default: []
        suboptions:
          scan_frequency:
            description: V(CONTINUOUS_SCAN) scans again when a new vulnerability is known; it needs V(ENHANCED).
            type: str
            choices: [SCAN_ON_PUSH, CONTINUOUS_SCAN]
            required: true
          repository_filters:
            description:
              - Names of repositories, in which V(*) stands for any characters.
              - Without V(*), every repository is meant whose name has these characters anywhere.
            type: list
            elements: str
            required: true
  policy:
    description: What other accounts may do with the registry, as a policy document. V({}) removes it.
    type: dict
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Images of the shop in a second region
  slipway.aws.ecr_registry:
    replication_configuration:
      rules:
        - destinations:
            - region: eu-central-1
          repository_filters: [shop/]

- name: Production is scanned again and again, everything else once
  slipway.aws.ecr_registry:
    scanning_configuration:
      scan_type: ENHANCED
      rules:
        - scan_frequency: CONTINUOUS_SCAN
          repository_filters: ["prod/*"]
        - scan_frequency: SCAN_ON_PUSH
          repository_filters: ["*"]

- name: The account of the pipeline may copy its images into this one
  slipway.aws.ecr_registry:
    policy:
      Version: "2012-10-17"
      Statement:
        - Sid: Replication
          Effect: Allow
          Principal: {AWS: "arn:aws:iam::210987654321:root"}
          Action: ["ecr:CreateRepository", "ecr:ReplicateImage"]
          Resource: arn:aws:ecr:eu-west-1:123456789012:repository/*

- name: The registry as AWS delivers it
  slipway.aws.ecr_registry:
    state: absent
"""

RETURN = r"""
registry:
  description: The registry; empty when all its settings are those with which AWS delivers it and the task wants no other.
  returned: always
  type: dict
  contains:
    registry_id:
      description: The account.
      type: str
      sample: "123456789012"
    replication_configuration:
      description: Its rules of replication.
      type: dict
    scanning_configuration:
      description: Type and rules of scanning.
      type: dict
    policy_text:
      description: Its policy document.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.ecr import Replicated, destination_faults, filters, sent, told

_DELIVERED = {
    "replicationConfiguration": {"rules": []},
    "scanningConfiguration": {"scanType": "BASIC", "rules": []},
    "policyText": {},
}


class Registry(Replicated):
    """A registry. It is always there: "absent" is one whose settings are those with which AWS delivers it."""

    noun = "registry"
    unordered = ("rules", "destinations", "repositoryFilters")
    policies = ("policyText",)

    @property
    def name(self):
        return self.home

    def validate(self):
        scanning = self.params["scanning_configuration"] or {"scan_type": "ENHANCED", "rules": []}
        frequencies = {rule["scan_frequency"] for rule in scanning["rules"]}
        if scanning["scan_type"] == "BASIC" and "CONTINUOUS_SCAN" in frequencies:
            return ["CONTINUOUS_SCAN needs scan_type ENHANCED; BASIC scans with SCAN_ON_PUSH only."]
        rules = (self.params["replication_configuration"] or {"rules": []})["rules"]
        return destination_faults([place for rule in rules for place in rule["destinations"]])

    def find(self):
        rules = self.rules_there()
        policy = self.read("get_registry_policy", ("RegistryPolicyNotFoundException",)) or {}
        have = {
            "registryId": self.account,
            "replicationConfiguration": {"rules": [told(rule) for rule in rules]},
            "scanningConfiguration": {
                **_DELIVERED["scanningConfiguration"],
                **self.read("get_registry_scanning_configuration").get("scanningConfiguration", {}),
            },
            "policyText": parsed(policy.get("policyText")) or {},
        }
        return None if self._is_absent(have) else have

    def _is_absent(self, have):
        """Tell whether the registry is as AWS delivers it; a task that wants just that finds it present all the same."""
        delivered = all(have[key] == value for key, value in _DELIVERED.items())
        return delivered and (self.params["state"] == "absent" or bool(self._changes(have, self._wanted(have))))

    def want(self, have):
        replication, scanning = self.params["replication_configuration"], self.params["scanning_configuration"]
        return {
            "registryId": self.account,
            "replicationConfiguration": replication and {"rules": [self._wanted_rule(rule) for rule in replication["rules"]]},
            "scanningConfiguration": scanning and self._wanted_scanning(scanning),
            "policyText": self.params["policy"],
        }

    @staticmethod
    def _wanted_scanning(scanning):
        rules = [(rule["scan_frequency"], filters(rule["repository_filters"], "WILDCARD")) for rule in scanning["rules"]]
        wanted = [{"scanFrequency": frequency, "repositoryFilters": patterns} for frequency, patterns in rules]
        return {"scanType": scanning["scan_type"], "rules": wanted}

    def _wanted_rule(self, rule):
        return self.wanted_rule(rule["destinations"], rule["repository_filters"], rule["delete_replication"])

    def create(self, want):
        self.update({}, {key: value for key, value in want.items() if parsed(value) != _DELIVERED.get(key)})

    def update(self, have, changes):
        if "policyText" in changes:
            self._put_policy(changes["policyText"])
        if "scanningConfiguration" in changes:
            self.write("put_registry_scanning_configuration", **changes["scanningConfiguration"])
        if "replicationConfiguration" in changes:
            self.put_rules([sent(rule) for rule in changes["replicationConfiguration"]["rules"]])

    def _put_policy(self, text):
        if parsed(text):
            self.write("put_registry_policy", policyText=text)
        else:
            self.write("delete_registry_policy", tolerate=("RegistryPolicyNotFoundException",))

    def delete(self, have):
        self.update(have, {key: value for key, value in _DELIVERED.items() if have[key] != value})


def main():
    Registry.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
