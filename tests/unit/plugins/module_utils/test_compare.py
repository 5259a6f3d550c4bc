# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What differs between the wanted and the present state."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.compare import as_text, covers, difference, in_order, overlay, parsed

UNORDERED = frozenset({"subnets"})


@pytest.mark.parametrize(
    ("have", "want", "covered"),
    [
        (5, None, True),  # not managed
        (None, [], True),  # AWS leaves empty members out
        (None, False, True),
        (None, {"a": ""}, True),
        (None, 5, False),
        ({"a": 1, "b": 2}, {"a": 1}, True),  # AWS adds to what was asked for
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, True),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        ([1, 2, 3], [1, 2], False),  # a list is meant as a whole
        ([{"a": 1, "b": 2}], [{"a": 1}], True),
        ({"subnets": ["b", "a"]}, {"subnets": ["a", "b"]}, True),
        ({"subnets": ["b", "b"]}, {"subnets": ["a", "b"]}, False),
        ({"x": {"subnets": [{"n": 2, "m": 0}, {"n": 1}]}}, {"x": {"subnets": [{"n": 1}, {"n": 2}]}}, True),
        ("256", 256, False),
    ],
)
def test_covers(have, want, covered):
    assert covers(have, want, UNORDERED) is covered


def test_elements_are_matched_one_to_one():
    have, want = {"subnets": [{"a": 1, "b": 1}, {"a": 1}]}, {"subnets": [{"a": 1}, {"a": 1}]}
    assert covers(have, want, UNORDERED)
    assert not covers({"subnets": [{"a": 1}, {"a": 2}]}, want, UNORDERED)


def test_an_element_that_fits_twice_gives_way():
    have, want = {"subnets": [{"a": 1, "b": 1}, {"a": 1}]}, {"subnets": [{"a": 1}, {"a": 1, "b": 1}]}
    assert covers(have, want, UNORDERED)


def test_the_difference_has_whole_entries_and_no_others():
    have = {"name": "shop", "size": {"cpu": 1, "memory": 2}, "subnets": ["b", "a"]}
    want = {"name": "shop", "size": {"cpu": 4}, "subnets": ["a", "b"], "tags": None}
    assert difference(have, want, UNORDERED) == {"size": {"cpu": 4}}


def test_what_is_described_as_a_whole_has_no_more_than_that():
    have, want = {"rules": {"a": 1, "b": 2}}, {"rules": {"a": 1}}
    assert difference(have, want) == {}
    assert difference(have, want, whole=frozenset({"rules"})) == {"rules": {"a": 1}}


def test_an_overlay_merges_dictionaries_and_replaces_the_rest():
    have = {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 3}
    assert overlay(have, {"a": {"y": 5}, "b": [9], "d": None}) == {"a": {"x": 1, "y": 5}, "b": [9], "c": 3}


def test_the_prediction_is_what_covers_the_wish():
    have, want = {"a": {"x": 1}, "b": [1]}, {"a": {"y": 2}, "b": [2], "c": "new"}
    assert difference(overlay(have, difference(have, want)), want) == {}


def test_sets_in_one_order():
    assert in_order({"subnets": ["b", "a"], "other": ["b", "a"]}, UNORDERED) == {"subnets": ["a", "b"], "other": ["b", "a"]}


@pytest.mark.parametrize(("document", "data"), [('{"a": 1}', {"a": 1}), ({"a": 1}, {"a": 1}), ("", None), (None, None)])
def test_documents_come_as_text_or_data(document, data):
    assert parsed(document) == data


def test_the_text_of_a_document_depends_on_its_data_only():
    assert as_text({"b": 1, "a": 2}) == as_text({"a": 2, "b": 1}) == '{"a": 2, "b": 1}'
    assert as_text("as it is") == "as it is"
