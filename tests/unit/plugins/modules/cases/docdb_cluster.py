# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

LOCKED = "cannot be changed in place"


def prepare(aws):
    ec2, rds, kms = aws.client("ec2"), aws.client("rds"), aws.client("kms")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{'ab'[n]}")["Subnet"]["SubnetId"]
        for n in range(2)
    ]
    rds.create_db_subnet_group(DBSubnetGroupName="shop", DBSubnetGroupDescription="shop", SubnetIds=subnets)
    for name, family in (("shop", "docdb4.0"), ("tuned", "docdb4.0"), ("newer", "docdb5.0")):
        rds.create_db_cluster_parameter_group(DBClusterParameterGroupName=name, DBParameterGroupFamily=family, Description=name)
    groups = [ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in ("one", "two")]
    for alias in ("alias/shop", "alias/passwords"):
        kms.create_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    insights = kms.create_key()["KeyMetadata"]["Arn"]
    CHAIN.changes[:2] = [{"vpc_security_group_ids": groups}, {"performance_insights_kms_key_id": insights}]
    return {"vpc_security_group_ids": groups[:1]}


CHAIN = Chain(
    create={
        "name": "shop",
        "engine_version": "4.0.0",
        "instance_count": 1,
        "db_instance_class": "db.r6g.large",
        "master_username": "shop",
        "manage_master_user_password": True,
        "storage_encrypted": True,
        "kms_key_id": "alias/shop",
        "db_subnet_group_name": "shop",
        "db_cluster_parameter_group_name": "shop",
        "enable_performance_insights": True,
        "apply_immediately": True,
        "wait_timeout": 3600,
    },
    changes=[
        {"vpc_security_group_ids": "set by prepare"},
        {"performance_insights_kms_key_id": "set by prepare"},
        {"master_user_secret_kms_key_id": "alias/passwords"},
        {"instance_count": 3},
        {"db_instance_class": "db.r6g.xlarge"},
        {"instance_count": 2, "db_instance_class": "db.r6g.large"},
        {"db_cluster_parameter_group_name": "tuned"},
        {"port": 27018},
        {"network_type": "DUAL"},
        {"engine_version": "5.0.0", "allow_major_version_upgrade": True, "db_cluster_parameter_group_name": "newer"},
        {"storage_type": "iopt1"},
        {"storage_type": "standard"},
        {"backup_retention_period": 7},
        {"preferred_backup_window": "03:00-04:00"},
        {"preferred_maintenance_window": "Sun:05:00-Sun:06:00"},
        {"enable_cloudwatch_logs_exports": ["profiler", "audit"]},
        {"enable_cloudwatch_logs_exports": ["audit"]},
        {"deletion_protection": True},
        {"deletion_protection": False},
        {"auto_minor_version_upgrade": False},
        {"ca_certificate_identifier": "rds-ca-ecc384-g1"},
        {"copy_tags_to_snapshot": True},
        {"enable_performance_insights": False, "performance_insights_kms_key_id": None},
        {"db_instance_class": "db.serverless", "serverless_v2_scaling_configuration": {"min_capacity": 0.5, "max_capacity": 4}},
        {"instance_count": 0},
        {
            "manage_master_user_password": False,
            "master_user_password": "only-for-a-test",
            "master_user_secret_kms_key_id": None,
        },
    ],
    refused=[
        ({"master_username": "other"}, LOCKED),
        ({"storage_encrypted": False, "kms_key_id": None}, LOCKED),
        ({"kms_key_id": "alias/passwords"}, LOCKED),
        ({"db_subnet_group_name": "other"}, LOCKED),
    ],
    invalid=[
        ({"name": "1shop"}, "name 1shop has to be 1 to 63 letters"),
        ({"master_user_password": "geheim12"}, "master_user_password gives it, not both"),
        ({"manage_master_user_password": False, "master_user_password": "kurz"}, "master_user_password has 8 to 100 characters"),
        ({"manage_master_user_password": False, "master_user_password": "kl@mmeraffe"}, 'none of / " @'),
        ({"instance_count": 17}, "instance_count 17: a cluster has 0 to 16 instances"),
        ({"instance_count": 2, "db_instance_class": None}, "instance_count needs the db_instance_class"),
        ({"backup_retention_period": 0}, "backup_retention_period 0: DocumentDB keeps backups for 1 to 35 days"),
        ({"port": 80}, "port 80: it has to be from 1150 to 65535"),
        ({"storage_encrypted": False}, "kms_key_id needs storage_encrypted=true"),
        ({"preferred_backup_window": "at night"}, "preferred_backup_window at night has to be written as 03:00-04:00"),
        ({"preferred_maintenance_window": "03:00-04:00"}, "has to be written as sun:04:00-sun:05:00"),
        ({"enable_cloudwatch_logs_exports": ["slowquery"]}, "enable_cloudwatch_logs_exports must be one or more of"),
        ({"state": "absent"}, "final_db_snapshot_identifier"),
        (
            {"state": "absent", "skip_final_snapshot": True, "final_db_snapshot_identifier": "last"},
            "final_db_snapshot_identifier",
        ),
    ],
    elsewhere={
        "apply_immediately",
        "final_db_snapshot_identifier",
        "skip_final_snapshot",
    },
    delete={"skip_final_snapshot": True},
    prepare=prepare,
)
