# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain


def prepare(aws):
    return {"vpc_id": aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]}


def _groups(web=None, service=None):
    """Return two groups that speak of each other."""
    return {
        "groups": [
            {"name": "web", "description": "HTTPS", "egress": [{"port": 8000, "to": "service"}], **(web or {})},
            {"name": "service", "description": "Services", "ingress": [{"port": 8000, "from": "web"}], **(service or {})},
        ]
    }


HTTPS = {"port": 443, "from": "internet"}

CHAIN = Chain(
    create={"prefix": "shop-", **_groups()},
    changes=[
        _groups(web={"ingress": [HTTPS]}),
        _groups(web={"ingress": [{**HTTPS, "description": "HTTPS from everybody"}]}),
        _groups(web={"ingress": [{**HTTPS, "description": ""}, {"port": 443, "from": "2001:db8::/32"}]}),
        _groups(web={"egress": []}, service={"egress": [{"protocol": "udp", "port": "5000-5010", "to": "10.0.0.0/8"}]}),
        _groups(service={"ingress": [{"protocol": "-1", "from": "service"}, {"protocol": "icmp", "from": "10.0.0.0/16"}]}),
        _groups(service={"egress": [{"port": 443, "to": "s3"}]}),
        _groups(service={"tags": {"Name": "backend"}}),
        {"tags": {"Project": "Shop"}},
        {"groups": [*_groups()["groups"], {"name": "cache", "description": "Redis", "ingress": [{"port": 6379, "from": "web"}]}]},
    ],
    refused=[
        (_groups(web={"description": "HTTP"}), "The description of group shop-web cannot be changed in place"),
        (_groups(web={"ingress": [{"port": 443, "from": "cash"}]}), "nobody knows 'cash'"),
    ],
    invalid=[
        ({"groups": [{"name": "web"}]}, "description has to be given"),
        ({"groups": [{"name": "web", "description": "HTTPS"}] * 2}, "web is there twice"),
    ],
    elsewhere={"vpc_id", "prefix"},
    own_tags={"Name": "shop-web"},
    prepare=prepare,
)
