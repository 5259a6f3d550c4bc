# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Web ACLs, those of the region and those of CloudFront, which live in us-east-1, with what they log and protect."""

from __future__ import annotations

import base64

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.template import meant, unordered

_GLOBAL_REGION = "us-east-1"
_GONE = ("WAFNonexistentItemException",)
_ACTIONS = ("Allow", "Block", "Captcha", "Challenge", "Count", "None")
_FIELDS = ("All", "AllQueryArguments", "ASN", "Body", "HTTPMethod", "ForwardedIP", "IP", "Method", "QueryString", "UriPath")
meant("AWS::WAFv2::WebACL", *_ACTIONS, *_FIELDS, "SearchString", "UriFragment")
meant("AWS::WAFv2::LoggingConfiguration", "Method", "QueryString", "UriPath")
unordered("AWS::WAFv2::LoggingConfiguration", "RedactedFields")
unordered("AWS::WAFv2::WebACL", "TokenDomains")
_PROPERTIES = (
    "ApplicationConfig",
    "AssociationConfig",
    "CaptchaConfig",
    "ChallengeConfig",
    "CustomResponseBodies",
    "DataProtectionConfig",
    "DefaultAction",
    "Description",
    "Name",
    "OnSourceDDoSProtectionConfig",
    "TokenDomains",
    "VisibilityConfig",
)


def _api(account, scope):
    return account.api("wafv2", _GONE, _GLOBAL_REGION if scope == "CLOUDFRONT" else None)


@reader("AWS::WAFv2::WebACL")
def web_acls(account):
    """Find web ACLs of both scopes."""
    for scope in ("REGIONAL", "CLOUDFRONT"):
        for summary in _listed(account, scope):
            api = _api(account, scope)
            told = api.read("list_tags_for_resource", ResourceARN=summary["ARN"])
            tags = told and told["TagInfoForResource"]["TagList"]
            found = tags and account.ours(tags) and api.read("get_web_acl", Name=summary["Name"], Scope=scope, Id=summary["Id"])
            if found:
                yield _web_acl(account, scope, found["WebACL"], tags)


def _listed(account, scope):
    following = {}
    while True:
        page = _api(account, scope).read("list_web_acls", Scope=scope, Limit=100, **following)
        yield from page["WebACLs"]
        if not page.get("NextMarker") or not page["WebACLs"]:  # AWS gives a marker with the last page too
            return
        following = {"NextMarker": page["NextMarker"]}


def _web_acl(account, scope, told, tags):
    rules = sorted(told.get("Rules", []), key=lambda rule: rule["Priority"])
    properties = {"Scope": scope, **pick(told, *_PROPERTIES), "Rules": _texts(rules)}
    remembered = {"scope": scope, "region": _GLOBAL_REGION if scope == "CLOUDFRONT" else account.region}
    attributes = {"Arn": told["ARN"], "Id": told["Id"]}
    identity = f"{told['Name']}|{told['Id']}|{scope}"
    return Found("AWS::WAFv2::WebACL", identity, properties, tags, told["Name"], attributes, told=remembered)


def _texts(value):
    """Return rules with what they search for as text: boto3 has decoded it to bytes."""
    if isinstance(value, list):
        return [_texts(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _texts(each) for name, each in value.items() if not isinstance(each, bytes)}
    for name, each in value.items():
        if isinstance(each, bytes):
            found |= _search(name, each)
    return found


def _search(name, sought):
    try:
        return {name: sought.decode()}
    except UnicodeDecodeError:
        return {f"{name}Base64": base64.b64encode(sought).decode()}


@reader("AWS::WAFv2::LoggingConfiguration", of="AWS::WAFv2::WebACL")
def logging(account, web_acl):
    """Find what a web ACL logs, and where to."""
    arn = web_acl.attributes["Arn"]
    found = _api(account, web_acl.told["scope"]).read("get_logging_configuration", ResourceArn=arn)
    if not found:
        return
    told = found["LoggingConfiguration"]
    properties = {
        **pick(told, "ResourceArn", "LoggingFilter", "RedactedFields"),
        "LogDestinationConfigs": [each.removesuffix(":*") for each in told["LogDestinationConfigs"]],
    }
    remembered = {"region": web_acl.told["region"]}
    yield Found("AWS::WAFv2::LoggingConfiguration", web_acl.id, properties, None, web_acl.name, told=remembered)


@reader("AWS::WAFv2::WebACLAssociation", of="AWS::WAFv2::WebACL")
def associations(account, web_acl):
    """Find the load balancers that a web ACL protects; distributions name their web ACL themselves."""
    if web_acl.told["scope"] == "CLOUDFRONT":
        return
    arn, kind = web_acl.attributes["Arn"], "APPLICATION_LOAD_BALANCER"
    found = _api(account, "REGIONAL").read("list_resources_for_web_acl", WebACLArn=arn, ResourceType=kind) or {}
    for target in found.get("ResourceArns", []):
        properties = {"ResourceArn": target, "WebACLArn": arn}
        yield Found("AWS::WAFv2::WebACLAssociation", f"{target}|{arn}", properties, None, target.split("/")[-2])
