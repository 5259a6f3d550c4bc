# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Environments beside each other: what is their own, what differs, and whose everything is."""

from __future__ import annotations

import ipaddress

from ansible_collections.slipway.aws.plugins.plugin_utils.properties.balancing import attribute
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import (
    CLUSTER,
    LOAD_BALANCER,
    LOG_GROUP,
    SERVICE,
    VPC,
    missing,
)
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged, prop

MANDATORY = ("Environment", "Owner", "CostCenter", "Compliance")

# What AWS cannot tag, or readers know by its name because its tags cannot be read: dashboards.
UNTAGGED = frozenset(
    {
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::Backup::BackupSelection",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudWatch::Dashboard",
        "AWS::Config::DeliveryChannel",
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::Route",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SubnetNetworkAclAssociation",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::ECR::ReplicationConfiguration",
        "AWS::ElasticLoadBalancingV2::ListenerCertificate",
        "AWS::IAM::InstanceProfile",
        "AWS::KMS::Alias",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::QueryDefinition",
        "AWS::Route53::RecordSet",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SecretsManager::ResourcePolicy",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::WAFv2::LoggingConfiguration",
        "AWS::WAFv2::WebACLAssociation",
    }
)


def facts(environment):
    """Return what an environment has of its own, as it was built.

    Environment.others tells the same of the other environments, as their inventories say it: cidr (one range), log_days,
    nat_gateways, deletion_protection, production, and services, {name: options}. What is not known there is not compared.
    """
    balancers = environment.resources(LOAD_BALANCER)
    protected = [attribute(each, "LoadBalancerAttributes", "deletion_protection.enabled") == "true" for each in balancers]
    return {
        "cidr": [spelled(each.get("CidrBlock")) for each in environment.resources(VPC)],
        "log_days": min((each.get("RetentionInDays", 0) for each in environment.resources(LOG_GROUP)), default=0),
        "nat_gateways": len(environment.resources("AWS::EC2::NatGateway")),
        "deletion_protection": bool(protected) and all(protected),
        "services": {each.name: _sizes(each) for each in environment.every_service},
    }


def _sizes(service):
    definition, target = service.definition, service.scalable_target
    return {
        "service_cpu": definition.get("Cpu") if definition else None,
        "service_memory_mb": definition.get("Memory") if definition else None,
        "service_tasks": target.get("MinCapacity") if target else None,
        "service_tasks_max": target.get("MaxCapacity") if target else None,
    }


@prop(46, "Environment-specific configuration", controls=("CM-2", "CC8.1"))
def different(environment):
    """Every other environment of the platform has other sizes, keeps its logs for another time, or is protected otherwise."""
    own = facts(environment)
    if not environment.others:
        yield missing("other environments", "none is known to compare with")
    for name, other in sorted(environment.others.items()):
        found = sorted({*_differences(own, other)})
        yield Judged(f"{environment.name} and {name}", bool(found), f"differ in {', '.join(found) or 'nothing'}")


def _differences(own, other):
    """Yield the names of what differs between two environments, where both are known."""
    for key in ("log_days", "nat_gateways", "deletion_protection"):
        if other.get(key) is not None and other[key] != own[key]:
            yield key
    for name, sizes in own["services"].items():
        for key, size in sizes.items():
            told = other.get("services", {}).get(name, {}).get(key)
            if None not in (size, told) and str(size) != str(told):
                yield key


@prop(47, "Cluster per environment", controls=("CM-2",))
def own_cluster(environment):
    """The environment has exactly one cluster, whose name ends with that of the environment, and all its ECS services run there."""
    clusters, faults = environment.some(CLUSTER, "cluster")
    yield from faults
    for each in clusters:
        right = len(clusters) == 1 and each.name == environment.platform and each.name.endswith(f"-{environment.name}")
        yield each.judged(right, f"{each.name}, one of {len(clusters)}")
    for each in environment.resources(SERVICE):
        cluster = environment.target(each.get("Cluster"), CLUSTER)
        yield each.judged(cluster, f"runs in {cluster.name if cluster else 'a cluster of somebody else'}")


@prop(
    49,
    "Production VPC isolation",
    controls=("SC-7", "CC6.7"),
    corrected=(
        "Two VPCs never have the same id, so only their addresses can tell: those of production and of any other environment do not"
        " overlap."
    ),
)
def apart(environment):
    """The addresses of production's VPC and those of any other environment have none in common."""
    networks, faults = environment.some(VPC, "VPC")
    yield from faults
    pairs = {name: other for name, other in environment.others.items() if environment.production or other.get("production")}
    if not pairs:
        yield missing("production", "the other environments are not known, so nothing can be compared")
    for network in networks:
        own = ipaddress.ip_network(spelled(network.get("CidrBlock")), strict=False)
        for name, other in sorted(pairs.items()):
            cidr = other.get("cidr")
            alone = bool(cidr) and not own.overlaps(ipaddress.ip_network(cidr, strict=False))
            yield network.judged(alone, f"{own}, and {cidr or 'nobody knows what'} in {name}")


def _tagged(environment):
    """Return what can carry tags."""
    return [each for each in environment.everything.values() if each.kind not in UNTAGGED]


@prop(51, "Mandatory environment tags", controls=("CM-2",))
def environment_tag(environment):
    """Everything that AWS can tag carries the name of its environment in the tag Environment."""
    for each in _tagged(environment):
        found = each.tags.get("Environment")
        yield each.judged(found == environment.name, f"Environment: {found or 'missing'}")


@prop(55, "Mandatory compliance tags", controls=("CM-2",))
def mandatory_tags(environment):
    """Everything that AWS can tag carries the tags Environment, Owner, CostCenter and Compliance, with what the inventory says."""
    for each in _tagged(environment):
        wrong = [name for name in MANDATORY if not _carries(each, name, environment.tags.get(name))]
        yield each.judged(not wrong, f"without {', '.join(wrong)}, or with another value" if wrong else "carries them")


def _carries(resource, name, wanted):
    found = resource.tags.get(name)
    return bool(found) and (wanted is None or found == str(wanted))
