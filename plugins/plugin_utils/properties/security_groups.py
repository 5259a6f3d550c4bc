# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Security groups: who may talk to whom."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import LOAD_BALANCER, SECURITY_GROUP, Resource, missing
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged, prop

_ANYWHERE = ("0.0.0.0/0", "::/0")
_WEB = (80, 443)
_WIDE = 8  # an address range with a shorter prefix is as good as the whole internet
_GROUPS = "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups"


@dataclass(frozen=True, eq=False)
class _Rule:
    """One rule of a security group, a resource of its own or written in the group."""

    resource: Resource
    group: Resource
    said: dict

    @property
    def ports(self):
        """Return the first and the last port that it is about."""
        if self.said.get("FromPort") in (None, -1):  # ports do not matter, as with all protocols
            return 0, 65535
        return self.said["FromPort"], self.said.get("ToPort", self.said["FromPort"])

    @property
    def range(self):
        """Return the addresses that it is about, or None when it speaks of a group or of a list."""
        return self.said.get("CidrIp") or self.said.get("CidrIpv6")

    @property
    def peer(self):
        """Return the group that it is about, as it stands there."""
        return self.said.get("SourceSecurityGroupId") or self.said.get("DestinationSecurityGroupId")

    @property
    def text(self):
        """Return it in words."""
        first, last = self.ports
        ends = self.range or spelled(self.peer) or spelled(self.said.get("SourcePrefixListId"))
        return f"{'port' if first == last else 'ports'} {first if first == last else f'{first} to {last}'}, {ends}"

    def is_wide(self):
        """Tell whether it is about the whole internet, or so much of it that it makes no difference."""
        return bool(self.range) and ipaddress.ip_network(spelled(self.range), strict=False).prefixlen < _WIDE


def _rules(environment, way):
    """Return all rules of one way, Ingress or Egress."""
    alone = environment.resources(f"AWS::EC2::SecurityGroup{way}")
    found = [_Rule(each, environment.target(each.get("GroupId"), SECURITY_GROUP), each.properties) for each in alone]
    for group in environment.resources(SECURITY_GROUP, "Custom::DefaultSecurityGroup"):
        found += [_Rule(group, group, said) for said in group.get(f"SecurityGroup{way}", [])]
    return found


def _balancing_groups(environment):
    """Return the security groups of load balancers."""
    return [group for each in environment.resources(LOAD_BALANCER) for group in environment.targets(each.get("SecurityGroups"))]


@prop(10, "Security group least privilege", controls=("AC-3", "SC-7", "CC6.7"))
def closed(environment):
    """No security group lets the whole internet in, but those of load balancers on ports 80 and 443. Half of the internet counts as
    the whole of it."""
    groups, faults = environment.some(SECURITY_GROUP, "security group")
    yield from faults
    balancing, rules = _balancing_groups(environment), _rules(environment, "Ingress")
    for each in rules:
        if each.is_wide():
            first, last = each.ports
            web = each.group in balancing and first == last and first in _WEB and each.said.get("IpProtocol") == "tcp"
            yield each.resource.judged(web, f"{each.group.name if each.group else 'a group'} lets in {each.text}")
    opened = [each.group for each in rules if each.is_wide()]
    for each in groups:
        if each not in opened:
            yield each.judged(True, "does not let the internet in")


@prop(
    35,
    "Comprehensive security group rules",
    controls=("AC-3", "SC-7", "CC6.7"),
    corrected=(
        "Every task is in two groups: one that all tasks share, which lets out and lets nobody in, and the service's own, which"
        " says who gets in. Kafka is somebody else's: the inventory tells its security group or its networks."
    ),
)
def right_neighbours(environment):
    """The groups of a public service let in its load balancer on the service's port and nobody else; those of an internal service
    let in other services and Kafka on its port and nobody else. All of them let out to Kafka on the ports of its brokers."""
    if not (environment.kafka.get("brokers") and _kafka_ends(environment)):
        yield missing("Kafka", "the inventory does not name its brokers, and its security group or networks")
    for service in environment.every_service:
        told = service.ecs.get(_GROUPS, []) if service.ecs else []
        groups = environment.targets(told, SECURITY_GROUP)
        if not groups or len(groups) != len(told):
            yield missing(f"security groups of {service.name}", "its tasks are in none, or in one that is not the environment's")
            continue
        yield from _let_in(environment, service, groups)
        yield from _let_out(environment, service, groups)


def _let_in(environment, service, groups):
    """Judge who gets in: only whom the service is for, and all of these."""
    wanted, let_in = _callers(environment, service), set()
    for each in _rules(environment, "Ingress"):
        if each.group in groups:
            who = next((name for name, peers in wanted.items() if _peer(environment, each) in peers), None)
            let_in.add(who)
            right = who and each.ports == (service.port, service.port) and each.said.get("IpProtocol") == "tcp"
            yield each.resource.judged(right, f"{service.name} lets in {each.text}")
    own = service.group
    for name in sorted({*wanted} - let_in):
        yield Judged(own.logical if own else service.prefix, False, f"{service.name} does not let in {name}")


def _callers(environment, service):
    """Return who may call a service: {in words: [group, its id or range of addresses]}."""
    if service.public:
        return {"the load balancer": _balancing_groups(environment)}
    shared = environment.called(SECURITY_GROUP, f"{environment.platform}-services")
    return {"other services": shared, **{f"Kafka in {end}": [end] for end in _kafka_ends(environment)}}


def _kafka_ends(environment):
    """Return how rules speak of Kafka: by the id of its group, or by its networks."""
    told = environment.kafka.get("security_group")
    return [told] if told else list(environment.kafka.get("networks") or [])


def _peer(environment, rule):
    """Return the group that a rule speaks of, its id when it is somebody else's, or its range of addresses."""
    return (environment.target(rule.peer, SECURITY_GROUP) or spelled(rule.peer)) if rule.peer else rule.range


def _let_out(environment, service, groups):
    """Judge whether the tasks reach every end of Kafka on every port of its brokers."""
    rules = [each for each in _rules(environment, "Egress") if each.group in groups]
    for port in sorted({int(broker.rpartition(":")[2]) for broker in environment.kafka.get("brokers") or []}):
        for end in _kafka_ends(environment):
            way = next((each for each in rules if _reaches(each, end, port)), None)
            where = way.resource.logical if way else groups[0].logical
            yield Judged(where, bool(way), f"{service.name} {'reaches' if way else 'does not reach'} {end} on port {port}")


def _reaches(rule, end, port):
    first, last = rule.ports
    if not first <= port <= last or rule.said.get("IpProtocol") not in ("tcp", "-1", -1):
        return False
    if not rule.range:
        return spelled(rule.peer) == end
    if "/" not in end:  # a group: its addresses are somewhere
        return rule.range in _ANYWHERE
    ours, theirs = (ipaddress.ip_network(spelled(each), strict=False) for each in (rule.range, end))
    return ours.version == theirs.version and ours.supernet_of(theirs)
