# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is left when the network is removed: nothing, not even an address that is paid for."""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.census import census


def test_nothing_is_left(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert census() == {}
