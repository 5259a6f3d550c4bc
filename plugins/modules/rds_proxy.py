#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_proxy
version_added: 0.1.0
short_description: Manage RDS proxies
description:
  - Creates, changes and removes proxies of Amazon RDS with their connection pool and the database behind them.
  - A proxy has one target group, C(default), with one target. It is made with the proxy and stands in this module.
  - A new proxy takes a pool and a target only when it is ready. The module waits for that even with O(wait=false).
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the proxy.
    type: str
    required: true
  engine_family:
    description: What the databases speak; V(MYSQL) is for MariaDB and Aurora MySQL too. It cannot be changed later.
    type: str
    choices: [MYSQL, POSTGRESQL, SQLSERVER]
  role_arn:
    description: ARN of the role with which the proxy reads the secrets in O(auth).
    type: str
  vpc_subnet_ids:
    description: Ids of its subnets, in two availability zones at least. They cannot be changed later; the order does not matter.
    type: list
    elements: str
  vpc_security_group_ids:
    description: Ids of all its security groups. The security group of the database has to let them in.
    type: list
    elements: str
  auth:
    description: All database users of the proxy, by the secrets with their passwords; the order does not matter.
    type: list
    elements: dict
    suboptions:
      secret_arn:
        description: ARN of the secret, with C(username) and C(password) in it.
        type: str
        required: true
      iam_auth:
        description: Whether clients sign in to the proxy with IAM tokens. V(ENABLED) is for V(SQLSERVER) only.
        type: str
        choices: [DISABLED, REQUIRED, ENABLED]
        default: DISABLED
      client_password_auth_type:
        description: How clients prove their password to the proxy; left out, the usual way of the engine.
        type: str
        choices:
          - MYSQL_NATIVE_PASSWORD
          - MYSQL_CACHING_SHA2_PASSWORD
          - POSTGRES_SCRAM_SHA_256
          - POSTGRES_MD5
          - SQL_SERVER_AUTHENTICATION
      auth_scheme:
        description: Where passwords are.
        type: str
        choices: [SECRETS]
        default: SECRETS
      description:
        description: Text that is kept with it.
        type: str
  default_auth_scheme:
    description: V(IAM_AUTH) signs in with IAM tokens from the client to the database, without any secret in O(auth).
    type: str
    choices: [NONE, IAM_AUTH]
  require_tls:
    description: Whether clients have to connect with TLS.
    type: bool
  idle_client_timeout:
    description: After how many idle seconds a client is disconnected, 1 to 28800; RDS begins with 1800.
    type: int
  debug_logging:
    description: Whether SQL statements are logged, with everything that is in them. RDS switches it off after 24 hours by itself.
    type: bool
  endpoint_network_type:
    description: Kind of addresses of the endpoint. It cannot be changed later.
    type: str
    choices: [IPV4, IPV6, DUAL]
  target_connection_network_type:
    description: Kind of addresses with which the proxy reaches the database. It cannot be changed later.
    type: str
    choices: [IPV4, IPV6]
  connection_pool_config:
    description: The connection pool. What is left out is left as it is.
    type: dict
    suboptions:
      max_connections_percent:
        description: How many of the database's C(max_connections) the proxy may use, in percent, 1 to 100.
        type: int
      max_idle_connections_percent:
        description:
          - How many of them may be idle, in percent.
          - When it is left out and more than O(connection_pool_config.max_connections_percent), it becomes half of that.
        type: int
      connection_borrow_timeout:
        description: For how many seconds a client waits for a connection when all are busy, 0 to 300.
        type: int
      session_pinning_filters:
        description: Kinds of statements that shall not pin a client to a connection, for example V([EXCLUDE_VARIABLE_SETS]).
        type: list
        elements: str
      init_query:
        description: Statements with which every connection to the database begins. Everybody who sees the proxy can read them.
        type: str
  db_instance_identifier:
    description: Instance behind the proxy. V("") takes whatever is behind it away.
    type: str
  db_cluster_identifier:
    description: Aurora cluster behind the proxy. V("") takes whatever is behind it away.
    type: str
  wait_for_target:
    description:
      - Whether to wait until the proxy reaches every database behind it.
      - That needs security groups, secrets and a database that are in order, so it is not the rule.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A proxy in front of an instance, with the password that RDS manages
  slipway.aws.rds_proxy:
    name: shop-dev
    engine_family: MYSQL
    role_arn: arn:aws:iam::123456789012:role/shop-dev-proxy
    vpc_subnet_ids: [subnet-0a1, subnet-0b2]
    auth:
      - secret_arn: "{{ database.instance.master_user_secret.secret_arn }}"
    db_instance_identifier: shop-dev

- name: A proxy in front of an Aurora cluster, for clients with IAM tokens, ready to be used
  slipway.aws.rds_proxy:
    name: shop
    engine_family: POSTGRESQL
    role_arn: arn:aws:iam::123456789012:role/shop-proxy
    vpc_subnet_ids: [subnet-0a1, subnet-0b2]
    vpc_security_group_ids: [sg-0c3]
    auth:
      - secret_arn: "{{ orders.master_secret.arn }}"
        iam_auth: REQUIRED
    require_tls: true
    connection_pool_config:
      max_connections_percent: 80
      connection_borrow_timeout: 30
    db_cluster_identifier: shop-aurora
    wait_for_target: true

- name: No proxy any more
  slipway.aws.rds_proxy:
    name: shop
    state: absent
"""

RETURN = r"""
proxy:
  description: The proxy; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the proxy.
      type: str
    endpoint:
      description: Name of the host to which clients connect.
      type: str
    status:
      description: Its status.
      type: str
      sample: available
    target:
      description: C(db_instance_identifier) or C(db_cluster_identifier) of what is behind it.
      type: dict
    targets:
      description: Every database behind it, with C(endpoint), C(role) and C(target_health), which has C(state) and C(reason).
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.rds import name_faults
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_GROUP = "default"
_OF_GROUP = ("ConnectionPoolConfig", "Target")
_BROKEN = {
    "incompatible-network": "Its subnets or security groups are gone: remove the proxy and make it anew with others.",
    "insufficient-resource-limits": "Its subnets have no free addresses, or the account's quota of network interfaces is used up.",
}


class Proxy(Resource):
    """A proxy and its target group, which has operations of its own."""

    service = "rds"
    noun = "proxy"
    missing = ("DBProxyNotFoundFault", "DBProxyNotFound")
    immutable = ("EndpointNetworkType", "EngineFamily", "TargetConnectionNetworkType", "VpcSubnetIds")
    unordered = ("Auth", "SessionPinningFilters", "VpcSecurityGroupIds", "VpcSubnetIds")
    whole = ("Target",)
    outputs = ("Endpoint", "arn", "status")
    pauses = (2, 3, 5, 10, 15, 30)

    def validate(self):
        p, faults = self.params, name_faults(self.params["name"])
        if p["state"] == "absent":
            return faults
        faults += formats.malformed("role", role_arn=p["role_arn"])
        faults += formats.malformed("subnet", vpc_subnet_ids=p["vpc_subnet_ids"])
        faults += formats.malformed("security group", vpc_security_group_ids=p["vpc_security_group_ids"])
        faults += formats.malformed("arn", auth=[each["secret_arn"] for each in p["auth"] or ()])
        faults += formats.out_of_range(1, 28800, idle_client_timeout=p["idle_client_timeout"])
        if len(p["vpc_subnet_ids"]) < 2:
            faults.append("vpc_subnet_ids: a proxy needs two subnets at least, in different availability zones.")
        if not p["auth"] and p["default_auth_scheme"] != "IAM_AUTH":
            faults.append("auth: name the secret of one database user at least, or set default_auth_scheme=IAM_AUTH.")
        if p["engine_family"] != "SQLSERVER" and any(each["iam_auth"] == "ENABLED" for each in p["auth"] or ()):
            faults.append("auth: iam_auth=ENABLED is for SQLSERVER only; REQUIRED has clients sign in with IAM tokens.")
        if p["db_instance_identifier"] and p["db_cluster_identifier"]:
            faults.append("db_cluster_identifier: a proxy has one target, this or db_instance_identifier.")
        return faults + _pool_faults(p["connection_pool_config"] or {})

    def find(self):
        found = self.read("describe_db_proxies", DBProxyName=self.name)
        if not found or not found["DBProxies"]:
            return None
        have = found["DBProxies"][0]
        arn = have["DBProxyArn"]
        targets = self._targets()
        return {
            **have,
            "Auth": self._as_asked(have.get("Auth", [])),
            "ConnectionPoolConfig": self._pool(),
            "Target": _target(targets),
            "targets": targets,
            "arn": arn,
            "status": have["Status"],
            "Tags": from_form((self.read("list_tags_for_resource", ResourceName=arn) or {}).get("TagList")),
        }

    def _as_asked(self, users):
        """Return the users without what RDS fills in for those of whom the task says nothing about it."""
        silent = [each["secret_arn"] for each in self.params["auth"] or () if each["client_password_auth_type"] is None]
        filled = "ClientPasswordAuthType"
        return [{k: v for k, v in user.items() if k != filled or user.get("SecretArn") not in silent} for user in users]

    def _pool(self):
        # A proxy that is just being made or removed has no group to show.
        found = self.read("describe_db_proxy_target_groups", ("InvalidDBProxyStateFault",), DBProxyName=self.name)
        groups = {group["TargetGroupName"]: group for group in (found or {}).get("TargetGroups", [])}
        return {"SessionPinningFilters": [], "InitQuery": "", **groups.get(_GROUP, {}).get("ConnectionPoolConfig", {})}

    def _targets(self):
        states = ("InvalidDBProxyStateFault", "DBProxyTargetGroupNotFoundFault")
        return self.pages("describe_db_proxy_targets", "Targets", states, DBProxyName=self.name)

    def want(self, have):
        pool = self.request("ModifyDBProxyTargetGroup").get("ConnectionPoolConfig")
        present = (have or {}).get("ConnectionPoolConfig", {})
        if pool and pool.get("MaxConnectionsPercent", 100) < present.get("MaxIdleConnectionsPercent", 0):
            pool.setdefault("MaxIdleConnectionsPercent", pool["MaxConnectionsPercent"] // 2)
        group = {"ConnectionPoolConfig": pool, "Target": self._wanted_target()}
        return {**self.request("CreateDBProxy", DBProxyName=self.name), **group}

    def _wanted_target(self):
        """Return what shall be behind the proxy, {} for nothing, None when nobody says."""
        given = {"DBClusterIdentifier": "db_cluster_identifier", "DBInstanceIdentifier": "db_instance_identifier"}
        said = {key: self.params[option] for key, option in given.items() if self.params[option] is not None}
        return {key: name.lower() for key, name in said.items() if name} if said else None

    def ready(self, have):
        if have["status"] in _BROKEN:
            self.fail(f"proxy {self.name} is {have['status']}. {_BROKEN[have['status']]}")
        if not self.params["wait_for_target"]:
            return have["status"] == "available"
        return have["status"] == "available" and bool(have["targets"]) and not _unreached(have)

    def leaving(self, have):
        return have["status"] == "deleting"

    def _late(self, have, goal):
        if goal == "ready" and have and have["status"] == "available":
            reasons = "; ".join(_unreached(have)) or "nothing is behind it"
            self.fail(
                f"proxy {self.name} does not reach its target after {self._patience()} seconds: {reasons}. UNREACHABLE points to"
                " security groups, AUTH_FAILURE to the secret or to the role that reads it, PENDING_PROXY_CAPACITY to patience."
            )
        return super()._late(have, goal)

    def _until_available(self):
        status = "not there yet"
        for _look in self.looks(self._patience()):
            found = self.read("describe_db_proxies", DBProxyName=self.name)
            status = found["DBProxies"][0]["Status"] if found else status
            if status == "available":
                return
            if status in _BROKEN:
                break
        self.fail(f"proxy {self.name} is {status}, and takes no changes. {_BROKEN.get(status, '')}".rstrip())

    def create(self, want):
        group = {key: want.pop(key, None) for key in _OF_GROUP}
        self.write("create_db_proxy", **want)
        self._update_group({}, {key: value for key, value in group.items() if value})

    def update(self, have, changes):
        group = {key: changes.pop(key) for key in _OF_GROUP if key in changes}
        if "VpcSecurityGroupIds" in changes:
            changes["SecurityGroups"] = changes.pop("VpcSecurityGroupIds")
        if changes:
            self.write("modify_db_proxy", DBProxyName=self.name, **changes)
        self._update_group(have["Target"], group)

    def _update_group(self, present, changes):
        if not changes:
            return
        self._until_available()
        which = {"DBProxyName": self.name, "TargetGroupName": _GROUP}
        if "ConnectionPoolConfig" in changes:
            pool = _both_shares(self._pool(), changes["ConnectionPoolConfig"])
            self.write("modify_db_proxy_target_group", ConnectionPoolConfig=pool, **which)
        if "Target" in changes and present:
            self.write("deregister_db_proxy_targets", tolerate=("DBProxyTargetNotFoundFault",), **which, **_lists(present))
        if changes.get("Target"):
            # A database that is, say, being backed up cannot be registered for a moment.
            self.write(
                "register_db_proxy_targets",
                patience={"InvalidDBInstanceState": "state", "InvalidDBInstanceStateFault": "state"},
                **which,
                **_lists(changes["Target"]),
            )

    def delete(self, have):
        self.write("delete_db_proxy", tolerate=self.missing, DBProxyName=self.name)


def _pool_faults(pool):
    """Return sentences about a connection pool that RDS would refuse."""
    most, options = pool.get("max_connections_percent"), "connection_pool_config"
    faults = formats.out_of_range(1, 100, **{f"{options}.max_connections_percent": most})
    idle = {f"{options}.max_idle_connections_percent": pool.get("max_idle_connections_percent")}
    faults += formats.out_of_range(0, 100 if most is None else most, **idle)
    return faults + formats.out_of_range(0, 300, **{f"{options}.connection_borrow_timeout": pool.get("connection_borrow_timeout")})


def _target(targets):
    """Return what is registered, which for a cluster is not its members."""
    for each in targets:
        if each.get("Type") == "TRACKED_CLUSTER":
            return {"DBClusterIdentifier": each["RdsResourceId"]}
        if each.get("Type") == "RDS_INSTANCE" and not each.get("TrackedClusterId"):
            return {"DBInstanceIdentifier": each["RdsResourceId"]}
    return {}


def _lists(target):
    """Return a target as the operations on targets take it."""
    return {f"{key}s": [name] for key, name in target.items()}


def _both_shares(present, wanted):
    """Return a pool with both shares of connections: RDS takes that of the idle ones only together with that of all."""
    shares = ("MaxConnectionsPercent", "MaxIdleConnectionsPercent")
    pool = {**{key: present[key] for key in shares if key in present}, **wanted}
    if "MaxIdleConnectionsPercent" not in wanted and pool.get(shares[1], 0) > pool.get(shares[0], 100):
        del pool["MaxIdleConnectionsPercent"]  # RDS makes it half of the other one
    return pool


def _unreached(have):
    """Return why the proxy does not reach some of the databases behind it."""
    healths = [(each["RdsResourceId"], each["TargetHealth"]) for each in have["targets"] if each.get("TargetHealth")]
    return [
        f"{name} is {health['State']}" + (f" ({health['Reason']})" if health.get("Reason") else "")
        for name, health in healths
        if health.get("State") != "AVAILABLE"
    ]


def main():
    Proxy.main(
        DOCUMENTATION,
        required_if=[("state", "present", ["engine_family", "role_arn", "vpc_subnet_ids"])],
    )


if __name__ == "__main__":
    main()
