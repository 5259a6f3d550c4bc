# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.edge import network

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
OTHER_ROLE = {}


def role(aws, name):
    made = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    return made["Role"]["Arn"]


def prepare(aws):
    aws.client("logs").create_log_group(logGroupName="flow")
    aws.client("s3").create_bucket(Bucket="logs")
    OTHER_ROLE["deliver_logs_permission_arn"] = role(aws, "other")
    return {"resource_id": network(aws)[0], "deliver_logs_permission_arn": role(aws, "flow")}


CHAIN = Chain(
    create={"name": "shop", "log_group_name": "flow"},
    replaced=[
        {"traffic_type": "REJECT"},
        {"max_aggregation_interval": 60},
        {"log_format": "${srcaddr} ${dstaddr} ${action}"},
        OTHER_ROLE,
        {"log_group_name": None, "deliver_logs_permission_arn": None, "log_destination": "arn:aws:s3:::logs"},
        {"destination_options": {"file_format": "parquet", "per_hour_partition": True}},
    ],
    invalid=[
        ({"resource_id": "i-1"}, "is not the id of a VPC, subnet or network interface"),
        ({"deliver_logs_permission_arn": None}, "log_group_name needs deliver_logs_permission_arn"),
        ({"log_destination": "arn:aws:s3:::logs"}, "exactly one of log_group_name and log_destination"),
        ({"destination_options": {"file_format": "parquet"}}, "destination_options are for a bucket"),
    ],
    elsewhere={"resource_id"},
    own_tags={"Name": "shop"},
    prepare=prepare,
)
