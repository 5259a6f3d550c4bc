#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dynamodb_table_restore
version_added: 0.1.0
short_description: Restore a DynamoDB table
description:
  - Restores an Amazon DynamoDB table, from a backup or as it was at a moment, into a new table, and waits until it can be used.
  - A table that has been restored from the same source already is left as it is, so the task can be run again.
  - AWS restores items, keys, indexes, throughput and encryption. It restores neither tags, stream, time to live, point-in-time
    recovery nor deletion protection; RV(not_restored) says what the source has of these.
  - AWS restores neither auto scaling nor alarms nor the policy of the table, and says nothing about them.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: slipway.aws.dynamodb_table_settings
    description: Takes RV(not_restored) to set again what AWS does not restore.
options:
  name:
    description: Name of the new table.
    type: str
    required: true
  backup_arn:
    description: ARN of the backup to restore.
    type: str
  source_table:
    description: Name of the table to take back, or its ARN when it is in another region.
    type: str
  restore_date_time:
    description:
      - The moment, such as V(2030-12-31T23:59:00Z). Without a zone it is in UTC.
      - Left out, it is the latest that AWS can restore, about five minutes ago.
    type: str
  billing_mode_override:
    description: How the new table is paid for, if not like the source.
    type: str
    choices: [PROVISIONED, PAY_PER_REQUEST]
  provisioned_throughput_override:
    description: Throughput of the new table, if not like the source.
    type: dict
    suboptions:
      read_capacity_units:
        description: Reads per second.
        type: int
        required: true
      write_capacity_units:
        description: Writes per second.
        type: int
        required: true
  on_demand_throughput_override:
    description: Limits of a table that is paid by request.
    type: dict
    suboptions:
      max_read_request_units:
        description: Reads per second at most.
        type: int
      max_write_request_units:
        description: Writes per second at most.
        type: int
  global_secondary_index_override:
    description: Those global indexes of the source that the new table shall have, as AWS describes them. V([]) leaves out all.
    type: list
    elements: dict
  local_secondary_index_override:
    description: Those local indexes of the source that the new table shall have, as AWS describes them. V([]) leaves out all.
    type: list
    elements: dict
  kms_master_key_id:
    description:
      - Id, ARN or alias of the KMS key that encrypts the new table, if not like the source.
      - V("") encrypts with a key of DynamoDB's own.
    type: str
  tags:
    description:
      - Tags for the new table, set once it can be used, as AWS cannot restore with tags. None is ever removed.
      - With O(wait=false) a later run of the same task sets them.
    type: dict
    aliases: [resource_tags]
attributes:
  check_mode:
    description: Tells whether the table would be restored, after looking whether it can be.
    support: full
  diff_mode:
    description: The table is new, so there is nothing to compare it with.
    support: none
  idempotent:
    description: A table that has been restored from the same source is not restored again.
    support: full
extends_documentation_fragment:
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The orders as they were before the accident
  slipway.aws.dynamodb_table_restore:
    name: shop-production-orders-restored
    source_table: shop-production-orders
    restore_date_time: "2030-12-31T23:59:00Z"
    wait_timeout: 7200
    tags:
      Project: Shop
  register: restored

- name: What AWS does not restore
  slipway.aws.dynamodb_table_settings: "{{ {'name': restored.table.table_name} | combine(restored.not_restored) }}"

- name: A backup, to be paid by request
  slipway.aws.dynamodb_table_restore:
    name: shop-dev-orders
    backup_arn: arn:aws:dynamodb:eu-west-1:123456789012:table/shop-production-orders/backup/01489602797149-73d8d5bc
    billing_mode_override: PAY_PER_REQUEST
"""

RETURN = r"""
table:
  description: The new table; empty in check mode when it would be restored.
  returned: always
  type: dict
  contains:
    table_name:
      description: Its name.
      type: str
    table_arn:
      description: Its ARN.
      type: str
    table_status:
      description: Its status.
      type: str
      sample: ACTIVE
    restore_summary:
      description: Where it comes from, and the moment it shows.
      type: dict
not_restored:
  description:
    - What the source has and the new table has not, by the options of M(slipway.aws.dynamodb_table_settings).
    - A backup does not tell about point-in-time recovery and deletion protection.
  returned: always
  type: dict
  sample: {point_in_time_recovery: true, recovery_period_in_days: 35, stream_view_type: NEW_IMAGE}
tags_of_source:
  description: The tags of the source, when it still exists in this region.
  returned: always
  type: dict
"""

from datetime import datetime, timezone

from ansible_collections.slipway.aws.plugins.module_utils import dynamodb, tags
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.shapes import from_api

_SETTINGS = {
    "PointInTimeRecoveryEnabled": "point_in_time_recovery",
    "RecoveryPeriodInDays": "recovery_period_in_days",
    "StreamViewType": "stream_view_type",
    "DeletionProtectionEnabled": "deletion_protection",
    "TimeToLiveAttributeName": "time_to_live_attribute_name",
}
_OFF = (None, False, "", dynamodb.OFF)


class Restore(Caller):
    """A new table from what is kept of another."""

    service = "dynamodb"
    noun = "table"
    missing = ("ResourceNotFoundException", "TableNotFoundException", "BackupNotFoundException")
    pauses = (5, 10, 15, 30)

    def run(self):
        faults = self.validate()
        if faults:
            self.fail(" ".join(faults))
        present = dynamodb.settings(self, self.name)
        if present:
            self._insist_on_source(present)
        source = self._source(needed=not present)
        missing = not present
        if missing and not self.check:
            self._restore()
            present = self._look()
        if present and self.params["wait"] and not (self.check and missing):
            present = self._settled(present)
        tagged = self._tag(present) if present and present["status"] == "ACTIVE" else False
        self.module.exit_json(
            changed=missing or tagged,
            table=from_api(present or {}),
            not_restored=_not_restored(source, present),
            tags_of_source=source.get("Tags", {}),
        )

    def validate(self):
        """Return sentences about options that contradict each other or AWS's rules."""
        p, faults = self.params, dynamodb.name_faults("name", self.name)
        if p["restore_date_time"] and _moment(p["restore_date_time"]) is None:
            faults.append(f"restore_date_time {p['restore_date_time']} has to be written as 2030-12-31T23:59:00Z.")
        if p["restore_date_time"] and p["backup_arn"]:
            faults.append("restore_date_time belongs to source_table; a backup has one moment only, its own.")
        if p["backup_arn"] and "/backup/" not in p["backup_arn"]:
            faults.append(f"backup_arn {p['backup_arn']} is not the ARN of a backup, which ends in /backup/ and its number.")
        if p["billing_mode_override"] == "PAY_PER_REQUEST" and p["provisioned_throughput_override"]:
            faults.append("provisioned_throughput_override belongs to billing_mode_override PROVISIONED, not to PAY_PER_REQUEST.")
        if p["source_table"] == self.name:
            faults.append(f"A table cannot be restored over itself: give another name than {self.name}.")
        return faults

    # Looking

    def _look(self):
        return dynamodb.settings(self, self.name)

    def _insist_on_source(self, present):
        """Fail for a table that comes from elsewhere: nobody shall take it for the restored one."""
        told = present.get("RestoreSummary") or {}
        wanted = self.params["backup_arn"] or self.params["source_table"]
        found = told.get("SourceBackupArn" if self.params["backup_arn"] else "SourceTableArn", "")
        if found != wanted and found.rsplit("/", 1)[-1] != wanted:
            origin = told.get("SourceBackupArn") or told.get("SourceTableArn")
            self.fail(
                f"table {self.name} exists already and"
                f" {f'was restored from {origin}' if origin else 'was never restored'}, not from {wanted}."
                " Restore under another name, or remove the table first."
            )

    def _source(self, needed):
        """Return what is known of the source, after looking whether it can be restored."""
        known = self._backed_up(needed) if self.params["backup_arn"] else self._past(needed)
        return {} if known is None else {**known, **self._tags_of(known.get("TableArn"))}

    def _backed_up(self, needed):
        found = self.read("describe_backup", BackupArn=self.params["backup_arn"])
        if found is None:
            if needed:
                self.fail(
                    f"table {self.name}: there is no backup {self.params['backup_arn']}. List them with aws dynamodb list-backups."
                )
            return None
        told = found["BackupDescription"]
        features, table = told.get("SourceTableFeatureDetails", {}), told["SourceTableDetails"]
        return {
            "TableArn": table.get("TableArn"),
            "StreamViewType": dynamodb.stream_of(features.get("StreamDescription") or {}),
            "TimeToLiveAttributeName": dynamodb.expiring(features.get("TimeToLiveDescription") or {}),
        }

    def _past(self, needed):
        name = self.params["source_table"]
        if name.startswith("arn:") and f":{self.client.meta.region_name}:" not in name:
            return None  # only its own region tells about it
        known = dynamodb.settings(self, name)
        if needed and known is None:
            self.fail(f"table {self.name}: the source {name} does not exist. Once a table is gone, only a backup can be restored.")
        if needed and not known["PointInTimeRecoveryEnabled"]:
            self.fail(
                f"table {self.name}: point-in-time recovery of {name} is off, so AWS keeps nothing of its past."
                " Restore a backup with backup_arn, and switch it on with dynamodb_table_settings for the next time."
            )
        if needed:
            self._insist_on_moment(known)
        return known

    def _insist_on_moment(self, source):
        moment = _moment(self.params["restore_date_time"])
        first, last = source.get("EarliestRestorableDateTime"), source.get("LatestRestorableDateTime")
        if moment and first and last and not first <= moment <= last:
            self.fail(
                f"table {self.name}: {self.params['source_table']} can be restored to moments from {first.isoformat()}"
                f" to {last.isoformat()}, not to {moment.isoformat()}."
            )

    def _tags_of(self, arn):
        rows = self.pages("list_tags_of_resource", "Tags", tolerate=("AccessDeniedException",), ResourceArn=arn) if arn else []
        return {"Tags": tags.from_form(rows)}

    # Restoring

    def _restore(self):
        request = self.request("RestoreTableFromBackup", TargetTableName=self.name)
        key = self.params["kms_master_key_id"]
        if key is not None:
            request["SSESpecificationOverride"] = _encryption(key)
        patience = {"LimitExceededException": "simultaneously", "BackupInUseException": ""}
        if self.params["backup_arn"]:
            self.write("restore_table_from_backup", patience=patience, **request)
            return
        wanted, moment = self.params["source_table"], _moment(self.params["restore_date_time"])
        source = {"SourceTableArn" if wanted.startswith("arn:") else "SourceTableName": wanted}
        when = {"RestoreDateTime": moment} if moment else {"UseLatestRestorableTime": True}
        self.write("restore_table_to_point_in_time", patience=patience, **request, **source, **when)

    def _settled(self, table):
        for _look in self.looks(self.params["wait_timeout"]):
            table = self._look()
            if table and table["status"] == "ACTIVE":
                return table
            if table:
                dynamodb.hopeless(self, table)
        status = table["status"] if table else "missing"
        return self.fail(
            f"table {self.name} is not restored after {self.params['wait_timeout']} seconds (status {status}). AWS goes on by"
            " itself: run the same command again to wait on, or raise wait_timeout; large tables take hours.",
            table=from_api(table or {}),
        )

    def _tag(self, table):
        """Set the tags that the new table lacks; tell whether any were lacking."""
        wanted = {str(key): str(value) for key, value in (self.params["tags"] or {}).items()}
        if not wanted:
            return False
        present = self._tags_of(table["arn"])["Tags"]
        add = {key: value for key, value in wanted.items() if present.get(key) != value}
        if add and not self.check:
            for operation, parameters in tags.changes_of_tags(self.service, table["arn"], add, ()):
                self.write(operation, patience={"ResourceInUseException": "", "ResourceNotFoundException": ""}, **parameters)
        return bool(add)


def _encryption(key):
    if not key:
        return {"Enabled": False}
    return {"Enabled": True, "SSEType": "KMS", **({} if key == dynamodb.DEFAULT_KEY else {"KMSMasterKeyId": key})}


def _moment(text):
    """Return the moment that a text names, None when it names none."""
    try:
        found = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _not_restored(source, table):
    """Return those settings of the source that the new table has not, by the options that set them."""
    lacking = {key: source.get(key) for key in _SETTINGS if source.get(key) not in _OFF and (table or {}).get(key) != source[key]}
    return {_SETTINGS[key]: value for key, value in lacking.items()}


def main():
    Restore.main(
        DOCUMENTATION,
        required_one_of=[("backup_arn", "source_table")],
        mutually_exclusive=[("backup_arn", "source_table")],
    )


if __name__ == "__main__":
    main()
