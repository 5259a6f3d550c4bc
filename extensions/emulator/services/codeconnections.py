# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Connections to GitHub, Bitbucket, GitLab and Azure DevOps, and the hosts of installed ones.

A connection stays PENDING until a person has signed in at the provider. Tests are that person: authorise(), or POST
/slipway/authorise. The service answers under its old name codestar-connections too, with the same connections.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from ..calls import AwsError
from ..registry import control, on_reset, operation, state_of, states, taggable

_NAMES = ("codeconnections", "codestar-connections")
_INSTALLED = ("GitHubEnterpriseServer", "GitLabSelfManaged")  # providers that need a host
_LIMIT = 50  # connections per account and region
_PAGE = 20  # connections in one answer when the caller names no number
_WILLING = []  # not empty: whoever asks is authorised at once

taggable("codeconnections", "connection", arn="ConnectionArn", tags="Tags")
taggable("codeconnections", "host", arn="HostArn", tags="Tags")


def answers(name):
    """Register a function under both names of the service."""

    def register(function):
        for service in _NAMES:
            operation(service, name)(function)
        return function

    return register


def _state(call, kind):
    return state_of(replace(call, service=_NAMES[0]), kind)


def _named(call, kind, arn):
    thing = _state(call, kind).get(arn.rsplit("/", 1)[-1])
    if thing is None:
        raise AwsError("ResourceNotFoundException", f"Resource not found: {arn}")
    return thing


# What tests do


@control("authorise")
def authorise(arn=None, status="AVAILABLE"):
    """Sign in for a connection; without an ARN, for all there are and all that come. Returns the ARNs."""
    if arn is None:
        _WILLING.append(status)
    signed = []
    for _account, _region, things in states(_NAMES[0], "connection"):
        for thing in things.values():
            if arn in (None, thing["ConnectionArn"]):
                thing["ConnectionStatus"] = status
                signed.append(thing["ConnectionArn"])
    return signed


on_reset(_WILLING.clear)


def status_of(arn):
    """Return the status of a connection, for other services; None when there is none of this ARN."""
    region, account = arn.split(":")[3:5]
    for *place, things in states(_NAMES[0], "connection"):
        if place == [account, region]:
            return things.get(arn.rsplit("/", 1)[-1], {}).get("ConnectionStatus")
    return None


# Connections


@answers("CreateConnection")
def create_connection(call):
    name, provider = call.params["ConnectionName"], call.params.get("ProviderType")
    host = _named(call, "host", call.params["HostArn"]) if call.params.get("HostArn") else None
    if bool(provider) == bool(host):
        raise AwsError("InvalidInputException", "Exactly one of ProviderType and HostArn must be given.")
    if provider in _INSTALLED:
        raise AwsError("InvalidInputException", f"A connection to {provider} needs a HostArn.")
    if len(_state(call, "connection")) >= _LIMIT:
        raise AwsError("LimitExceededException", f"The limit of {_LIMIT} connections is reached.")
    key, tags = str(uuid.uuid4()), call.params.get("Tags", [])
    arn = call.arn(f"connection/{key}")
    _state(call, "connection")[key] = {
        "ConnectionName": name,
        "ConnectionArn": arn,
        "ProviderType": provider or host["ProviderType"],
        "OwnerAccountId": call.account,
        "ConnectionStatus": _WILLING[-1] if _WILLING else "PENDING",
        "Tags": tags,
        **({"HostArn": host["HostArn"]} if host else {}),
    }
    return {"ConnectionArn": arn, "Tags": tags}


def _shown(thing):
    return {key: value for key, value in thing.items() if key != "Tags"}


@answers("GetConnection")
def get_connection(call):
    return {"Connection": _shown(_named(call, "connection", call.params["ConnectionArn"]))}


@answers("ListConnections")
def list_connections(call):
    wanted = {"ProviderType": call.params.get("ProviderTypeFilter"), "HostArn": call.params.get("HostArnFilter")}
    fits = [
        _shown(thing)
        for thing in _state(call, "connection").values()
        if all(value is None or thing.get(key) == value for key, value in wanted.items())
    ]
    start, size = int(call.params.get("NextToken", 0)), call.params.get("MaxResults") or _PAGE
    more = {"NextToken": str(start + size)} if start + size < len(fits) else {}
    return {"Connections": fits[start : start + size], **more}


@answers("DeleteConnection")
def delete_connection(call):
    _named(call, "connection", call.params["ConnectionArn"])
    del _state(call, "connection")[call.params["ConnectionArn"].rsplit("/", 1)[-1]]


# Hosts


@answers("CreateHost")
def create_host(call):
    key, name = uuid.uuid4().hex[:8], call.params["Name"]
    provider, tags = call.params["ProviderType"], call.params.get("Tags", [])
    if provider not in _INSTALLED:
        raise AwsError("ValidationException", f"A host cannot be of provider type {provider}.")
    arn = call.arn(f"host/{name}-{key}")
    _state(call, "host")[f"{name}-{key}"] = {
        "Name": name,
        "HostArn": arn,
        "ProviderType": provider,
        "Status": "PENDING",
        "Tags": tags,
        **call.params.take("ProviderEndpoint", "VpcConfiguration"),
    }
    return {"HostArn": arn, "Tags": tags}


@answers("GetHost")
def get_host(call):
    host = _named(call, "host", call.params["HostArn"])
    return {key: value for key, value in host.items() if key not in ("HostArn", "Tags")}


@answers("ListHosts")
def list_hosts(call):
    call.params.take("MaxResults", "NextToken")
    return {"Hosts": [_shown(host) for host in _state(call, "host").values()]}


@answers("UpdateHost")
def update_host(call):
    _named(call, "host", call.params["HostArn"]).update(call.params.take("ProviderEndpoint", "VpcConfiguration"))


@answers("DeleteHost")
def delete_host(call):
    host = _named(call, "host", call.params["HostArn"])
    if any(thing.get("HostArn") == host["HostArn"] for thing in _state(call, "connection").values()):
        raise AwsError("ResourceUnavailableException", "The host still has connections.")
    del _state(call, "host")[host["HostArn"].rsplit("/", 1)[-1]]


# Tags


def _tagged(call):
    arn = call.params["ResourceArn"]
    return _named(call, arn.split(":")[5].split("/")[0], arn)


@answers("TagResource")
def tag_resource(call):
    thing, new = _tagged(call), call.params["Tags"]
    names = {tag["Key"] for tag in new}
    thing["Tags"] = [tag for tag in thing["Tags"] if tag["Key"] not in names] + new


@answers("UntagResource")
def untag_resource(call):
    thing, names = _tagged(call), call.params["TagKeys"]
    thing["Tags"] = [tag for tag in thing["Tags"] if tag["Key"] not in names]


@answers("ListTagsForResource")
def list_tags_for_resource(call):
    return {"Tags": _tagged(call)["Tags"]}
