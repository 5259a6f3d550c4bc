#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task
version_added: 0.1.0
short_description: Run an ECS task once
description:
  - Starts one task, waits until it has ended and returns its exit code and the last lines of its log.
  - A migration that has to succeed before a new version is deployed is the usual case.
  - The task fails when the container exits with another code than 0, cannot start, or is stopped by somebody else.
  - Every run starts a task; nothing is remembered between runs.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.ecs_task
    description: >-
      Returns exit codes without looking at them, so a migration that failed is a task that succeeded. It leaves out why ECS did not
      start a task, and returns no log.
options:
  task_definition:
    description: What runs, as an ARN, as V(family:revision) or as V(family), which means its latest active revision.
    type: str
    required: true
  cluster:
    description: Name or ARN of the cluster.
    type: str
    required: true
  launch_type:
    description: What the task runs on. Left out together with O(capacity_provider_strategy), the cluster says it.
    type: str
    choices: [EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]
  capacity_provider_strategy:
    description: On which capacity provider it runs, with the members of the API in snake_case.
    type: list
    elements: dict
  platform_version:
    description: Version of Fargate.
    type: str
  network_configuration:
    description:
      - Network of a task with an interface of its own, as all on Fargate.
      - Without O(network_configuration.awsvpc_configuration.assign_public_ip) the subnets need a way to the registry.
    type: dict
    suboptions:
      awsvpc_configuration:
        description: Where the interface is.
        type: dict
        required: true
        suboptions:
          subnets:
            description: Ids of the subnets.
            type: list
            elements: str
            required: true
          security_groups:
            description: Ids of the security groups.
            type: list
            elements: str
          assign_public_ip:
            description: Whether the interface gets a public address.
            type: str
            choices: [ENABLED, DISABLED]
            default: DISABLED
  overrides:
    description:
      - What is different from the task definition, with the members of the API in snake_case; C(container_overrides) with C(name)
        and C(command) is the usual part.
    type: dict
  container:
    description:
      - Container whose exit code counts and whose log is read. Left out, the codes of all essential containers count and the log is
        that of the first one.
    type: str
  log_lines:
    description: How many of the last lines of the log are returned.
    type: int
    default: 20
  group:
    description: Name of the group of the task.
    type: str
  started_by:
    description: Whom the task shall be found by, up to 36 characters.
    type: str
  enable_execute_command:
    description: Whether ECS Exec can be used in it.
    type: bool
  enable_ecs_managed_tags:
    description: Whether it gets a tag with the name of the cluster.
    type: bool
  propagate_tags:
    description: Whether it gets the tags of its task definition.
    type: str
    choices: [TASK_DEFINITION, NONE]
  tags:
    description: Its tags.
    type: dict
attributes:
  check_mode:
    description: Tells that a task would run, and runs none.
    support: full
  diff_mode:
    description: There is no state to compare.
    support: none
  idempotent:
    description: Every run starts a task.
    support: none
extends_documentation_fragment:
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Migrate the database before the new version is deployed
  slipway.aws.ecs_task:
    task_definition: "{{ definition.task_definition.arn }}"
    cluster: shop
    launch_type: FARGATE
    network_configuration:
      awsvpc_configuration:
        subnets: [subnet-0123456789abcdef0]
        security_groups: [sg-0123456789abcdef0]
    overrides:
      container_overrides:
        - name: api
          command: [alembic, upgrade, head]
  register: migration

- name: Show what it said
  ansible.builtin.debug:
    var: migration.logs
"""

RETURN = r"""
task:
  description: The task as AWS describes it.
  returned: when it was started
  type: dict
  contains:
    task_arn:
      description: ARN of the task.
      type: str
    last_status:
      description: Where it is in its life.
      type: str
      sample: STOPPED
    stopped_reason:
      description: Why it stopped.
      type: str
exit_code:
  description: Exit code of the container.
  returned: when it has ended
  type: int
  sample: 0
logs:
  description: Last lines of its log; empty when it does not log to CloudWatch or the log cannot be read.
  returned: when it has ended
  type: list
  elements: str
"""

from ansible_collections.slipway.aws.plugins.module_utils import ecs, shapes
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.tags import to_form

_OVER = ("EssentialContainerExited",)  # the one way to end that is the container's own


class Task(Caller):
    """A task that runs once."""

    service = "ecs"
    noun = "task"

    @property
    def name(self):
        return ecs.short(self.params["task_definition"])

    def run(self):
        definition = self._definition()
        if self.check:
            self.module.exit_json(changed=True)
        arn = self._start(definition)
        task = self._wait(arn, definition) if self.params["wait"] else self._look(arn)
        if task is None or task["lastStatus"] != "STOPPED":
            self.module.exit_json(changed=True, task=self._shown(task or {"taskArn": arn}))
        self._judge(task, definition)

    def _definition(self):
        """Return the task definition, after checking that the containers that are named are in it."""
        wanted = self.params["task_definition"]
        found = self.read("describe_task_definition", tolerate=("ClientException",), taskDefinition=wanted)
        if found is None:
            if self.check:  # it may be a revision that this run only predicts
                return None
            self.fail(f"There is no task definition {wanted}. Register it with ecs_task_definition.")
        definition = found["taskDefinition"]
        known = [container["name"] for container in definition["containerDefinitions"]]
        named = [one.get("name") for one in (self.params["overrides"] or {}).get("container_overrides") or []]
        unknown = [name for name in (*named, self.params["container"]) if name is not None and name not in known]
        if unknown:
            self.fail(f"task {self.name}: {', '.join(unknown)} is not among its containers, which are: {', '.join(known)}.")
        return definition

    def _start(self, definition):
        tags = {"tags": to_form({str(k): str(v) for k, v in self.params["tags"].items()}, "key")} if self.params["tags"] else {}
        request = self.request("RunTask", **tags, taskDefinition=definition["taskDefinitionArn"], count=1)
        # A role that was made a moment ago cannot be assumed everywhere.
        answer = self.write("run_task", patience={"ClientException": "assume"}, **request)
        if not answer["tasks"]:
            reasons = " ".join(f"{one.get('reason', '')} {one.get('detail', '')}".strip() for one in answer["failures"])
            self.fail(f"task {self.name} was not started: {reasons}", failures=[shapes.from_api(one) for one in answer["failures"]])
        return answer["tasks"][0]["taskArn"]

    def _look(self, arn):
        found = self.read("describe_tasks", cluster=self.params["cluster"], tasks=[arn])["tasks"]
        return found[0] if found else None

    def _wait(self, arn, definition):
        task = None
        for _look in self.looks(self.params["wait_timeout"]):
            task = self._look(arn)
            if task and task["lastStatus"] == "STOPPED":
                return task
        lines = self._lines(definition, arn)
        said = f" Its last lines: {' | '.join(lines)}" if lines else ""
        self.fail(
            f"task {ecs.short(arn)} of {self.name} has not ended after {self.params['wait_timeout']} seconds and goes on."
            f" Raise wait_timeout, or stop it.{said}",
            task=self._shown(task or {"taskArn": arn}),
            logs=lines,
        )
        return None

    def _judging(self, definition):
        """Return the names of the containers whose exit codes count."""
        chosen = self.params["container"]
        return [chosen] if chosen else [one["name"] for one in definition["containerDefinitions"] if one.get("essential", True)]

    def _lines(self, definition, arn):
        name = self._judging(definition)[0]
        return ecs.Logs(self.module).last(definition, name, arn, self.params["log_lines"])

    def _judge(self, task, definition):
        names = self._judging(definition)
        codes = {one["name"]: one.get("exitCode") for one in task["containers"] if one["name"] in names}
        bad = next((name for name, code in codes.items() if code != 0), None)
        lines = self._lines(definition, task["taskArn"]) if task.get("startedAt") else []
        code = codes[bad or names[0]]
        if bad is None and task.get("stopCode", _OVER[0]) in _OVER:
            self.module.exit_json(changed=True, task=self._shown(task), exit_code=code, logs=lines)
        account = {**ecs.account_of(self, task), "logs": lines, "exit_code": code, "container": bad or names[0]}
        self.fail(f"task {self.name} failed. {ecs.told(account)}", task=self._shown(task), exit_code=code, logs=lines)

    @staticmethod
    def _shown(task):
        return shapes.from_api(task)


def main():
    Task.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
