#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codebuild_report_group
version_added: 0.1.0
short_description: Manage CodeBuild report groups
description:
  - Creates, changes and removes AWS CodeBuild report groups, which collect the test results and the coverage of builds.
  - A buildspec that names its reports makes groups by itself, C(<project>-<report>). A group of one's own outlives projects, can be
    exported, and is named in the buildspec by its ARN.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the report group.
    type: str
    required: true
  type:
    description: What the reports are about. It cannot be changed.
    type: str
    choices: [TEST, CODE_COVERAGE]
    default: TEST
  export_config:
    description:
      - Where the raw reports are kept. AWS shows a report for 30 days; only an export lasts longer.
      - For a new group, left out, nothing is exported.
    type: dict
    suboptions:
      export_config_type:
        description: Whether there is an export.
        type: str
        choices: [S3, NO_EXPORT]
        required: true
      s3_destination:
        description: The bucket, for V(S3).
        type: dict
        suboptions:
          bucket:
            description: Name of the bucket.
            type: str
            required: true
          bucket_owner:
            description: Account of the bucket's owner, when it is another one.
            type: str
          path:
            description: Prefix of the objects.
            type: str
          packaging:
            description: Whether the files are packed.
            type: str
            choices: [ZIP, NONE]
            default: NONE
          encryption_key:
            description: ARN of the KMS key for the objects.
            type: str
          encryption_disabled:
            description: Whether the objects are not encrypted by CodeBuild.
            type: bool
            default: false
  delete_reports:
    description: Whether the reports are removed with the group. AWS refuses to remove a group that has reports otherwise.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Test results, for 30 days
  slipway.aws.codebuild_report_group:
    name: shop-tests

- name: Coverage, kept in a bucket
  slipway.aws.codebuild_report_group:
    name: shop-coverage
    type: CODE_COVERAGE
    export_config:
      export_config_type: S3
      s3_destination: {bucket: shop-reports, path: coverage, packaging: ZIP}

- name: No reports any more
  slipway.aws.codebuild_report_group:
    name: shop-tests
    delete_reports: true
    state: absent
"""

RETURN = r"""
report_group:
  description: The report group; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the report group, which goes into the C(reports) section of a buildspec.
      type: str
      sample: arn:aws:codebuild:eu-west-1:123456789012:report-group/shop-tests
    type:
      description: What the reports are about.
      type: str
    export_config:
      description: Where the reports are kept.
      type: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form, to_form


class ReportGroup(Resource):
    """A report group. It is known by its ARN, whose end is its name, and its tags are a part of it."""

    service = "codebuild"
    noun = "report group"
    missing = ("ResourceNotFoundException",)
    immutable = ("type",)
    whole = ("exportConfig",)
    outputs = ("arn", "status")

    def validate(self):
        rule = "AWS takes 2 to 128 letters, digits, hyphens and _"
        faults, config = formats.misnamed("name", self.name, r"[A-Za-z0-9][\w-]{1,127}", rule), self.params["export_config"] or {}
        if config.get("export_config_type") == "S3" and not config.get("s3_destination"):
            faults.append("An export of type S3 needs an s3_destination with a bucket.")
        owner = (config.get("s3_destination") or {}).get("bucket_owner")
        return faults + formats.malformed("account", bucket_owner=owner)

    def find(self):
        arns = self.pages("list_report_groups", "reportGroups")
        arn = next((arn for arn in arns if arn.split("report-group/")[-1] == self.name), None)
        found = self.read("batch_get_report_groups", reportGroupArns=[arn])["reportGroups"] if arn else []
        if not found:
            return None
        tags = from_form(found[0].pop("tags", []))
        return {**found[0], "Tags": tags}

    def want(self, have):
        asked = self.request("CreateReportGroup")
        if have is None:
            asked.setdefault("exportConfig", {"exportConfigType": "NO_EXPORT"})
        return asked

    def leaving(self, have):
        return have["status"] == "DELETING"

    def create(self, want):
        self.write("create_report_group", **want)

    def update(self, have, changes):
        self.write("update_report_group", arn=have["arn"], **changes)

    def retag(self, have, add, remove):
        left = {key: value for key, value in have["Tags"].items() if key not in remove}
        self.write("update_report_group", arn=have["arn"], tags=to_form({**left, **add}, "key"))

    def delete(self, have):
        self.write("delete_report_group", arn=have["arn"], deleteReports=self.params["delete_reports"])


def main():
    ReportGroup.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
