# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Topics, who may publish to them and who listens. SNS tells everything as text."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, policy, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

unordered("AWS::SNS::Topic", "DeliveryStatusLogging")
defaults("AWS::SNS::Topic", ContentBasedDeduplication=False, FifoTopic=False, SignatureVersion="1", TracingConfig="PassThrough")
defaults("AWS::SNS::Subscription", FilterPolicyScope="MessageAttributes", RawMessageDelivery=False)

_GONE = ("NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException")
_OWN_POLICY = "__default_policy_ID"  # what SNS gives a topic of which nobody said who may publish
_PROTOCOLS = {"Application": "application", "Firehose": "firehose", "HTTP": "http/s", "Lambda": "lambda", "SQS": "sqs"}
_FEEDBACK = ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")


@reader("AWS::SNS::Topic")
def topics(account):
    """Find topics."""
    api = account.api("sns", _GONE)
    arns = [each["TopicArn"] for each in api.pages("list_topics", "Topics")]
    tags = side_by_side(lambda arn: (api.read("list_tags_for_resource", ResourceArn=arn) or {}).get("Tags"), arns)
    for arn, carried in zip(arns, tags, strict=True):
        found = carried and account.ours(carried) and api.read("get_topic_attributes", TopicArn=arn)
        if found:
            yield _topic(arn, found["Attributes"], carried)


def _topic(arn, told, tags):
    name = arn.split(":")[-1]
    properties = {
        "TopicName": name,
        **pick(told, "DisplayName", "FifoThroughputScope", "KmsMasterKeyId", "SignatureVersion", "TracingConfig"),
        **{each: told[each] == "true" for each in ("ContentBasedDeduplication", "FifoTopic") if each in told},
        "ArchivePolicy": parsed(told.get("ArchivePolicy")),
        "DeliveryStatusLogging": [_feedback(told, prefix) for prefix in _PROTOCOLS if _feedback(told, prefix)],
    }
    return Found("AWS::SNS::Topic", arn, properties, tags, name, {"TopicArn": arn}, told={"policy": told.get("Policy")})


def _feedback(told, prefix):
    found = {name: told[f"{prefix}{name}"] for name in _FEEDBACK if told.get(f"{prefix}{name}")}
    return {"Protocol": _PROTOCOLS[prefix], **found} if found else None


@reader("AWS::SNS::TopicPolicy", of="AWS::SNS::Topic")
def policies(_account, topic):
    """Find who may use a topic, if somebody said so."""
    document = policy(topic.told["policy"])
    if document and document.get("Id") != _OWN_POLICY:
        properties = {"PolicyDocument": document, "Topics": [topic.id]}
        yield Found("AWS::SNS::TopicPolicy", f"policy of {topic.id}", properties, None, topic.name)  # AWS gives it no id


@reader("AWS::SNS::Subscription", of="AWS::SNS::Topic")
def subscriptions(account, topic):
    """Find who listens to a topic, also those who have not confirmed yet."""
    api = account.api("sns", _GONE)
    for each in api.pages("list_subscriptions_by_topic", "Subscriptions", TopicArn=topic.id):
        arn = each["SubscriptionArn"]
        if arn != "Deleted":
            told = api.read("get_subscription_attributes", SubscriptionArn=arn) if arn.startswith("arn:") else None
            yield _subscription(topic, each, (told or {}).get("Attributes", {}))


def _subscription(topic, each, told):
    properties = {
        **pick(each, "Endpoint", "Protocol", "TopicArn"),
        **pick(told, "FilterPolicyScope", "SubscriptionRoleArn"),
        **{name: parsed(told.get(name)) for name in ("DeliveryPolicy", "FilterPolicy", "RedrivePolicy", "ReplayPolicy")},
    }
    if "RawMessageDelivery" in told:
        properties["RawMessageDelivery"] = told["RawMessageDelivery"] == "true"
    arn, place = each["SubscriptionArn"], f"{each['Protocol']} {each['Endpoint'].split(':')[-1]}"
    confirmed = arn.startswith("arn:")
    identity, attributes = (arn, {"Arn": arn}) if confirmed else (f"{place} of {topic.id}", {})
    return Found("AWS::SNS::Subscription", identity, properties, None, f"{topic.name} {place}", attributes)
