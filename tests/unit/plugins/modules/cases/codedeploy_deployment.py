# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.chain import ACTS, RESTS, Action
from ansible_collections.slipway.aws.tests.support.delivery import blue_green, done, register

MODULE = "codedeploy_deployment"
KEPT = {"terminate_blue_instances_on_deployment_success": {"termination_wait_time_in_minutes": 5}}


def prepare(aws):
    """Make a service that serves, its deployment group and a second version."""
    done(aws, "codedeploy_application", name="shop")
    group, _listener = blue_green(aws)
    CLOCK.advance(120)
    done(aws, "codedeploy_deployment_group", **group, blue_green_deployment_configuration=KEPT)
    version = {"task_definition": register(aws, "shop:2"), "container_name": "web", "container_port": 8000}
    return {"name": "web", "application_name": "shop", **version}


def shifted(aws, options):
    done(aws, MODULE, **options, wait_until="shifted")
    return {"action": "continue"}


def started(aws, options):
    done(aws, MODULE, **options, wait=False)
    return {"action": "stop", "roll_back": True}


ACTION = Action(
    prepare=prepare,
    does=[
        ({"description": "Change 4711"}, RESTS),
        ({"wait_until": "shifted"}, RESTS),
        ({"wait": False}, RESTS),
        ({"force": True}, ACTS),
        (shifted, RESTS),
        (started, RESTS),
    ],
    invalid=[
        ({"app_spec": {"version": 0.0}}, "mutually exclusive"),
        ({"action": "roll_back"}, "action must be one of"),
        ({"wait_until": "ready"}, "wait_until must be one of"),
        ({"container_port": "http"}, "container_port"),
    ],
)
