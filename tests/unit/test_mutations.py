# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The breaks of `make mutate`, which takes too long for every change: each still finds what it breaks."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.mutate import breaks
from ansible_collections.slipway.aws.tests.support.play import ROOT

EDITS = [pytest.param(edit, id=f"{each['property']}-{edit['file']}") for each in breaks() for edit in each["edits"]]


def test_every_property_has_one_break():
    assert sorted(each["property"] for each in breaks()) == list(range(1, 57))


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_broken_stands_there_once(edit):
    assert (ROOT / edit["file"]).read_text().count(edit["old"]) == 1
    assert edit["new"] != edit["old"]
