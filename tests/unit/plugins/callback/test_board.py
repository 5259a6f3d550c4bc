# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The board says what became of each component, what it consists of, and where to look."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible._internal._task import UnifiedTaskResult
from ansible.executor.stats import AggregateStats
from ansible.executor.task_result import CallbackTaskResult
from ansible.inventory.host import Host
from ansible.playbook.task import Task

from ansible_collections.slipway.aws.plugins.callback import board
from ansible_collections.slipway.aws.plugins.callback.board import CallbackModule, Component, noun, plural, render, wrapped


@pytest.mark.parametrize(
    ("module", "word"),
    [
        ("amazon.aws.ec2_vpc_net", "VPC"),
        ("amazon.aws.ec2_vpc_subnet", "subnet"),
        ("slipway.aws.ecs_task_definition", "task definition"),
        ("amazon.aws.s3_bucket", "bucket"),
        ("slipway.aws.cloudwatch_alarm", "alarm"),
        ("slipway.aws.ec2_security_groups", "security group"),
    ],
)
def test_things_have_the_names_people_use(module, word):
    assert noun(module) == word


@pytest.mark.parametrize(("count", "word", "said"), [(1, "VPC", "1 VPC"), (2, "policy", "2 policies"), (3, "key", "3 keys")])
def test_plurals(count, word, said):
    assert plural(count, word) == said


def test_items_of_a_loop_count_and_skipped_ones_do_not():
    component = Component()
    component.saw("amazon.aws.kms_key", {"results": [{}, {"skipped": True}, {}]}, "changed", 1, 2)
    component.saw("amazon.aws.iam_role", {}, "as described", 2, 5)
    component.saw("slipway.aws.network_info", {}, "as described", 5, 6)
    assert component.contents == "2 keys, 1 role"
    assert (component.status, component.seconds) == ("changed", 5)


def test_a_failure_stays_a_failure():
    component = Component()
    component.saw("amazon.aws.kms_key", {}, "failed", 1, 2)
    component.saw("amazon.aws.iam_role", {}, "changed", 2, 3)
    assert component.status == "failed"


def test_a_list_of_alarms_is_as_many_as_it_holds():
    component = Component()
    component.saw("slipway.aws.cloudwatch_alarm", {"alarms": [{}, {}, {}]}, "changed", 1, 2)
    component.saw("ansible.builtin.async_status", {"results": [{}, {}]}, "ok", 2, 3)
    assert component.contents == "3 alarms"


def test_security_groups_of_one_task_are_counted_and_those_of_a_load_balancer_are_not():
    component = Component()
    component.saw("slipway.aws.ec2_security_groups", {"security_groups": [{}] * 7}, "changed", 1, 2)
    component.saw("amazon.aws.elb_application_lb", {"security_groups": ["sg-1", "sg-2"]}, "changed", 2, 3)
    assert component.contents == "7 security groups, 1 load balancer"


def test_what_is_removed_is_not_counted():
    component = Component()
    component.saw("amazon.aws.kms_key", {"invocation": {"module_args": {"state": "absent"}}}, "changed", 1, 2)
    assert component.contents == ""


def test_lines():
    rows = [("dns", "changed", "1 zone", ["zone shop.example.com"], "3 s"), ("backend", "failed", "", [], "12 s")]
    assert [line for line, _color in render(rows, 80)] == [
        "dns      changed          3 s",
        "         1 zone",
        "         zone shop.example.com",
        "backend  failed          12 s",
    ]


def test_long_words_stay_whole():
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1"
    assert wrapped(f"password in {arn}", 20) == ["password in", arn]


class Run:
    """A run as Ansible tells callbacks about it, and what the board shows of it. Results have the form Ansible gives them."""

    def __init__(self):
        self.shown, self.seconds, self.stats = [], 0.0, AggregateStats()
        self.board = CallbackModule()
        self.board._display = SimpleNamespace(
            banner=self.shown.append,
            display=lambda line, color: self.shown.append(f"{color}: {line}" if color else line),
            columns=80,
        )

    def task(self, host, action, result, role="a role", failed=False, took=0, **more):
        """Let a host carry out a task. The items of a loop stand under ``items``."""
        task = Task()
        task.action, task._role = action, role
        items = result.pop("items", None)
        told = UnifiedTaskResult.from_action_result_dict({**result, "failed": True} if failed else result)
        if items is not None:
            told.loop_results = [UnifiedTaskResult.from_action_result_dict(item) for item in items]
        self.board.v2_runner_on_start(Host(host), task)
        self.seconds += took
        tell = self.board.v2_runner_on_failed if failed else self.board.v2_runner_on_ok
        tell(CallbackTaskResult(Host(host), task, told), **more)

    def ends(self):
        """End the run and return the lines of the board."""
        self.board.v2_playbook_on_stats(self.stats)
        return self.shown


@pytest.fixture
def run(monkeypatch):
    run = Run()
    monkeypatch.setattr(board, "time", SimpleNamespace(monotonic=lambda: 1000 + run.seconds))
    return run


def test_a_run_ends_with_a_line_per_component_in_the_order_of_building(run):
    run.task("network", "amazon.aws.ec2_vpc_net", {"changed": True}, took=4)
    run.task("network", "amazon.aws.ec2_vpc_igw", {"changed": False}, took=2)
    run.task("dns", "amazon.aws.route53_zone", {"changed": False}, took=1)
    run.stats.set_custom_stats("where", ["zone shop.example.com"], "dns")
    assert run.ends() == [
        "BOARD",
        "yellow: network  changed          6 s",
        "         1 VPC, 1 internet gateway",
        "green: dns      as described     1 s",
        "         1 zone",
        "         zone shop.example.com",
    ]


def test_the_items_of_a_loop_as_ansible_tells_of_them(run):
    skipped = {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}
    run.task("security", "amazon.aws.kms_key", {"items": [{"changed": True}, skipped, {"changed": False}]})
    assert run.ends()[1:] == ["yellow: security  changed          0 s", "          2 keys"]


def test_a_failure_is_shown_with_its_reason(run):
    run.task("dns", "amazon.aws.route53_zone", {"changed": True})
    said = "AWS refused create_hosted_zone: too many.\nTraceback"
    run.task("dns", "slipway.aws.route53_record", {"msg": said}, failed=True, took=2)
    run.stats.set_custom_stats("where", ["zone shop.example.com"], "dns")
    assert run.ends()[1:] == [
        "red: dns  failed           2 s",
        "     1 zone",
        "     zone shop.example.com",
        "     AWS refused create_hosted_zone: too many.",
    ]


def test_the_reason_is_that_of_the_item_that_failed(run):
    items = [{"changed": True, "msg": "fine"}, {"failed": True, "msg": "certificate x: AWS refused it."}]
    run.task("dns", "slipway.aws.acm_certificate_request", {"msg": "One or more items failed", "items": items}, failed=True)
    assert run.ends()[-1].strip() == "certificate x: AWS refused it."


def test_a_failure_that_the_role_expects_is_none(run):
    run.task("dns", "amazon.aws.route53_zone", {"changed": False})
    run.task("dns", "amazon.aws.s3_bucket", {"msg": "no"}, failed=True, ignore_errors=True)
    assert run.ends()[1].startswith("green: dns  as described")


def test_the_preflight_and_tasks_of_no_role_belong_to_no_component(run):
    run.task("network", "slipway.aws.preflight", {"changed": False})
    run.task("network", "ansible.builtin.debug", {"changed": False}, role=None)
    assert run.ends() == []
