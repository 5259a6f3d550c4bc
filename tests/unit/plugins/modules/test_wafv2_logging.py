# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""wafv2_logging: the region of the web ACL, names of destinations, fields that look the same to AWS."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN
from ansible_collections.slipway.aws.tests.support.delivery import done, rests
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.wafv2_logging import (
    BUCKET,
    GROUP,
    HEADER,
    PATH,
    prepare,
    web_acl,
)

MODULE = "wafv2_logging"


@pytest.fixture
def options(aws):
    return {**prepare(aws), "log_destination_configs": [GROUP]}


def configuration(sent):
    return sent.parameters("PutLoggingConfiguration")["LoggingConfiguration"]


def test_a_web_acl_of_cloudfront_is_managed_from_any_region(aws, options):
    acl = web_acl(aws, scope="CLOUDFRONT")
    with aws.recorded() as sent:
        done(aws, MODULE, resource_arn=acl, log_destination_configs=[BUCKET], region="eu-central-1")
    assert {entry["region"] for entry in sent.entries} == {"us-east-1"}
    assert aws.client("wafv2").get_logging_configuration(ResourceArn=acl)["LoggingConfiguration"]["LogDestinationConfigs"] == [
        BUCKET
    ]


def test_a_change_repeats_everything_else(aws, options):
    done(aws, MODULE, **options, redacted_fields=[HEADER, PATH])
    with aws.recorded() as sent:
        done(aws, MODULE, resource_arn=options["resource_arn"], log_destination_configs=[BUCKET])
    assert configuration(sent)["RedactedFields"] == [{"SingleHeader": {"Name": "authorization"}}, {"UriPath": {}}]
    assert "LoggingFilter" not in configuration(sent)


def test_one_field_in_place_of_another_is_a_change(aws, options):
    """To AWS the path is an empty dictionary and so is the query string."""
    done(aws, MODULE, **options, redacted_fields=[PATH])
    with aws.recorded() as sent:
        changed = done(aws, MODULE, **options, redacted_fields=[{"query_string": True}])
    assert configuration(sent)["RedactedFields"] == [{"QueryString": {}}]
    assert changed.logging["redacted_fields"] == [{"query_string": True}]


def test_capitals_of_headers_and_the_end_of_a_log_group_do_not_matter(aws, options):
    done(aws, MODULE, **options, redacted_fields=[HEADER])
    rests(aws, MODULE, **options, redacted_fields=[{"single_header": {"name": "authorization"}}])
    rests(aws, MODULE, **{**options, "log_destination_configs": [f"{GROUP}:*"]})


@pytest.mark.parametrize("code", ["WAFServiceLinkedRoleErrorException", "WAFLogDestinationPermissionIssueException"])
def test_a_role_or_a_permission_that_aws_is_still_making_is_waited_for(aws, options, code):
    aws.fault("wafv2", "PutLoggingConfiguration", times=3, code=code, message="Try again.")
    assert done(aws, MODULE, **options).changed


def test_a_web_acl_that_is_not_there_is_named(aws, options):
    acl = options["resource_arn"].replace("/shop/", "/shops/")
    refused = aws.run(MODULE, **{**options, "resource_arn": acl})
    assert refused.failed
    assert f"logging of web ACL shops: AWS WAF has no {acl}. Make the web ACL first" in refused.msg
    rests(aws, MODULE, resource_arn=acl, state="absent")


def test_a_web_acl_and_a_log_group_that_are_planned_can_be_planned_with(aws, options):
    for more in ({"resource_arn": UNKNOWN}, {"log_destination_configs": [UNKNOWN]}):
        assert done(aws, MODULE, **{**options, **more}, check=True).changed


@pytest.mark.parametrize("check", [True, False])
def test_creation_says_what_it_needs(aws, options, check):
    refused = aws.run(MODULE, resource_arn=options["resource_arn"], check=check)
    assert refused.failed
    assert "log_destination_configs has to say where to" in refused.msg
