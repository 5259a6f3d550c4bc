# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

RUNTIME = {"name": "RUNTIME_MONITORING", "additional_configuration": [{"name": "ECS_FARGATE_AGENT_MANAGEMENT"}]}
EKS = {"name": "EKS_RUNTIME_MONITORING"}

CHAIN = Chain(
    create={"features": [{"name": "EKS_AUDIT_LOGS", "status": "DISABLED"}]},
    changes=[
        {"finding_publishing_frequency": "FIFTEEN_MINUTES"},
        {"features": [{"name": "S3_DATA_EVENTS", "status": "DISABLED"}, {"name": "EKS_AUDIT_LOGS"}]},
        {"features": [EKS]},
        {"features": [RUNTIME]},
        {"features": [{"name": "RUNTIME_MONITORING", "status": "DISABLED"}]},
        {"enable": False},
        {"enable": True},
    ],
    invalid=[
        ({"features": [RUNTIME, EKS]}, "features: RUNTIME_MONITORING includes EKS_RUNTIME_MONITORING"),
        ({"features": [RUNTIME, RUNTIME]}, "features: RUNTIME_MONITORING is given twice"),
        ({"features": [{**RUNTIME, "status": "DISABLED"}]}, "features: ECS_FARGATE_AGENT_MANAGEMENT cannot be enabled while"),
        ({"features": [{"name": "RUNTIME"}]}, "value of name must be one of"),
        ({"features": [{"status": "ENABLED"}]}, "name found in features"),
        ({"features": [{**RUNTIME, "status": "ON"}]}, "value of status must be one of"),
        ({"finding_publishing_frequency": "DAILY"}, "finding_publishing_frequency must be one of"),
        ({"enable": "maybe"}, "enable"),
    ],
)
