# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is left: what was there before, and nothing that was locked or that nobody could delete."""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.census import census


def test_nothing_is_left():
    assert sorted(arn.split(":")[5].split("/")[0] for arn in census()) == ["cluster", "loadbalancer"]
