# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Keys go from state to state as those of AWS do, whether they are named by id or ARN."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def kms(aws):
    return aws.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]


def state(kms, key):
    return kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]


@pytest.mark.parametrize("named", ["KeyId", "Arn"])
def test_a_deletion_is_scheduled_and_cancelled(kms, key, named):
    answer = kms.schedule_key_deletion(KeyId=key[named], PendingWindowInDays=7)
    assert (answer["KeyId"], answer["KeyState"]) == (key["Arn"], "PendingDeletion")
    assert state(kms, key) == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=key[named])
    assert state(kms, key) == "Disabled"
    kms.enable_key(KeyId=key[named])
    assert state(kms, key) == "Enabled"


def test_a_key_is_not_deleted_twice_nor_enabled_on_its_way_out(kms, key):
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    for call in (kms.schedule_key_deletion, kms.enable_key):
        with pytest.raises(ClientError, match="is pending deletion"):
            call(KeyId=key["KeyId"])


def test_only_what_is_pending_can_be_cancelled(kms, key):
    with pytest.raises(ClientError, match="is not pending deletion"):
        kms.cancel_key_deletion(KeyId=key["KeyId"])


def test_an_alias_names_no_key_here(kms, key):
    kms.create_alias(AliasName="alias/data", TargetKeyId=key["KeyId"])
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.disable_key(KeyId="alias/data")


def test_a_week_is_the_shortest_wait(kms, key):
    with pytest.raises(ClientError, match="from 7 to 30, not 6"):
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=6)
