# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Secrets: the value goes in once and never comes out."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.tests.support.rotation import function


@pytest.fixture
def secret(aws):
    """Return a function that runs the module for one secret."""

    def run(**options):
        with aws.recorded() as sent:
            result = aws.run("secretsmanager_secret", name="shop/dev/key", **options)
        return result, sent

    return run


def value(aws):
    return aws.client("secretsmanager").get_secret_value(SecretId="shop/dev/key")["SecretString"]


def test_a_generated_value_has_the_wanted_form(secret, aws):
    secret(generate={"length": 50, "exclude_punctuation": True})
    assert len(value(aws)) == 50
    assert value(aws).isalnum()


def test_a_template_holds_the_generated_value(secret, aws):
    secret(generate={"template": {"username": "shop"}, "key": "token", "length": 20})
    made = json.loads(value(aws))
    assert made["username"] == "shop"
    assert len(made["token"]) == 20


def test_the_value_is_in_no_result(secret, aws):
    made, _sent = secret(generate={"length": 32})
    again, _sent = secret(generate={"length": 32}, description="Signs sessions")
    for result in (made, again):
        assert value(aws) not in json.dumps(result, default=str)


def test_a_rotated_value_stays(secret, aws):
    secret(value="first")
    aws.client("secretsmanager").put_secret_value(SecretId="shop/dev/key", SecretString="rotated")
    again, sent = secret(value="first")
    assert (again.changed, sent.writes, value(aws)) == (False, [], "rotated")


def test_a_rotated_value_survives_ten_runs(secret, aws):
    options = {"value": {"user": "shop", "password": "first"}, "description": "Signs sessions", "tags": {"Project": "Shop"}}
    secret(**options)
    aws.client("secretsmanager").rotate_secret(SecretId="shop/dev/key", RotationLambdaARN=function(aws))
    rotated = value(aws)
    assert json.loads(rotated)["password"] != "first"
    for _run in range(10):
        again, sent = secret(**options)
        assert (again.changed, sent.writes, value(aws)) == (False, [], rotated)


def test_a_value_is_written_again_only_on_request(secret, aws):
    secret(value="first")
    changed, sent = secret(value={"user": "shop"}, update_value="always")
    assert changed.changed
    assert sent.writes == ["UpdateSecret"]
    assert json.loads(value(aws)) == {"user": "shop"}
    assert "shop" not in json.dumps(changed.diff["after"].get("value", ""))


def test_a_new_secret_needs_a_value(secret):
    result, sent = secret()
    assert result.failed
    assert "generate or value" in result.msg
    assert sent.writes == []


def test_an_alias_and_an_arn_of_a_key_are_the_same(secret, aws):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key)
    secret(generate={"length": 32}, kms_key_id="alias/shop")
    again, sent = secret(kms_key_id=key)
    assert (again.changed, sent.writes) == (False, [])


def test_the_order_of_replicas_does_not_matter(secret, aws):
    regions = [{"region": "eu-west-1"}, {"region": "eu-central-1"}]
    secret(generate={"length": 32}, replicas=regions)
    again, sent = secret(replicas=regions[::-1])
    assert (again.changed, sent.writes) == (False, [])
    assert {each["region"] for each in again.secret["replication_status"]} == {"eu-west-1", "eu-central-1"}
    for each in regions:
        replica = aws.client("secretsmanager", each["region"]).get_secret_value(SecretId="shop/dev/key")
        assert replica["SecretString"] == value(aws)


def test_the_key_of_a_replica_goes_by_any_of_its_names(secret, aws):
    kms = aws.client("kms", "eu-west-1")
    key, other = (kms.create_key()["KeyMetadata"] for _key in range(2))
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key["KeyId"])
    secret(generate={"length": 32}, replicas=[{"region": "eu-west-1", "kms_key_id": "alias/shop"}])
    again, sent = secret(replicas=[{"region": "eu-west-1", "kms_key_id": key["Arn"]}])
    assert (again.changed, sent.writes) == (False, [])
    moved, sent = secret(replicas=[{"region": "eu-west-1", "kms_key_id": other["Arn"]}])
    assert (moved.changed, sent.writes) == (True, ["RemoveRegionsFromReplication", "ReplicateSecretToRegions"])
    assert [each["kms_key_id"] for each in moved.secret["replication_status"]] == [other["Arn"]]


@pytest.mark.parametrize("name", ["Arn", "alias"])
def test_a_replica_that_could_not_be_made_is_made_anew(secret, aws, name):
    secret(generate={"length": 32}, replicas=[{"region": "eu-west-1", "kms_key_id": "alias/late"}])
    kms = aws.client("kms", "eu-west-1")
    key = {"alias": "alias/late", **kms.create_key()["KeyMetadata"]}
    kms.create_alias(AliasName="alias/late", TargetKeyId=key["KeyId"])
    wanted = [{"region": "eu-west-1", "kms_key_id": key[name]}]
    repaired, _sent = secret(replicas=wanted)
    assert repaired.changed
    assert [each["status"] for each in repaired.secret["replication_status"]] == ["InSync"]
    again, sent = secret(replicas=wanted)
    assert (again.changed, sent.writes) == (False, [])


def test_a_replica_whose_key_is_not_there_gets_another(secret, aws):
    secret(generate={"length": 32}, replicas=[{"region": "eu-west-1", "kms_key_id": "alias/never"}])
    key = aws.client("kms", "eu-west-1").create_key()["KeyMetadata"]
    repaired, _sent = secret(replicas=[{"region": "eu-west-1", "kms_key_id": key["Arn"]}])
    assert [(each["status"], each["kms_key_id"]) for each in repaired.secret["replication_status"]] == [("InSync", key["Arn"])]


def test_a_removed_secret_is_restored_with_its_value(secret, aws):
    secret(generate={"length": 32}, tags={"Project": "Shop"})
    before = value(aws)
    secret(state="absent", recovery_window_days=7)
    restored, sent = secret(generate={"length": 32}, description="again", tags={"Project": "Shop", "Owner": "QA"})
    assert restored.changed
    assert "CreateSecret" not in sent.writes
    assert value(aws) == before
    assert restored.secret["description"] == "again"
    assert restored.secret["tags"] == {"Project": "Shop", "Owner": "QA"}
