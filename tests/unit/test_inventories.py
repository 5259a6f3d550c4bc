# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Inventories: environments of a platform say the same things in the same order, and every key has one home."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.slipway.aws.tests.support.play import ROOT

PLATFORMS = sorted(path.name for path in (ROOT / "inventories").glob("*/"))


def variables(platform, name):
    return yaml.safe_load((ROOT / "inventories" / platform / "group_vars" / f"{name}.yml").read_text())


def environments(platform):
    return sorted(path.stem for path in (ROOT / "inventories" / platform).glob("*.yml"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_environments_have_equal_keys_in_equal_order(platform):
    keys = {name: list(variables(platform, name)) for name in environments(platform)}
    first = next(iter(keys.values()))
    assert all(each == first for each in keys.values())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_key_has_one_home(platform):
    shared = set(variables(platform, "all"))
    services = {
        path.stem: set(yaml.safe_load(path.read_text())) for path in (ROOT / "inventories" / platform / "host_vars").glob("*.yml")
    }
    for name in environments(platform):
        assert not shared & set(variables(platform, name))
        for service, keys in services.items():
            assert not keys & (shared | set(variables(platform, name))), service


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_outermost_group_is_the_environment(platform):
    for name in environments(platform):
        inventory = yaml.safe_load((ROOT / "inventories" / platform / f"{name}.yml").read_text())
        assert list(inventory) == [name]
        assert variables(platform, name)["platform_environment"] == name


@pytest.mark.parametrize("platform", PLATFORMS)
def test_sizing_files_are_flat_short_and_introduced(platform):
    for name in environments(platform):
        text = (ROOT / "inventories" / platform / "group_vars" / f"{name}.yml").read_text()
        assert text.splitlines()[1].startswith(f"# {name} ")
        assert text.splitlines()[2].startswith("# Promise:")
        assert "{{" not in text
        assert not any(isinstance(value, dict) for value in variables(platform, name).values())
