# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""T3: the backend runs on Fargate, scales, logs, and may do what it needs and no more."""

from __future__ import annotations

import json

import pytest

NAME = "test-data-tool-dev"
RESOURCE = f"service/{NAME}/backend"


def test_it_runs_as_many_tasks_as_the_table_says(aws, service, sizes):
    assert service["desiredCount"] == service["runningCount"] == sizes.service_tasks == 1
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    arns = aws("ecs").list_tasks(cluster=NAME, serviceName="backend")["taskArns"]
    [task] = aws("ecs").describe_tasks(cluster=NAME, tasks=arns)["tasks"]
    assert task["lastStatus"] == "RUNNING"


def test_it_answers_behind_the_load_balancer(aws, service):
    [behind] = service["loadBalancers"]
    health = aws("elbv2").describe_target_health(TargetGroupArn=behind["targetGroupArn"])["TargetHealthDescriptions"]
    assert [target["TargetHealth"]["State"] for target in health] == ["healthy"]
    assert behind["containerPort"] == 8000


def test_sized_by_the_table(definition, sizes):
    assert definition["cpu"] == str(sizes.service_cpu) == "256"
    assert definition["memory"] == str(sizes.service_memory_mb) == "512"
    assert definition["requiresCompatibilities"] == ["FARGATE"]
    assert definition["networkMode"] == "awsvpc"


def test_it_stands_in_private_subnets_without_a_public_address(service, tiers, groups):
    place = service["networkConfiguration"]["awsvpcConfiguration"]
    assert set(place["subnets"]) == {subnet["SubnetId"] for subnet in tiers["private"]}
    assert place["securityGroups"] == [groups["service"]["GroupId"]]
    assert place["assignPublicIp"] == "DISABLED"


def test_the_image_is_pinned_by_digest(definition):
    [container] = definition["containerDefinitions"]
    assert "@sha256:" in container["image"]
    assert container["readonlyRootFilesystem"]


def test_a_failed_deployment_is_rolled_back(service):
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_it_scales_on_cpu_and_on_memory(aws, sizes):
    scaling = aws("application-autoscaling")
    [target] = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[RESOURCE])["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (sizes.service_tasks, sizes.service_tasks_max)
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=RESOURCE)["ScalingPolicies"]
    metrics = {
        p["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]["PredefinedMetricType"] for p in policies
    }
    assert metrics == {"ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization"}


def test_its_log_group_is_its_own(aws, definition, key_arns, sizes):
    [container] = definition["containerDefinitions"]
    name = container["logConfiguration"]["options"]["awslogs-group"]
    assert name == "/ecs/dev/backend"
    [group] = aws("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == sizes.platform_log_days == 7
    assert group["kmsKeyId"] == key_arns["logs"]


def statements(aws, role):
    """Return the statements of all policies of a role that are ours."""
    iam, found = aws("iam"), []
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
        found += document["Statement"]
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
    return found


def as_list(value):
    return value if isinstance(value, list) else [value]


def test_the_execution_role_may_start_this_container_and_nothing_else(aws, definition, database):
    secret = database["MasterUserSecret"]["SecretArn"]
    found = statements(aws, definition["executionRoleArn"].rsplit("/", 1)[-1])
    everywhere = [s for s in found if "*" in as_list(s["Resource"])]
    assert [s["Action"] for s in everywhere] == ["ecr:GetAuthorizationToken"]  # AWS knows no narrower resource for it
    assert not [action for s in found for action in as_list(s["Action"]) if action.endswith(":*")]
    [reading] = [s for s in found if s["Action"] == "secretsmanager:GetSecretValue"]
    assert secret in reading["Resource"]
    assert len(reading["Resource"]) == 2


def test_the_task_role_may_do_nothing_that_nobody_asked_for(aws, definition):
    assert statements(aws, definition["taskRoleArn"].rsplit("/", 1)[-1]) == []


def test_every_role_is_bounded(aws):
    roles = [role for role in aws("iam").list_roles()["Roles"] if role["RoleName"].startswith(NAME)]
    assert len(roles) >= 6
    boundary = f"arn:aws:iam::123456789012:policy/{NAME}-boundary"
    for role in roles:
        described = aws("iam").get_role(RoleName=role["RoleName"])["Role"]
        assert described["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary, role["RoleName"]


@pytest.mark.parametrize("name", ["DATABASE_USER", "DATABASE_PASSWORD", "JWT_SECRET"])
def test_secrets_are_references(definition, name):
    [container] = definition["containerDefinitions"]
    values = {secret["name"]: secret["valueFrom"] for secret in container["secrets"]}
    assert values[name].startswith("arn:aws:secretsmanager:")
    assert name not in {variable["name"] for variable in container["environment"]}


def test_no_secret_value_is_in_the_task_definition(aws, definition):
    secrets = aws("secretsmanager")
    for row in secrets.list_secrets()["SecretList"]:
        value = secrets.get_secret_value(SecretId=row["ARN"])["SecretString"]
        words = json.loads(value).values() if value.startswith("{") else [value]
        assert not [word for word in words if len(word) > 16 and word in json.dumps(definition, default=str)]


def test_secrets_that_do_not_rotate_say_why(aws):
    for row in aws("secretsmanager").list_secrets()["SecretList"]:
        tags = {tag["Key"]: tag["Value"] for tag in row.get("Tags", [])}
        assert (
            row.get("RotationEnabled")
            or row.get("OwningService")
            or (tags["Rotation"] == "none" and "No rotation:" in row["Description"])
        )


def test_cors_allows_the_frontend_only(definition):
    [container] = definition["containerDefinitions"]
    values = {variable["name"]: variable["value"] for variable in container["environment"]}
    assert values["CORS_ORIGIN"] == "https://app.dev.test-data-tool.example.com"
