# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which rule is meant, who is told, and topics that nobody may publish to; and what the topics get."""

from __future__ import annotations

import json

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.delivery import BUILD, approval, done, messages, pipeline, rests, topic

MODULE = "codestar_notification_rule"
SHOP = "arn:aws:codepipeline:us-east-1:123456789012:shop"
FAILED = "codepipeline-pipeline-pipeline-execution-failed"
NEEDED = "codepipeline-pipeline-manual-approval-needed"


def rule(*topics, resource=SHOP, events=(FAILED,), **more):
    targets = [{"target_address": arn} for arn in topics]
    return {"name": "shop", "resource": resource, "event_type_ids": list(events), "targets": targets, **more}


def test_targets_are_a_set(aws):
    one, two = topic(aws, "one"), topic(aws, "two")
    done(aws, MODULE, **rule(one))
    with aws.recorded() as sent:
        changed = aws.run(MODULE, **rule(one, two))
    assert sent.writes == ["UpdateNotificationRule"]
    assert sent.parameters("UpdateNotificationRule").keys() == {"Arn", "Targets"}
    assert changed.notification_rule["unreachable_targets"] == []
    rests(aws, MODULE, **rule(two, one))
    assert aws.run(MODULE, **rule()).notification_rule["targets"] == []


def test_a_rule_of_the_same_name_on_something_else_is_another_rule(aws):
    one = topic(aws, "one")
    done(aws, MODULE, **rule(one))
    assert aws.run(MODULE, **rule(one, resource=f"{SHOP}-production")).changed
    done(aws, MODULE, name="shop", resource=SHOP, state="absent")
    rests(aws, MODULE, **rule(one, resource=f"{SHOP}-production"))


def test_a_rule_of_another_name_on_the_same_pipeline_is_another_rule(aws):
    one = topic(aws, "one")
    done(aws, MODULE, **{**rule(one), "name": "owners"})
    assert done(aws, MODULE, **rule(one)).changed
    assert done(aws, MODULE, name="shop", resource=SHOP, state="absent").changed
    rests(aws, MODULE, **{**rule(one), "name": "owners"})


def test_a_topic_that_is_closed_to_notifications_is_a_warning(aws):
    closed = aws.client("sns").create_topic(Name="closed")["TopicArn"]
    made = aws.run(MODULE, **rule(closed))
    assert made.notification_rule["unreachable_targets"] == [closed]
    assert [f"cannot reach {closed}" in warning for warning in made.warnings] == [True]
    assert aws.run(MODULE, name="shop", resource=SHOP, state="absent").warnings == []


def test_what_happens_in_the_pipeline_is_told(aws):
    operators, closed = topic(aws, "operators"), aws.client("sns").create_topic(Name="closed")["TopicArn"]
    pipeline(aws, stages=[BUILD, approval()])
    done(aws, MODULE, **rule(operators, closed, events=(FAILED, NEEDED)))
    CLOCK.advance(600)
    aws.client("codepipeline").get_pipeline_state(name="shop")
    (needed,) = map(json.loads, messages(operators))
    assert needed["detail"]["type"]["category"] == "Approval"
    plans.plan("build_fails", project="shop-image")
    aws.client("codepipeline").start_pipeline_execution(name="shop")
    CLOCK.advance(600)
    aws.client("codepipeline").get_pipeline_state(name="shop")
    _needed, failed = map(json.loads, messages(operators))
    assert (failed["detailType"], failed["detail"]["state"]) == ("CodePipeline Pipeline Execution State Change", "FAILED")
    assert messages(closed) == []


def test_a_disabled_rule_is_quiet(aws):
    operators = topic(aws, "operators")
    pipeline(aws, stages=[approval()])
    done(aws, MODULE, **rule(operators, events=(NEEDED,), status="DISABLED"))
    CLOCK.advance(600)
    aws.client("codepipeline").get_pipeline_state(name="shop")
    assert messages(operators) == []
