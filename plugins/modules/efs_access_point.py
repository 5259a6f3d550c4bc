#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_access_point
version_added: 0.1.0
short_description: Manage EFS access points
description:
  - Creates and removes access points of an Amazon EFS file system, with the user they act as and the directory they begin in.
  - An access point is found by its C(Name) tag, or by O(client_token) when that is given.
  - Only tags of an access point can be changed. A task that wants another user or directory fails, unless O(replace=true).
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.efs
    description: Makes file systems and mount targets, but no access points.
options:
  name:
    description: Name of the access point; it becomes its C(Name) tag.
    type: str
    required: true
  file_system_id:
    description: Id or ARN of the file system.
    type: str
    required: true
  client_token:
    description:
      - Token by which EFS recognises a repeated creation, up to 64 characters. The access point is then found by it.
      - Left out, the token follows from file system and name.
    type: str
  posix_user:
    description: User as whom all access is done. Left out, the user of the client counts.
    type: dict
    suboptions:
      uid:
        description: Number of the user.
        type: int
        required: true
      gid:
        description: Number of the group.
        type: int
        required: true
      secondary_gids:
        description: Numbers of further groups, 16 at most.
        type: list
        elements: int
  root_directory:
    description: Directory that clients see as the root. Left out, that of the file system.
    type: dict
    suboptions:
      path:
        description: Path in the file system, four levels deep at most.
        type: str
        default: /
      creation_info:
        description:
          - Owner and permissions with which EFS makes the directory when a client first comes.
          - Without it, a directory that does not exist cannot be mounted.
        type: dict
        suboptions:
          owner_uid:
            description: Number of the owner.
            type: int
            required: true
          owner_gid:
            description: Number of the owning group.
            type: int
            required: true
          permissions:
            description: Permissions in octal, for example V("0755").
            type: str
            required: true
  replace:
    description:
      - Whether another user or directory makes a new access point in place of the present one.
      - The new one has another id, so task definitions that name it have to follow. Clients that are connected stay so.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A directory of its own for the uploads of the shop
  slipway.aws.efs_access_point:
    name: shop-dev-uploads
    file_system_id: fs-0123456789abcdef0
    posix_user:
      uid: 1000
      gid: 1000
    root_directory:
      path: /uploads
      creation_info:
        owner_uid: 1000
        owner_gid: 1000
        permissions: "0750"

- name: The same directory for another user
  slipway.aws.efs_access_point:
    name: shop-dev-uploads
    file_system_id: fs-0123456789abcdef0
    replace: true
    posix_user:
      uid: 2000
      gid: 2000

- name: No access point any more
  slipway.aws.efs_access_point:
    name: shop-dev-uploads
    file_system_id: fs-0123456789abcdef0
    state: absent
"""

RETURN = r"""
access_point:
  description: The access point; empty when it is absent.
  returned: always
  type: dict
  contains:
    access_point_id:
      description: Its id, which the volume of a task definition names.
      type: str
      sample: fsap-0123456789abcdef0
    arn:
      description: Its ARN, for policies of the file system.
      type: str
    posix_user:
      description: The user it acts as.
      type: dict
    root_directory:
      description: The directory it begins in.
      type: dict
    tags:
      description: Its tags.
      type: dict
"""

import hashlib
import re

from ansible_collections.slipway.aws.plugins.module_utils.efs import number_faults
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_PATH = re.compile(r"/|(/(?!\.)[^$#<>;`|&?{}^*/\n]+){1,4}")


class AccessPoint(Resource):
    """An access point. Nothing of it but its tags can be changed."""

    service = "efs"
    noun = "access point"
    missing = ("AccessPointNotFound", "FileSystemNotFound")
    immutable = ("PosixUser", "RootDirectory")
    unordered = ("SecondaryGids",)
    outputs = ("arn", "status", "AccessPointId")

    @property
    def replaceable(self):
        """Return how it is replaced: the present one goes first, because both would have the same name."""
        return "delete first" if self.params["replace"] else ""

    def validate(self):
        user, root = self.params["posix_user"] or {}, self.params["root_directory"] or {"path": "/"}
        made = root.get("creation_info") or {}
        numbers = {f"posix_user.{key}": user.get(key) for key in ("uid", "gid")}
        numbers |= {f"posix_user.secondary_gids[{n}]": gid for n, gid in enumerate(user.get("secondary_gids") or [])}
        numbers |= {f"root_directory.creation_info.{key}": made.get(key) for key in ("owner_uid", "owner_gid")}
        faults = number_faults(numbers)
        if len(user.get("secondary_gids") or []) > 16:
            faults.append("posix_user.secondary_gids has 16 groups at most.")
        if len(root["path"]) > 100 or not _PATH.fullmatch(root["path"]):
            faults.append(f"root_directory.path {root['path']} has to begin with / and has 4 levels and 100 characters at most.")
        if made and root["path"] == "/":
            faults.append("root_directory.creation_info belongs to a path of its own; the root of a file system exists already.")
        if made and not re.fullmatch("[0-7]{3,4}", made["permissions"]):
            faults.append(f'root_directory.creation_info.permissions {made["permissions"]} has to be octal, such as "0755".')
        if len(self.params["client_token"] or "") > 64:
            faults.append("client_token has 64 characters at most.")
        return faults

    def find(self):
        listed = self.pages("describe_access_points", "AccessPoints", FileSystemId=self.params["file_system_id"])
        found = [point for point in listed if point["LifeCycleState"] != "deleted" and self._is_it(point)]
        staying = [point for point in found if point["LifeCycleState"] != "deleting"]
        if len(staying) > 1:
            keys = ", ".join(sorted(point["AccessPointId"] for point in staying))
            self.fail(
                f"{len(staying)} access points of {self.params['file_system_id']} are named {self.name}: {keys}."
                " Remove all but one, or name the one by client_token."
            )
        return self._known((staying or found)[0]) if found else None

    def _is_it(self, point):
        token = self.params["client_token"]
        return point["ClientToken"] == token if token else point.get("Name") == self.name

    @staticmethod
    def _known(point):
        root = {"Path": "/", **(point.get("RootDirectory") or {})}
        if "CreationInfo" in root:
            root["CreationInfo"] = {**root["CreationInfo"], "Permissions": root["CreationInfo"]["Permissions"].zfill(4)}
        more = {"arn": point["AccessPointArn"], "status": point["LifeCycleState"], "Tags": from_form(point.get("Tags"))}
        return {"PosixUser": None, **point, "RootDirectory": root, **more}

    def want(self, have):
        want = self.request("CreateAccessPoint", FileSystemId=self.params["file_system_id"].rsplit("/", 1)[-1])
        want.pop("ClientToken", None)
        made = want.get("RootDirectory", {}).get("CreationInfo")
        if made:
            made["Permissions"] = made["Permissions"].zfill(4)
        return want

    def own_tags(self):
        return {"Name": self.name}

    def tag_target(self, have):
        return have["AccessPointId"]

    def ready(self, have):
        if have["status"] == "error":
            self.fail(f"access point {self.name} failed: remove it with state=absent and create it anew.")
        return have["status"] == "available"

    def leaving(self, have):
        return have["status"] == "deleting"

    def create(self, want):
        token = self.params["client_token"] or hashlib.sha256(f"{want['FileSystemId']}/{self.name}".encode()).hexdigest()
        self.write("create_access_point", ClientToken=token, **want)

    def delete(self, have):
        self.write("delete_access_point", tolerate=self.missing, AccessPointId=have["AccessPointId"])


def main():
    AccessPoint.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
