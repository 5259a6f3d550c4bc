#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_vpc_endpoint
version_added: 0.1.0
short_description: Manage VPC endpoints, and change those that are there
description:
  - Creates, changes and removes gateway and interface endpoints, through which a VPC reaches AWS services without the internet.
  - An endpoint is known by its VPC, its service and its type.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.ec2_vpc_endpoint
    description: >-
      Changes only the tags of an endpoint that exists; with another list of route tables it tries to make a second one. It knows no
      private DNS, and removes by id only.
options:
  vpc_id:
    description: Id of the VPC.
    type: str
    required: true
  service_name:
    description: Name of the service, in full or without C(com.amazonaws.<region>.), for example V(s3) or V(ecr.dkr).
    type: str
    required: true
  vpc_endpoint_type:
    description:
      - V(Gateway) adds routes to route tables, costs nothing, and exists for V(s3) and V(dynamodb). V(Interface) adds addresses to
        subnets and costs by the hour.
    type: str
    required: true
    choices: [Gateway, Interface]
  policy_document:
    description: What may be done through it. AWS allows everything when it is left out.
    type: json
  route_table_ids:
    description: All route tables that lead to a gateway endpoint; others lose the route.
    type: list
    elements: str
  subnet_ids:
    description: All subnets in which an interface endpoint has an address, one per availability zone.
    type: list
    elements: str
  security_group_ids:
    description: All security groups of an interface endpoint. They have to let HTTPS in from its clients.
    type: list
    elements: str
  private_dns_enabled:
    description:
      - Whether the usual name of the service leads to an interface endpoint, so that clients need no change.
      - The VPC has to have DNS support and DNS hostnames.
    type: bool
  ip_address_type:
    description: Kind of addresses of an interface endpoint.
    type: str
    choices: [ipv4, dualstack, ipv6]
  dns_options:
    description: What private DNS tells.
    type: dict
    suboptions:
      dns_record_ip_type:
        description: Kind of records.
        type: str
        choices: [ipv4, dualstack, ipv6, service-defined]
      private_dns_only_for_inbound_resolver_endpoint:
        description: Whether only what comes in from outside uses the interface endpoint for S3, and the VPC its gateway endpoint.
        type: bool
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: S3 without NAT
  slipway.aws.ec2_vpc_endpoint:
    vpc_id: vpc-0a1b2c3d4e5f60718
    service_name: s3
    vpc_endpoint_type: Gateway
    route_table_ids: "{{ network.route_table_ids.values() }}"

- name: Images without NAT, from these repositories only
  slipway.aws.ec2_vpc_endpoint:
    vpc_id: vpc-0a1b2c3d4e5f60718
    service_name: ecr.dkr
    vpc_endpoint_type: Interface
    subnet_ids: "{{ network.subnet_ids.private }}"
    security_group_ids: ["{{ network.security_group_ids.endpoints }}"]
    private_dns_enabled: true
    policy_document:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: '*'
          Action: '*'
          Resource: arn:aws:ecr:eu-west-1:123456789012:repository/shop/*

- name: No endpoint any more
  slipway.aws.ec2_vpc_endpoint:
    vpc_id: vpc-0a1b2c3d4e5f60718
    service_name: ecr.dkr
    vpc_endpoint_type: Interface
    state: absent
"""

RETURN = r"""
endpoint:
  description: The endpoint; empty when it is absent.
  returned: always
  type: dict
  contains:
    vpc_endpoint_id:
      description: Id of the endpoint.
      type: str
      sample: vpce-0a1b2c3d4e5f60718
    status:
      description: Its state.
      type: str
      sample: available
    dns_entries:
      description: Names under which an interface endpoint is reached.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_SETS = {"RouteTableIds": "RouteTableId", "SubnetIds": "SubnetId", "SecurityGroupIds": "SecurityGroupId"}
_GONE = ("deleted", "rejected", "expired")


class Endpoint(Resource):
    """An endpoint of a VPC."""

    service = "ec2"
    noun = "endpoint"
    unordered = tuple(_SETS)
    policies = ("PolicyDocument",)
    outputs = ("VpcEndpointId", "status")
    ec2_type = "vpc-endpoint"

    @property
    def name(self):
        """Return how messages call it: service and VPC."""
        return f"{self.params['service_name']} in {self.params['vpc_id']}"

    @property
    def service_name(self):
        """Return the full name of the service."""
        given = self.params["service_name"]
        return given if given.count(".") > 2 else f"com.amazonaws.{self.client.meta.region_name}.{given}"

    def validate(self):
        kind = self.params["vpc_endpoint_type"]
        foreign = {
            "Gateway": ("subnet_ids", "security_group_ids", "private_dns_enabled", "ip_address_type", "dns_options"),
            "Interface": ("route_table_ids",),
        }[kind]
        given = [name for name in foreign if self.params[name] not in (None, False, [])]
        faults = [f"{', '.join(given)}: {kind} endpoints do not have it."] if given else []
        forms = {"vpc_id": "vpc", "subnet_ids": "subnet", "security_group_ids": "security group", "route_table_ids": "route table"}
        return faults + [fault for key, form in forms.items() for fault in formats.malformed(form, **{key: self.params[key]})]

    def find(self):
        filters = {
            "vpc-id": self.params["vpc_id"],
            "service-name": self.service_name,
            "vpc-endpoint-type": self.params["vpc_endpoint_type"],
        }
        same = [{"Name": name, "Values": [value]} for name, value in filters.items()]
        found = [each for each in self.pages("describe_vpc_endpoints", "VpcEndpoints", Filters=same) if _state(each) not in _GONE]
        alive = [each for each in found if _state(each) != "deleting"]
        if len(alive) > 1:
            ids = ", ".join(each["VpcEndpointId"] for each in alive)
            self.fail(f"{len(alive)} endpoints are for {self.name}: {ids}. Remove all but one.")
        if not found:
            return None
        have = (alive or found)[0]
        groups = [group["GroupId"] for group in have.get("Groups", [])]
        policy = parsed(have.get("PolicyDocument"))
        have = {**have, "SecurityGroupIds": groups, "PolicyDocument": policy}
        return {**have, "status": _state(have), "Tags": from_form(have.get("Tags"))}

    def want(self, have):
        return self.request("CreateVpcEndpoint", ServiceName=self.service_name)

    def create(self, want):
        self.write("create_vpc_endpoint", **want)

    def update(self, have, changes):
        sets = {}
        for key, member in _SETS.items():
            if key in changes:
                wanted, present = set(changes.pop(key)), set(have.get(key, []))
                sets[f"Add{member}s"] = sorted(wanted - present)
                sets[f"Remove{member}s"] = sorted(present - wanted)
        sets = {key: value for key, value in sets.items() if value}
        self.write("modify_vpc_endpoint", VpcEndpointId=have["VpcEndpointId"], **changes, **sets)

    def delete(self, have):
        answer = self.write("delete_vpc_endpoints", VpcEndpointIds=[have["VpcEndpointId"]])
        # AWS answers 200 to a refusal as well.
        for failure in answer.get("Unsuccessful", []):
            if not failure["Error"]["Code"].endswith("NotFound"):
                self.fail(f"endpoint {self.name}: AWS refused to delete it: {failure['Error']['Message']}")

    def ready(self, have):
        if have["status"] in ("failed", "partial"):
            reason = have.get("LastError", {}).get("Message") or have.get("FailureReason") or "AWS does not say why"
            self.fail(f"endpoint {self.name} is {have['status']}: {reason}. Remove it with state=absent, then create it anew.")
        return have["status"] == "available"

    def leaving(self, have):
        return have["status"] == "deleting"

    def tag_target(self, have):
        return have["VpcEndpointId"]


def _state(endpoint):
    return endpoint["State"].lower()  # the model writes it in capitals, AWS does not


def main():
    Endpoint.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
