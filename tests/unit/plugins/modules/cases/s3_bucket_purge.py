# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.chain import RESTS, Action

NAME = "shop-dev-trail"
UNDELETABLE = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:BypassGovernanceRetention", "s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    "Resource": [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"],
}


def prepare(aws, **more):
    """Make a bucket with two versions of an object and a mark of deletion."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=NAME, **more)
    s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=NAME, Key="a", Body=body)
    s3.delete_object(Bucket=NAME, Key="a")
    return {"name": NAME}


def lock(aws, mode="GOVERNANCE"):
    """Lock what comes into the bucket from now on, and let nobody delete from it."""
    s3 = aws.client("s3")
    rule = {"DefaultRetention": {"Mode": mode, "Days": 30}}
    s3.put_object_lock_configuration(Bucket=NAME, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})
    s3.put_object(Bucket=NAME, Key="b", Body=b"3")
    s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps({"Version": "2012-10-17", "Statement": [UNDELETABLE]}))


def locked(aws, _options):
    lock(aws)
    return {"lift_protection": True}


ACTION = Action(
    prepare=prepare,
    does=[({}, RESTS), (locked, RESTS)],
    invalid=[
        ({"name": "Shop"}, "name 'Shop' cannot be"),
        ({"name": None}, "name cannot be empty"),
        ({"lift_protection": "perhaps"}, "lift_protection"),
    ],
)
