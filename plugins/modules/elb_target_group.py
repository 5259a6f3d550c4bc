#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: elb_target_group
version_added: 0.1.0
short_description: Manage target groups of load balancers
description:
  - Creates, changes and removes target groups of load balancers of all types, with their health checks, attributes and tags.
  - Targets are managed only when O(targets) is given, because ECS and CodeDeploy register the targets of their services themselves.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.elb_target_group
    description: >-
      Has no check mode. Unless C(modify_targets=false) is set, it deregisters all targets that the task does not name, those of ECS
      as well. It knows neither slow start nor weighted random routing.
  - module: slipway.aws.elb_target_health_info
    description: Tells how the targets are.
options:
  name:
    description: Name of the target group, at most 32 letters, digits and hyphens.
    type: str
    required: true
  target_type:
    description:
      - What is registered. Tasks in C(awsvpc) mode, so all Fargate tasks, need V(ip). AWS takes V(instance) when it is left out.
      - It cannot be changed.
    type: str
    choices: [instance, ip, lambda, alb]
  protocol:
    description: Protocol between load balancer and targets. It cannot be changed.
    type: str
    choices: [HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP, GENEVE, QUIC, TCP_QUIC]
  protocol_version:
    description: Version of HTTP. AWS takes V(HTTP1) when it is left out. It cannot be changed.
    type: str
    choices: [HTTP1, HTTP2, GRPC]
  port:
    description: Port of the targets, unless a target names its own. It cannot be changed.
    type: int
  vpc_id:
    description: Id of the VPC in which the targets are. It cannot be changed.
    type: str
  ip_address_type:
    description: Kind of addresses of the targets. It cannot be changed.
    type: str
    choices: [ipv4, ipv6]
  target_control_port:
    description: Port over which the load balancer talks to the agents of target optimizer. It cannot be changed.
    type: int
  health_check_enabled:
    description: Whether targets are checked. Only checks of Lambda functions can be switched off.
    type: bool
  health_check_protocol:
    description: Protocol of the checks.
    type: str
    choices: [HTTP, HTTPS, TCP]
  health_check_port:
    description: Port of the checks; V(traffic-port) means the port on which the target gets its traffic.
    type: str
  health_check_path:
    description: Path that is asked for, or C(/package.service/method) with gRPC.
    type: str
  health_check_interval_seconds:
    description: Seconds between two checks of a target, 5 to 300.
    type: int
  health_check_timeout_seconds:
    description: Seconds after which no answer is a failure, 2 to 120; it has to be less than the interval.
    type: int
  healthy_threshold_count:
    description: How many successes in a row make an unhealthy target healthy again, 2 to 10. A new target needs one.
    type: int
  unhealthy_threshold_count:
    description: How many failures in a row make a target unhealthy, 2 to 10.
    type: int
  matcher:
    description: Which answers are a success.
    type: dict
    suboptions:
      http_code:
        description: HTTP codes, for example V(200) or V(200-299,301).
        type: str
      grpc_code:
        description: gRPC codes, for example V(0-5).
        type: str
  attributes:
    description:
      - Attributes, by AWS's names with underscores for dots. Those that are left out stay as they are.
    type: dict
    suboptions:
      deregistration_delay_timeout_seconds:
        description: How long a leaving target may finish its requests, 0 to 3600. AWS waits 300 seconds.
        type: int
      deregistration_delay_connection_termination_enabled:
        description: Whether connections are cut when that time is over (Network Load Balancer).
        type: bool
      slow_start_duration_seconds:
        description: Seconds in which the share of a new target grows to its full size, 30 to 900; V(0) switches it off.
        type: int
      load_balancing_algorithm_type:
        description: How the next target is chosen.
        type: str
        choices: [round_robin, least_outstanding_requests, weighted_random]
      load_balancing_algorithm_anomaly_mitigation:
        description: Whether targets that answer with more errors than others get less traffic. It needs V(weighted_random).
        type: bool
      load_balancing_cross_zone_enabled:
        description: Whether traffic goes to the targets of all zones.
        type: str
        choices: ['true', 'false', use_load_balancer_configuration]
      stickiness_enabled:
        description: Whether a client stays with its target.
        type: bool
      stickiness_type:
        description: What a client is recognised by.
        type: str
        choices: [lb_cookie, app_cookie, source_ip, source_ip_dest_ip, source_ip_dest_ip_proto]
      stickiness_lb_cookie_duration_seconds:
        description: Life of the load balancer's cookie, 1 to 604800.
        type: int
      stickiness_app_cookie_cookie_name:
        description: Name of the application's cookie.
        type: str
      stickiness_app_cookie_duration_seconds:
        description: Life of the stickiness by the application's cookie, 1 to 604800.
        type: int
      target_group_health_dns_failover_minimum_healthy_targets_count:
        description: With fewer healthy targets the zone leaves DNS; a number or V(off).
        type: str
      target_group_health_dns_failover_minimum_healthy_targets_percentage:
        description: The same in per cent.
        type: str
      target_group_health_unhealthy_state_routing_minimum_healthy_targets_count:
        description: With fewer healthy targets the traffic goes to all of them, healthy or not.
        type: str
      target_group_health_unhealthy_state_routing_minimum_healthy_targets_percentage:
        description: The same in per cent; a number or V(off).
        type: str
      lambda_multi_value_headers_enabled:
        description: Whether a Lambda function gets and returns headers as lists.
        type: bool
      preserve_client_ip_enabled:
        description: Whether targets see the address of the client (Network Load Balancer).
        type: bool
      proxy_protocol_v2_enabled:
        description: Whether the proxy protocol, version 2, is spoken with the targets (Network Load Balancer).
        type: bool
      target_health_state_unhealthy_connection_termination_enabled:
        description: Whether connections to unhealthy targets are cut (Network Load Balancer).
        type: bool
      target_health_state_unhealthy_draining_interval_seconds:
        description: How long an unhealthy target may finish its connections when they are not cut, 0 to 360000.
        type: int
      target_failover_on_deregistration:
        description: What happens to flows of a leaving target (Gateway Load Balancer).
        type: str
        choices: [rebalance, no_rebalance]
      target_failover_on_unhealthy:
        description: The same for an unhealthy target; AWS wants both to be equal.
        type: str
        choices: [rebalance, no_rebalance]
  targets:
    description:
      - All targets of the group; others are deregistered. Leave it out where ECS, CodeDeploy or Auto Scaling registers them.
    type: list
    elements: dict
    suboptions:
      id:
        description: Instance id, IP address, or ARN of a Lambda function or load balancer.
        type: str
        required: true
      port:
        description: Port of this target, if not that of the group.
        type: int
      availability_zone:
        description: V(all) for an IP address outside the VPC.
        type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A target group for Fargate tasks
  slipway.aws.elb_target_group:
    name: shop-orders-blue
    target_type: ip
    protocol: HTTP
    port: 8000
    vpc_id: vpc-0a1b2c3d4e5f60718
    health_check_path: /health
    matcher:
      http_code: "200"
    tags:
      Project: Shop

- name: Let tasks go after half a minute, and give new ones a gentle start
  slipway.aws.elb_target_group:
    name: shop-orders-blue
    health_check_interval_seconds: 10
    health_check_timeout_seconds: 5
    attributes:
      deregistration_delay_timeout_seconds: 30
      slow_start_duration_seconds: 60

- name: No target group any more
  slipway.aws.elb_target_group:
    name: shop-orders-blue
    state: absent
"""

RETURN = r"""
target_group:
  description: The target group; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the target group.
      type: str
      sample: arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-orders-blue/73e2d6bc24d8a067
    attributes:
      description: All its attributes, as text, by the names of the option.
      type: dict
      sample: {deregistration_delay_timeout_seconds: '30'}
    load_balancer_arns:
      description: ARNs of the load balancers that use it.
      type: list
      elements: str
    targets:
      description: Its targets, when O(targets) is given.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_RANGES = {
    "health_check_interval_seconds": (5, 300),
    "health_check_timeout_seconds": (2, 120),
    "healthy_threshold_count": (2, 10),
    "unhealthy_threshold_count": (2, 10),
    "deregistration_delay_timeout_seconds": (0, 3600),
}
_ON_OFF = "load_balancing_algorithm_anomaly_mitigation"


class TargetGroup(Resource):
    """A target group. Attributes and targets have operations of their own."""

    service = "elbv2"
    noun = "target group"
    missing = ("TargetGroupNotFound",)
    immutable = (
        "TargetType",
        "Protocol",
        "ProtocolVersion",
        "Port",
        "VpcId",
        "IpAddressType",
        "TargetControlPort",
    )
    unordered = ("Targets",)
    outputs = ("arn",)

    def validate(self):
        given = {**self.params, **(self.params["attributes"] or {})}
        faults = [
            f"{name} is {given[name]}, it has to be between {low} and {high}."
            for name, (low, high) in _RANGES.items()
            if given.get(name) is not None and not low <= given[name] <= high
        ]
        interval, timeout = self.params["health_check_interval_seconds"], self.params["health_check_timeout_seconds"]
        if interval and timeout and timeout >= interval:
            faults.append(
                f"health_check_timeout_seconds ({timeout}) has to be less than health_check_interval_seconds ({interval})."
            )
        return faults + self._attribute_faults(given)

    def _attribute_faults(self, given):
        faults, slow, algorithm = [], given.get("slow_start_duration_seconds"), given.get("load_balancing_algorithm_type")
        if slow and not 30 <= slow <= 900:
            faults.append(f"slow_start_duration_seconds is {slow}, it has to be 0 (off) or between 30 and 900.")
        if slow and algorithm not in (None, "round_robin"):
            faults.append(f"slow_start_duration_seconds works with round_robin only, not with {algorithm}.")
        if given.get(_ON_OFF) and algorithm not in (None, "weighted_random"):
            faults.append(f"{_ON_OFF} needs load_balancing_algorithm_type weighted_random.")
        if given.get("stickiness_type") == "app_cookie" and not given.get("stickiness_app_cookie_cookie_name"):
            faults.append(
                "stickiness_type app_cookie needs stickiness_app_cookie_cookie_name, the cookie that your application sets."
            )
        return faults

    def find(self):
        found = self.read("describe_target_groups", Names=[self.name])
        if not found:
            return None
        group = found["TargetGroups"][0]
        arn = group["TargetGroupArn"]
        pairs = self.read("describe_target_group_attributes", TargetGroupArn=arn)["Attributes"]
        tags = self.read("describe_tags", ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        self.keys = {_option(pair["Key"]): pair["Key"] for pair in pairs}
        attributes = {_option(pair["Key"]): pair.get("Value", "") for pair in pairs}
        have = {**group, "Name": group["TargetGroupName"], "Attributes": attributes, **self._targets(arn)}
        return {**have, "arn": arn, "Tags": from_form(tags)}

    def _targets(self, arn):
        if self.params["targets"] is None:
            return {}
        described = self.read("describe_target_health", TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {"Targets": sorted((d["Target"] for d in described if d["TargetHealth"]["State"] != "draining"), key=_place)}

    def want(self, have):
        if have is None:
            self._check_complete()
        attributes = {key: _text(key, value) for key, value in (self.params["attributes"] or {}).items() if value is not None}
        port = self.params["port"] or (have or {}).get("Port")
        targets = self.request("RegisterTargets").get("Targets")
        if targets is not None:
            default = {} if port is None else {"Port": port}
            targets = sorted(({**default, **target} for target in targets), key=_place)
        return self.request("CreateTargetGroup", Attributes=attributes or None, Targets=targets)

    def create(self, want):
        apart = {key: want.pop(key) for key in ("Attributes", "Targets") if want.get(key)}
        want.pop("Targets", None)
        made = self.write("create_target_group", **want)["TargetGroups"][0]
        if apart:
            have = self.find() or {"Attributes": {}}
            self._update_parts({**have, "arn": made["TargetGroupArn"], "Targets": []}, apart)

    def _check_complete(self):
        needed = () if self.params["target_type"] == "lambda" else ("protocol", "port", "vpc_id")
        lacking = [name for name in needed if self.params[name] is None]
        if lacking:
            self.fail(f"target group {self.name} does not exist, and to create it {', '.join(lacking)} has to be given.")

    def update(self, have, changes):
        apart = {key: changes.pop(key) for key in ("Attributes", "Targets") if key in changes}
        if changes:
            self.write("modify_target_group", TargetGroupArn=have["arn"], **changes)
        self._update_parts(have, apart)

    def _update_parts(self, have, apart):
        different = {k: v for k, v in apart.get("Attributes", {}).items() if have["Attributes"].get(k) != v}
        unknown = sorted(different.keys() - self.keys.keys())
        if unknown:
            self.fail(f"target group {self.name} has no {', '.join(unknown)}: its protocol or target type does not know it.")
        if different:
            pairs = [{"Key": self.keys[name], "Value": value} for name, value in different.items()]
            self.write("modify_target_group_attributes", TargetGroupArn=have["arn"], Attributes=pairs)
        if "Targets" in apart:
            self._update_targets(have, apart["Targets"])

    def _update_targets(self, have, targets):
        present, wanted = {_place(target) for target in have["Targets"]}, {_place(target) for target in targets}
        new = [target for target in targets if _place(target) not in present]
        old = [target for target in have["Targets"] if _place(target) not in wanted]
        if new:
            self.write("register_targets", TargetGroupArn=have["arn"], Targets=new)
        if old:
            self.write("deregister_targets", TargetGroupArn=have["arn"], Targets=old)

    def delete(self, have):
        # After a load balancer or a listener is gone, its target groups stay "in use" for some seconds.
        self.write("delete_target_group", tolerate=self.missing, patience={"ResourceInUse": "in use"}, TargetGroupArn=have["arn"])


def _place(target):
    return target["Id"], target.get("Port", 0)


def _option(key):
    return key.replace(".", "_")


def _text(key, value):
    if isinstance(value, bool):
        return {True: "on", False: "off"}[value] if key == _ON_OFF else str(value).lower()
    return {"False": "off", "True": "on"}.get(value, str(value))  # YAML reads a bare off as false


def main():
    TargetGroup.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
