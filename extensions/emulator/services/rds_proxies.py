# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RDS Proxy: proxies, their default target group and the health of their targets. All ours: moto's cannot be changed."""

from __future__ import annotations

import re
import secrets
import string

from moto.ec2.models import ec2_backends

from .. import plans
from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of, taggable
from . import rds, rds_clusters
from .rds_moto import backend_of, name_of

CREATION, CHANGE, DELETION, REGISTRATION = 240, 45, 60, 90  # account seconds

taggable("rds", "db-proxy", arn="arn", tags="tags")
plans.KINDS["proxy_broken"] = plans.Kind(("proxy",), {"status": "incompatible-network"})
plans.KINDS["proxy_target_unavailable"] = plans.Kind(("proxy",), {"reason": "AUTH_FAILURE", "description": "Access denied."})

_FAMILIES = {
    "MYSQL": ("mysql", "mariadb", "aurora-mysql"),
    "POSTGRESQL": ("postgres", "aurora-postgresql"),
    "SQLSERVER": ("sqlserver-ee", "sqlserver-se", "sqlserver-ex", "sqlserver-web"),
}
_PASSWORDS = {
    "MYSQL": "MYSQL_CACHING_SHA2_PASSWORD",
    "POSTGRESQL": "POSTGRES_SCRAM_SHA_256",
    "SQLSERVER": "SQL_SERVER_AUTHENTICATION",
}
_REGISTRABLE = ("available", "modifying", "backing-up", "creating")


def _proxies(call):
    """Return the proxies of the region by name, without those that are gone by now."""
    kept = state_of(call, "db-proxy")
    for name, proxy in list(kept.items()):
        if proxy["busy"] == "deleting" and CLOCK.seconds() >= proxy["until"]:
            del kept[name]
    return kept


def _status(proxy):
    planned = plans.holds("proxy_broken", proxy=proxy["shown"]["DBProxyName"])
    if planned and proxy["busy"] != "deleting":
        return planned["status"]
    return proxy["busy"] if CLOCK.seconds() < proxy["until"] else "available"


def _proxy(call, available=False):
    proxy = _proxies(call).get(call.params["DBProxyName"].lower())
    if proxy is None:
        raise AwsError(
            "DBProxyNotFoundFault", f"The specified proxy name doesn't correspond to a proxy: {call.params['DBProxyName']}"
        )
    if available and _status(proxy) != "available":
        raise AwsError("InvalidDBProxyStateFault", f"DB Proxy {call.params['DBProxyName']} is in {_status(proxy)} state.")
    return proxy


def _shown(proxy):
    return {**proxy["shown"], "Status": _status(proxy), "DBProxyArn": proxy["arn"]}


def _mark(length=17):
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _each in range(length))


@operation("rds", "CreateDBProxy")
def create(call):
    name, family = call.params["DBProxyName"], call.params["EngineFamily"]
    if not re.fullmatch(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{0,62}(?<!-)", name):
        raise AwsError("InvalidParameterValue", f"The parameter DBProxyName is not a valid identifier: {name}")
    if name.lower() in _proxies(call):
        raise AwsError(
            "DBProxyAlreadyExistsFault", f"Cannot create the DBProxy because a DBProxy with the identifier {name} exists."
        )
    if family not in _FAMILIES:
        raise AwsError("InvalidParameterValue", "Provided EngineFamily is not valid.")
    network = _network(call)
    now = CLOCK.now()
    shown = {
        "DBProxyName": name,
        "EngineFamily": family,
        **network,
        "DefaultAuthScheme": call.params.get("DefaultAuthScheme", "NONE"),
        "Auth": _auth(family, call.params.get("Auth", []), call.params.get("DefaultAuthScheme", "NONE")),
        "RoleArn": _role(call.params["RoleArn"]),
        "Endpoint": f"{name}.proxy-{_mark(12)}.{call.region}.rds.amazonaws.com",
        "RequireTLS": call.params.get("RequireTLS", False),
        "IdleClientTimeout": _timeout(call.params.get("IdleClientTimeout", 1800)),
        "DebugLogging": call.params.get("DebugLogging", False),
        "EndpointNetworkType": call.params.get("EndpointNetworkType", "IPV4"),
        "TargetConnectionNetworkType": call.params.get("TargetConnectionNetworkType", "IPV4"),
        "CreatedDate": now,
        "UpdatedDate": now,
    }
    most = 10 if family == "SQLSERVER" else 100
    _proxies(call)[name.lower()] = proxy = {
        "arn": call.arn(f"db-proxy:prx-{_mark()}"),
        "group": call.arn(f"target-group:prx-tg-{_mark()}"),
        "shown": shown,
        "busy": "creating",
        "until": CLOCK.seconds() + CREATION,
        "tags": call.params.get("Tags", []),
        "pool": {
            "MaxConnectionsPercent": most,
            "MaxIdleConnectionsPercent": most // 2,
            "ConnectionBorrowTimeout": 120,
            "SessionPinningFilters": [],
        },
        "targets": [],
    }
    return {"DBProxy": _shown(proxy)}


def _network(call):
    ec2, wanted = ec2_backends[call.account][call.region], call.params["VpcSubnetIds"]
    subnets = [subnet for zone in ec2.subnets.values() for subnet in zone.values() if subnet.id in wanted]
    if len(subnets) != len(set(wanted)):
        raise AwsError("InvalidSubnet", "The requested subnet is invalid.")
    if len({subnet.vpc_id for subnet in subnets}) > 1:
        raise AwsError("InvalidSubnet", "The subnets are not all in one VPC.")
    if len({subnet.availability_zone for subnet in subnets}) < 2:
        text = "RDS Proxy needs at least two subnets in different Availability Zones."
        raise AwsError("InvalidSubnet", text)
    vpc = subnets[0].vpc_id
    groups = call.params.get("VpcSecurityGroupIds") or [ec2.get_default_security_group(vpc).id]
    return {"VpcId": vpc, "VpcSubnetIds": wanted, "VpcSecurityGroupIds": groups}


def _role(arn):
    if not re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:role/.+", arn):
        raise AwsError("InvalidParameterValue", f"The role ARN is not valid: {arn}")
    return arn


def _timeout(seconds):
    if not 1 <= seconds <= 28800:
        raise AwsError("InvalidParameterValue", "IdleClientTimeout must be from 1 to 28800.")
    return seconds


def _auth(family, given, default):
    if not given and default != "IAM_AUTH":
        raise AwsError("InvalidParameterValue", "Auth must be specified unless DefaultAuthScheme is IAM_AUTH.")
    shown = []
    for each in given:
        if each.get("IAMAuth") == "ENABLED" and family != "SQLSERVER":
            raise AwsError("InvalidParameterValue", "IAMAuth ENABLED is valid for SQL Server only.")
        if not each.get("SecretArn"):
            raise AwsError("InvalidParameterValue", "SecretArn must be specified for AuthScheme SECRETS.")
        filled = {"AuthScheme": "SECRETS", "IAMAuth": "DISABLED", "ClientPasswordAuthType": _PASSWORDS[family], **each}
        shown.append(filled)
    return shown


@operation("rds", "DescribeDBProxies")
def describe(call):
    call.params.take("MaxRecords", "Marker")  # an account's proxies fit on one page
    named = [_proxy(call)] if call.params.get("DBProxyName") else _proxies(call).values()
    return {"DBProxies": [_shown(proxy) for proxy in named]}


@operation("rds", "ModifyDBProxy")
def modify(call):
    proxy = _proxy(call, available=True)
    shown, new = proxy["shown"], call.params.get("NewDBProxyName")
    if new and new.lower() in _proxies(call):
        raise AwsError("DBProxyAlreadyExistsFault", f"A DBProxy with the identifier {new} exists.")
    changes = call.params.take("DefaultAuthScheme", "RequireTLS", "IdleClientTimeout", "DebugLogging", "RoleArn")
    _timeout(changes.get("IdleClientTimeout", 1800))
    _role(changes.get("RoleArn", shown["RoleArn"]))
    default = changes.get("DefaultAuthScheme", shown["DefaultAuthScheme"])
    changes["Auth"] = _auth(shown["EngineFamily"], call.params.get("Auth", shown["Auth"]), default)
    if call.params.get("SecurityGroups"):
        changes["VpcSecurityGroupIds"] = call.params["SecurityGroups"]
    shown.update(changes, UpdatedDate=CLOCK.now())
    proxy.update(busy="modifying", until=CLOCK.seconds() + CHANGE)
    if new:
        shown["DBProxyName"] = new
        _proxies(call)[new.lower()] = _proxies(call).pop(call.params["DBProxyName"].lower())
    return {"DBProxy": _shown(proxy)}


@operation("rds", "DeleteDBProxy")
def delete(call):
    proxy = _proxy(call)
    if _status(proxy) == "deleting":
        raise AwsError("InvalidDBProxyStateFault", f"DB Proxy {call.params['DBProxyName']} is in deleting state.")
    proxy.update(busy="deleting", until=CLOCK.seconds() + DELETION)
    return {"DBProxy": _shown(proxy)}


# The default target group


def _check_group(call, default="default"):
    name = call.params.get("TargetGroupName", default)
    if name != "default":
        text = f"The specified target group isn't available for a proxy owned by your AWS account: {name}"
        raise AwsError("DBProxyTargetGroupNotFoundFault", text)


def _group(proxy):
    return {
        "DBProxyName": proxy["shown"]["DBProxyName"],
        "TargetGroupName": "default",
        "TargetGroupArn": proxy["group"],
        "IsDefault": True,
        "Status": _status(proxy),
        "ConnectionPoolConfig": proxy["pool"],
        "CreatedDate": proxy["shown"]["CreatedDate"],
        "UpdatedDate": proxy["shown"]["UpdatedDate"],
    }


@operation("rds", "DescribeDBProxyTargetGroups")
def describe_groups(call):
    proxy = _proxy(call)
    _check_group(call)
    call.params.take("MaxRecords", "Marker")
    return {"TargetGroups": [_group(proxy)]}


@operation("rds", "ModifyDBProxyTargetGroup")
def modify_group(call):
    proxy, given = _proxy(call, available=True), call.params.get("ConnectionPoolConfig", {})
    _check_group(call)
    if "MaxIdleConnectionsPercent" in given and "MaxConnectionsPercent" not in given:
        text = "MaxConnectionsPercent must be specified when MaxIdleConnectionsPercent is specified."
        raise AwsError("InvalidParameterCombination", text)
    pool = {**proxy["pool"], **given}
    if "MaxConnectionsPercent" in given and "MaxIdleConnectionsPercent" not in given:
        pool["MaxIdleConnectionsPercent"] = given["MaxConnectionsPercent"] // 2
    if not 1 <= pool["MaxConnectionsPercent"] <= 100:
        raise AwsError("InvalidParameterValue", "MaxConnectionsPercent must be from 1 to 100.")
    if not 0 <= pool["MaxIdleConnectionsPercent"] <= pool["MaxConnectionsPercent"]:
        raise AwsError("InvalidParameterValue", "MaxIdleConnectionsPercent must be from 0 to MaxConnectionsPercent.")
    if not 0 <= pool["ConnectionBorrowTimeout"] <= 300:
        raise AwsError("InvalidParameterValue", "ConnectionBorrowTimeout must be from 0 to 300.")
    proxy["pool"] = {key: value for key, value in pool.items() if value != ""}
    return {"DBProxyTargetGroup": _group(proxy)}


# Targets


@operation("rds", "RegisterDBProxyTargets")
def register(call):
    proxy = _proxy(call, available=True)
    _check_group(call)
    instances, clusters = call.params.get("DBInstanceIdentifiers", []), call.params.get("DBClusterIdentifiers", [])
    if len(instances) + len(clusters) != 1:
        raise AwsError("InvalidParameterCombination", "Specify one DB instance or one DB cluster.")
    if proxy["targets"]:
        text = f"The proxy is already associated with {proxy['targets'][0]['id']}."
        raise AwsError("DBProxyTargetAlreadyRegisteredFault", text)
    target = {"kind": "cluster" if clusters else "instance", "id": name_of((clusters or instances)[0]), "since": CLOCK.seconds()}
    engine = _check_target(call, target)
    if engine not in _FAMILIES[proxy["shown"]["EngineFamily"]]:
        text = f"Engine family {proxy['shown']['EngineFamily']} does not match the engine {engine} of {target['id']}."
        raise AwsError("InvalidParameterValue", text)
    proxy["targets"].append(target)
    return {"DBProxyTargets": _targets(call, proxy)}


def _check_target(call, target):
    """Refuse a target that is not there or not ready; return its engine."""
    if target["kind"] == "cluster":
        return rds_clusters.cluster_of(call, target["id"]).engine
    instance = rds.instance_of(call, target["id"])
    status = rds.status_of(call, target["id"])
    if status not in _REGISTRABLE:
        wanted = ", ".join(each.upper().replace("-", "_") for each in _REGISTRABLE)
        text = f"DB Instance {target['id']} is in an unsupported state - {status.upper()}, needs to be in [{wanted}]"
        raise AwsError("InvalidDBInstanceState", text)
    return instance.engine


@operation("rds", "DeregisterDBProxyTargets")
def deregister(call):
    proxy = _proxy(call, available=True)
    _check_group(call)
    names = [("instance", name_of(each)) for each in call.params.get("DBInstanceIdentifiers", [])]
    names += [("cluster", name_of(each)) for each in call.params.get("DBClusterIdentifiers", [])]
    present = {(target["kind"], target["id"]) for target in proxy["targets"]}
    if not names or set(names) - present:
        raise AwsError("DBProxyTargetNotFoundFault", "The specified RDS DB instance or cluster isn't a target of the proxy.")
    proxy["targets"] = [target for target in proxy["targets"] if (target["kind"], target["id"]) not in names]
    return {}


@operation("rds", "DescribeDBProxyTargets")
def describe_targets(call):
    proxy = _proxy(call)
    _check_group(call)
    call.params.take("MaxRecords", "Marker")
    return {"Targets": _targets(call, proxy)}


def _targets(call, proxy):
    shown = []
    for target in proxy["targets"]:
        if target["kind"] == "instance":
            shown.append(_target(call, proxy, target, target["id"], "READ_WRITE"))
            continue
        cluster = backend_of(call).clusters.get(target["id"])
        shown.append({"RdsResourceId": target["id"], "Type": "TRACKED_CLUSTER", "Port": getattr(cluster, "port", 0)})
        for member in cluster.members if cluster is not None else ():
            role = "READ_WRITE" if member.is_cluster_writer else "READ_ONLY"
            row = _target(call, proxy, target, member.db_instance_identifier, role)
            shown.append({**row, "TrackedClusterId": target["id"]})
    return shown


def _target(call, proxy, target, name, role):
    instance = backend_of(call).databases.get(name)
    row = {"RdsResourceId": name, "Type": "RDS_INSTANCE", "Role": role, "TargetHealth": _health(call, proxy, target, name)}
    if instance is not None:
        row.update(TargetArn=instance.arn, Endpoint=instance.address, Port=instance.port)
    return row


def _health(call, proxy, target, name):
    if CLOCK.seconds() < target["since"] + REGISTRATION:
        pending = {"Reason": "PENDING_PROXY_CAPACITY", "Description": "DBProxy Target unavailable due to an internal error"}
        return {"State": "REGISTERING"} if CLOCK.seconds() < target["since"] + 30 else {"State": "UNAVAILABLE", **pending}
    planned = plans.holds("proxy_target_unavailable", proxy=proxy["shown"]["DBProxyName"])
    if planned:
        return {"State": "UNAVAILABLE", "Reason": planned["reason"], "Description": planned["description"]}
    if name not in backend_of(call).databases or rds.status_of(call, name) in ("creating", "deleting", "stopped"):
        return {"State": "UNAVAILABLE", "Reason": "UNREACHABLE", "Description": f"{name} cannot be reached."}
    return {"State": "AVAILABLE"}
