# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""SNS of the emulated account: people have to confirm, and refusals."""

from __future__ import annotations

import json
import os

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator import cli
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK


@pytest.fixture
def topic(aws):
    return aws.client("sns").create_topic(Name="shop")["TopicArn"]


def arns(client, topic):
    return [each["SubscriptionArn"] for each in client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]]


def test_mail_is_pending_until_somebody_confirms(aws, topic):
    client = aws.client("sns")
    answer = client.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@shop.example")
    assert answer["SubscriptionArn"] == "pending confirmation"
    assert arns(client, topic) == ["PendingConfirmation"]
    assert client.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "1"
    with pytest.raises(ClientError, match="at least 6 elements"):
        client.unsubscribe(SubscriptionArn="PendingConfirmation")
    told = cli.call(os.environ["AWS_ENDPOINT_URL"], "confirm_subscriptions", endpoint="a@shop.example")
    assert told == {"confirmed": ["a@shop.example"]}
    assert arns(client, topic)[0].startswith(topic)
    client.unsubscribe(SubscriptionArn=arns(client, topic)[0])
    assert arns(client, topic) == []


def test_what_nobody_confirms_is_forgotten(aws, topic):
    client = aws.client("sns")
    client.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://shop.example/hook")
    CLOCK.advance(49 * 3600)
    assert arns(client, topic) == []


def test_pending_receivers_get_nothing_and_queues_do(aws, topic):
    client, sqs = aws.client("sns"), aws.client("sqs")
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    client.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://127.0.0.1:1/nobody")
    client.publish(TopicArn=topic, Message="hello")
    assert json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])["Message"] == "hello"


def test_attributes_survive(aws, topic):
    client = aws.client("sns")
    for name, value in {"SignatureVersion": "2", "TracingConfig": "Active", "KmsMasterKeyId": "alias/shop"}.items():
        client.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
        assert client.get_topic_attributes(TopicArn=topic)["Attributes"][name] == value


def test_refusals(aws, topic):
    client = aws.client("sns")
    with pytest.raises(ClientError, match="already exists with different attributes"):
        client.create_topic(Name="shop", Attributes={"DisplayName": "other"})
    with pytest.raises(ClientError, match="AttributeName"):
        client.set_topic_attributes(TopicArn=topic, AttributeName="Colour", AttributeValue="red")
    with pytest.raises(ClientError, match="Policy Error"):
        client.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue="{")
    with pytest.raises(ClientError, match="Email address"):
        client.subscribe(TopicArn=topic, Protocol="email", Endpoint="nobody")
    with pytest.raises(ClientError, match="does not support this protocol"):
        client.subscribe(TopicArn=topic, Protocol="pigeon", Endpoint="x")
