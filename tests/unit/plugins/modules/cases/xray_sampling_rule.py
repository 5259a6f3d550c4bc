# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

CHAIN = Chain(
    create={"name": "shop", "priority": 100, "fixed_rate": 0.1, "reservoir_size": 1},
    changes=[
        {"fixed_rate": 0.05, "priority": 90},
        {"reservoir_size": 0},
        {"service_name": "shop-*", "service_type": "AWS::ECS::Container"},
        {"host": "shop.example", "http_method": "POST", "url_path": "/orders*"},
        {"resource_arn": "arn:aws:ecs:us-east-1:123456789012:cluster/shop"},
        {"attributes": {"Customer_Kind": "gold", "country": "CH"}},
        {"attributes": {"country": "CH"}},
        {"attributes": {}},
        {"sampling_rate_boost": {"max_rate": 0.5, "cooldown_window_minutes": 10}},
        {"sampling_rate_boost": {"max_rate": 0.4, "cooldown_window_minutes": 10}},
    ],
    invalid=[
        ({"priority": 10000}, "priority 10000 is not between 1 and 9999"),
        ({"fixed_rate": 5}, "fixed_rate 5 is not between 0 and 1"),
        ({"fixed_rate": "often"}, "fixed_rate"),
        ({"reservoir_size": -1}, "reservoir_size -1 is negative"),
        ({"host": ""}, "host has from 1 to 64 characters"),
        ({"attributes": dict.fromkeys("abcdef", "x")}, "attributes: a rule has five at most"),
        ({"sampling_rate_boost": {"max_rate": 2, "cooldown_window_minutes": 1}}, "sampling_rate_boost.max_rate 2"),
        ({"name": "Default"}, "priority: of the rule Default only"),
    ],
)
