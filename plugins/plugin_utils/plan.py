# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a run would change: an environment as it is described compared with the environment as it is, both as templates.

An environment is what environment_template_info returns: {"template": ..., "physical": ...}. A change is a dictionary that goes
into plan.json as it is; docs/plans.md describes it.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path

import yaml

from ansible_collections.slipway.aws.plugins.plugin_utils import left_alone

CREATE, UPDATE, REPLACE, DELETE, UNKNOWN = "create", "update", "replace", "delete", "unknown"
ACTIONS = (CREATE, UPDATE, REPLACE, DELETE, UNKNOWN)
KNOWN_LATER = "(known after apply)"

# Ids that AWS gives, as they look inside values: what such a value will be is not known before it is there.
_GIVEN = re.compile(r"\b(acl|eipalloc|eni|igw|nat|pcx|pl|rtb|sg|sgr|subnet|vpc|vpce)-[0-9a-f]{8,}\b|\bZ[0-9A-Z]{12,}\b")
# Ids that are other ones after a replacement; those made of a name that people gave are not.
_NEW_WHEN_REPLACED = re.compile(
    r"^[a-z]+-[0-9a-f]{8,}$|[0-9a-f]{8}-[0-9a-f-]{27}$|/[0-9a-f]{16}$|-[A-Za-z0-9]{6}$|:\d+$|^[A-Z0-9]{13,}$"
)


@cache
def _create_only():
    """Return the properties that cannot be changed, as dotted paths by type; `make docs` writes them."""
    return yaml.safe_load(Path(__file__).with_name("create_only.yml").read_text())


def compare(wanted, actual, absent=(), exceptions=()):
    """Return (changes, left) between two environments.

    changes: what a run creates, updates, replaces and deletes; unknown is what cannot be told before. left: differences that a
    run leaves alone, each with a reason; leftover is what nothing describes any more. absent: components whose state is absent,
    and whose resources a run therefore deletes. exceptions: differences that people accept, [{type, property, logical, reason}]
    with wildcards.
    """
    before, after = actual["template"]["Resources"], wanted["template"]["Resources"]
    changes, left = [], []
    for logical in sorted({*before, *after}):
        one, other = before.get(logical), after.get(logical)
        identity = _identity(logical, one or other, actual["physical"].get(logical))
        if one is None:
            changes.append({"action": CREATE, **identity, "properties": _shown(other)})
        elif other is None:
            accepted = left_alone.accepted(exceptions, logical, one, "")
            reason = accepted or left_alone.leftover(logical, one, before, after, absent)
            told = {"reason": reason, "leftover": not accepted} if reason else {}
            (left if reason else changes).append({"action": DELETE, **identity, **told})
        else:
            found, excepted = _differing(logical, one, other, after, exceptions)
            left += [{"action": UPDATE, **identity, "properties": [each], "reason": reason} for each, reason in excepted]
            if found:
                changes.append({"action": _action(one["Type"], found), **identity, "properties": found})
    changes += _followers(changes, before, after, actual["physical"])
    order = {logical: each["Metadata"]["Component"] for logical, each in [*before.items(), *after.items()]}
    return sorted(changes, key=lambda each: (order[each["logical"]], each["logical"])), left


def digest(changes):
    """Return what a plan is approved by: the same changes have the same digest, whenever and wherever they are planned."""
    told = [{key: value for key, value in each.items() if key not in ("id", "because")} for each in changes]
    return "sha256:" + hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _identity(logical, resource, physical):
    identity = {"component": resource["Metadata"]["Component"], "type": resource["Type"], "logical": logical}
    return {**identity, "id": physical["arn"] or physical["id"]} if physical else identity


def _shown(resource):
    """Return the properties of a resource that will be created, as changes from nothing."""
    return [{"path": name, "after": value} for name, value in sorted(_said(resource).items())]


def _said(resource):
    """Return what was said about a resource: without what AWS fills in, and with tags by name."""
    filled, said = resource["Metadata"].get("Defaults", ()), {}
    for name, value in resource["Properties"].items():
        if name not in filled and name != "ServiceToken":
            said[name] = _by_key(value)
    return {**said, **({"Tags": tags} if (tags := resource["Metadata"].get("Tags")) else {})}


def _by_key(value):
    """Return a list of tags as a map, so that one tag is one difference; anything else as it is."""
    if isinstance(value, list) and value and all(isinstance(each, dict) and set(each) == {"Key", "Value"} for each in value):
        return {each["Key"]: each["Value"] for each in value}
    return value


def _differing(logical, one, other, after, exceptions):
    """Return the properties that differ, and those of them that a run leaves alone with the reason."""
    found, excepted = [], []
    for path, before, now in _differences(_said(one), _said(other)):
        each = {"path": path, **({} if before is None else {"before": before}), **({} if now is None else {"after": now})}
        reason = left_alone.accepted(exceptions, logical, other, path) or left_alone.property_of(
            logical, other, path, after, before
        )
        if reason:
            excepted.append((each, reason))
        else:
            given = _GIVEN.search(json.dumps(now))
            found.append({**each, "after": KNOWN_LATER} if given and given[0] not in json.dumps(before) else each)
    return found, excepted


def _differences(before, after, path=""):
    """Yield (path, before, after) for each leaf that differs; lists of the same length element by element."""
    if before == after:
        return
    if (_is_map(before) and _is_map(after)) or (_is_map(before) and after is None) or (_is_map(after) and before is None):
        before, after = before or {}, after or {}
        for name in sorted({*before, *after}):
            yield from _differences(before.get(name), after.get(name), f"{path}.{name}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{path}[{number}]")
    else:
        yield path, before, after


def _is_map(value):
    return isinstance(value, dict) and value and not _is_reference(value)


def _is_reference(value):
    return len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def _action(kind, found):
    if all(each.get("after") == KNOWN_LATER for each in found):
        return UNKNOWN
    return REPLACE if any(_is_create_only(kind, each["path"]) for each in found) else UPDATE


def _is_create_only(kind, path):
    bare = re.sub(r"\[\d+\]", "", path)
    return any(f"{bare}.".startswith(f"{name}.") for name in _create_only().get(kind, ()))


# What refers to something that is replaced changes as well


def _followers(changes, before, after, physical):
    """Return changes of what refers to something replaced and has no other reason to change; mark the others."""
    known, more = {each["logical"]: each for each in changes}, []
    replaced = [each["logical"] for each in changes if each["action"] == REPLACE]
    while replaced:
        gone = replaced.pop()
        if not _has_another_id(physical.get(gone)):
            continue
        for logical in sorted({*before} & {*after}):
            paths = [path for path, value in _leaves(_said(after[logical])) if _mentions(value, gone)]
            if not paths or logical == gone:
                continue
            change = known.get(logical)
            if change is None:
                change = {"action": UPDATE, **_identity(logical, after[logical], physical.get(logical)), "properties": []}
                known[logical] = change
                more.append(change)
            change.setdefault("because", []).append(gone)
            listed = {each["path"] for each in change["properties"]}
            change["properties"] += [{"path": path, "before": gone, "after": KNOWN_LATER} for path in paths if path not in listed]
            if change["action"] != REPLACE and any(_is_create_only(change["type"], path) for path in paths):
                change["action"] = REPLACE
                replaced.append(logical)
    return more


def _has_another_id(physical):
    return bool(physical) and bool(_NEW_WHEN_REPLACED.search(physical["id"]))


def _leaves(value, path=""):
    if _is_map(value):
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _leaves(each, f"{path}[{number}]")
    else:
        yield path, value


def _mentions(value, logical):
    if not isinstance(value, dict) or not value:
        return False
    if "Ref" in value:
        return value["Ref"] == logical
    if "Fn::GetAtt" in value:
        return value["Fn::GetAtt"][0] == logical
    return bool(re.search(rf"\$\{{{logical}[.}}]", str(value.get("Fn::Sub", ""))))
