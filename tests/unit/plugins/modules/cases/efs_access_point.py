# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

USER = {"uid": 1000, "gid": 1000, "secondary_gids": [2000, 3000]}
OWNED = {"owner_uid": 1000, "owner_gid": 1000, "permissions": "750"}
ROOT = {"path": "/shop/uploads", "creation_info": OWNED}
LOCKED = "cannot be changed in place"


def prepare(aws):
    system = aws.client("efs").create_file_system(CreationToken="shop", Encrypted=True)
    return {"file_system_id": system["FileSystemId"]}


CHAIN = Chain(
    create={"name": "uploads", "posix_user": USER, "root_directory": ROOT},
    refused=[
        ({"posix_user": {**USER, "uid": 1001}}, LOCKED),
        ({"posix_user": {**USER, "secondary_gids": [2000]}}, LOCKED),
        ({"root_directory": {"path": "/shop"}}, LOCKED),
        ({"root_directory": {**ROOT, "creation_info": {**OWNED, "permissions": "0755"}}}, LOCKED),
    ],
    replaced=[
        {"posix_user": {**USER, "uid": 1001}, "replace": True},
        {"posix_user": {**USER, "secondary_gids": [3000, 2000]}, "root_directory": {"path": "/"}},
    ],
    invalid=[
        ({"posix_user": {"uid": -1, "gid": 0}}, "posix_user.uid -1 is no number of a user"),
        ({"posix_user": {"uid": 1, "gid": 2**32}}, "posix_user.gid 4294967296"),
        ({"posix_user": {"uid": 1, "gid": 1, "secondary_gids": [-5]}}, "secondary_gids[0] -5"),
        ({"posix_user": {"uid": 1, "gid": 1, "secondary_gids": list(range(17))}}, "16 groups at most"),
        ({"posix_user": {"uid": 1}}, "missing required arguments: gid"),
        ({"root_directory": {"path": "uploads"}}, "root_directory.path uploads has to begin with /"),
        ({"root_directory": {"path": "/a/b/c/d/e"}}, "4 levels"),
        ({"root_directory": {"path": "/../etc"}}, "root_directory.path /../etc"),
        ({"root_directory": {"path": "/a", "creation_info": {**OWNED, "permissions": "rwxr-xr-x"}}}, "has to be octal"),
        ({"root_directory": {"path": "/", "creation_info": OWNED}}, "creation_info belongs to a path of its own"),
        ({"client_token": "x" * 65}, "client_token has 64 characters"),
    ],
    elsewhere={"client_token", "file_system_id"},
    own_tags={"Name": "uploads"},
    prepare=prepare,
)
