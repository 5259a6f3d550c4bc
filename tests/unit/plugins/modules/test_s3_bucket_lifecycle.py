# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""s3_bucket_lifecycle: one document, filters in AWS's form, rules that others wrote in an older form."""

from __future__ import annotations

import pytest

UPLOADS = {"id": "uploads", "abort_incomplete_multipart_upload": {"days_after_initiation": 7}}


@pytest.fixture
def s3(aws):
    client = aws.client("s3")
    client.create_bucket(Bucket="shop")
    return client


def rules(s3):
    return s3.get_bucket_lifecycle_configuration(Bucket="shop")["Rules"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"Prefix": ""}),
        ({"prefix": "a/"}, {"Prefix": "a/"}),
        ({"tags": {"k": 1}}, {"Tag": {"Key": "k", "Value": "1"}}),
        ({"object_size_less_than": 9}, {"ObjectSizeLessThan": 9}),
        ({"prefix": "a/", "object_size_less_than": 9}, {"And": {"Prefix": "a/", "ObjectSizeLessThan": 9}}),
        (
            {"prefix": "a/", "tags": {"k": "v"}},
            {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}},
        ),
    ],
)
def test_filters_take_the_form_that_aws_wants(aws, s3, given, sent):
    rule = {"id": "r", "expiration": {"days": 1}, **given}
    aws.run("s3_bucket_lifecycle", name="shop", rules=[rule])
    assert rules(s3)[0]["Filter"] == sent
    assert not aws.run("s3_bucket_lifecycle", name="shop", rules=[rule]).changed


def test_rules_of_an_older_form_are_understood(aws, s3):
    old = {"ID": "uploads", "Status": "Enabled", "Prefix": "", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    s3.put_bucket_lifecycle_configuration(Bucket="shop", LifecycleConfiguration={"Rules": [old]})
    assert not aws.run("s3_bucket_lifecycle", name="shop", rules=[UPLOADS]).changed


def test_rules_that_nobody_wants_any_more_go(aws, s3):
    logs = {"id": "logs", "expiration": {"days": 30}}
    aws.run("s3_bucket_lifecycle", name="shop", rules=[UPLOADS, logs])
    with aws.recorded() as sent:
        aws.run("s3_bucket_lifecycle", name="shop", rules=[UPLOADS])
    assert sent.writes == ["PutBucketLifecycleConfiguration"]
    assert [rule["ID"] for rule in rules(s3)] == ["uploads"]


def test_what_is_added_to_a_rule_by_hand_is_a_difference(aws, s3):
    aws.run("s3_bucket_lifecycle", name="shop", rules=[UPLOADS])
    by_hand = [{**rules(s3)[0], "Expiration": {"Days": 5}}]
    s3.put_bucket_lifecycle_configuration(Bucket="shop", LifecycleConfiguration={"Rules": by_hand})
    assert aws.run("s3_bucket_lifecycle", name="shop", rules=[UPLOADS]).changed
    assert "Expiration" not in rules(s3)[0]


def test_a_bucket_that_is_not_there(aws):
    assert aws.run("s3_bucket_lifecycle", name="nobody", rules=[UPLOADS], check=True).changed
    assert not aws.run("s3_bucket_lifecycle", name="nobody", state="absent").changed
    result = aws.run("s3_bucket_lifecycle", name="nobody", rules=[UPLOADS])
    assert result.failed
    assert "The specified bucket does not exist" in result.msg
