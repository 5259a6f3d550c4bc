# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A run says what became of a deployment: no image, the right image, an image that crashes. The tests build on each other.

``orders`` is deployed in the rolling way, ``payments`` by shifting its traffic.
"""

from __future__ import annotations

import os

import boto3
import pytest

from ansible_collections.slipway.aws.extensions.emulator import cli
from ansible_collections.slipway.aws.tests.support.play import run

INVENTORY = f"{os.environ['MOLECULE_EPHEMERAL_DIRECTORY']}/inventory"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-test"
URI = f"{REGISTRY}/orders"


@pytest.fixture(scope="module")
def ecs():
    return boto3.client("ecs")


def service(ecs, name="orders"):
    return ecs.describe_services(cluster="shop-test", services=[name])["services"][0]


def image(ecs, name="orders"):
    definition = ecs.describe_task_definition(taskDefinition=service(ecs, name)["taskDefinition"])["taskDefinition"]
    return definition["containerDefinitions"][0]["image"]


def deploy(tag="", name="orders"):
    """Run the layer of services as a pipeline would, with a tag of an image."""
    tagged = ["-e", f"service_image_tag={tag}"] if tag else []
    return run("layer", INVENTORY, "-e", "layer_name=Services", "-e", f"layer_hosts={name}", *tagged)


def push(tag, name="orders"):
    assert cli.push(f"shop-test/{name}", tag) == 0
    found = boto3.client("ecr").describe_images(repositoryName=f"shop-test/{name}", imageIds=[{"imageTag": tag}])
    return f"{REGISTRY}/{name}@{found['imageDetails'][0]['imageDigest']}"


def push_what_crashes(tag, name="orders"):
    log = ["Traceback (most recent call last):", "KeyError: 'DATABASE_HOST'"]
    cli.call(os.environ["AWS_ENDPOINT_URL"], "plans", kind="task_exits", image=push(tag, name), exit_code=3, log=log)


def weights(name):
    """Return the weights of the target groups that the rule of a service leads to, by name."""
    elb = boto3.client("elbv2")
    [balancer] = elb.describe_load_balancers(Names=["shop-test"])["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    rules = [rule for each in listeners for rule in elb.describe_rules(ListenerArn=each["ListenerArn"])["Rules"]]
    groups = [action["ForwardConfig"]["TargetGroups"] for rule in rules for action in rule["Actions"] if "ForwardConfig" in action]
    named = [{group["TargetGroupArn"].split("/")[1]: group.get("Weight", 1) for group in found} for found in groups]
    return next(found for found in named if f"{name}-test" in found)


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
    push_what_crashes("3.0.0")
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


def test_traffic_is_shifted_and_stays_where_the_deployment_left_it(ecs):
    push("1.0.0", "payments")
    assert deploy("1.0.0", "payments").code == 0
    pushed, before = push("2.0.0", "payments"), weights("payments")
    result = deploy("2.0.0", "payments")
    assert result.code == 0, result.said
    assert image(ecs, "payments") == pushed
    shifted = weights("payments")
    assert sorted(shifted.values()) == [0, 100]
    assert shifted == {name: 100 - weight for name, weight in before.items()}
    for _again in range(2):
        whole_site = run("site", INVENTORY, "-e", "playbook_environment=test")
        assert whole_site.code == 0, whole_site.said
        assert set(whole_site.changed.values()) == {0}, whole_site.changed
        assert whole_site.writes == []
        assert weights("payments") == shifted


def test_a_canary_that_crashes_ends_the_run_and_the_traffic_stays(ecs):
    before, traffic = image(ecs, "payments"), weights("payments")
    push_what_crashes("3.0.0", "payments")
    result = deploy("3.0.0", "payments")
    assert result.code != 0
    assert "Container payments exited with code 3" in result.words
    assert "KeyError: 'DATABASE_HOST'" in result.words
    assert image(ecs, "payments") == before
    assert service(ecs, "payments")["runningCount"] == 1
    assert weights("payments") == traffic


def test_a_service_that_shifts_its_traffic_does_not_roll_again():
    result = run("layer", INVENTORY, "-e", "layer_hosts=payments", "-e", "service_strategy=ROLLING")
    assert result.code != 0
    assert "payments shifts its traffic (CANARY)" in result.words
    assert result.writes == []
