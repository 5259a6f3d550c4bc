# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LOCKED = "cannot be changed in place"


def prepare(aws):
    ec2, rds = aws.client("ec2"), aws.client("rds")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{'ab'[n]}")["Subnet"]["SubnetId"]
        for n in range(2)
    ]
    rds.create_db_subnet_group(DBSubnetGroupName="shop", DBSubnetGroupDescription="shop", SubnetIds=subnets)
    for name in ("shop", "tuned"):
        rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily="mysql8.0", Description=name)
    groups = [ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in ("one", "two")]
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    CHAIN.changes[:2] = [{"vpc_security_group_ids": groups}, {"master_user_secret_kms_key_id": key}]
    return {"vpc_security_group_ids": groups[:1]}


CHAIN = Chain(
    create={
        "name": "shop",
        "engine": "mysql",
        "engine_version": "8.0",
        "db_instance_class": "db.t3.micro",
        "allocated_storage": 20,
        "storage_encrypted": True,
        "kms_key_id": KEY,
        "db_name": "shop",
        "master_username": "admin",
        "manage_master_user_password": True,
        "db_subnet_group_name": "shop",
        "db_parameter_group_name": "shop",
        "apply_immediately": True,
    },
    changes=[
        {"vpc_security_group_ids": "set by prepare"},
        {"master_user_secret_kms_key_id": "set by prepare"},
        {"db_instance_class": "db.t3.small"},
        {"allocated_storage": 40},
        {"max_allocated_storage": 100},
        {"storage_type": "gp3"},
        {"iops": 3000},
        {"storage_throughput": 125},
        {"engine_version": "8.4.5"},
        {"multi_az": True},
        {"publicly_accessible": True},
        {"db_parameter_group_name": "tuned"},
        {"backup_retention_period": 7},
        {"preferred_backup_window": "03:00-04:00"},
        {"preferred_maintenance_window": "sun:05:00-sun:06:00"},
        {"copy_tags_to_snapshot": True},
        {"enable_cloudwatch_logs_exports": ["error", "slowquery"]},
        {"enable_cloudwatch_logs_exports": ["slowquery", "audit"]},
        {"enable_performance_insights": True},
        {"enable_iam_database_authentication": True},
        {"auto_minor_version_upgrade": False},
        {"deletion_protection": True},
        {"deletion_protection": False},
        {"port": 3307},
        {
            "manage_master_user_password": False,
            "master_user_password": "only-for-a-test",
            "master_user_secret_kms_key_id": None,
        },
    ],
    refused=[
        ({"engine": "postgres"}, LOCKED),
        ({"storage_encrypted": False}, LOCKED),
        ({"kms_key_id": KEY.replace("1234abcd", "dcba4321")}, LOCKED),
        ({"db_name": "other"}, LOCKED),
        ({"master_username": "root"}, LOCKED),
        ({"db_subnet_group_name": "other"}, LOCKED),
        ({"performance_insights_kms_key_id": KEY}, LOCKED),
        ({"source_db_instance_identifier": "other"}, LOCKED),
    ],
    invalid=[
        ({"master_user_password": "geheim12", "manage_master_user_password": True}, "not both"),
        ({"state": "absent", "skip_final_snapshot": False}, "final_db_snapshot_identifier"),
        ({"allocated_storage": 20, "max_allocated_storage": 10}, "below"),
        ({"backup_retention_period": 36}, "35 days"),
    ],
    elsewhere={"apply_immediately", "allow_major_version_upgrade"},
    delete={"skip_final_snapshot": True},
    prepare=prepare,
)
CHAIN.elsewhere |= {"skip_final_snapshot", "final_db_snapshot_identifier"}
