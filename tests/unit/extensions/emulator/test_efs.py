# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EFS in the emulated account: changes take time and are refused meanwhile; access points come and go."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK


@pytest.fixture
def efs(aws):
    return aws.client("efs")


@pytest.fixture
def system(efs):
    return efs.create_file_system(CreationToken="shop", Encrypted=True)["FileSystemId"]


def code(call, **parameters):
    """Return the error code with which a call is refused."""
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response["Error"]["Code"]


def state(efs, system):
    return efs.describe_file_systems(FileSystemId=system)["FileSystems"][0]["LifeCycleState"]


def test_a_file_system_cannot_be_changed_while_it_is_changed(efs, system):
    efs.update_file_system(FileSystemId=system, ThroughputMode="elastic")
    assert state(efs, system) == "updating"
    changes = (
        (efs.update_file_system, {"ThroughputMode": "bursting"}),
        (efs.put_lifecycle_configuration, {"LifecyclePolicies": []}),
        (efs.put_backup_policy, {"BackupPolicy": {"Status": "ENABLED"}}),
        (efs.create_access_point, {"ClientToken": "x"}),
    )
    for call, parameters in changes:
        assert code(call, FileSystemId=system, **parameters) == "IncorrectFileSystemLifeCycleState"
    CLOCK.advance(30)
    assert state(efs, system) == "available"


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        ({"ThroughputMode": "provisioned"}, "BadRequest"),
        ({"ThroughputMode": "elastic", "ProvisionedThroughputInMibps": 5}, "BadRequest"),
        ({"ThroughputMode": "provisioned", "ProvisionedThroughputInMibps": 9999}, "ThroughputLimitExceeded"),
    ],
)
def test_throughput_that_efs_refuses(efs, system, wanted, refused):
    assert code(efs.update_file_system, FileSystemId=system, **wanted) == refused


def test_elastic_throughput_needs_general_purpose(efs):
    wanted = {"PerformanceMode": "maxIO", "ThroughputMode": "elastic"}
    assert code(efs.create_file_system, CreationToken="fast", **wanted) == "BadRequest"


def test_provisioned_throughput_is_lowered_once_a_day(efs, system):
    def provision(speed):
        efs.update_file_system(FileSystemId=system, ThroughputMode="provisioned", ProvisionedThroughputInMibps=speed)
        CLOCK.advance(60)

    provision(10)
    provision(20)
    lower = {"ThroughputMode": "provisioned", "ProvisionedThroughputInMibps": 5}
    assert code(efs.update_file_system, FileSystemId=system, **lower) == "TooManyRequests"
    CLOCK.advance(24 * 3600)
    provision(5)


def test_each_policy_of_a_lifecycle_has_one_transition(efs, system):
    both = [{"TransitionToIA": "AFTER_7_DAYS", "TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"}]
    assert code(efs.put_lifecycle_configuration, FileSystemId=system, LifecyclePolicies=both) == "BadRequest"


def test_backups_come_on_and_go_off(efs, system):
    assert code(efs.describe_backup_policy, FileSystemId=system) == "PolicyNotFound"
    for wanted in ("ENABL", "DISABL"):
        efs.put_backup_policy(FileSystemId=system, BackupPolicy={"Status": f"{wanted}ED"})
        assert efs.describe_backup_policy(FileSystemId=system)["BackupPolicy"]["Status"] == f"{wanted}ING"
        CLOCK.advance(10)
        assert efs.describe_backup_policy(FileSystemId=system)["BackupPolicy"]["Status"] == f"{wanted}ED"


def test_policies_are_kept_checked_and_removed(efs, system):
    allow = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "elasticfilesystem:ClientMount"}]})
    efs.put_file_system_policy(FileSystemId=system, Policy=allow)
    assert efs.describe_file_system_policy(FileSystemId=system)["Policy"] == allow
    efs.delete_file_system_policy(FileSystemId=system)
    assert code(efs.describe_file_system_policy, FileSystemId=system) == "PolicyNotFound"
    for wrong in ("nothing", json.dumps({"Statement": [{"Effect": "Allow", "Action": "*"}]})):
        assert code(efs.put_file_system_policy, FileSystemId=system, Policy=wrong) == "InvalidPolicyException"


def test_more_than_a_page_of_file_systems(efs):
    for number in range(12):
        efs.create_file_system(CreationToken=str(number))
    first = efs.describe_file_systems(MaxItems=10)
    rest = efs.describe_file_systems(MaxItems=10, Marker=first["NextMarker"])
    assert (len(first["FileSystems"]), len(rest["FileSystems"]), "NextMarker" in rest) == (10, 2, False)


def test_an_access_point_comes_and_goes(efs, system):
    def seen():
        return [one["LifeCycleState"] for one in efs.describe_access_points(FileSystemId=system)["AccessPoints"]]

    key = efs.create_access_point(ClientToken="one", FileSystemId=system)["AccessPointId"]
    assert seen() == ["creating"]
    CLOCK.advance(5)
    assert seen() == ["available"]
    efs.delete_access_point(AccessPointId=key)
    assert seen() == ["deleting"]
    CLOCK.advance(5)
    assert seen() == []
    assert code(efs.delete_access_point, AccessPointId=key) == "AccessPointNotFound"


def test_a_token_makes_one_access_point(efs, system):
    efs.create_access_point(ClientToken="one", FileSystemId=system)
    assert code(efs.create_access_point, ClientToken="one", FileSystemId=system) == "AccessPointAlreadyExists"


@pytest.mark.parametrize(
    "wrong",
    [
        {"RootDirectory": {"Path": "/a/b/c/d/e"}},
        {"RootDirectory": {"Path": "a"}},
        {"RootDirectory": {"Path": "/a", "CreationInfo": {"OwnerUid": 1, "OwnerGid": 1, "Permissions": "888"}}},
        {"PosixUser": {"Uid": 1, "Gid": 2**32}},
    ],
)
def test_access_points_that_efs_refuses(efs, system, wrong):
    assert code(efs.create_access_point, ClientToken="one", FileSystemId=system, **wrong) == "BadRequest"


def test_tags_belong_to_something(aws, efs, system):
    key = efs.create_access_point(ClientToken="one", FileSystemId=system)["AccessPointId"]
    efs.tag_resource(ResourceId=key, Tags=[{"Key": "Project", "Value": "Shop"}])
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Project"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"].rsplit("/", 1)[-1] for row in found] == [key]
    assert code(efs.tag_resource, ResourceId="fsap-0123456789abcdef0", Tags=[]) == "AccessPointNotFound"


def test_a_replication_ends_in_two_file_systems(aws, efs, system):
    there = aws.client("efs", "eu-west-1")
    wish = {"SourceFileSystemId": system, "Destinations": [{"Region": "eu-west-1"}]}
    copy = efs.create_replication_configuration(**wish)["Destinations"][0]
    assert copy["Status"] == "ENABLING"
    assert code(efs.create_replication_configuration, **wish) == "BadRequest"
    assert code(efs.delete_file_system, FileSystemId=system) == "FileSystemInUse"
    CLOCK.advance(60)
    seen = there.describe_replication_configurations(FileSystemId=copy["FileSystemId"])["Replications"][0]
    assert (seen["SourceFileSystemId"], seen["Destinations"][0]["Status"]) == (system, "ENABLED")
    assert code(there.update_file_system_protection, FileSystemId=copy["FileSystemId"]) == "ReplicationAlreadyExists"
    efs.delete_replication_configuration(SourceFileSystemId=system)
    CLOCK.advance(30)
    assert code(efs.describe_replication_configurations, FileSystemId=system) == "ReplicationNotFound"
    there.delete_file_system(FileSystemId=copy["FileSystemId"])
    efs.delete_file_system(FileSystemId=system)


def test_an_encrypted_file_system_is_not_copied_into_an_open_one(aws, efs, system):
    there = aws.client("efs", "eu-west-1")
    copy = there.create_file_system(CreationToken="copy", Encrypted=False)["FileSystemId"]
    there.update_file_system_protection(FileSystemId=copy, ReplicationOverwriteProtection="DISABLED")
    wish = {"SourceFileSystemId": system, "Destinations": [{"Region": "eu-west-1", "FileSystemId": copy}]}
    assert code(efs.create_replication_configuration, **wish) == "ConflictException"
