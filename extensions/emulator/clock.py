# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The time of the emulated account: the real time, plus what was skipped, times a speed.

What takes AWS minutes is written down here in AWS's own minutes; the speed makes seconds of it. A test that wants to see a bake
time end asks for /slipway/clock with ``seconds``.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta, timezone

_START = time.monotonic()
_MOMENT = ContextVar("moment", default=None)


class Clock:
    """A clock that runs ``speed`` times as fast as ours and can be put forward."""

    def __init__(self, speed=60.0):
        self.speed = speed
        self.skipped = 0.0
        self.origin = datetime.now(timezone.utc)

    def seconds(self):
        """Return the account's seconds since the start."""
        past = _MOMENT.get()
        return (time.monotonic() - _START) * self.speed + self.skipped if past is None else past

    def now(self):
        """Return the account's date and time."""
        return self.origin + timedelta(seconds=self.seconds())

    def advance(self, seconds):
        """Put the clock forward."""
        self.skipped += seconds

    def run_at(self, speed):
        """Run at another speed from now on."""
        now = self.seconds()
        self.speed = speed
        self.skipped += now - self.seconds()

    @contextmanager
    def at(self, seconds):
        """Let something happen at a moment that has passed already: in this thread, the clock stands there meanwhile."""
        token = _MOMENT.set(seconds)
        try:
            yield
        finally:
            _MOMENT.reset(token)


CLOCK = Clock()
