# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What people do with an environment that is built: deploy one service, look whether anything has drifted."""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.play import run

INVENTORY = "inventories/test_data_tool/dev.yml"


def test_one_component_alone():
    result = run("dev", INVENTORY, "--limit", "backend")
    assert result.code == 0, result.said
    assert result.changed == {"backend": 0}


def test_a_check_reports_no_change_and_writes_nothing():
    result = run("dev", INVENTORY, "--check", "--diff")
    assert result.code == 0, result.said
    assert result.writes == []
    assert set(result.changed.values()) == {0}, result.changed
    assert len(result.changed) == 11
