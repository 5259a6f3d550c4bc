# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readers import elbv2
from ansible_collections.slipway.aws.tests.support import edge
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back, untagged

BALANCER, GROUP = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER, RULE = "AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule"
CERTIFICATES = "AWS::ElasticLoadBalancingV2::ListenerCertificate"
FIXED = {"type": "fixed-response", "fixed_response_config": {"status_code": 404}}
OIDC = {
    "type": "authenticate-oidc",
    "authenticate_oidc_config": {
        "issuer": "https://login.example",
        "authorization_endpoint": "https://login.example/authorize",
        "token_endpoint": "https://login.example/token",
        "user_info_endpoint": "https://login.example/me",
        "client_id": "shop",
        "session_timeout": 3600,
    },
}


def balancer(aws):
    described = {"Name": "shop-dev", "Subnets": edge.network(aws)[1], "Scheme": "internet-facing", "Tags": PAIRS}
    return aws.client("elbv2").create_load_balancer(**described)["LoadBalancers"][0]["LoadBalancerArn"]


def group(aws, name, **more):
    options = {"vpc_id": edge.network(aws)[0], "protocol": "HTTP", "port": 8000, "target_type": "ip", "tags": OURS, **more}
    made = aws.run("elb_target_group", name=name, **options)
    assert made.changed, made.msg
    return made.target_group["arn"]


def listen(aws, port=443, **more):
    certificate = edge.certificate(aws, "shop.example")
    options = {"protocol": "HTTPS", "certificate_arn": certificate, "default_actions": [FIXED], "tags": OURS, **more}
    made = aws.run("elb_listener", load_balancer="shop-dev", port=port, **options)
    assert made.changed, made.msg
    return made.listener["arn"]


def test_a_load_balancer_comes_back_with_the_attributes_that_somebody_has_set(aws):
    arn = balancer(aws)
    for number, subnet in enumerate(sorted(edge.network(aws)[1])):
        aws.client("ec2").create_tags(Resources=[subnet], Tags=[*PAIRS, {"Key": "Name", "Value": f"shop-dev-{number}"}])
    edge.load_balancer(aws, "other")
    said = {"idle_timeout.timeout_seconds": "120", "routing.http.drop_invalid_header_fields.enabled": "true"}
    said |= {"client_keep_alive.seconds": "3600", "load_balancing.cross_zone.enabled": "true"}  # what it is anyway
    pairs = [{"Key": key, "Value": value} for key, value in said.items()]
    aws.client("elbv2").modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=pairs)
    found = read_back(aws, BALANCER)
    found["StorageLoadBalancer"].pop("SecurityGroups", None)
    assert found == {
        "StorageLoadBalancer": {
            "IpAddressType": "ipv4",
            "LoadBalancerAttributes": sorted(pairs[:2], key=lambda pair: pair["Key"]),
            "Name": "shop-dev",
            "Scheme": "internet-facing",
            "Subnets": [{"Ref": "StorageSubnet0"}, {"Ref": "StorageSubnet1"}],
            "Tags": PAIRS,
            "Type": "application",
        }
    }


def test_addresses_that_somebody_has_given_come_back():
    zones = [{"SubnetId": "subnet-1", "LoadBalancerAddresses": [{"AllocationId": "eipalloc-1", "IpAddress": "192.0.2.1"}]}]
    found = elbv2._places([*zones, {"SubnetId": "subnet-2", "LoadBalancerAddresses": []}])["SubnetMappings"]
    assert [(each["SubnetId"], each["AllocationId"]) for each in found] == [("subnet-1", "eipalloc-1"), ("subnet-2", None)]
    assert elbv2._places([{"SubnetId": "subnet-1", "LoadBalancerAddresses": [{}]}]) == {"Subnets": ["subnet-1"]}


def test_a_target_group_comes_back(aws):
    aws.client("ec2").create_tags(Resources=[edge.network(aws)[0]], Tags=PAIRS)
    group(aws, "shop-dev-orders", health_check_path="/health", attributes={"deregistration_delay_timeout_seconds": 30})
    assert read_back(aws, GROUP) == {
        "StorageTargetGroupOrders": {
            "HealthCheckEnabled": True,
            "HealthCheckIntervalSeconds": 30,
            "HealthCheckPath": "/health",
            "HealthCheckPort": "traffic-port",
            "HealthCheckProtocol": "HTTP",
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 5,
            "IpAddressType": "ipv4",
            "Matcher": {"HttpCode": "200"},
            "Name": "shop-dev-orders",
            "Port": 8000,
            "Protocol": "HTTP",
            "ProtocolVersion": "HTTP1",
            "Tags": PAIRS,
            "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
            "TargetType": "ip",
            "UnhealthyThresholdCount": 2,
            "VpcId": {"Ref": "StorageVPCEdge"},
        }
    }


def test_a_listener_comes_back_with_all_its_certificates(aws):
    balancer(aws)
    more = edge.certificate(aws, "api.example")
    attributes = {"routing.http.response.server.enabled": False}
    policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    listen(aws, additional_certificate_arns=[more], attributes=attributes, ssl_policy=policy)
    found = read_back(aws, LISTENER, CERTIFICATES)
    first = found["StorageListenerHTTPS443"].pop("Certificates")
    others = found["StorageListenerCertificateHTTPS443"].pop("Certificates")
    assert [len(first), len(others)] == [1, 1]
    assert first != others
    assert found == {
        "StorageListenerHTTPS443": {
            "DefaultActions": [
                {"FixedResponseConfig": {"ContentType": "text/plain", "StatusCode": "404"}, "Type": "fixed-response"}
            ],
            "ListenerAttributes": [{"Key": "routing.http.response.server.enabled", "Value": "false"}],
            "LoadBalancerArn": {"Ref": "StorageLoadBalancer"},
            "MutualAuthentication": {"Mode": "off"},
            "Port": 443,
            "Protocol": "HTTPS",
            "SslPolicy": policy,
            "Tags": PAIRS,
        },
        "StorageListenerCertificateHTTPS443": {"ListenerArn": {"Ref": "StorageListenerHTTPS443"}},
    }


def test_a_listener_that_signs_people_in_comes_back_without_the_secret(aws):
    balancer(aws)
    forward = {"type": "forward", "target_group_arn": group(aws, "shop-dev-orders")}
    listen(aws, default_actions=[OIDC, forward], client_secret="nobody may read this")
    signs_in, forwards = read_back(aws, LISTENER)["StorageListenerHTTPS443"]["DefaultActions"]
    assert signs_in["AuthenticateOidcConfig"]["SessionTimeout"] == "3600"
    assert signs_in["AuthenticateOidcConfig"]["UseExistingClientSecret"] is True
    assert "ClientSecret" not in signs_in["AuthenticateOidcConfig"]
    groups = [{"TargetGroupArn": {"Ref": "StorageTargetGroupOrders"}, "Weight": 1}]
    assert forwards == {"ForwardConfig": {"TargetGroups": groups}, "Order": 2, "Type": "forward"}


def test_rules_come_back_also_those_that_nobody_tagged(aws):
    balancer(aws)
    arn, orders = listen(aws), group(aws, "shop-dev-orders")
    conditions = [
        {"field": "path-pattern", "values": ["/orders/*"]},
        {"field": "host-header", "host_header_config": {"values": ["b.example", "a.example"]}},
    ]
    forward = [{"type": "forward", "target_group_arn": orders}]
    rule = {"listener_arn": arn, "priority": 10, "conditions": conditions, "actions": forward, "tags": OURS}
    assert aws.run("elb_listener_rule", name="shop-dev-orders", **rule).changed
    aws.client("elbv2").create_rule(
        ListenerArn=arn,
        Priority=20,
        Conditions=[{"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a", "Value": "b"}]}}],
        Actions=[{"Type": "redirect", "RedirectConfig": {"Host": "x.example", "StatusCode": "HTTP_302"}}],
    )
    found = {name: untagged(each) for name, each in read_back(aws, RULE).items()}
    groups = [{"TargetGroupArn": {"Ref": "StorageTargetGroupOrders"}, "Weight": 1}]
    redirect = {"Host": "x.example", "Path": "/#{path}", "Port": "#{port}", "Protocol": "#{protocol}", "Query": "#{query}"}
    assert found == {
        "StorageListenerRuleOrders": {
            "Actions": [{"ForwardConfig": {"TargetGroups": groups}, "Type": "forward"}],
            "Conditions": [
                {"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example", "b.example"]}},
                {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/orders/*"]}},
            ],
            "ListenerArn": {"Ref": "StorageListenerHTTPS443"},
            "Priority": 10,
        },
        "StorageListenerRuleHTTPS443Priority20": {
            "Actions": [{"RedirectConfig": {**redirect, "StatusCode": "HTTP_302"}, "Type": "redirect"}],
            "Conditions": [{"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a", "Value": "b"}]}}],
            "ListenerArn": {"Ref": "StorageListenerHTTPS443"},
            "Priority": 20,
        },
    }


def test_an_only_action_needs_no_number():
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}
    assert elbv2._actions([{**action, "Order": 1}]) == [action]  # AWS numbers it, the emulated account does not
