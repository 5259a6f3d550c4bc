# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

ARN = "arn:aws:sns:us-east-1:123456789012:shop"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": ARN,
        }
    ],
}
RETRIES = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 5, "minDelayTarget": 10, "maxDelayTarget": 20}}}
QUEUE = {"protocol": "sqs", "endpoint": "arn:aws:sqs:us-east-1:123456789012:orders"}
MAIL = {"protocol": "email", "endpoint": "oncall@shop.example"}
LOST = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:lost"}

CHAIN = Chain(
    create={"name": "shop"},
    changes=[
        {"display_name": "Shop"},
        {"kms_master_key_id": "alias/shop"},
        {"kms_master_key_id": ""},
        {"policy": POLICY},
        {"delivery_policy": RETRIES},
        {"signature_version": "2", "tracing_config": "Active"},
        {"attributes": {"SQSFailureFeedbackRoleArn": "arn:aws:iam::123456789012:role/feedback"}},
        {"subscriptions": [QUEUE, MAIL]},
        {"subscriptions": [MAIL, {**QUEUE, "raw_message_delivery": True, "filter_policy": {"kind": ["order"]}}]},
        {"subscriptions": [{**QUEUE, "filter_policy": {"kind": ["order", "refund"]}, "redrive_policy": LOST}]},
        {"subscriptions": [{**QUEUE, "filter_policy": "", "redrive_policy": ""}]},
        {"subscriptions": []},
    ],
    invalid=[
        ({"content_based_deduplication": True}, "whose name ends in .fifo, shop does not"),
        ({"subscriptions": [QUEUE, QUEUE]}, "sqs arn:aws:sqs:us-east-1:123456789012:orders stands there twice"),
        ({"subscriptions": [{"protocol": "firehose", "endpoint": "arn:aws:firehose:x"}]}, "needs subscription_role_arn"),
        ({"attributes": {"DisplayName": "x"}}, "DisplayName has an option of its own, display_name"),
    ],
    elsewhere={"content_based_deduplication"},
)
