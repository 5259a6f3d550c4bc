# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.delivery import role
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

RULE = "AWS::Events::Rule"
PATTERN = {"source": ["aws.ecs"], "detail": {"lastStatus": ["STOPPED"]}}
ECS = {
    "TaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/clean:1",
    "LaunchType": "FARGATE",
    "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-2", "subnet-1"], "AssignPublicIp": "DISABLED"}},
    "Tags": [{"Key": "Job", "Value": "clean"}],
}


def test_a_rule_about_events_comes_back(aws):
    topic = aws.run("sns_topic", name="shop-dev-stops", tags=OURS).topic["arn"]
    wish = {"event_pattern": PATTERN, "description": "Stops", "targets": [{"id": "topic", "arn": topic}]}
    result = aws.run("eventbridge_rule", name="shop-dev-stops", tags=OURS, **wish)
    assert not result.failed, result.msg
    assert read_back(aws, RULE) == {
        "StorageRuleStops": {
            "Description": "Stops",
            "EventBusName": "default",
            "EventPattern": PATTERN,
            "Name": "shop-dev-stops",
            "State": "ENABLED",
            "Tags": PAIRS,
            "Targets": [{"Arn": {"Ref": "StorageTopicStops"}, "Id": "topic"}],
        }
    }


def test_a_schedule_of_a_task_has_the_names_of_the_schema(aws):
    events, may_run = aws.client("events"), role(aws, "shop-dev-clean", "events")
    events.create_event_bus(Name="shop-dev")
    events.put_rule(Name="shop-dev-clean", EventBusName="shop-dev", EventPattern=json.dumps(PATTERN), State="DISABLED", Tags=PAIRS)
    cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/shop-dev"
    target = {"Id": "task", "Arn": cluster, "RoleArn": may_run, "EcsParameters": ECS, "Input": '{"days": 7}'}
    events.put_targets(Rule="shop-dev-clean", EventBusName="shop-dev", Targets=[target])
    found = read_back(aws, RULE)["StorageRuleClean"]
    assert (found["EventBusName"], found["State"]) == ("shop-dev", "DISABLED")
    (target,) = found["Targets"]
    assert target["Input"] == '{"days": 7}'
    assert target["EcsParameters"] == {
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {"AwsVpcConfiguration": {"AssignPublicIp": "DISABLED", "Subnets": ["subnet-1", "subnet-2"]}},
        "TagList": [{"Key": "Job", "Value": "clean"}],
        "TaskDefinitionArn": {
            "Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/clean:1",
        },
    }


def test_rules_of_others_are_left_alone(aws):
    aws.run("eventbridge_rule", name="other", schedule_expression="rate(1 day)", tags={"Project": "Other"})
    assert read_back(aws, RULE) == {}
