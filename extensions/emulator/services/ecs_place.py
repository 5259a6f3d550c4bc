# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What all parts of the emulated ECS need: where a thing is, which moment it is, and answers in pages."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from datetime import timedelta

from moto.backends import get_backend

from ..calls import AwsError
from ..clock import CLOCK

_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Place:
    """An account and a region, as registry.state_of wants to know them; outlives the call that it was made from."""

    account: str
    region: str
    service: str = "ecs"

    @classmethod
    def of(cls, call):
        """Return the place that a call of any service is made in."""
        return cls(call.account, call.region)

    def arn(self, resource, service="ecs"):
        """Return the ARN of a resource here."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def moto(self, service):
        """Return moto's backend of a service here."""
        return get_backend(service)[self.account]["aws" if service == "iam" else self.region]


def moment(seconds):
    """Return the date and time of a number of account seconds."""
    return CLOCK.origin + timedelta(seconds=seconds)


def hex_id(length=32):
    """Return an id like those of tasks."""
    return f"{random.getrandbits(4 * length):0{length}x}"


def number_id(length=19):
    """Return an id like those of deployments and service revisions."""
    return str(random.randrange(10 ** (length - 1), 10**length))


def letter_id(length=21):
    """Return an id like those of service deployments."""
    return "".join(random.choices(_LETTERS, k=length))


def short(name):
    """Return the last part of an ARN, or the name as it is."""
    return name.rsplit("/", 1)[-1]


def refuse(message, code="InvalidParameterException"):
    """Answer with one of AWS's errors."""
    raise AwsError(code, message)


def page(call, items, key, usual=100):
    """Return one page of a list, with the token of the next one."""
    start = int(call.params.get("nextToken") or 0)
    end = start + (call.params.get("maxResults") or usual)
    return {key: items[start:end], **({"nextToken": str(end)} if end < len(items) else {})}
