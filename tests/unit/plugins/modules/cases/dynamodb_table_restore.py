# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.chain import RESTS, Action

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/backup/01489602797149-73d8d5bc"


def prepare(aws):
    """Make a table with an order and an hour of past."""
    db = aws.client("dynamodb")
    db.create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "customer")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "customers",
                "KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "Project", "Value": "Shop"}],
    )
    CLOCK.advance(60)
    db.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    db.put_item(TableName="orders", Item={"id": {"S": "1"}})
    CLOCK.advance(3600)
    return {"name": "orders-restored"}


def backup(**more):
    """Return the deed that restores a backup."""

    def deed(aws, options):
        made = aws.client("dynamodb").create_backup(TableName="orders", BackupName="nightly")["BackupDetails"]
        CLOCK.advance(60)
        return {"backup_arn": made["BackupArn"], **more}

    return deed


ACTION = Action(
    prepare=prepare,
    does=[
        ({"source_table": "orders", "tags": {"Project": "Shop", "Number": 1}}, RESTS),
        (backup(), RESTS),
        (backup(global_secondary_index_override=[], local_secondary_index_override=[], kms_master_key_id=""), RESTS),
        (
            backup(
                billing_mode_override="PROVISIONED",
                provisioned_throughput_override={"read_capacity_units": 5, "write_capacity_units": 1},
            ),
            RESTS,
        ),
        ({"source_table": "arn:aws:dynamodb:us-east-1:123456789012:table/orders", "wait": False}, RESTS),
    ],
    invalid=[
        ({}, "one of the following is required: backup_arn, source_table"),
        ({"backup_arn": ARN, "source_table": "orders"}, "mutually exclusive"),
        ({"backup_arn": "nightly"}, "backup_arn nightly is not the ARN of a backup"),
        ({"backup_arn": ARN, "restore_date_time": "2030-12-31T23:59:00Z"}, "restore_date_time belongs to source_table"),
        ({"source_table": "orders", "restore_date_time": "yesterday"}, "restore_date_time yesterday has to be written as"),
        ({"source_table": "orders-restored"}, "cannot be restored over itself"),
        ({"source_table": "orders", "name": "a/b"}, "name a/b: tables have names of 3 to 255"),
        (
            {
                "source_table": "orders",
                "billing_mode_override": "PAY_PER_REQUEST",
                "provisioned_throughput_override": {"read_capacity_units": 5, "write_capacity_units": 1},
            },
            "belongs to billing_mode_override PROVISIONED",
        ),
        (
            {"source_table": "orders", "provisioned_throughput_override": {"read_capacity_units": 5}},
            "missing required arguments: write_capacity_units",
        ),
    ],
)
