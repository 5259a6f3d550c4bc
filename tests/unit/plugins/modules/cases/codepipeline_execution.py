# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.chain import ACTS, RESTS, Action
from ansible_collections.slipway.aws.tests.support.delivery import BUILD, DEPLOY, approval, done, pipeline

MODULE = "codepipeline_execution"


def prepare(aws):
    """Make a pipeline whose first execution has been released."""
    pipeline(aws, stages=[BUILD, approval(), DEPLOY], variables=[{"name": "REASON", "default_value": "none"}])
    CLOCK.advance(600)
    done(aws, MODULE, name="shop", action="approve")
    return {"name": "shop"}


def before_the_gate(action):
    """Return the deed that answers the approval of an execution."""

    def deed(aws, options):
        started = done(aws, MODULE, **options).execution
        return {"action": action, "execution_id": started["pipeline_execution_id"], "reason": "Change 4711"}

    return deed


def released(aws, options):
    """Let another execution go through to its end."""
    done(aws, MODULE, **options)
    done(aws, MODULE, **options, action="approve")


def running(aws, options):
    done(aws, MODULE, **options, wait=False)
    return {"action": "stop", "abandon": True, "reason": "wrong branch"}


def failed(aws, options):
    plans.plan("action_fails", pipeline="shop", action="Image", times=1)
    assert aws.run(MODULE, **options).failed
    return {"action": "retry", "retry_mode": "ALL_ACTIONS"}


def thrice_released(aws, options):
    """Two executions are older than the one that stands in the stage, so that one can go back twice."""
    released(aws, options)
    released(aws, options)
    return {"action": "roll_back", "stage": "Deploy"}


ACTION = Action(
    prepare=prepare,
    does=[
        (before_the_gate("approve"), RESTS),
        (before_the_gate("reject"), RESTS),
        ({"wait": False, "variables": {"REASON": 4711}}, ACTS),
        (running, RESTS),
        (failed, "no stage has failed"),
        (thrice_released, ACTS),
    ],
    invalid=[
        ({"action": "stop", "variables": {"REASON": "1"}}, "variables belongs to action start"),
        (
            {"action": "wait", "source_revisions": [{"action_name": "GitHub", "revision_value": "5f2c1d8"}]},
            "source_revisions belongs to action start",
        ),
        ({"action": "roll_back"}, "needs the stage"),
        ({"action": "pause"}, "action must be one of"),
        ({"source_revisions": [{"action_name": "GitHub"}]}, "missing required arguments: revision_value"),
    ],
)
