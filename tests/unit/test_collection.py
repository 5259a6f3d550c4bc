# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The collection as a whole: what is listed twice is equal, and what is promised is there."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path

import pytest
import yaml

from ansible_collections.slipway.aws.docs import create_only
from ansible_collections.slipway.aws.docs import modules as glance
from ansible_collections.slipway.aws.tests.support.chain import joined
from ansible_collections.slipway.aws.tests.support.play import ROOT

MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
CASES = set(joined("CHAIN"))
ACTIONS = set(joined("ACTION"))
UPSTREAM = {
    f"{name}.aws.{path.stem}"
    for name in ("amazon", "community")
    for path in Path(sysconfig.get_path("purelib"), "ansible_collections", name, "aws/plugins/modules").glob("[a-z]*.py")
}


def documentation(module):
    return glance.documentation(ROOT / "plugins/modules" / f"{module}.py")


def test_the_action_group_has_every_module():
    group = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]["all"]
    assert group[0]["metadata"]["extend_group"] == ["amazon.aws.aws", "community.aws.aws"]
    assert group[1:] == [module for module in MODULES if module != "preflight"]


@pytest.mark.parametrize("module", MODULES)
def test_every_resource_lives_the_life_of_a_resource(module):
    manages = "slipway.aws.resource" in documentation(module).get("extends_documentation_fragment", [])
    assert manages == (module in CASES)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_that_keeps_nothing_and_does_something_joins_as_an_action(module):
    acts = module not in CASES and not module.endswith("_info") and module != "preflight"
    assert acts == (module in ACTIONS)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_describes_itself(module):
    described = documentation(module)
    text = (ROOT / "plugins/modules" / f"{module}.py").read_text()
    assert described["module"] == module
    assert described["short_description"][0].isupper()
    examples = yaml.safe_load(re.search(r'EXAMPLES = r"""\n(.*?)"""', text, re.DOTALL).group(1))
    assert len(examples) >= (3 if module in CASES else 2)
    for example in examples:
        used = next(key for key in example if "." in key)
        assert used.startswith(("slipway.aws.", "amazon.aws.", "ansible.builtin."))
    if module in CASES:
        assert any(example.get(f"slipway.aws.{module}", {}).get("state") == "absent" for example in examples)


@pytest.mark.parametrize("module", MODULES)
def test_what_a_module_refers_to_exists_and_a_namesake_is_referred_to(module):
    entries = documentation(module).get("seealso", [])
    named = {entry["module"] for entry in entries}
    assert named <= UPSTREAM | {f"slipway.aws.{each}" for each in MODULES}
    assert {f"{name}.aws.{module}" for name in ("amazon", "community")} & UPSTREAM <= named
    assert all(entry["description"].endswith(".") for entry in entries)


def test_the_page_of_modules_is_what_make_docs_writes():
    text = (ROOT / "docs/modules.md").read_text()
    assert text == glance.page(), "run: make docs"
    assert sorted(re.findall(r"^\| \[(\w+)\]\(\.\./plugins/modules/\1\.py\) \|", text, re.MULTILINE)) == MODULES


def test_the_table_of_what_cannot_be_changed_is_what_make_docs_writes():
    assert create_only.FILE.read_text() == create_only.page(), "run: make docs"


def test_every_file_of_readers_is_read():
    folder = ROOT / "plugins/module_utils/readers"
    listed = re.findall(r"^    (\w+),$", (folder / "__init__.py").read_text(), re.MULTILINE)
    assert listed == sorted(path.stem for path in folder.glob("[a-z]*.py"))


def test_the_page_of_modules_refuses_one_without_a_group():
    with pytest.raises(SystemExit, match="frobnicate_thing has no group"):
        glance.group({"module": "frobnicate_thing", "description": ["Manages things."]})


def test_versions_agree():
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    wanted = {each["name"]: each["version"] for each in yaml.safe_load((ROOT / "requirements.yml").read_text())["collections"]}
    assert galaxy["dependencies"] == wanted


def test_the_readme_is_short_and_its_files_exist():
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) < 150
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_commands_of_the_readme_are_those_that_tests_run():
    """make demo and make test run in CI; the playbooks of the other commands run in the scenario of the platform."""
    text = (ROOT / "README.md").read_text()
    commands = [
        line.split("#")[0].strip() for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
    ]
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for command in commands:
        if command.startswith("make "):
            assert command.split()[1] in targets
        else:
            inventory, playbook = re.fullmatch(r"\.venv/bin/ansible-playbook -i (\S+) (\S+).*", command).groups()
            assert (ROOT / inventory).exists()
            assert (ROOT / playbook).exists()


def test_rows_of_the_coverage_name_tests_that_exist():
    text = (ROOT / "docs/coverage.md").read_text()
    named = re.findall(r"`((?:tests|molecule)/[\w./-]+\.(?:py|yml))(?:::(\w+))?`", text)
    assert len(named) > 10
    for path, function in named:
        assert (ROOT / path).exists(), path
        assert not function or f"def {function}(" in (ROOT / path).read_text(), f"{path}::{function}"


def test_decisions_are_numbered_without_gaps():
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
