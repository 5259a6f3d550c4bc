# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A cluster and a load balancer, as the role monitoring finds them; the role compute would need a network first."""

from __future__ import annotations

import boto3

NAME = "retail-prod"


def main():
    """Make them."""
    subnets = boto3.client("ec2").describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    boto3.client("ecs").create_cluster(clusterName=NAME)
    boto3.client("elbv2").create_load_balancer(Name=NAME, Subnets=[subnet["SubnetId"] for subnet in subnets[:2]])


if __name__ == "__main__":
    main()
