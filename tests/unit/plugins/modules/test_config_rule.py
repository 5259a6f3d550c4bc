# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""config_rule: parameters that AWS adds, rules in Guard and in functions, rules that are on their way out."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN
from ansible_collections.slipway.aws.tests.support.delivery import done, rests
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.config_rule import GUARD, LAMBDA, TEXT, function, recorder

MODULE = "config_rule"
KEYS = {"name": "keys", "source": {"source_identifier": "ACCESS_KEYS_ROTATED"}}


@pytest.fixture(autouse=True)
def _recorder(aws):
    recorder(aws)


def put(sent):
    return sent.parameters("PutConfigRule")["ConfigRule"]


def test_parameters_that_aws_adds_are_no_difference(aws):
    made = done(aws, MODULE, **KEYS)
    assert made.warnings == []
    assert rests(aws, MODULE, **KEYS).rule["input_parameters"] == {"maxAccessKeyAge": "90"}
    rests(aws, MODULE, **KEYS, input_parameters={})


def test_parameters_are_texts_whatever_people_write(aws):
    source = {"source_identifier": "IAM_PASSWORD_POLICY"}
    options = {"RequireSymbols": True, "MinimumPasswordLength": 20, "MaxPasswordAge": "60"}
    with aws.recorded() as sent:
        done(aws, MODULE, name="password", source=source, input_parameters=options)
    told = json.loads(put(sent)["InputParameters"])
    assert told == {"RequireSymbols": "true", "MinimumPasswordLength": "20", "MaxPasswordAge": "60"}
    rests(aws, MODULE, name="password", source=source, input_parameters=options)
    changed = done(aws, MODULE, name="password", input_parameters={"MaxPasswordAge": 30})
    assert changed.rule["input_parameters"]["MinimumPasswordLength"] == "20"
    listed = {"source_identifier": "RESTRICTED_INCOMING_TRAFFIC"}
    with aws.recorded() as sent:
        done(aws, MODULE, name="ports", source=listed, input_parameters={"blockedPort1": 20, "blockedPort2": 21})
    assert json.loads(put(sent)["InputParameters"]) == {"blockedPort1": "20", "blockedPort2": "21"}


def test_a_change_repeats_what_a_rule_is_made_of_and_no_tags(aws):
    scope = {"compliance_resource_types": ["AWS::IAM::User"]}
    done(aws, MODULE, **KEYS, scope=scope, maximum_execution_frequency="Six_Hours", tags={"Project": "Shop"})
    with aws.recorded() as sent:
        changed = done(aws, MODULE, name="keys", description="Change them")
    assert sent.writes == ["PutConfigRule"]
    assert put(sent)["Scope"] == {"ComplianceResourceTypes": ["AWS::IAM::User"]}
    assert put(sent)["MaximumExecutionFrequency"] == "Six_Hours"
    assert "Tags" not in sent.parameters("PutConfigRule")
    assert changed.rule["tags"] == {"Project": "Shop"}


def test_another_managed_rule_does_not_get_the_parameters_of_the_first(aws):
    done(aws, MODULE, **KEYS, maximum_execution_frequency="Six_Hours")
    with aws.recorded() as sent:
        done(aws, MODULE, name="keys", source={"source_identifier": "S3_BUCKET_VERSIONING_ENABLED"})
    assert put(sent).keys() == {"ConfigRuleName", "Source", "EvaluationModes"}


def test_the_text_of_a_rule_in_guard_is_compared(aws):
    done(aws, MODULE, name="guard", source=GUARD)
    rests(aws, MODULE, name="guard", source=GUARD)
    other = {**GUARD, "custom_policy_details": {"policy_text": TEXT.replace("name", "arn")}}
    assert aws.run(MODULE, name="guard", source=other, check=True).changed
    done(aws, MODULE, name="guard", source=other)
    assert "configuration.arn" in aws.client("config").get_custom_rule_policy(ConfigRuleName="guard")["PolicyText"]


def test_a_schedule_that_says_nothing_is_daily(aws):
    function(aws)
    done(aws, MODULE, name="judge", source=LAMBDA)
    result = rests(aws, MODULE, name="judge", source=LAMBDA)
    assert result.rule["source"]["source_details"][0]["maximum_execution_frequency"] == "TwentyFour_Hours"


def test_a_function_that_aws_config_may_not_call_is_refused(aws):
    refused = aws.run(MODULE, name="judge", source=LAMBDA)
    assert refused.failed
    assert "cannot be invoked" in refused.msg


def test_a_function_that_is_planned_can_be_planned_with(aws):
    assert done(aws, MODULE, name="judge", source={**LAMBDA, "source_identifier": UNKNOWN}, check=True).changed


def test_a_permission_that_is_not_known_yet_is_waited_for(aws):
    function(aws)
    aws.fault("config", "PutConfigRule", times=3, code="InsufficientPermissionsException", message="cannot be invoked")
    assert done(aws, MODULE, name="judge", source=LAMBDA).changed


def test_a_rule_that_is_being_deleted_is_waited_for_and_made_anew(aws):
    first = done(aws, MODULE, **KEYS)
    done(aws, MODULE, name="keys", state="absent", wait=False)
    second = done(aws, MODULE, **KEYS)
    assert second.changed
    assert second.rule["arn"] != first.rule["arn"]


def test_evaluation_modes_may_be_missing(aws):
    """Upstream stumbles over a rule without them."""
    done(aws, MODULE, **KEYS)
    rests(aws, MODULE, **KEYS, evaluation_modes=["DETECTIVE"])


def test_without_a_recorder_the_sentence_says_what_to_make(aws):
    aws.client("config").delete_configuration_recorder(ConfigurationRecorderName="default")
    refused = aws.run(MODULE, **KEYS)
    assert refused.failed
    assert "AWS Config has no recorder in us-east-1. Make one with slipway.aws.config_recorder first" in refused.msg


def test_creation_needs_a_source(aws):
    refused = aws.run(MODULE, name="keys")
    assert refused.failed
    assert "to create it source has to be given" in refused.msg
