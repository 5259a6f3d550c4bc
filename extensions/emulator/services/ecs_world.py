# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The time of the emulated ECS: everything that was due happens in its order, each thing at its moment."""

from __future__ import annotations

import math

from ..clock import CLOCK
from ..registry import alive, states
from .ecs_scheduler import Service
from .ecs_tasks import tasks

_KINDS = ("task", "service")
_LOOK_EVERY = 30  # seconds between two looks at a service around which something may have been changed; each asks its targets
_PAUSE = 0.5  # and of our seconds, however fast the account runs


@alive
def live():
    """Let everything happen in ECS that was due by now, in its order and each thing at its moment."""
    now = CLOCK.seconds()
    while True:
        thing = min(_everything(), key=lambda one: math.inf if one.due is None else one.due, default=None)
        if thing is None or thing.due is None or thing.due > now:
            break
        with CLOCK.at(thing.due):
            _happens(thing)
    for thing in list(_everything()):
        _look(thing, now)


def _everything():
    for kind in _KINDS:
        for _account, _region, objects in states("ecs", kind):
            yield from objects.values()


def _happens(thing):
    if isinstance(thing, Service):
        thing.settle()
        return
    thing.go_on()
    if thing.release:
        thing.release.service.settle()


def _look(thing, now):
    """Look at a service for what was changed around it, and forget what AWS shows no more."""
    if isinstance(thing, Service):
        if thing["status"] != "INACTIVE" and (thing.rollout or now - thing.looked > max(_LOOK_EVERY, _PAUSE * CLOCK.speed)):
            thing.settle()
    elif thing.forgotten:
        del tasks(thing.place)[thing["taskArn"]]
