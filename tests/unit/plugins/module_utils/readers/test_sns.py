# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

TOPIC, POLICY, SUBSCRIPTION = "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SNS::Subscription"
ARN = "arn:aws:sns:us-east-1:123456789012:shop-dev-alarms"
PUBLISH = {"Effect": "Allow", "Principal": {"Service": ["cloudwatch.amazonaws.com"]}, "Action": ["sns:Publish"], "Resource": ARN}
QUEUE = {"protocol": "sqs", "endpoint": "arn:aws:sqs:us-east-1:123456789012:orders"}
MAIL = {"protocol": "email", "endpoint": "oncall@shop.example"}


def topic(aws, **options):
    result = aws.run("sns_topic", **{"name": "shop-dev-alarms", "tags": OURS, **options})
    assert not result.failed, result.msg


def test_a_topic_comes_back_with_policy_and_listeners(aws):
    role = "arn:aws:iam::123456789012:role/feedback"
    topic(
        aws,
        display_name="Alarms",
        kms_master_key_id="alias/shop",
        signature_version="2",
        tracing_config="Active",
        attributes={"SQSFailureFeedbackRoleArn": role},
        policy={"Version": "2012-10-17", "Statement": [PUBLISH]},
        subscriptions=[MAIL, {**QUEUE, "raw_message_delivery": True, "filter_policy": {"kind": ["order"]}}],
    )
    account = "arn:${AWS::Partition}:%s:${AWS::AccountId}:%s"
    assert read_back(aws, TOPIC, POLICY, SUBSCRIPTION) == {
        "StorageTopicAlarms": {
            "DeliveryStatusLogging": [
                {"FailureFeedbackRoleArn": {"Fn::Sub": account % ("iam:", "role/feedback")}, "Protocol": "sqs"}
            ],
            "DisplayName": "Alarms",
            "KmsMasterKeyId": "alias/shop",
            "SignatureVersion": "2",
            "Tags": PAIRS,
            "TopicName": "shop-dev-alarms",
            "TracingConfig": "Active",
        },
        "StorageTopicPolicyAlarms": {
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudwatch.amazonaws.com"},
                        "Action": "sns:Publish",
                        "Resource": {"Ref": "StorageTopicAlarms"},
                    }
                ],
            },
            "Topics": [{"Ref": "StorageTopicAlarms"}],
        },
        "StorageSubscriptionAlarmsEmailOncallShopExample": {
            "Endpoint": "oncall@shop.example",
            "Protocol": "email",
            "TopicArn": {"Ref": "StorageTopicAlarms"},
        },
        "StorageSubscriptionAlarmsSqsOrders": {
            "Endpoint": {"Fn::Sub": account % ("sqs:${AWS::Region}", "orders")},
            "FilterPolicy": {"kind": ["order"]},
            "FilterPolicyScope": "MessageAttributes",
            "Protocol": "sqs",
            "RawMessageDelivery": True,
            "TopicArn": {"Ref": "StorageTopicAlarms"},
        },
    }


def test_an_ordered_topic_says_so_in_booleans(aws):
    topic(aws, name="shop-dev-orders.fifo", content_based_deduplication=True)
    found = read_back(aws, TOPIC)["StorageTopicOrdersFifo"]
    assert (found["FifoTopic"], found["ContentBasedDeduplication"]) == (True, True)


def test_the_policy_that_sns_gives_every_topic_is_nobodys(aws):
    aws.client("sns").create_topic(Name="shop-dev-plain", Tags=PAIRS)
    assert list(read_back(aws, TOPIC, POLICY)) == ["StorageTopicPlain"]


def test_topics_of_others_are_left_alone(aws):
    topic(aws, tags={"Project": "Other"}, subscriptions=[QUEUE])
    assert read_back(aws, TOPIC, POLICY, SUBSCRIPTION) == {}
