# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

COLD = {"transition_to_ia": "AFTER_30_DAYS", "transition_to_archive": "AFTER_365_DAYS"}
TLS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}


def prepare(aws):
    tags = [{"Key": "Name", "Value": "shop"}]
    aws.client("efs").create_file_system(CreationToken="shop", Encrypted=True, Tags=tags)
    return {}


CHAIN = Chain(
    create={"name": "shop", "backup": True},
    changes=[
        {"throughput_mode": "elastic"},
        {"lifecycle_policies": {"transition_to_ia": "AFTER_1_DAY"}},
        {"lifecycle_policies": COLD},
        {"lifecycle_policies": {**COLD, "transition_to_primary_storage_class": "AFTER_1_ACCESS"}},
        {"lifecycle_policies": {"transition_to_ia": "AFTER_180_DAYS"}},
        {"lifecycle_policies": {}},
        {"backup": False},
        {"policy": TLS},
        {"policy": {**TLS, "Statement": [{**TLS["Statement"][0], "Principal": "*", "Sid": "TlsOnly"}]}},
        {"policy": {}},
        {"replication_overwrite_protection": "DISABLED"},
        {"replication": {"region": "eu-central-1"}},
        {"replication": {}},
        {"throughput_mode": "bursting"},
        {"throughput_mode": "elastic", "lifecycle_policies": COLD, "backup": True},
        {"throughput_mode": "bursting", "lifecycle_policies": {"transition_to_ia": "AFTER_270_DAYS"}},
    ],
    invalid=[
        ({"throughput_mode": "provisioned"}, "needs provisioned_throughput_in_mibps"),
        ({"throughput_mode": "elastic", "provisioned_throughput_in_mibps": 10}, "belongs to throughput_mode provisioned"),
        ({"provisioned_throughput_in_mibps": 0.5}, "below 1 MiB per second"),
        ({"throughput_mode": "fast"}, "throughput_mode must be one of"),
        ({"lifecycle_policies": {"transition_to_ia": "AFTER_31_DAYS"}}, "transition_to_ia must be one of"),
        (
            {"lifecycle_policies": {"transition_to_ia": "AFTER_90_DAYS", "transition_to_archive": "AFTER_30_DAYS"}},
            "has to be later than transition_to_ia",
        ),
        ({"throughput_mode": "bursting", "lifecycle_policies": COLD}, "transition_to_archive needs throughput_mode elastic"),
        ({"replication": {"kms_key_id": "alias/shop"}}, "replication needs the region"),
        (
            {"replication": {"file_system_id": "fs-0123456789abcdef0", "kms_key_id": "alias/shop"}},
            "replication.kms_key_id is for a new file system",
        ),
    ],
    elsewhere={"provisioned_throughput_in_mibps", "bypass_policy_lockout_safety_check"},
    prepare=prepare,
    tagged=False,
)
