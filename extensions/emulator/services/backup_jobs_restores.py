# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Restore jobs of AWS Backup: they make the resource anew, and end when it can be used."""

from __future__ import annotations

import uuid

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import moment, places
from ..registry import alive, operation, state_of
from . import backup_vaults
from .backup_jobs import check_role, page, point_of
from .backup_jobs_kinds import KINDS, REFUSALS

START, SHORTEST = 20, 120  # account seconds: until a job begins, and how long it takes at least
_RUNNING = ("PENDING", "RUNNING")


@operation("backup", "StartRestoreJob")
def start(call):
    point, metadata, role = point_of(call), call.params["Metadata"], call.params.get("IamRoleArn")
    token, kind = call.params.get("IdempotencyToken"), call.params.get("ResourceType", point["ResourceType"])
    jobs = state_of(call, "restore job")
    known = next((job for job in jobs.values() if token and job["token"] == token), None)
    if known:
        call.params.everything()
        return {"RestoreJobId": known["RestoreJobId"]}
    if kind != point["ResourceType"]:
        raise backup_vaults.invalid(f"The recovery point is one of {point['ResourceType']}, not of {kind}.")
    if point["Status"] != "COMPLETED":
        raise AwsError("InvalidRequestException", f"The recovery point is in state {point['Status']}, not COMPLETED.")
    if not role:
        raise AwsError("MissingParameterValueException", "IamRoleArn is required to restore this kind of resource.")
    check_role(call, role)
    if call.params.get("CopySourceTagsToRestoredResource") and kind == "S3":
        raise backup_vaults.invalid("Tags cannot be copied to a restored bucket.")
    given = {name.lower(): value for name, value in metadata.items()}  # AWS does not tell upper case from lower case here
    lacking = [name for name in KINDS[kind].required if not given.get(name.lower())]
    if lacking:
        raise backup_vaults.invalid(f"Invalid restore metadata: {', '.join(lacking)} is missing.")
    key = str(uuid.uuid4()).upper()
    jobs[key] = {
        "RestoreJobId": key,
        "RecoveryPointArn": point["RecoveryPointArn"],
        "SourceResourceArn": point["ResourceArn"],
        "BackupVaultArn": point["BackupVaultArn"],
        "RecoveryPointCreationDate": point["CreationDate"],
        "ResourceType": kind,
        "IamRoleArn": role,
        "Status": "PENDING",
        "PercentDone": "0.0",
        "begun": CLOCK.seconds(),
        "metadata": given,
        "token": token,
    }
    return {"RestoreJobId": key}


def _shown(call, job):
    told = {key: value for key, value in job.items() if key[0].isupper()}
    ended = {"CompletionDate": moment(job["ended"])} if "ended" in job else {}
    return {**told, **ended, "AccountId": call.account, "CreationDate": moment(job["begun"]), "IsParent": False}


@operation("backup", "DescribeRestoreJob")
def describe(call):
    job = state_of(call, "restore job").get(call.params["RestoreJobId"])
    if job is None:
        raise AwsError("ResourceNotFoundException", f"Restore job {call.params['RestoreJobId']} cannot be found.")
    return _shown(call, job)


@operation("backup", "ListRestoreJobs")
def list_jobs(call):
    status, kind = call.params.get("ByStatus"), call.params.get("ByResourceType")
    jobs = [job for job in state_of(call, "restore job").values() if status in (None, job["Status"])]
    found = [_shown(call, job) for job in jobs if kind in (None, job["ResourceType"])]
    return page(call, "RestoreJobs", sorted(found, key=lambda job: job["CreationDate"], reverse=True))


@alive
def pass_time():
    """Let restore jobs begin and end."""
    for place in list(places("backup", "restore job")):
        for job in list(place.things("restore job").values()):
            if job["Status"] in _RUNNING:
                _progress(place, job)


def _progress(place, job):
    begin = job["begun"] + START
    if job["Status"] == "PENDING" and CLOCK.seconds() >= begin:
        with CLOCK.at(begin):
            _restore(place, job)
    if job["Status"] == "RUNNING" and CLOCK.seconds() >= begin + SHORTEST:
        kind, made = KINDS[job["ResourceType"]], job["CreatedResourceArn"]
        if not kind.exists(place, made):
            _end(place, job, "FAILED", f"The restored resource {made} has been deleted.")
        elif kind.ready(place, made):
            _end(place, job, "COMPLETED")


def _restore(place, job):
    kind, point = KINDS[job["ResourceType"]], place.things("recovery point").get(job["RecoveryPointArn"])
    if point is None:
        return _end(place, job, "FAILED", "The recovery point has been deleted.")
    try:
        job["CreatedResourceArn"] = kind.restore(place, point, job["metadata"])
    except REFUSALS as refusal:
        return _end(place, job, "FAILED", refusal.message)
    job["Status"] = "RUNNING"
    return _tell(place, job, "STARTED")


def _end(place, job, status, message=None):
    job.update(Status=status, ended=CLOCK.seconds())
    if message:
        job["StatusMessage"] = message
    if status == "COMPLETED":
        job["PercentDone"] = "100.00%"
    _tell(place, job, "COMPLETED", "SUCCESSFUL" if status == "COMPLETED" else "FAILED")


def _tell(place, job, *events):
    vault = backup_vaults.vaults(place).get(job["BackupVaultArn"].rsplit(":", 1)[-1])
    text = f"An AWS Backup restore job is {job['Status']}. Recovery point ARN: {job['RecoveryPointArn']}."
    backup_vaults.tell(place, vault, [f"RESTORE_JOB_{event}" for event in events], text)
