# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EFS replication: a copy in another region that nobody else writes, and the protection from becoming one."""

from __future__ import annotations

import uuid

from moto.efs.models import efs_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import alive, operation, state_of, states
from . import efs

ENABLING, DELETING = 60, 30  # account seconds


def _all(call):
    """Return the replications of the account in all regions."""
    return state_of(call, "replication", region="global")


@alive
def end():
    """Let both sides of a replication that has ended go: its copy can be written, and is protected from becoming one again."""
    for account, _region, known in states("efs", "replication"):
        for key, one in [(key, one) for key, one in known.items() if one["ended"] and CLOCK.seconds() >= one["ended"] + DELETING]:
            del known[key]
            for region, name in ((one["from"], one["source"]), (one["to"], one["copy"])):
                system = efs_backends[account][region].file_systems_by_id.get(name)
                if system is not None:
                    efs.notes(system)["replicates"] = False
                    efs.notes(system)["protection"] = "ENABLED" if name == one["copy"] else efs.notes(system)["protection"]


def _of(call, wanted):
    """Return the replication in which a file system takes part, or None."""
    key = wanted.rsplit("/", 1)[-1]
    return next((one for one in _all(call).values() if key in (one["source"], one["copy"])), None)


def _shown(call, one):
    arn = call.arn(f"file-system/{one['source']}", "elasticfilesystem", one["from"])
    on_its_way = CLOCK.seconds() < one["began"] + ENABLING
    status = "DELETING" if one["ended"] is not None else "ENABLING" if on_its_way else "ENABLED"
    copy = {"Status": status, "FileSystemId": one["copy"], "Region": one["to"], "OwnerId": call.account, **one["role"]}
    if status == "ENABLED":
        copy["LastReplicatedTimestamp"] = CLOCK.now()
    return {
        "SourceFileSystemId": one["source"],
        "SourceFileSystemRegion": one["from"],
        "SourceFileSystemArn": arn,
        "OriginalSourceFileSystemArn": arn,
        "SourceFileSystemOwnerId": call.account,
        "CreationTime": one["moment"],
        "Destinations": [copy],
    }


@operation("efs", "CreateReplicationConfiguration")
def create(call):
    source = efs.available(call, call.params["SourceFileSystemId"])
    wishes = call.params["Destinations"]
    if len(wishes) != 1:
        raise AwsError("BadRequest", "A replication has one destination.")
    if _of(call, source.file_system_id):
        raise AwsError("BadRequest", f"File system '{source.file_system_id}' is part of a replication already.")
    wish = wishes[0]
    region = wish.get("Region", call.region)
    copy = _existing(call, wish, region, source) if "FileSystemId" in wish else _made(call, wish, region)
    one = {
        "source": source.file_system_id,
        "from": call.region,
        "copy": copy.file_system_id,
        "to": region,
        "role": {"RoleArn": wish["RoleArn"]} if "RoleArn" in wish else {},
        "began": CLOCK.seconds(),
        "moment": CLOCK.now(),
        "ended": None,
    }
    _all(call)[source.file_system_id] = one
    efs.notes(source)["replicates"] = True
    efs.notes(copy).update(replicates=True, protection="REPLICATING")
    return _shown(call, one)


def _existing(call, wish, region, source):
    if "AvailabilityZoneName" in wish or "KmsKeyId" in wish:
        raise AwsError("ValidationException", "Zone and key cannot be given for a destination that exists.")
    copy = efs.file_system(call, wish["FileSystemId"], region)
    if _of(call, copy.file_system_id) or copy is source:
        raise AwsError("BadRequest", f"File system '{copy.file_system_id}' cannot be the destination.")
    if efs.notes(copy)["protection"] != "DISABLED":
        text = f"File system '{copy.file_system_id}' has replication overwrite protection enabled."
        raise AwsError("ValidationException", text)
    if source.encrypted and not copy.encrypted:
        raise AwsError("ConflictException", "The source file system is encrypted and the destination file system is not.")
    return copy


def _made(call, wish, region):
    """Make the destination as EFS does: encrypted, and with throughput that follows the load of the source."""
    zone, key = wish.get("AvailabilityZoneName"), wish.get("KmsKeyId")
    return efs.backend(call, region).create_file_system(
        creation_token=str(uuid.uuid4()),
        performance_mode="generalPurpose",
        encrypted=True,
        kms_key_id=key,
        throughput_mode="bursting",
        provisioned_throughput_in_mibps=None,
        availability_zone_name=zone,
        backup=False,
        tags=[],
    )


@operation("efs", "DescribeReplicationConfigurations")
def describe(call):
    call.params.take("MaxResults", "NextToken")
    wanted = call.params.get("FileSystemId")
    if not wanted:
        here = [one for one in _all(call).values() if call.region in (one["from"], one["to"])]
        return {"Replications": [_shown(call, one) for one in here]}
    efs.file_system(call, wanted)
    found = _of(call, wanted)
    if found is None:
        raise AwsError("ReplicationNotFound", f"No replication configuration was found for file system '{wanted}'.")
    return {"Replications": [_shown(call, found)]}


@operation("efs", "DeleteReplicationConfiguration")
def delete(call):
    call.params.get("DeletionMode")
    source = efs.file_system(call, call.params["SourceFileSystemId"])
    one = _of(call, source.file_system_id)
    if one is None or one["source"] != source.file_system_id:
        raise AwsError("ReplicationNotFound", f"File system '{source.file_system_id}' is not the source of a replication.")
    one["ended"] = CLOCK.seconds() if one["ended"] is None else one["ended"]


@operation("efs", "UpdateFileSystemProtection")
def protect(call):
    system, wanted = efs.available(call), call.params.get("ReplicationOverwriteProtection", "ENABLED")
    if efs.notes(system)["protection"] == "REPLICATING":
        raise AwsError("ReplicationAlreadyExists", "The file system is the destination of a replication.")
    if wanted == "REPLICATING":
        raise AwsError("BadRequest", "REPLICATING is set by Amazon EFS alone.")
    efs.notes(system)["protection"] = wanted
    return {"ReplicationOverwriteProtection": wanted}
