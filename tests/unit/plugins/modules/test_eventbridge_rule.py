# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is particular about rules: targets with operations of their own, patterns without an order, rules of AWS's services."""

from __future__ import annotations

import json

import pytest
from moto.events.models import events_backends

from ansible_collections.slipway.aws.tests.support.delivery import done, rests, role

MODULE = "eventbridge_rule"
TOPIC = "arn:aws:sns:us-east-1:123456789012:shop"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:shop-queue"
RULE = {"name": "shop", "event_pattern": {"source": ["aws.codepipeline"], "detail": {"state": ["FAILED", "STOPPED"]}}}


def test_only_the_targets_that_differ_are_sent_and_the_rule_is_not(aws):
    done(aws, MODULE, **RULE, targets=[{"arn": TOPIC}, {"arn": QUEUE}, {"id": "old", "arn": f"{QUEUE}-old"}])
    retried = {"arn": QUEUE, "retry_policy": {"maximum_retry_attempts": 4}}
    with aws.recorded() as sent:
        done(aws, MODULE, **RULE, targets=[retried, {"arn": TOPIC}])
    assert sent.writes == ["RemoveTargets", "PutTargets"]
    assert sent.parameters("RemoveTargets")["Ids"] == ["old"]
    put = sent.parameters("PutTargets")["Targets"]
    assert put == [{"Id": "shop-queue", "Arn": QUEUE, "RetryPolicy": {"MaximumRetryAttempts": 4}}]


def test_a_changed_rule_is_sent_whole_because_aws_replaces_it(aws):
    arn = role(aws, "events", "events")
    done(aws, MODULE, **RULE, description="Failures", role_arn=arn, targets=[{"arn": TOPIC}], tags={"Project": "Shop"})
    with aws.recorded() as sent:
        result = aws.run(MODULE, name="shop", event_pattern={"source": ["aws.codebuild"]})
    assert sent.writes == ["PutRule"]
    parameters = sent.parameters("PutRule")
    assert json.loads(parameters["EventPattern"]) == {"source": ["aws.codebuild"]}
    assert (parameters["Description"], parameters["RoleArn"], parameters["State"]) == ("Failures", arn, "ENABLED")
    assert "Tags" not in parameters
    assert len(result.rule["targets"]) == 1


def test_the_order_of_alternatives_and_the_form_of_a_pattern_do_not_matter(aws):
    done(aws, MODULE, **RULE)
    turned = {"detail": {"state": ["STOPPED", "FAILED"]}, "source": ["aws.codepipeline"]}
    rests(aws, MODULE, name="shop", event_pattern=turned)
    rests(aws, MODULE, name="shop", event_pattern=json.dumps(turned))


def test_names_of_the_users_are_kept(aws):
    words = {"input_paths_map": {"myStage": "$.detail.stage"}, "input_template": '"<myStage>"'}
    with aws.recorded() as sent:
        result = aws.run(MODULE, **RULE, targets=[{"arn": TOPIC, "input_transformer": words}])
    assert sent.parameters("PutTargets")["Targets"][0]["InputTransformer"]["InputPathsMap"] == {"myStage": "$.detail.stage"}
    assert result.rule["targets"][0]["input_transformer"]["input_paths_map"] == {"myStage": "$.detail.stage"}


def test_one_task_is_what_aws_starts_when_nobody_says_how_many(aws):
    arn = "arn:aws:ecs:us-east-1:123456789012:cluster/shop"
    definition = {"task_definition_arn": "arn:aws:ecs:us-east-1:123456789012:task-definition/report"}
    target = {"arn": arn, "role_arn": role(aws, "events", "events"), "ecs_parameters": definition}
    with aws.recorded() as sent:
        done(aws, MODULE, **RULE, targets=[target])
    assert sent.parameters("PutTargets")["Targets"][0]["EcsParameters"]["TaskCount"] == 1
    rests(aws, MODULE, **RULE, targets=[target])
    rests(aws, MODULE, **RULE, targets=[{**target, "ecs_parameters": {**definition, "task_count": 1}}])


def test_targets_go_before_the_rule(aws):
    done(aws, MODULE, **RULE, targets=[{"arn": TOPIC}])
    with aws.recorded() as sent:
        done(aws, MODULE, name="shop", state="absent")
    assert sent.writes == ["RemoveTargets", "DeleteRule"]


def test_a_rule_on_another_bus_is_another_rule(aws):
    done(aws, MODULE, **RULE)
    aws.client("events").create_event_bus(Name="shop")
    for bus in ("shop", "arn:aws:events:us-east-1:123456789012:event-bus/shop"):
        result = aws.run(MODULE, **RULE, event_bus_name=bus, targets=[{"arn": TOPIC}])
        assert result.rule["arn"] == "arn:aws:events:us-east-1:123456789012:rule/shop/shop"
    assert not result.changed
    done(aws, MODULE, name="shop", event_bus_name="shop", state="absent")
    rests(aws, MODULE, **RULE)


def test_a_rule_on_a_bus_that_does_not_exist_is_absent(aws):
    result = aws.run(MODULE, name="shop", event_bus_name="none", state="absent")
    assert (result.failed, result.changed) == (False, False)


@pytest.mark.parametrize("options", [{"state": "absent"}, {**RULE, "description": "mine"}])
def test_a_rule_that_a_service_made_is_left_alone(aws, options):
    done(aws, MODULE, **RULE)
    events_backends["123456789012"]["us-east-1"].event_buses["default"].rules["shop"].managed_by = "codepipeline.amazonaws.com"
    with aws.recorded() as sent:
        result = aws.run(MODULE, **{"name": "shop", **options})
    assert result.failed
    assert "belongs to codepipeline.amazonaws.com" in result.msg
    assert sent.writes == []


def test_entries_that_aws_refuses_fail_the_task(aws, monkeypatch):
    entry = {"TargetId": "shop", "ErrorCode": "ConcurrentModificationException", "ErrorMessage": "somebody else"}
    from ansible_collections.slipway.aws.extensions.emulator import registry

    def refuse(call):
        call.params.everything()
        return {"FailedEntryCount": 1, "FailedEntries": [entry]}

    monkeypatch.setitem(registry.OPERATIONS, ("events", "PutTargets"), refuse)
    result = aws.run(MODULE, **RULE, targets=[{"arn": TOPIC}])
    assert result.failed
    assert "shop: somebody else (ConcurrentModificationException)" in result.msg


def test_a_role_that_is_new_gets_a_minute_to_be_known(aws):
    arn = role(aws, "events", "events")
    message = f"Provided role '{arn}' cannot be assumed by principal 'events.amazonaws.com'."
    fault = aws.fault("events", "PutTargets", times=2, code="ValidationException", message=message)
    pipeline = {"arn": "arn:aws:codepipeline:us-east-1:123456789012:shop", "role_arn": arn}
    assert aws.run(MODULE, **RULE, targets=[pipeline]).changed
    assert fault["times"] == 0
