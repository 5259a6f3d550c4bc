# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Service deployments: how one version of a service takes the place of another, and how it goes back.

The stages on the way are in ecs_strategies.py.
"""

from __future__ import annotations

import math

from ..clock import CLOCK
from . import ecs_strategies, ecs_traffic
from .ecs_place import letter_id
from .ecs_strategies import NEVER, Wait, after
from .eventbridge import announce

OPEN = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
_REQUESTED, _SHIFT = 5, 30  # seconds that AWS takes for each


class Rollout:
    """A service deployment."""

    def __init__(self, service, target, sources):
        self.service, self.target, self.sources = service, target, sources
        path = f"{service['clusterArn'].rsplit('/', 1)[-1]}/{service['serviceName']}"
        self.arn = service.place.arn(f"service-deployment/{path}/{letter_id()}")
        self.config = dict(service["deploymentConfiguration"])
        self.status, self.stage, self.reason = "PENDING", None, None
        self.created = self.updated = CLOCK.now()
        self.times = {}  # startedAt, finishedAt, stoppedAt
        self.rollback = None
        self.hooks = []
        self.alarms_at_start = self._alarms_in("ALARM")
        self.triggered = []
        self.steps = 0  # counts what happened, so that the scheduler notices
        strategy = self.config.get("strategy", "ROLLING")
        self.script = ecs_strategies.rolling(self) if strategy == "ROLLING" else ecs_strategies.shifting(self, strategy)
        self.wait = after(0)

    @property
    def open(self):
        """Tell whether it goes on."""
        return self.status in OPEN

    @property
    def shifts(self):
        """Tell whether it moves traffic between two sets of tasks."""
        return self.config.get("strategy", "ROLLING") != "ROLLING"

    def go_on(self):
        """Take the next step of the script, if there is nothing to wait for; the scheduler acts on it before the one after."""
        self._watch()
        if self.open and self.wait.over():
            script = self.script
            self.steps += 1
            self.updated = CLOCK.now()
            wait = next(script, NEVER)
            if self.script is script:
                self.wait = wait

    def begins(self):
        """Start."""
        self.status = "IN_PROGRESS"
        self.times["startedAt"] = CLOCK.now()
        self.target.scaled = True
        self._announces("INFO", "IN_PROGRESS", f"ECS deployment {self.target.id} in progress.")

    def is_alone(self):
        """Tell whether the versions that it replaces have no tasks any more."""
        return not any(source.tasks or source.leaving for source in self.sources)

    def weigh(self, release, percent, member="weight"):
        """Note a share of the traffic; the version before has the rest."""
        setattr(release, member, float(percent))
        for other in (self.target, *self.sources):
            if other is not release:
                setattr(other, member, 0.0)
        if release is self.target and self.sources:
            setattr(self.sources[0], member, round(100.0 - percent, 1))

    def _announces(self, kind, state, reason):
        """Tell EventBridge how the deployment stands."""
        detail = {"eventType": kind, "eventName": f"SERVICE_DEPLOYMENT_{state}", "deploymentId": self.target.id}
        detail |= {"updatedAt": f"{CLOCK.now():%Y-%m-%dT%H:%M:%SZ}", "reason": reason}
        announce(self.service.place, "aws.ecs", "ECS Deployment State Change", self.service["serviceArn"], detail)

    # The end

    def succeeds(self):
        """End well."""
        self.status, self.times["finishedAt"] = "SUCCESSFUL", CLOCK.now()
        target = self.target
        target.rollout, target.reason, target.updated = "COMPLETED", f"ECS deployment {target.id} completed.", CLOCK.now()
        target.weight = 100.0
        self.service.says(f"(deployment {target.id}) deployment completed.")
        self._announces("INFO", "COMPLETED", target.reason)
        self.service.says("has reached a steady state.")

    def _watch(self):
        """End the deployment when too many tasks fail or an alarm goes off."""
        if self.status == "ROLLBACK_IN_PROGRESS" and self.sources[0].failed >= self.threshold:
            self.status, self.reason = "ROLLBACK_FAILED", f"The rollback failed: {self.sources[0].last_fault}"
            self.times["finishedAt"] = CLOCK.now()
            self.steps += 1
        if self.status != "IN_PROGRESS":
            return
        breaker, alarms = self.config.get("deploymentCircuitBreaker", {}), self.config.get("alarms", {})
        self.triggered = [name for name in self._alarms_in("ALARM") if name not in self.alarms_at_start]
        if breaker.get("enable") and self.target.failed >= self.threshold:
            self.fails("ECS deployment circuit breaker: tasks failed to start.", breaker["rollback"])
        elif self.triggered:
            self.fails(f"Service deployment failed because alarms were detected: {', '.join(self.triggered)}.", alarms["rollback"])

    @property
    def threshold(self):
        """Return how many tasks may fail: half of the desired count, at least 3 and at most 200, unless configured."""
        config = self.config.get("deploymentCircuitBreaker", {}).get("thresholdConfiguration", {})
        kind, value = config.get("type", "BOUNDED_PERCENT"), config.get("value", 50)
        if kind == "COUNT":
            return value
        share = max(1, math.ceil(self.service["desiredCount"] * value / 100))
        return share if kind == "UNBOUNDED_PERCENT" else min(200, max(3, share))

    def _alarms_in(self, state):
        alarms = self.config.get("alarms", {})
        if not alarms.get("enable"):
            return []
        known = self.service.place.moto("cloudwatch").alarms
        return [name for name in alarms["alarmNames"] if name in known and known[name].state_value == state]

    def fails(self, reason, back):
        """Go back to the version before, or stop where it is."""
        self.steps += 1
        self.reason = reason
        target = self.target
        target.rollout, target.reason, target.updated = "FAILED", reason, CLOCK.now()
        self.service.says(f"(deployment {target.id}) deployment failed: {reason}")
        self._announces("ERROR", "FAILED", reason)
        self.script = self._goes_back() if back and self.sources else self._stops()
        self.status = "ROLLBACK_REQUESTED" if back and self.sources else "STOP_REQUESTED"
        self.wait = after(_REQUESTED)

    def _stops(self):
        self.target.frozen = True
        self.status = "STOPPED"
        self.times.update(stoppedAt=CLOCK.now(), finishedAt=CLOCK.now())
        yield NEVER

    def _goes_back(self):
        self.status = "ROLLBACK_IN_PROGRESS"
        source, self.target.frozen = self.sources[0], True
        self.rollback = {"reason": self.reason, "startedAt": CLOCK.now(), "serviceRevisionArn": source.arn}
        self.service.says(f"rolling back to (deployment {source.id}).")
        self.service.returns_to(source, f"ECS deployment circuit breaker: rolling back to deploymentId {source.id}.")
        if self.shifts:
            ecs_traffic.send(source, 100)
            ecs_traffic.send(source, 100, test=True)
            self.weigh(source, 100)
            self.weigh(source, 100 if ecs_traffic.has_test_rule(source) else 0, "test_weight")
            yield after(_SHIFT)
        source.scaled, source.failed = True, 0
        yield Wait(until=lambda: len(source.healthy) >= source.wanted)
        self.target.scaled, self.stage = False, "CLEAN_UP" if self.shifts else None
        yield Wait(until=lambda: source.steady() and not self.target.tasks and not self.target.leaving)
        self.status, self.times["finishedAt"] = "ROLLBACK_SUCCESSFUL", CLOCK.now()
        source.rollout = "COMPLETED"
        self.service.says("has reached a steady state.")

    def is_replaced(self):
        """End because another deployment of the service begins."""
        self.status = "STOPPED"
        self.reason = "The service deployment was stopped because another service deployment started."
        self.times.update(stoppedAt=CLOCK.now(), finishedAt=CLOCK.now())
