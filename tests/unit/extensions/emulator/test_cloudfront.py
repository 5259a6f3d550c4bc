# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudFront of the emulated account: tags of versions, what AWS refuses, changes that take minutes."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.edge import certificate

OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    """Let time pass only when the test says so."""
    monkeypatch.setattr(CLOCK, "speed", 0.0)


def config(reference="1", **more):
    origin = {"Id": "o", "DomainName": "bucket.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": OPTIMIZED}
    base = {"CallerReference": reference, "Comment": "", "Enabled": True, "DefaultCacheBehavior": behavior}
    return {**base, "Origins": {"Quantity": 1, "Items": [origin]}, **more}


@pytest.fixture
def cdn(aws):
    return aws.client("cloudfront")


def create(cdn, **more):
    return cdn.create_distribution(DistributionConfig=config(**more))["Distribution"]


def test_a_change_takes_minutes(cdn):
    made = create(cdn)
    assert cdn.get_distribution(Id=made["Id"])["Distribution"]["Status"] == "InProgress"
    CLOCK.advance(240)
    assert cdn.get_distribution(Id=made["Id"])["Distribution"]["Status"] == "Deployed"


def test_who_changes_something_shows_what_he_has_seen(cdn):
    made = create(cdn)
    seen = cdn.get_distribution_config(Id=made["Id"])
    with pytest.raises(ClientError, match="InvalidIfMatchVersion"):
        cdn.update_distribution(Id=made["Id"], DistributionConfig=seen["DistributionConfig"])
    cdn.update_distribution(Id=made["Id"], IfMatch=seen["ETag"], DistributionConfig=seen["DistributionConfig"])
    with pytest.raises(ClientError, match="PreconditionFailed"):
        cdn.update_distribution(Id=made["Id"], IfMatch=seen["ETag"], DistributionConfig=seen["DistributionConfig"])
    with pytest.raises(ClientError, match="IllegalUpdate"):
        cdn.update_distribution(Id=made["Id"], IfMatch=cdn.get_distribution(Id=made["Id"])["ETag"], DistributionConfig=config())


def test_only_a_disabled_and_deployed_distribution_can_be_deleted(cdn):
    made = create(cdn)
    CLOCK.advance(300)
    seen = cdn.get_distribution_config(Id=made["Id"])
    with pytest.raises(ClientError, match="DistributionNotDisabled"):
        cdn.delete_distribution(Id=made["Id"], IfMatch=seen["ETag"])
    off = {**seen["DistributionConfig"], "Enabled": False}
    tag = cdn.update_distribution(Id=made["Id"], IfMatch=seen["ETag"], DistributionConfig=off)["ETag"]
    with pytest.raises(ClientError, match="DistributionNotDisabled"):
        cdn.delete_distribution(Id=made["Id"], IfMatch=tag)
    CLOCK.advance(300)
    cdn.delete_distribution(Id=made["Id"], IfMatch=tag)
    with pytest.raises(ClientError, match="NoSuchDistribution"):
        cdn.get_distribution(Id=made["Id"])


def test_a_reference_makes_one_distribution(cdn):
    create(cdn)
    for more in ({}, {"Comment": "other"}):
        with pytest.raises(ClientError, match="DistributionAlreadyExists"):
            create(cdn, **more)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"WebACLId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/1"}, "InvalidWebACLId"),
        ({"Aliases": {"Quantity": 1, "Items": ["shop.example"]}}, "InvalidViewerCertificate"),
        ({"Aliases": {"Quantity": 2, "Items": ["shop.example"]}}, "InconsistentQuantities"),
        ({"DefaultCacheBehavior": {"TargetOriginId": "x", "ViewerProtocolPolicy": "allow-all"}}, "NoSuchOrigin"),
        ({"DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"}}, "InvalidArgument"),
        (
            {"DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": "x"}},
            "NoSuchCachePolicy",
        ),
    ],
)
def test_refusals(cdn, more, code):
    with pytest.raises(ClientError, match=code):
        create(cdn, **more)


def test_certificates_are_of_us_east_1_cover_the_aliases_and_are_in_use(aws, cdn):
    def made(arn, name, reference="1"):
        told = {"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only"}
        aliases = {"Quantity": 1, "Items": [name]}
        return create(cdn, reference=reference, ViewerCertificate=told, Aliases=aliases)

    far = certificate(aws, "shop.example", region="eu-west-1")
    near = certificate(aws, "shop.example", "*.shop.example")
    with pytest.raises(ClientError, match="isn't in us-east-1"):
        made(far, "shop.example")
    with pytest.raises(ClientError, match="doesn't cover"):
        made(near, "a.b.shop.example")
    made(near, "www.shop.example")
    with pytest.raises(ClientError, match="CNAMEAlreadyExists"):
        made(near, "www.shop.example", reference="2")
    with pytest.raises(ClientError, match="ResourceInUseException"):
        aws.client("acm").delete_certificate(CertificateArn=near)


def test_origin_access_survives_and_is_in_use(cdn):
    options = {"Name": "a", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}
    control = cdn.create_origin_access_control(OriginAccessControlConfig=options)
    identity = control["OriginAccessControl"]["Id"]
    with pytest.raises(ClientError, match="OriginAccessControlAlreadyExists"):
        cdn.create_origin_access_control(OriginAccessControlConfig=options)
    origins = config()["Origins"]
    origins["Items"][0]["OriginAccessControlId"] = identity
    made = create(cdn, Origins=origins)
    kept = cdn.get_distribution_config(Id=made["Id"])["DistributionConfig"]["Origins"]["Items"][0]
    assert kept["OriginAccessControlId"] == identity
    assert kept["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    with pytest.raises(ClientError, match="OriginAccessControlInUse"):
        cdn.delete_origin_access_control(Id=identity, IfMatch=control["ETag"])
    origins["Items"][0]["OriginAccessControlId"] = "E000"
    with pytest.raises(ClientError, match="InvalidOriginAccessControl"):
        create(cdn, reference="2", Origins=origins)


def test_logs_need_a_bucket_that_lets_acls_in(aws, cdn):
    logging = {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": ""}
    with pytest.raises(ClientError, match="valid S3 bucket"):
        create(cdn, Logging=logging)
    aws.client("s3").create_bucket(Bucket="logs")
    with pytest.raises(ClientError, match="does not enable ACL access"):
        create(cdn, Logging=logging)
    owner = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    aws.client("s3").put_bucket_ownership_controls(Bucket="logs", OwnershipControls=owner)
    create(cdn, Logging=logging)


def test_tags_and_their_index(aws, cdn):
    tags = {"Items": [{"Key": "Project", "Value": "Shop"}]}
    both = {"DistributionConfig": config(), "Tags": tags}
    made = cdn.create_distribution_with_tags(DistributionConfigWithTags=both)["Distribution"]
    cdn.tag_resource(Resource=made["ARN"], Tags={"Items": [{"Key": "Owner", "Value": "QA"}]})
    cdn.untag_resource(Resource=made["ARN"], TagKeys={"Items": ["Project"]})
    assert cdn.list_tags_for_resource(Resource=made["ARN"])["Tags"]["Items"] == [{"Key": "Owner", "Value": "QA"}]
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Owner"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in found] == [made["ARN"]]


def test_invalidations_end(cdn):
    made = create(cdn)
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "1"}
    told = cdn.create_invalidation(DistributionId=made["Id"], InvalidationBatch=batch)["Invalidation"]
    assert told["Status"] == "InProgress"
    assert cdn.get_distribution(Id=made["Id"])["Distribution"]["InProgressInvalidationBatches"] == 1
    CLOCK.advance(60)
    assert cdn.get_invalidation(DistributionId=made["Id"], Id=told["Id"])["Invalidation"]["Status"] == "Completed"
    assert cdn.list_invalidations(DistributionId=made["Id"])["InvalidationList"]["Quantity"] == 1
