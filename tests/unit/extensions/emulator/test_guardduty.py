# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""GuardDuty of the emulated account: one detector per region, features that an update leaves alone, tags."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def guardduty(aws):
    return aws.client("guardduty")


@pytest.fixture
def detector(guardduty):
    return guardduty.create_detector(Enable=True, Tags={"Project": "Shop"})["DetectorId"]


def statuses(guardduty, detector):
    return {feature["Name"]: feature["Status"] for feature in guardduty.get_detector(DetectorId=detector)["Features"]}


def test_a_region_has_one(aws, guardduty, detector):
    with pytest.raises(ClientError, match="a detector already exists for the current account"):
        guardduty.create_detector(Enable=True)
    aws.client("guardduty", "eu-west-1").create_detector(Enable=True)
    guardduty.delete_detector(DetectorId=detector)
    with pytest.raises(ClientError, match="is not owned by the current account"):
        guardduty.get_detector(DetectorId=detector)
    assert guardduty.list_detectors()["DetectorIds"] == []


def test_an_update_changes_what_it_names(guardduty, detector):
    before = statuses(guardduty, detector)
    assert (before["S3_DATA_EVENTS"], before["RUNTIME_MONITORING"], before["DNS_LOGS"]) == ("ENABLED", "DISABLED", "ENABLED")
    guardduty.update_detector(DetectorId=detector, Features=[{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}])
    assert statuses(guardduty, detector) == {**before, "S3_DATA_EVENTS": "DISABLED"}
    assert guardduty.get_detector(DetectorId=detector)["FindingPublishingFrequency"] == "SIX_HOURS"


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ([("EKS_RUNTIME_MONITORING", ()), ("RUNTIME_MONITORING", ())], "cannot be specified together"),
        ([("S3_EVENTS", ())], "invalid feature name"),
        ([("S3_DATA_EVENTS", ("EC2_AGENT_MANAGEMENT",))], "additional configuration EC2_AGENT_MANAGEMENT is invalid"),
    ],
)
def test_refusals(guardduty, detector, features, words):
    before = statuses(guardduty, detector)
    told = [
        {
            "Name": name,
            "Status": "ENABLED",
            "AdditionalConfiguration": [{"Name": detail, "Status": "ENABLED"} for detail in details],
        }
        for name, details in features
    ]
    with pytest.raises(ClientError, match=words):
        guardduty.update_detector(DetectorId=detector, Features=told)
    assert statuses(guardduty, detector) == before


def test_tags_and_their_index(aws, guardduty, detector):
    arn = f"arn:aws:guardduty:us-east-1:123456789012:detector/{detector}"
    guardduty.tag_resource(ResourceArn=arn, Tags={"Owner": "QA"})
    guardduty.untag_resource(ResourceArn=arn, TagKeys=["Project"])
    assert guardduty.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"Owner": "QA"}
    assert guardduty.get_detector(DetectorId=detector)["Tags"] == {"Owner": "QA"}
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Owner"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in found] == [arn]


def test_filters_are_kept_beside_it(guardduty, detector):
    guardduty.create_filter(DetectorId=detector, Name="quiet", FindingCriteria={"Criterion": {}})
    assert guardduty.get_filter(DetectorId=detector, FilterName="quiet")["Name"] == "quiet"
