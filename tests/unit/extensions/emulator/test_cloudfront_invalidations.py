# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Invalidations of the emulated account: paths, references, and how many at a time. That they end is told in test_cloudfront."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.unit.extensions.emulator.test_cloudfront import config


@pytest.fixture
def invalidate(aws):
    cdn = aws.client("cloudfront")
    identity = cdn.create_distribution(DistributionConfig=config())["Distribution"]["Id"]

    def invalidate(reference, *paths):
        batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": reference}
        return cdn.create_invalidation(DistributionId=identity, InvalidationBatch=batch)["Invalidation"]["Id"]

    return invalidate


@pytest.mark.parametrize("path", ["a", "/a*b", "/a b"])
def test_paths_that_are_refused(invalidate, path):
    with pytest.raises(ClientError, match="invalid invalidation paths"):
        invalidate("1", path)


def test_a_reference_is_one_invalidation(invalidate):
    assert invalidate("1", "/a") == invalidate("1", "/a")
    with pytest.raises(ClientError, match="InvalidationBatchAlreadyExists"):
        invalidate("1", "/b")


def test_fifteen_with_a_star_at_a_time(invalidate):
    for number in range(15):
        invalidate(str(number), f"/{number}*")
    invalidate("plain", "/a")
    with pytest.raises(ClientError, match="TooManyInvalidationsInProgress"):
        invalidate("more", "/b*")
    CLOCK.advance(60)
    invalidate("more", "/b*")
