# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain


def prepare(aws):
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{'abc'[n]}")["Subnet"]["SubnetId"]
        for n in range(3)
    ]
    CHAIN.changes[0] = {"subnet_ids": subnets[::-1]}
    return {"subnet_ids": subnets[:2]}


CHAIN = Chain(
    create={"name": "shop"},
    changes=[{"subnet_ids": "set by prepare"}, {"description": "Caches of the shop"}],
    invalid=[
        ({"name": "Shop"}, "lower-case"),
        ({"name": "shop--dev"}, "hyphens"),
        ({"subnet_ids": []}, "subnet_ids is empty"),
        ({"subnet_ids": ["private-a"]}, "subnet_ids wants ids"),
    ],
    prepare=prepare,
)
