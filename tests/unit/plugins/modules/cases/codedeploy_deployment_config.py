# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain


def canary(percent, minutes=10):
    steps = {"canary_percentage": percent, "canary_interval": minutes}
    return {"traffic_routing_config": {"type": "TimeBasedCanary", "time_based_canary": steps}}


CHAIN = Chain(
    create={"name": "shop", **canary(20)},
    refused=[(canary(25), "cannot be changed in place"), ({"compute_platform": "Lambda"}, "compute_platform is 'ECS'")],
    invalid=[
        (canary(100), "canary_percentage is 100"),
        (canary(20, 0), "canary_interval is 0"),
        ({"traffic_routing_config": {"type": "TimeBasedLinear"}}, "time_based_linear belongs to type TimeBasedLinear"),
        ({"name": "CodeDeployDefault.Mine"}, "belong to AWS"),
    ],
    tagged=False,
)
