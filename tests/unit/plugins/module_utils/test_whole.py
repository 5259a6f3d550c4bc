# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Keys that are described completely: what AWS has beyond the wish is a difference there, and nowhere else."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.compare import difference

SAME = [
    ({"type": "S3", "depth": 0, "path": ""}, {"type": "S3"}),
    ({"type": "S3"}, {"type": "S3", "depth": 0, "modes": []}),
    ({"subnets": ["a", "b"]}, {"subnets": ["b", "a"]}),
]
DIFFERENT = [
    ({"type": "S3", "path": "x"}, {"type": "S3"}),
    ({"type": "S3"}, {"type": "S3", "path": "x"}),
    ({"subnets": ["a", "b"]}, {"subnets": ["a"]}),
    ([{"name": "a", "path": "x"}], [{"name": "a"}]),
]


@pytest.mark.parametrize(("have", "want"), SAME)
def test_nothing_and_empty_are_the_same(have, want):
    assert difference({"cache": have}, {"cache": want}, {"subnets"}, {"cache"}) == {}


@pytest.mark.parametrize(("have", "want"), DIFFERENT)
def test_what_nobody_asked_for_differs(have, want):
    assert difference({"cache": have}, {"cache": want}, {"subnets"}, {"cache"}) == {"cache": want}


def test_elsewhere_the_wish_is_a_part():
    assert difference({"cache": {"type": "S3", "path": "x"}}, {"cache": {"type": "S3"}}) == {}
