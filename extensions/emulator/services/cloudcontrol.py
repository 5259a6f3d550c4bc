# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cloud Control API: resources of any type, as their schemas have them.

A resource that is made here is not in the service of its type: a job queue is not in Batch, and a log group of another task is not
here. What Cloud Control itself does is as on AWS: requests that take their time, validation, identifiers, properties that only AWS
sets, that are never given back or never change, lists that are late, errors. An update reads the resource, applies the patch and
hands over the result, so that a property that is never given back is lost when the patch does not have it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place, moment
from ..registry import operation, state_of, taggable
from . import cloudcontrol_types as types

STARTING, WORKING, LISTING = 1, 20, 45  # account seconds until a request begins, until it has ended, until a list has the resource
_FINAL = ("SUCCESS", "FAILED", "CANCEL_COMPLETE")
_PAGE = 100
taggable("cloudcontrol", "resource", arn="Arn", tags="Tags", gone=lambda thing: not thing["Arn"])


@dataclass
class Request:
    """A request that takes its time."""

    event: dict
    identifier: str | None
    finish: Callable  # does what was asked for; raises AwsError with the code of a handler
    input: tuple = ()  # what was asked for, by which a token is known again
    start: float = field(default_factory=CLOCK.seconds)

    def advance(self):
        """Bring the request up to the account's time."""
        if self.event["OperationStatus"] in _FINAL:
            return
        past = CLOCK.seconds() - self.start
        if past >= STARTING:
            self.event["OperationStatus"] = "IN_PROGRESS"
            if self.identifier:
                self.event["Identifier"] = self.identifier
        if past >= STARTING + WORKING:
            self._end()

    def _end(self):
        with CLOCK.at(self.start + STARTING + WORKING):
            try:
                self.finish()
                self.event["OperationStatus"] = "SUCCESS"
            except AwsError as error:
                self.event.update(OperationStatus="FAILED", ErrorCode=error.code, StatusMessage=error.message)


def _requests(call):
    """Return the requests of the account and region by token, brought up to date."""
    known = state_of(call, "request")
    for request in list(known.values()):
        request.advance()
    return known


def _things(call):
    """Return the resources by type and identifier, after what is due has happened."""
    _requests(call)
    return state_of(call, "resource")


def _begin(call, name, identifier, finish):
    """Accept a request, or answer with the one that has been accepted under the same token."""
    token, asked = call.params.get("ClientToken"), tuple(sorted((key, str(call.params[key])) for key in call.params))
    call.params.get("RoleArn")  # the emulated account has no permissions of users
    for request in _requests(call).values():
        if token and request.event["token"] == token:
            if request.input != asked:
                raise AwsError("ClientTokenConflictException", f"The client token {token} was used with other parameters.")
            return {"ProgressEvent": _shown(request)}
    event = {
        "TypeName": call.params["TypeName"],
        "RequestToken": str(uuid.uuid4()),
        "Operation": name,
        "OperationStatus": "PENDING",
        "EventTime": moment(CLOCK.seconds()),
        "token": token,
    }
    request = state_of(call, "request")[event["RequestToken"]] = Request(event, identifier, finish, asked)
    return {"ProgressEvent": _shown(request)}


def _shown(request):
    return {key: value for key, value in request.event.items() if key != "token"}


def _alone(call, identifier):
    """Refuse a request while another one for the same resource is on its way."""
    for request in _requests(call).values():
        same = (request.event["TypeName"], request.identifier) == (call.params["TypeName"], identifier)
        if same and request.event["OperationStatus"] not in _FINAL and request.event["token"] != call.params.get("ClientToken"):
            text = f"Resource of type '{call.params['TypeName']}' with identifier '{identifier}' has an operation in progress."
            raise AwsError("ConcurrentOperationException", text)


def _find(call, schema):
    """Return the resource that a call names by one of its identifiers, or None."""
    wanted, name = call.params["Identifier"], call.params["TypeName"]
    things = {key: thing for key, thing in _things(call).items() if key[0] == name}
    if not wanted.startswith("{"):
        return things.get((name, wanted))
    try:
        values = json.loads(wanted)
    except ValueError as error:
        raise AwsError("ValidationException", f"Identifier {wanted} is not valid for identifier") from error
    if sorted(values) not in [sorted(names) for names in types.identifiers(schema)]:
        raise AwsError("ValidationException", f"Identifier {wanted} is not valid for identifier {types.identifiers(schema)}")
    return next((thing for thing in things.values() if all(str(thing["model"].get(k)) == str(v) for k, v in values.items())), None)


def _there_is_none(call):
    return f"Resource of type '{call.params['TypeName']}' with identifier '{call.params['Identifier']}' was not found."


def _document(call, member):
    """Return the data of a parameter that is JSON."""
    try:
        return json.loads(call.params[member])
    except ValueError as error:
        raise AwsError("ValidationException", f"{member} is not valid JSON: {error}") from error


def _describe(schema, thing):
    readable = types.without(thing["model"], types.paths(schema, "writeOnly"))
    return {"Identifier": thing["identifier"], "Properties": json.dumps(readable)}


# Creating, changing, removing


@operation("cloudcontrol", "CreateResource")
def create(call):
    schema, model = types.known(call, "create"), _document(call, "DesiredState")
    own = types.changed(schema, "readOnly", {}, model)
    if own:
        raise AwsError("ValidationException", f"Invalid desired state: readOnlyProperties [{', '.join(own)}] cannot be set")
    types.check(schema, model)
    model = types.completed(Place.of(call, "cloudcontrol"), schema, model)
    name, identifier, things = call.params["TypeName"], types.identifier_of(schema, model), _things(call)
    thing = {"identifier": identifier, "model": model, "listed": 0.0, **_index(schema, model)}

    def finish():
        taken = _twin(schema, things, name, model)
        if taken:
            text = f"Resource of type '{name}' with identifier '{taken}' already exists."
            raise AwsError("AlreadyExists", text)
        things[name, identifier] = {**thing, "listed": CLOCK.seconds() + LISTING}

    return _begin(call, "CREATE", identifier, finish)


def _twin(schema, things, name, model):
    """Return the identifier of another resource that one of the model's identifiers names already."""
    for (kind, identifier), thing in things.items():
        for names in types.identifiers(schema):
            same = all(model.get(each) is not None and thing["model"].get(each) == model[each] for each in names)
            if kind == name and same:
                return identifier
    return None


def _index(schema, model):
    """Return ARN and tags by which the index of tagged resources has a resource."""
    arn = next((value for value in model.values() if isinstance(value, str) and value.startswith("arn:")), None)
    place = schema.get("tagging", {}).get("tagProperty", "/properties/Tags").split("/")[2]
    own = model[types.identifiers(schema)[0][0]]
    return {"Arn": own if str(own).startswith("arn:") else arn if types.pick(model, ("Arn",)) else None, "Tags": model.get(place)}


@operation("cloudcontrol", "UpdateResource")
def update(call):
    from jsonpatch import JsonPatchException, apply_patch  # pylint: disable=import-outside-toplevel  # cfn-lint brings it
    from jsonpointer import JsonPointerException  # pylint: disable=import-outside-toplevel

    schema = types.known(call, "update")
    thing = _find(call, schema)
    if thing is None:
        raise AwsError("ResourceNotFoundException", _there_is_none(call))
    _alone(call, thing["identifier"])
    before = types.without(thing["model"], types.paths(schema, "writeOnly"))
    try:
        after = apply_patch(before, _document(call, "PatchDocument"))
    except (JsonPatchException, JsonPointerException, TypeError) as error:
        raise AwsError("ValidationException", f"Invalid patch document: {error}") from error
    for kind, code in (("readOnly", "ValidationException"), ("createOnly", "NotUpdatableException")):
        touched = types.changed(schema, kind, before, after)
        if touched:
            raise AwsError(code, f"Invalid patch update: {kind}Properties [{', '.join(touched)}] cannot be updated")
    types.check(schema, types.without(after, types.paths(schema, "readOnly")))

    def finish():
        thing.update(model=after, **_index(schema, after))

    return _begin(call, "UPDATE", thing["identifier"], finish)


@operation("cloudcontrol", "DeleteResource")
def delete(call):
    schema = types.known(call, "delete")
    thing = _find(call, schema)
    identifier, key = thing["identifier"] if thing else None, (call.params["TypeName"], thing and thing["identifier"])
    if thing:
        _alone(call, identifier)
    things, missing = _things(call), _there_is_none(call)

    def finish():
        if things.pop(key, None) is None:
            raise AwsError("NotFound", missing)

    return _begin(call, "DELETE", identifier, finish)


# Looking


@operation("cloudcontrol", "GetResource")
def get(call):
    schema = types.known(call, "read")
    call.params.get("RoleArn")
    thing = _find(call, schema)
    if thing is None:
        raise AwsError("ResourceNotFoundException", _there_is_none(call))
    return {"TypeName": call.params["TypeName"], "ResourceDescription": _describe(schema, thing)}


@operation("cloudcontrol", "ListResources")
def list_resources(call):
    """List as most handlers do: the identifiers alone, and what was made a moment ago not yet."""
    schema, name = types.known(call, "list"), call.params["TypeName"]
    call.params.get("RoleArn")
    model = _document(call, "ResourceModel") if "ResourceModel" in call.params else {}
    required = schema["handlers"]["list"].get("handlerSchema", {}).get("required", [])
    missing = [key for key in required if key not in model]
    if missing:
        text = f"Missing or invalid ResourceModel property in {name} list handler request input. Required property: {missing}"
        raise AwsError("InvalidRequestException", text)
    found = [
        {
            "Identifier": thing["identifier"],
            "Properties": json.dumps({key: thing["model"][key] for key in types.identifiers(schema)[0]}),
        }
        for (kind, _identifier), thing in _things(call).items()
        if kind == name and CLOCK.seconds() >= thing["listed"] and all(thing["model"].get(key) == model[key] for key in required)
    ]
    return {"TypeName": name, **_page(call, found, "ResourceDescriptions")}


def _page(call, rows, member):
    start, size = int(call.params.get("NextToken", "0")), call.params.get("MaxResults", _PAGE)
    following = {"NextToken": str(start + size)} if start + size < len(rows) else {}
    return {member: rows[start : start + size], **following}


# Requests


@operation("cloudcontrol", "GetResourceRequestStatus")
def get_request(call):
    return {"ProgressEvent": _shown(_request(call))}


def _request(call):
    request = _requests(call).get(call.params["RequestToken"])
    if request is None:
        raise AwsError("RequestTokenNotFoundException", f"Request with token {call.params['RequestToken']} was not found.")
    return request


@operation("cloudcontrol", "ListResourceRequests")
def list_requests(call):
    wanted = call.params.get("ResourceRequestStatusFilter", {})
    events = [_shown(request) for request in reversed(_requests(call).values())]
    for member, key in (("Operations", "Operation"), ("OperationStatuses", "OperationStatus")):
        events = [event for event in events if event[key] in wanted.get(member, [event[key]])]
    return _page(call, events, "ResourceRequestStatusSummaries")


@operation("cloudcontrol", "CancelResourceRequest")
def cancel_request(call):
    request = _request(call)
    if request.event["OperationStatus"] in _FINAL:
        raise AwsError("ConcurrentModificationException", "Only requests that are pending or in progress can be cancelled.")
    request.event["OperationStatus"] = "CANCEL_COMPLETE"
    return {"ProgressEvent": _shown(request)}
