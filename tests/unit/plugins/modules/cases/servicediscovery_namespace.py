# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.edge import network


def prepare(aws):
    return {"vpc_id": network(aws)[0]}


CHAIN = Chain(
    create={"name": "dev.internal", "type": "DNS_PRIVATE"},
    changes=[{"description": "Services of dev"}, {"soa_ttl": 60}],
    refused=[
        ({"vpc_id": "vpc-other"}, "wanted 'vpc-other'"),
        ({"type": "DNS_PUBLIC", "vpc_id": None}, "cannot be changed in place"),
    ],
    invalid=[
        ({"type": "HTTP"}, "vpc_id is for a private namespace, not for HTTP"),
        ({"type": "HTTP", "vpc_id": None, "soa_ttl": 5}, "soa_ttl is for a namespace with DNS"),
    ],
    prepare=prepare,
)
