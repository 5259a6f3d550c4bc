# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWS Budgets, the whole of it: moto changes no budget, knows no subscribers and checks almost nothing.

Budgets belong to the account, not to a region.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from decimal import Decimal

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of, taggable

taggable("budgets", "budget", arn="arn", tags="Tags")

NOTIFICATIONS, EMAILS, TOPICS = 10, 10, 1  # quotas of a budget, and of a notification
_LAST = datetime(2087, 6, 15, tzinfo=timezone.utc)
_COST_TYPES = {
    **dict.fromkeys(("IncludeTax", "IncludeSubscription", "IncludeRefund", "IncludeCredit", "IncludeUpfront"), True),
    **dict.fromkeys(("IncludeRecurring", "IncludeOtherSubscription", "IncludeSupport", "IncludeDiscount"), True),
    "UseBlended": False,
    "UseAmortized": False,
}
_FILTERS = (
    *("AZ", "BillingEntity", "BudgetType", "CostCategory", "Database", "InstanceType", "InstanceTypeFamily", "InvoicingEntity"),
    *("LegalEntityName", "LinkedAccount", "Operation", "PurchaseType", "Region", "ReservationId", "SavingsPlanArn", "Service"),
    *("TagKeyValue", "UsageType", "UsageTypeGroup"),
)
_ENUMS = {
    "BudgetType": ("USAGE", "COST", "RI_UTILIZATION", "RI_COVERAGE", "SAVINGS_PLANS_UTILIZATION", "SAVINGS_PLANS_COVERAGE"),
    "TimeUnit": ("DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM"),
    "NotificationType": ("ACTUAL", "FORECASTED"),
    "ComparisonOperator": ("GREATER_THAN", "LESS_THAN", "EQUAL_TO"),
    "ThresholdType": ("PERCENTAGE", "ABSOLUTE_VALUE"),
}


def _invalid(text):
    return AwsError("InvalidParameterException", text)


def _budgets(call):
    if call.params["AccountId"] != call.account:
        raise AwsError("AccessDeniedException", f"Account {call.account} cannot access the budgets of {call.params['AccountId']}.")
    return state_of(call, "budget", region="global")


def _budget(call, name=None):
    name = name or call.params["BudgetName"]
    budget = _budgets(call).get(name)
    if budget is None:
        raise AwsError("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")
    return budget


def _check_enums(thing, *keys):
    for key in keys:
        if key in thing and thing[key] not in _ENUMS[key]:
            raise _invalid(f"{key} must be one of {', '.join(_ENUMS[key])}, not {thing[key]}.")


def _spend(spend):
    """Return an amount as AWS tells it: a decimal with at least one place."""
    if not re.fullmatch(r"([0-9]*\.)?[0-9]+", spend["Amount"]):
        raise _invalid(f"1 validation error detected: Value '{spend['Amount']}' at 'budget.budgetLimit.amount' is no amount.")
    amount = Decimal(spend["Amount"])
    return {"Amount": f"{amount:.1f}" if amount == amount.to_integral_value() else str(amount), "Unit": spend["Unit"]}


def _check_limits(budget):
    kinds = [key for key in ("BudgetLimit", "PlannedBudgetLimits", "AutoAdjustData") if budget.get(key)]
    if not kinds and budget["BudgetType"] in ("COST", "USAGE"):
        text = "please provide one of the followings: Budget Limit/ Planned Budget Limit/ Auto Adjust Data"
        raise _invalid(f"Unable to create/update budget - {text}")
    if "BudgetLimit" in kinds and "PlannedBudgetLimits" in kinds:
        raise _invalid("BudgetLimit and PlannedBudgetLimits cannot both be given.")
    unit = budget.get("BudgetLimit", {}).get("Unit", "USD")
    if budget["BudgetType"] == "COST" and unit != "USD":
        raise _invalid(f"The unit of a cost budget is the currency of the account, USD, not {unit}.")
    if budget["BudgetType"] not in ("COST", "USAGE") and (budget.get("BudgetLimit") or {}).get("Amount") not in (None, "100.0"):
        raise _invalid("The limit of a utilization or coverage budget is 100.")


def _check_filters(budget):
    if (budget.get("CostFilters") or budget.get("CostTypes")) and (budget.get("FilterExpression") or budget.get("Metrics")):
        raise _invalid("Use either FilterExpression and Metrics, or CostFilters and CostTypes.")
    unknown = sorted(set(budget.get("CostFilters", {})) - set(_FILTERS))
    if unknown:
        raise _invalid(f"Unknown cost filter: {', '.join(unknown)}.")
    if budget.get("CostTypes") and budget["BudgetType"] != "COST":
        raise _invalid("Only cost budgets have CostTypes.")
    filtered = budget.get("FilterExpression") or {"UsageType", "UsageTypeGroup"} & budget.get("CostFilters", {}).keys()
    if budget["BudgetType"] == "USAGE" and not filtered:
        raise _invalid("A usage budget needs a filter on UsageType or UsageTypeGroup.")


def _kept(wanted):
    """Return a budget as AWS keeps it, or raise what AWS raises about it."""
    budget = {key: value for key, value in wanted.items() if key not in ("CalculatedSpend", "LastUpdatedTime", "HealthStatus")}
    if not re.fullmatch(r"[^:\\]{1,100}", budget["BudgetName"]) or "/action/" in budget["BudgetName"]:
        raise _invalid(f"1 validation error detected: Value '{budget['BudgetName']}' at 'budget.budgetName' is not allowed.")
    _check_enums(budget, "BudgetType", "TimeUnit")
    if budget.get("BudgetLimit"):
        budget["BudgetLimit"] = _spend(budget["BudgetLimit"])
    _check_limits(budget)
    _check_filters(budget)
    if budget["BudgetType"] == "COST" and not budget.get("FilterExpression") and not budget.get("Metrics"):
        budget["CostTypes"] = {**_COST_TYPES, **budget.get("CostTypes", {})}
    given = {key: moment.replace(tzinfo=timezone.utc) for key, moment in budget.get("TimePeriod", {}).items()}
    period = {"Start": _beginning(budget["TimeUnit"]), "End": _LAST, **given}
    if period["Start"] >= period["End"] or period["End"] > _LAST:
        raise _invalid("The start date must come before the end date, and the end date not after 06/15/87 00:00 UTC.")
    return {"CostFilters": {}, **budget, "TimePeriod": period, "LastUpdatedTime": CLOCK.now()}


def _beginning(unit):
    now = CLOCK.now().replace(hour=0, minute=0, second=0, microsecond=0)
    month = {"DAILY": now.month, "ANNUALLY": 1, "QUARTERLY": (now.month - 1) // 3 * 3 + 1}.get(unit, now.month)
    return now if unit == "DAILY" else now.replace(month=month, day=1)


def _shown(call, budget):
    hidden = () if call.params.get("ShowFilterExpression") else ("FilterExpression",)
    spent = {"Amount": "0.0", "Unit": budget["budget"].get("BudgetLimit", {}).get("Unit", "USD")}
    told = {key: value for key, value in budget["budget"].items() if key not in hidden}
    return {**told, "CalculatedSpend": {"ActualSpend": spent, "ForecastedSpend": spent}}


@operation("budgets", "CreateBudget")
def create(call):
    wanted, budgets = _kept(call.params["Budget"]), _budgets(call)
    name = wanted["BudgetName"]
    if name in budgets:
        raise AwsError("DuplicateRecordException", f"Error creating budget: {name} - the budget already exists.")
    made = {"budget": wanted, "notifications": [], "arn": call.arn(f"budget/{name}", region="")}
    for one in call.params.get("NotificationsWithSubscribers", []):
        _add_notification(made, one["Notification"], one["Subscribers"])
    made["Tags"] = call.params.get("ResourceTags", [])
    budgets[name] = made


@operation("budgets", "DescribeBudget")
def describe(call):
    return {"Budget": _shown(call, _budget(call))}


@operation("budgets", "DescribeBudgets")
def describe_all(call):
    return _page(call, "Budgets", [_shown(call, budget) for budget in _budgets(call).values()], 100)


def _page(call, key, rows, usual=20):
    start, size = int(call.params.get("NextToken") or 0), call.params.get("MaxResults", usual)
    more = {"NextToken": str(start + size)} if start + size < len(rows) else {}
    return {key: rows[start : start + size], **more}


@operation("budgets", "UpdateBudget")
def update(call):
    """Replace a budget: what is left out is as if the budget had never had it."""
    wanted = call.params["NewBudget"]
    budget = _budget(call, wanted["BudgetName"])
    budget["budget"] = _kept(wanted)


@operation("budgets", "DeleteBudget")
def delete(call):
    del _budgets(call)[_budget(call)["budget"]["BudgetName"]]


# Notifications: known by what they say, as they have no id


def _known_as(notification):
    _check_enums(notification, "NotificationType", "ComparisonOperator", "ThresholdType")
    kind = notification.get("ThresholdType", "PERCENTAGE")
    if kind == "PERCENTAGE" and notification["Threshold"] > 1000:
        raise _invalid("A threshold in percent is 1000 at most.")
    return notification["NotificationType"], notification["ComparisonOperator"], float(notification["Threshold"]), kind


def _find(budget, notification):
    wanted = _known_as(notification)
    found = next((one for one in budget["notifications"] if one["key"] == wanted), None)
    if found is None:
        raise AwsError("NotFoundException", "Unable to find notification - the notification doesn't exist.")
    return found


def _add_notification(budget, notification, subscribers):
    key = _known_as(notification)
    if any(one["key"] == key for one in budget["notifications"]):
        raise AwsError("DuplicateRecordException", "Unable to create notification - the notification already exists.")
    if len(budget["notifications"]) >= NOTIFICATIONS:
        raise AwsError("CreationLimitExceededException", f"A budget has {NOTIFICATIONS} notifications at most.")
    _check_subscribers(subscribers)
    budget["notifications"].append({"key": key, "subscribers": [dict(one) for one in subscribers]})


def _check_subscribers(subscribers):
    for one in subscribers:
        pattern = {"EMAIL": r"[^@\s]+@[^@\s]+\.[^@\s]+", "SNS": r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:\S+"}.get(
            one["SubscriptionType"]
        )
        if pattern is None or not re.fullmatch(pattern, one["Address"]):
            raise _invalid(f"The address of a subscriber is no {one['SubscriptionType']} address.")
    kinds = [one["SubscriptionType"] for one in subscribers]
    if not kinds:
        raise _invalid("A notification needs a subscriber.")
    if kinds.count("SNS") > TOPICS or kinds.count("EMAIL") > EMAILS:
        raise AwsError("CreationLimitExceededException", f"A notification has {TOPICS} SNS and {EMAILS} EMAIL subscribers at most.")
    if len({tuple(sorted(one.items())) for one in subscribers}) < len(kinds):
        raise AwsError("DuplicateRecordException", "The subscriber already exists.")


def _told(key):
    names = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    return {**dict(zip(names, key, strict=True)), "NotificationState": "OK"}


@operation("budgets", "CreateNotification")
def create_notification(call):
    _add_notification(_budget(call), call.params["Notification"], call.params["Subscribers"])


@operation("budgets", "UpdateNotification")
def update_notification(call):
    budget, key = _budget(call), _known_as(call.params["NewNotification"])
    found = _find(budget, call.params["OldNotification"])
    if any(one["key"] == key for one in budget["notifications"] if one is not found):
        raise AwsError("DuplicateRecordException", "Unable to update notification - the notification already exists.")
    found["key"] = key


@operation("budgets", "DeleteNotification")
def delete_notification(call):
    budget = _budget(call)
    budget["notifications"].remove(_find(budget, call.params["Notification"]))


@operation("budgets", "DescribeNotificationsForBudget")
def describe_notifications(call):
    return _page(call, "Notifications", [_told(one["key"]) for one in _budget(call)["notifications"]])


@operation("budgets", "DescribeSubscribersForNotification")
def describe_subscribers(call):
    return _page(call, "Subscribers", _find(_budget(call), call.params["Notification"])["subscribers"])


@operation("budgets", "CreateSubscriber")
def create_subscriber(call):
    found = _find(_budget(call), call.params["Notification"])
    subscribers = [*found["subscribers"], dict(call.params["Subscriber"])]
    _check_subscribers(subscribers)
    found["subscribers"] = subscribers


def _subscriber(found, wanted):
    if wanted not in found["subscribers"]:
        raise AwsError("NotFoundException", "Unable to find subscriber - the subscriber doesn't exist.")
    return found["subscribers"].index(wanted)


@operation("budgets", "UpdateSubscriber")
def update_subscriber(call):
    found, subscribers = _find(_budget(call), call.params["Notification"]), None
    place = _subscriber(found, call.params["OldSubscriber"])
    subscribers = [*found["subscribers"][:place], dict(call.params["NewSubscriber"]), *found["subscribers"][place + 1 :]]
    _check_subscribers(subscribers)
    found["subscribers"] = subscribers


@operation("budgets", "DeleteSubscriber")
def delete_subscriber(call):
    found = _find(_budget(call), call.params["Notification"])
    place = _subscriber(found, call.params["Subscriber"])
    if len(found["subscribers"]) == 1:
        raise _invalid("A notification needs a subscriber: delete the notification instead.")
    del found["subscribers"][place]


# Tags


def _tagged(call):
    arn = call.params["ResourceARN"]
    found = next((budget for budget in state_of(call, "budget", region="global").values() if budget["arn"] == arn), None)
    if found is None:
        raise AwsError("NotFoundException", f"Resource {arn} was not found.")
    return found


@operation("budgets", "TagResource")
def tag(call):
    budget, new = _tagged(call), call.params["ResourceTags"]
    names = {one["Key"] for one in new}
    budget["Tags"] = [one for one in budget["Tags"] if one["Key"] not in names] + new


@operation("budgets", "UntagResource")
def untag(call):
    budget, names = _tagged(call), call.params["ResourceTagKeys"]
    budget["Tags"] = [one for one in budget["Tags"] if one["Key"] not in names]


@operation("budgets", "ListTagsForResource")
def list_tags(call):
    return {"ResourceTags": _tagged(call)["Tags"]}
