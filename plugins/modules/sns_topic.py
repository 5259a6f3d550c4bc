#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: sns_topic
version_added: 0.1.0
short_description: Manage SNS topics with encryption and subscriptions
description:
  - Creates, changes and removes Amazon SNS topics with their policy, encryption, subscriptions and tags.
  - A subscription by mail or HTTP has to be confirmed by its receiver. Until then it can neither be read nor removed, so it is left
    alone; AWS drops it after two days.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.sns_topic
    description: Fails in check mode for a new topic. It knows neither encryption nor filter policies of subscriptions.
options:
  name:
    description: Name of the topic. One that ends in C(.fifo) keeps the order of messages.
    type: str
    required: true
  display_name:
    description: Name that receivers of mails and short messages see.
    type: str
  kms_master_key_id:
    description:
      - Id, ARN or alias of the KMS key that encrypts messages. V("") switches encryption off.
      - AWS services can publish to an encrypted topic only with a customer key whose policy lets them use it.
    type: str
  policy:
    description: Policy that says who may publish and subscribe.
    type: json
  delivery_policy:
    description: How often and how fast HTTP deliveries are tried again.
    type: json
  content_based_deduplication:
    description: Whether equal messages to a C(.fifo) topic within five minutes are one.
    type: bool
  signature_version:
    description: How messages are signed, V(1) with SHA1, V(2) with SHA256.
    type: str
    choices: ['1', '2']
  tracing_config:
    description: Whether X-Ray sees messages that pass.
    type: str
    choices: [PassThrough, Active]
  attributes:
    description: Further attributes by AWS's names, for example C(LambdaFailureFeedbackRoleArn).
    type: dict
  subscriptions:
    description: All subscriptions. Others are removed, unless they wait for their confirmation.
    type: list
    elements: dict
    suboptions:
      protocol:
        description: How messages are delivered.
        type: str
        required: true
        choices: [application, email, email-json, firehose, http, https, lambda, sms, sqs]
      endpoint:
        description: Mail address, telephone number, URL or ARN of the receiver.
        type: str
        required: true
      raw_message_delivery:
        description: Whether a queue or URL gets the message alone, without SNS's envelope.
        type: bool
      filter_policy:
        description: Which messages are delivered. V("") delivers all.
        type: json
      filter_policy_scope:
        description: What the filter looks at. AWS takes V(MessageAttributes) when it is left out.
        type: str
        choices: [MessageAttributes, MessageBody]
      redrive_policy:
        description: Where messages go that cannot be delivered, with C(deadLetterTargetArn). V("") drops them.
        type: json
      delivery_policy:
        description: How often and how fast this delivery is tried again.
        type: json
      subscription_role_arn:
        description: ARN of the role by which messages get into a Firehose stream.
        type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Alarms by mail
  slipway.aws.sns_topic:
    name: shop-dev-critical
    kms_master_key_id: alias/shop-dev-messages
    subscriptions:
      - protocol: email
        endpoint: oncall@shop.example
    tags:
      Project: Shop

- name: Events for two queues, each with its part
  slipway.aws.sns_topic:
    name: shop-dev-events
    subscriptions:
      - protocol: sqs
        endpoint: arn:aws:sqs:eu-west-1:123456789012:shop-dev-orders
        raw_message_delivery: true
        filter_policy:
          kind: [order]
        redrive_policy:
          deadLetterTargetArn: arn:aws:sqs:eu-west-1:123456789012:shop-dev-lost
      - protocol: sqs
        endpoint: arn:aws:sqs:eu-west-1:123456789012:shop-dev-everything

- name: No topic any more
  slipway.aws.sns_topic:
    name: shop-dev-events
    state: absent
"""

RETURN = r"""
topic:
  description: The topic; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the topic.
      type: str
      sample: arn:aws:sns:eu-west-1:123456789012:shop-dev-critical
    subscriptions:
      description: Its subscriptions, when O(subscriptions) is given.
      type: list
      elements: dict
    pending_confirmations:
      description: Receivers that have not confirmed yet, when O(subscriptions) is given.
      type: list
      elements: str
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import compare, formats, shapes
from ansible_collections.slipway.aws.plugins.module_utils.aws import retrying
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_TOPIC = {
    "display_name": "DisplayName",
    "kms_master_key_id": "KmsMasterKeyId",
    "policy": "Policy",
    "delivery_policy": "DeliveryPolicy",
    "content_based_deduplication": "ContentBasedDeduplication",
    "signature_version": "SignatureVersion",
    "tracing_config": "TracingConfig",
}
_SUBSCRIPTION = {
    "filter_policy_scope": "FilterPolicyScope",  # before the filter, which is checked against it
    "filter_policy": "FilterPolicy",
    "raw_message_delivery": "RawMessageDelivery",
    "redrive_policy": "RedrivePolicy",
    "delivery_policy": "DeliveryPolicy",
    "subscription_role_arn": "SubscriptionRoleArn",
}
_NOTHING = dict.fromkeys(("FilterPolicy", "RedrivePolicy", "DeliveryPolicy"), "")  # what AWS leaves out when it is not set
_CONFIRMED_BY_RECEIVER = ("email", "email-json", "http", "https")


class Topic(Resource):
    """A topic. Each attribute and each subscription is changed by an operation of its own."""

    service = "sns"
    noun = "topic"
    missing = ("NotFound", "ResourceNotFound")
    unordered = ("Subscriptions",)
    policies = ("Policy",)
    documents = ("DeliveryPolicy",)
    outputs = ("arn",)

    def validate(self):
        fifo, rule = self.name.endswith(".fifo"), "AWS takes up to 256 letters, digits, hyphens and _, and .fifo at the end"
        faults = formats.misnamed("name", self.name, r"[\w-]+(\.fifo)?", rule, longest=256)
        if self.params["content_based_deduplication"] is not None and not fifo:
            faults.append(f"content_based_deduplication is for topics whose name ends in .fifo, {self.name} does not.")
        places = [(each["protocol"], each["endpoint"]) for each in self.params["subscriptions"] or []]
        faults += [f"subscriptions: {protocol} {endpoint} stands there twice." for protocol, endpoint in _twice(places)]
        for each in self.params["subscriptions"] or []:
            if each["protocol"] == "firehose" and not each["subscription_role_arn"]:
                faults.append(f"subscriptions: firehose {each['endpoint']} needs subscription_role_arn.")
        known = {**_TOPIC, "fifo": "FifoTopic"}
        owned = sorted(set(self.params["attributes"] or {}) & set(known.values()))
        if owned:
            faults.append(f"attributes: {', '.join(owned)} has an option of its own, {', '.join(map(shapes.snake, owned))}.")
        return faults

    @property
    def arn(self):
        """Return the ARN, which follows from the name."""
        if not hasattr(self, "account"):
            sts = self.module.client("sts", retry_decorator=retrying())
            self.account = self._guarded("get_caller_identity", (), lambda: sts.get_caller_identity(aws_retry=True))["Account"]
        meta = self.client.meta
        return f"arn:{meta.partition}:sns:{meta.region_name}:{self.account}:{self.name}"

    def find(self):
        found = self.read("get_topic_attributes", TopicArn=self.arn)
        if not found:
            return None
        have = {"KmsMasterKeyId": "", **found["Attributes"]}
        for document in ("Policy", "DeliveryPolicy"):
            have[document] = compare.parsed(have.get(document))
        tags = (self.read("list_tags_for_resource", ResourceArn=self.arn) or {}).get("Tags")
        return {**have, **self._subscriptions(), "arn": self.arn, "Tags": from_form(tags)}

    def _subscriptions(self):
        if self.params["subscriptions"] is None:
            return {}
        self.arns, found, pending = {}, [], []
        for each in self.pages("list_subscriptions_by_topic", "Subscriptions", TopicArn=self.arn):
            place = {"Protocol": each["Protocol"], "Endpoint": each["Endpoint"]}
            if each["SubscriptionArn"].startswith("arn:"):
                told = self.read("get_subscription_attributes", SubscriptionArn=each["SubscriptionArn"]) or {"Attributes": {}}
                kept = {key: _text(value) for key, value in told["Attributes"].items() if key in _SUBSCRIPTION.values()}
                self.arns[_place(place)] = each["SubscriptionArn"]
                found.append({**place, **_NOTHING, **kept})
            else:
                pending.append(each["Endpoint"])
                found.append(place)
        return {"Subscriptions": sorted(found, key=_place), "PendingConfirmations": sorted(pending)}

    def want(self, have):
        given = {name: self.params[option] for option, name in _TOPIC.items()}
        given["ContentBasedDeduplication"] = _optional(given["ContentBasedDeduplication"])
        further = {key: _text(value) for key, value in (self.params["attributes"] or {}).items()}
        return {**given, **further, "Subscriptions": self._wanted_subscriptions(have)}

    def _wanted_subscriptions(self, have):
        """Return all subscriptions as they shall be: what nobody speaks about stays, and so does what is not confirmed."""
        if self.params["subscriptions"] is None:
            return None
        present = {_place(each): each for each in (have or {}).get("Subscriptions", [])}
        self.wishes = {(each["protocol"], each["endpoint"]): _attributes(each) for each in self.params["subscriptions"]}
        confirmed = getattr(self, "arns", {})
        wanted = {place: each for place, each in present.items() if place not in confirmed}
        for place, wish in self.wishes.items():
            if place in confirmed:
                wanted[place] = _with_scope({**present[place], **wish})
            elif place not in wanted:
                told = (
                    {} if place[0] in _CONFIRMED_BY_RECEIVER else _with_scope({"RawMessageDelivery": "false", **_NOTHING, **wish})
                )
                wanted[place] = {"Protocol": place[0], "Endpoint": place[1], **told}
        return sorted(wanted.values(), key=_place)

    def create(self, want):
        subscriptions, tags = want.pop("Subscriptions", []), {key: want.pop(key) for key in ("Tags",) if key in want}
        fifo = {"FifoTopic": "true"} if self.name.endswith(".fifo") else {}
        self.write("create_topic", Name=self.name, Attributes={**fifo, **want}, **tags)
        self._subscribe(subscriptions, {})

    def update(self, have, changes):
        subscriptions = changes.pop("Subscriptions", None)
        for name, value in changes.items():
            self.write("set_topic_attributes", TopicArn=self.arn, AttributeName=name, AttributeValue=value)
        if subscriptions is not None:
            self._subscribe(subscriptions, {_place(each): each for each in have["Subscriptions"]})

    def _subscribe(self, wanted, present):
        places = {_place(each): each for each in wanted}
        for place in places.keys() - present.keys():
            attributes = {key: value for key, value in self.wishes[place].items() if value}
            self.write("subscribe", TopicArn=self.arn, Protocol=place[0], Endpoint=place[1], Attributes=attributes)
        for place in present.keys() - places.keys():
            self.write("unsubscribe", tolerate=self.missing, SubscriptionArn=self.arns[place])
        for place in places.keys() & present.keys():
            for name in _SUBSCRIPTION.values():
                value = places[place].get(name)
                if value is not None and value != present[place].get(name, ""):
                    change = {"AttributeName": name, "AttributeValue": value}
                    self.write("set_subscription_attributes", SubscriptionArn=self.arns[place], **change)

    def delete(self, have):
        self.write("delete_topic", tolerate=self.missing, TopicArn=self.arn)


def _twice(places):
    return sorted({place for place in places if places.count(place) > 1})


def _place(subscription):
    return subscription["Protocol"], subscription["Endpoint"]


def _text(value):
    """Return an attribute as text; JSON always as the same text."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return compare.as_text(compare.parsed(text)) if text.startswith("{") else text


def _optional(value):
    return None if value is None else _text(value)


def _attributes(subscription):
    return {name: _text(subscription[option]) for option, name in _SUBSCRIPTION.items() if subscription[option] is not None}


def _with_scope(subscription):
    """Return a subscription with the scope that AWS tells: one where there is a filter, none where there is none."""
    rest = {name: value for name, value in subscription.items() if name != "FilterPolicyScope"}
    scope = subscription.get("FilterPolicyScope", "MessageAttributes")
    return {**rest, "FilterPolicyScope": scope} if subscription["FilterPolicy"] else rest


def main():
    Topic.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
