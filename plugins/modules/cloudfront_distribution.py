#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_distribution
version_added: 0.1.0
short_description: Manage CloudFront distributions
description:
  - Creates, changes and removes CloudFront distributions. What is left out is left as it is.
  - A distribution is known by its caller reference, C(slipway.aws/<name>), which AWS accepts once and never changes. So no run can
    make a second one, whatever happens to aliases, comment or tags. The name stands in the tag C(Name) too, for people.
  - A change takes AWS some minutes, and so does a removal, as AWS deletes only a distribution that has been disabled everywhere.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.cloudfront_distribution
    description: >-
      Has no check mode. Without alias, id and caller reference every run makes another distribution; where origins are given, what
      AWS has filled in counts as a difference, so every run updates.
  - module: slipway.aws.cloudfront_origin_access_control
    description: Lets the distribution into a private bucket.
options:
  name:
    description: Name of the distribution.
    type: str
    required: true
  distribution_id:
    description: Id of a distribution that was made by something else and shall be managed under O(name); needed in every run then.
    type: str
  comment:
    description: A line about it, at most 128 characters. The name is taken when it is created without one.
    type: str
  enabled:
    description: Whether it answers. V(true) when it is created without a word about it.
    type: bool
  aliases:
    description: Domain names under which people reach it; the certificate has to cover them.
    type: list
    elements: str
  certificate_arn:
    description:
      - ARN of the ACM certificate, which has to be in the region C(us-east-1).
      - V("") takes CloudFront's own, which covers C(*.cloudfront.net) only.
    type: str
  minimum_protocol_version:
    description: Oldest TLS version that clients may use, with the certificate of O(certificate_arn).
    type: str
    choices: [TLSv1.2_2018, TLSv1.2_2019, TLSv1.2_2021, TLSv1.2_2025, TLSv1.3_2025]
    default: TLSv1.2_2021
  price_class:
    description: Which part of the world it serves from near by.
    type: str
    choices: [PriceClass_100, PriceClass_200, PriceClass_All]
  http_version:
    description: Newest HTTP version that clients may use.
    type: str
    choices: [http1.1, http2, http3, http2and3]
  ipv6:
    description: Whether it has IPv6 addresses as well. V(true) when it is created without a word about it.
    type: bool
  default_root_object:
    description: What a request for C(/) gets, without a slash in front.
    type: str
  web_acl_id:
    description: ARN of a WAFv2 web ACL with the scope CLOUDFRONT. V("") takes it away.
    type: str
  origins:
    description:
      - All places from which content is fetched. An origin is a bucket unless it has O(origins[].custom_origin_config) or
        O(origins[].vpc_origin_config).
    type: list
    elements: dict
    suboptions:
      id:
        description: Its name within the distribution.
        type: str
        required: true
      domain_name:
        description: Host name, for a bucket C(<bucket>.s3.<region>.amazonaws.com).
        type: str
        required: true
      origin_path:
        description: Folder that is put in front of every path, without a slash at the end.
        type: str
      origin_access_control_id:
        description: Id of the origin access control by which a private bucket knows CloudFront. V("") takes it away.
        type: str
      custom_headers:
        description: Headers that every request to the origin carries.
        type: list
        elements: dict
        suboptions:
          header_name:
            description: Name of the header.
            type: str
            required: true
          header_value:
            description: Its value; results do not show it.
            type: str
            required: true
      custom_origin_config:
        description: How a web server or load balancer is talked to.
        type: dict
        suboptions:
          http_port:
            description: Its HTTP port, 80 by default.
            type: int
          https_port:
            description: Its HTTPS port, 443 by default.
            type: int
          origin_protocol_policy:
            description: Which of them is used. V(https-only) by default.
            type: str
            choices: [http-only, https-only, match-viewer]
          origin_ssl_protocols:
            description: TLS versions that may be used, V([TLSv1.2]) by default.
            type: list
            elements: str
          origin_read_timeout:
            description: Seconds to wait for an answer, 30 by default.
            type: int
          origin_keepalive_timeout:
            description: Seconds for which an idle connection is kept, 5 by default.
            type: int
      vpc_origin_config:
        description: For an origin in private subnets.
        type: dict
        suboptions:
          vpc_origin_id:
            description: Id of the VPC origin.
            type: str
            required: true
          origin_read_timeout:
            description: Seconds to wait for an answer.
            type: int
          origin_keepalive_timeout:
            description: Seconds for which an idle connection is kept.
            type: int
      connection_attempts:
        description: How often a connection is tried, 1 to 3.
        type: int
      connection_timeout:
        description: Seconds to wait for a connection, 1 to 10.
        type: int
      origin_shield:
        description: One more cache in front of the origin.
        type: dict
        suboptions:
          enabled:
            description: Whether there is one.
            type: bool
            required: true
          origin_shield_region:
            description: Region in which it is; take the one next to the origin.
            type: str
  origin_groups:
    description: All pairs of origins of which the second helps out; in the names of the API, lists written as lists.
    type: list
    elements: dict
  default_cache_behavior:
    description:
      - What is done with requests that no path of O(cache_behaviors) fits.
      - Its members are C(target_origin_id) (may be left out with one origin), C(viewer_protocol_policy) (V(redirect-to-https)),
        C(cache_policy) (V(CachingOptimized)), C(origin_request_policy), C(response_headers_policy), C(allowed_methods) and
        C(cached_methods) (both V([GET, HEAD])), C(compress) (V(true)), C(function_associations) with C(event_type) and
        C(function_arn), C(lambda_function_associations) with C(event_type) and C(lambda_function_arn), C(trusted_key_groups), and
        the rarer ones of the API. Values in brackets are taken when it is created without them.
      - A policy is given by its id, or by its name when it is one of AWS's own. V("") takes a policy away.
    type: dict
  cache_behaviors:
    description: All behaviors for paths, each like O(default_cache_behavior) with a C(path_pattern). The first that fits is taken.
    type: list
    elements: dict
  custom_error_responses:
    description: All answers that replace errors of the origin, for example V(/index.html) with 200 for a single-page application.
    type: list
    elements: dict
    suboptions:
      error_code:
        description: Status that the origin gives.
        type: int
        required: true
      response_page_path:
        description: Page that is sent instead.
        type: str
      response_code:
        description: Status that is sent instead.
        type: str
      error_caching_min_ttl:
        description: Seconds for which the error is remembered.
        type: int
        default: 10
  logging:
    description: Access logs. The bucket has to let ACLs in, as CloudFront's standard logs need them.
    type: dict
    suboptions:
      enabled:
        description: Whether logs are written.
        type: bool
        default: true
      bucket:
        description: Name of the bucket.
        type: str
      prefix:
        description: Folder in the bucket.
        type: str
        default: ''
      include_cookies:
        description: Whether cookies are written down.
        type: bool
        default: false
  geo_restriction:
    description: From where people may come.
    type: dict
    suboptions:
      type:
        description: V(whitelist) lets only the countries in, V(blacklist) keeps them out.
        type: str
        required: true
        choices: [none, whitelist, blacklist]
      countries:
        description: Codes with two letters.
        type: list
        elements: str
        default: []
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A single-page application from a private bucket
  slipway.aws.cloudfront_distribution:
    name: shop-dev
    aliases: [shop.example]
    certificate_arn: "{{ certificate.certificate.arn }}"
    price_class: PriceClass_100
    default_root_object: index.html
    origins:
      - id: frontend
        domain_name: shop-dev-frontend.s3.eu-west-1.amazonaws.com
        origin_access_control_id: "{{ access.origin_access_control.id }}"
    default_cache_behavior:
      response_headers_policy: SecurityHeadersPolicy
    custom_error_responses:
      - error_code: 403
        response_page_path: /index.html
        response_code: 200
    tags:
      Project: Shop

- name: The same with the API behind it
  slipway.aws.cloudfront_distribution:
    name: shop-dev
    web_acl_id: "{{ acl.arn }}"
    origins:
      - id: frontend
        domain_name: shop-dev-frontend.s3.eu-west-1.amazonaws.com
        origin_access_control_id: "{{ access.origin_access_control.id }}"
      - id: api
        domain_name: api.shop.example
        custom_origin_config:
          origin_protocol_policy: https-only
    default_cache_behavior:
      target_origin_id: frontend
    cache_behaviors:
      - path_pattern: /api/*
        target_origin_id: api
        cache_policy: CachingDisabled
        origin_request_policy: AllViewerExceptHostHeader
        allowed_methods: [GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE]

- name: No distribution any more
  slipway.aws.cloudfront_distribution:
    name: shop-dev
    state: absent
"""

RETURN = r"""
distribution:
  description: The distribution; empty when it is absent. Lists are lists, without the counts of the API.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the distribution.
      type: str
      sample: EDFDVBD6EXAMPLE
    arn:
      description: ARN of the distribution, as bucket policies want it.
      type: str
      sample: arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE
    domain_name:
      description: Its own domain name, the target of alias records.
      type: str
      sample: d111111abcdef8.cloudfront.net
    hosted_zone_id:
      description: Hosted zone of the target of alias records, the same for all distributions.
      type: str
      sample: Z2FDTNDATAQYW2
    status:
      description: V(InProgress) until a change has arrived everywhere, then V(Deployed).
      type: str
    tags:
      description: Its tags, with its C(Name).
      type: dict
"""

import uuid

from ansible_collections.slipway.aws.plugins.module_utils import cloudfront, cloudfront_config
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class Distribution(Resource):
    """A distribution. Its whole configuration is sent with every change, so the wish is laid over what is there."""

    service = "cloudfront"
    noun = "distribution"
    missing = ("NoSuchDistribution",)
    unordered = cloudfront_config.UNORDERED
    whole = ("ViewerCertificate",)
    outputs = ("arn", "DomainName", "id", "status")
    id = None  # of the distribution that this run created

    def own_tags(self):
        return {"Name": self.name}

    @property
    def shape(self):
        """Return the model of a distribution's configuration."""
        return self.client.meta.service_model.shape_for("DistributionConfig")

    @property
    def reference(self):
        """Return the caller reference."""
        return f"slipway.aws/{self.name}"

    def validate(self):
        return cloudfront_config.faults_of(self.params)

    def find(self):
        identity = self.id or self.params["distribution_id"]
        found = self.read("get_distribution", Id=identity) if identity else self._search()
        if not found:
            return None
        told = found["Distribution"]
        config = cloudfront_config.known(self.shape, told["DistributionConfig"])
        tags = self.read("list_tags_for_resource", tolerate=("NoSuchResource",), Resource=told["ARN"])
        return {
            **config,
            "DomainName": told["DomainName"],
            "HostedZoneId": "Z2FDTNDATAQYW2",
            "ETag": found["ETag"],
            "id": told["Id"],
            "arn": told["ARN"],
            "status": told["Status"],
            "Tags": from_form(tags["Tags"]) if tags else {},
        }

    def _search(self):
        """Return the distribution that carries our reference. Lists do not tell it, so the likeliest ones are looked at first."""
        aliases = set(self.params["aliases"] or [])
        summaries = cloudfront.listed(self, "list_distributions", "DistributionList")
        summaries.sort(key=lambda each: (not aliases & set(each["Aliases"].get("Items", [])), each["Comment"] != self.name))
        for summary in summaries:
            found = self.read("get_distribution", Id=summary["Id"])
            reference = found and found["Distribution"]["DistributionConfig"]["CallerReference"]
            if reference and (reference == self.reference or reference.startswith(f"{self.reference}#")):
                return found
        return None

    def want(self, have):
        if have is None:
            origins = self.params["origins"] or []
            lacking = [] if origins else ["origins"]
            if len(origins) > 1 and not self.params["default_cache_behavior"]:
                lacking.append("default_cache_behavior")
            if self.params["aliases"] and not self.params["certificate_arn"]:
                lacking.append("certificate_arn")
            if lacking:
                self.fail(f"distribution {self.name} does not exist, and to create it {', '.join(lacking)} has to be given.")
        return cloudfront_config.wanted(self.shape, self.params, have)

    def create(self, want):
        tags = want.pop("Tags")
        if not self._created(want, self.reference, tags):
            # AWS has seen the reference before. Of a distribution that is gone, or of one that another run makes just now?
            for _look in self.looks(30):
                if self._search():
                    self.fail(f"distribution {self.name} is being created by another run. Run the same command again.")
            self._created(want, f"{self.reference}#{uuid.uuid4().hex}", tags, tolerate=())

    def _created(self, want, reference, tags, tolerate=("DistributionAlreadyExists",)):
        config = cloudfront_config.sendable(self.shape, {"CallerReference": reference, **want})
        both = {"DistributionConfig": config, "Tags": tags}
        made = self.write("create_distribution_with_tags", tolerate=tolerate, DistributionConfigWithTags=both)
        self.id = made and made["Distribution"]["Id"]
        return made is not None

    def update(self, have, changes):
        config = {key: value for key, value in {**have, **changes}.items() if key in self.shape.members}
        config = cloudfront_config.sendable(self.shape, config)
        return self.write("update_distribution", Id=have["id"], IfMatch=have["ETag"], DistributionConfig=config)

    def ready(self, have):
        return have["status"] == "Deployed" or not self.params["wait"]  # AWS takes a change while another one is on its way

    def delete(self, have):
        tag = self.update(have, {"Enabled": False})["ETag"] if have["Enabled"] else have["ETag"]
        for _look in self.looks(self.params["wait_timeout"] if self.params["wait"] else 0):
            seen = self.read("get_distribution", Id=have["id"])
            if seen is None or seen["Distribution"]["Status"] == "Deployed":
                break
        else:
            if self.params["wait"]:
                self._late({"status": "InProgress, disabled"}, "gone")
            return  # a later run deletes it
        self.write("delete_distribution", tolerate=self.missing, Id=have["id"], IfMatch=tag)

    def view(self, have):
        return super().view(cloudfront_config.masked(have or {}))


def main():
    Distribution.main(DOCUMENTATION, no_log=("header_value",))


if __name__ == "__main__":
    main()
