# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A new service: one file, its name in every environment, and nothing else."""

from __future__ import annotations

import shutil

import pytest
import yaml

from ansible_collections.slipway.aws.extensions.scaffold import __main__ as scaffold
from ansible_collections.slipway.aws.tests.support.play import ROOT

ENVIRONMENTS = ["develop", "prod", "qa", "recovery", "test"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return a copy of the inventories, in which services are added."""
    shutil.copytree(ROOT / "inventories", tmp_path / "inventories")
    monkeypatch.setattr(scaffold, "ROOT", tmp_path)
    return tmp_path / "inventories/fargate_microservices"


def texts(home):
    return {str(path.relative_to(home)): path.read_text() for path in home.rglob("*.yml")}


def test_a_service_is_one_file_and_its_name_in_every_environment(home):
    before = texts(home)
    written = scaffold.add("fargate_microservices", "returns", "public", "nodejs")
    after = texts(home)
    assert [path.name for path in written] == ["returns.yml", *(f"{name}.yml" for name in ENVIRONMENTS)]
    assert after.keys() - before.keys() == {"host_vars/returns.yml"}
    for name in ENVIRONMENTS:
        added = [line for line in after[f"{name}.yml"].splitlines() if line not in before[f"{name}.yml"].splitlines()]
        assert [line.strip() for line in added] == ["returns:"]
        hosts = list(yaml.safe_load(after[f"{name}.yml"])[name]["children"]["services"]["hosts"])
        assert hosts == sorted(hosts)
        assert "returns" in hosts
    assert all(after[name] == text for name, text in before.items() if name not in {f"{each}.yml" for each in ENVIRONMENTS})


def test_port_and_place_on_the_load_balancer_are_free(home):
    ports, places = [], []
    for path in (home / "host_vars").glob("*.yml"):
        said = yaml.safe_load(path.read_text())
        ports.append(said["service_port"])
        places.append(said.get("service_rule_priority"))
    for name, kind, runtime in (
        ("returns", "public", "nodejs"),
        ("refunds", "internal", "nodejs"),
        ("forecast", "internal", "python"),
    ):
        [path, *_inventories] = scaffold.add("fargate_microservices", name, kind, runtime)
        made = yaml.safe_load(path.read_text())
        assert made["service_port"] not in ports
        assert (made["service_port"] >= 8000) is (runtime == "python")
        assert ("service_rule_priority" in made) is (kind == "public")
        assert made.get("service_rule_priority", 0) not in places
        ports.append(made["service_port"])


@pytest.mark.parametrize(
    ("platform", "name", "words"),
    [
        ("fargate_microservice", "returns", "there are fargate_microservices, test_data_tool"),
        ("fargate_microservices", "orders", "orders is there already"),
        ("fargate_microservices", "Returns", "lower case"),
        ("fargate_microservices", "re", "3 to 32"),
        ("fargate_microservices", "re--turns", "single hyphens"),
        ("fargate_microservices", "services", "are security groups"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(home, platform, name, words):
    before = texts(home)
    with pytest.raises(SystemExit, match=words):
        scaffold.add(platform, name, "internal", "nodejs")
    assert texts(home) == before


def test_a_file_that_no_inventory_lists_is_not_written_over(home):
    (home / "host_vars/returns.yml").write_text("service_port: 3050\n")
    before = texts(home)
    with pytest.raises(SystemExit, match="returns is there already"):
        scaffold.add("fargate_microservices", "returns", "internal", "nodejs")
    assert texts(home) == before


def test_an_inventory_that_it_cannot_read_is_left_alone(home):
    (home / "qa.yml").write_text(
        (home / "qa.yml").read_text().replace("      hosts:\n        accounts:", "      hosts: {accounts: }\n      xx:")
    )
    before = texts(home)
    with pytest.raises(SystemExit, match=r"qa\.yml: nobody finds hosts"):
        scaffold.add("fargate_microservices", "returns", "internal", "nodejs")
    assert texts(home) == before
