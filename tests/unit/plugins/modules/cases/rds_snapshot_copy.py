# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.chain import Chain

WEST = "arn:aws:rds:us-west-2:123456789012"
LOCKED = "cannot be changed in place"
SHOP = {"DBInstanceClass": "db.t3.micro", "Engine": "mysql", "AllocatedStorage": 20, "MasterUsername": "admin"}
SHOP |= {"MasterUserPassword": "only-for-a-test"}
ORDERS = {"Engine": "aurora-mysql", "MasterUsername": "admin", "MasterUserPassword": "only-for-a-test"}


def snapshots(aws, region, encrypted=True):
    """Make a snapshot ``shop`` of an instance and a snapshot ``orders`` of a cluster."""
    rds = aws.client("rds", region)
    rds.create_db_instance(DBInstanceIdentifier="shop", **SHOP, StorageEncrypted=encrypted, Tags=[{"Key": "Of", "Value": "shop"}])
    rds.create_db_cluster(DBClusterIdentifier="orders", **ORDERS, StorageEncrypted=encrypted)
    CLOCK.advance(300)
    rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="shop", Tags=[{"Key": "Of", "Value": "snapshot"}])
    rds.create_db_cluster_snapshot(DBClusterIdentifier="orders", DBClusterSnapshotIdentifier="orders")
    CLOCK.advance(300)
    return rds


def prepare(aws):
    snapshots(aws, "us-west-2")
    one, two = (aws.client("kms").create_key()["KeyMetadata"]["Arn"] for _each in range(2))
    CHAIN.refused[0] = ({"kms_key_id": two}, LOCKED)
    return {"kms_key_id": one}


CHAIN = Chain(
    create={"name": "shop-copy", "source": f"{WEST}:snapshot:shop"},
    refused=[
        ({"kms_key_id": "set by prepare"}, LOCKED),
        ({"source": f"{WEST}:snapshot:other"}, LOCKED),
        ({"source": "here"}, "wanted 'here'"),
    ],
    invalid=[
        ({"name": "ends-with-"}, "name 'ends-with-' cannot be"),
        ({"source": f"{WEST}:cluster-snapshot:orders"}, "source: "),
        ({"kind": "cluster"}, "is no snapshot of kind=cluster"),
        ({"kms_key_id": "arn:aws:kms:us-west-2:123456789012:key/1"}, "kms_key_id: arn:aws:kms:us-west-2"),
        ({"copy_tags": True, "tags": {"Project": "Shop"}}, "copy_tags: the tags come either"),
        (
            {"kind": "cluster", "source": "orders", "option_group_name": "shop"},
            "option_group_name: snapshots of clusters have no option group",
        ),
    ],
    at_creation={"copy_tags", "option_group_name"},
    elsewhere={"kind"},
    prepare=prepare,
)
