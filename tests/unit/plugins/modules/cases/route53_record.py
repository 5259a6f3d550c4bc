# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

ALIAS = {"dns_name": "shop-1.us-east-1.elb.amazonaws.com", "hosted_zone_id": "Z35SXDOTRQ7X7K"}


def prepare(aws):
    route53 = aws.client("route53")
    route53.create_hosted_zone(Name="shop.example.com", CallerReference="1")
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "shop.example.com"}
    check = route53.create_health_check(CallerReference="2", HealthCheckConfig=config)["HealthCheck"]["Id"]
    CHAIN.changes[-1] = {"health_check_id": check}
    return {}


CHAIN = Chain(
    create={"name": "api.shop.example.com", "zone": "shop.example.com", "type": "A", "values": ["192.0.2.1"]},
    changes=[
        {"values": ["192.0.2.2", "192.0.2.1"]},
        {"ttl": 60},
        {"values": None, "alias_target": ALIAS},
        {"alias_target": {**ALIAS, "evaluate_target_health": True}},
        {"alias_target": None, "values": ["192.0.2.9"]},
        {"health_check_id": "set by prepare"},
    ],
    invalid=[
        ({"alias_target": ALIAS}, "either values or an alias_target"),
        ({"weight": 10}, "needs a set_identifier"),
    ],
    at_creation={"zone", "type", "private_zone"},
    elsewhere={"set_identifier", "weight", "failover", "latency_region"},
    prepare=prepare,
    tagged=False,
)
