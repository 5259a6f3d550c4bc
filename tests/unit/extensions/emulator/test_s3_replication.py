# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Replication in the emulated account: objects really get there, if the rules and the role say so."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

COPY, VAULT = "arn:aws:s3:::copy", "arn:aws:s3:::vault"
TRUST = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def role(aws):
    """Return the ARN of a role that may replicate."""
    iam = aws.client("iam")
    arn = iam.create_role(RoleName="replication", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    actions = ["s3:GetObjectVersionForReplication", "s3:Replicate*", "kms:Decrypt", "kms:Encrypt"]
    allowed = document({"Effect": "Allow", "Action": actions, "Resource": "*"})
    iam.put_role_policy(RoleName="replication", PolicyName="replicate", PolicyDocument=allowed)
    return arn


@pytest.fixture
def s3(aws):
    client = aws.client("s3")
    for name in ("shop", "copy", "vault"):
        client.create_bucket(Bucket=name)
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return client


def rule(name="all", bucket=COPY, priority=0, markers="Disabled", **more):
    """Return a rule of the second form; what is for its destination begins with a capital letter of the API."""
    place = {key: more.pop(key) for key in ("StorageClass", "EncryptionConfiguration", "Account") if key in more}
    return {
        "ID": name,
        "Priority": priority,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": markers},
        "Destination": {"Bucket": bucket, **place},
        **more,
    }


@pytest.fixture
def replicate(s3, role):
    """Return a function that sets the rules."""

    def put(*rules, **more):
        s3.put_bucket_replication(Bucket="shop", ReplicationConfiguration={"Role": role, "Rules": list(rules), **more})

    return put


def names(s3, bucket="copy"):
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def status(s3, key, bucket="shop"):
    return s3.head_object(Bucket=bucket, Key=key).get("ReplicationStatus")


def put(s3, key, **more):
    return s3.put_object(Bucket="shop", Key=key, Body=f"this is {key}".encode(), **more)


def test_an_object_gets_there_after_some_seconds_with_all_it_has(s3, replicate):
    replicate(rule(StorageClass="GLACIER_IR"))
    made = put(s3, "a", Metadata={"owner": "shop"}, Tagging="keep=yes", ContentType="text/plain")
    assert (status(s3, "a"), names(s3)) == ("PENDING", [])
    CLOCK.advance(20)
    there = s3.get_object(Bucket="copy", Key="a")
    assert (status(s3, "a"), there["ReplicationStatus"]) == ("COMPLETED", "REPLICA")
    assert (there["Body"].read(), there["VersionId"], there["ETag"]) == (b"this is a", made["VersionId"], made["ETag"])
    assert (there["Metadata"], there["ContentType"], there["StorageClass"]) == ({"owner": "shop"}, "text/plain", "GLACIER_IR")
    assert s3.get_object_tagging(Bucket="copy", Key="a")["TagSet"] == [{"Key": "keep", "Value": "yes"}]


def test_only_new_objects_are_replicated(s3, replicate):
    put(s3, "old")
    replicate(rule())
    CLOCK.advance(20)
    assert (names(s3), status(s3, "old")) == ([], None)


@pytest.mark.parametrize(
    ("filters", "goes"),
    [
        ({"Prefix": "a/"}, ["a/1", "a/2"]),
        ({"Tag": {"Key": "keep", "Value": "yes"}}, ["a/2", "b/2"]),
        ({"And": {"Prefix": "a/", "Tags": [{"Key": "keep", "Value": "yes"}]}}, ["a/2"]),
    ],
)
def test_filters_choose(s3, replicate, filters, goes):
    replicate(rule(Filter=filters))
    for key in ("a/1", "b/1"):
        put(s3, key)
    for key in ("a/2", "b/2"):
        put(s3, key, Tagging="keep=yes")
    CLOCK.advance(20)
    assert names(s3) == goes
    assert status(s3, "b/1") is None


def test_of_two_rules_for_one_destination_the_higher_counts(s3, replicate):
    replicate(rule("low", StorageClass="STANDARD_IA"), rule("high", priority=5, StorageClass="GLACIER_IR"))
    put(s3, "a")
    CLOCK.advance(20)
    assert s3.head_object(Bucket="copy", Key="a")["StorageClass"] == "GLACIER_IR"


def test_two_destinations_get_one_copy_each(s3, replicate):
    replicate(rule(), rule("vault", bucket=VAULT, priority=1))
    put(s3, "a")
    CLOCK.advance(20)
    assert (names(s3), names(s3, "vault")) == (["a"], ["a"])


@pytest.mark.parametrize(("markers", "left"), [("Enabled", []), ("Disabled", ["a"])])
def test_deletions_go_along_if_asked(s3, replicate, markers, left):
    replicate(rule(markers=markers))
    put(s3, "a")
    CLOCK.advance(20)
    s3.delete_object(Bucket="shop", Key="a")
    CLOCK.advance(20)
    assert names(s3) == left


def test_a_version_that_is_deleted_for_good_stays_there(s3, replicate):
    replicate(rule(markers="Enabled"))
    made = put(s3, "a")
    CLOCK.advance(20)
    s3.delete_object(Bucket="shop", Key="a", VersionId=made["VersionId"])
    CLOCK.advance(20)
    assert names(s3) == ["a"]


def test_the_first_form_replicates_deletions(s3, replicate):
    replicate({"Prefix": "", "Status": "Enabled", "Destination": {"Bucket": COPY}})
    put(s3, "a")
    s3.delete_object(Bucket="shop", Key="a")
    CLOCK.advance(20)
    assert (names(s3), len(s3.list_object_versions(Bucket="copy")["DeleteMarkers"])) == ([], 1)


def test_later_tags_go_along(s3, replicate):
    replicate(rule())
    put(s3, "a")
    CLOCK.advance(20)
    s3.put_object_tagging(Bucket="shop", Key="a", Tagging={"TagSet": [{"Key": "late", "Value": "yes"}]})
    CLOCK.advance(20)
    assert s3.get_object_tagging(Bucket="copy", Key="a")["TagSet"] == [{"Key": "late", "Value": "yes"}]
    assert len(s3.list_object_versions(Bucket="copy")["Versions"]) == 1


def test_encrypted_objects_go_only_if_they_are_selected(aws, s3, replicate):
    keys = [aws.client("kms").create_key()["KeyMetadata"]["Arn"] for _number in range(2)]
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": keys[0]}
    replicate(rule())
    put(s3, "a", **encryption)
    CLOCK.advance(20)
    assert (names(s3), status(s3, "a")) == ([], None)
    selected = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    replicate(rule(EncryptionConfiguration={"ReplicaKmsKeyID": keys[1]}, SourceSelectionCriteria=selected))
    put(s3, "b", **encryption)
    CLOCK.advance(20)
    assert s3.head_object(Bucket="copy", Key="b")["SSEKMSKeyId"] == keys[1]


def test_copies_and_large_uploads_are_replicated(s3, replicate):
    replicate(rule())
    s3.put_object(Bucket="vault", Key="x", Body=b"x")
    s3.copy_object(Bucket="shop", Key="copied", CopySource={"Bucket": "vault", "Key": "x"})
    upload = s3.create_multipart_upload(Bucket="shop", Key="large")["UploadId"]
    part = s3.upload_part(Bucket="shop", Key="large", UploadId=upload, PartNumber=1, Body=b"x" * 100)
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket="shop", Key="large", UploadId=upload, MultipartUpload=parts)
    CLOCK.advance(20)
    assert names(s3) == ["copied", "large"]


def test_a_copy_is_not_replicated_further(s3, replicate, role):
    replicate(rule())
    onward = {"Role": role, "Rules": [rule(bucket=VAULT)]}
    s3.put_bucket_replication(Bucket="copy", ReplicationConfiguration=onward)
    put(s3, "a")
    CLOCK.advance(60)
    assert (names(s3), names(s3, "vault")) == (["a"], [])


def test_a_role_that_may_not_replicate_fails(aws, s3, replicate):
    replicate(rule())
    aws.client("iam").delete_role_policy(RoleName="replication", PolicyName="replicate")
    put(s3, "a")
    CLOCK.advance(20)
    assert (names(s3), status(s3, "a")) == ([], "FAILED")


def test_a_disabled_rule_does_nothing(s3, replicate):
    replicate({**rule(), "Status": "Disabled"})
    put(s3, "a")
    CLOCK.advance(20)
    assert names(s3) == []


# What S3 refuses


def test_buckets_have_to_be_versioned_and_stay_so(s3, replicate):
    replicate(rule())
    with pytest.raises(ClientError, match="first delete the replication configuration"):
        s3.put_bucket_versioning(Bucket="shop", VersioningConfiguration={"Status": "Suspended"})
    s3.put_bucket_versioning(Bucket="copy", VersioningConfiguration={"Status": "Suspended"})
    with pytest.raises(ClientError, match="Destination bucket must have versioning enabled"):
        replicate(rule())
    s3.delete_bucket_replication(Bucket="shop")
    s3.put_bucket_versioning(Bucket="shop", VersioningConfiguration={"Status": "Suspended"})
    with pytest.raises(ClientError, match="Versioning must be 'Enabled' on the bucket"):
        replicate(rule())


SELECTED = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}}}


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "well-formed"),
        ([rule(bucket="arn:aws:s3:::nobody")], "Destination bucket must exist"),
        ([rule(), rule()], "Rule ID must be unique"),
        ([rule(), rule("b")], "Priority must be unique"),
        ([{key: value for key, value in rule().items() if key != "Priority"}], "Priority must be specified"),
        ([rule(Filter={"Tag": {"Key": "a", "Value": "b"}}, markers="Enabled")], "not supported if any Tag filter"),
        ([rule(**SELECTED)], "ReplicaKmsKeyID must be specified"),
        ([rule(EncryptionConfiguration={"ReplicaKmsKeyID": "x"})], "SseKmsEncryptedObjects must be specified"),
        ([rule(bucket="arn:aws:s3:::shop")], "cannot be the same"),
    ],
)
def test_documents_that_s3_refuses(s3, replicate, rules, words):
    with pytest.raises(ClientError, match=words):
        replicate(*rules)


def test_a_bucket_without_replication(s3):
    with pytest.raises(ClientError) as error:
        s3.get_bucket_replication(Bucket="shop")
    assert error.value.response["Error"]["Code"] == "ReplicationConfigurationNotFoundError"
