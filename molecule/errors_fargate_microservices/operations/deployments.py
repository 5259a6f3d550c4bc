# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Deployments that go wrong: the run fails with cause and next step, what was there serves on, and without the trouble it succeeds.

Images, secrets, keys, the registry and the network are spoiled by hand, in what the layer of services does not keep and so does not
mend; what no call can spoil is planned in the emulator. Both services serve before the first test.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import contextmanager

import boto3
import pytest

from ansible_collections.slipway.aws.extensions.emulator import cli
from ansible_collections.slipway.aws.tests.support.play import ROOT, run

PLATFORM = "retail-develop"
SERVICES = ("orders", "storefront")
ACCOUNT = "123456789012"
_HOSTS = """\
develop:
  children:
    foundation: {hosts: {security: , network: , storage: , dns: , messaging: }}
    runtime: {hosts: {compute: }}
    services: {hosts: {orders: , storefront: }, vars: {component: service}}
    data:
    edge:
    delivery:
    operations:
"""


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    """Build the platform with two services, and return its inventory."""
    cli.call(os.environ["AWS_ENDPOINT_URL"], "images")
    home = tmp_path_factory.mktemp("inventory")
    for part in ("group_vars", "host_vars"):
        shutil.copytree(ROOT / "inventories/fargate_microservices" / part, home / part)
    (home / "develop.yml").write_text(_HOSTS)
    result = run("develop", home / "develop.yml")
    assert result.code == 0, result.said[-6000:]
    return home / "develop.yml"


@pytest.fixture
def deploy(inventory, request):
    """Return a function that deploys an image of this test to a service, as often as wanted."""
    tag = re.sub(r"\W", "-", request.node.name)

    def layer(name="orders", pushed=True):
        assert not pushed or push(name, tag)
        given = {"layer_name": "Services", "layer_hosts": name, "service_image_tag": tag}
        return run("layer", inventory, *(word for key, value in given.items() for word in ("-e", f"{key}={value}")))

    layer.tag = tag
    return layer


def push(name, tag):
    """Push an image of a service, unless it is there; return its address."""
    assert cli.push(f"{PLATFORM}/{name}", tag) == 0
    found = boto3.client("ecr").describe_images(repositoryName=f"{PLATFORM}/{name}", imageIds=[{"imageTag": tag}])
    return f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{PLATFORM}/{name}@{found['imageDetails'][0]['imageDigest']}"


def state(name):
    """Return what serves: the task definition and how many tasks run."""
    found = boto3.client("ecs").describe_services(cluster=PLATFORM, services=[name])["services"][0]
    return found["taskDefinition"], found["runningCount"]


def fails_and_heals(deploy, trouble, *words, name="orders"):
    """Deploy into a trouble and say that the run ends with these words and harms nothing; then deploy without it."""
    before = state(name)
    assert before[1] == 1
    with trouble:
        result = deploy(name)
        assert result.code != 0, result.said
        for word in words:
            assert word in result.words, result.said[-6000:]
        assert "ECS went back to" in result.words
        assert state(name) == before
    result = deploy(name)
    assert result.code == 0, result.said[-6000:]
    after = state(name)
    assert after[0] != before[0]
    assert after[1] == 1


@contextmanager
def planned(kind, **details):
    """Let something go wrong for a while."""
    plan = {"kind": kind, **details}
    cli.call(os.environ["AWS_ENDPOINT_URL"], "plans", **plan)
    yield
    cli.call(os.environ["AWS_ENDPOINT_URL"], "plans", **plan, times=0)


@contextmanager
def denied_by_the_boundary(*actions):
    """Let the boundary of all roles deny something for a while."""
    iam, arn = boto3.client("iam"), f"arn:aws:iam::{ACCOUNT}:policy/{PLATFORM}-boundary"
    usual = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=usual)["PolicyVersion"]["Document"]
    denied = {"Effect": "Deny", "Action": [*actions], "Resource": "*"}
    text = json.dumps({**document, "Statement": [*document["Statement"], denied]})
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)["PolicyVersion"]["VersionId"]
    yield
    iam.set_default_policy_version(PolicyArn=arn, VersionId=usual)
    iam.delete_policy_version(PolicyArn=arn, VersionId=made)


@contextmanager
def denied_by_the_key():
    """Let the key of the data decrypt for nobody for a while."""
    kms = boto3.client("kms")
    key = kms.describe_key(KeyId=f"alias/{PLATFORM}-data")["KeyMetadata"]["KeyId"]
    usual = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    document = json.loads(usual)
    denied = {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
    kms.put_key_policy(
        KeyId=key, PolicyName="default", Policy=json.dumps({**document, "Statement": [*document["Statement"], denied]})
    )
    yield
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=usual)


@contextmanager
def denied_by_the_repository(name="orders"):
    """Let nobody pull from a repository for a while."""
    ecr = boto3.client("ecr")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": ["ecr:BatchGetImage"]}]}
    ecr.set_repository_policy(repositoryName=f"{PLATFORM}/{name}", policyText=json.dumps(document))
    yield
    ecr.delete_repository_policy(repositoryName=f"{PLATFORM}/{name}")


@contextmanager
def shut_in():
    """Take the way to HTTPS from the security group of all services for a while."""
    ec2 = boto3.client("ec2")
    groups = ec2.describe_security_groups()["SecurityGroups"]
    [group] = [one for one in groups if one["GroupName"].startswith(PLATFORM) and one["GroupName"].endswith("services")]
    rules = [rule for rule in group["IpPermissionsEgress"] if rule.get("FromPort") == 443]
    assert rules
    ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=rules)
    yield
    ec2.authorize_security_group_egress(GroupId=group["GroupId"], IpPermissions=rules)


# Deployment errors


def test_image_not_found(deploy):
    before = state("orders")
    result = deploy(pushed=False)
    assert result.code != 0
    assert result.writes == []
    assert "There is no image" in result.words
    assert f"{PLATFORM}/orders" in result.words
    assert state("orders") == before
    assert deploy().code == 0
    assert state("orders")[0] != before[0]


def test_tasks_that_do_not_stay(deploy):
    trouble = planned("task_exits", family="orders-develop", exit_code=3, log=["KeyError: 'DATABASE_HOST'"])
    words = (
        "Container orders exited with code 3",
        "KeyError: 'DATABASE_HOST'",
        "Look at log group /ecs/develop/orders, mend the image",
    )
    fails_and_heals(deploy, trouble, *words)


def test_failed_health_checks(deploy):
    trouble = planned("target_unhealthy", image=push("storefront", deploy.tag))
    words = "Task failed ELB health checks", "Look at log group /ecs/develop/storefront", "path and port of the health check"
    fails_and_heals(deploy, trouble, *words, name="storefront")


def test_missing_capacity(deploy):
    trouble = planned("capacity_missing", cluster=PLATFORM)
    fails_and_heals(deploy, trouble, "Capacity is unavailable at this time", "run the same command again", "FARGATE_SPOT")


def test_secret_not_found(deploy):
    arn = boto3.client("secretsmanager").describe_secret(SecretId=f"{PLATFORM}/orders/signing-key")["ARN"]
    trouble = planned("secret_missing", secret=arn)
    fails_and_heals(deploy, trouble, "Secrets Manager can't find the specified secret", f"Create secret {arn} with a value")


# Security errors


def test_key_denied(deploy):
    words = "Access to KMS is not allowed", f"Role {PLATFORM}-orders-execution may not decrypt", "the key policy"
    fails_and_heals(deploy, denied_by_the_key(), *words)


def test_pull_denied(deploy):
    words = "CannotPullContainerError", "403 Forbidden", f"Role {PLATFORM}-orders-execution lacks ecr:BatchGetImage"
    fails_and_heals(deploy, denied_by_the_repository(), *words, "the policy of the resource")


def test_secret_denied(deploy):
    words = (
        "AccessDeniedException",
        f"Role {PLATFORM}-orders-execution lacks secretsmanager:GetSecretValue on arn:aws:secretsmanager:",
    )
    fails_and_heals(deploy, denied_by_the_boundary("secretsmanager:GetSecretValue"), *words, "its boundary")


def test_security_groups_that_shut_a_task_in(deploy):
    words = "i/o timeout", "The task does not reach AWS on port 443: its security groups need egress"
    fails_and_heals(deploy, shut_in(), *words)


def test_security_groups_that_shut_the_load_balancer_out(deploy):
    trouble = planned("target_unhealthy", image=push("storefront", deploy.tag), reason="Request timed out")
    words = "Task failed ELB health checks", "whether the container answers", "its security group lets the load balancer in"
    fails_and_heals(deploy, trouble, *words, name="storefront")
