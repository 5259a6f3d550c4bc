# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DynamoDB tables: moto keeps them and their items, here they get statuses, encryption, streams and time to live as AWS has them.

With moto every change is done at once, a stream that was switched off can never be switched on again, and encryption cannot change.
"""

from __future__ import annotations

import uuid

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.kms.models import kms_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

CREATION, UPDATE, TIME_TO_LIVE = 10, 20, 60  # account seconds
HOUR = 3600
_ONE_AT_A_TIME = ("SSESpecification", "StreamSpecification", "DeletionProtectionEnabled", "TableClass")
_THROUGHPUT = ("AttributeDefinitions", "BillingMode", "ProvisionedThroughput", "GlobalSecondaryIndexUpdates", "WarmThroughput")
_DEFAULT_KEY = "alias/aws/dynamodb"
_VERBS = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}


def backend(call):
    """Return moto's tables of the account and region."""
    return dynamodb_backends[call.account][call.region]


def find(call, wanted):
    """Return moto's table of a name or an ARN, or None."""
    return backend(call).tables.get(str(wanted).rsplit("/", 1)[-1])


def table_of(call, wanted=None, code="ResourceNotFoundException"):
    """Return moto's table of a name or an ARN, or raise what AWS raises."""
    name = wanted or call.params["TableName"]
    found = find(call, name)
    if found is None:
        short = str(name).rsplit("/", 1)[-1]
        text = "Requested resource not found: Table: {} not found" if code.startswith("Resource") else "Table not found: {}"
        raise AwsError(code, text.format(short))
    return found


def notes(table):
    """Return what we know of a table beside moto. It is copied with the table."""
    if not hasattr(table, "slipway"):
        table.slipway = {"id": str(uuid.uuid4()), "busy": "ACTIVE", "until": 0, "keys": [], "class": None, "ttl": None, "born": 0}
    return table.slipway


def be(table, busy, seconds):
    """Let a table be busy for some time."""
    notes(table).update(busy=busy, until=CLOCK.seconds() + seconds)


def status(table):
    """Return the status of a table now."""
    return notes(table)["busy"] if CLOCK.seconds() < notes(table)["until"] else "ACTIVE"


def idle(table):
    """Raise what AWS raises when a table is changed while it is being changed."""
    now = status(table)
    if now != "ACTIVE":
        text = f"Attempt to change a resource which is still in use: Table is being {_VERBS[now]}: {table.name}"
        raise AwsError("ResourceInUseException", text)
    return table


def invalid(text):
    """Return the error of a request that makes no sense."""
    return AwsError("ValidationException", f"One or more parameter values were invalid: {text}")


def described(call, table, base="Table"):
    """Return a table as AWS describes it."""
    shape = call.model.service_model.shape_for("TableDescription")
    told = {**table.describe(base)[base], "TableStatus": status(table), "TableId": notes(table)["id"]}
    if "RestoreSummary" in told:
        told["RestoreSummary"] = {**told["RestoreSummary"], **_progress(table)}
    if notes(table)["class"]:
        told["TableClassSummary"] = {"TableClass": notes(table)["class"]}
    if "SSEDescription" in told:
        changing = notes(table).get("encrypting") and status(table) == "UPDATING"
        told["SSEDescription"] = {**told["SSEDescription"], "Status": "UPDATING" if changing else "ENABLED"}
    return {key: value for key, value in told.items() if key in shape.members and value is not None}


def _progress(table):
    asked = notes(table).get("restored to")
    return {"RestoreInProgress": status(table) == "CREATING", **({"RestoreDateTime": asked} if asked else {})}


@operation("dynamodb", "CreateTable")
def create(call):
    wished, kind = call.params.get("SSESpecification", {}), call.params.get("TableClass")
    key = key_arn(call, wished) if wished.get("Enabled") else None
    answer = call.forward()
    table = find(call, answer["TableDescription"]["TableName"])
    notes(table)["class"] = kind
    encrypt(table, key)
    be(table, "CREATING", CREATION)
    notes(table)["born"] = CLOCK.seconds()
    return {"TableDescription": described(call, table)}


@operation("dynamodb", "DescribeTable")
def describe(call):
    return {"Table": described(call, table_of(call))}


@operation("dynamodb", "DeleteTable")
def delete(call):
    idle(table_of(call))
    return call.forward()


@operation("dynamodb", "UpdateTable")
def update(call):
    """Change one thing: what concerns throughput and indexes is moto's."""
    table = idle(table_of(call))
    kinds = [key for key in _ONE_AT_A_TIME if key in call.params]
    rest = [key for key in _THROUGHPUT if key in call.params]
    if len(kinds) + bool(rest) != 1:
        raise invalid(f"one kind of change at a time, not {', '.join([*kinds, *rest]) or 'none'}")
    if rest:
        call.forward()
    else:
        _CHANGES[kinds[0]](call, table, call.params[kinds[0]])
    notes(table)["encrypting"] = kinds == ["SSESpecification"]
    be(table, "UPDATING", UPDATE)
    return {"TableDescription": described(call, table)}


def _protect(_call, table, wanted):
    table.deletion_protection_enabled = wanted


def _classify(_call, table, wanted):
    notes(table)["class"] = wanted


def _stream(_call, table, wanted):
    present = bool((table.stream_specification or {}).get("StreamEnabled"))
    if wanted["StreamEnabled"] and present:
        raise AwsError("ValidationException", f"Table already has an enabled stream: TableName: {table.name}")
    if not wanted["StreamEnabled"] and not present:
        raise AwsError("ValidationException", "Table does not have a stream to disable")
    if wanted["StreamEnabled"] and "StreamViewType" not in wanted:
        raise invalid("StreamViewType is required when StreamEnabled is true")
    table.set_stream_specification(dict(wanted))


def _encrypt(call, table, wanted):
    _spend_a_change(table)
    present = (table.sse_specification or {}).get("KMSMasterKeyId")
    key = key_arn(call, wanted) if wanted.get("Enabled") else None
    if key == present:
        raise invalid("Table is already encrypted by given KMSMasterKeyId" if key else "Table is already encrypted by default")
    encrypt(table, key)


def encrypt(table, key):
    """Let a table be encrypted with a key, or with DynamoDB's own when there is none."""
    table.sse_specification = {"Enabled": True, "KMSMasterKeyId": key} if key else None


_CHANGES = {
    "DeletionProtectionEnabled": _protect,
    "SSESpecification": _encrypt,
    "StreamSpecification": _stream,
    "TableClass": _classify,
}


def _spend_a_change(table):
    """Count a change of the key: four a day, and one more when there was none for six hours."""
    now = CLOCK.seconds()
    recent = [moment for moment in notes(table)["keys"] if now - moment < 24 * HOUR]
    if len(recent) >= 4 and now - recent[-1] < 6 * HOUR:
        text = "Subscriber limit exceeded: the encryption of a table can be changed four times in 24 hours"
        raise AwsError("LimitExceededException", text)
    notes(table)["keys"] = [*recent, now]


def key_arn(call, wished):
    """Return the ARN of the key that a specification names, or of the one that AWS keeps for DynamoDB."""
    if wished.get("SSEType", "KMS") != "KMS":
        raise invalid("The only supported SSEType is KMS")
    name, kms = wished.get("KMSMasterKeyId", _DEFAULT_KEY), kms_backends[call.account][call.region]
    if name == _DEFAULT_KEY:
        return Table._get_default_encryption_key(None, call.account, call.region)
    alias = kms.get_alias_name(name)
    found = next((key for key in kms.keys.values() if name in (key.id, key.arn) or alias in key.aliases), None)
    if found is None:
        raise AwsError("ValidationException", f"KMS validation error: NotFoundException: Key '{name}' does not exist")
    if found.key_state != "Enabled":
        raise AwsError("ValidationException", f"KMS validation error: {found.arn} is {found.key_state}.")
    return found.arn


# Time to live


def _now(table):
    """Return what AWS says about time to live now."""
    known = notes(table)["ttl"]
    if known is None:
        return dict(table.ttl) if table.ttl.get("TimeToLiveStatus") == "ENABLED" else {"TimeToLiveStatus": "DISABLED"}
    enabled, attribute, since = known
    on_its_way = CLOCK.seconds() < since + TIME_TO_LIVE
    state = ("ENABLING" if on_its_way else "ENABLED") if enabled else ("DISABLING" if on_its_way else "DISABLED")
    return {"TimeToLiveStatus": state, **({"AttributeName": attribute} if state != "DISABLED" else {})}


@operation("dynamodb", "DescribeTimeToLive")
def describe_time_to_live(call):
    return {"TimeToLiveDescription": _now(table_of(call))}


@operation("dynamodb", "UpdateTimeToLive")
def update_time_to_live(call):
    table, wanted = idle(table_of(call)), call.params["TimeToLiveSpecification"]
    known, present = notes(table)["ttl"], _now(table)
    enabled = present["TimeToLiveStatus"].startswith("ENABL")
    if known and CLOCK.seconds() < known[2] + HOUR:
        raise AwsError("ValidationException", "Time to live has been modified multiple times within a fixed interval")
    if enabled and present["AttributeName"] != wanted["AttributeName"]:
        text = f"TimeToLive is active on a different AttributeName: current AttributeName is {present['AttributeName']}"
        raise AwsError("ValidationException", text)
    if enabled == wanted["Enabled"]:
        raise AwsError("ValidationException", f"TimeToLive is already {'enabled' if enabled else 'disabled'}")
    notes(table)["ttl"] = (wanted["Enabled"], wanted["AttributeName"], CLOCK.seconds())
    return {"TimeToLiveSpecification": wanted}


# Tags


@operation("dynamodb", "TagResource")
def tag(call):
    """Set tags; moto keeps the old value beside the new one."""
    table, new = idle(table_of(call, call.params["ResourceArn"])), call.params["Tags"]
    names = {each["Key"] for each in new}
    table.tags = [each for each in table.tags if each["Key"] not in names] + new
