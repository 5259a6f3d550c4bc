# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Load balancers, target groups, listeners and rules.

Their attributes are one list; what has the value that AWS fills in is left out of it, as nobody can mark it there.
"""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import elb
from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_CERTIFICATES = "AWS::ElasticLoadBalancingV2::ListenerCertificate"
_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"

_CONDITIONS = ("HostHeader", "HttpHeader", "HttpRequestMethod", "PathPattern", "QueryString", "SourceIp")
unordered(_BALANCER, "LoadBalancerAttributes", "SecurityGroups", "SubnetMappings", "Subnets")
unordered(_GROUP, "TargetGroupAttributes")
unordered(_LISTENER, "DefaultActions.ForwardConfig.TargetGroups", "ListenerAttributes")
unordered(_CERTIFICATES, "Certificates")
unordered(_RULE, "Actions.ForwardConfig.TargetGroups", "Conditions")
unordered(_RULE, *(f"Conditions.{name}Config.{values}" for name in _CONDITIONS for values in ("Values", "RegexValues")))
defaults(_BALANCER, IpAddressType="ipv4", Scheme="internet-facing", Type="application")
defaults(
    _GROUP,
    HealthCheckEnabled=True,
    HealthCheckIntervalSeconds=30,
    HealthCheckPath="/",
    HealthCheckPort="traffic-port",
    HealthCheckProtocol="HTTP",
    HealthCheckTimeoutSeconds=5,
    HealthyThresholdCount=5,
    IpAddressType="ipv4",
    Matcher={"HttpCode": "200"},
    ProtocolVersion="HTTP1",
    UnhealthyThresholdCount=2,
)
defaults(_LISTENER, MutualAuthentication={"Mode": "off"}, SslPolicy="ELBSecurityPolicy-2016-08")

# What AWS fills in, from the user guides of Elastic Load Balancing; what is empty says nothing anyway.
_OF_BALANCERS = {
    "access_logs.s3.enabled": "false",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "deletion_protection.enabled": "false",
    "dns_record.client_routing_policy": "any_availability_zone",
    "health_check_logs.s3.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "false",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "secondary_ips.auto_assigned.per_subnet": "0",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
_OF_GROUPS = {
    "deregistration_delay.timeout_seconds": "300",
    "lambda.multi_value_headers.enabled": "false",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "proxy_protocol_v2.enabled": "false",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.enabled": "false",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
    "target_failover.on_deregistration": "no_rebalance",
    "target_failover.on_unhealthy": "no_rebalance",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
}
_OF_LISTENERS = {"routing.http.response.server.enabled": "true", "tcp.idle_timeout.seconds": "350"}
_TAGS_AT_ONCE = 20
_NONE = ("ListenerNotFound", "LoadBalancerNotFound", "RuleNotFound", "TargetGroupNotFound")


def _api(account):
    return account.api("elbv2", _NONE)


def _tags(account, arns):
    """Return tags by ARN."""
    asked = [arns[start : start + _TAGS_AT_ONCE] for start in range(0, len(arns), _TAGS_AT_ONCE)]
    answers = side_by_side(lambda some: _api(account).read("describe_tags", ResourceArns=some) or {}, asked)
    return {each["ResourceArn"]: each["Tags"] for answer in answers for each in answer.get("TagDescriptions", [])}


def _ours(account, operation, key, arn):
    """Return what is ours of all that an operation describes, with its tags."""
    described = _api(account).pages(operation, key)
    tags = _tags(account, [each[arn] for each in described])
    return [(each, tags[each[arn]]) for each in described if account.ours(tags.get(each[arn]))]


def _said(account, operation, known, **which):
    """Return attributes that somebody has set."""
    told = (_api(account).read(operation, **which) or {}).get("Attributes", [])
    return [pick(each, "Key", "Value") for each in told if each.get("Value") not in (None, "", known.get(each["Key"]))]


@reader(_BALANCER)
def balancers(account):
    """Find load balancers."""
    ours = _ours(account, "describe_load_balancers", "LoadBalancers", "LoadBalancerArn")
    return side_by_side(lambda pair: _balancer(account, *pair), ours)


def _balancer(account, described, tags):
    arn, name = described["LoadBalancerArn"], described["LoadBalancerName"]
    said = _said(account, "describe_load_balancer_attributes", _OF_BALANCERS, LoadBalancerArn=arn)
    # An application load balancer always works across zones.
    fixed = "load_balancing.cross_zone.enabled" if described["Type"] == "application" else None
    names = ("EnablePrefixForIpv6SourceNat", "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "IpAddressType")
    properties = {
        **pick(described, *names, "Scheme", "SecurityGroups", "Type", Name="LoadBalancerName"),
        "Ipv4IpamPoolId": described.get("IpamPools", {}).get("Ipv4IpamPoolId"),
        "LoadBalancerAttributes": [each for each in said if each["Key"] != fixed],
        **_places(described.get("AvailabilityZones", [])),
    }
    attributes = {
        "LoadBalancerArn": arn,
        "CanonicalHostedZoneID": described.get("CanonicalHostedZoneId"),
        "DNSName": described.get("DNSName"),
        "LoadBalancerFullName": arn.split(":loadbalancer/")[1],
    }
    return Found(_BALANCER, arn, properties, tags, name, attributes)


def _places(zones):
    """Return the subnets, with addresses when somebody has given them."""
    given = {each["SubnetId"]: next(iter(each.get("LoadBalancerAddresses") or []), {}) for each in zones}
    chosen = ("AllocationId", "PrivateIPv4Address", "IPv6Address")
    if any(address.get(name) for address in given.values() for name in chosen):
        return {"SubnetMappings": [{"SubnetId": subnet, **pick(address, *chosen)} for subnet, address in given.items()]}
    return {"Subnets": list(given)}


@reader(_GROUP)
def groups(account):
    """Find target groups; not their targets, which services register."""
    ours = _ours(account, "describe_target_groups", "TargetGroups", "TargetGroupArn")
    return side_by_side(lambda pair: _group(account, *pair), ours)


def _group(account, described, tags):
    arn, name = described["TargetGroupArn"], described["TargetGroupName"]
    checks = [key for key in described if key.startswith("HealthCheck")]
    names = ("HealthyThresholdCount", "IpAddressType", "Matcher", "Port", "Protocol", "ProtocolVersion", "TargetControlPort")
    properties = {
        **pick(described, *checks, *names, "TargetType", "UnhealthyThresholdCount", "VpcId", Name="TargetGroupName"),
        "TargetGroupAttributes": _said(account, "describe_target_group_attributes", _OF_GROUPS, TargetGroupArn=arn),
    }
    attributes = {"TargetGroupArn": arn, "TargetGroupFullName": arn.split(":", 5)[5]}
    return Found(_GROUP, arn, properties, tags, name, attributes)


@reader(_LISTENER, of=_BALANCER)
def listeners(account, balancer):
    """Find the listeners of a load balancer."""
    described = _api(account).pages("describe_listeners", "Listeners", LoadBalancerArn=balancer.id)
    tags = _tags(account, [each["ListenerArn"] for each in described])
    for each in described:
        arn, mutual = each["ListenerArn"], each.get("MutualAuthentication") or {}
        trusted = ("AdvertiseTrustStoreCaNames", "IgnoreClientCertificateExpiry", "Mode", "TrustStoreArn")
        actions = [_with_timeout_as_text(action) for action in _actions(each["DefaultActions"])]
        properties = {
            **pick(each, "AlpnPolicy", "LoadBalancerArn", "Port", "Protocol", "SslPolicy"),
            "Certificates": [pick(one, "CertificateArn") for one in each.get("Certificates", [])],
            "DefaultActions": actions,
            "ListenerAttributes": _said(account, "describe_listener_attributes", _OF_LISTENERS, ListenerArn=arn),
            "MutualAuthentication": pick(mutual, *trusted),
        }
        name = f"{each.get('Protocol', '')} {each.get('Port', '')}"
        yield Found(_LISTENER, arn, properties, tags.get(arn), name, {"ListenerArn": arn})


def _actions(actions):
    """Return actions in one form: AWS tells a forward twice, and numbers also where there is only one."""
    found = []
    for action in elb.normal(actions):
        kept = {name: value for name, value in action.items() if name != "Order" or len(actions) > 1}
        if action["Type"] == "forward":
            forward = action["ForwardConfig"]
            sticky = forward.get("TargetGroupStickinessConfig") or {}
            kept["ForwardConfig"] = {**forward, "TargetGroupStickinessConfig": sticky if sticky.get("Enabled") else None}
        if action["Type"] == "authenticate-oidc":  # nobody can read the client's secret, and the schema wants to know where it is
            kept["AuthenticateOidcConfig"] = {**action["AuthenticateOidcConfig"], "UseExistingClientSecret": True}
        found.append(kept)
    return found


def _with_timeout_as_text(action):
    """Return an action as listeners have it: their schema wants text where that of rules wants a number."""
    return {
        name: {**value, "SessionTimeout": str(value["SessionTimeout"])} if name.startswith("Authenticate") else value
        for name, value in action.items()
    }


@reader(_CERTIFICATES, of=_LISTENER)
def certificates(account, listener):
    """Find the certificates that a listener has beside its first one."""
    if listener.properties["Protocol"] in ("HTTPS", "TLS"):
        told = _api(account).pages("describe_listener_certificates", "Certificates", ListenerArn=listener.id)
        more = [pick(each, "CertificateArn") for each in told if not each.get("IsDefault")]
        if more:
            properties = {"ListenerArn": listener.id, "Certificates": more}
            yield Found(_CERTIFICATES, listener.id, properties, None, listener.name)


@reader(_RULE, of=_LISTENER)
def rules(account, listener):
    """Find the rules of a listener; the default rule is its default actions."""
    described = _api(account).pages("describe_rules", "Rules", ListenerArn=listener.id)
    own = [each for each in described if not each.get("IsDefault")]
    tags = _tags(account, [each["RuleArn"] for each in own])
    for each in own:
        arn = each["RuleArn"]
        properties = {
            **pick(each, "Transforms"),
            "Actions": _actions(each["Actions"]),
            "Conditions": [_condition(one) for one in each["Conditions"]],
            "ListenerArn": listener.id,
            "Priority": int(each["Priority"]),
        }
        name = from_form(tags.get(arn)).get("Name") or f"{listener.name} priority {each['Priority']}"
        yield Found(_RULE, arn, properties, tags.get(arn), name, {"RuleArn": arn})


def _condition(described):
    """Return a condition in one form: AWS tells the values of hosts and paths twice."""
    told = {name: value for name, value in described.items() if name.endswith("Config") and value}
    return {"Field": described["Field"], **told} if told else described
