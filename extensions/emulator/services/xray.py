# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""X-Ray's groups and sampling rules, of which moto knows nothing.

Every account has a group and a sampling rule called Default, which can be changed in part and never removed. Neither kind is in the
index of tagged resources (X-Ray developer guide, "Tagging X-Ray sampling rules and groups").
"""

from __future__ import annotations

import re
import string
from secrets import choice

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of

DEFAULT = "Default"
GROUPS, RULES, ATTRIBUTES = 25, 25, 5  # quotas per account and region; attributes per rule
_PAGE = 10
_EVERYTHING = dict.fromkeys(("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*")
_LENGTHS = {"ResourceARN": 500, "ServiceName": 64, "ServiceType": 64, "Host": 64, "HTTPMethod": 10, "URLPath": 128}
_CHANGEABLE = (*_LENGTHS, "Priority", "FixedRate", "ReservoirSize", "Attributes", "SamplingRateBoost")


def _invalid(text):
    return AwsError("InvalidRequestException", text)


def _page(call, key, rows):
    start = int(call.params.get("NextToken") or 0)
    more = {"NextToken": str(start + _PAGE)} if start + _PAGE < len(rows) else {}
    return {key: rows[start : start + _PAGE], **more}


def _check_name(name, what):
    if not 1 <= len(name or "") <= 32:
        raise _invalid(f"The {what} name must have from 1 to 32 characters.")


def _named(call, things, name_key, arn_key, what):
    """Return the thing that a call names, by name or by ARN."""
    name, arn = call.params.get(name_key), call.params.get(arn_key)
    if (name is None) == (arn is None):
        raise _invalid(f"Specify the {what} by either name or ARN.")
    found = next((thing for thing in things.values() if name == thing[name_key] or arn == thing[arn_key]), None)
    if found is None:
        raise _invalid(f"{what.capitalize()} not found")
    return found


# Groups


def _groups(call):
    groups = state_of(call, "group")
    if DEFAULT not in groups:
        groups[DEFAULT] = {"GroupName": DEFAULT, "GroupARN": call.arn(f"group/{DEFAULT}"), **_insights({}), "Tags": []}
    return groups


def _insights(wanted, present=None):
    merged = {"InsightsEnabled": False, "NotificationsEnabled": False, **(present or {}), **wanted}
    if merged["NotificationsEnabled"] and not merged["InsightsEnabled"]:
        raise _invalid("Notifications may only be enabled on a group with InsightsEnabled set to true.")
    return {"InsightsConfiguration": merged}


def _check_filter(text):
    """Refuse what is no filter expression at all: parentheses and quotes that do not match, or a keyword compared with nothing."""
    bare = re.sub(r'"[^"]*"', "text", text)
    if '"' in bare or bare.count("(") != bare.count(")") or re.search(r"(=|<|>|CONTAINS|BEGINSWITH|AND|OR)\s*$", bare):
        raise _invalid(f"Invalid filter expression: {text}")


def _shown_group(group):
    return {key: value for key, value in group.items() if key != "Tags"}


@operation("xray", "CreateGroup")
def create_group(call):
    name, expression, groups = call.params["GroupName"], call.params.get("FilterExpression", ""), _groups(call)
    _check_name(name, "group")
    _check_filter(expression)
    if name in groups:
        raise _invalid("Group with this name already exists")
    if len(groups) > GROUPS:  # Default does not count
        raise _invalid(f"The limit of {GROUPS} groups has been reached.")
    suffix = "".join(choice(string.ascii_uppercase + "234567") for _number in range(52))
    groups[name] = {
        "GroupName": name,
        "GroupARN": call.arn(f"group/{name}/{suffix}"),
        "FilterExpression": expression,
        **_insights(call.params.get("InsightsConfiguration", {})),
        "Tags": call.params.get("Tags", []),
    }
    return {"Group": _shown_group(groups[name])}


@operation("xray", "UpdateGroup")
def update_group(call):
    group, expression = _named(call, _groups(call), "GroupName", "GroupARN", "group"), call.params.get("FilterExpression")
    if expression is not None:
        if group["GroupName"] == DEFAULT:
            raise _invalid("The filter expression of the default group cannot be changed.")
        _check_filter(expression)
        group["FilterExpression"] = expression
    group.update(_insights(call.params.get("InsightsConfiguration", {}), group["InsightsConfiguration"]))
    return {"Group": _shown_group(group)}


@operation("xray", "GetGroup")
def get_group(call):
    return {"Group": _shown_group(_named(call, _groups(call), "GroupName", "GroupARN", "group"))}


@operation("xray", "GetGroups")
def get_groups(call):
    return _page(call, "Groups", [_shown_group(group) for group in _groups(call).values()])


@operation("xray", "DeleteGroup")
def delete_group(call):
    group = _named(call, _groups(call), "GroupName", "GroupARN", "group")
    if group["GroupName"] == DEFAULT:
        raise _invalid("The default group cannot be deleted.")
    del _groups(call)[group["GroupName"]]


# Sampling rules


def _rules(call):
    rules = state_of(call, "sampling rule")
    if DEFAULT not in rules:
        known = {**_EVERYTHING, "Priority": 10000, "FixedRate": 0.05, "ReservoirSize": 1, "Version": 1, "Attributes": {}}
        rules[DEFAULT] = _record(call, {"RuleName": DEFAULT, **known}, [])
    return rules


def _record(call, rule, tags):
    now = CLOCK.now()
    arn = call.arn(f"sampling-rule/{rule['RuleName']}")
    return {"RuleName": rule["RuleName"], "RuleARN": arn, "rule": {**rule, "RuleARN": arn}, "at": [now, now], "Tags": tags}


def _shown_rule(record):
    created, modified = record["at"]
    return {"SamplingRule": record["rule"], "CreatedAt": created, "ModifiedAt": modified}


def _check_rule(rule):
    if not 1 <= rule["Priority"] <= 9999:
        raise _invalid("Priority must be between 1 and 9999.")
    if not 0 <= rule["FixedRate"] <= 1:
        raise _invalid("FixedRate must be between 0 and 1.")
    if rule["ReservoirSize"] < 0:
        raise _invalid("ReservoirSize must not be negative.")
    for key, longest in _LENGTHS.items():
        if not 1 <= len(rule[key]) <= longest:
            raise _invalid(f"{key} must have from 1 to {longest} characters.")
    if len(rule.get("Attributes", {})) > ATTRIBUTES:
        raise _invalid(f"A sampling rule has {ATTRIBUTES} attributes at most.")
    boost = rule.get("SamplingRateBoost")
    if boost and not (0 <= boost["MaxRate"] <= 1 and boost["CooldownWindowMinutes"] >= 1):
        raise _invalid("MaxRate must be between 0 and 1, and CooldownWindowMinutes 1 at least.")


@operation("xray", "CreateSamplingRule")
def create_rule(call):
    rule, rules = call.params["SamplingRule"], _rules(call)
    _check_name(rule.get("RuleName"), "rule")
    if rule["RuleName"] in rules:
        raise _invalid("Sampling rule already exists")
    if rule["Version"] != 1:
        raise _invalid("Version must be 1.")
    _check_rule(rule)
    if len(rules) > RULES:
        raise AwsError("RuleLimitExceededException", f"You have reached the maximum number of sampling rules, {RULES}.")
    rules[rule["RuleName"]] = record = _record(call, {"Attributes": {}, **rule}, call.params.get("Tags", []))
    return {"SamplingRuleRecord": _shown_rule(record)}


def _rule(call, told):
    """Return the rule that is named in a call, by name or by ARN."""
    name, arn = told.get("RuleName"), told.get("RuleARN")
    if (name is None) == (arn is None):
        raise _invalid("Specify a rule by either name or ARN, but not both.")
    found = next((one for one in _rules(call).values() if name == one["RuleName"] or arn == one["RuleARN"]), None)
    if found is None:
        raise _invalid("Sampling rule does not exist.")
    return found


@operation("xray", "UpdateSamplingRule")
def update_rule(call):
    wanted = call.params["SamplingRuleUpdate"]
    record = _rule(call, wanted)
    changes = {key: value for key, value in wanted.items() if key in _CHANGEABLE}
    if record["RuleName"] == DEFAULT:
        if changes.keys() - {"FixedRate", "ReservoirSize"}:
            raise _invalid("Only FixedRate and ReservoirSize of the default sampling rule can be changed.")
        _check_rule({**record["rule"], **changes, "Priority": 9999})
    else:
        _check_rule({**record["rule"], **changes})
    record["rule"].update(changes)
    record["at"][1] = CLOCK.now()
    return {"SamplingRuleRecord": _shown_rule(record)}


@operation("xray", "GetSamplingRules")
def get_rules(call):
    return _page(call, "SamplingRuleRecords", [_shown_rule(record) for record in _rules(call).values()])


@operation("xray", "DeleteSamplingRule")
def delete_rule(call):
    record = _rule(call, call.params.take("RuleName", "RuleARN"))
    if record["RuleName"] == DEFAULT:
        raise _invalid("The default sampling rule cannot be deleted.")
    return {"SamplingRuleRecord": _shown_rule(_rules(call).pop(record["RuleName"]))}


# Tags


def _tagged(call):
    arn = call.params["ResourceARN"]
    for thing in _groups(call).values():
        if thing["GroupARN"] == arn:
            return thing
    for thing in _rules(call).values():
        if thing["RuleARN"] == arn:
            return thing
    raise AwsError("ResourceNotFoundException", f"Resource {arn} was not found.")


@operation("xray", "TagResource")
def tag(call):
    thing, new = _tagged(call), call.params["Tags"]
    if any(one["Key"].lower().startswith("aws:") for one in new):
        raise _invalid("Tag keys must not begin with aws:.")
    names = {one["Key"] for one in new}
    kept = [one for one in thing["Tags"] if one["Key"] not in names]
    if len(kept) + len(new) > 50:
        raise AwsError("TooManyTagsException", "A resource has 50 tags at most.")
    thing["Tags"] = kept + new


@operation("xray", "UntagResource")
def untag(call):
    thing, names = _tagged(call), call.params["TagKeys"]
    thing["Tags"] = [one for one in thing["Tags"] if one["Key"] not in names]


@operation("xray", "ListTagsForResource")
def list_tags(call):
    return _page(call, "Tags", _tagged(call)["Tags"])
