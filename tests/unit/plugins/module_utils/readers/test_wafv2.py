# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.edge import load_balancer
from ansible_collections.slipway.aws.tests.support.environment import PAIRS, read_back

KINDS = [f"AWS::WAFv2::{kind}" for kind in ("WebACL", "LoggingConfiguration", "WebACLAssociation")]
VISIBLE = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "shop-dev"}
PATH = {"UriPath": {}}
SEARCH = {
    "ByteMatchStatement": {
        "SearchString": b"/admin",
        "FieldToMatch": PATH,
        "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}],
        "PositionalConstraint": "STARTS_WITH",
    }
}
MANAGED = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}
RULES = [
    {"Name": "common", "Priority": 1, "Statement": MANAGED, "OverrideAction": {"None": {}}, "VisibilityConfig": VISIBLE},
    {"Name": "admin", "Priority": 0, "Statement": SEARCH, "Action": {"Block": {}}, "VisibilityConfig": VISIBLE},
]


def web_acl(aws, scope, region=None, tags=PAIRS):
    made = aws.client("wafv2", region).create_web_acl(
        Name="shop-dev",
        Scope=scope,
        Description="Keeps them out",
        DefaultAction={"Allow": {}},
        Rules=RULES,
        VisibilityConfig=VISIBLE,
        Tags=tags,
    )
    return made["Summary"]["ARN"]


@pytest.mark.parametrize(("scope", "region"), [("REGIONAL", "eu-central-1"), ("CLOUDFRONT", "us-east-1")])
def test_a_web_acl_comes_back_wherever_it_lives(aws, scope, region):
    web_acl(aws, scope, region)
    text = {**SEARCH["ByteMatchStatement"], "SearchString": "/admin"}
    assert read_back(aws, *KINDS, region="eu-central-1") == {
        "StorageWebACL": {
            "DefaultAction": {"Allow": {}},
            "Description": "Keeps them out",
            "Name": "shop-dev",
            "Rules": [{**RULES[1], "Statement": {"ByteMatchStatement": text}}, RULES[0]],
            "Scope": scope,
            "Tags": PAIRS,
            "VisibilityConfig": VISIBLE,
        }
    }


def test_its_logging_comes_back(aws):
    acl = web_acl(aws, "REGIONAL")
    aws.run("logs_log_group", name="aws-waf-logs-shop-dev", tags={"Project": "Shop"})
    group = "arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-shop-dev"
    fields = [{"single_header": {"name": "authorization"}}, {"query_string": True}]
    result = aws.run("wafv2_logging", resource_arn=acl, log_destination_configs=[group], redacted_fields=fields)
    assert not result.failed, result.msg
    found = read_back(aws, *KINDS)["StorageLoggingConfiguration"]
    assert found == {
        "LogDestinationConfigs": [
            {"Fn::Sub": group.replace("aws:logs:us-east-1:123456789012", "${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}")}
        ],
        "RedactedFields": [{"QueryString": {}}, {"SingleHeader": {"Name": "authorization"}}],
        "ResourceArn": {"Fn::GetAtt": ["StorageWebACL", "Arn"]},
    }


def test_what_it_protects_comes_back(aws):
    acl, balancer = web_acl(aws, "REGIONAL"), load_balancer(aws, "shop-dev")
    aws.client("wafv2").associate_web_acl(WebACLArn=acl, ResourceArn=balancer)
    found = read_back(aws, *KINDS)["StorageWebACLAssociation"]
    assert found["WebACLArn"] == {"Fn::GetAtt": ["StorageWebACL", "Arn"]}
    assert "loadbalancer/app/shop-dev/" in found["ResourceArn"]["Fn::Sub"]


def test_those_of_others_are_left_alone(aws):
    web_acl(aws, "REGIONAL", tags=[{"Key": "Project", "Value": "Other"}])
    assert read_back(aws, *KINDS) == {}
