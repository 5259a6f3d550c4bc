# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.readers.servicediscovery import HTTP, PRIVATE, PUBLIC, SERVICE
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back, untagged


@pytest.fixture
def namespace(aws):
    """Return a function that makes namespaces of ours."""

    def make(name, kind, **more):
        made = aws.run("servicediscovery_namespace", name=name, type=kind, tags=OURS, **more)
        assert not made.failed, made.msg

    return make


def service(aws, name, namespace, **more):
    made = aws.run("servicediscovery_service", **{"name": name, "namespace": namespace, "tags": OURS, **more})
    assert not made.failed, made.msg


def test_a_private_namespace_and_what_is_in_it(aws, namespace):
    ec2 = aws.client("ec2")
    wanted = [{"ResourceType": "vpc", "Tags": PAIRS}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=wanted)["Vpc"]["VpcId"]
    namespace("dev.internal", "DNS_PRIVATE", vpc_id=vpc, description="Inside")
    service(aws, "orders", "dev.internal", dns_records=[{"type": "A", "ttl": 10}], health_check_custom_config=True)
    service(aws, "mail", "dev.internal", description="Found by the API only")
    read = read_back(aws, PRIVATE, SERVICE)
    assert read["StorageServiceOrders"]["Tags"] == PAIRS
    assert {name: untagged(each) for name, each in read.items()} == {
        "StoragePrivateDnsNamespaceDevInternal": {
            "Name": "dev.internal",
            "Description": "Inside",
            "Vpc": {"Ref": "StorageVPC"},
            "Properties": {"DnsProperties": {"SOA": {"TTL": 15}}},
        },
        "StorageServiceOrders": {
            "Name": "orders",
            "NamespaceId": {"Ref": "StoragePrivateDnsNamespaceDevInternal"},
            "DnsConfig": {"DnsRecords": [{"Type": "A", "TTL": 10}], "RoutingPolicy": "MULTIVALUE"},
            "HealthCheckCustomConfig": {"FailureThreshold": 1},
        },
        "StorageServiceMail": {
            "Name": "mail",
            "Description": "Found by the API only",
            "NamespaceId": {"Ref": "StoragePrivateDnsNamespaceDevInternal"},
            "Type": "HTTP",
        },
    }


def test_a_public_namespace(aws, namespace):
    namespace("shop.example", "DNS_PUBLIC")
    check = {"type": "HTTP", "resource_path": "/health", "failure_threshold": 2}
    service(aws, "www", "shop.example", dns_records=[{"type": "A", "ttl": 10}], health_check_config=check)
    read = read_back(aws, PUBLIC, SERVICE)
    assert untagged(read["StoragePublicDnsNamespaceShopExample"]) == {
        "Name": "shop.example",
        "Properties": {"DnsProperties": {"SOA": {"TTL": 15}}},
    }
    checked = {"Type": "HTTP", "ResourcePath": "/health", "FailureThreshold": 2}
    assert read["StorageServiceWww"]["HealthCheckConfig"] == checked


def test_a_namespace_without_dns(aws, namespace):
    namespace("shop-dev", "HTTP")
    service(aws, "orders", "shop-dev")
    read = {name: untagged(each) for name, each in read_back(aws, HTTP, SERVICE).items()}
    assert read == {
        "StorageHttpNamespace": {"Name": "shop-dev"},
        "StorageServiceOrders": {"Name": "orders", "NamespaceId": {"Ref": "StorageHttpNamespace"}},
    }


def test_services_that_ecs_makes_for_service_connect_are_its_own(aws, namespace):
    namespace("shop-dev", "HTTP")
    service(aws, "orders", "shop-dev", tags={"AmazonECSManaged": "true"})
    assert list(read_back(aws, HTTP, SERVICE)) == ["StorageHttpNamespace"]


def test_namespaces_of_others_are_not_there(aws, namespace):
    aws.run("servicediscovery_namespace", name="bank", type="HTTP", tags={"Project": "Bank"})
    assert read_back(aws, HTTP) == {}
