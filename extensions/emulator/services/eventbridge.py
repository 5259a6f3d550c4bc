# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EventBridge: moto keeps the rules; here they are checked as on AWS, and events reach pipelines, topics and tasks as well.

moto delivers to log groups, queues, buses and archives, breaks off at any other target, and delivers by disabled rules too.
"""

from __future__ import annotations

import json
import re

from moto.events.models import EventPattern, Rule

from .. import policies
from ..calls import AwsError
from ..delivery import Place, ask, may_assume, moment
from ..registry import OPERATIONS, operation, taggable

taggable("events", "rule", arn="arn", tags="tags")

AUDIENCE = []  # called with place, event and arn of the resource for everything that AWS services announce
_NEED_A_ROLE = ("codepipeline", "ecs", "states", "batch", "codebuild", "ssm")
_MOTO = ("logs", "sqs", "events")
_TARGETS = 5  # per rule
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
_DELIVERERS = {}
_FORWARD = Rule.send_to_targets


def deliverer(service):
    """Register what happens when an event reaches a target of a service."""

    def register(function):
        _DELIVERERS[service] = function
        return function

    return register


# Rules


def _invalid(text):
    return AwsError("ValidationException", text)


@operation("events", "PutRule", "DeleteRule", "TagResource", "UntagResource")
def change_rule(call):
    """Let moto do it, and bring our index of tagged rules up to date: moto has none."""
    if call.params.get("RoleArn"):
        _check_role(Place.of(call, "events"), call.params["RoleArn"])
    answer, place = call.forward(), Place.of(call, "events")
    backend, index = place.moto("events"), place.things("rule")
    index.clear()
    for bus in backend.event_buses.values():
        for rule in bus.rules.values():
            index[rule.arn] = {"arn": rule.arn, "tags": backend.tagger.get_tag_dict_for_resource(rule.arn)}
    return answer


def _check_role(place, arn):
    if not may_assume(place, arn, "events.amazonaws.com"):
        raise _invalid(f"Provided role '{arn}' cannot be assumed by principal 'events.amazonaws.com'.")


@operation("events", "PutTargets")
def put_targets(call):
    targets = call.params["Targets"]
    for target in targets:
        service = target["Arn"].split(":")[2] if target["Arn"].count(":") >= 5 else ""
        if service in _NEED_A_ROLE and not target.get("RoleArn"):
            raise _invalid(f"RoleArn is required for target {target['Arn']}.")
        if target.get("RoleArn"):
            _check_role(Place.of(call, "events"), target["RoleArn"])
        if service == "ecs" and not target.get("EcsParameters"):
            raise _invalid(f"Parameter EcsParameters is required for target {target['Arn']}.")
        if sum(key in target for key in ("Input", "InputPath", "InputTransformer")) > 1:
            raise _invalid(f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}.")
    place = Place.of(call, "events")
    rule = _bus(place, call.params.get("EventBusName")).rules.get(call.params["Rule"])
    known = {target["Id"] for target in rule.targets} if rule else set()
    if len(known | {target["Id"] for target in targets}) > _TARGETS:
        raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    return call.forward()


def _bus(place, name):
    backend = place.moto("events")
    bus = backend.event_buses.get((name or "default").split("/")[-1])
    if bus is None:
        raise AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")
    return bus


# Delivery


def announce(place, source, kind, resource, detail, at=None):
    """Send the event of an AWS service to the default bus of a place, and tell whoever else listens."""
    time = {} if at is None else {"Time": moment(at).timestamp()}
    event = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail), "Resources": [resource]}
    place.moto("events").put_events([{**event, **time}])
    for listener in AUDIENCE:
        listener(place, {"source": source, "detail-type": kind, "detail": detail}, resource)


def _send(rule, event, transform_input=True):
    """Replace moto's Rule.send_to_targets."""
    if rule.state != "ENABLED" or (rule.scheduled_expression and not rule.event_pattern.get_pattern()):
        return
    if not rule.event_pattern.matches_event(event):
        return
    every = rule.targets
    ours = [target for target in every if target["Arn"].split(":")[2] in _DELIVERERS]
    rule.targets = [target for target in every if target["Arn"].split(":")[2] in _MOTO]
    try:
        _FORWARD(rule, event, transform_input)
    finally:
        rule.targets = every
    for target in ours:
        place = Place(rule.account_id, target["Arn"].split(":")[3] or rule.region_name, "events")
        _DELIVERERS[target["Arn"].split(":")[2]](place, target, rendered(target, event), rule.arn)


Rule.send_to_targets = _send


def rendered(target, event):
    """Return what a target gets of an event: the text that AWS would send."""
    if "Input" in target:
        return target["Input"]
    if "InputPath" in target:
        return json.dumps(_at(event, target["InputPath"]))
    if "InputTransformer" not in target:
        return json.dumps(_shown(event))
    transformer = target["InputTransformer"]
    paths = transformer.get("InputPathsMap", {})
    template = transformer["InputTemplate"]
    known = {"aws.events.rule-arn": "", "aws.events.event.json": _shown(event)}
    values = {**known, **{name: _at(event, path) for name, path in paths.items()}}

    def value(match):
        if match[1] not in values:
            return match[0]
        found = values[match[1]]
        inside = template[: match.start()].replace('\\"', "").count('"') % 2
        if inside or found is None:
            return "" if found is None else found if isinstance(found, str) else json.dumps(found)
        return json.dumps(found)

    text = _PLACEHOLDER.sub(value, template)
    return json.loads(text) if _is_text(text) else text


def _is_text(text):
    """Tell whether a template is one quoted sentence, of which AWS sends the inside."""
    try:
        return isinstance(json.loads(text), str)
    except ValueError:
        return False


def _shown(event):
    shown = {key: value for key, value in event.items() if key != "ingestion-time"}
    if isinstance(shown.get("time"), (int, float)):
        shown["time"] = moment(0).fromtimestamp(shown["time"], moment(0).tzinfo).strftime("%Y-%m-%dT%H:%M:%SZ")
    return shown


def _at(event, path):
    """Return what stands at a path such as $.detail.state, or None."""
    found = _shown(event)
    for name in re.findall(r"[^.\[\]$]+", path):
        if isinstance(found, list) and name.isdigit():
            found = found[int(name)] if int(name) < len(found) else None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


@deliverer("sns")
def _publish(place, target, message, _rule):
    """Publish to a topic whose policy lets events in, and its key, if it has one; otherwise, as on AWS, nobody hears of it.

    EventBridge sends no context that a condition of the topic could look at. SNS tells the key which topic it is.
    """
    topic = place.moto("sns").topics.get(target["Arn"])
    if topic is None or not _lets(topic.policy, "sns:Publish", topic.arn, {}):
        return
    told = {"kms:encryptioncontext:aws:sns:topicarn": topic.arn, "kms:viaservice": f"sns.{place.region}.amazonaws.com"}
    if not topic.kms_master_key_id or _lets(_key_policy(place, topic), "kms:GenerateDataKey", topic.kms_master_key_id, told):
        place.moto("sns").publish(message=message, arn=topic.arn)


def _lets(document, action, resource, context):
    return policies.decision(document or "{}", action, resource, {"service": "events.amazonaws.com"}, context) == policies.ALLOWED


def _key_policy(place, topic):
    kms = place.moto("kms")
    name = topic.kms_master_key_id
    alias = name[name.index("alias/") :] if "alias/" in name else ""
    key = kms.keys.get(kms.get_key_id_from_alias(alias) if alias else kms.get_key_id(name))
    return key.policy if key else None


@deliverer("ecs")
def _run_task(place, target, message, rule):
    parameters = target["EcsParameters"]
    asked = {
        "cluster": target["Arn"],
        "taskDefinition": parameters["TaskDefinitionArn"],
        "count": parameters.get("TaskCount", 1),
        "startedBy": f"events-rule/{rule.split('/')[-1]}"[:36],
        "overrides": json.loads(message) if "Input" in target or "InputTransformer" in target else {},
    }
    kept = (("LaunchType", "launchType"), ("PlatformVersion", "platformVersion"), ("NetworkConfiguration", "networkConfiguration"))
    asked.update({name: parameters[key] for key, name in kept if key in parameters})
    network = asked.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network:
        asked["networkConfiguration"] = {"awsvpcConfiguration": {f"{k[0].lower()}{k[1:]}": v for k, v in network.items()}}
    if ("ecs", "RunTask") in OPERATIONS:
        ask(place, "ecs", "RunTask", **asked)


def matches(pattern, event):
    """Tell whether an event fits a pattern, given as text."""
    return EventPattern.load(pattern).matches_event(event)
