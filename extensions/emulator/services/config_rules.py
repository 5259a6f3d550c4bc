# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rules of AWS Config: managed ones, ours in Guard, and those that call a function.

moto has no Guard, loses evaluation modes and tags, needs no recorder, and forgets a rule the moment it is deleted. Its list of
AWS's managed rules with their parameters is of use.
"""

from __future__ import annotations

import json

from moto.awslambda.models import lambda_backends
from moto.config.models import MANAGED_RULES_CONSTRAINTS
from moto.moto_api._internal import mock_random

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of, taggable
from .config import recorders

EVALUATES_FOR = 30  # seconds
DELETES_FOR = 30
_MAXIMUM = 1000
_PERIODIC = ("ScheduledNotification", "ConfigurationSnapshotDeliveryCompleted")

taggable("config", "rule", arn="ConfigRuleArn", tags="Tags", gone=lambda rule: "goneAt" in rule)


def _invalid(text):
    return AwsError("InvalidParameterValueException", text)


def _rules(call):
    """Return the rules by name, without those whose deletion is over."""
    kept = state_of(call, "rule")
    for name, rule in list(kept.items()):
        if CLOCK.seconds() >= rule.get("goneAt", float("inf")):
            del kept[name]
    return kept


def _rule(call, name):
    found = _rules(call).get(name)
    if found is None:
        text = f"The ConfigRule '{name}' provided in the request is invalid. Please check the configRule name"
        raise AwsError("NoSuchConfigRuleException", text)
    return found


@operation("config", "PutConfigRule")
def put_rule(call):
    given = call.params["ConfigRule"]
    tags = {tag["Key"]: tag["Value"] for tag in call.params.get("Tags", [])}
    if not recorders(call):
        text = "Configuration recorder is not available. Please put a configuration recorder first."
        raise AwsError("NoAvailableConfigurationRecorderException", text)
    present = _present(call, given)
    for member in ("CreatedBy", "RuleEvaluationVisibility"):
        if member in given:
            raise _invalid(f"AWS Config populates the {member} field. Try again without populating it.")
    if present is None and len(_rules(call)) >= _MAXIMUM:
        raise AwsError("MaxNumberOfConfigRulesExceededException", f"The maximum number of config rules, {_MAXIMUM}, is reached.")
    _check_scope(given.get("Scope", {}))
    parameters = _check_source(call, given)
    name = given.get("ConfigRuleName") or present["ConfigRuleName"]
    identity = present["ConfigRuleId"] if present else f"config-rule-{mock_random.get_random_hex(6)}"
    _rules(call)[name] = {
        "EvaluationModes": [{"Mode": "DETECTIVE"}],
        **given,
        "ConfigRuleName": name,
        "ConfigRuleId": identity,
        "ConfigRuleArn": call.arn(f"config-rule/{identity}"),
        **({"InputParameters": json.dumps(parameters)} if parameters else {}),
        "evaluatedAt": CLOCK.seconds() + EVALUATES_FOR,
        "Tags": present["Tags"] if present else tags,  # those of a rule that is there already change by TagResource only
    }


def _present(call, given):
    """Return the rule that a request changes, or None when it makes a new one."""
    known = [rule for rule in _rules(call).values() if given.get("ConfigRuleName") in (None, rule["ConfigRuleName"])]
    named = [rule for rule in known if given.get("ConfigRuleArn", rule["ConfigRuleArn"]) == rule["ConfigRuleArn"]]
    if not named and ("ConfigRuleArn" in given or "ConfigRuleId" in given):
        raise _invalid("ConfigRule Arn and Id can not be specified when creating a new ConfigRule.")
    present = named[0] if named and ("ConfigRuleName" in given or "ConfigRuleArn" in given) else None
    if present is None and not given.get("ConfigRuleName"):
        raise _invalid("One or more of the required fields is missing: configRuleName")
    if present and "goneAt" in present:
        text = f"The rule {present['ConfigRuleName']} is currently being deleted. Retry after some time."
        raise AwsError("ResourceInUseException", text)
    return present


def _check_scope(scope):
    tags, types = "TagKey" in scope or "TagValue" in scope, scope.get("ComplianceResourceTypes", [])
    if "TagValue" in scope and "TagKey" not in scope:
        raise _invalid("Tag key should not be empty when tag value is provided in scope")
    if tags and (types or "ComplianceResourceId" in scope):
        raise _invalid("Scope cannot be applied to both resource and tag")
    if "ComplianceResourceId" in scope and len(types) != 1:
        raise _invalid("A single resourceType should be provided when resourceId is provided in scope")


def _check_source(call, given):
    """Return the parameters that the rule works with, or raise what AWS raises about its source."""
    source, text = given["Source"], given.get("InputParameters", "{}")
    try:
        parameters = json.loads(text)
    except ValueError:
        raise _invalid(f"Invalid json {text} passed in the InputParameters field") from None
    for name, value in parameters.items():
        if not isinstance(value, str):
            raise _invalid(f"Blank spaces are not acceptable for input parameter: {name}.")
    if source["Owner"] == "AWS":
        return _check_managed(source, parameters)
    _check_details(source)
    if source["Owner"] == "CUSTOM_LAMBDA":
        _check_function(call, source)
    else:
        _check_policy(source)
    return parameters


def _check_managed(source, parameters):
    """Check the name and the parameters of a managed rule, and add the parameters that AWS has a value for."""
    rule = MANAGED_RULES_CONSTRAINTS.get(source.get("SourceIdentifier"))
    if rule is None:
        raise _invalid(
            f"The sourceIdentifier {source.get('SourceIdentifier')} is invalid. Please refer to the documentation for a list of"
            " valid sourceIdentifiers that can be used when AWS is the Owner"
        )
    if source.get("SourceDetails"):
        raise _invalid("SourceDetails should be null/empty if the owner is AWS.")
    known = {parameter["Name"]: parameter for parameter in rule["Parameters"]}
    if parameters.keys() - known.keys():
        raise _invalid(f"Unknown parameters provided in the inputParameters: {json.dumps(parameters)}")
    filled = {name: str(known[name]["Default"]) for name in known if "Default" in known[name]}
    lacking = [name for name, one in known.items() if not one["Optional"] and name not in {**filled, **parameters}]
    if lacking:
        raise _invalid(f"The required parameter [{', '.join(sorted(lacking))}] is not present in the inputParameters")
    return {**filled, **parameters}


def _check_details(source):
    details = source.get("SourceDetails", [])
    if not details:
        raise _invalid("SourceDetails should be provided if the owner is CUSTOM_LAMBDA or CUSTOM_POLICY.")
    for detail in details:
        if "MaximumExecutionFrequency" in detail and detail["MessageType"] not in _PERIODIC:
            raise _invalid("A maximum execution frequency is not allowed if MessageType is not a periodic one.")
        if source["Owner"] == "CUSTOM_POLICY" and detail["MessageType"] in _PERIODIC:
            raise _invalid("Custom policy rules support ConfigurationItemChangeNotification and its oversized form only.")


def _check_function(call, source):
    """Check that the function exists and lets AWS Config call it."""
    arn = source.get("SourceIdentifier", "")
    backend = lambda_backends[call.account][call.region]
    known = {function.function_arn.removesuffix(":$LATEST"): function for function in backend.list_functions()}
    policy = known[arn].policy.wire_format() if arn in known else "{}"
    if "config.amazonaws.com" not in policy:
        text = f"The AWS Lambda function {arn} cannot be invoked. Check the specified function ARN, and the function's permissions."
        raise AwsError("InsufficientPermissionsException", text)


def _check_policy(source):
    policy = source.get("CustomPolicyDetails", {})
    if not policy.get("PolicyText", "").strip():
        raise _invalid("CustomPolicyDetails should be provided if the owner is CUSTOM_POLICY.")
    if "rule " not in policy["PolicyText"]:
        raise _invalid("The policy text has no rule: it is not written in Guard.")
    if "SourceIdentifier" in source:
        raise _invalid("SourceIdentifier should be null/empty if the owner is CUSTOM_POLICY.")


def _detail(given):
    """Return when a rule judges, completed by AWS's frequency."""
    return {**({"MaximumExecutionFrequency": "TwentyFour_Hours"} if given["MessageType"] in _PERIODIC else {}), **given}


def _shown(rule):
    told = {key: value for key, value in rule.items() if key not in ("Tags", "evaluatedAt", "goneAt")}
    state = "DELETING" if "goneAt" in rule else "EVALUATING" if CLOCK.seconds() < rule["evaluatedAt"] else "ACTIVE"
    if "SourceDetails" in rule["Source"]:
        told["Source"] = {**rule["Source"], "SourceDetails": [_detail(detail) for detail in rule["Source"]["SourceDetails"]]}
    if "CustomPolicyDetails" in rule["Source"]:  # its text is told by GetCustomRulePolicy only
        policy = {key: value for key, value in rule["Source"]["CustomPolicyDetails"].items() if key != "PolicyText"}
        told["Source"] = {**told["Source"], "CustomPolicyDetails": {**policy, "PolicyText": ""}}
    return {**told, "ConfigRuleState": state}


@operation("config", "DescribeConfigRules")
def describe_rules(call):
    names = call.params.get("ConfigRuleNames") or list(_rules(call))
    found = [_shown(_rule(call, name)) for name in names]
    start = int(call.params.get("NextToken") or 0)
    more = {"NextToken": str(start + 25)} if start + 25 < len(found) else {}
    return {"ConfigRules": found[start : start + 25], **more}


@operation("config", "GetCustomRulePolicy")
def get_policy(call):
    rule = _rule(call, call.params["ConfigRuleName"])
    return {"PolicyText": rule["Source"].get("CustomPolicyDetails", {}).get("PolicyText", "")}


@operation("config", "DeleteConfigRule")
def delete_rule(call):
    rule = _rule(call, call.params["ConfigRuleName"])
    if "goneAt" in rule:
        raise AwsError("ResourceInUseException", f"The rule {rule['ConfigRuleName']} is currently being deleted.")
    rule["goneAt"] = CLOCK.seconds() + DELETES_FOR
