# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudTrail: trails that can be deleted by ARN (moto says yes and keeps them), and that need a bucket which lets them in."""

from __future__ import annotations

from moto.cloudtrail.models import cloudtrail_backends

from ..calls import AwsError
from ..deliveries import may_deliver
from ..registry import operation


@operation("cloudtrail", "CreateTrail")
def create(call):
    _let_in(call, call.params["S3BucketName"], call.params["Name"], call.params.get("S3KeyPrefix"))
    return call.forward()


@operation("cloudtrail", "UpdateTrail")
def update(call):
    if "S3BucketName" in call.params:
        _let_in(call, call.params["S3BucketName"], call.params["Name"].rsplit("/", 1)[-1], call.params.get("S3KeyPrefix"))
    return call.forward()


def _let_in(call, bucket, trail, prefix):
    """Refuse a bucket that does not let the trail deliver."""
    key = f"{prefix + '/' if prefix else ''}AWSLogs/{call.account}/CloudTrail/"
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    let = may_deliver(call.account, bucket, key, "cloudtrail.amazonaws.com", call.arn(f"trail/{trail}"), **acl)
    if let is None:
        raise AwsError("S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!")
    if not let:
        raise AwsError("InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {bucket}")


@operation("cloudtrail", "DeleteTrail")
def delete(call):
    name = call.params["Name"].rsplit("/", 1)[-1]
    trails = cloudtrail_backends[call.account][call.region].trails
    if name not in trails:
        raise AwsError("TrailNotFoundException", f"Unknown trail: {call.arn(f'trail/{name}')} for the user: {call.account}")
    del trails[name]
    return {}


@operation("cloudtrail", "DescribeTrails")
def describe(call):
    """Tell of each trail whether it has selectors of its own, to which moto always says no.

    moto tells of all trails whichever are named. A name means one of this region; that of another region goes by its ARN.
    """
    named, told = call.params.get("trailNameList", []), call.forward()
    if named:
        known = [{each["TrailARN"], each["Name"] if each["HomeRegion"] == call.region else ""} for each in told["trailList"]]
        told["trailList"] = [each for each, names in zip(told["trailList"], known, strict=True) if names & {*named}]
    for each in told["trailList"]:
        trails = cloudtrail_backends[call.account][each["HomeRegion"]].trails
        trail = next(one for one in trails.values() if one.arn == each["TrailARN"])
        each["HasCustomEventSelectors"] = bool(trail.event_selectors or trail.advanced_event_selectors)
        each["HasInsightSelectors"] = bool(trail.insight_selectors)
    return told
