# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Finders: by name, in the shape that consumers want, or a sentence that says what to run."""

from __future__ import annotations

import json

import pytest

TIERS = {"10.0.0.0/24": ("public", "us-east-1b"), "10.0.1.0/24": ("public", "us-east-1a"), "10.0.2.0/24": ("private", "us-east-1a")}


def tags(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture
def network(aws):
    """Build a network as the role does; return its client and its VPC."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=tags(Name="shop-dev"))
    for cidr, (tier, zone) in TIERS.items():
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        ec2.create_tags(Resources=[subnet], Tags=tags(Name=f"shop-dev-{tier}-{zone[-1]}", Tier=tier))
    ec2.create_security_group(GroupName="shop-dev-service", Description="x", VpcId=vpc)
    return ec2, vpc


@pytest.mark.parametrize(
    ("module", "options", "component"),
    [
        ("security_info", {"name": "shop-dev"}, "security"),
        ("network_info", {"name": "shop-dev"}, "network"),
        ("storage_info", {"name": "shop-dev"}, "storage"),
        ("dns_info", {"name": "shop.example.com"}, "dns"),
        ("database_info", {"name": "shop-dev"}, "database"),
        ("compute_info", {"name": "shop-dev"}, "compute"),
        ("cdn_info", {"name": "shop-dev", "hostname": "app.shop.example.com"}, "cdn"),
    ],
)
def test_what_is_not_there(aws, module, options, component):
    result = aws.run(module, **options)
    assert result.failed
    assert options["name"] in result.msg
    assert "us-east-1" in result.msg
    assert f"--limit {component}" in result.msg
    asked = aws.run(module, **options, required=False)
    assert (asked.failed, asked.exists) == (False, False)


def test_keys_by_what_they_protect(aws):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    for name in ("alias/shop-dev-data", "alias/other-data"):
        kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    found = aws.run("security_info", name="shop-dev")
    assert found.key_arns == {"data": key["Arn"]}
    assert found.boundary_arn == "arn:aws:iam::123456789012:policy/shop-dev-boundary"


def test_subnets_by_tier_in_the_order_of_the_zones(aws, network):
    ec2, vpc = network
    found = aws.run("network_info", name="shop-dev")
    assert (found.vpc_id, found.cidr) == (vpc, "10.0.0.0/16")
    assert set(found.subnet_ids) == {"public", "private"}
    zones = ec2.describe_subnets(SubnetIds=found.subnet_ids["public"])["Subnets"]
    by_id = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in zones}
    assert [by_id[each] for each in found.subnet_ids["public"]] == ["us-east-1a", "us-east-1b"]


def test_groups_by_purpose(aws, network):
    found = aws.run("network_info", name="shop-dev")
    assert set(found.security_group_ids) == {"default", "service"}
    assert found.prefix_list_ids["s3"].startswith("pl-")


def test_two_networks_of_one_name(aws, network):
    ec2, vpc = network
    second = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[second], Tags=tags(Name="shop-dev"))
    result = aws.run("network_info", name="shop-dev")
    assert result.failed
    assert vpc in result.msg
    assert second in result.msg


def test_buckets_and_repositories(aws):
    aws.client("s3").create_bucket(Bucket="shop-dev-access-logs-123456789012")
    aws.client("s3").create_bucket(Bucket="other-logs-123456789012")
    aws.client("ecr").create_repository(repositoryName="shop-dev/orders")
    found = aws.run("storage_info", name="shop-dev")
    assert found.bucket_names == {"access-logs": "shop-dev-access-logs-123456789012"}
    assert found.repository_uris == {"orders": "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-dev/orders"}


# Images


def push(aws, tag, content="a"):
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": {}, "layers": [{"digest": f"sha256:{content}"}]}
    pushed = aws.client("ecr").put_image(repositoryName="shop-dev/orders", imageManifest=json.dumps(manifest), imageTag=tag)
    return pushed["image"]["imageId"]["imageDigest"]


def image(aws, **more):
    return aws.run("service_image_info", repository="shop-dev/orders", cluster="shop-dev", service="orders", **more)


def test_there_is_no_repository(aws):
    result = image(aws)
    assert result.failed
    assert "--limit storage" in result.msg


def test_there_is_no_image_yet(aws):
    aws.client("ecr").create_repository(repositoryName="shop-dev/orders")
    found = image(aws)
    assert not found.exists
    assert "docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-dev/orders:<tag>" in found.reason


def test_the_asked_for_tag_as_a_digest(aws):
    aws.client("ecr").create_repository(repositoryName="shop-dev/orders")
    digest = push(aws, "1.0.0", "a")
    push(aws, "2.0.0", "b")
    found = image(aws, tag="1.0.0")
    assert found.image.endswith(f"/shop-dev/orders@{digest}")


def test_a_tag_that_nobody_pushed(aws):
    aws.client("ecr").create_repository(repositoryName="shop-dev/orders")
    result = image(aws, tag="1.0.0")
    assert result.failed
    assert "docker push" in result.msg


def test_what_runs_is_kept_though_there_is_a_newer_image(aws):
    aws.client("ecr").create_repository(repositoryName="shop-dev/orders")
    running = push(aws, "1.0.0", "a")
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-dev/orders"
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="shop-dev")
    container = {"name": "orders", "image": f"{uri}@{running}", "memory": 128}
    ecs.register_task_definition(family="orders", containerDefinitions=[container])
    ecs.create_service(cluster="shop-dev", serviceName="orders", taskDefinition="orders", desiredCount=0)
    newer = push(aws, "2.0.0", "b")
    assert newer != running
    assert image(aws).image == f"{uri}@{running}"
    assert image(aws, tag="2.0.0").image == f"{uri}@{newer}"
