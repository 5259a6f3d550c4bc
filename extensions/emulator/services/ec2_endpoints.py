# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""VPC endpoints and flow logs.

moto keeps them. Its endpoints are there at once and never go away, changes of subnets and route tables reach neither interfaces nor
routes, private DNS asks nothing of the VPC, and flow logs drop their file options and trust any role.
"""

from __future__ import annotations

import json
import math
from urllib.parse import unquote

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ec2.models.vpcs import VPCBackend
from moto.iam.models import iam_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

ARRIVES_IN = 60  # seconds until an interface endpoint or a change of one works
LEAVES_IN = 60  # seconds until a deleted interface endpoint is gone


def _backend(call):
    return ec2_backends[call.account][call.region]


def _moto(function, *arguments, **more):
    """Call moto's model; its errors are ours."""
    try:
        return function(*arguments, **more)
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error


def _present(call):
    """Return the endpoints that have not gone yet."""
    backend = _backend(call)
    for identity, endpoint in list(backend.vpc_end_points.items()):
        if getattr(endpoint, "gone_at", math.inf) <= CLOCK.seconds():
            del backend.vpc_end_points[identity]
            for interface in endpoint.network_interface_ids:
                backend.enis.pop(interface, None)
    return backend.vpc_end_points


def _endpoint(call):
    identity = call.params["VpcEndpointId"]
    endpoint = _present(call).get(identity)
    if endpoint is None:
        raise AwsError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{identity}' does not exist")
    return endpoint


def _state(endpoint):
    if hasattr(endpoint, "gone_at"):
        return "deleting"
    return "available" if CLOCK.seconds() >= getattr(endpoint, "ready_at", 0) else "pending"


def _shown(endpoint):
    interface = endpoint.vpc_endpoint_type == "Interface"
    shown = {
        "VpcEndpointId": endpoint.id,
        "VpcEndpointType": endpoint.vpc_endpoint_type,
        "VpcId": endpoint.vpc_id,
        "ServiceName": endpoint.service_name,
        "State": _state(endpoint),
        "PolicyDocument": endpoint.policy_document,
        "RouteTableIds": endpoint.route_table_ids,
        "SubnetIds": endpoint.subnet_ids or [],
        "Groups": endpoint.groups,
        "PrivateDnsEnabled": bool(endpoint.private_dns_enabled) if interface else False,
        "RequesterManaged": False,
        "NetworkInterfaceIds": endpoint.network_interface_ids,
        "DnsEntries": _dns(endpoint),
        "CreationTimestamp": endpoint.creation_timestamp,
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in endpoint.get_tags()],
        "OwnerId": endpoint.owner_id,
    }
    if interface:
        shown.update(IpAddressType=endpoint.ip_address_type, DnsOptions=endpoint.dns_options)
    return shown


def _dns(endpoint):
    entries = [{"DnsName": entry["dns_name"], "HostedZoneId": entry["hosted_zone_id"]} for entry in endpoint.dns_entries or []]
    if entries and endpoint.private_dns_enabled:
        region, service = endpoint.service_name.split(".")[2], ".".join(endpoint.service_name.split(".")[3:])
        private = ".".join(reversed(service.split(".")))
        entries.append({"DnsName": f"{private}.{region}.amazonaws.com", "HostedZoneId": "Z10000000000000000000"})
    return entries


# What AWS refuses


def _check_service(call, name, kind):
    known = VPCBackend._collect_default_endpoint_services(call.account, call.region)
    kinds = [each["ServiceType"] for service in known if service["ServiceName"] == name for each in service["ServiceType"]]
    if not kinds:
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    if kind not in kinds:
        raise AwsError("InvalidParameter", f"Endpoint type ({kind}) does not match available service types ({kinds}).")


def _check_policy(text):
    if text:
        try:
            json.loads(text)
        except ValueError:
            raise AwsError("InvalidPolicyDocument", "The policy document is not valid JSON.") from None


def _check_private_dns(call, vpc_id, service, itself=None):
    vpc = _moto(_backend(call).get_vpc, vpc_id)
    if not all(str(value).lower() == "true" for value in (vpc.enable_dns_support, vpc.enable_dns_hostnames)):
        text = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for"
        raise AwsError("InvalidParameter", f"{text} {vpc_id}")
    for other in _present(call).values():
        same = (other.vpc_id, other.service_name) == (vpc_id, service) and other is not itself
        if same and other.private_dns_enabled and other.vpc_endpoint_type == "Interface" and _state(other) != "deleting":
            text = f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service} in the VPC"
            raise AwsError("InvalidParameter", f"{text} {vpc_id}")


def _check_subnets(call, identities):
    zones = [_moto(_backend(call).get_subnet, identity).availability_zone for identity in identities]
    if len(zones) != len(set(zones)):
        raise AwsError("DuplicateSubnetsInSameZone", f"Found another VPC endpoint subnet in the availability zone of {identities}.")


def _check_groups(call, identities):
    for identity in identities:
        if _backend(call).get_security_group_from_id(identity) is None:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{identity}' does not exist")


def _check_kind(call, kind):
    only = {"Gateway": ("RouteTableIds",), "Interface": ("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled", "IpAddressType")}
    for other, members in only.items():
        for member in members:
            if other != kind and call.params.get(member):
                raise AwsError("InvalidParameter", f"{member} is not supported for {kind} endpoints.")


# Endpoints


@operation("ec2", "CreateVpcEndpoint")
def create_vpc_endpoint(call):
    kind, given = call.params.get("VpcEndpointType", "Gateway"), call.params
    if kind not in ("Gateway", "Interface"):
        raise AwsError("NotImplemented", f"Endpoints of the type {kind} are not emulated.")
    vpc = _moto(_backend(call).get_vpc, given["VpcId"])
    _check_service(call, given["ServiceName"], kind)
    _check_kind(call, kind)
    _check_policy(given.get("PolicyDocument"))
    _check_subnets(call, given.get("SubnetIds", []))
    _check_groups(call, given.get("SecurityGroupIds", []))
    private, address = given.get("PrivateDnsEnabled", False), given.get("IpAddressType", "ipv4")
    options = {"DnsRecordIpType": address, **given.get("DnsOptions", {})}
    given.take("ClientToken", "TagSpecifications", "RouteTableIds", "DryRun")
    if private:
        _check_private_dns(call, vpc.id, given["ServiceName"])
    if kind == "Gateway":
        _check_routes(call, given.get("RouteTableIds", []), given["ServiceName"])
    endpoint = _backend(call).vpc_end_points[call.forward()["VpcEndpoint"]["VpcEndpointId"]]
    endpoint.vpc_endpoint_type, endpoint.private_dns_enabled = kind, private
    endpoint.ip_address_type, endpoint.dns_options = address, options
    if kind == "Interface":
        default = [group.id for group in _backend(call).groups[vpc.id].values() if group.name == "default"]
        endpoint.security_group_ids = given.get("SecurityGroupIds") or default
        endpoint.ready_at = CLOCK.seconds() + ARRIVES_IN
        _dress(call, endpoint)
    return {"VpcEndpoint": _shown(endpoint)}


def _check_routes(call, tables, service):
    for other in _present(call).values():
        if other.vpc_endpoint_type == "Gateway" and other.service_name == service and set(other.route_table_ids) & set(tables):
            text = f"route table {tables} already has a route with destination-prefix-list-id {other.destination_prefix_list_id}"
            raise AwsError("RouteAlreadyExists", text)


def _dress(call, endpoint):
    """Let the interfaces of an endpoint look like AWS's: description, groups, in use."""
    for identity in endpoint.network_interface_ids:
        interface = _backend(call).enis[identity]
        interface.description, interface.status = f"VPC Endpoint Interface {endpoint.id}", "in-use"
        interface.interface_type, interface.requester_managed = "vpc_endpoint", True
        interface._group_set = [_backend(call).get_security_group_from_id(group) for group in endpoint.security_group_ids]


@operation("ec2", "DescribeVpcEndpoints")
def describe_vpc_endpoints(call):
    call.params.take("VpcEndpointIds", "Filters", "MaxResults", "NextToken", "DryRun")
    present = dict(_present(call))  # of one moment: some may go while moto looks
    for endpoint in present.values():
        endpoint.state = _state(endpoint)  # moto filters by it
    found = call.forward()["VpcEndpoints"]
    return {"VpcEndpoints": [_shown(present[each["VpcEndpointId"]]) for each in found]}


@operation("ec2", "DescribeNetworkInterfaces")
def describe_network_interfaces(call):
    _present(call)  # those of endpoints that have gone have gone with them
    return call.forward()


@operation("ec2", "ModifyVpcEndpoint")
def modify_vpc_endpoint(call):
    endpoint, given = _endpoint(call), call.params
    if _state(endpoint) != "available":
        text = f"The VPC endpoint {endpoint.id} is in the state {_state(endpoint)} and cannot be modified."
        raise AwsError("IncorrectState", text)
    _check_policy(given.get("PolicyDocument"))
    if given.get("PolicyDocument"):
        endpoint.policy_document = given["PolicyDocument"]
    if given.get("ResetPolicy"):
        endpoint.policy_document = json.dumps(endpoint.DEFAULT_POLICY)
    if endpoint.vpc_endpoint_type == "Gateway":
        _modify_routes(call, endpoint)
    else:
        _modify_interface(call, endpoint)
    return {"Return": True}


def _modify_routes(call, endpoint):
    backend, added = _backend(call), call.params.get("AddRouteTableIds", [])
    _check_routes(call, [table for table in added if table not in endpoint.route_table_ids], endpoint.service_name)
    prefix = endpoint.destination_prefix_list_id
    for table in added:
        if table not in endpoint.route_table_ids:
            _moto(backend.create_route, table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix)
    for table in call.params.get("RemoveRouteTableIds", []):
        if table in endpoint.route_table_ids:
            _moto(backend.delete_route, table, prefix)
    left = [table for table in endpoint.route_table_ids if table not in call.params.get("RemoveRouteTableIds", [])]
    endpoint.route_table_ids = [*left, *(table for table in added if table not in left)]


def _modify_interface(call, endpoint):
    given = call.params
    subnets = _changed(endpoint.subnet_ids or [], given.get("AddSubnetIds", []), given.get("RemoveSubnetIds", []))
    groups = _changed(endpoint.security_group_ids, given.get("AddSecurityGroupIds", []), given.get("RemoveSecurityGroupIds", []))
    _check_subnets(call, subnets)
    _check_groups(call, groups)
    if not groups:
        raise AwsError("InvalidParameter", "An interface endpoint needs at least one security group.")
    if given.get("PrivateDnsEnabled"):
        _check_private_dns(call, endpoint.vpc_id, endpoint.service_name, itself=endpoint)
    endpoint.private_dns_enabled = given.get("PrivateDnsEnabled", endpoint.private_dns_enabled)
    endpoint.ip_address_type = given.get("IpAddressType", endpoint.ip_address_type)
    endpoint.dns_options = {**endpoint.dns_options, **given.get("DnsOptions", {})}
    endpoint.security_group_ids = groups
    _move(call, endpoint, subnets)
    endpoint.ready_at = CLOCK.seconds() + ARRIVES_IN


def _changed(present, added, removed):
    return [*(each for each in present if each not in removed), *(each for each in added if each not in present)]


def _move(call, endpoint, subnets):
    """Give an endpoint an interface in every one of its subnets, and no other."""
    backend = _backend(call)
    by_subnet = {backend.enis[identity].subnet.id: identity for identity in endpoint.network_interface_ids}
    for subnet, identity in by_subnet.items():
        if subnet not in subnets:
            del backend.enis[identity]
    kept = {subnet: identity for subnet, identity in by_subnet.items() if subnet in subnets}
    for subnet in subnets:
        if subnet not in kept:
            kept[subnet] = backend.create_network_interface(subnet, "").id
    endpoint.subnet_ids, endpoint.network_interface_ids = subnets, [kept[subnet] for subnet in subnets]
    _dress(call, endpoint)


@operation("ec2", "DeleteVpcEndpoints")
def delete_vpc_endpoints(call):
    failed, present = [], _present(call)
    for identity in call.params["VpcEndpointIds"]:
        endpoint = present.get(identity)
        if endpoint is None:
            told = {"Code": "InvalidVpcEndpoint.NotFound", "Message": f"The Vpc Endpoint Id '{identity}' does not exist"}
            failed.append({"ResourceId": identity, "Error": told})
        elif endpoint.vpc_endpoint_type == "Gateway":
            for table in endpoint.route_table_ids:
                _moto(_backend(call).delete_route, table, endpoint.destination_prefix_list_id)
            del present[identity]
        elif not hasattr(endpoint, "gone_at"):
            endpoint.gone_at = CLOCK.seconds() + LEAVES_IN  # until then its interfaces use subnets and groups
    return {"Unsuccessful": failed}


# Flow logs


def _trusts(account, arn):
    """Tell whether a role exists and lets the flow logs service use it."""
    for role in iam_backends[account]["aws"].roles.values():
        if role.arn == arn:
            policy = role.assume_role_policy_document
            text = policy if isinstance(policy, str) else json.dumps(policy)
            return "vpc-flow-logs.amazonaws.com" in unquote(text)
    return False


@operation("ec2", "CreateFlowLogs")
def create_flow_logs(call):
    given = call.params.everything()
    role = given.get("DeliverLogsPermissionArn")
    if role and not _trusts(call.account, role):
        told = {"Code": "400", "Message": "Access error: unable to assume the given IAM role."}
        return {"FlowLogIds": [], "Unsuccessful": [{"ResourceId": each, "Error": told} for each in given["ResourceIds"]]}
    if given.get("LogDestination", "").startswith("arn:aws:logs:"):
        group = given["LogDestination"].split(":")[6]
        raise AwsError("NotImplemented", f"Name the log group of flow logs by LogGroupName, {group}.")
    made = call.forward()
    for identity in made["FlowLogIds"]:
        _backend(call).flow_logs[identity].destination_options = given.get("DestinationOptions")
    return made


@operation("ec2", "DescribeFlowLogs")
def describe_flow_logs(call):
    call.params.take("Filter", "FlowLogIds", "MaxResults", "NextToken", "DryRun")
    found = call.forward()["FlowLogs"]
    for log in found:
        kept = _backend(call).flow_logs[log["FlowLogId"]]
        options = getattr(kept, "destination_options", None)
        default = {"FileFormat": "plain-text", "HiveCompatiblePartitions": False, "PerHourPartition": False}
        if kept.log_destination_type == "s3":
            log["DestinationOptions"] = {**default, **(options or {})}
    return {"FlowLogs": found}


@operation("ec2", "DeleteFlowLogs")
def delete_flow_logs(call):
    known = _backend(call).flow_logs
    missing = [identity for identity in call.params["FlowLogIds"] if identity not in known]
    for identity in call.params["FlowLogIds"]:
        known.pop(identity, None)
    told = {"Code": "InvalidFlowLogId.NotFound", "Message": "The flow log does not exist."}
    return {"Unsuccessful": [{"ResourceId": identity, "Error": told} for identity in missing]}
