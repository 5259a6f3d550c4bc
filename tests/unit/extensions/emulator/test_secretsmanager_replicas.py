# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Copies of secrets in other regions: their keys, their policies, and what cannot be copied."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from moto.secretsmanager.models import secretsmanager_backends

THERE = "eu-central-1"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def here(aws):
    return aws.client("secretsmanager")


@pytest.fixture
def there(aws):
    return aws.client("secretsmanager", region=THERE)


@pytest.fixture
def key(aws):
    return aws.client("kms", region=THERE).create_key()["KeyMetadata"]


def test_a_copy_has_the_key_of_its_region(here, there, key):
    first = here.create_secret(Name="shop", SecretString="open", AddReplicaRegions=[{"Region": THERE, "KmsKeyId": key["Arn"]}])
    assert [(each["Status"], each["KmsKeyId"]) for each in first["ReplicationStatus"]] == [("InSync", key["Arn"])]
    copy = there.describe_secret(SecretId="shop")
    assert (copy["KmsKeyId"], copy["PrimaryRegion"]) == (key["Arn"], "us-east-1")
    assert there.get_secret_value(SecretId="shop")["SecretString"] == "open"


def test_without_a_key_it_is_the_one_that_aws_manages(here, there):
    here.create_secret(Name="shop", SecretString="open", KmsKeyId="alias/own")
    here.replicate_secret_to_regions(SecretId="shop", AddReplicaRegions=[{"Region": THERE}])
    assert "KmsKeyId" not in there.describe_secret(SecretId="shop")
    assert here.describe_secret(SecretId="shop")["KmsKeyId"] == "alias/own"


@pytest.mark.parametrize("form", ["alias", "id"])
def test_the_key_goes_by_any_of_its_names(here, aws, key, form):
    aws.client("kms", region=THERE).create_alias(AliasName="alias/shop", TargetKeyId=key["KeyId"])
    given = {"alias": "alias/shop", "id": key["KeyId"]}[form]
    here.create_secret(Name="shop", SecretString="open")
    answer = here.replicate_secret_to_regions(SecretId="shop", AddReplicaRegions=[{"Region": THERE, "KmsKeyId": given}])
    assert [each["Status"] for each in answer["ReplicationStatus"]] == ["InSync"]


@pytest.mark.parametrize("form", ["another region", "its copy is there", "alias", "id"])
def test_a_key_that_is_not_there_makes_no_copy(aws, here, there, form):
    elsewhere = aws.client("kms").create_key()["KeyMetadata"]
    both = aws.client("kms").create_key(MultiRegion=True)["KeyMetadata"]
    aws.client("kms").replicate_key(KeyId=both["KeyId"], ReplicaRegion=THERE)
    arns = {"another region": elsewhere["Arn"], "its copy is there": both["Arn"]}
    given = {**arns, "alias": "alias/none", "id": elsewhere["KeyId"]}[form]
    here.create_secret(Name="shop", SecretString="open")
    here.replicate_secret_to_regions(SecretId="shop", AddReplicaRegions=[{"Region": THERE, "KmsKeyId": given}])
    [copy] = here.describe_secret(SecretId="shop")["ReplicationStatus"]
    assert copy["Status"] == "Failed"
    assert given in copy["StatusMessage"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        there.describe_secret(SecretId="shop")
    here.remove_regions_from_replication(SecretId="shop", RemoveReplicaRegions=[THERE])
    assert "ReplicationStatus" not in here.describe_secret(SecretId="shop")


def test_the_policy_is_copied_as_well(here):
    """AWS tells it in the first region only; what counts is whom it refuses there."""
    made = here.create_secret(Name="shop", SecretString="open", AddReplicaRegions=[{"Region": THERE}])
    here.put_resource_policy(SecretId="shop", ResourcePolicy=json.dumps(POLICY))
    [copy] = secretsmanager_backends[made["ARN"].split(":")[4]][THERE].secrets.values()
    assert json.loads(copy.policy) == POLICY
