# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

CHAIN = Chain(
    create={"name": "shop/errors", "query_string": "fields @message | filter @message like /ERROR/"},
    changes=[
        {"log_group_names": ["b", "a"]},
        {"log_group_names": ["a", "b", "c"]},
        {"query_string": "fields @message"},
        {"query_language": "PPL"},
        {"log_group_names": []},
    ],
    tagged=False,
)
