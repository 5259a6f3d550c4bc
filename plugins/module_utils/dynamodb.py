# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How DynamoDB tells the settings of a table: four operations, each with an own way to say that something is off."""

from __future__ import annotations

import re

OFF = "NONE"  # no stream
DEFAULT_KEY = "alias/aws/dynamodb"
NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")


def settings(caller, name):
    """Return a table with its settings, or None when there is no such table."""
    found = caller.read("describe_table", TableName=name)
    if found is None:
        return None
    table = found["Table"]
    backups = caller.read("describe_continuous_backups", TableName=name) or {"ContinuousBackupsDescription": {}}
    expiry = caller.read("describe_time_to_live", TableName=name) or {"TimeToLiveDescription": {}}
    return {
        **table,
        "arn": table["TableArn"],
        "status": table["TableStatus"],
        "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "KMSMasterKeyId": key_of(table.get("SSEDescription") or {}),
        "StreamViewType": stream_of(table.get("StreamSpecification") or {}),
        "TimeToLiveAttributeName": expiring(expiry["TimeToLiveDescription"]),
        **recovery(backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription") or {}),
    }


def key_of(told):
    """Return the ARN of the key that encrypts a table, empty when it is DynamoDB's own."""
    on = told.get("SSEType") == "KMS" and told.get("Status") in ("ENABLING", "ENABLED", "UPDATING")
    return told.get("KMSMasterKeyArn", "") if on else ""


def stream_of(told):
    """Return what the stream of a table shows."""
    return told["StreamViewType"] if told.get("StreamEnabled") else OFF


def expiring(told):
    """Return the attribute with the time to live, empty when items do not expire."""
    return told.get("AttributeName", "") if told.get("TimeToLiveStatus") in ("ENABLING", "ENABLED") else ""


def recovery(told):
    """Return whether, and over which time, a table can be taken back."""
    span = {key: told[key] for key in ("EarliestRestorableDateTime", "LatestRestorableDateTime") if key in told}
    on = told.get("PointInTimeRecoveryStatus") == "ENABLED"
    return {"PointInTimeRecoveryEnabled": on, "RecoveryPeriodInDays": told.get("RecoveryPeriodInDays", 35) if on else None, **span}


def name_faults(option, name):
    """Return a sentence about a name that no table can have."""
    if name is None or NAME.fullmatch(name):
        return []
    return [f"{option} {name}: tables have names of 3 to 255 letters, digits, and _ . -"]


def hopeless(caller, table):
    """Fail for a table that does not come to rest by itself."""
    if table["status"] in ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVING", "ARCHIVED"):
        caller.fail(
            f"table {caller.name} is {table['status']}: its KMS key is disabled, gone or not for DynamoDB."
            " Enable the key and let DynamoDB use it; after seven days AWS archives the table into a backup."
        )
