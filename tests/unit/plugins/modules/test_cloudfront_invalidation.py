# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""cloudfront_invalidation: waited for, joined, done again."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN
from ansible_collections.slipway.aws.tests.support.delivery import done
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.cloudfront_invalidation import prepare

MODULE = "cloudfront_invalidation"


@pytest.fixture
def options(aws):
    return prepare(aws)


def listed(aws, options):
    found = aws.client("cloudfront").list_invalidations(DistributionId=options["distribution_id"])
    return found["InvalidationList"].get("Items", [])


def test_it_waits_until_no_cache_has_the_files(aws, options):
    """Upstream does not wait."""
    started = CLOCK.seconds()
    result = done(aws, MODULE, **options)
    assert (result.changed, result.invalidation["status"], result.invalidation["paths"]) == (True, "Completed", ["/*"])
    assert CLOCK.seconds() - started >= 60


def test_one_that_is_under_way_is_joined_and_awaited(aws, options):
    paths = ["/b", "/a"]
    first = done(aws, MODULE, **{**options, "paths": paths}, wait=False)
    assert first.invalidation["status"] == "InProgress"
    second = done(aws, MODULE, **{**options, "paths": [*reversed(paths), "/a"]})
    assert (second.changed, second.invalidation["id"]) == (False, first.invalidation["id"])
    assert second.invalidation["status"] == "Completed"
    assert len(listed(aws, options)) == 1


def test_other_paths_and_completed_ones_are_done(aws, options):
    first = done(aws, MODULE, **options, wait=False)
    other = done(aws, MODULE, **{**options, "paths": ["/a"]}, wait=False)
    assert other.changed
    CLOCK.advance(60)
    again = done(aws, MODULE, **options, wait=False)
    assert again.changed
    assert again.invalidation["id"] != first.invalidation["id"]


def test_a_busy_distribution_is_waited_for(aws, options):
    for number in range(15):
        done(aws, MODULE, **{**options, "paths": [f"/{number}*"]}, wait=False)
    assert done(aws, MODULE, **options).changed


def test_when_it_takes_too_long_the_next_run_goes_on(aws, options):
    late = aws.run(MODULE, **options, wait_timeout=10)
    assert late.failed
    assert "is InProgress after 10 seconds. AWS goes on by itself" in late.msg
    result = done(aws, MODULE, **options)
    assert (result.changed, result.invalidation["id"]) == (False, late.invalidation["id"])


@pytest.mark.parametrize("check", [True, False])
def test_a_distribution_that_is_not_there_is_named(aws, options, check):
    refused = aws.run(MODULE, distribution_id="E000", paths=["/*"], check=check)
    assert refused.failed
    assert "distribution E000 does not exist" in refused.msg


def test_a_distribution_that_is_planned_can_be_planned_with(aws, options):
    with aws.recorded() as sent:
        result = aws.run(MODULE, distribution_id=UNKNOWN, paths=["/*"], check=True)
    assert (result.changed, result.invalidation, sent.operations) == (True, {}, [])


def test_check_mode_joins_without_waiting(aws, options):
    first = done(aws, MODULE, **options, wait=False)
    now = CLOCK.seconds()
    result = aws.run(MODULE, **options, check=True)
    assert (result.changed, result.invalidation["id"], CLOCK.seconds()) == (False, first.invalidation["id"], now)
