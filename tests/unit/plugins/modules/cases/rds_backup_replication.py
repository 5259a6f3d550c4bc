# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.chain import Chain


def shop(aws, **more):
    """Make an encrypted instance with backups in Oregon."""
    made = {"DBInstanceClass": "db.t3.micro", "Engine": "mysql", "AllocatedStorage": 20, "MasterUsername": "admin"}
    made |= {"MasterUserPassword": "only-for-a-test", "StorageEncrypted": True, "BackupRetentionPeriod": 7, **more}
    aws.client("rds", "us-west-2").create_db_instance(DBInstanceIdentifier="shop", **made)
    CLOCK.advance(300)


def keys(aws):
    """Return the ARNs of two keys of the region to which the backups go."""
    return [aws.client("kms").create_key()["KeyMetadata"]["Arn"] for _each in range(2)]


def prepare(aws):
    shop(aws)
    one, two = keys(aws)
    CHAIN.replaced[1] = {"kms_key_id": two}
    return {"kms_key_id": one}


CHAIN = Chain(
    create={"name": "shop", "source_region": "us-west-2"},
    replaced=[{"backup_retention_period": 14}, {"kms_key_id": "set by prepare"}],
    invalid=[
        ({"source_region": "Oregon"}, "source_region 'Oregon' is not a region"),
        ({"name": "-shop"}, "name '-shop' cannot be"),
        ({"source_region": "us-east-1"}, "source_region: the instance is in us-east-1 itself"),
        ({"backup_retention_period": 0}, "backup_retention_period is 0, it has to be between 1 and 35"),
        ({"backup_retention_period": 36}, "backup_retention_period is 36, it has to be between 1 and 35"),
        ({"kms_key_id": "arn:aws:kms:us-west-2:123456789012:key/1"}, "kms_key_id: arn:aws:kms:us-west-2"),
    ],
    elsewhere={"source_region"},
    prepare=prepare,
)
