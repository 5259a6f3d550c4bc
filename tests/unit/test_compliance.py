# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""docs/compliance.md is what the properties say of themselves."""

from __future__ import annotations

from ansible_collections.slipway.aws.docs import compliance


def test_the_page_is_what_make_docs_writes():
    assert compliance.FILE.read_text() == compliance.page()


def test_the_page_has_every_property_and_every_correction():
    text = compliance.page()
    for each in compliance.PROPERTIES.values():
        assert f"| {each.number} | {each.title} | {each.judges} |" in text
        assert each.corrected in text
