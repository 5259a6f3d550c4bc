# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The life of a resource, from nothing to nothing, as every module of the collection has to live it.

A module joins by a table in tests/unit/plugins/modules/cases/<module>.py:

    CHAIN = Chain(
        create={"name": "shop"},
        changes=[{"container_insights": "enhanced"}],
        refused=[({"path": "/other/"}, "cannot be changed in place")],
        faults=[{"name": ""}, ...],
    )

test_chain.py walks it. An option of the module that stands in no table fails the test of completeness.

A module that does something, and keeps no resource, joins by ``ACTION = Action(...)`` in the same place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

CASES = Path(__file__).parents[1] / "unit/plugins/modules/cases"

# What comes of doing something once more: nothing is left to do, or it is by nature done again.
RESTS, ACTS = False, True

# Options that Resource itself is tested for.
COMMON = {"state", "tags", "purge_tags", "wait", "wait_timeout"}


@dataclass
class Chain:
    """What is particular about the life of one resource."""

    create: dict  # options of the first run
    changes: list[dict] = field(default_factory=list)  # each changes options of an existing resource
    refused: list[tuple[dict, str]] = field(default_factory=list)  # changes that AWS cannot make, and words of the message
    replaced: list[dict] = field(default_factory=list)  # changes that make a new resource
    invalid: list[tuple[dict, str]] = field(default_factory=list)  # options that contradict each other, and words of the message
    at_creation: set[str] = field(default_factory=set)  # options that matter at creation only
    elsewhere: set[str] = field(default_factory=set)  # options whose effect the module's own test shows
    prepare: Callable | None = None  # prepare(aws) makes what the resource needs; what it returns is added to create
    delete: dict = field(default_factory=dict)  # options beside create for state=absent
    tagged: bool = True  # whether the resource has tags
    own_tags: dict = field(default_factory=dict)  # tags by which the module knows the resource
    fails_on: str | None = None  # the operation that is throttled and denied, if not the first write

    def covered(self):
        """Return the names of all options that the table exercises."""
        tables = [*self.changes, *self.replaced, *(options for options, _words in self.refused)]
        return COMMON | self.at_creation | self.elsewhere | {name for table in tables for name in table} | {"name"}


@dataclass
class Action:
    """What is particular about something that a module does, where no resource is kept.

    A deed is a set of options, or a function of the account and of the options so far that brings the account to where the deed
    can be done and returns the set. Each deed has an account of its own. With it stands what comes of doing it once more:
    ``RESTS``, ``ACTS``, or words of the message with which it is refused.
    """

    does: list[tuple[dict | Callable, bool | str]]
    prepare: Callable | None = None  # prepare(aws) makes what all deeds need; what it returns is added to their options
    invalid: list[tuple[dict, str]] = field(default_factory=list)  # options that are refused, and words of the message


def joined(table):
    """Return the names of the modules that have a table, ``CHAIN`` or ``ACTION``."""
    return sorted(path.stem for path in CASES.glob("[a-z]*.py") if re.search(rf"^{table} = ", path.read_text(), re.MULTILINE))
