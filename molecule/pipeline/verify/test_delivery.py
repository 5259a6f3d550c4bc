# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From a push to running tasks, and what becomes of a delivery that goes wrong. The tests build on each other.

``trial`` is started by a person; ``release`` by a push to a release branch, and a person lets it through.
"""

from __future__ import annotations

import json
import os
from hashlib import sha1

import boto3
import pytest

from ansible_collections.slipway.aws.extensions.emulator import cli
from ansible_collections.slipway.aws.tests.support.play import run

INVENTORY = f"{os.environ['MOLECULE_EPHEMERAL_DIRECTORY']}/inventory"
ADDRESS = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-test/orders"
TOPIC = "arn:aws:sns:us-east-1:123456789012:shop-test-delivery"
RELEASE, TRIAL = "shop-test-release", "shop-test-trial"
MINUTE, DAY = 60, 24 * 3600


def ask(name, **parameters):
    return cli.call(os.environ["AWS_ENDPOINT_URL"], name, **parameters)


def commit(name):
    return sha1(name.encode()).hexdigest()


def push(branch, name):
    """Push a commit to the repository; return the pipelines that it starts."""
    return ask("push", repository="shop/orders", branch=branch, commit=commit(name))["started"]


@pytest.fixture(scope="module")
def pipelines():
    return boto3.client("codepipeline")


@pytest.fixture(scope="module")
def queue():
    """Return a function that gets what the topic has been told since the last time."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    boto3.client("sns").subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=arn)

    def received():
        found = []
        while answer := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in answer:
                found.append(json.loads(json.loads(message["Body"])["Message"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return received


def states(pipelines, name):
    """Return what became of the last execution: the status of each stage that it has reached."""
    last = pipelines.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    stages = pipelines.get_pipeline_state(name=name)["stageStates"]
    reached = {stage["stageName"]: stage.get("latestExecution", {}) for stage in stages}
    return {stage: latest["status"] for stage, latest in reached.items() if latest.get("pipelineExecutionId") == last}


def walk(pipelines, name, minutes=12):
    """Let time pass while somebody looks; return what became of the last execution."""
    for _time in range(minutes * 2):
        ask("clock", seconds=30)
        pipelines.get_pipeline_state(name=name)
    return states(pipelines, name)


def fault(pipelines, name, stage):
    """Return why the action of a stage has failed."""
    found = next(each for each in pipelines.get_pipeline_state(name=name)["stageStates"] if each["stageName"] == stage)
    return found["actionStates"][0]["latestExecution"]["errorDetails"]["message"]


def approve(pipelines):
    stage = pipelines.get_pipeline_state(name=RELEASE)["stageStates"][2]
    token = stage["actionStates"][0]["latestExecution"]["token"]
    answer = {"token": token, "result": {"status": "Approved", "summary": "The tests have passed."}}
    pipelines.put_approval_result(pipelineName=RELEASE, stageName="Approval", actionName="Approve", **answer)


def images():
    found = boto3.client("ecr").list_images(repositoryName="shop-test/orders")["imageIds"]
    return {image["imageTag"]: image["imageDigest"] for image in found if "imageTag" in image}


def running():
    ecs = boto3.client("ecs")
    definition = ecs.describe_services(cluster="shop-test", services=["orders"])["services"][0]["taskDefinition"]
    return ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["containerDefinitions"][0]["image"]


# As they are built


def test_both_read_from_the_connection_that_the_source_keeps(pipelines):
    [connection] = boto3.client("codeconnections").list_connections()["Connections"]
    assert (connection["ConnectionName"], connection["ProviderType"]) == ("shop-test", "Bitbucket")
    for name in (RELEASE, TRIAL):
        [source] = pipelines.get_pipeline(name=name)["pipeline"]["stages"][0]["actions"]
        assert source["configuration"]["ConnectionArn"] == connection["ConnectionArn"]
        assert source["configuration"]["DetectChanges"] == "false"


def test_what_starts_them(pipelines):
    trial, release = (pipelines.get_pipeline(name=name)["pipeline"] for name in (TRIAL, RELEASE))
    assert "triggers" not in trial
    [trigger] = release["triggers"]
    assert trigger["gitConfiguration"]["push"] == [{"branches": {"includes": ["release/*.*.*"]}}]


def test_the_approval_and_the_deployment_have_their_time(pipelines):
    stages = {stage["name"]: stage["actions"][0] for stage in pipelines.get_pipeline(name=RELEASE)["pipeline"]["stages"]}
    assert stages["Approval"]["timeoutInMinutes"] == 7 * 24 * 60
    assert stages["Deploy"]["configuration"] == {
        "ClusterName": "shop-test",
        "ServiceName": "orders",
        "FileName": "imagedefinitions.json",
        "DeploymentTimeout": "15",
    }


def test_the_pipeline_may_deploy_this_service_and_pass_its_roles():
    iam = boto3.client("iam")
    arn = f"arn:aws:iam::123456789012:policy/{RELEASE}-pipeline"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    found = {statement["Sid"]: statement for statement in document["Statement"]}
    ecs = "arn:aws:ecs:us-east-1:123456789012"
    assert found["DeployServices"]["Resource"] == [f"{ecs}:service/shop-test/orders"]
    assert found["TagThem"]["Resource"] == [f"{ecs}:task-definition/orders-test:*"]
    assert found["LookAtTasks"]["Condition"] == {"ArnEquals": {"ecs:cluster": [f"{ecs}:cluster/shop-test"]}}
    role = "arn:aws:iam::123456789012:role/shop-test-orders"
    assert found["PassTheirRoles"]["Resource"] == [f"{role}-execution", f"{role}-task"]
    assert found["AskForApproval"]["Resource"] == [TOPIC]
    assert "*" not in [found[sid]["Resource"] for sid in found if sid not in ("MakeTaskDefinitions", "LookAtTasks")]
    assert "AskForApproval" not in policy_of(TRIAL)


def policy_of(name):
    iam, arn = boto3.client("iam"), f"arn:aws:iam::123456789012:policy/{name}-pipeline"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


# As they run


def test_nothing_is_read_over_a_connection_that_nobody_has_accepted(pipelines):
    assert walk(pipelines, RELEASE, 1) == {"Source": "Failed"}
    assert "The connection is PENDING" in fault(pipelines, RELEASE, "Source")


def test_a_release_is_built_and_waits_for_a_person(pipelines, queue):
    ask("authorise")
    assert push("feature/basket", "a feature") == []
    assert push("main", "work") == []
    assert push("release/1.0.0", "one") == [RELEASE]
    assert walk(pipelines, RELEASE) == {"Source": "Succeeded", "Build": "Succeeded", "Approval": "InProgress"}
    present = images()
    assert set(present) == {commit("one"), f"test-{commit('one')}", "latest"}
    assert len(set(present.values())) == 1
    told = queue()
    assert [each["approval"]["customData"] for each in told if "approval" in each] == ["Read the tests."]
    assert "STARTED" in [each["detail"]["state"] for each in told if each.get("detail", {}).get("action") == "Approve"]


def test_what_the_person_lets_through_is_deployed_and_told(pipelines, queue):
    approve(pipelines)
    assert walk(pipelines, RELEASE)["Deploy"] == "Succeeded"
    assert running() == f"{ADDRESS}@{images()[commit('one')]}"
    assert [each["detail"]["state"] for each in queue() if "stage" not in each.get("detail", {"stage": 0})] == ["SUCCEEDED"]


def test_the_next_run_keeps_what_was_delivered():
    first = run("site", INVENTORY, "-e", "playbook_environment=test")
    assert first.code == 0, first.said
    again = run("site", INVENTORY, "-e", "playbook_environment=test")
    assert (again.code, sum(again.changed.values())) == (0, 0), again.said
    assert running() == f"{ADDRESS}@{images()[commit('one')]}"


def test_a_person_starts_the_other_one_with_a_commit(pipelines):
    assert walk(pipelines, TRIAL, 1) == {"Source": "Failed"}  # when it was new, and the connection not accepted
    revision = {"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": commit("a feature")}
    pipelines.start_pipeline_execution(name=TRIAL, sourceRevisions=[revision])
    assert set(walk(pipelines, TRIAL).values()) == {"Succeeded"}
    assert running() == f"{ADDRESS}@{images()[commit('a feature')]}"


def test_the_same_commit_can_be_delivered_again(pipelines):
    before = images()
    revision = {"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": commit("one")}
    pipelines.start_pipeline_execution(name=TRIAL, sourceRevisions=[revision])
    assert set(walk(pipelines, TRIAL).values()) == {"Succeeded"}
    assert images() == {**before, "latest": before[commit("one")]}
    assert running() == f"{ADDRESS}@{before[commit('one')]}"


# As they fail, with what ran before still running


def test_nobody_answers_for_a_week(pipelines, queue):
    push("release/1.1.0", "late")
    walk(pipelines, RELEASE)
    queue()
    ask("clock", seconds=7 * DAY - 30 * MINUTE)
    assert states(pipelines, RELEASE)["Approval"] == "InProgress"
    assert walk(pipelines, RELEASE, 31) == {"Source": "Succeeded", "Build": "Succeeded", "Approval": "Failed"}
    assert "timed out after 10080 minutes" in fault(pipelines, RELEASE, "Approval")
    assert "FAILED" in [each["detail"]["state"] for each in queue()]
    assert running() == f"{ADDRESS}@{images()[commit('one')]}"


@pytest.mark.parametrize("command", ["docker build", "npm test", "trivy"])
def test_what_does_not_pass_is_not_pushed(pipelines, command):
    before = images()
    ask("plans", kind="command_fails", project=f"{RELEASE}-image", command=command, times=1)
    push("release/1.2.0", f"bad for {command}")
    assert walk(pipelines, RELEASE) == {"Source": "Succeeded", "Build": "Failed"}
    assert command in fault(pipelines, RELEASE, "Build").partition("Error while executing command: ")[2]
    assert images() == before
    assert running() == f"{ADDRESS}@{before[commit('one')]}"


def test_the_image_has_gone_before_it_is_deployed(pipelines):
    before = running()
    push("release/1.3.0", "gone")
    walk(pipelines, RELEASE)
    digest = images()[commit("gone")]
    boto3.client("ecr").batch_delete_image(repositoryName="shop-test/orders", imageIds=[{"imageDigest": digest}])
    approve(pipelines)
    assert walk(pipelines, RELEASE, 20)["Deploy"] == "Failed"
    assert "circuit breaker" in fault(pipelines, RELEASE, "Deploy")
    service = boto3.client("ecs").describe_services(cluster="shop-test", services=["orders"])["services"][0]
    assert (running(), service["runningCount"]) == (before, 1)


def test_the_connection_is_taken_back(pipelines):
    [connection] = boto3.client("codeconnections").list_connections()["Connections"]
    ask("authorise", arn=connection["ConnectionArn"], status="ERROR")
    push("release/1.4.0", "nobody reads it")
    assert walk(pipelines, RELEASE, 1) == {"Source": "Failed"}
    assert "The connection is ERROR" in fault(pipelines, RELEASE, "Source")
    ask("authorise", arn=connection["ConnectionArn"])


# As they change


def test_a_pipeline_that_is_no_longer_automatic_has_no_trigger_and_tells_nobody(pipelines):
    changed = json.dumps({"pipeline_automatic": False, "pipeline_notification_topic_arn": ""})
    settings = ("-e", "layer_name=Delivery", "-e", "layer_hosts=release", "-e", changed)
    assert run("layer", INVENTORY, *settings).changed == {"release": 2}
    assert "triggers" not in pipelines.get_pipeline(name=RELEASE)["pipeline"]
    assert boto3.client("codestar-notifications").list_notification_rules()["NotificationRules"] == []
    assert push("release/2.0.0", "two") == []
    assert run("layer", INVENTORY, *settings).changed == {"release": 0}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pipeline_connection_name": "other"}, "No connection to Bitbucket named other in us-east-1. Build it first:"),
        ({"pipeline_passed_role_arns": []}, "pipeline_passed_role_arns names none of the roles"),
        ({"pipeline_branch": "feature/*"}, "The branch feature/* is a pattern."),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(options, words):
    result = run("layer", INVENTORY, "-e", "layer_name=Delivery", "-e", "layer_hosts=release", "-e", json.dumps(options))
    assert result.code != 0
    assert words in result.words
    assert result.writes == []
