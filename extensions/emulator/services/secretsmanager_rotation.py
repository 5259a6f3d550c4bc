# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rotation of secrets: the function really runs, step by step, at once or when the account's time reaches the window.

On AWS, RotateSecret answers before the rotation is over. Here it answers afterwards, as nobody can tell the difference from a
quick function, and whoever looks next sees the end of it. A step that fails shows as on AWS: RotateSecret has answered well, the
label AWSPENDING stays where it is, and the function's log has the reason.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from moto.secretsmanager.models import FakeSecret, secretsmanager_backends

from .. import schedules
from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place
from ..policies import ALLOWED, decision
from ..registry import alive, operation, state_of
from .lambda_invoke import function_of, insist_on_python, invoke
from .secretsmanager import _new_password, add_version, holder, move, secret_of

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
RETRY = timedelta(hours=1)  # AWS tries again while the window is open; how often, it does not say
SHORTEST = 4  # hours between two rotations
_MANAGED = {"AutomaticallyAfterDays": 7}  # what RDS sets for the passwords that it manages
_SERVICE = "secretsmanager.amazonaws.com"
_DAY = timedelta(days=1)
_RUNNING = set()  # ARNs of the secrets whose rotation runs now: their functions' own requests must not start another one


@dataclass
class Rotation:
    """When a secret rotates, and when it last did."""

    rules: dict | None
    function: str | None = None  # ARN; what another service manages has none
    enabled: bool = True
    opens: datetime | None = None  # the window in which it rotates next
    closes: datetime | None = None
    due: datetime | None = None  # the next attempt, which is later than the window's beginning after a failure
    last: datetime | None = None
    pace: int | None = None  # days between the last rotation and the next one, which AWS calculates from an expression

    def shown(self):
        """Return what DescribeSecret tells."""
        pace = {"AutomaticallyAfterDays": self.pace} if self.pace and "ScheduleExpression" in (self.rules or {}) else {}
        dates = {"NextRotationDate": self.closes, "LastRotatedDate": self.last} if self.enabled else {}
        return {
            "RotationEnabled": self.enabled,
            **({"RotationLambdaARN": self.function} if self.function else {}),
            **({"RotationRules": {**self.rules, **pace}} if self.rules else {}),
            **{key: date.timestamp() for key, date in dates.items() if date},
        }

    def begin_anew(self):
        """Count from now."""
        if self.rules and self.enabled:
            self.opens, self.closes = window(self.rules, CLOCK.now())
            self.due = self.opens

    def done(self):
        """Write down that the secret rotated."""
        self.last = CLOCK.now()
        self.begin_anew()
        self.pace = max(1, (self.opens.date() - self.last.date()).days) if self.opens else None

    def failed(self):
        """Try again while the window is open, and in the next window after that."""
        now = CLOCK.now()
        if self.opens is None or now < self.opens:
            return  # somebody asked for it out of turn
        self.due = now + RETRY
        if self.due > self.closes:
            self.due = window(self.rules, max(now, self.closes))[0]  # the date that was missed stays shown until then


# Windows


def window(rules, after):
    """Return beginning and end of the first window after a moment."""
    expression, duration = rules.get("ScheduleExpression"), rules.get("Duration")
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    number, unit = _pace(rules)
    if unit == "day":
        opens = midnight + number * _DAY
    elif unit == "hour":
        step = timedelta(hours=number)
        opens = midnight + ((after - midnight) // step + 1) * step
    else:
        opens = schedules.cron(expression).following(after)
    hours = int(duration[:-1]) if duration else 1 if _is_hourly(unit, expression) else None
    return opens, opens + timedelta(hours=hours) if hours else opens.replace(hour=0) + _DAY - timedelta(seconds=1)


def _pace(rules):
    """Return number and unit of rules that count, or None and None for a cron expression."""
    if "AutomaticallyAfterDays" in rules:
        return rules["AutomaticallyAfterDays"], "day"
    return schedules.rate(rules["ScheduleExpression"]) or (None, None)


def _is_hourly(unit, expression):
    return unit == "hour" or (unit is None and not expression.split()[1].isdigit())


def _check_rules(rules):
    """Refuse rules as AWS refuses them."""
    if len(rules.keys() & {"AutomaticallyAfterDays", "ScheduleExpression"}) > 1:
        raise AwsError("InvalidParameterException", "You can't specify both AutomaticallyAfterDays and ScheduleExpression.")
    if not rules.keys() & {"AutomaticallyAfterDays", "ScheduleExpression"}:
        raise AwsError("InvalidParameterException", "RotationRules need AutomaticallyAfterDays or ScheduleExpression.")
    if not 1 <= rules.get("AutomaticallyAfterDays", 1) <= 1000:
        raise AwsError("InvalidParameterException", "RotationRules.AutomaticallyAfterDays must be within 1-1000.")
    if not re.fullmatch(r"[1-9][0-9]?h", rules.get("Duration", "1h")):
        raise AwsError("InvalidParameterException", "RotationRules.Duration is a number of hours, such as 3h.")
    if "ScheduleExpression" in rules:
        _check_expression(rules["ScheduleExpression"])
    opens, closes = window(rules, CLOCK.now())
    if closes > opens.replace(hour=0, minute=0) + _DAY:
        raise AwsError("InvalidParameterException", "The rotation window must not extend into the next UTC day.")


def _check_expression(expression):
    """Refuse what is no schedule, and one that is denser than AWS allows."""
    number, unit = schedules.rate(expression) or (None, None)
    try:
        cron = None if unit else schedules.cron(expression)
    except ValueError as error:
        raise AwsError("InvalidParameterException", f"Invalid schedule expression: {error}.") from error
    if unit == "minute" or (unit == "hour" and number < SHORTEST) or number == 0:
        raise AwsError("InvalidParameterException", f"A secret can rotate as often as every {SHORTEST} hours.")
    if cron is None:
        return
    if cron.minutes != {0} or expression.rstrip(")").split()[-1] != "*":
        raise AwsError("InvalidParameterException", "Cron expressions of rotations have 0 for the minutes and * for the year.")
    hours = sorted(cron.hours)
    gaps = [later - earlier for earlier, later in zip(hours, [*hours[1:], hours[0] + 24], strict=True)]
    if min(gaps) < SHORTEST:
        raise AwsError("InvalidParameterException", f"A secret can rotate as often as every {SHORTEST} hours.")
    if cron.following(CLOCK.now()) is None:
        raise AwsError("InvalidParameterException", f"The schedule {expression} never comes due.")


# The operations


@operation("secretsmanager", "RotateSecret")
def rotate(call):
    secret = secret_of(call)
    token, at_once = call.params.get("ClientRequestToken") or str(uuid.uuid4()), call.params.get("RotateImmediately", True)
    if not 32 <= len(token) <= 64:
        raise AwsError("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.")
    rotation = _of(call, secret) or Rotation(None)
    arn, rules = _function_arn(call, secret, rotation), call.params.get("RotationRules")
    if rules:
        _check_rules(rules)
    if secret.arn in _RUNNING or _pending(secret):
        _again(call, secret, rotation)
    if token in secret.versions:
        return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}  # the same request once more
    state_of(call, "rotation")[secret.arn] = rotation
    rotation.enabled, rotation.function = True, arn
    if rules:
        rotation.rules, rotation.pace = rules, None
    if rules or not rotation.due:
        rotation.begin_anew()
    place = Place.of(call, "secretsmanager")
    if at_once:
        attempt(place, secret, rotation, token)
    elif arn:
        _test(place, secret, rotation, token)
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}


def _of(call, secret):
    """Return the rotation of a secret, or None. What another service manages rotates from its beginning."""
    known = state_of(call, "rotation")
    if secret.owning_service and secret.arn not in known:
        known[secret.arn] = Rotation(dict(_MANAGED))
        known[secret.arn].begin_anew()
    return known.get(secret.arn)


def _function_arn(call, secret, rotation):
    """Return the function that rotates a secret; refuse one that is not there, may not be invoked or cannot run."""
    given = call.params.get("RotationLambdaARN")
    if secret.owning_service:
        if given:
            raise AwsError(
                "InvalidRequestException", "You can't set a rotation function for a secret that another service manages."
            )
        return None
    arn = given or rotation.function
    if not arn:
        raise AwsError("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
    function = function_of(call.account, call.region, arn)
    context = {"aws:sourceaccount": call.account, "aws:sourcearn": secret.arn}
    policy = {"Statement": function.policy.statements}
    if decision(policy, "lambda:InvokeFunction", arn, {"service": _SERVICE}, context) != ALLOWED:
        text = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access"
        raise AwsError("AccessDeniedException", f"{text} to the principal {_SERVICE}.")
    insist_on_python(function)
    return arn


def _pending(secret):
    """Return the version that an unfinished rotation left, or None."""
    version = holder(secret, "AWSPENDING")
    return None if version is None or version == holder(secret, "AWSCURRENT") else version


def _again(call, secret, rotation):
    """Go on with a rotation that has not ended, and refuse to begin another one."""
    if secret.arn not in _RUNNING and rotation.function:
        attempt(Place.of(call, "secretsmanager"), secret, rotation, _pending(secret))
    text = "A previous rotation isn't complete. That rotation will be reattempted."
    raise AwsError("InvalidRequestException", text)


@operation("secretsmanager", "CancelRotateSecret")
def cancel(call):
    secret = secret_of(call)
    if secret.owning_service:
        raise AwsError("InvalidRequestException", "You can't cancel the rotation of a secret that another service manages.")
    rotation = _of(call, secret)
    if not rotation or not rotation.enabled:
        raise AwsError("InvalidRequestException", "You tried to cancel rotation on a secret that does not rotate.")
    rotation.enabled, rotation.opens, rotation.closes, rotation.due = False, None, None, None
    pending = _pending(secret)
    return {"ARN": secret.arn, "Name": secret.name, **({"VersionId": pending} if pending else {})}


# Rotating


def attempt(place, secret, rotation, token):
    """Rotate a secret, to a version with the token for its id; return whether it ended well."""
    if secret.owning_service:
        _new_password(secret, token)
        rotation.done()
        return True
    if token not in secret.versions:
        add_version(secret, token)
        move(secret, "AWSPENDING", token)
    ended = all(_step(place, secret, rotation, token, step) for step in STEPS) and holder(secret, "AWSCURRENT") == token
    if ended:
        rotation.done()
    else:
        rotation.failed()
    return ended


def _test(place, secret, rotation, token):
    """Let the function test what is current, in a version that is gone afterwards."""
    current = secret.versions.get(holder(secret, "AWSCURRENT"), {})
    add_version(secret, token, {key: current[key] for key in ("secret_string", "secret_binary") if key in current})
    move(secret, "AWSPENDING", token)
    _step(place, secret, rotation, token, "testSecret")
    secret.versions.pop(token, None)


def _step(place, secret, rotation, token, step):
    """Invoke the function for one step; return whether it ended without an error."""
    event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": token, "RotationToken": str(uuid.uuid4())}
    _RUNNING.add(secret.arn)
    try:
        return invoke(function_of(place.account, place.region, rotation.function), event).error is None
    except AwsError:  # the function was removed since: there is nobody to rotate, and no log
        return False
    finally:
        _RUNNING.discard(secret.arn)


@alive
def rotate_what_is_due():
    """Rotate the secrets whose window has opened, once, however many windows have passed since somebody looked."""
    if _RUNNING:
        return
    for account, regions in list(secretsmanager_backends.items()):
        for region, backend in list(regions.items()):
            place = Place(account, region, "secretsmanager")
            for secret in list(dict.values(backend.secrets)):
                if isinstance(secret, FakeSecret) and not secret.is_deleted():
                    _rotate_when_due(place, secret)


def _rotate_when_due(place, secret):
    rotation = _of(place, secret)
    if rotation is None or not rotation.due or CLOCK.now() < rotation.due:
        return
    while (following := window(rotation.rules, rotation.opens))[0] <= CLOCK.now():
        rotation.opens, rotation.closes = following
    attempt(place, secret, rotation, _pending(secret) or str(uuid.uuid4()))
