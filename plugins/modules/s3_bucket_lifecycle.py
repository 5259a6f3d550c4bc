#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_lifecycle
version_added: 0.1.0
short_description: Manage the whole lifecycle of a bucket's objects
description:
  - Writes all lifecycle rules of a bucket at once, as AWS keeps them in one document. Rules that are not in O(rules) go.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.s3_lifecycle
    description: Has no check mode. It manages one rule per task, so a rule that no task names any more stays.
options:
  name:
    description: Name of the bucket.
    type: str
    required: true
  rules:
    description: All rules, at least one. To have none, use O(state=absent).
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the rule.
        type: str
        required: true
      status:
        description: Whether it works.
        type: str
        choices: [Enabled, Disabled]
        default: Enabled
      prefix:
        description: For objects whose name begins so.
        type: str
      tags:
        description: For objects with all of these tags.
        type: dict
      object_size_greater_than:
        description: For objects with more bytes.
        type: int
      object_size_less_than:
        description: For objects with fewer bytes.
        type: int
      expiration:
        description: When objects go; with versions, when they get hidden.
        type: dict
        suboptions:
          days:
            description: That many days after they were made.
            type: int
          date:
            description: On that day, as V(2030-12-31).
            type: str
          expired_object_delete_marker:
            description: Whether a mark of deletion goes when no version is left below it.
            type: bool
      transitions:
        description: When objects move to a cheaper storage class.
        type: list
        elements: dict
        suboptions:
          days:
            description: That many days after they were made. V(STANDARD_IA) and V(ONEZONE_IA) want 30 at least.
            type: int
          date:
            description: On that day.
            type: str
          storage_class:
            description: The class.
            type: str
            required: true
            choices: [STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
      noncurrent_version_expiration:
        description: When old versions go.
        type: dict
        suboptions:
          noncurrent_days:
            description: That many days after a newer version came.
            type: int
            required: true
          newer_noncurrent_versions:
            description: How many old versions stay nevertheless.
            type: int
      noncurrent_version_transitions:
        description: When old versions move to a cheaper storage class.
        type: list
        elements: dict
        suboptions:
          noncurrent_days:
            description: That many days after a newer version came.
            type: int
            required: true
          storage_class:
            description: The class.
            type: str
            required: true
            choices: [STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
          newer_noncurrent_versions:
            description: How many old versions do not move.
            type: int
      abort_incomplete_multipart_upload:
        description: When parts of uploads go that nobody finished. They cost as objects do, and no list shows them.
        type: dict
        suboptions:
          days_after_initiation:
            description: That many days after the upload began.
            type: int
            required: true
  transition_default_minimum_object_size:
    description: Which small objects do not move. AWS takes V(all_storage_classes_128K) when it is left out.
    type: str
    choices: [varies_by_storage_class, all_storage_classes_128K]
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Logs for a year
  slipway.aws.s3_bucket_lifecycle:
    name: shop-dev-logs
    rules:
      - id: logs
        transitions:
          - days: 30
            storage_class: STANDARD_IA
          - days: 90
            storage_class: GLACIER_IR
        expiration:
          days: 365
        abort_incomplete_multipart_upload:
          days_after_initiation: 7

- name: Old versions of the frontend, three of them for a month
  slipway.aws.s3_bucket_lifecycle:
    name: shop-dev-frontend
    rules:
      - id: versions
        noncurrent_version_expiration:
          noncurrent_days: 30
          newer_noncurrent_versions: 3

- name: No rules any more
  slipway.aws.s3_bucket_lifecycle:
    name: shop-dev-logs
    state: absent
"""

RETURN = r"""
lifecycle:
  description: The lifecycle; empty when it is absent.
  returned: always
  type: dict
  contains:
    rules:
      description: All rules.
      type: list
      elements: dict
    transition_default_minimum_object_size:
      description: Which small objects do not move.
      type: str
"""

import re
from datetime import date, datetime
from itertools import pairwise

from ansible_collections.slipway.aws.plugins.module_utils import shapes
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form, to_form

_CLASSES = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
_AFTER_A_MONTH = ("STANDARD_IA", "ONEZONE_IA")
_FILTER = {
    "prefix": "Prefix",
    "tags": "Tags",
    "object_size_greater_than": "ObjectSizeGreaterThan",
    "object_size_less_than": "ObjectSizeLessThan",
}
_ACTIONS = ("expiration", "transitions", "noncurrent_version_expiration", "noncurrent_version_transitions")
_ACTIONS += ("abort_incomplete_multipart_upload",)


class Lifecycle(Resource):
    """All lifecycle rules of a bucket: one document."""

    service = "s3"
    noun = "lifecycle"
    missing = ("NoSuchLifecycleConfiguration", "NoSuchBucket")
    unordered = ("Rules", "Transitions", "NoncurrentVersionTransitions")
    whole = ("Rules",)
    verbatim = ("Tags",)

    def validate(self):
        rules = self.params["rules"] or []
        faults = [fault for rule in rules for fault in _rule_faults(rule)]
        names = [rule["id"] for rule in rules]
        faults += [f"rule {name} stands there twice." for name in sorted({name for name in names if names.count(name) > 1})]
        if self.params["state"] == "present" and not rules:
            faults.append("rules: a lifecycle has at least one rule; to have none, use state=absent.")
        return faults

    def find(self):
        found = self.read("get_bucket_lifecycle_configuration", Bucket=self.name)
        if not found:
            return None
        size = found.get("TransitionDefaultMinimumObjectSize", "all_storage_classes_128K")
        return {"Rules": [_known(rule) for rule in found["Rules"]], "TransitionDefaultMinimumObjectSize": size}

    def want(self, have):
        size = self.params["transition_default_minimum_object_size"]
        return {"Rules": [self._rule(rule) for rule in self.params["rules"]], "TransitionDefaultMinimumObjectSize": size}

    def _rule(self, rule):
        shape = self.client.meta.service_model.shape_for("LifecycleRule")
        filters = {name: rule[option] for option, name in _FILTER.items() if rule[option] is not None}
        if "Tags" in filters:
            filters["Tags"] = {str(key): str(value) for key, value in filters["Tags"].items()}
        told = shapes.to_api(shape, {"id": rule["id"], "status": rule["status"], **{name: rule[name] for name in _ACTIONS}})
        return _plain({**told, "Filter": {"Prefix": "", **filters}})

    def create(self, want):
        rules = [{**rule, "Filter": _filter(rule["Filter"])} for rule in want["Rules"]]
        size = want.get("TransitionDefaultMinimumObjectSize")
        more = {"TransitionDefaultMinimumObjectSize": size} if size else {}
        document = {"Rules": [_dated(rule) for rule in rules]}
        self.write("put_bucket_lifecycle_configuration", Bucket=self.name, LifecycleConfiguration=document, **more)
        for _look in self.looks(60):  # S3 tells the old document for some seconds
            if not self._changes(self.find() or {}, want):
                return

    def update(self, have, changes):
        self.create({**have, **changes})

    def delete(self, have):
        self.write("delete_bucket_lifecycle", tolerate=self.missing, Bucket=self.name)


# One form for rules: a filter is a dictionary of all its parts, a date is a text


def _known(rule):
    filters = dict(rule.get("Filter") or {"Prefix": rule.get("Prefix", "")})
    both = filters.pop("And", {})
    tags = [*both.pop("Tags", []), *([filters.pop("Tag")] if "Tag" in filters else [])]
    found = {"Prefix": "", **both, **filters, **({"Tags": from_form(tags)} if tags else {})}
    return _plain({**{key: value for key, value in rule.items() if key != "Prefix"}, "Filter": found})


def _plain(value):
    """Return a rule with dates as text, and without what is empty."""
    if isinstance(value, dict):
        kept = {key: _plain(item) for key, item in value.items() if item is not None and item != []}
        return {key: item for key, item in kept.items() if item != {} or key == "Filter"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.strftime("%Y-%m-%d") if isinstance(value, (date, datetime)) else value


def _filter(parts):
    """Return a filter as AWS wants it: a single part stands alone, several stand under And."""
    tags = [{"Tag": tag} for tag in to_form(parts.get("Tags", {}), "Key")]
    single = [{key: value} for key, value in parts.items() if key != "Tags" and (key != "Prefix" or value)]
    if len(tags) + len(single) <= 1:
        return (tags + single or [{"Prefix": ""}])[0]
    both = {key: value for part in single for key, value in part.items()}
    return {"And": {**both, **({"Tags": [tag["Tag"] for tag in tags]} if tags else {})}}


def _dated(rule):
    def moment(action):
        return {**action, "Date": f"{action['Date']}T00:00:00Z"} if "Date" in action else action

    told = dict(rule)
    if "Expiration" in rule:
        told["Expiration"] = moment(rule["Expiration"])
    if "Transitions" in rule:
        told["Transitions"] = [moment(each) for each in rule["Transitions"]]
    return told


# What AWS refuses


def _rule_faults(rule):
    name, expiration, transitions = rule["id"], rule["expiration"] or {}, rule["transitions"] or []
    if not any(rule[action] for action in _ACTIONS):
        yield f"rule {name} does nothing: give one of {', '.join(_ACTIONS)}."
    if sum(value is not None for value in expiration.values()) > 1:
        yield f"rule {name}: expiration has days, date or expired_object_delete_marker, one of them."
    actions = [*transitions, *([expiration] if expiration else [])]
    for action in actions:
        if action.get("date") and not re.fullmatch(r"\d{4}-\d\d-\d\d", action["date"]):
            yield f"rule {name}: date {action['date']} has to be written as 2030-12-31."
    if any(action.get("date") for action in actions) and any(action.get("days") is not None for action in actions):
        yield f"rule {name}: days and date cannot be mixed."
    for each in transitions:
        if (each["days"] is None) == (each["date"] is None):
            yield f"rule {name}: the transition to {each['storage_class']} needs either days or date."
    yield from _tag_faults(rule, expiration)
    yield from _order_faults(name, "days", transitions, expiration.get("days"))
    gone = (rule["noncurrent_version_expiration"] or {}).get("noncurrent_days")
    yield from _order_faults(name, "noncurrent_days", rule["noncurrent_version_transitions"] or [], gone)


def _tag_faults(rule, expiration):
    if rule["tags"] and rule["abort_incomplete_multipart_upload"]:
        yield f"rule {rule['id']}: unfinished uploads have no tags; put abort_incomplete_multipart_upload into a rule without tags."
    if rule["tags"] and expiration.get("expired_object_delete_marker") is not None:
        yield f"rule {rule['id']}: marks of deletion have no tags; put expired_object_delete_marker into a rule without tags."


def _order_faults(name, key, transitions, gone):
    days = {each["storage_class"]: each[key] for each in transitions if each[key] is not None}
    if len(days) < len([each for each in transitions if each[key] is not None]):
        yield f"rule {name}: each storage class can be moved to once."
    for kind, after in days.items():
        if kind in _AFTER_A_MONTH and after < 30:
            yield f"rule {name}: {kind} takes objects after 30 days at the earliest, not after {after}."
    ordered = sorted(days, key=_CLASSES.index)
    for first, second in pairwise(ordered):
        gap = 30 if first in _AFTER_A_MONTH else 1
        if days[second] < days[first] + gap:
            yield f"rule {name}: {second} after {days[second]} days has to come at least {gap} days after {first} ({days[first]})."
    if gone is not None and days and gone <= max(days.values()):
        yield f"rule {name}: objects go after {gone} days, before or when they move after {max(days.values())}."


def main():
    Lifecycle.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
