# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A run says what became of a deployment: no image, the right image, an image that crashes. The tests build on each other."""

from __future__ import annotations

import os

import boto3
import pytest

from ansible_collections.slipway.aws.extensions.emulator import cli
from ansible_collections.slipway.aws.tests.support.play import run

INVENTORY = f"{os.environ['MOLECULE_EPHEMERAL_DIRECTORY']}/inventory"
URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-test/orders"


@pytest.fixture(scope="module")
def ecs():
    return boto3.client("ecs")


def service(ecs):
    return ecs.describe_services(cluster="shop-test", services=["orders"])["services"][0]


def image(ecs):
    definition = ecs.describe_task_definition(taskDefinition=service(ecs)["taskDefinition"])["taskDefinition"]
    return definition["containerDefinitions"][0]["image"]


def deploy(tag=""):
    """Run the layer of services as a pipeline would, with a tag of an image."""
    tagged = ["-e", f"service_image_tag={tag}"] if tag else []
    return run("layer", INVENTORY, "-e", "layer_name=Services", "-e", "layer_hosts=orders", *tagged)


def push(tag):
    assert cli.push("shop-test/orders", tag) == 0
    found = boto3.client("ecr").describe_images(repositoryName="shop-test/orders", imageIds=[{"imageTag": tag}])
    return f"{URI}@{found['imageDetails'][0]['imageDigest']}"


def test_without_an_image_there_is_a_service_without_tasks(ecs):
    assert (service(ecs)["desiredCount"], service(ecs)["runningCount"]) == (0, 0)
    result = deploy()
    assert (result.code, result.changed) == (0, {"orders": 0})
    assert f"docker push {URI}:<tag>" in result.words


def test_a_tag_that_nobody_pushed_is_refused_before_anything_is_written():
    result = deploy("1.0.0")
    assert result.code != 0
    assert "There is no image" in result.words
    assert result.writes == []


def test_the_first_image_is_deployed_and_serves(ecs):
    pushed = push("1.0.0")
    result = deploy("1.0.0")
    assert result.code == 0, result.said
    assert image(ecs) == pushed
    assert service(ecs)["runningCount"] == 1
    group = service(ecs)["loadBalancers"][0]["targetGroupArn"]
    health = boto3.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [target["TargetHealth"]["State"] for target in health] == ["healthy"]


def test_a_run_about_something_else_deploys_nothing(ecs):
    push("2.0.0")
    before = image(ecs)
    result = deploy()
    assert (result.code, result.changed) == (0, {"orders": 0})
    assert image(ecs) == before


def test_what_scaling_has_decided_is_left_alone(ecs):
    ecs.update_service(cluster="shop-test", service="orders", desiredCount=3)
    boto3.client("ecs").get_waiter("services_stable").wait(cluster="shop-test", services=["orders"], WaiterConfig={"Delay": 1})
    result = deploy()
    assert (result.code, result.changed) == (0, {"orders": 0})
    assert service(ecs)["desiredCount"] == 3


def test_an_image_that_crashes_ends_the_run_and_the_old_one_serves(ecs):
    before = image(ecs)
    push("3.0.0")
    lines = ["Traceback (most recent call last):", "KeyError: 'DATABASE_HOST'"]
    cli.call(os.environ["AWS_ENDPOINT_URL"], "plans", kind="task_exits", image=push("3.0.0"), exit_code=3, log=lines)
    result = deploy("3.0.0")
    assert result.code != 0
    assert "Container orders exited with code 3" in result.words
    assert "KeyError: 'DATABASE_HOST'" in result.words
    assert image(ecs) == before
    assert service(ecs)["runningCount"] == 3


def test_the_task_role_may_do_what_the_service_asks_for():
    iam = boto3.client("iam")
    [policy] = [p for p in iam.list_policies(Scope="Local")["Policies"] if p["PolicyName"] == "shop-test-orders-task"]
    document = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]["Document"]
    assert [s["Action"] for s in document["Statement"]] == ["s3:GetObject"]
