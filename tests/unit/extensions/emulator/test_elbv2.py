# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Load balancing of the emulated account: what AWS refuses, and health that takes time."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.edge import certificate, listener, load_balancer, network, target_group


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    """Let time pass only when the test says so."""
    monkeypatch.setattr(CLOCK, "speed", 0.0)


def forward(arn):
    return [{"Type": "forward", "TargetGroupArn": arn}]


def test_deletion_protection_protects(aws):
    elb, arn = aws.client("elbv2"), load_balancer(aws, "shop")
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}])
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}])
    elb.delete_load_balancer(LoadBalancerArn=arn)


def test_a_port_has_one_listener(aws):
    arn = load_balancer(aws, "shop")
    listener(aws, arn)
    with pytest.raises(ClientError, match="DuplicateListener"):
        listener(aws, arn)


def test_https_wants_a_certificate_that_is_there_and_issued(aws):
    arn, acm = load_balancer(aws, "shop"), aws.client("acm")
    with pytest.raises(ClientError, match="A certificate must be specified"):
        listener(aws, arn, 443, "HTTPS")
    with pytest.raises(ClientError, match="CertificateNotFound"):
        listener(aws, arn, 443, "HTTPS", Certificates=[{"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/none"}])
    pending = acm.request_certificate(DomainName="shop.example", ValidationMethod="DNS")["CertificateArn"]
    with pytest.raises(ClientError, match="UnsupportedCertificate"):
        listener(aws, arn, 443, "HTTPS", Certificates=[{"CertificateArn": pending}])
    issued = [{"CertificateArn": certificate(aws, "shop.example")}]
    with pytest.raises(ClientError, match="SSLPolicyNotFound"):
        listener(aws, arn, 443, "HTTPS", Certificates=issued, SslPolicy="ELBSecurityPolicy-2099")


def test_a_certificate_in_use_cannot_be_deleted(aws):
    acm, first, extra = aws.client("acm"), certificate(aws, "a.example"), certificate(aws, "b.example")
    arn = listener(aws, load_balancer(aws, "shop"), 443, "HTTPS", Certificates=[{"CertificateArn": first}])
    elb = aws.client("elbv2")
    elb.add_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": extra}])
    assert acm.describe_certificate(CertificateArn=extra)["Certificate"]["InUseBy"]
    with pytest.raises(ClientError, match="ResourceInUseException"):
        acm.delete_certificate(CertificateArn=first)
    elb.remove_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": extra}])
    acm.delete_certificate(CertificateArn=extra)


def test_a_target_group_serves_one_load_balancer_in_its_own_network(aws):
    blue = target_group(aws, "blue")
    listener(aws, load_balancer(aws, "one"), DefaultActions=forward(blue))
    with pytest.raises(ClientError, match="TargetGroupAssociationLimit"):
        listener(aws, load_balancer(aws, "two"), DefaultActions=forward(blue))
    other = aws.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    elb = aws.client("elbv2")
    far = elb.create_target_group(Name="far", Protocol="HTTP", Port=80, VpcId=other, TargetType="ip")["TargetGroups"][0]
    with pytest.raises(ClientError, match="not in the VPC"):
        listener(aws, load_balancer(aws, "three"), DefaultActions=forward(far["TargetGroupArn"]))
    with pytest.raises(ClientError, match="IncompatibleProtocols"):
        listener(aws, load_balancer(aws, "four"), DefaultActions=forward(target_group(aws, "tcp", "TCP")))


def test_what_a_group_is_used_by_follows_its_listeners(aws):
    elb, blue = aws.client("elbv2"), target_group(aws, "blue")
    balancer = load_balancer(aws, "shop")
    arn = listener(aws, balancer, DefaultActions=forward(blue))
    assert elb.describe_target_groups(Names=["blue"])["TargetGroups"][0]["LoadBalancerArns"] == [balancer]
    with pytest.raises(ClientError, match="ResourceInUse"):
        elb.delete_target_group(TargetGroupArn=blue)
    elb.delete_listener(ListenerArn=arn)
    assert elb.describe_target_groups(Names=["blue"])["TargetGroups"][0]["LoadBalancerArns"] == []


def test_priorities(aws):
    elb, arn = aws.client("elbv2"), listener(aws, load_balancer(aws, "shop"))
    action = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]

    def rule(priority):
        conditions = [{"Field": "path-pattern", "Values": [f"/{priority}"]}]
        made = elb.create_rule(ListenerArn=arn, Priority=priority, Conditions=conditions, Actions=action)
        return made["Rules"][0]["RuleArn"]

    second, first = rule(20), rule(10)
    with pytest.raises(ClientError, match="PriorityInUse"):
        rule(10)
    with pytest.raises(ClientError, match="PriorityInUse"):
        elb.set_rule_priorities(RulePriorities=[{"RuleArn": second, "Priority": 10}])
    swap = [{"RuleArn": second, "Priority": 10}, {"RuleArn": first, "Priority": 20}]
    elb.set_rule_priorities(RulePriorities=swap)
    rules = elb.describe_rules(ListenerArn=arn)["Rules"]
    assert [rule["RuleArn"] for rule in rules[:2]] == [second, first]
    assert rules[2]["Priority"] == "default"
    assert rules[0]["Conditions"][0]["PathPatternConfig"] == {"Values": ["/20"]}
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        elb.delete_rule(RuleArn=rules[2]["RuleArn"])


def test_targets_become_healthy_and_drain_over_time(aws):
    elb, blue = aws.client("elbv2"), target_group(aws, "blue")

    def states():
        told = elb.describe_target_health(TargetGroupArn=blue)["TargetHealthDescriptions"]
        return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in told}

    elb.register_targets(TargetGroupArn=blue, Targets=[{"Id": "10.0.0.7"}, {"Id": "10.0.0.8"}])
    assert states() == {"10.0.0.7": "unused", "10.0.0.8": "unused"}
    listener(aws, load_balancer(aws, "shop"), DefaultActions=forward(blue))
    assert states() == {"10.0.0.7": "initial", "10.0.0.8": "initial"}
    CLOCK.advance(30)
    assert states() == {"10.0.0.7": "healthy", "10.0.0.8": "healthy"}
    elb.deregister_targets(TargetGroupArn=blue, Targets=[{"Id": "10.0.0.7"}])
    assert states()["10.0.0.7"] == "draining"
    CLOCK.advance(300)
    assert states() == {"10.0.0.8": "healthy"}
    asked = elb.describe_target_health(TargetGroupArn=blue, Targets=[{"Id": "10.0.0.7"}])["TargetHealthDescriptions"][0]
    assert asked["TargetHealth"]["Reason"] == "Target.NotRegistered"


def test_public_addresses_are_no_targets(aws):
    with pytest.raises(ClientError, match="is not a valid IPv4 address"):
        aws.client("elbv2").register_targets(TargetGroupArn=target_group(aws, "blue"), Targets=[{"Id": "8.8.8.8"}])


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("slow_start.duration_seconds", "5", "must be between '30-900'"),
        ("deregistration_delay.timeout_seconds", "3601", "must be between '0-3600'"),
        ("load_balancing.algorithm.anomaly_mitigation", "on", "requires the weighted_random"),
        ("stickiness.type", "source_ip", "is not supported"),
        ("proxy_protocol_v2.enabled", "true", "is not recognized"),
    ],
)
def test_attributes_are_checked(aws, key, value, words):
    attributes = [{"Key": key, "Value": value}]
    with pytest.raises(ClientError, match=words):
        aws.client("elbv2").modify_target_group_attributes(TargetGroupArn=target_group(aws, "blue"), Attributes=attributes)


def test_grpc_groups_have_their_own_matcher(aws):
    made = aws.client("elbv2").create_target_group(
        Name="rpc", Protocol="HTTP", ProtocolVersion="GRPC", Port=80, VpcId=network(aws)[0], TargetType="ip"
    )
    assert made["TargetGroups"][0]["Matcher"] == {"GrpcCode": "12"}


def test_listeners_and_rules_are_in_the_index_of_tagged_resources(aws):
    tags = [{"Key": "Project", "Value": "Shop"}]
    listener(aws, load_balancer(aws, "shop"), Tags=tags)
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Project"}])["ResourceTagMappingList"]
    assert [":listener/" in row["ResourceARN"] for row in found] == [True]


def test_more_than_ten_tags(aws):
    elb, arn = aws.client("elbv2"), target_group(aws, "blue")
    elb.add_tags(ResourceArns=[arn], Tags=[{"Key": f"k{number}", "Value": "v"} for number in range(50)])
    with pytest.raises(ClientError, match="TooManyTags"):
        elb.add_tags(ResourceArns=[arn], Tags=[{"Key": "k50", "Value": "v"}])
