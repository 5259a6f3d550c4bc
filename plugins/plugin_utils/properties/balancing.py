# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Load balancers: how requests come in, which service they reach, and when a task gets none."""

from __future__ import annotations

import re

from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import (
    CERTIFICATE,
    LISTENER,
    LOAD_BALANCER,
    RULE,
    TARGET_GROUP,
    missing,
)
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged, prop

# Policies of Elastic Load Balancing whose names say that TLS 1.2 is the oldest version.
_SAFE = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-")
_CERTIFICATE = re.compile(r"arn:.*:acm:.*:certificate/.+")
_DELAY = "deregistration_delay.timeout_seconds"
_USUAL_DELAY = "300"  # what AWS fills in, which readers leave out
_CHECKS = ("HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount")


def _needed(environment, kind, what):
    """Return the resources of a kind; when there are none although a service is public, a judgement as well."""
    found = environment.resources(kind)
    if found or environment.public:
        return found, [] if found else [missing(what, "services are public and there is none")]
    return [], [Judged("services", True, f"none is public, and there is no {what}")]


@prop(6, "TLS encryption in transit", controls=("SC-8", "SC-13", "CC6.6", "CC6.7"))
def modern_tls(environment):
    """Every listener with TLS refuses versions before 1.2."""
    listeners = [each for each in environment.resources(LISTENER) if each.get("Protocol") in ("HTTPS", "TLS")]
    if not listeners:
        yield from _needed(environment, "", "listener with TLS")[1]
    for each in listeners:
        policy = each.get("SslPolicy", "ELBSecurityPolicy-2016-08")
        yield each.judged(_SAFE.match(policy), policy)


@prop(33, "Health check configuration", controls=("CC7.2",))
def asked_whether_well(environment):
    """The target group of every public service asks its tasks on the service's own path; ECS asks the container by a command."""
    for service in environment.public:
        group, definition = service.target_group, service.definition
        if not group:
            yield missing(f"target group {service.target_group_name}", f"nobody asks whether {service.name} is well")
        else:
            path, wanted = group.get("HealthCheckPath"), service.options.get("service_health_path")
            asks = group.get("HealthCheckEnabled", True) and path and (not wanted or path == wanted)
            yield group.judged(asks, f"asks on {path or 'no path'}")
        command = (service.container.get("HealthCheck") or {}).get("Command") or []
        where = definition.logical if definition else f"task definition {service.family}"
        yield Judged(where, command[:1] in (["CMD"], ["CMD-SHELL"]), f"asks by {' '.join(command[:2]) or 'no command'}")
    if not environment.public:
        yield Judged("services", True, "none is public")


@prop(38, "Target group health checks", controls=("CC7.2",))
def complete_checks(environment):
    """Every target group says how often it asks, how long it waits for an answer, and how many answers change its mind."""
    groups, faults = _needed(environment, TARGET_GROUP, "target group")
    yield from faults
    for each in groups:
        told = {name: each.get(name) for name in _CHECKS}
        right = all(isinstance(value, int) and value > 0 for value in told.values())
        right = right and told["HealthCheckTimeoutSeconds"] < told["HealthCheckIntervalSeconds"]
        yield each.judged(
            right and each.get("HealthCheckEnabled", True), ", ".join(f"{name} {value}" for name, value in told.items())
        )


@prop(39, "Path-based routing", controls=("SC-7",))
def routed(environment):
    """A listener with TLS has a rule for every public service, and no two rules of a listener have the same hosts and paths."""
    doors = [_door(environment, each) for each in environment.resources(RULE)]
    for service in environment.public:
        found = [each for each in service.rules if _is_tls(environment, each)]
        if not found:
            yield missing(f"rule for {service.name}", "no listener with TLS leads to it")
        for each in found:
            door = _door(environment, each)
            told = ", ".join(sorted({*door[1], *door[2]})) or "everything"
            yield each.judged(told != "everything" and doors.count(door) == 1, f"{told} leads to {service.name}")
    if not environment.public:
        yield Judged("services", True, "none is public")


def _is_tls(environment, rule):
    listener = environment.target(rule.get("ListenerArn"), LISTENER)
    return listener is not None and listener.get("Protocol") == "HTTPS"


def _door(environment, rule):
    """Return what a rule waits for: its listener, hosts and paths."""
    said = {"host-header": set(), "path-pattern": set()}
    for each in rule.get("Conditions", []):
        for name in ("HostHeaderConfig", "PathPatternConfig"):
            said.setdefault(each.get("Field"), set()).update(spelled(value) for value in each.get(name, {}).get("Values", []))
    return environment.target(rule.get("ListenerArn")), frozenset(said["host-header"]), frozenset(said["path-pattern"])


@prop(40, "TLS termination", controls=("SC-8", "SC-13", "CC6.6"))
def terminates_tls(environment):
    """Every load balancer answers HTTPS on port 443 with a certificate of ACM."""
    balancers, faults = _needed(environment, LOAD_BALANCER, "load balancer")
    yield from faults
    for balancer in balancers:
        own = [each for each in environment.resources(LISTENER) if environment.target(each.get("LoadBalancerArn")) is balancer]
        found = [each for each in own if each.get("Protocol") == "HTTPS" and each.get("Port") == 443]
        if not found:
            yield balancer.judged(False, "no HTTPS on port 443")
        for each in found:
            certificates = [one.get("CertificateArn") for one in each.get("Certificates", [])]
            issued = certificates and all(_is_certificate(environment, one) for one in certificates)
            yield each.judged(issued, f"certificate {', '.join(map(spelled, certificates)) or 'missing'}")


def _is_certificate(environment, value):
    return environment.target(value, CERTIFICATE) or _CERTIFICATE.match(spelled(value))


@prop(41, "Deregistration delay", controls=("CC7.2",))
def delayed(environment):
    """Every target group lets the requests of a task that goes end first, for some seconds."""
    groups, faults = _needed(environment, TARGET_GROUP, "target group")
    yield from faults
    for each in groups:
        seconds = attribute(each, "TargetGroupAttributes", _DELAY) or _USUAL_DELAY
        yield each.judged(seconds.isdigit() and int(seconds) > 0, f"{seconds} seconds")


def attribute(resource, where, key):
    """Return an attribute of a load balancer or a target group; what has the value that AWS fills in is not there."""
    return next((spelled(each.get("Value")) for each in resource.get(where, []) if each["Key"] == key), None)
