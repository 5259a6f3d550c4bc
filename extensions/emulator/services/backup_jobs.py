# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Backup jobs of AWS Backup and the recovery points that they make, over time.

Plans do not run by their schedule here, or every emulated night would fill the vaults of whoever has a plan. A test that wants a
night asks for /slipway/backup_plan_runs.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from fnmatch import fnmatchcase

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place, may_assume, moment, places
from ..registry import alive, control, operation, state_of, taggable
from . import backup_vaults
from .backup_jobs_kinds import KINDS, REFUSALS, kind_of

START, BACKUP, DAY = 30, 240, 24 * 3600  # account seconds: until a job begins, and how long it takes
SERVICE = "backup.amazonaws.com"
_COLD = 90
_RUNNING = ("CREATED", "PENDING", "RUNNING")
_SIZE = 1024**3
_INNER = ("Tags", "data", "metadata", "done")
_MEMBERS = ("RecoveryPointArn", "BackupVaultName", "BackupVaultArn", "ResourceArn", "ResourceType", "IamRoleArn")
taggable("backup", "recovery point", arn="RecoveryPointArn", tags="Tags")


def check_role(call, role):
    """Refuse a role that AWS Backup cannot assume."""
    if not may_assume(Place.of(call, "backup"), role, SERVICE):
        raise backup_vaults.invalid(f"IAM Role {role} cannot be assumed by AWS Backup.")


def check_lifecycle(days):
    """Refuse a lifecycle in which something leaves cold storage too early."""
    cold, gone = days.get("MoveToColdStorageAfterDays"), days.get("DeleteAfterDays")
    if cold and gone and gone < cold + _COLD:
        raise backup_vaults.invalid("DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays")


def page(call, key, rows):
    """Return one page of a list."""
    start, size = int(call.params.get("NextToken") or 0), call.params.get("MaxResults", 1000)
    more = {"NextToken": str(start + size)} if start + size < len(rows) else {}
    return {key: rows[start : start + size], **more}


# Jobs


def _begin(place, vault, resource, role, **more):
    key, kind = str(uuid.uuid4()).upper(), kind_of(resource)
    job = {
        "BackupJobId": key,
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
        "ResourceArn": resource,
        "ResourceType": kind.name,
        "IamRoleArn": role,
        "State": "CREATED",
        "PercentDone": "0.0",
        "begun": CLOCK.seconds(),
        "lifecycle": {},
        "tags": {},
        **more,
    }
    place.things("job")[key] = job
    return job


@operation("backup", "StartBackupJob")
def start(call):
    vault, resource, role = backup_vaults.vault_of(call), call.params["ResourceArn"], call.params["IamRoleArn"]
    token, place = call.params.get("IdempotencyToken"), Place.of(call, "backup")
    known = next((job for job in place.things("job").values() if token and job.get("token") == token), None)
    if known:
        call.params.everything()
        return _started(known)
    kind, lifecycle = kind_of(resource), call.params.get("Lifecycle", {})
    if kind is None:
        raise backup_vaults.invalid(f"Invalid resource ARN, or a kind of resource that is not supported: {resource}")
    if not kind.exists(place, resource):
        raise AwsError("ResourceNotFoundException", f"Resource {resource} cannot be found.")
    check_role(call, role)
    check_lifecycle(lifecycle)
    window, complete = call.params.get("StartWindowMinutes", 480), call.params.get("CompleteWindowMinutes", 10080)
    if window < 60 or complete < window + 60:
        raise backup_vaults.invalid("StartWindowMinutes must be 60 at least, and CompleteWindowMinutes 60 more than that.")
    options = call.params.get("BackupOptions", {})
    if options.keys() - {"WindowsVSS", "BackupACLs", "BackupObjectTags"}:
        raise backup_vaults.invalid(f"Unknown backup option: {', '.join(sorted(options))}")
    tags = call.params.get("RecoveryPointTags", {})
    more = {"lifecycle": lifecycle, "tags": tags, "token": token, "start_by": window * 60, "BackupOptions": options}
    return _started(_begin(place, vault, resource, role, **more))


def _started(job):
    return {"BackupJobId": job["BackupJobId"], "CreationDate": moment(job["begun"]), "IsParent": False}


def _job(call):
    job = state_of(call, "job").get(call.params["BackupJobId"])
    if job is None:
        raise AwsError("ResourceNotFoundException", f"Backup job {call.params['BackupJobId']} cannot be found.")
    return job


def _shown(call, job):
    told = {key: value for key, value in job.items() if key[0].isupper()}
    told.update(AccountId=call.account, CreationDate=moment(job["begun"]), IsParent=False)
    told["StartBy"] = moment(job["begun"] + job.get("start_by", 8 * 3600))
    if job["lifecycle"]:
        told["RecoveryPointLifecycle"] = job["lifecycle"]
    if "ended" in job:
        told["CompletionDate"] = moment(job["ended"])
    return told


@operation("backup", "DescribeBackupJob")
def describe(call):
    return _shown(call, _job(call))


@operation("backup", "ListBackupJobs")
def list_jobs(call):
    wanted = {
        "ResourceArn": "ByResourceArn",
        "State": "ByState",
        "BackupVaultName": "ByBackupVaultName",
        "ResourceType": "ByResourceType",
    }
    asked = {key: call.params.get(name) for key, name in wanted.items()}
    before, after = call.params.get("ByCreatedBefore"), call.params.get("ByCreatedAfter")
    found = [
        _shown(call, job)
        for job in state_of(call, "job").values()
        if all(value in (None, job[key]) for key, value in asked.items()) and _between(moment(job["begun"]), after, before)
    ]
    return page(call, "BackupJobs", sorted(found, key=lambda job: job["CreationDate"], reverse=True))


def _between(date, after, before):
    bare = date.replace(tzinfo=None)
    return (after is None or bare >= after.replace(tzinfo=None)) and (before is None or bare <= before.replace(tzinfo=None))


@operation("backup", "StopBackupJob")
def stop(call):
    job = _job(call)
    if job["State"] not in _RUNNING:
        raise AwsError("InvalidRequestException", f"Cannot stop a backup job in state {job['State']}.")
    _end(Place.of(call, "backup"), job, "ABORTED", "The backup job was stopped.")


def _end(place, job, state, message=None):
    """End a job, with the recovery point that it was making."""
    points = place.things("recovery point")
    point = points.get(job.get("RecoveryPointArn"))
    job.update(State=state, ended=CLOCK.seconds())
    if message:
        job["StatusMessage"] = message
    if point is not None and state == "COMPLETED":
        point.update(Status="COMPLETED", BackupSizeInBytes=_SIZE, done=CLOCK.seconds())
        job.update(PercentDone="100.0", BackupSizeInBytes=_SIZE, BytesTransferred=_SIZE)
    elif point is not None:
        KINDS[point["ResourceType"]].drop(place, point)
        del points[point["RecoveryPointArn"]]
    vault = backup_vaults.vaults(place).get(job["BackupVaultName"])
    outcome = {"COMPLETED": "SUCCESSFUL", "FAILED": "FAILED"}.get(state)
    events = ["BACKUP_JOB_COMPLETED", *([f"BACKUP_JOB_{outcome}"] if outcome else [])]
    text = f"An AWS Backup job ended as {state}. Resource ARN : {job['ResourceArn']}. BackupJob ID : {job['BackupJobId']}."
    backup_vaults.tell(place, vault, events, text)


@alive
def pass_time():
    """Let jobs begin and end, and recovery points expire, each at its moment."""
    for place in list(places("backup", "job")):
        for job in list(place.things("job").values()):
            if job["State"] in _RUNNING:
                _progress(place, job)
    for place in list(places("backup", "recovery point")):
        for point in list(place.things("recovery point").values()):
            days = point["Lifecycle"].get("DeleteAfterDays")
            if point["done"] is not None and days and CLOCK.seconds() >= point["done"] + days * DAY:
                remove(place, point)


def _progress(place, job):
    now = CLOCK.seconds()
    if job["State"] == "CREATED" and now >= job["begun"] + START:
        with CLOCK.at(job["begun"] + START):
            _copy(place, job)
    if job["State"] != "RUNNING":
        return
    share = min(1.0, (now - job["begun"] - START) / BACKUP)
    job["PercentDone"] = f"{100 * share:.1f}"
    if share >= 1:
        with CLOCK.at(job["begun"] + START + BACKUP):
            _end(place, job, "COMPLETED")


def _copy(place, job):
    """Make the copy: what is in the resource now is what a restore brings back."""
    kind, vault = KINDS[job["ResourceType"]], backup_vaults.vaults(place).get(job["BackupVaultName"])
    fault = "The backup vault has been deleted." if vault is None else backup_vaults.retention_fault(vault, job["lifecycle"])
    if not fault and not kind.exists(place, job["ResourceArn"]):
        fault = f"Resource {job['ResourceArn']} cannot be found."
    if fault:
        return _end(place, job, "FAILED", fault)
    try:
        arn, data, metadata = kind.save(place, job["ResourceArn"], job["BackupJobId"].lower())
    except REFUSALS as refusal:
        return _end(place, job, "FAILED", refusal.message)
    point = {key: job[key] for key in _MEMBERS[1:]}
    point.update(RecoveryPointArn=arn, Status="CREATING", CreationDate=CLOCK.now(), Lifecycle=job["lifecycle"], done=None)
    point.update(EncryptionKeyArn=vault.encryption_key_arn, IsEncrypted=True, VaultType="BACKUP_VAULT")
    point.update(Tags=dict(job["tags"]), data=data, metadata=metadata)
    if "CreatedBy" in job:
        point["CreatedBy"] = job["CreatedBy"]
    place.things("recovery point")[arn] = point
    job.update(State="RUNNING", RecoveryPointArn=arn, InitiationDate=CLOCK.now())
    text = f"An AWS Backup job was started. Resource ARN : {job['ResourceArn']}. BackupJob ID : {job['BackupJobId']}."
    return backup_vaults.tell(place, vault, ["BACKUP_JOB_STARTED"], text)


# Recovery points


def remove(place, point):
    """Let a recovery point go, with the copy behind it."""
    KINDS[point["ResourceType"]].drop(place, point)
    del place.things("recovery point")[point["RecoveryPointArn"]]


def point_of(call, arn=None):
    """Return the recovery point that a call names, and that lies in the vault it names; raise what AWS raises."""
    arn, vault = arn or call.params["RecoveryPointArn"], call.params.get("BackupVaultName")
    call.params.get("BackupVaultAccountId")
    point = state_of(call, "recovery point").get(arn)
    if point is None or vault not in (None, point["BackupVaultName"]):
        raise AwsError("ResourceNotFoundException", f"Recovery point {arn} cannot be found.")
    return point


def _calculated(point):
    days, dates = point["Lifecycle"], {}
    for key, name in (("MoveToColdStorageAfterDays", "MoveToColdStorageAt"), ("DeleteAfterDays", "DeleteAt")):
        if days.get(key):
            dates[name] = point["CreationDate"] + timedelta(days=days[key])
    return {"CalculatedLifecycle": dates} if dates else {}


def _described(point):
    told = {key: value for key, value in point.items() if key not in _INNER}
    if point["done"] is not None:
        told["CompletionDate"] = moment(point["done"])
    return {**told, **_calculated(point), "IsParent": False}


@operation("backup", "DescribeRecoveryPoint")
def describe_point(call):
    point = point_of(call)
    cold = point["Lifecycle"].get("MoveToColdStorageAfterDays")
    moved = cold and point["done"] is not None and CLOCK.seconds() >= point["done"] + cold * DAY
    return {**_described(point), "StorageClass": "COLD" if moved else "WARM"}


@operation("backup", "ListRecoveryPointsByBackupVault")
def list_points(call):
    vault, resource, kind = backup_vaults.vault_of(call), call.params.get("ByResourceArn"), call.params.get("ByResourceType")
    before, after, plan = (call.params.get(key) for key in ("ByCreatedBefore", "ByCreatedAfter", "ByBackupPlanId"))
    call.params.get("BackupVaultAccountId")
    found = [
        _described(point)
        for point in backup_vaults.points_in(call, vault.backup_vault_name)
        if resource in (None, point["ResourceArn"])
        and kind in (None, point["ResourceType"])
        and plan in (None, point.get("CreatedBy", {}).get("BackupPlanId"))
        and _between(point["CreationDate"], after, before)
    ]
    return page(call, "RecoveryPoints", found)


@operation("backup", "ListRecoveryPointsByResource")
def list_points_of_resource(call):
    call.params.get("ManagedByAWSBackupOnly")
    keys = ("RecoveryPointArn", "CreationDate", "Status", "EncryptionKeyArn", "BackupVaultName")
    wanted = call.params["ResourceArn"]
    points = [point for point in state_of(call, "recovery point").values() if point["ResourceArn"] == wanted]
    return page(call, "RecoveryPoints", [{key: point[key] for key in keys} for point in points])


@operation("backup", "GetRecoveryPointRestoreMetadata")
def restore_metadata(call):
    point = point_of(call)
    keys = ("BackupVaultArn", "RecoveryPointArn", "ResourceType")
    return {**{key: point[key] for key in keys}, "RestoreMetadata": point["metadata"]}


def _insist_on_unlocked(call, point, what):
    vault = backup_vaults.vault_of(call)
    if backup_vaults.denies(call, vault, f"backup:{call.operation}", point["RecoveryPointArn"]):
        text = f"Caller is not authorized to perform backup:{call.operation}: the access policy of the backup vault denies it."
        raise AwsError("AccessDeniedException", text)
    if vault.locked:
        raise AwsError("InvalidRequestException", f"Backup vault {vault.backup_vault_name} is locked: {what}")


@operation("backup", "DeleteRecoveryPoint")
def delete_point(call):
    point = point_of(call)
    _insist_on_unlocked(call, point, "its recovery points cannot be deleted.")
    if point["Status"] == "CREATING":
        raise AwsError("InvalidResourceStateException", "The recovery point is still being created.")
    remove(Place.of(call, "backup"), point)


@operation("backup", "UpdateRecoveryPointLifecycle")
def update_lifecycle(call):
    point, lifecycle = point_of(call), call.params.get("Lifecycle", {})
    _insist_on_unlocked(call, point, "the lifecycle of its recovery points cannot be changed.")
    check_lifecycle(lifecycle)
    point["Lifecycle"] = {key: value for key, value in lifecycle.items() if value != -1}  # -1 is "never"
    keys = ("BackupVaultArn", "RecoveryPointArn", "Lifecycle")
    return {**{key: point[key] for key in keys}, **_calculated(point)}


# Plans


@control("backup_plan_runs")
def run_plan(plan, rule=None):
    """Let the time of a plan's rules have come; return the ids of the jobs that begin."""
    begun = []
    for place in list(places("backup", "plan")):
        for known in place.things("plan").values():
            if known["BackupPlan"]["BackupPlanName"] == plan:
                for each in known["BackupPlan"]["Rules"]:
                    if rule in (None, each["RuleName"]):
                        begun += [job["BackupJobId"] for job in _run_rule(place, known, each)]
    return {"jobs": begun}


def _run_rule(place, plan, rule):
    vault = backup_vaults.vaults(place).get(rule["TargetBackupVaultName"])
    by = {key: plan[key] for key in ("BackupPlanId", "BackupPlanArn")}
    by.update(BackupPlanVersion=plan["VersionId"], BackupPlanName=plan["BackupPlan"]["BackupPlanName"])
    by.update(BackupRuleId=rule["RuleId"], BackupRuleName=rule["RuleName"], BackupRuleCron=rule["ScheduleExpression"])
    more = {"lifecycle": rule.get("Lifecycle", {}), "tags": rule.get("RecoveryPointTags", {}), "CreatedBy": by}
    found = {}
    for selection in plan["selections"].values():
        wanted = selection["BackupSelection"]
        for kind in KINDS.values():
            found.update({arn: wanted["IamRoleArn"] for arn, tags in kind.resources(place) if _selects(wanted, arn, tags)})
    return [_begin(place, vault, arn, role, **more) for arn, role in found.items()] if vault else []


def _selects(wanted, arn, tags):
    """Tell whether a selection takes a resource: by its ARN, and by any of some tags or by all of some conditions."""
    if any(fnmatchcase(arn, pattern) for pattern in wanted["NotResources"]):
        return False
    named = any(fnmatchcase(arn, pattern) for pattern in wanted["Resources"])
    tagged = any(tags.get(one["ConditionKey"]) == one["ConditionValue"] for one in wanted["ListOfTags"])
    tests = {
        "StringEquals": lambda value, pattern: value == pattern,
        "StringNotEquals": lambda value, pattern: value != pattern,
        "StringLike": lambda value, pattern: value is not None and fnmatchcase(value, pattern),
        "StringNotLike": lambda value, pattern: value is None or not fnmatchcase(value, pattern),
    }
    conditions = all(
        tests[kind](tags.get(one["ConditionKey"].removeprefix("aws:ResourceTag/")), one["ConditionValue"])
        for kind, ones in wanted["Conditions"].items()
        for one in ones
    )
    return (named or tagged) and conditions
