# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RDS in the emulated account: time, parameters, and what it refuses."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

SHOP = {
    "DBInstanceIdentifier": "shop",
    "DBInstanceClass": "db.t3.micro",
    "Engine": "mysql",
    "AllocatedStorage": 20,
    "MasterUsername": "a",
}


@pytest.fixture
def rds(aws):
    return aws.client("rds")


def shop(rds):
    return rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]


def test_a_database_needs_a_password_from_somebody(rds):
    with pytest.raises(ClientError, match="MasterUserPassword must be provided"):
        rds.create_db_instance(**SHOP)


def test_a_database_takes_its_time(rds):
    made = rds.create_db_instance(**SHOP, ManageMasterUserPassword=True)["DBInstance"]
    assert made["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in shop(rds)
    with pytest.raises(ClientError, match="not in available state"):
        rds.modify_db_instance(DBInstanceIdentifier="shop", BackupRetentionPeriod=7)
    CLOCK.advance(300)
    assert shop(rds)["DBInstanceStatus"] == "available"
    rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    assert shop(rds)["DBInstanceStatus"] == "deleting"
    CLOCK.advance(300)
    with pytest.raises(ClientError, match="DBInstanceNotFound"):
        shop(rds)


def test_storage_does_not_shrink(rds):
    rds.create_db_instance(**SHOP, ManageMasterUserPassword=True)
    CLOCK.advance(300)
    with pytest.raises(ClientError, match="cannot be decreased"):
        rds.modify_db_instance(DBInstanceIdentifier="shop", AllocatedStorage=10)


def test_what_was_waiting_is_applied_with_the_next_immediate_change(rds):
    rds.create_db_instance(**SHOP, ManageMasterUserPassword=True)
    CLOCK.advance(300)
    rds.modify_db_instance(DBInstanceIdentifier="shop", DBInstanceClass="db.t3.small")
    assert (shop(rds)["DBInstanceClass"], shop(rds)["PendingModifiedValues"]) == ("db.t3.micro", {"DBInstanceClass": "db.t3.small"})
    rds.modify_db_instance(DBInstanceIdentifier="shop", BackupRetentionPeriod=3, ApplyImmediately=True)
    assert (shop(rds)["DBInstanceClass"], shop(rds)["PendingModifiedValues"]) == ("db.t3.small", {})


def test_every_managed_password_is_another_one(rds, aws):
    secrets = aws.client("secretsmanager")
    values = set()
    for name in ("shop", "other"):
        made = rds.create_db_instance(**{**SHOP, "DBInstanceIdentifier": name}, ManageMasterUserPassword=True)["DBInstance"]
        values.add(secrets.get_secret_value(SecretId=made["MasterUserSecret"]["SecretArn"])["SecretString"])
    assert len(values) == 2


@pytest.fixture
def group(rds):
    rds.create_db_parameter_group(DBParameterGroupName="shop", DBParameterGroupFamily="mysql8.4", Description="shop")

    def change(name, method="immediate"):
        parameter = {"ParameterName": name, "ParameterValue": "1", "ApplyMethod": method}
        return rds.modify_db_parameter_group(DBParameterGroupName="shop", Parameters=[parameter])

    return change


def test_a_group_has_the_parameters_of_its_family(rds, group):
    group("slow_query_log")
    rows = {row["ParameterName"]: row for row in rds.describe_db_parameters(DBParameterGroupName="shop")["Parameters"]}
    assert (rows["slow_query_log"]["ParameterValue"], rows["slow_query_log"]["Source"]) == ("1", "user")
    assert "ParameterValue" not in rows["long_query_time"]


def test_parameters_that_aws_would_refuse(group):
    with pytest.raises(ClientError, match="Could not find parameter"):
        group("slow_query_lgo")
    with pytest.raises(ClientError, match="static parameter"):
        group("performance_schema")
    group("performance_schema", "pending-reboot")


def test_a_group_that_is_not_there(rds):
    with pytest.raises(ClientError, match="DBParameterGroupNotFound"):
        rds.describe_db_parameter_groups(DBParameterGroupName="nothing")
