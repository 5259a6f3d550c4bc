# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ec2_vpc_endpoint and ec2_vpc_flow_log: what is sent for a change, and refusals that come with HTTP 200."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.edge import network


@pytest.fixture
def vpc(aws):
    return network(aws)[0]


def tables(aws, vpc, count):
    ec2 = aws.client("ec2")
    return [ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _number in range(count)]


def prefix_routes(aws, table):
    routes = aws.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    return [route["GatewayId"] for route in routes if "DestinationPrefixListId" in route]


def gateway(aws, vpc, **more):
    return aws.run("ec2_vpc_endpoint", vpc_id=vpc, service_name="s3", vpc_endpoint_type="Gateway", **more)


def test_one_more_route_table_changes_the_endpoint_that_is_there(aws, vpc):
    first, second, third = tables(aws, vpc, 3)
    made = gateway(aws, vpc, route_table_ids=[first, second])
    with aws.recorded() as sent:
        result = gateway(aws, vpc, route_table_ids=[second, third])
    assert sent.writes == ["ModifyVpcEndpoint"]
    parameters = sent.parameters("ModifyVpcEndpoint")
    assert (parameters["AddRouteTableIds"], parameters["RemoveRouteTableIds"]) == ([third], [first])
    identity = made.endpoint["vpc_endpoint_id"]
    assert result.endpoint["vpc_endpoint_id"] == identity
    assert [prefix_routes(aws, table) for table in (first, second, third)] == [[], [identity], [identity]]


def test_the_service_may_be_written_in_full(aws, vpc):
    gateway(aws, vpc)
    result = aws.run("ec2_vpc_endpoint", vpc_id=vpc, service_name="com.amazonaws.us-east-1.s3", vpc_endpoint_type="Gateway")
    assert not result.changed


def test_a_gateway_and_an_interface_for_one_service_are_two(aws, vpc):
    gateway(aws, vpc)
    result = aws.run("ec2_vpc_endpoint", vpc_id=vpc, service_name="s3", vpc_endpoint_type="Interface")
    assert result.changed
    assert gateway(aws, vpc, state="absent").changed
    assert not aws.run("ec2_vpc_endpoint", vpc_id=vpc, service_name="s3", vpc_endpoint_type="Interface").changed


def test_private_dns_is_refused_by_a_vpc_without_dns_names(aws, vpc):
    result = aws.run("ec2_vpc_endpoint", vpc_id=vpc, service_name="logs", vpc_endpoint_type="Interface", private_dns_enabled=True)
    assert result.failed
    assert "enableDnsHostnames VPC attributes set to true" in result.msg


def test_a_policy_in_another_order_is_the_same(aws, vpc):
    statement = {"Effect": "Allow", "Principal": "*", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "*"}
    gateway(aws, vpc, policy_document={"Version": "2012-10-17", "Statement": [statement]})
    again = {"Statement": [{**statement, "Action": ["s3:GetObject", "s3:PutObject"]}], "Version": "2012-10-17"}
    assert not gateway(aws, vpc, policy_document=json.dumps(again)).changed


def test_one_that_is_leaving_is_waited_for_and_made_anew(aws, vpc):
    options = {"vpc_id": vpc, "service_name": "logs", "vpc_endpoint_type": "Interface"}
    old = aws.run("ec2_vpc_endpoint", **options).endpoint["vpc_endpoint_id"]
    aws.run("ec2_vpc_endpoint", state="absent", wait=False, **options)
    started = CLOCK.seconds()
    new = aws.run("ec2_vpc_endpoint", **options)
    assert new.endpoint["vpc_endpoint_id"] != old
    assert CLOCK.seconds() - started > 30


# Flow logs


def role(aws, service="vpc-flow-logs.amazonaws.com"):
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    made = aws.client("iam").create_role(RoleName="flow", AssumeRolePolicyDocument=json.dumps(trust))
    return made["Role"]["Arn"]


def flow_log(aws, vpc, **more):
    return aws.run("ec2_vpc_flow_log", name="shop", resource_id=vpc, **more)


def ids(aws):
    return [log["FlowLogId"] for log in aws.client("ec2").describe_flow_logs()["FlowLogs"]]


def test_a_refusal_that_comes_with_200_is_a_failure(aws, vpc):
    arn = role(aws, service="ec2.amazonaws.com")
    result = flow_log(aws, vpc, log_group_name="flow", deliver_logs_permission_arn=arn)
    assert result.failed
    assert "unable to assume the given IAM role" in result.msg
    assert ids(aws) == []


def test_a_role_that_aws_does_not_know_yet_is_waited_for(aws, vpc, monkeypatch):
    from ansible_collections.slipway.aws.extensions.emulator.services import ec2_endpoints

    arn, looks = role(aws), iter([False, False])
    aws.client("logs").create_log_group(logGroupName="flow")
    monkeypatch.setattr(ec2_endpoints, "_trusts", lambda *_: next(looks, True))
    result = flow_log(aws, vpc, log_group_name="flow", deliver_logs_permission_arn=arn)
    assert not result.failed, result.msg


def test_with_another_destination_the_new_one_comes_first(aws, vpc):
    s3 = aws.client("s3")
    for name in ("one", "two"):
        s3.create_bucket(Bucket=name)
    old = flow_log(aws, vpc, log_destination="arn:aws:s3:::one").flow_log["flow_log_id"]
    with aws.recorded() as sent:
        new = flow_log(aws, vpc, log_destination="arn:aws:s3:::two")
    assert sent.writes == ["CreateFlowLogs", "DeleteFlowLogs"]
    assert sent.parameters("DeleteFlowLogs")["FlowLogIds"] == [old]
    assert ids(aws) == [new.flow_log["flow_log_id"]]


def test_with_the_same_destination_the_old_one_goes_first(aws, vpc):
    aws.client("s3").create_bucket(Bucket="one")
    flow_log(aws, vpc, log_destination="arn:aws:s3:::one")
    with aws.recorded() as sent:
        flow_log(aws, vpc, log_destination="arn:aws:s3:::one", traffic_type="REJECT")
    assert sent.writes == ["DeleteFlowLogs", "CreateFlowLogs"]


def test_flow_logs_of_others_are_left_alone(aws, vpc):
    s3 = aws.client("s3")
    for name in ("one", "theirs"):
        s3.create_bucket(Bucket=name)
    aws.client("ec2").create_flow_logs(
        ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3", LogDestination="arn:aws:s3:::theirs"
    )
    flow_log(aws, vpc, log_destination="arn:aws:s3:::one")
    flow_log(aws, vpc, state="absent")
    assert len(ids(aws)) == 1


def test_a_flow_log_that_cannot_deliver_is_told(aws, vpc):
    options = {"log_group_name": "nobody", "deliver_logs_permission_arn": role(aws)}
    flow_log(aws, vpc, **options)
    result = flow_log(aws, vpc, **options)
    assert not result.changed
    assert "flow log shop cannot deliver: Access error" in result.warnings[0]
