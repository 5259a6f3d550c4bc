# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

LOCKED = "cannot be changed in place"

CHAIN = Chain(
    create={"name": "shop", "cache_parameter_group_family": "redis7", "parameters": {"maxmemory-policy": "allkeys-lru"}},
    changes=[
        {"parameters": {"maxmemory-policy": "allkeys-lfu", "timeout": 300}},
        {"parameters": {"timeout": 300, "activedefrag": True}},
        {"purge_parameters": False, "parameters": {"timeout": 60}},
        {"purge_parameters": True, "parameters": {}},
    ],
    refused=[
        ({"cache_parameter_group_family": "redis6.x"}, LOCKED),
        ({"description": "Another one"}, LOCKED),
        ({"parameters": {"maxmemory-polcy": "noeviction"}}, "did you mean maxmemory-policy?"),
        ({"parameters": {"appendonly": True}}, "lets nobody change"),
    ],
    invalid=[
        ({"name": "1shop"}, "a letter first"),
        ({"name": "shop-"}, "no hyphen last"),
        ({"cache_parameter_group_family": "default.redis7"}, "cache_parameter_group_family is a name"),
        ({"parameters": {"timeout": None}}, "parameters wants one value"),
        ({"parameters": {"timeout": [1, 2]}}, "parameters wants one value"),
    ],
)
