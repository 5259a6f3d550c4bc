# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is particular about projects: whole structures, tags that are a part of the project, roles that are new, secrets."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.codebuild import faults
from ansible_collections.slipway.aws.tests.support.delivery import done, rests, role

MODULE = "codebuild_project"
MACHINE = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "compute_type": "BUILD_GENERAL1_SMALL"}


@pytest.fixture
def backend(aws):
    return {
        "name": "backend",
        "source": {"type": "CODEPIPELINE"},
        "environment": MACHINE,
        "service_role": role(aws, "build", "codebuild"),
    }


def test_the_output_goes_where_the_sources_come_from(aws, backend):
    with aws.recorded() as sent:
        done(aws, MODULE, **backend)
    assert sent.parameters("CreateProject")["artifacts"] == {"type": "CODEPIPELINE"}
    with aws.recorded() as sent:
        done(
            aws, MODULE, **{**backend, "name": "site", "source": {"type": "GITHUB", "location": "https://github.com/shop/site.git"}}
        )
    assert sent.parameters("CreateProject")["artifacts"] == {"type": "NO_ARTIFACTS"}


def test_only_what_differs_is_sent_and_a_structure_goes_whole(aws, backend):
    done(aws, MODULE, **backend, timeout_in_minutes=20, cache={"type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE"]})
    with aws.recorded() as sent:
        done(aws, MODULE, **{**backend, "environment": {**MACHINE, "privileged_mode": True}}, timeout_in_minutes=20)
    assert sent.writes == ["UpdateProject"]
    parameters = sent.parameters("UpdateProject")
    assert parameters.keys() == {"name", "environment"}
    assert parameters["environment"]["image"] == MACHINE["image"]
    assert parameters["environment"]["privilegedMode"] is True


def test_the_order_of_variables_and_subnets_is_no_difference(aws, backend):
    variables = [{"name": name, "value": "1"} for name in ("A", "B")]
    network = {"vpc_id": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}
    done(aws, MODULE, **{**backend, "environment": {**MACHINE, "environment_variables": variables}}, vpc_config=network)
    turned = {**backend, "environment": {**MACHINE, "environment_variables": variables[::-1]}}
    rests(aws, MODULE, **turned, vpc_config={**network, "subnets": network["subnets"][::-1]})


def test_what_aws_chooses_by_itself_is_no_difference(aws, backend):
    done(aws, MODULE, **backend)
    aws.client("codebuild").update_project(
        name="backend",
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "hostKernel": "LINUX_KERNEL_6",
        },
    )
    rests(aws, MODULE, **backend)
    older = {**backend, "environment": {**MACHINE, "host_kernel": "LINUX_KERNEL_4"}}
    assert done(aws, MODULE, **older).changed


def test_a_key_that_is_named_by_its_alias_is_the_same_key(aws, backend):
    done(aws, MODULE, **backend, encryption_key="arn:aws:kms:us-east-1:123456789012:alias/shop")
    rests(aws, MODULE, **backend, encryption_key="alias/shop")


def test_tags_are_sent_with_the_project_and_all_of_them(aws, backend):
    done(aws, MODULE, **backend, tags={"Project": "Shop", "Owner": "QA"})
    with aws.recorded() as sent:
        done(aws, MODULE, **backend, tags={"Owner": "Team"}, purge_tags=False)
    assert sent.writes == ["UpdateProject"]
    tags = {tag["key"]: tag["value"] for tag in sent.parameters("UpdateProject")["tags"]}
    assert tags == {"Project": "Shop", "Owner": "Team"}


def test_a_role_that_is_new_gets_a_minute_to_be_known(aws, backend):
    message = f"CodeBuild is not authorized to perform: sts:AssumeRole on {backend['service_role']}"
    fault = aws.fault("codebuild", "CreateProject", times=3, code="InvalidInputException", message=message)
    assert aws.run(MODULE, **backend).changed
    assert fault["times"] == 0


def test_a_role_that_never_comes_is_an_error_in_aws_words(aws, backend):
    result = aws.run(MODULE, **{**backend, "service_role": "arn:aws:iam::123456789012:role/typo"})
    assert result.failed
    assert "sts:AssumeRole on arn:aws:iam::123456789012:role/typo" in result.msg


@pytest.mark.parametrize("name", ["DB_PASSWORD", "token", "GITHUB_TOKEN", "JWT_SECRET", "STRIPE_API_KEY", "AWS_SECRET_ACCESS_KEY"])
def test_names_of_secrets(name):
    assert any(f"Environment variable {name} is a secret" in fault for fault in faults(project(name, "x")))


@pytest.mark.parametrize(
    "name", ["SECRET_ARN", "TOKEN_URL", "PASSWORD_FILE", "KEYBOARD", "TOKENS_PER_MINUTE_PATH", "AWS_ACCESS_KEY_ID"]
)
def test_names_about_secrets(name):
    assert list(faults(project(name, "x"))) == []


def test_a_secret_by_reference_or_without_a_value_is_no_secret():
    assert faults(project("DB_PASSWORD", "shop/db", type="SECRETS_MANAGER")) == []
    assert faults(project("DB_PASSWORD", "")) == []


def project(name, value, **more):
    environment = {"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"}
    return {
        "source": {"type": "CODEPIPELINE"},
        "environment": {**environment, "environmentVariables": [{"name": name, "value": value, **more}]},
    }
