#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_definition
version_added: 0.1.0
short_description: Manage ECS task definitions
description:
  - Registers a new revision of a task definition when, and only when, the latest active revision is not the described one.
  - The whole document is compared, with the defaults that AWS fills in; a changed size, role, platform or network mode is a change.
  - Earlier revisions are never taken for the wanted one, so going back to an old description makes a new revision.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.ecs_taskdefinition
    description: >-
      Does not notice another CPU, memory, execution role, platform or network mode. It takes the earliest active revision that
      looks the same for the wanted one, and has no tags.
options:
  family:
    description: Name of the task definition. Its revisions are C(family:1), C(family:2) and so on.
    type: str
    required: true
  container_definitions:
    description:
      - The containers, with the members of the API in snake_case; C(name) and C(image) are required.
      - Required with O(state=present).
      - Numbers and booleans in C(environment) values become text.
    type: list
    elements: dict
  cpu:
    description:
      - CPU of the whole task in units of 1/1024 vCPU, or like V(1 vCPU).
      - Fargate has tasks with 256, 512, 1024, 2048, 4096, 8192 and 16384 units.
    type: str
  memory:
    description:
      - Memory of the whole task in MiB, or like V(2 GB).
      - Fargate has certain sizes for each O(cpu); another one is refused with a list of them, before any call.
    type: str
  network_mode:
    description: Network of the containers. Fargate needs V(awsvpc), which gives each task an address of its own.
    type: str
    choices: [awsvpc, bridge, host, none]
    default: awsvpc
  requires_compatibilities:
    description: Where the task has to be able to run. AWS checks the description against it.
    type: list
    elements: str
    choices: [EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]
    default: [FARGATE]
  execution_role_arn:
    description: Role with which ECS itself pulls the image, reads secrets and writes logs.
    type: str
  task_role_arn:
    description: Role that the containers have.
    type: str
  runtime_platform:
    description: Processor and operating system. Left out, AWS takes Linux on X86_64.
    type: dict
    suboptions:
      cpu_architecture:
        description: Architecture that the images are built for.
        type: str
        choices: [X86_64, ARM64]
      operating_system_family:
        description: Operating system, for example V(LINUX).
        type: str
  volumes:
    description: Volumes that containers can mount, with the members of the API in snake_case.
    type: list
    elements: dict
  ephemeral_storage_gib:
    description: Size of the disk of a Fargate task in GiB, 21 to 200. Left out, it has 20.
    type: int
  placement_constraints:
    description: On which container instances tasks can be placed. Fargate has none.
    type: list
    elements: dict
    suboptions:
      type:
        description: Kind of the constraint.
        type: str
        choices: [memberOf]
        default: memberOf
      expression:
        description: Expression in the cluster query language.
        type: str
  proxy_configuration:
    description: An App Mesh proxy, with the members of the API in snake_case.
    type: dict
  pid_mode:
    description: Whose processes the containers see. Fargate knows V(task) only.
    type: str
    choices: [host, task]
  ipc_mode:
    description: Whose shared memory the containers use. Fargate has none of it.
    type: str
    choices: [host, task, none]
  enable_fault_injection:
    description: Whether fault injection requests from the containers are accepted.
    type: bool
  compare_with:
    description:
      - The revision to compare with, as family:revision or ARN; the newest one if it is left out, empty or not active any more.
      - For a service, name the one that it runs. After a deployment that failed, the newest is the one that failed.
    type: str
  keep_revisions:
    description:
      - How many active revisions stay; older ones are deregistered and deleted. Left out, all stay.
      - Tasks and services that run an older revision go on, but nothing new can be started from it.
    type: int
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A web server on Fargate
  slipway.aws.ecs_task_definition:
    family: shop-web
    cpu: 256
    memory: 512
    container_definitions:
      - name: web
        image: public.ecr.aws/nginx/nginx:1.27
        port_mappings:
          - container_port: 80

- name: An application on ARM64 with secrets and logs, of which the last ten revisions stay
  slipway.aws.ecs_task_definition:
    family: shop-api
    cpu: 1 vCPU
    memory: 2 GB
    runtime_platform:
      cpu_architecture: ARM64
    execution_role_arn: arn:aws:iam::123456789012:role/shop-execution
    task_role_arn: arn:aws:iam::123456789012:role/shop-api
    keep_revisions: 10
    container_definitions:
      - name: api
        image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-api:4f1c2e9
        port_mappings:
          - name: http
            container_port: 8000
        secrets:
          - name: DATABASE_PASSWORD
            value_from: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf:password::'
        log_configuration:
          log_driver: awslogs
          options:
            awslogs-group: /ecs/shop/api
            awslogs-region: eu-west-1
            awslogs-stream-prefix: ecs

- name: No revision is left
  slipway.aws.ecs_task_definition:
    family: shop-web
    state: absent
"""

RETURN = r"""
task_definition:
  description: The latest active revision without what AWS fills in; empty when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the revision. In check mode it is the one that the next revision is going to have.
      type: str
      sample: arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:3
    family:
      description: Name of the task definition.
      type: str
    revision:
      description: Number of the revision.
      type: int
      sample: 3
    container_definitions:
      description: Its containers.
      type: list
      elements: dict
    surplus:
      description: ARNs of active revisions that O(keep_revisions) does not keep.
      type: list
      elements: str
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form, to_form
from ansible_collections.slipway.aws.plugins.module_utils.task_definitions import canonical, faults

_ROLES = ("executionRoleArn", "taskRoleArn")
_LISTED_AT_ONCE = 10


class TaskDefinition(Resource):
    """The latest active revision of a family. A difference of whatever kind makes a new revision; the old ones stay."""

    service = "ecs"
    noun = "task definition"
    missing = ("ClientException",)  # what DescribeTaskDefinition answers when there is no active revision
    verbatim = ("options", "dockerLabels", "driverOpts", "labels")
    outputs = ("arn", "revision")

    def __init__(self, module):
        super().__init__(module)
        self.shape = self.client.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
        self.whole = tuple(self.shape.members)
        self.made = self.compared = None  # ARNs of revisions

    @property
    def name(self):
        return self.params["family"]

    def given(self):
        """Return the task definition as the options describe it."""
        storage = self.params["ephemeral_storage_gib"]
        return self.request(
            "RegisterTaskDefinition", **({"ephemeralStorage": {"sizeInGiB": storage}} if storage is not None else {})
        )

    def validate(self):
        keep = self.params["keep_revisions"]
        found = [] if keep is None or keep > 0 else ["keep_revisions has to be 1 or more: use state=absent to remove all."]
        return found + (faults(self.given()) if self.params["state"] == "present" else [])

    def find(self):
        found = self._named(self.made or self.params["compare_with"]) or self._named(self.name)
        if found is None:
            return None
        definition = found["taskDefinition"]
        self.compared = definition["taskDefinitionArn"]
        return {
            **canonical(self.shape, definition),
            "arn": definition["taskDefinitionArn"],
            "revision": definition["revision"],
            "surplus": self._surplus(),
            "Tags": from_form(found.get("tags", [])),
        }

    def _named(self, name):
        """Return the description of a revision, or of the newest one of a family, if it is active."""
        found = name and self.read("describe_task_definition", taskDefinition=name, include=["TAGS"])
        return found if found and found["taskDefinition"]["status"] == "ACTIVE" else None

    def _surplus(self):
        keep = self.params["keep_revisions"]
        return [] if keep is None else [arn for arn in self._revisions("ACTIVE")[keep:] if arn != self.compared]

    def _revisions(self, status):
        """Return the ARNs of the revisions with a status, the newest first."""
        found = self.pages("list_task_definitions", "taskDefinitionArns", familyPrefix=self.name, status=status, sort="DESC")
        return [arn for arn in found if arn.rsplit("/", 1)[-1].rsplit(":", 1)[0] == self.name]

    def want(self, have):
        described = canonical(self.shape, self.given())
        for role in _ROLES:  # AWS answers a role's name with its ARN
            if have and described.get(role) and have.get(role, "").endswith(f"/{described[role]}"):
                described[role] = have[role]
        # What the options leave out shall not be there; an empty wish covers nothing present.
        left_out = {name: [] for name in self.shape.members if name not in described and have and have.get(name) and name != "tags"}
        return {**left_out, **described, "surplus": []}

    def create(self, want):
        self._register(want.get("tags", []))

    def update(self, have, changes):
        if changes.keys() - {"surplus"}:
            add, remove = self._tag_changes(have)
            kept = {key: value for key, value in have["Tags"].items() if key not in remove}
            self._register(to_form({**kept, **add}, "key"))
        self._remove(self._surplus())

    def _register(self, tags):
        made = self.write("register_task_definition", **self.given(), **({"tags": tags} if tags else {}))
        self.made = made["taskDefinition"]["taskDefinitionArn"]

    def retag(self, have, add, remove):
        if self.made is None:  # a new revision has been registered with its tags
            super().retag(have, add, remove)

    def delete(self, have):
        self._remove(self._revisions("ACTIVE"))
        self._remove(self._revisions("INACTIVE"), active=False)

    def _remove(self, arns, active=True):
        for arn in arns if active else ():
            self.write("deregister_task_definition", taskDefinition=arn)
        for start in range(0, len(arns), _LISTED_AT_ONCE):
            self.write("delete_task_definitions", taskDefinitions=arns[start : start + _LISTED_AT_ONCE])

    def _predicted(self, before, changes, add, remove):
        predicted = super()._predicted(before, changes, add, remove)
        if changes.keys() - {"surplus"}:
            newest = self._revisions("ACTIVE")[0] if self.params["compare_with"] else before["arn"]
            revision = int(newest.rsplit(":", 1)[1]) + 1
            predicted.update(arn=f"{before['arn'].rsplit(':', 1)[0]}:{revision}", revision=revision)
        return predicted

    def view(self, have):
        return super().view({key: value for key, value in (have or {}).items() if key not in self.shape.members or value != []})


def main():
    TaskDefinition.main(DOCUMENTATION, required_if=[("state", "present", ["container_definitions"])])


if __name__ == "__main__":
    main()
