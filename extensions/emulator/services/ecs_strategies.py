# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The stages of a service deployment, by strategy.

Each strategy is a script, a generator that yields what it waits for: a moment, a condition, or whichever comes first.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from .. import plans
from ..clock import CLOCK
from . import ecs_traffic
from .ecs_place import hex_id, moment

_PENDING, _STAGE, _SHIFT, _HOOK = 2, 5, 30, 10  # seconds that AWS takes for each
_LONGEST_STAGE = 24 * 3600


class Wait(NamedTuple):
    """What a script waits for: ``at`` a moment or ``until`` a condition holds."""

    at: float | None = None
    until: object = None

    def over(self):
        """Tell whether the script goes on."""
        return (self.at is not None and CLOCK.seconds() >= self.at) or (self.until is not None and self.until())


NEVER = Wait()


def after(seconds):
    """Wait for a number of seconds."""
    return Wait(at=CLOCK.seconds() + seconds)


def rolling(rollout):
    """Replace tasks one by one; the scheduler does it, within the limits of the service."""
    yield after(_PENDING)
    rollout.begins()
    yield Wait(until=lambda: rollout.target.steady() and rollout.is_alone())
    yield from _bake(rollout)
    rollout.succeeds()


def shifting(rollout, strategy):
    """Start all new tasks beside the old ones, and move the traffic."""
    yield after(_PENDING)
    rollout.begins()
    rollout.target.scaled = False
    if len(rollout.sources) > 1:
        yield from _reconcile(rollout)
    yield from _stage(rollout, "PRE_SCALE_UP")
    rollout.stage, rollout.target.scaled = "SCALE_UP", True
    yield Wait(until=rollout.target.steady, at=CLOCK.seconds() + _LONGEST_STAGE)
    if not rollout.target.steady():
        rollout.fails("The service deployment did not scale up within 24 hours.", back=True)
        yield NEVER
    yield from _stage(rollout, "POST_SCALE_UP")
    yield from _test_shift(rollout)
    yield from _production_shift(rollout, strategy)
    yield from _stage(rollout, "POST_PRODUCTION_TRAFFIC_SHIFT")
    yield from _bake(rollout)
    rollout.stage = "CLEAN_UP"
    for source in rollout.sources:
        source.scaled = False
    yield Wait(until=rollout.is_alone)
    rollout.succeeds()


def _reconcile(rollout):
    """Leave one version to come from: the one with most of the traffic."""
    rollout.sources.sort(key=lambda source: source.weight, reverse=True)
    kept, *others = rollout.sources
    ecs_traffic.send(kept, 100)
    rollout.weigh(kept, 100)
    for other in others:
        other.scaled = False
    yield from _stage(rollout, "RECONCILE_SERVICE")
    yield Wait(until=lambda: not any(other.tasks or other.leaving for other in others))
    rollout.sources = [kept]


def _stage(rollout, name):
    rollout.stage = name
    yield after(_STAGE)
    yield from _run_hooks(rollout, name)


def _test_shift(rollout):
    if ecs_traffic.has_test_rule(rollout.target):
        rollout.stage = "TEST_TRAFFIC_SHIFT"
        ecs_traffic.send(rollout.target, 100, test=True)
        rollout.weigh(rollout.target, 100, "test_weight")
        yield after(_SHIFT)
    yield from _stage(rollout, "TEST_TRAFFIC_SHIFT")
    yield from _stage(rollout, "POST_TEST_TRAFFIC_SHIFT")


def _production_shift(rollout, strategy):
    for percent, pause in _shares(rollout, strategy):
        yield from _run_hooks(rollout, "PRE_PRODUCTION_TRAFFIC_SHIFT")
        rollout.stage = "PRODUCTION_TRAFFIC_SHIFT"
        ecs_traffic.send(rollout.target, percent)
        rollout.weigh(rollout.target, percent)
        yield after(_SHIFT)
        yield from _run_hooks(rollout, "PRODUCTION_TRAFFIC_SHIFT")
        yield after(pause * 60)


def _shares(rollout, strategy):
    """Return the steps of the shift: percent of the traffic, and minutes until the next step."""
    if not rollout.sources:
        return [(100.0, 0)]
    if strategy == "CANARY":
        canary = rollout.config.get("canaryConfiguration", {})
        return [(canary.get("canaryPercent", 5.0), canary.get("canaryBakeTimeInMinutes", 10)), (100.0, 0)]
    if strategy == "LINEAR":
        linear = rollout.config.get("linearConfiguration", {})
        step, pause = linear.get("stepPercent", 10.0), linear.get("stepBakeTimeInMinutes", 6)
        return [(round(step * n, 1), pause) for n in range(1, math.ceil(100 / step))] + [(100.0, 0)]
    return [(100.0, 0)]


def _bake(rollout):
    minutes = rollout.config.get("bakeTimeInMinutes", 0)
    if minutes and rollout.sources:
        rollout.stage = "BAKE_TIME"
        yield after(minutes * 60)


# Hooks


def _run_hooks(rollout, stage):
    for hook in rollout.config.get("lifecycleHooks", []):
        if stage in hook["lifecycleStages"]:
            rollout.stage = stage
            yield from _run_hook(rollout, hook, stage)


def _run_hook(rollout, hook, stage):
    kind, timeout = hook.get("targetType", "AWS_LAMBDA"), hook.get("timeoutConfiguration", {})
    expires = CLOCK.seconds() + 60 * timeout.get("timeoutInMinutes", 1440)
    detail = {
        "hookId": hex_id(),
        "targetType": kind,
        "status": "AWAITING_ACTION" if kind == "PAUSE" else "IN_PROGRESS",
        "expiresAt": moment(expires),
        "timeoutAction": timeout.get("action", "ROLLBACK"),
    }
    rollout.hooks.append(detail)
    if kind == "PAUSE":
        yield Wait(until=lambda: detail["status"] != "AWAITING_ACTION", at=expires)
        if detail["status"] == "AWAITING_ACTION":
            detail["status"] = "TIMED_OUT"
    else:
        detail["targetArn"] = hook["hookTargetArn"]
        yield after(_HOOK)
        detail["status"] = "FAILED" if plans.due("hook_fails", hook=hook["hookTargetArn"], stage=stage) else "SUCCEEDED"
    if detail["status"] == "FAILED" or (detail["status"] == "TIMED_OUT" and detail["timeoutAction"] == "ROLLBACK"):
        rollout.fails(f"The lifecycle hook of stage {stage} {detail['status'].lower().replace('_', ' ')}.", back=True)
        yield NEVER
