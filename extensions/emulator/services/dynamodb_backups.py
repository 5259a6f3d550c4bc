# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DynamoDB backups and the past of tables: what a table held at a moment comes back, with nothing that AWS does not restore.

moto restores the present whatever moment is asked for, at once, and loses how the table is paid for and encrypted.
"""

from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import RestoredPITTable, RestoredTable, Table

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation
from . import dynamodb

RESTORE, BACKUP, NEW = 300, 5, 20  # account seconds
BEHIND = 300  # the latest moment that can be restored lies so far back
_OVERRIDES = ("GlobalSecondaryIndexOverride", "LocalSecondaryIndexOverride")


# The past: what a table held, written down whenever it changes


def _remember(table):
    past = dynamodb.notes(table).get("past")
    if past is not None:
        past.append((CLOCK.seconds(), copy.deepcopy(table.items)))


def _remembering(write):
    def changed(self, *given, **named):
        answer = write(self, *given, **named)
        _remember(self if isinstance(self, Table) else self.get_table(named.get("table_name") or given[0]))
        return answer

    return changed


Table.put_item = _remembering(Table.put_item)
Table.delete_item = _remembering(Table.delete_item)
DynamoDBBackend.update_item = _remembering(DynamoDBBackend.update_item)


def _span(table):
    """Return the first and the last second of the account's time to which a table can be taken back."""
    known = dynamodb.notes(table)
    first = max(known["since"], CLOCK.seconds() - known["days"] * 24 * 3600)
    return first, max(first, CLOCK.seconds() - BEHIND)


def _date(seconds):
    return CLOCK.origin + timedelta(seconds=seconds)


def _described(table):
    known = dynamodb.notes(table)
    told = {"PointInTimeRecoveryStatus": "DISABLED"}
    if known.get("past") is not None:
        first, last = (_date(moment) for moment in _span(table))
        told = {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": known["days"]}
        told.update(EarliestRestorableDateTime=first, LatestRestorableDateTime=last)
    return {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": told}}


@operation("dynamodb", "DescribeContinuousBackups")
def describe_continuous(call):
    return _described(dynamodb.table_of(call, code="TableNotFoundException"))


@operation("dynamodb", "UpdateContinuousBackups")
def update_continuous(call):
    table = dynamodb.table_of(call, code="TableNotFoundException")
    wanted, known = call.params["PointInTimeRecoverySpecification"], dynamodb.notes(table)
    if CLOCK.seconds() < known["born"] + NEW:
        text = f"Backups are being enabled for the table: {table.name}. Please retry later"
        raise AwsError("ContinuousBackupsUnavailableException", text)
    days = wanted.get("RecoveryPeriodInDays")
    if not wanted["PointInTimeRecoveryEnabled"]:
        if days is not None:
            raise dynamodb.invalid("RecoveryPeriodInDays cannot be set when point in time recovery is disabled")
        known["past"] = None
        return _described(table)
    if not 1 <= (days or 35) <= 35:
        raise dynamodb.invalid("RecoveryPeriodInDays must be from 1 to 35")
    if known.get("past") is None:
        known.update(past=[], since=CLOCK.seconds(), days=days or 35)
        _remember(table)
    known["days"] = days or known["days"]
    return _described(table)


# Backups


@operation("dynamodb", "CreateBackup")
def create_backup(call):
    table = dynamodb.table_of(call, code="TableNotFoundException")
    if dynamodb.status(table) != "ACTIVE":
        raise AwsError("TableInUseException", f"Table is being changed: {table.name}")
    backup = dynamodb.backend(call).create_backup(table.name, call.params["BackupName"])
    backup.made, backup.moment = CLOCK.seconds(), CLOCK.now()
    return {"BackupDetails": _details(backup)}


def _details(backup):
    state = "CREATING" if CLOCK.seconds() < getattr(backup, "made", 0) + BACKUP else "AVAILABLE"
    return {**backup.details, "BackupStatus": state, "BackupCreationDateTime": getattr(backup, "moment", backup.creation_date_time)}


def _backup(call):
    arn = call.params["BackupArn"]
    found = dynamodb.backend(call).backups.get(arn)
    if found is None:
        raise AwsError("BackupNotFoundException", f"Backup not found: {arn}")
    return found


@operation("dynamodb", "DescribeBackup")
def describe_backup(call):
    backup = _backup(call)
    table, shape = backup.table, call.model.service_model.shape_for("SourceTableDetails")
    told = table.describe()["TableDescription"]
    source = {**told, "TableId": dynamodb.notes(table)["id"], "TableCreationDateTime": told["CreationDateTime"]}
    source["BillingMode"] = table.billing_mode or "PROVISIONED"
    source["ProvisionedThroughput"] = {key: table.throughput[key] for key in ("ReadCapacityUnits", "WriteCapacityUnits")}
    features = {"TimeToLiveDescription": dynamodb._now(table)}
    features |= {"SSEDescription": told["SSEDescription"]} if "SSEDescription" in told else {}
    features |= {"StreamDescription": told["StreamSpecification"]} if "StreamSpecification" in told else {}
    return {
        "BackupDescription": {
            "BackupDetails": _details(backup),
            "SourceTableDetails": {key: value for key, value in source.items() if key in shape.members},
            "SourceTableFeatureDetails": features,
        }
    }


@operation("dynamodb", "ListBackups")
def list_backups(call):
    """Answer with one page: the account is small."""
    call.params.take("Limit", "ExclusiveStartBackupArn", "BackupType", "TimeRangeLowerBound", "TimeRangeUpperBound")
    wanted = call.params.get("TableName")
    found = dynamodb.backend(call).list_backups(wanted)
    return {"BackupSummaries": [{**backup.summary, **_details(backup)} for backup in found]}


@operation("dynamodb", "DeleteBackup")
def delete_backup(call):
    backup = _backup(call)
    if _details(backup)["BackupStatus"] == "CREATING":
        raise AwsError("BackupInUseException", "There is another ongoing conflicting backup control plane operation on the table.")
    return call.forward()


# Restoring


def _free(call):
    name = call.params["TargetTableName"]
    if name in dynamodb.backend(call).tables:
        raise AwsError("TableAlreadyExistsException", f"Table already exists: {name}")
    return name


def _finish(call, table, source, moment):
    """Give a restored table what AWS restores, and what the request wants otherwise."""
    dynamodb.notes(table).update({"restored to": moment, "born": CLOCK.seconds()})
    given = call.params.take("BillingModeOverride", "ProvisionedThroughputOverride", "SSESpecificationOverride")
    call.params.take("OnDemandThroughputOverride")
    table.billing_mode = given.get("BillingModeOverride", source.billing_mode)
    throughput = given.get("ProvisionedThroughputOverride")
    if throughput and table.billing_mode == "PAY_PER_REQUEST":
        raise dynamodb.invalid("ProvisionedThroughputOverride cannot be specified when BillingModeOverride is PAY_PER_REQUEST")
    table.throughput = {**(throughput or source.throughput), "NumberOfDecreasesToday": 0}
    if table.billing_mode == "PAY_PER_REQUEST":
        table.throughput.update(ReadCapacityUnits=0, WriteCapacityUnits=0)
    elif not throughput and source.billing_mode == "PAY_PER_REQUEST":
        raise dynamodb.invalid("ProvisionedThroughputOverride must be specified when BillingModeOverride is PROVISIONED")
    for key, attribute in zip(_OVERRIDES, ("global_indexes", "indexes"), strict=True):
        _choose(call, table, key, attribute)
    wished = given.get("SSESpecificationOverride")
    kept = (source.sse_specification or {}).get("KMSMasterKeyId")
    key = (dynamodb.key_arn(call, wished) if wished.get("Enabled") else None) if wished else kept
    dynamodb.encrypt(table, key)
    dynamodb.backend(call).tables[table.name] = table
    dynamodb.be(table, "CREATING", RESTORE)
    return {"TableDescription": dynamodb.described(call, table, "TableDescription")}


def _choose(call, table, key, attribute):
    """Leave indexes out: an override names those of the source that the new table shall have."""
    if key not in call.params:
        return
    wanted = {index["IndexName"] for index in call.params[key]}
    present = getattr(table, attribute)
    if wanted - {index.name for index in present}:
        raise dynamodb.invalid("an index to restore does not exist in the source table")
    setattr(table, attribute, [index for index in present if index.name in wanted])


@operation("dynamodb", "RestoreTableFromBackup")
def restore_from_backup(call):
    name, backup = _free(call), _backup(call)
    if _details(backup)["BackupStatus"] == "CREATING":
        raise AwsError("BackupInUseException", "There is another ongoing conflicting backup control plane operation on the table.")
    table = RestoredTable(name, account_id=call.account, region=call.region, backup=backup)
    return _finish(call, table, backup.table, _details(backup)["BackupCreationDateTime"])


@operation("dynamodb", "RestoreTableToPointInTime")
def restore_to_moment(call):
    given = call.params.take("SourceTableName", "SourceTableArn")
    if len(given) != 1:
        raise dynamodb.invalid("give either SourceTableName or SourceTableArn")
    name, source = _free(call), dynamodb.table_of(call, next(iter(given.values())), "TableNotFoundException")
    past = dynamodb.notes(source).get("past")
    if past is None:
        text = f"Point in time recovery is not enabled for table '{source.name}'"
        raise AwsError("PointInTimeRecoveryUnavailableException", text)
    moment = _moment(call, source)
    table = RestoredPITTable(name, account_id=call.account, region=call.region, source=source)
    table.items = copy.deepcopy([items for when, items in past if when <= moment + 1][-1])
    return _finish(call, table, source, _date(moment))


def _moment(call, source):
    latest, asked = call.params.get("UseLatestRestorableTime"), call.params.get("RestoreDateTime")
    if bool(latest) == (asked is not None):
        raise dynamodb.invalid("give either UseLatestRestorableTime or RestoreDateTime")
    first, last = _span(source)
    if latest:
        return last
    date = datetime.fromtimestamp(asked, timezone.utc) if isinstance(asked, (int, float)) else asked
    moment = (date.replace(tzinfo=date.tzinfo or timezone.utc) - CLOCK.origin).total_seconds()
    if not first - 1 <= moment <= last + 1:
        text = f"An invalid restore time was specified. RestoreDateTime must be between {_date(first)} and {_date(last)}."
        raise AwsError("InvalidRestoreTimeException", text)
    return moment
