# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.chain import Chain

LOCKED = "cannot be changed in place"
ROLE = "arn:aws:iam::123456789012:role/shop-proxy"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-a1b2c3"
OTHER = SECRET.replace("shop", "report")
AURORA = {"Engine": "aurora-mysql", "MasterUsername": "admin", "MasterUserPassword": "only-for-a-test"}


def network(aws, zones=2):
    """Make a network and return ids of subnets in different zones and of two security groups."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{'abc'[n]}")["Subnet"]["SubnetId"]
        for n in range(zones)
    ]
    groups = [ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two")]
    return subnets, groups


def databases(aws):
    """Make an instance and a cluster with one instance."""
    rds = aws.client("rds")
    instance = {"DBInstanceClass": "db.t3.medium", "Engine": "mysql", "AllocatedStorage": 20, "MasterUsername": "admin"}
    rds.create_db_instance(DBInstanceIdentifier="shop", **instance, ManageMasterUserPassword=True)
    rds.create_db_cluster(DBClusterIdentifier="orders", **AURORA)
    member = {"DBInstanceClass": "db.t3.medium", "Engine": "aurora-mysql", "DBClusterIdentifier": "orders"}
    rds.create_db_instance(DBInstanceIdentifier="orders-1", **member)
    CLOCK.advance(400)


def prepare(aws):
    subnets, groups = network(aws)
    databases(aws)
    CHAIN.changes[0] = {"vpc_security_group_ids": groups}
    return {"vpc_subnet_ids": subnets, "vpc_security_group_ids": groups[:1]}


CHAIN = Chain(
    create={
        "name": "shop",
        "engine_family": "MYSQL",
        "role_arn": ROLE,
        "auth": [{"secret_arn": SECRET}],
        "connection_pool_config": {"max_connections_percent": 90},
        "db_instance_identifier": "shop",
    },
    changes=[
        {"vpc_security_group_ids": "set by prepare"},
        {"auth": [{"secret_arn": OTHER, "iam_auth": "REQUIRED", "description": "reports"}, {"secret_arn": SECRET}]},
        {"auth": [{"secret_arn": SECRET, "client_password_auth_type": "MYSQL_NATIVE_PASSWORD"}]},
        {"require_tls": True},
        {"idle_client_timeout": 600},
        {"debug_logging": True},
        {"role_arn": f"{ROLE}-2"},
        {"connection_pool_config": {"max_connections_percent": 30}},
        {"connection_pool_config": {"max_idle_connections_percent": 20, "connection_borrow_timeout": 60}},
        {"connection_pool_config": {"session_pinning_filters": ["EXCLUDE_VARIABLE_SETS"], "init_query": "SET sql_mode='ANSI'"}},
        {"connection_pool_config": {"session_pinning_filters": [], "init_query": ""}},
        {"db_instance_identifier": ""},
        {"db_instance_identifier": None, "db_cluster_identifier": "orders"},
        {"default_auth_scheme": "IAM_AUTH"},
    ],
    refused=[
        ({"engine_family": "POSTGRESQL"}, LOCKED),
        ({"vpc_subnet_ids": ["subnet-1", "subnet-2"]}, LOCKED),
        ({"endpoint_network_type": "DUAL"}, LOCKED),
        ({"target_connection_network_type": "IPV6"}, LOCKED),
    ],
    invalid=[
        ({"role_arn": "shop-proxy"}, "role_arn 'shop-proxy' is not the ARN of an IAM role"),
        ({"vpc_security_group_ids": ["web"]}, "vpc_security_group_ids 'web' is not the id of a security group"),
        ({"auth": [{"secret_arn": "shop"}]}, "auth 'shop' is not an ARN"),
        ({"name": "two--hyphens"}, "name 'two--hyphens' cannot be"),
        ({"vpc_subnet_ids": ["subnet-1"]}, "vpc_subnet_ids: a proxy needs two subnets"),
        ({"auth": []}, "auth: name the secret"),
        ({"auth": [{"secret_arn": SECRET, "iam_auth": "ENABLED"}]}, "iam_auth=ENABLED is for SQLSERVER only"),
        ({"idle_client_timeout": 0}, "idle_client_timeout is 0, it has to be between 1 and 28800"),
        (
            {"connection_pool_config": {"max_connections_percent": 101}},
            "max_connections_percent is 101, it has to be between 1 and 100",
        ),
        (
            {"connection_pool_config": {"max_connections_percent": 20, "max_idle_connections_percent": 30}},
            "max_idle_connections_percent is 30, it has to be between 0 and 20",
        ),
        (
            {"connection_pool_config": {"connection_borrow_timeout": 301}},
            "connection_borrow_timeout is 301, it has to be between 0 and 300",
        ),
        ({"db_cluster_identifier": "orders"}, "db_cluster_identifier: a proxy has one target"),
    ],
    elsewhere={"wait_for_target"},
    prepare=prepare,
)
