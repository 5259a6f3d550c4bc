# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Restores: tags that are really set, databases that are never overwritten, and what is around the data."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_snapshot_copy import SHOP, snapshots


@pytest.fixture
def rds(aws):
    return snapshots(aws, "us-east-1")


@pytest.fixture
def restore(aws, rds):
    """Return a function that runs the module for one database."""

    def run(check=False, **more):
        with aws.recorded() as sent:
            result = aws.run("rds_restore", check=check, **{"name": "rescue", **more})
        return result, sent

    return run


def tags_of(rds, name="rescue"):
    found = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["TagList"]
    return {tag["Key"]: tag["Value"] for tag in found}


def test_a_restore_to_a_point_in_time_has_its_tags(restore, rds):
    made, sent = restore(source="shop", tags={"Project": "Shop"})
    assert sent.writes == ["RestoreDBInstanceToPointInTime"]
    assert sent.parameters("RestoreDBInstanceToPointInTime")["UseLatestRestorableTime"] is True
    assert tags_of(rds) == made.database["tags"] == {"Project": "Shop", "RestoredFrom": "shop@latest"}
    assert not restore(source="shop", tags={"Project": "Shop"})[0].changed


def test_a_restored_database_does_not_inherit_tags(restore, rds):
    restore(snapshot="shop", tags={})
    assert tags_of(rds) == {"RestoredFrom": "shop"}


def test_tags_stay_as_they_are_wanted(restore, rds):
    made, _sent = restore(snapshot="shop", tags={"Project": "Shop"})
    rds.add_tags_to_resource(ResourceName=made.database["arn"], Tags=[{"Key": "Of", "Value": "shop"}])
    changed, sent = restore(snapshot="shop", tags={"Project": "Shop"})
    assert (changed.changed, sent.writes) == (True, ["RemoveTagsFromResource"])
    assert tags_of(rds) == {"Project": "Shop", "RestoredFrom": "shop"}


def test_settings_are_sent_under_the_names_of_the_api(restore):
    _made, sent = restore(
        snapshot="shop", settings={"db_instance_class": "db.t3.large", "multi_az": True, "deletion_protection": True}
    )
    assert sent.parameters("RestoreDBInstanceFromDBSnapshot") == {
        "DBInstanceIdentifier": "rescue",
        "DBSnapshotIdentifier": "shop",
        "DBInstanceClass": "db.t3.large",
        "MultiAZ": True,
        "DeletionProtection": True,
        "Tags": [{"Key": "RestoredFrom", "Value": "shop"}],
    }


def test_a_cluster_keeps_its_scaling_and_its_parameter_group(restore, rds):
    scaling = {"min_capacity": 0.5, "max_capacity": 4}
    settings = {"serverless_v2_scaling_configuration": scaling, "db_cluster_parameter_group_name": "tuned"}
    _made, sent = restore(kind="cluster", source="orders", settings=settings)
    sent = sent.parameters("RestoreDBClusterToPointInTime")
    assert sent["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 4}
    found = rds.describe_db_clusters(DBClusterIdentifier="rescue")["DBClusters"][0]
    assert found["DBClusterParameterGroup"] == "tuned"
    assert found["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 4.0}


def test_the_source_is_never_restored_over_itself(restore):
    for options in ({"snapshot": "shop"}, {"source": "shop"}):
        result, sent = restore(name="shop", **options)
        assert "A restore touches nothing that exists" in result.msg
        assert sent.writes == []


def test_a_database_with_another_origin_is_refused(restore):
    restore(snapshot="shop")
    result, sent = restore(source="shop", restore_time="2026-11-21T10:15:00+01:00")
    assert "comes from shop, not from shop@2026-11-21T09:15:00Z" in result.msg
    assert sent.writes == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"Engine": "postgres"}, "elsewhere: its engine is postgres"),
        ({"MasterUsername": "root"}, "elsewhere: its master_username is root"),
    ],
)
def test_a_database_without_the_tag_has_to_fit(restore, rds, other, words):
    rds.create_db_instance(DBInstanceIdentifier="rescue", **{**SHOP, **other})
    CLOCK.advance(300)
    result, sent = restore(snapshot="shop")
    assert words in result.msg
    assert sent.writes == []


def test_a_database_that_is_older_than_the_snapshot_is_not_of_it(restore, rds):
    rds.create_db_instance(DBInstanceIdentifier="rescue", **SHOP)
    CLOCK.advance(300)
    rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="late")
    CLOCK.advance(300)
    assert "elsewhere: it is older" in restore(snapshot="late")[0].msg


def test_a_lost_tag_is_warned_of_and_not_made_up(restore, rds):
    made, _sent = restore(snapshot="shop")
    rds.remove_tags_from_resource(ResourceName=made.database["arn"], TagKeys=["RestoredFrom"])
    again, sent = restore(snapshot="shop")
    assert (again.changed, sent.writes) == (False, [])
    assert "has lost its tag RestoredFrom" in again.warnings[0]


def test_a_moment_without_backups_is_refused_by_aws(restore):
    result, _sent = restore(source="shop", restore_time="2001-01-01T00:00:00Z")
    assert "AWS refused restore_db_instance_to_point_in_time: The specified time is not between" in result.msg


def test_a_database_that_is_being_removed_is_waited_for(restore, rds):
    rds.create_db_instance(DBInstanceIdentifier="rescue", **SHOP)
    CLOCK.advance(300)
    rds.delete_db_instance(DBInstanceIdentifier="rescue", SkipFinalSnapshot=True)
    made, _sent = restore(snapshot="shop")
    assert (made.changed, made.database["restored_from"]) == (True, "shop")


def test_a_restored_database_has_no_managed_password_until_it_is_given_one(restore, rds, aws):
    rds.modify_db_instance(DBInstanceIdentifier="shop", ManageMasterUserPassword=True, ApplyImmediately=True)
    CLOCK.advance(600)
    made, _sent = restore(source="shop")
    assert "master_user_secret" not in made.database
    assert aws.run("rds_master_secret", name="rescue").master_secret["status"] == "active"
