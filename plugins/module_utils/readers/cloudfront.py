# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Distributions, and what they use that is nobody else's: identities towards origins, functions, policies of answers."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import cloudfront, cloudfront_config
from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form
from ansible_collections.slipway.aws.plugins.module_utils.template import meant, unordered

_BEHAVIORS = ("DefaultCacheBehavior", "CacheBehaviors")
unordered(
    "AWS::CloudFront::Distribution",
    "DistributionConfig.Aliases",
    "DistributionConfig.CustomErrorResponses",
    "DistributionConfig.Origins",
    "DistributionConfig.Origins.CustomOriginConfig.OriginSSLProtocols",
    "DistributionConfig.Origins.OriginCustomHeaders",
    "DistributionConfig.Restrictions.GeoRestriction.Locations",
    *(
        f"DistributionConfig.{each}.{name}"
        for each in _BEHAVIORS
        for name in ("AllowedMethods", "CachedMethods", "FunctionAssociations", "LambdaFunctionAssociations", "TrustedKeyGroups")
    ),
)
unordered(
    "AWS::CloudFront::ResponseHeadersPolicy",
    "ResponseHeadersPolicyConfig.CustomHeadersConfig.Items",
    "ResponseHeadersPolicyConfig.RemoveHeadersConfig.Items",
    *(
        f"ResponseHeadersPolicyConfig.CorsConfig.AccessControl{name}.Items"
        for name in ("AllowHeaders", "AllowMethods", "AllowOrigins", "ExposeHeaders")
    ),
)
meant("AWS::CloudFront::Distribution", "S3OriginConfig")  # an origin needs one of the kinds, and this one has nothing to say
meant("AWS::CloudFront::Function", "Comment")

_GONE = ("NoSuchDistribution", "NoSuchFunctionExists", "NoSuchOriginAccessControl", "NoSuchResource")
_VERBATIM = (
    "AnycastIpListId",
    "Comment",
    "ConnectionMode",
    "ContinuousDeploymentPolicyId",
    "DefaultRootObject",
    "Enabled",
    "HttpVersion",
    "PriceClass",
    "Staging",
    "WebACLId",
)


def _api(account):
    return account.api("cloudfront", _GONE)


@reader("AWS::CloudFront::Distribution")
def distributions(account):
    """Find distributions."""
    api = _api(account)
    arns = [each["ARN"] for each in cloudfront.listed(api, "list_distributions", "DistributionList")]
    tags = side_by_side(lambda arn: (api.read("list_tags_for_resource", Resource=arn) or {}).get("Tags"), arns)
    for arn, carried in zip(arns, tags, strict=True):
        found = carried and account.ours(carried) and api.read("get_distribution", Id=arn.split("/")[-1])
        if found:
            yield _distribution(api, found["Distribution"], carried)


def _distribution(api, told, tags):
    shape = api.client.meta.service_model.shape_for("DistributionConfig")
    config = cloudfront_config.masked(cloudfront_config.known(shape, told["DistributionConfig"]))
    behaviors = [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", [])]
    uses = {
        "arn": told["ARN"],
        "access": sorted({each["OriginAccessControlId"] for each in config["Origins"] if each.get("OriginAccessControlId")}),
        "functions": sorted({each["FunctionARN"] for one in behaviors for each in one.get("FunctionAssociations", [])}),
        "policies": sorted({one["ResponseHeadersPolicyId"] for one in behaviors if one.get("ResponseHeadersPolicyId")}),
    }
    properties = {"DistributionConfig": _config(config, told["DistributionConfig"])}
    name = from_form(tags).get("Name") or config.get("Comment") or "".join(config.get("Aliases", [])[:1])
    attributes = {"Id": told["Id"], "DomainName": told["DomainName"]}
    return Found("AWS::CloudFront::Distribution", told["Id"], properties, tags, name, attributes, told=uses)


def _config(config, raw):
    """Return a configuration with plain lists in the names of the schema. Only its origin groups keep their counts."""
    geo, logging, groups = config["Restrictions"]["GeoRestriction"], config.get("Logging", {}), raw.get("OriginGroups", {})
    return {
        **pick(config, *_VERBATIM, IPV6Enabled="IsIPV6Enabled"),
        "Aliases": config.get("Aliases"),
        "CacheBehaviors": config.get("CacheBehaviors"),
        "CustomErrorResponses": [_error(each) for each in config.get("CustomErrorResponses", [])],
        "DefaultCacheBehavior": config["DefaultCacheBehavior"],
        "Logging": pick(logging, "Bucket", "IncludeCookies", "Prefix") if logging.get("Enabled") else None,
        "OriginGroups": groups if groups.get("Quantity") else None,
        "Origins": [_origin(each) for each in config["Origins"]],
        "Restrictions": {"GeoRestriction": pick(geo, "RestrictionType", Locations="Items")},
        "ViewerCertificate": _certificate(config["ViewerCertificate"]),
    }


def _certificate(told):
    names = {
        "AcmCertificateArn": "ACMCertificateArn",
        "IamCertificateId": "IAMCertificateId",
        "SslSupportMethod": "SSLSupportMethod",
    }
    return pick(told, "CloudFrontDefaultCertificate", "MinimumProtocolVersion", **names)


def _error(told):
    code = told.get("ResponseCode")
    return {**pick(told, "ErrorCachingMinTTL", "ErrorCode", "ResponsePagePath"), "ResponseCode": int(code) if code else None}


def _origin(told):
    custom, shield = told.get("CustomOriginConfig"), told.get("OriginShield", {})
    names = ("ConnectionAttempts", "ConnectionTimeout", "DomainName", "Id", "OriginAccessControlId", "OriginPath")
    found = pick(
        told, *names, "ResponseCompletionTimeout", "S3OriginConfig", "VpcOriginConfig", OriginCustomHeaders="CustomHeaders"
    )
    if custom:
        renamed = {"OriginSSLProtocols": "OriginSslProtocols"}
        rest = {name: value for name, value in custom.items() if name not in renamed.values()}
        found["CustomOriginConfig"] = {**rest, **pick(custom, **renamed)}
    return {**found, "OriginShield": shield if shield.get("Enabled") else None}


# What has no tags, or may be without them: the distributions that use it say whose it is


@reader("AWS::CloudFront::OriginAccessControl", of="AWS::CloudFront::Distribution")
def access_controls(account, distribution):
    """Find the identities with which a distribution calls its origins."""
    for identity in distribution.told["access"]:
        found = _api(account).read("get_origin_access_control", Id=identity)
        if found:
            config = found["OriginAccessControl"]["OriginAccessControlConfig"]
            names = ("Description", "Name", "SigningBehavior", "SigningProtocol", "OriginAccessControlOriginType")
            properties = {"OriginAccessControlConfig": pick(config, *names)}
            yield Found("AWS::CloudFront::OriginAccessControl", identity, properties, None, config["Name"], {"Id": identity})


@reader("AWS::CloudFront::Function", of="AWS::CloudFront::Distribution")
def functions(account, distribution):
    """Find the functions that a distribution calls, as they are published."""
    for arn in distribution.told["functions"]:
        name = arn.split("/")[-1]
        told = _api(account).read("describe_function", Name=name, Stage="LIVE")
        code = told and _api(account).read("get_function", Name=name, Stage="LIVE")
        if code:
            tags = (_api(account).read("list_tags_for_resource", Resource=arn) or {}).get("Tags")
            yield _function(arn, told["FunctionSummary"], code["FunctionCode"].read().decode(), tags)


def _function(arn, told, code, tags):
    config = told["FunctionConfig"]
    stores = config.get("KeyValueStoreAssociations", {}).get("Items", [])
    properties = {
        "AutoPublish": True,
        "FunctionCode": code,
        "FunctionConfig": {**pick(config, "Runtime"), "Comment": config.get("Comment", ""), "KeyValueStoreAssociations": stores},
        "Name": told["Name"],
    }
    return Found("AWS::CloudFront::Function", arn, properties, tags, told["Name"], {"FunctionARN": arn})


@reader("AWS::CloudFront::ResponseHeadersPolicy", of="AWS::CloudFront::Distribution")
def response_headers_policies(account, distribution):
    """Find the policies of a distribution's answers that are not AWS's own."""
    used = set(distribution.told["policies"]) - set(cloudfront.POLICIES["ResponseHeadersPolicyId"].values())
    if not used:
        return
    for each in cloudfront.listed(_api(account), "list_response_headers_policies", "ResponseHeadersPolicyList", Type="custom"):
        one = each["ResponseHeadersPolicy"]
        if one["Id"] in used:
            config = one["ResponseHeadersPolicyConfig"]
            properties = {"ResponseHeadersPolicyConfig": _uncounted(config)}
            yield Found("AWS::CloudFront::ResponseHeadersPolicy", one["Id"], properties, None, config["Name"], {"Id": one["Id"]})


def _uncounted(value):
    """Return a configuration without the counts of its lists."""
    if isinstance(value, dict):
        return {name: _uncounted(each) for name, each in value.items() if name != "Quantity"}
    return [_uncounted(each) for each in value] if isinstance(value, list) else value
