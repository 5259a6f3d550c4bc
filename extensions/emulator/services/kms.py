# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""KMS: the states of keys.

moto keeps the keys. It breaks when a key is named by its ARN where its state is changed, answers with what it was asked with, and
lets any state follow any other.
"""

from __future__ import annotations

from datetime import timedelta

from moto.core.utils import unix_time, utcnow
from moto.kms.models import kms_backends

from ..calls import AwsError
from ..registry import operation

SHORTEST, LONGEST = 7, 30  # days until a key is deleted


def _key(call):
    """Return the key that a call names by id or ARN; aliases are not accepted where a state is changed."""
    wanted = call.params["KeyId"]
    if "alias/" in wanted:
        raise AwsError("NotFoundException", f"Invalid keyId '{wanted}'")
    key = kms_backends[call.account][call.region].keys.get(wanted.rsplit("/", 1)[-1])
    if key is None:
        raise AwsError("NotFoundException", f"Key '{wanted}' does not exist")
    return key


def _check(key, *allowed):
    if key.key_state not in allowed:
        state = "is pending deletion" if key.key_state == "PendingDeletion" else "is not pending deletion"
        raise AwsError("KMSInvalidStateException", f"{key.arn} {state}.")


@operation("kms", "EnableKey", "DisableKey")
def enable_or_disable(call):
    key = _key(call)
    _check(key, "Enabled", "Disabled")
    key.enabled = call.operation == "EnableKey"
    key.key_state = "Enabled" if key.enabled else "Disabled"


@operation("kms", "ScheduleKeyDeletion")
def schedule_key_deletion(call):
    key, days = _key(call), call.params.get("PendingWindowInDays", LONGEST)
    if not SHORTEST <= days <= LONGEST:
        raise AwsError("ValidationException", f"PendingWindowInDays must be from {SHORTEST} to {LONGEST}, not {days}.")
    _check(key, "Enabled", "Disabled")
    key.enabled, key.key_state, key.deletion_date = False, "PendingDeletion", utcnow() + timedelta(days=days)
    return {
        "KeyId": key.arn,
        "DeletionDate": unix_time(key.deletion_date),
        "KeyState": key.key_state,
        "PendingWindowInDays": days,
    }


@operation("kms", "CancelKeyDeletion")
def cancel_key_deletion(call):
    key = _key(call)
    _check(key, "PendingDeletion")
    key.key_state, key.deletion_date = "Disabled", None
    return {"KeyId": key.arn}
