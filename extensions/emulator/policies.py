# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a policy of a resource says about a request: statements, principals, conditions. Pure functions on plain data.

IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import datetime, timezone
from functools import cache

ALLOWED, DENIED, SILENT = "allowed", "denied", "silent"


def decision(policy, action, resource, principal, context):
    """Return what a policy says: DENIED when a statement denies, else ALLOWED when one allows, else SILENT.

    ``principal`` is a dictionary with ``account`` and ``arns``, or with ``service`` alone when an AWS service acts; ``context``
    has the values of condition keys in lower case, and what is not in it is absent from the request.
    """
    document = json.loads(policy) if isinstance(policy, (str, bytes)) else policy
    effects = {
        statement["Effect"]
        for statement in _list(document.get("Statement"))
        if _concerns(statement, action, resource) and _names(statement, principal) and holds(statement, context)
    }
    return DENIED if "Deny" in effects else ALLOWED if "Allow" in effects else SILENT


def _list(value):
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def like(pattern, text, ignore_case=False):
    """Tell whether a text fits a pattern with ``*`` and ``?``."""
    return _expression(str(pattern), ignore_case).fullmatch(str(text)) is not None


@cache
def _expression(pattern, ignore_case):
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _concerns(statement, action, resource):
    if "NotAction" in statement:
        acts = not any(like(pattern, action, ignore_case=True) for pattern in _list(statement["NotAction"]))
    else:
        acts = any(like(pattern, action, ignore_case=True) for pattern in _list(statement.get("Action")))
    if "NotResource" in statement:
        return acts and not any(like(pattern, resource) for pattern in _list(statement["NotResource"]))
    return acts and any(like(pattern, resource) for pattern in _list(statement.get("Resource", "*")))


def _names(statement, principal):
    if "NotPrincipal" in statement:
        return not _is_principal(statement["NotPrincipal"], principal)
    return "Principal" not in statement or _is_principal(statement["Principal"], principal)


def _is_principal(wanted, principal):
    if wanted == "*":
        return True
    account = principal.get("account")
    for name in _list(wanted.get("AWS")):
        if name in ("*", account, f"arn:aws:iam::{account}:root") or name in principal.get("arns", ()):
            return True
    return principal.get("service") in _list(wanted.get("Service"))  # federated users do not send requests here


# Conditions


def holds(statement, context):
    """Tell whether all conditions of a statement hold."""
    return all(
        _holds(operator, context.get(key.lower()), [str(value) for value in _list(values)])
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _holds(operator, present, wanted):
    """Tell whether one condition holds; ``present`` is None for a key that the request does not have."""
    quantifier, _colon, plain = operator.rpartition(":")
    if plain == "Null":
        return (present is None) == (wanted[0].lower() == "true")
    optional, plain = plain.endswith("IfExists"), plain.removesuffix("IfExists")
    if plain not in _OPERATORS:
        raise ValueError(f"the condition operator {operator} is unknown")
    negated, test = _OPERATORS[plain]
    values = None if present is None else [str(value) for value in _list(present)]
    if quantifier == "ForAllValues":
        return all(_one(test, negated, value, wanted) for value in values or [])
    if not values:
        return optional or (negated and quantifier != "ForAnyValue")
    return any(_one(test, negated, value, wanted) for value in values)


def _one(test, negated, value, wanted):
    fits = any(test(pattern, value) for pattern in wanted)
    return not fits if negated else fits


def _moment(text):
    if str(text).isdigit():
        return datetime.fromtimestamp(int(text), timezone.utc)
    found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _inside(network, address):
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


def _arn_like(pattern, arn):
    parts, found = pattern.split(":", 5), arn.split(":", 5)
    return len(parts) == len(found) and all(like(part, text) for part, text in zip(parts, found, strict=True))


_OPERATORS = {
    "StringEquals": (False, lambda wanted, value: wanted == value),
    "StringNotEquals": (True, lambda wanted, value: wanted == value),
    "StringEqualsIgnoreCase": (False, lambda wanted, value: wanted.lower() == value.lower()),
    "StringNotEqualsIgnoreCase": (True, lambda wanted, value: wanted.lower() == value.lower()),
    "StringLike": (False, like),
    "StringNotLike": (True, like),
    "ArnEquals": (False, _arn_like),
    "ArnNotEquals": (True, _arn_like),
    "ArnLike": (False, _arn_like),
    "ArnNotLike": (True, _arn_like),
    "Bool": (False, lambda wanted, value: wanted.lower() == value.lower()),
    "IpAddress": (False, _inside),
    "NotIpAddress": (True, _inside),
    "NumericEquals": (False, lambda wanted, value: float(value) == float(wanted)),
    "NumericNotEquals": (True, lambda wanted, value: float(value) == float(wanted)),
    "NumericLessThan": (False, lambda wanted, value: float(value) < float(wanted)),
    "NumericLessThanEquals": (False, lambda wanted, value: float(value) <= float(wanted)),
    "NumericGreaterThan": (False, lambda wanted, value: float(value) > float(wanted)),
    "NumericGreaterThanEquals": (False, lambda wanted, value: float(value) >= float(wanted)),
    "DateEquals": (False, lambda wanted, value: _moment(value) == _moment(wanted)),
    "DateNotEquals": (True, lambda wanted, value: _moment(value) == _moment(wanted)),
    "DateLessThan": (False, lambda wanted, value: _moment(value) < _moment(wanted)),
    "DateLessThanEquals": (False, lambda wanted, value: _moment(value) <= _moment(wanted)),
    "DateGreaterThan": (False, lambda wanted, value: _moment(value) > _moment(wanted)),
    "DateGreaterThanEquals": (False, lambda wanted, value: _moment(value) >= _moment(wanted)),
}
