#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_replication_rule
version_added: 0.1.0
short_description: Manage one rule of replication of an ECR registry
description:
  - Manages one rule by which Amazon ECR copies images to other regions and accounts. It is the rule that has O(prefix) as its only
    filter.
  - All other rules of the registry stay as they are and where they are, also those that have O(prefix) among several filters.
  - Rules with the same filter cannot be told apart. When AWS has several with O(prefix) as their only filter, they become one.
  - AWS keeps the rules of an account and region as one document and replaces all of it. Whoever changes another rule at the very
    same moment can undo this change, or the other way round.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: slipway.aws.ecr_registry
    description: Describes all rules of a registry, for an account that nobody shares, its scanning and its policy.
options:
  prefix:
    description:
      - Beginning of the names of the repositories that are copied, from 2 to 256 small letters, digits and C(. _ - /).
      - V(shop/) copies C(shop/orders) and not C(shopping), V(shop) copies both.
    type: str
    required: true
  destinations:
    description:
      - Registries that get the images, from 1 to 100; needed unless O(state=absent). The registry itself cannot be one.
      - By a quota of AWS, all rules of a registry together may name at most 25 different ones.
      - Only images are copied that are pushed afterwards, and not the settings of their repository, which AWS creates when it is
        missing there. The first time, the caller has to be allowed iam:CreateServiceLinkedRole.
    type: list
    elements: dict
    suboptions:
      region:
        description: Region of the other registry.
        type: str
        required: true
      registry_id:
        description: Its account; by default the own one. The registry policy of another account has to allow the copies.
        type: str
  delete_replication:
    description: Whether images and tags that are deleted here are deleted there as well.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Images of the shop in a second region
  slipway.aws.ecr_replication_rule:
    prefix: shop/
    destinations:
      - region: eu-central-1

- name: Images of the base in two regions and in another account, and what is deleted here is deleted there
  slipway.aws.ecr_replication_rule:
    prefix: base/
    destinations:
      - region: eu-central-1
      - region: eu-north-1
      - region: eu-west-1
        registry_id: "210987654321"
    delete_replication: true

- name: The shop is copied no more; the rules of others stay, and so do the copies
  slipway.aws.ecr_replication_rule:
    prefix: shop/
    state: absent
"""

RETURN = r"""
replication_rule:
  description: The rule; empty when it is absent.
  returned: always
  type: dict
  contains:
    registry_id:
      description: The account whose images are copied.
      type: str
      sample: "123456789012"
    destinations:
      description: Registries that get the images, each with C(region) and C(registry_id).
      type: list
      elements: dict
    repository_filters:
      description: Its only filter, with C(filter) and C(filter_type).
      type: list
      elements: dict
    delete_replication:
      description: Whether deletions are copied, as C(enabled).
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.ecr import Replicated, destination_faults, filters, sent, told

_MOST_RULES = 25
_MOST_DESTINATIONS = 100  # of one rule
_PREFIX = r"(?=..)(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*"
_RULE = ("destinations", "repositoryFilters", "deleteReplication")


class ReplicationRule(Replicated):
    """The rule that has one prefix and no other filter."""

    noun = "replication rule"
    unordered = ("destinations",)
    rules = ()  # all of the registry, as AWS has them

    @property
    def name(self):
        return self.params["prefix"]

    def validate(self):
        allowed = "AWS takes 2 to 256 small letters, digits and . _ - /, and before each / a letter or digit first"
        faults, places = formats.misnamed("prefix", self.name, _PREFIX, allowed, 256), self.params["destinations"] or []
        if self.params["state"] == "present" and not 1 <= len(places) <= _MOST_DESTINATIONS:
            faults.append(f"destinations: a rule has from 1 to {_MOST_DESTINATIONS}, not {len(places)}.")
        return faults + destination_faults(places)

    def find(self):
        self.rules = self.rules_there()
        mine = [told(rule) for rule in self.rules if self._is_mine(rule)]
        if not mine:
            return None
        # Several are what they do together. They have more filters than the one that is wanted, so that there is a difference.
        return {
            "registryId": self.account,
            "destinations": [place for rule in mine for place in rule["destinations"]],
            "repositoryFilters": [each for rule in mine for each in rule["repositoryFilters"]],
            "deleteReplication": {"enabled": any(rule["deleteReplication"]["enabled"] for rule in mine)},
        }

    def _is_mine(self, rule):
        return rule.get("repositoryFilters") == filters([self.name], "PREFIX_MATCH")

    def _others(self, rules):
        return [rule for rule in rules if not self._is_mine(rule)]

    def want(self, have):
        if have is None and len(self.rules) >= _MOST_RULES:
            self.fail(
                f"replication rule {self.name}: registry {self.home} has {len(self.rules)} rules already, and AWS takes"
                f" {_MOST_RULES}. Remove one, or add the prefix to the filters of another."
            )
        rule = self.wanted_rule(self.params["destinations"], [self.name], self.params["delete_replication"])
        return {"registryId": self.account, **rule}

    def create(self, want):
        self.put_rules([*self.rules, sent({key: want[key] for key in _RULE})])

    def update(self, have, changes):
        rule = sent({key: changes.get(key, have[key]) for key in _RULE})
        place = next(number for number, each in enumerate(self.rules) if self._is_mine(each))
        self.put_rules([*self.rules[:place], rule, *self._others(self.rules[place:])])

    def delete(self, have):
        self.put_rules(self._others(self.rules))


def main():
    ReplicationRule.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
