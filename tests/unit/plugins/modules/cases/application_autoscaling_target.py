# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.containers import Containers

NIGHT = {"name": "night", "schedule": "cron(0 22 * * ? *)", "min_capacity": 1}


def prepare(aws):
    """Make a service that can be scaled."""
    Containers(aws).create()
    return {"resource_id": "service/shop/web"}


CHAIN = Chain(
    create={"min_capacity": 1, "max_capacity": 4},
    prepare=prepare,
    changes=[
        {"max_capacity": 6},
        {"min_capacity": 3},
        {"suspended_state": {"dynamic_scaling_in_suspended": True}},
        {"suspended_state": {"dynamic_scaling_in_suspended": False, "scheduled_scaling_suspended": True}},
        {"scheduled_actions": [NIGHT]},
        {"scheduled_actions": [{**NIGHT, "timezone": "Europe/Zurich"}, {**NIGHT, "name": "day", "max_capacity": 9}]},
        {"scheduled_actions": []},
    ],
    at_creation={"resource_id", "role_arn", "service_namespace", "scalable_dimension"},
    invalid=[
        ({"min_capacity": 5}, "min_capacity 5 is greater than max_capacity 4"),
        ({"min_capacity": -1}, "cannot be negative"),
        ({"scheduled_actions": [{**NIGHT, "max_capacity": 0}]}, "Scheduled action night: min_capacity 1 is greater"),
    ],
)
