# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EFS access points: moto's, with the checks of AWS, and a moment in which they come and go."""

from __future__ import annotations

import re

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of
from . import efs

COMING, GOING = 5, 5  # account seconds
_PATH = r"/|(/(?!\.)+[^$#<>;`|&?{}^*/\n]+){1,4}"


def _moments(call):
    """Return when access points came and went, by id."""
    return state_of(call, "access point")


def _points(call):
    """Return moto's access points, without those that have gone."""
    points = efs.backend(call).access_points
    for name, (_came, gone) in list(_moments(call).items()):
        if gone is not None and CLOCK.seconds() >= gone + GOING:
            points.pop(name, None)
    return points


def _shown(call, point):
    came, gone = _moments(call).get(point.access_point_id, (0, None))
    state = "deleting" if gone is not None else "creating" if CLOCK.seconds() < came + COMING else "available"
    tags = efs.backend(call).list_tags_for_resource(point.access_point_id)
    name = next((tag["Value"] for tag in tags if tag["Key"] == "Name"), None)
    told = {**point.info_json(), "Name": name, "LifeCycleState": state}
    return {key: value for key, value in told.items() if value is not None}


@operation("efs", "CreateAccessPoint")
def create(call):
    efs.available(call)
    token = call.params["ClientToken"]
    twin = next((point for point in _points(call).values() if point.client_token == token), None)
    if twin is not None:
        raise AwsError("AccessPointAlreadyExists", f"Access point '{twin.access_point_id}' already exists with this client token.")
    _check(call)
    answer = call.forward()
    _moments(call)[answer["AccessPointId"]] = (CLOCK.seconds(), None)
    return _shown(call, _points(call)[answer["AccessPointId"]])


def _check(call):
    root = call.params.get("RootDirectory", {})
    path = root.get("Path", "/")
    if len(path) > 100 or not re.fullmatch(_PATH, path):
        raise AwsError("BadRequest", f"Invalid path '{path}': up to 100 characters and four levels.")
    if path == "/" and "CreationInfo" in root:
        raise AwsError("BadRequest", "CreationInfo cannot be given for the root directory '/'.")
    info, user = root.get("CreationInfo", {}), call.params.get("PosixUser", {})
    if info and not re.fullmatch(r"[0-7]{3,4}", info["Permissions"]):
        raise AwsError("BadRequest", f"Invalid permissions '{info['Permissions']}'.")
    numbers = [user.get("Uid", 0), user.get("Gid", 0), *user.get("SecondaryGids", [])]
    numbers += [info.get("OwnerUid", 0), info.get("OwnerGid", 0)]
    if not all(0 <= number < 2**32 for number in numbers) or len(user.get("SecondaryGids", [])) > 16:
        raise AwsError("BadRequest", "Ids go from 0 to 4294967295, and there are 16 secondary groups at most.")


@operation("efs", "DescribeAccessPoints")
def describe(call):
    key, system = call.params.get("AccessPointId"), call.params.get("FileSystemId")
    if key and system:
        raise AwsError("BadRequest", "Give either the file system or the access point.")
    points = _points(call)
    if key:
        found = points.get(key.rsplit("/", 1)[-1])
        if found is None:
            raise AwsError("AccessPointNotFound", f"Access Point {key} does not exist.")
        return {"AccessPoints": [_shown(call, found)]}
    chosen = efs.file_system(call, system).file_system_id if system else None
    found = [point for point in points.values() if chosen in (None, point.file_system_id)]
    start, size = int(call.params.get("NextToken") or 0), call.params.get("MaxResults", 100)
    page = {"AccessPoints": [_shown(call, point) for point in found[start : start + size]]}
    return {**page, **({"NextToken": str(start + size)} if len(found) > start + size else {})}


@operation("efs", "DeleteAccessPoint")
def delete(call):
    key = call.params["AccessPointId"].rsplit("/", 1)[-1]
    if key not in _points(call):
        raise AwsError("AccessPointNotFound", f"Access Point {key} does not exist.")
    came, gone = _moments(call).get(key, (0, None))
    _moments(call)[key] = (came, CLOCK.seconds() if gone is None else gone)
