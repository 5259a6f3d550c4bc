# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

BACKUPS, READ = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup", "arn:aws:iam::aws:policy/ReadOnlyAccess"


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


CHAIN = Chain(
    create={
        "name": "shop-task",
        "description": "Is shop",
        "assume_role_policy_document": trust("ecs-tasks"),
        "managed_policies": [READ],
        "inline_policies": {"send": allow("sqs:SendMessage")},
    },
    changes=[
        {"description": "Is the shop"},
        {"assume_role_policy_document": trust("backup")},
        {"managed_policies": [BACKUPS, READ]},
        {"managed_policies": [BACKUPS]},
        {"boundary": READ},
        {"boundary": ""},
        {"inline_policies": {"send": allow("sqs:*"), "read": allow("s3:GetObject")}},
        {"inline_policies": {"read": allow("s3:GetObject")}},
        {"max_session_duration": 7200},
    ],
    refused=[({"path": "/people/"}, "cannot be changed in place")],
    invalid=[
        ({"name": "shop/task"}, "name 'shop/task' cannot be"),
        ({"path": "shop"}, "path 'shop' is not a path"),
        ({"max_session_duration": 60}, "max_session_duration"),
        ({"managed_policies": ["ReadOnlyAccess"]}, "'ReadOnlyAccess' is not the ARN of a policy"),
        ({"inline_policies": {"send": {"Version": "2012-10-17"}}}, "inline_policies: send has no Statement"),
        ({"assume_role_policy_document": {"Version": "2012-10-17"}}, "assume_role_policy_document has no Statement"),
    ],
)
