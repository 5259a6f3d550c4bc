# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filters: what an inventory says in a line, in the words of the modules."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.slipway.aws.plugins.filter import alarms, backup, dashboard, images, network, pipeline, plan, service
from ansible_collections.slipway.aws.tests.support.play import ROOT


def test_another_zone_moves_no_subnet():
    tiers = ["public", "private", "isolated"]
    two = network.subnets("10.0.0.0/16", tiers, ["us-east-1a", "us-east-1b"])
    three = network.subnets("10.0.0.0/16", tiers, ["us-east-1a", "us-east-1b", "us-east-1c"])
    assert len(two) == 6
    assert all(subnet in three for subnet in two)
    assert two[0] == {"tier": "public", "zone": "us-east-1a", "cidr": "10.0.0.0/20", "name": "public-a"}


def test_what_may_pass_is_numbered_in_tens():
    begin = [[100, "tcp", "allow", "10.0.0.0/16", None, None, 0, 65535]]
    ends = [{"cidr": "192.0.2.0/24", "port": 9094}, {"cidr": "198.51.100.0/24", "port": "443"}]
    assert network.acl_entries(ends, 120, begin) == [
        *begin,
        [120, "tcp", "allow", "192.0.2.0/24", None, None, 9094, 9094],
        [130, "tcp", "allow", "198.51.100.0/24", None, None, 443, 443],
    ]


def test_a_long_name_keeps_what_makes_it_one_of_its_kind():
    assert service.target_group_names("orders-prod") == ["orders-prod", "orders-prod-new"]
    assert service.target_group_names("a" * 32, shifts=False) == ["a" * 32]
    names = [name for end in "cd" for name in service.target_group_names(f"{'a' * 24}-{'b' * 20}{end}")]
    assert len(set(names)) == len(names) == 4
    assert {len(name) for name in names} == {31}
    assert "--" not in names[0], "AWS takes no name that has two hyphens or ends with one"


ABOUT = {"prefix": "shop-dev-orders", "cluster": "shop-dev", "tasks": 2, "critical": "arn:critical", "warning": "arn:warning"}
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders-dev"


def alarms_of(*target_groups):
    about = {**ABOUT, "load_balancer": "app/shop-dev/1", "target_groups": target_groups}
    return {each["name"].removeprefix("shop-dev-orders-"): each for each in service.service_alarms("orders", about)}


def test_a_service_without_a_load_balancer_has_no_alarms_about_one():
    assert set(alarms_of()) == {"cpu", "memory", "tasks"}
    made = service.service_alarms("orders", {**ABOUT, "load_balancer": "app/1", "target_groups": [f"{GROUP}/1", f"{GROUP}-new/2"]})
    assert sorted(each["name"] for each in made) == sorted(service.service_alarm_names("shop-dev-orders"))


def test_alarms_of_a_service():
    found = alarms_of(f"{GROUP}/1", f"{GROUP}-new/2")
    assert [name for name, each in found.items() if each["alarm_actions"] == ["arn:critical"]] == ["tasks"]
    assert (found["tasks"]["comparison_operator"], found["tasks"]["threshold"]) == ("LessThanThreshold", 2)
    assert found["cpu"]["dimensions"] == {"ClusterName": "shop-dev", "ServiceName": "orders"}
    assert found["latency-new"]["dimensions"] == {"LoadBalancer": "app/shop-dev/1", "TargetGroup": "targetgroup/orders-dev-new/2"}
    assert (found["unhealthy"]["threshold"], found["unhealthy"]["comparison_operator"]) == (0, "GreaterThanThreshold")


def test_there_is_room_for_four_zones():
    with pytest.raises(AnsibleFilterError, match="4 tiers and 4 zones"):
        network.subnets("10.0.0.0/16", ["public"], list("abcde"))


def test_backup_rules():
    rules = [{"name": "daily", "schedule": "cron(0 2 * * ? *)", "keep_days": 30}]
    assert backup.backup_rules(rules, "shop") == [
        {
            "rule_name": "daily",
            "target_backup_vault_name": "shop",
            "schedule_expression": "cron(0 2 * * ? *)",
            "lifecycle": {"delete_after_days": 30},
        }
    ]
    [cold] = backup.backup_rules([{**rules[0], "cold_days": 60}], "shop")
    assert cold["lifecycle"] == {"delete_after_days": 30, "move_to_cold_storage_after_days": 60}


def test_graphs_stand_side_by_side():
    graphs = [{"title": str(n), "metrics": [["AWS/RDS", "CPUUtilization"]]} for n in range(4)]
    widgets = dashboard.dashboard(graphs, "eu-west-1")["widgets"]
    assert [(w["x"], w["y"]) for w in widgets] == [(0, 0), (8, 0), (16, 0), (0, 6)]
    assert widgets[0]["properties"]["region"] == "eu-west-1"


def test_graphs_of_services_and_databases():
    [cpu, _memory, tasks] = dashboard.service_graphs(["orders", "users"], "shop")
    assert cpu["metrics"][1] == ["AWS/ECS", "CPUUtilization", "ClusterName", "shop", "ServiceName", "users"]
    assert tasks["metrics"][0][0] == "ECS/ContainerInsights"
    assert {graph["metrics"][0][1] for graph in dashboard.database_graphs(["shop"])} >= {"DatabaseConnections", "ReadIOPS"}
    assert dashboard.billing_metrics(["AmazonRDS"])[0][3] == "AmazonRDS"


def test_graphs_of_nothing_are_left_out():
    assert dashboard.service_graphs([], "shop") == dashboard.database_graphs([]) == dashboard.pipeline_graphs([], []) == []


def test_graphs_of_pipelines_and_builds():
    graphs = dashboard.pipeline_graphs(["shop-orders", "shop-users"], ["shop-orders-tests"])
    ended, failed, _seconds, succeeded, *_builds = graphs
    assert [each[0]["label"] for each in failed["metrics"]] == ["shop-orders", "shop-users"]
    terms = 'Namespace="AWS/CodePipeline" MetricName="FailedPipelineExecutions" "shop-users"'
    assert failed["metrics"][1][0]["expression"] == f"SEARCH('{terms}', 'Sum', 300)"
    assert "'SampleCount'" in ended["metrics"][0][0]["expression"]
    assert (succeeded["stat"], succeeded["metrics"]) == (
        "Sum",
        [["AWS/CodeBuild", "SucceededBuilds", "ProjectName", "shop-orders-tests"]],
    )
    assert len(dashboard.pipeline_graphs(["shop"], [])) == 3


def removed(policy, images):
    """Return the images that ECR removes by a lifecycle policy (Amazon ECR, lifecycle policy evaluation rules).

    images: (days since the push, tags). All rules look at all images; each is removed by the first rule whose tags fit, or stays.
    """
    fits = {
        "any": lambda _chosen, _tags: True,
        "untagged": lambda _chosen, tags: not tags,
        "tagged": lambda chosen, tags: all(any(fnmatchcase(tag, one) for tag in tags) for one in chosen["tagPatternList"]),
    }
    gone, settled = set(), set()
    for rule in sorted(policy["rules"], key=lambda rule: rule["rulePriority"]):
        chosen = rule["selection"]
        found = [each for each in sorted(images) if fits[chosen["tagStatus"]](chosen, each[1])]
        old = found[chosen["countNumber"] :]
        if chosen["countType"] == "sinceImagePushed":
            old = [each for each in found if each[0] > chosen["countNumber"]]
        gone |= {each for each in old if each not in settled}
        settled |= set(found)
    return gone


def test_the_last_images_stay_and_those_that_were_in_production():
    tagged = [(day, (f"test-{day}",)) for day in range(20)]
    production = [(100 + day, ("abc1234", f"prod-{day}")) for day in range(20)]
    loose = [(30, ())]
    kept = images.image_lifecycle(["prod-", "hotfix-"], 10)
    gone = removed(kept, [*tagged, *production, (50, ("hotfix-1",)), *loose])
    assert gone == {*loose, *tagged[10:]}
    assert removed(images.image_lifecycle([], 10), production) == set(production[10:])


def test_a_policy_without_exceptions_is_what_it_was():
    assert images.image_lifecycle([], 5) == {
        "rules": [
            {
                "rulePriority": 1,
                "description": "Images without a tag go after a week",
                "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7},
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 2,
                "description": "The last images stay",
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5},
                "action": {"type": "expire"},
            },
        ]
    }


SOURCE = {"connection_arn": "arn:connection", "repository": "shop/orders", "branch": "main"}


def test_stages_begin_with_the_source():
    source, build = pipeline.pipeline_stages(
        [{"name": "Build", "actions": [{"name": "Tests", "build": "tests", "variables": {"SUITE": "unit"}}]}],
        SOURCE,
        {"tests": "shop-tests"},
    )
    [fetch] = source["actions"]
    assert fetch["configuration"]["FullRepositoryId"] == "shop/orders"
    [test] = build["actions"]
    assert test["input_artifacts"] == fetch["output_artifacts"]
    assert test["configuration"]["ProjectName"] == "shop-tests"
    assert json.loads(test["configuration"]["EnvironmentVariables"]) == [{"name": "SUITE", "value": "unit"}]


def test_an_approval_and_a_rollback():
    stage = {"name": "Production", "roll_back": True, "actions": [{"name": "Approve", "approval": "Is it well?", "run_order": 2}]}
    _source, made = pipeline.pipeline_stages([stage], SOURCE, {})
    assert made["on_failure"] == {"result": "ROLLBACK"}
    assert made["actions"][0]["action_type_id"]["provider"] == "Manual"
    assert made["actions"][0]["configuration"] == {"CustomData": "Is it well?"}
    assert made["actions"][0]["run_order"] == 2


def test_a_build_that_nobody_describes():
    stage = {"name": "Build", "actions": [{"name": "Tests", "build": "test"}]}
    with pytest.raises(AnsibleFilterError, match="nobody describes: test; there are tests"):
        pipeline.pipeline_stages([stage], SOURCE, {"tests": "shop-tests"})


def test_a_buildspec_is_json():
    spec = json.loads(pipeline.buildspec({"commands": ["make"], "install": ["pip install x"], "runtimes": {"python": "3.13"}}))
    assert spec["phases"]["build"] == {"commands": ["make"], "on-failure": "ABORT"}
    assert spec["phases"]["install"] == {"commands": ["pip install x"], "runtime-versions": {"python": "3.13"}}
    assert "install" not in json.loads(pipeline.buildspec({"commands": ["make"]}))["phases"]


def test_a_buildspec_says_what_is_kept_and_what_is_reported():
    build = {"commands": ["make"], "artifacts": {"files": ["dist/**"]}, "reports": {"unit": {"files": ["junit.xml"]}}, "cache": {}}
    spec = json.loads(pipeline.buildspec(build))
    assert {key: spec[key] for key in ("artifacts", "reports")} == {key: build[key] for key in ("artifacts", "reports")}
    assert "cache" not in spec


@pytest.fixture(scope="module")
def offered():
    return {
        name: function
        for file in (alarms, backup, dashboard, images, network, pipeline, plan, service)
        for name, function in file.FilterModule().filters().items()
    }


def test_roles_find_the_filters_they_use_and_use_all_of_them(offered):
    tasks = "".join(path.read_text() for name in ("roles", "playbooks") for path in sorted((ROOT / name).rglob("*.yml")))
    assert set(re.findall(r"(?:\|\s*|map\(')slipway\.aws\.(\w+)", tasks)) == set(offered)


def test_every_filter_is_described_and_is_what_its_name_says(offered):
    assert {path.stem for path in (ROOT / "plugins/filter").glob("*.yml")} == set(offered)
    assert all(function.__name__ == name for name, function in offered.items())


def test_an_alarm_per_service_about_tasks_that_do_not_run():
    made = alarms.task_alarms(["orders", "web"], "shop-dev", "shop", 10)
    assert [each["name"] for each in made] == ["shop-dev-orders-tasks", "shop-dev-web-tasks"]
    assert made[1]["alarm_description"] == "More than 10 % of the tasks of web do not run"
    assert made[1]["threshold"] == 10
    wanted, running = (each["metric_stat"]["metric"] for each in made[1]["metrics"][1:])
    assert (wanted["metric_name"], running["metric_name"]) == ("DesiredTaskCount", "RunningTaskCount")
    assert wanted["dimensions"] == [{"name": "ClusterName", "value": "shop"}, {"name": "ServiceName", "value": "web"}]
    assert [each["return_data"] for each in made[1]["metrics"]] == [True, False, False]


def test_a_fault_ends_the_playbook_with_status_1(monkeypatch):
    said = []
    monkeypatch.setattr(plan.Display, "error", lambda _self, text, **_more: said.append(text))
    assert plan.unless(["a"], "") == ["a"]
    with pytest.raises(SystemExit) as ended:
        plan.unless(["a"], "the account is another one")
    assert (ended.value.code, said) == (1, ["the account is another one"])
