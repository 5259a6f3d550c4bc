# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What goes wrong in the account because a test wants it to: a container that exits, a target that stays unhealthy.

faults.py lets calls fail; a plan lets the things behind the calls fail, while every call is answered as usual.
"""

from __future__ import annotations

from typing import NamedTuple

from .registry import on_reset


class Kind(NamedTuple):
    """One way to fail."""

    where: tuple  # what a plan can be limited to; left out, it holds everywhere
    how: dict  # what else can be said, with what is meant when it is not


KINDS = {
    "image_missing": Kind(("image",), {}),
    "task_exits": Kind(("family", "container", "image"), {"exit_code": 1, "after": 5, "log": []}),
    "target_unhealthy": Kind(("target_group", "image"), {"reason": "Health checks failed with these codes: [502]"}),
    "capacity_missing": Kind(("capacity_provider", "cluster"), {}),
    "secret_missing": Kind(("secret",), {}),
    "hook_fails": Kind(("hook", "stage"), {}),
}
_PLANS = []


def plan(kind, times=None, **details):
    """Let something go wrong from now on, or only the next ``times`` times; with ``times=0`` what was planned so far ends."""
    known = KINDS[kind]
    unknown = details.keys() - {*known.where, *known.how}
    if unknown:
        raise ValueError(f"{kind} knows {', '.join((*known.where, *known.how))}; not {', '.join(sorted(unknown))}")
    if times == 0:
        for one in _PLANS:
            if one["kind"] == kind and details.items() <= one.items():
                one["times"] = 0
    planned_now = {"kind": kind, "times": times, **known.how, **details}
    _PLANS.append(planned_now)
    return planned_now


def holds(kind, **facts):
    """Return the plan for something that lasts, such as an unhealthy target, or None."""
    where = KINDS[kind].where
    for one in _PLANS:
        if one["kind"] == kind and one["times"] != 0 and all(_is(one[key], facts.get(key)) for key in where if key in one):
            return one
    return None


def due(kind, **facts):
    """Return the plan for something that happens once, and count it; None when all goes well."""
    one = holds(kind, **facts)
    if one and one["times"] is not None:
        one["times"] -= 1
    return one


def _is(wanted, fact):
    """Tell whether a fact is the wanted one: the same text, or an ARN or address whose last parts it is."""
    fact = str(fact)
    return fact == wanted or fact.endswith((f"/{wanted}", f":{wanted}")) or f"/{wanted}/" in fact


def planned():
    """Return the plans that are still in force."""
    return [one for one in _PLANS if one["times"] != 0]


@on_reset
def forget():
    """Let everything go well again."""
    _PLANS.clear()
