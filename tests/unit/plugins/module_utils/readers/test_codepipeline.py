# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.delivery import BUILD, SOURCE, approval, role
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

PIPELINE, CONNECTION = "AWS::CodePipeline::Pipeline", "AWS::CodeConnections::Connection"
TOPICS = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}"
TRIGGER = {
    "provider_type": "CodeStarSourceConnection",
    "git_configuration": {"source_action_name": "GitHub", "push": [{"branches": {"includes": ["main", "fix"]}}]},
}


def connection(aws, **options):
    known = {"name": "shop-dev", "provider_type": "GitHub", "tags": OURS}
    return aws.run("codeconnections_connection", **{**known, **options}).connection["arn"]


def pipeline(aws, **options):
    arn, action = connection(aws), SOURCE["actions"][0]
    source = {**SOURCE, "actions": [{**action, "configuration": {**action["configuration"], "ConnectionArn": arn}}]}
    result = aws.run(
        "codepipeline",
        name="shop-dev",
        role_arn=role(aws, "shop-dev-pipeline", "codepipeline"),
        **{"tags": OURS, "artifact_store": {"location": "shop-dev-artifacts"}, "stages": [source, BUILD], **options},
    )
    assert not result.failed, result.msg


def test_a_pipeline_comes_back_with_its_connection(aws):
    pipeline(aws, pipeline_type="V2", execution_mode="QUEUED", triggers=[TRIGGER])
    found = read_back(aws, PIPELINE, CONNECTION)
    stages = found["StoragePipeline"].pop("Stages")
    assert found == {
        "StorageConnection": {"ConnectionName": "shop-dev", "ProviderType": "GitHub", "Tags": PAIRS},
        "StoragePipeline": {
            "ArtifactStore": {"Location": "shop-dev-artifacts", "Type": "S3"},
            "ExecutionMode": "QUEUED",
            "Name": "shop-dev",
            "PipelineType": "V2",
            "RoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/shop-dev-pipeline"},
            "Tags": PAIRS,
            "Triggers": [
                {
                    "ProviderType": "CodeStarSourceConnection",
                    "GitConfiguration": {"SourceActionName": "GitHub", "Push": [{"Branches": {"Includes": ["fix", "main"]}}]},
                }
            ],
        },
    }
    assert [stage["Name"] for stage in stages] == ["Source", "Build"]
    (source,) = stages[0]["Actions"]
    assert source["Configuration"]["ConnectionArn"] == {"Ref": "StorageConnection"}
    (build,) = stages[1]["Actions"]
    assert build == {
        "ActionTypeId": {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1"},
        "Configuration": {"ProjectName": "shop-image"},
        "InputArtifacts": [{"Name": "Source"}],
        "Name": "Image",
        "OutputArtifacts": [{"Name": "Image"}],
        "RunOrder": 1,
    }


def test_what_comes_after_the_build_comes_back(aws):
    told = {"CustomData": "Is it well?", "NotificationArn": "arn:aws:sns:us-east-1:123456789012:people"}
    ecs = {"ClusterName": "shop", "ServiceName": "orders", "FileName": "imagedefinitions.json", "DeploymentTimeout": "15"}
    deploy = {
        "action_type_id": {"category": "Deploy", "provider": "ECS"},
        "input_artifacts": [{"name": "Image"}],
        "configuration": ecs,
    }
    pipeline(
        aws,
        stages=[
            SOURCE,
            BUILD,
            approval(configuration=told, timeout_in_minutes=10080),
            {"name": "Deploy", "actions": [{"name": "Orders", **deploy}]},
        ],
    )
    found = read_back(aws, PIPELINE)["StoragePipeline"]
    [approve], [orders] = (stage["Actions"] for stage in found["Stages"][2:])
    assert approve["TimeoutInMinutes"] == 10080
    assert approve["Configuration"] == {**told, "NotificationArn": {"Fn::Sub": f"{TOPICS}:people"}}
    assert (orders["Configuration"], orders["InputArtifacts"]) == (ecs, [{"Name": "Image"}])
    assert "Triggers" not in found


def test_its_arn_stays_a_text_because_its_role_speaks_of_it(aws):
    pipeline(aws)
    found = aws.run("environment_template_info", tags=OURS, platform="shop-dev")
    assert found.physical["StoragePipeline"]["arn"] == "arn:aws:codepipeline:us-east-1:123456789012:shop-dev"
    assert "StoragePipeline.Arn" not in str(found.template)


def test_stores_of_several_regions_come_back(aws):
    stores = {"us-east-1": {"location": "shop-dev-artifacts"}, "eu-west-1": {"location": "shop-dev-far"}}
    pipeline(aws, artifact_store=None, artifact_stores=stores)
    assert read_back(aws, PIPELINE)["StoragePipeline"]["ArtifactStores"] == [
        {"ArtifactStore": {"Location": "shop-dev-artifacts", "Type": "S3"}, "Region": {"Fn::Sub": "${AWS::Region}"}},
        {"ArtifactStore": {"Location": "shop-dev-far", "Type": "S3"}, "Region": "eu-west-1"},
    ]


def test_those_of_others_are_left_alone(aws):
    connection(aws, name="other", tags={"Project": "Other"})
    pipeline(aws, tags={"Project": "Other"})
    assert list(read_back(aws, PIPELINE, CONNECTION)) == ["StorageConnection"]
