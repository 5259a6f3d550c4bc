# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is left when a service is removed: nothing of it, and everything of its neighbours."""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.census import census


def test_nothing_of_the_service_is_left():
    left = census()
    assert [arn for arn in left if "orders" in arn] == ["arn:aws:ecr:us-east-1:123456789012:repository/shop-test/orders"]
    assert any(":cluster/shop-test" in arn for arn in left)
