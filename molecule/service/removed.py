# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is left when services are removed: nothing of them, and everything of their neighbours."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.census import census


@pytest.mark.parametrize("name", ["orders", "payments"])
def test_nothing_of_a_service_is_left(name):
    left = census()
    assert [arn for arn in left if name in arn] == [f"arn:aws:ecr:us-east-1:123456789012:repository/shop-test/{name}"]
    assert any(":cluster/shop-test" in arn for arn in left)
