# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

A, SRV, CNAME = ({"type": kind, "ttl": 10} for kind in ("A", "SRV", "CNAME"))


def prepare(aws):
    made = aws.run("servicediscovery_namespace", name="shop.example", type="DNS_PUBLIC")
    assert not made.failed, made.msg
    return {"namespace": "shop.example"}


CHAIN = Chain(
    create={"name": "orders", "dns_records": [A, SRV]},
    changes=[
        {"description": "Orders"},
        {"dns_records": [SRV, {**A, "ttl": 60}]},
        {"health_check_config": {"type": "HTTP", "resource_path": "/health", "failure_threshold": 2}},
        {"health_check_config": {"type": "TCP"}},
    ],
    refused=[
        ({"dns_records": [A]}, "record_types is ['A', 'SRV'], wanted ['A']"),
        ({"routing_policy": "WEIGHTED"}, "routing_policy is 'MULTIVALUE', wanted 'WEIGHTED'"),
    ],
    invalid=[
        ({"dns_records": [A, A]}, "each type may stand there once"),
        ({"dns_records": [CNAME]}, "CNAME has to be the only record"),
        ({"health_check_custom_config": True, "health_check_config": {"type": "TCP"}}, "exclude each other"),
        ({"dns_records": [], "routing_policy": "WEIGHTED"}, "routing_policy is about DNS"),
    ],
    elsewhere={"namespace", "health_check_custom_config"},
    prepare=prepare,
)
