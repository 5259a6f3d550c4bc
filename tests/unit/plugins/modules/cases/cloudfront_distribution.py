# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.edge import certificate

BUCKET = {"id": "frontend", "domain_name": "frontend.s3.eu-west-1.amazonaws.com"}
API = {
    "id": "api",
    "domain_name": "api.shop.example",
    "custom_headers": [{"header_name": "X-Origin", "header_value": "a value"}],
    "custom_origin_config": {"origin_protocol_policy": "https-only", "origin_read_timeout": 20},
}
TO_API = {
    "path_pattern": "/api/*",
    "target_origin_id": "api",
    "cache_policy": "CachingDisabled",
    "origin_request_policy": "Managed-AllViewerExceptHostHeader",
    "allowed_methods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
}
TO_STATIC = {"path_pattern": "/static/*", "target_origin_id": "frontend", "compress": False}
SPA = {"error_code": 403, "response_page_path": "/index.html", "response_code": 200}
PAIR = {
    "id": "both",
    "failover_criteria": {"status_codes": [500, 502]},
    "members": [{"origin_id": "frontend"}, {"origin_id": "api"}],
}
SHOP, CONTROLLED, FIREWALL = {}, {}, {}


def prepare(aws):
    SHOP.update(aliases=["www.shop.example", "shop.example"], certificate_arn=certificate(aws, "shop.example", "*.shop.example"))
    access = aws.run("cloudfront_origin_access_control", name="frontend").origin_access_control["id"]
    CONTROLLED["origins"] = [{**BUCKET, "origin_access_control_id": access, "connection_attempts": 2}]
    acl = aws.client("wafv2").create_web_acl(
        Name="shop",
        Scope="CLOUDFRONT",
        DefaultAction={"Allow": {}},
        VisibilityConfig={"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "shop"},
    )
    FIREWALL["web_acl_id"] = acl["Summary"]["ARN"]
    aws.client("s3").create_bucket(Bucket="logs", ObjectOwnership="BucketOwnerPreferred")
    return {}


CHAIN = Chain(
    create={"name": "shop", "origins": [BUCKET], "default_cache_behavior": {"response_headers_policy": "SecurityHeadersPolicy"}},
    changes=[
        SHOP,
        CONTROLLED,
        FIREWALL,
        {"web_acl_id": ""},
        {"comment": "The shop", "price_class": "PriceClass_100", "http_version": "http2and3", "ipv6": False},
        {"default_root_object": "index.html"},
        {"minimum_protocol_version": "TLSv1.2_2019"},
        {"default_cache_behavior": {"target_origin_id": "frontend", "response_headers_policy": "", "compress": False}},
        {"origins": [API, BUCKET]},
        {"cache_behaviors": [TO_API, TO_STATIC]},
        {"cache_behaviors": [TO_STATIC, TO_API]},
        {"cache_behaviors": [TO_API]},
        {"custom_error_responses": [SPA]},
        {"origin_groups": [PAIR]},
        {"logging": {"bucket": "logs", "prefix": "cdn/"}},
        {"logging": {"enabled": False}},
        {"geo_restriction": {"type": "whitelist", "countries": ["CH", "DE"]}},
        {"geo_restriction": {"type": "none"}},
        {"aliases": [], "certificate_arn": ""},
        {"enabled": False},
    ],
    invalid=[
        ({"certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1"}, "of the region us-east-1 only"),
        ({"web_acl_id": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/x/1"}, "not a web ACL with the scope CLOUDFRONT"),
        ({"logging": {}}, "logging: it needs a bucket"),
        ({"geo_restriction": {"type": "whitelist"}}, "whitelist with 0 countries makes no sense"),
        ({"origins": [BUCKET, BUCKET]}, "two of them have the same id"),
        ({"origins": [BUCKET, API]}, "with several origins it needs a target_origin_id, one of frontend, api"),
        ({"default_cache_behavior": {"target_origin_id": "backend"}}, "target_origin_id backend is none of the origins frontend"),
        ({"default_cache_behavior": {"allowed_methods": ["GET", "POST"]}}, "allowed_methods have to be"),
        ({"default_cache_behavior": {"cached_methods": ["GET", "HEAD", "OPTIONS"]}}, "cached_methods have to be"),
        ({"default_cache_behavior": {"cache_policy": "CachingOptimised"}}, "such as CachingOptimized"),
        ({"cache_behaviors": [{"target_origin_id": "frontend"}]}, "cache_behaviors[0]: it needs a path_pattern"),
        ({"custom_error_responses": [{"error_code": 403, "response_code": 200}]}, "403 needs response_page_path and"),
        (
            {"default_cache_behavior": {"cache_policy": "CachingDisabled", "forwarded_values": {"query_string": True}}},
            "cache_policy and forwarded_values exclude each other",
        ),
    ],
    elsewhere={"distribution_id"},
    own_tags={"Name": "shop"},
    prepare=prepare,
)
