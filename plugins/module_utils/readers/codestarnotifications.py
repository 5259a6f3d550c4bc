# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rules about who is told what pipelines, builds and repositories do."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, tag_map, unordered

_KIND = "AWS::CodeStarNotifications::NotificationRule"
unordered(_KIND, "EventTypeIds", "Targets")
defaults(_KIND, Status="ENABLED")
tag_map(_KIND)


@reader(_KIND)
def notification_rules(account):
    """Find rules. AWS lists their ARNs only, and tells the tags with the rest."""
    api = account.api("codestar-notifications", ("ResourceNotFoundException",))
    arns = [each["Arn"] for each in api.pages("list_notification_rules", "NotificationRules")]
    for each in side_by_side(lambda arn: api.read("describe_notification_rule", Arn=arn), arns):
        if each and account.ours(each.get("Tags", {})):
            properties = {
                **pick(each, "DetailType", "Name", "Resource", "Status"),
                "EventTypeIds": [one["EventTypeId"] for one in each.get("EventTypes", [])],
                "Targets": [pick(one, "TargetAddress", "TargetType") for one in each.get("Targets", [])],
            }
            yield Found(_KIND, each["Arn"], properties, each["Tags"], each["Name"], {"Arn": each["Arn"]})
