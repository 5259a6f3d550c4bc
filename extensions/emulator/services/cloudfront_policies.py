# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Response headers policies of CloudFront, which moto does not have."""

from __future__ import annotations

import uuid

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation
from .cloudfront import (
    MANAGED_RESPONSE_HEADERS_POLICIES,
    check_quantities,
    match,
    new_id,
    page,
    response_headers_policies,
    users,
)

_PARTS = ("CorsConfig", "SecurityHeadersConfig", "ServerTimingHeadersConfig", "CustomHeadersConfig", "RemoveHeadersConfig")
_MOST = 10  # custom headers, and headers to remove
_LONGEST = 10240  # characters of all custom headers
# Headers that have a place of their own in a policy.
_SECURITY = {
    "content-security-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "x-xss-protection",
}
_CORS = "access-control-"


def _invalid(text):
    return AwsError("InvalidArgument", text)


def _policy(call):
    identity = call.params["Id"]
    if identity in MANAGED_RESPONSE_HEADERS_POLICIES:
        raise AwsError("AccessDenied", "Access denied.")  # those of AWS can be read, which nobody here does, and not changed
    found = response_headers_policies(call).get(identity)
    if found is None:
        raise AwsError("NoSuchResponseHeadersPolicy", "The response headers policy does not exist.")
    return found


def _check(call, config, itself=None):
    check_quantities(config)
    if any(other["Config"]["Name"] == config["Name"] and other is not itself for other in response_headers_policies(call).values()):
        text = "A response headers policy with this name already exists. Response headers policy names must be unique."
        raise AwsError("ResponseHeadersPolicyAlreadyExists", text)
    if not any(config.get(part) and config[part].get("Quantity", 1) for part in _PARTS):
        raise _invalid("The response headers policy must have at least one header configuration.")
    _check_cors(config.get("CorsConfig"))
    _check_security(config.get("SecurityHeadersConfig", {}))
    _check_headers(config)


def _check_cors(cors):
    if cors is None:
        return
    for name in ("AccessControlAllowOrigins", "AccessControlAllowHeaders", "AccessControlAllowMethods"):
        if not cors[name].get("Items"):
            raise _invalid(f"The parameter {name} must have at least one item.")
    if cors["AccessControlAllowCredentials"]:
        for header, name in (("Allow-Headers", "AllowHeaders"), ("Expose-Headers", "ExposeHeaders")):
            if "*" in cors.get(f"AccessControl{name}", {}).get("Items", []):
                raise _invalid(f"The parameter Access-Control-{header} cannot contain * when allowCredentials is true.")


def _check_security(security):
    protection = security.get("XSSProtection", {})
    if protection.get("ModeBlock") and protection.get("ReportUri"):
        raise _invalid("The parameter X-XSS-Protection cannot have both ModeBlock and ReportUri.")
    if len(security.get("ContentSecurityPolicy", {}).get("ContentSecurityPolicy", "")) > 1783:
        raise AwsError("TooLongCSPInResponseHeadersPolicy", "The length of the Content-Security-Policy header value exceeds 1783.")


def _check_headers(config):
    custom = config.get("CustomHeadersConfig", {}).get("Items", [])
    removed = [item["Header"].lower() for item in config.get("RemoveHeadersConfig", {}).get("Items", [])]
    if len(custom) > _MOST or sum(len(item["Header"]) + len(item["Value"]) for item in custom) > _LONGEST:
        text = "The number of custom headers in the response headers policy exceeds the maximum."
        raise AwsError("TooManyCustomHeadersInResponseHeadersPolicy", text)
    if len(removed) > _MOST:
        text = "The number of headers in RemoveHeadersConfig in the response headers policy exceeds the maximum."
        raise AwsError("TooManyRemoveHeadersInResponseHeadersPolicy", text)
    names = [item["Header"].lower() for item in custom]
    for name in names:
        if name in _SECURITY or name.startswith(_CORS):
            kind = "security" if name in _SECURITY else "CORS"
            raise _invalid(
                f"The parameter CustomHeaders contains {name} that is a {kind} header and cannot be set as custom header."
            )
    if len(set(names)) != len(names) or set(names) & set(removed):
        raise _invalid("The parameter CustomHeaders contains a header twice, or one that is removed.")


def _kept(config):
    return {**config, "Comment": config.get("Comment", "")}


def _told(policy):
    return {"Id": policy["Id"], "LastModifiedTime": policy["Modified"], "ResponseHeadersPolicyConfig": policy["Config"]}


def _answer(policy):
    return {"ResponseHeadersPolicy": _told(policy), "ETag": policy["ETag"]}


@operation("cloudfront", "CreateResponseHeadersPolicy")
def create_policy(call):
    config = call.params["ResponseHeadersPolicyConfig"]
    _check(call, config)
    policy = {"Id": str(uuid.uuid4()), "ETag": new_id(), "Config": _kept(config), "Modified": CLOCK.now()}
    response_headers_policies(call)[policy["Id"]] = policy
    where = f"https://cloudfront.amazonaws.com/2020-05-31/response-headers-policy/{policy['Id']}"
    return {**_answer(policy), "Location": where}


@operation("cloudfront", "GetResponseHeadersPolicy")
def get_policy(call):
    return _answer(_policy(call))


@operation("cloudfront", "UpdateResponseHeadersPolicy")
def update_policy(call):
    policy, config = _policy(call), call.params["ResponseHeadersPolicyConfig"]
    match(call, policy)
    _check(call, config, itself=policy)
    policy.update(Config=_kept(config), ETag=new_id(), Modified=CLOCK.now())
    return _answer(policy)


def _users(call, identity):
    return users(call, lambda behavior: behavior.get("ResponseHeadersPolicyId") == identity)


@operation("cloudfront", "DeleteResponseHeadersPolicy")
def delete_policy(call):
    policy = _policy(call)
    match(call, policy)
    if _users(call, policy["Id"]):
        text = "Cannot delete the response headers policy because it is attached to one or more cache behaviors."
        raise AwsError("ResponseHeadersPolicyInUse", text)
    del response_headers_policies(call)[policy["Id"]]


@operation("cloudfront", "ListResponseHeadersPolicies")
def list_policies(call):
    if call.params.get("Type") != "custom":
        raise AwsError("NotImplemented", "The emulated account lists response headers policies of the type custom only.")
    items = [{"Type": "custom", "ResponseHeadersPolicy": _told(policy)} for policy in response_headers_policies(call).values()]
    found, _marks = page(call, items)
    return {"ResponseHeadersPolicyList": found}


@operation("cloudfront", "ListDistributionsByResponseHeadersPolicyId")
def list_users(call):
    identity = call.params["ResponseHeadersPolicyId"]
    if identity not in {**MANAGED_RESPONSE_HEADERS_POLICIES, **response_headers_policies(call)}:
        raise AwsError("NoSuchResponseHeadersPolicy", "The response headers policy does not exist.")
    found, marks = page(call, [kept["Id"] for kept in _users(call, identity)])
    return {"DistributionIdList": {**found, **marks}}
