#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_response_headers_policy
version_added: 0.1.0
short_description: Manage response headers policies of CloudFront
description:
  - Creates, changes and removes policies by which CloudFront adds headers to answers and takes others away.
  - A part that is left out is left as it is. A part that is given is described completely, and an empty one is removed.
  - They have no tags. AWS's own policies need no module, as C(cloudfront_distribution) knows them by name.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.cloudfront_response_headers_policy
    description: Sends an update with every run, and reports a change in check mode whatever is there.
  - module: slipway.aws.cloudfront_distribution
    description: Uses the policy by its id, in C(response_headers_policy) of a behavior.
options:
  name:
    description: Name of the policy.
    type: str
    required: true
  comment:
    description: A line about it.
    type: str
  cors_config:
    description: Headers for pages of other origins. V({}) takes them away.
    type: dict
    suboptions:
      access_control_allow_origins:
        description: Origins that may read the answer. V(*) is any.
        type: list
        elements: str
      access_control_allow_headers:
        description: Headers that they may send. V(*) is any, unless they send credentials.
        type: list
        elements: str
      access_control_allow_methods:
        description: Methods that they may use. V(ALL) is any.
        type: list
        elements: str
        choices: [GET, POST, OPTIONS, PUT, DELETE, PATCH, HEAD, ALL]
      access_control_allow_credentials:
        description: Whether they may send cookies and the like.
        type: bool
        default: false
      access_control_expose_headers:
        description: Headers of the answer that they may read.
        type: list
        elements: str
      access_control_max_age_sec:
        description: Seconds for which a browser may remember it.
        type: int
      origin_override:
        description: Whether it goes before what the origin says.
        type: bool
        default: true
  security_headers_config:
    description: Headers that make browsers careful. V({}) takes them away.
    type: dict
    suboptions:
      content_security_policy:
        description: From where a page may load what.
        type: dict
        suboptions:
          content_security_policy:
            description: The value of the header.
            type: str
            required: true
          override: &override
            description: Whether it goes before what the origin says.
            type: bool
            default: true
      content_type_options:
        description: C(X-Content-Type-Options), by which browsers do not guess what a file is.
        type: dict
        suboptions:
          override: *override
      frame_options:
        description: Who may show a page in a frame.
        type: dict
        suboptions:
          frame_option:
            description: The value of the header.
            type: str
            required: true
            choices: [DENY, SAMEORIGIN]
          override: *override
      referrer_policy:
        description: What a browser tells about where it comes from.
        type: dict
        suboptions:
          referrer_policy:
            description: The value of the header.
            type: str
            required: true
            choices:
              - no-referrer
              - no-referrer-when-downgrade
              - origin
              - origin-when-cross-origin
              - same-origin
              - strict-origin
              - strict-origin-when-cross-origin
              - unsafe-url
          override: *override
      strict_transport_security:
        description: That browsers come by HTTPS only.
        type: dict
        suboptions:
          access_control_max_age_sec:
            description: Seconds for which they remember it. They cannot be told to forget it sooner than they ask again.
            type: int
            required: true
          include_subdomains:
            description: Whether it holds for all domains below.
            type: bool
            default: false
          preload:
            description: Whether browsers may know it before the first visit.
            type: bool
            default: false
          override: *override
      xss_protection:
        description: C(X-XSS-Protection), for browsers of yesterday.
        type: dict
        suboptions:
          protection:
            description: Whether they filter.
            type: bool
            required: true
          mode_block:
            description: Whether they show nothing instead of a part.
            type: bool
            default: false
          report_uri:
            description: Where they report; excludes C(mode_block).
            type: str
          override: *override
  server_timing_headers_config:
    description: The header C(Server-Timing), which tells how an answer came about.
    type: dict
    suboptions:
      enabled:
        description: Whether it is added.
        type: bool
        default: true
      sampling_rate:
        description: To how many of a hundred answers.
        type: float
  custom_headers_config:
    description: Any other headers to add, ten at most. V([]) takes them away.
    type: list
    elements: dict
    suboptions:
      header:
        description: Name of the header.
        type: str
        required: true
      value:
        description: Its value.
        type: str
        required: true
      override: *override
  remove_headers_config:
    description: Names of headers of the origin that are taken away, ten at most. V([]) leaves all of them.
    type: list
    elements: str
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Browsers are careful
  slipway.aws.cloudfront_response_headers_policy:
    name: shop-security
    security_headers_config:
      strict_transport_security:
        access_control_max_age_sec: 31536000
        include_subdomains: true
      content_type_options: {}
      frame_options: {frame_option: DENY}
      content_security_policy:
        content_security_policy: default-src 'self'
    remove_headers_config: [Server, X-Powered-By]
  register: headers

- name: The page of the shop may ask, with its cookies
  slipway.aws.cloudfront_response_headers_policy:
    name: shop-api
    cors_config:
      access_control_allow_origins: [https://shop.example]
      access_control_allow_headers: [Content-Type]
      access_control_allow_methods: [GET, POST]
      access_control_allow_credentials: true
    custom_headers_config:
      - header: Cache-Control
        value: no-store

- name: No policy for the API any more
  slipway.aws.cloudfront_response_headers_policy:
    name: shop-api
    state: absent
"""

RETURN = r"""
response_headers_policy:
  description: The policy; empty when it is absent. Lists are lists, without the counts of the API.
  returned: always
  type: dict
  contains:
    id:
      description: Its id, which a behavior of a distribution names.
      type: str
      sample: 3bdcfea9-4b72-4dcf-9fc8-a92ac979f286
    name:
      description: Its name.
      type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils import cloudfront, cloudfront_headers
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource


class Policy(Resource):
    """A policy. AWS takes it as a whole with every change, from whoever shows the tag of the version that he has seen."""

    service = "cloudfront"
    noun = "response headers policy"
    missing = ("NoSuchResponseHeadersPolicy",)
    unordered = ("CustomHeadersConfig", "RemoveHeadersConfig", "AccessControlAllowOrigins", "AccessControlAllowHeaders")
    unordered += ("AccessControlAllowMethods", "AccessControlExposeHeaders")
    whole = cloudfront_headers.PARTS
    outputs = ("Id",)

    @property
    def shape(self):
        """Return the model of a policy's configuration."""
        return self.client.meta.service_model.shape_for("ResponseHeadersPolicyConfig")

    def validate(self):
        return list(cloudfront_headers.faults_of(self.params))

    def find(self):
        listed = cloudfront.listed(self, "list_response_headers_policies", "ResponseHeadersPolicyList", Type="custom")
        policies = [each["ResponseHeadersPolicy"] for each in listed]
        mine = next((each["Id"] for each in policies if each["ResponseHeadersPolicyConfig"]["Name"] == self.name), None)
        found = mine and self.read("get_response_headers_policy", Id=mine)  # lists do not tell the tag of the version
        if not found:
            return None
        config = found["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
        return {**cloudfront_headers.known(self.shape, config), "Id": mine, "ETag": found["ETag"]}

    def want(self, have):
        wish = cloudfront_headers.wanted(self.shape, self.params)
        given = {key: value for key, value in wish.items() if value is not None}
        if not any({**(have or {}), **given}.get(part) for part in cloudfront_headers.PARTS):
            options = (
                "cors_config, security_headers_config, server_timing_headers_config, custom_headers_config, remove_headers_config"
            )
            self.fail(f"response headers policy {self.name} would do nothing, which AWS refuses. Give one of {options}.")
        return wish

    def create(self, want):
        config = cloudfront_headers.sendable(self.shape, want)
        self.write("create_response_headers_policy", ResponseHeadersPolicyConfig=config)

    def update(self, have, changes):
        config = {key: value for key, value in {**have, **changes}.items() if key in self.shape.members}
        config = cloudfront_headers.sendable(self.shape, config)
        self.write("update_response_headers_policy", Id=have["Id"], IfMatch=have["ETag"], ResponseHeadersPolicyConfig=config)

    def delete(self, have):
        tolerated = (*self.missing, "ResponseHeadersPolicyInUse")
        if self.write("delete_response_headers_policy", tolerate=tolerated, Id=have["Id"], IfMatch=have["ETag"]) is None:
            operation = "list_distributions_by_response_headers_policy_id"
            used = cloudfront.listed(self, operation, "DistributionIdList", ResponseHeadersPolicyId=have["Id"])
            if used:
                users = cloudfront.names([{"Id": identity} for identity in used])
                self.fail(f"{self.noun} {self.name} is in use by {users}. Give their behaviors another one, or none, first.")


def main():
    Policy.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
