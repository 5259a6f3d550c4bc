#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codebuild_project
version_added: 0.1.0
short_description: Manage CodeBuild projects
description:
  - Creates, changes and removes AWS CodeBuild projects.
  - Options that are left out are left as they are. Options that are structures are managed as a whole; what such a structure leaves
    out gets AWS's default.
  - An environment variable whose name says that it holds a secret is refused as plain text, before anything is called.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.codebuild_project
    description: >-
      Has no check mode, and updates the project in every run. It cannot set logs, secondary sources, batches or the time in the
      queue.
  - module: slipway.aws.codebuild_build_info
    description: Shows the builds of a project.
options:
  name:
    description: Name of the project; letters, digits, C(-) and C(_).
    type: str
    required: true
  description:
    description: What the project builds, up to 255 characters.
    type: str
  source:
    description:
      - Where the sources come from; C(type), C(location), C(buildspec), C(git_clone_depth), C(auth) and so on, as in the API.
      - Type V(CODEPIPELINE) has no location. The buildspec is a path in the sources, the ARN of an S3 object, or the text itself.
      - Required for O(state=present).
    type: dict
  secondary_sources:
    description: More sources, like O(source), each with a C(source_identifier) of its own.
    type: list
    elements: dict
  source_version:
    description: Branch, tag, commit or object version that is built when a build names none.
    type: str
  secondary_source_versions:
    description: The same for O(secondary_sources), as C(source_identifier) and C(source_version).
    type: list
    elements: dict
  artifacts:
    description:
      - What becomes of the build's output; C(type), C(location), C(path), C(name), C(packaging) and so on.
      - For a new project, left out, it is V(CODEPIPELINE) when O(source) is, and V(NO_ARTIFACTS) otherwise.
    type: dict
  secondary_artifacts:
    description: More artifacts, like O(artifacts), each with an C(artifact_identifier) of its own.
    type: list
    elements: dict
  cache:
    description: What is kept from one build to the next.
    type: dict
    suboptions:
      type:
        description: Where it is kept; V(LOCAL) is on the build host and lost when the host changes.
        type: str
        choices: [NO_CACHE, S3, LOCAL]
        required: true
      location:
        description: Bucket and prefix for V(S3).
        type: str
      modes:
        description: What is kept with V(LOCAL); V(LOCAL_DOCKER_LAYER_CACHE) needs privileged mode.
        type: list
        elements: str
        choices: [LOCAL_DOCKER_LAYER_CACHE, LOCAL_SOURCE_CACHE, LOCAL_CUSTOM_CACHE]
      cache_namespace:
        description: Scope of V(S3) keys that several projects share.
        type: str
  environment:
    description:
      - The machine; C(type), C(image), C(compute_type), C(privileged_mode), C(environment_variables) (a list of C(name),
        C(value) and C(type)), C(registry_credential) and so on. Building images with Docker needs C(privileged_mode).
      - Required for O(state=present).
    type: dict
  service_role:
    description: ARN of the role that builds run with. Required for O(state=present).
    type: str
  timeout_in_minutes:
    description: How long a build may run, 5 to 2160 minutes. AWS's default is 60.
    type: int
  queued_timeout_in_minutes:
    description: How long a build may wait for a machine, 5 to 480 minutes. AWS's default is 480.
    type: int
  encryption_key:
    description: ARN, or C(alias/name), of the KMS key for the output. AWS's default is its own key for S3.
    type: str
  vpc_config:
    description: Network of the builds; V({}) takes them out of the VPC.
    type: dict
    suboptions:
      vpc_id:
        description: Id of the VPC.
        type: str
      subnets:
        description: Ids of private subnets; a build has no public address, so it needs a NAT gateway or endpoints.
        type: list
        elements: str
      security_group_ids:
        description: Ids of security groups.
        type: list
        elements: str
  badge_enabled:
    description: Whether there is a public badge with the state of the last build.
    type: bool
  logs_config:
    description:
      - Where logs go; C(cloud_watch_logs) with C(status), C(group_name), C(stream_name), C(s3_logs) with C(status), C(location).
    type: dict
  file_system_locations:
    description: EFS file systems that builds mount.
    type: list
    elements: dict
  build_batch_config:
    description: How batch builds run. V({}) takes it away.
    type: dict
  concurrent_build_limit:
    description: How many builds run at once; V(-1) removes the limit.
    type: int
  auto_retry_limit:
    description: How often a failed build is repeated by itself.
    type: int
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A build step of a pipeline
  slipway.aws.codebuild_project:
    name: shop-backend
    source: {type: CODEPIPELINE, buildspec: backend/buildspec.yml}
    environment: {type: LINUX_CONTAINER, image: "aws/codebuild/standard:7.0", compute_type: BUILD_GENERAL1_SMALL}
    service_role: arn:aws:iam::123456789012:role/shop-build

- name: Build images in the VPC, with a secret, a cache and an encrypted log
  slipway.aws.codebuild_project:
    name: shop-image
    source: {type: CODEPIPELINE}
    environment:
      type: ARM_CONTAINER
      image: aws/codebuild/amazonlinux-aarch64-standard:3.0
      compute_type: BUILD_GENERAL1_SMALL
      privileged_mode: true
      environment_variables:
        - {name: REPOSITORY, value: shop}
        - {name: NPM_TOKEN, value: shop/npm, type: SECRETS_MANAGER}
    service_role: arn:aws:iam::123456789012:role/shop-build
    cache: {type: LOCAL, modes: [LOCAL_DOCKER_LAYER_CACHE]}
    vpc_config: {vpc_id: vpc-0a1b2c3d4e5f60718, subnets: [subnet-0a1b2c3d4e5f60718], security_group_ids: [sg-0a1b2c3d4e5f60718]}
    logs_config: {cloud_watch_logs: {status: ENABLED, group_name: /codebuild/shop}}
    encryption_key: alias/shop-artifacts
    concurrent_build_limit: 1

- name: No project any more
  slipway.aws.codebuild_project:
    name: shop-image
    state: absent
"""

RETURN = r"""
project:
  description: The project; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the project.
      type: str
      sample: arn:aws:codebuild:eu-west-1:123456789012:project/shop-backend
    environment:
      description: The machine, with the defaults that AWS filled in.
      type: dict
    badge:
      description: Whether there is a badge, and its address.
      type: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import codebuild
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form, to_form

_UNLIMITED = -1


class Project(Resource):
    """A project. Its tags are a part of it: CodeBuild has no operations for tags."""

    service = "codebuild"
    noun = "project"
    missing = ("ResourceNotFoundException",)
    whole = codebuild.STRUCTURES
    unordered = ("environmentVariables", "secondarySources", "secondarySourceVersions", "secondaryArtifacts")
    unordered += ("subnets", "securityGroupIds", "modes", "fileSystemLocations")
    outputs = ("arn",)

    def validate(self):
        return codebuild.faults(self.request("CreateProject")) if self.params["state"] == "present" else []

    def find(self):
        found = self.read("batch_get_projects", names=[self.name])["projects"]
        if not found:
            return None
        have = {"vpcConfig": {}, "buildBatchConfig": {}, "concurrentBuildLimit": _UNLIMITED, **found[0]}
        have["badgeEnabled"] = have.get("badge", {}).get("badgeEnabled", False)
        have.get("webhook", {}).pop("secret", None)
        tags = from_form(have.pop("tags", []))
        return {**codebuild.comparable(have, self.request("CreateProject")), "Tags": tags}

    def want(self, have):
        asked = self.request("CreateProject")
        if "artifacts" not in asked and have is None:
            asked["artifacts"] = {"type": "CODEPIPELINE" if asked["source"]["type"] == "CODEPIPELINE" else "NO_ARTIFACTS"}
        if have and have.get("encryptionKey", "").endswith(f":{asked.get('encryptionKey')}"):
            asked["encryptionKey"] = have["encryptionKey"]  # AWS answers with the ARN of an alias
        if have is None and asked.get("concurrentBuildLimit") == _UNLIMITED:
            del asked["concurrentBuildLimit"]  # there is no limit to remove
        return codebuild.filled(asked)

    def create(self, want):
        self.write("create_project", patience=codebuild.PATIENCE, **want)

    def update(self, have, changes):
        self.write("update_project", patience=codebuild.PATIENCE, name=self.name, **changes)

    def retag(self, have, add, remove):
        left = {key: value for key, value in have["Tags"].items() if key not in remove}
        self.write("update_project", name=self.name, tags=to_form({**left, **add}, "key"))

    def delete(self, have):
        self.write("delete_project", name=self.name)


def main():
    Project.main(DOCUMENTATION, required_if=[("state", "present", ("source", "environment", "service_role"))])


if __name__ == "__main__":
    main()
