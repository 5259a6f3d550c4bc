#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: servicediscovery_namespace
version_added: 0.1.0
short_description: Manage Cloud Map namespaces
description:
  - Creates, changes and removes AWS Cloud Map namespaces, in which services find each other by name.
  - AWS takes up to a minute for each of it, and the module waits for it.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the namespace, for example V(dev.internal). With DNS, it is the domain under which services are found.
    type: str
    required: true
  type:
    description:
      - V(DNS_PRIVATE) makes a hosted zone for O(vpc_id), V(DNS_PUBLIC) a public one. V(HTTP) makes none and is enough for Service
        Connect.
      - It cannot be changed. Needed to create the namespace.
    type: str
    choices: [DNS_PRIVATE, DNS_PUBLIC, HTTP]
  vpc_id:
    description: Id of the VPC that sees a private namespace. It cannot be changed.
    type: str
  description:
    description: What it is for.
    type: str
  soa_ttl:
    description: Seconds for which it is remembered that a name does not exist. AWS takes 15 when it is left out.
    type: int
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Names for the services of a VPC
  slipway.aws.servicediscovery_namespace:
    name: dev.internal
    type: DNS_PRIVATE
    vpc_id: "{{ network.vpc_id }}"
    tags:
      Project: Shop

- name: A namespace for Service Connect
  slipway.aws.servicediscovery_namespace:
    name: shop-dev
    type: HTTP

- name: No namespace any more
  slipway.aws.servicediscovery_namespace:
    name: dev.internal
    state: absent
"""

RETURN = r"""
namespace:
  description: The namespace; empty when it is absent.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the namespace.
      type: str
      sample: ns-0a1b2c3d4e5f6071
    arn:
      description: ARN of the namespace, as the Service Connect default of a cluster wants it.
      type: str
      sample: arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-0a1b2c3d4e5f6071
    hosted_zone_id:
      description: Id of its hosted zone, if it has one.
      type: str
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.aws import retrying
from ansible_collections.slipway.aws.plugins.module_utils.cloudmap import CloudMapResource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_WORDS = {"DNS_PRIVATE": "private_dns", "DNS_PUBLIC": "public_dns", "HTTP": "http"}


class Namespace(CloudMapResource):
    """A namespace. Each of its three types has operations of its own."""

    noun = "namespace"
    missing = ("NamespaceNotFound", "ResourceNotFoundException")
    immutable = ("Type", "Vpc")
    outputs = ("Id", "arn")

    def validate(self):
        kind = self.params["type"]
        faults = formats.misnamed("name", self.name, r"[!-~]{1,1024}", "it has no spaces")
        faults += formats.out_of_range(0, 2147483647, soa_ttl=self.params["soa_ttl"])
        if self.params["vpc_id"] and kind not in (None, "DNS_PRIVATE"):
            faults.append(f"vpc_id is for a private namespace, not for {kind}.")
        if self.params["soa_ttl"] is not None and kind == "HTTP":
            faults.append("soa_ttl is for a namespace with DNS, not for HTTP.")
        return faults

    def find(self):
        found = self.namespaces(self.name)
        if self.params["type"] and len(found) > 1:
            found = [each for each in found if each["Type"] == self.params["type"]]
        if len(found) > 1:
            ids = ", ".join(f"{each['Id']} ({each['Type']})" for each in found)
            self.fail(f"{len(found)} namespaces are named {self.name}: {ids}. Give type, or remove all but one.")
        if not found:
            return None
        have = found[0]
        dns = have.get("Properties", {}).get("DnsProperties", {})
        tags = (self.read("list_tags_for_resource", ResourceARN=have["Arn"]) or {}).get("Tags")
        zone = dns.get("HostedZoneId")
        return {
            "Description": "",
            **have,
            "SoaTtl": dns.get("SOA", {}).get("TTL"),
            "HostedZoneId": zone,
            **self._vpc(zone),
            "arn": have["Arn"],
            "Tags": from_form(tags),
        }

    def _vpc(self, zone):
        """Return the VPC that sees the namespace, which only its hosted zone knows."""
        wanted = self.params["vpc_id"]
        if not wanted or not zone:
            return {}
        route53 = self.module.client("route53", retry_decorator=retrying())
        missing = ("NoSuchHostedZone",)
        answer = self._guarded("get_hosted_zone", missing, lambda: route53.get_hosted_zone(aws_retry=True, Id=zone))
        vpcs = [each["VPCId"] for each in (answer or {}).get("VPCs", [])]
        return {"Vpc": wanted if wanted in vpcs else ", ".join(vpcs)}

    def want(self, have):
        if have is None:
            self._check_complete()
        kind = self.params["type"]
        private = (kind or (have or {}).get("Type")) == "DNS_PRIVATE"
        return {
            "Name": self.name,
            "Type": kind,
            "Vpc": self.params["vpc_id"] if private else None,
            "Description": self.params["description"],
            "SoaTtl": self.params["soa_ttl"],
        }

    def _check_complete(self):
        lacking = [] if self.params["type"] else ["type"]
        if self.params["type"] == "DNS_PRIVATE" and not self.params["vpc_id"]:
            lacking.append("vpc_id")
        if lacking:
            self.fail(f"namespace {self.name} does not exist, and to create it {', '.join(lacking)} has to be given.")

    def create(self, want):
        kind, ttl = want.pop("Type"), want.pop("SoaTtl", None)
        self.finish(f"create_{_WORDS[kind]}_namespace", **want, **_soa(ttl))

    def update(self, have, changes):
        change = {"Description": changes.get("Description", have["Description"]), **_soa(changes.get("SoaTtl"))}
        self.finish(f"update_{_WORDS[have['Type']]}_namespace", Id=have["Id"], Namespace=change)

    def delete(self, have):
        self.finish("delete_namespace", tolerate=self.missing, patience={"ResourceInUse": "services"}, Id=have["Id"])


def _soa(ttl):
    return {} if ttl is None else {"Properties": {"DnsProperties": {"SOA": {"TTL": ttl}}}}


def main():
    Namespace.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
