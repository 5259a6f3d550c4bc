# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""cloudfront_function: two stages, tags of versions, functions in use."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN
from ansible_collections.slipway.aws.tests.support.delivery import done, rests

MODULE = "cloudfront_function"
CODE = "function handler(event) { return event.request; }"
OPTIONS = {"name": "shop", "code": CODE}


@pytest.fixture
def cdn(aws):
    return aws.client("cloudfront")


def code(cdn, stage):
    return cdn.get_function(Name="shop", Stage=stage)["FunctionCode"].read().decode()


def use(aws, arn, name="shop"):
    """Let a distribution call a function."""
    bucket = {"id": "frontend", "domain_name": "frontend.s3.eu-west-1.amazonaws.com"}
    calls = [{"event_type": "viewer-request", "function_arn": arn}]
    behavior = {"default_cache_behavior": {"function_associations": calls}}
    return done(aws, "cloudfront_distribution", name=name, origins=[bucket], **behavior).distribution


def test_a_new_function_is_published_at_once(aws, cdn):
    with aws.recorded() as sent:
        made = done(aws, MODULE, **OPTIONS)
    assert sent.writes == ["CreateFunction", "PublishFunction"]
    assert (made.function["published"], made.function["status"]) == (True, "UNASSOCIATED")
    assert sent.parameters("CreateFunction")["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    assert code(cdn, "LIVE") == CODE


def test_what_somebody_changed_without_publishing_it_is_published(aws, cdn):
    done(aws, MODULE, **OPTIONS)
    seen = cdn.describe_function(Name="shop", Stage="DEVELOPMENT")
    config = {"Comment": "By hand", "Runtime": "cloudfront-js-2.0"}
    cdn.update_function(Name="shop", IfMatch=seen["ETag"], FunctionConfig=config, FunctionCode=CODE.encode())
    assert aws.run(MODULE, **OPTIONS, check=True).diff["before"]["published"] is False
    with aws.recorded() as sent:
        done(aws, MODULE, **OPTIONS)
    assert sent.writes == ["PublishFunction"]
    assert cdn.describe_function(Name="shop", Stage="LIVE")["FunctionSummary"]["FunctionConfig"]["Comment"] == "By hand"


def test_a_change_is_published_with_the_tag_of_the_changed_version(aws, cdn):
    done(aws, MODULE, **OPTIONS)
    with aws.recorded() as sent:
        done(aws, MODULE, **{**OPTIONS, "code": CODE + "\n"})
    assert sent.writes == ["UpdateFunction", "PublishFunction"]
    assert sent.parameters("UpdateFunction")["IfMatch"] != sent.parameters("PublishFunction")["IfMatch"]
    assert code(cdn, "LIVE") == CODE + "\n"


def test_unpublished_changes_stay_in_development(aws, cdn):
    done(aws, MODULE, **OPTIONS)
    changed = done(aws, MODULE, **{**OPTIONS, "code": CODE + "\n"}, publish=False)
    assert (changed.function["published"], changed.function["status"]) == (False, "UNPUBLISHED")
    assert (code(cdn, "LIVE"), code(cdn, "DEVELOPMENT")) == (CODE, CODE + "\n")
    rests(aws, MODULE, **{**OPTIONS, "code": CODE + "\n"}, publish=False)


def test_a_change_keeps_what_is_not_given(aws, cdn):
    store = cdn.create_key_value_store(Name="redirects")["KeyValueStore"]["ARN"]
    done(aws, MODULE, **OPTIONS, comment="Redirects", key_value_store_arn=store)
    with aws.recorded() as sent:
        done(aws, MODULE, name="shop", code=CODE + "\n")
    config = sent.parameters("UpdateFunction")["FunctionConfig"]
    assert config["KeyValueStoreAssociations"]["Items"] == [{"KeyValueStoreARN": store}]
    assert config["Comment"] == "Redirects"
    rests(aws, MODULE, name="shop")


def test_the_code_comes_from_a_file(aws, cdn, tmp_path):
    file = tmp_path / "function.js"
    file.write_text(CODE + " // ä\n", encoding="utf-8")
    done(aws, MODULE, name="shop", src=str(file))
    assert code(cdn, "LIVE") == CODE + " // ä\n"
    rests(aws, MODULE, name="shop", src=str(file))
    file.write_text(CODE, encoding="utf-8")
    assert done(aws, MODULE, name="shop", src=str(file)).changed
    file.unlink()
    with aws.recorded() as sent:
        refused = aws.run(MODULE, name="shop", src=str(file))
    assert refused.failed
    assert f"src {file} cannot be read" in refused.msg
    assert sent.operations == []
    done(aws, MODULE, name="shop", src=str(file), state="absent")


def test_a_function_in_use_is_not_deleted_and_the_sentence_says_by_whom(aws, cdn):
    arn = done(aws, MODULE, **OPTIONS).function["arn"]
    user = use(aws, arn)
    refused = aws.run(MODULE, name="shop", state="absent")
    assert refused.failed
    assert f"function shop is in use by the distribution {user['id']} (shop). Take it out of their behaviors" in refused.msg
    done(aws, "cloudfront_distribution", name="shop", default_cache_behavior={"function_associations": []})
    assert done(aws, MODULE, name="shop", state="absent").changed


def test_a_key_value_store_that_is_planned_can_be_planned_with(aws):
    assert done(aws, MODULE, **OPTIONS, key_value_store_arn=UNKNOWN, check=True).changed


def test_creation_needs_code(aws):
    refused = aws.run(MODULE, name="shop")
    assert refused.failed
    assert "to create it code or src has to be given" in refused.msg


def test_somebody_who_was_quicker_is_not_overwritten(aws, cdn, monkeypatch):
    from ansible_collections.slipway.aws.plugins.modules.cloudfront_function import Function

    done(aws, MODULE, **OPTIONS)
    update = Function.update

    def late(this, have, changes):
        seen = cdn.describe_function(Name="shop", Stage="DEVELOPMENT")
        config = {"Comment": "Quicker", "Runtime": "cloudfront-js-2.0"}
        cdn.update_function(Name="shop", IfMatch=seen["ETag"], FunctionConfig=config, FunctionCode=CODE.encode())
        update(this, have, changes)

    monkeypatch.setattr(Function, "update", late)
    refused = aws.run(MODULE, **OPTIONS, comment="Slower")
    assert refused.failed
    assert refused.error["code"] == "PreconditionFailed"
    assert cdn.describe_function(Name="shop")["FunctionSummary"]["FunctionConfig"]["Comment"] == "Quicker"
