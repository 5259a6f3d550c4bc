# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.readers import rds
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back
from ansible_collections.slipway.aws.tests.support.samples import sample

INSTANCE, SUBNETS, PARAMETERS = "AWS::RDS::DBInstance", "AWS::RDS::DBSubnetGroup", "AWS::RDS::DBParameterGroup"


@pytest.fixture
def around(aws):
    """Return the security group of a database; its subnet group and its parameter group are there, and groups of other people."""
    ec2, client = aws.client("ec2"), aws.client("rds")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{'ab'[n]}")["Subnet"]["SubnetId"]
        for n in range(2)
    ]
    for number, subnet in enumerate(subnets):
        ec2.create_tags(Resources=[subnet], Tags=[*PAIRS, {"Key": "Name", "Value": f"shop-dev-{'ab'[number]}"}])
    group = ec2.create_security_group(GroupName="shop-dev-database", Description="x", VpcId=vpc)["GroupId"]
    ec2.create_tags(Resources=[group], Tags=PAIRS)
    for name, tags in (("shop-dev", PAIRS), ("other", [])):
        client.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription=name, SubnetIds=subnets[::-1], Tags=tags)
        family = {"DBParameterGroupFamily": "mysql8.4", "Description": name}
        client.create_db_parameter_group(DBParameterGroupName=name, Tags=tags, **family)
    said = [{"ParameterName": "long_query_time", "ParameterValue": "2", "ApplyMethod": "immediate"}]
    client.modify_db_parameter_group(DBParameterGroupName="shop-dev", Parameters=said)
    return group


def test_groups_come_back_with_what_was_set(aws, around):
    assert read_back(aws, SUBNETS, PARAMETERS) == {
        "StorageDBParameterGroup": {
            "DBParameterGroupName": "shop-dev",
            "Description": "shop-dev",
            "Family": "mysql8.4",
            "Parameters": {"long_query_time": "2"},
            "Tags": PAIRS,
        },
        "StorageDBSubnetGroup": {
            "DBSubnetGroupDescription": "shop-dev",
            "DBSubnetGroupName": "shop-dev",
            "SubnetIds": [{"Ref": "StorageSubnetA"}, {"Ref": "StorageSubnetB"}],
            "Tags": PAIRS,
        },
    }


def test_an_instance_comes_back(aws, around):
    key = aws.client("kms").create_key(Tags=[{"TagKey": name, "TagValue": value} for name, value in OURS.items()])
    made = aws.run(
        "rds_instance",
        name="shop-dev",
        engine="mysql",
        engine_version="8.4.7",
        db_instance_class="db.t3.micro",
        storage_type="gp3",
        allocated_storage=20,
        max_allocated_storage=40,
        storage_encrypted=True,
        kms_key_id=key["KeyMetadata"]["Arn"],
        db_name="orders",
        master_username="app",
        manage_master_user_password=True,
        multi_az=True,
        publicly_accessible=False,
        db_subnet_group_name="shop-dev",
        db_parameter_group_name="shop-dev",
        vpc_security_group_ids=[around],
        backup_retention_period=7,
        preferred_backup_window="03:00-04:00",
        preferred_maintenance_window="sun:05:00-sun:06:00",
        copy_tags_to_snapshot=True,
        enable_cloudwatch_logs_exports=["slowquery", "error"],
        deletion_protection=True,
        tags=OURS,
    )
    assert made.changed, made.msg
    found = read_back(aws, INSTANCE)["StorageDBInstance"]
    found.pop("CACertificateIdentifier", None)  # AWS chooses
    assert list(found.pop("KmsKeyId")) == ["Fn::GetAtt"]
    assert list(found.pop("MasterUserSecret")) == ["KmsKeyId"]  # the secret itself is RDS's
    assert found == {
        "AllocatedStorage": "20",
        "AutoMinorVersionUpgrade": True,
        "BackupRetentionPeriod": 7,
        "CopyTagsToSnapshot": True,
        "DBInstanceClass": "db.t3.micro",
        "DBInstanceIdentifier": "shop-dev",
        "DBName": "orders",
        "DBParameterGroupName": "shop-dev",
        "DBSubnetGroupName": "shop-dev",
        "DeletionProtection": True,
        "EnableCloudwatchLogsExports": ["error", "slowquery"],
        "EnableIAMDatabaseAuthentication": False,
        "Engine": "mysql",
        "EngineVersion": "8.4.7",
        "LicenseModel": "general-public-license",
        "ManageMasterUserPassword": True,
        "MasterUsername": "app",
        "MaxAllocatedStorage": 40,
        "MonitoringInterval": 0,
        "MultiAZ": True,
        "Port": "3306",
        "PreferredBackupWindow": "03:00-04:00",
        "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
        "PubliclyAccessible": False,
        "StorageEncrypted": True,
        "StorageType": "gp3",
        "Tags": PAIRS,
        "VPCSecurityGroups": [{"Ref": "StorageSecurityGroupDatabase"}],
    }


def test_an_instance_without_choices_names_no_groups_of_aws(aws):
    plain = {"engine": "mysql", "db_instance_class": "db.t3.micro", "allocated_storage": 20, "master_username": "app"}
    made = aws.run("rds_instance", name="shop-dev", manage_master_user_password=True, tags=OURS, **plain)
    assert made.changed, made.msg
    found = read_back(aws, INSTANCE, PARAMETERS)
    assert list(found) == ["StorageDBInstance"]
    assert not found["StorageDBInstance"].keys() & {"AvailabilityZone", "DBParameterGroupName", "OptionGroupName"}


# The emulated account has no replicas and no instances of Aurora; these answers are AWS's own.


def test_a_replica_has_its_source_and_not_what_that_decides():
    described = {"ReadReplicaSourceDBInstanceIdentifier": "shop", "MasterUsername": "app", "StorageEncrypted": True, "DBName": "x"}
    found = {name: value for name, value in rds._instance({**described, "AllocatedStorage": 20}).items() if value}
    assert found == {"AllocatedStorage": "20", "SourceDBInstanceIdentifier": "shop"}


def test_an_instance_of_a_cluster_has_not_what_the_cluster_has():
    described = {"DBClusterIdentifier": "shop", "AllocatedStorage": 1, "PromotionTier": 0, "StorageEncrypted": True}
    found = {name: value for name, value in rds._instance(described).items() if value not in (None, [])}
    assert found == {"DBClusterIdentifier": "shop", "PromotionTier": 0}


OTHERS = ("DBClusterIdentifier", "ReadReplicaSourceDBInstanceIdentifier", "ReadReplicaSourceDBClusterIdentifier")


def test_what_waits_for_the_maintenance_window_is_decided(aws):
    described = {**sample("rds", "DBInstance"), "DBInstanceAutomatedBackupsReplications": []}
    waiting = {"AllocatedStorage": 30, "MultiAZ": True, "MasterUserPassword": "****"}
    told = rds._instance({**described, "PendingModifiedValues": waiting, **dict.fromkeys(OTHERS)})
    assert (told["AllocatedStorage"], told["MultiAZ"]) == ("30", True)
    assert "MasterUserPassword" not in told
