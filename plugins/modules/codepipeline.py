#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codepipeline
version_added: 0.1.0
short_description: Manage CodePipeline pipelines
description:
  - Creates, changes and removes AWS CodePipeline pipelines, with triggers, variables, execution mode and stage conditions.
  - The pipeline is updated, and its version counted up, only when something differs. What is left out is left as it is; a
    structure that is given is managed as a whole.
  - Structures have the API's names in snake_case. The keys of an action's C(configuration) are AWS's own and are passed on as they
    are; its values become strings.
  - The token of a C(GitHub) source of version 1 is sent when something else differs, but AWS never shows it, so it is not compared.
  - AWS starts a new pipeline as soon as it is created. See M(slipway.aws.codepipeline_execution) for everything that happens in it.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.codepipeline
    description: >-
      Has no check mode. Every run updates the pipeline, so its version counts up and a change is reported. It cannot set type,
      triggers, variables, execution mode, stores of several regions or tags.
options:
  name:
    description: Name of the pipeline.
    type: str
    required: true
  role_arn:
    description: ARN of the role that the pipeline runs with. Required for O(state=present).
    type: str
  pipeline_type:
    description: V(V1) has no triggers, variables, stage conditions and execution modes, and another price.
    type: str
    choices: [V1, V2]
    default: V2
  execution_mode:
    description:
      - What happens to an execution that finds a stage occupied. With V(SUPERSEDED) only the latest one waits, with V(QUEUED)
        all do, with V(PARALLEL) executions run side by side.
      - AWS's default is V(SUPERSEDED).
    type: str
    choices: [QUEUED, SUPERSEDED, PARALLEL]
  artifact_store:
    description: Bucket for what one action hands to the next. Exactly one of O(artifact_store) and O(artifact_stores) is given.
    type: dict
    suboptions:
      type:
        description: Kind of store.
        type: str
        choices: [S3]
        default: S3
      location:
        description: Name of the bucket.
        type: str
        required: true
      encryption_key:
        description: KMS key, when it is not AWS's own for S3.
        type: dict
        suboptions:
          id:
            description: ARN of the key. A key id or alias works within the account only.
            type: str
            required: true
          type:
            description: Kind of key.
            type: str
            choices: [KMS]
            default: KMS
  artifact_stores:
    description: A store like O(artifact_store) for each region that has actions, by region. The pipeline's own region is one.
    type: dict
  variables:
    description: Variables of the pipeline. One without a default has to be given at every start.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name; actions use it as C(#{variables.name}).
        type: str
        required: true
      default_value:
        description: Value when a start gives none.
        type: str
      description:
        description: What it is for.
        type: str
  triggers:
    description:
      - What starts the pipeline; C(git_configuration) with C(source_action_name) and filters C(push) (C(branches), C(file_paths),
        C(tags)) and C(pull_request) (C(events), C(branches), C(file_paths)). Patterns are globs.
      - A source action with a trigger has to read from a connection. V([]) removes all triggers.
    type: list
    elements: dict
  stages:
    description:
      - Stages in order, each with C(name), C(actions) and, if wanted, C(on_failure), C(on_success) and C(before_entry).
      - An action has C(name), C(action_type_id), C(configuration), C(input_artifacts), C(output_artifacts), C(run_order),
        C(namespace), C(region), C(role_arn) and, for approvals, C(timeout_in_minutes). In C(action_type_id), C(category) and
        C(provider) are needed; C(owner) is V(AWS) and C(version) V("1") when left out.
      - Required for O(state=present).
    type: list
    elements: dict
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Source and build
  slipway.aws.codepipeline:
    name: shop
    role_arn: arn:aws:iam::123456789012:role/shop-pipeline
    artifact_store: {location: shop-artifacts}
    stages: &stages
      - name: Source
        actions:
          - name: GitHub
            action_type_id: {category: Source, provider: CodeStarSourceConnection}
            namespace: Source
            configuration: {ConnectionArn: "{{ github.connection.arn }}", FullRepositoryId: shop/shop, BranchName: main}
            output_artifacts: [{name: Source}]
      - name: Build
        actions:
          - name: Image
            action_type_id: {category: Build, provider: CodeBuild}
            configuration: {ProjectName: shop-image}
            input_artifacts: [{name: Source}]
            output_artifacts: [{name: Image}]

- name: The same for releases, with an approval, a deployment that is rolled back when it fails, and a variable
  slipway.aws.codepipeline:
    name: shop-production
    role_arn: arn:aws:iam::123456789012:role/shop-pipeline
    artifact_store: {location: shop-artifacts, encryption_key: {id: "{{ artifact_key_arn }}"}}
    execution_mode: QUEUED
    variables: [{name: REASON, default_value: release}]
    triggers:
      - git_configuration: {source_action_name: GitHub, push: [{branches: {includes: ["release/*.*.*"]}}]}
    stages: "{{ stages + production_stages }}"
  vars:
    stages: *stages
    production_stages:
      - name: Approve
        actions:
          - name: Release
            action_type_id: {category: Approval, provider: Manual}
            configuration: {CustomData: "#{variables.REASON} at #{Source.CommitId}"}
            timeout_in_minutes: 10080
      - name: Deploy
        on_failure: {result: ROLLBACK}
        actions:
          - name: Service
            action_type_id: {category: Deploy, provider: ECS}
            configuration: {ClusterName: shop, ServiceName: backend, DeploymentTimeout: 15}
            input_artifacts: [{name: Image}]

- name: No pipeline any more
  slipway.aws.codepipeline:
    name: shop
    state: absent
"""

RETURN = r"""
pipeline:
  description: The pipeline; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the pipeline.
      type: str
      sample: arn:aws:codepipeline:eu-west-1:123456789012:shop
    version:
      description: How often it was changed, plus one.
      type: int
    stages:
      description: The stages, completed with AWS's defaults and without secrets.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import codepipeline, shapes
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

# A role that was just created is not known everywhere for some seconds.
_PATIENCE = {"InvalidStructureException": "AssumeRole", "ValidationException": "AssumeRole"}
_NOTHING = {"artifactStore": {}, "artifactStores": {}, "triggers": [], "variables": []}


class Pipeline(Resource):
    """A pipeline. AWS replaces the whole declaration at every update, so all of it is sent."""

    service = "codepipeline"
    noun = "pipeline"
    missing = ("PipelineNotFoundException",)
    whole = ("artifactStore", "artifactStores", "stages", "triggers", "variables")
    unordered = ("events", "excludes", "includes")
    verbatim = ("configuration", "artifactStores")
    outputs = ("arn", "version")

    def validate(self):
        return codepipeline.faults(self._asked(), self.client.meta.region_name) if self.params["state"] == "present" else []

    def _asked(self):
        shape = self._shape()
        given = {key: value for key, value in self.params.items() if key in shapes.members(shape) and key != "version"}
        try:
            return shapes.to_api(shape, given)
        except shapes.UnknownMemberError as fault:
            return self.fail(f"pipeline {self.name}: {fault}.")

    def _shape(self):
        return self.client.meta.service_model.operation_model("UpdatePipeline").input_shape.members["pipeline"]

    def find(self):
        found = self.read("get_pipeline", name=self.name)
        if found is None:
            return None
        arn = found["metadata"]["pipelineArn"]
        tags = self.pages("list_tags_for_resource", "tags", resourceArn=arn)
        have = codepipeline.completed(found["pipeline"], self.client.meta.region_name)
        have["stages"] = codepipeline.uncovered(have["stages"], self.want(None).get("stages") or [])
        return {**_NOTHING, **found["metadata"], **have, "arn": arn, "Tags": from_form(tags)}

    def want(self, have):
        want = codepipeline.completed(self._asked(), self.client.meta.region_name)
        other = {"artifactStore": "artifactStores", "artifactStores": "artifactStore"}
        return {**want, **{other[key]: {} for key in other if have and want.get(key)}}

    def create(self, want):
        tags = want.pop("tags", None)
        self.write("create_pipeline", patience=_PATIENCE, pipeline={"name": self.name, **want}, **({"tags": tags} if tags else {}))

    def update(self, have, changes):
        known = self._shape().members.keys() - {"version"}
        pipeline = {key: value for key, value in {**have, **changes}.items() if key in known and (value or "Store" not in key)}
        self.write("update_pipeline", patience=_PATIENCE, pipeline=pipeline)

    def delete(self, have):
        self.write("delete_pipeline", name=self.name)

    def view(self, have):
        return super().view({**have, "stages": codepipeline.covered(have["stages"])} if have and "stages" in have else have)


def main():
    Pipeline.main(DOCUMENTATION, required_if=[("state", "present", ("role_arn", "stages"))])


if __name__ == "__main__":
    main()
