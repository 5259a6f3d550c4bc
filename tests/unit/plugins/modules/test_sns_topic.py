# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""sns_topic: what is pending stays pending, subscriptions change in place, check mode needs no topic."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.extensions.emulator.services import sns

MAIL = {"protocol": "email", "endpoint": "oncall@shop.example"}
QUEUE = {"protocol": "sqs", "endpoint": "arn:aws:sqs:us-east-1:123456789012:orders"}


def run(aws, *subscriptions, **more):
    return aws.run("sns_topic", name="shop", subscriptions=list(subscriptions), **more)


def test_what_nobody_confirmed_is_left_alone(aws):
    made = run(aws, MAIL)
    assert made.topic["pending_confirmations"] == ["oncall@shop.example"]
    again = run(aws, {**MAIL, "filter_policy": {"kind": ["alarm"]}})
    assert not again.changed, "the attributes of a pending subscription cannot be read"
    with aws.recorded() as sent:
        gone = run(aws)
    assert (gone.changed, sent.writes) == (False, [])
    assert gone.topic["pending_confirmations"] == ["oncall@shop.example"]


def test_what_was_confirmed_is_managed(aws):
    run(aws, {**MAIL, "filter_policy": {"kind": ["alarm"]}})
    sns.confirm_all()
    assert not run(aws, {**MAIL, "filter_policy": {"kind": ["alarm"]}}).changed
    changed = run(aws, {**MAIL, "filter_policy": {"kind": ["alarm", "note"]}})
    assert changed.changed
    assert json.loads(changed.topic["subscriptions"][0]["filter_policy"]) == {"kind": ["alarm", "note"]}
    with aws.recorded() as sent:
        run(aws)
    assert sent.writes == ["Unsubscribe"]


def test_only_the_attribute_that_differs_is_sent(aws):
    run(aws, {**QUEUE, "filter_policy": {"kind": ["a"]}, "raw_message_delivery": True})
    with aws.recorded() as sent:
        run(aws, {**QUEUE, "filter_policy": '{"kind": ["a"]}', "raw_message_delivery": False})
    assert sent.writes == ["SetSubscriptionAttributes"]
    assert sent.parameters("SetSubscriptionAttributes")["AttributeName"] == "RawMessageDelivery"


def test_the_scope_is_set_before_the_filter(aws):
    run(aws, {**QUEUE})
    nested = {"order": {"kind": ["a"]}}
    with aws.recorded() as sent:
        result = run(aws, {**QUEUE, "filter_policy": nested, "filter_policy_scope": "MessageBody"})
    assert not result.failed, result.msg
    names = [e["parameters"]["AttributeName"] for e in sent.entries if e["write"]]
    assert names == ["FilterPolicyScope", "FilterPolicy"]


def test_subscriptions_that_are_not_given_are_not_managed(aws):
    run(aws, QUEUE)
    with aws.recorded() as sent:
        result = aws.run("sns_topic", name="shop", display_name="Shop")
    assert sent.writes == ["SetTopicAttributes"]
    assert "subscriptions" not in result.topic


def test_check_mode_works_without_a_topic(aws):
    result = run(aws, MAIL, check=True, kms_master_key_id="alias/shop")
    assert result.changed
    assert result.topic["kms_master_key_id"] == "alias/shop"


def test_a_topic_that_keeps_the_order(aws):
    made = aws.run("sns_topic", name="orders.fifo", content_based_deduplication=True)
    assert not made.failed, made.msg
    assert made.topic["fifo_topic"] == "true"
    assert not aws.run("sns_topic", name="orders.fifo", content_based_deduplication=True).changed
    assert aws.run("sns_topic", name="orders.fifo", content_based_deduplication=False).changed


@pytest.mark.parametrize("wanted", [{"kind": ["a"]}, '{"kind":["a"]}'])
def test_policies_may_be_text_or_data(aws, wanted):
    assert run(aws, {**QUEUE, "filter_policy": wanted}).changed
    assert not run(aws, {**QUEUE, "filter_policy": {"kind": ["a"]}}).changed
