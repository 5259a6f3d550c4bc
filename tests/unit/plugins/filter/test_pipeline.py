# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Delivery of a service: a build hands on an image, a person lets it through, ECS gets it."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.slipway.aws.plugins.filter import pipeline

SOURCE = {"connection_arn": "arn:connection", "repository": "shop/orders", "branch": "main"}
DEPLOY = {"name": "Orders", "service": "orders", "cluster": "shop", "image_from": "Image", "timeout_minutes": 15}
IMAGE = {"name": "Image", "build": "image", "artifact": "image"}


def test_a_service_gets_the_image_of_a_build():
    stages = [
        {"name": "Build", "actions": [{"name": "Image", "build": "image", "artifact": "image"}]},
        {"name": "Deploy", "actions": [DEPLOY]},
    ]
    _source, build, deploy = pipeline.pipeline_stages(stages, SOURCE, {"image": "shop-image"})
    assert build["actions"][0]["output_artifacts"] == [{"name": "image"}]
    assert deploy["actions"] == [
        {
            "name": "Orders",
            "action_type_id": {"category": "Deploy", "owner": "AWS", "provider": "ECS", "version": "1"},
            "run_order": 1,
            "configuration": {
                "ClusterName": "shop",
                "ServiceName": "orders",
                "FileName": "imagedefinitions.json",
                "DeploymentTimeout": "15",
            },
            "input_artifacts": [{"name": "image"}],
        }
    ]


def test_an_approval_waits_its_days_and_tells_a_topic():
    actions = [{"name": "Approve", "approval": "Is it well?", "timeout_days": 7, "topic": "arn:topic"}]
    _source, stage = pipeline.pipeline_stages([{"name": "Approval", "actions": actions}], SOURCE, {})
    [made] = stage["actions"]
    assert made["timeout_in_minutes"] == 10080
    assert made["configuration"] == {"CustomData": "Is it well?", "NotificationArn": "arn:topic"}


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([{"name": "Nothing"}], "Action Nothing needs one of approval, build, service."),
        ([{**IMAGE, "approval": "Well?"}], "Action Image needs one of"),
        ([{**IMAGE, "cluster": "shop"}], "is of kind build, which knows artifact, variables and not cluster"),
        (
            [{"name": "Ask", "approval": "Well?", "artifact": "image"}],
            "is of kind approval, which knows timeout_days, topic and not",
        ),
        ([IMAGE, {**DEPLOY, "cluster": ""}], "deploys the service orders and lacks cluster"),
        ([DEPLOY], "takes its image from Image, and no action of that name has an artifact"),
        ([{**IMAGE, "artifact": ""}, DEPLOY], "takes its image from Image, and no action"),
        ([IMAGE, {**IMAGE, "artifact": "other"}, DEPLOY], "and more than one action of that name has an artifact"),
        ([IMAGE, {**IMAGE, "name": "Again"}], "The artifact image is handed on by two actions"),
        ([{**IMAGE, "artifact": "source"}], "The artifact source is handed on by two actions"),
        ([IMAGE, {**DEPLOY, "timeout_minutes": 61}], "timeout_minutes of action Orders is 61; AWS waits 1 to 60"),
        ([{"name": "Ask", "approval": "Well?", "timeout_days": 0}], "timeout_days of action Ask is 0; AWS waits 1 to 60"),
    ],
)
def test_actions_that_cannot_be_meant(actions, words):
    with pytest.raises(AnsibleFilterError) as refused:
        pipeline.pipeline_stages([{"name": "All", "actions": actions}], SOURCE, {"image": "shop-image"})
    assert words in str(refused.value)


def test_the_source_is_one_branch():
    stage = {"name": "All", "actions": [IMAGE]}
    with pytest.raises(AnsibleFilterError, match=r"The branch release/\* is a pattern"):
        pipeline.pipeline_stages([stage], {**SOURCE, "branch": "release/*"}, {"image": "shop-image"})


def test_what_comes_afterwards_is_for_builds_that_succeeded():
    phases = json.loads(pipeline.buildspec({"commands": ["make"], "afterwards": ["docker push shop"]}))["phases"]
    assert phases["post_build"] == {"commands": ["docker push shop"], "on-failure": "ABORT"}
    assert phases["build"]["on-failure"] == "ABORT"  # or else AWS would go on with what comes afterwards
    assert "post_build" not in json.loads(pipeline.buildspec({"commands": ["make"]}))["phases"]
