# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cloud Map: namespaces with their hosted zones, services, and instances that stand in DNS.

moto keeps them. Its namespaces are there at once, make zones of another name, allow one namespace per VPC, vanish under their
services, and its instances have no records.
"""

from __future__ import annotations

import math

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.route53.models import route53_backends
from moto.servicediscovery.models import Namespace, ServiceDiscoveryBackend, servicediscovery_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of, taggable

WITH_ZONE = 45  # seconds until a namespace with a hosted zone is there
WITHOUT_ZONE = 5
TYPES = {"CreatePrivateDnsNamespace": "DNS_PRIVATE", "CreatePublicDnsNamespace": "DNS_PUBLIC", "CreateHttpNamespace": "HTTP"}

taggable("servicediscovery", "tagged", arn="Arn", tags="Tags")


def _backend(call):
    return servicediscovery_backends[call.account][call.region]


def _zones(account):
    return route53_backends[account]["aws"]


def _present(call):
    """Return the namespaces that are there by now, by id; those that were to go are gone."""
    namespaces = _backend(call).namespaces
    for identity, namespace in list(namespaces.items()):
        if getattr(namespace, "gone_at", math.inf) <= CLOCK.seconds():
            del namespaces[identity]
            _untrack(call, namespace.arn)
    return {key: each for key, each in namespaces.items() if getattr(each, "ready_at", 0) <= CLOCK.seconds()}


def _namespace(call, identity):
    namespace = _present(call).get(identity.rsplit("/", 1)[-1])
    if namespace is None:
        raise AwsError("NamespaceNotFound", f"Namespace: {identity} not found.")
    return namespace


# Operations, which take their time


def _begin(call, kind, targets, seconds, fault=None):
    """Write down an operation that ends after some seconds, well or with a fault of code and message."""
    identity = _backend(call)._create_operation(kind, targets)
    pending = _backend(call).operations[identity]
    pending.begun_at, pending.ends_at, pending.fault = CLOCK.seconds(), CLOCK.seconds() + seconds, fault
    return identity


def _operation_shown(call, pending):
    ends = getattr(pending, "ends_at", 0)
    status = "PENDING" if CLOCK.seconds() < ends else "FAIL" if getattr(pending, "fault", None) else "SUCCESS"
    shown = {
        "Id": pending.id,
        "OwnerAccount": call.account,
        "Type": pending.operation_type,
        "Status": status,
        "CreateDate": pending.created,
        "UpdateDate": pending.updated,
        "Targets": pending.targets,
    }
    if status == "FAIL":
        shown["ErrorCode"], shown["ErrorMessage"] = pending.fault
    return shown


@operation("servicediscovery", "GetOperation")
def get_operation(call):
    pending = _backend(call).operations.get(call.params["OperationId"])
    if pending is None:
        raise AwsError("OperationNotFound", f"Operation: {call.params['OperationId']} not found.")
    return {"Operation": _operation_shown(call, pending)}


@operation("servicediscovery", "ListOperations")
def list_operations(call):
    shown = [_operation_shown(call, pending) for pending in _backend(call).operations.values()]
    for wanted in call.params.get("Filters", []):
        key = {"STATUS": "Status", "TYPE": "Type"}.get(wanted["Name"])
        if key is None:
            raise AwsError("NotImplemented", f"Operations are not filtered by {wanted['Name']} here.")
        shown = [each for each in shown if each[key] in wanted["Values"]]
    return {"Operations": [{"Id": each["Id"], "Status": each["Status"]} for each in shown]}


# Namespaces


def _vpc_exists(call, identity):
    return identity in ec2_backends[call.account][call.region].vpcs


def _add_zone(call, namespace):
    """Make the hosted zone of a namespace, as Cloud Map does: nobody else may change it."""
    private = namespace.type == "DNS_PRIVATE"
    zone = _zones(call.account).create_hosted_zone(
        f"{namespace.name}.",
        private_zone=private,
        vpcid=namespace.vpc if private else None,
        vpcregion=call.region if private else None,
        comment=f"Created by AWS Cloud Map namespace with ARN {namespace.arn}",
    )
    namespace.dns_properties = {"HostedZoneId": zone.resource_id, "SOA": {"TTL": 15}}


@operation("servicediscovery", *TYPES)
def create_namespace(call):
    given, kind = call.params, TYPES[call.operation]
    name, vpc = given["Name"], given.get("Vpc") if kind == "DNS_PRIVATE" else None
    for other in _backend(call).namespaces.values():
        if (other.name, other.type, other.vpc) == (name, kind, vpc) and not hasattr(other, "gone_at"):
            raise AwsError("NamespaceAlreadyExists", f"Namespace with name {name} already exists: {other.id}")
    ttl = given.get("Properties", {}).get("DnsProperties", {}).get("SOA", {}).get("TTL")
    tags, description = given.get("Tags", []), given.get("Description", "")
    properties = {"http_properties": {"HttpName": name}, "dns_properties": {"SOA": {}}}
    reference = given.get("CreatorRequestId", "")
    namespace = Namespace(call.account, call.region, name, kind, reference, description, vpc=vpc, **properties)
    if kind == "DNS_PRIVATE" and not _vpc_exists(call, vpc):
        fault = ("CANNOT_CREATE_HOSTED_ZONE", f"The VPC {vpc} in region {call.region} does not exist or belongs to somebody else.")
        return {"OperationId": _begin(call, "CREATE_NAMESPACE", {"NAMESPACE": namespace.id}, WITH_ZONE, fault)}
    if kind != "HTTP":
        _add_zone(call, namespace)
        namespace.dns_properties["SOA"]["TTL"] = ttl or 15
    seconds = WITHOUT_ZONE if kind == "HTTP" else WITH_ZONE
    namespace.ready_at = CLOCK.seconds() + seconds
    _backend(call).namespaces[namespace.id] = namespace
    _track(call, namespace.arn, tags)
    return {"OperationId": _begin(call, "CREATE_NAMESPACE", {"NAMESPACE": namespace.id}, seconds)}


def _namespace_shown(call, namespace):
    dns = {} if namespace.type == "HTTP" else {"DnsProperties": namespace.dns_properties}
    return {
        "Id": namespace.id,
        "Arn": namespace.arn,
        "ResourceOwner": call.account,
        "Name": namespace.name,
        "Type": namespace.type,
        "Description": namespace.description,
        "ServiceCount": sum(service.namespace_id == namespace.id for service in _backend(call).services.values()),
        "Properties": {**dns, "HttpProperties": {"HttpName": namespace.name}},
        "CreateDate": namespace.created,
    }


@operation("servicediscovery", "GetNamespace")
def get_namespace(call):
    namespace = _namespace(call, call.params["Id"])
    return {"Namespace": {**_namespace_shown(call, namespace), "CreatorRequestId": namespace.creator_request_id}}


def _page(call, key, rows):
    start, size = int(call.params.get("NextToken") or 0), call.params.get("MaxResults", 100)
    more = {"NextToken": str(start + size)} if start + size < len(rows) else {}
    return {key: rows[start : start + size], **more}


def _filtered(call, rows, keys):
    for wanted in call.params.get("Filters", []):
        if wanted["Name"] not in keys or wanted.get("Condition", "EQ") not in ("EQ", "IN"):
            raise AwsError("NotImplemented", f"There is no filter by {wanted['Name']} {wanted.get('Condition', 'EQ')} here.")
        rows = [row for row in rows if row[keys[wanted["Name"]]] in wanted["Values"]]
    return rows


@operation("servicediscovery", "ListNamespaces")
def list_namespaces(call):
    rows = [_namespace_shown(call, namespace) for namespace in _present(call).values()]
    return _page(call, "Namespaces", _filtered(call, rows, {"TYPE": "Type", "NAME": "Name"}))


@operation("servicediscovery", "UpdatePrivateDnsNamespace", "UpdatePublicDnsNamespace", "UpdateHttpNamespace")
def update_namespace(call):
    namespace, change = _namespace(call, call.params["Id"]), call.params["Namespace"]
    call.params.take("UpdaterRequestId")
    if TYPES[call.operation.replace("Update", "Create")] != namespace.type:
        raise AwsError("InvalidInput", f"The namespace {namespace.id} is of the type {namespace.type}.")
    namespace.description = change.get("Description", namespace.description)
    ttl = change.get("Properties", {}).get("DnsProperties", {}).get("SOA", {}).get("TTL")
    if ttl is not None:
        namespace.dns_properties = {**namespace.dns_properties, "SOA": {"TTL": ttl}}
    return {"OperationId": _begin(call, "UPDATE_NAMESPACE", {"NAMESPACE": namespace.id}, WITHOUT_ZONE)}


@operation("servicediscovery", "DeleteNamespace")
def delete_namespace(call):
    namespace = _namespace(call, call.params["Id"])
    if any(service.namespace_id == namespace.id for service in _backend(call).services.values()):
        raise AwsError("ResourceInUse", f"Namespace: {namespace.id} contains registered services; delete the services first.")
    zone = namespace.dns_properties.get("HostedZoneId")
    _zones(call.account).zones.pop(zone, None)
    seconds = WITH_ZONE if zone else WITHOUT_ZONE
    namespace.gone_at = CLOCK.seconds() + seconds
    return {"OperationId": _begin(call, "DELETE_NAMESPACE", {"NAMESPACE": namespace.id}, seconds)}


# Services


def _service(call, identity):
    service = _backend(call).services.get(identity.rsplit("/", 1)[-1])
    if service is None:
        raise AwsError("ServiceNotFound", f"Service: {identity} not found.")
    return service


def _check_service(namespace, given):
    dns, records = given.get("DnsConfig"), [each["Type"] for each in given.get("DnsConfig", {}).get("DnsRecords", [])]
    if dns and namespace.type == "HTTP":
        raise AwsError("InvalidInput", "DnsConfig can't be specified for a service in an HTTP namespace.")
    if given.get("HealthCheckConfig") and given.get("HealthCheckCustomConfig"):
        raise AwsError("InvalidInput", "HealthCheckConfig and HealthCheckCustomConfig can't be specified together.")
    if given.get("HealthCheckConfig") and namespace.type == "DNS_PRIVATE":
        raise AwsError("InvalidInput", "HealthCheckConfig can't be specified for a private DNS namespace: Route 53 can't reach it.")
    if "CNAME" in records and (len(records) > 1 or dns.get("RoutingPolicy", "MULTIVALUE") != "WEIGHTED"):
        raise AwsError("InvalidInput", "A CNAME record must be the only one, and its routing policy must be WEIGHTED.")


@operation("servicediscovery", "CreateService")
def create_service(call):
    given, tags = call.params.everything(), call.params.get("Tags", [])
    identity = given.get("NamespaceId") or given.get("DnsConfig", {}).get("NamespaceId", "")
    namespace = _namespace(call, identity)
    _check_service(namespace, given)
    for other in _backend(call).services.values():
        if other.namespace_id == namespace.id and other.name.lower() == given["Name"].lower():
            raise AwsError("ServiceAlreadyExists", f"Service with name {given['Name']} already exists: {other.id}")
    dns = given.get("DnsConfig") and {"RoutingPolicy": "MULTIVALUE", **given["DnsConfig"], "NamespaceId": namespace.id}
    kind = "HTTP" if namespace.type == "HTTP" or given.get("Type") == "HTTP" or not dns else "DNS_HTTP"
    custom = given.get("HealthCheckCustomConfig")
    service = _backend(call).create_service(
        given["Name"],
        namespace.id,
        given.get("CreatorRequestId", ""),
        given.get("Description", ""),
        dns,
        given.get("HealthCheckConfig"),
        {"FailureThreshold": 1} if custom is not None else None,
        [],
        kind,
    )
    _track(call, service.arn, tags)
    return {"Service": _service_shown(call, service)}


def _service_shown(call, service):
    shown = {
        "Id": service.id,
        "Arn": service.arn,
        "ResourceOwner": call.account,
        "Name": service.name,
        "NamespaceId": service.namespace_id,
        "Description": service.description,
        "InstanceCount": len(service.instances),
        "DnsConfig": service.dns_config,
        "Type": service.service_type,
        "HealthCheckConfig": service.health_check_config,
        "HealthCheckCustomConfig": service.health_check_custom_config,
        "CreateDate": service.created,
        "CreatorRequestId": service.creator_request_id,
    }
    return {key: value for key, value in shown.items() if value is not None}


@operation("servicediscovery", "GetService")
def get_service(call):
    return {"Service": _service_shown(call, _service(call, call.params["Id"]))}


@operation("servicediscovery", "ListServices")
def list_services(call):
    rows = [_service_shown(call, service) for service in _backend(call).services.values()]
    rows = _filtered(call, rows, {"NAMESPACE_ID": "NamespaceId"})
    return _page(
        call, "Services", [{key: row[key] for key in row if key not in ("NamespaceId", "CreatorRequestId")} for row in rows]
    )


@operation("servicediscovery", "UpdateService")
def update_service(call):
    """Change a service. What the change leaves out is deleted, except the description."""
    service, change = _service(call, call.params["Id"]), call.params["Service"]
    if _backend(call).namespaces[service.namespace_id].type == "HTTP":
        raise AwsError("InvalidInput", "A service in an HTTP namespace can't be updated.")
    records = change.get("DnsConfig", {}).get("DnsRecords")
    present = [each["Type"] for each in (service.dns_config or {}).get("DnsRecords", [])]
    if records is not None and sorted(each["Type"] for each in records) != sorted(present):
        raise AwsError("InvalidInput", "The types of DNS records can't be changed, only their TTL.")
    service.description = change.get("Description", service.description)
    service.dns_config = None if records is None else {**service.dns_config, "DnsRecords": records}
    service.health_check_config = change.get("HealthCheckConfig")
    return {"OperationId": _begin(call, "UPDATE_SERVICE", {"SERVICE": service.id}, WITHOUT_ZONE)}


@operation("servicediscovery", "DeleteService")
def delete_service(call):
    service = _service(call, call.params["Id"])
    if service.instances:
        text = f"Service: {service.id} contains registered instances; deregister the instances before deleting the service."
        raise AwsError("ResourceInUse", text)
    del _backend(call).services[service.id]
    _untrack(call, service.arn)


# Instances in DNS, whoever registers them


_register, _deregister = ServiceDiscoveryBackend.register_instance, ServiceDiscoveryBackend.deregister_instance
_VALUES = {"A": "AWS_INSTANCE_IPV4", "AAAA": "AWS_INSTANCE_IPV6", "CNAME": "AWS_INSTANCE_CNAME"}


def _zone_of(backend, service):
    namespace = backend.namespaces.get(service.namespace_id)
    if namespace is None or not service.dns_config:
        return None, ""
    zone = _zones(backend.account_id).zones.get(namespace.dns_properties.get("HostedZoneId"))
    return zone, f"{service.name}.{namespace.name}."


def _record(name, wanted, routing, instance):
    value = instance.attributes.get(_VALUES.get(wanted["Type"], ""))
    if wanted["Type"] == "SRV":
        port = instance.attributes.get("AWS_INSTANCE_PORT")
        value = port and f"1 1 {port} {instance.instance_id}.{name}"
    if not value:
        return None
    policy = {"Weight": 1} if routing == "WEIGHTED" else {"MultiValueAnswer": True}
    record = {"Name": name, "Type": wanted["Type"], "TTL": wanted["TTL"], "SetIdentifier": instance.instance_id, **policy}
    return {**record, "ResourceRecords": [value]}


def _registered(backend, service_id, instance_id, creator_request_id, attributes):
    """Register an instance, or change one; its records stand in the zone afterwards."""
    service = backend.get_service(service_id)
    service.instances[:] = [each for each in service.instances if each.instance_id != instance_id]
    identity = _register(backend, service_id, instance_id, creator_request_id, attributes)
    zone, name = _zone_of(backend, service)
    for wanted in service.dns_config["DnsRecords"] if zone is not None else ():
        record = _record(name, wanted, service.dns_config.get("RoutingPolicy"), service.instances[-1])
        if record:
            zone.upsert_rrset(record)
    return identity


def _deregistered(backend, service_id, instance_id):
    identity = _deregister(backend, service_id, instance_id)
    zone, name = _zone_of(backend, backend.get_service(service_id))
    if zone is not None:
        zone.rrsets = [each for each in zone.rrsets if (each.name, each.set_identifier) != (name, instance_id)]
    return identity


ServiceDiscoveryBackend.register_instance = _registered
ServiceDiscoveryBackend.deregister_instance = _deregistered


@operation("servicediscovery", "RegisterInstance")
def register_instance(call):
    service, given = _service(call, call.params["ServiceId"]), call.params
    attributes = given["Attributes"]
    needed = {_VALUES[each["Type"]] for each in (service.dns_config or {}).get("DnsRecords", []) if each["Type"] in _VALUES}
    lacking = sorted(needed - attributes.keys())
    if lacking and "AWS_ALIAS_DNS_NAME" not in attributes:
        raise AwsError("InvalidInput", f"The service needs the attributes {', '.join(lacking)}.")
    identity = _backend(call).register_instance(service.id, given["InstanceId"], given.get("CreatorRequestId", ""), attributes)
    pending = _backend(call).operations[identity]
    pending.ends_at, pending.targets = CLOCK.seconds() + WITHOUT_ZONE, {"INSTANCE": given["InstanceId"], "SERVICE": service.id}
    return {"OperationId": identity}


@operation("servicediscovery", "DeregisterInstance")
def deregister_instance(call):
    service = _service(call, call.params["ServiceId"])
    try:
        identity = _backend(call).deregister_instance(service.id, call.params["InstanceId"])
    except ServiceException as error:
        raise AwsError("InstanceNotFound", error.message) from error
    _backend(call).operations[identity].ends_at = CLOCK.seconds() + WITHOUT_ZONE
    return {"OperationId": identity}


# Tags


def _track(call, arn, tags):
    state_of(call, "tagged")[arn] = {"Arn": arn, "Tags": {tag["Key"]: tag["Value"] for tag in tags}}


def _untrack(call, arn):
    state_of(call, "tagged").pop(arn, None)


def _tagged(call):
    found = state_of(call, "tagged").get(call.params["ResourceARN"])
    if found is None:
        raise AwsError("ResourceNotFoundException", f"The resource {call.params['ResourceARN']} was not found.")
    return found["Tags"]


@operation("servicediscovery", "TagResource")
def tag_resource(call):
    _tagged(call).update({tag["Key"]: tag["Value"] for tag in call.params["Tags"]})


@operation("servicediscovery", "UntagResource")
def untag_resource(call):
    for key in call.params["TagKeys"]:
        _tagged(call).pop(key, None)


@operation("servicediscovery", "ListTagsForResource")
def list_tags_for_resource(call):
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(call).items()]}
