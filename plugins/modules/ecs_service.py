#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service
version_added: 0.1.0
short_description: Manage and deploy ECS services
description:
  - Creates, deploys, changes and removes Amazon ECS services with any deployment strategy that ECS carries out itself.
  - With O(wait=true), success means that the deployment which this run started has succeeded. When ECS rolls it back, or another
    deployment takes its place, the task fails and says why, with the exit code and the last log lines of the task that failed.
  - Only what differs is sent. The weights on listener rules belong to ECS and are never touched.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.ecs_service
    description: >-
      Does not notice changed subnets, security groups or deployment configuration, fails when tags change, and sets the number of
      tasks of a scaled service back. It waits for removals only.
  - module: slipway.aws.ecs_service_deployment
    description: Waits for, continues, rolls back or stops a deployment that goes on.
options:
  name:
    description: Name of the service; unique in its cluster.
    type: str
    required: true
  cluster:
    description: Name or ARN of the cluster.
    type: str
    required: true
  task_definition:
    description:
      - What runs, as an ARN, as V(family:revision) or as V(family), which means its latest active revision at the time of the run.
      - Required for a new service. Left out, an existing service keeps what it runs.
    type: str
  desired_count:
    description:
      - Number of tasks. Left out, a new service gets 1 and an existing one keeps its number.
      - Once Application Auto Scaling has the service as a target, the number belongs to it and is neither compared nor sent.
    type: int
  launch_type:
    description:
      - What the tasks run on, if no capacity provider says it. AWS cannot change it.
      - Left out together with O(capacity_provider_strategy), a new service gets the strategy of its cluster.
    type: str
    choices: [EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]
  capacity_provider_strategy:
    description: How tasks are spread over capacity providers. A change starts a new deployment.
    type: list
    elements: dict
    suboptions:
      capacity_provider:
        description: Name of the capacity provider.
        type: str
        required: true
      weight:
        description: Its share of the tasks beyond the base.
        type: int
        default: 0
      base:
        description: How many tasks at least run on it; only one capacity provider may have a base.
        type: int
        default: 0
  platform_version:
    description: Version of Fargate, for example V(LATEST).
    type: str
  network_configuration:
    description: Network of tasks with interfaces of their own, as all on Fargate. A change starts a new deployment.
    type: dict
    suboptions:
      awsvpc_configuration:
        description: Where the interfaces are.
        type: dict
        required: true
        suboptions:
          subnets:
            description: Ids of the subnets; the order does not matter.
            type: list
            elements: str
            required: true
          security_groups:
            description: Ids of the security groups. Left out, a new service gets the default group of the VPC.
            type: list
            elements: str
          assign_public_ip:
            description: Whether each interface gets a public address.
            type: str
            choices: [ENABLED, DISABLED]
            default: DISABLED
  load_balancers:
    description: All target groups in which tasks are registered; V([]) removes them. A change starts a new deployment.
    type: list
    elements: dict
    suboptions:
      target_group_arn:
        description: ARN of the target group. A listener or a rule has to forward to it already.
        type: str
        required: true
      container_name:
        description: Container that gets the traffic.
        type: str
        required: true
      container_port:
        description: Its port.
        type: int
        required: true
      advanced_configuration:
        description: What the strategies BLUE_GREEN, LINEAR and CANARY need to move traffic.
        type: dict
        suboptions:
          alternate_target_group_arn:
            description: ARN of the second target group; versions take turns in the two.
            type: str
          production_listener_rule:
            description: ARN of the listener rule, or of the listener of a network load balancer, whose weights ECS sets.
            type: str
          test_listener_rule:
            description: ARN of a rule that leads to the new version before production does.
            type: str
          role_arn:
            description: Role with which ECS changes rules and target groups.
            type: str
  service_registries:
    description: All Cloud Map services in which tasks are registered. A change starts a new deployment.
    type: list
    elements: dict
    suboptions:
      registry_arn:
        description: ARN of the Cloud Map service.
        type: str
        required: true
      port:
        description: Port for an SRV record.
        type: int
      container_name:
        description: Container for an SRV record.
        type: str
      container_port:
        description: Port of that container.
        type: int
  deployment_controller:
    description:
      - Who deploys. With V(CODE_DEPLOY), task definition, load balancers, platform and network of an existing service belong to
        CodeDeploy and are not compared.
    type: dict
    suboptions:
      type:
        description: Kind of the controller.
        type: str
        choices: [ECS, CODE_DEPLOY, EXTERNAL]
        required: true
  deployment_configuration:
    description:
      - How a deployment goes, with the members of the API in snake_case. What is left out stays as it is.
      - C(strategy) is V(ROLLING), V(BLUE_GREEN), V(LINEAR) or V(CANARY). The last three need C(advanced_configuration) in every
        load balancer, or Service Connect.
      - C(minimum_healthy_percent) and C(maximum_percent) of the desired count are the room of a rolling deployment; AWS takes 100
        and 200.
      - C(deployment_circuit_breaker) with C(enable) and C(rollback) ends a deployment whose tasks fail; without it, ECS tries for
        hours.
      - C(alarms) with C(alarm_names), C(enable) and C(rollback) end it when a CloudWatch alarm goes off.
      - C(bake_time_in_minutes), C(canary_configuration) with C(canary_percent) and C(canary_bake_time_in_minutes), and
        C(linear_configuration) with C(step_percent) and C(step_bake_time_in_minutes) say how traffic moves.
      - C(lifecycle_hooks) run a Lambda function or, with C(target_type=PAUSE), wait for
        M(slipway.aws.ecs_service_deployment) with O(slipway.aws.ecs_service_deployment#module:state=continued).
    type: dict
  health_check_grace_period_seconds:
    description: How long a new task may be unhealthy before ECS replaces it.
    type: int
  service_connect_configuration:
    description:
      - Service Connect, with the members of the API in snake_case. C(enabled=false) takes it away.
      - A change starts a new deployment.
    type: dict
  volume_configurations:
    description: EBS volumes of the tasks, with the members of the API in snake_case. A change starts a new deployment.
    type: list
    elements: dict
  vpc_lattice_configurations:
    description: VPC Lattice target groups, with the members of the API in snake_case. A change starts a new deployment.
    type: list
    elements: dict
  placement_constraints:
    description: Constraints of the placement on container instances, with the members of the API in snake_case.
    type: list
    elements: dict
  placement_strategy:
    description: Order of the placement on container instances, with the members of the API in snake_case.
    type: list
    elements: dict
  scheduling_strategy:
    description: Whether the desired number of tasks runs, or one on each instance. AWS cannot change it.
    type: str
    choices: [REPLICA, DAEMON]
  availability_zone_rebalancing:
    description: Whether ECS evens out tasks over the zones. It needs a C(maximum_percent) greater than 100.
    type: str
    choices: [ENABLED, DISABLED]
  enable_execute_command:
    description: Whether ECS Exec can be used in new tasks.
    type: bool
  enable_ecs_managed_tags:
    description: Whether new tasks get tags with the names of cluster and service.
    type: bool
  propagate_tags:
    description: Whose tags new tasks get.
    type: str
    choices: [TASK_DEFINITION, SERVICE, NONE]
  force_new_deployment:
    description: Whether to deploy even if nothing differs. Every run with V(true) is a change.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Two tasks that are replaced one after the other, and the old ones when the new ones fail
  slipway.aws.ecs_service:
    name: web
    cluster: shop
    task_definition: shop-web
    desired_count: 2
    launch_type: FARGATE
    network_configuration:
      awsvpc_configuration:
        subnets: [subnet-0123456789abcdef0, subnet-0fedcba9876543210]
        security_groups: [sg-0123456789abcdef0]
    deployment_configuration:
      deployment_circuit_breaker: {enable: true, rollback: true}

- name: A tenth of the traffic for ten minutes, then all of it
  slipway.aws.ecs_service:
    name: web
    cluster: shop
    task_definition: "{{ definition.task_definition.arn }}"
    load_balancers:
      - target_group_arn: "{{ blue.target_group.arn }}"
        container_name: web
        container_port: 8000
        advanced_configuration:
          alternate_target_group_arn: "{{ green.target_group.arn }}"
          production_listener_rule: "{{ rule.listener_rule.arn }}"
          role_arn: arn:aws:iam::123456789012:role/shop-ecs-infrastructure
    deployment_configuration:
      strategy: CANARY
      canary_configuration: {canary_percent: 10, canary_bake_time_in_minutes: 10}
      bake_time_in_minutes: 5
      deployment_circuit_breaker: {enable: true, rollback: true}
      alarms: {alarm_names: [shop-web-5xx], enable: true, rollback: true}
    wait_timeout: 3600

- name: No service any more
  slipway.aws.ecs_service:
    name: web
    cluster: shop
    state: absent
"""

RETURN = r"""
service:
  description: The service as AWS describes it, without its events; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the service.
      type: str
      sample: arn:aws:ecs:eu-west-1:123456789012:service/shop/web
    task_definition:
      description: ARN of the task definition that it runs.
      type: str
    desired_count:
      description: Number of tasks that it shall have.
      type: int
    running_count:
      description: Number of tasks that run.
      type: int
    deployments:
      description: Its versions that have tasks, the wanted one first.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
service_deployment_arn:
  description: ARN of the deployment that failed.
  returned: when a deployment failed
  type: str
status_reason:
  description: What ECS says about it.
  returned: when a deployment failed
  type: str
remedy:
  description: What to do about it, when the reason is one that is known.
  returned: when a deployment failed and somebody can do something about it
  type: str
exit_code:
  description: Exit code of the container that failed.
  returned: when a deployment failed because a container exited
  type: int
logs:
  description: Last lines of the log of the container that failed.
  returned: when a deployment failed and the log can be read
  type: list
  elements: str
"""

from ansible_collections.slipway.aws.plugins.module_utils import ecs, ecs_checks
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN, Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_ONLY_DEPLOYED = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")
_CODE_DEPLOYS = ("taskDefinition", "loadBalancers", "networkConfiguration", "platformVersion")
_PATIENCE = {"InvalidParameterException": "assume"}  # a role that was made a moment ago
_LOOKS_FOR_A_DEPLOYMENT = 6


class Service(Resource):
    """A service. What makes a new version of it is sent in one call, and the deployment that follows is watched by its own ARN."""

    service = "ecs"
    noun = "service"
    missing = ("ClusterNotFoundException",)
    immutable = ("launchType", "schedulingStrategy")
    unordered = (
        "subnets",
        "securityGroups",
        "loadBalancers",
        "serviceRegistries",
        "capacityProviderStrategy",
        "lifecycleStages",
        "alarmNames",
        "placementConstraints",
    )
    whole = ("loadBalancers", "serviceRegistries", "deploymentConfiguration")
    verbatim = ("options", "hookDetails")
    outputs = ("arn",)

    def __init__(self, module):
        super().__init__(module)
        self.cluster = self.params["cluster"]
        self.known = None  # the deployments that existed before this run wrote
        self.deployment = None  # ARN of the deployment to watch
        self.started_at = None
        self.looked = 0
        self.changing = self.wrote = False

    # What there is and what there shall be

    def validate(self):
        return [] if self.params["state"] == "absent" else ecs_checks.option_faults(self._asked())

    def _asked(self):
        return {
            **self.request("CreateService"),
            **({"forceNewDeployment": True} if self.params["force_new_deployment"] else {}),
        }

    def find(self):
        found = self.read("describe_services", cluster=self.cluster, services=[self.name], include=["TAGS"])
        have = next((one for one in (found or {}).get("services", []) if one["status"] != "INACTIVE"), None)
        if have is None:
            return None
        have.pop("events", None)
        primary = next((one for one in have.get("deployments", []) if one["status"] == "PRIMARY"), {})
        have.update({key: primary[key] for key in _ONLY_DEPLOYED if key in primary})
        have["deploymentConfiguration"] = ecs_checks.relevant(have.get("deploymentConfiguration"))
        return {**have, "forceNewDeployment": self.wrote, "arn": have["serviceArn"], "Tags": from_form(have.pop("tags", []))}

    def want(self, have):
        want, definition = self._asked(), self._definition()
        want.pop("cluster", None)
        if definition:
            want["taskDefinition"] = definition["taskDefinitionArn"]
        want["deploymentConfiguration"] = ecs_checks.merged(
            (have or {}).get("deploymentConfiguration"), want.get("deploymentConfiguration")
        )
        want = {key: value for key, value in want.items() if value is not None}
        if have is None:
            want.setdefault("desiredCount", 1)
            if not want.get("taskDefinition"):
                self.fail(f"service {self.name} is not in cluster {ecs.short(self.cluster)} yet: task_definition has to be given.")
        else:
            self._leave_to_others(have, want)
        self._check({**(have or {}), **want}, definition)
        return want

    def _definition(self):
        """Return the task definition that the option names, or None."""
        wanted = self.params["task_definition"]
        if not wanted:
            return None
        found = self._read_definition(wanted)
        if found is None and not self.check:  # in check mode it may be a revision that this run only predicts
            self.fail(f"service {self.name}: there is no task definition {wanted}. Register it with ecs_task_definition.")
        return found

    def _read_definition(self, name):
        if name == UNKNOWN:  # check mode before anything is there
            return None
        found = self.read("describe_task_definition", tolerate=("ClientException",), taskDefinition=name)
        return found and found["taskDefinition"]

    def _leave_to_others(self, have, want):
        """Take out of the wish what belongs to Application Auto Scaling or to CodeDeploy, and complete what AWS would reset."""
        resource = f"service/{ecs.short(have['clusterArn'])}/{self.name}"
        if want.get("desiredCount", have["desiredCount"]) != have["desiredCount"] and ecs.Scaling(self.module).owns(resource):
            del want["desiredCount"]
        if have.get("deploymentController", {}).get("type") == "CODE_DEPLOY":
            for key in _CODE_DEPLOYS:
                want.pop(key, None)
        network, present = want.get("networkConfiguration"), have.get("networkConfiguration", {})
        if network:
            network["awsvpcConfiguration"] = {**present.get("awsvpcConfiguration", {}), **network["awsvpcConfiguration"]}
        self._name_namespace(have.get("serviceConnectConfiguration", {}), want.get("serviceConnectConfiguration", {}))

    def _name_namespace(self, present, wanted):
        """Take a namespace that is given by name for the one that AWS tells by ARN."""
        arn, name = present.get("namespace", ""), wanted.get("namespace") or ""
        by_name = arn.startswith("arn:") and name and not name.startswith("arn:")
        if by_name and ecs.Discovery(self.module).name_of(arn) == name:
            wanted["namespace"] = arn

    def _check(self, service, definition):
        """Fail when the service, as it is going to be, does not fit itself or its task definition."""
        if definition is None and service.get("taskDefinition"):
            definition = self._read_definition(service["taskDefinition"])
        faults = ecs_checks.state_faults(service, definition)
        if faults:
            self.fail(f"service {self.name}: {' '.join(faults)}")

    def _changes(self, have, want):
        changes = super()._changes(have, want)
        self.changing = bool(changes)
        return changes

    def _predicted(self, before, changes, add, remove):
        # AWS replaces these as a whole.
        replaced = {key: changes[key] for key in _ONLY_DEPLOYED if key in changes}
        return {**super()._predicted(before, changes, add, remove), **replaced}

    # Writing

    def create(self, want):
        want = {key: value for key, value in want.items() if key != "forceNewDeployment"}
        self.known = []
        answer = self.write("create_service", patience=_PATIENCE, cluster=self.cluster, serviceName=self.name, **want)
        self._written(answer["service"], None)

    def update(self, have, changes):
        if "capacityProviderStrategy" in changes:
            changes["forceNewDeployment"] = True  # AWS refuses the one without the other
        self.known = [one["serviceDeploymentArn"] for one in ecs.deployments_of(self, self.cluster, self.name)]
        answer = self.write("update_service", patience=_PATIENCE, cluster=self.cluster, service=self.name, **changes)
        self._written(answer["service"], have)

    def _written(self, service, before):
        """Note whether AWS has started a deployment: there is another primary one than before."""
        self.wrote = True
        primary = {side: self._primary(one) for side, one in (("before", before), ("after", service))}
        if primary["after"] and primary["after"].get("id") != (primary["before"] or {}).get("id"):
            self.started_at = primary["after"].get("createdAt")
        else:
            self.known = None

    @staticmethod
    def _primary(service):
        return next((one for one in (service or {}).get("deployments", []) if one["status"] == "PRIMARY"), None)

    def delete(self, have):
        self.write("delete_service", tolerate=("ServiceNotFoundException",), cluster=self.cluster, service=self.name, force=True)

    def leaving(self, have):
        return have["status"] == "DRAINING"

    # Waiting

    def ready(self, have):
        if not self.params["wait"] or (self.changing and not self.wrote):
            return True  # ECS takes a change while a deployment goes on; a stuck one is often what the change is to mend
        if not self.wrote:
            self.deployment = have.get("currentServiceDeployment")
        elif self.known is not None and self.deployment is None:
            self.deployment = self._started()
            self.looked += 1
            if self.deployment is None and self.looked < _LOOKS_FOR_A_DEPLOYMENT:
                return False
        return ecs.has_succeeded(self, self.cluster, self.name, self.deployment) if self.deployment else self._steady(have)

    def _started(self):
        """Return the ARN of the deployment that this run has started, when AWS lists it."""
        new = [one for one in ecs.deployments_of(self, self.cluster, self.name) if one["serviceDeploymentArn"] not in self.known]
        nearest = min(new, key=lambda one: abs((one["createdAt"] - self.started_at).total_seconds()), default=None)
        return nearest and nearest["serviceDeploymentArn"]

    def _steady(self, have):
        primary = self._primary(have) or {}
        if primary.get("rolloutState") == "FAILED":
            failed = ecs.deployments_of(self, self.cluster, self.name)
            return bool(failed) and ecs.has_succeeded(self, self.cluster, self.name, failed[0]["serviceDeploymentArn"])
        alone = len(have.get("deployments", [])) <= 1
        return alone and have["runningCount"] == have["desiredCount"] and not have["pendingCount"]

    def _late(self, have, goal):
        if goal != "ready":
            super()._late(have, goal)
        message, details = ecs.progress(self, self.cluster, self.name, self.deployment)
        late = f"service {self.name} is not ready after {self.params['wait_timeout']} seconds."
        self.fail(
            f"{late} {message} ECS goes on by itself: run the same command again to watch it, or raise wait_timeout.", **details
        )

    def view(self, have):
        return super().view({key: value for key, value in (have or {}).items() if key != "forceNewDeployment"})


def main():
    Service.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
