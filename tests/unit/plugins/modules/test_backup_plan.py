# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""backup_plan: what AWS would refuse is refused before any call, and what AWS adds to rules is no difference."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_plan import CHAIN, DAILY, MONTHLY, prepare


@pytest.mark.parametrize(("cold", "gone", "least"), [(7, 30, 97), (30, 90, 120), (60, 149, 150)])
def test_a_rule_that_leaves_cold_storage_too_early_is_refused_before_any_call(aws, cold, gone, least):
    prepare(aws)
    rule = {**DAILY, "lifecycle": {"move_to_cold_storage_after_days": cold, "delete_after_days": gone}}
    with aws.recorded() as sent:
        result = aws.run("backup_plan", name="shop", rules=[rule])
    assert result.failed
    assert f"Rule daily: what moves to cold storage after {cold} days stays there for 90 days" in result.msg
    assert f"delete_after_days is {least} at least, not {gone}" in result.msg
    assert sent.operations == []


def test_ninety_days_in_cold_storage_are_enough(aws):
    prepare(aws)
    rule = {**DAILY, "lifecycle": {"move_to_cold_storage_after_days": 60, "delete_after_days": 150}}
    assert aws.run("backup_plan", name="shop", rules=[rule]).changed


def test_all_faults_are_told_at_once(aws):
    early = {"move_to_cold_storage_after_days": 7, "delete_after_days": 30}
    rules = [{**DAILY, "lifecycle": early}, {**MONTHLY, "lifecycle": early}]
    result = aws.run("backup_plan", name="shop", rules=rules)
    assert "Rule daily:" in result.msg
    assert "Rule monthly:" in result.msg


def test_the_order_of_rules_and_what_aws_adds_to_them_make_no_change(aws):
    prepare(aws)
    aws.run("backup_plan", name="shop", rules=[DAILY, MONTHLY])
    with aws.recorded() as sent:
        assert not aws.run("backup_plan", name="shop", rules=[MONTHLY, DAILY]).changed
    assert sent.writes == []


def test_a_plan_with_tags_is_unchanged_in_check_mode(aws):
    prepare(aws)
    aws.run("backup_plan", **CHAIN.create, tags={"Project": "Shop"})
    assert not aws.run("backup_plan", **CHAIN.create, tags={"Project": "Shop"}, check=True).changed
    result = aws.run("backup_plan", **CHAIN.create)
    assert (result.changed, result.plan["tags"]) == (False, {"Project": "Shop"})
