# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.delivery import role

REPOSITORY = "https://github.com/shop/shop.git"
MACHINE = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "compute_type": "BUILD_GENERAL1_SMALL"}
SMALL = {"type": "LINUX_LAMBDA_CONTAINER", "image": "aws/codebuild/amazonlinux-x86_64-lambda-standard:nodejs20"}
SMALL |= {"compute_type": "BUILD_LAMBDA_1GB"}
ROLES = {"other": "arn:aws:iam::123456789012:role/other-build"}


def prepare(aws):
    role(aws, "other-build", "codebuild")
    return {"service_role": role(aws, "shop-build", "codebuild")}


def machine(*variables, **more):
    return {**MACHINE, **more, "environment_variables": list(variables)}


STAGE = {"name": "STAGE", "value": "dev"}
TOKEN = {"name": "NPM_TOKEN", "value": "shop/npm", "type": "SECRETS_MANAGER"}
DOCS = {"type": "GITHUB", "location": "https://github.com/shop/docs.git", "source_identifier": "docs"}

CHAIN = Chain(
    prepare=prepare,
    create={"name": "shop-backend", "source": {"type": "CODEPIPELINE"}, "environment": MACHINE},
    changes=[
        {"description": "The backend"},
        {"source": {"type": "CODEPIPELINE", "buildspec": "backend/buildspec.yml"}},
        {"source": {"type": "CODEPIPELINE"}},  # the buildspec goes
        {"environment": machine(STAGE, privileged_mode=True)},
        {"environment": machine(TOKEN, STAGE)},  # a variable more, privileged mode less
        {"environment": MACHINE},
        {"service_role": ROLES["other"]},
        {"timeout_in_minutes": 20},
        {"queued_timeout_in_minutes": 60},
        {"encryption_key": "arn:aws:kms:us-east-1:123456789012:alias/shop"},
        {"vpc_config": {"vpc_id": "vpc-1", "subnets": ["subnet-2", "subnet-1"], "security_group_ids": ["sg-1"]}},
        {"vpc_config": {}},
        {"badge_enabled": True},
        {"logs_config": {"cloud_watch_logs": {"status": "ENABLED", "group_name": "/codebuild/shop"}}},
        {
            "logs_config": {
                "cloud_watch_logs": {"status": "DISABLED"},
                "s3_logs": {"status": "ENABLED", "location": "shop-logs/build"},
            }
        },
        {"cache": {"type": "S3", "location": "shop-cache/backend"}},
        {"cache": {"type": "NO_CACHE"}},
        {"concurrent_build_limit": 1},
        {"concurrent_build_limit": 3},
        {"concurrent_build_limit": -1},
        {"auto_retry_limit": 1},
        {"build_batch_config": {"service_role": ROLES["other"], "timeout_in_mins": 60}},
        {"build_batch_config": {}},
        {"file_system_locations": [{"type": "EFS", "location": "fs-1:/", "mount_point": "/mnt", "identifier": "models"}]},
        {"source": {"type": "GITHUB", "location": REPOSITORY, "git_clone_depth": 1}, "artifacts": {"type": "NO_ARTIFACTS"}},
        {"artifacts": {"type": "S3", "location": "shop-artifacts", "packaging": "ZIP"}},
        {"source_version": "main"},
        {"secondary_sources": [DOCS], "secondary_source_versions": [{"source_identifier": "docs", "source_version": "main"}]},
        {"secondary_artifacts": [{"type": "S3", "location": "shop-docs", "name": "docs", "artifact_identifier": "docs"}]},
    ],
    invalid=[
        ({"environment": machine({"name": "DB_PASSWORD", "value": "hunter2"})}, "DB_PASSWORD is a secret by its name"),
        ({"environment": machine({"name": "KEY", "value": "AKIAIOSFODNN7EXAMPLE"})}, "KEY is a secret"),
        ({"environment": machine(STAGE, STAGE)}, "STAGE is given twice"),
        ({"environment": {**SMALL, "privileged_mode": True}}, "cannot be privileged"),
        ({"environment": {**SMALL, "compute_type": "BUILD_GENERAL1_SMALL"}}, "does not go with environment type"),
        ({"environment": {"type": "LINUX_CONTAINER", "image": "x"}}, "needs compute_type"),
        ({"environment": machine(image_pull_credentials_type="SERVICE_ROLE")}, "is AWS's own"),
        ({"environment": machine(registry_credential={"credential": "x", "credential_provider": "SECRETS_MANAGER"})}, "registry"),
        ({"environment": {**MACHINE, "privileged": True}}, "did you mean privileged_mode?"),
        ({"artifacts": {"type": "NO_ARTIFACTS"}}, "both of type CODEPIPELINE or neither"),
        ({"source": {"type": "GITHUB"}}, "needs a location"),
        ({"source": {"type": "NO_SOURCE"}}, "Without sources there is no buildspec"),
        ({"secondary_sources": [{**DOCS, "source_identifier": None}]}, "needs an identifier of its own"),
        ({"secondary_sources": [DOCS], "secondary_source_versions": [{"source_identifier": "x"}]}, "names x"),
        ({"secondary_artifacts": [{"type": "S3", "artifact_identifier": "a"}]}, "Artifacts of type S3 need a location"),
        ({"cache": {"type": "S3"}}, "A cache of type S3 needs a location"),
        ({"cache": {"type": "LOCAL"}}, "needs modes"),
        ({"cache": {"type": "LOCAL", "modes": ["LOCAL_DOCKER_LAYER_CACHE"]}}, "needs an environment with privileged_mode"),
        ({"vpc_config": {"vpc_id": "vpc-1", "subnets": ["subnet-1"]}}, "vpc_config lacks security_group_ids"),
        ({"timeout_in_minutes": 4}, "AWS allows 5 to 2160"),
        ({"queued_timeout_in_minutes": 481}, "AWS allows 5 to 480"),
        ({"concurrent_build_limit": 0}, "at least 1"),
    ],
)
