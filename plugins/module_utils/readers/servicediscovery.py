# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cloud Map: namespaces and the services in them. The services that ECS makes for Service Connect carry other tags."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.template import unordered

PRIVATE = "AWS::ServiceDiscovery::PrivateDnsNamespace"
PUBLIC = "AWS::ServiceDiscovery::PublicDnsNamespace"
HTTP = "AWS::ServiceDiscovery::HttpNamespace"
SERVICE = "AWS::ServiceDiscovery::Service"

unordered(SERVICE, "DnsConfig.DnsRecords")


def _tags(account, arn):
    return account.api("servicediscovery").read("list_tags_for_resource", ResourceARN=arn)["Tags"]


def _namespaces(account, kind, type_):
    listed = account.once("namespaces", lambda: account.api("servicediscovery").pages("list_namespaces", "Namespaces"))
    for each in listed:
        tags = _tags(account, each["Arn"]) if each["Type"] == type_ else {}
        if account.ours(tags):
            dns = each.get("Properties", {}).get("DnsProperties", {})
            properties = pick(each, "Name", "Description")
            if type_ != "HTTP":
                properties["Properties"] = {"DnsProperties": {"SOA": pick(dns.get("SOA", {}), "TTL")}}
            attributes = {"Arn": each["Arn"], "HostedZoneId": dns.get("HostedZoneId")}
            yield Found(kind, each["Id"], properties, tags, each["Name"], attributes, told={"dns": type_ != "HTTP"})


@reader(PRIVATE)
def private_namespaces(account):
    """Find namespaces in the DNS of a VPC, which the hosted zone alone knows."""
    for each in _namespaces(account, PRIVATE, "DNS_PRIVATE"):
        zone = account.api("route53").read("get_hosted_zone", Id=each.attributes["HostedZoneId"])
        each.properties["Vpc"] = next((vpc["VPCId"] for vpc in zone.get("VPCs", [])), None)
        yield each


@reader(PUBLIC)
def public_namespaces(account):
    """Find namespaces in public DNS."""
    return _namespaces(account, PUBLIC, "DNS_PUBLIC")


@reader(HTTP)
def http_namespaces(account):
    """Find namespaces that only the API and Service Connect know."""
    return _namespaces(account, HTTP, "HTTP")


@reader(SERVICE, of=PRIVATE)
@reader(SERVICE, of=PUBLIC)
@reader(SERVICE, of=HTTP)
def services(account, namespace):
    """Find services. In a namespace with DNS, one that is not in DNS says so by its type."""
    filters = [{"Name": "NAMESPACE_ID", "Values": [namespace.id], "Condition": "EQ"}]
    for each in account.api("servicediscovery").pages("list_services", "Services", Filters=filters):
        tags = _tags(account, each["Arn"])
        if account.ours(tags):
            dns = each.get("DnsConfig")
            properties = {
                **pick(each, "Name", "Description", "HealthCheckConfig", "HealthCheckCustomConfig"),
                "NamespaceId": namespace.id,
                "DnsConfig": dns and pick(dns, "DnsRecords", "RoutingPolicy"),
                "Type": "HTTP" if namespace.told["dns"] and each.get("Type") == "HTTP" else None,
            }
            yield Found(SERVICE, each["Id"], properties, tags, each["Name"], {"Arn": each["Arn"]})
