# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.chain import ACTS, Action

MODULE = "backup_job"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"


def role(aws):
    """Make a role that AWS Backup may assume; return its ARN."""
    statement = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return aws.client("iam").create_role(RoleName="backup", AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def table(aws, name="orders", **items):
    """Make a table with some items."""
    client = aws.client("dynamodb")
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    types = [{"AttributeName": "id", "AttributeType": "S"}]
    client.create_table(TableName=name, KeySchema=keys, AttributeDefinitions=types, BillingMode="PAY_PER_REQUEST")
    CLOCK.advance(60)
    for key, value in items.items():
        client.put_item(TableName=name, Item={"id": {"S": key}, "value": {"S": value}})


def prepare(aws):
    """Make a vault, a role and a table."""
    aws.client("backup").create_backup_vault(BackupVaultName="shop")
    table(aws, first="coffee")
    return {"vault": "shop", "iam_role_arn": role(aws), "resource_arn": TABLE}


def backed_up(aws):
    """Make a vault with one recovery point of a table in it; return the options of the backup and its result."""
    options = prepare(aws)
    made = aws.run(MODULE, action="backup", **options)
    assert not made.failed, made.msg
    return options, made


def restorable(aws, options):
    """Back a file system up, from which any number of new ones can be made."""
    made = aws.client("efs").create_file_system(CreationToken="shop", Encrypted=True)["FileSystemArn"]
    result = aws.run(MODULE, action="backup", **{**options, "resource_arn": made})
    assert not result.failed, result.msg
    return {"action": "restore", "resource_arn": made, "metadata": {"newFileSystem": True}}


def named(aws, options):
    """Restore by the ARN of the recovery point."""
    wish = restorable(aws, options)
    points = aws.client("backup").list_recovery_points_by_backup_vault(BackupVaultName="shop")["RecoveryPoints"]
    return {**wish, "resource_arn": None, "recovery_point_arn": points[0]["RecoveryPointArn"], "wait": False}


BACKUP = {"action": "backup"}
RESTORE = {"action": "restore"}

ACTION = Action(
    prepare=prepare,
    does=[
        (BACKUP, ACTS),
        ({**BACKUP, "wait": False, "lifecycle": {"delete_after_days": 14}, "recovery_point_tags": {"Why": "change"}}, ACTS),
        ({**BACKUP, "start_window_minutes": 60, "complete_window_minutes": 120, "backup_options": {}}, ACTS),
        (restorable, ACTS),
        (named, ACTS),
    ],
    invalid=[
        ({"action": "copy"}, "action must be one of"),
        ({**BACKUP, "resource_arn": "orders"}, "resource_arn orders is no ARN"),
        ({**BACKUP, "resource_arn": None}, "action backup needs resource_arn."),
        ({**BACKUP, "iam_role_arn": None}, "iam_role_arn has to be given"),
        ({**BACKUP, "metadata": {"targetTableName": "x"}}, "metadata has no place with action backup"),
        (
            {**BACKUP, "lifecycle": {"move_to_cold_storage_after_days": 7, "delete_after_days": 30}},
            "delete_after_days is 97 at least",
        ),
        ({**BACKUP, "start_window_minutes": 30}, "start_window_minutes is 60 at least"),
        ({**BACKUP, "complete_window_minutes": 300}, "complete_window_minutes is 540 at least"),
        ({**RESTORE, "lifecycle": {}, "backup_options": {}}, "lifecycle, backup_options has no place with action restore"),
        ({**RESTORE, "resource_arn": None}, "action restore needs resource_arn or recovery_point_arn"),
        ({**RESTORE, "recovery_point_arn": "latest"}, "recovery_point_arn latest is no ARN"),
    ],
)
