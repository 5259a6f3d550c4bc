# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Differences that a run leaves alone, and why: what somebody else decides, and what is no longer described."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase

from ansible_collections.slipway.aws.plugins.module_utils import versions

# What belongs to something that a role keeps as a whole: who takes it off the list, takes it away.
_PARTS = (
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
)
NOT_DESCRIBED = "nothing describes it any more; a run removes nothing by itself"
_SCALING = "Application Auto Scaling decides between the limits of the service"
_MINOR = "AWS upgrades minor versions by itself in the maintenance window, and never goes back"
_SHIFTING = "the deployment of the service decides how much traffic goes where"


def accepted(exceptions, logical, resource, path):
    """Return the reason of the first exception that covers a property, or with an empty path a whole resource."""
    told = {"type": resource["Type"], "logical": logical, "property": path}
    covers = (each for each in exceptions if all(fnmatchcase(told[name], each.get(name, "*")) for name in told))
    return next((each["reason"] for each in covers), "")


def leftover(logical, resource, before, after, absent):
    """Return why a run does not delete what only the account has; nothing when it does."""
    if resource["Metadata"]["Component"] in absent:
        return ""
    if resource["Type"] in _PARTS and any(name in after for name in _mentioned(resource) if name != logical and name in before):
        return ""
    return NOT_DESCRIBED


def _mentioned(resource):
    """Return the logical ids that a resource refers to."""
    return re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+)"', json.dumps(resource["Properties"]))


def property_of(logical, resource, path, environment, actual):
    """Return why a run does not change a property of a resource, actual in the account; nothing when it does."""
    kind = resource["Type"]
    if (kind, path) == ("AWS::RDS::DBInstance", "EngineVersion") and resource["Properties"].get("AutoMinorVersionUpgrade", True):
        described = resource["Properties"].get("EngineVersion", "")
        return _MINOR if versions.satisfies(str(actual), described) else ""
    if (kind, path) == ("AWS::ECS::Service", "DesiredCount") and _scaled(resource, environment):
        return _SCALING
    if kind == "AWS::ElasticLoadBalancingV2::ListenerRule" and path.endswith(".Weight") and _shifted(logical, environment):
        return _SHIFTING
    return ""


def _scaled(service, environment):
    own = f"/{service['Properties']['ServiceName']}"
    targets = [each for each in environment.values() if each["Type"] == "AWS::ApplicationAutoScaling::ScalableTarget"]
    return any(json.dumps(each["Properties"].get("ResourceId")).rstrip('"}').endswith(own) for each in targets)


def _shifted(rule, environment):
    services = [each for each in environment.values() if each["Type"] == "AWS::ECS::Service"]
    return any(rule in re.findall(r'"(\w+)"', json.dumps(each["Properties"].get("LoadBalancers", []))) for each in services)
