# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from copy import deepcopy

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.delivery import BUILD, DEPLOY, SOURCE, role

APPROVAL = {"name": "Release", "action_type_id": {"category": "Approval", "provider": "Manual"}}
ALARM = {
    "name": "Errors",
    "rule_type_id": {"provider": "CloudWatchAlarm"},
    "configuration": {"AlarmName": "shop-errors", "WaitTime": 5},
}
STAGES = [SOURCE, BUILD, DEPLOY]


def prepare(aws):
    role(aws, "other", "codepipeline")
    return {"role_arn": role(aws, "shop-pipeline", "codepipeline")}


def changed(number, **more):
    """Return the stages with one action of one of them changed."""
    stages = deepcopy(STAGES)
    stages[number]["actions"][0].update(more)
    return {"stages": stages}


def stage(number, **more):
    """Return the stages with one of them changed."""
    stages = deepcopy(STAGES)
    stages[number].update(more)
    return {"stages": stages}


def pushed(source_action_name="GitHub", **filters):
    return {"git_configuration": {"source_action_name": source_action_name, "push": [filters]}}


S3 = {
    "action_type_id": {"category": "Source", "provider": "S3"},
    "configuration": {"S3Bucket": "shop", "S3ObjectKey": "source.zip"},
}
ELSEWHERE = changed(1, region="eu-west-1")
TWO_STORES = {"us-east-1": {"location": "shop-artifacts"}, "eu-west-1": {"location": "shop-artifacts-eu"}}
CONDITIONS = {
    "on_failure": {"result": "ROLLBACK"},
    "before_entry": {"conditions": [{"result": "FAIL", "rules": [ALARM]}]},
    "on_success": {"conditions": [{"result": "ROLLBACK", "rules": [ALARM]}]},
}

CHAIN = Chain(
    prepare=prepare,
    create={"name": "shop", "artifact_store": {"location": "shop-artifacts"}, "stages": STAGES},
    changes=[
        {"role_arn": "arn:aws:iam::123456789012:role/other"},
        {"pipeline_type": "V1"},
        {"pipeline_type": "V2"},
        {"execution_mode": "QUEUED"},
        {"artifact_store": {"location": "shop-artifacts", "encryption_key": {"id": "arn:aws:kms:us-east-1:123456789012:key/k"}}},
        {"artifact_store": {"location": "shop-artifacts"}},  # back to AWS's own key
        {"variables": [{"name": "REASON", "default_value": "release"}]},
        {"variables": []},
        {"triggers": [pushed(branches={"includes": ["main", "release/*.*.*"]})]},
        {
            "triggers": [
                pushed(branches={"includes": ["main"]}, file_paths={"excludes": ["docs/**"]}),
            ]
        },
        {"triggers": []},
        changed(1, configuration={"ProjectName": "shop-image", "BatchEnabled": True}),
        changed(1, configuration={"ProjectName": "shop-image"}),  # a key of the configuration goes
        changed(1, namespace="Build", run_order=2),
        stage(2, actions=[{**APPROVAL, "timeout_in_minutes": 10080}, {**DEPLOY["actions"][0], "run_order": 2}]),
        stage(2, **CONDITIONS),
        stage(2, on_failure={"result": "RETRY", "retry_configuration": {"retry_mode": "FAILED_ACTIONS"}}),
        {"stages": STAGES},
        {"artifact_store": None, "artifact_stores": TWO_STORES, **ELSEWHERE},
        {"artifact_store": {"location": "shop-artifacts"}, "artifact_stores": None, "stages": STAGES},
    ],
    invalid=[
        ({"stages": [SOURCE, BUILD, BUILD]}, "There are two stages Build"),
        ({"stages": [SOURCE]}, "at least two stages"),
        ({"stages": [SOURCE, {"name": "Build"}]}, "Stage Build has no actions"),
        ({"stages": [BUILD, SOURCE]}, "The first stage has source actions only"),
        ({"stages": [SOURCE, {**SOURCE, "name": "More"}]}, "only the first stage has sources"),
        (stage(1, actions=BUILD["actions"] * 2), "Stage Build has two actions Image"),
        (changed(1, input_artifacts=[{"name": "Sauce"}]), "takes artifact Sauce, which is no action's output"),
        ({"stages": [SOURCE, DEPLOY, BUILD]}, "takes artifact Image before it is there"),
        (changed(1, output_artifacts=[{"name": "Source"}]), "Artifact Source is the output of two actions"),
        (changed(0, output_artifacts=[]), "needs one output artifact"),
        (changed(1, timeout_in_minutes=20), "only approvals have timeout_in_minutes"),
        (changed(1, commands=["make"]), "commands belong to the provider Commands"),
        (changed(1, action_type_id={"provider": "CodeBuild"}), "needs an action_type_id"),
        (changed(1, name=None), "needs a name"),
        (changed(1, namespace="GitHub"), "Two actions have the namespace GitHub"),
        (changed(1, configuration={"ProjectName": "#{variables.PROJECT}"}), "which is not among the variables"),
        (changed(1, configuration={"ProjectName": "#{Sauce.CommitId}"}), "no action has the namespace Sauce"),
        (changed(1, runOrders=2), "did you mean run_order?"),
        (stage(0, on_failure={"result": "ROLLBACK"}), "cannot be rolled back"),
        (stage(2, actions=[{**APPROVAL, "input_artifacts": [{"name": "Image"}]}]), "Approval Release cannot have artifacts"),
        ({"artifact_store": None}, "Give either artifact_store or"),
        ({"artifact_stores": TWO_STORES}, "Give either artifact_store or"),
        (ELSEWHERE, "give artifact_stores with a bucket in each region"),
        ({"artifact_store": None, "artifact_stores": {"eu-west-1": TWO_STORES["eu-west-1"]}}, "has no bucket in us-east-1"),
        ({"variables": [{"name": "A"}, {"name": "A"}]}, "There are two variables A"),
        ({"triggers": [pushed("Git", branches={"includes": ["main"]})]}, "which is no source action"),
        ({"triggers": [pushed(), pushed()]}, "has two triggers"),
        ({"triggers": [pushed()], **changed(0, **S3)}, "whose source is no CodeConnections connection"),
        ({"triggers": [pushed(tags={"includes": ["v*"]}, branches={"includes": ["main"]})]}, "has tags together with branches"),
        ({"triggers": [pushed(branches={"includes": ["main"]})], "pipeline_type": "V1"}, "use pipeline_type V2"),
        ({"execution_mode": "PARALLEL", "pipeline_type": "V1"}, "has no execution mode PARALLEL"),
    ],
)
