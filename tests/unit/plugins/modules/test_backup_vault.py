# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""backup_vault and backup_vault_lock: a vault of which AWS does not speak, what is never lost, and what is final."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils import backup
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_job import backed_up
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_vault import NOBODY_DELETES, TOPIC
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_vault_lock import FINAL

DAY = 24 * 3600


@pytest.fixture
def lock(aws, monkeypatch):
    """Return a function that runs the module for the lock of one vault, at the account's time."""
    monkeypatch.setattr(backup, "now", CLOCK.now)
    aws.client("backup").create_backup_vault(BackupVaultName="shop")

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("backup_vault_lock", **{"name": "shop", **more})
        return result, sent

    return run


# Vaults


def test_a_vault_that_aws_denies_knowledge_of_is_absent(aws):
    with aws.recorded() as sent:
        result = aws.run("backup_vault", name="shop", state="absent")
    assert not result.failed
    assert not result.changed
    assert sent.operations == ["DescribeBackupVault", "ListBackupVaults"]


def test_a_vault_that_is_there_and_hidden_from_the_caller_is_not_made_again(aws):
    aws.run("backup_vault", name="shop")
    aws.fault("backup", "DescribeBackupVault", "denied")
    with aws.recorded() as sent:
        result = aws.run("backup_vault", name="shop")
    assert result.failed
    assert "Allow the caller backup:DescribeBackupVault" in result.msg
    assert sent.writes == []


def test_another_key_is_noticed(aws):
    kms = aws.client("kms")
    first, second = (kms.create_key()["KeyMetadata"]["Arn"] for _number in range(2))
    aws.run("backup_vault", name="shop", encryption_key_arn=first)
    result = aws.run("backup_vault", name="shop", encryption_key_arn=second)
    assert result.failed
    assert f"encryption_key_arn is '{first}', wanted '{second}'" in result.msg


def test_a_key_is_known_by_its_alias(aws):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/backup", TargetKeyId=key["KeyId"])
    aws.run("backup_vault", name="shop", encryption_key_arn=key["Arn"])
    alias = "arn:aws:kms:us-east-1:123456789012:alias/backup"
    assert not aws.run("backup_vault", name="shop", encryption_key_arn=alias).changed


def test_what_nobody_speaks_of_is_neither_read_nor_changed(aws):
    told = {"sns_topic_arn": TOPIC, "backup_vault_events": ["BACKUP_JOB_FAILED"]}
    aws.run("backup_vault", name="shop", policy=NOBODY_DELETES, notifications=told)
    with aws.recorded() as sent:
        assert not aws.run("backup_vault", name="shop").changed
    assert sent.operations == ["DescribeBackupVault", "ListTags"]
    assert aws.client("backup").get_backup_vault_notifications(BackupVaultName="shop")["SNSTopicArn"] == TOPIC


def test_events_are_a_set(aws):
    events = ["BACKUP_JOB_FAILED", "RESTORE_JOB_COMPLETED"]
    aws.run("backup_vault", name="shop", notifications={"sns_topic_arn": TOPIC, "backup_vault_events": events})
    again = {"sns_topic_arn": TOPIC, "backup_vault_events": events[::-1]}
    assert not aws.run("backup_vault", name="shop", notifications=again).changed


@pytest.mark.parametrize("check", [True, False])
def test_a_vault_with_recovery_points_is_not_removed(aws, check):
    backed_up(aws)
    with aws.recorded() as sent:
        result = aws.run("backup_vault", name="shop", state="absent", check=check)
    assert result.failed
    assert "vault shop has 1 recovery points" in result.msg
    assert sent.writes == []


# Locks


def test_a_lock_needs_its_vault(aws):
    result = aws.run("backup_vault_lock", name="shop", mode="governance")
    assert result.failed
    assert "There is no vault shop to lock" in result.msg
    assert aws.run("backup_vault_lock", name="shop", mode="governance", check=True).changed
    assert not aws.run("backup_vault_lock", name="shop", state="absent").changed


def test_the_lock_date_is_told_before_and_after(lock):
    expected = (CLOCK.now() + timedelta(days=3)).isoformat()
    predicted, sent = lock(**FINAL, check=True)
    assert predicted.vault_lock["lock_date"] == expected
    assert sent.writes == []
    assert lock(**FINAL)[0].vault_lock["lock_date"][:19] == expected[:19]


def test_compliance_needs_a_word_that_the_consequence_is_known(lock):
    result, sent = lock(mode="compliance", changeable_for_days=3)
    assert result.failed
    assert "cannot be taken off vault shop after its lock date" in result.msg
    assert sent.operations == []


def test_a_lock_for_governance_has_no_date(lock):
    result, sent = lock(mode="governance", min_retention_days=7)
    assert sent.parameters("PutBackupVaultLockConfiguration") == {"BackupVaultName": "shop", "MinRetentionDays": 7}
    assert "lock_date" not in result.vault_lock


def test_days_that_pass_are_no_difference(lock):
    lock(**FINAL)
    CLOCK.advance(2 * DAY)
    again, sent = lock(**FINAL)
    assert (again.changed, sent.writes) == (False, [])


def test_a_change_keeps_the_other_limit_and_moves_the_date(lock):
    first = lock(**FINAL, min_retention_days=7, max_retention_days=30)[0].vault_lock["lock_date"]
    CLOCK.advance(DAY)
    changed, sent = lock(**FINAL, min_retention_days=14)
    sending = sent.parameters("PutBackupVaultLockConfiguration")
    assert sending == {"BackupVaultName": "shop", "MinRetentionDays": 14, "MaxRetentionDays": 30, "ChangeableForDays": 3}
    assert changed.vault_lock["lock_date"] > first


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    "wish",
    [{**FINAL, "min_retention_days": 8}, {"mode": "governance"}, {**FINAL, "max_retention_days": 20}, {"state": "absent"}],
)
def test_after_its_date_a_lock_is_final(lock, wish, check):
    made, _sent = lock(**FINAL, min_retention_days=7)
    CLOCK.advance(3 * DAY + 60)
    result, sent = lock(**wish, check=check)
    assert result.failed
    assert "vault lock shop is final since" in result.msg
    assert sent.writes == []
    again, _sent = lock(**FINAL, min_retention_days=7)
    assert (again.changed, again.vault_lock["lock_date"]) == (False, made.vault_lock["lock_date"])


def test_before_its_date_a_lock_for_compliance_is_taken_off(lock):
    lock(**FINAL)
    CLOCK.advance(2 * DAY)
    assert lock(state="absent")[0].changed
    CLOCK.advance(2 * DAY)
    assert lock(mode="governance")[0].changed
