#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codebuild_build_info
version_added: 0.1.0
short_description: Look at builds of CodeBuild
description:
  - Returns builds of an AWS CodeBuild project, the latest first, or builds by id, with their phases and the place of their logs.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the project whose builds are wanted.
    type: str
  ids:
    description: Ids or ARNs of builds, as RV(ignore:codepipeline_info.pipelines) has them in C(external_execution_id).
    type: list
    elements: str
  builds:
    description: How many of the project's last builds are returned.
    type: int
    default: 10
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: How did the last build go
  slipway.aws.codebuild_build_info:
    name: shop-image
    builds: 1
  register: last

- name: One build in particular
  slipway.aws.codebuild_build_info:
    ids: ["shop-image:7d1f0c52-8a9b-4b3e-9d6b-0a1b2c3d4e5f"]
"""

RETURN = r"""
builds:
  description: The builds.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Id of the build.
      type: str
      sample: shop-image:7d1f0c52-8a9b-4b3e-9d6b-0a1b2c3d4e5f
    build_status:
      description: C(IN_PROGRESS), C(SUCCEEDED), C(FAILED), C(FAULT), C(TIMED_OUT) or C(STOPPED).
      type: str
    failure:
      description: Phase, code and message of what went wrong; empty for a build that went well or still runs.
      type: str
      sample: "BUILD COMMAND_EXECUTION_ERROR: Error while executing command: make test. Reason: exit status 1"
    phases:
      description: The phases with their status and duration.
      type: list
      elements: dict
    logs:
      description: Log group and stream.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.shapes import from_api

_PAGE = 100  # builds that AWS describes in one call


class Builds(Caller):
    """A look at builds."""

    service = "codebuild"
    noun = "project"
    missing = ("ResourceNotFoundException",)

    def run(self):
        faults = formats.out_of_range(1, None, builds=self.params["builds"])
        if faults:
            self.fail(" ".join(faults))
        ids = self.params["ids"] or self._latest()
        found = []
        for start in range(0, len(ids), _PAGE):
            found += self.read("batch_get_builds", ids=ids[start : start + _PAGE])["builds"]
        self.module.exit_json(changed=False, builds=[from_api({**build, "failure": _failure(build)}) for build in found])

    def _latest(self):
        limit = {"PaginationConfig": {"MaxItems": self.params["builds"]}}
        return self.pages("list_builds_for_project", "ids", projectName=self.name, sortOrder="DESCENDING", **limit)


def _failure(build):
    for phase in build.get("phases", []):
        if phase.get("phaseStatus") in ("FAILED", "FAULT", "TIMED_OUT"):
            context = (phase.get("contexts") or [{}])[0]
            return f"{phase['phaseType']} {context.get('statusCode', phase['phaseStatus'])}: {context.get('message', '')}"
    return ""


def main():
    Builds.main(DOCUMENTATION, required_one_of=[("name", "ids")], mutually_exclusive=[("name", "ids")])


if __name__ == "__main__":
    main()
