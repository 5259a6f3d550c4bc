# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Emulated ECS services: tasks start and stop over time, and a service is stable only when they run."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, WaiterError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services import ecs_task_sets
from ansible_collections.slipway.aws.extensions.emulator.services.ecs_place import Place
from ansible_collections.slipway.aws.tests.support.containers import ACCOUNT, Containers


@pytest.fixture(autouse=True)
def _time_passes_only_when_told(monkeypatch):
    monkeypatch.setattr(CLOCK, "speed", 0.0)


def stable(shop):
    """Look once, as the waiter of boto3 does."""
    try:
        shop.ecs.get_waiter("services_stable").wait(cluster="shop", services=["web"], WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    except WaiterError:
        return False
    return True


def refused(call, **parameters):
    """Return code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_service_is_stable_only_when_its_tasks_run(aws):
    shop = Containers(aws)
    made = shop.create()
    assert (made["runningCount"], made["pendingCount"], made["status"]) == (0, 0, "ACTIVE")
    assert not stable(shop)
    shop.pass_time(minutes=0.25)
    assert {task["lastStatus"] for task in shop.tasks()} == {"PENDING"}
    assert not stable(shop)
    shop.pass_time(minutes=2)
    assert stable(shop)
    assert {task["lastStatus"] for task in shop.tasks()} == {"RUNNING"}
    assert shop.service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert "has reached a steady state" in shop.service["events"][0]["message"]


def test_tasks_have_addresses_of_their_subnets(aws):
    shop = Containers(aws)
    shop.create()
    shop.pass_time(minutes=0.1)
    ranges = {subnet["SubnetId"]: subnet["CidrBlock"] for subnet in shop.ec2.describe_subnets()["Subnets"]}
    seen = set()
    for task in shop.tasks():
        details = {detail["name"]: detail["value"] for detail in task["attachments"][0]["details"]}
        assert details["privateIPv4Address"].split(".")[:2] == ranges[details["subnetId"]].split(".")[:2]
        assert task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] == details["privateIPv4Address"]
        seen.add(details["subnetId"])
    assert seen == set(shop.network["subnets"])
    interfaces = shop.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert [i["Groups"][0]["GroupId"] for i in interfaces] == [shop.network["group"]] * 2


def test_targets_turn_healthy_before_the_service_is_stable(aws):
    shop = Containers(aws, balanced=True)
    plain = [{key: value for key, value in shop.balancers[0].items() if key != "advancedConfiguration"}]
    shop.create(loadBalancers=plain)
    assert shop.health(shop.blue) == []
    shop.pass_time(minutes=0.6)
    assert shop.health(shop.blue) == ["initial", "initial"]
    assert shop.deployment["status"] == "IN_PROGRESS"
    shop.pass_time(minutes=0.5)
    assert shop.health(shop.blue) == ["healthy", "healthy"]
    assert shop.deployment["status"] == "SUCCESSFUL"
    shop.update(desiredCount=1)
    assert shop.health(shop.blue) == ["draining", "healthy"]
    shop.pass_time(minutes=1)
    assert shop.health(shop.blue) == ["healthy"]


def test_rolling_keeps_enough_tasks_and_starts_not_too_many(aws):
    shop = Containers(aws)
    limits = {"minimumHealthyPercent": 50, "maximumPercent": 100}
    shop.create(desiredCount=4, deploymentConfiguration=limits, availabilityZoneRebalancing="DISABLED")
    shop.pass_time(until="SUCCESSFUL")
    shop.update(taskDefinition=shop.define(image="public.ecr.aws/nginx/nginx:1.28"))
    running, most = [], 0
    while shop.deployment["status"] != "SUCCESSFUL":
        service = shop.service
        running.append(service["runningCount"])
        most = max(most, service["runningCount"] + service["pendingCount"])
        shop.pass_time(minutes=0.1)
    assert (min(running), most) == (2, 4)
    assert shop.revision() == {"web:2"}
    assert len(shop.service["deployments"]) == 1


def test_scaling_is_no_deployment(aws):
    shop = Containers(aws)
    shop.create()
    shop.pass_time(until="SUCCESSFUL")
    shop.update(desiredCount=3, healthCheckGracePeriodSeconds=0)
    assert len(shop.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"]) == 1
    assert not stable(shop)
    shop.pass_time(minutes=1)
    assert len(shop.tasks()) == 3
    assert stable(shop)


def test_a_stopped_task_is_replaced(aws):
    shop = Containers(aws)
    shop.create()
    shop.pass_time(minutes=3)
    victim = shop.tasks()[0]["taskArn"]
    shop.ecs.stop_task(cluster="shop", task=victim, reason="experiment")
    shop.pass_time(minutes=2)
    assert victim not in [task["taskArn"] for task in shop.tasks()]
    assert len(shop.tasks()) == 2
    assert shop.tasks("STOPPED")[0]["stoppedReason"] == "experiment"


def test_tasks_are_spread_over_capacity_providers_by_weight(aws):
    shop = Containers(aws)
    strategy = [{"capacityProvider": "FARGATE", "weight": 7, "base": 1}, {"capacityProvider": "FARGATE_SPOT", "weight": 3}]
    parameters = {"capacityProviderStrategy": strategy, "desiredCount": 11}
    shop.ecs.create_service(
        cluster="shop", serviceName="web", taskDefinition=shop.define(), networkConfiguration=shop.awsvpc, **parameters
    )
    shop.pass_time(minutes=0.1)
    on = [task["capacityProviderName"] for task in shop.tasks()]
    assert (on.count("FARGATE"), on.count("FARGATE_SPOT")) == (8, 3)


def test_missing_capacity_is_told_and_retried(aws):
    shop = Containers(aws)
    shortage = aws.plan("capacity_missing", cluster="shop")
    shop.create()
    shop.pass_time(minutes=1)
    assert shop.tasks() == []
    assert "Capacity is unavailable" in shop.service["events"][0]["message"]
    shortage["times"] = 0
    shop.pass_time(until="SUCCESSFUL")
    assert len(shop.tasks()) == 2


def test_a_service_leaves_in_order(aws):
    shop = Containers(aws)
    shop.create()
    shop.pass_time(minutes=2)
    code, message = refused(shop.ecs.delete_service, cluster="shop", service="web")
    assert (code, message) == ("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
    assert shop.ecs.delete_service(cluster="shop", service="web", force=True)["service"]["status"] == "DRAINING"
    assert refused(shop.ecs.delete_cluster, cluster="shop")[0] == "ClusterContainsServicesException"
    assert refused(shop.update, desiredCount=1)[0] == "ServiceNotActiveException"
    shop.pass_time(minutes=1)
    assert shop.service["status"] == "INACTIVE"
    assert shop.ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    shop.ecs.delete_cluster(cluster="shop")


def test_what_aws_refuses(aws):
    shop = Containers(aws, balanced=True)
    lonely = shop._group("lonely")
    plain = {"targetGroupArn": shop.blue, "containerName": "web", "containerPort": 8000}
    for words, parameters in (
        ("TaskDefinition not found", {"definition": "web:7"}),
        ("subnet-1", {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}}),
        ("Network Configuration must be provided", {"networkConfiguration": {}}),
        ("does not have an associated load balancer", {"loadBalancers": [{**plain, "targetGroupArn": lonely}]}),
        ("The container api does not exist", {"loadBalancers": [{**plain, "containerName": "api"}]}),
        ("did not have a container port 80", {"loadBalancers": [{**plain, "containerPort": 80}]}),
        ("valid taskRoleArn", {"enableExecuteCommand": True}),
        ("Health check grace period", {"healthCheckGracePeriodSeconds": 30}),
        ("requires an Application Load Balancer", {"deploymentConfiguration": {"strategy": "CANARY"}}),
        ("block deployments", {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 100}}),
        ("advancedConfiguration", {"loadBalancers": [plain], "deploymentConfiguration": {"strategy": "BLUE_GREEN"}}),
        ("not associated with the cluster", {"launchType": "", "capacityProviderStrategy": [{"capacityProvider": "MINE"}]}),
    ):
        assert words in refused(shop.create, **parameters)[1]
    shop.create()
    assert refused(shop.create)[1] == "Creation of service was not idempotent."
    assert shop.ecs.describe_services(cluster="shop", services=["api"])["failures"][0]["reason"] == "MISSING"
    role = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    balancer = {**shop.balancers[0], "advancedConfiguration": {**shop.balancers[0]["advancedConfiguration"], "roleArn": role}}
    assert "Unable to assume the role" in refused(shop.update, loadBalancers=[balancer])[1]


def test_codedeploy_replaces_task_sets(aws):
    shop, place = Containers(aws, balanced=True), Place(ACCOUNT, "us-east-1")
    plain = {key: value for key, value in shop.balancers[0].items() if key != "advancedConfiguration"}
    shop.create(loadBalancers=[plain], deploymentController={"type": "CODE_DEPLOY"})
    assert "Use AWS CodeDeploy" in refused(shop.update, taskDefinition="web")[1]
    shop.pass_time(minutes=1)
    old = ecs_task_sets.primary(place, "shop", "web")
    new = ecs_task_sets.start(place, "shop", "web", shop.define(), [{**plain, "targetGroupArn": shop.green}])
    shop.pass_time(minutes=1)
    assert (shop.health(shop.blue), shop.health(shop.green)) == (["healthy"] * 2, ["healthy"] * 2)
    assert new.steady()
    assert [one["status"] for one in shop.service["taskSets"]] == ["PRIMARY", "ACTIVE"]
    ecs_task_sets.promote(new)
    ecs_task_sets.stop(old)
    shop.pass_time(minutes=1)
    assert [one["taskDefinition"].rsplit("/", 1)[-1] for one in shop.service["taskSets"]] == ["web:2"]
    assert shop.revision() == {"web:2"}


def test_cloud_map_knows_the_addresses(aws):
    shop, maps = Containers(aws), aws.client("servicediscovery")
    space = maps.create_private_dns_namespace(Name="shop.internal", Vpc=shop.network["vpc"])["OperationId"]
    space = maps.get_operation(OperationId=space)["Operation"]["Targets"]["NAMESPACE"]
    shop.pass_time(minutes=1)
    records = {"DnsRecords": [{"Type": "A", "TTL": 10}]}
    registry = maps.create_service(Name="web", NamespaceId=space, DnsConfig=records)["Service"]
    shop.create(serviceRegistries=[{"registryArn": registry["Arn"]}])
    shop.pass_time(minutes=0.75)
    known = maps.list_instances(ServiceId=registry["Id"])["Instances"]
    addresses = {task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for task in shop.tasks()}
    assert {instance["Attributes"]["AWS_INSTANCE_IPV4"] for instance in known} == addresses
    shop.ecs.delete_service(cluster="shop", service="web", force=True)
    assert maps.list_instances(ServiceId=registry["Id"])["Instances"] == []


def test_tags_are_found_by_the_index(aws):
    shop = Containers(aws)
    shop.create(tags=[{"key": "Project", "value": "Shop"}], propagateTags="SERVICE", enableECSManagedTags=True)
    shop.pass_time(minutes=0.1)
    filters = [{"Key": "Project", "Values": ["Shop"]}]
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=filters)["ResourceTagMappingList"]
    kinds = sorted(row["ResourceARN"].split(":")[5].split("/")[0] for row in found)
    assert kinds == ["service", "task", "task"]


def test_the_cluster_counts_what_runs_in_it(aws):
    shop = Containers(aws)
    shop.create()
    shop.pass_time(minutes=2)
    shop.ecs.run_task(
        cluster="shop", taskDefinition="web", launchType="FARGATE", networkConfiguration=shop.awsvpc, startedBy="somebody"
    )
    cluster = shop.ecs.describe_clusters(clusters=["shop"])["clusters"][0]
    counts = [cluster[key] for key in ("activeServicesCount", "runningTasksCount", "pendingTasksCount")]
    assert counts == [1, 2, 1]
    shop.ecs.delete_service(cluster="shop", service="web", force=True)
    shop.pass_time(minutes=0.5)
    assert refused(shop.ecs.delete_cluster, cluster="shop")[0] == "ClusterContainsTasksException"
    shop.pass_time(minutes=2)
    shop.ecs.delete_cluster(cluster="shop")
