# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.tests.support.delivery import done
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

RECORDER, CHANNEL, RULE = "AWS::Config::ConfigurationRecorder", "AWS::Config::DeliveryChannel", "AWS::Config::ConfigRule"
BUCKET = "shop-dev-config"
ROLE = "arn:aws:iam::123456789012:role/shop-dev-config"


@pytest.fixture
def bucket(aws):
    """Make a bucket that AWS Config may deliver to, and the role it reads with."""
    trust = {"Effect": "Allow", "Principal": {"Service": "config.amazonaws.com"}, "Action": "sts:AssumeRole"}
    aws.client("iam").create_role(RoleName="shop-dev-config", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    aws.client("s3").create_bucket(Bucket=BUCKET)
    deliver = {
        "Effect": "Allow",
        "Principal": {"Service": "config.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [deliver]})
    aws.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=document)


def recorder(aws, **options):
    wanted = {"name": "shop-dev", "role_arn": ROLE, "s3_bucket_name": BUCKET, "tags": OURS, **options}
    return done(aws, "config_recorder", **wanted)


def metadata(aws, logical):
    found = aws.run("environment_template_info", tags={"Project": "Shop"}, platform="shop-dev")
    return found.template["Resources"][logical]["Metadata"]


@pytest.mark.usefixtures("bucket")
def test_a_recorder_comes_back_with_where_it_delivers(aws):
    recorder(aws, include_global_resource_types=True, delivery_frequency="TwentyFour_Hours", s3_key_prefix="all")
    assert read_back(aws, RECORDER, CHANNEL) == {
        "StorageConfigurationRecorder": {
            "Name": "shop-dev",
            "RoleARN": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/shop-dev-config"},
            "RecordingGroup": {
                "AllSupported": True,
                "IncludeGlobalResourceTypes": True,
                "RecordingStrategy": {"UseOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
            },
            "RecordingMode": {"RecordingFrequency": "CONTINUOUS"},
            "StartedOnCreate": True,
        },
        "StorageDeliveryChannel": {
            "Name": "shop-dev",
            "S3BucketName": BUCKET,
            "S3KeyPrefix": "all",
            "ConfigSnapshotDeliveryProperties": {"DeliveryFrequency": "TwentyFour_Hours"},
        },
    }
    told = {"Component": "storage", "Defaults": ["RecordingMode", "StartedOnCreate"], "Tags": PAIRS}
    assert metadata(aws, "StorageConfigurationRecorder") == told


@pytest.mark.usefixtures("bucket")
def test_one_that_was_stopped_says_so(aws):
    recorder(aws)
    aws.client("config").stop_configuration_recorder(ConfigurationRecorderName="shop-dev")
    assert read_back(aws, RECORDER)["StorageConfigurationRecorder"]["StartedOnCreate"] is False


@pytest.mark.usefixtures("bucket")
def test_what_it_leaves_out_is_a_set(aws):
    types = ["AWS::EC2::Subnet", "AWS::EC2::NetworkInterface"]
    override = {"resource_types": ["AWS::Config::ResourceCompliance"], "recording_frequency": "DAILY"}
    mode = {"recording_frequency": "CONTINUOUS", "recording_mode_overrides": [override]}
    recorder(aws, recording_strategy="EXCLUSION_BY_RESOURCE_TYPES", resource_types=types, recording_mode=mode)
    found = read_back(aws, RECORDER)["StorageConfigurationRecorder"]
    assert found["RecordingGroup"]["ExclusionByResourceTypes"] == {"ResourceTypes": sorted(types)}
    assert found["RecordingMode"]["RecordingModeOverrides"] == [
        {"RecordingFrequency": "DAILY", "ResourceTypes": ["AWS::Config::ResourceCompliance"]}
    ]


@pytest.mark.usefixtures("bucket")
def test_rules_come_back_each_with_its_judge(aws):
    recorder(aws)
    rule = {"tags": OURS}
    done(aws, "config_rule", name="shop-dev-tags", source={"source_identifier": "REQUIRED_TAGS"}, **rule)
    done(
        aws,
        "config_rule",
        name="shop-dev-lock",
        description="Nobody deletes the trail",
        source={"source_identifier": "S3_BUCKET_MFA_DELETE_ENABLED"},
        scope={"compliance_resource_types": ["AWS::S3::Bucket"], "compliance_resource_id": "shop-dev-trail"},
        **rule,
    )
    guard = {"policy_text": "rule versioned { true }"}
    when = [{"message_type": "ConfigurationItemChangeNotification"}]
    own = {"owner": "CUSTOM_POLICY", "source_details": when, "custom_policy_details": guard}
    done(aws, "config_rule", name="shop-dev-versions", source=own, **rule)
    found = read_back(aws, RULE)
    assert found["StorageConfigRuleTags"]["InputParameters"] == {"tag1Key": "CostCenter"}
    assert found["StorageConfigRuleLock"] == {
        "ConfigRuleName": "shop-dev-lock",
        "Description": "Nobody deletes the trail",
        "EvaluationModes": [{"Mode": "DETECTIVE"}],
        "Scope": {"ComplianceResourceId": "shop-dev-trail", "ComplianceResourceTypes": ["AWS::S3::Bucket"]},
        "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_MFA_DELETE_ENABLED"},
    }
    assert found["StorageConfigRuleVersions"]["Source"]["CustomPolicyDetails"]["PolicyText"] == "rule versioned { true }"
    assert metadata(aws, "StorageConfigRuleLock")["Tags"] == PAIRS


@pytest.mark.usefixtures("bucket")
def test_what_belongs_to_others_is_not_there(aws):
    recorder(aws, tags={"Project": "Bank"})
    done(aws, "config_rule", name="bank-tags", source={"source_identifier": "REQUIRED_TAGS"}, tags={"Project": "Bank"})
    assert read_back(aws, RECORDER, CHANNEL, RULE) == {}


def test_an_account_without_aws_config(aws):
    assert read_back(aws, RECORDER, CHANNEL, RULE) == {}
