# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""budgets_budget: amounts as AWS tells them, whole budgets on update, notifications and subscribers as sets."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.budgets_budget import ALL, BOSS, FINANCE, MOST, SHOP, TOPIC

LIMIT = {"budget_limit": {"amount": "250"}}


@pytest.fixture
def budget(aws):
    """Return a function that runs the module for one budget and returns the result and what was sent."""

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("budgets_budget", **{"name": "shop", **more})
        assert not result.failed, result.msg
        return result, sent

    return run


@pytest.mark.parametrize("amount", ["250", "250.0", "250.00", 250])
def test_an_amount_is_a_number_however_it_is_written(budget, amount):
    budget(**LIMIT)
    again, sent = budget(budget_limit={"amount": amount})
    assert (again.changed, sent.writes) == (False, [])


def test_budgets_are_kept_in_one_region_whatever_the_task_says(aws, budget):
    _made, sent = budget(**LIMIT, region="eu-central-1")
    assert {entry["region"] for entry in sent.entries if entry["service"] == "budgets"} == {"us-east-1"}


def test_the_account_is_asked_for_only_when_it_is_not_given(budget):
    _made, sent = budget(**LIMIT)
    assert "GetCallerIdentity" in sent.operations
    result, sent = budget(account_id="123456789012", **LIMIT)
    assert (result.changed, "GetCallerIdentity" in sent.operations) == (False, False)


def test_an_update_repeats_what_is_there(budget):
    budget(**LIMIT, cost_filters={"Service": ["Amazon S3"]}, cost_types={"include_tax": False}, time_period={"start": "2026-01-01"})
    _changed, sent = budget(time_unit="ANNUALLY")
    whole = sent.parameters("UpdateBudget")["NewBudget"]
    assert whole["CostFilters"] == {"Service": ["Amazon S3"]}
    assert whole["CostTypes"]["IncludeTax"] is False
    assert whole["BudgetLimit"]["Amount"] == "250"
    assert whole["TimePeriod"]["Start"].isoformat() == "2026-01-01T00:00:00"
    assert not {"CalculatedSpend", "LastUpdatedTime", "arn", "Tags"} & whole.keys()


def test_a_filter_expression_survives_a_change_of_the_limit(aws, budget):
    budget(**LIMIT, filter_expression=SHOP, metrics=["UnblendedCost"])
    budget(budget_limit={"amount": "300"})
    kept = aws.client("budgets").describe_budget(AccountId="123456789012", BudgetName="shop", ShowFilterExpression=True)["Budget"]
    assert kept["FilterExpression"] == {"Tags": {"Key": "Project", "Values": ["Shop"]}}


def test_order_makes_no_change(budget):
    services = ["Amazon S3", "AWS Lambda"]
    budget(**LIMIT, notifications=[MOST, ALL], cost_filters={"Service": services})
    turned = {**ALL, "subscribers": ALL["subscribers"][::-1]}
    again, sent = budget(**LIMIT, notifications=[turned, MOST], cost_filters={"Service": services[::-1]})
    assert (again.changed, sent.writes) == (False, [])


def test_a_new_budget_takes_its_notifications_along(budget):
    _made, sent = budget(**LIMIT, notifications=[MOST, ALL])
    assert sent.writes == ["CreateBudget"]
    assert len(sent.parameters("CreateBudget")["NotificationsWithSubscribers"]) == 2


def test_the_last_subscriber_is_exchanged_not_deleted(budget):
    budget(**LIMIT, notifications=[MOST])
    result, sent = budget(notifications=[{**MOST, "subscribers": [BOSS]}])
    assert sent.writes == ["UpdateSubscriber"]
    assert result.budget["notifications"][0]["subscribers"] == [BOSS]


def test_a_mail_address_makes_way_for_a_topic(budget):
    budget(**LIMIT, notifications=[MOST])
    _result, sent = budget(notifications=[{**MOST, "subscribers": [TOPIC]}])
    assert sent.writes == ["CreateSubscriber", "DeleteSubscriber"]


def test_a_full_list_of_addresses_is_exchanged_in_place(budget):
    def people(first):
        return [{**FINANCE, "address": f"{number}@shop.example"} for number in range(first, first + 10)]

    budget(**LIMIT, notifications=[{**MOST, "subscribers": people(0)}])
    _result, sent = budget(notifications=[{**MOST, "subscribers": people(3)}])
    assert sent.writes == ["UpdateSubscriber"] * 3


def test_another_threshold_is_another_notification(budget):
    budget(**LIMIT, notifications=[MOST])
    _result, sent = budget(notifications=[{**MOST, "threshold": 90}])
    assert sent.writes == ["DeleteNotification", "CreateNotification"]


def test_notifications_that_are_left_out_stay_and_are_not_even_read(budget):
    budget(**LIMIT, notifications=[MOST])
    _result, sent = budget(budget_limit={"amount": "300"})
    assert "DescribeNotificationsForBudget" not in sent.operations
    assert sent.writes == ["UpdateBudget"]


def test_creation_says_what_it_needs(aws):
    result = aws.run("budgets_budget", name="shop", check=True)
    assert result.failed
    assert "budget_limit or auto_adjust_data has to be given" in result.msg


def test_a_misspelt_kind_of_cost_is_refused_with_the_right_one(aws):
    result = aws.run("budgets_budget", name="shop", **LIMIT, cost_types={"include_credits": False})
    assert result.failed
    assert "did you mean include_credit?" in result.msg
