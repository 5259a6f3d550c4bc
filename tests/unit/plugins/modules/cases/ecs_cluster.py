# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

ON_DEMAND = {"capacity_provider": "FARGATE", "weight": 1, "base": 1}
SPOT = {"capacity_provider": "FARGATE_SPOT", "weight": 2}

CHAIN = Chain(
    create={"name": "shop", "capacity_providers": ["FARGATE"]},
    changes=[
        {"container_insights": "enhanced"},
        {"capacity_providers": ["FARGATE_SPOT", "FARGATE"], "default_capacity_provider_strategy": [SPOT, ON_DEMAND]},
        {"default_capacity_provider_strategy": [ON_DEMAND]},
        {"configuration": {"execute_command_configuration": {"logging": "DEFAULT"}}},
        {"service_connect_namespace": "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1"},
        {"service_connect_namespace": ""},
    ],
)
