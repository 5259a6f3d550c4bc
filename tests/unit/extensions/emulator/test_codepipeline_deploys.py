# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Deploy actions of emulated pipelines depend on what is deployed to: ECS services, CodeDeploy groups, buckets."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.delivery import BUILD, DEPLOY, blue_green, pipeline, register

pytestmark = pytest.mark.usefixtures("still")

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


def test_a_service_is_deployed_to_and_waited_for(aws, service):
    before = aws.client("ecs").describe_services(cluster="shop", services=["web"])["services"][0]["deployments"][0]["id"]
    pipeline(aws, stages=[BUILD, service])
    assert walk(aws, 10)["latestExecution"]["status"] == "Succeeded"
    after = aws.client("ecs").describe_services(cluster="shop", services=["web"])["services"][0]["deployments"][0]["id"]
    assert after != before


def test_a_service_that_cannot_start_its_tasks_fails_the_stage(aws, service):
    plans.plan("image_missing", image="shop:1")
    pipeline(aws, stages=[BUILD, service])
    stage = walk(aws, 15)
    assert stage["latestExecution"]["status"] == "Failed"
    assert "circuit breaker" in stage["actionStates"][0]["latestExecution"]["errorDetails"]["message"]


def test_a_service_that_does_not_exist_fails_the_stage(aws):
    aws.client("ecs").create_cluster(clusterName="shop")
    pipeline(aws, stages=[BUILD, deploy("ECS", ClusterName="shop", ServiceName="none")])
    assert "Service not found" in walk(aws, 10)["actionStates"][0]["latestExecution"]["errorDetails"]["message"]


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
