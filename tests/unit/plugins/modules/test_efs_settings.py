# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EFS settings: in which order they are sent, and what AWS lets nobody do."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils.efs import AFTER

PROVISIONED = {"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 20}
ARCHIVE = {"transition_to_ia": "AFTER_30_DAYS", "transition_to_archive": "AFTER_90_DAYS"}
LOCKOUT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:*"}],
}


@pytest.fixture
def efs(aws):
    return aws.client("efs")


@pytest.fixture
def system(efs):
    """Return the id of a file system."""
    return efs.create_file_system(CreationToken="shop", Tags=[{"Key": "Name", "Value": "shop"}])["FileSystemId"]


@pytest.fixture
def settings(aws, system):
    """Return a function that runs the module for the file system."""

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("efs_settings", **{"name": "shop", **more})
        return result, sent

    return run


@pytest.mark.parametrize("after", AFTER)
def test_all_days_that_upstream_does_not_know(settings, after):
    result, sent = settings(lifecycle_policies={"transition_to_ia": after})
    assert not result.failed, result.msg
    assert sent.parameters("PutLifecycleConfiguration")["LifecyclePolicies"] == [{"TransitionToIA": after}]


def test_each_transition_is_a_policy_of_its_own(settings):
    _result, sent = settings(
        throughput_mode="elastic", lifecycle_policies={**ARCHIVE, "transition_to_primary_storage_class": "AFTER_1_ACCESS"}
    )
    assert sent.parameters("PutLifecycleConfiguration")["LifecyclePolicies"] == [
        {"TransitionToArchive": "AFTER_90_DAYS"},
        {"TransitionToIA": "AFTER_30_DAYS"},
        {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"},
    ]


def test_elastic_throughput_comes_before_the_archive_and_goes_after_it(settings):
    _result, there = settings(throughput_mode="elastic", lifecycle_policies=ARCHIVE)
    assert there.writes == ["UpdateFileSystem", "PutLifecycleConfiguration"]
    result, back = settings(throughput_mode="bursting", lifecycle_policies={})
    assert not result.failed, result.msg
    assert back.writes == ["PutLifecycleConfiguration", "UpdateFileSystem"]


def test_the_archive_is_refused_by_aws_without_elastic_throughput(settings):
    result, _sent = settings(lifecycle_policies=ARCHIVE)
    assert "needs throughput mode elastic" in result.msg


def test_provisioned_throughput_can_be_raised_at_any_time(settings):
    _result, sent = settings(**PROVISIONED)
    sent_speed = sent.parameters("UpdateFileSystem")["ProvisionedThroughputInMibps"]
    raised, _sent = settings(**{**PROVISIONED, "provisioned_throughput_in_mibps": 40})
    assert (sent_speed, raised.failed) == (20, False)
    assert raised.file_system["provisioned_throughput_in_mibps"] == 40


def test_provisioned_throughput_is_given_up_after_a_day(settings):
    settings(**PROVISIONED)
    early, _sent = settings(throughput_mode="elastic")
    assert early.failed
    assert "24 hours after the last change" in early.msg
    CLOCK.advance(24 * 3600)
    late, _sent = settings(throughput_mode="elastic")
    assert (late.failed, late.file_system["throughput_mode"]) == (False, "elastic")


def test_a_file_system_is_found_by_its_id_too(aws, settings, system):
    settings(backup=True)
    assert not aws.run("efs_settings", name=system, backup=True).changed


def test_two_of_one_name_are_not_told_apart_by_chance(efs, settings, system):
    twin = efs.create_file_system(CreationToken="twin", Tags=[{"Key": "Name", "Value": "shop"}])["FileSystemId"]
    result, _sent = settings(backup=True)
    assert result.failed
    assert ", ".join(sorted((system, twin))) in result.msg


def test_a_file_system_that_is_not_there(aws):
    assert aws.run("efs_settings", name="nobody", backup=True, check=True).changed
    assert not aws.run("efs_settings", name="nobody", state="absent").changed
    assert "Make it first with community.aws.efs" in aws.run("efs_settings", name="nobody", backup=True).msg


def test_the_backup_has_come_on_when_the_module_ends(efs, settings, system):
    settings(backup=True)
    assert efs.describe_backup_policy(FileSystemId=system)["BackupPolicy"]["Status"] == "ENABLED"


def test_nobody_locks_himself_out_without_saying_so(settings):
    result, _sent = settings(policy=LOCKOUT)
    assert "keep the caller from changing it again" in result.msg
    result, _sent = settings(policy=LOCKOUT, bypass_policy_lockout_safety_check=True)
    assert not result.failed


# Replication


def test_a_new_copy_is_made_with_its_own_key(aws, settings):
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    result, sent = settings(replication={"region": "eu-west-1", "kms_key_id": key})
    assert sent.parameters("CreateReplicationConfiguration")["Destinations"] == [{"Region": "eu-west-1", "KmsKeyId": key}]
    copy = result.file_system["destinations"][0]
    assert (copy["region"], copy["status"]) == ("eu-west-1", "ENABLED")
    there = aws.client("efs", "eu-west-1").describe_file_systems()["FileSystems"][0]
    assert there["FileSystemId"] == copy["file_system_id"]
    assert there["FileSystemProtection"]["ReplicationOverwriteProtection"] == "REPLICATING"
    again, sent = settings(replication={"region": "eu-west-1", "kms_key_id": key})
    assert (again.changed, sent.writes) == (False, [])


def test_an_existing_file_system_is_overwritten_only_without_protection(aws, settings):
    there = aws.client("efs", "eu-west-1")
    copy = there.create_file_system(CreationToken="copy", Encrypted=True)["FileSystemId"]
    wish = {"region": "eu-west-1", "file_system_id": copy}
    result, _sent = settings(replication=wish)
    assert "overwrite protection" in result.msg
    there.update_file_system_protection(FileSystemId=copy, ReplicationOverwriteProtection="DISABLED")
    result, _sent = settings(replication=wish)
    assert result.file_system["destinations"][0]["file_system_id"] == copy
    assert not settings(replication=wish)[0].changed


def test_another_copy_is_not_made_in_place(settings):
    settings(replication={"region": "eu-west-1"})
    result, sent = settings(replication={"region": "eu-central-1"})
    assert "replication={} first" in result.msg
    assert sent.writes == []


def test_what_was_the_copy_stays_and_can_be_written(aws, settings):
    made, _sent = settings(replication={"region": "eu-west-1"})
    ended, sent = settings(replication={})
    assert sent.writes == ["DeleteReplicationConfiguration"]
    assert ended.file_system["destinations"] == []
    there = aws.client("efs", "eu-west-1").describe_file_systems()["FileSystems"]
    assert [one["FileSystemId"] for one in there] == [made.file_system["destinations"][0]["file_system_id"]]
    assert there[0]["FileSystemProtection"]["ReplicationOverwriteProtection"] == "ENABLED"


def test_the_protection_of_a_copy_belongs_to_the_replication(aws, settings):
    made, _sent = settings(replication={"region": "eu-west-1"})
    name = made.file_system["destinations"][0]["file_system_id"]
    result = aws.run("efs_settings", name=name, region="eu-west-1", replication_overwrite_protection="DISABLED")
    assert "End that replication at its source first" in result.msg
