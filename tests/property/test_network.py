# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What holds for every network that can be cut into subnets."""

from __future__ import annotations

import ipaddress
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.slipway.aws.plugins.filter.network import subnets
from ansible_collections.slipway.aws.plugins.plugin_utils import rules

prefixes = st.integers(min_value=16, max_value=24)
addresses = st.integers(min_value=0, max_value=2**32 - 1)
networks = st.builds(lambda number, prefix: str(ipaddress.ip_network((number, prefix), strict=False)), addresses, prefixes)
tiers = st.integers(min_value=1, max_value=4).map(lambda n: ["public", "private", "isolated", "spare"][:n])
zones = st.integers(min_value=1, max_value=4).map(lambda n: [f"eu-west-1{'abcd'[i]}" for i in range(n)])


@given(networks, tiers, zones)
def test_subnets_lie_inside_and_apart(cidr, tiers, zones):
    plan = [ipaddress.ip_network(each["cidr"]) for each in subnets(cidr, tiers, zones)]
    assert len(plan) == len(tiers) * len(zones)
    assert all(subnet.subnet_of(ipaddress.ip_network(cidr)) for subnet in plan)
    assert not any(a.overlaps(b) for a, b in combinations(plan, 2))
    assert all(subnet.prefixlen <= 28 for subnet in plan), "AWS has no smaller subnets"


@given(networks, tiers, zones)
def test_another_zone_moves_nothing(cidr, tiers, zones):
    everything = subnets(cidr, tiers, [f"eu-west-1{z}" for z in "abcd"])
    assert all(subnet in everything for subnet in subnets(cidr, tiers, zones))


class Nowhere:
    """Origins that know no file."""

    @staticmethod
    def place(*_names):
        return "somewhere"


@given(st.text(max_size=20))
def test_no_text_passes_for_a_network_unless_it_is_one(text):
    """Whatever stands under network_cidr, it is refused in words or can be cut."""
    faults = rules.broken({"network_cidr": text}, "network", (), Nowhere)
    assert faults or subnets(text, ["public"], ["eu-west-1a"])


@given(networks)
def test_every_network_of_a_right_size_passes(cidr):
    assert rules.broken({"network_cidr": cidr}, "network", (), Nowhere) == []
