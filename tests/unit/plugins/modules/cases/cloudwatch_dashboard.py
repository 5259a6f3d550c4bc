# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

TEXT = {"type": "text", "width": 6, "height": 3, "properties": {"markdown": "# Shop"}}

CHAIN = Chain(
    create={"name": "shop", "body": {"widgets": [TEXT]}},
    changes=[
        {"body": {"widgets": [TEXT, TEXT]}},
        {"body": {"widgets": [{**TEXT, "properties": {"markdown": "# Shop", "background": "solid"}}]}},
        {"body": '{"widgets": []}'},
    ],
    invalid=[
        ({"name": "my shop"}, "has to be of letters"),
        ({"body": "{"}, "body is not JSON"),
        ({"body": None}, "body is needed"),
    ],
    tagged=False,
)
