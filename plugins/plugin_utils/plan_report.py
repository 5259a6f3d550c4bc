# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A plan as people read it: in a terminal, and in a merge request."""

from __future__ import annotations

import json
from itertools import groupby

from ansible_collections.slipway.aws.plugins.plugin_utils.plan import CREATE, DELETE, REPLACE, UNKNOWN, UPDATE

_SIGNS = {CREATE: "+", UPDATE: "~", REPLACE: "-/+", DELETE: "-", UNKNOWN: "?"}
_COLORS = {CREATE: "green", UPDATE: "yellow", REPLACE: "red", DELETE: "red", UNKNOWN: "purple"}
_WORDS = {CREATE: "create", UPDATE: "update", REPLACE: "replace", DELETE: "delete", UNKNOWN: "unknown before it runs"}
# The same differences, seen from the account: what has happened to it since it was described.
_DRIFT = {
    CREATE: "missing",
    UPDATE: "changed",
    REPLACE: "changed for good, so a run replaces it",
    DELETE: "added",
    UNKNOWN: "perhaps changed",
}
_WIDTH = 100  # of a value; the whole of it is in the file


def headline(plan):
    """Return the plan in one sentence."""
    name, counts = f"{plan['platform']}/{plan['environment']}", [pair for pair in plan["counts"].items() if pair[1]]
    if plan["drift"]:
        told = [f"{number} {_DRIFT[action]}" for action, number in counts]
        told += [f"{number} that nothing describes" for number in [len(leftovers(plan))] if number]
        return f"{name} and its description: {', '.join(told) or 'no difference'}"
    told = [f"{number} {'' if action == UNKNOWN else 'to '}{_WORDS[action]}" for action, number in counts]
    return f"{name} against {plan['compared_with']}: {', '.join(told) or 'nothing to do'}"


def leftovers(plan):
    """Return what is ours and nothing describes any more."""
    return [each for each in plan["left"] if each.get("leftover")]


def _what(plan, change):
    """Return in words what becomes of a resource, or in case of drift what became of it and who is right."""
    if plan["drift"]:
        return f"{_DRIFT[change['action']]}; the description is right, a run repairs it"
    return _WORDS[change["action"]]


def terminal(plan):
    """Yield lines and their colors."""
    yield headline(plan), None
    for component, changes in groupby(plan["changes"], lambda each: each["component"]):
        yield f"\n{component}", "bright blue"
        for change in changes:
            words = f": {_what(plan, change)}" if plan["drift"] else ""
            yield f"  {_SIGNS[change['action']]:3} {_title(change)}{words}", _COLORS[change["action"]]
            if change["action"] not in (CREATE, DELETE):
                for each in change["properties"]:
                    yield f"        {each['path']}: {_step(each)}", None
    yield from _list("\nLeft alone", [f"{_title(each)}{_path(each)}: {each['reason']}" for each in plan["left"]])
    yield from _list("\nAssumed", plan["assumptions"])
    yield from _list("\nFindings", [f"{each['rule']} {each['logical']}: {each['text']}" for each in plan["findings"]["open"]])
    yield f"\n{plan['digest']}", None


def markdown(plan):
    """Return the plan for a merge request: what is destructive first, details folded."""
    lines = [f"### {headline(plan)}", ""]
    rows = sorted(plan["changes"], key=lambda each: each["action"] not in (REPLACE, DELETE))
    if rows:
        lines += ["| | component | resource | |", "|---|---|---|---|"]
        lines += [f"| `{_SIGNS[each['action']]}` | {each['component']} | {_title(each)} | {_what(plan, each)} |" for each in rows]
    for change in rows:
        if change["action"] not in (CREATE, DELETE):
            lines += ["", f"<details><summary>{change['logical']}</summary>", ""]
            lines += [f"- `{each['path']}`: {_step(each, '`')}" for each in change["properties"]]
            lines += ["", "</details>"]
    parts = {
        "Left alone": [f"{_title(each)}{_path(each)}: {each['reason']}" for each in plan["left"]],
        "Assumed": plan["assumptions"],
        "Findings": [f"{each['rule']} `{each['logical']}`: {each['text']}" for each in plan["findings"]["open"]],
    }
    for title, items in parts.items():
        if items:
            lines += ["", f"**{title}**", "", *(f"- {item}" for item in items)]
    return "\n".join([*lines, "", f"`{plan['digest']}`", ""])


def _title(change):
    return f"{change['type']} {change['logical']}"


def _path(change):
    return f" {change['properties'][0]['path']}" if change.get("properties") else ""


def _step(each, quote=""):
    texts = [_short(each[side]) if side in each else "nothing" for side in ("before", "after")]
    return " → ".join(f"{quote}{text}{quote}" for text in texts)


def _short(value):
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def _list(title, items):
    if items:
        yield title, None
        for item in items:
            yield f"  {item}", None
