# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

ROLE = "arn:aws:iam::123456789012:role/replication"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def rule(name="all", copy=None, **more):
    return {"id": name, "destination": {"bucket": "shop-copy", **(copy or {})}, **more}


def prepare(aws):
    s3 = aws.client("s3")
    for name in ("shop", "shop-copy", "shop-vault"):
        s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return {}


CHAIN = Chain(
    create={"name": "shop", "role": ROLE, "rules": [rule()]},
    changes=[
        {"role": f"{ROLE}-new"},
        {"rules": [rule(delete_marker_replication=True)]},
        {"rules": [rule(prefix="orders/")]},
        {"rules": [rule(tags={"keep": "yes"})]},
        {"rules": [rule(prefix="orders/", tags={"keep": "yes", "year": 2030})]},
        {"rules": [rule(status="Disabled")]},
        {"rules": [rule(copy={"storage_class": "GLACIER_IR"})]},
        {"rules": [rule(copy={"replica_kms_key_id": KEY}, sse_kms_encrypted_objects=True)]},
        {"rules": [rule(copy={"account": "123456789012", "owner_override": True})]},
        {"rules": [rule(copy={"replication_time": True})]},
        {"rules": [rule(copy={"metrics": True})]},
        {"rules": [rule(replica_modifications=True)]},
        {"rules": [rule(existing_object_replication=True)]},
        {"rules": [rule("vault", copy={"bucket": "arn:aws:s3:::shop-vault"}, priority=7), rule()]},
        {"rules": [rule(prefix="orders/"), rule("vault", copy={"bucket": "shop-vault"}, priority=7)]},
    ],
    invalid=[
        ({"rules": []}, "at least one rule; to have none, use state=absent"),
        ({"role": "replication"}, "role replication has to be the ARN of a role"),
        ({"rules": [rule(), rule(priority=1)]}, "Rules need different ids, all stands there twice"),
        ({"rules": [rule(), rule("more")]}, "Rules need different priorities, 0 stands there twice"),
        ({"rules": [rule(priority=-1)]}, "priority -1 is below 0"),
        ({"rules": [rule(tags={"a": "b"}, delete_marker_replication=True)]}, "delete markers have no tags"),
        ({"rules": [rule(sse_kms_encrypted_objects=True)]}, "destination.replica_kms_key_id go together"),
        ({"rules": [rule(copy={"replica_kms_key_id": KEY})]}, "sse_kms_encrypted_objects and destination"),
        (
            {"rules": [rule(copy={"replica_kms_key_id": "alias/shop"}, sse_kms_encrypted_objects=True)]},
            "replica_kms_key_id alias/shop has to be an ARN",
        ),
        ({"rules": [rule(copy={"owner_override": True})]}, "owner_override needs the account"),
        ({"rules": [rule(copy={"account": "1234"})]}, "account 1234 is not the 12 digits"),
        ({"rules": [rule(copy={"bucket": "shop"})]}, "cannot be its own destination"),
        ({"rules": [rule(copy={"storage_class": "COLD"})]}, "storage_class must be one of"),
        ({"rules": [{"id": "x"}]}, "missing required arguments: destination"),
    ],
    prepare=prepare,
    tagged=False,
)
