# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodeStar notification rules: what pipelines, builds and repositories announce reaches SNS topics, if the topic lets it."""

from __future__ import annotations

import json
import uuid

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place
from ..registry import operation, taggable
from .eventbridge import AUDIENCE

taggable("codestar-notifications", "rule", arn="Arn", tags="Tags")

_PRINCIPAL = "codestar-notifications.amazonaws.com"
_COMMIT = "comments-on-commits comments-on-pull-requests approvals-status-changed approvals-rule-override pull-request-created"
_COMMIT += " pull-request-source-updated pull-request-status-changed pull-request-merged branches-and-tags-created"
_COMMIT += " branches-and-tags-deleted branches-and-tags-updated"
_BUILD = (
    "build-state-failed build-state-succeeded build-state-in-progress build-state-stopped build-phase-failure build-phase-success"
)
_STATES = "succeeded failed canceled started"
_PIPELINE = " ".join(
    [
        *(f"action-execution-{state}" for state in _STATES.split()),
        *(f"stage-execution-{state}" for state in f"{_STATES} resumed".split()),
        *(f"pipeline-execution-{state}" for state in f"{_STATES} resumed superseded".split()),
        *(f"manual-approval-{state}" for state in ("failed", "needed", "succeeded")),
    ]
)
# By service: the kind of resource and the events.
EVENTS = {
    "codebuild": ("project", _BUILD.split()),
    "codecommit": ("repository", _COMMIT.split()),
    "codedeploy": ("application", ["deployment-failed", "deployment-succeeded", "deployment-started"]),
    "codepipeline": ("pipeline", _PIPELINE.split()),
}
_NAMES = {"codebuild": "CodeBuild", "codecommit": "CodeCommit", "codedeploy": "CodeDeploy", "codepipeline": "CodePipeline"}


def _types():
    """Yield every event type with its parts."""
    for service, (kind, events) in EVENTS.items():
        for event in events:
            yield {
                "EventTypeId": f"{service}-{kind}-{event}",
                "ServiceName": _NAMES[service],
                "EventTypeName": event.replace("-", " ").capitalize(),
                "ResourceType": kind.capitalize(),
            }


def _place(call):
    return Place.of(call, "codestar-notifications")


def _rule_of(call):
    rule = _place(call).things("rule").get(call.params["Arn"])
    if rule is None:
        raise AwsError("ResourceNotFoundException", f"Notification rule {call.params['Arn']} does not exist.")
    return rule


def _check(resource, params):
    service = resource.split(":")[2]
    known = {one["EventTypeId"] for one in _types() if one["EventTypeId"].startswith(f"{service}-")}
    unknown = sorted(set(params.get("EventTypeIds", [])) - known)
    if unknown:
        raise AwsError("ValidationException", f"Event types are not valid for resource {resource}: {', '.join(unknown)}")
    if not params.get("EventTypeIds", ["some"]):
        raise AwsError("ValidationException", "At least one event type is required")
    for target in params.get("Targets", []):
        if target.get("TargetType") not in ("SNS", "AWSChatbotSlack", "AWSChatbotMicrosoftTeams"):
            raise AwsError("ValidationException", f"Target type {target.get('TargetType')} is not valid")


@operation("codestar-notifications", "CreateNotificationRule")
def create_notification_rule(call):
    params, rules = call.params, _place(call).things("rule")
    name, resource = params["Name"], params["Resource"]
    if any((rule["Name"], rule["Resource"]) == (name, resource) for rule in rules.values()):
        raise AwsError("ResourceAlreadyExistsException", f"A notification rule {name} already exists for {resource}.")
    _check(resource, params)
    params.get("ClientRequestToken")
    arn = call.arn(f"notificationrule/{uuid.uuid4().hex}")
    rules[arn] = {
        "Arn": arn,
        "Name": name,
        "Resource": resource,
        "EventTypeIds": params["EventTypeIds"],
        "Targets": params["Targets"],
        "DetailType": params["DetailType"],
        "Status": params.get("Status", "ENABLED"),
        "CreatedBy": f"arn:aws:iam::{call.account}:user/{call.account}-user",
        "CreatedTimestamp": CLOCK.now(),
        "LastModifiedTimestamp": CLOCK.now(),
        "Tags": params.get("Tags", {}),
    }
    return {"Arn": arn}


@operation("codestar-notifications", "UpdateNotificationRule")
def update_notification_rule(call):
    rule = _rule_of(call)
    _check(rule["Resource"], call.params)
    rule.update(call.params.take("Name", "Status", "EventTypeIds", "Targets", "DetailType"), LastModifiedTimestamp=CLOCK.now())


@operation("codestar-notifications", "DescribeNotificationRule")
def describe_notification_rule(call):
    rule, types = _rule_of(call), {one["EventTypeId"]: one for one in _types()}
    place = _place(call)
    return {
        **{key: value for key, value in rule.items() if key != "EventTypeIds"},
        "EventTypes": [types[key] for key in rule["EventTypeIds"]],
        "Targets": [{**target, "TargetStatus": _status(place, target)} for target in rule["Targets"]],
    }


def _status(place, target):
    return "ACTIVE" if target["TargetType"] != "SNS" or _lets_us(_topic(place, target["TargetAddress"])) else "UNREACHABLE"


def _topic(place, arn):
    return place.moto("sns").topics.get(arn)


def _lets_us(topic):
    """Tell whether a topic's policy lets the service publish."""
    policy = json.loads(topic.policy) if topic is not None and topic.policy else {}
    for statement in policy.get("Statement", []):
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        actions = statement.get("Action", [])
        fits = _PRINCIPAL in ([services] if isinstance(services, str) else services)
        may = any(action in ("SNS:Publish", "sns:Publish", "sns:*", "SNS:*", "*") for action in _list(actions))
        if statement.get("Effect") == "Allow" and fits and may:
            return True
    return False


def _list(value):
    return [value] if isinstance(value, str) else value


@operation("codestar-notifications", "ListNotificationRules")
def list_notification_rules(call):
    found = list(_place(call).things("rule").values())
    tests = {
        "RESOURCE": lambda rule, value: rule["Resource"] == value,
        "EVENT_TYPE_ID": lambda rule, value: value in rule["EventTypeIds"],
        "CREATED_BY": lambda rule, value: rule["CreatedBy"] == value,
        "TARGET_ADDRESS": lambda rule, value: any(target["TargetAddress"] == value for target in rule["Targets"]),
    }
    for wish in call.params.get("Filters", []):
        found = [rule for rule in found if tests[wish["Name"]](rule, wish["Value"])]
    start, size = int(call.params.get("NextToken", 0)), call.params.get("MaxResults") or 50
    rows = [{"Id": rule["Arn"].split("/")[-1], "Arn": rule["Arn"]} for rule in found[start : start + size]]
    return {"NotificationRules": rows, **({"NextToken": str(start + size)} if start + size < len(found) else {})}


@operation("codestar-notifications", "DeleteNotificationRule")
def delete_notification_rule(call):
    _place(call).things("rule").pop(call.params["Arn"], None)
    return {"Arn": call.params["Arn"]}


@operation("codestar-notifications", "Subscribe", "Unsubscribe")
def change_subscription(call):
    rule = _rule_of(call)
    call.params.get("ClientRequestToken")
    if call.operation == "Subscribe":
        rule["Targets"] = [*rule["Targets"], call.params["Target"]]
    else:
        rule["Targets"] = [target for target in rule["Targets"] if target["TargetAddress"] != call.params["TargetAddress"]]
    return {"Arn": rule["Arn"]}


@operation("codestar-notifications", "ListEventTypes")
def list_event_types(call):
    call.params.take("NextToken", "MaxResults")
    found = list(_types())
    for wish in call.params.get("Filters", []):
        key = {"RESOURCE_TYPE": "ResourceType", "SERVICE_NAME": "ServiceName"}[wish["Name"]]
        found = [one for one in found if one[key].lower() == wish["Value"].lower()]
    return {"EventTypes": found}


@operation("codestar-notifications", "ListTargets")
def list_targets(call):
    call.params.take("NextToken", "MaxResults")
    place, found = _place(call), {}
    for rule in place.things("rule").values():
        for target in rule["Targets"]:
            found[target["TargetAddress"]] = {**target, "TargetStatus": _status(place, target)}
    keys = {"TARGET_TYPE": "TargetType", "TARGET_ADDRESS": "TargetAddress", "TARGET_STATUS": "TargetStatus"}
    wishes = call.params.get("Filters", [])
    return {"Targets": [one for one in found.values() if all(one[keys[wish["Name"]]] == wish["Value"] for wish in wishes)]}


@operation("codestar-notifications", "DeleteTarget")
def delete_target(call):
    rules, address = _place(call).things("rule").values(), call.params["TargetAddress"]
    using = [rule for rule in rules if any(target["TargetAddress"] == address for target in rule["Targets"])]
    if using and not call.params.get("ForceUnsubscribeAll"):
        raise AwsError("ValidationException", f"Target {address} is used by notification rules.")
    for rule in using:
        rule["Targets"] = [target for target in rule["Targets"] if target["TargetAddress"] != address]


@operation("codestar-notifications", "TagResource")
def tag_resource(call):
    rule = _rule_of(call)
    rule["Tags"] = {**rule["Tags"], **call.params["Tags"]}
    return {"Tags": rule["Tags"]}


@operation("codestar-notifications", "UntagResource")
def untag_resource(call):
    rule, gone = _rule_of(call), call.params["TagKeys"]
    rule["Tags"] = {key: value for key, value in rule["Tags"].items() if key not in gone}


@operation("codestar-notifications", "ListTagsForResource")
def list_tags_for_resource(call):
    return {"Tags": _rule_of(call)["Tags"]}


# Telling


@AUDIENCE.append
def notify(place, event, resource):
    """Publish an event to the targets of the rules that ask for it."""
    wanted = event_types(event)
    here = Place.of(place, "codestar-notifications")
    for rule in list(here.things("rule").values()):
        if rule["Status"] == "ENABLED" and rule["Resource"] == resource and wanted & set(rule["EventTypeIds"]):
            message = _message(here, rule, event, resource)
            for target in rule["Targets"]:
                topic = _topic(here, target["TargetAddress"])
                if target["TargetType"] == "SNS" and _lets_us(topic):
                    topic.publish(message)


def _message(place, rule, event, resource):
    return json.dumps(
        {
            "account": place.account,
            "region": place.region,
            "source": event["source"],
            "detailType": event["detail-type"],
            "detail": event["detail"] if rule["DetailType"] == "FULL" else {},
            "time": CLOCK.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "notificationRuleArn": rule["Arn"],
            "resources": [resource],
            "additionalAttributes": {},
        }
    )


def event_types(event):
    """Return the ids of the event types that an event is."""
    service, detail = event["source"].removeprefix("aws."), event["detail"]
    kind = EVENTS.get(service, ("", []))[0]
    if service == "codepipeline":
        level, state = event["detail-type"].split()[1].lower(), detail["state"].lower()
        found = {f"codepipeline-pipeline-{level}-execution-{state}"}
        if detail.get("type", {}).get("category") == "Approval":
            found |= {f"codepipeline-pipeline-manual-approval-{state.replace('started', 'needed')}"}
        return found
    if service == "codebuild":
        return {f"codebuild-{kind}-build-state-{detail['build-status'].lower().replace('_', '-')}"}
    if service == "codedeploy":
        words = {"START": "started", "SUCCESS": "succeeded", "FAILURE": "failed"}
        return {f"codedeploy-{kind}-deployment-{words.get(detail['state'], detail['state'].lower())}"}
    if service == "codecommit" and detail.get("event", "").startswith("reference"):
        return {f"codecommit-{kind}-branches-and-tags-{detail['event'].removeprefix('reference').lower()}"}
    return set()
