# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Budgets in one way of writing, and what of a budget excludes what."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.shapes import snake

KEY = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")  # what a notification is known by
# What excludes each other: a budget that changes over takes its former part off.
_EITHER = (
    (("CostFilters", "CostTypes"), ("FilterExpression", "Metrics")),
    (("BudgetLimit",), ("AutoAdjustData", "PlannedBudgetLimits")),
)


class Identity(Caller):
    """Who is calling."""

    service = "sts"
    noun = "identity for"


def notification_faults(wanted):
    """Return sentences about notifications that AWS would refuse."""
    known = [tuple(one[snake(key)] for key in KEY) for one in wanted]
    faults = [f"notifications: {' '.join(map(str, key))} stands there twice." for key in sorted(set(known)) if known.count(key) > 1]
    if len(wanted) > 10:
        faults.append(f"notifications: a budget has ten at most, not {len(wanted)}.")
    for one in wanted:
        kinds = [each["subscription_type"] for each in one["subscribers"]]
        if not kinds or kinds.count("SNS") > 1 or kinds.count("EMAIL") > 10:
            faults.append(f"notifications: at {one['threshold']:g}, subscribers are from one to ten addresses and one topic.")
        bad = [each["address"] for each in one["subscribers"] if (each["subscription_type"] == "EMAIL") != ("@" in each["address"])]
        faults += [f"notifications: {address} does not fit its subscription_type." for address in bad]
    return faults


def moment(text):
    """Return a date as AWS's answers are shown, or None when it is none."""
    try:
        found = text if isinstance(text, datetime) else datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc).isoformat()


def normal(budget):
    """Return a budget with amounts, moments and sets written in one way: AWS tells 100 as 100.0."""
    written = dict(budget)
    if "BudgetLimit" in budget:
        written["BudgetLimit"] = {**budget["BudgetLimit"], "Amount": f"{Decimal(budget['BudgetLimit']['Amount']).normalize():f}"}
    if "TimePeriod" in budget:
        written["TimePeriod"] = {key: moment(value) for key, value in budget["TimePeriod"].items()}
    if "CostFilters" in budget:
        written["CostFilters"] = {key: sorted(values) for key, values in budget["CostFilters"].items()}
    return written


def exclusive(kept, changes):
    """Return a whole budget, without what the wanted way of limiting and of filtering excludes, and without what AWS adds."""
    whole = {**kept, **changes}
    for first, second in _EITHER:
        chosen = any(key in changes for key in second) or (any(kept.get(key) for key in second) and not set(first) & changes.keys())
        whole = {key: value for key, value in whole.items() if key not in (first if chosen else second)}
    if "AutoAdjustData" in whole:
        whole["AutoAdjustData"] = {key: value for key, value in whole["AutoAdjustData"].items() if key != "LastAutoAdjustTime"}
        back = whole["AutoAdjustData"].get("HistoricalOptions")
        if back:
            period = {"BudgetAdjustmentPeriod": back["BudgetAdjustmentPeriod"]}
            whole["AutoAdjustData"] = {**whole["AutoAdjustData"], "HistoricalOptions": period}
    return whole


def notification(option):
    """Return a notification of the options in the API's names, with its subscribers."""
    names = {key: option[snake(key)] for key in KEY}
    subscribers = [{"SubscriptionType": one["subscription_type"], "Address": one["address"]} for one in option["subscribers"]]
    return {**names, "Subscribers": subscribers}


def bare(told):
    """Return a notification without its subscribers: this is how AWS knows it."""
    return {key: told[key] for key in KEY}
