# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import shapes
from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.containers import ACCOUNT, Containers

ON_DEMAND = {"capacity_provider": "FARGATE", "weight": 1, "base": 1}
SPOT = {"capacity_provider": "FARGATE_SPOT", "weight": 2}
CANARY = {"strategy": "CANARY", "canary_configuration": {"canary_percent": 10, "canary_bake_time_in_minutes": 1}}
PAUSE = {"target_type": "PAUSE", "lifecycle_stages": ["PRODUCTION_TRAFFIC_SHIFT"]}


def prepare(aws):
    """Make everything around the service. Some changes below need ids of it, so they are filled in here."""
    shop = Containers(aws, balanced=True)
    shop.iam.create_role(RoleName="task", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}')
    shop.define()
    ports = [{"containerPort": 8000, "name": "http"}]
    shop.define(image="public.ecr.aws/nginx/nginx:1.28", portMappings=ports, task_role=f"arn:aws:iam::{ACCOUNT}:role/task")
    maps = aws.client("servicediscovery")
    maps.create_private_dns_namespace(Name="shop.internal", Vpc=shop.network["vpc"])
    shop.pass_time(minutes=1)
    space = maps.list_namespaces()["Namespaces"][0]
    records = {"DnsRecords": [{"Type": "A", "TTL": 10}]}
    registry = maps.create_service(Name="web", NamespaceId=space["Id"], DnsConfig=records)["Service"]["Arn"]
    NETWORK["awsvpc_configuration"] = {"subnets": shop.network["subnets"], "security_groups": [shop.network["group"]]}
    FEWER["awsvpc_configuration"] = {**NETWORK["awsvpc_configuration"], "subnets": shop.network["subnets"][:1]}
    BALANCERS[:] = shapes.from_api(shop.balancers)
    REGISTRIES[:] = [{"registry_arn": registry}]
    CONNECT.update(enabled=True, namespace=space["Arn"], services=[{"port_name": "http", "client_aliases": [{"port": 80}]}])
    return {}


NETWORK, FEWER, BALANCERS, REGISTRIES, CONNECT = {}, {}, [], [], {}

CHAIN = Chain(
    create={
        "name": "web",
        "cluster": "shop",
        "task_definition": "web:1",
        "desired_count": 1,
        "capacity_provider_strategy": [ON_DEMAND],
        "network_configuration": NETWORK,
        "wait_timeout": 7200,
    },
    prepare=prepare,
    changes=[
        {"task_definition": "web"},
        {"desired_count": 2},
        {"network_configuration": FEWER},
        {"capacity_provider_strategy": [SPOT, ON_DEMAND]},
        {"platform_version": "1.4.0"},
        {"load_balancers": BALANCERS},
        {"health_check_grace_period_seconds": 30},
        {"deployment_configuration": {"deployment_circuit_breaker": {"enable": True, "rollback": True}}},
        {"deployment_configuration": {**CANARY, "bake_time_in_minutes": 1}},
        {"deployment_configuration": {"strategy": "BLUE_GREEN", "bake_time_in_minutes": 2}},
        {"deployment_configuration": {"strategy": "ROLLING", "minimum_healthy_percent": 50}},
        {"service_registries": REGISTRIES},
        {"service_registries": []},
        {"service_connect_configuration": CONNECT},
        {"service_connect_configuration": {"enabled": False}},
        {"availability_zone_rebalancing": "DISABLED"},
        {"enable_execute_command": True},
        {"enable_ecs_managed_tags": True},
        {"propagate_tags": "SERVICE"},
        {"placement_constraints": [{"type": "distinctInstance"}]},
        {"placement_strategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}]},
        {"health_check_grace_period_seconds": 0, "load_balancers": []},
    ],
    refused=[
        ({"launch_type": "EC2", "capacity_provider_strategy": None}, "cannot be changed in place"),
        ({"scheduling_strategy": "DAEMON"}, "cannot be changed in place"),
    ],
    elsewhere={"cluster", "deployment_controller", "force_new_deployment", "volume_configurations", "vpc_lattice_configurations"},
    invalid=[
        (
            {"deployment_configuration": {"minimum_healthy_percent": 150, "maximum_percent": 120}},
            "150 is greater than maximum_percent 120",
        ),
        ({"deployment_configuration": {"minimum_healthy_percent": 100, "maximum_percent": 100}}, "neither start a new task"),
        ({"deployment_configuration": CANARY}, "needs load_balancers or service_connect_configuration"),
        ({"deployment_configuration": {"strategy": "LINEAR", "linear_configuration": {"step_percent": 1}}}, "step_percent is 1"),
        ({"deployment_configuration": {"strategy": "ROLLING", "canary_configuration": {}}}, "belongs to strategy CANARY"),
        ({"deployment_configuration": {"stratgy": "ROLLING"}}, "did you mean strategy?"),
        ({"deployment_configuration": {"strategy": "BLUE_GREEN", "lifecycle_hooks": [PAUSE]}}, "a PAUSE hook cannot wait"),
        ({"launch_type": "FARGATE"}, "Give either launch_type or capacity_provider_strategy"),
        ({"capacity_provider_strategy": [ON_DEMAND, {**SPOT, "base": 1}]}, "Only one capacity provider may have a base"),
        ({"health_check_grace_period_seconds": 30}, "needs load_balancers"),
        ({"enable_execute_command": True}, "needs a task role"),
        ({"task_definition": None}, "task_definition has to be given"),
        ({"task_definition": "api"}, "there is no task definition api"),
    ],
)
