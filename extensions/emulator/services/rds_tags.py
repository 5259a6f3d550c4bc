# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags of what RDS has: moto's, those of what we keep ourselves, and a refusal for what is not there."""

from __future__ import annotations

from ..calls import AwsError
from ..registry import state_of
from .rds_engines import shared
from .rds_moto import backend_of, name_of

# Where moto keeps what an ARN names, and what AWS says when it is not there.
_MOTO = {
    "cluster": ("clusters", "DBClusterNotFoundFault"),
    "cluster-snapshot": ("cluster_snapshots", "DBSnapshotNotFound"),
    "db": ("databases", "DBInstanceNotFound"),
    "snapshot": ("database_snapshots", "DBSnapshotNotFound"),
}
_OURS = {"auto-backup": "DBInstanceAutomatedBackupNotFound", "db-proxy": "DBProxyNotFoundFault"}


def _tagged(call):
    """Return what of ours an ARN names, or None when it is moto's."""
    arn = call.params["ResourceName"]
    if arn.count(":") < 6:
        raise AwsError("InvalidParameterValue", f"Invalid resource name: {arn}")
    kind = arn.split(":")[5]
    if kind in _MOTO:
        kept, missing = _MOTO[kind]
        if name_of(arn) not in getattr(backend_of(call), kept):
            raise AwsError(missing, f"{name_of(arn)} not found.")
    if kind not in _OURS:
        return None
    found = [thing for thing in state_of(call, kind).values() if thing["arn"] == arn]
    if not found:
        raise AwsError(_OURS[kind], f"{arn} not found.")
    return found[0]


@shared("AddTagsToResource")
def add(call):
    thing = _tagged(call)
    if thing is None:
        return call.forward()
    new = call.params["Tags"]
    names = {tag["Key"] for tag in new}
    thing["tags"] = [tag for tag in thing["tags"] if tag["Key"] not in names] + new
    return {}


@shared("RemoveTagsFromResource")
def remove(call):
    thing = _tagged(call)
    if thing is None:
        return call.forward()
    names = call.params["TagKeys"]
    thing["tags"] = [tag for tag in thing["tags"] if tag["Key"] not in names]
    return {}


@shared("ListTagsForResource")
def show(call):
    thing = _tagged(call)
    return call.forward() if thing is None else {"TagList": thing["tags"]}
