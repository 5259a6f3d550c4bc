# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Vaults, plans and what the plans back up."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, policy, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import tag_map, unordered

_CONDITIONS = ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike")
tag_map("AWS::Backup::BackupVault", "BackupVaultTags")
tag_map("AWS::Backup::BackupPlan", "BackupPlanTags")
unordered("AWS::Backup::BackupVault", "Notifications.BackupVaultEvents")
unordered("AWS::Backup::BackupPlan", "BackupPlan.AdvancedBackupSettings", "BackupPlan.BackupPlanRule")
unordered(
    "AWS::Backup::BackupSelection",
    *(f"BackupSelection.Conditions.{each}" for each in _CONDITIONS),
    *(f"BackupSelection.{each}" for each in ("ListOfTags", "NotResources", "Resources")),
)

_RULE = (
    "CompletionWindowMinutes",
    "CopyActions",
    "EnableContinuousBackup",
    "IndexActions",
    "Lifecycle",
    "RecoveryPointTags",
    "RuleName",
    "ScanActions",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartWindowMinutes",
    "TargetLogicallyAirGappedBackupVaultArn",
)


def _api(account):
    return account.api("backup", ("ResourceNotFoundException",))


def _ours(account, operation, key, arn_of):
    """Return what is listed and ours, with its tags."""
    listed = _api(account).pages(operation, key)
    tags = side_by_side(lambda one: (_api(account).read("list_tags", ResourceArn=one[arn_of]) or {}).get("Tags"), listed)
    return [(each, carried) for each, carried in zip(listed, tags, strict=True) if carried and account.ours(carried)]


@reader("AWS::Backup::BackupVault")
def vaults(account):
    """Find vaults, with policy, notifications and lock."""
    for each, tags in _ours(account, "list_backup_vaults", "BackupVaultList", "BackupVaultArn"):
        name = each["BackupVaultName"]
        policy_ = _api(account).read("get_backup_vault_access_policy", BackupVaultName=name) or {}
        notifications = _api(account).read("get_backup_vault_notifications", BackupVaultName=name) or {}
        # When a lock becomes final is a date, from which AWS does not tell how many days it was away.
        lock = pick(each, "MaxRetentionDays", "MinRetentionDays") if each.get("Locked") else None
        properties = {
            **pick(each, "BackupVaultName", "EncryptionKeyArn"),
            "AccessPolicy": policy(policy_.get("Policy")),
            "LockConfiguration": lock,
            "Notifications": pick(notifications, "BackupVaultEvents", "SNSTopicArn"),
        }
        yield Found("AWS::Backup::BackupVault", name, properties, tags, name, {"BackupVaultArn": each["BackupVaultArn"]})


@reader("AWS::Backup::BackupPlan")
def plans(account):
    """Find plans."""
    for each, tags in _ours(account, "list_backup_plans", "BackupPlansList", "BackupPlanArn"):
        found = _api(account).read("get_backup_plan", BackupPlanId=each["BackupPlanId"])
        if found and not found.get("DeletionDate"):
            attributes = {"BackupPlanArn": each["BackupPlanArn"]}
            properties = {"BackupPlan": _plan(found["BackupPlan"])}
            name = found["BackupPlan"]["BackupPlanName"]
            yield Found("AWS::Backup::BackupPlan", each["BackupPlanId"], properties, tags, name, attributes)


def _plan(told):
    rules = [pick(rule, *_RULE, TargetBackupVault="TargetBackupVaultName") for rule in told["Rules"]]
    return {**pick(told, "AdvancedBackupSettings", "BackupPlanName", "ScanSettings"), "BackupPlanRule": rules}


@reader("AWS::Backup::BackupSelection", of="AWS::Backup::BackupPlan")
def selections(account, plan):
    """Find what a plan backs up."""
    for each in _api(account).pages("list_backup_selections", "BackupSelectionsList", BackupPlanId=plan.id):
        identity = {"BackupPlanId": plan.id, "SelectionId": each["SelectionId"]}
        found = _api(account).read("get_backup_selection", **identity)
        if found:
            names = ("Conditions", "IamRoleArn", "ListOfTags", "NotResources", "Resources", "SelectionName")
            properties = {"BackupPlanId": plan.id, "BackupSelection": pick(found["BackupSelection"], *names)}
            yield Found("AWS::Backup::BackupSelection", each["SelectionId"], properties, None, each["SelectionName"])
