# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

ENVIRONMENT = "arn:aws:batch:us-east-1:123456789012:compute-environment/shop"
LIMIT = {"Action": "CANCEL", "MaxTimeSeconds": 3600, "Reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", "State": "RUNNABLE"}
QUEUE = {"Priority": 1, "ComputeEnvironmentOrder": [{"Order": 1, "ComputeEnvironment": ENVIRONMENT}]}

CHAIN = Chain(
    create={"type_name": "AWS::Batch::JobQueue", "match": {"JobQueueName": "shop"}, "properties": QUEUE},
    changes=[
        {"properties": {**QUEUE, "Priority": 2}},
        {"properties": {**QUEUE, "Priority": "3", "State": "DISABLED", "JobStateTimeLimitActions": [LIMIT]}},
        {"properties": {**QUEUE, "Priority": 3}, "unset": ["JobStateTimeLimitActions"]},
        {"properties": {**QUEUE, "Priority": 3, "Tags": {"Project": "Shop"}}},
    ],
    refused=[
        ({"properties": {**QUEUE, "JobQueueType": "EKS"}}, "say replace=true"),
        ({"properties": {**QUEUE, "JobQueueArn": "arn:aws:batch:us-east-1:123456789012:job-queue/x"}}, "set by AWS alone"),
        ({"properties": {**QUEUE, "Prioritaet": 1}}, "did you mean Priority?"),
    ],
    replaced=[{"replace": True, "properties": {**QUEUE, "Priority": 3, "JobQueueType": "EKS"}}],
    invalid=[
        ({"type_name": "batch.JobQueue"}, "type_name"),
        ({"identifier": "x"}, "identifier or match"),
        ({"match": {}}, "match"),
        ({"unset": ["Priority"]}, "unset"),
        ({"role_arn": "shop"}, "role_arn"),
        ({"update_write_only": "never"}, "update_write_only"),
    ],
    at_creation={"type_name", "match"},
    elsewhere={"identifier", "update_write_only", "role_arn"},
    tagged=False,
)
