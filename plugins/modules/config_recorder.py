#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: config_recorder
version_added: 0.1.0
short_description: Record what changes with AWS Config
description:
  - Makes AWS Config record the configuration of resources in a region, by its recorder, its delivery channel and its start.
  - AWS keeps one recorder and one delivery channel per region. What is left out is left as it is.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.config_recorder
    description: >-
      Makes the recorder, never starts it, and reports a change with every run. It knows neither exclusions nor recording modes.
  - module: slipway.aws.config_rule
    description: Judges what is recorded.
options:
  name:
    description: Name of the recorder, and of the delivery channel where there is none yet. AWS does not rename it.
    type: str
    default: default
  role_arn:
    description:
      - ARN of the role that reads the resources, for example that of AWS Config's service-linked role. A new recorder needs it.
    type: str
  recording_strategy:
    description:
      - What is recorded, which is everything when it is created without a word about it.
      - V(INCLUSION_BY_RESOURCE_TYPES) and V(EXCLUSION_BY_RESOURCE_TYPES) need O(resource_types).
    type: str
    choices: [ALL_SUPPORTED_RESOURCE_TYPES, INCLUSION_BY_RESOURCE_TYPES, EXCLUSION_BY_RESOURCE_TYPES]
  resource_types:
    description: The types that are recorded, or left out, by the O(recording_strategy), for example V(AWS::EC2::NetworkInterface).
    type: list
    elements: str
  include_global_resource_types:
    description: Whether users, groups, roles and policies of IAM are recorded too. One region of an account is enough.
    type: bool
  recording_mode:
    description: How often a change is recorded. Every item that is recorded is charged for.
    type: dict
    suboptions:
      recording_frequency:
        description: V(CONTINUOUS) records every change, V(DAILY) the state of the day when it differs from that of the day before.
        type: str
        required: true
        choices: [CONTINUOUS, DAILY]
      recording_mode_overrides:
        description: Types that are recorded at another frequency; one entry at most.
        type: list
        elements: dict
        default: []
        suboptions:
          description:
            description: Why.
            type: str
          resource_types:
            description: The types.
            type: list
            elements: str
            required: true
          recording_frequency:
            description: Their frequency.
            type: str
            required: true
            choices: [CONTINUOUS, DAILY]
  recording:
    description: Whether it records. V(false) stops it and keeps everything else.
    type: bool
    default: true
  s3_bucket_name:
    description:
      - Bucket into which history and snapshots go. A new recorder needs it.
      - Its policy has to let C(config.amazonaws.com) do C(s3:GetBucketAcl) and C(s3:PutObject), or the role has to be allowed to.
    type: str
  s3_key_prefix:
    description: Folder in the bucket. V("") puts them at its top.
    type: str
  s3_kms_key_arn:
    description: ARN of the KMS key that encrypts them. V("") leaves it to the bucket.
    type: str
  sns_topic_arn:
    description: ARN of the topic that is told of every change. V("") tells nobody.
    type: str
  delivery_frequency:
    description: How often a snapshot of everything goes into the bucket.
    type: str
    choices: [One_Hour, Three_Hours, Six_Hours, Twelve_Hours, TwentyFour_Hours]
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Everything is recorded
  slipway.aws.config_recorder:
    role_arn: arn:aws:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig
    include_global_resource_types: true
    s3_bucket_name: shop-audit
    tags:
      Project: Shop

- name: All but network interfaces, which come and go with tasks, and compliance once a day
  slipway.aws.config_recorder:
    role_arn: "{{ role.iam_role.arn }}"
    recording_strategy: EXCLUSION_BY_RESOURCE_TYPES
    resource_types: [AWS::EC2::NetworkInterface]
    recording_mode:
      recording_frequency: CONTINUOUS
      recording_mode_overrides:
        - resource_types: [AWS::Config::ResourceCompliance]
          recording_frequency: DAILY
    s3_bucket_name: shop-audit
    s3_key_prefix: config
    delivery_frequency: TwentyFour_Hours

- name: No recorder any more
  slipway.aws.config_recorder:
    state: absent
"""

RETURN = r"""
recorder:
  description: The recorder with its delivery channel; empty when it is absent. What was recorded stays in the bucket.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:config:eu-west-1:123456789012:configuration-recorder/default/abcdef0123456789
    recording:
      description: Whether it records.
      type: bool
    status:
      description: How the last recording went, V(SUCCESS), V(FAILURE), or V(PENDING) until the first one.
      type: str
    s3_bucket_name:
      description: Where it delivers.
      type: str
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import config
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class Recorder(Resource):
    """A recorder, its channel and its start: three things for AWS, of which none is of use without the others."""

    service = "config"
    noun = "recorder"
    missing = ("NoSuchConfigurationRecorderException", "NoSuchDeliveryChannelException")
    unordered = ("resourceTypes",)
    whole = ("recordingMode",)
    outputs = ("arn", "status")
    channel = None  # name of the delivery channel of the region

    def validate(self):
        return list(config.recorder_faults(self.params))

    def find(self):
        recorder = next(iter(self.read("describe_configuration_recorders")["ConfigurationRecorders"]), None)
        channel = next(iter(self.read("describe_delivery_channels")["DeliveryChannels"]), {})
        self.channel = channel.get("name")
        if recorder is None:
            return self._left(channel)
        if recorder["name"] != self.name:
            return self._other(recorder["name"])
        status = self.read("describe_configuration_recorder_status", ConfigurationRecorderNames=[self.name])
        [status] = status["ConfigurationRecordersStatus"]
        return {
            "name": self.name,
            "arn": recorder["arn"],
            **config.flat_recorder(recorder),
            **config.flat_channel(channel),
            "recording": status["recording"],
            "status": status.get("lastStatus"),
            "lastErrorCode": status.get("lastErrorCode"),
            "lastErrorMessage": status.get("lastErrorMessage"),
            "Tags": from_form(self.pages("list_tags_for_resource", "Tags", ResourceArn=recorder["arn"])),
        }

    def _left(self, channel):
        """Return a channel whose recorder is gone, when it has to be removed; to a new recorder it is of use."""
        return {"name": self.name, **config.flat_channel(channel), "Tags": {}} if channel and self._is_absent() else None

    def _other(self, name):
        if not self._is_absent():
            self.fail(
                f"recorder {self.name} cannot be made: AWS keeps one per region, and there is {name}."
                f" Manage that one with name {name}, or remove it first."
            )

    def _is_absent(self):
        return self.params["state"] == "absent"

    def want(self, have):
        lacking = [name for name in ("role_arn", "s3_bucket_name") if have is None and not self.params[name]]
        if lacking:
            self.fail(f"recorder {self.name} does not exist, and to create it {', '.join(lacking)} has to be given.")
        strategy = self.params["recording_strategy"] or (None if have else config.ALL)
        return {
            "roleARN": self.params["role_arn"],
            "recordingStrategy": strategy,
            "resourceTypes": [] if strategy == config.ALL else self.params["resource_types"],
            "includeGlobalResourceTypes": self.params["include_global_resource_types"] if strategy in (None, config.ALL) else False,
            "recordingMode": config.mode_of(self.params["recording_mode"]),
            "s3BucketName": self.params["s3_bucket_name"],
            "s3KeyPrefix": self.params["s3_key_prefix"],
            "s3KmsKeyArn": self.params["s3_kms_key_arn"],
            "snsTopicARN": self.params["sns_topic_arn"],
            "deliveryFrequency": self.params["delivery_frequency"],
            "recording": self.params["recording"],
        }

    def ready(self, have):
        if have["recording"] and (have["status"] or "").upper() == "FAILURE":
            reason = f"{have['lastErrorMessage'] or 'AWS gives no reason'} ({have['lastErrorCode'] or 'no code'})"
            self.module.warn(f"recorder {self.name} is started, but its last recording failed: {reason}.")
        return True

    def create(self, want):
        self.update({}, want)

    def update(self, have, changes):
        """Put the recorder, then the channel, which AWS takes only beside a recorder, then start it, which needs both."""
        whole = {**have, **changes}
        if changes.keys() & set(config.RECORDER):
            tags = {"Tags": changes["Tags"]} if "Tags" in changes else {}
            self.write("put_configuration_recorder", ConfigurationRecorder=config.to_recorder(self.name, whole), **tags)
        if changes.keys() & set(config.CHANNEL):
            channel = config.to_channel(self.channel or self.name, whole)
            # A role or a policy that was made a moment ago may not be known yet, and the bucket is refused until then.
            self.write("put_delivery_channel", patience={"InsufficientDeliveryPolicyException": ""}, DeliveryChannel=channel)
        if changes.get("recording"):
            self._start()
        elif have.get("recording") and "recording" in changes:
            self.write("stop_configuration_recorder", ConfigurationRecorderName=self.name)

    def _start(self):
        self.write("start_configuration_recorder", ConfigurationRecorderName=self.name)
        for _look in self.looks(60):
            status = self.read("describe_configuration_recorder_status", ConfigurationRecorderNames=[self.name])
            if status["ConfigurationRecordersStatus"][0]["recording"]:
                return
        self.fail(f"recorder {self.name} was started and does not record. Look at its role {self.params['role_arn']}.")

    def delete(self, have):
        """Stop it first: AWS keeps the channel of a recorder that records."""
        if have.get("recording"):
            self.write("stop_configuration_recorder", tolerate=self.missing, ConfigurationRecorderName=self.name)
        if self.channel:
            self.write("delete_delivery_channel", tolerate=self.missing, DeliveryChannelName=self.channel)
        if have.get("arn"):
            self.write("delete_configuration_recorder", tolerate=self.missing, ConfigurationRecorderName=self.name)


def main():
    Recorder.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
