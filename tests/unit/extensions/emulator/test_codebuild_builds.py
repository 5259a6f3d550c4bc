# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Builds of the emulated account run through their phases and end, in the account's time."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.delivery import role


@pytest.fixture
def codebuild(aws):
    client = aws.client("codebuild")
    client.create_project(
        name="backend",
        source={"type": "CODEPIPELINE", "buildspec": "a.yml"},
        artifacts={"type": "CODEPIPELINE"},
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=role(aws, "build", "codebuild"),
        timeoutInMinutes=10,
        concurrentBuildLimit=1,
    )
    return client


def build_of(codebuild, key):
    return codebuild.batch_get_builds(ids=[key])["builds"][0]


def test_a_build_runs_and_succeeds(codebuild):
    key = codebuild.start_build(projectName="backend", sourceVersion="main")["build"]["id"]
    CLOCK.advance(30)
    running = build_of(codebuild, key)
    assert (running["buildStatus"], running["buildComplete"]) == ("IN_PROGRESS", False)
    assert running["currentPhase"] in ("INSTALL", "PRE_BUILD")
    assert "endTime" not in running
    CLOCK.advance(120)
    done = build_of(codebuild, key)
    assert (done["buildStatus"], done["currentPhase"], done["sourceVersion"]) == ("SUCCEEDED", "COMPLETED", "main")
    assert [phase["phaseType"] for phase in done["phases"]][-3:] == ["UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"]
    assert codebuild.list_builds_for_project(projectName="backend")["ids"] == [key]


def test_a_planned_failure_happens_in_its_phase_and_once(codebuild):
    plans.plan("build_fails", project="backend", phase="PRE_BUILD", times=1)
    key = codebuild.start_build(projectName="backend")["build"]["id"]
    CLOCK.advance(150)
    failed = build_of(codebuild, key)
    assert failed["buildStatus"] == "FAILED"
    phases = {phase["phaseType"]: phase for phase in failed["phases"]}
    assert phases["PRE_BUILD"]["contexts"][0]["statusCode"] == "COMMAND_EXECUTION_ERROR"
    assert "BUILD" not in phases
    retried = codebuild.retry_build(id=key)["build"]["id"]
    CLOCK.advance(150)
    assert build_of(codebuild, retried)["buildStatus"] == "SUCCEEDED"


def test_a_build_that_takes_too_long_times_out(codebuild):
    plans.plan("build_takes", project="backend", seconds=4000)
    key = codebuild.start_build(projectName="backend")["build"]["id"]
    CLOCK.advance(500)
    assert build_of(codebuild, key)["buildStatus"] == "IN_PROGRESS"
    CLOCK.advance(150)
    assert build_of(codebuild, key)["buildStatus"] == "TIMED_OUT"


def test_a_build_can_be_stopped(codebuild):
    key = codebuild.start_build(projectName="backend")["build"]["id"]
    CLOCK.advance(30)
    assert codebuild.stop_build(id=key)["build"]["buildStatus"] == "STOPPED"
    CLOCK.advance(500)
    assert build_of(codebuild, key)["buildStatus"] == "STOPPED"


def test_the_projects_limit_of_builds_holds(codebuild):
    codebuild.start_build(projectName="backend")
    with pytest.raises(ClientError, match="AccountLimitExceeded"):
        codebuild.start_build(projectName="backend")
    CLOCK.advance(150)
    codebuild.start_build(projectName="backend")


def test_a_build_overrides_its_project(codebuild):
    build = codebuild.start_build(
        projectName="backend",
        environmentVariablesOverride=[{"name": "STAGE", "value": "dev"}],
        buildspecOverride="b.yml",
        privilegedModeOverride=True,
        timeoutInMinutesOverride=5,
    )["build"]
    assert build["source"]["buildspec"] == "b.yml"
    assert build["environment"]["environmentVariables"] == [{"name": "STAGE", "value": "dev", "type": "PLAINTEXT"}]
    assert (build["environment"]["privilegedMode"], build["timeoutInMinutes"]) == (True, 5)


def test_projects_are_checked_like_on_aws(codebuild):
    with pytest.raises(ClientError, match="can only be used with source type CODEPIPELINE"):
        codebuild.update_project(name="backend", artifacts={"type": "NO_ARTIFACTS"})
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        codebuild.update_project(name="backend", serviceRole="arn:aws:iam::123456789012:role/unknown")
    with pytest.raises(ClientError, match="Project cannot be found"):
        codebuild.start_build(projectName="frontend")
    assert codebuild.batch_get_projects(names=["backend", "frontend"])["projectsNotFound"] == ["frontend"]
