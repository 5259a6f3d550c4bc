# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The emulated account itself: recording, faults, honesty about what it cannot do."""

from __future__ import annotations

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import IAMBackend

from ansible_collections.slipway.aws.extensions.emulator import clock, registry, server
from ansible_collections.slipway.aws.extensions.emulator.calls import writes


def test_requests_are_recorded_with_service_operation_and_parameters(aws):
    with aws.recorded() as sent:
        aws.client("ecs").create_cluster(clusterName="shop")
        aws.client("s3").list_buckets()
        aws.client("rds").describe_db_instances(MaxRecords=20)
    assert [(e["service"], e["operation"], e["write"]) for e in sent.entries] == [
        ("ecs", "CreateCluster", True),
        ("s3", "ListBuckets", False),
        ("rds", "DescribeDBInstances", False),
    ]
    assert sent.parameters("CreateCluster") == {"clusterName": "shop"}
    assert sent.parameters("DescribeDBInstances") == {"MaxRecords": 20}


@pytest.mark.parametrize("operation", ["DescribeClusters", "ListBuckets", "GetSecretValue", "HeadBucket", "BatchGetProjects"])
def test_reading(operation):
    assert not writes(operation)


@pytest.mark.parametrize("operation", ["CreateCluster", "PutObject", "AssumeRole2", "RegisterTaskDefinition", "BatchDeleteImage"])
def test_writing(operation):
    assert writes(operation)


def test_a_planned_fault_happens_as_often_as_planned(aws):
    aws.fault("rds", "DescribeDBInstances", "throttle", times=1)
    rds = aws.client("rds")
    with pytest.raises(ClientError, match="Rate exceeded"):
        rds.describe_db_instances()
    assert rds.describe_db_instances()["DBInstances"] == []


def test_a_parameter_that_is_not_emulated_is_refused(aws, monkeypatch):
    monkeypatch.setitem(registry.OPERATIONS, ("ecs", "ListClusters"), lambda call: {"clusterArns": []})
    with pytest.raises(ClientError, match="does not support maxResults"):
        aws.client("ecs").list_clusters(maxResults=1)


def test_an_answer_that_aws_could_not_give_is_a_mistake_of_ours(aws, monkeypatch):
    monkeypatch.setitem(registry.OPERATIONS, ("ecs", "ListClusters"), lambda call: {"clusters": []})
    with pytest.raises(ClientError, match="has no member clusters"):
        aws.client("ecs").list_clusters()


def test_another_speed_holds_from_now_on(monkeypatch):
    ours = SimpleNamespace(now=0.0)
    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: clock._START + ours.now))
    account = clock.Clock(speed=60)
    ours.now = 10
    account.run_at(600)
    assert account.seconds() == 600
    ours.now = 11
    assert account.seconds() == 1200


def _ask(*requests):
    """Send requests on one connection, all at once, and return everything that comes back until it is closed."""
    host, port = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        for method, path, body in requests:
            head = f"{method} {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n"
            connection.sendall(f"{head}\r\n{body}".encode())
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


@pytest.mark.parametrize(
    "first",
    [
        ("GET", "/slipway/health", "200"),
        ("POST", "/slipway/nobody-reads-this", "404", "x" * 100_000),
        ("HEAD", "/slipway/health", "200"),
        ("GET", "/slipway/mistake", "500"),
        ("GET", "/slipway/nothing", "204"),
    ],
    ids=lambda first: f"{first[0]} {first[2]}",
)
def test_a_connection_stays_open_for_the_next_request(aws, monkeypatch, first):
    def control(environ, start_response):
        if environ["PATH_INFO"] == "/slipway/nothing":  # with a body all the same, as moto has it
            start_response("204 ", [("Content-Length", "2")])
            return [b"{}"]
        if environ["PATH_INFO"] == "/slipway/nobody-reads-this":
            start_response("404 ", [])
            return [b"no such thing"]
        if environ["PATH_INFO"] == "/slipway/mistake":
            raise KeyError("a mistake of ours")
        return known(environ, start_response)

    known = server._control
    monkeypatch.setattr(server, "_control", control)
    method, path, status, *body = first
    said = _ask((method, path, "".join(body)), ("GET", "/slipway/health", ""))
    begin, _end, rest = said.partition(b"\r\n\r\n")
    assert begin.startswith(f"HTTP/1.1 {status} ".encode())
    length = 0 if method == "HEAD" or status == "204" else int(begin.lower().split(b"content-length: ")[1].split()[0])
    assert status != "500" or b"a mistake of ours" in rest[:length]
    assert rest[length:].startswith(b"HTTP/1.1 200 ")
    assert rest.endswith(b'{"status": "ready"}')


def test_accounts_are_kept_apart(aws):
    aws.client("ecs").create_cluster(clusterName="shop")
    aws.client("ecs", region="eu-west-1").create_cluster(clusterName="other")
    assert aws.client("ecs").list_clusters()["clusterArns"] == ["arn:aws:ecs:us-east-1:123456789012:cluster/shop"]


def test_tagged_resources_of_moto_and_of_ours_are_in_one_index(aws):
    aws.client("ecs").create_cluster(clusterName="shop", tags=[{"key": "Project", "value": "Shop"}])
    aws.client("ecs").create_cluster(clusterName="other", tags=[{"key": "Project", "value": "Other"}])
    aws.client("ec2").create_vpc(
        CidrBlock="10.0.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Project", "Value": "Shop"}]}],
    )
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Project", "Values": ["Shop"]}])
    kinds = sorted(row["ResourceARN"].split(":")[5].split("/")[0] for row in found["ResourceTagMappingList"])
    assert kinds == ["cluster", "vpc"]


def test_requests_are_answered_one_at_a_time(aws, monkeypatch):
    """moto walks through dictionaries; a request that removes something meanwhile would end that with an error."""
    inside, most = [], []

    def look(self, *_arguments, **_options):
        inside.append(self)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()
        return []

    monkeypatch.setattr(IAMBackend, "list_groups", look)
    client = aws.client("iam")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _number: client.list_groups(), range(4)))
    assert most == [1, 1, 1, 1]


def test_a_request_is_answered_at_one_moment(aws, monkeypatch):
    """Or two looks at the clock in one answer would find two accounts, where its time is fast and the machine busy."""
    ours, seen = count(time.monotonic()), []

    def look(_call):
        seen.extend([clock.CLOCK.seconds(), clock.CLOCK.seconds()])
        return {"clusterArns": []}

    monkeypatch.setitem(registry.OPERATIONS, ("ecs", "ListClusters"), look)
    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: next(ours)))
    aws.client("ecs").list_clusters()
    aws.client("ecs").list_clusters()
    assert seen[0] == seen[1] < seen[2] == seen[3]
