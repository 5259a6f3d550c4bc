# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.environment import OURS, read_back

RULE = "AWS::CodeStarNotifications::NotificationRule"
BUILD = "arn:aws:codebuild:us-east-1:123456789012:project/shop-dev-image"
EVENTS = ["codebuild-project-build-state-succeeded", "codebuild-project-build-state-failed"]


def rule(aws, **options):
    topic = aws.run("sns_topic", name="shop-dev-builds", tags=OURS).topic["arn"]
    targets = [{"target_type": "SNS", "target_address": topic}]
    wish = {"name": "shop-dev-builds", "resource": BUILD, "event_type_ids": EVENTS, "targets": targets, "detail_type": "FULL"}
    result = aws.run("codestar_notification_rule", **{"tags": OURS, **wish, **options})
    assert not result.failed, result.msg


def test_a_rule_comes_back(aws):
    rule(aws)
    assert read_back(aws, RULE) == {
        "StorageNotificationRuleBuilds": {
            "DetailType": "FULL",
            "EventTypeIds": sorted(EVENTS),
            "Name": "shop-dev-builds",
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/shop-dev-image"},
            "Status": "ENABLED",
            "Tags": OURS,
            "Targets": [{"TargetAddress": {"Ref": "StorageTopicBuilds"}, "TargetType": "SNS"}],
        }
    }


def test_rules_of_others_are_left_alone(aws):
    rule(aws, tags={"Project": "Other"})
    assert read_back(aws, RULE) == {}
