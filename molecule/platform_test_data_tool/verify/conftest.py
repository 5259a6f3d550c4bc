# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What all properties start from: clients, names, the sizing file."""

from __future__ import annotations

from types import SimpleNamespace

import boto3
import pytest
import yaml

from ansible_collections.slipway.aws.tests.support.play import ROOT

NAME = "test-data-tool-dev"


@pytest.fixture(scope="session")
def aws():
    """Return a function that makes clients."""
    return boto3.client


@pytest.fixture(scope="session")
def sizes():
    """Return the sizing file of dev: the table of the document."""
    return SimpleNamespace(**yaml.safe_load((ROOT / "inventories/test_data_tool/group_vars/dev.yml").read_text()))


@pytest.fixture(scope="session")
def key_arns(aws):
    """Return the ARNs of the customer keys by name."""
    aliases = aws("kms").list_aliases()["Aliases"]
    return {
        a["AliasName"].removeprefix(f"alias/{NAME}-"): f"{a['AliasArn'].rsplit(':', 1)[0]}:key/{a['TargetKeyId']}"
        for a in aliases
        if a["AliasName"].startswith(f"alias/{NAME}-")
    }


@pytest.fixture(scope="session")
def vpc(aws):
    """Return the VPC of the environment."""
    [found] = aws("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["Vpcs"]
    return found


@pytest.fixture(scope="session")
def inside(vpc):
    """Return the filter for everything in the VPC."""
    return [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]


@pytest.fixture(scope="session")
def tiers(aws, inside):
    """Return the subnets by tier."""
    found = {}
    for subnet in aws("ec2").describe_subnets(Filters=inside)["Subnets"]:
        [tier] = [tag["Value"] for tag in subnet["Tags"] if tag["Key"] == "Tier"]
        found.setdefault(tier, []).append(subnet)
    return found


@pytest.fixture(scope="session")
def groups(aws, inside):
    """Return the security groups by what they are for."""
    found = aws("ec2").describe_security_groups(Filters=inside)["SecurityGroups"]
    return {group["GroupName"].removeprefix(f"{NAME}-"): group for group in found}


@pytest.fixture(scope="session")
def balancer(aws):
    """Return the load balancer."""
    return aws("elbv2").describe_load_balancers(Names=[NAME])["LoadBalancers"][0]


@pytest.fixture(scope="session")
def database(aws):
    """Return the database."""
    return aws("rds").describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"][0]


@pytest.fixture(scope="session")
def service(aws):
    """Return the backend as ECS knows it."""
    return aws("ecs").describe_services(cluster=NAME, services=["backend"])["services"][0]


@pytest.fixture(scope="session")
def definition(aws, service):
    """Return the task definition that the backend runs."""
    return aws("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
