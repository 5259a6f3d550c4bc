# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.delivery import topic

PIPELINE = "arn:aws:codepipeline:us-east-1:123456789012:shop"
FAILED = "codepipeline-pipeline-pipeline-execution-failed"
NEEDED = "codepipeline-pipeline-manual-approval-needed"


def told(*names):
    return [{"target_address": f"arn:aws:sns:us-east-1:123456789012:{name}"} for name in names]


def prepare(aws):
    for name in ("operators", "owners"):
        topic(aws, name)
    return {}


CHAIN = Chain(
    prepare=prepare,
    create={"name": "shop", "resource": PIPELINE, "event_type_ids": [FAILED], "targets": told("operators")},
    changes=[
        {"event_type_ids": [NEEDED, FAILED]},
        {"event_type_ids": [NEEDED]},
        {"targets": told("operators", "owners")},
        {"targets": told("owners")},
        {"targets": []},
        {"detail_type": "BASIC"},
        {"status": "DISABLED"},
        {"status": "ENABLED"},
    ],
    invalid=[
        ({"event_type_ids": ["codebuild-project-build-state-failed"]}, "is none of codepipeline"),
        ({"event_type_ids": []}, "at least one event type"),
        ({"targets": told(*map(str, range(11)))}, "up to ten targets"),
    ],
    at_creation={"resource"},
)
