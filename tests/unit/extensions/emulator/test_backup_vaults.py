# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Vaults: what AWS does not say, locks that become final, policies and notifications."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_job import backed_up
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_vault import NOBODY_DELETES, TOPIC

DAY = 24 * 3600
SHOP = {"BackupVaultName": "shop"}


@pytest.fixture
def vault(aws):
    client = aws.client("backup")
    client.create_backup_vault(**SHOP, BackupVaultTags={"Project": "Shop"})
    return client


def refused(call, code, words=None, **parameters):
    with pytest.raises(ClientError, match=words) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == code


def test_a_vault_that_is_not_there_is_not_spoken_of(vault):
    for call in (vault.describe_backup_vault, vault.delete_backup_vault):
        refused(call, "AccessDeniedException", "Insufficient privileges", BackupVaultName="other")
    refused(vault.put_backup_vault_lock_configuration, "ResourceNotFoundException", BackupVaultName="other")


def test_a_vault_has_a_key_in_any_case(vault):
    assert ":key/" in vault.describe_backup_vault(**SHOP)["EncryptionKeyArn"]
    refused(vault.create_backup_vault, "InvalidParameterValueException", BackupVaultName="b b")
    refused(vault.create_backup_vault, "InvalidParameterValueException", BackupVaultName="other", EncryptionKeyArn="alias/x")
    refused(vault.create_backup_vault, "AlreadyExistsException", **SHOP)


def test_a_new_vault_has_no_tags_of_an_old_one(vault):
    arn = vault.describe_backup_vault(**SHOP)["BackupVaultArn"]
    assert vault.list_tags(ResourceArn=arn)["Tags"] == {"Project": "Shop"}
    vault.delete_backup_vault(**SHOP)
    vault.create_backup_vault(**SHOP)
    assert vault.list_tags(ResourceArn=arn)["Tags"] == {}


def test_a_vault_with_recovery_points_stays(aws):
    backed_up(aws)
    client = aws.client("backup")
    refused(client.delete_backup_vault, "InvalidRequestException", "contains recovery points", **SHOP)
    assert client.list_backup_vaults()["BackupVaultList"][0]["NumberOfRecoveryPoints"] == 1


def test_a_lock_for_governance_is_always_changed_and_removed(vault):
    vault.put_backup_vault_lock_configuration(**SHOP, MinRetentionDays=7)
    CLOCK.advance(1000 * DAY)
    vault.put_backup_vault_lock_configuration(**SHOP, MaxRetentionDays=30)
    found = vault.describe_backup_vault(**SHOP)
    assert (found["Locked"], found["MaxRetentionDays"]) == (True, 30)
    assert not {"LockDate", "MinRetentionDays"} & found.keys()
    vault.delete_backup_vault_lock_configuration(**SHOP)
    assert vault.describe_backup_vault(**SHOP)["Locked"] is False


def test_a_lock_for_compliance_becomes_final_on_its_date(vault):
    vault.put_backup_vault_lock_configuration(**SHOP, MinRetentionDays=7, ChangeableForDays=3)
    date = vault.describe_backup_vault(**SHOP)["LockDate"]
    assert abs((date - CLOCK.now()).total_seconds() - 3 * DAY) < 2
    CLOCK.advance(2 * DAY)
    vault.put_backup_vault_lock_configuration(**SHOP, MinRetentionDays=8, ChangeableForDays=3)
    CLOCK.advance(3 * DAY)
    for call in (vault.put_backup_vault_lock_configuration, vault.delete_backup_vault_lock_configuration):
        refused(call, "InvalidRequestException", "can neither be changed nor deleted", **SHOP)
    assert vault.describe_backup_vault(**SHOP)["MinRetentionDays"] == 8
    vault.delete_backup_vault(**SHOP)  # nothing is in it


@pytest.mark.parametrize(
    "spoilt",
    [
        {"ChangeableForDays": 2},
        {"ChangeableForDays": 36501},
        {"MinRetentionDays": 0},
        {"MaxRetentionDays": 36501},
        {"MinRetentionDays": 8, "MaxRetentionDays": 7},
    ],
)
def test_limits_of_a_lock(vault, spoilt):
    refused(vault.put_backup_vault_lock_configuration, "InvalidParameterValueException", **SHOP, **spoilt)
    assert vault.describe_backup_vault(**SHOP)["Locked"] is False


def test_policies(vault):
    refused(vault.get_backup_vault_access_policy, "ResourceNotFoundException", **SHOP)
    for spoilt in (
        "no policy",
        {"Statement": [{"Effect": "Deny", "Action": "backup:*"}]},
        {"Statement": [{"Principal": "*", "Action": "s3:*"}]},
    ):
        text = spoilt if isinstance(spoilt, str) else json.dumps(spoilt)
        refused(vault.put_backup_vault_access_policy, "InvalidParameterValueException", **SHOP, Policy=text)
    vault.put_backup_vault_access_policy(**SHOP, Policy=json.dumps(NOBODY_DELETES))
    assert json.loads(vault.get_backup_vault_access_policy(**SHOP)["Policy"]) == NOBODY_DELETES
    vault.delete_backup_vault_access_policy(**SHOP)
    refused(vault.get_backup_vault_access_policy, "ResourceNotFoundException", **SHOP)


def test_notifications(vault):
    refused(vault.get_backup_vault_notifications, "ResourceNotFoundException", **SHOP)
    events = {"SNSTopicArn": TOPIC, "BackupVaultEvents": ["BACKUP_JOB_FAILED"]}
    for spoilt in ({"SNSTopicArn": "costs"}, {"BackupVaultEvents": ["BACKUP_JOB_LOST"]}, {"BackupVaultEvents": []}):
        refused(vault.put_backup_vault_notifications, "InvalidParameterValueException", **SHOP, **{**events, **spoilt})
    vault.put_backup_vault_notifications(**SHOP, **events)
    assert vault.get_backup_vault_notifications(**SHOP)["BackupVaultEvents"] == ["BACKUP_JOB_FAILED"]
    vault.delete_backup_vault_notifications(**SHOP)
    refused(vault.get_backup_vault_notifications, "ResourceNotFoundException", **SHOP)
