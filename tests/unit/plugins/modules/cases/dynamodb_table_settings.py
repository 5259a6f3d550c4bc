# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

DEFAULT = "alias/aws/dynamodb"


def prepare(aws):
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    aws.client("dynamodb").create_table(
        TableName="orders", AttributeDefinitions=attributes, KeySchema=keys, BillingMode="PAY_PER_REQUEST"
    )
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key)
    kms.create_key()
    return {}


CHAIN = Chain(
    create={"name": "orders", "point_in_time_recovery": True, "wait_timeout": 10000},
    changes=[
        {"recovery_period_in_days": 14},
        {"recovery_period_in_days": 35},
        {"kms_master_key_id": "alias/shop"},
        {"stream_view_type": "NEW_IMAGE"},
        {"stream_view_type": "NEW_AND_OLD_IMAGES"},
        {"deletion_protection": True},
        {"deletion_protection": False, "stream_view_type": "NONE"},
        {"time_to_live_attribute_name": "expires_at"},
        {"time_to_live_attribute_name": "gone_at"},
        {"time_to_live_attribute_name": ""},
        {"kms_master_key_id": ""},
        {"point_in_time_recovery": False, "recovery_period_in_days": None, "deletion_protection": True},
    ],
    invalid=[
        ({"name": "a b"}, "name a b: tables have names of 3 to 255"),
        ({"recovery_period_in_days": 36}, "recovery_period_in_days 36: DynamoDB keeps the past for 1 to 35 days"),
        ({"recovery_period_in_days": 0}, "recovery_period_in_days 0"),
        ({"point_in_time_recovery": False, "recovery_period_in_days": 7}, "belongs to point_in_time_recovery=true"),
        ({"stream_view_type": "EVERYTHING"}, "stream_view_type must be one of"),
        ({"time_to_live_attribute_name": "x" * 256}, "time_to_live_attribute_name has 255"),
    ],
    prepare=prepare,
    tagged=False,
)
