# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS Config records, where it delivers it, and by which rules it judges it."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pascal, pick, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered, untagged

_RECORDER, _CHANNEL, _RULE = "AWS::Config::ConfigurationRecorder", "AWS::Config::DeliveryChannel", "AWS::Config::ConfigRule"
unordered(
    _RECORDER,
    "RecordingGroup.ExclusionByResourceTypes.ResourceTypes",
    "RecordingGroup.ResourceTypes",
    "RecordingMode.RecordingModeOverrides.ResourceTypes",
)
unordered(_RULE, "EvaluationModes", "Scope.ComplianceResourceTypes", "Source.SourceDetails")
defaults(_RECORDER, RecordingMode={"RecordingFrequency": "CONTINUOUS"}, StartedOnCreate=True)
defaults(_RULE, EvaluationModes=[{"Mode": "DETECTIVE"}])
untagged(_RECORDER, _RULE)

_GONE = ("NoSuchConfigRuleException", "NoSuchConfigurationRecorderException", "ResourceNotFoundException")


def _api(account):
    return account.api("config", _GONE)


def _tags(account, arn):
    return _api(account).pages("list_tags_for_resource", "Tags", ResourceArn=arn)


@reader(_RECORDER)
def recorders(account):
    """Find the recorder of the region. AWS keeps one, and one of another environment is none of ours."""
    for told in (_api(account).read("describe_configuration_recorders") or {}).get("ConfigurationRecorders", []):
        tags = _tags(account, told["arn"])
        if account.ours(tags):
            yield _recorder(account, told, tags)


def _recorder(account, told, tags):
    name = told["name"]
    status = _api(account).read("describe_configuration_recorder_status", ConfigurationRecorderNames=[name]) or {}
    properties = {
        "Name": name,
        "RoleARN": told.get("roleARN"),
        "RecordingGroup": pascal(told.get("recordingGroup")),
        "RecordingMode": pascal(told.get("recordingMode")),
        # The schema asks what shall be at the start, which is what is now for who starts anew.
        "StartedOnCreate": any(each.get("recording") for each in status.get("ConfigurationRecordersStatus", [])),
    }
    return Found(_RECORDER, name, properties, tags, name, told={"arn": told["arn"]})


@reader(_CHANNEL, of=_RECORDER)
def channels(account, recorder):
    """Find where a recorder delivers. The channel has no tags: it is the recorder's, of which there is one."""
    for told in (_api(account).read("describe_delivery_channels") or {}).get("DeliveryChannels", []):
        frequency = told.get("configSnapshotDeliveryProperties", {}).get("deliveryFrequency")
        properties = {
            **pick(told, Name="name", S3BucketName="s3BucketName", S3KeyPrefix="s3KeyPrefix", S3KmsKeyArn="s3KmsKeyArn"),
            **pick(told, SnsTopicARN="snsTopicARN"),
            "ConfigSnapshotDeliveryProperties": {"DeliveryFrequency": frequency},
        }
        yield Found(_CHANNEL, told["name"], properties, None, recorder.name)


@reader(_RULE)
def rules(account):
    """Find rules, without those that other services have made for themselves."""
    described = [each for each in _api(account).pages("describe_config_rules", "ConfigRules") if not each.get("CreatedBy")]
    tags = side_by_side(lambda each: _tags(account, each["ConfigRuleArn"]), described)
    for told, carried in zip(described, tags, strict=True):
        if account.ours(carried):
            yield _rule(account, told, carried)


def _rule(account, told, tags):
    source, name = told["Source"], told["ConfigRuleName"]
    if source["Owner"] == "CUSTOM_POLICY":
        text = (_api(account).read("get_custom_rule_policy", ConfigRuleName=name) or {}).get("PolicyText")
        source = {**source, "CustomPolicyDetails": {**source.get("CustomPolicyDetails", {}), "PolicyText": text}}
    properties = {
        **pick(told, "ConfigRuleName", "Description", "EvaluationModes", "MaximumExecutionFrequency", "Scope"),
        "InputParameters": parsed(told.get("InputParameters")),
        "Source": source,
    }
    attributes = pick(told, "ConfigRuleId", Arn="ConfigRuleArn")
    return Found(_RULE, name, properties, tags, name, attributes)
