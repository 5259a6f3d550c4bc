# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One version of a service: AWS shows it as a service revision, and as an entry under ``deployments`` while it has tasks."""

from __future__ import annotations

from ..clock import CLOCK
from ..registry import operation, state_of
from . import ecs_facts, ecs_targets
from .ecs_place import number_id
from .ecs_task_definitions import definition_of
from .ecs_tasks import UNCHECKED

# What makes a new version of a service when it changes. The rest of a service is changed in place.
VERSIONED = (
    "taskDefinition",
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "platformFamily",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
_IN_DEPLOYMENT = (
    "taskDefinition",
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "platformFamily",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)


class Release:
    """A version of a service and how it is doing."""

    def __init__(self, service, config):
        self.service, self.place = service, service.place
        self.config = {key: config[key] for key in VERSIONED if config.get(key) not in (None, [])}
        self.number = number_id()
        path = f"{service['clusterArn'].rsplit('/', 1)[-1]}/{service['serviceName']}"
        self.arn = self.place.arn(f"service-revision/{path}/{self.number}")
        self.created = self.updated = CLOCK.now()
        self.definition = definition_of(self.place, config["taskDefinition"])
        self.status, self.rollout, self.reason = "PRIMARY", "IN_PROGRESS", f"ECS deployment {self.id} in progress."
        self.wanted = 0  # how many tasks it shall have
        self.scaled = False  # whether it shall have tasks at all
        self.frozen = False  # whether ECS has given up starting tasks for it
        self.failed = 0  # tasks that failed since the last one that became healthy
        self.last_fault = ""
        self.next_try = 0.0  # after a failure ECS waits before it starts another task
        self.weight = self.test_weight = 0.0  # share of the production and of the test traffic
        self.alternate = False  # whether it serves through the alternate target groups
        state_of(self.place, "service-revision")[self.arn] = self

    @property
    def id(self):
        """Return the id of the entry under ``deployments``."""
        return f"ecs-svc/{self.number}"

    @property
    def registries(self):
        """Return the Cloud Map services in which its tasks are registered."""
        return self.config.get("serviceRegistries", [])

    @property
    def target_groups(self):
        """Return the target groups in which its tasks are registered, with their ports."""
        return [(self.group_of(balancer), balancer["containerPort"]) for balancer in self.balancers]

    @property
    def balancers(self):
        """Return its load balancers that have a target group."""
        return [balancer for balancer in self.config.get("loadBalancers", []) if balancer.get("targetGroupArn")]

    def group_of(self, balancer):
        """Return the target group that it uses of a load balancer's two."""
        alternate = balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn")
        return alternate if self.alternate and alternate else balancer["targetGroupArn"]

    # Its tasks

    @property
    def tasks(self):
        """Return its tasks that are not stopping."""
        return [task for task in self.service.tasks if task.release is self and task.live]

    @property
    def leaving(self):
        """Return its tasks that are stopping and have not stopped."""
        return [task for task in self.service.tasks if task.release is self and not task.live]

    @property
    def running(self):
        """Return its tasks that run."""
        return [task for task in self.tasks if task.running]

    @property
    def healthy(self):
        """Return its tasks that run and pass every check."""
        return [task for task in self.tasks if is_healthy(task)]

    def steady(self):
        """Tell whether it has all the tasks that it shall have, all healthy, and none left over."""
        return len(self.healthy) == len(self.tasks) == self.wanted and not self.leaving

    # What the API shows

    def counts(self):
        """Return the number of tasks as service revisions tell it."""
        return {
            "requestedTaskCount": self.wanted,
            "runningTaskCount": len(self.running),
            "pendingTaskCount": len(self.tasks) - len(self.running),
        }

    def summary(self):
        """Return its part in a service deployment."""
        weights = {"requestedTestTrafficWeight": self.test_weight, "requestedProductionTrafficWeight": self.weight}
        return {"arn": self.arn, **self.counts(), **weights}

    def deployment(self):
        """Return its entry under ``deployments``."""
        return {
            "id": self.id,
            "status": self.status,
            "desiredCount": self.service["desiredCount"] if self.status == "PRIMARY" else self.wanted,
            "pendingCount": len(self.tasks) - len(self.running),
            "runningCount": len(self.running),
            "failedTasks": self.failed,
            "createdAt": self.created,
            "updatedAt": self.updated,
            "rolloutState": self.rollout,
            "rolloutStateReason": self.reason,
            **{key: self.config[key] for key in _IN_DEPLOYMENT if key in self.config},
        }

    def revision(self):
        """Return it as a service revision."""
        containers = self.definition["containerDefinitions"]
        images = [(c, ecs_facts.image_digest(self.place, c["image"])) for c in containers]
        resolved = [
            {"targetGroupArn": self.group_of(b), "productionListenerRule": b["advancedConfiguration"]["productionListenerRule"]}
            for b in self.balancers
            if "advancedConfiguration" in b
        ]
        return {
            "serviceRevisionArn": self.arn,
            "serviceArn": self.service["serviceArn"],
            "clusterArn": self.service["clusterArn"],
            "createdAt": self.created,
            "containerImages": [
                {"containerName": c["name"], "image": c["image"], **({"imageDigest": d} if d else {})} for c, d in images
            ],
            "guardDutyEnabled": False,
            **({"resolvedConfiguration": {"loadBalancers": resolved}} if resolved else {}),
            **self.config,
        }


def is_healthy(task):
    """Tell whether a task runs and passes the checks of its containers and of its load balancers."""
    if not task.running or CLOCK.seconds() < ready_at(task):
        return False
    if task.checked:
        task["healthStatus"] = "HEALTHY"
        for container in task["containers"]:
            container["healthStatus"] = "HEALTHY"
    return not task.targets or ecs_targets.state(task)[0] == "healthy"


def ready_at(task):
    """Return the first moment at which a running task can be healthy."""
    checks = [container["healthCheck"]["interval"] for container in task.checked]
    if task.targets:
        checks.append(ecs_targets.seconds_until_checked(task))
    return task.started + max(checks, default=UNCHECKED)


@operation("ecs", "DescribeServiceRevisions")
def describe_service_revisions(call):
    found, failures = [], []
    for arn in call.params["serviceRevisionArns"]:
        release = state_of(call, "service-revision").get(arn)
        if release is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(release.revision())
    return {"serviceRevisions": found, "failures": failures}
