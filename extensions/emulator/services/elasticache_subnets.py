# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Subnet groups of ElastiCache. moto takes subnets that do not exist, and deletes groups that are in use."""

from __future__ import annotations

from moto.ec2.exceptions import InvalidSubnetIdError
from moto.ec2.models import ec2_backends
from moto.elasticache.models import elasticache_backends

from ..calls import AwsError
from ..registry import operation
from .elasticache import GROUP, SUBNETS, new_name, refused, thing_of, things

_SHOWN = ("CacheSubnetGroupName", "CacheSubnetGroupDescription", "VpcId", "Subnets", "ARN", "SupportedNetworkTypes")


def _subnets(call):
    backend = ec2_backends[call.account][call.region]
    found = []
    for name in call.params["SubnetIds"]:
        try:
            found.append(backend.get_subnet(name))
        except InvalidSubnetIdError as unknown:
            raise AwsError("InvalidSubnet", f"The subnet ID '{name}' does not exist") from unknown
    if not found:
        refused("The parameter SubnetIds must be provided.")
    if len({subnet.vpc_id for subnet in found}) > 1:
        raise AwsError("InvalidSubnet", "All subnets must be in the same VPC.")
    rows = [
        {
            "SubnetIdentifier": subnet.id,
            "SubnetAvailabilityZone": {"Name": subnet.availability_zone},
            "SupportedNetworkTypes": _network_types(subnet),
        }
        for subnet in found
    ]
    common = set.intersection(*[set(row["SupportedNetworkTypes"]) for row in rows])
    return {"VpcId": found[0].vpc_id, "Subnets": rows, "SupportedNetworkTypes": sorted(common)}


def _network_types(subnet):
    if subnet.ipv6_native:
        return ["ipv6"]
    return ["ipv4", "dual_stack"] if subnet.ipv6_cidr_block_associations else ["ipv4"]


def _shown(group):
    return {key: group[key] for key in _SHOWN}


def users_of(call, name):
    """Return what is in a subnet group, replication groups and moto's clusters, with the zones of their nodes."""
    own = [
        {node["zone"] for shard in group["shards"] for node in shard["nodes"]}
        for group in things(call, GROUP).values()
        if group["CacheSubnetGroupName"] == name
    ]
    clusters = elasticache_backends[call.account][call.region].cache_clusters.values()
    return own + [{each.preferred_availability_zone} for each in clusters if each.cache_subnet_group_name == name]


@operation("elasticache", "CreateCacheSubnetGroup")
def create(call):
    name = new_name(call, SUBNETS, call.params["CacheSubnetGroupName"], "CacheSubnetGroupAlreadyExists")
    group = {
        "CacheSubnetGroupName": name,
        "CacheSubnetGroupDescription": call.params["CacheSubnetGroupDescription"],
        "ARN": call.arn(f"{SUBNETS}:{name}"),
        "Tags": call.params.get("Tags", []),
        **_subnets(call),
    }
    things(call, SUBNETS)[name] = group
    return {"CacheSubnetGroup": _shown(group)}


@operation("elasticache", "DescribeCacheSubnetGroups")
def describe(call):
    name = call.params.get("CacheSubnetGroupName")
    call.params.get("MaxRecords")  # one page is enough: an account has 150 at most, by default
    found = [thing_of(call, SUBNETS, name)] if name else things(call, SUBNETS).values()
    return {"CacheSubnetGroups": [_shown(group) for group in found]}


@operation("elasticache", "ModifyCacheSubnetGroup")
def modify(call):
    group = thing_of(call, SUBNETS, call.params["CacheSubnetGroupName"])
    group.update(call.params.take("CacheSubnetGroupDescription"))
    if "SubnetIds" in call.params:
        new = _subnets(call)
        zones = {row["SubnetAvailabilityZone"]["Name"] for row in new["Subnets"]}
        if any(used - {None} - zones for used in users_of(call, group["CacheSubnetGroupName"])):
            raise AwsError("SubnetInUse", "The subnet is in use by a cache cluster and cannot be removed from the subnet group.")
        group.update(new)
    return {"CacheSubnetGroup": _shown(group)}


@operation("elasticache", "DeleteCacheSubnetGroup")
def delete(call):
    group = thing_of(call, SUBNETS, call.params["CacheSubnetGroupName"])
    name = group["CacheSubnetGroupName"]
    if users_of(call, name):
        raise AwsError("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache cluster.")
    del things(call, SUBNETS)[name]
