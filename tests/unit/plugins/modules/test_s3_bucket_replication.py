# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""s3_bucket_replication: one document, rules in S3's second form, buckets that are versioned."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.s3_bucket_replication import KEY, ROLE, prepare, rule


@pytest.fixture
def s3(aws):
    prepare(aws)
    return aws.client("s3")


@pytest.fixture
def replication(aws, s3):
    """Return a function that runs the module for the bucket."""

    def run(*rules, **more):
        with aws.recorded() as sent:
            result = aws.run("s3_bucket_replication", **{"name": "shop", "role": ROLE, "rules": list(rules), **more})
        return result, sent

    return run


def rules(s3):
    return s3.get_bucket_replication(Bucket="shop")["ReplicationConfiguration"]["Rules"]


def test_a_rule_has_all_that_the_second_form_wants(replication, s3):
    replication(rule())
    assert rules(s3) == [
        {
            "ID": "all",
            "Priority": 0,
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::shop-copy"},
        }
    ]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"prefix": "a/"}, {"Prefix": "a/"}),
        ({"tags": {"k": 1}}, {"Tag": {"Key": "k", "Value": "1"}}),
        ({"prefix": "a/", "tags": {"k": "v"}}, {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}),
        (
            {"tags": {"k": "v", "l": "w"}},
            {"And": {"Tags": [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "w"}]}},
        ),
    ],
)
def test_filters_take_the_form_that_s3_wants(replication, s3, given, sent):
    replication(rule(**given))
    assert rules(s3)[0]["Filter"] == sent
    assert not replication(rule(**given))[0].changed


def test_objects_that_kms_encrypts_are_selected_with_their_new_key(replication, s3):
    replication(rule(copy={"replica_kms_key_id": KEY}, sse_kms_encrypted_objects=True))
    assert rules(s3)[0]["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert rules(s3)[0]["Destination"]["EncryptionConfiguration"] == {"ReplicaKmsKeyID": KEY}


def test_a_promise_of_time_has_its_metrics(replication, s3):
    replication(rule(copy={"replication_time": True}))
    told = rules(s3)[0]["Destination"]
    assert told["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}
    assert told["Metrics"] == {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}


@pytest.mark.parametrize("bucket", ["shop", "shop-copy"])
def test_a_bucket_without_versions_is_named(replication, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    result, sent = replication(rule())
    assert f"bucket {bucket} is not versioned" in result.msg
    assert f"amazon.aws.s3_bucket: name={bucket} versioning=true" in result.msg
    assert sent.writes == []


def test_a_bucket_that_hides_its_versioning_is_left_to_s3(aws, replication):
    aws.fault("s3", "GetBucketVersioning", code="AccessDenied", message="Access Denied", status=403, times=2)
    result, sent = replication(rule())
    assert (result.failed, sent.writes) == (False, ["PutBucketReplication"])


def test_an_error_that_botocore_does_not_model_means_none(replication):
    result, sent = replication(state="absent")
    assert (result.failed, result.changed, sent.writes) == (False, False, [])


def test_rules_of_the_first_form_are_understood(replication, s3):
    old = {"ID": "all", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::shop-copy"}}
    s3.put_bucket_replication(Bucket="shop", ReplicationConfiguration={"Role": ROLE, "Rules": [old]})
    same, sent = replication(rule(delete_marker_replication=True))
    assert (same.changed, sent.writes) == (False, [])
    changed, _sent = replication(rule())  # the first form replicates every delete marker
    assert (changed.changed, "Filter" in rules(s3)[0]) == (True, True)


def test_rules_that_nobody_wants_any_more_go(replication, s3):
    replication(rule(), rule("vault", copy={"bucket": "shop-vault"}, priority=1))
    _result, sent = replication(rule())
    assert sent.writes == ["PutBucketReplication"]
    assert [one["ID"] for one in rules(s3)] == ["all"]


def test_what_is_added_to_a_rule_by_hand_is_a_difference(replication, s3):
    replication(rule())
    by_hand = {**rules(s3)[0], "DeleteMarkerReplication": {"Status": "Enabled"}}
    s3.put_bucket_replication(Bucket="shop", ReplicationConfiguration={"Role": ROLE, "Rules": [by_hand]})
    assert replication(rule())[0].changed
    assert not replication(rule())[0].changed


def test_buckets_that_a_plan_only_foresees(aws):
    options = {"name": "nobody", "role": ROLE, "rules": [rule()]}
    assert aws.run("s3_bucket_replication", **options, check=True).changed
    assert not aws.run("s3_bucket_replication", **options, state="absent").changed
    assert "The specified bucket does not exist" in aws.run("s3_bucket_replication", **options).msg


def test_the_order_of_rules_does_not_matter(replication):
    two = (rule(), rule("vault", copy={"bucket": "shop-vault"}, priority=1))
    replication(*two)
    again, sent = replication(*reversed(two))
    assert (again.changed, sent.writes) == (False, [])
