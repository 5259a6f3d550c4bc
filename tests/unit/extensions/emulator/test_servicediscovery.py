# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cloud Map of the emulated account: operations end later, and instances stand in DNS."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.edge import network


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    """Let time pass only when the test says so."""
    monkeypatch.setattr(CLOCK, "speed", 0.0)


@pytest.fixture
def cloudmap(aws):
    return aws.client("servicediscovery")


@pytest.fixture
def namespace(aws, cloudmap):
    begun = cloudmap.create_private_dns_namespace(Name="dev.internal", Vpc=network(aws)[0])["OperationId"]
    CLOCK.advance(60)
    return cloudmap.get_operation(OperationId=begun)["Operation"]["Targets"]["NAMESPACE"]


def test_a_namespace_is_there_when_its_operation_has_ended(aws, cloudmap):
    begun = cloudmap.create_private_dns_namespace(Name="dev.internal", Vpc=network(aws)[0])["OperationId"]
    assert cloudmap.get_operation(OperationId=begun)["Operation"]["Status"] == "PENDING"
    assert cloudmap.list_namespaces()["Namespaces"] == []
    CLOCK.advance(60)
    assert cloudmap.get_operation(OperationId=begun)["Operation"]["Status"] == "SUCCESS"
    found = cloudmap.list_namespaces(Filters=[{"Name": "NAME", "Values": ["dev.internal"]}])["Namespaces"]
    assert found[0]["Properties"]["DnsProperties"]["SOA"] == {"TTL": 15}
    with pytest.raises(ClientError, match="NamespaceAlreadyExists"):
        cloudmap.create_private_dns_namespace(Name="dev.internal", Vpc=network(aws)[0])
    cloudmap.create_private_dns_namespace(Name="test.internal", Vpc=network(aws)[0])


def test_instances_stand_in_the_hosted_zone(aws, cloudmap, namespace):
    dns = {"DnsRecords": [{"Type": "A", "TTL": 10}]}
    service = cloudmap.create_service(Name="orders", NamespaceId=namespace, DnsConfig=dns)["Service"]
    for number in (7, 8):
        attributes = {"AWS_INSTANCE_IPV4": f"10.0.0.{number}"}
        cloudmap.register_instance(ServiceId=service["Id"], InstanceId=f"task-{number}", Attributes=attributes)
    zone = cloudmap.get_namespace(Id=namespace)["Namespace"]["Properties"]["DnsProperties"]["HostedZoneId"]

    def addresses():
        sets = aws.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        return sorted(each["ResourceRecords"][0]["Value"] for each in sets if each["Name"] == "orders.dev.internal.")

    assert addresses() == ["10.0.0.7", "10.0.0.8"]
    with pytest.raises(ClientError, match="ResourceInUse"):
        cloudmap.delete_service(Id=service["Id"])
    cloudmap.deregister_instance(ServiceId=service["Id"], InstanceId="task-7")
    assert addresses() == ["10.0.0.8"]
    with pytest.raises(ClientError, match="AWS_INSTANCE_IPV4"):
        cloudmap.register_instance(ServiceId=service["Id"], InstanceId="x", Attributes={"a": "b"})


def test_refusals(cloudmap, namespace):
    def create(**more):
        return cloudmap.create_service(Name="orders", NamespaceId=namespace, **more)["Service"]

    cname = {"DnsRecords": [{"Type": "CNAME", "TTL": 1}]}
    with pytest.raises(ClientError, match="CNAME"):
        create(DnsConfig=cname)
    with pytest.raises(ClientError, match="private DNS namespace"):
        create(HealthCheckConfig={"Type": "TCP"})
    made = create(DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 1}]})
    with pytest.raises(ClientError, match="ServiceAlreadyExists"):
        create()
    with pytest.raises(ClientError, match="types of DNS records"):
        cloudmap.update_service(Id=made["Id"], Service={"DnsConfig": {"DnsRecords": [{"Type": "SRV", "TTL": 1}]}})
    with pytest.raises(ClientError, match="ResourceInUse"):
        cloudmap.delete_namespace(Id=namespace)


def test_tags_are_in_the_index(aws, cloudmap, namespace):
    made = cloudmap.create_service(Name="orders", NamespaceId=namespace, Tags=[{"Key": "Project", "Value": "Shop"}])["Service"]
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Project"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in found] == [made["Arn"]]
