# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a network is cut into subnets, and what passes its borders."""

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


def acl_entries(ends, first, begin):
    """Return entries of a network ACL that let TCP pass to or from ends such as ``{cidr: 10.0.0.0/16, port: 9094}``.

    They are numbered in tens from ``first``. ``begin`` are the entries that stand before them.
    """
    rows = [
        [first + 10 * place, "tcp", "allow", end["cidr"], None, None, int(end["port"]), int(end["port"])]
        for place, end in enumerate(ends)
    ]
    return [*begin, *rows]


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return the filters by name."""
        return {"subnets": subnets, "acl_entries": acl_entries}
