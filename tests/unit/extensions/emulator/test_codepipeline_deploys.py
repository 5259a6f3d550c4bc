# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Deploy actions of emulated pipelines depend on what is deployed to: ECS services, CodeDeploy groups, buckets."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.delivery import (
    BUILD,
    DEPLOY,
    IMAGE,
    approval,
    blue_green,
    pipeline,
    register,
)

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def deploy(provider, **configuration):
    kind = {"category": "Deploy", "provider": provider}
    action = {"name": "Web", "action_type_id": kind, "configuration": configuration, "input_artifacts": [{"name": "Image"}]}
    return {"name": "Deploy", "actions": [action]}


@pytest.fixture
def service(aws):
    """Return the stage that deploys to a service which ECS itself deploys."""
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = aws.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="shop")
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    common = {"cluster": "shop", "launchType": "FARGATE", "networkConfiguration": network, "deploymentConfiguration": BREAKER}
    ecs.create_service(serviceName="web", taskDefinition=register(aws), desiredCount=1, **common)
    CLOCK.advance(300)
    ecs.describe_services(cluster="shop", services=["web"])
    return deploy("ECS", ClusterName="shop", ServiceName="web", DeploymentTimeout=15)


def last(aws):
    """Return the last stage as it stands."""
    return aws.client("codepipeline").get_pipeline_state(name="shop")["stageStates"][-1]


def walk(aws, minutes):
    for _time in range(minutes * 4):
        CLOCK.advance(15)
        stage = last(aws)
    return stage


@pytest.fixture
def repository(aws):
    """Return the client of ECR and the address of a repository whose tags stay where they are, but for one."""
    ecr = aws.client("ecr")
    excluded = [{"filterType": "WILDCARD", "filter": "latest"}]
    kind = {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": excluded}
    return ecr, ecr.create_repository(repositoryName="shop/web", **kind)["repository"]["repositoryUri"]


def running(aws):
    """Return the image that the service has, and how many tasks run it."""
    ecs = aws.client("ecs")
    service = ecs.describe_services(cluster="shop", services=["web"])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    return definition["containerDefinitions"][0]["image"], service["runningCount"]


def said(stage):
    return stage["actionStates"][0]["latestExecution"]["errorDetails"]["message"]


def tags(ecr):
    return {image["imageTag"]: image["imageDigest"] for image in ecr.list_images(repositoryName="shop/web")["imageIds"]}


def test_a_service_gets_the_image_that_was_built(aws, service, repository):
    ecr, address = repository
    pipeline(aws, stages=[BUILD, service], build=IMAGE)
    assert walk(aws, 10)["latestExecution"]["status"] == "Succeeded"
    present = tags(ecr)
    assert len(present) == 2
    assert running(aws) == (f"{address}@{present['latest']}", 1)
    definition = aws.client("ecs").list_task_definitions(familyPrefix="shop")["taskDefinitionArns"][-1]
    assert definition.endswith("shop:2")


def test_a_commit_can_be_delivered_again(aws, service, repository):
    ecr, _address = repository
    pipeline(aws, stages=[BUILD, service], build=IMAGE)
    walk(aws, 10)
    before = tags(ecr), running(aws)
    aws.client("codepipeline").start_pipeline_execution(name="shop")
    assert walk(aws, 10)["latestExecution"]["status"] == "Succeeded"
    assert (tags(ecr), running(aws)) == before


def test_a_tag_that_is_there_is_not_pushed_again(aws, service, repository):
    careless = {**IMAGE, "afterwards": ["docker push $URL:$COMMIT", *IMAGE["afterwards"]]}
    pipeline(aws, stages=[BUILD, service], build=careless)
    assert walk(aws, 10)["latestExecution"]["status"] == "Succeeded"
    aws.client("codepipeline").start_pipeline_execution(name="shop")
    walk(aws, 10)
    built = aws.client("codepipeline").get_pipeline_state(name="shop")["stageStates"][1]
    assert said(built).endswith("Error while executing command: docker push $URL:$COMMIT. Reason: exit status 1")


@pytest.mark.parametrize(
    ("command", "reached"),
    [
        ("npm", "npm ci"),
        ("npm test", "npm test"),
        ("trivy", "trivy image"),
        ("docker build", "docker pull"),  # || docker build
        ("docker*--tag*shop/web", "docker pull"),
    ],
)
def test_nothing_is_pushed_that_has_not_passed(aws, service, repository, command, reached):
    ecr, _address = repository
    plans.plan("command_fails", project="shop-image", command=command)
    pipeline(aws, stages=[BUILD, service], build=IMAGE)
    walk(aws, 10)
    built, deployed = aws.client("codepipeline").get_pipeline_state(name="shop")["stageStates"][1:]
    assert f"Error while executing command: {reached}" in said(built)
    assert "latestExecution" not in deployed
    assert (tags(ecr), running(aws)) == ({}, ("shop:1", 1))


def test_an_image_that_has_gone_leaves_the_service_as_it_was(aws, service, repository):
    ecr, _address = repository
    pipeline(aws, stages=[BUILD, approval(), service], build=IMAGE)
    walk(aws, 5)
    ecr.batch_delete_image(repositoryName="shop/web", imageIds=[{"imageDigest": digest} for digest in tags(ecr).values()])
    waiting = aws.client("codepipeline").get_pipeline_state(name="shop")["stageStates"][2]["actionStates"][0]
    answer = {"token": waiting["latestExecution"]["token"], "result": {"status": "Approved", "summary": "fine"}}
    aws.client("codepipeline").put_approval_result(pipelineName="shop", stageName="Approve", actionName="Release", **answer)
    stage = walk(aws, 15)
    assert stage["latestExecution"]["status"] == "Failed"
    assert "circuit breaker" in said(stage)
    assert running(aws) == ("shop:1", 1)


def test_an_artifact_without_image_definitions_fails_the_stage(aws, service, repository):
    pipeline(aws, stages=[BUILD, service], build={**IMAGE, "artifacts": {"files": ["other.json"]}})
    assert "Did not find the image definition file imagedefinitions.json" in said(walk(aws, 10))
    assert running(aws) == ("shop:1", 1)


@pytest.mark.parametrize(
    ("text", "words"), [("[{}]", "invalid JSON format"), ('[{"name": "db", "imageUri": "x"}]', "no container db")]
)
def test_image_definitions_that_mean_nothing_fail_the_stage(aws, service, text, words):
    pipeline(
        aws,
        stages=[BUILD, service],
        build={**IMAGE, "commands": ["true"], "afterwards": [f"echo '{text}' > imagedefinitions.json"]},
    )
    assert words in said(walk(aws, 10))


def test_a_service_that_does_not_exist_fails_the_stage(aws):
    aws.client("ecs").create_cluster(clusterName="shop")
    pipeline(aws, stages=[BUILD, deploy("ECS", ClusterName="shop", ServiceName="none")])
    assert "Service not found" in said(walk(aws, 10))


ECS = {
    "Services": {
        "Action": ["ecs:DescribeServices", "ecs:UpdateService"],
        "Resource": "arn:aws:ecs:us-east-1:123456789012:service/shop/web",
    },
    "Definitions": {"Action": ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"], "Resource": "*"},
    "Tasks": {"Action": ["ecs:DescribeTasks", "ecs:ListTasks"], "Resource": "*"},
    "Roles": {"Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/shop-execution"},
    "Rest": {"Action": ["codebuild:*", "codestar-connections:UseConnection"], "Resource": "*"},
}


@pytest.mark.parametrize("missing", ["", "Services", "Definitions", "Tasks", "Roles"])
def test_a_pipeline_does_only_what_its_role_may(aws, service, repository, missing):
    pipeline(aws, stages=[BUILD, service], build=IMAGE)
    statements = [{"Effect": "Allow", **rest} for name, rest in ECS.items() if name != missing]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    aws.client("iam").put_role_policy(RoleName="shop-pipeline", PolicyName="everything", PolicyDocument=document)
    stage = walk(aws, 10)
    assert stage["latestExecution"]["status"] == ("Failed" if missing else "Succeeded")
    if missing:
        assert "sufficient permissions to access ECS" in said(stage)
        assert running(aws) == ("shop:1", 1)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"Action": "ecs:*", "Resource": "*"}, "Unable to use Connection"),
        ({"Action": "codestar-connections:UseConnection", "Resource": "*"}, "not authorized to perform: codebuild:StartBuild"),
    ],
)
def test_sources_and_builds_are_used_with_that_role_as_well(aws, policy, words):
    pipeline(aws, stages=[BUILD, DEPLOY])
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **policy}]})
    aws.client("iam").put_role_policy(RoleName="shop-pipeline", PolicyName="everything", PolicyDocument=document)
    aws.client("codepipeline").start_pipeline_execution(name="shop")
    walk(aws, 5)
    states = aws.client("codepipeline").get_pipeline_state(name="shop")["stageStates"]
    assert words in " ".join(said(state) for state in states if state.get("latestExecution", {}).get("status") == "Failed")


@pytest.mark.parametrize("fails", [False, True])
def test_codedeploy_is_asked_and_waited_for(aws, fails):
    aws.run("codedeploy_application", name="shop")
    made = aws.run("codedeploy_deployment_group", **blue_green(aws)[0])
    assert not made.failed, made.msg
    CLOCK.advance(120)
    if fails:
        plans.plan("deployment_fails", group="web", message="The new version is slow", times=1)
    names = {"ApplicationName": "shop", "DeploymentGroupName": "web"}
    files = {"TaskDefinitionTemplateArtifact": "Image", "AppSpecTemplateArtifact": "Image"}
    pipeline(aws, stages=[BUILD, deploy("CodeDeployToECS", **names, **files)])
    stage = walk(aws, 20)
    (key,) = aws.client("codedeploy").list_deployments()["deployments"]
    latest = stage["actionStates"][0]["latestExecution"]
    assert latest["externalExecutionId"] == key
    assert latest["status"] == ("Failed" if fails else "Succeeded")
    if fails:
        assert latest["errorDetails"]["message"] == "The new version is slow"


def test_a_bucket_that_does_not_exist_fails_the_stage(aws):
    pipeline(aws, stages=[BUILD, DEPLOY])
    aws.client("s3").delete_bucket(Bucket="shop-site")
    assert "does not exist" in walk(aws, 10)["actionStates"][0]["latestExecution"]["errorDetails"]["message"]
