# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether a bucket lets an AWS service deliver to it: load balancers, access logs and trails ask before they accept a bucket."""

from __future__ import annotations

from moto.s3.models import s3_backends

from . import policies


def may_deliver(account, bucket, key, service, source, **conditions):
    """Tell whether a service may put an object on behalf of the ARN ``source``; None when there is no such bucket."""
    found = s3_backends[account]["aws"].buckets.get(bucket)
    if found is None:
        return None
    context = {"aws:sourcearn": source, "aws:sourceaccount": account, "aws:securetransport": "true", **conditions}
    arn = f"arn:aws:s3:::{bucket}/{key}"
    said = policies.decision(found.policy or "{}", "s3:PutObject", arn, {"service": service}, context)
    return said == policies.ALLOWED
