# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Finders: by name, in the shape that consumers want, or a sentence that says what to run."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from moto.ecr.models import ecr_backends

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services import codeconnections
from ansible_collections.slipway.aws.plugins.module_utils import calls
from ansible_collections.slipway.aws.tests.support.containers import Containers
from ansible_collections.slipway.aws.tests.support.edge import certificate, load_balancer

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
        ("source_info", {"name": "shop-dev", "provider_type": "Bitbucket"}, "source"),
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


# Names


@pytest.fixture
def zone(aws):
    """Return the id and the name servers of the zone shop.example, beside a private one of the same name."""
    route53, vpc = aws.client("route53"), aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    inside = {"VPCRegion": "us-east-1", "VPCId": vpc}
    route53.create_hosted_zone(Name="shop.example", CallerReference="private", VPC=inside, HostedZoneConfig={"PrivateZone": True})
    made = route53.create_hosted_zone(Name="shop.example", CallerReference="public")
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/"), sorted(made["DelegationSet"]["NameServers"])


def issue(aws, zone, arn):
    """Write the record that AWS waits for."""
    [option] = aws.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    record = option["ResourceRecord"]
    rows = {"Name": record["Name"], "Type": record["Type"], "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": rows}]}
    aws.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)


def requested(aws, name="shop.example"):
    return aws.client("acm").request_certificate(DomainName=name, ValidationMethod="DNS")["CertificateArn"]


@pytest.mark.parametrize("name", ["shop.example", "shop.example."])
def test_the_public_zone_and_whom_to_delegate_to(aws, zone, name):
    found = aws.run("dns_info", name=name)
    assert (found.exists, found.zone_id, found.name_servers) == (True, *zone)
    assert "certificate_arn" not in found


def test_a_certificate_of_another_region_with_any_key(aws, zone):
    there = certificate(aws, "*.shop.example", region="eu-west-1")
    certificate(aws, "other.example", region="eu-west-1")
    found = aws.run("dns_info", name="shop.example", certificate="*.shop.example", certificate_region="eu-west-1")
    assert found.certificate_arn == there


def test_a_certificate_that_nobody_requested(aws, zone):
    certificate(aws, "www.shop.example")
    with aws.recorded() as sent:
        result = aws.run("dns_info", name="shop.example", certificate="shop.example", wait_timeout=600)
    assert result.failed
    assert result.msg.startswith("No certificate for shop.example in us-east-1. Build it first:")
    assert sent.operations.count("ListCertificates") == 1  # waiting would not make one


def test_a_certificate_that_waits_for_the_parent_zone(aws, zone):
    requested(aws)
    result = aws.run("dns_info", name="shop.example", certificate="shop.example")
    assert result.failed
    assert "The certificate for shop.example is PENDING_VALIDATION" in result.msg
    assert ", ".join(zone[1]) in result.msg


def test_a_certificate_is_waited_for_beside_one_that_failed(aws, zone, monkeypatch):
    """Whoever was late with the delegation has a certificate that timed out, and a new one."""
    timed_out = requested(aws)
    CLOCK.advance(73 * 3600)
    assert aws.client("acm").describe_certificate(CertificateArn=timed_out)["Certificate"]["Status"] == "VALIDATION_TIMED_OUT"
    new = requested(aws)
    pauses = []

    def pause(seconds):
        CLOCK.advance(seconds)
        pauses.append(seconds)
        if sum(pauses) > 120:
            issue(aws, zone[0], new)

    monkeypatch.setattr(calls, "time", SimpleNamespace(sleep=pause, monotonic=CLOCK.seconds))
    found = aws.run("dns_info", name="shop.example", certificate="shop.example", wait_timeout=600)
    assert found.certificate_arn == new
    assert 120 < sum(pauses) < 150


# Runtime


@pytest.fixture
def database(aws):
    ec2, rds = aws.client("ec2"), aws.client("rds")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{'ab'[n]}")["Subnet"]["SubnetId"]
        for n in range(2)
    ]
    rds.create_db_subnet_group(DBSubnetGroupName="shop", DBSubnetGroupDescription="shop", SubnetIds=subnets)

    def create(name, **more):
        options = {"Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20, "MasterUsername": "admin", **more}
        return rds.create_db_instance(DBInstanceIdentifier=name, DBSubnetGroupName="shop", **options)["DBInstance"]

    return create


def test_a_database_is_there_when_it_has_an_address(aws, database):
    database("shop-dev", DBName="orders", ManageMasterUserPassword=True)
    assert not aws.run("database_info", name="shop-dev", required=False).exists
    CLOCK.advance(3600)
    found = aws.run("database_info", name="shop-dev")
    shown = aws.client("rds").describe_db_instances(DBInstanceIdentifier="shop-dev")["DBInstances"][0]
    assert (found.address, found.port) == (shown["Endpoint"]["Address"], 3306)
    assert (found.schema, found.allocated_storage_gb) == ("orders", 20)
    assert found.secret_arn == shown["MasterUserSecret"]["SecretArn"]


def test_a_database_without_schema_and_with_a_password_of_its_own(aws, database):
    database("shop-dev", MasterUserPassword="only-for-a-test")
    CLOCK.advance(3600)
    found = aws.run("database_info", name="shop-dev")
    assert (found.schema, found.secret_arn) == ("", "")


def test_a_cluster_counts_with_its_load_balancer(aws):
    ecs = aws.client("ecs")
    cluster = ecs.create_cluster(clusterName="shop-dev")["cluster"]["clusterArn"]
    assert not aws.run("compute_info", name="shop-dev", required=False).exists
    balancer = load_balancer(aws, "shop-dev")
    shown = aws.client("elbv2").describe_load_balancers(Names=["shop-dev"])["LoadBalancers"][0]
    found = aws.run("compute_info", name="shop-dev")
    assert found.cluster_arn == cluster
    assert found.load_balancer == {
        "arn": balancer,
        "dns_name": shown["DNSName"],
        "hosted_zone_id": shown["CanonicalHostedZoneId"],
        "full_name": balancer.split("loadbalancer/")[1],
    }
    assert found.load_balancer["full_name"].startswith("app/shop-dev/")  # as CloudWatch's dimension LoadBalancer wants it
    ecs.delete_cluster(cluster="shop-dev")
    assert not aws.run("compute_info", name="shop-dev", required=False).exists


def test_a_distribution_by_one_of_its_host_names(aws):
    arn = certificate(aws, "*.shop.example")
    for name in ("www", "app"):
        bucket = {"id": "frontend", "domain_name": f"shop-{name}-123456789012.s3.eu-west-1.amazonaws.com"}
        aliases = [f"{name}.shop.example", f"{name}2.shop.example"]
        made = aws.run("cloudfront_distribution", name=name, origins=[bucket], aliases=aliases, certificate_arn=arn)
        assert not made.failed, made.msg
    found = aws.run("cdn_info", name="shop-dev", hostname="app2.shop.example")
    assert (found.distribution_id, found.distribution_arn) == (made.distribution["id"], made.distribution["arn"])
    assert found.bucket_name == "shop-app-123456789012"


# Delivery


def connection(aws, name="shop-dev", provider="Bitbucket"):
    return aws.client("codeconnections").create_connection(ConnectionName=name, ProviderType=provider)["ConnectionArn"]


def test_a_connection_by_name_and_provider_accepted_or_not(aws):
    connection(aws, provider="GitHub")
    connection(aws, name="other")
    arn = connection(aws)
    found = aws.run("source_info", name="shop-dev", provider_type="Bitbucket")
    assert (found.exists, found.connection_arn, found.status) == (True, arn, "PENDING")
    codeconnections.authorise(arn)
    assert aws.run("source_info", name="shop-dev", provider_type="Bitbucket").status == "AVAILABLE"
    missing = aws.run("source_info", name="shop-dev", provider_type="GitLab")
    assert missing.msg.startswith("No connection to GitLab named shop-dev in us-east-1. Build it first:")


def test_two_connections_of_one_name(aws):
    arns = {connection(aws), connection(aws)}
    result = aws.run("source_info", name="shop-dev", provider_type="Bitbucket")
    assert result.failed
    assert all(arn in result.msg for arn in arns)


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


def test_the_newest_image_when_nothing_of_the_repository_runs(aws):
    aws.client("ecr").create_repository(repositoryName="shop-dev/orders")
    push(aws, "1.0.0", "a")
    newest = push(aws, "3.0.0", "b")
    push(aws, "2.0.0", "c")
    for when, pushed in zip((100, 300, 200), repository().images, strict=True):
        pushed.image_pushed_at = when
    found = image(aws)
    assert (found.image.rsplit("@", 1)[1], found.reason) == (newest, "the newest image")
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="shop-dev")
    assert image(aws).image == found.image
    container = {"name": "orders", "image": "public.ecr.aws/nginx/nginx:1.27", "memory": 128}
    ecs.register_task_definition(family="orders", containerDefinitions=[container])
    ecs.create_service(cluster="shop-dev", serviceName="orders", taskDefinition="orders", desiredCount=0)
    assert image(aws).image == found.image


def repository():
    return ecr_backends["123456789012"]["us-east-1"].repositories["shop-dev/orders"]


def test_a_service_that_shifts_its_traffic_does_not_go_back(aws):
    aws.client("ecr").create_repository(repositoryName="shop-dev/web")
    shop = Containers(aws, balanced=True)
    shifting = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 5}}
    shop.create(deploymentConfiguration={**shifting, "bakeTimeInMinutes": 10}, loadBalancers=shop.balancers)
    asked = {"repository": "shop-dev/web", "cluster": "shop", "service": "web"}
    assert aws.run("service_image_info", **asked, strategy="LINEAR").strategy == "CANARY"
    refused = aws.run("service_image_info", **asked)
    assert refused.failed
    assert "web shifts its traffic (CANARY) and cannot go back to ROLLING" in refused.msg


def test_several_neighbours_in_one_look(aws, network):
    _ec2, vpc = network
    key = aws.client("kms").create_key()["KeyMetadata"]
    aws.client("kms").create_alias(AliasName="alias/shop-dev-data", TargetKeyId=key["KeyId"])
    found = aws.run("neighbours_info", network="shop-dev", security="shop-dev", database="")
    assert found.network == {
        name: value for name, value in aws.run("network_info", name="shop-dev").items() if name in found.network
    }
    assert found.network["vpc_id"] == vpc
    assert found.security["key_arns"] == {"data": key["Arn"]}
    assert (found.compute, found.database, found.image) == ({}, {}, {})


def test_the_image_is_decided_in_the_same_look(aws):
    aws.client("ecr").create_repository(repositoryName="shop-dev/orders")
    digest = push(aws, "1.0.0", "a")
    asked = {"repository": "shop-dev/orders", "cluster": "shop-dev", "service": "orders"}
    found = aws.run("neighbours_info", image=asked).image
    assert found == {name: value for name, value in image(aws).items() if name in found}
    assert found["image"].endswith(digest)
    assert aws.run("neighbours_info", image={**asked, "strategy": "FAST"}).failed


def test_a_neighbour_that_is_not_there_says_who_builds_it(aws, network):
    result = aws.run("neighbours_info", network="shop-dev", compute="shop-dev")
    assert result.failed
    assert "shop-dev" in result.msg
    assert "--limit compute" in result.msg


def test_secrets_of_another_environment_are_found_in_the_order_of_their_names(aws):
    client = aws.client("secretsmanager")
    arns = {name: client.create_secret(Name=f"shop-prod/orders/{name}", SecretString="open")["ARN"] for name in "abc"}
    found = aws.run("neighbours_info", secrets=["shop-prod/orders/c", "shop-prod/orders/a"])
    assert found.secrets == [{"name": f"shop-prod/orders/{name}", "arn": arns[name]} for name in "ca"]
    assert "open" not in json.dumps(found)
    assert aws.run("neighbours_info", secrets=[]).secrets == []


def test_all_secrets_that_are_not_there_are_told_at_once(aws):
    client = aws.client("secretsmanager")
    for name in ("here", "leaving"):
        client.create_secret(Name=name, SecretString="open")
    client.delete_secret(SecretId="leaving", RecoveryWindowInDays=7)
    result = aws.run("neighbours_info", secrets=["missing", "here", "leaving"])
    assert result.failed
    assert "There is no secret missing and no leaving in us-east-1." in result.msg
    assert "aws_second_region" in result.msg
