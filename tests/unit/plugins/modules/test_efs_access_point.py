# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EFS access points: how one is found, and what cannot be changed about it."""

from __future__ import annotations

import pytest

USER = {"uid": 1000, "gid": 1000}
OWNED = {"owner_uid": 1000, "owner_gid": 1000, "permissions": "0750"}


@pytest.fixture
def system(aws):
    """Return the id of a file system."""
    return aws.client("efs").create_file_system(CreationToken="shop")["FileSystemId"]


@pytest.fixture
def point(aws, system):
    """Return a function that runs the module for one access point."""

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("efs_access_point", **{"name": "uploads", "file_system_id": system, "posix_user": USER, **more})
        return result, sent

    return run


def test_permissions_may_be_written_in_two_ways(point):
    point(root_directory={"path": "/up", "creation_info": OWNED})
    again, sent = point(root_directory={"path": "/up", "creation_info": {**OWNED, "permissions": "750"}})
    assert (again.failed, again.changed, sent.writes) == (False, False, [])


def test_a_file_system_may_be_named_by_its_arn(aws, point, system):
    arn = aws.client("efs").describe_file_systems()["FileSystems"][0]["FileSystemArn"]
    point()
    again, sent = point(file_system_id=arn)
    assert (again.failed, again.changed, sent.writes) == (False, False, [])


def test_the_same_creation_has_the_same_token(point):
    _made, first = point()
    point(state="absent")
    _made, second = point()
    tokens = [sent.parameters("CreateAccessPoint")["ClientToken"] for sent in (first, second)]
    assert tokens[0] == tokens[1]
    assert 1 <= len(tokens[0]) <= 64


def test_an_access_point_is_found_by_its_token_and_gets_its_name(aws, point, system):
    aws.client("efs").create_access_point(ClientToken="by-hand", FileSystemId=system, PosixUser={"Uid": 1000, "Gid": 1000})
    named, sent = point(client_token="by-hand")
    assert sent.writes == ["TagResource"]
    assert named.access_point["tags"] == {"Name": "uploads"}
    assert not point()[0].changed


def test_two_of_one_name_are_not_told_apart_by_chance(aws, point, system):
    efs = aws.client("efs")
    keys = [
        efs.create_access_point(ClientToken=token, FileSystemId=system, Tags=[{"Key": "Name", "Value": "uploads"}])["AccessPointId"]
        for token in ("one", "two")
    ]
    result, sent = point()
    assert result.failed
    assert ", ".join(sorted(keys)) in result.msg
    assert "client_token" in result.msg
    assert sent.writes == []


def test_another_user_is_refused_and_named(point):
    point()
    result, sent = point(posix_user={"uid": 2000, "gid": 1000})
    assert "posix_user is" in result.msg
    assert sent.writes == []


def test_a_replacement_has_the_same_name_and_another_id(point):
    old = point()[0].access_point["access_point_id"]
    new, sent = point(posix_user={"uid": 2000, "gid": 1000}, replace=True)
    assert sent.writes == ["DeleteAccessPoint", "CreateAccessPoint"]
    assert new.access_point["access_point_id"] != old
    assert new.access_point["status"] == "available"


def test_a_file_system_that_is_not_there(aws):
    missing = {"name": "uploads", "file_system_id": "fs-0123456789abcdef0"}
    assert not aws.run("efs_access_point", **missing, state="absent").changed
    assert aws.run("efs_access_point", **missing, check=True).changed
    assert "does not exist" in aws.run("efs_access_point", **missing).msg
