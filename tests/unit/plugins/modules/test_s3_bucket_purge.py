# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""s3_bucket_purge: everything goes, but what is protected only when that is said."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.services import s3_object_lock
from ansible_collections.slipway.aws.tests.support.delivery import done
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.s3_bucket_purge import NAME, lock, prepare

MODULE = "s3_bucket_purge"


def left(aws):
    found = aws.client("s3").list_object_versions(Bucket=NAME)
    return len(found.get("Versions", []) + found.get("DeleteMarkers", []))


def test_versions_and_marks_of_deletion_go(aws):
    prepare(aws)
    assert done(aws, MODULE, name=NAME).bucket == {"versions": 3, "policy": False}
    assert left(aws) == 0
    aws.client("s3").delete_bucket(Bucket=NAME)


def test_more_than_aws_removes_at_once(aws):
    prepare(aws)
    for number in range(1100):
        aws.client("s3").put_object(Bucket=NAME, Key=f"many/{number}", Body=b"")
    assert aws.run(MODULE, name=NAME, check=True).bucket["versions"] == 1103
    with aws.recorded() as sent:
        assert done(aws, MODULE, name=NAME).bucket["versions"] == 1103
    assert (left(aws), sent.operations.count("DeleteObjects")) == (0, 2)


def test_what_is_protected_stays_and_the_message_says_how_it_goes(aws):
    prepare(aws, ObjectLockEnabledForBucket=True)
    lock(aws)
    aws.client("s3").delete_bucket_policy(Bucket=NAME)
    refused = aws.run(MODULE, name=NAME)
    assert refused.failed
    assert "1 versions cannot be removed, of b first: Access Denied because object protected by object lock" in refused.msg
    assert "use lift_protection: true" in refused.msg
    assert left(aws) == 1


def test_a_policy_that_denies_deletions_stays_as_well(aws):
    prepare(aws)
    lock(aws)
    assert aws.run(MODULE, name=NAME).failed
    assert left(aws) == 4
    assert aws.client("s3").get_bucket_policy(Bucket=NAME)


def test_protection_is_lifted_from_all_of_it(aws):
    prepare(aws)
    lock(aws)
    foreseen = aws.run(MODULE, name=NAME, lift_protection=True, check=True)
    assert (foreseen.changed, foreseen.bucket, left(aws)) == (True, {"versions": 4, "policy": True}, 4)
    assert done(aws, MODULE, name=NAME, lift_protection=True).bucket == foreseen.bucket
    assert left(aws) == 0
    aws.client("s3").delete_bucket(Bucket=NAME)


def test_a_policy_alone_is_a_change(aws):
    prepare(aws)
    lock(aws)
    aws.client("s3").delete_bucket_policy(Bucket=NAME)
    done(aws, MODULE, name=NAME, lift_protection=True)
    lock_again = {"Version": "2012-10-17", "Statement": []}
    aws.client("s3").put_bucket_policy(Bucket=NAME, Policy=str(lock_again).replace("'", '"'))
    result = done(aws, MODULE, name=NAME, lift_protection=True)
    assert (result.changed, result.bucket) == (True, {"versions": 0, "policy": True})


def test_a_policy_that_is_still_known_somewhere_is_waited_for(aws, monkeypatch):
    prepare(aws)
    lock(aws)
    answers, real = iter([True, True, True, False]), s3_object_lock._denied
    monkeypatch.setattr(s3_object_lock, "_denied", lambda *asked: next(answers, False) or real(*asked))
    with aws.recorded() as sent:
        assert done(aws, MODULE, name=NAME, lift_protection=True).changed
    assert (left(aws), sent.operations.count("DeleteObjects")) == (0, 2)


@pytest.mark.parametrize("lift", [False, True])
def test_compliance_is_lifted_by_nobody(aws, lift):
    prepare(aws)
    lock(aws, "COMPLIANCE")
    aws.client("s3").delete_bucket_policy(Bucket=NAME)
    refused = aws.run(MODULE, name=NAME, lift_protection=lift)
    assert refused.failed
    assert ("Retention in compliance mode ends by itself only" in refused.msg) is lift


@pytest.mark.parametrize("lift", [False, True])
def test_a_bucket_that_is_not_there_is_empty(aws, lift):
    result = done(aws, MODULE, name=NAME, lift_protection=lift)
    assert (result.changed, result.bucket) == (False, {"versions": 0, "policy": False})
