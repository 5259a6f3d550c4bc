# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Malformed arguments are refused before anything is written, with a message that names the option: see refusals.py."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from ansible_collections.slipway.aws.plugins.module_utils import calls
from ansible_collections.slipway.aws.plugins.module_utils.spec import argument_spec
from ansible_collections.slipway.aws.tests.support.chain import joined
from ansible_collections.slipway.aws.tests.unit.plugins.modules.refusals import REFUSALS, SOUND

PACKAGE = "ansible_collections.slipway.aws"
SOURCES = {path.stem: path.read_text() for path in (Path(__file__).parents[4] / "plugins/modules").glob("[a-z]*.py")}
# A module without code is documentation; its action plugin has tests of its own.
MODULES = sorted(name for name, source in SOURCES.items() if "def main(" in source)
LOOKING = {name for name in MODULES if name.endswith("_info")}
ROWS = [
    pytest.param(module, options, option, id=f"{module}-{number}-{option}")
    for module, rows in REFUSALS.items()
    for number, (options, option) in enumerate(rows)
]


def cases(module):
    """Return the refusals that the table of a module's case has; test_chain.py runs them."""
    for kind in ("CHAIN", "ACTION"):
        if module in joined(kind):
            return getattr(import_module(f"{PACKAGE}.tests.unit.plugins.modules.cases.{module}"), kind).invalid
    return []


def sound(module):
    """Return options with which a module would run."""
    if module in SOUND:
        return SOUND[module]
    return import_module(f"{PACKAGE}.tests.unit.plugins.modules.cases.{module}").CHAIN.create


def spec_of(module):
    return argument_spec(import_module(f"{PACKAGE}.plugins.modules.{module}").DOCUMENTATION)


def required(module):
    """Return something for every required option."""
    samples = {"int": 1, "float": 1.0, "list": [], "dict": {}, "bool": True}
    needed = {name: option for name, option in spec_of(module).items() if option.get("required")}
    return {name: option.get("choices", [samples.get(option["type"], "shop")])[0] for name, option in needed.items()}


BLANKS = [(module, option) for module in MODULES for option, value in required(module).items() if value == "shop"]


@pytest.mark.parametrize(("module", "options", "option"), ROWS)
def test_a_malformed_argument_is_refused_by_name(aws, module, options, option):
    with aws.recorded() as sent:
        result = aws.run(module, **{**sound(module), **options})
    assert result.failed, f"{options} was not refused"
    assert "Unsupported parameters" not in result.msg
    assert re.search(rf"(?<!\w){option}(?!\w)", result.msg), result.msg
    assert sent.writes == []
    assert sent.operations == []


@pytest.mark.parametrize(("module", "option"), BLANKS)
def test_a_required_text_cannot_be_empty(aws, monkeypatch, module, option):
    usual = calls.AnsibleAWSModule
    # What belongs together is checked before; here it is about one option alone.
    alone = {"argument_spec", "supports_check_mode"}
    monkeypatch.setattr(calls, "AnsibleAWSModule", lambda **given: usual(**{key: given[key] for key in alone}))
    with aws.recorded() as sent:
        result = aws.run(module, **{**required(module), option: ""})
    assert result.failed
    assert f"{option} cannot be empty" in result.msg
    assert sent.operations == []


@pytest.mark.parametrize("module", MODULES)
def test_every_module_stands_in_the_table(module):
    assert len([*REFUSALS.get(module, ()), *cases(module)]) >= (1 if module in LOOKING else 3)


def test_there_are_a_hundred_beside_those_of_the_cases():
    assert len(ROWS) >= 100
    assert set(REFUSALS) <= set(MODULES)
