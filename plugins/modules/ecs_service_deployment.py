#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service_deployment
version_added: 0.1.0
short_description: Wait for, continue, roll back or stop a deployment of an ECS service
description:
  - Acts on a service deployment that goes on. One is started with M(slipway.aws.ecs_service).
  - Waiting for success fails when ECS rolls the deployment back, stops it or replaces it, with the exit code and the last log lines
    of the task that failed.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: slipway.aws.ecs_service_deployment_info
    description: Shows the deployments of a service, and changes nothing.
options:
  name:
    description: Name of the service.
    type: str
    required: true
  cluster:
    description: Name or ARN of the cluster.
    type: str
    required: true
  service_deployment_arn:
    description: Which deployment. Left out, it is the newest one of the service.
    type: str
  state:
    description:
      - V(succeeded) waits until the deployment has succeeded.
      - V(paused) waits until a PAUSE hook waits for an answer. A deployment that has succeeded will not pause any more and fails
        the task.
      - V(continued) lets all hooks that wait, or the one of O(hook_id), go on; nothing is changed when none waits.
      - V(rolled_back) takes the service back to the version before. A deployment that has succeeded already cannot be rolled back;
        deploy the earlier task definition instead.
      - V(stopped) stops the deployment where it is, with both versions running. A deployment that has ended stays as it is.
    type: str
    choices: [succeeded, paused, continued, rolled_back, stopped]
    default: succeeded
  hook_id:
    description: Id of the hook to continue, from M(slipway.aws.ecs_service_deployment_info).
    type: str
attributes:
  check_mode:
    description: Tells what would be done and does not wait.
    support: full
  diff_mode:
    description: Shows the status before and after.
    support: full
  idempotent:
    description: What has been reached already is not asked for again.
    support: full
extends_documentation_fragment:
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Wait until the new version serves
  slipway.aws.ecs_service_deployment:
    name: web
    cluster: shop
    wait_timeout: 3600

- name: Let production traffic shift after the approval
  slipway.aws.ecs_service_deployment:
    name: web
    cluster: shop
    state: continued

- name: Back to the version before
  slipway.aws.ecs_service_deployment:
    name: web
    cluster: shop
    state: rolled_back
"""

RETURN = r"""
service_deployment:
  description: The deployment as AWS describes it.
  returned: always
  type: dict
  contains:
    service_deployment_arn:
      description: ARN of the deployment.
      type: str
    status:
      description: Its status.
      type: str
      sample: SUCCESSFUL
    lifecycle_stage:
      description: Its stage, with the strategies that shift traffic.
      type: str
      sample: BAKE_TIME
    lifecycle_hook_details:
      description: The hooks that have run or wait.
      type: list
      elements: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import ecs, shapes
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller

_STOPPABLE = ("PENDING", "IN_PROGRESS")


class Deployment(Caller):
    """A service deployment that somebody watches or steers."""

    service = "ecs"
    noun = "deployment of service"
    missing = ("ClusterNotFoundException", "ServiceDeploymentNotFoundException", "ServiceNotFoundException")

    def __init__(self, module):
        super().__init__(module)
        self.cluster = self.params["cluster"]
        self.arn = self.params["service_deployment_arn"] or self._newest()

    def _newest(self):
        listed = ecs.deployments_of(self, self.cluster, self.name)
        if not listed:
            self.fail(f"service {self.name} in cluster {ecs.short(self.cluster)} has no deployment: start one with ecs_service.")
        return listed[0]["serviceDeploymentArn"]

    def look(self):
        """Return the deployment as it is now."""
        found = ecs.deployment_of(self, self.arn)
        if found is None:
            self.fail(f"There is no service deployment {self.arn}. ecs_service_deployment_info lists those of a service.")
        return found

    def run(self):
        before = self.look()
        steps = {
            "succeeded": self._succeeded,
            "paused": self._paused,
            "continued": self._continued,
            "rolled_back": self._rolled_back,
            "stopped": self._stopped,
        }
        changed = steps[self.params["state"]](before)
        after = before if self.check else self.look()
        sides = {"before": {"status": before["status"]}, "after": {"status": after["status"]}}
        self.module.exit_json(changed=changed, diff=sides, service_deployment=shapes.from_api(after, ("hookDetails",)))

    def _wait(self, over):
        """Look until ``over(deployment)`` holds."""
        if self.check or not self.params["wait"]:
            return
        for _look in self.looks(self.params["wait_timeout"]):
            if over(self.look()):
                return
        message, details = ecs.progress(self, self.cluster, self.name, self.arn)
        late = f"{self.noun} {self.name} has not reached {self.params['state']} after {self.params['wait_timeout']} seconds."
        self.fail(f"{late} {message} ECS goes on by itself: run the same command again, or raise wait_timeout.", **details)

    def _has_succeeded(self, _deployment):
        return ecs.has_succeeded(self, self.cluster, self.name, self.arn)

    def _succeeded(self, deployment):
        if self.check and deployment["status"] not in ecs.GOING_ON:
            self._has_succeeded(deployment)
        self._wait(self._has_succeeded)
        return False

    def _paused(self, _deployment):
        def waits(now):
            if self._has_succeeded(now):
                self.fail(f"{self.noun} {self.name} has succeeded without waiting at a hook.")
            return bool(ecs.paused_hooks(now))

        self._wait(waits)
        return False

    def _continued(self, deployment):
        wanted = self.params["hook_id"]
        waiting = [hook["hookId"] for hook in ecs.paused_hooks(deployment) if wanted in (None, hook["hookId"])]
        if not self.check:
            for hook in waiting:
                self.write("continue_service_deployment", serviceDeploymentArn=self.arn, hookId=hook, action="CONTINUE")
        if waiting or deployment["status"] in ecs.GOING_ON:
            self._wait(lambda now: bool(self._others(now, waiting)) or self._has_succeeded(now))
        return bool(waiting)

    @staticmethod
    def _others(deployment, continued):
        """Return the hooks that wait, beside those that have just been continued."""
        return [hook for hook in ecs.paused_hooks(deployment) if hook["hookId"] not in continued]

    def _rolled_back(self, deployment):
        changed = self._stop(deployment, "ROLLBACK")
        if not self.check:
            self._refuse_if_ended(self.look())

        def back(now):
            self._refuse_if_ended(now)
            return now["status"] == "ROLLBACK_SUCCESSFUL"

        self._wait(back)
        return changed

    def _refuse_if_ended(self, deployment):
        """Fail when there is no way back for this deployment."""
        ends = {
            "SUCCESSFUL": "has succeeded already: deploy the earlier task definition with ecs_service to go back.",
            "STOPPED": "was stopped and cannot be rolled back: deploy the earlier task definition with ecs_service.",
        }
        status = deployment["status"]
        if status == "ROLLBACK_FAILED":
            message, details = ecs.failure(self, self.cluster, self.name, deployment)
            self.fail(message, **details)
        if status in ends:
            reason = f" ({deployment['statusReason']})" if deployment.get("statusReason") else ""
            self.fail(f"{self.noun} {self.name} {ends[status]}{reason}")

    def _stopped(self, deployment):
        changed = self._stop(deployment, "ABORT")
        self._wait(lambda now: now["status"] not in ecs.GOING_ON)
        return changed

    def _stop(self, deployment, kind):
        if deployment["status"] not in _STOPPABLE:
            return False
        if self.check:
            return True
        # It may have ended since we looked; that is no conflict for us.
        answer = self.write(
            "stop_service_deployment", tolerate=("ConflictException",), serviceDeploymentArn=self.arn, stopType=kind
        )
        return answer is not None


def main():
    Deployment.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
