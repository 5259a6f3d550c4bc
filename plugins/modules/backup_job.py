#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_job
version_added: 0.1.0
short_description: Back up a resource now, or restore one
description:
  - Starts one job of AWS Backup, waits until it has ended and returns what it made.
  - The task fails when the job fails, is stopped or expires, and says why.
  - Every run starts a job, unless O(job_id) names one that is under way already.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: slipway.aws.backup_plan
    description: Backs up by a schedule.
options:
  action:
    description: What to do.
    type: str
    required: true
    choices:
      backup: Make a recovery point of O(resource_arn).
      restore: Make a resource out of a recovery point. What is there already is not overwritten.
  vault:
    description: Name of the vault that the recovery point goes to, or lies in.
    type: str
    required: true
  resource_arn:
    description: ARN of the resource. For O(action=restore) without O(recovery_point_arn), its latest recovery point is taken.
    type: str
  recovery_point_arn:
    description: ARN of the recovery point to restore.
    type: str
  iam_role_arn:
    description: ARN of the role that AWS Backup works with. Needed to start a job.
    type: str
  metadata:
    description:
      - What the restored resource shall be like, in AWS's own words, for example C(targetTableName), C(DBInstanceIdentifier),
        C(newFileSystem) or C(DestinationBucketName). The developer guide has them all, by kind of resource.
      - It goes on top of what AWS noted at the time of the backup. A null takes a noted entry away.
    type: dict
  copy_source_tags_to_restored_resource:
    description: Whether the restored resource gets the tags that the other one had. Not every kind of resource can do that.
    type: bool
  lifecycle:
    description: How long the recovery point is kept; for ever if left out. A locked vault may refuse that.
    type: dict
    suboptions:
      delete_after_days:
        description: After how many days it is deleted.
        type: int
      move_to_cold_storage_after_days:
        description: After how many days it moves to cold storage, where it then stays for 90 days at least.
        type: int
  recovery_point_tags:
    description: Tags of the recovery point.
    type: dict
  backup_options:
    description: Options of the kind of resource, for example C(WindowsVSS), in AWS's own words.
    type: dict
  start_window_minutes:
    description: How long AWS may wait before it starts, an hour at least; eight hours if left out.
    type: int
  complete_window_minutes:
    description: In what time the backup has to be done, at least an hour more than O(start_window_minutes); seven days if left out.
    type: int
  job_id:
    description: Id of a job that was started earlier. Nothing is started then, it is only waited for.
    type: str
attributes:
  check_mode:
    description: Looks for vault and recovery point, tells that a job would start, and starts none.
    support: full
  diff_mode:
    description: There is no state to compare.
    support: none
  idempotent:
    description: Every run starts a job.
    support: none
extends_documentation_fragment:
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A backup before the great change, for two weeks
  slipway.aws.backup_job:
    action: backup
    vault: shop-production
    resource_arn: arn:aws:rds:eu-west-1:123456789012:db:shop-production
    iam_role_arn: arn:aws:iam::123456789012:role/shop-production-backup
    lifecycle: {delete_after_days: 14}
    wait_timeout: 3600
  register: before_the_change

- name: The database as it was before, beside the present one
  slipway.aws.backup_job:
    action: restore
    vault: shop-production
    recovery_point_arn: "{{ before_the_change.recovery_point_arn }}"
    iam_role_arn: arn:aws:iam::123456789012:role/shop-production-backup
    metadata:
      DBInstanceIdentifier: shop-before
      DBSubnetGroupName: shop-production
    wait_timeout: 3600

- name: The latest state of a table, under another name
  slipway.aws.backup_job:
    action: restore
    vault: shop-dev
    resource_arn: arn:aws:dynamodb:eu-west-1:123456789012:table/orders
    iam_role_arn: arn:aws:iam::123456789012:role/shop-dev-backup
    metadata: {targetTableName: orders-restored}
"""

RETURN = r"""
job:
  description: The job as AWS describes it.
  returned: when there is one
  type: dict
  contains:
    backup_job_id:
      description: Id of a backup job.
      type: str
    restore_job_id:
      description: Id of a restore job.
      type: str
    state:
      description: Where a backup job is in its life.
      type: str
      sample: COMPLETED
    status:
      description: Where a restore job is in its life.
      type: str
      sample: COMPLETED
    status_message:
      description: What AWS says about it, if anything.
      type: str
job_id:
  description: Id of the job, to wait for it later.
  returned: when there is one
  type: str
recovery_point_arn:
  description: ARN of the recovery point that was made, or restored.
  returned: when AWS has told it
  type: str
created_resource_arn:
  description: ARN of the restored resource.
  returned: when AWS has told it
  type: str
seconds:
  description: How long the job took, by AWS's clock.
  returned: when it has ended
  type: int
  sample: 270
"""

import re
import uuid

from ansible_collections.slipway.aws.plugins.module_utils import backup, shapes
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN

_OVER = ("COMPLETED", "FAILED", "ABORTED", "EXPIRED", "PARTIAL")
# The operations of each action, the key of a job's id and the key of where it is in its life.
_BACKUP = ("start_backup_job", "describe_backup_job", "BackupJobId", "State")
_RESTORE = ("start_restore_job", "describe_restore_job", "RestoreJobId", "Status")
_OF_BACKUP = ("lifecycle", "recovery_point_tags", "backup_options", "start_window_minutes", "complete_window_minutes")
_OF_RESTORE = ("metadata", "copy_source_tags_to_restored_resource", "recovery_point_arn")


class Job(Caller):
    """A backup, or a restore, that happens once."""

    service = "backup"
    noun = "job"
    missing = ("ResourceNotFoundException",)
    pauses = (5, 5, 10, 15, 30)

    @property
    def name(self):
        p = self.params
        return p["job_id"] or (p["action"] == "restore" and p["recovery_point_arn"]) or p["resource_arn"]

    @property
    def steps(self):
        return _BACKUP if self.params["action"] == "backup" else _RESTORE

    def run(self):
        faults = self.faults()
        if faults:
            self.fail(" ".join(faults))
        key = self.params["job_id"]
        if not key:
            parameters = getattr(self, f"_{self.params['action']}")()
            if self.check:
                made = "recovery_point_arn" if self.params["action"] == "backup" else "created_resource_arn"
                self.module.exit_json(changed=True, **{made: UNKNOWN})
            # A role that has just been made cannot be assumed for a moment.
            answer = self.write(self.steps[0], patience={"InvalidParameterValueException": "role"}, **parameters)
            key = answer[self.steps[2]]
        job = self._wait(key) if self.params["wait"] and not self.check else self._seen(key)
        self.module.exit_json(changed=not self.params["job_id"], **self._result(key, job))

    def faults(self):
        """Return sentences about options that contradict each other or AWS's rules."""
        p, faults = self.params, []
        foreign = [option for option in (_OF_RESTORE if p["action"] == "backup" else _OF_BACKUP) if p[option] is not None]
        if foreign:
            faults.append(f"{', '.join(foreign)} has no place with action {p['action']}.")
        for option in ("resource_arn", "recovery_point_arn", "iam_role_arn"):
            if p[option] and UNKNOWN not in p[option] and not re.fullmatch(r"arn:[a-z-]+:[a-z0-9-]+:[^:]*:[^:]*:.+", p[option]):
                faults.append(f"{option} {p[option]} is no ARN.")
        if not p["job_id"]:
            faults += self._start_faults()
        return faults

    def _start_faults(self):
        p, faults = self.params, []
        if not p["iam_role_arn"]:
            faults.append("iam_role_arn has to be given to start a job.")
        if not p["resource_arn"] and (p["action"] == "backup" or not p["recovery_point_arn"]):
            faults.append(f"action {p['action']} needs resource_arn{'' if p['action'] == 'backup' else ' or recovery_point_arn'}.")
        days = p["lifecycle"] or {}
        cold, gone = days.get("move_to_cold_storage_after_days"), days.get("delete_after_days")
        if cold and gone and gone < cold + backup.COLD:
            faults.append(
                f"lifecycle: with {cold} days until cold storage, delete_after_days is {cold + backup.COLD} at least, not {gone}."
            )
        start, complete = p["start_window_minutes"], p["complete_window_minutes"]
        if start is not None and start < 60:
            faults.append(f"start_window_minutes is 60 at least, not {start}.")
        if complete is not None and complete < (start or 480) + 60:
            faults.append(f"complete_window_minutes is {(start or 480) + 60} at least, not {complete}.")
        return faults

    # What is asked of AWS

    def _backup(self):
        if backup.vault(self, self.params["vault"]) is None and not self.check:  # a check run may only have predicted it
            self.fail(f"There is no vault {self.params['vault']}. Make it first: slipway.aws.backup_vault.")
        return self.request("StartBackupJob", BackupVaultName=self.params["vault"], IdempotencyToken=str(uuid.uuid4()))

    def _restore(self):
        arn = self.params["recovery_point_arn"] or self._latest()
        if UNKNOWN in arn:
            return {}
        noted = self.read("get_recovery_point_restore_metadata", BackupVaultName=self.params["vault"], RecoveryPointArn=arn)
        if noted is None:
            self.fail(f"There is no recovery point {arn} in vault {self.params['vault']}.")
        metadata = backup.merged(noted.get("RestoreMetadata", {}), self.params["metadata"] or {})
        more = {"RecoveryPointArn": arn, "Metadata": metadata, "ResourceType": noted.get("ResourceType")}
        request = self.request("StartRestoreJob", **more, IdempotencyToken=str(uuid.uuid4()))
        return {key: value for key, value in request.items() if value is not None}

    def _latest(self):
        """Return the ARN of the latest recovery point of the resource."""
        where = {"BackupVaultName": self.params["vault"], "ByResourceArn": self.params["resource_arn"]}
        points = self.pages("list_recovery_points_by_backup_vault", "RecoveryPoints", **where)
        whole = [point for point in points if point["Status"] == "COMPLETED"]
        if not whole:
            self.fail(f"There is no recovery point of {self.params['resource_arn']} in vault {self.params['vault']} to restore.")
        return max(whole, key=lambda point: point["CreationDate"])["RecoveryPointArn"]

    # What becomes of it

    def _seen(self, key):
        found = self.read(self.steps[1], **{self.steps[2]: key})
        if found is None:
            self.fail(f"There is no {self.params['action']} job {key}.")
        return found

    def _wait(self, key):
        job = {}
        for _look in self.looks(self.params["wait_timeout"]):
            job = self._seen(key)
            if job[self.steps[3]] in _OVER:
                return self._judged(key, job)
        return self.fail(
            f"{self.params['action']} job {key} is {job[self.steps[3]]} after {self.params['wait_timeout']} seconds and goes on."
            f" Wait for it with job_id={key}, or raise wait_timeout.",
            **self._result(key, job),
        )

    def _judged(self, key, job):
        """Return a job that succeeded; fail for another one with what AWS says about it."""
        state, said = job[self.steps[3]], (job.get("StatusMessage") or "").rstrip(".")
        if state == "COMPLETED":
            if said:
                self.module.warn(f"{self.params['action']} job {key} is COMPLETED, and AWS says: {said}.")
            return job
        subject = job.get("ResourceArn") or job.get("RecoveryPointArn")
        reason = said or "AWS gives no reason"
        self.fail(f"{self.params['action']} job {key} of {subject} ended as {state}: {reason}.", **self._result(key, job))
        return None

    def _result(self, key, job):
        ended = {"seconds": round((job["CompletionDate"] - job["CreationDate"]).total_seconds())} if "CompletionDate" in job else {}
        made = {shapes.snake(name): job[name] for name in ("RecoveryPointArn", "CreatedResourceArn") if job.get(name)}
        return {"job_id": key, "job": shapes.from_api(job, ("BackupOptions",)), **made, **ended}


def main():
    Job.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
