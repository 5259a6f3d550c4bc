# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import shapes
from ansible_collections.slipway.aws.tests.support.chain import ACTS, Action
from ansible_collections.slipway.aws.tests.support.containers import Containers


def prepare(aws):
    """Make a cluster and a task definition."""
    shop = Containers(aws)
    shop.define()
    network = shapes.from_api(shop.awsvpc)
    return {"task_definition": "web", "cluster": "shop", "launch_type": "FARGATE", "network_configuration": network}


ACTION = Action(
    prepare=prepare,
    does=[
        ({"overrides": {"container_overrides": [{"name": "web", "command": ["alembic", "upgrade", "head"]}]}}, ACTS),
        ({"wait": False, "started_by": "deploy", "tags": {"Project": "Shop"}}, ACTS),
    ],
    invalid=[
        ({"launch_type": "LAMBDA"}, "launch_type must be one of"),
        ({"propagate_tags": "SERVICE"}, "propagate_tags must be one of"),
        ({"network_configuration": {"awsvpc_configuration": {}}}, "missing required arguments: subnets"),
        ({"network_configuration": {"subnets": []}}, "missing required arguments: awsvpc_configuration"),
    ],
)
