# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What holds for any value that an inventory can have: it is what the option asks for, or there is a sentence about it."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.slipway.aws.plugins.action.preflight import specs
from ansible_collections.slipway.aws.plugins.plugin_utils import faults, rules

SPECS = specs()
OPTIONS = [(role, name) for role, options in SPECS.items() for name in options]
anything = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.lists(st.integers(), max_size=2), st.just({}))


class Nowhere:
    """Origins that know no file."""

    @staticmethod
    def place(*_names):
        return "somewhere"

    @staticmethod
    def home(scope):
        return f"group_vars/{scope}.yml"


@given(st.sampled_from(OPTIONS), anything)
@settings(max_examples=300)
def test_a_value_is_valid_or_there_is_a_sentence_with_its_key(option, value):
    role, name = option
    spec = {name: SPECS[role][name]}
    found = faults.of_host("host", role, {name: value}, spec, (), Nowhere, "dev")
    rule = {key: item for key, item in spec[name].items() if key not in ("required", "description", "default")}
    valid = not ArgumentSpecValidator({name: rule}).validate({name: value}).error_messages
    assert bool(found) is not valid
    assert all(sentence.startswith(f"somewhere: {name} is ") for sentence in found)


@given(st.sampled_from(sorted(SPECS)), st.sets(st.sampled_from(OPTIONS)))
def test_everything_that_is_missing_is_named_at_once(role, given_options):
    values = {name: "x" for _role, name in given_options}
    found = [f for f in faults.of_host("host", role, values, SPECS[role], (), Nowhere, "dev") if "is missing" in f]
    required = {name for name, option in SPECS[role].items() if option.get("required")}
    assert len(found) == len(required - set(values))


@given(st.dictionaries(st.sampled_from([name for _role, name in OPTIONS]), anything, max_size=12))
def test_rules_never_stumble_over_a_value(values):
    for sentence in rules.broken(values, "host", (), Nowhere):
        assert sentence.startswith("somewhere: ")


@pytest.mark.parametrize(("role", "name"), OPTIONS)
def test_every_option_means_something(role, name):
    assert SPECS[role][name]["description"]
    assert SPECS[role][name]["type"] in ("str", "int", "bool", "list", "dict")
