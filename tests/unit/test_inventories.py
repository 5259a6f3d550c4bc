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


def _sizes(name):
    """Return a column of the table in the README of fargate_microservices, as the files say it."""
    said = variables("fargate_microservices", name)
    weights = {each["capacity_provider"]: each["weight"] for each in said["compute_capacity_strategy"]}
    spot = 100 * weights.get("FARGATE_SPOT", 0) // sum(weights.values())
    [branches] = said["pipeline_branches"]
    how = ", approval" if said["delivery_waits_for_approval"] else "" if said["pipeline_automatic"] else ", by hand"
    return [
        name,
        f"{said['service_cpu']}, {said['service_memory_mb']}",
        f"{said['service_tasks']} to {said['service_tasks_max']}",
        f"{said['network_zones']}, {said['network_nat_gateways']}",
        f"{said['platform_log_days']} days",
        f"{spot} %" if spot else "none",
        f"`{branches}`{how}",
        "yes" if said["governance_mfa"] else "no",
    ]


def test_the_table_of_sizes_is_what_the_files_say():
    text = (ROOT / "inventories/fargate_microservices/README.md").read_text()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
    assert [list(column) for column in zip(*rows, strict=True)][1:] == [_sizes(name) for name in ("develop", "test", "qa", "prod")]


def test_recovery_is_prod_in_another_place():
    prod, recovery = (variables("fargate_microservices", name) for name in ("prod", "recovery"))
    different = {key for key, value in prod.items() if recovery[key] != value}
    place = {"platform_environment", "platform_replaces", "copied", "kafka_network", "network_cidr"}
    assert different == {*place, "compute_protected", "security_key_deletion_days"}
    [replaced, replacing] = (
        yaml.safe_load((ROOT / f"inventories/fargate_microservices/{name}.yml").read_text())[name] for name in ("prod", "recovery")
    )
    assert replaced["children"]["services"].pop("vars") == {"component": ["service", "pipeline"]}
    assert replacing["children"]["services"].pop("vars") == {"component": "service"}
    assert replaced == replacing
