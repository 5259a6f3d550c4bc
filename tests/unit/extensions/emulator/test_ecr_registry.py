# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The registry: images are copied as its rules say, and settings that AWS refuses are refused."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services.ecr_registry import REPLICATION_TIME

OWN, OTHER = "123456789012", "210987654321"
KIND = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def here(aws):
    """Return a client of a registry with one repository."""
    client = aws.client("ecr")
    client.create_repository(repositoryName="shop/orders", imageTagMutability="IMMUTABLE")
    return client


@pytest.fixture
def there(aws):
    """Return a client of the registry to which images are copied."""
    return aws.client("ecr", "eu-central-1")


def replicate(client, *destinations, **more):
    """Make one rule for destinations, by default Frankfurt in the own account."""
    places = destinations or (("eu-central-1", OWN),)
    rule = {"destinations": [{"region": region, "registryId": account} for region, account in places], **more}
    return client.put_replication_configuration(replicationConfiguration={"rules": [rule]})


def push(client, tag, layer="a", repository="shop/orders"):
    manifest = {"schemaVersion": 2, "mediaType": KIND, "config": {}, "layers": [{"digest": f"sha256:{layer}"}]}
    client.put_image(repositoryName=repository, imageManifest=json.dumps(manifest), imageTag=tag)


def tags(client, repository="shop/orders"):
    return sorted(image.get("imageTag", "") for image in client.list_images(repositoryName=repository)["imageIds"])


def repositories(client):
    return [repository["repositoryName"] for repository in client.describe_repositories()["repositories"]]


def statuses(client, tag):
    answer = client.describe_image_replication_status(repositoryName="shop/orders", imageId={"imageTag": tag})
    return {row["region"]: (row["status"], row.get("failureCode")) for row in answer["replicationStatuses"]}


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]


# Copies


def test_a_pushed_image_arrives_after_a_while_in_a_repository_of_its_own(here, there):
    replicate(here)
    push(here, "1.0.0")
    assert statuses(here, "1.0.0") == {"eu-central-1": ("IN_PROGRESS", None)}
    assert repositories(there) == []
    CLOCK.advance(REPLICATION_TIME)
    assert statuses(here, "1.0.0") == {"eu-central-1": ("COMPLETE", None)}
    made = there.describe_repositories()["repositories"][0]
    assert (made["repositoryName"], made["imageTagMutability"]) == ("shop/orders", "MUTABLE")
    assert there.list_images(repositoryName="shop/orders")["imageIds"] == here.list_images(repositoryName="shop/orders")["imageIds"]


def test_images_from_before_the_rule_and_other_repositories_stay(here, there):
    here.create_repository(repositoryName="base/python")
    push(here, "1.0.0")
    replicate(here, repositoryFilters=[{"filter": "shop/", "filterType": "PREFIX_MATCH"}])
    push(here, "1.1.0", "b")
    push(here, "3.14", "c", "base/python")
    CLOCK.advance(REPLICATION_TIME)
    assert (repositories(there), tags(there)) == (["shop/orders"], ["1.1.0"])


def test_another_tag_of_an_image_arrives_too(here, there):
    replicate(here)
    push(here, "1.0.0")
    push(here, "latest")
    CLOCK.advance(REPLICATION_TIME)
    assert tags(there) == ["1.0.0", "latest"]
    assert len(there.describe_images(repositoryName="shop/orders")["imageDetails"]) == 1


def test_copies_are_not_copied_on(aws, here, there):
    replicate(here)
    replicate(there, ("eu-west-1", OWN))
    push(here, "1.0.0")
    CLOCK.advance(REPLICATION_TIME)
    assert tags(there) == ["1.0.0"]
    CLOCK.advance(REPLICATION_TIME)
    assert repositories(aws.client("ecr", "eu-west-1")) == []


def test_a_tag_that_is_taken_there_fails(here, there):
    there.create_repository(repositoryName="shop/orders", imageTagMutability="IMMUTABLE")
    push(there, "1.0.0", "z")
    replicate(here)
    push(here, "1.0.0")
    CLOCK.advance(REPLICATION_TIME)
    assert statuses(here, "1.0.0")["eu-central-1"][0] == "FAILED"


@pytest.mark.parametrize(("enabled", "left"), [(True, []), (False, ["1.0.0"])])
def test_deletions_are_copied_on_request(here, there, enabled, left):
    replicate(here, deleteReplication={"enabled": enabled})
    push(here, "1.0.0")
    CLOCK.advance(REPLICATION_TIME)
    here.batch_delete_image(repositoryName="shop/orders", imageIds=[{"imageTag": "1.0.0"}])
    assert tags(there) == ["1.0.0"]
    CLOCK.advance(REPLICATION_TIME)
    assert tags(there) == left


def test_another_account_has_to_allow_it(aws, here):
    replicate(here, ("us-east-1", OTHER))
    push(here, "1.0.0")
    CLOCK.advance(REPLICATION_TIME)
    assert statuses(here, "1.0.0") == {"us-east-1": ("FAILED", "AccessDenied")}

    role = aws.client("sts").assume_role(RoleArn=f"arn:aws:iam::{OTHER}:role/admin", RoleSessionName="test")["Credentials"]
    names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey", "aws_session_token": "SessionToken"}
    theirs = boto3.client("ecr", **{ours: role[name] for ours, name in names.items()})
    allow = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Resource": "*"}
    actions = ["ecr:CreateRepository", "ecr:ReplicateImage"]
    theirs.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Action": actions}]}))
    push(here, "1.1.0", "b")
    CLOCK.advance(REPLICATION_TIME)
    assert statuses(here, "1.1.0") == {"us-east-1": ("COMPLETE", None)}
    assert tags(theirs) == ["1.1.0"]


# Pushes


def test_an_immutable_tag_is_not_the_same_as_an_image_that_is_there(here):
    push(here, "1.0.0")
    manifest = here.batch_get_image(repositoryName="shop/orders", imageIds=[{"imageTag": "1.0.0"}])["images"][0]["imageManifest"]
    same = {"repositoryName": "shop/orders", "imageTag": "1.0.0"}
    assert refusal(here.put_image, imageManifest=manifest, **same)["Code"] == "ImageAlreadyExistsException"
    other = manifest.replace("sha256:a", "sha256:b")
    assert refusal(here.put_image, imageManifest=other, **same)["Code"] == "ImageTagAlreadyExistsException"


def test_a_push_to_nowhere_is_refused(here):
    refused = refusal(here.put_image, repositoryName="nowhere", imageManifest="{}", imageTag="1")
    assert refused["Code"] == "RepositoryNotFoundException"


# Settings


def rules(count, destinations=1):
    places = [{"region": f"eu-west-{number}", "registryId": OWN} for number in range(destinations)]
    return {"replicationConfiguration": {"rules": [{"destinations": places}] * count}}


def test_the_limits_of_replication(here):
    here.put_replication_configuration(**rules(25))
    here.put_replication_configuration(**rules(1, destinations=100))
    for too_many in (rules(26), rules(1, destinations=101)):
        assert refusal(here.put_replication_configuration, **too_many)["Code"] == "InvalidParameterException"
    assert len(here.describe_registry()["replicationConfiguration"]["rules"][0]["destinations"]) == 100


def test_the_registry_itself_is_no_destination_in_any_rule(here):
    own = {"destinations": [{"region": "us-east-1", "registryId": OWN}]}
    wanted = {"rules": [rules(1)["replicationConfiguration"]["rules"][0], own]}
    refused = refusal(here.put_replication_configuration, replicationConfiguration=wanted)
    assert "cannot be the same as the source" in refused["Message"]


@pytest.mark.parametrize(("filter_", "kind"), [("Shop/", "PREFIX_MATCH"), ("shop*", "PREFIX_MATCH"), ("shop/", "WILDCARD")])
def test_filters_of_replication_are_beginnings_of_names(here, filter_, kind):
    with pytest.raises(ClientError, match="repositoryFilters"):
        replicate(here, repositoryFilters=[{"filter": filter_, "filterType": kind}])


def scan(client, scan_type, *pairs):
    wanted = [{"scanFrequency": f, "repositoryFilters": [{"filter": p, "filterType": "WILDCARD"}]} for f, p in pairs]
    return client.put_registry_scanning_configuration(scanType=scan_type, rules=wanted)


@pytest.mark.parametrize(
    ("scan_type", "frequencies"),
    [("BASIC", ["CONTINUOUS_SCAN"]), ("ENHANCED", ["MANUAL"]), ("ENHANCED", ["SCAN_ON_PUSH", "CONTINUOUS_SCAN", "SCAN_ON_PUSH"])],
)
def test_scanning_that_aws_does_not_offer_is_refused(here, scan_type, frequencies):
    with pytest.raises(ClientError, match="rules"):
        scan(here, scan_type, *[(frequency, "*") for frequency in frequencies])


@pytest.mark.parametrize(("pattern", "scanned"), [("orders", True), ("shop/*", True), ("*hop", False), ("shop", True), ("*", True)])
def test_a_filter_with_a_star_means_the_whole_name(here, pattern, scanned):
    scan(here, "BASIC", ("SCAN_ON_PUSH", pattern))
    found = here.batch_get_repository_scanning_configuration(repositoryNames=["shop/orders"])["scanningConfigurations"][0]
    assert (found["scanFrequency"] == "SCAN_ON_PUSH") is scanned


ALLOW = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
    "Action": "ecr:BatchImportUpstreamImage",
    "Resource": "*",
}


def test_a_policy_of_the_registry_may_name_all_actions_of_ecr(here):
    here.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]}))
    assert json.loads(here.get_registry_policy()["policyText"])["Statement"] == [ALLOW]


@pytest.mark.parametrize(
    "statement", [{**ALLOW, "Action": "s3:GetObject"}, {**ALLOW, "Effect": "Maybe"}, {"Effect": "Allow", "Action": "ecr:*"}]
)
def test_a_policy_that_is_none_is_refused(here, statement):
    refused = refusal(here.put_registry_policy, policyText=json.dumps({"Statement": [statement]}))
    assert refused["Code"] == "InvalidParameterException"
