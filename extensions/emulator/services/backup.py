# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWS Backup: plans and selections, as moto can neither change a plan nor select anything; and the tags of everything in it."""

from __future__ import annotations

import re
import uuid

from moto.backup.models import backup_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of, taggable

taggable("backup", "plan", arn="BackupPlanArn", tags="Tags")
_DEFAULTS = {
    "ScheduleExpression": "cron(0 5 ? * * *)",
    "ScheduleExpressionTimezone": "Etc/UTC",
    "StartWindowMinutes": 480,
    "CompletionWindowMinutes": 10080,
}
_KINDS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike")


def _invalid(text):
    return AwsError("InvalidParameterValueException", text)


def _plan(call):
    plan = state_of(call, "plan").get(call.params["BackupPlanId"])
    if plan is None:
        raise AwsError("ResourceNotFoundException", "Cannot find Backup plan")
    return plan


def _rules(call, rules):
    """Return the rules as AWS keeps them, or raise what AWS raises about them."""
    vaults = backup_backends[call.account][call.region].vaults
    for rule in rules:
        if rule["TargetBackupVaultName"] not in vaults:
            raise _invalid(f"Backup vault does not exist: {rule['TargetBackupVaultName']}")
        for days in (rule.get("Lifecycle", {}), *(copy.get("Lifecycle", {}) for copy in rule.get("CopyActions", []))):
            cold, gone = days.get("MoveToColdStorageAfterDays"), days.get("DeleteAfterDays")
            if cold and gone and gone < cold + 90:
                raise _invalid("DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays")
        if not re.fullmatch(r"cron\(.+\)", rule.get("ScheduleExpression", _DEFAULTS["ScheduleExpression"])):
            raise _invalid("Invalid schedule expression.")
    return [{**_DEFAULTS, **rule, "RuleId": str(uuid.uuid4())} for rule in rules]


@operation("backup", "CreateBackupPlan")
def create_plan(call):
    call.params.get("CreatorRequestId")
    wanted, key = call.params["BackupPlan"], str(uuid.uuid4())
    plan = {
        "BackupPlanId": key,
        "BackupPlanArn": call.arn(f"backup-plan:{key}"),
        "VersionId": str(uuid.uuid4()),
        "CreationDate": CLOCK.now(),
        "BackupPlan": {**wanted, "Rules": _rules(call, wanted["Rules"])},
        "Tags": call.params.get("BackupPlanTags", {}),
        "selections": {},
    }
    state_of(call, "plan")[key] = plan
    return _named(plan, "BackupPlanId", "BackupPlanArn", "CreationDate", "VersionId")


def _named(thing, *keys):
    return {key: thing[key] for key in keys}


@operation("backup", "GetBackupPlan")
def get_plan(call):
    return _named(_plan(call), "BackupPlan", "BackupPlanId", "BackupPlanArn", "VersionId", "CreationDate")


@operation("backup", "UpdateBackupPlan")
def update_plan(call):
    plan, wanted = _plan(call), call.params["BackupPlan"]
    plan["BackupPlan"] = {**wanted, "Rules": _rules(call, wanted["Rules"])}
    plan["VersionId"] = str(uuid.uuid4())
    return _named(plan, "BackupPlanId", "BackupPlanArn", "CreationDate", "VersionId")


@operation("backup", "ListBackupPlans")
def list_plans(call):
    keys = ("BackupPlanId", "BackupPlanArn", "VersionId", "CreationDate")
    rows = [
        {**_named(plan, *keys), "BackupPlanName": plan["BackupPlan"]["BackupPlanName"]} for plan in state_of(call, "plan").values()
    ]
    return {"BackupPlansList": rows}


@operation("backup", "DeleteBackupPlan")
def delete_plan(call):
    plan = _plan(call)
    if plan["selections"]:
        raise AwsError("InvalidRequestException", "Related backup plan selections must be deleted prior to backup plan deletion.")
    del state_of(call, "plan")[plan["BackupPlanId"]]
    return {**_named(plan, "BackupPlanId", "BackupPlanArn", "VersionId"), "DeletionDate": CLOCK.now()}


# Selections


def _selection(call):
    selection = _plan(call)["selections"].get(call.params["SelectionId"])
    if selection is None:
        raise AwsError("ResourceNotFoundException", "Cannot find Backup selection")
    return selection


@operation("backup", "CreateBackupSelection")
def create_selection(call):
    call.params.get("CreatorRequestId")
    plan, wanted, key = _plan(call), call.params["BackupSelection"], str(uuid.uuid4())
    if any(each["BackupSelection"]["SelectionName"] == wanted["SelectionName"] for each in plan["selections"].values()):
        raise AwsError("AlreadyExistsException", "Backup selection with the same name already exists.")
    if not any(wanted.get(part) for part in ("Resources", "ListOfTags", "Conditions")):
        raise _invalid("A selection needs resources or tags.")
    shown = {"Resources": [], "NotResources": [], "ListOfTags": [], **wanted}
    shown["Conditions"] = {kind: wanted.get("Conditions", {}).get(kind, []) for kind in _KINDS}
    plan["selections"][key] = {"SelectionId": key, "CreationDate": CLOCK.now(), "BackupSelection": shown}
    return {"SelectionId": key, "BackupPlanId": plan["BackupPlanId"], "CreationDate": CLOCK.now()}


@operation("backup", "GetBackupSelection")
def get_selection(call):
    return {**_selection(call), "BackupPlanId": call.params["BackupPlanId"]}


@operation("backup", "ListBackupSelections")
def list_selections(call):
    plan = _plan(call)
    rows = [
        {
            **_named(each, "SelectionId", "CreationDate"),
            "BackupPlanId": plan["BackupPlanId"],
            "SelectionName": each["BackupSelection"]["SelectionName"],
            "IamRoleArn": each["BackupSelection"]["IamRoleArn"],
        }
        for each in plan["selections"].values()
    ]
    return {"BackupSelectionsList": rows}


@operation("backup", "DeleteBackupSelection")
def delete_selection(call):
    del _plan(call)["selections"][_selection(call)["SelectionId"]]


# Tags


def _tagged(call):
    """Return the tags of a plan or of a recovery point; None for a vault, whose tags moto keeps."""
    arn = call.params["ResourceArn"]
    point = state_of(call, "recovery point").get(arn)
    if point is not None:
        return point["Tags"]
    return next((plan["Tags"] for plan in state_of(call, "plan").values() if plan["BackupPlanArn"] == arn), None)


@operation("backup", "ListTags")
def list_tags(call):
    tags = _tagged(call)
    return call.forward() if tags is None else {"Tags": tags}


@operation("backup", "TagResource")
def tag(call):
    tags = _tagged(call)
    if tags is None:
        return call.forward()
    return tags.update(call.params["Tags"])


@operation("backup", "UntagResource")
def untag(call):
    tags = _tagged(call)
    if tags is None:
        return call.forward()
    for key in call.params["TagKeyList"]:
        tags.pop(key, None)
    return {}
