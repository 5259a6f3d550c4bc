# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rules of AWS Config in the emulated account: what is refused, what takes time, where the text of a policy stands."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.config_rule import recorder

MANAGED = {"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"}
CHANGES = [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}]
DAILY = [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}]
POLICY = {"PolicyRuntime": "guard-2.x.x", "PolicyText": "rule r { configuration exists }"}
GUARD = {"Owner": "CUSTOM_POLICY", "SourceDetails": CHANGES, "CustomPolicyDetails": POLICY}


@pytest.fixture
def config(aws):
    recorder(aws)
    return aws.client("config")


def put(config, name="r", source=None, **more):
    config.put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source or MANAGED, **more})


def rule(config, name="r"):
    return config.describe_config_rules(ConfigRuleNames=[name])["ConfigRules"][0]


def test_a_rule_evaluates_is_active_and_takes_time_to_go(config):
    put(config)
    assert (rule(config)["ConfigRuleState"], rule(config)["EvaluationModes"]) == ("EVALUATING", [{"Mode": "DETECTIVE"}])
    assert rule(config)["InputParameters"] == '{"maxAccessKeyAge": "90"}'
    CLOCK.advance(30)
    assert rule(config)["ConfigRuleState"] == "ACTIVE"
    config.delete_config_rule(ConfigRuleName="r")
    assert rule(config)["ConfigRuleState"] == "DELETING"
    with pytest.raises(ClientError, match="ResourceInUseException"):
        put(config)
    CLOCK.advance(30)
    with pytest.raises(ClientError, match="NoSuchConfigRuleException"):
        rule(config)


def test_a_rule_needs_a_recorder(config):
    config.delete_configuration_recorder(ConfigurationRecorderName="default")
    with pytest.raises(ClientError, match="NoAvailableConfigurationRecorderException"):
        put(config)


def test_the_text_of_a_policy_stands_apart(config):
    put(config, source=GUARD)
    assert rule(config)["Source"]["CustomPolicyDetails"]["PolicyText"] == ""
    assert config.get_custom_rule_policy(ConfigRuleName="r")["PolicyText"] == POLICY["PolicyText"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"source": {**MANAGED, "SourceIdentifier": "KEYS"}}, "sourceIdentifier KEYS is invalid"),
        ({"source": {**MANAGED, "SourceDetails": CHANGES}}, "null/empty if the owner is AWS"),
        ({"source": {**MANAGED, "SourceIdentifier": "REQUIRED_TAGS"}, "InputParameters": '{"x": "1"}'}, "Unknown parameters"),
        ({"InputParameters": "{maxAccessKeyAge}"}, "Invalid json"),
        ({"InputParameters": '{"maxAccessKeyAge": 10}'}, "Blank spaces are not acceptable"),
        ({"source": {**GUARD, "SourceDetails": DAILY}}, "Custom policy rules support"),
        ({"source": {**GUARD, "SourceDetails": []}}, "SourceDetails should be provided"),
        ({"source": {**GUARD, "CustomPolicyDetails": {**POLICY, "PolicyText": "let x = 1"}}}, "not written in Guard"),
        ({"source": {**GUARD, "Owner": "CUSTOM_LAMBDA", "SourceIdentifier": "judge"}}, "cannot be invoked"),
        ({"Scope": {"TagKey": "a", "ComplianceResourceTypes": ["AWS::EC2::VPC"]}}, "both resource and tag"),
        ({"Scope": {"ComplianceResourceId": "a"}}, "A single resourceType should be provided"),
        ({"ConfigRuleId": "config-rule-1"}, "can not be specified when creating"),
    ],
)
def test_refusals(config, more, words):
    with pytest.raises(ClientError, match=words):
        put(config, **more)
    assert config.describe_config_rules()["ConfigRules"] == []


def test_tags_are_those_of_the_creation_until_they_are_changed_as_tags(aws, config):
    for value in ("first", "second"):
        config.put_config_rule(ConfigRule={"ConfigRuleName": "r", "Source": MANAGED}, Tags=[{"Key": "Name", "Value": value}])
    arn = rule(config)["ConfigRuleArn"]
    assert config.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "Name", "Value": "first"}]
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Name"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in found] == [arn]


def test_rules_come_in_pages(config):
    for number in range(30):
        put(config, name=f"r{number}")
    first = config.describe_config_rules()
    second = config.describe_config_rules(NextToken=first["NextToken"])
    assert (len(first["ConfigRules"]), len(second["ConfigRules"])) == (25, 5)
