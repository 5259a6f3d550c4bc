# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""cloudfront_response_headers_policy: parts as a whole, tags of versions, policies in use."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.delivery import done, rests
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.cloudfront_response_headers_policy import (
    CACHE,
    CORS,
    SECURITY,
)

MODULE = "cloudfront_response_headers_policy"
OPTIONS = {"name": "shop", "security_headers_config": SECURITY}


@pytest.fixture
def cdn(aws):
    return aws.client("cloudfront")


def config(cdn, identity):
    return cdn.get_response_headers_policy(Id=identity)["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]


def test_check_mode_says_changed_only_when_something_changes(aws):
    """Upstream says it always."""
    assert aws.run(MODULE, **OPTIONS, check=True).changed
    done(aws, MODULE, **OPTIONS)
    assert not aws.run(MODULE, **OPTIONS, check=True).changed


def test_a_second_run_sends_no_update(aws):
    """Upstream sends one with every run, and tells by the clock whether it made a change."""
    done(aws, MODULE, **OPTIONS)
    rests(aws, MODULE, **OPTIONS)


def test_options_become_lists_with_counts(aws, cdn):
    made = done(aws, MODULE, name="shop", cors_config=CORS, custom_headers_config=[CACHE], remove_headers_config=["Server"])
    kept = config(cdn, made.response_headers_policy["id"])
    assert kept["CorsConfig"]["AccessControlAllowMethods"] == {"Quantity": 2, "Items": ["GET", "POST"]}
    assert kept["CorsConfig"]["AccessControlAllowCredentials"] is False
    custom = {"Header": "Cache-Control", "Value": "no-store", "Override": True}
    assert kept["CustomHeadersConfig"] == {"Quantity": 1, "Items": [custom]}
    assert kept["RemoveHeadersConfig"] == {"Quantity": 1, "Items": [{"Header": "Server"}]}
    assert not kept.keys() & {"SecurityHeadersConfig", "ServerTimingHeadersConfig"}


def test_a_part_that_is_left_out_stays_and_an_empty_one_goes(aws, cdn):
    identity = done(aws, MODULE, **OPTIONS, cors_config=CORS).response_headers_policy["id"]
    done(aws, MODULE, name="shop", custom_headers_config=[CACHE])
    assert {"CorsConfig", "SecurityHeadersConfig", "CustomHeadersConfig"} <= config(cdn, identity).keys()
    done(aws, MODULE, name="shop", cors_config={})
    assert "CorsConfig" not in config(cdn, identity)
    done(aws, MODULE, name="shop", security_headers_config={"content_type_options": {}})
    assert config(cdn, identity)["SecurityHeadersConfig"] == {"ContentTypeOptions": {"Override": True}}


@pytest.mark.parametrize("check", [True, False])
def test_a_policy_that_does_nothing_is_refused_in_words(aws, check):
    refused = aws.run(MODULE, name="shop", check=check)
    assert refused.failed
    assert "would do nothing, which AWS refuses. Give one of cors_config" in refused.msg
    done(aws, MODULE, **OPTIONS)
    assert aws.run(MODULE, name="shop", security_headers_config={}, check=check).failed


def test_somebody_who_was_quicker_is_not_overwritten(aws, cdn, monkeypatch):
    from ansible_collections.slipway.aws.plugins.modules.cloudfront_response_headers_policy import Policy

    identity = done(aws, MODULE, **OPTIONS).response_headers_policy["id"]
    update = Policy.update

    def late(this, have, changes):
        seen = cdn.get_response_headers_policy(Id=identity)
        quicker = {**config(cdn, identity), "Comment": "Quicker"}
        cdn.update_response_headers_policy(Id=identity, IfMatch=seen["ETag"], ResponseHeadersPolicyConfig=quicker)
        update(this, have, changes)

    monkeypatch.setattr(Policy, "update", late)
    refused = aws.run(MODULE, **OPTIONS, comment="Slower")
    assert refused.failed
    assert refused.error["code"] == "PreconditionFailed"
    assert config(cdn, identity)["Comment"] == "Quicker"


def test_a_policy_in_use_is_not_deleted_and_the_sentence_says_by_whom(aws):
    identity = done(aws, MODULE, **OPTIONS).response_headers_policy["id"]
    bucket = {"id": "frontend", "domain_name": "frontend.s3.eu-west-1.amazonaws.com"}
    behavior = {"default_cache_behavior": {"response_headers_policy": identity}}
    user = done(aws, "cloudfront_distribution", name="shop", origins=[bucket], **behavior).distribution["id"]
    refused = aws.run(MODULE, name="shop", state="absent")
    assert refused.failed
    assert f"response headers policy shop is in use by the distribution {user}. Give their behaviors another" in refused.msg
    done(aws, "cloudfront_distribution", name="shop", default_cache_behavior={"response_headers_policy": ""})
    assert done(aws, MODULE, name="shop", state="absent").changed
