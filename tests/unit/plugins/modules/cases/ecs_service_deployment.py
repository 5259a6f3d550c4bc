# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import RESTS, Action
from ansible_collections.slipway.aws.tests.support.containers import Containers

BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}
PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}


def prepare(aws):
    """Make a service whose first version serves and whose second comes as far as a hook that waits."""
    shop = Containers(aws, balanced=True)
    shop.create(loadBalancers=shop.balancers, deploymentConfiguration=BLUE_GREEN)
    shop.pass_time(until="SUCCESSFUL")
    second = shop.define(image="public.ecr.aws/nginx/nginx:1.28")
    shop.update(taskDefinition=second, deploymentConfiguration={**BLUE_GREEN, "lifecycleHooks": [PAUSE]})
    aws.run("ecs_service_deployment", name="web", cluster="shop", state="paused", wait_timeout=7200)
    return {"name": "web", "cluster": "shop", "wait_timeout": 7200}


ACTION = Action(
    prepare=prepare,
    does=[
        ({"state": "continued"}, RESTS),
        ({"state": "rolled_back"}, RESTS),
        ({"state": "stopped"}, RESTS),
        ({"state": "continued", "wait": False}, RESTS),
        ({"state": "stopped", "wait": False}, RESTS),
    ],
    invalid=[
        ({"state": "failed"}, "state must be one of"),
        ({"wait_timeout": "an hour"}, "wait_timeout"),
        ({"service": "web"}, "Unsupported parameters"),
    ],
)
