# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Compiled templates that are kept: the same results, compiled once, and nothing trusted that is not ours."""

from __future__ import annotations

import os

import pytest
from jinja2 import Environment, TemplateSyntaxError, pass_context

from ansible_collections.slipway.aws.plugins.plugin_utils import template_cache


@pytest.fixture
def begun(tmp_path):
    """Return a function that begins a process: an environment with what earlier ones have kept, and a list of what it compiles."""

    def begin(salt="", **filters):
        compiled = []

        class Counting(Environment):
            def _compile(self, source, filename):
                compiled.append(source)
                return super()._compile(source, filename)

        store = template_cache.Store(str(tmp_path / "kept"))
        store.load()
        template_cache.install(Counting, store, lambda _environment: salt)
        environment = Counting()
        environment.filters |= filters
        return environment, compiled

    return begin


def test_a_template_is_compiled_once_and_for_all(begun):
    for times in (1, 0):
        environment, compiled = begun()
        for name in ("Ada", "Bob"):
            assert environment.from_string("Dear {{ name | upper }}").render(name=name) == f"Dear {name.upper()}"
        assert len(compiled) == times


def test_an_expression_is_compiled_once_and_for_all(begun):
    for times in (1, 0):
        environment, compiled = begun()
        for number in (1, 2):
            assert environment.compile_expression("number is odd")(number=number) == (number == 1)
        assert environment.compile_expression("missing", undefined_to_none=True)() is None
        assert environment.compile_expression("missing", undefined_to_none=False)() is not None
        assert len(compiled) == 2 * times


def test_an_expression_is_not_the_template_of_the_same_words(begun):
    environment, _compiled = begun()
    assert environment.compile_expression("name")(name="Ada") == "Ada"
    assert environment.from_string("name").render(name="Ada") == "name"


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_wrong_stays_wrong(begun, times):
    environment, _compiled = begun()
    for _time in range(times):
        with pytest.raises(TemplateSyntaxError, match="unexpected '}'"):
            environment.from_string("{{ }")
        with pytest.raises(TemplateSyntaxError):
            environment.compile_expression("1 +")
        with pytest.raises(TemplateSyntaxError, match="No filter named 'nobody'"):
            environment.from_string("{{ 1 | nobody }}")


def test_what_else_decides_keeps_apart(begun):
    for salt in ("one", "other"):
        environment, compiled = begun(salt)
        environment.from_string("{{ 1 }}")
        assert len(compiled) == 1


def test_a_filter_that_changes_what_it_wants_is_compiled_anew(begun):
    environment, _compiled = begun(called=lambda value: f"plain {value}")
    assert environment.from_string("{{ 1 | called }}").render() == "plain 1"
    environment, compiled = begun(called=pass_context(lambda context, value: f"{context['name']} {value}"))
    assert environment.from_string("{{ 1 | called }}").render(name="Ada") == "Ada 1"
    assert len(compiled) == 1


@pytest.mark.parametrize(
    "content", [b"", b"no code", template_cache.marshal.dumps(("no code", ())), template_cache.marshal.dumps(7)]
)
def test_what_cannot_be_read_is_compiled_anew(begun, tmp_path, content):
    begun()[0].from_string("{{ 1 }}")
    [kept] = (tmp_path / "kept").iterdir()
    kept.write_bytes(content)
    environment, compiled = begun()
    assert environment.from_string("{{ 1 }}").render() == "1"
    assert len(compiled) == 1


def test_what_one_task_has_compiled_the_next_finds(begun):
    """Both began before."""
    (one, _compiled), (other, compiled) = begun(), begun()
    one.from_string("{{ 1 }}")
    other.from_string("{{ 1 }}")
    assert compiled == []


def test_a_folder_that_others_can_write_to_is_refused(begun, tmp_path):
    begun()
    os.chmod(tmp_path / "kept", 0o770)
    with pytest.raises(PermissionError, match="not only ours"):
        begun()


def test_a_full_folder_is_begun_anew(begun, tmp_path, monkeypatch):
    environment, _compiled = begun()
    for number in range(3):
        environment.from_string(f"{{{{ {number} }}}}")
    monkeypatch.setattr(template_cache, "MOST", 2)
    begun()
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_folder_that_is_gone_costs_no_task(begun, tmp_path):
    environment, _compiled = begun()
    (tmp_path / "kept").rmdir()
    assert environment.from_string("{{ 1 }}").render() == "1"
