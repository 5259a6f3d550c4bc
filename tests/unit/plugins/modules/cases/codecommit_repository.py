# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

TOPIC = "arn:aws:sns:us-east-1:123456789012:shop"
CHAT = {"name": "chat", "destination_arn": TOPIC}
DEPLOY = {"name": "deploy", "destination_arn": "arn:aws:lambda:us-east-1:123456789012:function:deploy", "branches": ["main"]}


def prepare(aws):
    for name in ("one", "two"):
        aws.run("codecommit_approval_rule_template", name=name, approvals=1)
    return {"kms_key_id": aws.client("kms").create_key()["KeyMetadata"]["Arn"]}


CHAIN = Chain(
    prepare=prepare,
    create={"name": "shop"},
    changes=[
        {"description": "The shop"},
        {"description": ""},
        {"triggers": [CHAT]},
        {"triggers": [DEPLOY, CHAT]},
        {"triggers": [{**DEPLOY, "branches": ["main", "develop"], "custom_data": "x", "events": ["createReference"]}]},
        {"triggers": []},
        {"approval_rule_templates": ["two", "one"]},
        {"approval_rule_templates": ["one"]},
        {"approval_rule_templates": []},
    ],
    invalid=[
        ({"triggers": [CHAT, CHAT]}, "There are two triggers chat"),
        ({"triggers": [{**CHAT, "destination_arn": "arn:aws:codepipeline:us-east-1:1:shop"}]}, "start it with an eventbridge_rule"),
        ({"triggers": [{**CHAT, "destination_arn": "arn:aws:sqs:us-east-1:1:shop"}]}, "neither at an SNS topic"),
        ({"triggers": [{**CHAT, "events": ["all", "createReference"]}]}, "combines the event all"),
    ],
    elsewhere={"default_branch", "kms_key_id"},
)
