# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DocumentDB clusters: instances come, change and go so that the cluster serves, and data is not lost by accident."""

from __future__ import annotations

import pytest

SHOP = {
    "name": "shop",
    "master_username": "shop",
    "manage_master_user_password": True,
    "instance_count": 2,
    "db_instance_class": "db.r6g.large",
    "apply_immediately": True,
    "wait_timeout": 3600,
}
GONE = {"state": "absent", "skip_final_snapshot": True}


@pytest.fixture
def docdb(aws):
    return aws.client("docdb")


@pytest.fixture
def cluster(aws):
    """Return a function that runs the module for one cluster."""

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("docdb_cluster", **{**SHOP, **more})
        return result, sent

    return run


def instances(result):
    return {one["db_instance_identifier"]: one for one in result.cluster["instances"]}


def named(sent, operation):
    return [entry["parameters"]["DBInstanceIdentifier"] for entry in sent.entries if entry["operation"] == operation]


def test_no_password_is_sent_or_returned_when_documentdb_manages_it(cluster):
    made, sent = cluster()
    assert sent.parameters("CreateDBCluster")["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in sent.parameters("CreateDBCluster")
    assert made.cluster["master_user_secret"]["secret_arn"].startswith("arn:aws:secretsmanager:")


def test_instances_wait_for_their_cluster(cluster):
    made, sent = cluster()
    assert sent.writes == ["CreateDBCluster", "CreateDBInstance", "CreateDBInstance"]
    assert not made.failed, made.msg
    assert {name: one["db_instance_status"] for name, one in instances(made).items()} == {
        "shop-1": "available",
        "shop-2": "available",
    }


def test_without_waiting_a_second_run_picks_it_up(cluster):
    made, _sent = cluster(wait=False)
    assert not made.failed, made.msg
    again, sent = cluster()
    assert (again.changed, sent.writes, instances(again)["shop-2"]["db_instance_status"]) == (False, [], "available")


def test_the_writer_changes_last_and_alone(cluster):
    cluster(instance_count=3)
    _result, sent = cluster(instance_count=3, db_instance_class="db.r6g.xlarge")
    assert named(sent, "ModifyDBInstance") == ["shop-3", "shop-2", "shop-1"]
    assert {entry["status"] for entry in sent.entries} == {200}


def test_who_reads_goes_before_who_writes(cluster, docdb):
    cluster(instance_count=3)
    _result, sent = cluster(instance_count=2)
    assert named(sent, "DeleteDBInstance") == ["shop-3"]
    docdb.delete_db_instance(DBInstanceIdentifier="shop-1")  # the writer, so that shop-2 takes over
    _result, sent = cluster(instance_count=1)
    assert named(sent, "DeleteDBInstance") == []
    result, sent = cluster(instance_count=2)
    assert named(sent, "CreateDBInstance") == ["shop-1"]
    assert [name for name, one in instances(result).items() if one["is_cluster_writer"]] == ["shop-2"]


def test_a_further_instance_is_like_the_others(cluster):
    settings = {"auto_minor_version_upgrade": False, "enable_performance_insights": True, "tags": {"Project": "Shop"}}
    cluster(instance_count=1, **settings)
    result, sent = cluster(instance_count=2, **settings)
    request = sent.parameters("CreateDBInstance")
    assert (request["AutoMinorVersionUpgrade"], request["EnablePerformanceInsights"]) == (False, True)
    assert request["Tags"] == [{"Key": "Project", "Value": "Shop"}]
    assert (result.warnings, cluster(**settings)[0].changed) == ([], False)


def test_an_instance_that_was_changed_by_hand_is_a_difference(cluster, docdb):
    cluster()
    docdb.modify_db_instance(DBInstanceIdentifier="shop-2", DBInstanceClass="db.r6g.4xlarge", ApplyImmediately=True)
    result, _sent = cluster()
    assert result.changed
    assert {one["db_instance_class"] for one in instances(result).values()} == {"db.r6g.large"}


def test_a_deferred_class_is_sent_once(cluster):
    cluster(apply_immediately=False)
    changed, _sent = cluster(db_instance_class="db.r6g.xlarge", apply_immediately=False)
    assert (changed.changed, changed.warnings) == (True, [])
    assert instances(changed)["shop-1"]["pending_modified_values"] == {"db_instance_class": "db.r6g.xlarge"}
    again, sent = cluster(db_instance_class="db.r6g.xlarge", apply_immediately=False)
    assert (again.changed, sent.writes) == (False, [])


def test_a_version_is_never_deferred(cluster):
    cluster(engine_version="4.0.0", apply_immediately=False)
    result, sent = cluster(engine_version="5.0.0", allow_major_version_upgrade=True, apply_immediately=False)
    assert sent.parameters("ModifyDBCluster") == {
        "DBClusterIdentifier": "shop",
        "EngineVersion": "5.0.0",
        "AllowMajorVersionUpgrade": True,
        "ApplyImmediately": True,
    }
    assert result.cluster["engine_version"] == "5.0.0"


def test_logs_are_switched_on_and_off(cluster):
    cluster(enable_cloudwatch_logs_exports=["audit"])
    _result, sent = cluster(enable_cloudwatch_logs_exports=["profiler"])
    wanted = {"EnableLogTypes": ["profiler"], "DisableLogTypes": ["audit"]}
    assert sent.parameters("ModifyDBCluster")["CloudwatchLogsExportConfiguration"] == wanted


def test_tags_are_those_of_the_instances_too(cluster, docdb):
    cluster(tags={"Project": "Shop"})
    result, sent = cluster(tags={"Project": "Shop", "Owner": "Team"})
    assert sent.writes == ["AddTagsToResource"] * 3
    for one in instances(result).values():
        tags = docdb.list_tags_for_resource(ResourceName=one["db_instance_arn"])["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"Project": "Shop", "Owner": "Team"}


def test_a_parameter_group_waits_for_a_reboot(aws, cluster):
    family = {"DBParameterGroupFamily": "docdb5.0", "Description": "tuned"}
    aws.client("docdb").create_db_cluster_parameter_group(DBClusterParameterGroupName="tuned", **family)
    made, _sent = cluster()
    changed, _sent = cluster(db_cluster_parameter_group_name="tuned")
    assert (made.cluster["pending_reboot"], changed.cluster["pending_reboot"]) == (False, True)


def test_a_cluster_of_another_engine_is_left_alone(aws, cluster):
    aws.client("rds").create_db_cluster(
        DBClusterIdentifier="shop", Engine="aurora-mysql", MasterUsername="root", MasterUserPassword="only-for-a-test"
    )
    result, sent = cluster()
    assert "is of engine aurora-mysql, not docdb" in result.msg
    assert sent.writes == []


def test_a_cluster_needs_a_user_and_a_password(cluster):
    assert "needs a master_username" in cluster(master_username=None)[0].msg
    assert "needs manage_master_user_password=true" in cluster(manage_master_user_password=None)[0].msg


# Removal


def test_instances_go_first_and_data_is_kept_in_a_last_snapshot(cluster, docdb):
    cluster()
    result, sent = cluster(state="absent", final_db_snapshot_identifier="shop-last")
    assert not result.failed, result.msg
    assert sent.writes == ["DeleteDBInstance", "DeleteDBInstance", "DeleteDBCluster"]
    assert named(sent, "DeleteDBInstance") == ["shop-2", "shop-1"]
    assert [one["DBClusterSnapshotIdentifier"] for one in docdb.describe_db_cluster_snapshots()["DBClusterSnapshots"]] == [
        "shop-last"
    ]


def test_no_instance_goes_when_the_name_of_the_snapshot_is_taken(cluster):
    cluster()
    cluster(state="absent", final_db_snapshot_identifier="shop-last")
    cluster()
    result, sent = cluster(state="absent", final_db_snapshot_identifier="shop-last")
    assert "there is a snapshot shop-last already" in result.msg
    assert sent.writes == []


def test_a_protected_cluster_keeps_its_instances(cluster):
    cluster(deletion_protection=True)
    result, sent = cluster(**GONE)
    assert "deletion_protection=false" in result.msg
    assert sent.writes == []


def test_a_removal_that_was_broken_off_goes_on(cluster, docdb):
    cluster()
    for name in ("shop-1", "shop-2"):
        docdb.delete_db_instance(DBInstanceIdentifier=name)
    result, sent = cluster(**GONE)
    assert (result.failed, sent.writes) == (False, ["DeleteDBCluster"])
