# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The properties by number. One is a function that judges resources of an environment:

    @prop(28, "awsvpc network mode", controls=("SC-7",))
    def awsvpc(environment):
        "Every task definition gives its tasks an address and security groups of their own."
        for each in environment.resources(TASK_DEFINITION): yield each.judged(each.get("NetworkMode") == "awsvpc", ...)

Its docstring is what docs/compliance.md says is judged.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from typing import Any

PROPERTIES = {}


@dataclass(frozen=True)
class Judged:
    """What a property says of one resource: its logical id, or in words what is not there. Evidence is never a secret."""

    resource: str
    holds: bool
    evidence: str


@dataclass(frozen=True)
class Property:
    """One property, with the controls that it is evidence for, and why it is not judged to the letter where it is not."""

    number: int
    title: str
    controls: tuple
    corrected: str
    find: Any

    @property
    def judges(self):
        """Return in words what is judged."""
        return " ".join(inspect.getdoc(self.find).split())

    def verdict(self, environment):
        """Return what is found. Who finds nothing to judge has not proved anything."""
        judged = list(self.find(environment)) or [Judged("nothing", False, "there is nothing to judge")]
        return {
            "number": self.number,
            "title": self.title,
            "holds": all(each.holds for each in judged),
            "controls": list(self.controls),
            "corrected": self.corrected,
            "judged": [asdict(each) for each in judged],
        }


def prop(number, title, controls=(), corrected=""):
    """Register a function as the property of a number."""

    def register(function):
        if number in PROPERTIES:
            raise ValueError(f"property {number} is there twice: {PROPERTIES[number].title}, {title}")
        PROPERTIES[number] = Property(number, title, tuple(controls), corrected, function)
        return function

    return register


def judge(environment, numbers=None):
    """Return the verdict of every property, or of some, in order."""
    wanted = sorted(PROPERTIES if numbers is None else numbers)
    return [PROPERTIES[number].verdict(environment) for number in wanted]
