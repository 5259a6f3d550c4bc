# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The life of each environment: built, again without a change, verified, a service more, and removed."""

from __future__ import annotations

import json
import shutil

import boto3
import pytest

from ansible_collections.slipway.aws.extensions.scaffold import __main__ as scaffold
from ansible_collections.slipway.aws.tests.support.census import census, of
from ansible_collections.slipway.aws.tests.support.places import PLATFORM, Place

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
def recovery(place, mine):
    """Return the environment that replaces prod."""
    if place.name != "prod":
        pytest.skip("nothing else is copied to the second region")
    return Place("recovery")


@pytest.fixture
def drill(recovery):
    """Return a function that runs the drill."""
    return lambda *more: recovery.run("drill_recovery", "-e", "platform_confirm_destroy=recovery", *more)


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


def test_only_what_replaces_another_is_drilled(place):
    result = place.run("drill_recovery", "-e", f"platform_confirm_destroy={place.name}", "-e", "compute_protected=false")
    assert result.code != 0
    assert result.writes == []
    assert f"{place.name} replaces no other environment" in result.words


@pytest.mark.parametrize("playbook", ["verify_environment", "plan_environment", "scan_environment"])
def test_what_has_no_images_of_its_own_is_not_looked_at_alone(recovery, playbook):
    result = recovery.run(playbook)
    assert result.code != 0
    assert result.writes == []
    assert "playbooks/drill_recovery.yml says" in result.words


def test_a_drill_that_takes_too_long_says_so_and_can_be_looked_at(drill):
    result = drill("-e", "platform_rto_minutes=0")
    assert result.code == 2, result.said[-6000:]
    assert "retail-prod could not be replaced in us-west-2 as promised: 32 of 33 promises are kept" in result.words
    assert not [each for each in result.writes if ":Delete" in each]
    assert not [each for each in result.requests if each["write"] and each["service"] in ("ecr", "secretsmanager")]


@pytest.mark.parametrize(("more", "words"), [((), "stands already in us-west-2"), (("--limit", "dns"), "without --limit")])
def test_what_stands_already_and_a_part_are_neither_judged_nor_removed(drill, more, words):
    result = drill(*more)
    assert result.code != 0
    assert result.writes == []
    assert words in result.words


def test_a_drill_proves_that_an_image_of_now_is_there_and_leaves_the_zone(drill, recovery, monkeypatch, tmp_path):
    removed = recovery.run("teardown", "-e", "platform_confirm_destroy=recovery")
    assert removed.code == 0, removed.said[-6000:]
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"})
    boto3.client("ecr").put_image(repositoryName="retail-prod/orders", imageManifest=manifest, imageTag="newest")
    result = drill("-e", "platform_rpo_minutes=0", "-e", f"drill_file={tmp_path / 'drill.json'}")
    assert result.code == 0, result.said[-6000:]
    told = json.loads((tmp_path / "drill.json").read_text())
    assert told["holds"]
    [orders] = [each for each in told["verdicts"] if each["name"] == "retail-prod/orders"]
    assert orders["evidence"].startswith("newest (sha256:")
    assert (tmp_path / "drill.md").read_text().count("| yes |") == len(told["verdicts"]) == 33
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    left = [arn for arn, tags in census().items() if tags and tags["Environment"] != "prod"]
    assert {arn.split(":")[2] for arn in left} <= {"acm", "route53"}, left
    assert len(of(":secret:")) == 8
    removed = recovery.run("teardown", "-e", "platform_confirm_destroy=recovery")
    assert removed.code == 0, removed.said[-6000:]


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


def test_nothing_is_left(place, mine, monkeypatch):
    result = place.run("teardown", "-e", f"platform_confirm_destroy={place.name}", "-e", "compute_protected=false")
    assert result.code == 0, result.said[-6000:]
    for region in ("us-east-1", "us-west-2"):
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        assert census() == {}, region


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
