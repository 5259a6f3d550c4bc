# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is left when pipelines are removed: the connection, until it is removed as well, and nothing else of theirs."""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.census import census


def test_the_connection_outlives_the_pipelines():
    assert len([arn for arn in census() if ":codeconnections:" in arn]) == 1


def test_nothing_is_left():
    left = census()
    theirs = (
        ":codeconnections:",
        ":codepipeline:",
        ":codebuild:",
        ":codestar-notifications:",
        "shop-test-trial",
        "shop-test-release",
    )
    assert [arn for arn in left if any(part in arn for part in theirs)] == []
    assert any(":cluster/shop-test" in arn for arn in left)
