# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Copies of snapshots: keys, regions, tags, and of which snapshot they are."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_snapshot_copy import WEST, snapshots


@pytest.fixture
def copy(aws):
    """Return a function that runs the module for one copy."""

    def run(check=False, **more):
        with aws.recorded() as sent:
            result = aws.run("rds_snapshot_copy", check=check, **{"name": "kept", **more})
        return result, sent

    return run


@pytest.fixture
def key(aws):
    """Return the ARN of a key of this region, which has the alias ``alias/backup``."""
    kms = aws.client("kms")
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/backup", TargetKeyId=made["KeyId"])
    return made["Arn"]


@pytest.mark.parametrize(
    ("kind", "source", "operation"),
    [
        ("instance", f"{WEST}:snapshot:shop", "CopyDBSnapshot"),
        ("cluster", f"{WEST}:cluster-snapshot:orders", "CopyDBClusterSnapshot"),
    ],
)
def test_an_encrypted_snapshot_leaves_its_region(copy, aws, key, kind, source, operation):
    snapshots(aws, "us-west-2")
    made, sent = copy(kind=kind, source=source, kms_key_id="alias/backup")
    assert sent.writes == [operation]
    assert sent.parameters(operation)["KmsKeyId"] == "alias/backup"
    assert "us-west-2" in sent.parameters(operation)["PreSignedUrl"]
    assert (made.snapshot["status"], made.snapshot["kms_key_id"], made.snapshot["source"]) == ("available", key, source)
    again, sent = copy(kind=kind, source=source, kms_key_id="alias/backup")
    assert (again.changed, sent.writes) == (False, [])


def test_an_encrypted_snapshot_does_not_leave_its_region_without_a_key(copy, aws):
    snapshots(aws, "us-west-2")
    result, _sent = copy(source=f"{WEST}:snapshot:shop")
    assert "A KMS key of this region" in result.msg


def test_a_copy_becomes_encrypted(copy, aws, key):
    snapshots(aws, "us-east-1", encrypted=False)
    made, sent = copy(source="shop", kms_key_id=key)
    assert "PreSignedUrl" not in sent.parameters("CopyDBSnapshot")
    assert (made.snapshot["encrypted"], made.snapshot["kms_key_id"]) == (True, key)


def test_a_copy_has_the_tags_it_is_given_and_no_others(copy, aws):
    snapshots(aws, "us-east-1")
    assert copy(source="shop")[0].snapshot["tags"] == {}
    assert copy(name="tagged", source="shop", tags={"Project": "Shop"})[0].snapshot["tags"] == {"Project": "Shop"}
    assert copy(name="same", source="shop", copy_tags=True)[0].snapshot["tags"] == {"Of": "snapshot"}
    assert not copy(name="same", source="shop", copy_tags=True)[0].changed


def test_a_snapshot_that_is_no_copy_of_the_source_is_refused(copy, aws):
    rds = snapshots(aws, "us-east-1")
    CLOCK.advance(60)
    rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="kept")
    rds.create_db_cluster_snapshot(DBClusterIdentifier="orders", DBClusterSnapshotIdentifier="kept")
    for options in ({"source": "shop"}, {"source": f"{WEST}:snapshot:shop"}, {"kind": "cluster", "source": "orders"}):
        result, sent = copy(**options)
        assert "cannot be changed in place: source is" in result.msg
        assert sent.writes == []


def test_a_copy_stays_when_its_source_has_expired(copy, aws):
    rds = snapshots(aws, "us-east-1")
    copy(source="shop")
    copy(kind="cluster", source="orders")
    rds.delete_db_snapshot(DBSnapshotIdentifier="shop")
    rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="orders")
    for options in ({"source": "shop"}, {"kind": "cluster", "source": "orders"}):
        again, sent = copy(**options)
        assert (again.changed, sent.writes) == (False, [])


def test_a_source_that_is_not_there(copy, aws):
    result, sent = copy(source="nothing")
    assert "There is no snapshot nothing in us-east-1" in result.msg
    assert sent.writes == []


def test_without_waiting_a_second_run_picks_it_up(copy, aws):
    snapshots(aws, "us-east-1")
    made, _sent = copy(source="shop", wait=False)
    assert made.snapshot["status"] == "creating"
    again, sent = copy(source="shop")
    assert (again.changed, again.snapshot["status"], sent.writes) == (False, "available", [])


def test_a_copy_of_a_cluster_is_removed_by_its_own_operation(copy, aws):
    snapshots(aws, "us-east-1")
    copy(kind="cluster", source="orders")
    _gone, sent = copy(kind="cluster", state="absent")
    assert sent.writes == ["DeleteDBClusterSnapshot"]
    assert not copy(kind="cluster", state="absent")[0].changed
