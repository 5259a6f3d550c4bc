# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""X-Ray's groups and sampling rules: what it refuses, and what every account has."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ParamValidationError

RULE = {
    **dict.fromkeys(("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*"),
    "RuleName": "shop",
    "Priority": 10,
    "FixedRate": 0.1,
    "ReservoirSize": 1,
    "Version": 1,
}


@pytest.fixture
def xray(aws):
    return aws.client("xray")


def refused(call, words, code="InvalidRequestException", **parameters):
    with pytest.raises(ClientError, match=words) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == code


def rules(xray):
    found = xray.get_paginator("get_sampling_rules").paginate().build_full_result()["SamplingRuleRecords"]
    return {one["SamplingRule"]["RuleName"]: one["SamplingRule"] for one in found}


def test_every_account_has_a_default_rule(xray):
    default = rules(xray)["Default"]
    assert (default["Priority"], default["FixedRate"], default["ReservoirSize"]) == (10000, 0.05, 1)
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "FixedRate": 0.01})
    assert rules(xray)["Default"]["FixedRate"] == 0.01
    refused(xray.update_sampling_rule, "default", SamplingRuleUpdate={"RuleName": "Default", "Priority": 5})
    refused(xray.delete_sampling_rule, "default", RuleName="Default")
    refused(xray.create_sampling_rule, "exists", SamplingRule={**RULE, "RuleName": "Default"})


@pytest.mark.parametrize(
    "spoilt",
    [{"Priority": 0}, {"FixedRate": 1.5}, {"ReservoirSize": -1}, {"Version": 2}, {"HTTPMethod": "x" * 11}, {"RuleName": "x" * 33}],
)
def test_limits_of_a_rule(xray, spoilt):
    with pytest.raises((ClientError, ParamValidationError)):  # botocore checks some lower ends itself
        xray.create_sampling_rule(SamplingRule={**RULE, **spoilt})
    assert list(rules(xray)) == ["Default"]


def test_an_update_changes_what_it_names(xray):
    xray.create_sampling_rule(SamplingRule={**RULE, "Attributes": {"a": "b"}})
    arn = rules(xray)["shop"]["RuleARN"]
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleARN": arn, "FixedRate": 0.5})
    assert rules(xray)["shop"] == {**RULE, "RuleARN": arn, "FixedRate": 0.5, "Attributes": {"a": "b"}}
    refused(xray.update_sampling_rule, "between 0 and 1", SamplingRuleUpdate={"RuleName": "shop", "FixedRate": 2})
    refused(xray.update_sampling_rule, "does not exist", SamplingRuleUpdate={"RuleName": "other", "FixedRate": 0})
    refused(xray.update_sampling_rule, "not both", SamplingRuleUpdate={"RuleName": "shop", "RuleARN": arn})


def test_there_are_25_rules_beside_the_default(xray):
    for number in range(25):
        xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": f"rule-{number}"})
    refused(xray.create_sampling_rule, "maximum number", "RuleLimitExceededException", SamplingRule=RULE)
    assert len(rules(xray)) == 26


def test_a_group_and_its_insights(xray):
    both = {"InsightsEnabled": True, "NotificationsEnabled": True}
    xray.create_group(GroupName="faults", FilterExpression="fault", InsightsConfiguration=both)
    refused(
        xray.update_group, "Notifications may only be enabled", GroupName="faults", InsightsConfiguration={"InsightsEnabled": False}
    )
    xray.update_group(GroupName="faults", FilterExpression="error")
    found = xray.get_group(GroupName="faults")["Group"]
    assert (found["FilterExpression"], found["InsightsConfiguration"]) == ("error", both)


def test_what_a_group_cannot_be(xray):
    xray.create_group(GroupName="faults", FilterExpression="fault")
    refused(xray.create_group, "already exists", GroupName="faults", FilterExpression="fault")
    refused(xray.create_group, "filter expression", GroupName="open", FilterExpression='service("shop"')
    refused(xray.get_group, "not found", GroupName="none")
    refused(xray.delete_group, "default", GroupName="Default")
    refused(xray.update_group, "default", GroupName="Default", FilterExpression="fault")
    assert [one["GroupName"] for one in xray.get_groups()["Groups"]] == ["Default", "faults"]


def test_tags_are_not_in_the_index(aws, xray):
    made = xray.create_group(GroupName="faults", FilterExpression="fault", Tags=[{"Key": "Project", "Value": "Shop"}])["Group"]
    xray.tag_resource(ResourceARN=made["GroupARN"], Tags=[{"Key": "Owner", "Value": "QA"}])
    xray.untag_resource(ResourceARN=made["GroupARN"], TagKeys=["Project"])
    assert xray.list_tags_for_resource(ResourceARN=made["GroupARN"])["Tags"] == [{"Key": "Owner", "Value": "QA"}]
    assert aws.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"] == []
    refused(xray.list_tags_for_resource, "not found", "ResourceNotFoundException", ResourceARN=f"{made['GroupARN']}x")
