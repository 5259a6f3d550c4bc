#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dynamodb_table_settings
version_added: 0.1.0
short_description: Manage protection, encryption, stream and expiry of a DynamoDB table
description:
  - Sets point-in-time recovery, encryption, stream, deletion protection and time to live of an Amazon DynamoDB table that exists.
  - DynamoDB makes one change at a time, so the changes go one after the other, and the table is awaited in between.
  - What is left out is left as it is. O(state=absent) sets everything as AWS delivers it, and leaves the table itself alone.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.dynamodb_table
    description: Makes the table with its keys, indexes and throughput. It knows none of these settings.
options:
  name:
    description: Name of the table.
    type: str
    required: true
  point_in_time_recovery:
    description: Whether the table can be restored to any second of the last O(recovery_period_in_days).
    type: bool
  recovery_period_in_days:
    description: How many days back, 1 to 35. AWS takes 35 when it is left out.
    type: int
  kms_master_key_id:
    description:
      - Id, ARN or alias of the KMS key that encrypts the table. V(alias/aws/dynamodb) is the one that AWS keeps in the account.
      - V("") encrypts with a key of DynamoDB's own, which costs nothing and shows nowhere.
      - AWS allows four changes of the key in 24 hours.
    type: str
  stream_view_type:
    description:
      - What the stream shows of a changed item, V(NONE) for no stream.
      - Another view needs another stream, with another ARN. Whatever reads the old one has to be pointed to it.
    type: str
    choices: [NONE, KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES]
  deletion_protection:
    description: Whether AWS refuses to delete the table.
    type: bool
  time_to_live_attribute_name:
    description:
      - Attribute that says when an item expires, in seconds since 1970. V("") lets no item expire.
      - AWS takes one change in an hour. Another attribute takes two, so set O(wait_timeout) above an hour for it.
    type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A table that nobody loses
  slipway.aws.dynamodb_table_settings:
    name: shop-production-orders
    point_in_time_recovery: true
    deletion_protection: true

- name: Sessions that expire, two weeks of past, a key of our own, and a stream
  slipway.aws.dynamodb_table_settings:
    name: shop-production-sessions
    point_in_time_recovery: true
    recovery_period_in_days: 14
    kms_master_key_id: alias/shop-production
    stream_view_type: NEW_AND_OLD_IMAGES
    time_to_live_attribute_name: expires_at

- name: The settings that AWS delivers
  slipway.aws.dynamodb_table_settings:
    name: shop-dev-sessions
    state: absent
"""

RETURN = r"""
table:
  description: The table with its settings; empty when they are those that AWS delivers and were asked to be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the table.
      type: str
    kms_master_key_id:
      description: ARN of the key, empty for DynamoDB's own.
      type: str
    latest_stream_arn:
      description: ARN of the stream.
      type: str
    earliest_restorable_date_time:
      description: The first moment to which the table can be restored.
      type: str
    latest_restorable_date_time:
      description: The last moment to which the table can be restored, about five minutes ago.
      type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils import dynamodb
from ansible_collections.slipway.aws.plugins.module_utils.kms_keys import Keys
from ansible_collections.slipway.aws.plugins.module_utils.settings import Settings

_BUSY = {"ResourceInUseException": "being", "LimitExceededException": "simultaneously"}  # somebody else changes tables as well
_TWICE = "fixed interval"


class Table(Settings):
    """Settings of a table. AWS changes one of them at a time."""

    service = "dynamodb"
    noun = "table"
    missing = ("ResourceNotFoundException", "TableNotFoundException")
    maker = "community.aws.dynamodb_table"
    pauses = (2, 3, 5, 10, 20, 30)
    delivered = {
        "PointInTimeRecoveryEnabled": False,
        "KMSMasterKeyId": "",
        "StreamViewType": dynamodb.OFF,
        "DeletionProtectionEnabled": False,
        "TimeToLiveAttributeName": "",
    }

    def validate(self):
        days, on = self.params["recovery_period_in_days"], self.params["point_in_time_recovery"]
        faults = dynamodb.name_faults("name", self.name)
        if days is not None and not on:
            faults.append("recovery_period_in_days belongs to point_in_time_recovery=true.")
        if days is not None and not 1 <= days <= 35:
            faults.append(f"recovery_period_in_days {days}: DynamoDB keeps the past for 1 to 35 days.")
        if len(self.params["time_to_live_attribute_name"] or "") > 255:
            faults.append("time_to_live_attribute_name has 255 characters at most.")
        return faults

    def look(self):
        return dynamodb.settings(self, self.name)

    def want(self, have):
        return {
            "PointInTimeRecoveryEnabled": self.params["point_in_time_recovery"],
            "RecoveryPeriodInDays": self.params["recovery_period_in_days"],
            "KMSMasterKeyId": self._key(),
            "StreamViewType": self.params["stream_view_type"],
            "DeletionProtectionEnabled": self.params["deletion_protection"],
            "TimeToLiveAttributeName": self.params["time_to_live_attribute_name"],
        }

    def _key(self):
        if not hasattr(self, "key"):
            self.key = Keys(self.module).arn(self.params["kms_master_key_id"])
        return self.key

    def ready(self, have):
        dynamodb.hopeless(self, have)
        encryption = (have.get("SSEDescription") or {}).get("Status", "ENABLED")
        return have["status"] == "ACTIVE" and encryption in ("ENABLED", "DISABLED")

    # Changing

    def update(self, have, changes):
        if not self.ready(have):
            have = self.at_rest()
        if "DeletionProtectionEnabled" in changes:
            self._table(DeletionProtectionEnabled=changes["DeletionProtectionEnabled"])
        if "KMSMasterKeyId" in changes:
            self._table(SSESpecification=self._encryption(changes["KMSMasterKeyId"]))
        if "StreamViewType" in changes:
            self._stream(have["StreamViewType"], changes["StreamViewType"])
        if changes.keys() & {"PointInTimeRecoveryEnabled", "RecoveryPeriodInDays"}:
            self._recovery(changes.get("PointInTimeRecoveryEnabled", True))
        if "TimeToLiveAttributeName" in changes:
            self._expire(have["TimeToLiveAttributeName"], changes["TimeToLiveAttributeName"])

    def _table(self, **change):
        self.write("update_table", patience=_BUSY, TableName=self.name, **change)
        self.at_rest()

    def _encryption(self, key):
        if not key:
            return {"Enabled": False}
        default = self.params["kms_master_key_id"] == dynamodb.DEFAULT_KEY
        return {"Enabled": True, "SSEType": "KMS", **({} if default else {"KMSMasterKeyId": key})}

    def _stream(self, present, wanted):
        """Switch the stream; DynamoDB cannot change one, so that another view is another stream."""
        if present != dynamodb.OFF:
            self._table(StreamSpecification={"StreamEnabled": False})
        if wanted != dynamodb.OFF:
            self._table(StreamSpecification={"StreamEnabled": True, "StreamViewType": wanted})

    def _recovery(self, enabled):
        days = self.params["recovery_period_in_days"] if enabled else None
        wanted = {"PointInTimeRecoveryEnabled": enabled, **({"RecoveryPeriodInDays": days} if days else {})}
        soon = {"ContinuousBackupsUnavailableException": "retry"}  # for some seconds after the table is made
        self.write("update_continuous_backups", patience=soon, TableName=self.name, PointInTimeRecoverySpecification=wanted)

    def _expire(self, present, wanted):
        for enabled, attribute in ((False, present), (True, wanted)):
            if attribute:
                self._switch({"Enabled": enabled, "AttributeName": attribute})

    def _switch(self, wanted):
        """Switch time to live, as soon as AWS takes a change again."""
        told = {"TableName": self.name, "TimeToLiveSpecification": wanted}
        for _look in self.looks(self._patience()):
            if self._taken(told):
                return
        self.fail(
            f"table {self.name}: AWS takes one change of time to live in an hour, and"
            f" {'enabling' if wanted['Enabled'] else 'disabling'} it for {wanted['AttributeName']} has to wait."
            " Run the same command again then, or set wait_timeout above 3600."
        )

    def _taken(self, told):
        self.early = False
        self.write("update_time_to_live", **told)
        return not self.early

    def _refused(self, operation, error, code):
        """Remember that a change of time to live came too early; AWS says so by a code that stands for every wrong request."""
        if operation == "update_time_to_live" and _TWICE in error.response["Error"].get("Message", ""):
            self.early = True
            return None
        return super()._refused(operation, error, code)


def main():
    Table.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
