# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.delivery import role
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

PROJECT, GROUP = "AWS::CodeBuild::Project", "AWS::CodeBuild::ReportGroup"
MACHINE = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "compute_type": "BUILD_GENERAL1_SMALL"}
VARIABLES = [
    {"name": "NPM_TOKEN", "value": "shop/npm", "type": "SECRETS_MANAGER"},
    {"name": "EMPTY", "value": ""},
]


def project(aws, **options):
    known = {"name": "shop-dev-image", "tags": OURS, "service_role": role(aws, "shop-dev-build", "codebuild")}
    result = aws.run("codebuild_project", **{**known, "source": {"type": "CODEPIPELINE"}, "environment": MACHINE, **options})
    assert not result.failed, result.msg


def test_a_build_comes_back(aws):
    project(
        aws,
        description="Builds",
        source={"type": "CODEPIPELINE", "buildspec": "backend/buildspec.yml"},
        environment={**MACHINE, "environment_variables": VARIABLES, "privileged_mode": True},
        logs_config={"cloud_watch_logs": {"status": "ENABLED", "group_name": "/codebuild/shop"}},
        vpc_config={"vpc_id": "vpc-1", "subnets": ["subnet-2", "subnet-1"], "security_group_ids": ["sg-1"]},
        cache={"type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE"]},
        timeout_in_minutes=20,
    )
    found = read_back(aws, PROJECT)
    assert found["StorageProjectImage"].pop("EncryptionKey")
    assert found == {
        "StorageProjectImage": {
            "Artifacts": {"EncryptionDisabled": False, "Name": "shop-dev-image", "Packaging": "NONE", "Type": "CODEPIPELINE"},
            "BadgeEnabled": False,
            "Cache": {"Modes": ["LOCAL_SOURCE_CACHE"], "Type": "LOCAL"},
            "Description": "Builds",
            "Environment": {
                "ComputeType": "BUILD_GENERAL1_SMALL",
                "EnvironmentVariables": [
                    {"Name": "EMPTY", "Type": "PLAINTEXT", "Value": ""},
                    {"Name": "NPM_TOKEN", "Type": "SECRETS_MANAGER", "Value": "shop/npm"},
                ],
                "Image": "aws/codebuild/standard:7.0",
                "ImagePullCredentialsType": "CODEBUILD",
                "PrivilegedMode": True,
                "Type": "LINUX_CONTAINER",
            },
            "LogsConfig": {
                "CloudWatchLogs": {"GroupName": "/codebuild/shop", "Status": "ENABLED"},
                "S3Logs": {"EncryptionDisabled": False, "Status": "DISABLED"},
            },
            "Name": "shop-dev-image",
            "QueuedTimeoutInMinutes": 480,
            "ServiceRole": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/shop-dev-build"},
            "Source": {"BuildSpec": "backend/buildspec.yml", "InsecureSsl": False, "Type": "CODEPIPELINE"},
            "Tags": PAIRS,
            "TimeoutInMinutes": 20,
            "Visibility": "PRIVATE",
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"], "VpcId": "vpc-1"},
        }
    }


def test_a_build_of_a_repository_has_sources_and_artifacts_of_its_own(aws):
    docs = {"type": "GITHUB", "location": "https://github.com/shop/docs.git", "source_identifier": "docs"}
    project(
        aws,
        source={"type": "GITHUB", "location": "https://github.com/shop/shop.git", "git_clone_depth": 1},
        artifacts={"type": "S3", "location": "shop-artifacts", "packaging": "ZIP"},
        secondary_sources=[docs],
        secondary_source_versions=[{"source_identifier": "docs", "source_version": "main"}],
        source_version="main",
    )
    found = read_back(aws, PROJECT)["StorageProjectImage"]
    assert found["Source"]["GitCloneDepth"] == 1
    assert found["SourceVersion"] == "main"
    assert found["Artifacts"]["Location"] == "shop-artifacts"
    assert [each["SourceIdentifier"] for each in found["SecondarySources"]] == ["docs"]
    assert found["SecondarySourceVersions"] == [{"SourceIdentifier": "docs", "SourceVersion": "main"}]


def test_a_group_of_reports_comes_back(aws):
    export = {"export_config_type": "S3", "s3_destination": {"bucket": "shop-reports", "path": "all", "packaging": "ZIP"}}
    result = aws.run("codebuild_report_group", name="shop-dev-tests", type="TEST", export_config=export, tags=OURS)
    assert not result.failed, result.msg
    found = read_back(aws, GROUP)["StorageReportGroupTests"]
    found["ExportConfig"]["S3Destination"].pop("EncryptionKey", None)
    assert found == {
        "ExportConfig": {
            "ExportConfigType": "S3",
            "S3Destination": {"Bucket": "shop-reports", "EncryptionDisabled": False, "Packaging": "ZIP", "Path": "all"},
        },
        "Name": "shop-dev-tests",
        "Tags": PAIRS,
        "Type": "TEST",
    }


def test_builds_of_others_are_left_alone(aws):
    project(aws, tags={"Project": "Other"})
    aws.run("codebuild_report_group", name="other", type="TEST")
    assert read_back(aws, PROJECT, GROUP) == {}
