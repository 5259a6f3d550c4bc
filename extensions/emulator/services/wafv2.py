# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Logging of web ACLs. The ACLs themselves are moto's, which logs from any ACL to any place."""

from __future__ import annotations

from moto.firehose.models import firehose_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.wafv2.models import wafv2_backends

from ..calls import AwsError
from ..registry import operation, state_of

_PREFIX = "aws-waf-logs-"
_REDACTABLE = ("SingleHeader", "UriPath", "QueryString", "Method")
_NO_ITEM = "AWS WAF could not perform the operation because your resource does not exist."


def _invalid(reason, field, parameter):
    return AwsError("WAFInvalidParameterException", f"Error reason: {reason}, field: {field}, parameter: {parameter}")


def _acl(call, arn):
    """Return the ARN of a web ACL that is there, or raise what AWS raises."""
    if "/webacl/" not in arn:
        raise _invalid("The ARN isn't valid. A valid ARN begins with arn: and includes other information", "RESOURCE_ARN", arn)
    if ":global/" in arn and call.region != "us-east-1":
        raise _invalid("The scope is not valid.", "SCOPE_VALUE", "CLOUDFRONT")
    where = "global" if ":global/" in arn else call.region
    if arn not in wafv2_backends[call.account][where].wacls:
        _kept(call).pop(arn, None)  # it goes with its web ACL
        raise AwsError("WAFNonexistentItemException", _NO_ITEM)
    return arn


def _kept(call):
    return state_of(call, "logging")


@operation("wafv2", "PutLoggingConfiguration")
def put_logging(call):
    given = call.params["LoggingConfiguration"]
    arn = _acl(call, given["ResourceArn"])
    if given.get("ManagedByFirewallManager"):
        raise AwsError("NotImplemented", "The emulated account has no Firewall Manager.")
    if given.get("LogScope", "CUSTOMER") != "CUSTOMER":
        raise AwsError("NotImplemented", "The emulated account has the log scope CUSTOMER only.")
    destinations = given["LogDestinationConfigs"]
    if len(destinations) != 1:
        raise _invalid("You can specify one log destination only.", "LOG_DESTINATION", str(destinations))
    _check_destination(call, arn, destinations[0])
    for field in given.get("RedactedFields", []):
        if len(field) != 1 or next(iter(field)) not in _REDACTABLE:
            raise _invalid("The field cannot be redacted.", "FIELD_TO_MATCH", str(field))
    for rule in given.get("LoggingFilter", {}).get("Filters", []):
        for condition in rule["Conditions"]:
            if len(condition) != 1:
                raise _invalid("You have used none or multiple values for a field.", "FILTER_CONDITION", str(condition))
    _kept(call)[arn] = {"ManagedByFirewallManager": False, "LogType": "WAF_LOGS", "LogScope": "CUSTOMER", **given}
    return {"LoggingConfiguration": _kept(call)[arn]}


def _check_destination(call, acl, arn):
    """Check the name, the place and the existence of what is logged to. AWS blames the ARN for each of them."""
    service, where, account, resource = arn.split(":", 5)[2:] if arn.count(":") >= 5 else ("", "", "", "")
    kind, name = _named(service, resource)
    if service == "s3":
        known = name in s3_backends[call.account]["aws"].buckets
    elif service == "logs":
        known = name in logs_backends[call.account][call.region].groups
    else:
        known = service == "firehose" and name in firehose_backends[call.account][call.region].delivery_streams
    elsewhere = service != "s3" and (where, account) != (acl.split(":")[3], call.account)
    if kind is None or not name.startswith(_PREFIX) or not known or elsewhere:
        text = "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes."
        raise _invalid(text, "LOG_DESTINATION", arn)


def _named(service, resource):
    """Return kind and name of a destination."""
    if service == "s3":
        return "bucket", resource
    start = {"logs": "log-group:", "firehose": "deliverystream/"}.get(service)
    if start is None or not resource.startswith(start):
        return None, ""
    return start, resource.removeprefix(start).removesuffix(":*")


@operation("wafv2", "GetLoggingConfiguration")
def get_logging(call):
    call.params.take("LogType", "LogScope")
    return {"LoggingConfiguration": _found(call)}


def _found(call):
    arn = _acl(call, call.params["ResourceArn"])
    if arn not in _kept(call):
        raise AwsError("WAFNonexistentItemException", _NO_ITEM)
    return _kept(call)[arn]


@operation("wafv2", "DeleteLoggingConfiguration")
def delete_logging(call):
    call.params.take("LogType", "LogScope")
    del _kept(call)[_found(call)["ResourceArn"]]


@operation("wafv2", "ListLoggingConfigurations")
def list_logging(call):
    call.params.take("LogScope", "Limit", "NextMarker")  # one page: the account is small
    mark = ":global/" if call.params["Scope"] == "CLOUDFRONT" else ":regional/"
    where = "global" if call.params["Scope"] == "CLOUDFRONT" else call.region
    there = wafv2_backends[call.account][where].wacls
    return {"LoggingConfigurations": [kept for arn, kept in _kept(call).items() if mark in arn and arn in there]}


# What a web ACL protects: moto knows, and cannot be asked

_PROTECTED = {"APPLICATION_LOAD_BALANCER": ":loadbalancer/app/", "API_GATEWAY": ":/restapis/"}


@operation("wafv2", "ListResourcesForWebACL")
def list_resources(call):
    arn, kind = _acl(call, call.params["WebACLArn"]), call.params.get("ResourceType", "APPLICATION_LOAD_BALANCER")
    if ":global/" in arn:
        raise _invalid("The scope is not valid.", "SCOPE_VALUE", "CLOUDFRONT")
    if kind not in _PROTECTED:
        raise AwsError("NotImplemented", f"The emulated account protects no {kind}.")
    protected = wafv2_backends[call.account][call.region].wacls[arn].associated_resources
    return {"ResourceArns": [each for each in protected if _PROTECTED[kind] in each]}
