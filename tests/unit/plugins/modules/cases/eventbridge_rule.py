# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.delivery import role

ROLE = "arn:aws:iam::123456789012:role/events"
TOPIC = "arn:aws:sns:us-east-1:123456789012:shop"
PIPELINE = {"id": "pipeline", "arn": "arn:aws:codepipeline:us-east-1:123456789012:shop", "role_arn": ROLE}
NETWORK = {"awsvpc_configuration": {"subnets": ["subnet-1", "subnet-2"], "assign_public_ip": "DISABLED"}}
TASK = {"task_definition_arn": "arn:aws:ecs:us-east-1:123456789012:task-definition/report", "network_configuration": NETWORK}
CLUSTER = {"id": "task", "arn": "arn:aws:ecs:us-east-1:123456789012:cluster/shop", "role_arn": ROLE, "ecs_parameters": TASK}
LETTERS = {"dead_letter_config": {"arn": "arn:aws:sqs:us-east-1:123456789012:lost"}}
WORDS = {"input_paths_map": {"Stage": "$.detail.stage"}, "input_template": '"stage <Stage> failed"'}


def prepare(aws):
    role(aws, "events", "events")
    return {}


def pattern(*states):
    return {"source": ["aws.codepipeline"], "detail": {"state": list(states)}}


CHAIN = Chain(
    prepare=prepare,
    create={"name": "shop-failed", "event_pattern": pattern("FAILED"), "targets": [{"arn": TOPIC}]},
    changes=[
        {"description": "Failures"},
        {"event_pattern": pattern("FAILED", "STOPPED")},
        {"event_pattern": {"source": ["aws.codepipeline"]}},  # a part of the pattern goes
        {"rule_state": "DISABLED"},
        {"role_arn": ROLE},
        {"schedule_expression": "rate(5 minutes)"},
        {"schedule_expression": ""},
        {"targets": [{"arn": TOPIC}, PIPELINE]},
        {"targets": [{"arn": TOPIC, **LETTERS, "retry_policy": {"maximum_retry_attempts": 4}}, PIPELINE]},
        {"targets": [{"arn": TOPIC, "input_transformer": WORDS}, PIPELINE]},
        {"targets": [{**CLUSTER, "input": {"containerOverrides": []}}]},
        {"targets": []},
    ],
    invalid=[
        ({"event_pattern": None}, "needs an event_pattern or a schedule_expression"),
        ({"schedule_expression": "rate(1 minutes)"}, "neither like rate(5 minutes)"),
        ({"schedule_expression": "rate(1 day)", "event_bus_name": "shop"}, "on the default event bus only"),
        ({"targets": [{"arn": f"{TOPIC}{number}"} for number in range(6)]}, "up to five targets, not 6"),
        ({"targets": [{"arn": TOPIC}, {"arn": TOPIC}]}, "There are two targets shop"),
        ({"targets": [{"id": "a"}]}, "needs an arn"),
        ({"targets": [{"arn": PIPELINE["arn"]}]}, "needs a role_arn"),
        ({"targets": [{"arn": CLUSTER["arn"], "role_arn": ROLE}]}, "needs ecs_parameters"),
        ({"targets": [{"arn": TOPIC, "input": "x", "input_path": "$.detail"}]}, "more than one of input"),
        ({"targets": [{"arn": TOPIC, "retries": 1}]}, "targets[0].retries is unknown"),
    ],
    elsewhere={"event_bus_name"},
)
