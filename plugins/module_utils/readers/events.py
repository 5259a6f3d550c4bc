# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rules of EventBridge: schedules and patterns, with what they start."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pascal, pick, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

_NETWORK = "Targets.EcsParameters.NetworkConfiguration.AwsVpcConfiguration"
unordered("AWS::Events::Rule", "Targets", f"{_NETWORK}.SecurityGroups", f"{_NETWORK}.Subnets")
defaults("AWS::Events::Rule", EventBusName="default", State="ENABLED")

_GONE = ("ResourceNotFoundException",)


@reader("AWS::Events::Rule")
def rules(account):
    """Find rules on all buses, without those that AWS services made for themselves."""
    api = account.api("events", _GONE)
    buses = [each["Name"] for each in api.pages("list_event_buses", "EventBuses")]
    listed = [rule for bus in buses for rule in api.pages("list_rules", "Rules", EventBusName=bus) if not rule.get("ManagedBy")]
    tags = side_by_side(lambda rule: (api.read("list_tags_for_resource", ResourceARN=rule["Arn"]) or {}).get("Tags"), listed)
    for rule, carried in zip(listed, tags, strict=True):
        if carried and account.ours(carried):
            where = {"Rule": rule["Name"], "EventBusName": rule["EventBusName"]}
            targets = api.pages("list_targets_by_rule", "Targets", **where)
            yield _rule(rule, targets, carried)


def _rule(told, targets, tags):
    properties = {
        **pick(told, "Description", "EventBusName", "Name", "RoleArn", "ScheduleExpression", "State"),
        "EventPattern": parsed(told.get("EventPattern")),
        "Targets": [_target(each) for each in targets],
    }
    bus, name = told["EventBusName"], told["Name"]
    identity = name if bus == "default" else f"{bus}|{name}"
    return Found("AWS::Events::Rule", identity, properties, tags, name, {"Arn": told["Arn"]})


def _target(told):
    if "EcsParameters" not in told:
        return told
    ecs = pascal(told["EcsParameters"])
    network = ecs.pop("NetworkConfiguration", {}).get("AwsvpcConfiguration")
    tags = ecs.pop("Tags", None)
    return {**told, "EcsParameters": {**ecs, "NetworkConfiguration": {"AwsVpcConfiguration": network}, "TagList": tags}}
