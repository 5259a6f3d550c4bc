# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

CHAIN = Chain(
    create={"name": "shop"},
    refused=[({"compute_platform": "Lambda"}, "compute_platform is 'ECS', wanted 'Lambda'")],
)
