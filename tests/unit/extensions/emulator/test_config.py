# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWS Config of the emulated account: one recorder and one channel, who may deliver, what recording groups are refused."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.config_recorder import bucket, role


@pytest.fixture
def config(aws):
    return aws.client("config")


@pytest.fixture
def recorder(aws, config):
    config.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": role(aws)}, Tags=[{"Key": "Project", "Value": "Shop"}]
    )
    return config.describe_configuration_recorders()["ConfigurationRecorders"][0]


def deliver(config, name="default", **more):
    config.put_delivery_channel(DeliveryChannel={"name": name, "s3BucketName": "audit", **more})


def status(config):
    return config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]


def test_recording_begins_a_minute_after_the_start(aws, config, recorder):
    assert status(config)["recording"] is False
    with pytest.raises(ClientError, match="NoAvailableDeliveryChannelException"):
        config.start_configuration_recorder(ConfigurationRecorderName="default")
    bucket(aws, "audit")
    deliver(config)
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    assert (status(config)["recording"], status(config)["lastStatus"]) == (True, "PENDING")
    CLOCK.advance(60)
    assert status(config)["lastStatus"] == "SUCCESS"
    with pytest.raises(ClientError, match="LastDeliveryChannelDeleteFailedException"):
        config.delete_delivery_channel(DeliveryChannelName="default")
    config.stop_configuration_recorder(ConfigurationRecorderName="default")
    assert status(config)["recording"] is False
    config.delete_delivery_channel(DeliveryChannelName="default")


def test_there_is_one_recorder_and_one_channel(aws, config, recorder):
    with pytest.raises(ClientError, match="MaxNumberOfConfigurationRecordersExceededException"):
        config.put_configuration_recorder(ConfigurationRecorder={"name": "second", "roleARN": recorder["roleARN"]})
    bucket(aws, "audit")
    deliver(config)
    with pytest.raises(ClientError, match="MaxNumberOfDeliveryChannelsExceededException"):
        deliver(config, name="second")
    with pytest.raises(ClientError, match="NoAvailableConfigurationRecorderException"):
        deliver(aws.client("config", "eu-west-1"))
    with pytest.raises(ClientError, match="NoSuchConfigurationRecorderException"):
        config.describe_configuration_recorders(ConfigurationRecorderNames=["second"])


def test_a_bucket_has_to_let_the_service_or_the_role_in(aws, config, recorder):
    with pytest.raises(ClientError, match="NoSuchBucketException"):
        deliver(config)
    bucket(aws, "audit", principal="cloudtrail.amazonaws.com")
    with pytest.raises(ClientError, match="unable to get s3 bucket acl"):
        deliver(config)
    allowed = {"Effect": "Allow", "Resource": "*"}
    iam = aws.client("iam")
    for action, words in (("s3:GetBucketAcl", "unable to write to bucket, provided s3 key prefix is 'a'"), ("s3:PutObject", None)):
        document = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Action": action}]})
        iam.put_role_policy(RoleName="config", PolicyName=action.split(":")[1], PolicyDocument=document)
        if words:
            with pytest.raises(ClientError, match=words):
                deliver(config, s3KeyPrefix="a")
    deliver(config, s3KeyPrefix="a")


def test_managed_policies_count_and_a_boundary_narrows_them(aws, config, recorder):
    bucket(aws, "audit", principal="cloudtrail.amazonaws.com")
    iam, allow = aws.client("iam"), {"Effect": "Allow", "Resource": "*"}
    made = {
        name: iam.create_policy(
            PolicyName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Action": action}]})
        )["Policy"]["Arn"]
        for name, action in (("deliver", "s3:*"), ("narrow", "s3:Get*"))
    }
    iam.attach_role_policy(
        RoleName="config", PolicyArn="arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"
    )  # which may not write
    with pytest.raises(ClientError, match="unable to write to bucket"):
        deliver(config)
    iam.attach_role_policy(RoleName="config", PolicyArn=made["deliver"])
    iam.put_role_permissions_boundary(RoleName="config", PermissionsBoundary=made["narrow"])
    with pytest.raises(ClientError, match="unable to write to bucket"):
        deliver(config)
    iam.delete_role_permissions_boundary(RoleName="config")
    deliver(config)


def test_a_role_has_to_trust_the_service(aws, config, recorder):
    bucket(aws, "audit")
    foreign = role(aws, "foreign", principal="ec2.amazonaws.com")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": foreign})
    with pytest.raises(ClientError, match="unable to assume role"):
        deliver(config)
    with pytest.raises(ClientError, match="InvalidRoleException"):
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": ""})


@pytest.mark.parametrize(
    ("group", "code"),
    [
        ({}, "InvalidRecordingGroupException"),
        ({"allSupported": True, "resourceTypes": ["AWS::EC2::VPC"]}, "InvalidRecordingGroupException"),
        ({"resourceTypes": ["AWS::EC2::VPC"], "includeGlobalResourceTypes": True}, "InvalidRecordingGroupException"),
        ({"exclusionByResourceTypes": {"resourceTypes": ["AWS::EC2::VPC"]}}, "InvalidRecordingGroupException"),
        ({"allSupported": True, "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}}, "InvalidRecordingGroupException"),
        ({"resourceTypes": ["AWS::EC2::Cloud"]}, "ValidationException"),
    ],
)
def test_recording_groups_that_contradict_themselves(config, recorder, group, code):
    with pytest.raises(ClientError, match=code):
        config.put_configuration_recorder(
            ConfigurationRecorder={"name": "default", "roleARN": recorder["roleARN"], "recordingGroup": group}
        )
    assert config.describe_configuration_recorders()["ConfigurationRecorders"] == [recorder]


def test_tags_and_their_index(aws, config, recorder):
    config.tag_resource(ResourceArn=recorder["arn"], Tags=[{"Key": "Owner", "Value": "QA"}])
    config.untag_resource(ResourceArn=recorder["arn"], TagKeys=["Project"])
    assert config.list_tags_for_resource(ResourceArn=recorder["arn"])["Tags"] == [{"Key": "Owner", "Value": "QA"}]
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Owner"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in found] == [recorder["arn"]]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        config.tag_resource(ResourceArn=recorder["arn"] + "x", Tags=[{"Key": "Owner", "Value": "QA"}])
