# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EFS: moto's file systems and mount targets, with throughput that changes over time, lifecycles, backups and policies.

moto knows no change of a file system, no backup policy after creation, and lists ten file systems where AWS lists a hundred.
"""

from __future__ import annotations

import json

from moto.efs.models import efs_backends

from .. import policies
from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

UPDATE, BACKUP, DAY = 30, 10, 24 * 3600  # account seconds
_DAYS = [f"AFTER_{days}_DAY{'S' if days > 1 else ''}" for days in (1, 7, 14, 30, 60, 90, 180, 270, 365)]
_PAGE = 100


def backend(call, region=None):
    """Return moto's file systems of the account."""
    return efs_backends[call.account][region or call.region]


def file_system(call, wanted=None, region=None):
    """Return moto's file system that an id or an ARN names, or raise what AWS raises."""
    name = (wanted or call.params["FileSystemId"]).rsplit("/", 1)[-1]
    found = backend(call, region).file_systems_by_id.get(name)
    if found is None:
        raise AwsError("FileSystemNotFound", f"File system '{name}' does not exist.")
    return found


def notes(system):
    """Return what we know of a file system beside moto; moto shows nothing whose name begins with an underscore."""
    if not hasattr(system, "_slipway"):
        system._slipway = {"updating": 0, "locked": 0, "backup_until": 0, "protection": "ENABLED"}
    return system._slipway


def status(system):
    """Return the state of a file system now."""
    return "updating" if CLOCK.seconds() < notes(system)["updating"] else "available"


def available(call, wanted=None):
    """Return a file system that can be changed, or raise what AWS raises."""
    found = file_system(call, wanted)
    if status(found) != "available":
        text = f"File system '{found.file_system_id}' is in the life cycle state {status(found)}, it must be available."
        raise AwsError("IncorrectFileSystemLifeCycleState", text)
    return found


def described(call, system):
    """Return a file system as AWS describes it."""
    shape = call.model.service_model.shape_for("FileSystemDescription")
    told = {**system.info_json(), "LifeCycleState": status(system)}
    told["FileSystemProtection"] = {"ReplicationOverwriteProtection": notes(system)["protection"]}
    if system.throughput_mode != "provisioned":
        told.pop("ProvisionedThroughputInMibps", None)
    return {key: value for key, value in told.items() if key in shape.members and value is not None}


# File systems


@operation("efs", "CreateFileSystem")
def create(call):
    mode, throughput = call.params.get("ThroughputMode", "bursting"), call.params.get("ProvisionedThroughputInMibps")
    _check_throughput(mode, throughput, call.params.get("PerformanceMode", "generalPurpose"))
    answer = call.forward()
    return described(call, file_system(call, answer["FileSystemId"]))


def _check_throughput(mode, throughput, performance):
    if (mode == "provisioned") != (throughput is not None):
        raise AwsError(
            "BadRequest", "ProvisionedThroughputInMibps has to be given for throughput mode provisioned, and only for it."
        )
    if throughput is not None and not 1 <= throughput <= 3414:
        raise AwsError("ThroughputLimitExceeded", "The provisioned throughput is over the limit of 3414 MiB/s.")
    if mode == "elastic" and performance == "maxIO":
        raise AwsError("BadRequest", "Throughput mode elastic needs performance mode generalPurpose.")


@operation("efs", "DescribeFileSystems")
def describe(call):
    wanted, token = call.params.get("FileSystemId"), call.params.get("CreationToken")
    if wanted:
        return {"FileSystems": [described(call, file_system(call, wanted))]}
    found = [one for one in backend(call).file_systems_by_id.values() if token in (None, one.creation_token)]
    start, size = int(call.params.get("Marker") or 0), call.params.get("MaxItems", _PAGE)
    page = {"FileSystems": [described(call, one) for one in found[start : start + size]]}
    return {**page, **({"NextMarker": str(start + size)} if len(found) > start + size else {})}


@operation("efs", "UpdateFileSystem")
def update(call):
    """Change the throughput. Going back from provisioned throughput, or to less of it, is possible once a day."""
    system = available(call)
    mode = call.params.get("ThroughputMode", system.throughput_mode)
    kept = system.provisioned_throughput_in_mibps if mode == system.throughput_mode == "provisioned" else None
    throughput = call.params.get("ProvisionedThroughputInMibps", kept)
    _check_throughput(mode, throughput, system.performance_mode)
    before = (system.throughput_mode, system.provisioned_throughput_in_mibps)
    if _archives(system.lifecycle_policies) and mode != "elastic":
        raise AwsError("BadRequest", "A file system that moves files to the archive needs throughput mode elastic.")
    lowered = before[0] == "provisioned" and (mode != "provisioned" or throughput < before[1])
    if lowered and CLOCK.seconds() < notes(system)["locked"]:
        text = "The throughput mode or the provisioned throughput of the file system was changed within the last 24 hours."
        raise AwsError("TooManyRequests", text)
    if (mode, throughput) != before and "provisioned" in (mode, before[0]):
        notes(system)["locked"] = CLOCK.seconds() + DAY
    system.throughput_mode, system.provisioned_throughput_in_mibps = mode, throughput
    notes(system)["updating"] = CLOCK.seconds() + UPDATE
    return described(call, system)


@operation("efs", "DeleteFileSystem")
def delete(call):
    system = file_system(call)
    if notes(system).get("replicates"):
        raise AwsError("FileSystemInUse", f"File system '{system.file_system_id}' is part of a replication.")
    points = backend(call).access_points
    answer = call.forward()
    for name in [name for name, point in points.items() if point.file_system_id == system.file_system_id]:
        del points[name]
    return answer or None


# Lifecycles


def _archives(rules):
    return any("TransitionToArchive" in rule for rule in rules)


@operation("efs", "PutLifecycleConfiguration")
def put_lifecycle(call):
    system, rules = available(call), call.params["LifecyclePolicies"]
    if any(len(rule) != 1 for rule in rules) or len({next(iter(rule)) for rule in rules}) < len(rules):
        raise AwsError(
            "BadRequest", "Each LifecyclePolicy object can have only a single transition, and each transition one object."
        )
    days = {name: value for rule in rules for name, value in rule.items()}
    if "TransitionToArchive" in days:
        _check_archive(system, days)
    system.lifecycle_policies = rules
    return {"LifecyclePolicies": rules}


def _check_archive(system, days):
    if system.throughput_mode != "elastic":
        raise AwsError("BadRequest", "TransitionToArchive needs throughput mode elastic.")
    earlier, later = days.get("TransitionToIA", _DAYS[0]), days["TransitionToArchive"]
    if "TransitionToIA" in days and _DAYS.index(later) <= _DAYS.index(earlier):
        raise AwsError("BadRequest", "TransitionToArchive has to be later than TransitionToIA.")


@operation("efs", "DescribeLifecycleConfiguration")
def describe_lifecycle(call):
    return {"LifecyclePolicies": file_system(call).lifecycle_policies}


# Backups and policies


@operation("efs", "PutBackupPolicy")
def put_backup(call):
    system, wanted = available(call), call.params["BackupPolicy"]["Status"]
    if wanted not in ("ENABLED", "DISABLED"):
        raise AwsError("BadRequest", "The status of a backup policy can be set to ENABLED or DISABLED.")
    notes(system).update(backup=wanted, backup_until=CLOCK.seconds() + BACKUP)
    return {"BackupPolicy": {"Status": _backup(system)}}


def _backup(system):
    known = notes(system).get("backup", "ENABLED" if system.backup_policy else None)
    on_its_way = CLOCK.seconds() < notes(system)["backup_until"]
    return f"{known.removesuffix('ED')}ING" if on_its_way else known


@operation("efs", "DescribeBackupPolicy")
def describe_backup(call):
    known = _backup(file_system(call))
    if known is None:
        raise AwsError("PolicyNotFound", "None")
    return {"BackupPolicy": {"Status": known}}


@operation("efs", "PutFileSystemPolicy")
def put_policy(call):
    system, text = available(call), call.params["Policy"]
    try:
        statements = json.loads(text)["Statement"]
    except (ValueError, KeyError, TypeError):
        raise AwsError("InvalidPolicyException", "The policy is malformed.") from None
    if any("Principal" not in one and "NotPrincipal" not in one for one in policies._list(statements)):
        raise AwsError("InvalidPolicyException", "A statement of the policy names no principal.")
    caller = {"account": call.account, "arns": [f"arn:aws:iam::{call.account}:root"], "type": "Account"}
    bypass = call.params.get("BypassPolicyLockoutSafetyCheck")
    said = policies.decision(text, "elasticfilesystem:PutFileSystemPolicy", system.file_system_arn, caller, {})
    if said == policies.DENIED and not bypass:
        message = (
            "The policy would keep the caller from changing it again. Use BypassPolicyLockoutSafetyCheck to do so all the same."
        )
        raise AwsError("InvalidPolicyException", message)
    system.file_system_policy = text
    return {"FileSystemId": system.file_system_id, "Policy": text}


@operation("efs", "DescribeFileSystemPolicy")
def describe_policy(call):
    system = file_system(call)
    if not system.file_system_policy:
        raise AwsError("PolicyNotFound", "None")
    return {"FileSystemId": system.file_system_id, "Policy": system.file_system_policy}


@operation("efs", "DeleteFileSystemPolicy")
def delete_policy(call):
    available(call).file_system_policy = None


# Tags


def _known(call):
    """Check that a file system or an access point is there before its tags are touched."""
    wanted = call.params["ResourceId"].rsplit("/", 1)[-1]
    if wanted.startswith("fs-"):
        return file_system(call, wanted)
    if wanted not in backend(call).access_points:
        raise AwsError("AccessPointNotFound", f"Access Point {wanted} does not exist.")
    return wanted


@operation("efs", "TagResource", "UntagResource", "ListTagsForResource")
def tags(call):
    _known(call)
    return call.forward() or None
