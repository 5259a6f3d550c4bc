# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

WEB = {"name": "web", "image": "public.ecr.aws/nginx/nginx:1.27", "port_mappings": [{"container_port": 80}]}
PROXY = {"container_name": "web", "properties": [{"name": "AppPorts", "value": "80"}]}
ROLE = "arn:aws:iam::123456789012:role/shop"


def on_ec2(**more):
    """Return the options of a task that runs on an instance."""
    return {"requires_compatibilities": ["EC2"], **more}


CHAIN = Chain(
    create={"family": "shop", "cpu": 256, "memory": 512, "container_definitions": [WEB]},
    changes=[
        {"cpu": "1 vCPU", "memory": "2 GB"},
        {"container_definitions": [{**WEB, "environment": [{"name": "LEVEL", "value": 3}, {"name": "EMPTY", "value": ""}]}]},
        {"container_definitions": [{**WEB, "docker_labels": {"Some.Label": "x"}, "health_check": {"command": ["CMD", "true"]}}]},
        {"execution_role_arn": ROLE},
        {"task_role_arn": ROLE},
        {"runtime_platform": {"cpu_architecture": "ARM64"}},
        {"volumes": [{"name": "data", "efs_volume_configuration": {"file_system_id": "fs-1", "root_directory": "/"}}]},
        {"volumes": []},
        {"ephemeral_storage_gib": 40},
        {"pid_mode": "task"},
        {"enable_fault_injection": True},
        on_ec2(network_mode="bridge"),
        on_ec2(placement_constraints=[{"expression": "attribute:ecs.instance-type == t3.small"}]),
        on_ec2(ipc_mode="task"),
        on_ec2(proxy_configuration=PROXY),
        {"keep_revisions": 3},
    ],
    at_creation={"family"},
    elsewhere={"compare_with"},
    invalid=[
        ({"memory": 4096}, "Fargate has no task with 256 CPU units and 4096 MiB: memory can be 512, 1024, 2048."),
        ({"cpu": 300}, "Fargate has no tasks with 300 CPU units"),
        ({"container_definitions": []}, "container_definitions is empty"),
        ({"container_definitions": [WEB, WEB]}, "web is used more than once"),
        ({"container_definitions": [{**WEB, "essential": False}]}, "has to be essential"),
        ({"network_mode": "bridge"}, "Fargate needs network_mode awsvpc"),
        ({"container_definitions": [{**WEB, "secrets": [{"name": "A", "value_from": "/a"}]}]}, "execution_role_arn is missing"),
        ({"keep_revisions": 0}, "keep_revisions has to be 1 or more"),
        ({"ephemeral_storage_gib": 20}, "takes 21 to 200"),
        ({"container_definitions": [{**WEB, "imgae": "nginx"}]}, "did you mean image?"),
    ],
)
