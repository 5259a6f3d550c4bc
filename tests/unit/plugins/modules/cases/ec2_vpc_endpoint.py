# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.edge import network

# prepare() puts the ids in.
ONE, BOTH, OTHER, GROUPS = {"subnet_ids": None}, {"subnet_ids": None}, {"subnet_ids": None}, {"security_group_ids": None}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*"}],
}


def prepare(aws):
    vpc, subnets = network(aws)
    ec2 = aws.client("ec2")
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    groups = [ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"] for name in "ab"]
    ONE["subnet_ids"] = subnets[:1]
    BOTH["subnet_ids"] = subnets[::-1]
    OTHER["subnet_ids"] = subnets[1:]
    GROUPS["security_group_ids"] = groups
    return {"vpc_id": vpc}


CHAIN = Chain(
    create={"service_name": "ecr.dkr", "vpc_endpoint_type": "Interface"},
    changes=[
        ONE,
        BOTH,
        OTHER,
        GROUPS,
        {"policy_document": POLICY},
        {"private_dns_enabled": True},
        {"ip_address_type": "dualstack", "dns_options": {"dns_record_ip_type": "dualstack"}},
    ],
    invalid=[({"route_table_ids": ["rtb-1"]}, "route_table_ids: Interface endpoints do not have it")],
    elsewhere={"vpc_id", "service_name", "vpc_endpoint_type", "route_table_ids"},
    prepare=prepare,
)
