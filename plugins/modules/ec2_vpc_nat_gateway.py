#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_vpc_nat_gateway
version_added: 0.1.0
short_description: Manage NAT gateways with their addresses
description:
  - Creates and removes a public NAT gateway together with its Elastic IP address, both tagged from the first moment.
  - A NAT gateway is known by its subnet and its C(Name) tag. It cannot be moved; another subnet is another NAT gateway.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.ec2_vpc_nat_gateway
    description: >-
      Gives no tags to the address that it allocates. Unless C(if_exist_do_not_create) or an address is given, every run makes
      another NAT gateway; it removes by id only.
options:
  name:
    description: Name of the NAT gateway and of its address, kept in their C(Name) tags.
    type: str
    required: true
  subnet_id:
    description: Id of the public subnet that it stands in.
    type: str
    required: true
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A way out for the private subnets
  slipway.aws.ec2_vpc_nat_gateway:
    name: shop-production-0
    subnet_id: subnet-0123456789abcdef0

- name: The same, without waiting for the two minutes it takes
  slipway.aws.ec2_vpc_nat_gateway:
    name: shop-production-0
    subnet_id: subnet-0123456789abcdef0
    wait: false

- name: No way out any more, and no address that is paid for
  slipway.aws.ec2_vpc_nat_gateway:
    name: shop-production-0
    subnet_id: subnet-0123456789abcdef0
    state: absent
"""

RETURN = r"""
nat_gateway:
  description: The NAT gateway; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the NAT gateway.
      type: str
    nat_gateway_id:
      description: Its id.
      type: str
      sample: nat-0123456789abcdef0
    public_ip:
      description: The address from which its traffic comes.
      type: str
    status:
      description: Its status.
      type: str
      sample: available
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form, to_form


class NatGateway(Resource):
    """A NAT gateway and the address that it owns: made before it, released after it."""

    service = "ec2"
    noun = "nat gateway"
    outputs = ("arn", "NatGatewayId", "PublicIp")
    ec2_type = "natgateway"

    def validate(self):
        return formats.malformed("subnet", subnet_id=self.params["subnet_id"])

    def find(self):
        mine = [
            {"Name": "subnet-id", "Values": [self.params["subnet_id"]]},
            {"Name": "state", "Values": ["pending", "available", "deleting", "failed"]},
            {"Name": "tag:Name", "Values": [self.name]},
        ]
        # A failed gateway is shown for an hour; only when it is the only one does it say something.
        found = sorted(self.pages("describe_nat_gateways", "NatGateways", Filters=mine), key=lambda g: g["State"] == "failed")
        if not found:
            return None
        gateway = found[0]
        address = (gateway.get("NatGatewayAddresses") or [{}])[0]
        return {
            "SubnetId": gateway["SubnetId"],
            "NatGatewayId": gateway["NatGatewayId"],
            "AllocationId": address.get("AllocationId"),
            "PublicIp": address.get("PublicIp"),
            "reason": gateway.get("FailureMessage"),
            "status": gateway["State"],
            "arn": f"arn:aws:ec2:{self.client.meta.region_name}:{self._account(gateway)}:natgateway/{gateway['NatGatewayId']}",
            "Tags": from_form(gateway.get("Tags")),
        }

    def _account(self, gateway):
        subnets = self.read("describe_subnets", SubnetIds=[gateway["SubnetId"]])["Subnets"]
        return subnets[0]["OwnerId"]

    def want(self, have):
        return {"SubnetId": self.params["subnet_id"]}

    def own_tags(self):
        return {"Name": self.name}

    def tag_target(self, have):
        return have["NatGatewayId"]

    def ready(self, have):
        if have["status"] == "failed":
            self.fail(f"nat gateway {self.name} failed: {have['reason']} Remove it with state=absent, mend the cause, run again.")
        return have["status"] == "available"

    def leaving(self, have):
        return have["status"] == "deleting"

    def create(self, want):
        address = self._free_address() or self._new_address()
        self.write("create_nat_gateway", AllocationId=address, **want)

    def _free_address(self):
        """Return the address that a run left behind which ended before it came to the gateway."""
        mine = [{"Name": "tag:Name", "Values": [self.name]}]
        free = [a for a in self.read("describe_addresses", Filters=mine)["Addresses"] if "AssociationId" not in a]
        return free[0]["AllocationId"] if free else None

    def _new_address(self):
        tags = [{"ResourceType": "elastic-ip", "Tags": to_form(self._tag_texts(), "Key")}]
        return self.write("allocate_address", Domain="vpc", TagSpecifications=tags)["AllocationId"]

    def retag(self, have, add, remove):
        super().retag(have, add, remove)
        if have["AllocationId"]:
            super().retag({**have, "NatGatewayId": have["AllocationId"]}, add, remove)

    def delete(self, have):
        self.write("delete_nat_gateway", tolerate=("NatGatewayNotFound",), NatGatewayId=have["NatGatewayId"])
        self.settle_absent()  # an address can be released only when its gateway is gone
        if have["AllocationId"]:
            self.write("release_address", tolerate=("InvalidAllocationID.NotFound",), AllocationId=have["AllocationId"])


def main():
    NatGateway.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
