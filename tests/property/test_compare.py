# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What holds for the comparison of any wanted and any present state."""

from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.slipway.aws.plugins.module_utils.compare import as_text, covers, difference, in_order, overlay, parsed

scalars = st.one_of(st.booleans(), st.integers(), st.text(max_size=5))
names = st.sampled_from(["name", "size", "rules", "subnets", "tags"])
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)), max_leaves=12
)
states = st.dictionaries(names, values, max_size=5)
UNORDERED = frozenset({"subnets"})


@given(states)
def test_everything_covers_itself(state):
    assert covers(state, state, UNORDERED)
    assert difference(state, state, UNORDERED) == {}


@given(states, states)
def test_what_was_sent_leaves_no_difference(have, want):
    """A second run changes nothing, whatever the first one found."""
    after = overlay(have, difference(have, want, UNORDERED))
    assert difference(after, want, UNORDERED) == {}


@given(states, states)
def test_only_wanted_entries_are_sent_and_whole(have, want):
    changes = difference(have, want, UNORDERED)
    assert all(want[key] == value for key, value in changes.items())


@given(states, states)
def test_what_aws_adds_is_no_difference(want, more):
    have = {**more, **want}
    assert difference(have, want) == {}


@given(st.lists(values, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_a_set_does_not_matter(items, chance: random.Random):
    shuffled = chance.sample(items, len(items))
    assert covers({"subnets": shuffled}, {"subnets": items}, UNORDERED)
    assert in_order({"subnets": shuffled}, UNORDERED) == in_order({"subnets": items}, UNORDERED)


@given(states)
def test_documents_survive_as_text(document):
    assert json.loads(as_text(document)) == document
    assert parsed(as_text(document)) == document
