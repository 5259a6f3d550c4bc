# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One request to the emulated account: which operation it is, with which parameters, and how an answer goes back.

Everything comes from botocore's models through moto's request parsers and response serializers, so the six wire protocols of AWS
need no code here and an answer that AWS could not give is refused.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from botocore.parsers import ResponseParserFactory
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import NotFound, get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from

# Services whose name in a signature is not the name of their model.
_MODELS = {
    "cloudcontrolapi": "cloudcontrol",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
    "states": "stepfunctions",
}
_READING = (
    "Batch",
    "Check",
    "Describe",
    "Download",
    "Estimate",
    "Filter",
    "Generate",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Preview",
    "Query",
)
_READING += ("Retrieve", "Scan", "Search", "Select", "Simulate", "Test", "Validate")
# What begins like reading and is not, and the other way round.
_EXCEPTIONS = {
    "AssumeRole": False,
    "BatchDeleteImage": True,
    "BatchDeleteBuilds": True,
    "GenerateDataKey": False,
    "TestFailover": True,
    "TestInvokeMethod": True,
}


def writes(operation):
    """Tell by its name whether an operation changes something in the account."""
    return _EXCEPTIONS.get(operation, not operation.startswith(_READING))


class AwsError(ServiceException):
    """An error as AWS answers it: code and message. The HTTP status is that of the model, or 400."""

    def __init__(self, code, message):
        super().__init__(code, message)


@dataclass
class Call:
    """One operation that somebody asked for."""

    service: str
    model: Any
    account: str
    region: str
    params: dict = field(default_factory=dict)
    request: Request | None = None
    access_key: str = ""
    forward: Any = None  # call.forward() hands the request to moto and returns its answer as data

    @property
    def operation(self):
        """Return the name as in the API reference, for example CreateCluster."""
        return self.model.name

    @property
    def protocol(self):
        """Return the wire protocol that the caller speaks."""
        return determine_request_protocol(self.model.service_model, self.request.content_type)

    def arn(self, resource, service=None, region=None):
        """Return the ARN of a resource in this account."""
        where = self.region if region is None else region
        return f"arn:aws:{service or self.service}:{where}:{self.account}:{resource}"


def identify(environ):
    """Return the Call that a signed request stands for, or None when it is not one (the console of moto, an unsigned download)."""
    request = Request(environ)
    try:
        access_key, _date, region, signed_for, _rest = _credential_scope(environ.get("HTTP_AUTHORIZATION", ""))
    except ValueError:
        return None
    body = request.get_data()
    environ["wsgi.input"] = io.BytesIO(body)
    if signed_for == "elasticloadbalancing" and b"Version=2012-06-01" in body:
        return None  # the load balancers of 2012 ("elb"): nobody here uses them
    service = _MODELS.get(signed_for, signed_for)
    operation, labels = _operation(service, request)
    if operation is None:
        return None
    parser = PROTOCOL_PARSERS[determine_request_protocol(operation.service_model, request.content_type)](operation)
    parts = {"method": request.method, "values": request.values, "headers": request.headers, "body": body}
    params = parser.parse({**parts, "url_path": request.path, "url_params": labels})
    environ["wsgi.input"] = io.BytesIO(body)
    return Call(service, operation, get_account_id_from(access_key), region, params or {}, request, access_key)


def _credential_scope(header):
    return header.split("Credential=", 1)[1].split(",", 1)[0].split("/")


def _operation(service, request):
    target, action = request.headers.get("X-Amz-Target"), request.values.get("Action")
    if target or action:
        return get_service_model(service).operation_model((target or action).split(".")[-1]), {}
    try:
        return get_service_router(service).match(request)
    except NotFound:
        return None, {}


def encode(call, result):
    """Return status, headers and body of an answer: a dictionary in the shape of the operation's output, or an AwsError."""
    if not isinstance(result, Exception):
        _insist_on_shape(call.model.output_shape, result, call.operation)
    serializer = get_serializer_class(call.service, call.protocol)(operation_model=call.model)
    answer = serializer.serialize(result)
    body = answer["body"]
    return answer["status_code"], answer["headers"], body.encode() if isinstance(body, str) else body


def decode(call, status, headers, body):
    """Return an answer of moto as data; raise it as AwsError when it is an error."""
    parser = ResponseParserFactory().create_parser("query" if call.protocol == "query-json" else call.protocol)
    names = {key.lower(): value for key, value in headers}
    data = parser.parse({"status_code": status, "headers": names, "body": body}, call.model.output_shape)
    data.pop("ResponseMetadata", None)
    if status >= 300:
        raise AwsError(data["Error"]["Code"], data["Error"]["Message"])
    return data


def _insist_on_shape(shape, value, path):
    """Raise TypeError for a member that AWS's model does not have: an answer of ours must be one that AWS could give."""
    if shape is None or value is None:
        if value:
            raise TypeError(f"{path} answers nothing, we answer {value!r}")
    elif shape.type_name == "structure" and isinstance(value, dict):
        for key, item in value.items():
            if key not in shape.members:
                raise TypeError(f"{path} has no member {key}")
            _insist_on_shape(shape.members[key], item, f"{path}.{key}")
    elif shape.type_name == "list":
        for item in value:
            _insist_on_shape(shape.member, item, f"{path}[]")
    elif shape.type_name == "map":
        for item in value.values():
            _insist_on_shape(shape.value, item, path)
