# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Faults that a test switches on: the next calls of an operation are answered with an error instead of being carried out."""

from __future__ import annotations

from .calls import AwsError

_FAULTS = []

# What AWS answers, by the names that tests use.
KINDS = {
    "throttle": ("ThrottlingException", "Rate exceeded", 400),
    "server": ("InternalFailure", "The request processing has failed because of an unknown error.", 500),
    "denied": ("AccessDeniedException", "User is not authorized to perform this operation.", 403),
}


def plan(service, operation, kind="throttle", times=1, code=None, message=None, status=None):
    """Let the next ``times`` calls fail, as ``kind`` or with a code and a message of one's own."""
    known = KINDS[kind]
    fault = {
        "service": service,
        "operation": operation,
        "times": times,
        "code": code or known[0],
        "message": message or known[1],
        "status": status or known[2],
    }
    _FAULTS.append(fault)
    return fault


def due(call):
    """Return the error and the HTTP status for this call, or None when it shall be carried out."""
    for fault in _FAULTS:
        if fault["times"] > 0 and (fault["service"], fault["operation"]) == (call.service, call.operation):
            fault["times"] -= 1
            return AwsError(fault["code"], fault["message"]), fault["status"]
    return None


def planned():
    """Return the faults that have not happened yet."""
    return [fault for fault in _FAULTS if fault["times"] > 0]


def forget():
    """Switch all faults off."""
    _FAULTS.clear()
