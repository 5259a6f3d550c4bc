# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudFront distributions and origin access controls; functions, policies and invalidations stand in files of their own.

moto drops origin access, takes any ETag, deploys at once, and lets an enabled distribution be deleted. A configuration is kept as
it came, completed by AWS's defaults. Key groups and key value stores are still moto's.
"""

from __future__ import annotations

import re

from moto.moto_api._internal import mock_random
from moto.s3.models import s3_backends
from moto.wafv2.models import wafv2_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of, states, taggable
from . import acm

DEPLOYS_IN = 240  # seconds until every edge location has a change
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

MANAGED_CACHE_POLICIES = {
    "2e54312d-136d-493c-8eb9-b001f22f67d2": "Managed-Amplify",
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "Managed-CachingDisabled",
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "Managed-CachingOptimized",
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": "Managed-CachingOptimizedForUncompressedObjects",
    "08627262-05a9-4f76-9ded-b50ca2e3a84f": "Managed-Elemental-MediaPackage",
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65": "UseOriginCacheControlHeaders",
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe": "UseOriginCacheControlHeaders-QueryStrings",
}
MANAGED_ORIGIN_REQUEST_POLICIES = {
    "216adef6-5c7f-47e4-b989-5492eafa07d3": "Managed-AllViewer",
    "33f36d7e-f396-46d9-90e0-52428a34d9dc": "Managed-AllViewerAndCloudFrontHeaders-2022-06",
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": "Managed-AllViewerExceptHostHeader",
    "59781a5b-3903-41f3-afcb-af62929ccde1": "Managed-CORS-CustomOrigin",
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": "Managed-CORS-S3Origin",
    "775133bc-15f2-49f9-abea-afb2e0bf67d2": "Managed-Elemental-MediaTailor-PersonalizedManifests",
    "bf0718e1-ba1e-49d1-88b1-f726733018ae": "Managed-HostHeaderOnly",
    "acba4595-bd28-49b8-b9fe-13317c0390fa": "Managed-UserAgentRefererHeaders",
}
MANAGED_RESPONSE_HEADERS_POLICIES = {
    "e61eb60c-9c35-4d20-a928-2b84e02af89c": "Managed-CORS-and-SecurityHeadersPolicy",
    "5cc3b908-e619-4b99-88e5-2cf7f45965bd": "Managed-CORS-With-Preflight",
    "eaab4381-ed33-4a86-88ca-d9558dc6cd63": "Managed-CORS-with-preflight-and-SecurityHeadersPolicy",
    "67f7725c-6f97-4210-82d7-5512b31e9d03": "Managed-SecurityHeadersPolicy",
    "60669652-455b-4ae9-85a4-c4c02393f86c": "Managed-SimpleCORS",
}

taggable("cloudfront", "distribution", arn="ARN", tags="Tags")


def new_id(prefix="E"):
    """Return an id, or an ETag, as CloudFront makes them."""
    return prefix + "".join(mock_random.choice(_LETTERS) for _place in range(13))


def distributions(call):
    """Return the distributions of the account by id."""
    return state_of(call, "distribution", region="global")


def functions(call):
    """Return the functions of the account by name."""
    return state_of(call, "function", region="global")


def response_headers_policies(call):
    """Return the response headers policies of the account by id, without AWS's own."""
    return state_of(call, "response headers policy", region="global")


def behaviors(config):
    """Return all behaviors of a configuration."""
    return [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", {}).get("Items", [])]


def users(call, uses):
    """Return the distributions that have a behavior of which ``uses`` is true."""
    return [kept for kept in distributions(call).values() if any(uses(behavior) for behavior in behaviors(kept["Config"]))]


def distribution_of(call, name="Id"):
    """Return the distribution that a parameter names, or raise what AWS raises."""
    found = distributions(call).get(call.params[name])
    if found is None:
        raise AwsError("NoSuchDistribution", "The specified distribution does not exist.")
    return found


def match(call, present):
    """Compare the ETag that the caller has seen with the present one."""
    given = call.params.get("IfMatch")
    if not given:
        raise AwsError("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
    if given != present["ETag"]:
        text = "The request failed because it didn't meet the preconditions in one or more request-header fields."
        raise AwsError("PreconditionFailed", text)


# The configuration and AWS's defaults


_EMPTY = {"Quantity": 0}
_NOBODY = {"Enabled": False, "Quantity": 0}
_READ = {"Quantity": 2, "Items": ["HEAD", "GET"]}
_BEHAVIOR = {
    "TrustedSigners": _NOBODY,
    "TrustedKeyGroups": _NOBODY,
    "SmoothStreaming": False,
    "Compress": False,
    "LambdaFunctionAssociations": _EMPTY,
    "FunctionAssociations": _EMPTY,
    "FieldLevelEncryptionId": "",
    "GrpcConfig": {"Enabled": False},
}
_ORIGIN = {
    "OriginPath": "",
    "CustomHeaders": _EMPTY,
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "OriginShield": {"Enabled": False},
    "OriginAccessControlId": "",
}
_CUSTOM = {
    "OriginSslProtocols": {"Quantity": 3, "Items": ["TLSv1", "TLSv1.1", "TLSv1.2"]},
    "OriginReadTimeout": 30,
    "OriginKeepaliveTimeout": 5,
}
_CONFIG = {
    "Aliases": _EMPTY,
    "DefaultRootObject": "",
    "OriginGroups": _EMPTY,
    "CacheBehaviors": _EMPTY,
    "CustomErrorResponses": _EMPTY,
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "PriceClass": "PriceClass_All",
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
    "WebACLId": "",
    "HttpVersion": "http2",
    "IsIPV6Enabled": False,
    "ContinuousDeploymentPolicyId": "",
    "Staging": False,
}
_DEFAULT_CERTIFICATE = {
    "CloudFrontDefaultCertificate": True,
    "SSLSupportMethod": "vip",
    "MinimumProtocolVersion": "TLSv1",
    "CertificateSource": "cloudfront",
}
# What an update has to repeat, or AWS takes it for an attempt to remove what cannot be removed.
_REPEATED = ("Aliases", "CacheBehaviors", "CustomErrorResponses", "DefaultRootObject", "HttpVersion", "Logging", "PriceClass")
_REPEATED += ("Restrictions", "ViewerCertificate", "WebACLId")


def _completed(config):
    behaviors = config.get("CacheBehaviors", _EMPTY)
    return {
        **_CONFIG,
        **config,
        "Origins": {**config["Origins"], "Items": [_origin(origin) for origin in config["Origins"]["Items"]]},
        "DefaultCacheBehavior": _behavior(config["DefaultCacheBehavior"]),
        "CacheBehaviors": {
            **behaviors,
            **({"Items": [_behavior(b) for b in behaviors["Items"]]} if behaviors.get("Items") else {}),
        },
        "ViewerCertificate": _certificate(config.get("ViewerCertificate", {})),
    }


def _behavior(given):
    methods = given.get("AllowedMethods", _READ)
    filled = {**_BEHAVIOR, **given, "AllowedMethods": {**methods, "CachedMethods": methods.get("CachedMethods", _READ)}}
    return filled if "CachePolicyId" in given else {"MinTTL": 0, "DefaultTTL": 86400, "MaxTTL": 31536000, **filled}


def _origin(given):
    custom = given.get("CustomOriginConfig")
    return {**_ORIGIN, **given, **({"CustomOriginConfig": {**_CUSTOM, **custom}} if custom else {})}


def _certificate(given):
    arn = given.get("ACMCertificateArn")
    if not arn:
        return _DEFAULT_CERTIFICATE
    told = {"CloudFrontDefaultCertificate": False, "MinimumProtocolVersion": "TLSv1", **given}
    return {**told, "Certificate": arn, "CertificateSource": "acm"}


# What AWS refuses


def _check(call, config, itself=None):
    check_quantities(config)
    names = [origin["Id"] for origin in config["Origins"]["Items"]]
    names += [group["Id"] for group in config.get("OriginGroups", {}).get("Items", [])]
    for origin in config["Origins"]["Items"]:
        _check_origin(call, origin)
    for behavior in behaviors(config):
        _check_behavior(call, behavior, names)
    aliases = config.get("Aliases", {}).get("Items", [])
    _check_aliases(call, aliases, itself)
    _check_certificate(call, config.get("ViewerCertificate", {}), aliases)
    _check_web_acl(call, config.get("WebACLId", ""))
    _check_logging(call, config.get("Logging", {}))


def check_quantities(value):
    """Raise what AWS raises about a list whose count is not that of its items."""
    if isinstance(value, dict):
        if "Quantity" in value and value["Quantity"] != len(value.get("Items", [])):
            raise AwsError("InconsistentQuantities", "The value of Quantity and the size of Items don't match.")
        for item in value.values():
            check_quantities(item)
    elif isinstance(value, list):
        for item in value:
            check_quantities(item)


def _check_origin(call, origin):
    kinds = [kind for kind in ("S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig") if kind in origin]
    if len(kinds) != 1:
        raise AwsError(
            "InvalidArgument", "Exactly one of S3OriginConfig, CustomOriginConfig and VpcOriginConfig must be specified."
        )
    if kinds == ["S3OriginConfig"] and not re.search(r"\.s3[.-]([a-z0-9-]+\.)?amazonaws\.com$", origin["DomainName"]):
        raise AwsError("InvalidArgument", "The parameter Origin DomainName does not refer to a valid S3 bucket.")
    control = origin.get("OriginAccessControlId")
    if control and control not in controls(call):
        raise AwsError("InvalidOriginAccessControl", "The specified origin access control does not exist.")
    if control and origin.get("S3OriginConfig", {}).get("OriginAccessIdentity"):
        text = "An origin cannot contain both an origin access control (OAC) and an origin access identity (OAI)."
        raise AwsError("IllegalOriginAccessConfiguration", text)


def _check_behavior(call, behavior, names):
    if behavior["TargetOriginId"] not in names:
        raise AwsError("NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
    if behavior.get("CachePolicyId"):
        if "ForwardedValues" in behavior:
            text = "The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior."
            raise AwsError("InvalidArgument", text)
    elif "ForwardedValues" not in behavior:
        raise AwsError("InvalidArgument", "The parameter ForwardedValues is required.")
    for member, known, code in (
        ("CachePolicyId", MANAGED_CACHE_POLICIES, "NoSuchCachePolicy"),
        ("OriginRequestPolicyId", MANAGED_ORIGIN_REQUEST_POLICIES, "NoSuchOriginRequestPolicy"),
        (
            "ResponseHeadersPolicyId",
            {**MANAGED_RESPONSE_HEADERS_POLICIES, **response_headers_policies(call)},
            "NoSuchResponseHeadersPolicy",
        ),
    ):
        if behavior.get(member) and behavior[member] not in known:
            raise AwsError(code, "The specified policy does not exist.")
    _check_functions(call, behavior.get("FunctionAssociations", {}).get("Items", []))


def _check_functions(call, associations):
    """Check that the functions are published, and that none is called twice or where functions are not called at all."""
    live = [function["arn"] for function in functions(call).values() if function.get("LIVE")]
    events = [association["EventType"] for association in associations]
    for association in associations:
        if association["FunctionARN"] not in live:
            text = f"The function {association['FunctionARN']} does not exist or is not in the LIVE stage."
            raise AwsError("InvalidFunctionAssociation", text)
    if len(set(events)) != len(events) or not set(events) <= {"viewer-request", "viewer-response"}:
        text = "Functions are associated with viewer-request and viewer-response, once each."
        raise AwsError("InvalidFunctionAssociation", text)


def _check_aliases(call, aliases, itself):
    for other in distributions(call).values():
        taken = other["Config"]["Aliases"].get("Items", [])
        if other is not itself and set(aliases) & set(taken):
            text = "One or more of the CNAMEs you provided are already associated with a different resource."
            raise AwsError("CNAMEAlreadyExists", text)


def _check_certificate(call, given, aliases):
    arn = given.get("ACMCertificateArn")
    if not arn:
        if aliases:
            text = "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate."
            raise AwsError("InvalidViewerCertificate", text)
        return
    bundle = acm.certificate(call.account, "us-east-1", arn) if ":acm:us-east-1:" in arn else None
    if bundle is None or bundle.status != "ISSUED":
        text = (
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid chain."
        )
        raise AwsError("InvalidViewerCertificate", text)
    if not given.get("SSLSupportMethod"):
        raise AwsError("InvalidViewerCertificate", "The parameter SSLSupportMethod is required for a custom certificate.")
    if not all(acm.covers(bundle, alias) for alias in aliases):
        text = "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME)."
        raise AwsError("InvalidViewerCertificate", text)


def _check_web_acl(call, arn):
    acls = wafv2_backends[call.account]["global"].wacls
    if arn and arn not in acls:
        raise AwsError("InvalidWebACLId", "Web ACL is not accessible by the requester.")


def _check_logging(call, logging):
    """Check that the bucket for logs is there and lets ACLs in: CloudFront grants itself access by one."""
    if not logging.get("Enabled"):
        return
    name = logging.get("Bucket", "").split(".s3", 1)[0]
    bucket = s3_backends[call.account]["aws"].buckets.get(name)
    if bucket is None:
        raise AwsError("InvalidArgument", "The parameter Logging Bucket does not refer to a valid S3 bucket.")
    if bucket.ownership_rule == "BucketOwnerEnforced":
        text = f"The S3 bucket that you specified for CloudFront logs does not enable ACL access: {name}.s3.amazonaws.com"
        raise AwsError("InvalidArgument", text)


# Distributions


def is_deployed(kept):
    """Tell whether every edge location has the last change."""
    return CLOCK.seconds() >= kept["DeployedAt"]


def _shown(kept):
    deployed = is_deployed(kept)
    return {
        **{key: kept[key] for key in ("Id", "ARN", "LastModifiedTime", "DomainName")},
        "Status": "Deployed" if deployed else "InProgress",
        "InProgressInvalidationBatches": sum(CLOCK.seconds() < batch["DoneAt"] for batch in kept["Invalidations"].values()),
        "ActiveTrustedSigners": _NOBODY,
        "ActiveTrustedKeyGroups": _NOBODY,
        "DistributionConfig": kept["Config"],
    }


def _changed(kept, config):
    kept.update(Config=_completed(config), ETag=new_id(), LastModifiedTime=CLOCK.now(), DeployedAt=CLOCK.seconds() + DEPLOYS_IN)


def _create(call, config, tags):
    _check(call, config)
    # AWS remembers a reference for good: also that of a distribution which is gone.
    known, reference = state_of(call, "caller reference", region="global"), config["CallerReference"]
    if reference in known:
        text = "The caller reference that you are using to create a distribution is associated with another distribution."
        raise AwsError("DistributionAlreadyExists", f"{text} Already exists: {known[reference]}")
    identity = known[reference] = new_id()
    kept = {
        "Id": identity,
        "ARN": call.arn(f"distribution/{identity}", region=""),
        "DomainName": f"d{new_id('')[:13].lower()}.cloudfront.net",
        "Tags": {tag["Key"]: tag.get("Value", "") for tag in tags},
        "Invalidations": {},
    }
    _changed(kept, config)
    distributions(call)[identity] = kept
    return kept


def location(kept):
    """Return the address of a distribution in the API."""
    return f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{kept['Id']}"


@operation("cloudfront", "CreateDistribution")
def create_distribution(call):
    kept = _create(call, call.params["DistributionConfig"], [])
    return {"Distribution": _shown(kept), "ETag": kept["ETag"], "Location": location(kept)}


@operation("cloudfront", "CreateDistributionWithTags")
def create_distribution_with_tags(call):
    given = call.params["DistributionConfigWithTags"]
    kept = _create(call, given["DistributionConfig"], given["Tags"].get("Items", []))
    return {"Distribution": _shown(kept), "ETag": kept["ETag"], "Location": location(kept)}


@operation("cloudfront", "GetDistribution")
def get_distribution(call):
    kept = distribution_of(call)
    return {"Distribution": _shown(kept), "ETag": kept["ETag"]}


@operation("cloudfront", "GetDistributionConfig")
def get_distribution_config(call):
    kept = distribution_of(call)
    return {"DistributionConfig": kept["Config"], "ETag": kept["ETag"]}


@operation("cloudfront", "UpdateDistribution")
def update_distribution(call):
    kept, config = distribution_of(call), call.params["DistributionConfig"]
    match(call, kept)
    lacking = [key for key in _REPEATED if key not in config]
    if lacking or config["CallerReference"] != kept["Config"]["CallerReference"]:
        raise AwsError("IllegalUpdate", f"The update contains modifications that are not allowed: {', '.join(lacking)}.")
    _check(call, config, itself=kept)
    _changed(kept, config)
    return {"Distribution": _shown(kept), "ETag": kept["ETag"]}


@operation("cloudfront", "DeleteDistribution")
def delete_distribution(call):
    kept = distribution_of(call)
    match(call, kept)
    if kept["Config"]["Enabled"] or _shown(kept)["Status"] != "Deployed":
        raise AwsError("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")
    del distributions(call)[kept["Id"]]


_SUMMARY = ("Aliases", "Origins", "OriginGroups", "DefaultCacheBehavior", "CacheBehaviors", "CustomErrorResponses", "Comment")
_SUMMARY += ("PriceClass", "Enabled", "ViewerCertificate", "Restrictions", "WebACLId", "HttpVersion", "IsIPV6Enabled", "Staging")


def page(call, items):
    """Return the part of a list that the caller asks for, as CloudFront writes lists, and the marks that most lists have."""
    start, size = int(call.params.get("Marker") or 0), int(call.params.get("MaxItems") or 100)
    part = items[start : start + size]
    more = start + size < len(items)
    told = {"MaxItems": size, "Quantity": len(part), "Items": part, **({"NextMarker": str(start + size)} if more else {})}
    return told, {"Marker": call.params.get("Marker") or "", "IsTruncated": more}


@operation("cloudfront", "ListDistributions")
def list_distributions(call):
    listed = []
    for kept in distributions(call).values():
        shown = _shown(kept)
        top = {key: shown[key] for key in ("Id", "ARN", "Status", "LastModifiedTime", "DomainName")}
        listed.append({**top, **{key: kept["Config"][key] for key in _SUMMARY}})
    found, marks = page(call, listed)
    return {"DistributionList": {**found, **marks}}


def _uses_certificate(account, arn):
    for owner, _region, things in states("cloudfront", "distribution"):
        if owner == account:
            for kept in things.values():
                if kept["Config"]["ViewerCertificate"].get("ACMCertificateArn") == arn:
                    yield kept["ARN"]


acm.USERS.append(_uses_certificate)


# Tags


def _tagged(call):
    """Return our distribution or function that an ARN names; None when it names something that moto keeps."""
    kind, _slash, identity = call.params["Resource"].rsplit(":", 1)[-1].partition("/")
    ours = {"distribution": distributions, "function": functions}.get(kind)
    if ours is None:
        return None
    if identity not in ours(call):
        raise AwsError("NoSuchResource", "The specified resource does not exist.")
    return ours(call)[identity]


@operation("cloudfront", "TagResource")
def tag_resource(call):
    kept, tags = _tagged(call), call.params["Tags"]
    if kept is None:
        return call.forward()
    kept["Tags"].update({tag["Key"]: tag.get("Value", "") for tag in tags["Items"]})
    return None


@operation("cloudfront", "UntagResource")
def untag_resource(call):
    kept, keys = _tagged(call), call.params["TagKeys"]
    if kept is None:
        return call.forward()
    for key in keys["Items"]:
        kept["Tags"].pop(key, None)
    return None


@operation("cloudfront", "ListTagsForResource")
def list_tags_for_resource(call):
    kept = _tagged(call)
    if kept is None:
        return call.forward()
    return {"Tags": {"Items": [{"Key": key, "Value": value} for key, value in kept["Tags"].items()]}}


# Origin access controls


def controls(call):
    """Return the origin access controls of the account by id."""
    return state_of(call, "origin access control", region="global")


def _control(call):
    found = controls(call).get(call.params["Id"])
    if found is None:
        raise AwsError("NoSuchOriginAccessControl", "The specified origin access control does not exist.")
    return found


def _control_shown(control):
    return {"OriginAccessControl": {"Id": control["Id"], "OriginAccessControlConfig": control["Config"]}, "ETag": control["ETag"]}


def _check_control(call, config, itself=None):
    if any(other["Config"]["Name"] == config["Name"] and other is not itself for other in controls(call).values()):
        raise AwsError("OriginAccessControlAlreadyExists", "An origin access control with this name already exists.")


@operation("cloudfront", "CreateOriginAccessControl")
def create_origin_access_control(call):
    config = {"Description": "", **call.params["OriginAccessControlConfig"]}
    _check_control(call, config)
    control = {"Id": new_id(), "ETag": new_id(), "Config": config}
    controls(call)[control["Id"]] = control
    return {
        **_control_shown(control),
        "Location": f"https://cloudfront.amazonaws.com/2020-05-31/origin-access-control/{control['Id']}",
    }


@operation("cloudfront", "GetOriginAccessControl")
def get_origin_access_control(call):
    return _control_shown(_control(call))


@operation("cloudfront", "GetOriginAccessControlConfig")
def get_origin_access_control_config(call):
    control = _control(call)
    return {"OriginAccessControlConfig": control["Config"], "ETag": control["ETag"]}


@operation("cloudfront", "UpdateOriginAccessControl")
def update_origin_access_control(call):
    control, config = _control(call), {"Description": "", **call.params["OriginAccessControlConfig"]}
    match(call, control)
    _check_control(call, config, itself=control)
    control.update(Config=config, ETag=new_id())
    return _control_shown(control)


@operation("cloudfront", "DeleteOriginAccessControl")
def delete_origin_access_control(call):
    control = _control(call)
    match(call, control)
    for kept in distributions(call).values():
        if any(origin.get("OriginAccessControlId") == control["Id"] for origin in kept["Config"]["Origins"]["Items"]):
            text = "Cannot delete the origin access control because it's in use by one or more distributions."
            raise AwsError("OriginAccessControlInUse", text)
    del controls(call)[control["Id"]]


@operation("cloudfront", "ListOriginAccessControls")
def list_origin_access_controls(call):
    found, marks = page(call, [{"Id": control["Id"], **control["Config"]} for control in controls(call).values()])
    return {"OriginAccessControlList": {**found, **marks}}
