# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

FINANCE = {"subscription_type": "EMAIL", "address": "finance@shop.example"}
BOSS = {"subscription_type": "EMAIL", "address": "boss@shop.example"}
TOPIC = {"subscription_type": "SNS", "address": "arn:aws:sns:us-east-1:123456789012:costs"}
MOST = {"threshold": 80, "subscribers": [FINANCE]}
ALL = {"threshold": 100, "notification_type": "FORECASTED", "subscribers": [FINANCE, TOPIC]}
SHOP = {"tags": {"key": "Project", "values": ["Shop"]}}

CHAIN = Chain(
    create={"name": "shop", "budget_limit": {"amount": "250"}},
    changes=[
        {"budget_limit": {"amount": "300.50"}},
        {"time_unit": "QUARTERLY", "time_period": {"start": "2026-01-01", "end": "2030-01-01T12:00:00Z"}},
        {"cost_filters": {"Service": ["Amazon S3", "AWS Lambda"], "TagKeyValue": ["user:Project$Shop"]}},
        {"cost_filters": {"Service": ["AWS Lambda"]}},
        {"cost_types": {"include_credit": False, "use_amortized": True}},
        {"notifications": [MOST]},
        {"notifications": [ALL, MOST]},
        {"notifications": [{**ALL, "subscribers": [BOSS]}, {**MOST, "subscribers": [BOSS, TOPIC, FINANCE]}]},
        {
            "notifications": [
                {**MOST, "subscribers": [TOPIC], "comparison_operator": "EQUAL_TO", "threshold_type": "ABSOLUTE_VALUE"}
            ]
        },
        {"notifications": []},
        {"cost_filters": None, "cost_types": None, "filter_expression": SHOP, "metrics": ["UnblendedCost"]},
        {
            "budget_limit": None,
            "auto_adjust_data": {"auto_adjust_type": "HISTORICAL", "historical_options": {"budget_adjustment_period": 6}},
        },
        {"auto_adjust_data": None, "budget_limit": {"amount": "10"}},
        {
            "filter_expression": None,
            "metrics": None,
            "cost_types": None,
            "cost_filters": {"UsageType": ["DataTransfer-Out-Bytes"]},
            "budget_type": "USAGE",
            "budget_limit": {"amount": "10", "unit": "GB"},
        },
    ],
    elsewhere={"account_id"},
    invalid=[
        ({"budget_limit": {"amount": "much"}}, "budget_limit.amount 'much' is no decimal number"),
        ({"auto_adjust_data": {"auto_adjust_type": "FORECAST"}}, "budget_limit and auto_adjust_data exclude each other"),
        ({"cost_filters": {}, "metrics": ["UnblendedCost"]}, "cost_filters and metrics exclude each other"),
        ({"account_id": "4711"}, "account_id 4711 has not twelve digits"),
        ({"name": "shop:dev"}, "name 'shop:dev' has from 1 to 100 characters"),
        ({"time_period": {"start": "soon"}}, "time_period: soon is no date"),
        ({"notifications": [MOST, MOST]}, "notifications: ACTUAL GREATER_THAN 80.0 PERCENTAGE stands there twice"),
        ({"notifications": [{**MOST, "subscribers": []}]}, "subscribers are from one to ten addresses"),
        ({"notifications": [{**MOST, "subscribers": [{**FINANCE, "address": "finance"}]}]}, "finance does not fit"),
        ({"notifications": [{**MOST, "threshold": number} for number in range(11)]}, "notifications: a budget has ten at most"),
    ],
)
