# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Vaults of AWS Backup: their lock, their policy, whom they notify.

moto keeps the vaults. It locks by the real time instead of the account's, knows neither policies nor notifications, deletes a vault
with everything in it, and lets a new vault inherit the tags of a deleted one of the same name.
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

from moto.backup.models import backup_backends

from .. import policies
from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of

SHORTEST, LONGEST = 3, 36500  # days until a lock cannot be changed any more; the longest is that of retention as well
_SECONDS = 24 * 3600


def invalid(text):
    """Return the error for a value that AWS Backup does not take."""
    return AwsError("InvalidParameterValueException", text)


def vaults(place):
    """Return moto's vaults by name."""
    return backup_backends[place.account][place.region].vaults


def vault_of(call, name=None):
    """Return a vault by name, or raise what AWS raises."""
    name = name or call.params["BackupVaultName"]
    vault = vaults(call).get(name)
    if vault is None:
        raise AwsError("ResourceNotFoundException", f"Backup vault {name} cannot be found.")
    return vault


def points_in(place, name):
    """Return the recovery points of a vault."""
    return [point for point in state_of(place, "recovery point").values() if point["BackupVaultName"] == name]


def is_final(vault):
    """Tell whether the lock date of a vault has passed."""
    return getattr(vault, "lock_at", None) is not None and CLOCK.seconds() >= vault.lock_at


def retention_fault(vault, lifecycle):
    """Return why a locked vault does not take a backup that is kept so long, or None."""
    days = lifecycle.get("DeleteAfterDays")
    least, most = vault.min_retention_days, vault.max_retention_days
    if not vault.locked or not (least or most):
        return None
    if (least and days is not None and days < least) or (most and (days is None or days > most)):
        kept = "for ever" if days is None else f"for {days} days"
        span = " and ".join(text for text in (least and f"at least {least}", most and f"at most {most}") if text)
        return f"Retention period {kept} does not fit the lock of backup vault {vault.backup_vault_name}: {span} days."
    return None


@operation("backup", "CreateBackupVault")
def create(call):
    name, key = call.params["BackupVaultName"], call.params.get("EncryptionKeyArn")
    if not re.fullmatch(r"[a-zA-Z0-9\-_]{2,50}", name):
        raise invalid(f"Backup vault name {name} must have from 2 to 50 letters, digits, hyphens and underscores.")
    if key and not re.fullmatch(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/\S+", key):
        raise invalid(f"Invalid encryption key ARN: {key}")
    answer = call.forward()
    vault = vaults(call)[name]
    vault.made = CLOCK.now()
    if not key:  # the key that AWS Backup has in every account
        vault.encryption_key_arn = call.arn(f"key/{uuid.uuid5(uuid.NAMESPACE_DNS, call.account + call.region)}", service="kms")
    return {**answer, "CreationDate": vault.made}


def _shown(call, vault):
    given = {key: value for key, value in vault.to_list_dict().items() if key != "LockDate"}
    lock = {"LockDate": CLOCK.origin + timedelta(seconds=vault.lock_at)} if getattr(vault, "lock_at", None) is not None else {}
    return {
        **given,
        **lock,
        "CreationDate": getattr(vault, "made", given["CreationDate"]),
        "NumberOfRecoveryPoints": len(points_in(call, vault.backup_vault_name)),
        "VaultType": "BACKUP_VAULT",
        "VaultState": "AVAILABLE",
    }


def _unsaid(call, name):
    """Return the error that AWS has for a vault that is not there: it does not say whether it exists."""
    return AwsError(
        "AccessDeniedException", f"Insufficient privileges to perform this action on {call.arn(f'backup-vault:{name}')}."
    )


@operation("backup", "DescribeBackupVault")
def describe(call):
    name = call.params["BackupVaultName"]
    call.params.get("BackupVaultAccountId")
    if name not in vaults(call):
        raise _unsaid(call, name)
    return _shown(call, vaults(call)[name])


@operation("backup", "ListBackupVaults")
def list_all(call):
    kind, start, size = call.params.get("ByVaultType"), int(call.params.get("NextToken") or 0), call.params.get("MaxResults", 1000)
    found = [] if kind not in (None, "BACKUP_VAULT") or call.params.get("ByShared") else list(vaults(call).values())
    more = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return {"BackupVaultList": [_shown(call, vault) for vault in found[start : start + size]], **more}


@operation("backup", "DeleteBackupVault")
def delete(call):
    name = call.params["BackupVaultName"]
    if name not in vaults(call):
        raise _unsaid(call, name)
    if points_in(call, name):
        raise AwsError("InvalidRequestException", "Backup vault cannot be deleted because it contains recovery points.")
    vault = vaults(call).pop(name)
    backup_backends[call.account][call.region].tagger.delete_all_tags_for_resource(vault.backup_vault_arn)


# The lock


def _insist_on_changeable(vault):
    if is_final(vault):
        text = f"Backup vault {vault.backup_vault_name} is locked: after the lock date its lock can neither be changed nor deleted."
        raise AwsError("InvalidRequestException", text)


@operation("backup", "PutBackupVaultLockConfiguration")
def put_lock(call):
    """Put a lock, which replaces the one before it: without ChangeableForDays it can be changed for ever."""
    vault, days = vault_of(call), call.params.get("ChangeableForDays")
    least, most = call.params.get("MinRetentionDays"), call.params.get("MaxRetentionDays")
    _insist_on_changeable(vault)
    if least is not None and least < 1:
        raise invalid("MinRetentionDays must be at least 1 day.")
    if most is not None and not 1 <= most <= LONGEST:
        raise invalid(f"MaxRetentionDays must be between 1 and {LONGEST} days.")
    if least is not None and most is not None and least > most:
        raise invalid("MinRetentionDays cannot be greater than MaxRetentionDays.")
    if days is not None and not SHORTEST <= days <= LONGEST:
        raise invalid(f"ChangeableForDays must be between {SHORTEST} and {LONGEST} days.")
    vault.locked, vault.min_retention_days, vault.max_retention_days = True, least, most
    vault.lock_at = None if days is None else CLOCK.seconds() + days * _SECONDS


@operation("backup", "DeleteBackupVaultLockConfiguration")
def delete_lock(call):
    vault = vault_of(call)
    _insist_on_changeable(vault)
    vault.locked, vault.min_retention_days, vault.max_retention_days, vault.lock_at = False, None, None, None


# The policy


@operation("backup", "PutBackupVaultAccessPolicy")
def put_policy(call):
    vault, text = vault_of(call), call.params["Policy"]
    try:
        statements = policies._list(json.loads(text)["Statement"])
    except (ValueError, KeyError, TypeError):
        raise invalid("The specified policy cannot be parsed.") from None
    for statement in statements:
        if not {"Principal", "NotPrincipal"} & statement.keys() or not {"Action", "NotAction"} & statement.keys():
            raise invalid("Every statement of the policy of a vault needs a principal and an action.")
        foreign = [action for action in policies._list(statement.get("Action")) if not re.match(r"backup:|\*$", action)]
        if foreign:
            raise invalid(f"The policy of a vault is about AWS Backup, not about {', '.join(foreign)}.")
    vault.access_policy = text


def denies(call, vault, action, resource):
    """Tell whether the policy of a vault forbids the caller something; an Allow is not needed inside the account."""
    caller = {"account": call.account, "arns": [f"arn:aws:iam::{call.account}:root"]}
    policy = getattr(vault, "access_policy", None)
    return policy is not None and policies.decision(policy, action, resource, caller, {}) == policies.DENIED


@operation("backup", "GetBackupVaultAccessPolicy")
def get_policy(call):
    vault = vault_of(call)
    policy = getattr(vault, "access_policy", None)
    if policy is None:
        raise AwsError("ResourceNotFoundException", f"Backup vault {vault.backup_vault_name} has no access policy.")
    return {"BackupVaultName": vault.backup_vault_name, "BackupVaultArn": vault.backup_vault_arn, "Policy": policy}


@operation("backup", "DeleteBackupVaultAccessPolicy")
def delete_policy(call):
    vault_of(call).access_policy = None


# Notifications


@operation("backup", "PutBackupVaultNotifications")
def put_notifications(call):
    vault, topic, events = vault_of(call), call.params["SNSTopicArn"], call.params["BackupVaultEvents"]
    if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:\S+", topic):
        raise invalid(f"Invalid ARN of a topic: {topic}")
    unknown = sorted(set(events) - set(call.model.service_model.shape_for("BackupVaultEvent").enum))
    if unknown or not events:
        raise invalid(f"Invalid event: {', '.join(unknown) or 'there is none'}")
    vault.notifications = {"SNSTopicArn": topic, "BackupVaultEvents": list(dict.fromkeys(events))}


@operation("backup", "GetBackupVaultNotifications")
def get_notifications(call):
    vault = vault_of(call)
    known = getattr(vault, "notifications", None)
    if known is None:
        raise AwsError("ResourceNotFoundException", f"Backup vault {vault.backup_vault_name} has no notifications.")
    return {"BackupVaultName": vault.backup_vault_name, "BackupVaultArn": vault.backup_vault_arn, **known}


@operation("backup", "DeleteBackupVaultNotifications")
def delete_notifications(call):
    vault_of(call).notifications = None


def tell(place, vault, events, text):
    """Tell the topic of a vault of something, if it wants to know one of the events and lets AWS Backup publish."""
    known = getattr(vault, "notifications", None)
    if not known or not set(events) & set(known["BackupVaultEvents"]):
        return
    arn = known["SNSTopicArn"]
    topic = place.moto("sns").topics.get(arn)
    service = {"service": "backup.amazonaws.com"}
    if topic is not None and policies.decision(topic.policy, "sns:Publish", arn, service, {}) == policies.ALLOWED:
        topic.publish(text, subject="Notification from AWS Backup")
