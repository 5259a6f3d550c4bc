# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a network is cut into subnets, and how its rules are said in the words of amazon.aws."""

from __future__ import annotations

import ipaddress

from ansible.errors import AnsibleFilterError

_TIER_BITS = 2  # four tiers at most
_ZONE_BITS = 2  # four zones at most


def subnets(cidr, tiers, zones):
    """Cut a network into one subnet per tier and zone.

    Every tier owns a quarter of the network and every zone a quarter of its tier, used or not: adding a zone later moves nothing.
    """
    network = ipaddress.ip_network(cidr)
    if len(tiers) > 2**_TIER_BITS or len(zones) > 2**_ZONE_BITS:
        raise AnsibleFilterError(f"There is room for 4 tiers and 4 zones, not for {len(tiers)} and {len(zones)}.")
    plan = []
    for tier, part in zip(tiers, network.subnets(prefixlen_diff=_TIER_BITS), strict=False):
        for zone, block in zip(zones, part.subnets(prefixlen_diff=_ZONE_BITS), strict=False):
            plan.append({"tier": tier, "zone": zone, "cidr": str(block), "name": f"{tier}-{zone[-1]}"})
    return plan


def security_rules(rules, network):
    """Return rules such as ``{port: 8000, from: load_balancer}`` as amazon.aws.ec2_security_group wants them.

    ``network`` is the result of slipway.aws.network_info. The other end is a security group of the network, a gateway endpoint,
    an address range, or ``internet``.
    """
    return [_rule(rule, network) for rule in rules]


def _rule(rule, network):
    end = rule.get("from", rule.get("to"))
    description = rule.get("description", f"port {rule['port']} {'from' if 'from' in rule else 'to'} {end}")
    return {"proto": "tcp", "ports": [rule["port"]], "rule_desc": description, **_end(end, network)}


def _end(end, network):
    if end in network["security_group_ids"]:
        return {"group_id": network["security_group_ids"][end]}
    if end in network["prefix_list_ids"]:
        return {"ip_prefix": network["prefix_list_ids"][end]}
    if end == "internet":
        return {"cidr_ip": "0.0.0.0/0"}
    try:
        return {"cidr_ip": str(ipaddress.ip_network(end))}
    except ValueError as error:
        known = ", ".join([*network["security_group_ids"], *network["prefix_list_ids"], "internet"])
        raise AnsibleFilterError(f"A rule speaks of {end!r}: neither an address range nor one of {known}.") from error


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return the filters by name."""
        return {"subnets": subnets, "security_rules": security_rules}
