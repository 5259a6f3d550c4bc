#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codepipeline_info
version_added: 0.1.0
short_description: Look at pipelines and at where they stand
description:
  - Returns AWS CodePipeline pipelines with their declaration, the state of every stage and action, and their last executions.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of a pipeline; left out, all pipelines of the region are returned.
    type: str
  executions:
    description: How many of the last executions are returned per pipeline.
    type: int
    default: 10
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Where does the release stand
  slipway.aws.codepipeline_info:
    name: shop-production
  register: release

- name: Say it
  ansible.builtin.debug:
    msg: "{{ item.stage_name }}: {{ item.latest_execution.status | default('never ran') }}"
  loop: "{{ release.pipelines[0].stage_states }}"
"""

RETURN = r"""
pipelines:
  description: The pipelines; empty when there is none of that name.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name.
      type: str
    arn:
      description: ARN.
      type: str
    stages:
      description: The declared stages, without secrets.
      type: list
      elements: dict
    stage_states:
      description: Every stage with C(latest_execution), C(inbound_transition_state) and C(action_states).
      type: list
      elements: dict
    executions:
      description: Summaries of the last executions, the latest first.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import codepipeline, formats
from ansible_collections.slipway.aws.plugins.module_utils.pipelines import PipelineCaller
from ansible_collections.slipway.aws.plugins.module_utils.shapes import from_api
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class Pipelines(PipelineCaller):
    """A look at pipelines."""

    missing = ("PipelineNotFoundException",)

    def run(self):
        faults = formats.out_of_range(1, None, executions=self.params["executions"])
        if faults:
            self.fail(" ".join(faults))
        names = [self.name] if self.name else [one["name"] for one in self.pages("list_pipelines", "pipelines")]
        found = [self._pipeline(name) for name in sorted(names)]
        self.module.exit_json(changed=False, pipelines=[pipeline for pipeline in found if pipeline])

    def _pipeline(self, name):
        found = self.read("get_pipeline", name=name)
        state = self.read("get_pipeline_state", name=name)
        if found is None or state is None:
            return None
        declared, arn = found["pipeline"], found["metadata"]["pipelineArn"]
        limit = {"PaginationConfig": {"MaxItems": self.params["executions"]}}
        runs = self.pages("list_pipeline_executions", "pipelineExecutionSummaries", pipelineName=name, **limit)
        known = {**found["metadata"], **declared, "stages": codepipeline.covered(declared["stages"]), "arn": arn}
        # A token would let whoever reads the result approve in the name of the caller.
        states = [
            {**stage, "actionStates": [_untold(action) for action in stage["actionStates"]]} for stage in state["stageStates"]
        ]
        tags = from_form(self.pages("list_tags_for_resource", "tags", resourceArn=arn))
        whole = {**known, "stageStates": states, "executions": runs, "tags": tags}
        return from_api(whole, ("configuration", "artifactStores", "tags"))


def _untold(action):
    latest = {key: value for key, value in action.get("latestExecution", {}).items() if key != "token"}
    return {**action, **({"latestExecution": latest} if latest else {})}


def main():
    Pipelines.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
