# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""config_recorder: really started, in the right order, one per region."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN
from ansible_collections.slipway.aws.tests.support.delivery import done, rests
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.config_recorder import bucket, role

MODULE = "config_recorder"


@pytest.fixture
def options(aws):
    return {"role_arn": role(aws), "s3_bucket_name": bucket(aws, "audit")}


def status(aws):
    [told] = aws.client("config").describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    return told


def test_the_recorder_is_recording_after_one_run(aws, options):
    with aws.recorded() as sent:
        made = done(aws, MODULE, **options)
    assert sent.writes == ["PutConfigurationRecorder", "PutDeliveryChannel", "StartConfigurationRecorder"]
    assert made.recorder["recording"] is True
    assert status(aws)["recording"] is True
    CLOCK.advance(120)
    assert rests(aws, MODULE, **options).recorder["status"] == "SUCCESS"


def test_one_that_upstream_never_started_is_started(aws, options):
    client = aws.client("config")
    client.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": options["role_arn"]})
    client.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "audit"})
    assert status(aws)["recording"] is False
    with aws.recorded() as sent:
        done(aws, MODULE, **options)
    assert sent.writes == ["StartConfigurationRecorder"]
    assert status(aws)["recording"] is True


def test_a_recorder_without_a_channel_gets_one_and_is_started(aws, options):
    aws.client("config").put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": options["role_arn"], "recordingGroup": {"allSupported": True}}
    )
    with aws.recorded() as sent:
        done(aws, MODULE, **options)
    assert sent.writes == ["PutDeliveryChannel", "StartConfigurationRecorder"]


def test_a_channel_that_is_there_keeps_its_name(aws, options):
    done(aws, MODULE, **options)
    client = aws.client("config")
    client.stop_configuration_recorder(ConfigurationRecorderName="default")
    client.delete_configuration_recorder(ConfigurationRecorderName="default")
    done(aws, MODULE, name="shop", **options)
    assert [channel["name"] for channel in client.describe_delivery_channels()["DeliveryChannels"]] == ["default"]


def test_removal_stops_first_and_leaves_nothing(aws, options):
    done(aws, MODULE, **options)
    with aws.recorded() as sent:
        done(aws, MODULE, state="absent")
    assert sent.writes == ["StopConfigurationRecorder", "DeleteDeliveryChannel", "DeleteConfigurationRecorder"]
    assert aws.client("config").describe_delivery_channels()["DeliveryChannels"] == []


def test_a_channel_whose_recorder_is_gone_is_removed_as_well(aws, options):
    done(aws, MODULE, **options, recording=False)
    client = aws.client("config")
    client.delete_configuration_recorder(ConfigurationRecorderName="default")
    assert aws.run(MODULE, state="absent", check=True).changed
    with aws.recorded() as sent:
        done(aws, MODULE, state="absent")
    assert sent.writes == ["DeleteDeliveryChannel"]
    rests(aws, MODULE, state="absent")


@pytest.mark.parametrize("check", [True, False])
def test_there_is_one_per_region_and_the_sentence_says_which(aws, options, check):
    done(aws, MODULE, name="theirs", **options)
    refused = aws.run(MODULE, check=check, **options)
    assert refused.failed
    assert "AWS keeps one per region, and there is theirs. Manage that one with name theirs" in refused.msg
    rests(aws, MODULE, state="absent")  # that of others is not ours to remove
    assert status(aws)["recording"] is True


@pytest.mark.parametrize("check", [True, False])
def test_creation_says_what_it_needs(aws, check):
    refused = aws.run(MODULE, check=check)
    assert refused.failed
    assert "to create it role_arn, s3_bucket_name has to be given" in refused.msg


def test_a_role_and_a_topic_that_are_planned_can_be_planned_with(aws, options):
    assert done(aws, MODULE, **{**options, "role_arn": UNKNOWN}, sns_topic_arn=UNKNOWN, check=True).changed


def test_everything_else_stays_when_one_thing_changes(aws, options):
    mode = {"recording_frequency": "DAILY"}
    done(
        aws, MODULE, **options, include_global_resource_types=True, recording_mode=mode, s3_key_prefix="a", tags={"Project": "Shop"}
    )
    role(aws, "other")
    with aws.recorded() as sent:
        changed = done(aws, MODULE, role_arn="arn:aws:iam::123456789012:role/other")
    assert sent.writes == ["PutConfigurationRecorder"]
    put = sent.parameters("PutConfigurationRecorder")
    assert put["ConfigurationRecorder"]["recordingGroup"]["includeGlobalResourceTypes"] is True
    assert put["ConfigurationRecorder"]["recordingMode"]["recordingFrequency"] == "DAILY"
    assert "Tags" not in put
    assert changed.recorder["tags"] == {"Project": "Shop"}
    with aws.recorded() as sent:
        done(aws, MODULE, delivery_frequency="One_Hour")
    assert sent.writes == ["PutDeliveryChannel"]
    assert sent.parameters("PutDeliveryChannel")["DeliveryChannel"]["s3KeyPrefix"] == "a"


def test_each_strategy_sends_its_own_members_only(aws, options):
    def group(**more):
        with aws.recorded() as sent:
            done(aws, MODULE, **options, **more)
        return sent.parameters("PutConfigurationRecorder")["ConfigurationRecorder"]["recordingGroup"]

    assert group(include_global_resource_types=True).keys() == {"allSupported", "recordingStrategy", "includeGlobalResourceTypes"}
    types = {"resource_types": ["AWS::EC2::Volume"]}
    excluded = group(recording_strategy="EXCLUSION_BY_RESOURCE_TYPES", **types)
    assert excluded["exclusionByResourceTypes"] == {"resourceTypes": ["AWS::EC2::Volume"]}
    assert excluded.keys() == {"allSupported", "recordingStrategy", "exclusionByResourceTypes"}
    included = group(recording_strategy="INCLUSION_BY_RESOURCE_TYPES", **types)
    assert included.keys() == {"allSupported", "recordingStrategy", "resourceTypes"}


def test_a_policy_that_is_not_known_yet_is_waited_for(aws, options):
    aws.fault(
        "config",
        "PutDeliveryChannel",
        times=3,
        code="InsufficientDeliveryPolicyException",
        message="Insufficient delivery policy to s3 bucket: audit, unable to write to bucket.",
    )
    assert done(aws, MODULE, **options).recorder["recording"] is True


def test_a_bucket_that_lets_nobody_in_is_named(aws, options):
    aws.client("s3").delete_bucket_policy(Bucket="audit")
    refused = aws.run(MODULE, **options)
    assert refused.failed
    assert "Insufficient delivery policy to s3 bucket: audit" in refused.msg
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    aws.client("iam").put_role_policy(RoleName="config", PolicyName="deliver", PolicyDocument=json.dumps(document))
    with aws.recorded() as sent:  # the second run picks the work up where it is
        done(aws, MODULE, **options)
    assert sent.writes == ["PutDeliveryChannel", "StartConfigurationRecorder"]


def test_a_recorder_that_records_without_success_is_not_passed_over_in_silence(aws, options):
    done(aws, MODULE, **options)
    aws.client("s3").delete_bucket_policy(Bucket="audit")
    result = done(aws, MODULE, **options)
    assert result.changed is False
    assert "its last recording failed: Insufficient delivery policy" in result.warnings[0]
