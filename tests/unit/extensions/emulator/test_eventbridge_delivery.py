# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Events of the emulated account reach what their rules name: topics in the words of a transformer, and pipelines."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator import plans
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services.codepipeline_events import push
from ansible_collections.slipway.aws.extensions.emulator.services.eventbridge import rendered
from ansible_collections.slipway.aws.tests.support.delivery import messages, pipeline, role

EVENT = {"source": "aws.codepipeline", "detail": {"stage": "Deploy", "version": 3, "list": ["a", "b"]}, "time": 0}


def statement(resource="*", action="sns:Publish", **condition):
    service = {"Principal": {"Service": "events.amazonaws.com"}, "Effect": "Allow", "Action": action, "Resource": resource}
    return {**service, **({"Condition": condition} if condition else {})}


def listened(aws, name="t", *statements, **more):
    """Make a topic and return its ARN; events may publish to it, unless other statements are given."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements) or [statement()]})
    return aws.client("sns").create_topic(Name=name, Attributes={"Policy": document, **more})["TopicArn"]


def test_a_failed_stage_is_told_in_the_words_of_the_rule(aws):
    topic = listened(aws, "failures")
    paths = {"pipeline": "$.detail.pipeline", "stage": "$.detail.stage", "id": "$.detail.execution-id"}
    words = '{"pipeline": <pipeline>, "stage": <stage>, "status": "FAILED", "executionId": "<id>", "rollback": "initiated"}'
    aws.run(
        "eventbridge_rule",
        name="failures",
        event_pattern={
            "source": ["aws.codepipeline"],
            "detail-type": ["CodePipeline Stage Execution State Change"],
            "detail": {"state": ["FAILED"]},
        },
        targets=[{"arn": topic, "input_transformer": {"input_paths_map": paths, "input_template": words}}],
    )
    pipeline(aws)
    plans.plan("action_fails", pipeline="shop", stage="Deploy")
    CLOCK.advance(600)
    executions = aws.client("codepipeline").list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    (message,) = messages(topic)
    assert json.loads(message) == {
        "pipeline": "shop",
        "stage": "Deploy",
        "status": "FAILED",
        "executionId": executions[0]["pipelineExecutionId"],
        "rollback": "initiated",
    }


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"Input": '{"a": 1}'}, '{"a": 1}'),
        ({"InputPath": "$.detail.list[1]"}, '"b"'),
        (
            {"InputTransformer": {"InputPathsMap": {"s": "$.detail.stage"}, "InputTemplate": '"Stage <s> failed"'}},
            "Stage Deploy failed",
        ),
        ({"InputTransformer": {"InputPathsMap": {"v": "$.detail.version"}, "InputTemplate": '{"v": <v>}'}}, '{"v": 3}'),
    ],
)
def test_what_a_target_gets(target, text):
    assert rendered(target, EVENT) == text


def test_a_disabled_rule_does_nothing(aws):
    topic = listened(aws)
    rule = {"name": "all", "event_pattern": {"source": ["shop"]}, "targets": [{"arn": topic}]}
    entry = {"Source": "shop", "DetailType": "Order", "Detail": "{}"}
    aws.run("eventbridge_rule", **rule, rule_state="DISABLED")
    aws.client("events").put_events(Entries=[entry])
    assert messages(topic) == []
    aws.run("eventbridge_rule", **rule, rule_state="ENABLED")
    aws.client("events").put_events(Entries=[entry])
    assert [json.loads(message)["detail-type"] for message in messages(topic)] == ["Order"]


def test_the_end_of_a_build_is_announced_once(aws):
    topic = listened(aws, "builds")
    shape = {"source": ["aws.codebuild"], "detail": {"build-status": ["SUCCEEDED", "FAILED"]}}
    aws.run("eventbridge_rule", name="builds", event_pattern=shape, targets=[{"arn": topic}])
    pipeline(aws)
    for _time in range(10):
        CLOCK.advance(60)
        aws.client("codepipeline").get_pipeline_state(name="shop")
    assert [json.loads(message)["detail"]["build-status"] for message in messages(topic)] == ["SUCCEEDED"]


def test_a_role_is_needed_for_what_has_no_policy(aws):
    events = aws.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["x"]}')
    target = {"Id": "p", "Arn": "arn:aws:codepipeline:us-east-1:123456789012:shop"}
    with pytest.raises(ClientError, match="RoleArn is required"):
        events.put_targets(Rule="r", Targets=[target])
    with pytest.raises(ClientError, match="cannot be assumed"):
        events.put_targets(Rule="r", Targets=[{**target, "RoleArn": role(aws, "wrong", "ecs")}])


def test_an_event_starts_a_pipeline(aws):
    made = pipeline(aws)
    shape = {"source": ["shop"], "detail-type": ["Release"]}
    target = {"arn": made["arn"], "role_arn": role(aws, "events", "events")}
    aws.run("eventbridge_rule", name="release", event_pattern=shape, targets=[target])
    aws.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "Release", "Detail": "{}"}])
    latest = aws.client("codepipeline").list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]
    assert latest["trigger"]["triggerType"] == "CloudWatchEvent"


def pushed(**filters):
    return {"triggers": [{"git_configuration": {"source_action_name": "GitHub", "push": [filters]}}]}


@pytest.mark.parametrize(
    ("options", "push_of", "starts"),
    [
        ({}, {"branch": "main"}, True),
        ({}, {"branch": "feature/x"}, False),
        (pushed(branches={"includes": ["release/*.*.*"]}), {"branch": "release/1.2.3"}, True),
        (pushed(branches={"includes": ["release/*.*.*"]}), {"branch": "release/next"}, False),
        (pushed(branches={"includes": ["feature/*"]}), {"branch": "feature/a/b"}, False),
        (pushed(branches={"includes": ["feature/**"]}), {"branch": "feature/a/b"}, True),
        (pushed(branches={"includes": ["**"], "excludes": ["main"]}), {"branch": "main"}, False),
        (
            pushed(branches={"includes": ["main"]}, file_paths={"excludes": ["docs/**"]}),
            {"branch": "main", "files": ["docs/a"]},
            False,
        ),
        (pushed(branches={"includes": ["main"]}, file_paths={"excludes": ["docs/**"]}), {"branch": "main", "files": ["app"]}, True),
        (pushed(tags={"includes": ["v*"]}), {"tag": "v1"}, True),
        (pushed(tags={"includes": ["v*"]}), {"branch": "main"}, False),
    ],
)
def test_a_push_starts_the_pipelines_whose_triggers_fit(aws, options, push_of, starts):
    pipeline(aws, **options)
    CLOCK.advance(600)
    done = push("shop/shop", **push_of)
    assert done["started"] == (["shop"] if starts else [])
    if starts:
        CLOCK.advance(60)
        latest = aws.client("codepipeline").list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]
        assert latest["trigger"]["triggerType"] == "WebhookV2"
        assert latest["sourceRevisions"][0]["revisionId"] == done["commit"]


def test_rules_are_among_the_tagged_resources(aws):
    aws.run("eventbridge_rule", name="r", event_pattern={"source": ["x"]}, tags={"Project": "Shop"})
    tagged = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Project"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in tagged] == ["arn:aws:events:us-east-1:123456789012:rule/r"]


ORDER = {"Source": "shop", "DetailType": "Order", "Detail": "{}"}
ANOTHER_ACCOUNT = {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": "arn:aws:sns:us-east-1:999999999999:t"}}
OWN_TOPIC = {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": "arn:aws:sns:us-east-1:123456789012:*"}}


def heard(aws, topic):
    """Send an event and return how many messages the topic has got."""
    aws.run("eventbridge_rule", name="all", event_pattern={"source": ["shop"]}, targets=[{"arn": topic}])
    aws.client("events").put_events(Entries=[ORDER])
    return len(messages(topic))


@pytest.mark.parametrize(
    ("allowed", "hears"),
    [
        (statement(), 1),
        (statement(action="sns:Subscribe"), 0),
        # EventBridge sends nothing along that a condition could look at.
        (statement(StringEquals={"aws:SourceAccount": "123456789012"}), 0),
    ],
)
def test_a_topic_hears_of_events_that_its_policy_lets_in(aws, allowed, hears):
    assert heard(aws, listened(aws, "t", allowed)) == hears


def test_a_topic_of_which_nobody_said_who_publishes_hears_nothing(aws):
    assert heard(aws, aws.client("sns").create_topic(Name="t")["TopicArn"]) == 0


@pytest.mark.parametrize(("condition", "hears"), [(OWN_TOPIC, 1), (ANOTHER_ACCOUNT, 0), (None, 0)])
@pytest.mark.parametrize("by_alias", [False, True])
def test_so_does_the_key_of_an_encrypted_one(aws, condition, hears, by_alias):
    kms = aws.client("kms")
    owner = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
    users = [statement(action=["kms:Decrypt", "kms:GenerateDataKey*"], **condition)] if condition else []
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [owner, *users]}))["KeyMetadata"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key["KeyId"])
    encrypted = listened(aws, "t", statement(), KmsMasterKeyId="alias/shop" if by_alias else key["Arn"])
    assert heard(aws, encrypted) == hears
