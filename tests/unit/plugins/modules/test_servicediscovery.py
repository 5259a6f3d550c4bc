# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cloud Map: operations that end later, namespaces of one name, services that ECS uses."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.edge import network

A = [{"type": "A", "ttl": 10}]


@pytest.fixture
def namespace(aws):
    made = aws.run("servicediscovery_namespace", name="dev.internal", type="DNS_PRIVATE", vpc_id=network(aws)[0])
    assert not made.failed, made.msg
    return made.namespace


def service(aws, **more):
    options = {"name": "orders", "namespace": "dev.internal", "dns_records": A, "health_check_custom_config": True}
    return aws.run("servicediscovery_service", **{**options, **more})


def test_the_module_waits_until_the_namespace_is_there(aws, namespace):
    assert aws.client("servicediscovery").get_namespace(Id=namespace["id"])["Namespace"]["Name"] == "dev.internal"
    zone = aws.client("route53").get_hosted_zone(Id=namespace["hosted_zone_id"])
    assert zone["HostedZone"]["Name"] == "dev.internal."
    assert zone["VPCs"][0]["VPCId"] == network(aws)[0]


def test_an_operation_that_fails_later_is_a_failure(aws):
    result = aws.run("servicediscovery_namespace", name="dev.internal", type="DNS_PRIVATE", vpc_id="vpc-0000")
    assert result.failed
    assert "create_private_dns_namespace failed at AWS: The VPC vpc-0000" in result.msg


def test_names_may_be_shared_by_types(aws, namespace):
    aws.client("servicediscovery").create_http_namespace(Name="dev.internal")
    CLOCK.advance(60)
    result = aws.run("servicediscovery_namespace", name="dev.internal", description="x")
    assert result.failed
    assert "2 namespaces are named dev.internal" in result.msg
    assert not aws.run("servicediscovery_namespace", name="dev.internal", type="DNS_PRIVATE").changed


def test_an_http_namespace_lives_too(aws):
    made = aws.run("servicediscovery_namespace", name="shop", type="HTTP", tags={"Project": "Shop"})
    assert made.namespace["arn"]
    assert aws.run("servicediscovery_namespace", name="shop", type="HTTP", description="Connect").changed
    assert aws.run("servicediscovery_namespace", name="shop", state="absent").changed


def test_creation_says_what_it_needs(aws):
    result = aws.run("servicediscovery_namespace", name="dev.internal", type="DNS_PRIVATE", check=True)
    assert "to create it vpc_id has to be given" in result.msg


def test_a_service_as_ecs_wants_it(aws, namespace):
    with aws.recorded() as sent:
        made = service(aws)
    assert sent.parameters("CreateService")["HealthCheckCustomConfig"] == {"FailureThreshold": 1}
    assert made.service["custom_health"] is True
    assert not service(aws).changed
    assert not service(aws, namespace=namespace["id"]).changed
    refused = service(aws, health_check_custom_config=False)
    assert "custom_health is True, wanted False" in refused.msg


def test_a_change_of_one_part_keeps_the_others(aws, namespace):
    service(aws)
    with aws.recorded() as sent:
        service(aws, description="Orders")
    assert sent.parameters("UpdateService")["Service"] == {
        "Description": "Orders",
        "DnsConfig": {"DnsRecords": [{"Type": "A", "TTL": 10}]},
    }


def test_a_service_waits_for_its_last_instance(aws, namespace, monkeypatch):
    client, made = aws.client("servicediscovery"), service(aws).service
    client.register_instance(ServiceId=made["id"], InstanceId="task", Attributes={"AWS_INSTANCE_IPV4": "10.0.0.7"})
    refused = service(aws, state="absent")
    assert refused.failed
    assert "registered instances" in refused.msg
    client.deregister_instance(ServiceId=made["id"], InstanceId="task")
    assert service(aws, state="absent").changed


def test_a_namespace_with_services_stays(aws, namespace):
    service(aws)
    refused = aws.run("servicediscovery_namespace", name="dev.internal", state="absent")
    assert refused.failed
    assert "contains registered services" in refused.msg


def test_a_service_needs_its_namespace(aws):
    assert service(aws, check=True).changed
    assert not service(aws, state="absent").changed
    assert "there is no namespace dev.internal. Create it first." in service(aws).msg


def test_removal_takes_its_time(aws, namespace):
    started = CLOCK.seconds()
    aws.run("servicediscovery_namespace", name="dev.internal", state="absent")
    assert CLOCK.seconds() - started >= 45
    assert aws.client("route53").list_hosted_zones()["HostedZones"] == []
