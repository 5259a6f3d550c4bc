# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Topics and subscriptions.

moto keeps them. It confirms every e-mail address by itself, forgets some attributes, answers the creation of a topic that is there
with other attributes with yes, and takes any attribute name.
"""

from __future__ import annotations

import json

from moto.core.exceptions import ServiceException
from moto.core.utils import camelcase_to_underscores
from moto.moto_api._internal import mock_random
from moto.sns.models import Subscription, sns_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import control, operation

CONFIRMED_BY_PEOPLE = ("email", "email-json", "http", "https")
FORGOTTEN_AFTER = 48 * 3600  # seconds after which AWS drops a subscription that nobody confirmed
_PROTOCOLS = (*CONFIRMED_BY_PEOPLE, "application", "firehose", "lambda", "sms", "sqs")
_DOCUMENTS = ("Policy", "DeliveryPolicy", "DataProtectionPolicy", "ArchivePolicy")
_SETTABLE = ("ArchivePolicy", "ContentBasedDeduplication", "DeliveryPolicy", "DisplayName", "FifoThroughputScope")
_SETTABLE += ("KmsMasterKeyId", "Policy", "SignatureVersion", "TracingConfig")
_FEEDBACK = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")


def _backend(call):
    return sns_backends[call.account][call.region]


def _topic(call):
    topic = _backend(call).topics.get(call.params["TopicArn"])
    if topic is None:
        raise AwsError("NotFound", "Topic does not exist")
    return topic


def _is_pending(subscription):
    return str(subscription.attributes.get("PendingConfirmation")).lower() == "true"


def _subscriptions(call):
    """Return the subscriptions of the account and region by ARN, without those that nobody confirmed in time."""
    kept = _backend(call).subscriptions
    for arn, subscription in list(kept.items()):
        if _is_pending(subscription) and CLOCK.seconds() - subscription.asked_at > FORGOTTEN_AFTER:
            del kept[arn]
    return kept


# Topics


def _check_attribute(name, value):
    if name not in (*_SETTABLE, "FifoTopic", "DataProtectionPolicy") and not name.endswith(_FEEDBACK):
        raise AwsError("InvalidParameter", "Invalid parameter: AttributeName")
    if name in _DOCUMENTS and value:
        try:
            json.loads(value)
        except ValueError:
            raise AwsError("InvalidParameter", f"Invalid parameter: {name} Error: null") from None
    if name == "SignatureVersion" and value not in ("1", "2"):
        raise AwsError("InvalidParameter", "Invalid parameter: Attributes Reason: Invalid value for attribute: SignatureVersion")
    if name == "TracingConfig" and value not in ("Active", "PassThrough"):
        raise AwsError("InvalidParameter", "Invalid parameter: Attributes Reason: Invalid value for attribute: TracingConfig")


def _kept(topic):
    """Return the attributes that moto has no place for."""
    if not hasattr(topic, "slipway_attributes"):
        topic.slipway_attributes = {}
    return topic.slipway_attributes


def _shown(call, topic):
    pending = [_is_pending(each) for each in _subscriptions(call).values() if each.topic is topic]
    shown = {
        "Owner": topic.account_id,
        "TopicArn": topic.arn,
        "Policy": topic.policy,
        "DisplayName": topic.display_name,
        "SubscriptionsPending": str(sum(pending)),
        "SubscriptionsConfirmed": str(len(pending) - sum(pending)),
        "SubscriptionsDeleted": "0",
        "EffectiveDeliveryPolicy": topic.delivery_policy or topic.effective_delivery_policy,
        **_kept(topic),
    }
    if topic.delivery_policy:
        shown["DeliveryPolicy"] = topic.delivery_policy
    if topic.kms_master_key_id:
        shown["KmsMasterKeyId"] = topic.kms_master_key_id
    if topic.fifo_topic:
        shown["FifoTopic"] = "true"
        shown["ContentBasedDeduplication"] = str(topic.content_based_deduplication).lower()
    return shown


@operation("sns", "CreateTopic")
def create_topic(call):
    attributes, backend = call.params.get("Attributes", {}), _backend(call)
    for name, value in attributes.items():
        _check_attribute(name, value)
    present = next((topic for topic in backend.topics.values() if topic.name == call.params["Name"]), None)
    if present is not None:
        call.params.everything()
        shown = _shown(call, present)
        if any(shown.get(name, "") != value for name, value in attributes.items()):
            raise AwsError(
                "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
            )
        return {"TopicArn": present.arn}
    topic = backend.topics[call.forward()["TopicArn"]]
    for name, value in attributes.items():
        _set(topic, name, value)
    return {"TopicArn": topic.arn}


def _set(topic, name, value):
    if name in ("ContentBasedDeduplication", "FifoTopic"):
        value = str(value).lower() == "true"
    if name in ("SignatureVersion", "TracingConfig", "ArchivePolicy", "FifoThroughputScope") or name.endswith(_FEEDBACK):
        _kept(topic)[name] = value
    else:
        setattr(topic, camelcase_to_underscores(name), value)


@operation("sns", "GetTopicAttributes")
def get_topic_attributes(call):
    return {"Attributes": _shown(call, _topic(call))}


@operation("sns", "SetTopicAttributes")
def set_topic_attributes(call):
    topic, name, value = _topic(call), call.params["AttributeName"], call.params.get("AttributeValue", "")
    _check_attribute(name, value)
    if name == "FifoTopic":
        raise AwsError("InvalidParameter", "Invalid parameter: AttributeName")
    if name == "ContentBasedDeduplication" and not topic.fifo_topic:
        raise AwsError("InvalidParameter", "Invalid parameter: Content-based deduplication can only be set for FIFO topics")
    _set(topic, name, value)


# Subscriptions


@operation("sns", "Subscribe")
def subscribe(call):
    topic, protocol = _topic(call), call.params["Protocol"]
    if protocol not in _PROTOCOLS:
        raise AwsError("InvalidParameter", f"Invalid parameter: Amazon SNS does not support this protocol string: {protocol}")
    endpoint, given = call.params.get("Endpoint", ""), call.params.get("Attributes", {})
    if protocol.startswith("email") and "@" not in endpoint:
        raise AwsError("InvalidParameter", "Invalid parameter: Email address")
    if protocol in ("http", "https") and not endpoint.startswith(f"{protocol}://"):
        raise AwsError("InvalidParameter", "Invalid parameter: Endpoint must match the specified protocol")
    if protocol in ("lambda", "firehose", "sqs") and not endpoint.startswith(f"arn:aws:{protocol}:"):
        raise AwsError("InvalidParameter", f"Invalid parameter: {protocol} endpoint ARN")
    if protocol == "firehose" and not given.get("SubscriptionRoleArn"):
        raise AwsError("InvalidParameter", "Invalid parameter: An ARN is required for SubscriptionRoleArn")
    full, known = call.params.get("ReturnSubscriptionArn", False), set(_subscriptions(call))
    subscription = _backend(call).subscriptions[call.forward()["SubscriptionArn"]]
    if subscription.arn not in known:
        subscription.asked_at, subscription.token = CLOCK.seconds(), mock_random.get_random_hex(64)
        waits = protocol in CONFIRMED_BY_PEOPLE
        subscription.attributes.update(PendingConfirmation=waits, ConfirmationWasAuthenticated=not waits)
    if subscription.topic is not topic:
        raise AwsError("InternalError", "The subscription belongs to another topic")
    return {"SubscriptionArn": "pending confirmation" if _is_pending(subscription) and not full else subscription.arn}


@operation("sns", "ConfirmSubscription")
def confirm_subscription(call):
    topic, token = _topic(call), call.params["Token"]
    call.params.take("AuthenticateOnUnsubscribe")
    for subscription in _subscriptions(call).values():
        if subscription.topic is topic and getattr(subscription, "token", None) == token:
            subscription.attributes.update(PendingConfirmation=False)
            return {"SubscriptionArn": subscription.arn}
    raise AwsError("InvalidParameter", "Invalid parameter: Token")


@control("confirm_subscriptions")
def confirm_all(endpoint=None):
    """Be the people who click on the link in the mail: confirm what is pending, or what is pending for one endpoint."""
    confirmed = []
    for account in sns_backends.values():
        for backend in account.values():
            for subscription in backend.subscriptions.values():
                if _is_pending(subscription) and endpoint in (None, subscription.endpoint):
                    subscription.attributes.update(PendingConfirmation=False)
                    confirmed.append(subscription.endpoint)
    return {"confirmed": confirmed}


@operation("sns", "Unsubscribe")
def unsubscribe(call):
    arn = call.params["SubscriptionArn"]
    if arn.count(":") < 6:
        raise AwsError("InvalidParameter", "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements")
    subscription = _subscriptions(call).get(arn)
    if subscription is not None and _is_pending(subscription):
        raise AwsError("InvalidParameter", "Invalid parameter: This subscription has not been confirmed yet")
    return call.forward()


def _listed(call, topic=None):
    found = [each for each in _subscriptions(call).values() if topic in (None, each.topic)]
    start = int(call.params.get("NextToken") or 0)
    rows = [
        {
            "SubscriptionArn": "PendingConfirmation" if _is_pending(each) else each.arn,
            "Owner": each.owner,
            "Protocol": each.protocol,
            "Endpoint": each.endpoint,
            "TopicArn": each.topic.arn,
        }
        for each in found[start : start + 100]
    ]
    return {"Subscriptions": rows, **({"NextToken": str(start + 100)} if start + 100 < len(found) else {})}


@operation("sns", "ListSubscriptions")
def list_subscriptions(call):
    return _listed(call)


@operation("sns", "ListSubscriptionsByTopic")
def list_subscriptions_by_topic(call):
    return _listed(call, _topic(call))


@operation("sns", "SetSubscriptionAttributes")
def set_subscription_attributes(call):
    subscription = _subscriptions(call).get(call.params["SubscriptionArn"])
    if subscription is None:
        raise AwsError("NotFound", "Subscription does not exist")
    name, value = call.params["AttributeName"], call.params.get("AttributeValue", "")
    if name == "RawMessageDelivery":
        value = str(value).lower() == "true"
    try:
        _backend(call).set_subscription_attributes(subscription.arn, name, value)
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
    except ValueError:
        raise AwsError("InvalidParameter", f"Invalid parameter: {name} is not valid JSON") from None
    if not value and name != "RawMessageDelivery":
        subscription.attributes.pop(name, None)


_publish = Subscription.publish


def _published(subscription, *arguments, **more):
    """Deliver a message, unless nobody has confirmed that he wants it."""
    if not _is_pending(subscription):
        _publish(subscription, *arguments, **more)


Subscription.publish = _published
