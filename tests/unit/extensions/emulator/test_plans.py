# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Plans, the past of the clock, and what lives between two requests."""

from __future__ import annotations

import json
import os
import urllib.request

import pytest

from ansible_collections.slipway.aws.extensions.emulator import plans, registry, server
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK


def test_a_plan_is_limited_to_what_it_names(aws):
    aws.plan("task_exits", family="web", exit_code=3)
    assert plans.due("task_exits", family="web", container="app")["exit_code"] == 3
    assert plans.due("task_exits", family="api", container="app") is None
    aws.plan("target_unhealthy", target_group="blue")
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/7190"
    assert plans.holds("target_unhealthy", target_group=arn)
    assert plans.holds("target_unhealthy", target_group=arn.replace("blue", "green")) is None


def test_a_plan_ends_after_its_times_and_with_a_reset(aws):
    planned = aws.plan("image_missing", image="web:1", times=2)
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:1"
    assert [bool(plans.due("image_missing", image=image)) for _time in range(3)] == [True, True, False]
    assert (planned["times"], plans.planned()) == (0, [])
    aws.plan("hook_fails")
    server.reset()
    assert plans.planned() == []


def test_an_unknown_detail_is_refused(aws):
    with pytest.raises(ValueError, match="capacity_missing knows capacity_provider, cluster; not provider"):
        aws.plan("capacity_missing", provider="FARGATE")


def test_another_process_can_plan(aws):
    body = json.dumps({"kind": "task_exits", "family": "web", "after": 9}).encode()
    with urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/slipway/plans", data=body) as answer:
        assert json.load(answer)["after"] == 9
    with urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/slipway/plans") as answer:
        assert [plan["family"] for plan in json.load(answer)] == ["web"]


def test_the_clock_can_stand_in_the_past():
    now = CLOCK.seconds()
    with CLOCK.at(now - 100):
        assert CLOCK.seconds() == now - 100
        assert CLOCK.now() == CLOCK.now()
    assert CLOCK.seconds() >= now


def test_everything_alive_catches_up_before_each_request(aws, monkeypatch):
    seen = []
    monkeypatch.setattr(registry, "_LIVES", [*registry._LIVES, lambda: seen.append(CLOCK.seconds())])
    aws.client("sts").get_caller_identity()
    assert len(seen) == 1
