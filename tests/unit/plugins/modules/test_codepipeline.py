# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is particular about pipelines: a declaration that is compared in its full form and sent as a whole, and tokens."""

from __future__ import annotations

from copy import deepcopy

import pytest

from ansible_collections.slipway.aws.tests.support.delivery import BUILD, DEPLOY, SOURCE, done, rests, role

MODULE = "codepipeline"


@pytest.fixture
def shop(aws):
    return {
        "name": "shop",
        "role_arn": role(aws, "pipeline", "codepipeline"),
        "artifact_store": {"location": "shop-artifacts"},
        "stages": deepcopy([SOURCE, BUILD, DEPLOY]),
    }


def versions(aws):
    return aws.client("codepipeline").get_pipeline(name="shop")["pipeline"]["version"]


def test_the_version_counts_changes_and_nothing_else(aws, shop):
    done(aws, MODULE, **shop)
    for _time in range(2):
        rests(aws, MODULE, **shop)
    assert versions(aws) == 1
    assert aws.run(MODULE, **shop, execution_mode="QUEUED").changed
    assert versions(aws) == 2


def test_defaults_may_be_said_or_left_out(aws, shop):
    done(aws, MODULE, **shop)
    said = deepcopy(shop)
    action = said["stages"][1]["actions"][0]
    action["action_type_id"] |= {"owner": "AWS", "version": "1"}
    action |= {"run_order": 1, "region": "us-east-1"}
    said["stages"][0]["actions"][0]["input_artifacts"] = []
    said["artifact_store"]["type"] = "S3"
    rests(aws, MODULE, **said)


def test_values_of_a_configuration_are_text_and_its_keys_are_kept(aws, shop):
    shop["stages"][0]["actions"][0]["configuration"]["DetectChanges"] = False
    with aws.recorded() as sent:
        result = aws.run(MODULE, **shop)
    source = sent.parameters("CreatePipeline")["pipeline"]["stages"][0]["actions"][0]
    assert source["configuration"]["DetectChanges"] == "false"
    assert source["configuration"]["FullRepositoryId"] == "shop/shop"
    shown = result.pipeline["stages"][0]["actions"][0]
    assert shown["configuration"]["FullRepositoryId"] == "shop/shop"
    assert shown["action_type_id"]["provider"] == "CodeStarSourceConnection"


def test_an_update_sends_everything_but_the_version(aws, shop):
    variables = [{"name": "REASON", "default_value": "release"}]
    done(aws, MODULE, **shop, variables=variables, triggers=[trigger("main")], tags={"Project": "Shop"})
    with aws.recorded() as sent:
        done(aws, MODULE, **shop, execution_mode="PARALLEL")
    assert sent.writes == ["UpdatePipeline"]
    pipeline = sent.parameters("UpdatePipeline")["pipeline"]
    assert "version" not in pipeline
    assert pipeline["variables"] == [{"name": "REASON", "defaultValue": "release"}]
    assert pipeline["triggers"][0]["gitConfiguration"]["push"] == [{"branches": {"includes": ["main"]}}]
    assert pipeline["artifactStore"] == {"type": "S3", "location": "shop-artifacts"}


def trigger(*branches):
    return {"git_configuration": {"source_action_name": "GitHub", "push": [{"branches": {"includes": list(branches)}}]}}


def test_the_order_of_patterns_is_no_difference(aws, shop):
    done(aws, MODULE, **shop, triggers=[trigger("main", "release/*.*.*")])
    rests(aws, MODULE, **shop, triggers=[trigger("release/*.*.*", "main")])


def test_a_token_is_sent_and_neither_compared_nor_shown(aws, shop):
    source = shop["stages"][0]["actions"][0]
    source["action_type_id"] = {"category": "Source", "owner": "ThirdParty", "provider": "GitHub"}
    source["configuration"] = {"Owner": "shop", "Repo": "shop", "Branch": "main", "OAuthToken": "hunter2"}
    source["namespace"] = None
    with aws.recorded() as sent:
        made = aws.run(MODULE, **shop)
    assert sent.parameters("CreatePipeline")["pipeline"]["stages"][0]["actions"][0]["configuration"]["OAuthToken"] == "hunter2"
    assert "hunter2" not in str(made)
    again = rests(aws, MODULE, **shop)
    assert "hunter2" not in str(again)
    with aws.recorded() as sent:
        changed = aws.run(MODULE, **shop, execution_mode="QUEUED")
    assert sent.parameters("UpdatePipeline")["pipeline"]["stages"][0]["actions"][0]["configuration"]["OAuthToken"] == "hunter2"
    assert "hunter2" not in str(changed)


def test_a_role_that_is_new_gets_a_minute_to_be_known(aws, shop):
    message = f"CodePipeline is not authorized to perform AssumeRole on role {shop['role_arn']}"
    fault = aws.fault("codepipeline", "CreatePipeline", times=3, code="InvalidStructureException", message=message)
    assert aws.run(MODULE, **shop).changed
    assert fault["times"] == 0


def test_all_faults_are_told_at_once(aws, shop):
    shop["stages"] = [SOURCE, {**BUILD, "name": "Source"}]
    del shop["artifact_store"]
    result = aws.run(MODULE, **shop)
    assert "There are two stages Source." in result.msg
    assert "Give either artifact_store" in result.msg
