# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The life of each environment: built, again without a change, verified, a service more, and removed."""

from __future__ import annotations

import json
import shutil

import boto3
import pytest

from ansible_collections.slipway.aws.extensions.scaffold import __main__ as scaffold
from ansible_collections.slipway.aws.tests.support.census import census
from ansible_collections.slipway.aws.tests.support.places import PLATFORM

# What services have in common and what a thirteenth one may change: the listener's rules are its own, dashboards are everybody's.
_SHARED = ("cloudwatch:PutDashboard",)
_TEMPLATES = {}


@pytest.fixture
def mine(place, monkeypatch):
    """Let boto3 look into the account of the environment."""
    for name, value in place.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def thirteen(place, mine, tmp_path, monkeypatch):
    """Give the environment a service more, as make service writes it."""
    shutil.copytree(PLATFORM, tmp_path / "inventories/fargate_microservices")
    monkeypatch.setattr(scaffold, "ROOT", tmp_path)
    scaffold.add("fargate_microservices", "returns", "public", "nodejs")
    place.inventory = tmp_path / place.inventory


def test_it_is_built(place):
    result = place.run(place.name)
    assert result.code == 0, result.said[-6000:]


def test_a_second_run_changes_nothing(place):
    result = place.run(place.name)
    assert result.code == 0, result.said[-6000:]
    assert set(result.changed.values()) == {0}, result.changed
    assert result.writes == []


def test_all_properties_hold(place, tmp_path):
    report = tmp_path / "report.json"
    result = place.run("verify_environment", "-e", f"verify_file={report}")
    assert result.code == 0, result.said[-6000:]
    assert result.writes == []
    verdicts = json.loads(report.read_text())["properties"]
    assert [each["number"] for each in verdicts] == list(range(1, 57))
    assert all(each["holds"] for each in verdicts)


def test_another_service_touches_nothing_of_the_others(place, thirteen):
    if place.name != "develop":
        pytest.skip("what a service touches is the same everywhere")
    result = place.run(place.name)
    assert result.code == 0, result.said[-6000:]
    assert result.changed["returns"] > 0
    named = [{"Name": "group-name", "Values": ["retail-develop-returns"]}]
    [group] = boto3.client("ec2").describe_security_groups(Filters=named)["SecurityGroups"]
    own = ("returns", group["GroupId"])
    said = [(each, json.dumps(each["parameters"])) for each in result.requests if each["write"]]
    foreign = [each for each, text in said if not any(word in text for word in own)]
    assert {f"{each['service']}:{each['operation']}" for each in foreign} <= {*_SHARED}, foreign
    assert {host for host, changed in result.changed.items() if changed} <= {"returns", "storage", "monitoring"}


def test_what_it_is_is_kept_for_the_comparison(place, tmp_path):
    path = tmp_path / "template.json"
    assert place.run("export_template", "-e", f"export_file={path}").code == 0
    _TEMPLATES[place.name] = json.loads(path.read_text())["template"]["Resources"]


def test_without_confirmation_nothing_is_removed(place):
    result = place.run("teardown")
    assert result.code != 0
    assert result.writes == []


def test_what_is_protected_is_not_half_removed(place):
    if place.name != "prod":
        pytest.skip("nothing is protected elsewhere")
    result = place.run("teardown", "-e", "platform_confirm_destroy=prod")
    assert result.code != 0
    assert result.writes == []
    assert "compute_protected is True" in result.words
    result = place.run("prod", "-e", "compute_protected=false", "--limit", "compute")
    assert result.code == 0, result.said[-6000:]
    assert result.changed["compute"] == 1


def test_nothing_is_left(place, mine):
    result = place.run("teardown", "-e", f"platform_confirm_destroy={place.name}", "-e", "compute_protected=false")
    assert result.code == 0, result.said[-6000:]
    assert census() == {}


def test_production_is_another_thing_than_develop():
    if not {"develop", "prod"} <= _TEMPLATES.keys():
        pytest.fail("develop and prod were not both built")
    develop, prod = (_TEMPLATES[name] for name in ("develop", "prod"))

    def values(template, kind, key):
        return {json.dumps(each["Properties"].get(key), sort_keys=True) for each in template.values() if each["Type"] == kind}

    for kind, key in (
        ("AWS::EC2::VPC", "CidrBlock"),
        ("AWS::ECS::TaskDefinition", "Cpu"),
        ("AWS::ECS::TaskDefinition", "Memory"),
        ("AWS::ECS::Cluster", "DefaultCapacityProviderStrategy"),
        ("AWS::ApplicationAutoScaling::ScalableTarget", "MaxCapacity"),
        ("AWS::CodePipeline::Pipeline", "Stages"),
    ):
        assert values(develop, kind, key).isdisjoint(values(prod, kind, key)), (kind, key)
    assert values(prod, "AWS::Logs::LogGroup", "RetentionInDays") == {"90"}
    assert values(develop, "AWS::Logs::LogGroup", "RetentionInDays") == {"30"}
    assert "FARGATE_SPOT" not in str(values(prod, "AWS::ECS::Cluster", "DefaultCapacityProviderStrategy"))
