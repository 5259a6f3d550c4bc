# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the account was asked for, in order: service, operation, parameters, and how it answered."""

from __future__ import annotations

from collections import deque
from itertools import count

from .calls import writes

_KEPT = 50_000
_REQUESTS = deque(maxlen=_KEPT)
_NUMBERS = count(1)


def add(call):
    """Write a call down and return its entry; the server adds the status when it is known."""
    entry = {
        "number": next(_NUMBERS),
        "service": call.service,
        "operation": call.operation,
        "write": writes(call.operation),
        "account": call.account,
        "access_key": call.access_key,
        "region": call.region,
        "parameters": call.params,
        "status": None,
    }
    _REQUESTS.append(entry)
    return entry


def since(number=0, writes_only=False):
    """Return the entries after a number."""
    return [entry for entry in _REQUESTS if entry["number"] > number and (entry["write"] or not writes_only)]


def forget():
    """Start with an empty list; the numbers go on, so that nobody mistakes an old one for a new one."""
    _REQUESTS.clear()
