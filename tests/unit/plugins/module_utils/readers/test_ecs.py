# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json
from types import SimpleNamespace

from ansible_collections.slipway.aws.plugins.module_utils.readers import ecs
from ansible_collections.slipway.aws.tests.support.containers import Containers
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back, untagged

CLUSTER, SERVICE, DEFINITION = "AWS::ECS::Cluster", "AWS::ECS::Service", "AWS::ECS::TaskDefinition"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-dev/web:1.27"


def shop(aws, balanced=False):
    """Return everything that a service needs, with a cluster that is ours."""
    found = Containers(aws, balanced)
    assert aws.run("ecs_cluster", name="shop", tags=OURS, container_insights="enabled").changed
    aws.client("ec2").create_tags(Resources=[*found.network["subnets"], found.network["group"]], Tags=PAIRS)
    return found


def serve(aws, needed, definition="web", **more):
    network = {"subnets": needed.network["subnets"], "security_groups": [needed.network["group"]]}
    options = {"network_configuration": {"awsvpc_configuration": network}, "desired_count": 1, "wait": False, **more}
    made = aws.run("ecs_service", name="web", cluster="shop", task_definition=definition, tags=OURS, **options)
    assert not made.failed, made.msg


def test_a_cluster_comes_back(aws):
    shop(aws)
    assert untagged(read_back(aws, CLUSTER)["StorageClusterShop"]) == {
        "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "ClusterName": "shop",
        "ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}],
    }


def test_a_service_comes_back_with_what_it_runs_and_where(aws):
    needed = shop(aws, balanced=True)
    for group in (needed.blue, needed.green):
        needed.elb.add_tags(ResourceArns=[group], Tags=PAIRS)
    needed.define()
    hook = {"target_type": "PAUSE", "lifecycle_stages": ["POST_SCALE_UP", "PRE_SCALE_UP"]}
    canary = {"canary_percent": 10, "canary_bake_time_in_minutes": 5}
    balancer = {
        "target_group_arn": needed.blue,
        "container_name": "web",
        "container_port": 8000,
        "advanced_configuration": {
            "alternate_target_group_arn": needed.green,
            "production_listener_rule": needed.rules[0],
            "role_arn": "arn:aws:iam::123456789012:role/infrastructure",
        },
    }
    serve(
        aws,
        needed,
        capacity_provider_strategy=[{"capacity_provider": "FARGATE_SPOT", "weight": 1, "base": 0}],
        deployment_configuration={"strategy": "CANARY", "canary_configuration": canary, "lifecycle_hooks": [hook]},
        enable_ecs_managed_tags=True,
        health_check_grace_period_seconds=60,
        load_balancers=[balancer],
        propagate_tags="SERVICE",
    )
    found = read_back(aws, SERVICE)["StorageServiceWeb"]
    subnets = found["NetworkConfiguration"]["AwsvpcConfiguration"].pop("Subnets")
    assert [list(each) for each in subnets] == [["Ref"], ["Ref"]]
    rule = found["LoadBalancers"][0]["AdvancedConfiguration"].pop("ProductionListenerRule")
    assert rule["Fn::Sub"].startswith("arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:listener-rule/")
    assert found == {
        "AvailabilityZoneRebalancing": "ENABLED",
        "CapacityProviderStrategy": [{"Base": 0, "CapacityProvider": "FARGATE_SPOT", "Weight": 1}],
        "Cluster": {"Fn::GetAtt": ["StorageClusterShop", "Arn"]},
        "DeploymentConfiguration": {
            "CanaryConfiguration": {"CanaryBakeTimeInMinutes": 5, "CanaryPercent": 10.0},
            "LifecycleHooks": [{"LifecycleStages": ["POST_SCALE_UP", "PRE_SCALE_UP"], "TargetType": "PAUSE"}],
            "MaximumPercent": 200,
            "MinimumHealthyPercent": 100,
            "Strategy": "CANARY",
        },
        "DeploymentController": {"Type": "ECS"},
        "DesiredCount": 1,
        "EnableECSManagedTags": True,
        "EnableExecuteCommand": False,
        "HealthCheckGracePeriodSeconds": 60,
        "LoadBalancers": [
            {
                "AdvancedConfiguration": {
                    "AlternateTargetGroupArn": {"Ref": "StorageTargetGroupGreen"},
                    "RoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/infrastructure"},
                },
                "ContainerName": "web",
                "ContainerPort": 8000,
                "TargetGroupArn": {"Ref": "StorageTargetGroupBlue"},
            }
        ],
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {"AssignPublicIp": "DISABLED", "SecurityGroups": [{"Ref": "StorageSecurityGroupWeb"}]}
        },
        "PlatformVersion": "LATEST",
        "PropagateTags": "SERVICE",
        "SchedulingStrategy": "REPLICA",
        "ServiceName": "web",
        "Tags": PAIRS,
        "TaskDefinition": {"Ref": "StorageTaskDefinitionWeb"},
    }


def test_the_task_definition_that_a_service_runs_comes_back_without_what_aws_fills_in(aws):
    needed = shop(aws)
    aws.run("ecr_repository", name="shop-dev/web", tags=OURS)
    secret = aws.run("secretsmanager_secret", name="shop-dev/web/key", value="x", tags=OURS).secret["arn"]
    web = {
        "name": "web",
        "image": IMAGE,
        "port_mappings": [{"container_port": 8000, "name": "http"}],
        "environment": [{"name": "LEVEL", "value": 3}, {"name": "EMPTY", "value": ""}],
        "secrets": [{"name": "KEY", "value_from": f"{secret}:key::"}],
        "docker_labels": {"some.label": "x"},
        "mount_points": [{"source_volume": "data", "container_path": "/data", "read_only": True}],
        "health_check": {"command": ["CMD", "true"], "interval": 10},
    }
    efs = {"file_system_id": "fs-12345678", "transit_encryption": "ENABLED", "authorization_config": {"iam": "ENABLED"}}
    made = aws.run(
        "ecs_task_definition",
        family="shop-dev-web",
        cpu=256,
        memory=512,
        container_definitions=[web],
        execution_role_arn="arn:aws:iam::123456789012:role/execution",
        volumes=[{"name": "data", "efs_volume_configuration": efs}],
        tags=OURS,
    )
    serve(aws, needed, made.task_definition["arn"])
    assert read_back(aws, DEFINITION) == {
        "StorageTaskDefinitionWeb": {
            "ContainerDefinitions": [
                {
                    "DockerLabels": {"some.label": "x"},
                    "Environment": [{"Name": "EMPTY", "Value": ""}, {"Name": "LEVEL", "Value": "3"}],
                    "HealthCheck": {"Command": ["CMD", "true"], "Interval": 10},
                    "Image": {"Fn::Sub": "${StorageRepositoryWeb.RepositoryUri}:1.27"},
                    "MountPoints": [{"ContainerPath": "/data", "ReadOnly": True, "SourceVolume": "data"}],
                    "Name": "web",
                    "PortMappings": [{"ContainerPort": 8000, "Name": "http"}],
                    "Secrets": [{"Name": "KEY", "ValueFrom": {"Fn::Sub": "${StorageSecretWebKey}:key::"}}],
                }
            ],
            "Cpu": "256",
            "ExecutionRoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/execution"},
            "Family": "shop-dev-web",
            "Memory": "512",
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "Tags": PAIRS,
            "Volumes": [
                {
                    "EFSVolumeConfiguration": {
                        "AuthorizationConfig": {"IAM": "ENABLED"},
                        "FilesystemId": "fs-12345678",
                        "TransitEncryption": "ENABLED",
                    },
                    "Name": "data",
                }
            ],
        }
    }


def test_service_connect_is_told_by_the_deployment_alone(aws):
    needed = shop(aws)
    needed.define(portMappings=[{"containerPort": 8000, "name": "http"}])
    space = aws.run("servicediscovery_namespace", name="shop.internal", type="HTTP", tags=OURS).namespace["arn"]
    connect = {"enabled": True, "namespace": space, "services": [{"port_name": "http", "client_aliases": [{"port": 80}]}]}
    serve(aws, needed, service_connect_configuration=connect)
    found = read_back(aws, SERVICE)["StorageServiceWeb"]["ServiceConnectConfiguration"]
    assert json.dumps(found.pop("Namespace")).count("StorageHttpNamespace") == 1
    assert found == {"Enabled": True, "Services": [{"ClientAliases": [{"Port": 80}], "PortName": "http"}]}
    serve(aws, needed, service_connect_configuration={"enabled": False})
    assert "ServiceConnectConfiguration" not in read_back(aws, SERVICE)["StorageServiceWeb"]


def test_what_is_gone_or_somebody_elses_does_not_come_back(aws):
    needed = shop(aws)
    needed.create()  # without our tags
    assert read_back(aws, SERVICE, DEFINITION) == {}
    needed.ecs.tag_resource(resourceArn=needed.service["serviceArn"], tags=[{"key": "Project", "value": "Shop"}])
    found = read_back(aws, SERVICE, DEFINITION)
    assert sorted(found) == ["StorageServiceWeb", "StorageTaskDefinitionWeb"]  # they hang on the cluster, so it is their component
    needed.ecs.delete_service(cluster="shop", service="web", force=True)
    assert read_back(aws, SERVICE, DEFINITION) == {}


def test_a_service_that_ends_is_not_there():
    # AWS lists a service for as long as its tasks drain; the emulated account does not.
    draining = {"serviceArn": "arn:aws:ecs:x", "serviceName": "web", "status": "DRAINING", "tags": []}
    calls = SimpleNamespace(pages=lambda *_a, **_k: ["arn:aws:ecs:x"], read=lambda *_a, **_k: {"services": [draining]})
    account = SimpleNamespace(api=lambda *_a: calls, ours=lambda _tags: True)
    assert list(ecs.services(account, SimpleNamespace(arn="arn"))) == []
