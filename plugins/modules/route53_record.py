#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: route53_record
version_added: 0.1.0
short_description: Manage records of hosted zones
description:
  - Creates, changes and removes record sets in Route 53, plain ones and aliases.
  - A record is known by zone, name, type and set identifier. To remove it, its value need not be known.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.route53
    description: >-
      Fails in check mode while the zone does not exist, and compares values by their order. To remove an alias or a weighted
      record, all of it has to be given again.
options:
  name:
    description: Full name of the record, for example V(api.shop.example.com).
    type: str
    required: true
  zone:
    description: Domain of the hosted zone, or its id.
    type: str
    required: true
  private_zone:
    description: Whether the zone is a private one, when O(zone) is a domain that has both.
    type: bool
    default: false
  type:
    description: Type of the record.
    type: str
    choices: [A, AAAA, CAA, CNAME, DS, HTTPS, MX, NS, PTR, SOA, SPF, SRV, SSHFP, SVCB, TLSA, TXT]
    required: true
  values:
    description: All values; the order does not matter.
    type: list
    elements: str
  ttl:
    description: How many seconds resolvers may keep it.
    type: int
    default: 300
  alias_target:
    description: An AWS resource that the name stands for, instead of O(values).
    type: dict
    suboptions:
      dns_name:
        description: Name of the resource, for example that of a load balancer.
        type: str
        required: true
      hosted_zone_id:
        description: Id of the hosted zone of the resource; each kind of AWS resource has its own.
        type: str
        required: true
      evaluate_target_health:
        description: Whether the record counts as unhealthy when the resource is.
        type: bool
        default: false
  set_identifier:
    description: Tells records of one name and type apart, when one of the following options decides between them.
    type: str
  weight:
    description: Share of the answers, 0 to 255.
    type: int
  failover:
    description: Whether it answers normally or when the other one is unhealthy.
    type: str
    choices: [PRIMARY, SECONDARY]
  latency_region:
    description: The AWS region of the resource; those nearest to it get this answer.
    type: str
  health_check_id:
    description: Id of the health check that decides whether it answers.
    type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A name for the load balancer
  slipway.aws.route53_record:
    name: api.shop.example.com
    zone: shop.example.com
    type: A
    alias_target:
      dns_name: shop-1234567890.eu-west-1.elb.amazonaws.com
      hosted_zone_id: Z32O12XQLNTSW2
      evaluate_target_health: true

- name: Answer from the second region when the first one is unhealthy
  slipway.aws.route53_record:
    name: api.shop.example.com
    zone: shop.example.com
    type: CNAME
    ttl: 60
    values: [api.eu-central-1.shop.example.com]
    set_identifier: second
    failover: SECONDARY

- name: No name any more, whatever it led to
  slipway.aws.route53_record:
    name: api.shop.example.com
    zone: shop.example.com
    type: A
    state: absent
"""

RETURN = r"""
record:
  description: The record; empty when it is absent.
  returned: always
  type: dict
  contains:
    name:
      description: Its name, with a dot at the end.
      type: str
    resource_records:
      description: Its values.
      type: list
      elements: str
    alias_target:
      description: The AWS resource that it stands for.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource

_ADDRESSES = {"A": 4, "AAAA": 6}


class Record(Resource):
    """A record set. Route 53 takes it as a whole: an update sends everything, changed or not."""

    service = "route53"
    noun = "record"
    missing = ("NoSuchHostedZone",)
    unordered = ("Values",)
    whole = ("AliasTarget",)  # to stand for nothing is something else than to stand for whatever it is

    def validate(self):
        p = self.params
        faults = formats.out_of_range(0, 2147483647, ttl=p["ttl"]) + formats.out_of_range(0, 255, weight=p["weight"])
        if p["type"] in _ADDRESSES:
            faults += formats.no_address("values", _ADDRESSES[p["type"]], p["values"])
        if faults:
            return faults
        if p["state"] == "present" and bool(p["values"]) == bool(p["alias_target"]):
            return ["A record has either values or an alias_target."]
        if any(p[key] is not None for key in ("weight", "failover", "latency_region")) and not p["set_identifier"]:
            return ["weight, failover and latency_region decide between several records: each needs a set_identifier."]
        return []

    def _zone(self):
        """Return the id of the zone, or None."""
        wanted = self.params["zone"]
        if "." not in wanted:
            return wanted
        for zone in self.pages("list_hosted_zones", "HostedZones"):
            if zone["Name"] == _dotted(wanted) and zone["Config"].get("PrivateZone", False) == self.params["private_zone"]:
                return zone["Id"].rsplit("/", 1)[-1]
        return None

    def find(self):
        zone = self._zone()
        if zone is None:
            if self.params["state"] == "present" and not self.check:
                self.fail(f"There is no hosted zone {self.params['zone']}. Make it first: amazon.aws.route53_zone.")
            return None
        kind, name = self.params["type"], _dotted(self.name)
        # The list begins at this record; several of one name and type follow each other.
        rows = self.read("list_resource_record_sets", HostedZoneId=zone, StartRecordName=name, StartRecordType=kind, MaxItems="100")
        for row in (rows or {}).get("ResourceRecordSets", []):
            mine = (row["Name"].replace("\\052", "*"), row["Type"], row.get("SetIdentifier")) == (
                name,
                kind,
                self.params["set_identifier"],
            )
            if mine:
                return {**_shape(row), "zone": zone, "raw": row}
        return None

    def want(self, have):
        p, alias = self.params, self.params["alias_target"]
        return {
            "Name": _dotted(self.name),
            "Type": p["type"],
            "Values": p["values"] or [],
            "TTL": None if alias else p["ttl"],
            "AliasTarget": _alias(alias) if alias else {},
            "SetIdentifier": p["set_identifier"],
            "Weight": p["weight"],
            "Failover": p["failover"],
            "Region": p["latency_region"],
            "HealthCheckId": p["health_check_id"],
        }

    def create(self, want):
        self._send("UPSERT", _record(want))

    def update(self, have, changes):
        self._send("UPSERT", _record(self._wanted(have)))

    def delete(self, have):
        self._send("DELETE", have["raw"])

    def _send(self, action, record):
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        change = self.write("change_resource_record_sets", HostedZoneId=self._zone(), ChangeBatch=batch)["ChangeInfo"]
        if not self.params["wait"]:
            return
        for _look in self.looks(self.params["wait_timeout"]):
            if self.read("get_change", Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC":
                return
        self.fail(
            f"record {self.name} is not on all name servers after {self.params['wait_timeout']} seconds. AWS goes on by itself."
        )

    def view(self, have):
        shown = {key: value for key, value in (have or {}).items() if key not in ("raw", "Values")}
        return super().view({**shown, "ResourceRecords": have["Values"]} if have else {})


def _dotted(name):
    return name.rstrip(".") + "."


def _alias(target):
    return {
        "DNSName": _dotted(target["dns_name"]),
        "HostedZoneId": target["hosted_zone_id"],
        "EvaluateTargetHealth": target["evaluate_target_health"],
    }


def _shape(row):
    """Return a record set as want() says it. Route 53 writes the name of a load balancer with ``dualstack.`` in front."""
    alias = dict(row.get("AliasTarget") or {})
    if alias:
        alias["DNSName"] = _dotted(alias["DNSName"].removeprefix("dualstack."))
    kept = {
        key: row[key] for key in ("Type", "TTL", "SetIdentifier", "Weight", "Failover", "Region", "HealthCheckId") if key in row
    }
    values = [value["Value"] for value in row.get("ResourceRecords", [])]
    return {**kept, "Name": row["Name"], "AliasTarget": alias, "Values": values}


def _record(want):
    """Return the wish as Route 53 wants it."""
    record = {key: value for key, value in want.items() if key not in ("Values", "AliasTarget")}
    if want["AliasTarget"]:
        return {**record, "AliasTarget": want["AliasTarget"]}
    return {**record, "ResourceRecords": [{"Value": value} for value in want["Values"]]}


def main():
    Record.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
