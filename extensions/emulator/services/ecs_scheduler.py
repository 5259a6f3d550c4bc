# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An ECS service and its scheduler: it starts, replaces and stops tasks until the service has what it shall have."""

from __future__ import annotations

import math

from .. import plans
from ..clock import CLOCK
from ..registry import state_of
from . import ecs_facts, ecs_targets, ecs_traffic
from .ecs_capacity import launch_type, next_provider
from .ecs_place import hex_id
from .ecs_releases import VERSIONED, Release, is_healthy, ready_at
from .ecs_rollouts import Rollout
from .ecs_tasks import Task

_RETRY, _NO_CAPACITY = 10, 30  # seconds before ECS tries again
_EVENTS = 100
_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone."
_FAILURES = ("TaskFailedToStart", "EssentialContainerExited")


class Service(dict):
    """A service as the API shows it, with its versions, deployments and tasks."""

    def __init__(self, place, shown):
        super().__init__(shown)
        self.place = place
        self.tasks = []  # those that have not stopped
        self.releases = []  # versions with an entry under deployments, the primary one first
        self.rollouts = []  # service deployments, the newest first
        self.due = None
        self.looked = 0.0

    @property
    def rollout(self):
        """Return the service deployment that goes on, or None."""
        return self.rollouts[0] if self.rollouts and self.rollouts[0].open else None

    @property
    def primary(self):
        """Return the version that the service shall run."""
        return self.releases[0] if self.releases else None

    @property
    def rolling(self):
        """Tell whether versions replace each other task by task."""
        shifts = self.rollouts and self.rollouts[0].shifts
        return len(self.releases) > 1 and not shifts and self["deploymentController"]["type"] == "ECS"

    def says(self, text):
        """Write an event."""
        event = {"id": hex_id(), "createdAt": CLOCK.now(), "message": f"(service {self['serviceName']}) {text}"}
        self["events"] = [event, *self["events"]][:_EVENTS]

    # Versions

    def begin(self):
        """Start a service deployment to a new version, made of the service as it now is."""
        if self.rollout:
            self.rollout.is_replaced()
        sources = [release for release in self.releases if release.scaled or release.tasks]
        # What a rollback returns to comes first: the newest version that ever was completely rolled out.
        sources.sort(key=lambda release: release.rollout == "COMPLETED", reverse=True)
        target = Release(self, self)
        target.alternate = self._side(target, sources)
        for release in self.releases:
            release.status, release.updated = "ACTIVE", CLOCK.now()
        self.releases.insert(0, target)
        if self["deploymentController"]["type"] == "ECS":
            self.rollouts.insert(0, Rollout(self, target, sources))
        else:
            target.scaled, target.rollout = True, "COMPLETED"
        self.due = CLOCK.seconds()
        return target

    def _side(self, target, sources):
        if self["deploymentConfiguration"].get("strategy", "ROLLING") == "ROLLING":
            return bool(sources) and sources[0].alternate
        serving = max(sources, key=lambda release: release.weight, default=None)
        return not serving.alternate if serving else ecs_traffic.first_side(self.place, target.balancers)

    def returns_to(self, release, reason):
        """Make an earlier version the primary one again."""
        for other in self.releases:
            other.status = "ACTIVE"
        release.status, release.rollout, release.reason, release.updated = "PRIMARY", "IN_PROGRESS", reason, CLOCK.now()
        self.releases = [release, *(other for other in self.releases if other is not release)]
        for key in VERSIONED:
            self.pop(key, None)
        self.update({"loadBalancers": [], "serviceRegistries": [], **release.config})

    # Its tasks

    def settle(self):
        """Do everything that can be done now, and note when to look again."""
        self.looked = CLOCK.seconds()
        for _round in range(100):
            moved = [self._forget(), self._examine(), self._deploy(), self._scale()]
            if not any(moved):
                break
        self.due = min(self._moments(), default=None)

    def _forget(self):
        """Drop stopped tasks, and versions without any; count the failures."""
        stopped = [task for task in self.tasks if task["lastStatus"] == "STOPPED"]
        self.tasks = [task for task in self.tasks if task["lastStatus"] != "STOPPED"]
        self.releases = [r for r in self.releases if r.status == "PRIMARY" or r.scaled or r.tasks or r.leaving]
        if self["status"] == "DRAINING" and not self.tasks:
            self.update(status="INACTIVE", desiredCount=0)
            self.inactive_since = CLOCK.seconds()
        return bool(stopped)

    def _examine(self):
        moved = False
        for task in [t for release in self.releases for t in (*release.tasks, *release.leaving)]:
            moved = self._examine_one(task, task.release) or moved
        return moved

    def _examine_one(self, task, release):
        if not task.live:
            if task["stopCode"] in _FAILURES and not task.counted:
                task.counted = True
                if not task.was_healthy:
                    self._failed(release, task["stoppedReason"], _RETRY)
                return True
            return False
        if is_healthy(task):
            if not task.was_healthy:
                task.was_healthy = True
                self._reset(release)
                return True
            return False
        return self._is_sick(task, release)

    def _reset(self, release):
        breaker = self["deploymentConfiguration"].get("deploymentCircuitBreaker", {})
        if breaker.get("resetOnHealthyTask", True):
            release.failed = 0

    def _is_sick(self, task, release):
        """Stop a task that its load balancer finds unhealthy after the grace period."""
        grace = self.get("healthCheckGracePeriodSeconds", 0)
        if not task.targets or not task.running or CLOCK.seconds() < task.started + grace:
            return False
        found, group = ecs_targets.state(task)
        if found != "unhealthy":
            return False
        planned = ecs_targets.sickness(task, group) or {}
        cause = planned.get("reason", "Health checks failed")
        self.says(f"(task {task.id}) (port {task.targets[0][1]}) is unhealthy in (target-group {group}) due to (reason {cause}).")
        task.stop("ServiceSchedulerInitiated", f"Task failed ELB health checks in (target-group {group})")
        self._failed(release, f"Task failed ELB health checks in (target-group {group}): {cause}", _RETRY)
        return True

    def _failed(self, release, why, pause):
        release.failed += 1
        release.last_fault, release.updated = why, CLOCK.now()
        release.next_try = CLOCK.seconds() + pause

    def _deploy(self):
        if not self.rollout:
            return False
        rollout, steps = self.rollout, self.rollout.steps
        rollout.go_on()
        return rollout.steps != steps

    def _scale(self):
        """Start and stop tasks of every version towards what it shall have."""
        self._share_out()
        moved = False
        for release in self.releases:
            excess = len(release.tasks) - release.wanted
            if excess > 0:
                doomed = sorted(release.tasks, key=lambda task: (is_healthy(task), task.running))[:excess]
                for task in doomed:
                    task.stop("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {release.id})")
                self.says(f"has stopped {excess} running tasks: {' '.join(f'(task {task.id})' for task in doomed)}.")
                moved = True
            elif excess < 0:
                moved = self._start(release, -excess) or moved
        return moved

    def _share_out(self):
        """Say how many tasks each version shall have."""
        desired = self["desiredCount"] if self["status"] == "ACTIVE" else 0
        for release in self.releases:
            release.wanted = desired if release.scaled else 0
        if self.rolling:
            healthy, lowest = len(self.primary.healthy), self._limits()[0]
            left = max(0, lowest - healthy)
            for release in self.releases[1:]:
                release.wanted = min(left, len(release.tasks))
                release.scaled = release.wanted > 0
                left -= release.wanted

    def _limits(self):
        config, desired = self["deploymentConfiguration"], self["desiredCount"]
        lowest = math.ceil(desired * config["minimumHealthyPercent"] / 100)
        return lowest, math.floor(desired * config["maximumPercent"] / 100)

    def _start(self, release, missing):
        if release.frozen or CLOCK.seconds() < release.next_try:
            return False
        room = self._limits()[1] - sum(len(other.tasks) for other in self.releases) if self.rolling else missing
        started = []
        for _task in range(min(missing, room)):
            fault = ecs_facts.launch_fault(self.place, release.definition)
            provider = next_provider(
                release.config.get("capacityProviderStrategy", []), [task.get("capacityProviderName") for task in release.tasks]
            )
            if plans.due("capacity_missing", capacity_provider=provider, cluster=self["clusterArn"]):
                fault = _CAPACITY
            if fault:
                self._failed(release, fault, _NO_CAPACITY)
                words = "was unable to place a task. Reason:" if fault == _CAPACITY else "failed to launch a task with (error"
                self.says(f"{words} {fault}{'' if fault == _CAPACITY else ').'}")
                return True
            started.append(self._launch(release, provider))
        if started:
            self.says(f"has started {len(started)} tasks: {' '.join(f'(task {task.id})' for task in started)}.")
        return bool(started)

    def _launch(self, release, provider):
        network = release.config.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        subnets = network.get("subnets", [])
        tags = self["tags"] if self.get("propagateTags") == "SERVICE" else []
        tags = release.definition["tags"] if self.get("propagateTags") == "TASK_DEFINITION" else tags
        shown = {
            "clusterArn": self["clusterArn"],
            "group": f"service:{self['serviceName']}",
            "startedBy": release.id,
            "launchType": launch_type(release.config),
            "enableExecuteCommand": self.get("enableExecuteCommand", False),
            "tags": [*tags, *self._managed_tags()],
            **({"capacityProviderName": provider} if provider else {}),
        }
        if shown["launchType"] == "FARGATE":
            shown.update(platformVersion="1.4.0", platformFamily="Linux")
        subnet = subnets[len(self.tasks) % len(subnets)] if subnets else None
        public = network.get("assignPublicIp") == "ENABLED"
        task = Task(self.place, release.definition, shown, subnet, network.get("securityGroups", []), public, release)
        self.tasks.append(task)
        return task

    def _managed_tags(self):
        if not self.get("enableECSManagedTags"):
            return []
        values = {"aws:ecs:clusterName": self["clusterArn"].rsplit("/", 1)[-1], "aws:ecs:serviceName": self["serviceName"]}
        return [{"key": key, "value": value} for key, value in values.items()]

    def _moments(self):
        """Yield the moments at which something may happen that no task will tell."""
        now, found = CLOCK.seconds(), []
        if self.rollout and self.rollout.wait.at is not None:
            found.append(self.rollout.wait.at)
        for release in self.releases:
            found += [ready_at(task) for task in release.running if not task.was_healthy]
            if self.get("healthCheckGracePeriodSeconds"):
                found += [task.started + self["healthCheckGracePeriodSeconds"] for task in release.running]
            if len(release.tasks) < release.wanted:
                found.append(release.next_try)
        return [one for one in found if one > now]


def services(place):
    """Return the services by (cluster, name)."""
    return state_of(place, "service")
