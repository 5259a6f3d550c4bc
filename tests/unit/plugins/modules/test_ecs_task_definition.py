# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ecs_task_definition: what makes a revision, what does not, and how many stay."""

from __future__ import annotations

import pytest

WEB = {"name": "web", "image": "nginx:1.27", "port_mappings": [{"container_port": 80}]}
ROLE = "arn:aws:iam::123456789012:role/shop"


@pytest.fixture
def define(aws):
    """Return a function that runs the module for one family."""

    def run(check=False, **more):
        options = {"family": "shop", "cpu": 256, "memory": 512, "container_definitions": [WEB], **more}
        result = aws.run("ecs_task_definition", check=check, **options)
        assert not result.failed, result.msg
        return result

    return run


def test_what_aws_fills_in_and_sorts_is_no_change(define):
    environment = [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]
    api = {"name": "api", "image": "api:1", "environment": environment, "health_check": {"command": ["CMD", "true"]}}
    define(container_definitions=[WEB, api])
    filled = {
        **WEB,
        "cpu": 0,
        "essential": True,
        "mount_points": [],
        "port_mappings": [{"container_port": 80, "host_port": 80, "protocol": "tcp"}],
    }
    check = {"command": ["CMD", "true"], "interval": 30, "retries": 3, "timeout": 5, "start_period": 0}
    api.update(environment=environment[::-1], health_check=check, readonly_root_filesystem=False)
    assert not define(container_definitions=[api, filled], cpu=".25 vCPU", memory="0.5 GB", volumes=[]).changed


def test_zero_is_a_value_where_it_says_something(define):
    limits = {"linux_parameters": {"max_swap": 0}, "ulimits": [{"name": "core", "soft_limit": 0, "hard_limit": 0}]}
    made = define(container_definitions=[{**WEB, **limits}], requires_compatibilities=["EC2"]).task_definition
    assert made["container_definitions"][0]["linux_parameters"] == {"max_swap": 0}
    assert define(requires_compatibilities=["EC2"]).changed


def test_an_old_description_is_a_new_revision(aws, define):
    define()
    define(cpu=512, memory=1024)
    with aws.recorded() as sent:
        assert define().task_definition["revision"] == 3
    assert sent.operations.count("DescribeTaskDefinition") == 2  # before and after, not once for every revision


def test_a_revision_that_somebody_deregistered_is_not_the_latest(aws, define):
    define()
    define(cpu=512, memory=1024)
    aws.client("ecs").deregister_task_definition(taskDefinition="shop:2")
    assert not define().changed


def test_what_is_sent_is_what_was_asked_for(aws, define):
    with aws.recorded() as sent:
        define(tags={"Project": "Shop"}, ephemeral_storage_gib=30)
    assert sent.writes == ["RegisterTaskDefinition"]
    assert sent.parameters("RegisterTaskDefinition") == {
        "family": "shop",
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "ephemeralStorage": {"sizeInGiB": 30},
        "containerDefinitions": [{"name": "web", "image": "nginx:1.27", "portMappings": [{"containerPort": 80}]}],
        "tags": [{"key": "Project", "value": "Shop"}],
    }


def test_tags_move_to_the_new_revision_and_stay_on_the_old_one(aws, define):
    define(tags={"Project": "Shop", "Owner": "QA"})
    with aws.recorded() as sent:
        define(tags={"Owner": "Team"}, purge_tags=False, memory=1024)
    assert sent.writes == ["RegisterTaskDefinition"]
    client = aws.client("ecs")
    tags = [client.describe_task_definition(taskDefinition=f"shop:{n}", include=["TAGS"])["tags"] for n in (1, 2)]
    assert tags[0] == [{"key": "Project", "value": "Shop"}, {"key": "Owner", "value": "QA"}]
    assert tags[1] == [{"key": "Project", "value": "Shop"}, {"key": "Owner", "value": "Team"}]
    assert define(memory=512).task_definition["tags"] == {"Project": "Shop", "Owner": "Team"}  # not managed: taken along


def test_only_the_wanted_number_of_revisions_stays(aws, define):
    for memory in (512, 1024, 2048):
        define(memory=memory)
    aws.client("ecs").register_task_definition(family="shop-web", containerDefinitions=[{"name": "a", "image": "a", "memory": 64}])
    foreseen = define(check=True, memory=2048, keep_revisions=2)
    assert [arn.rsplit(":", 1)[-1] for arn in foreseen.diff["before"]["surplus"]] == ["1"]
    with aws.recorded() as sent:
        define(memory=2048, keep_revisions=2)
    assert sent.writes == ["DeregisterTaskDefinition", "DeleteTaskDefinitions"]
    define(memory=512, keep_revisions=2)
    active = aws.client("ecs").list_task_definitions(sort="DESC")["taskDefinitionArns"]
    assert [arn.rsplit("/", 1)[-1] for arn in active] == ["shop-web:1", "shop:4", "shop:3"]


def test_the_revision_that_a_service_runs_is_the_one_to_compare_with(aws, define):
    runs = define(memory=512).task_definition["arn"]
    define(memory=1024)  # and its deployment failed
    with aws.recorded() as sent:
        result = define(memory=512, compare_with=runs)
    assert (result.changed, result.task_definition["arn"], sent.writes) == (False, runs, [])
    assert define(memory=2048, compare_with="shop:1", check=True).task_definition["revision"] == 3
    result = define(memory=2048, compare_with="shop:1")
    assert (result.changed, result.task_definition["revision"], result.task_definition["memory"]) == (True, 3, "2048")


def test_a_revision_that_runs_is_no_surplus(aws, define):
    define(memory=512)
    define(memory=1024)
    define(memory=2048, compare_with="shop:1", keep_revisions=1)
    kept = aws.client("ecs").list_task_definitions(familyPrefix="shop")["taskDefinitionArns"]
    assert [arn.rsplit(":", 1)[1] for arn in kept] == ["1", "3"]


@pytest.mark.parametrize("compare_with", ["", "shop:1"])
def test_without_an_active_revision_to_compare_with_the_newest_counts(aws, define, compare_with):
    define(memory=512)
    newest = define(memory=1024).task_definition["arn"]
    aws.client("ecs").deregister_task_definition(taskDefinition="shop:1")
    result = define(memory=1024, compare_with=compare_with)
    assert (result.changed, result.task_definition["arn"]) == (False, newest)


def test_check_mode_names_the_next_revision(define):
    define()
    foreseen = define(check=True, memory=1024).task_definition
    assert (foreseen["arn"].rsplit("/", 1)[-1], foreseen["revision"]) == ("shop:2", 2)
    assert define(memory=1024).task_definition["arn"] == foreseen["arn"]


def test_a_role_can_be_given_by_name(define):
    define(task_role_arn=ROLE)
    assert not define(task_role_arn="shop").changed


def test_faults_are_told_together(aws):
    container = {
        "name": "web",
        "image": "nginx",
        "depends_on": [{"container_name": "db", "condition": "START"}],
        "mount_points": [{"source_volume": "data", "container_path": "/data"}],
        "environment": [{"name": "A", "value": "1"}],
        "secrets": [{"name": "A", "value_from": "/a"}],
        "port_mappings": [{"container_port": 80, "host_port": 8080}],
        "cpu": 512,
    }
    with aws.recorded() as sent:
        result = aws.run("ecs_task_definition", family="shop", cpu=256, memory=700, container_definitions=[container])
    assert sent.operations == []
    for words in (
        "depends on db, which is no other container",
        "mounts data, which is not in volumes",
        "gets A twice",
        "the port is 80",
        "reserve 512 CPU units together, the task has 256",
        "Fargate has no task with 256 CPU units and 700 MiB",
        "reads secrets",
    ):
        assert words in result.msg
