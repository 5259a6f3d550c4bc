# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

CHAIN = Chain(
    create={"name": "two-for-main", "approvals": 1},
    changes=[
        {"approvals": 2},
        {"branches": ["main", "develop"]},
        {"branches": []},
        {"members": ["arn:aws:sts::123456789012:assumed-role/owner/*"]},
        {"description": "Two people look at what goes to main"},
    ],
    invalid=[({"approvals": 0}, "approvals is at least 1")],
    tagged=False,
)
