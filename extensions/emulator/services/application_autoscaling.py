# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Application Auto Scaling: scalable targets and scheduled actions. Policies are in application_autoscaling_policies.py.

moto's looks for services in its own ECS, loses tags and suspended states, and takes minima above maxima, so all of it is ours.
"""

from __future__ import annotations

import uuid

from ..clock import CLOCK
from ..registry import operation, state_of, taggable
from .ecs_place import Place, hex_id, refuse
from .ecs_scheduler import services

SERVICE = "application-autoscaling"
IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_SUSPENDED = {"DynamicScalingInSuspended": False, "DynamicScalingOutSuspended": False, "ScheduledScalingSuspended": False}

taggable(SERVICE, "target", arn="ScalableTargetARN", tags="Tags")


def invalid(message):
    """Answer with a ValidationException."""
    refuse(message, "ValidationException")


def missing(message):
    """Answer with an ObjectNotFoundException."""
    refuse(message, "ObjectNotFoundException")


def targets(place):
    """Return the scalable targets by namespace, resource id and dimension."""
    return state_of(Place(place.account, place.region, SERVICE), "target")


def key_of(call):
    """Return namespace, resource id and dimension of a call."""
    key = tuple(call.params[name] for name in IDENTITY)
    namespace, _resource, dimension = key
    if dimension.split(":")[0] != namespace:
        invalid("Unsupported service namespace, resource type or scalable dimension")
    return key


def words_of(key):
    """Return a target in the words of AWS's errors."""
    return f"service namespace: {key[0]}, resource ID: {key[1]}, scalable dimension: {key[2]}"


def _service(place, key):
    """Return the ECS service that a target scales; None when it scales something else."""
    if key[0] != "ecs":
        return None
    parts = key[1].split("/")
    if len(parts) != 3 or parts[0] != "service":
        invalid("Unsupported service namespace, resource type or scalable dimension")
    service = services(place).get((parts[1], parts[2]))
    if service is None or service["status"] != "ACTIVE":
        invalid(f"ECS service doesn't exist: {key[1]}")
    return service


# Targets


@operation(SERVICE, "RegisterScalableTarget")
def register_scalable_target(call):
    key, place = key_of(call), Place.of(call)
    service, present = _service(place, key), targets(place).get(key)
    target = dict(present or {}) | call.params.take("MinCapacity", "MaxCapacity")
    if not {"MinCapacity", "MaxCapacity"} <= target.keys():
        invalid("Both MinCapacity and MaxCapacity are required when you register a new scalable target.")
    if target["MinCapacity"] < 0:
        invalid("The minimum capacity must be 0 or greater.")
    if target["MinCapacity"] > target["MaxCapacity"]:
        invalid("Maximum capacity cannot be less than minimum capacity")
    if present and "Tags" in call.params:
        invalid("Tags can be given when a scalable target is registered for the first time. Use TagResource for an existing one.")
    if present is None:
        role = (
            "AWSServiceRoleForApplicationAutoScaling_ECSService" if key[0] == "ecs" else "AWSServiceRoleForApplicationAutoScaling"
        )
        target |= {
            **dict(zip(IDENTITY, key, strict=True)),
            "ScalableTargetARN": call.arn(f"scalable-target/{hex_id(36)}"),
            "CreationTime": CLOCK.now(),
            "RoleARN": call.params.get("RoleARN", f"arn:aws:iam::{call.account}:role/aws-service-role/{role}"),
            "SuspendedState": dict(_SUSPENDED),
            "Tags": dict(call.params.get("Tags", {})),
        }
    call.params.get("RoleARN")
    target["SuspendedState"] = target["SuspendedState"] | call.params.get("SuspendedState", {})
    targets(place)[key] = target
    if service:
        _clamp(service, target)
    return {"ScalableTargetARN": target["ScalableTargetARN"]}


def _clamp(service, target):
    wanted = min(max(service["desiredCount"], target["MinCapacity"]), target["MaxCapacity"])
    if wanted != service["desiredCount"]:
        service["desiredCount"] = wanted
        service.settle()


@operation(SERVICE, "DescribeScalableTargets")
def describe_scalable_targets(call):
    found = asked_for(call, targets(call).values())
    return page_of(call, [{name: value for name, value in target.items() if name != "Tags"} for target in found], "ScalableTargets")


def asked_for(call, things):
    """Return those of some things that a call asks for by namespace, resources and dimension."""
    namespace, dimension = call.params["ServiceNamespace"], call.params.get("ScalableDimension")
    identities = [*call.params.get("ResourceIds", []), *([call.params["ResourceId"]] if "ResourceId" in call.params else [])]
    return [
        thing
        for thing in things
        if thing["ServiceNamespace"] == namespace
        and (not identities or thing["ResourceId"] in identities)
        and dimension in (None, thing["ScalableDimension"])
    ]


def page_of(call, items, key):
    """Return one page of a list."""
    start = int(call.params.get("NextToken") or 0)
    end = start + (call.params.get("MaxResults") or 50)
    return {key: items[start:end], **({"NextToken": str(end)} if end < len(items) else {})}


def target_of(call, key):
    """Return a target, or raise what AWS raises."""
    target = targets(call).get(key)
    if target is None:
        missing(f"No scalable target registered for {words_of(key)}")
    return target


@operation(SERVICE, "DeregisterScalableTarget")
def deregister_scalable_target(call):
    key = key_of(call)
    if key not in targets(call):
        missing(f"No scalable target found for {words_of(key)}")
    for name in [name for name in policies(call) if name[:3] == key]:
        delete_alarms(call, policies(call).pop(name))
    for name in [name for name in _actions(call) if name[:3] == key]:
        del _actions(call)[name]
    del targets(call)[key]


# Policies, as far as targets are concerned


def policies(call):
    """Return the scaling policies by target and name."""
    return state_of(call, "policy")


def delete_alarms(call, policy):
    """Delete the alarms that belong to a policy."""
    alarms = Place.of(call).moto("cloudwatch")
    alarms.delete_alarms([alarm["AlarmName"] for alarm in policy["Alarms"] if alarm["AlarmName"] in alarms.alarms])


# Scheduled actions


def _actions(call):
    return state_of(call, "action")


@operation(SERVICE, "PutScheduledAction")
def put_scheduled_action(call):
    key, name = key_of(call), call.params["ScheduledActionName"]
    target_of(call, key)
    given = call.params.take("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")
    limits = given.get("ScalableTargetAction", {})
    if limits.get("MinCapacity", 0) > limits.get("MaxCapacity", limits.get("MinCapacity", 0)):
        invalid("Maximum capacity cannot be less than minimum capacity")
    present = _actions(call).get((*key, name))
    if not present and "Schedule" not in given:
        invalid("A schedule is required.")
    arn = f"scheduledAction:{uuid.uuid4()}:resource/{key[0]}/{key[1]}:scheduledActionName/{name}"
    made = {"ScheduledActionARN": call.arn(arn, service="autoscaling"), "CreationTime": CLOCK.now(), "ScheduledActionName": name}
    _actions(call)[(*key, name)] = {**dict(zip(IDENTITY, key, strict=True)), **made, **(present or {}), **given}


@operation(SERVICE, "DescribeScheduledActions")
def describe_scheduled_actions(call):
    names = call.params.get("ScheduledActionNames", [])
    found = [a for a in asked_for(call, _actions(call).values()) if not names or a["ScheduledActionName"] in names]
    return page_of(call, found, "ScheduledActions")


@operation(SERVICE, "DeleteScheduledAction")
def delete_scheduled_action(call):
    name = (*key_of(call), call.params["ScheduledActionName"])
    if name not in _actions(call):
        missing(f"No scheduled action found for {words_of(name)}, scheduled action name: {name[3]}")
    del _actions(call)[name]


# Tags


def _tagged(call):
    arn = call.params["ResourceARN"]
    found = next((target for target in targets(call).values() if target["ScalableTargetARN"] == arn), None)
    if found is None:
        refuse(f"The specified resource doesn't exist: {arn}", "ResourceNotFoundException")
    return found


@operation(SERVICE, "TagResource")
def tag_resource(call):
    _tagged(call)["Tags"].update(call.params["Tags"])


@operation(SERVICE, "UntagResource")
def untag_resource(call):
    target, names = _tagged(call), call.params["TagKeys"]
    target["Tags"] = {key: value for key, value in target["Tags"].items() if key not in names}


@operation(SERVICE, "ListTagsForResource")
def list_tags_for_resource(call):
    return {"Tags": _tagged(call)["Tags"]}
