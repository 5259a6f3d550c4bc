# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""T5: from a commit through dev and staging, past a person, to production."""

from __future__ import annotations

import json

import pytest

NAME = "test-data-tool-dev"


@pytest.fixture(scope="session")
def pipeline(aws):
    return aws("codepipeline").get_pipeline(name=NAME)["pipeline"]


@pytest.fixture(scope="session")
def stages(pipeline):
    return {stage["name"]: stage for stage in pipeline["stages"]}


@pytest.fixture(scope="session")
def projects(aws):
    codebuild = aws("codebuild")
    return {
        p["name"].removeprefix(f"{NAME}-"): p
        for p in codebuild.batch_get_projects(names=codebuild.list_projects()["projects"])["projects"]
    }


def builds(stage):
    """Return what the actions of a stage build, in the order in which they run."""
    actions = sorted(stage["actions"], key=lambda action: action.get("runOrder", 1))
    return [action["configuration"].get("ProjectName", "").removeprefix(f"{NAME}-") for action in actions]


def told(action):
    """Return the variables that an action gives its build."""
    return {
        variable["name"]: variable["value"] for variable in json.loads(action["configuration"].get("EnvironmentVariables", "[]"))
    }


def test_the_source_is_github_through_a_connection(aws, stages, pipeline):
    [source] = stages["Source"]["actions"]
    assert source["actionTypeId"]["provider"] == "CodeStarSourceConnection"
    [connection] = aws("codeconnections").list_connections()["Connections"]
    assert source["configuration"]["ConnectionArn"] == connection["ConnectionArn"]
    assert connection["ProviderType"] == "GitHub"
    [trigger] = pipeline["triggers"]
    assert trigger["gitConfiguration"]["push"] == [{"branches": {"includes": ["main"]}}]


def test_the_order_of_the_stages(pipeline):
    assert [stage["name"] for stage in pipeline["stages"]] == ["Source", "Build", "Dev", "Staging", "Approval", "Production"]


def test_nothing_is_deployed_before_tests_scans_and_image(stages):
    assert set(builds(stages["Build"])) == {"backend-tests", "frontend-tests", "security-scans", "image", "plan"}
    orders = {action["name"]: action["runOrder"] for action in stages["Build"]["actions"]}
    assert max(orders["BackendTests"], orders["FrontendTests"], orders["SecurityScans"]) < orders["Image"]


@pytest.mark.parametrize(
    ("stage", "suites"), [("Dev", {"integration", "smoke"}), ("Staging", {"end_to_end", "load"}), ("Production", {"smoke"})]
)
def test_every_environment_is_tested_after_it_is_deployed(stages, stage, suites):
    actions = {action["name"]: action for action in stages[stage]["actions"]}
    deploy = actions["Deploy"]["runOrder"]
    tested = {told(action)["SUITE"]: action["runOrder"] for action in actions.values() if "SUITE" in told(action)}
    assert set(tested) == suites
    assert all(order > deploy for order in tested.values())


def test_a_person_decides_about_production(stages):
    [approval] = stages["Approval"]["actions"]
    assert approval["actionTypeId"]["category"] == "Approval"


def test_a_failure_in_production_brings_back_what_was_there(stages):
    assert stages["Production"]["onFailure"]["result"] == "ROLLBACK"


def test_the_commit_that_was_tested_is_deployed_everywhere(stages):
    for stage in ("Dev", "Staging", "Production"):
        [deploy] = [action for action in stages[stage]["actions"] if action["name"] == "Deploy"]
        assert told(deploy)["TAG"] == "#{source.CommitId}"


def test_every_environment_has_an_account_of_its_own(aws, stages):
    accounts = {}
    for stage in ("Dev", "Staging", "Production"):
        [deploy] = [action for action in stages[stage]["actions"] if action["name"] == "Deploy"]
        accounts[told(deploy)["ENVIRONMENT"]] = told(deploy)["ACCOUNT"]
    assert len(set(accounts.values())) == 3
    deployers = [f"arn:aws:iam::{account}:role/test-data-tool-{name}-deploy" for name, account in accounts.items()]
    iam = aws("iam")
    [policy] = [p for p in iam.list_policies(Scope="Local")["Policies"] if p["PolicyName"] == f"{NAME}-build"]
    document = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]["Document"]
    [assume] = [s for s in document["Statement"] if "sts:AssumeRole" in s["Action"]]
    assert assume["Resource"] == deployers


def test_only_the_builds_of_the_platform_become_deployers(aws):
    trust = aws("iam").get_role(RoleName=f"{NAME}-deploy")["Role"]["AssumeRolePolicyDocument"]
    [statement] = trust["Statement"]
    pattern = statement["Condition"]["ArnLike"]["aws:PrincipalArn"]
    assert pattern in (
        "arn:aws:iam::123456789012:role/test-data-tool-*-build",
        ["arn:aws:iam::123456789012:role/test-data-tool-*-build"],
    )


def test_builds_are_encrypted_logged_and_privileged_only_for_images(projects, key_arns):
    for name, project in projects.items():
        assert project["encryptionKey"] == key_arns["data"]
        assert project["logsConfig"]["cloudWatchLogs"]["groupName"] == f"/codebuild/{NAME}"
        assert project["environment"]["privilegedMode"] is (name == "image")


def test_artifacts_are_encrypted_with_a_customer_key(pipeline, key_arns):
    assert pipeline["artifactStore"]["encryptionKey"]["id"] == key_arns["data"]
    assert (pipeline["pipelineType"], pipeline["executionMode"]) == ("V2", "QUEUED")


def test_buildspecs_are_readable(projects):
    for project in projects.values():
        spec = json.loads(project["source"]["buildspec"])
        assert spec["version"] == 0.2
        assert spec["phases"]["build"]["commands"]
