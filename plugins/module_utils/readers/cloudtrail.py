# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Trails."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

_MATCHES = ("EndsWith", "Equals", "NotEndsWith", "NotEquals", "NotStartsWith", "StartsWith")
unordered(
    "AWS::CloudTrail::Trail",
    "AdvancedEventSelectors",
    "AdvancedEventSelectors.FieldSelectors",
    *(f"AdvancedEventSelectors.FieldSelectors.{match}" for match in _MATCHES),
    "EventSelectors",
    "EventSelectors.DataResources",
    "EventSelectors.DataResources.Values",
    "EventSelectors.ExcludeManagementEventSources",
    "InsightSelectors",
    "InsightSelectors.EventCategories",
)
defaults("AWS::CloudTrail::Trail", EnableLogFileValidation=False, IsMultiRegionTrail=False, IsOrganizationTrail=False)

_NAMES = (
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "IsOrganizationTrail",
    "S3BucketName",
    "S3KeyPrefix",
)
_OTHERS = {"EnableLogFileValidation": "LogFileValidationEnabled", "KMSKeyId": "KmsKeyId", "TrailName": "Name"}
_MOST = 20  # trails whose tags AWS tells in one answer


@reader("AWS::CloudTrail::Trail")
def trails(account):
    """Find trails whose home is the region."""
    api = account.api("cloudtrail", ("TrailNotFoundException", "InsightNotEnabledException"))
    listed = {each["TrailARN"]: each for each in api.read("describe_trails", includeShadowTrails=False)["trailList"]}
    arns = [arn for arn, each in listed.items() if each.get("HomeRegion", account.region) == account.region]
    for start in range(0, len(arns), _MOST):
        for tagged in api.pages("list_tags", "ResourceTagList", ResourceIdList=arns[start : start + _MOST]):
            if account.ours(tagged["TagsList"]):
                yield _trail(api, listed[tagged["ResourceId"]], tagged["TagsList"])


def _trail(api, told, tags):
    arn = told["TrailARN"]
    status = api.read("get_trail_status", Name=arn) or {}
    events = api.read("get_event_selectors", TrailName=arn) if told.get("HasCustomEventSelectors") else None
    insights = api.read("get_insight_selectors", TrailName=arn) if told.get("HasInsightSelectors") else None
    properties = {
        **pick(told, *_NAMES, **_OTHERS),
        **pick(events or {}, "AdvancedEventSelectors", "EventSelectors"),
        **pick(insights or {}, "InsightSelectors"),
        "IsLogging": bool(status.get("IsLogging")),
        "SnsTopicName": (told.get("SnsTopicARN") or "").split(":")[-1],
    }
    # Its bucket and its key say which trail may use them, and references there would make circles: the ARN stays a text.
    return Found("AWS::CloudTrail::Trail", told["Name"], properties, tags, told["Name"], told={"arn": arn})
