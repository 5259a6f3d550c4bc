#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_origin_access_control
version_added: 0.1.0
short_description: Manage origin access controls of CloudFront
description:
  - Creates, changes and removes origin access controls.
  - By them CloudFront signs its requests, so that a private bucket can let it in and nobody else.
  - They have no tags.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.cloudfront_origin_access_identity
    description: >-
      Manages origin access identities, the predecessor. With them CloudFront cannot read objects that are encrypted with KMS keys.
options:
  name:
    description: Name of the origin access control, at most 64 characters.
    type: str
    required: true
  description:
    description: What it is for.
    type: str
  origin_type:
    description: Kind of origin.
    type: str
    choices: [s3, mediastore, mediapackagev2, lambda]
    default: s3
  signing_behavior:
    description:
      - V(always) signs every request; V(no-override) leaves a client's own C(Authorization) header alone; V(never) switches it off.
    type: str
    choices: [always, no-override, never]
    default: always
  signing_protocol:
    description: How requests are signed.
    type: str
    choices: [sigv4]
    default: sigv4
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: CloudFront may read the frontend's bucket
  slipway.aws.cloudfront_origin_access_control:
    name: shop-dev-frontend
  register: access

- name: Let clients bring signatures of their own
  slipway.aws.cloudfront_origin_access_control:
    name: shop-dev-downloads
    description: Presigned downloads
    signing_behavior: no-override

- name: No origin access control any more
  slipway.aws.cloudfront_origin_access_control:
    name: shop-dev-downloads
    state: absent
"""

RETURN = r"""
origin_access_control:
  description: The origin access control; empty when it is absent.
  returned: always
  type: dict
  contains:
    id:
      description: Its id, which an origin of a distribution names.
      type: str
      sample: E2QWRUHAPOMQZL
    name:
      description: Its name.
      type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils import cloudfront, formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource


class OriginAccessControl(Resource):
    """An origin access control. Whoever changes it has to show the ETag that he has seen."""

    service = "cloudfront"
    noun = "origin access control"
    missing = ("NoSuchOriginAccessControl",)
    outputs = ("Id",)

    def validate(self):
        faults = formats.misnamed("name", self.name, r".+", "AWS takes 64 characters", longest=64)
        return faults + formats.misnamed(
            "description", self.params["description"] or "", r".*", "AWS takes 256 characters", longest=256
        )

    def find(self):
        controls = cloudfront.listed(self, "list_origin_access_controls", "OriginAccessControlList")
        return next((control for control in controls if control["Name"] == self.name), None)

    def want(self, have):
        return {
            "Name": self.name,
            "Description": self.params["description"],
            "OriginAccessControlOriginType": self.params["origin_type"],
            "SigningBehavior": self.params["signing_behavior"],
            "SigningProtocol": self.params["signing_protocol"],
        }

    def create(self, want):
        self.write("create_origin_access_control", OriginAccessControlConfig=want)

    def _seen(self, have):
        return self.read("get_origin_access_control", Id=have["Id"])

    def update(self, have, changes):
        seen = self._seen(have)
        config = {**seen["OriginAccessControl"]["OriginAccessControlConfig"], **changes}
        self.write("update_origin_access_control", Id=have["Id"], IfMatch=seen["ETag"], OriginAccessControlConfig=config)

    def delete(self, have):
        seen = self._seen(have)
        if seen:
            self.write("delete_origin_access_control", tolerate=self.missing, Id=have["Id"], IfMatch=seen["ETag"])


def main():
    OriginAccessControl.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
