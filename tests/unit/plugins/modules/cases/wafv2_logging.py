# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-shop"
BUCKET = "arn:aws:s3:::aws-waf-logs-shop"
HEADER, PATH, QUERY = {"single_header": {"name": "Authorization"}}, {"uri_path": True}, {"query_string": True}
BLOCKED = {"action_condition": {"action": "BLOCK"}}
LABELLED = {"label_name_condition": {"label_name": "awswaf:managed:aws:bot-control:bot:verified"}}
FILTER = {"default_behavior": "DROP", "filters": [{"behavior": "KEEP", "conditions": [BLOCKED, LABELLED]}]}


def web_acl(aws, scope="REGIONAL", region=None):
    """Return the ARN of a web ACL that allows everything."""
    made = aws.client("wafv2", region).create_web_acl(
        Name="shop",
        Scope=scope,
        DefaultAction={"Allow": {}},
        VisibilityConfig={"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "shop"},
    )
    return made["Summary"]["ARN"]


def prepare(aws):
    aws.client("logs").create_log_group(logGroupName="aws-waf-logs-shop")
    aws.client("s3").create_bucket(Bucket="aws-waf-logs-shop")
    return {"resource_arn": web_acl(aws)}


CHAIN = Chain(
    create={"log_destination_configs": [f"{GROUP}:*"]},
    changes=[
        {"log_destination_configs": [BUCKET]},
        {"redacted_fields": [HEADER, PATH]},
        {"redacted_fields": [QUERY, HEADER]},
        {"redacted_fields": [{"method": True}]},
        {"redacted_fields": [PATH]},
        {"redacted_fields": []},
        {"logging_filter": FILTER},
        {"logging_filter": {**FILTER, "filters": [{"behavior": "KEEP", "conditions": [BLOCKED]}]}},
        {"logging_filter": {}},
    ],
    invalid=[
        ({"resource_arn": "shop"}, "resource_arn: shop is not the ARN of a web ACL"),
        ({"log_destination_configs": []}, "log_destination_configs: AWS WAF logs to one place"),
        ({"log_destination_configs": [GROUP, BUCKET]}, "log_destination_configs: AWS WAF logs to one place"),
        ({"log_destination_configs": ["aws-waf-logs-shop"]}, "is not the ARN of a log group, a bucket or a delivery stream"),
        ({"log_destination_configs": ["arn:aws:s3:::shop-logs"]}, "has to start with aws-waf-logs-"),
        ({"log_destination_configs": [GROUP.replace("us-east-1", "eu-west-1")]}, "is in eu-west-1, and the web ACL in us-east-1"),
        ({"redacted_fields": [{**HEADER, **PATH}]}, "redacted_fields: an entry is one of"),
        ({"redacted_fields": [{"body": True}]}, "Unsupported parameters"),
        ({"logging_filter": {"default_behavior": "DROP"}}, "logging_filter: it needs filters and default_behavior"),
        (
            {"logging_filter": {**FILTER, "filters": [{"behavior": "KEEP", "conditions": [{**BLOCKED, **LABELLED}]}]}},
            "logging_filter: a condition is either",
        ),
        ({"logging_filter": {**FILTER, "filters": [{"behavior": "KEEP", "conditions": []}]}}, "logging_filter: a filter needs"),
        ({"logging_filter": {**FILTER, "default_behavior": "MAYBE"}}, "value of default_behavior must be one of"),
    ],
    prepare=prepare,
    elsewhere={"resource_arn"},
    tagged=False,
)
