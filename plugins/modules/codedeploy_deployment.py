#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codedeploy_deployment
version_added: 0.1.0
short_description: Deploy to an ECS service with CodeDeploy
description:
  - Starts, continues, stops and awaits AWS CodeDeploy deployments to an ECS service.
  - The task fails when the deployment fails or was rolled back, and says why.
  - What is deployed already is not deployed again, and a deployment of it that is under way is awaited instead of started twice.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the deployment group.
    type: str
    required: true
  application_name:
    description: Name of the application.
    type: str
    required: true
  action:
    description: What to do.
    type: str
    choices:
      deploy: Deploy, unless it is deployed already.
      continue: Continue a deployment that waits, before its traffic moves or before its old tasks end.
      stop: Stop a deployment.
      wait: Only wait for a deployment.
    default: deploy
  deployment_id:
    description: Deployment to continue, to stop or to wait for; left out, the latest one of the group.
    type: str
  task_definition:
    description: ARN of the task definition to deploy. O(action=deploy) needs this or O(app_spec).
    type: str
  container_name:
    description: Name of the container that gets the traffic; goes with O(task_definition).
    type: str
  container_port:
    description: Its port; goes with O(task_definition).
    type: int
  hooks:
    description: ARNs or names of Lambda functions that judge the deployment, by lifecycle event; goes with O(task_definition).
    type: dict
  app_spec:
    description: A whole AppSpec as a dictionary, in AWS's own form.
    type: dict
  deployment_config_name:
    description: In what steps traffic moves this time.
    type: str
  description:
    description: Text that is kept with the deployment.
    type: str
  force:
    description: Whether to deploy what is deployed already.
    type: bool
    default: false
  roll_back:
    description: Whether O(action=stop) gives the traffic back to the old tasks; left out, the deployment group decides.
    type: bool
  wait_until:
    description:
      - V(succeeded) waits until the old tasks have ended, which the deployment group may put off by up to two days.
      - V(shifted) waits until all traffic is on the new tasks.
    type: str
    choices: [succeeded, shifted]
    default: succeeded
extends_documentation_fragment:
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Looks, says what would be done, and does nothing.
    support: full
  diff_mode:
    description: A deployment is an event and has no before and after.
    support: none
  idempotent:
    description: With O(force=false), what is deployed already is not deployed again.
    support: full
"""

EXAMPLES = r"""
- name: Deploy, and be done when all traffic is on the new tasks
  slipway.aws.codedeploy_deployment:
    name: web
    application_name: shop
    task_definition: "{{ definition.task_definition.arn }}"
    container_name: web
    container_port: 8000
    wait_until: shifted

- name: Let the deployment that waits move its traffic
  slipway.aws.codedeploy_deployment:
    name: web
    application_name: shop
    action: continue

- name: Stop it and go back
  slipway.aws.codedeploy_deployment:
    name: web
    application_name: shop
    action: stop
    roll_back: true
"""

RETURN = r"""
deployment:
  description: The deployment.
  returned: always
  type: dict
  contains:
    deployment_id:
      description: Its id.
      type: str
      sample: d-A1B2C3D4E
    status:
      description: C(InProgress), C(Ready) when it waits to be continued, C(Succeeded), C(Stopped) or C(Failed).
      type: str
    instance_termination_wait_time_started:
      description: Whether all traffic is on the new tasks, and the old ones wait for their end.
      type: bool
    rollback_info:
      description: Which deployment rolls it back, if one does.
      type: dict
"""

import json

from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.codedeploy import OPEN, digest, is_revision, waits_for
from ansible_collections.slipway.aws.plugins.module_utils.shapes import from_api


class Deployment(Caller):
    """One deed on one deployment, and its consequences."""

    service = "codedeploy"
    noun = "deployment group"
    pauses = (2, 3, 5, 10, 10, 15)

    def run(self):
        key, changed = getattr(self, f"_{self.params['action']}")()
        deployment = self._seen(key) if key else {}
        if key and self.params["wait"] and not (self.check and changed):
            deployment = self._until_done(key)
        self.module.exit_json(changed=changed, deployment=from_api(deployment))

    def _mine(self):
        return {"applicationName": self.params["application_name"], "deploymentGroupName": self.name}

    # Deeds: each returns the id of the deployment to look at, and whether something was, or would be, done

    def _deploy(self):
        text = json.dumps(self._app_spec(), sort_keys=True)
        group = self.read("get_deployment_group", **self._mine())["deploymentGroupInfo"]
        last = group.get("lastAttemptedDeployment")
        if last and (last["status"] in OPEN or last["status"] == "Succeeded"):
            same = is_revision(self._seen(last["deploymentId"]), text)
            if same and not (self.params["force"] and last["status"] == "Succeeded"):
                return last["deploymentId"], False
            if last["status"] in OPEN:
                self.fail(
                    f"deployment group {self.name} is busy: deployment {last['deploymentId']} is {last['status']}."
                    " Wait for it, continue it or stop it with the same-named action, and deploy again."
                )
        if self.check:
            return None, True
        content = {"content": text, "sha256": digest(text)}
        more = {"deploymentConfigName": self.params["deployment_config_name"], "description": self.params["description"]}
        started = self.write(
            "create_deployment",
            **self._mine(),
            revision={"revisionType": "AppSpecContent", "appSpecContent": content},
            **{key: value for key, value in more.items() if value},
        )
        return started["deploymentId"], True

    def _app_spec(self):
        if self.params["app_spec"]:
            return self.params["app_spec"]
        balancer = {"ContainerName": self.params["container_name"], "ContainerPort": self.params["container_port"]}
        target = {"TaskDefinition": self.params["task_definition"], "LoadBalancerInfo": balancer}
        spec = {"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": target}}]}
        hooks = self.params["hooks"] or {}
        return {**spec, **({"Hooks": [{event: function} for event, function in hooks.items()]} if hooks else {})}

    def _continue(self):
        key, kind = self._chosen(), None
        for _look in self.looks(self.params["wait_timeout"] if self.params["wait"] and not self.check else 0):
            deployment = self._seen(key)
            kind = waits_for(deployment)
            if kind or deployment["status"] not in OPEN:
                break
        if kind and not self.check:
            self.write("continue_deployment", deploymentId=key, deploymentWaitType=kind)
        return key, bool(kind)

    def _stop(self):
        key, back = self._chosen(), self.params["roll_back"]
        if self._seen(key)["status"] not in OPEN:
            return key, False
        if not self.check:
            over = ("DeploymentAlreadyCompletedException",)
            self.write("stop_deployment", over, deploymentId=key, **({} if back is None else {"autoRollbackEnabled": back}))
        return key, True

    def _wait(self):
        return self._chosen(), False

    # Looking and waiting

    def _chosen(self):
        listed = [self.params["deployment_id"]] if self.params["deployment_id"] else self._listed()
        if not listed:
            self.fail(f"deployment group {self.name} has had no deployment yet.")
        return listed[0]

    def _listed(self):
        """Return the ids of the deployments that nobody made to roll another one back, the latest first."""
        keys = self.pages("list_deployments", "deployments", **self._mine())
        found = [self._seen(key) for key in keys[:25]]
        found = [one for one in found if "rollbackTriggeringDeploymentId" not in one.get("rollbackInfo", {})]
        return [one["deploymentId"] for one in sorted(found, key=lambda one: one["createTime"], reverse=True)]

    def _seen(self, key):
        return self.read("get_deployment", deploymentId=key)["deploymentInfo"]

    def _until_done(self, key):
        deployment, shifted = None, self.params["wait_until"] == "shifted"
        stopping, continued = (self.params["action"] == action for action in ("stop", "continue"))
        for _look in self.looks(self.params["wait_timeout"]):
            deployment = self._seen(key)
            status = deployment["status"]
            moved = shifted and deployment.get("instanceTerminationWaitTimeStarted") and not stopping
            if status == "Succeeded" or moved or (status == "Ready" and not continued):
                return deployment
            if status not in OPEN:
                return self._ended(deployment, stopping)
        return self.fail(
            f"deployment {key} of group {self.name} is {deployment['status']} after {self.params['wait_timeout']} seconds."
            " It goes on by itself: wait for it with action wait, or raise wait_timeout.",
            deployment=from_api(deployment),
        )

    def _ended(self, deployment, stopping):
        """Fail for a deployment that did not succeed, once its rollback has ended; to stop it, any end will do."""
        back = deployment.get("rollbackInfo", {}).get("rollbackDeploymentId")
        outcome = f" Deployment {back} gave the traffic back and ended as {self._settled(back)}." if back else ""
        if stopping:
            return deployment
        error = deployment.get("errorInformation", {})
        reason = f"{error.get('message', 'AWS gives no reason').rstrip('.')} ({error.get('code', 'no code')})"
        message = (
            f"deployment {deployment['deploymentId']} of group {self.name} ended as {deployment['status']}: {reason}.{outcome}"
        )
        return self.fail(message, deployment=from_api(deployment))

    def _settled(self, key):
        """Return the status in which a rollback ends."""
        status = "Created"
        for _look in self.looks(self.params["wait_timeout"]):
            status = self._seen(key)["status"]
            if status not in OPEN:
                break
        return status


def main():
    Deployment.main(
        DOCUMENTATION,
        mutually_exclusive=[("task_definition", "app_spec")],
        required_if=[("action", "deploy", ("task_definition", "app_spec"), True)],
        required_by={"task_definition": ("container_name", "container_port")},
    )


if __name__ == "__main__":
    main()
