# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A plan as people read it."""

from __future__ import annotations

from collections import Counter

import pytest

from ansible_collections.slipway.aws.plugins.plugin_utils import plan, plan_report

UPDATE = {
    "action": "update",
    "component": "orders",
    "type": "AWS::Logs::LogGroup",
    "logical": "OrdersLogGroup",
    "properties": [{"path": "RetentionInDays", "before": 7, "after": 30}, {"path": "KmsKeyId", "before": {"Ref": "Key"}}],
}
CREATE = {"action": "create", "component": "orders", "type": "AWS::S3::Bucket", "logical": "OrdersBucket", "properties": []}
REPLACE = {**UPDATE, "action": "replace", "component": "web", "logical": "WebLogGroup"}
LEFT = {**UPDATE, "logical": "OrdersService", "properties": [{"path": "DesiredCount"}], "reason": "scaling decides"}
OVER = {
    "action": "delete",
    "component": "web",
    "type": "AWS::SNS::Topic",
    "logical": "WebTopic",
    "reason": "nobody",
    "leftover": True,
}


def made(*changes, left=(), drift=False, **more):
    counts = Counter(each["action"] for each in changes)
    return {
        "platform": "shop",
        "environment": "dev",
        "compared_with": "the account",
        "drift": drift,
        "digest": "sha256:1",
        "counts": {action: counts[action] for action in plan.ACTIONS},
        "changes": list(changes),
        "left": list(left),
        "assumptions": [],
        "findings": {"open": []},
        **more,
    }


def lines(told):
    return [line for line, _color in plan_report.terminal(told)]


@pytest.mark.parametrize(
    ("changes", "drift", "words"),
    [
        ((), False, "shop/dev against the account: nothing to do"),
        ((CREATE, UPDATE), False, "shop/dev against the account: 1 to create, 1 to update"),
        (({**UPDATE, "action": "unknown"},), False, "shop/dev against the account: 1 unknown before it runs"),
        ((), True, "shop/dev and its description: no difference"),
        ((CREATE, UPDATE), True, "shop/dev and its description: 1 missing, 1 changed"),
    ],
)
def test_a_plan_in_one_sentence(changes, drift, words):
    assert plan_report.headline(made(*changes, drift=drift)) == words


def test_what_nothing_describes_is_drift_and_no_plan():
    assert plan_report.headline(made(left=[OVER])) == "shop/dev against the account: nothing to do"
    assert plan_report.headline(made(left=[OVER, LEFT], drift=True)).endswith(": 1 that nothing describes")


def test_a_terminal_shows_components_properties_and_reasons():
    said = lines(made(CREATE, UPDATE, REPLACE, left=[LEFT], assumptions=["An image is there."]))
    assert said[1:] == [
        "\norders",
        "  +   AWS::S3::Bucket OrdersBucket",
        "  ~   AWS::Logs::LogGroup OrdersLogGroup",
        "        RetentionInDays: 7 → 30",
        '        KmsKeyId: {"Ref": "Key"} → nothing',
        "\nweb",
        "  -/+ AWS::Logs::LogGroup WebLogGroup",
        "        RetentionInDays: 7 → 30",
        '        KmsKeyId: {"Ref": "Key"} → nothing',
        "\nLeft alone",
        "  AWS::Logs::LogGroup OrdersService DesiredCount: scaling decides",
        "\nAssumed",
        "  An image is there.",
        "\nsha256:1",
    ]


def test_drift_says_who_is_right():
    assert "  ~   AWS::Logs::LogGroup OrdersLogGroup: changed; the description is right, a run repairs it" in lines(
        made(UPDATE, drift=True)
    )


def test_a_long_value_is_cut():
    told = made({**UPDATE, "properties": [{"path": "Policy", "before": "x" * 300, "after": "y"}]})
    assert any(line.endswith(f"{'x' * 100}… → y") for line in lines(told))


def test_a_merge_request_shows_first_what_is_lost():
    text = plan_report.markdown(made(CREATE, UPDATE, REPLACE, left=[OVER]))
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == ["-/+", "+", "~"]
    assert "- `RetentionInDays`: `7` → `30`" in text
    assert "- AWS::SNS::Topic WebTopic: nobody" in text
    assert text.rstrip().endswith("`sha256:1`")
