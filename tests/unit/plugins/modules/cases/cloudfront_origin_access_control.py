# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

CHAIN = Chain(
    create={"name": "frontend"},
    changes=[
        {"description": "The frontend's bucket"},
        {"signing_behavior": "no-override"},
        {"origin_type": "lambda", "signing_behavior": "always"},
    ],
    elsewhere={"signing_protocol"},
    tagged=False,
)
