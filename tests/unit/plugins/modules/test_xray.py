# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""xray_group and xray_sampling_rule: what belongs to the account itself is changed with care, and only changes are sent."""

from __future__ import annotations

import pytest

RULE = {"name": "shop", "priority": 100, "fixed_rate": 0.1, "reservoir_size": 1}
GROUP = {"name": "faults", "filter_expression": "fault"}


def test_a_new_rule_matches_everything_it_says_nothing_about(aws):
    with aws.recorded() as sent:
        aws.run("xray_sampling_rule", **RULE, url_path="/orders*")
    assert sent.parameters("CreateSamplingRule")["SamplingRule"] == {
        "RuleName": "shop",
        "Version": 1,
        "Priority": 100,
        "FixedRate": 0.1,
        "ReservoirSize": 1,
        "ResourceARN": "*",
        "ServiceName": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "/orders*",
    }


def test_an_update_sends_what_differs_and_resets_nothing(aws):
    aws.run("xray_sampling_rule", **RULE, url_path="/orders*", attributes={"country": "CH"})
    with aws.recorded() as sent:
        result = aws.run("xray_sampling_rule", name="shop", fixed_rate=0.2)
    assert sent.parameters("UpdateSamplingRule") == {"SamplingRuleUpdate": {"RuleName": "shop", "FixedRate": 0.2}}
    assert result.sampling_rule["url_path"] == "/orders*"
    assert result.sampling_rule["attributes"] == {"country": "CH"}


def test_the_default_rule_is_updated_and_never_created(aws):
    with aws.recorded() as sent:
        result = aws.run("xray_sampling_rule", name="Default", fixed_rate=0.01, reservoir_size=2)
    assert result.changed
    assert sent.writes == ["UpdateSamplingRule"]
    assert not aws.run("xray_sampling_rule", name="Default", fixed_rate=0.01, reservoir_size=2).changed


@pytest.mark.parametrize(("module", "words"), [("xray_sampling_rule", "rule Default"), ("xray_group", "group Default")])
def test_what_is_called_default_stays(aws, module, words):
    with aws.recorded() as sent:
        result = aws.run(module, name="Default", state="absent")
    assert result.failed
    assert f"the {words} cannot be removed" in result.msg
    assert sent.operations == []


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("xray_sampling_rule", "priority, fixed_rate, reservoir_size has to be given"),
        ("xray_group", "filter_expression has to be given"),
    ],
)
def test_creation_says_what_it_needs(aws, module, words):
    result = aws.run(module, name="shop", check=True)
    assert result.failed
    assert words in result.msg


def test_a_change_of_the_filter_keeps_insights(aws):
    aws.run("xray_group", **GROUP, insights_configuration={"insights_enabled": True})
    with aws.recorded() as sent:
        result = aws.run("xray_group", name="faults", filter_expression="error")
    assert sent.parameters("UpdateGroup") == {"GroupName": "faults", "FilterExpression": "error"}
    assert result.group["insights_configuration"] == {"insights_enabled": True, "notifications_enabled": False}


def test_one_switch_of_insights_leaves_the_other(aws):
    both = {"insights_enabled": True, "notifications_enabled": True}
    aws.run("xray_group", **GROUP, insights_configuration=both)
    assert not aws.run("xray_group", name="faults", insights_configuration={"insights_enabled": True}).changed


def test_a_group_is_found_behind_the_first_page(aws):
    client = aws.client("xray")
    for number in range(20):
        client.create_group(GroupName=f"other-{number}", FilterExpression="fault")
    assert aws.run("xray_group", **GROUP).changed
    assert not aws.run("xray_group", **GROUP).changed


def test_what_x_ray_refuses_is_told(aws):
    result = aws.run("xray_group", name="faults", filter_expression='service("shop')
    assert result.failed
    assert "AWS refused create_group: Invalid filter expression" in result.msg
