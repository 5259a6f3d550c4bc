# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.edge import certificate
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

KINDS = [f"AWS::CloudFront::{kind}" for kind in ("Distribution", "Function", "OriginAccessControl", "ResponseHeadersPolicy")]
BUCKET = {"id": "frontend", "domain_name": "shop-dev-frontend.s3.us-east-1.amazonaws.com"}
API = {
    "id": "api",
    "domain_name": "api.shop.example",
    "origin_path": "/v1",
    "custom_headers": [{"header_name": "X-Origin", "header_value": "known to the origin only"}],
    "custom_origin_config": {"origin_protocol_policy": "https-only", "origin_read_timeout": 20},
}
CODE = "function handler(event) { return event.request; }"
PAIR = {
    "id": "both",
    "failover_criteria": {"status_codes": [500, 502]},
    "members": [{"origin_id": "frontend"}, {"origin_id": "api"}],
}


def made(aws, **options):
    result = aws.run("cloudfront_distribution", **{"name": "shop-dev", "tags": OURS, "origins": [BUCKET], **options})
    assert not result.failed, result.msg
    return result.distribution


def test_a_distribution_comes_back_with_what_it_uses(aws):
    aws.client("s3").create_bucket(Bucket="shop-dev-frontend")
    aws.client("s3").put_bucket_tagging(Bucket="shop-dev-frontend", Tagging={"TagSet": PAIRS})
    access = aws.run("cloudfront_origin_access_control", name="shop-dev", description="Reads it").origin_access_control["id"]
    function = aws.run("cloudfront_function", name="shop-dev-index", code=CODE, publish=True, tags=OURS).function["arn"]
    security = {"content_type_options": {"override": True}}
    cors = {
        "access_control_allow_credentials": False,
        "access_control_allow_headers": ["Authorization"],
        "access_control_allow_methods": ["GET"],
        "access_control_allow_origins": ["https://shop.example"],
        "origin_override": True,
    }
    wish = {"security_headers_config": security, "cors_config": cors}
    policy = aws.run("cloudfront_response_headers_policy", name="shop-dev", comment="Strict", **wish)
    assert not policy.failed, policy.msg
    behavior = {
        "target_origin_id": "frontend",
        "function_associations": [{"event_type": "viewer-request", "function_arn": function}],
        "response_headers_policy": policy.response_headers_policy["id"],
    }
    arn = certificate(aws, "shop.example", "*.shop.example")
    made(
        aws,
        origins=[{**BUCKET, "origin_access_control_id": access}, API],
        default_cache_behavior=behavior,
        cache_behaviors=[{"path_pattern": "/api/*", "target_origin_id": "api", "cache_policy": "CachingDisabled"}],
        aliases=["www.shop.example", "shop.example"],
        certificate_arn=arn,
        custom_error_responses=[{"error_code": 403, "response_page_path": "/index.html", "response_code": 200}],
        geo_restriction={"type": "whitelist", "countries": ["DE", "CH"]},
        origin_groups=[PAIR],
        default_root_object="index.html",
    )
    found = read_back(aws, *KINDS)
    config = found["StorageDistribution"].pop("DistributionConfig")
    assert [name["Key"] for name in found["StorageDistribution"].pop("Tags")] == ["Component", "Environment", "Name", "Project"]
    common = {
        "AllowedMethods": ["GET", "HEAD"],
        "CachedMethods": ["GET", "HEAD"],
        "Compress": True,
        "GrpcConfig": {"Enabled": False},
        "SmoothStreaming": False,
        "ViewerProtocolPolicy": "redirect-to-https",
    }
    assert config == {
        "Aliases": ["shop.example", "www.shop.example"],
        "CacheBehaviors": [
            {
                **common,
                "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
                "PathPattern": "/api/*",
                "TargetOriginId": "api",
            }
        ],
        "Comment": "shop-dev",
        "CustomErrorResponses": [
            {"ErrorCachingMinTTL": 10, "ErrorCode": 403, "ResponseCode": 200, "ResponsePagePath": "/index.html"}
        ],
        "DefaultCacheBehavior": {
            **common,
            "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "FunctionAssociations": [{"EventType": "viewer-request", "FunctionARN": {"Ref": "StorageFunctionIndex"}}],
            "ResponseHeadersPolicyId": {"Ref": "StorageResponseHeadersPolicy"},
            "TargetOriginId": "frontend",
        },
        "DefaultRootObject": "index.html",
        "Enabled": True,
        "HttpVersion": "http2",
        "IPV6Enabled": True,
        "OriginGroups": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "both",
                    "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [500, 502]}},
                    "Members": {"Quantity": 2, "Items": [{"OriginId": "frontend"}, {"OriginId": "api"}]},
                }
            ],
        },
        "Origins": [
            {
                "ConnectionAttempts": 3,
                "ConnectionTimeout": 10,
                "CustomOriginConfig": {
                    "HTTPPort": 80,
                    "HTTPSPort": 443,
                    "OriginKeepaliveTimeout": 5,
                    "OriginProtocolPolicy": "https-only",
                    "OriginReadTimeout": 20,
                    "OriginSSLProtocols": ["TLSv1.2"],
                },
                "DomainName": "api.shop.example",
                "Id": "api",
                "OriginCustomHeaders": [{"HeaderName": "X-Origin", "HeaderValue": "********"}],
                "OriginPath": "/v1",
            },
            {
                "ConnectionAttempts": 3,
                "ConnectionTimeout": 10,
                "DomainName": {"Fn::GetAtt": ["StorageBucketFrontend", "RegionalDomainName"]},
                "Id": "frontend",
                "OriginAccessControlId": {"Ref": "StorageOriginAccessControl"},
                "S3OriginConfig": {},
            },
        ],
        "PriceClass": "PriceClass_All",
        "Restrictions": {"GeoRestriction": {"Locations": ["CH", "DE"], "RestrictionType": "whitelist"}},
        "Staging": False,
        "ViewerCertificate": {
            "AcmCertificateArn": {
                "Fn::Sub": arn.replace("arn:aws:", "arn:${AWS::Partition}:")
                .replace("us-east-1", "${AWS::Region}")
                .replace("123456789012", "${AWS::AccountId}")
            },
            "MinimumProtocolVersion": "TLSv1.2_2021",
            "SslSupportMethod": "sni-only",
        },
    }
    assert found["StorageOriginAccessControl"] == {
        "OriginAccessControlConfig": {
            "Description": "Reads it",
            "Name": "shop-dev",
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        }
    }
    assert found["StorageFunctionIndex"] == {
        "AutoPublish": True,
        "FunctionCode": CODE,
        "FunctionConfig": {"Comment": "", "Runtime": "cloudfront-js-2.0"},
        "Name": "shop-dev-index",
        "Tags": PAIRS,
    }
    assert found["StorageResponseHeadersPolicy"] == {
        "ResponseHeadersPolicyConfig": {
            "Comment": "Strict",
            "CorsConfig": {
                "AccessControlAllowCredentials": False,
                "AccessControlAllowHeaders": {"Items": ["Authorization"]},
                "AccessControlAllowMethods": {"Items": ["GET"]},
                "AccessControlAllowOrigins": {"Items": ["https://shop.example"]},
                "OriginOverride": True,
            },
            "Name": "shop-dev",
            "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}},
        }
    }


def test_logs_of_requests_are_read_when_they_are_on(aws):
    aws.client("s3").create_bucket(Bucket="logs", ObjectOwnership="BucketOwnerPreferred")
    made(aws, logging={"bucket": "logs", "prefix": "cdn/"})
    config = read_back(aws, KINDS[0])["StorageDistribution"]["DistributionConfig"]
    assert config["Logging"] == {"Bucket": "logs.s3.amazonaws.com", "IncludeCookies": False, "Prefix": "cdn/"}
    assert config["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}


def test_what_nobody_of_ours_uses_is_left_alone(aws):
    aws.run("cloudfront_origin_access_control", name="other")
    made(aws, name="other", tags={"Project": "Other"})
    assert read_back(aws, *KINDS) == {}
