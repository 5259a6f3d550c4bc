# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The network: what leads where, and what stands where."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import LOAD_BALANCER, SERVICE, SUBNET, VPC
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import prop

_ANYWHERE = ("0.0.0.0/0", "::/0")
_INTERNET, _NAT, _MAIN = "internet gateway", "NAT gateway", "the VPC's main route table"
_WAYS = {"public": [_INTERNET], "private": [_NAT], "isolated": []}
_SUBNETS = "NetworkConfiguration.AwsvpcConfiguration.Subnets"


@prop(8, "VPC network segmentation", controls=("SC-7", "CC6.7"))
def segmented(environment):
    """By default, public subnets lead to an internet gateway, private ones to a NAT gateway, which stands in a public subnet, and
    isolated ones nowhere. Load balancers that face the internet stand in public subnets, tasks in private ones."""
    subnets, faults = environment.some(SUBNET, "subnet")
    yield from faults
    for each in subnets:
        tier, ways = each.tags.get("Tier"), _ways_out(environment, each)
        yield each.judged(ways == _WAYS.get(tier), f"{tier or 'no'} tier, leads to {' and '.join(ways) or 'nowhere'}")
    for each in environment.resources("AWS::EC2::NatGateway"):
        yield _standing_in_public(environment, each, [each.get("SubnetId")])
    for each in environment.resources(LOAD_BALANCER):
        if each.get("Scheme", "internet-facing") == "internet-facing":
            places = each.get("Subnets") or [one["SubnetId"] for one in each.get("SubnetMappings", [])]
            yield _standing_in_public(environment, each, places)
    yield from in_private_subnets(environment)


def _ways_out(environment, subnet):
    """Return where a subnet leads by default."""
    links = environment.resources("AWS::EC2::SubnetRouteTableAssociation")
    tables = [environment.target(each.get("RouteTableId")) for each in links if environment.target(each.get("SubnetId")) is subnet]
    if not tables:
        return [_MAIN]
    routes = [each for each in environment.resources("AWS::EC2::Route") if environment.target(each.get("RouteTableId")) in tables]
    default = [each for each in routes if {each.get("DestinationCidrBlock"), each.get("DestinationIpv6CidrBlock")} & {*_ANYWHERE}]
    return sorted({_way(each) for each in default})


def _way(route):
    told = {"GatewayId": _INTERNET, "NatGatewayId": _NAT}
    return next((way for name, way in told.items() if route.get(name)), "something else")


def _standing_in_public(environment, resource, places):
    subnets = environment.targets(places, SUBNET)
    known = subnets and len(subnets) == len(places)
    others = [each.logical for each in subnets if _ways_out(environment, each) != [_INTERNET]]
    if known and not others:
        return resource.judged(True, "in public subnets")
    return resource.judged(False, f"in {', '.join(others) or 'subnets that nobody here knows'}, not in public subnets only")


@prop(27, "Private subnet placement", controls=("SC-7", "CC6.7"))
def in_private_subnets(environment):
    """The tasks of every ECS service stand in subnets that the internet has no way into."""
    services, faults = environment.some(SERVICE, "ECS service")
    yield from faults
    for each in services:
        places = each.get(_SUBNETS, [])
        subnets = environment.targets(places, SUBNET)
        reached = [one.logical for one in subnets if {_INTERNET, _MAIN} & {*_ways_out(environment, one)}]
        known = subnets and len(subnets) == len(places)
        told = "in private subnets" if known and not reached else f"in {', '.join(reached) or 'subnets that nobody here knows'}"
        yield each.judged(known and not reached, told)


@prop(34, "Multi-AZ deployment", controls=("CC7.2",))
def several_zones(environment):
    """The subnets of each tier of every VPC lie in two zones at least."""
    networks, faults = environment.some(VPC, "VPC")
    yield from faults
    for network in networks:
        subnets = [each for each in environment.resources(SUBNET) if environment.target(each.get("VpcId")) is network]
        tiers = {}
        for each in subnets:
            tiers.setdefault(each.tags.get("Tier", "no"), set()).add(spelled(each.get("AvailabilityZone")))
        told = ", ".join(f"{tier} tier in {len(zones)} zones" for tier, zones in sorted(tiers.items()))
        yield network.judged(tiers and all(len(zones) > 1 for zones in tiers.values()), told or "no subnets")
