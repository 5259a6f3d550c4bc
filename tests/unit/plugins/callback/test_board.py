# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The board says what became of each component, what it consists of, and where to look."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.callback.board import Component, noun, plural, render, wrapped


@pytest.mark.parametrize(
    ("module", "word"),
    [
        ("amazon.aws.ec2_vpc_net", "VPC"),
        ("amazon.aws.ec2_vpc_subnet", "subnet"),
        ("slipway.aws.ecs_task_definition", "task definition"),
        ("amazon.aws.s3_bucket", "bucket"),
        ("slipway.aws.cloudwatch_alarm", "alarm"),
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
