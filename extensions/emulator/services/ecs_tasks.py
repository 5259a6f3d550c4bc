# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The life of one ECS task in the account's time: a network interface, the image and the secrets, running, the end.

A task is a dictionary in the API's form. What will happen to it is a script, a generator that yields the seconds until its next
line; ecs_world.py lets it go on when they are over.
"""

from __future__ import annotations

from .. import plans
from ..clock import CLOCK
from ..registry import state_of, taggable
from . import ecs_facts, ecs_logs, ecs_targets
from .ecs_place import hex_id, moment

PROVISIONING, PULLING, STARTING, STOPPING = 10, 10, 10, 5  # seconds that AWS takes for each
ONE_OFF = 30  # how long a task runs that no service keeps alive
UNCHECKED = 40  # how long ECS watches a task without any health check before it counts it as healthy
_SHOWN_FOR = 3600  # how long a stopped task can be described

taggable("ecs", "task", arn="taskArn", tags="tags", gone=lambda task: task["lastStatus"] == "STOPPED")


def tasks(place):
    """Return the tasks by ARN."""
    return state_of(place, "task")


class Task(dict):
    """A task as the API shows it, and what will happen to it."""

    def __init__(self, place, definition, shown, subnet=None, groups=(), public=False, release=None):
        task_id = hex_id()
        cluster = shown["clusterArn"].rsplit("/", 1)[-1]
        super().__init__(
            taskArn=place.arn(f"task/{cluster}/{task_id}"),
            taskDefinitionArn=definition["taskDefinitionArn"],
            cpu=definition.get("cpu", "0"),
            memory=definition.get("memory", "0"),
            createdAt=moment(CLOCK.seconds()),
            desiredStatus="RUNNING",
            lastStatus="PROVISIONING",
            healthStatus="UNKNOWN",
            connectivity="CONNECTED",
            version=1,
            attachments=[],
            attributes=[],
            inferenceAccelerators=[],
            overrides={"containerOverrides": [], "inferenceAcceleratorOverrides": []},
            tags=[],
        )
        self.update(shown)
        self.id, self.place, self.definition, self.release = task_id, place, definition, release
        self.targets = []  # target groups that it is registered in: (ARN, port)
        self.groups = list(groups)
        self.interface = ecs_targets.attach(place, self, subnet, groups, public) if subnet else None
        self["containers"] = [self._container(container) for container in definition["containerDefinitions"]]
        self.started = None
        self.was_healthy = self.sick = self.counted = False
        self.script, self.due = _life(self), CLOCK.seconds()
        tasks(place)[self["taskArn"]] = self

    def _container(self, container):
        address = {"attachmentId": self.interface.attachment, "privateIpv4Address": self.address} if self.interface else None
        return {
            "containerArn": self["taskArn"].replace(":task/", ":container/") + f"/{hex_id(8)}",
            "taskArn": self["taskArn"],
            "name": container["name"],
            "image": container["image"],
            "lastStatus": "PENDING",
            "networkBindings": [],
            "networkInterfaces": [address] if address else [],
            "healthStatus": "UNKNOWN",
            "cpu": str(container["cpu"]),
        }

    @property
    def cluster(self):
        """Return the cluster that it runs in."""
        return state_of(self.place, "cluster")[self["clusterArn"].rsplit("/", 1)[-1]]

    @property
    def address(self):
        """Return the private IP address."""
        return self.interface.address if self.interface else None

    @property
    def live(self):
        """Tell whether it is running or on its way there."""
        return self["desiredStatus"] == "RUNNING"

    @property
    def running(self):
        """Tell whether it counts as running."""
        return self["lastStatus"] == "RUNNING"

    @property
    def checked(self):
        """Return the containers whose health ECS checks."""
        return [container for container in self.definition["containerDefinitions"] if "healthCheck" in container]

    def go_on(self):
        """Let everything happen that is due."""
        while self.due is not None and self.due <= CLOCK.seconds():
            script = self.script
            pause = next(script, None)
            if self.script is script:  # otherwise its last line was the beginning of the end
                self.due = None if pause is None else self.due + pause

    def becomes(self, status):
        """Take the next status."""
        self["lastStatus"] = status
        self["version"] += 1

    def stop(self, code, reason):
        """Stop it: targets drain first, then the containers get their signal."""
        if self.live:
            self._ends(code, reason)
            drain = ecs_targets.leave(self)
            self.becomes("DEACTIVATING")
            self.script, self.due = _ending(self, drain, exit_code=0), CLOCK.seconds()

    def ends_by_itself(self, code, reason, exit_code=None, pause=STOPPING):
        """End because a container exited or never started."""
        self._ends(code, reason)
        ecs_targets.leave(self)
        self.script, self.due = _ending(self, 0, exit_code), CLOCK.seconds() + pause

    def _ends(self, code, reason):
        self.update(desiredStatus="STOPPED", stopCode=code, stoppedReason=reason, stoppingAt=moment(CLOCK.seconds()))

    @property
    def forgotten(self):
        """Tell whether AWS does not know it any more."""
        return self["lastStatus"] == "STOPPED" and (CLOCK.now() - self["stoppedAt"]).total_seconds() > _SHOWN_FOR


def _life(task):
    yield PROVISIONING
    task.becomes("PENDING")
    if task.interface:
        task["attachments"][0]["status"] = "ATTACHED"
    task["pullStartedAt"] = CLOCK.now()
    yield PULLING
    fault = ecs_facts.start_fault(task.place, task.cluster, task.definition, task.groups)
    if fault:
        for container in task["containers"]:
            container.update(lastStatus="STOPPED", reason=fault)
        task.ends_by_itself("TaskFailedToStart", fault)
        return
    task["pullStoppedAt"] = CLOCK.now()
    yield STARTING
    _runs(task)
    yield from _until_it_exits(task)


def _runs(task):
    task.started = CLOCK.seconds()
    task["startedAt"] = CLOCK.now()
    task.becomes("RUNNING")
    for container, definition in zip(task["containers"], task.definition["containerDefinitions"], strict=True):
        digest = ecs_facts.image_digest(task.place, definition["image"])
        container.update(lastStatus="RUNNING", runtimeId=f"{task.id}-{task['version']:010d}", imageDigest=digest)
        ecs_logs.write(task, definition, ecs_logs.greeting(definition))
    ecs_targets.join(task)


def _until_it_exits(task):
    """Let the container exit that a test wants to, or every container of a task that no service keeps."""
    family = task.definition["family"]
    for definition, container in zip(task.definition["containerDefinitions"], task["containers"], strict=True):
        planned = plans.due("task_exits", family=family, container=definition["name"], image=definition["image"])
        if planned:
            yield planned["after"]
            ecs_logs.write(task, definition, planned["log"])
            yield from _exits(task, definition, container, planned["exit_code"])
            return
    if task.release is None:
        yield ONE_OFF
        yield from _exits(task, task.definition["containerDefinitions"][0], task["containers"][0], 0)


def _exits(task, definition, container, exit_code):
    container.update(lastStatus="STOPPED", exitCode=exit_code)
    if definition["essential"]:
        for other in task["containers"]:
            other.setdefault("exitCode", 0)
        task.ends_by_itself("EssentialContainerExited", "Essential container in task exited")
    yield None  # a container that is not essential leaves the task running


def _ending(task, drain, exit_code):
    yield drain
    task.becomes("STOPPING")
    yield STOPPING
    task["executionStoppedAt"] = CLOCK.now()
    for container in task["containers"]:
        if exit_code is not None and container["lastStatus"] == "RUNNING":
            container["exitCode"] = exit_code
        container["lastStatus"] = "STOPPED"
    task.becomes("DEPROVISIONING")
    yield STOPPING
    ecs_targets.detach(task)
    task.becomes("STOPPED")
    task["stoppedAt"] = CLOCK.now()
    task["connectivity"] = "DISCONNECTED"
