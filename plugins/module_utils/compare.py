# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What differs between the wanted and the present state. Pure functions on plain data.

Wanted is a subset of present: AWS adds defaults, ids and statuses to what was asked for, so only what was asked for is compared.
``None`` means "not managed" at every depth.
"""

from __future__ import annotations

import json


def covers(have, want, unordered=frozenset()):
    """Tell whether the present value has everything the wanted value asks for.

    Dictionaries are compared by the wanted keys only. Lists have to have the same length; the order counts unless the key that
    holds the list is in ``unordered``. Nothing present equals an empty or false wish, as AWS leaves such members out.
    """
    if want is None:
        return True
    if isinstance(want, dict) and isinstance(have, (dict, type(None))):
        have = have or {}
        return all(_member_covers(key, have.get(key), value, unordered) for key, value in want.items())
    if have is None:
        return not want
    if isinstance(want, (list, tuple)) and isinstance(have, (list, tuple)):
        return len(want) == len(have) and all(covers(h, w, unordered) for h, w in zip(have, want, strict=True))
    return have == want


def _member_covers(key, have, want, unordered):
    if key in unordered and isinstance(want, (list, tuple)) and isinstance(have, (list, tuple)):
        return _same_set(have, want, unordered)
    return covers(have, want, unordered)


def _same_set(have, want, unordered):
    """Tell whether every wanted element can be given a present element of its own, and none is left over.

    One present element may cover several wanted ones, so a wanted element that finds everything taken asks the takers to move.
    """
    fits = [[i for i, present in enumerate(have) if covers(present, wanted, unordered)] for wanted in want]
    taken = {}

    def place(number, asked):
        for i in fits[number]:
            if i not in asked:
                asked.add(i)
                if i not in taken or place(taken[i], asked):
                    taken[i] = number
                    return True
        return False

    return len(want) == len(have) and all(place(number, set()) for number in range(len(want)))


def difference(have, want, unordered=frozenset(), whole=frozenset()):
    """Return the wanted top-level entries that the present state does not cover.

    What stands under a key in ``whole`` is described completely: there, something present that nobody asked for differs as well.
    """

    def differs(key, present, wanted):
        if not _member_covers(key, present, wanted, unordered):
            return True
        return key in whole and not _member_covers(key, wanted, present, unordered)

    return {k: v for k, v in want.items() if v is not None and differs(k, have.get(k), v)}


def overlay(have, changes):
    """Return what the present state becomes when the changes are applied: dictionaries merge, everything else is replaced."""
    if not isinstance(have, dict) or not isinstance(changes, dict):
        return changes
    merged = dict(have)
    for key, value in changes.items():
        if value is not None:
            merged[key] = overlay(have.get(key), value)
    return merged


def in_order(value, unordered):
    """Return the value with every list that is a set in one fixed order, so that a difference shows no mere shuffling."""
    if isinstance(value, dict):
        return {
            key: _sorted(in_order(item, unordered)) if key in unordered else in_order(item, unordered)
            for key, item in value.items()
        }
    return [in_order(item, unordered) for item in value] if isinstance(value, (list, tuple)) else value


def _sorted(value):
    return sorted(value, key=lambda item: json.dumps(item, sort_keys=True, default=str)) if isinstance(value, list) else value


def parsed(document):
    """Return the data of a JSON document that may come as text, as data or not at all."""
    if not isinstance(document, str):
        return document
    return json.loads(document) if document.strip() else None


def as_text(document):
    """Return a JSON document as the text AWS wants, always the same text for the same data."""
    return document if isinstance(document, str) else json.dumps(document, sort_keys=True)
