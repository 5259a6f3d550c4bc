# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain


def prepare(aws):
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    first, second = (ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"] for cidr in ("10.0.0.0/24", "10.0.1.0/24"))
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    nat = ec2.create_nat_gateway(SubnetId=first, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    out = {"destination_cidr_block": "0.0.0.0/0"}
    # Ids are known only now, so the table is completed here.
    CHAIN.changes[:] = [
        {"routes": [{**out, "gateway_id": gateway}]},
        {"subnet_ids": [first]},
        {"routes": [{**out, "nat_gateway_id": nat}, {"destination_cidr_block": "10.9.0.0/16", "nat_gateway_id": nat}]},
        {"subnet_ids": [second]},
        {"subnet_ids": [second, first]},
        {"routes": []},
    ]
    return {"vpc_id": vpc}


TARGETLESS = {"routes": [{"destination_cidr_block": "0.0.0.0/0"}]}

CHAIN = Chain(
    create={"name": "shop-public"},
    changes=[{"routes": [], "subnet_ids": []}],
    invalid=[(TARGETLESS, "needs exactly one target")],
    at_creation={"vpc_id"},
    own_tags={"Name": "shop-public"},
    prepare=prepare,
)
