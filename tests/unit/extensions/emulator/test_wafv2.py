# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Logging of web ACLs in the emulated account: what may be logged to, and what a log belongs to."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.wafv2_logging import BUCKET, GROUP, prepare, web_acl


@pytest.fixture
def acl(aws):
    return prepare(aws)["resource_arn"]


@pytest.fixture
def waf(aws):
    return aws.client("wafv2")


def put(waf, acl, *places, **more):
    waf.put_logging_configuration(LoggingConfiguration={"ResourceArn": acl, "LogDestinationConfigs": list(places), **more})


@pytest.mark.parametrize(
    "place",
    [
        "arn:aws:logs:us-east-1:123456789012:log-group:waf-shop",
        "arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-none",
        GROUP.replace("us-east-1", "eu-west-1"),
        "arn:aws:s3:::aws-waf-logs-none",
        "arn:aws:firehose:us-east-1:123456789012:deliverystream/aws-waf-logs-none",
        "arn:aws:sqs:us-east-1:123456789012:aws-waf-logs-shop",
    ],
)
def test_places_that_are_refused(aws, waf, acl, place):
    aws.client("logs").create_log_group(logGroupName="waf-shop")
    with pytest.raises(ClientError, match="field: LOG_DESTINATION"):
        put(waf, acl, place)


@pytest.mark.parametrize("place", [GROUP, f"{GROUP}:*", BUCKET])
def test_places_that_are_taken(waf, acl, place):
    put(waf, acl, place)
    assert waf.get_logging_configuration(ResourceArn=acl)["LoggingConfiguration"]["LogDestinationConfigs"] == [place]
    assert len(waf.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"]) == 1
    assert waf.list_logging_configurations(Scope="CLOUDFRONT")["LoggingConfigurations"] == []


@pytest.mark.parametrize(
    "more",
    [
        {"RedactedFields": [{"Body": {}}]},
        {"RedactedFields": [{"UriPath": {}, "Method": {}}]},
        {
            "LoggingFilter": {
                "DefaultBehavior": "KEEP",
                "Filters": [{"Behavior": "DROP", "Requirement": "MEETS_ANY", "Conditions": [{}]}],
            }
        },
    ],
)
def test_configurations_that_are_refused(waf, acl, more):
    with pytest.raises(ClientError, match="WAFInvalidParameterException"):
        put(waf, acl, GROUP, **more)


def test_a_log_belongs_to_its_web_acl(aws, waf, acl):
    with pytest.raises(ClientError, match="WAFNonexistentItemException"):
        waf.get_logging_configuration(ResourceArn=acl)
    put(waf, acl, GROUP)
    found = waf.get_web_acl(Name="shop", Scope="REGIONAL", Id=acl.rsplit("/", 1)[-1])
    waf.delete_web_acl(Name="shop", Scope="REGIONAL", Id=found["WebACL"]["Id"], LockToken=found["LockToken"])
    with pytest.raises(ClientError, match="WAFNonexistentItemException"):
        waf.delete_logging_configuration(ResourceArn=acl)
    assert waf.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"] == []


def test_a_web_acl_of_cloudfront_is_known_in_us_east_1_only(aws, waf, acl):
    edge = web_acl(aws, scope="CLOUDFRONT")
    put(waf, edge, BUCKET)
    with pytest.raises(ClientError, match="CLOUDFRONT"):
        put(aws.client("wafv2", "eu-west-1"), edge, BUCKET)
