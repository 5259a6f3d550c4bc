# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The configuration of a distribution: from the options of cloudfront_distribution to what shall be sent, laid over what is there.

AWS completes a configuration by many members, and every change has to repeat them all. So a wish is merged into the present
configuration element by element: origins by their id, behaviors by their path, error answers by their code.
"""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import cloudfront

UNORDERED = (
    "Aliases",
    "AllowedMethods",
    "CachedMethods",
    "CustomErrorResponses",
    "CustomHeaders",
    "FunctionAssociations",
    "Items",
    "LambdaFunctionAssociations",
    "OriginGroups",
    "OriginSslProtocols",
    "Origins",
    "StatusCodes",
    "TrustedKeyGroups",
    "TrustedSigners",
)
_ALL_METHODS = {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
_METHODS = ({"GET", "HEAD"}, {"GET", "HEAD", "OPTIONS"}, _ALL_METHODS)
_POLICIES = {
    "cache_policy": "CachePolicyId",
    "origin_request_policy": "OriginRequestPolicyId",
    "response_headers_policy": "ResponseHeadersPolicyId",
}
_LEGACY = ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL")
_KINDS = ("S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig")

# What a new part is made with when nothing is said about it. Some are AWS's defaults, some are better ones.
_ORIGIN = {
    "OriginPath": "",
    "CustomHeaders": [],
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "OriginShield": {"Enabled": False},
    "OriginAccessControlId": "",
}
_KIND = {
    "S3OriginConfig": {"OriginAccessIdentity": ""},
    "CustomOriginConfig": {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "https-only",
        "OriginSslProtocols": ["TLSv1.2"],
        "OriginReadTimeout": 30,
        "OriginKeepaliveTimeout": 5,
    },
    "VpcOriginConfig": {"OriginReadTimeout": 30, "OriginKeepaliveTimeout": 5},
}
_BEHAVIOR = {
    "TrustedSigners": [],
    "TrustedKeyGroups": [],
    "ViewerProtocolPolicy": "redirect-to-https",
    "AllowedMethods": ["GET", "HEAD"],
    "CachedMethods": ["GET", "HEAD"],
    "SmoothStreaming": False,
    "Compress": True,
    "LambdaFunctionAssociations": [],
    "FunctionAssociations": [],
    "FieldLevelEncryptionId": "",
    "GrpcConfig": {"Enabled": False},
    "OriginRequestPolicyId": "",
    "ResponseHeadersPolicyId": "",
}
_NO_POLICY = {"OriginRequestPolicyId": "", "ResponseHeadersPolicyId": ""}


def known(shape, config):
    """Return a configuration that AWS tells, with plain lists and without the members that repeat others."""
    plain = cloudfront.plain(shape, config)
    certificate = plain["ViewerCertificate"]
    repeated = ("Certificate", "CertificateSource")
    if certificate.get("CloudFrontDefaultCertificate"):
        plain["ViewerCertificate"] = {"CloudFrontDefaultCertificate": True}
    else:
        plain["ViewerCertificate"] = {k: v for k, v in certificate.items() if k not in repeated and v not in (False, "")}
    return _with_behaviors(plain, lambda behavior: {**_NO_POLICY, **behavior})


def sendable(shape, config):
    """Return a configuration as AWS wants it: lists with counts, and no policy instead of an empty one."""

    def without(behavior):
        return {key: value for key, value in behavior.items() if value != "" or key not in _POLICIES.values()}

    return cloudfront.wrapped(shape, _with_behaviors(config, without))


def _with_behaviors(config, change):
    found = {**config, "DefaultCacheBehavior": change(config["DefaultCacheBehavior"])}
    return {**found, "CacheBehaviors": [change(behavior) for behavior in config.get("CacheBehaviors", [])]}


def wanted(shape, params, have):
    """Return the configuration that the options ask for, each part completed by the present one."""
    present = have or {}
    wish = {
        "Comment": params["comment"] if have or params["comment"] is not None else params["name"],
        "Enabled": params["enabled"] if have or params["enabled"] is not None else True,
        "Aliases": params["aliases"],
        "ViewerCertificate": _certificate(params),
        "PriceClass": params["price_class"],
        "HttpVersion": params["http_version"],
        "IsIPV6Enabled": params["ipv6"] if have or params["ipv6"] is not None else True,
        "DefaultRootObject": params["default_root_object"],
        "WebACLId": params["web_acl_id"],
        "Logging": _logging(params["logging"]),
        "Restrictions": _restrictions(params["geo_restriction"]),
        "OriginGroups": cloudfront.to_api(shape.members["OriginGroups"], params["origin_groups"], "origin_groups"),
    }
    return {**wish, **_places(shape, params, present), **_behaviors(shape, params, present), **_errors(shape, params, present)}


def _certificate(params):
    arn = params["certificate_arn"]
    if arn is None:
        return None
    if not arn:
        return {"CloudFrontDefaultCertificate": True}
    version = params["minimum_protocol_version"]
    return {"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": version}


def _logging(logging):
    if logging is None:
        return None
    if not logging["enabled"]:
        return {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""}
    bucket = logging["bucket"] if ".s3" in logging["bucket"] else f"{logging['bucket']}.s3.amazonaws.com"
    return {"Enabled": True, "IncludeCookies": logging["include_cookies"], "Bucket": bucket, "Prefix": logging["prefix"]}


def _restrictions(restriction):
    if restriction is None:
        return None
    return {"GeoRestriction": {"RestrictionType": restriction["type"], "Items": restriction["countries"]}}


def _by(key, elements):
    return {element[key]: element for element in elements}


def _places(shape, params, present):
    wish = cloudfront.to_api(shape.members["Origins"], params["origins"], "origins")
    if wish is None:
        return {}
    there = _by("Id", present.get("Origins", []))
    return {"Origins": [_origin(there.get(origin["Id"], {}), origin) for origin in wish]}


def _origin(present, wish):
    kind = next((each for each in _KINDS if each in wish), "S3OriginConfig")
    settings = {**_KIND[kind], **present.get(kind, {}), **wish.get(kind, {})}
    rest = {key: value for key, value in present.items() if key not in _KINDS}
    return {**_ORIGIN, **rest, **wish, kind: settings}


def _behaviors(shape, params, present):
    found, only = {}, _only_origin(params, present)
    default = params["default_cache_behavior"]
    if default is not None or not present:
        wish = _behavior_wish(shape.members["DefaultCacheBehavior"], default or {}, "default_cache_behavior")
        found["DefaultCacheBehavior"] = _behavior(present.get("DefaultCacheBehavior", {}), {**only, **wish})
    if params["cache_behaviors"] is not None:
        member = shape.members["CacheBehaviors"].members["Items"].member
        given = enumerate(params["cache_behaviors"])
        wishes = [_behavior_wish(member, each, f"cache_behaviors[{number}]") for number, each in given]
        there = _by("PathPattern", present.get("CacheBehaviors", []))
        found["CacheBehaviors"] = [_behavior(there.get(wish["PathPattern"], {}), {**only, **wish}) for wish in wishes]
    return found


def _only_origin(params, present):
    """Return the target of behaviors that name none, when there is no choice."""
    names = [origin["id"] for origin in params["origins"] or []] or [origin["Id"] for origin in present.get("Origins", [])]
    return {"TargetOriginId": names[0]} if len(names) == 1 else {}


def _behavior_wish(shape, given, path):
    rest = {key: value for key, value in given.items() if key not in _POLICIES}
    policies = {member: cloudfront.policy(member, given[name]) for name, member in _POLICIES.items() if given.get(name) is not None}
    return {**cloudfront.to_api(shape, rest, path), **policies}


def _behavior(present, wish):
    legacy = "ForwardedValues" in wish
    default = {} if legacy else {"CachePolicyId": cloudfront.POLICIES["CachePolicyId"]["CachingOptimized"]}
    kept = present
    if "CachePolicyId" in wish or (not present and not legacy):
        kept = {key: value for key, value in present.items() if key not in _LEGACY}
    elif legacy:
        kept = {key: value for key, value in present.items() if key != "CachePolicyId"}
    elif "ForwardedValues" in present:
        default = {}
    return {**_BEHAVIOR, **default, **kept, **wish}


def _errors(shape, params, present):
    if params["custom_error_responses"] is None:
        return {}
    wish = cloudfront.to_api(shape.members["CustomErrorResponses"], params["custom_error_responses"], "custom_error_responses")
    there = _by("ErrorCode", present.get("CustomErrorResponses", []))
    default = {"ResponsePagePath": "", "ResponseCode": ""}
    return {"CustomErrorResponses": [{**default, **there.get(each["ErrorCode"], {}), **each} for each in wish]}


def masked(have):
    """Return the state without the values of headers: they are what an origin knows CloudFront by."""
    if "Origins" not in have:
        return have
    hide = [
        {**origin, "CustomHeaders": [{**header, "HeaderValue": "********"} for header in origin.get("CustomHeaders", [])]}
        for origin in have["Origins"]
    ]
    return {**have, "Origins": hide}


# Faults


def faults_of(params):
    """Return sentences about options that AWS would refuse, or that contradict each other."""
    return [*_place_faults(params), *_edge_faults(params), *_behavior_faults(params), *_answer_faults(params)]


def _place_faults(params):
    certificate, acl = params["certificate_arn"] or "", params["web_acl_id"] or ""
    if certificate.startswith("arn:") and ":acm:us-east-1:" not in certificate:
        yield f"certificate_arn: CloudFront takes certificates of the region us-east-1 only, {certificate} is of another one."
    if acl.startswith("arn:") and ":global/webacl/" not in acl:
        yield f"web_acl_id: {acl} is not a web ACL with the scope CLOUDFRONT, which is made in us-east-1."


def _edge_faults(params):
    logging, restriction = params["logging"] or {}, params["geo_restriction"] or {}
    if logging.get("enabled") and not logging.get("bucket"):
        yield "logging: it needs a bucket; to switch it off, set enabled to false."
    if restriction and (restriction["type"] == "none") != (not restriction["countries"]):
        yield f"geo_restriction: {restriction['type']} with {len(restriction['countries'])} countries makes no sense."


def _behavior_faults(params):
    names = [origin["id"] for origin in params["origins"] or []]
    if len(names) != len(set(names)):
        yield "origins: two of them have the same id."
    groups = [group.get("id") for group in params["origin_groups"] or []]
    behaviors = [("default_cache_behavior", params["default_cache_behavior"])] if params["default_cache_behavior"] else []
    behaviors += [(f"cache_behaviors[{number}]", each) for number, each in enumerate(params["cache_behaviors"] or [])]
    for path, behavior in behaviors:
        yield from _target_faults(path, behavior, names, groups)
        yield from _method_faults(path, behavior)
        yield from _policy_faults(path, behavior)
        if path != "default_cache_behavior" and not behavior.get("path_pattern"):
            yield f"{path}: it needs a path_pattern."


def _target_faults(path, behavior, names, groups):
    target = behavior.get("target_origin_id")
    if names and target and target not in names + groups:
        yield f"{path}: target_origin_id {target} is none of the origins {', '.join(names)}."
    if len(names) > 1 and not target:
        yield f"{path}: with several origins it needs a target_origin_id, one of {', '.join(names)}."


def _method_faults(path, behavior):
    allowed, cached = (
        set(behavior.get("allowed_methods") or ["GET", "HEAD"]),
        set(behavior.get("cached_methods") or ["GET", "HEAD"]),
    )
    if allowed not in _METHODS:
        yield f"{path}: allowed_methods have to be GET and HEAD, these and OPTIONS, or all seven."
    if cached not in _METHODS[:2] or not cached <= allowed:
        yield f"{path}: cached_methods have to be GET and HEAD, or these and OPTIONS, and allowed as well."


def _policy_faults(path, behavior):
    for name, member in _POLICIES.items():
        try:
            cloudfront.policy(member, behavior.get(name) or "")
        except ValueError as fault:
            yield f"{path}: {name} {fault}."
    if behavior.get("cache_policy") and behavior.get("forwarded_values"):
        yield f"{path}: cache_policy and forwarded_values exclude each other; cache_policy is the newer way."


def _answer_faults(params):
    for answer in params["custom_error_responses"] or []:
        if bool(answer["response_page_path"]) != bool(answer["response_code"]):
            yield f"custom_error_responses: {answer['error_code']} needs response_page_path and response_code, or none of them."
