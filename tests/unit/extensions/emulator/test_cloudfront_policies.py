# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Response headers policies of the emulated account: what is refused, tags of versions, distributions that use them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.tests.unit.extensions.emulator.test_cloudfront import OPTIMIZED
from ansible_collections.slipway.aws.tests.unit.extensions.emulator.test_cloudfront import config as distribution

SECURITY = {"SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}}}
ANY = {"Quantity": 1, "Items": ["*"]}
CORS = {
    "AccessControlAllowOrigins": ANY,
    "AccessControlAllowHeaders": ANY,
    "AccessControlAllowMethods": {"Quantity": 1, "Items": ["GET"]},
    "AccessControlAllowCredentials": False,
    "OriginOverride": True,
}


@pytest.fixture
def cdn(aws):
    return aws.client("cloudfront")


def create(cdn, **more):
    return cdn.create_response_headers_policy(ResponseHeadersPolicyConfig={"Name": "p", **(more or SECURITY)})


def headers(*names):
    items = [{"Header": name, "Value": "1", "Override": True} for name in names]
    return {"CustomHeadersConfig": {"Quantity": len(items), "Items": items}}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"Comment": "Nothing"}, "at least one header configuration"),
        ({"CorsConfig": {**CORS, "AccessControlAllowCredentials": True}}, "cannot contain \\* when allowCredentials is true"),
        ({"CorsConfig": {**CORS, "AccessControlAllowHeaders": {"Quantity": 0, "Items": []}}}, "at least one item"),
        ({"CorsConfig": {**CORS, "AccessControlAllowHeaders": {"Quantity": 2, "Items": ["*"]}}}, "InconsistentQuantities"),
        (headers("X-Frame-Options"), "is a security header"),
        (headers("Access-Control-Max-Age"), "is a CORS header"),
        (headers("X-A", "x-a"), "a header twice"),
        (headers(*(f"X-{number}" for number in range(11))), "TooManyCustomHeadersInResponseHeadersPolicy"),
        (
            {"SecurityHeadersConfig": {"ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": "x" * 1784}}},
            "TooLongCSPInResponseHeadersPolicy",
        ),
    ],
)
def test_refusals(cdn, more, words):
    with pytest.raises(ClientError, match=words):
        create(cdn, **more)


def test_names_are_taken_once_and_stale_tags_refused(cdn):
    made = create(cdn)
    identity = made["ResponseHeadersPolicy"]["Id"]
    with pytest.raises(ClientError, match="ResponseHeadersPolicyAlreadyExists"):
        create(cdn)
    config = {"Name": "p", "CorsConfig": CORS}
    cdn.update_response_headers_policy(Id=identity, IfMatch=made["ETag"], ResponseHeadersPolicyConfig=config)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        cdn.update_response_headers_policy(Id=identity, IfMatch=made["ETag"], ResponseHeadersPolicyConfig=config)
    with pytest.raises(ClientError, match="InvalidIfMatchVersion"):
        cdn.delete_response_headers_policy(Id=identity)
    kept = cdn.get_response_headers_policy(Id=identity)["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    assert "SecurityHeadersConfig" not in kept  # a change replaces everything


def test_a_distribution_uses_what_is_there_and_it_stays_as_long(cdn):
    made = create(cdn)
    identity = made["ResponseHeadersPolicy"]["Id"]
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": OPTIMIZED}
    unknown = {**behavior, "ResponseHeadersPolicyId": identity.replace("-", "0")}
    with pytest.raises(ClientError, match="NoSuchResponseHeadersPolicy"):
        cdn.create_distribution(DistributionConfig=distribution(DefaultCacheBehavior=unknown))
    using = distribution(DefaultCacheBehavior={**behavior, "ResponseHeadersPolicyId": identity})
    user = cdn.create_distribution(DistributionConfig=using)["Distribution"]["Id"]
    with pytest.raises(ClientError, match="ResponseHeadersPolicyInUse"):
        cdn.delete_response_headers_policy(Id=identity, IfMatch=made["ETag"])
    told = cdn.list_distributions_by_response_headers_policy_id(ResponseHeadersPolicyId=identity)
    assert told["DistributionIdList"]["Items"] == [user]
    assert create(cdn, Name="q", **SECURITY)["ResponseHeadersPolicy"]["Id"] != identity
    listed = cdn.list_response_headers_policies(Type="custom", MaxItems="1")["ResponseHeadersPolicyList"]
    assert (listed["Quantity"], "NextMarker" in listed) == (1, True)
