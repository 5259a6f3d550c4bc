# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What scanners and our own rules say of a template, and which of it is accepted."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleError

from ansible_collections.slipway.aws.plugins.plugin_utils import findings

ALL = [{"Key": name, "Value": "x"} for name in findings.TAGS]


def template(kind, properties, **metadata):
    resource = {"Type": kind, "Properties": properties, "Metadata": {"Component": "shop", **metadata}}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Thing": resource}}


@pytest.fixture
def alone(monkeypatch):
    """Leave our own rules alone: the tools are not there."""
    monkeypatch.setattr(findings, "_program", lambda _name: None)


def rules(kind, properties, **metadata):
    return [each["rule"] for each in findings.of(template(kind, properties, **metadata), "us-east-1")["open"]]


GROUP = "AWS::Logs::LogGroup"


@pytest.mark.parametrize(
    ("kind", "properties", "metadata", "rule"),
    [
        (GROUP, {"RetentionInDays": 7, "Tags": ALL[1:]}, {}, "SLIPWAY_1"),
        (GROUP, {"RetentionInDays": 7}, {"Tags": {"Project": "x"}}, "SLIPWAY_1"),
        (GROUP, {"Tags": ALL}, {}, "SLIPWAY_2"),
        (
            "AWS::ECS::TaskDefinition",
            {"ContainerDefinitions": [{"Environment": [{"Name": "DB_PASSWORD", "Value": "x"}]}]},
            {},
            "SLIPWAY_3",
        ),
        ("AWS::EC2::SecurityGroupIngress", {"CidrIp": "0.0.0.0/0", "FromPort": 22, "ToPort": 22}, {}, "SLIPWAY_4"),
        ("AWS::EC2::SecurityGroupIngress", {"CidrIpv6": "::/0", "FromPort": 80, "ToPort": 443}, {}, "SLIPWAY_4"),
        ("AWS::EC2::SecurityGroupIngress", {"CidrIp": "0.0.0.0/0", "FromPort": 443, "ToPort": 443}, {}, None),
        ("AWS::EC2::SecurityGroupIngress", {"CidrIp": "10.0.0.0/8", "FromPort": 22, "ToPort": 22}, {}, None),
        ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Environment": [{"Name": "TOKENIZER", "Value": "x"}]}]}, {}, None),
        (GROUP, {"RetentionInDays": 7, "Tags": ALL}, {}, None),
    ],
)
def test_our_own_rules(alone, kind, properties, metadata, rule):
    assert rules(kind, properties, **metadata) == ([rule] if rule else [])


def test_a_port_range_that_begins_and_ends_at_the_web_is_not_the_web(alone):
    assert rules("AWS::EC2::SecurityGroupIngress", {"CidrIp": "0.0.0.0/0", "FromPort": 0, "ToPort": 443}) == ["SLIPWAY_4"]


def test_tools_that_are_missing_are_named(alone):
    assert findings.of(template(GROUP, {}), "us-east-1")["missing"] == ["cfn-lint", "checkov"]


def test_cfn_lint_speaks_of_the_property():
    found = findings.of(template(GROUP, {"RetentionInDays": 8}), "us-east-1")["open"]
    fault = next(each for each in found if each["tool"] == "cfn-lint")
    assert (fault["rule"], fault["level"], fault["logical"], fault["type"]) == ("E3030", "error", "Thing", GROUP)
    assert "RetentionInDays" in fault["text"]


def test_what_is_accepted_needs_a_reason_and_is_told_apart(alone, tmp_path):
    path = tmp_path / "accepted.yml"
    path.write_text('[{rule: SLIPWAY_2, logical: "Th*", reason: An audit}, {rule: SLIPWAY_4, reason: Nobody}]')
    found = findings.of(template(GROUP, {}), "us-east-1", str(path))
    assert found["open"] == []
    assert [each["reason"] for each in found["accepted"]] == ["An audit"]
    assert [each["rule"] for each in found["unused"]] == ["SLIPWAY_4"]
    path.write_text('[{rule: SLIPWAY_2, logical: "Other*", reason: Another}]')
    assert [each["rule"] for each in findings.of(template(GROUP, {}), "us-east-1", str(path))["open"]] == ["SLIPWAY_2"]
    path.write_text("[{rule: SLIPWAY_2}]")
    with pytest.raises(AnsibleError, match="rule and reason are needed"):
        findings.of(template(GROUP, {}), "us-east-1", str(path))


def test_code_hosts_get_them_in_their_form(alone):
    found = findings.of(template(GROUP, {}), "us-east-1")
    told = findings.sarif({"findings": found})
    assert json.loads(json.dumps(told))["version"] == "2.1.0"
    run = told["runs"][0]
    assert run["tool"]["driver"] == {"name": "slipway.aws", "rules": [{"id": "SLIPWAY_2"}]}
    assert run["results"][0]["message"]["text"].startswith("Thing: ")


@pytest.mark.parametrize(("elsewhere", "found"), [({}, {"E3019"}), ({"Region": "eu-central-1"}, set())])
def test_one_name_in_two_regions_is_no_mistake(elsewhere, found):
    made = template("AWS::ECR::Repository", {"RepositoryName": "shop/orders"})
    made["Resources"]["ThingThere"] = {**made["Resources"]["Thing"], "Metadata": {"Component": "shop", **elsewhere}}
    assert {each["rule"] for each in findings.of(made, "us-east-1")["open"] if each["tool"] == "cfn-lint"} == found
