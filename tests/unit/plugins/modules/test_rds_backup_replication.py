# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Automated backups that go to another region."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_backup_replication import keys, shop


@pytest.fixture
def replication(aws):
    """Return a function that runs the module for one instance in Oregon."""

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("rds_backup_replication", **{"name": "shop", "source_region": "us-west-2", **more})
        return result, sent

    return run


def test_automated_backups_go_to_another_region(replication, aws):
    shop(aws, StorageEncrypted=False)
    made, sent = replication(backup_retention_period=14)
    start = next(entry for entry in sent.entries if entry["write"])
    assert (start["operation"], start["region"]) == ("StartDBInstanceAutomatedBackupsReplication", "us-east-1")
    parameters = dict(start["parameters"])
    signed = parameters.pop("PreSignedUrl")
    assert "us-west-2" in signed
    assert "Action=StartDBInstanceAutomatedBackupsReplication" in signed
    assert parameters == {"SourceDBInstanceArn": "arn:aws:rds:us-west-2:123456789012:db:shop", "BackupRetentionPeriod": 14}
    assert made.backup_replication["status"] == "replicating"
    assert made.backup_replication["arn"].startswith("arn:aws:rds:us-east-1:123456789012:auto-backup:ab-")


def test_without_waiting_a_second_run_picks_it_up(replication, aws):
    shop(aws, StorageEncrypted=False)
    made, _sent = replication(wait=False)
    assert made.backup_replication["status"] == "pending"
    again, sent = replication()
    assert (again.changed, again.backup_replication["status"], sent.writes) == (False, "replicating", [])


def test_the_key_is_one_of_the_region_to_which_the_backups_go(replication, aws):
    shop(aws)
    key = keys(aws)[0]
    made, _sent = replication(kms_key_id=key)
    assert made.backup_replication["kms_key_id"] == key


def test_what_keeps_backups_from_being_replicated_is_said_before(replication, aws):
    result, sent = replication()
    assert "There is no instance shop in us-west-2" in result.msg
    shop(aws)
    result, sent = replication()
    assert "kms_key_id has to name a key of us-east-1" in result.msg
    rds = aws.client("rds", "us-west-2")
    rds.modify_db_instance(DBInstanceIdentifier="shop", BackupRetentionPeriod=0, ApplyImmediately=True)
    result, sent = replication()
    assert "has no automated backups" in result.msg
    assert sent.writes == []


def test_an_instance_of_the_same_name_here_is_not_mistaken(replication, aws):
    shop(aws, StorageEncrypted=False)
    here = {"DBInstanceClass": "db.t3.micro", "Engine": "mysql", "AllocatedStorage": 20, "MasterUsername": "admin"}
    aws.client("rds").create_db_instance(DBInstanceIdentifier="shop", **here, MasterUserPassword="only-for-a-test")
    CLOCK.advance(300)
    assert not replication(state="absent")[0].changed
    assert replication()[0].changed


def test_what_has_arrived_is_kept_and_is_no_replication(replication, aws):
    shop(aws, StorageEncrypted=False)
    made, _sent = replication()
    gone, sent = replication(state="absent")
    assert (gone.changed, sent.writes) == (True, ["StopDBInstanceAutomatedBackupsReplication"])
    arn = made.backup_replication["arn"]
    kept = aws.client("rds").describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=arn)
    assert kept["DBInstanceAutomatedBackups"][0]["Status"] == "retained"
    assert not replication(state="absent")[0].changed
    assert replication()[0].backup_replication["arn"] != arn


def test_another_retention_starts_the_replication_anew(replication, aws):
    shop(aws, StorageEncrypted=False)
    replication(backup_retention_period=7)
    changed, sent = replication(backup_retention_period=21)
    operation = "DBInstanceAutomatedBackupsReplication"
    assert sent.writes == [f"Stop{operation}", f"Start{operation}"]
    assert changed.backup_replication["backup_retention_period"] == 21


def test_a_replication_ends_with_its_instance(replication, aws):
    shop(aws, StorageEncrypted=False)
    replication()
    aws.client("rds", "us-west-2").delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    CLOCK.advance(300)
    assert not replication(state="absent")[0].changed
