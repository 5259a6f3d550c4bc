# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A teardown asks first, then leaves nothing, and can be repeated."""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.census import census
from ansible_collections.slipway.aws.tests.support.play import run

INVENTORY = "inventories/test_data_tool/dev.yml"


def test_without_confirmation_nothing_is_touched():
    before = census()
    result = run("teardown", INVENTORY)
    assert result.code != 0
    assert result.writes == []
    assert census() == before


def test_with_confirmation_nothing_is_left():
    result = run("teardown", INVENTORY, "-e", "platform_confirm_destroy=dev")
    assert result.code == 0, result.said
    assert census() == {}


def test_a_second_teardown_finds_nothing_to_do():
    result = run("teardown", INVENTORY, "-e", "platform_confirm_destroy=dev")
    assert result.code == 0, result.said
    assert set(result.changed.values()) == {0}, result.changed
