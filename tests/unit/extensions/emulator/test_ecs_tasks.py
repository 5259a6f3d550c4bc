# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Emulated task definitions and tasks: what AWS fills in, what it refuses, and why a task cannot start."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services import ecs_definition_checks
from ansible_collections.slipway.aws.plugins.module_utils import fargate
from ansible_collections.slipway.aws.tests.support.containers import ACCOUNT, Containers


@pytest.fixture(autouse=True)
def _time_passes_only_when_told(monkeypatch):
    monkeypatch.setattr(CLOCK, "speed", 0.0)


@pytest.fixture
def shop(aws):
    """Return an account with a cluster and what tasks need."""
    return Containers(aws)


def run(shop, definition=None, minutes=3, **more):
    """Run a task and return it after a while."""
    given = {"cluster": "shop", "launchType": "FARGATE", "networkConfiguration": shop.awsvpc, **more}
    task = shop.ecs.run_task(taskDefinition=definition or shop.define(), **given)["tasks"][0]
    shop.pass_time(minutes=minutes)
    return shop.ecs.describe_tasks(cluster="shop", tasks=[task["taskArn"]])["tasks"][0]


def register(shop, **more):
    """Register a task definition of Fargate."""
    given = {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "web", "image": "nginx"}],
    }
    return shop.ecs.register_task_definition(**{**given, **more})["taskDefinition"]


def test_aws_fills_in_defaults_and_counts_revisions(shop):
    container = {
        "name": "web",
        "image": "nginx",
        "portMappings": [{"containerPort": 80}],
        "healthCheck": {"command": ["CMD", "true"]},
    }
    made = register(shop, containerDefinitions=[container], cpu="1 vCPU", memory="2GB")
    assert (made["revision"], made["cpu"], made["memory"], made["compatibilities"]) == (1, "1024", "2048", ["EC2", "FARGATE"])
    filled = made["containerDefinitions"][0]
    assert filled["portMappings"] == [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]
    assert (filled["essential"], filled["cpu"], filled["environment"]) == (True, 0, [])
    assert filled["healthCheck"] == {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3}
    assert register(shop)["revision"] == 2
    assert shop.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 2


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("No Fargate configuration exists", {"memory": "4096"}),
        ("No Fargate configuration exists", {"cpu": "300"}),
        ("No Fargate configuration exists", {"memory": "1536"}),
        ("network mode 'awsvpc'", {"networkMode": "bridge"}),
        ("Container names must be unique", {"containerDefinitions": [{"name": "web", "image": "a"}] * 2}),
        ("At least one container must be essential", {"containerDefinitions": [{"name": "web", "image": "a", "essential": False}]}),
        (
            "support ECR images",
            {"containerDefinitions": [{"name": "web", "image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/a"}]},
        ),
        (
            "secret name must be unique",
            {
                "containerDefinitions": [
                    {
                        "name": "web",
                        "image": "a",
                        "environment": [{"name": "A", "value": "1"}],
                        "secrets": [{"name": "A", "valueFrom": "/a"}],
                    }
                ]
            },
        ),
        (
            "host ports and container ports",
            {"containerDefinitions": [{"name": "web", "image": "a", "portMappings": [{"containerPort": 80, "hostPort": 81}]}]},
        ),
        ("awslogs-region", {"containerDefinitions": [{"name": "web", "image": "a", "logConfiguration": {"logDriver": "awslogs"}}]}),
    ],
)
def test_what_aws_refuses_to_register(shop, words, more):
    with pytest.raises(ClientError, match=words):
        register(shop, **more)


def test_the_sizes_of_fargate_are_those_that_the_collection_validates():
    for cpu, (lowest, highest, step) in ecs_definition_checks._FARGATE.items():
        sizes = [size for size in range(lowest, highest + 1, step) if (cpu, size) != (256, 1536)]
        assert fargate.memory_sizes(cpu) == sizes


def test_revisions_are_deregistered_then_deleted(shop):
    for _revision in range(3):
        register(shop)
    shop.ecs.deregister_task_definition(taskDefinition="web:3")
    assert shop.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 2
    failures = shop.ecs.delete_task_definitions(taskDefinitions=["web:2", "web:3"])["failures"]
    assert [failure["arn"] for failure in failures] == ["web:2"]
    listed = shop.ecs.list_task_definitions(familyPrefix="web", sort="DESC")["taskDefinitionArns"]
    assert [arn.rsplit(":", 1)[-1] for arn in listed] == ["2", "1"]
    assert register(shop)["revision"] == 4
    assert shop.ecs.list_task_definition_families(status="ACTIVE")["families"] == ["web"]


def test_a_task_of_nobody_runs_and_ends(shop):
    task = run(shop, minutes=0.6)
    assert (task["lastStatus"], task["launchType"], task["group"]) == ("RUNNING", "FARGATE", "family:web")
    shop.pass_time(minutes=2)
    task = shop.ecs.describe_tasks(cluster="shop", tasks=[task["taskArn"]])["tasks"][0]
    assert (task["lastStatus"], task["stopCode"], task["containers"][0]["exitCode"]) == ("STOPPED", "EssentialContainerExited", 0)
    stream = f"ecs/web/{task['taskArn'].rsplit('/', 1)[-1]}"
    lines = shop.logs.get_log_events(logGroupName="/ecs/web", logStreamName=stream)["events"]
    assert lines[-1]["message"] == "listening on port 8000"
    shop.pass_time(minutes=70)
    assert shop.ecs.describe_tasks(cluster="shop", tasks=[task["taskArn"]])["failures"][0]["reason"] == "MISSING"


def test_an_image_of_our_own_registry_has_to_exist(aws, shop):
    registry = aws.client("ecr")
    repository = registry.create_repository(repositoryName="web")["repository"]["repositoryUri"]
    task = run(shop, shop.define(image=f"{repository}:1"))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError")
    assert "exitCode" not in task["containers"][0]
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []})
    digest = registry.put_image(repositoryName="web", imageManifest=manifest, imageTag="1")["image"]["imageId"]["imageDigest"]
    assert run(shop, shop.define(image=f"{repository}:1"))["containers"][0]["imageDigest"] == digest
    assert run(shop, shop.define(image=f"{repository}@{digest}"))["stopCode"] == "EssentialContainerExited"
    assert run(shop, shop.define(image=f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/api:1"))["stopCode"] == "TaskFailedToStart"


def test_an_image_elsewhere_is_there_unless_a_test_says_otherwise(aws, shop):
    aws.plan("image_missing", image="nginx:1.27", times=1)
    assert "CannotPullContainerError" in run(shop)["stoppedReason"]
    assert run(shop)["stopCode"] == "EssentialContainerExited"


def _said(shop, **more):
    """Return why a task with a container like this did not start."""
    return run(shop, shop.define(**more))["stoppedReason"]


def _policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _may(shop, *statements):
    shop.iam.put_role_policy(RoleName="execution", PolicyName="start", PolicyDocument=_policy(*statements))


def test_the_execution_role_has_to_be_let_at_secrets_and_parameters(aws, shop):
    secrets = aws.client("secretsmanager")
    arn = secrets.create_secret(Name="web", SecretString="1")["ARN"]
    aws.client("ssm").put_parameter(Name="/web", Value="1", Type="String")
    for value_from, action in ((arn, "secretsmanager:GetSecretValue"), ("/web", "ssm:GetParameters")):
        wanted = [{"name": "A", "valueFrom": value_from}]
        _may(shop, {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"})
        assert f"not authorized to perform: {action} on resource: arn:aws:" in _said(shop, secrets=wanted)
        _may(shop, EVERYTHING)
        assert run(shop, shop.define(secrets=wanted), minutes=0.6)["lastStatus"] == "RUNNING"
    denied = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}
    secrets.put_resource_policy(SecretId="web", ResourcePolicy=_policy(denied))
    assert "explicit deny in a resource-based policy" in _said(shop, secrets=[{"name": "A", "valueFrom": arn}])


def test_the_key_of_a_secret_has_to_let_the_execution_role_decrypt(aws, shop):
    kms, root = aws.client("kms"), {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    key = kms.create_key(Policy=_policy({**EVERYTHING, "Principal": root}))["KeyMetadata"]["KeyId"]
    arn = aws.client("secretsmanager").create_secret(Name="web", SecretString="1", KmsKeyId=key)["ARN"]
    wanted = [{"name": "A", "valueFrom": arn}]
    assert "Access to KMS is not allowed" in _said(shop, secrets=wanted)
    _may(shop, EVERYTHING)
    assert run(shop, shop.define(secrets=wanted), minutes=0.6)["lastStatus"] == "RUNNING"
    others = {**EVERYTHING, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=_policy(others))
    assert "Access to KMS is not allowed" in _said(shop, secrets=wanted)


def test_the_key_of_a_cluster_has_to_let_fargate_encrypt(aws, shop):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    storage = {"managedStorageConfiguration": {"fargateEphemeralStorageKmsKeyId": key["Arn"]}}
    shop.ecs.update_cluster(cluster="shop", configuration=storage)

    def policy(cluster, *actions, **conditions):
        context = {"kms:EncryptionContext:aws:ecs:clusterName": cluster, "kms:EncryptionContext:aws:ecs:clusterAccount": ACCOUNT}
        let = {"Effect": "Allow", "Principal": {"Service": "fargate.amazonaws.com"}, "Action": actions, "Resource": "*"}
        let["Condition"] = {"StringEquals": context, **conditions}
        kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=_policy(let))

    data_keys, grants = "kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant"
    refused = f"fargate.amazonaws.com is not authorized to perform: {{}} on resource: {key['Arn']}"
    assert _said(shop).endswith(refused.format(data_keys))  # a new key is open to its account alone
    policy("shop", data_keys)
    assert _said(shop).endswith(refused.format(grants))
    policy("other", data_keys, grants)
    assert _said(shop).endswith(refused.format(data_keys))
    others = {"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt"]}}
    policy("shop", data_keys, grants, **others)
    assert _said(shop).endswith(refused.format(grants))
    policy("shop", data_keys, grants)
    assert run(shop, shop.define(), minutes=0.6)["lastStatus"] == "RUNNING"


def test_the_execution_role_has_to_be_let_at_the_registry(aws, shop):
    ecr = aws.client("ecr")
    uri = ecr.create_repository(repositoryName="web")["repository"]["repositoryUri"]
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": {}, "layers": [{"digest": "sha256:1"}]})
    ecr.put_image(repositoryName="web", imageTag="1", imageManifest=manifest)
    assert run(shop, shop.define(f"{uri}:1"), minutes=0.6)["lastStatus"] == "RUNNING"
    denied = {"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"}
    ecr.set_repository_policy(repositoryName="web", policyText=_policy(denied))
    assert _said(shop, image=f"{uri}:1").endswith("failed with status code [manifests 1]: 403 Forbidden")
    _may(shop, {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"})
    assert "not authorized to perform: ecr:GetAuthorizationToken on resource: *" in _said(shop, image=f"{uri}:1")


def test_without_a_way_out_the_registry_is_not_reached(aws, shop):
    group = aws.client("ec2").describe_security_groups(GroupIds=[shop.network["group"]])["SecurityGroups"][0]
    aws.client("ec2").revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    assert "i/o timeout" in _said(shop)
    uri = aws.client("ecr").create_repository(repositoryName="web")["repository"]["repositoryUri"]
    assert "The task cannot pull registry auth from Amazon ECR" in _said(shop, image=f"{uri}:1")
    tcp = {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    for port, state in ((80, "STOPPED"), (443, "RUNNING")):
        allowed = [{**tcp, "FromPort": port, "ToPort": port}]
        aws.client("ec2").authorize_security_group_egress(GroupId=group["GroupId"], IpPermissions=allowed)
        assert run(shop, minutes=0.6)["lastStatus"] == state


def test_secrets_and_parameters_have_to_exist(aws, shop):
    def reason(value_from):
        return run(shop, shop.define(secrets=[{"name": "PASSWORD", "valueFrom": value_from}]))["stoppedReason"]

    secrets = aws.client("secretsmanager")
    arn = secrets.create_secret(Name="web", SecretString=json.dumps({"password": "1"}))["ARN"]
    assert reason(f"{arn}:password::") == "Essential container in task exited"
    assert "did not contain json key user" in reason(f"{arn}:user::")
    assert "can't find the specified secret" in reason("arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbCdEf")
    assert "parameters are invalid: /web/password" in reason("/web/password")
    aws.client("ssm").put_parameter(Name="/web/password", Value="1", Type="SecureString")
    assert reason("/web/password") == "Essential container in task exited"
    aws.plan("secret_missing", secret="/web/password")
    assert "ResourceInitializationError" in reason("/web/password")


def test_the_log_group_has_to_exist(shop):
    shop.logs.delete_log_group(logGroupName="/ecs/web")
    task = run(shop)
    assert task["stopCode"] == "TaskFailedToStart"
    assert "The specified log group does not exist" in task["stoppedReason"]


def test_roles_have_to_exist(shop):
    definition = shop.define()
    shop.iam.delete_role_policy(RoleName="execution", PolicyName="start")
    shop.iam.delete_role(RoleName="execution")
    with pytest.raises(ClientError, match="unable to assume the role"):
        run(shop, definition)


def test_a_task_that_shall_fail(aws, shop):
    aws.plan("task_exits", family="web", exit_code=7, after=12, log=["boom"], times=1)
    task = run(shop)
    assert task["containers"][0]["exitCode"] == 7
    assert (task["executionStoppedAt"] - task["startedAt"]).total_seconds() == 22
    assert run(shop)["containers"][0]["exitCode"] == 0


def test_a_task_can_be_stopped_and_found(shop):
    task = run(shop, minutes=0.6, startedBy="night", tags=[{"key": "Project", "value": "Shop"}])
    assert shop.ecs.list_tasks(cluster="shop", startedBy="night")["taskArns"] == [task["taskArn"]]
    assert shop.ecs.list_tasks(cluster="shop", family="api")["taskArns"] == []
    shop.ecs.stop_task(cluster="shop", task=task["taskArn"])
    shop.pass_time(minutes=1)
    assert shop.ecs.list_tasks(cluster="shop", desiredStatus="STOPPED")["taskArns"] == [task["taskArn"]]
    assert shop.ecs.list_tags_for_resource(resourceArn=task["taskArn"])["tags"] == [{"key": "Project", "value": "Shop"}]


def test_missing_capacity_is_a_failure_of_the_answer(aws, shop):
    aws.plan("capacity_missing")
    answer = shop.ecs.run_task(
        cluster="shop", taskDefinition=shop.define(), launchType="FARGATE", networkConfiguration=shop.awsvpc, count=2
    )
    assert (answer["tasks"], len(answer["failures"])) == ([], 2)
