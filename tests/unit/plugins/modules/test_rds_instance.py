# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RDS instances: what is sent, what is deferred, and how data is not lost by accident."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_instance import CHAIN, prepare


@pytest.fixture
def db(aws):
    """Return a function that runs the module for one database."""
    options = {**CHAIN.create, **prepare(aws), "apply_immediately": False}

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("rds_instance", **{**options, **more})
        return result, sent

    return run


def test_no_password_is_sent_or_returned_when_rds_manages_it(db):
    made, sent = db()
    assert sent.parameters("CreateDBInstance")["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in sent.parameters("CreateDBInstance")
    assert made.instance["master_user_secret"]["secret_arn"].startswith("arn:aws:secretsmanager:")


def test_creation_waits_for_an_address(db):
    made, _sent = db()
    assert (made.instance["status"], made.instance["endpoint"]["port"]) == ("available", 3306)


def test_without_waiting_a_second_run_picks_it_up(db):
    made, _sent = db(wait=False)
    assert made.instance["status"] == "creating"
    again, sent = db()
    assert (again.changed, again.instance["status"], sent.writes) == (False, "available", [])


def test_a_patch_level_is_left_to_aws(db, aws):
    db(engine_version="8.0.35")
    again, sent = db(engine_version="8.0")
    assert (again.changed, sent.writes) == (False, [])


def test_only_what_differs_is_sent(db):
    db()
    _result, sent = db(backup_retention_period=7)
    assert sent.parameters("ModifyDBInstance") == {
        "DBInstanceIdentifier": "shop",
        "BackupRetentionPeriod": 7,
        "ApplyImmediately": False,
        "AllowMajorVersionUpgrade": False,
    }


def test_a_deferred_change_is_sent_once(db):
    db()
    changed, _sent = db(db_instance_class="db.t3.small")
    assert changed.changed
    assert changed.warnings == []
    assert changed.instance["pending_modified_values"] == {"db_instance_class": "db.t3.small"}
    again, sent = db(db_instance_class="db.t3.small")
    assert (again.changed, sent.writes) == (False, [])


def test_storage_that_grew_by_itself_is_left_alone(db, aws):
    db(max_allocated_storage=100)
    aws.client("rds").modify_db_instance(DBInstanceIdentifier="shop", AllocatedStorage=60, ApplyImmediately=True)
    again, sent = db(max_allocated_storage=100)
    assert (again.changed, sent.writes) == (False, [])


def test_logs_are_switched_on_and_off(db):
    db(enable_cloudwatch_logs_exports=["error", "slowquery"])
    _result, sent = db(enable_cloudwatch_logs_exports=["audit", "error"])
    configuration = sent.parameters("ModifyDBInstance")["CloudwatchLogsExportConfiguration"]
    assert configuration == {"EnableLogTypes": ["audit"], "DisableLogTypes": ["slowquery"]}


def test_data_is_kept_in_a_last_snapshot(db, aws):
    db()
    db(state="absent", final_db_snapshot_identifier="shop-last")
    snapshots = aws.client("rds").describe_db_snapshots()["DBSnapshots"]
    assert "shop-last" in [snapshot["DBSnapshotIdentifier"] for snapshot in snapshots]


def test_a_protected_instance_is_not_removed(db):
    db(deletion_protection=True)
    result, sent = db(state="absent", skip_final_snapshot=True)
    assert result.failed
    assert "deletion_protection=false" in result.msg
    assert sent.writes == []


def test_a_replica(db, aws):
    db(backup_retention_period=1)
    with aws.recorded() as sent:
        made = aws.run("rds_instance", name="shop-replica", source_db_instance_identifier="shop", db_instance_class="db.t3.small")
    assert sent.writes == ["CreateDBInstanceReadReplica"]
    assert made.instance["source_db_instance_identifier"] == "shop"
    assert not aws.run(
        "rds_instance", name="shop-replica", source_db_instance_identifier="shop", db_instance_class="db.t3.small"
    ).changed


def test_a_major_version_is_content_with_the_minor_one_that_aws_gives(db):
    made, _sent = db(engine_version="8.4")
    assert made.instance["engine_version"].startswith("8.4.")
    assert made.warnings == []
    again, sent = db(engine_version="8.4")
    assert (again.changed, sent.writes) == (False, [])


def test_what_aws_has_upgraded_does_not_go_back(db):
    db(engine_version="8.4.5")
    older, sent = db(engine_version="8.4.4")
    assert (older.changed, sent.writes) == (False, [])
    newer, sent = db(engine_version="8.4.6")
    assert (newer.changed, sent.writes) == (True, ["ModifyDBInstance"])
