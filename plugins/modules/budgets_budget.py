#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: budgets_budget
version_added: 0.1.0
short_description: Manage budgets of an account
description:
  - Creates, changes and removes AWS Budgets with who is told when, and tags.
  - Budgets belong to the account and not to a region; the module talks to us-east-1, where AWS keeps them.
  - AWS replaces a budget as a whole, so a change repeats what is there.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the budget, unique in the account, without colon and backslash.
    type: str
    required: true
  account_id:
    description: Number of the account; that of the caller if left out.
    type: str
  budget_type:
    description: What the budget watches; V(COST) if left out when it is created.
    type: str
    choices: [COST, USAGE, RI_UTILIZATION, RI_COVERAGE, SAVINGS_PLANS_UTILIZATION, SAVINGS_PLANS_COVERAGE]
  time_unit:
    description: After which time it begins anew; V(MONTHLY) if left out when it is created.
    type: str
    choices: [DAILY, MONTHLY, QUARTERLY, ANNUALLY, CUSTOM]
  budget_limit:
    description: How much it is. Budgets of utilization and coverage have 100 percent and nothing else.
    type: dict
    suboptions:
      amount:
        description: The amount as a decimal number, for example V("250") or V("99.5").
        type: str
        required: true
      unit:
        description: Currency of the account, or unit of the usage, for example V(GB).
        type: str
        default: USD
  auto_adjust_data:
    description: How AWS sets the limit by itself, in place of O(budget_limit).
    type: dict
    suboptions:
      auto_adjust_type:
        description: From what was spent, or from what will be.
        type: str
        choices: [HISTORICAL, FORECAST]
        required: true
      historical_options:
        description: For V(HISTORICAL), how far it looks back.
        type: dict
        suboptions:
          budget_adjustment_period:
            description: How many of O(time_unit) it looks back.
            type: int
            required: true
  time_period:
    description: When it begins and ends. AWS begins with the present O(time_unit) and ends in 2087.
    type: dict
    suboptions:
      start:
        description: First moment in UTC, for example V(2026-01-01).
        type: str
      end:
        description: Last moment in UTC.
        type: str
  cost_filters:
    description:
      - What counts, by AWS's names, each with a list of values of which one has to fit, for example C(Service) or C(LinkedAccount).
      - A tag is C(TagKeyValue) with V(user:Project$Shop). V({}) counts everything. A usage budget needs C(UsageType) or
        C(UsageTypeGroup).
    type: dict
  cost_types:
    description:
      - Which kinds of cost count, with the members of the API in snake_case, for example C(include_credit).
      - Only a budget of V(COST) has them.
    type: dict
  filter_expression:
    description: What counts, as an expression with the members of the API in snake_case; instead of O(cost_filters).
    type: dict
  metrics:
    description: Which cost or usage is added up, for example V([UnblendedCost]); goes with O(filter_expression), not O(cost_types).
    type: list
    elements: str
  notifications:
    description: All notifications, ten at most; others are removed. Their order does not matter.
    type: list
    elements: dict
    suboptions:
      notification_type:
        description: Whether it is about what was spent or what will be by the forecast.
        type: str
        choices: [ACTUAL, FORECASTED]
        default: ACTUAL
      comparison_operator:
        description: When it comes.
        type: str
        choices: [GREATER_THAN, LESS_THAN, EQUAL_TO]
        default: GREATER_THAN
      threshold:
        description: The threshold, in percent of the limit or as an amount.
        type: float
        required: true
      threshold_type:
        description: What the threshold is.
        type: str
        choices: [PERCENTAGE, ABSOLUTE_VALUE]
        default: PERCENTAGE
      subscribers:
        description: Who is told, ten addresses and one topic at most. The policy of a topic has to allow C(budgets.amazonaws.com).
        type: list
        elements: dict
        required: true
        suboptions:
          subscription_type:
            description: Way to the subscriber.
            type: str
            choices: [EMAIL, SNS]
            required: true
          address:
            description: Mail address or ARN of the topic.
            type: str
            required: true
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Not more than 250 dollars a month
  slipway.aws.budgets_budget:
    name: shop-dev
    budget_limit: {amount: "250"}

- name: What the platform costs, with a word at four fifths and when the forecast is over the limit
  slipway.aws.budgets_budget:
    name: shop-production
    budget_limit: {amount: "2000"}
    cost_filters:
      TagKeyValue: [user:Project$Shop]
    notifications:
      - threshold: 80
        subscribers:
          - {subscription_type: EMAIL, address: finance@shop.example}
      - notification_type: FORECASTED
        threshold: 100
        subscribers:
          - {subscription_type: EMAIL, address: finance@shop.example}
          - {subscription_type: SNS, address: "arn:aws:sns:us-east-1:123456789012:shop-costs"}
    tags:
      Project: Shop

- name: No budget any more
  slipway.aws.budgets_budget:
    name: shop-dev
    state: absent
"""

RETURN = r"""
budget:
  description: The budget; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the budget.
      type: str
      sample: arn:aws:budgets::123456789012:budget/shop-dev
    budget_limit:
      description: Its limit.
      type: dict
    calculated_spend:
      description: What was spent, and what will be.
      type: dict
    notifications:
      description: Its notifications, when O(notifications) is given.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

import re

from ansible_collections.slipway.aws.plugins.module_utils.budgets import (
    KEY,
    Identity,
    bare,
    exclusive,
    moment,
    normal,
    notification,
    notification_faults,
)
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.shapes import to_api
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_OPTIONS = ("budget_type", "time_unit", "budget_limit", "auto_adjust_data", "time_period")
_OPTIONS += ("cost_filters", "cost_types", "filter_expression", "metrics")
_EXCLUDED = ((("cost_filters", "cost_types"), ("filter_expression", "metrics")), (("budget_limit",), ("auto_adjust_data",)))
_LIMITED = ("COST", "USAGE")  # the others have a limit of 100 percent without being told
_TOLD = ("CalculatedSpend", "LastUpdatedTime", "HealthStatus")  # what only AWS writes


class Budget(Resource):
    """A budget, known by its name. Notifications and their subscribers have operations of their own."""

    service = "budgets"
    noun = "budget"
    region = "us-east-1"
    missing = ("NotFoundException",)
    unordered = ("Notifications", "Subscribers", "Metrics", "Values", "MatchOptions")
    whole = ("CostFilters", "FilterExpression")
    verbatim = ("CostFilters",)
    outputs = ("arn",)

    def validate(self):
        p, faults = self.params, []
        if not re.fullmatch(r"[^:\\]{1,100}", self.name) or "/action/" in self.name:
            faults.append(f"name {self.name!r} has from 1 to 100 characters, no colon, no backslash and no /action/.")
        if p["account_id"] and not re.fullmatch(r"\d{12}", p["account_id"]):
            faults.append(f"account_id {p['account_id']} has not twelve digits.")
        if p["budget_limit"] and not re.fullmatch(r"(\d*\.)?\d+", p["budget_limit"]["amount"]):
            faults.append(f"budget_limit.amount {p['budget_limit']['amount']!r} is no decimal number such as 99.5.")
        dates = [date for date in (p["time_period"] or {}).values() if date]
        faults += [f"time_period: {date} is no date such as 2026-01-01." for date in dates if moment(date) is None]
        for first, second in _EXCLUDED:
            given = [", ".join(name for name in side if p[name] is not None) for side in (first, second)]
            if all(given):
                faults.append(f"{given[0]} and {given[1]} exclude each other: give one of them.")
        return faults + notification_faults(p["notifications"] or [])

    @property
    def mine(self):
        """Return the parameters that name the budget in every call."""
        if not hasattr(self, "account"):
            self.account = self.params["account_id"] or Identity(self.module).read("get_caller_identity")["Account"]
        return {"AccountId": self.account, "BudgetName": self.name}

    def find(self):
        answer = self.read("describe_budget", **self.mine, ShowFilterExpression=True)
        if answer is None:
            return None
        have = normal({"CostFilters": {}, **answer["Budget"]})
        arn = f"arn:{self.client.meta.partition}:budgets::{self.account}:budget/{self.name}"
        tags = (self.read("list_tags_for_resource", ResourceARN=arn) or {}).get("ResourceTags")
        return {**have, **self._notifications(), "arn": arn, "Tags": from_form(tags)}

    def _notifications(self):
        if self.params["notifications"] is None:
            return {}
        found = [
            {"ThresholdType": "PERCENTAGE", **one}
            for one in self.pages("describe_notifications_for_budget", "Notifications", **self.mine)
        ]
        known = [{key: one[key] for key in KEY} for one in found]
        return {"Notifications": [{**one, "Subscribers": self._subscribers(one)} for one in known]}

    def _subscribers(self, notification):
        return self.pages("describe_subscribers_for_notification", "Subscribers", **self.mine, Notification=notification)

    def want(self, have):
        budget = normal(to_api(self.client.meta.service_model.shape_for("Budget"), {name: self.params[name] for name in _OPTIONS}))
        if have is None:
            budget = {"BudgetType": "COST", "TimeUnit": "MONTHLY", **budget}
            if budget["BudgetType"] in _LIMITED and not {"BudgetLimit", "AutoAdjustData"} & budget.keys():
                self.fail(f"budget {self.name} does not exist, and to create it budget_limit or auto_adjust_data has to be given.")
        wanted = self.params["notifications"]
        return {"BudgetName": self.name, **budget, "Notifications": wanted and [notification(one) for one in wanted]}

    def create(self, want):
        tags = {"ResourceTags": want.pop("ResourceTags")} if "ResourceTags" in want else {}
        notifications = [{"Notification": bare(one), "Subscribers": one["Subscribers"]} for one in want.pop("Notifications", [])]
        more = {"NotificationsWithSubscribers": notifications} if notifications else {}
        self.write("create_budget", AccountId=self.mine["AccountId"], Budget=want, **more, **tags)

    def update(self, have, changes):
        notifications = changes.pop("Notifications", None)
        if changes:
            known = self.client.meta.service_model.shape_for("Budget").members
            kept = {key: value for key, value in have.items() if key in known and key not in _TOLD}
            self.write("update_budget", AccountId=self.mine["AccountId"], NewBudget=exclusive(kept, changes))
        if notifications is not None:
            self._notify(have["Notifications"], notifications)

    def _notify(self, present, wanted):
        """Bring the notifications to the wanted ones. Those that go make room first: a budget has ten at most."""
        have, want = ({tuple(one[key] for key in KEY): one for one in side} for side in (present, wanted))
        for key in have.keys() - want.keys():
            self.write("delete_notification", tolerate=self.missing, **self.mine, Notification=bare(have[key]))
        for key in want.keys() - have.keys():
            self.write("create_notification", **self.mine, Notification=bare(want[key]), Subscribers=want[key]["Subscribers"])
        for key in want.keys() & have.keys():
            self._subscribe(bare(want[key]), have[key]["Subscribers"], want[key]["Subscribers"])

    def _subscribe(self, notification, present, wanted):
        """Bring the subscribers to the wanted ones. One is turned into another where possible: the last one cannot be deleted."""
        gone, new = [one for one in present if one not in wanted], [one for one in wanted if one not in present]
        place = {**self.mine, "Notification": notification}
        for kind in ("EMAIL", "SNS"):
            old, fresh = ([one for one in side if one["SubscriptionType"] == kind] for side in (gone, new))
            for before, after in zip(old, fresh, strict=False):
                self.write("update_subscriber", **place, OldSubscriber=before, NewSubscriber=after)
            for one in fresh[len(old) :]:
                self.write("create_subscriber", **place, Subscriber=one)
        for kind in ("EMAIL", "SNS"):
            kept = sum(one["SubscriptionType"] == kind for one in new)
            for one in [one for one in gone if one["SubscriptionType"] == kind][kept:]:
                self.write("delete_subscriber", tolerate=self.missing, **place, Subscriber=one)

    def delete(self, have):
        self.write("delete_budget", tolerate=self.missing, **self.mine)


def main():
    Budget.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
