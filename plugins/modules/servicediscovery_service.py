#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: servicediscovery_service
version_added: 0.1.0
short_description: Manage Cloud Map services
description:
  - Creates, changes and removes AWS Cloud Map services. ECS registers the tasks of its services as their instances.
  - A service can be removed only when it has no instances; the module waits up to a minute for ECS to take the last ones out.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the service. With DNS, its instances are found as C(<name>.<namespace>).
    type: str
    required: true
  namespace:
    description: Name or id of the namespace.
    type: str
    required: true
  description:
    description: What it is for.
    type: str
  dns_records:
    description:
      - Records that stand in DNS for each instance. ECS tasks in C(awsvpc) mode want one of type V(A).
      - The types cannot be changed, the TTL can. Left out, the service is found by the API only.
    type: list
    elements: dict
    suboptions:
      type:
        description: Type of the record.
        type: str
        required: true
        choices: [A, AAAA, CNAME, SRV]
      ttl:
        description: Seconds for which clients remember it.
        type: int
        required: true
  routing_policy:
    description: V(MULTIVALUE) answers with up to eight instances, V(WEIGHTED) with one. It cannot be changed.
    type: str
    choices: [MULTIVALUE, WEIGHTED]
  health_check_custom_config:
    description:
      - Whether somebody else tells how instances are, as ECS does. ECS wants it. It cannot be changed.
    type: bool
  health_check_config:
    description: How Route 53 checks instances itself; for public namespaces only.
    type: dict
    suboptions:
      type:
        description: How it asks.
        type: str
        required: true
        choices: [HTTP, HTTPS, TCP]
      resource_path:
        description: Path that it asks for.
        type: str
      failure_threshold:
        description: How many failures in a row make an instance unhealthy, 1 to 10.
        type: int
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Other services find orders as orders.dev.internal
  slipway.aws.servicediscovery_service:
    name: orders
    namespace: dev.internal
    dns_records:
      - type: A
        ttl: 10
    health_check_custom_config: true
    tags:
      Project: Shop

- name: An answer that is remembered for a minute
  slipway.aws.servicediscovery_service:
    name: orders
    namespace: dev.internal
    dns_records:
      - type: A
        ttl: 60

- name: No service any more
  slipway.aws.servicediscovery_service:
    name: orders
    namespace: dev.internal
    state: absent
"""

RETURN = r"""
service:
  description: The service; empty when it is absent.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the service.
      type: str
      sample: srv-0a1b2c3d4e5f6071
    arn:
      description: ARN of the service, as C(service_registries) of an ECS service wants it.
      type: str
      sample: arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-0a1b2c3d4e5f6071
    instance_count:
      description: How many instances are registered.
      type: int
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.cloudmap import CloudMapResource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class Service(CloudMapResource):
    """A service in a namespace."""

    noun = "service"
    missing = ("ServiceNotFound", "NamespaceNotFound", "ResourceNotFoundException")
    immutable = ("RecordTypes", "RoutingPolicy", "CustomHealth")
    unordered = ("DnsRecords",)
    whole = ("HealthCheckConfig",)
    outputs = ("Id", "arn")

    def validate(self):
        faults, records = [], self.params["dns_records"] or []
        types = [each["type"] for each in records]
        for each in records:
            faults += formats.out_of_range(0, 2147483647, ttl=each["ttl"])
        threshold = (self.params["health_check_config"] or {}).get("failure_threshold")
        faults += formats.out_of_range(1, 10, failure_threshold=threshold)
        if len(types) != len(set(types)):
            faults.append("dns_records: each type may stand there once.")
        if "CNAME" in types and (len(types) > 1 or self.params["routing_policy"] != "WEIGHTED"):
            faults.append("dns_records: CNAME has to be the only record, with routing_policy WEIGHTED.")
        if self.params["health_check_config"] and self.params["health_check_custom_config"]:
            faults.append("health_check_config and health_check_custom_config exclude each other.")
        if self.params["routing_policy"] and self.params["dns_records"] == []:
            faults.append("routing_policy is about DNS, so it needs dns_records.")
        return faults

    def find(self):
        self.parent = self._namespace()
        if self.parent is None:
            return None
        filters = [{"Name": "NAMESPACE_ID", "Values": [self.parent], "Condition": "EQ"}]
        listed = self.pages("list_services", "Services", Filters=filters)
        have = next((each for each in listed if each["Name"].lower() == self.name.lower()), None)
        if have is None:
            return None
        tags = (self.read("list_tags_for_resource", ResourceARN=have["Arn"]) or {}).get("Tags")
        dns = have.get("DnsConfig") or {}
        records = dns.get("DnsRecords", [])
        return {
            "Description": "",
            **have,
            "DnsRecords": records,
            "RecordTypes": sorted(record["Type"] for record in records),
            "RoutingPolicy": dns.get("RoutingPolicy"),
            "CustomHealth": have.get("HealthCheckCustomConfig") is not None,
            "HealthCheckConfig": _completed(have.get("HealthCheckConfig")),
            "arn": have["Arn"],
            "Tags": from_form(tags),
        }

    def _namespace(self):
        wanted = self.params["namespace"]
        if wanted.startswith(("ns-", "arn:")):
            return wanted.rsplit("/", 1)[-1]
        found = self.namespaces(wanted)
        if len(found) > 1:
            ids = ", ".join(f"{each['Id']} ({each['Type']})" for each in found)
            self.fail(f"service {self.name}: {len(found)} namespaces are named {wanted}: {ids}. Give namespace the id of one.")
        return found[0]["Id"] if found else None

    def want(self, have):
        records = self.params["dns_records"]
        wanted = self.request("CreateService", HealthCheckCustomConfig=None)
        return {
            "Name": self.name,
            "Description": wanted.get("Description"),
            "DnsRecords": records and [{"Type": each["type"], "TTL": each["ttl"]} for each in records],
            "RecordTypes": None if records is None else sorted(each["type"] for each in records),
            "RoutingPolicy": self.params["routing_policy"],
            "CustomHealth": self.params["health_check_custom_config"],
            "HealthCheckConfig": _completed(wanted.get("HealthCheckConfig")),
        }

    def create(self, want):
        if self.parent is None:
            self.fail(f"service {self.name}: there is no namespace {self.params['namespace']}. Create it first.")
        records, policy = want.pop("DnsRecords", None), want.pop("RoutingPolicy", None)
        want.pop("RecordTypes", None)
        if records:
            want["DnsConfig"] = {"DnsRecords": records, **({"RoutingPolicy": policy} if policy else {})}
        if want.pop("CustomHealth", False):
            want["HealthCheckCustomConfig"] = {"FailureThreshold": 1}
        self.write("create_service", NamespaceId=self.parent, **want)

    def update(self, have, changes):
        # What a change leaves out, AWS removes.
        records = changes.get("DnsRecords", have["DnsRecords"])
        check = changes.get("HealthCheckConfig", have.get("HealthCheckConfig"))
        change = {"Description": changes.get("Description", have["Description"])}
        if records:
            change["DnsConfig"] = {"DnsRecords": records}
        if check:
            change["HealthCheckConfig"] = check
        self.finish("update_service", Id=have["Id"], Service=change)

    def delete(self, have):
        self.write("delete_service", tolerate=self.missing, patience={"ResourceInUse": "instances"}, Id=have["Id"])


def _completed(check):
    """Return a health check with what AWS takes where it says nothing."""
    if not check:
        return None
    path = {} if check["Type"] == "TCP" else {"ResourcePath": "/"}
    return {"FailureThreshold": 1, **path, **check}


def main():
    Service.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
