# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

TRAIL = "AWS::CloudTrail::Trail"
SELECTOR = {
    "Name": "Objects",
    "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}],
}


def trail(aws, name="shop-dev", tags=PAIRS):
    aws.client("s3").create_bucket(Bucket=f"{name}-trail")
    policy = [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": action, "Resource": resource}
        for action, resource in (
            ("s3:GetBucketAcl", f"arn:aws:s3:::{name}-trail"),
            ("s3:PutObject", f"arn:aws:s3:::{name}-trail/*"),
        )
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": policy})
    aws.client("s3").put_bucket_policy(Bucket=f"{name}-trail", Policy=document)
    options = {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": True, "EnableLogFileValidation": True}
    aws.client("cloudtrail").create_trail(Name=name, S3BucketName=f"{name}-trail", S3KeyPrefix="all", TagsList=tags, **options)


def test_a_trail_comes_back_and_tells_whether_it_writes(aws):
    trail(aws)
    known = {
        "EnableLogFileValidation": True,
        "IncludeGlobalServiceEvents": True,
        "IsLogging": False,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": False,
        "S3BucketName": "shop-dev-trail",
        "S3KeyPrefix": "all",
        "Tags": PAIRS,
        "TrailName": "shop-dev",
    }
    assert read_back(aws, TRAIL) == {"StorageTrail": known}
    aws.client("cloudtrail").start_logging(Name="shop-dev")
    assert read_back(aws, TRAIL) == {"StorageTrail": {**known, "IsLogging": True}}


def test_what_it_looks_at_comes_back(aws):
    trail(aws)
    aws.client("cloudtrail").put_event_selectors(TrailName="shop-dev", AdvancedEventSelectors=[SELECTOR])
    aws.client("cloudtrail").put_insight_selectors(TrailName="shop-dev", InsightSelectors=[{"InsightType": "ApiCallRateInsight"}])
    found = read_back(aws, TRAIL)["StorageTrail"]
    assert found["AdvancedEventSelectors"] == [{**SELECTOR, "FieldSelectors": SELECTOR["FieldSelectors"][::-1]}]  # a set
    assert found["InsightSelectors"] == [{"InsightType": "ApiCallRateInsight"}]


def test_a_trail_belongs_to_one_region_and_to_one_environment(aws):
    trail(aws)
    trail(aws, "other", [{"Key": "Project", "Value": "Other"}])
    assert read_back(aws, TRAIL, region="eu-central-1") == {}
    assert list(read_back(aws, TRAIL, regions=["us-east-1", "eu-central-1"])) == ["StorageTrail"]


def test_its_arn_is_told_beside_the_template(aws):
    trail(aws)
    found = aws.run("environment_template_info", tags=OURS, platform="shop-dev")
    assert found.physical["StorageTrail"]["arn"] == "arn:aws:cloudtrail:us-east-1:123456789012:trail/shop-dev"
