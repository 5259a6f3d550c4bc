# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""cloudfront_distribution: never a second one, merged configurations, removal in steps, no header values."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils import cloudfront
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN

BUCKET = {"id": "frontend", "domain_name": "frontend.s3.eu-west-1.amazonaws.com"}
API = {"id": "api", "domain_name": "api.shop.example", "custom_origin_config": {}}
OPTIONS = {"name": "shop", "origins": [BUCKET]}


def run(aws, **more):
    return aws.run("cloudfront_distribution", **{**OPTIONS, **more})


@pytest.fixture
def shop(aws):
    made = run(aws)
    assert not made.failed, made.msg
    return made.distribution["id"]


def config(aws, identity):
    return aws.client("cloudfront").get_distribution_config(Id=identity)["DistributionConfig"]


def test_friendly_options_become_a_complete_configuration(aws, shop):
    made = config(aws, shop)
    assert made["CallerReference"] == "slipway.aws/shop"
    assert (made["Comment"], made["Enabled"], made["IsIPV6Enabled"]) == ("shop", True, True)
    behavior = made["DefaultCacheBehavior"]
    assert behavior["TargetOriginId"] == "frontend"
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behavior["CachePolicyId"] == cloudfront.POLICIES["CachePolicyId"]["CachingOptimized"]
    assert behavior["AllowedMethods"] == {
        "Quantity": 2,
        "Items": ["GET", "HEAD"],
        "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
    }
    assert made["Origins"]["Items"][0]["S3OriginConfig"] == {"OriginAccessIdentity": ""}


def test_a_second_run_without_an_alias_makes_no_second_distribution(aws, shop):
    """Upstream makes one with every run, as its reference is the time of day."""
    for more in ({}, {"comment": "Another one"}, {"tags": {}}):
        again = run(aws, **more)
        assert again.distribution["id"] == shop
    assert len(aws.client("cloudfront").list_distributions()["DistributionList"]["Items"]) == 1


def test_functions_and_policies_that_are_planned_can_be_planned_with(aws):
    calls = [{"event_type": "viewer-request", "function_arn": UNKNOWN}]
    behavior = {"response_headers_policy": UNKNOWN, "function_associations": calls}
    planned = run(aws, default_cache_behavior=behavior, check=True)
    assert not planned.failed, planned.msg
    assert planned.changed


def test_creation_waits_until_it_is_deployed(aws):
    made = run(aws)
    assert made.distribution["status"] == "Deployed"
    other = run(aws, name="other", wait=False)
    assert other.distribution["status"] == "InProgress"


def test_what_others_have_set_survives_a_change(aws, shop):
    client = aws.client("cloudfront")
    seen = client.get_distribution_config(Id=shop)
    seen["DistributionConfig"]["Origins"]["Items"][0]["OriginShield"] = {"Enabled": True, "OriginShieldRegion": "eu-west-1"}
    seen["DistributionConfig"]["PriceClass"] = "PriceClass_200"
    client.update_distribution(Id=shop, IfMatch=seen["ETag"], DistributionConfig=seen["DistributionConfig"])
    assert not run(aws).changed
    changed = run(aws, default_root_object="index.html", origins=[{**BUCKET, "connection_attempts": 1}])
    assert changed.distribution["price_class"] == "PriceClass_200"
    origin = config(aws, shop)["Origins"]["Items"][0]
    assert origin["OriginShield"] == {"Enabled": True, "OriginShieldRegion": "eu-west-1"}
    assert origin["ConnectionAttempts"] == 1


def test_an_origin_changes_its_kind(aws, shop):
    run(aws, origins=[{**API, "id": "frontend"}])
    origin = config(aws, shop)["Origins"]["Items"][0]
    assert "S3OriginConfig" not in origin
    assert origin["CustomOriginConfig"]["OriginSslProtocols"] == {"Quantity": 1, "Items": ["TLSv1.2"]}


def test_forwarded_values_give_way_to_a_policy_and_back(aws, shop):
    legacy = {"forwarded_values": {"query_string": True, "cookies": {"forward": "none"}, "headers": ["Host"]}, "min_ttl": 5}
    run(aws, default_cache_behavior=legacy)
    behavior = config(aws, shop)["DefaultCacheBehavior"]
    assert behavior["ForwardedValues"]["Headers"] == {"Quantity": 1, "Items": ["Host"]}
    assert "CachePolicyId" not in behavior
    assert not run(aws, default_cache_behavior=legacy).changed
    assert not run(aws).changed  # nothing said about caching: it stays
    run(aws, default_cache_behavior={"cache_policy": "CachingDisabled"})
    behavior = config(aws, shop)["DefaultCacheBehavior"]
    assert "ForwardedValues" not in behavior
    assert "MinTTL" not in behavior


def test_it_is_found_by_its_reference_whatever_people_do_to_it(aws, shop):
    client = aws.client("cloudfront")
    for number in range(3):
        run(aws, name=f"other-{number}", wait=False)
    run(aws, comment="Renamed by hand")
    arn = client.get_distribution(Id=shop)["Distribution"]["ARN"]
    client.untag_resource(Resource=arn, TagKeys={"Items": ["Name"]})
    result = run(aws)
    assert result.distribution["id"] == shop
    assert result.distribution["tags"] == {"Name": "shop"}


def test_one_look_is_enough_when_the_comment_is_the_name(aws):
    for name in ("a", "b", "shop"):
        run(aws, name=name, wait=False)
    with aws.recorded() as sent:
        run(aws, wait=False)
    assert sent.operations.count("GetDistribution") == 1


def test_a_reference_that_aws_remembers_from_a_removed_one_does_not_stop_us(aws):
    aws.fault(
        "cloudfront", "CreateDistributionWithTags", code="DistributionAlreadyExists", message="Already exists: E1", status=409
    )
    made = run(aws)
    assert not made.failed, made.msg
    reference = config(aws, made.distribution["id"])["CallerReference"]
    assert reference.startswith("slipway.aws/shop#")
    again = run(aws)
    assert (again.changed, again.distribution["id"]) == (False, made.distribution["id"])
    assert len(aws.client("cloudfront").list_distributions()["DistributionList"]["Items"]) == 1


def test_a_name_that_begins_like_another_is_another(aws, shop):
    assert run(aws, name="shop-2", wait=False).distribution["id"] != shop
    assert run(aws, name="sho", state="absent").changed is False


def test_two_runs_at_once_make_one_distribution(aws, monkeypatch):
    """The other run comes between our look and our creation."""
    from ansible_collections.slipway.aws.plugins.modules.cloudfront_distribution import Distribution

    create = Distribution.create

    def late(this, want):
        monkeypatch.setattr(Distribution, "create", create)
        run(aws, comment="first", wait=False)
        create(this, want)

    monkeypatch.setattr(Distribution, "create", late)
    result = run(aws, comment="second")
    assert result.failed
    assert "is being created by another run" in result.msg
    assert len(aws.client("cloudfront").list_distributions()["DistributionList"]["Items"]) == 1


def test_a_distribution_of_somebody_else_is_managed_by_its_id(aws, shop):
    result = run(aws, name="mine", distribution_id=shop)
    assert (result.distribution["id"], result.distribution["tags"]) == (shop, {"Name": "mine"})


def test_removal_disables_waits_and_deletes_with_the_new_tag(aws, shop):
    started = CLOCK.seconds()
    with aws.recorded() as sent:
        assert run(aws, state="absent").changed
    assert sent.writes == ["UpdateDistribution", "DeleteDistribution"]
    assert CLOCK.seconds() - started >= 240


def test_removal_without_waiting_takes_two_runs(aws, shop):
    with aws.recorded() as sent:
        run(aws, state="absent", wait=False)
    assert sent.writes == ["UpdateDistribution"]
    CLOCK.advance(300)
    with aws.recorded() as sent:
        run(aws, state="absent", wait=False)
    assert sent.writes == ["DeleteDistribution"]
    assert not run(aws, state="absent").changed


def test_values_of_headers_are_not_shown(aws, shop):
    headers = [{"header_name": "X-Origin-Verify", "header_value": "hush-hush"}]
    origin = {**BUCKET, "custom_headers": headers}
    result = run(aws, origins=[origin])
    assert "hush-hush" not in repr(result)
    assert config(aws, shop)["Origins"]["Items"][0]["CustomHeaders"]["Items"][0]["HeaderValue"] == "hush-hush"
    assert not run(aws, origins=[origin]).changed
    headers[0]["header_value"] = "sssh"
    assert run(aws, origins=[origin]).changed


def test_creation_says_what_it_needs(aws):
    for check in (True, False):
        result = aws.run("cloudfront_distribution", name="new", aliases=["shop.example"], check=check)
        assert result.failed
        assert "to create it origins, certificate_arn has to be given" in result.msg
        result = run(aws, origins=[BUCKET, API], check=check)
        assert "to create it default_cache_behavior has to be given" in result.msg


def test_unknown_members_are_refused_with_the_nearest(aws, shop):
    result = run(aws, default_cache_behavior={"viewer_policy": "https-only"})
    assert result.failed
    assert "default_cache_behavior.viewer_policy is unknown, did you mean viewer_protocol_policy?" in result.msg


def test_an_access_control_in_use_cannot_be_removed(aws):
    access = aws.run("cloudfront_origin_access_control", name="frontend").origin_access_control["id"]
    run(aws, origins=[{**BUCKET, "origin_access_control_id": access}])
    refused = aws.run("cloudfront_origin_access_control", name="frontend", state="absent")
    assert refused.failed
    assert "in use" in refused.msg
    run(aws, state="absent")
    assert aws.run("cloudfront_origin_access_control", name="frontend", state="absent").changed


@pytest.mark.parametrize("member", cloudfront.POLICIES)
def test_the_names_of_policies_are_those_of_the_emulated_account(member):
    from ansible_collections.slipway.aws.extensions.emulator.services import cloudfront as emulated

    there = {
        "CachePolicyId": emulated.MANAGED_CACHE_POLICIES,
        "OriginRequestPolicyId": emulated.MANAGED_ORIGIN_REQUEST_POLICIES,
        "ResponseHeadersPolicyId": emulated.MANAGED_RESPONSE_HEADERS_POLICIES,
    }[member]
    assert {name.removeprefix("Managed-"): identity for identity, name in there.items()} == cloudfront.POLICIES[member]
