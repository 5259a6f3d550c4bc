# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""T2: the database is encrypted, private, backed up, sized by the table, and nobody knows its password."""

from __future__ import annotations

NAME = "test-data-tool-dev"


def test_sized_by_the_table(database, sizes):
    assert database["Engine"] == "mysql"
    assert database["DBInstanceClass"] == sizes.database_instance_class == "db.t3.micro"
    assert database["AllocatedStorage"] == sizes.database_storage_gb == 20
    assert database["MultiAZ"] is sizes.database_multi_az is False


def test_encrypted_with_a_customer_key(database, key_arns):
    assert database["StorageEncrypted"]
    assert database["KmsKeyId"] == key_arns["data"]


def test_private(database, tiers, groups):
    assert not database["PubliclyAccessible"]
    isolated = {subnet["SubnetId"] for subnet in tiers["isolated"]}
    assert {subnet["SubnetIdentifier"] for subnet in database["DBSubnetGroup"]["Subnets"]} == isolated
    assert [group["VpcSecurityGroupId"] for group in database["VpcSecurityGroups"]] == [groups["database"]["GroupId"]]


def test_backed_up_every_day_and_restorable_to_any_moment(database, sizes):
    # Point-in-time recovery is on as long as automated backups are kept.
    assert database["BackupRetentionPeriod"] == sizes.database_backup_days == 7


def test_slow_queries_are_logged(aws, database, key_arns):
    assert "slowquery" in database["EnabledCloudwatchLogsExports"]
    [group] = aws("logs").describe_log_groups(logGroupNamePrefix=f"/aws/rds/instance/{NAME}/slowquery")["logGroups"]
    assert group["kmsKeyId"] == key_arns["logs"]
    name = database["DBParameterGroups"][0]["DBParameterGroupName"]
    set_here = aws("rds").describe_db_parameters(DBParameterGroupName=name)["Parameters"]
    values = {parameter["ParameterName"]: parameter.get("ParameterValue") for parameter in set_here}
    assert values["slow_query_log"] == "1"
    assert values["require_secure_transport"] == "1"


def test_the_password_is_rds_own_affair_and_rotates(aws, database, key_arns):
    secret = aws("secretsmanager").describe_secret(SecretId=database["MasterUserSecret"]["SecretArn"])
    assert secret["OwningService"] == "rds"
    assert secret["KmsKeyId"] == key_arns["data"]
    assert secret["RotationEnabled"]
    assert secret["RotationRules"] == {"AutomaticallyAfterDays": 30}
