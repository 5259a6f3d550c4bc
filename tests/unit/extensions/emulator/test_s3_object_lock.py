# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Object lock of the emulated account: versions stay until their day, whoever asks."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

DAY = 24 * 3600


@pytest.fixture
def s3(aws):
    client = aws.client("s3")
    client.create_bucket(Bucket="shop", ObjectLockEnabledForBucket=True)
    return client


def retain(s3, **retention):
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", **retention}}
    s3.put_object_lock_configuration(Bucket="shop", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})


def deny(s3, *actions):
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": ["arn:aws:s3:::shop", "arn:aws:s3:::shop/*"],
    }
    s3.put_bucket_policy(Bucket="shop", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def put(s3):
    return {"Bucket": "shop", "Key": "a", "VersionId": s3.put_object(Bucket="shop", Key="a", Body=b"x")["VersionId"]}


def refused(code, call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    assert error.value.response["Error"]["Code"] == code
    return error.value.response["Error"]["Message"]


def test_the_period_is_told_as_it_was_given(s3):
    told = s3.get_object_lock_configuration(Bucket="shop")["ObjectLockConfiguration"]
    assert told == {"ObjectLockEnabled": "Enabled"}
    for period in ({"Days": 30}, {"Years": 1}):
        retain(s3, **period)
        told = s3.get_object_lock_configuration(Bucket="shop")["ObjectLockConfiguration"]
        assert told["Rule"] == {"DefaultRetention": {"Mode": "GOVERNANCE", **period}}


def test_it_can_be_changed_while_there_are_objects(s3):
    put(s3)
    retain(s3, Days=30)


@pytest.mark.parametrize(
    ("retention", "code"),
    [
        ({"Days": 0}, "InvalidArgument"),
        ({"Days": 1, "Years": 1}, "MalformedXML"),
        ({}, "MalformedXML"),
        ({"Mode": "X"}, "MalformedXML"),
    ],
)
def test_periods_that_cannot_be(s3, retention, code):
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", **retention}}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    refused(code, s3.put_object_lock_configuration, Bucket="shop", ObjectLockConfiguration=configuration)


def test_it_needs_versions_and_keeps_them(aws, s3):
    configuration = {"ObjectLockEnabled": "Enabled"}
    s3.create_bucket(Bucket="plain")
    refused("ObjectLockConfigurationNotFoundError", s3.get_object_lock_configuration, Bucket="plain")
    refused("InvalidBucketState", s3.put_object_lock_configuration, Bucket="plain", ObjectLockConfiguration=configuration)
    for bucket in ("plain", "shop"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket="plain", ObjectLockConfiguration=configuration)
    for bucket in ("plain", "shop"):
        refused("InvalidBucketState", s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


def test_a_locked_version_stays_until_its_day(s3):
    before = put(s3)
    retain(s3, Days=30)
    version = put(s3)
    s3.delete_object(**before)  # locked is what comes afterwards
    assert "protected by object lock" in refused("AccessDenied", s3.delete_object, **version)
    CLOCK.advance(29 * DAY)
    refused("AccessDenied", s3.delete_object, **version)
    CLOCK.advance(DAY + 1)
    s3.delete_object(**version)


def test_a_mark_of_deletion_hides_it_and_can_be_deleted(s3):
    retain(s3, Days=30)
    put(s3)
    marker = s3.delete_object(Bucket="shop", Key="a")
    assert marker["DeleteMarker"]
    assert s3.delete_object(Bucket="shop", Key="a", VersionId=marker["VersionId"])["DeleteMarker"]
    assert s3.get_object(Bucket="shop", Key="a")


def test_governance_is_bypassed_by_who_may(s3):
    retain(s3, Days=30)
    version = put(s3)
    deny(s3, "s3:BypassGovernanceRetention")
    refused("AccessDenied", s3.delete_object, **version, BypassGovernanceRetention=True)
    s3.delete_bucket_policy(Bucket="shop")
    s3.delete_object(**version, BypassGovernanceRetention=True)


def test_compliance_is_bypassed_by_nobody(s3):
    retain(s3, Mode="COMPLIANCE", Days=30)
    refused("AccessDenied", s3.delete_object, **put(s3), BypassGovernanceRetention=True)


def test_several_at_once_go_one_by_one(s3):
    free = put(s3)
    retain(s3, Days=30)
    locked = put(s3)
    wanted = [{"Key": "a", "VersionId": each["VersionId"]} for each in (free, locked)]
    answer = s3.delete_objects(Bucket="shop", Delete={"Objects": wanted})
    assert [each["VersionId"] for each in answer["Deleted"]] == [free["VersionId"]]
    assert [(each["VersionId"], each["Code"]) for each in answer["Errors"]] == [(locked["VersionId"], "AccessDenied")]
    quiet = s3.delete_objects(Bucket="shop", Delete={"Objects": wanted[1:], "Quiet": True}, BypassGovernanceRetention=True)
    assert quiet.keys() & {"Deleted", "Errors"} == set()
    put(s3)
    [marked] = s3.delete_objects(Bucket="shop", Delete={"Objects": [{"Key": "a"}]})["Deleted"]
    assert marked["DeleteMarkerVersionId"]


def test_policies_are_asked_about_versions_and_buckets(s3):
    version = put(s3)
    deny(s3, "s3:DeleteObjectVersion", "s3:DeleteBucket")
    refused("AccessDenied", s3.delete_object, **version)
    s3.delete_object(Bucket="shop", Key="a")  # that is another permission
    refused("AccessDenied", s3.delete_bucket, Bucket="shop")
    s3.delete_bucket_policy(Bucket="shop")
    refused("BucketNotEmpty", s3.delete_bucket, Bucket="shop")
    for each in [*s3.list_object_versions(Bucket="shop")["Versions"], *s3.list_object_versions(Bucket="shop")["DeleteMarkers"]]:
        s3.delete_object(Bucket="shop", Key="a", VersionId=each["VersionId"])
    s3.delete_bucket(Bucket="shop")
