# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Managed master passwords of databases that exist already."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_master_secret import PASSWORD, prepare


@pytest.fixture
def secret(aws):
    """Return a function that runs the module for one instance."""
    prepare(aws)

    def run(check=False, **more):
        with aws.recorded() as sent:
            result = aws.run("rds_master_secret", check=check, **{"name": "shop", **more})
        return result, sent

    return run


@pytest.fixture
def orders(aws):
    """Make a cluster with one instance."""
    rds = aws.client("rds")
    cluster = {"Engine": "aurora-mysql", "MasterUsername": "admin", "MasterUserPassword": PASSWORD}
    rds.create_db_cluster(DBClusterIdentifier="orders", **cluster)
    member = {"DBInstanceClass": "db.t3.medium", "Engine": "aurora-mysql", "DBClusterIdentifier": "orders"}
    rds.create_db_instance(DBInstanceIdentifier="orders-1", **member)
    CLOCK.advance(300)


def value(aws, result):
    return aws.client("secretsmanager").get_secret_value(SecretId=result.master_secret["arn"])["SecretString"]


def test_the_password_of_an_existing_instance_becomes_the_affair_of_rds(secret, aws):
    made, sent = secret()
    assert sent.parameters("ModifyDBInstance") == {
        "DBInstanceIdentifier": "shop",
        "ApplyImmediately": True,
        "ManageMasterUserPassword": True,
    }
    assert (made.master_secret["status"], made.master_secret["database_status"]) == ("active", "available")
    assert json.loads(value(aws, made))["username"] == "admin"
    assert json.loads(value(aws, made))["password"] not in str(made)


def test_the_password_of_a_cluster_becomes_the_affair_of_rds(secret, orders):
    made, sent = secret(name="orders", kind="cluster")
    assert sent.writes == ["ModifyDBCluster"]
    assert ":secret:rds!cluster-" in made.master_secret["arn"]
    again, sent = secret(name="orders", kind="cluster")
    assert (again.changed, sent.writes) == (False, [])


def test_an_instance_of_a_cluster_has_no_password_of_its_own(secret, orders):
    result, sent = secret(name="orders-1")
    assert "kind=cluster and name=orders" in result.msg
    assert sent.writes == []


def test_a_key_is_the_same_under_its_alias(secret, aws):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key["KeyId"])
    made, sent = secret(kms_key_id="alias/shop")
    assert sent.parameters("ModifyDBInstance")["MasterUserSecretKmsKeyId"] == "alias/shop"
    assert made.master_secret["kms_key_id"] == key["Arn"]
    assert not secret(kms_key_id="alias/shop")[0].changed


def test_every_run_rotates_that_is_told_to(secret, aws):
    made, sent = secret(rotate=True)
    assert "RotateMasterUserPassword" not in sent.parameters("ModifyDBInstance")
    values = {value(aws, made)}
    for _each in range(2):
        rotated, sent = secret(rotate=True)
        assert (rotated.changed, rotated.warnings) == (True, [])
        assert sent.parameters("ModifyDBInstance")["RotateMasterUserPassword"] is True
        assert rotated.master_secret["status"] == "active"
        values.add(value(aws, rotated))
    assert len(values) == 3


def test_a_rotation_is_foreseen(secret):
    secret()
    foreseen, sent = secret(check=True, rotate=True)
    assert (foreseen.changed, sent.writes) == (True, [])
    assert foreseen.diff == secret(rotate=True)[0].diff


def test_the_password_is_taken_back(secret, aws):
    made, _sent = secret()
    gone, sent = secret(state="absent", master_user_password=PASSWORD)
    assert sent.parameters("ModifyDBInstance")["MasterUserPassword"] == PASSWORD
    assert PASSWORD not in str(gone)
    with pytest.raises(aws.client("secretsmanager").exceptions.ResourceNotFoundException):
        value(aws, made)


def test_a_database_on_its_way_is_waited_for(secret, aws):
    shop = {"DBInstanceClass": "db.t3.micro", "Engine": "mysql", "AllocatedStorage": 20, "MasterUsername": "admin"}
    aws.client("rds").create_db_instance(DBInstanceIdentifier="new", **shop, MasterUserPassword=PASSWORD)
    made, _sent = secret(name="new")
    assert made.master_secret["status"] == "active"


def test_a_database_that_takes_too_long_is_named_with_its_status(secret, aws):
    aws.client("rds").stop_db_instance(DBInstanceIdentifier="shop")
    CLOCK.advance(120)
    result, sent = secret(wait_timeout=60)
    assert "instance shop is stopped" in result.msg
    assert sent.writes == []


def test_a_database_that_is_not_there(secret):
    result, _sent = secret(name="nothing")
    assert "There is no instance nothing. Make it first" in result.msg
    assert not secret(name="nothing", state="absent", master_user_password=PASSWORD)[0].changed


def test_a_secret_that_cannot_rotate_any_more_is_told_of(secret, aws):
    made, _sent = secret()
    aws.plan("master_secret_impaired", secret=made.master_secret["arn"])
    result, _sent = secret(rotate=True)
    assert "impaired" in result.msg
    assert "turn the management off and on again" in result.msg
