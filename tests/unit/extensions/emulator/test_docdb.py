# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DocumentDB in the emulated account: clusters and instances beside those of RDS, and what AWS refuses."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

PASSWORD = "only-for-a-test"


@pytest.fixture
def docdb(aws):
    return aws.client("docdb")


def make(docdb, **more):
    request = {"DBClusterIdentifier": "shop", "Engine": "docdb", "MasterUsername": "shop", "MasterUserPassword": PASSWORD, **more}
    docdb.create_db_cluster(**{key: value for key, value in request.items() if value is not None})
    CLOCK.advance(120)


def add(docdb, name):
    docdb.create_db_instance(DBInstanceIdentifier=name, DBClusterIdentifier="shop", DBInstanceClass="db.r6g.large", Engine="docdb")


def code(call, **parameters):
    """Return the error code with which a call is refused."""
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response["Error"]["Code"]


def cluster(docdb):
    return docdb.describe_db_clusters(DBClusterIdentifier="shop")["DBClusters"][0]


def test_a_cluster_is_made_in_its_time(docdb):
    docdb.create_db_cluster(DBClusterIdentifier="shop", Engine="docdb", MasterUsername="shop", MasterUserPassword=PASSWORD)
    assert cluster(docdb)["Status"] == "creating"
    instance = {"DBInstanceIdentifier": "a", "DBInstanceClass": "db.r6g.large", "Engine": "docdb"}
    assert code(docdb.create_db_instance, DBClusterIdentifier="shop", **instance) == "InvalidDBClusterStateFault"
    CLOCK.advance(120)
    assert (cluster(docdb)["Status"], cluster(docdb)["Port"]) == ("available", 27017)


def test_rds_and_documentdb_share_a_list_and_no_cluster(aws, docdb):
    rds = aws.client("rds")
    make(docdb)
    rds.create_db_cluster(DBClusterIdentifier="aurora", Engine="aurora-mysql", MasterUsername="u", MasterUserPassword=PASSWORD)
    engines = {one["DBClusterIdentifier"]: one["Engine"] for one in rds.describe_db_clusters()["DBClusters"]}
    assert engines == {"shop": "docdb", "aurora": "aurora-mysql"}
    assert code(docdb.create_db_cluster, DBClusterIdentifier="aurora", Engine="docdb") == "DBClusterAlreadyExistsFault"


@pytest.mark.parametrize(
    ("wrong", "refused"),
    [
        ({"MasterUsername": "admin"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
        ({"MasterUserPassword": None}, "InvalidParameterValue"),
        ({"ManageMasterUserPassword": True}, "InvalidParameterCombination"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue"),
        ({"Port": 80}, "InvalidParameterValue"),
        ({"EngineVersion": "9.9"}, "InvalidParameterCombination"),
        ({"KmsKeyId": "alias/aws/rds"}, "InvalidParameterCombination"),
        ({"DBSubnetGroupName": "nobody"}, "DBSubnetGroupNotFoundFault"),
        ({"DBClusterParameterGroupName": "nobody"}, "DBClusterParameterGroupNotFound"),
        ({"EnableCloudwatchLogsExports": ["slowquery"]}, "InvalidParameterCombination"),
    ],
)
def test_clusters_that_documentdb_refuses(docdb, wrong, refused):
    with pytest.raises(ClientError) as refusal:
        make(docdb, **wrong)
    assert refusal.value.response["Error"]["Code"] == refused


def test_the_first_instance_writes_and_another_takes_over(docdb):
    make(docdb)
    for name in ("shop-1", "shop-2"):
        add(docdb, name)
    zones = {one["AvailabilityZone"] for one in docdb.describe_db_instances()["DBInstances"]}
    assert len(zones) == 2

    def writer():
        return [one["DBInstanceIdentifier"] for one in cluster(docdb)["DBClusterMembers"] if one["IsClusterWriter"]]

    assert writer() == ["shop-1"]
    docdb.delete_db_instance(DBInstanceIdentifier="shop-1")
    CLOCK.advance(100)
    assert code(docdb.describe_db_instances, DBInstanceIdentifier="shop-1") == "DBInstanceNotFound"
    assert writer() == ["shop-2"]


def test_a_class_is_deferred_or_not(docdb):
    make(docdb)
    add(docdb, "shop-1")
    assert code(docdb.modify_db_instance, DBInstanceIdentifier="shop-1") == "InvalidDBInstanceState"
    CLOCK.advance(240)
    later = docdb.modify_db_instance(DBInstanceIdentifier="shop-1", DBInstanceClass="db.r6g.xlarge")["DBInstance"]
    assert (later["DBInstanceClass"], later["PendingModifiedValues"]["DBInstanceClass"]) == ("db.r6g.large", "db.r6g.xlarge")
    now = docdb.modify_db_instance(DBInstanceIdentifier="shop-1", ApplyImmediately=True)["DBInstance"]
    assert (now["DBInstanceClass"], now["DBInstanceStatus"]) == ("db.r6g.xlarge", "modifying")


def test_a_cluster_goes_after_its_instances_and_leaves_a_snapshot(docdb):
    make(docdb, DeletionProtection=True)
    add(docdb, "shop-1")
    last = {"DBClusterIdentifier": "shop", "FinalDBSnapshotIdentifier": "last"}
    assert code(docdb.delete_db_cluster, **last) == "InvalidParameterCombination"
    docdb.modify_db_cluster(DBClusterIdentifier="shop", DeletionProtection=False)
    assert code(docdb.delete_db_cluster, **last) == "InvalidDBClusterStateFault"
    docdb.delete_db_instance(DBInstanceIdentifier="shop-1")
    assert code(docdb.delete_db_cluster, DBClusterIdentifier="shop") == "InvalidParameterCombination"
    docdb.delete_db_cluster(**last)
    assert cluster(docdb)["Status"] == "deleting"
    CLOCK.advance(60)
    assert code(docdb.describe_db_clusters, DBClusterIdentifier="shop") == "DBClusterNotFoundFault"
    assert docdb.describe_db_cluster_snapshots()["DBClusterSnapshots"][0]["Status"] == "available"


def test_a_cluster_is_not_changed_while_it_is_changed(docdb):
    make(docdb)
    docdb.modify_db_cluster(DBClusterIdentifier="shop", BackupRetentionPeriod=7)
    assert cluster(docdb)["Status"] == "modifying"
    wanted = {"DBClusterIdentifier": "shop", "BackupRetentionPeriod": 8}
    assert code(docdb.modify_db_cluster, **wanted) == "InvalidDBClusterStateFault"


def test_a_major_version_is_meant(docdb):
    make(docdb, EngineVersion="4.0.0")
    wanted = {"DBClusterIdentifier": "shop", "EngineVersion": "5.0.0", "ApplyImmediately": True}
    assert code(docdb.modify_db_cluster, **wanted) == "InvalidParameterCombination"
    docdb.modify_db_cluster(**wanted, AllowMajorVersionUpgrade=True)
    assert (cluster(docdb)["EngineVersion"], cluster(docdb)["DBClusterParameterGroup"]) == ("5.0.0", "default.docdb5.0")


def test_a_managed_password_is_a_secret(aws, docdb):
    make(docdb, MasterUserPassword=None, ManageMasterUserPassword=True)
    secret = cluster(docdb)["MasterUserSecret"]
    assert secret["SecretStatus"] == "active"
    assert "shop" in aws.client("secretsmanager").get_secret_value(SecretId=secret["SecretArn"])["SecretString"]
    docdb.modify_db_cluster(DBClusterIdentifier="shop", ManageMasterUserPassword=False, MasterUserPassword=PASSWORD)
    assert "MasterUserSecret" not in cluster(docdb)


def test_tags_are_found_by_the_index(aws, docdb):
    make(docdb, Tags=[{"Key": "Project", "Value": "Shop"}])
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Project"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in found] == [cluster(docdb)["DBClusterArn"]]
