# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Access logs of buckets: moto reads the target's policy by eye and stumbles over ``Principal: "*"``; here it is evaluated."""

from __future__ import annotations

from moto.s3.models import s3_backends

from ..calls import AwsError
from ..deliveries import may_deliver
from ..registry import operation

_DELIVERY = "logging.s3.amazonaws.com"


@operation("s3", "PutBucketLogging")
def put_logging(call):
    call.params.take("ContentMD5", "ChecksumAlgorithm", "ExpectedBucketOwner")
    name, wanted = call.params["Bucket"], call.params["BucketLoggingStatus"].get("LoggingEnabled")
    buckets = s3_backends[call.account]["aws"].buckets
    if name not in buckets:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist")
    if not wanted:
        buckets[name].logging = {}
        return {}
    target, prefix = wanted["TargetBucket"], wanted.get("TargetPrefix", "")
    let = may_deliver(call.account, target, f"{prefix}2026-01-01", _DELIVERY, f"arn:aws:s3:::{name}")
    if not let:
        reason = "does not exist" if let is None else "does not let the logging service write"
        raise AwsError("InvalidTargetBucketForLogging", f"The target bucket for logging {reason}")
    buckets[name].logging = {"TargetBucket": target, "TargetPrefix": prefix}
    return {}
