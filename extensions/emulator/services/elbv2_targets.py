# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Target groups: attributes with AWS's names, defaults and limits, and targets whose health follows the account's time.

moto keeps the groups. It drops gRPC matchers and half of the attributes, and calls every target healthy in the moment of its
registration, so a service that waits for its targets would never wait.
"""

from __future__ import annotations

import ipaddress

from moto.elbv2.models import FakeTargetGroup, elbv2_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

_HTTP = ("HTTP", "HTTPS")
_ALGORITHMS = ("round_robin", "least_outstanding_requests", "weighted_random")
_HEALTH = {
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
_SHARED = {
    "deregistration_delay.timeout_seconds": "300",
    "stickiness.enabled": "false",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    **_HEALTH,
}
_APPLICATION = {
    **_SHARED,
    "stickiness.type": "lb_cookie",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "slow_start.duration_seconds": "0",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.algorithm.anomaly_mitigation": "off",
}
_NETWORK = {
    **_SHARED,
    "stickiness.type": "source_ip",
    "deregistration_delay.connection_termination.enabled": "false",
    "preserve_client_ip.enabled": "true",
    "proxy_protocol_v2.enabled": "false",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
}
_GATEWAY = {
    "deregistration_delay.timeout_seconds": "300",
    "stickiness.enabled": "false",
    "stickiness.type": "source_ip_dest_ip_proto",
    "target_failover.on_deregistration": "no_rebalance",
    "target_failover.on_unhealthy": "no_rebalance",
    "send_tcp_reset.on_unhealthy.enabled": "false",
    "send_tcp_reset.on_deregistration.enabled": "false",
}
_LAMBDA = {"lambda.multi_value_headers.enabled": "false", **_HEALTH}
_RANGES = {
    "deregistration_delay.timeout_seconds": (0, 3600),
    "stickiness.lb_cookie.duration_seconds": (1, 604800),
    "stickiness.app_cookie.duration_seconds": (1, 604800),
    "target_health_state.unhealthy.draining_interval_seconds": (0, 360000),
}
_CHOICES = {
    "load_balancing.algorithm.type": _ALGORITHMS,
    "load_balancing.algorithm.anomaly_mitigation": ("on", "off"),
    "load_balancing.cross_zone.enabled": ("true", "false", "use_load_balancer_configuration"),
}


def backend(call):
    """Return moto's load balancing of the caller's account and region."""
    return elbv2_backends[call.account][call.region]


def group_of(call, arn=None):
    """Return moto's object of a target group, or raise what AWS raises."""
    arn = arn or call.params["TargetGroupArn"]
    group = backend(call).target_groups.get(arn)
    if group is None:
        raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found")
    return group


def using(load_balancing, group_arn):
    """Return the ARNs of the load balancers whose listeners or rules forward to a target group."""
    return [
        balancer.arn
        for balancer in load_balancing.load_balancers.values()
        if any(
            group_arn in load_balancing._get_target_group_arns_from(action.data)
            for listener in balancer.listeners.values()
            for rule in listener.rules.values()
            for action in rule.actions
        )
    ]


def _shown(call, group):
    health = {
        "HealthCheckProtocol": group.health_check_protocol,
        "HealthCheckPort": group.health_check_port and str(group.health_check_port),
        "HealthCheckPath": group.health_check_path if group.health_check_protocol in (*_HTTP, None) else None,
        "HealthCheckEnabled": group.health_check_enabled,
        "HealthCheckIntervalSeconds": int(group.health_check_interval_seconds),
        "HealthCheckTimeoutSeconds": int(group.health_check_timeout_seconds),
        "HealthyThresholdCount": int(group.healthy_threshold_count),
        "UnhealthyThresholdCount": int(group.unhealthy_threshold_count),
        "Matcher": getattr(group, "matcher", None) if group.health_check_protocol in (*_HTTP, None) else None,
    }
    shown = {
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "Protocol": group.protocol,
        "ProtocolVersion": group.protocol_version if group.protocol in _HTTP else None,
        "Port": group.port and int(group.port),
        "VpcId": group.vpc_id,
        "TargetType": group.target_type,
        "IpAddressType": group.ip_address_type,
        "TargetControlPort": getattr(group, "target_control_port", None),
        "LoadBalancerArns": using(backend(call), group.arn),
        **health,
    }
    return {key: value for key, value in shown.items() if value is not None}


def _check_health_check(given, protocol, interval, timeout):
    for key, low, high in (
        ("HealthCheckIntervalSeconds", 5, 300),
        ("HealthCheckTimeoutSeconds", 2, 120),
        ("HealthyThresholdCount", 2, 10),
        ("UnhealthyThresholdCount", 2, 10),
    ):
        if key in given and not low <= given[key] <= high:
            raise AwsError("ValidationError", f"{key} '{given[key]}' must be between '{low}' and '{high}'")
    if timeout > interval or (timeout == interval and protocol in _HTTP):
        raise AwsError("ValidationError", f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'")
    if given.get("HealthCheckProtocol") == "TCP" and protocol in _HTTP:
        raise AwsError("InvalidConfigurationRequest", f"Health check protocol 'TCP' is not supported for {protocol} target groups")


@operation("elbv2", "CreateTargetGroup")
def create_target_group(call):
    given = call.params.everything()
    interval, timeout = given.get("HealthCheckIntervalSeconds", 35), given.get("HealthCheckTimeoutSeconds", 5)
    _check_health_check(given, given.get("Protocol"), interval, timeout)
    group = group_of(call, call.forward()["TargetGroups"][0]["TargetGroupArn"])
    group.target_control_port = given.get("TargetControlPort")
    group.attributes = dict(_defaults(group))
    if group.protocol_version == "GRPC":
        group.matcher = given.get("Matcher") or {"GrpcCode": "12"}
        group.health_check_path = given.get("HealthCheckPath", "/AWS.ALB/healthcheck")
    return {"TargetGroups": [_shown(call, group)]}


def _defaults(group):
    if group.target_type == "lambda":
        return _LAMBDA
    return {"HTTP": _APPLICATION, "HTTPS": _APPLICATION, "GENEVE": _GATEWAY}.get(group.protocol, _NETWORK)


@operation("elbv2", "DescribeTargetGroups")
def describe_target_groups(call):
    call.params.everything()
    found = [group_of(call, group["TargetGroupArn"]) for group in call.forward()["TargetGroups"]]
    return {"TargetGroups": [_shown(call, group) for group in found]}


_CHECK_MEMBERS = {
    "HealthCheckProtocol": "health_check_protocol",
    "HealthCheckPort": "health_check_port",
    "HealthCheckPath": "health_check_path",
    "HealthCheckEnabled": "health_check_enabled",
    "HealthCheckIntervalSeconds": "health_check_interval_seconds",
    "HealthCheckTimeoutSeconds": "health_check_timeout_seconds",
    "HealthyThresholdCount": "healthy_threshold_count",
    "UnhealthyThresholdCount": "unhealthy_threshold_count",
}


@operation("elbv2", "ModifyTargetGroup")
def modify_target_group(call):
    group, given = group_of(call), call.params.take(*_CHECK_MEMBERS)
    interval = given.get("HealthCheckIntervalSeconds", int(group.health_check_interval_seconds))
    timeout = given.get("HealthCheckTimeoutSeconds", int(group.health_check_timeout_seconds))
    _check_health_check(given, group.protocol, interval, timeout)
    if given.get("HealthCheckEnabled") is False and group.target_type != "lambda":
        raise AwsError("InvalidConfigurationRequest", "Health check enabled must be true for target groups with this target type")
    for member, attribute in _CHECK_MEMBERS.items():
        if member in given:
            setattr(group, attribute, given[member])
    if "Matcher" in call.params:
        group.matcher = call.params["Matcher"]
    return {"TargetGroups": [_shown(call, group)]}


@operation("elbv2", "ModifyTargetGroupAttributes")
def modify_target_group_attributes(call):
    group = group_of(call)
    given = {pair["Key"]: pair.get("Value", "") for pair in call.params["Attributes"]}
    for key, value in given.items():
        _check_attribute(group, key, value)
    after = {**group.attributes, **given}
    algorithm = after.get("load_balancing.algorithm.type")
    if after.get("load_balancing.algorithm.anomaly_mitigation") == "on" and algorithm != "weighted_random":
        raise AwsError("InvalidConfigurationRequest", "Anomaly mitigation requires the weighted_random algorithm")
    if after.get("slow_start.duration_seconds", "0") != "0" and algorithm != "round_robin":
        raise AwsError("InvalidConfigurationRequest", f"Slow start cannot be used with the {algorithm} algorithm")
    if after.get("stickiness.type") == "app_cookie" and not after["stickiness.app_cookie.cookie_name"]:
        raise AwsError("InvalidConfigurationRequest", "You must set an application cookie name for stickiness of type 'app_cookie'")
    group.attributes = after
    return {"Attributes": _pairs(after)}


def _check_attribute(group, key, value):
    if key not in _defaults(group):
        raise AwsError("ValidationError", f"Target group attribute key '{key}' is not recognized")
    low, high = _RANGES.get(key, (None, None))
    if low is not None and not (value.isdigit() and low <= int(value) <= high):
        raise AwsError("ValidationError", f"'{key}' value '{value}' must be between '{low}-{high}' inclusive")
    if key == "slow_start.duration_seconds" and value != "0" and not (value.isdigit() and 30 <= int(value) <= 900):
        raise AwsError("ValidationError", f"'{key}' value '{value}' must be between '30-900' inclusive")
    if value not in _CHOICES.get(key, (value,)):
        raise AwsError("ValidationError", f"'{key}' value '{value}' must be one of [{', '.join(_CHOICES[key])}]")
    if key == "stickiness.type" and value not in _sticky_types(group):
        text = f"Stickiness type '{value}' is not supported for target groups with the {group.protocol} protocol"
        raise AwsError("InvalidConfigurationRequest", text)


def _sticky_types(group):
    by_protocol = {"HTTP": ("lb_cookie", "app_cookie"), "HTTPS": ("lb_cookie", "app_cookie")}
    return by_protocol.get(group.protocol, ("source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"))


@operation("elbv2", "DescribeTargetGroupAttributes")
def describe_target_group_attributes(call):
    return {"Attributes": _pairs(group_of(call).attributes)}


def _pairs(attributes):
    return [{"Key": key, "Value": str(value)} for key, value in sorted(attributes.items())]


# Targets


def _kept(group):
    """Return the targets that a group knows, with the moment of their registration and, if they leave, of their end."""
    if not hasattr(group, "slipway_targets"):
        group.slipway_targets = {}
    return group.slipway_targets


def _key(group, target):
    return target["Id"], None if group.target_type == "lambda" else int(target.get("Port") or group.port)


_register, _deregister = FakeTargetGroup.register, FakeTargetGroup.deregister


def _registered(group, targets):
    """Register targets: our part beside moto's, whoever calls it."""
    for target in targets:
        if group.target_type == "ip":
            _check_address(target["Id"])
        elif group.target_type == "instance" and not target["Id"].startswith("i-"):
            raise AwsError("InvalidTarget", f"The following targets are not in a valid format: '{target['Id']}'")
    _register(group, targets)
    for target in targets:
        present = _kept(group).get(_key(group, target))
        if present is None or present["until"] is not None:
            _kept(group)[_key(group, target)] = {"since": CLOCK.seconds(), "until": None, "zone": target.get("AvailabilityZone")}


def _check_address(text):
    try:
        private = ipaddress.ip_address(text).is_private or ipaddress.ip_address(text) in ipaddress.ip_network("100.64.0.0/10")
    except ValueError:
        private = False
    if not private:
        raise AwsError("ValidationError", f"The IP address '{text}' is not a valid IPv4 address in the VPC or a private range")


def _deregistered(group, targets):
    """Let targets drain. One that is not registered is no error, as on AWS."""
    for target in targets:
        present = _kept(group).get(_key(group, target))
        if present and present["until"] is None:
            present["until"] = CLOCK.seconds() + int(group.attributes.get("deregistration_delay.timeout_seconds", 0))
        stays = any(key[0] == target["Id"] and kept["until"] is None for key, kept in _kept(group).items())
        if target["Id"] in group.targets and not stays:
            _deregister(group, [target])


FakeTargetGroup.register = _registered
FakeTargetGroup.deregister = _deregistered


def sicken(account, region, group_arn, target_id, reason="Target.FailedHealthChecks", description="Health checks failed"):
    """Let the health checks of a target fail from now on; with ``reason=None`` they succeed again."""
    group = elbv2_backends[account][region].target_groups[group_arn]
    for (name, _port), kept in _kept(group).items():
        if name == target_id:
            kept["fault"] = reason and (reason, description)


def health(load_balancing, group, key):
    """Return state, reason and description of a registered target, or of one that leaves."""
    kept = _kept(group).get(key)
    if kept is None or (kept["until"] is not None and kept["until"] <= CLOCK.seconds()):
        return "unused", "Target.NotRegistered", "Target is not registered to the target group"
    if not using(load_balancing, group.arn):
        return "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
    if kept["until"] is not None:
        return "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"
    if not group.health_check_enabled:
        return "unavailable", "Target.HealthCheckDisabled", "Health checks are not enabled for this target"
    instance = load_balancing.ec2_backend.get_instance_by_id(key[0]) if group.target_type == "instance" else None
    if instance is not None and instance.state == "stopped":
        return "unused", "Target.InvalidState", "Target is in the stopped state"
    if CLOCK.seconds() - kept["since"] < int(group.health_check_interval_seconds):
        return "initial", "Elb.RegistrationInProgress", "Target registration is in progress"
    return ("unhealthy", *kept["fault"]) if kept.get("fault") else ("healthy", None, None)


def states(account, region, group_arn):
    """Return the state of each target of a group by (id, port): what a service looks at to know whether its tasks serve."""
    load_balancing = elbv2_backends[account][region]
    group = load_balancing.target_groups[group_arn]
    found = {key: health(load_balancing, group, key)[0] for key in _kept(group)}
    return {key: state for key, state in found.items() if key in _listed(load_balancing, group)}


def _listed(load_balancing, group):
    """Return the targets that a look without names shows: registered ones, and leaving ones until they have left."""
    gone = [key for key, kept in _kept(group).items() if kept["until"] is not None and kept["until"] <= CLOCK.seconds()]
    unused = not using(load_balancing, group.arn)
    return [key for key, kept in _kept(group).items() if key not in gone and not (unused and kept["until"] is not None)]


@operation("elbv2", "DescribeTargetHealth")
def describe_target_health(call):
    group, load_balancing = group_of(call), backend(call)
    if call.params.get("Include"):
        raise AwsError("NotImplemented", "Anomaly detection of targets is not emulated.")
    asked = [_key(group, target) for target in call.params.get("Targets", [])] or _listed(load_balancing, group)
    return {"TargetHealthDescriptions": [_health_shown(load_balancing, group, key) for key in asked]}


def _health_shown(load_balancing, group, key):
    state, reason, description = health(load_balancing, group, key)
    target = {"Id": key[0], "Port": key[1], "AvailabilityZone": _kept(group).get(key, {}).get("zone")}
    port = str(key[1] if group.health_check_port == "traffic-port" else group.health_check_port)
    return {
        "Target": {name: value for name, value in target.items() if value is not None},
        **({} if key[1] is None else {"HealthCheckPort": port}),
        "TargetHealth": {name: v for name, v in (("State", state), ("Reason", reason), ("Description", description)) if v},
    }
