# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the emulated delivery services share: where and when something is, and whether a service may use a role."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

from moto.backends import get_backend
from moto.core.utils import get_service_model

from .calls import Call
from .clock import CLOCK
from .registry import OPERATIONS, Watched, state_of, states


@dataclass(frozen=True)
class Place:
    """An account and a region, seen by one service; outlives the call that it was made from."""

    account: str
    region: str
    service: str

    @classmethod
    def of(cls, call, service):
        """Return the place that a call, or another place, is in."""
        return cls(call.account, call.region, service)

    def arn(self, resource, service=None):
        """Return the ARN of a resource here."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{resource}"

    def moto(self, service):
        """Return moto's backend of a service here."""
        return get_backend(service)[self.account]["aws" if service in ("iam", "s3") else self.region]

    def things(self, kind):
        """Return the objects of one kind here."""
        return state_of(self, kind)


def ask(place, api, operation, /, **parameters):
    """Call an operation of ours from inside the account, as one service calls another; raises AwsError as it does for callers."""
    model = get_service_model(api).operation_model(operation)
    return OPERATIONS[api, operation](Call(api, model, place.account, place.region, Watched(parameters)))


def places(service, kind):
    """Yield every place that has objects of a kind."""
    for account, region, _things in states(service, kind):
        yield Place(account, region, service)


def moment(seconds):
    """Return the date and time of a number of account seconds."""
    return CLOCK.origin + timedelta(seconds=seconds)


def may_assume(place, arn, principal):
    """Tell whether a role exists and trusts a service."""
    account = arn.split(":")[4] if arn.count(":") > 4 else place.account
    roles = Place(account, place.region, "iam").moto("iam").roles.values()
    role = next((role for role in roles if role.arn == arn), None)
    return role is not None and any(_trusts(statement, principal) for statement in _statements(role))


def _statements(role):
    document = json.loads(role.assume_role_policy_document or "{}").get("Statement", [])
    return document if isinstance(document, list) else [document]


def _trusts(statement, principal):
    trusted = statement.get("Principal", {})
    services = trusted.get("Service", []) if isinstance(trusted, dict) else [principal]
    return statement.get("Effect") == "Allow" and principal in ([services] if isinstance(services, str) else services)


def retagged(tags, new=(), gone=(), key="key"):
    """Return tags, a list of pairs, after some were added and some removed."""
    touched = {tag[key] for tag in new} | set(gone)
    return [tag for tag in tags if tag[key] not in touched] + list(new)
