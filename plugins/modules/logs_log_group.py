#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: logs_log_group
version_added: 0.1.0
short_description: Manage log groups of CloudWatch Logs
description:
  - Creates, changes and removes log groups with retention, encryption, protection and tags. Logs are never lost by a change.
  - A log group that exists already, perhaps because a service has made it, is taken over as it is.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.cloudwatchlogs_log_group
    description: >-
      Takes a KMS key at creation only; for a log group that exists it reports no change and leaves it without the key. Its option
      overwrite deletes the group with all its logs.
options:
  name:
    description: Name of the log group, for example V(/ecs/shop-dev/web).
    type: str
    required: true
  retention_in_days:
    description:
      - After how many days CloudWatch deletes what was logged. V(0) keeps it for ever, which is AWS's default.
      - AWS takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 and 3653.
    type: int
  log_group_class:
    description:
      - What can be done with the logs, and what they cost. It cannot be changed later; V(STANDARD) if left out.
      - In V(DELIVERY) CloudWatch keeps logs for one day and O(retention_in_days) has no place.
    type: str
    choices: [STANDARD, INFREQUENT_ACCESS, DELIVERY, ESSENTIALS]
  kms_key_id:
    description:
      - ARN of the KMS key that encrypts what is logged from now on; an alias is not accepted. V("") ends that.
      - The policy of the key has to allow C(logs.<region>.amazonaws.com). What was logged before stays under the key it was logged
        with, which therefore has to be kept.
    type: str
  deletion_protection_enabled:
    description: Whether AWS refuses to delete the group, until this is V(false) again.
    type: bool
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Logs for a month
  slipway.aws.logs_log_group:
    name: /ecs/shop-dev/web
    retention_in_days: 30

- name: Logs for a year, under a key of our own, that nobody deletes by accident
  slipway.aws.logs_log_group:
    name: /ecs/shop-production/web
    retention_in_days: 365
    kms_key_id: arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    deletion_protection_enabled: true
    tags:
      Project: Shop

- name: No logs any more
  slipway.aws.logs_log_group:
    name: /ecs/shop-dev/web
    state: absent
"""

RETURN = r"""
log_group:
  description: The log group; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the group, as policies and tags want it, without C(:*) at its end.
      type: str
      sample: arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/shop-dev/web
    retention_in_days:
      description: After how many days logs are deleted; 0 means never.
      type: int
      sample: 30
    kms_key_id:
      description: ARN of its key; empty without one.
      type: str
    stored_bytes:
      description: How much is stored.
      type: int
    tags:
      description: Its tags.
      type: dict
"""

import re

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

# CloudWatch Logs API reference, PutRetentionPolicy.
_DAYS = (0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
# What AWS leaves out when it is not set.
_NOTHING = {"retentionInDays": 0, "kmsKeyId": "", "logGroupClass": "STANDARD", "deletionProtectionEnabled": False}


class LogGroup(Resource):
    """A log group. Retention, key and protection have operations of their own."""

    service = "logs"
    noun = "log group"
    missing = ("ResourceNotFoundException",)
    immutable = ("logGroupClass",)
    outputs = ("arn",)

    def validate(self):
        faults, days, key = [], self.params["retention_in_days"], self.params["kms_key_id"]
        if not re.fullmatch(r"[.\-_/#A-Za-z0-9]{1,512}", self.name) or self.name.startswith("aws/"):
            faults.append(f"name {self.name!r} has letters, digits and ._-/# only, 512 at most, and does not begin with aws/.")
        if days is not None and days not in _DAYS:
            near = min(_DAYS[1:], key=lambda known: abs(known - days))
            faults.append(f"retention_in_days {days} is unknown to AWS, the nearest it takes is {near}; 0 keeps logs for ever.")
        if days is not None and self.params["log_group_class"] == "DELIVERY":
            faults.append("retention_in_days cannot be set with log_group_class DELIVERY, which keeps logs for one day.")
        if key and (":alias/" in key or not key.startswith("arn:")) and "(known after apply)" not in key:
            faults.append(
                f"kms_key_id {key} has to be the ARN of a key, arn:aws:kms:<region>:<account>:key/<id>, no id and no alias."
            )
        return faults

    def find(self):
        # Groups come in the order of their names, so the one whose name is the prefix itself comes first.
        found = self.read("describe_log_groups", logGroupNamePrefix=self.name, limit=1)["logGroups"]
        if not found or found[0]["logGroupName"] != self.name:
            return None
        arn = found[0]["arn"].removesuffix(":*")
        tags = (self.read("list_tags_for_resource", resourceArn=arn) or {}).get("tags", {})
        return {**_NOTHING, **found[0], "arn": arn, "Tags": from_form(tags)}

    def want(self, have):
        return self.request("CreateLogGroup", logGroupName=self.name, retentionInDays=self.params["retention_in_days"])

    def create(self, want):
        days = want.pop("retentionInDays", 0)
        # The policy of a key takes up to a minute to be known everywhere.
        given = {key: value for key, value in want.items() if value != ""}
        self.write("create_log_group", patience={"InvalidParameterException": "KMS key"}, **given)
        if days:
            self.write("put_retention_policy", logGroupName=self.name, retentionInDays=days)

    def update(self, have, changes):
        if "deletionProtectionEnabled" in changes:
            protected = changes["deletionProtectionEnabled"]
            self.write("put_log_group_deletion_protection", logGroupIdentifier=self.name, deletionProtectionEnabled=protected)
        if "retentionInDays" in changes:
            self._retain(changes["retentionInDays"])
        if changes.get("kmsKeyId"):
            patience = {"InvalidParameterException": "KMS key"}
            self.write("associate_kms_key", patience=patience, logGroupName=self.name, kmsKeyId=changes["kmsKeyId"])
        elif "kmsKeyId" in changes:
            self.write("disassociate_kms_key", logGroupName=self.name)

    def _retain(self, days):
        if days:
            self.write("put_retention_policy", logGroupName=self.name, retentionInDays=days)
        else:
            self.write("delete_retention_policy", logGroupName=self.name)

    def _absent(self, before):
        if before is not None and before["deletionProtectionEnabled"]:
            self.fail(
                f"log group {self.name} is protected against deletion. Run it once with deletion_protection_enabled=false and"
                " state=present, then remove it."
            )
        return super()._absent(before)

    def delete(self, have):
        self.write("delete_log_group", tolerate=self.missing, logGroupName=self.name)


def main():
    LogGroup.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
