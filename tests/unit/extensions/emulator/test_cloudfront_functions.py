# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudFront functions of the emulated account: stages, tags of versions, distributions that use them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.extensions.emulator.test_cloudfront import OPTIMIZED, config

CONFIG = {"Comment": "", "Runtime": "cloudfront-js-2.0"}


@pytest.fixture
def cdn(aws):
    return aws.client("cloudfront")


def create(cdn, **more):
    return cdn.create_function(**{"Name": "f", "FunctionConfig": CONFIG, "FunctionCode": b"code", **more})


def calling(arn, event="viewer-request", times=1):
    calls = {"Quantity": times, "Items": [{"EventType": event, "FunctionARN": arn}] * times}
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": OPTIMIZED}
    return config(DefaultCacheBehavior={**behavior, "FunctionAssociations": calls})


def status(cdn, stage="DEVELOPMENT"):
    return cdn.describe_function(Name="f", Stage=stage)["FunctionSummary"]["Status"]


def test_live_is_what_was_published(cdn):
    tag = create(cdn)["ETag"]
    assert status(cdn) == "UNPUBLISHED"
    with pytest.raises(ClientError, match="NoSuchFunctionExists"):
        cdn.get_function(Name="f", Stage="LIVE")
    cdn.publish_function(Name="f", IfMatch=tag)
    assert (status(cdn), status(cdn, "LIVE")) == ("UNASSOCIATED", "UNASSOCIATED")
    assert cdn.describe_function(Name="f", Stage="LIVE")["ETag"] != tag
    cdn.update_function(Name="f", IfMatch=tag, FunctionConfig=CONFIG, FunctionCode=b"other")
    assert cdn.get_function(Name="f", Stage="LIVE")["FunctionCode"].read() == b"code"
    assert cdn.get_function(Name="f")["FunctionCode"].read() == b"other"
    assert (status(cdn), status(cdn, "LIVE")) == ("UNPUBLISHED", "UNASSOCIATED")
    assert [each["Name"] for each in cdn.list_functions(Stage="LIVE")["FunctionList"]["Items"]] == ["f"]


@pytest.mark.parametrize("write", ["update", "publish", "delete"])
def test_a_stale_tag_is_refused(cdn, write):
    stale = create(cdn)["ETag"]
    cdn.update_function(Name="f", IfMatch=stale, FunctionConfig=CONFIG, FunctionCode=b"other")
    content = {"FunctionConfig": CONFIG, "FunctionCode": b"late"} if write == "update" else {}
    with pytest.raises(ClientError, match="PreconditionFailed"):
        getattr(cdn, f"{write}_function")(Name="f", IfMatch=stale, **content)
    assert cdn.get_function(Name="f")["FunctionCode"].read() == b"other"


def test_a_distribution_calls_published_functions_only(cdn):
    made = create(cdn)
    arn = made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    with pytest.raises(ClientError, match="InvalidFunctionAssociation"):
        cdn.create_distribution(DistributionConfig=calling(arn))
    cdn.publish_function(Name="f", IfMatch=made["ETag"])
    for wrong in (calling(arn, event="origin-request"), calling(arn, times=2), calling(arn + "x")):
        with pytest.raises(ClientError, match="InvalidFunctionAssociation"):
            cdn.create_distribution(DistributionConfig=wrong)
    identity = cdn.create_distribution(DistributionConfig=calling(arn))["Distribution"]["Id"]
    assert status(cdn, "LIVE") == "IN_PROGRESS"
    CLOCK.advance(300)
    assert status(cdn, "LIVE") == "ASSOCIATED"
    with pytest.raises(ClientError, match="in use by 1 distributions"):
        cdn.delete_function(Name="f", IfMatch=made["ETag"])
    cdn.publish_function(Name="f", IfMatch=made["ETag"])  # every edge location gets it, which takes time
    assert cdn.get_distribution(Id=identity)["Distribution"]["Status"] == "InProgress"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"FunctionCode": b"x" * 10241}, "FunctionSizeLimitExceeded"),
        ({"Name": "g", "FunctionConfig": {**CONFIG, "Runtime": "cloudfront-js-1.0"}}, "cloudfront-js-2.0 only"),
        ({"Name": "g"}, "key value store does not exist"),
    ],
)
def test_refusals(cdn, more, code):
    if "Name" in more:
        store = {"KeyValueStoreARN": "arn:aws:cloudfront::123456789012:key-value-store/8aa76c93-3198-462c-aaf6-e1b1f4a0e3c2"}
        associations = {"Quantity": 1, "Items": [store]}
        more = {**more, "FunctionConfig": {**more.get("FunctionConfig", CONFIG), "KeyValueStoreAssociations": associations}}
    with pytest.raises(ClientError, match=code):
        create(cdn, **more)


def test_names_are_taken_once_and_tags_are_indexed(aws, cdn):
    arn = create(cdn, Tags={"Items": [{"Key": "Owner", "Value": "QA"}]})["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    with pytest.raises(ClientError, match="FunctionAlreadyExists"):
        create(cdn)
    assert cdn.list_tags_for_resource(Resource=arn)["Tags"]["Items"] == [{"Key": "Owner", "Value": "QA"}]
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Owner"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in found] == [arn]
    with pytest.raises(ClientError, match="NoSuchResource"):
        cdn.list_tags_for_resource(Resource=arn + "x")
