# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Budgets: replaced as a whole, notified about, and refused where AWS refuses them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

ME = {"AccountId": "123456789012"}
BUDGET = {"BudgetName": "shop", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": "250", "Unit": "USD"}}
SHOP = {**ME, "BudgetName": "shop"}
MOST = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
FINANCE = {"SubscriptionType": "EMAIL", "Address": "finance@shop.example"}
TOPIC = {"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-1:123456789012:costs"}


@pytest.fixture
def budgets(aws):
    return aws.client("budgets")


@pytest.fixture
def notified(budgets):
    budgets.create_budget(**ME, Budget=BUDGET, NotificationsWithSubscribers=[{"Notification": MOST, "Subscribers": [FINANCE]}])
    return budgets


def refused(call, code, words=None, **parameters):
    with pytest.raises(ClientError, match=words) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == code


def test_what_aws_fills_in(budgets):
    budgets.create_budget(**ME, Budget=BUDGET)
    found = budgets.describe_budget(**SHOP)["Budget"]
    assert found["BudgetLimit"] == {"Amount": "250.0", "Unit": "USD"}
    assert (found["CostTypes"]["IncludeTax"], found["CostTypes"]["UseBlended"]) == (True, False)
    assert found["TimePeriod"]["Start"].day == 1
    assert found["TimePeriod"]["End"].year == 2087
    assert found["CalculatedSpend"]["ActualSpend"]["Amount"] == "0.0"
    refused(budgets.create_budget, "DuplicateRecordException", **ME, Budget=BUDGET)


def test_an_update_replaces_the_whole(budgets):
    budgets.create_budget(**ME, Budget={**BUDGET, "CostFilters": {"Service": ["Amazon S3"]}})
    budgets.update_budget(**ME, NewBudget={**BUDGET, "TimeUnit": "ANNUALLY"})
    found = budgets.describe_budget(**SHOP)["Budget"]
    assert (found["TimeUnit"], found["CostFilters"]) == ("ANNUALLY", {})
    refused(budgets.update_budget, "NotFoundException", **ME, NewBudget={**BUDGET, "BudgetName": "other"})


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({"BudgetLimit": {"Amount": "much", "Unit": "USD"}}, "no amount"),
        ({"BudgetLimit": {"Amount": "1", "Unit": "GB"}}, "currency of the account"),
        ({"CostFilters": {"Colour": ["red"]}}, "Unknown cost filter"),
        ({"BudgetType": "USAGE"}, "needs a filter on UsageType"),
        ({"BudgetType": "RI_COVERAGE"}, "is 100"),
        ({"TimePeriod": {"Start": "2030-01-01", "End": "2029-01-01"}}, "must come before"),
        ({"BudgetName": "a:b"}, "not allowed"),
        ({"CostTypes": {"IncludeTax": False}, "Metrics": ["UnblendedCost"]}, "either FilterExpression"),
    ],
)
def test_what_a_budget_cannot_be(budgets, spoilt, words):
    refused(budgets.create_budget, "InvalidParameterException", words, **ME, Budget={**BUDGET, **spoilt})
    assert budgets.describe_budgets(**ME).get("Budgets", []) == []


def test_a_budget_needs_a_limit_of_some_kind(budgets):
    bare = {key: value for key, value in BUDGET.items() if key != "BudgetLimit"}
    refused(budgets.create_budget, "InvalidParameterException", "Budget Limit", **ME, Budget=bare)
    budgets.create_budget(**ME, Budget={**bare, "AutoAdjustData": {"AutoAdjustType": "FORECAST"}})


def test_budgets_belong_to_the_account(aws, budgets):
    budgets.create_budget(**ME, Budget=BUDGET)
    assert aws.client("budgets", "eu-west-1").describe_budget(**SHOP)["Budget"]["BudgetName"] == "shop"
    refused(budgets.describe_budget, "AccessDeniedException", AccountId="210987654321", BudgetName="shop")


def test_a_filter_expression_is_shown_to_whom_asks(budgets):
    expression = {"Tags": {"Key": "Project", "Values": ["Shop"]}}
    budgets.create_budget(**ME, Budget={**BUDGET, "FilterExpression": expression, "Metrics": ["UnblendedCost"]})
    assert "FilterExpression" not in budgets.describe_budget(**SHOP)["Budget"]
    assert budgets.describe_budget(**SHOP, ShowFilterExpression=True)["Budget"]["FilterExpression"] == expression


def test_notifications(notified):
    refused(notified.create_notification, "DuplicateRecordException", **SHOP, Notification=MOST, Subscribers=[TOPIC])
    more = {**MOST, "Threshold": 100.0}
    notified.update_notification(**SHOP, OldNotification=MOST, NewNotification=more)
    found = notified.describe_notifications_for_budget(**SHOP)["Notifications"]
    assert found == [{**more, "ThresholdType": "PERCENTAGE", "NotificationState": "OK"}]
    refused(notified.delete_notification, "NotFoundException", **SHOP, Notification=MOST)
    for number in range(9):
        notified.create_notification(**SHOP, Notification={**MOST, "Threshold": number}, Subscribers=[FINANCE])
    refused(notified.create_notification, "CreationLimitExceededException", **SHOP, Notification=MOST, Subscribers=[FINANCE])


def test_subscribers(notified):
    place = {**SHOP, "Notification": MOST}
    refused(notified.delete_subscriber, "InvalidParameterException", "needs a subscriber", **place, Subscriber=FINANCE)
    notified.create_subscriber(**place, Subscriber=TOPIC)
    refused(notified.create_subscriber, "DuplicateRecordException", **place, Subscriber=FINANCE)
    other = {**TOPIC, "Address": f"{TOPIC['Address']}-2"}
    refused(notified.create_subscriber, "CreationLimitExceededException", **place, Subscriber=other)
    refused(notified.create_subscriber, "InvalidParameterException", **place, Subscriber={**FINANCE, "Address": "finance"})
    notified.update_subscriber(**place, OldSubscriber=TOPIC, NewSubscriber=other)
    notified.delete_subscriber(**place, Subscriber=FINANCE)
    assert notified.describe_subscribers_for_notification(**place)["Subscribers"] == [other]


def test_tags_are_in_the_index(aws, budgets):
    budgets.create_budget(**ME, Budget=BUDGET, ResourceTags=[{"Key": "Project", "Value": "Shop"}])
    arn = "arn:aws:budgets::123456789012:budget/shop"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "Owner", "Value": "QA"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["Project"])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "Owner", "Value": "QA"}]
    rows = aws.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in rows] == [arn]
    budgets.delete_budget(**SHOP)
    refused(budgets.describe_budget, "NotFoundException", **SHOP)
