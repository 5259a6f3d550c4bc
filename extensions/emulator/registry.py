# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations that we answer ourselves, and the state behind them. Everything else is moto's.

    @operation("codeconnections", "CreateConnection")
    def create_connection(call):
        ...
        return {"ConnectionArn": arn}

A function gets a Call and returns a dictionary in the shape of the operation's output, or raises AwsError. A parameter that it
never looks at is refused with HTTP 501: an account that ignores what it is asked for makes every test above it worthless.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from .calls import AwsError

OPERATIONS = {}
CONTROLS = {}
TAGGABLE = {}
_STATES = {}


def operation(service, *names):
    """Register a function as the answer to operations of a service."""

    def register(function):
        for name in names:
            if (service, name) in OPERATIONS:
                raise ValueError(f"{service} {name} is answered twice")
            OPERATIONS[service, name] = function
        return function

    return register


def control(name):
    """Register a function as /slipway/<name>, for tests that talk to the account from another process."""

    def register(function):
        CONTROLS[name] = function
        return function

    return register


class Watched(dict):
    """Parameters that remember which of them were looked at."""

    def __init__(self, data):
        super().__init__(data)
        self.seen = set()

    def __getitem__(self, key):
        self.seen.add(key)
        return super().__getitem__(key)

    def __contains__(self, key):
        self.seen.add(key)
        return super().__contains__(key)

    def get(self, key, default=None):
        """Return a parameter, or the default when it was not given."""
        self.seen.add(key)
        return super().get(key, default)

    def take(self, *keys):
        """Return those of the named parameters that were given."""
        return {key: self[key] for key in keys if key in self}

    def everything(self):
        """Return all parameters, for an operation that keeps its whole input."""
        self.seen.update(self)
        return dict(self)

    @property
    def ignored(self):
        """Return the names that nobody looked at."""
        return sorted(set(self) - self.seen)


def answer(call):
    """Run our function for a call. Raises AwsError, among them NotImplemented for a parameter that we do not support."""
    call.params = Watched(call.params)
    result = OPERATIONS[call.service, call.operation](call)
    if call.params.ignored:
        raise AwsError("NotImplemented", f"The emulated {call.operation} does not support {', '.join(call.params.ignored)}.")
    return {} if result is None else result


def state_of(call, kind, region=None):
    """Return the objects of one kind in the caller's account and region: a dictionary that a reset empties."""
    place = (call.account, call.region if region is None else region)
    return _STATES.setdefault((call.service, kind), {}).setdefault(place, {})


def states(service, kind):
    """Yield account, region and objects of one kind, wherever there are any."""
    for (account, region), objects in list(_STATES.get((service, kind), {}).items()):
        yield account, region, objects


def taggable(service, kind, arn, tags, gone=lambda thing: False):
    """Put the objects of a kind into the index of tagged resources; ``gone`` tells those that AWS does not list any more."""
    TAGGABLE[service, kind] = (arn, tags, gone)


_RESETS = []


def on_reset(function):
    """Register a function that empties a state of its own."""
    _RESETS.append(function)
    return function


_LIVES = []


def alive(function):
    """Register a function that brings what we keep up to the account's time; it runs before every request is answered."""
    _LIVES.append(function)
    return function


def catch_up():
    """Let everything happen that was due by now: whoever asks next, of whichever service, sees the account as it is."""
    for function in _LIVES:
        function()


def reset():
    """Forget everything that we keep."""
    _STATES.clear()
    for function in _RESETS:
        function()


def load():
    """Import every module of services/, which registers its operations and repairs moto where it has to."""
    for path in sorted((Path(__file__).parent / "services").glob("[a-z]*.py")):
        import_module(f"{__package__}.services.{path.stem}")
