# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain


def prepare(aws):
    return {"vpc_id": aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]}


CHAIN = Chain(
    create={"name": "orders", "target_type": "ip", "protocol": "HTTP", "port": 8000, "health_check_path": "/health"},
    changes=[
        {"health_check_path": "/ready", "matcher": {"http_code": "200-299"}},
        {"health_check_interval_seconds": 12, "health_check_timeout_seconds": 4},
        {"healthy_threshold_count": 3, "unhealthy_threshold_count": 4},
        {"health_check_protocol": "HTTPS", "health_check_port": "8443"},
        {"attributes": {"deregistration_delay_timeout_seconds": 30, "slow_start_duration_seconds": 60}},
        {
            "attributes": {
                "slow_start_duration_seconds": 0,
                "load_balancing_algorithm_type": "weighted_random",
                "load_balancing_algorithm_anomaly_mitigation": True,
                "load_balancing_cross_zone_enabled": "false",
            }
        },
        {
            "attributes": {
                "stickiness_enabled": True,
                "stickiness_type": "app_cookie",
                "stickiness_app_cookie_cookie_name": "session",
                "target_group_health_dns_failover_minimum_healthy_targets_count": "off",
            }
        },
        {"targets": [{"id": "10.0.0.4"}, {"id": "10.0.0.5", "port": 9000}]},
        {"targets": [{"id": "10.0.0.5", "port": 9000}, {"id": "10.0.0.6"}]},
        {"targets": []},
    ],
    refused=[
        ({"port": 8080}, "port is 8000, wanted 8080"),
        ({"protocol": "HTTPS"}, "cannot be changed in place"),
        ({"protocol_version": "HTTP2"}, "cannot be changed in place"),
        ({"vpc_id": "vpc-other"}, "cannot be changed in place"),
        ({"target_type": "instance"}, "cannot be changed in place"),
        ({"ip_address_type": "ipv6"}, "cannot be changed in place"),
        ({"target_control_port": 9901}, "cannot be changed in place"),
    ],
    invalid=[
        ({"health_check_interval_seconds": 5, "health_check_timeout_seconds": 5}, "has to be less than"),
        ({"unhealthy_threshold_count": 1}, "between 2 and 10"),
        ({"attributes": {"slow_start_duration_seconds": 10}}, "0 (off) or between 30 and 900"),
        (
            {"attributes": {"slow_start_duration_seconds": 60, "load_balancing_algorithm_type": "weighted_random"}},
            "works with round_robin only",
        ),
        (
            {
                "attributes": {
                    "load_balancing_algorithm_anomaly_mitigation": True,
                    "load_balancing_algorithm_type": "round_robin",
                }
            },
            "needs load_balancing_algorithm_type weighted_random",
        ),
        ({"attributes": {"stickiness_type": "app_cookie"}}, "needs stickiness_app_cookie_cookie_name"),
    ],
    elsewhere={"health_check_enabled"},
    prepare=prepare,
)
