# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a look at pipelines and builds shows, and what it keeps to itself."""

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.delivery import BUILD, DEPLOY, approval, done, pipeline


def test_declaration_state_and_executions_in_one_look(aws):
    pipeline(aws, stages=[BUILD, approval(), DEPLOY], tags={"Project": "Shop", "costCenter": "7"})
    CLOCK.advance(600)
    with aws.recorded() as sent:
        result = aws.run("codepipeline_info", name="shop")
    assert (result.changed, sent.writes) == (False, [])
    (found,) = result.pipelines
    assert found["stages"][1]["actions"][0]["configuration"] == {"ProjectName": "shop-image"}
    assert found["tags"] == {"Project": "Shop", "costCenter": "7"}
    states = {stage["stage_name"]: stage.get("latest_execution", {}).get("status") for stage in found["stage_states"]}
    assert states == {"Source": "Succeeded", "Build": "Succeeded", "Approve": "InProgress", "Deploy": None}
    assert [execution["status"] for execution in found["executions"]] == ["InProgress"]


def test_the_token_of_an_approval_is_not_told(aws):
    pipeline(aws, stages=[approval(), BUILD])
    CLOCK.advance(60)
    state = aws.client("codepipeline").get_pipeline_state(name="shop")
    token = state["stageStates"][1]["actionStates"][0]["latestExecution"]["token"]
    assert token not in str(aws.run("codepipeline_info", name="shop"))


def test_all_pipelines_or_the_last_executions_only(aws):
    pipeline(aws)
    for _time in range(3):
        done(aws, "codepipeline_execution", name="shop")
    (found,) = aws.run("codepipeline_info", executions=2).pipelines
    assert len(found["executions"]) == 2
    assert aws.run("codepipeline_info", name="other").pipelines == []


def test_builds_of_a_project_say_why_they_failed(aws):
    pipeline(aws)
    CLOCK.advance(600)
    done(aws, "codepipeline_info", name="shop")
    plans.plan("build_fails", project="shop-image", times=1)
    assert aws.run("codepipeline_execution", name="shop").failed
    failed, succeeded = aws.run("codebuild_build_info", name="shop-image").builds
    assert (succeeded["build_status"], succeeded["failure"]) == ("SUCCEEDED", "")
    assert failed["failure"].startswith("BUILD COMMAND_EXECUTION_ERROR: Error while executing command: make test")
    assert aws.run("codebuild_build_info", ids=[failed["id"]]).builds == [failed]
    assert len(aws.run("codebuild_build_info", name="shop-image", builds=1).builds) == 1
    assert aws.run("codebuild_build_info", name="other").builds == []
