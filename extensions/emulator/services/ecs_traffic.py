# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How ECS moves traffic: it rewrites the forward action of listener rules to weights of the two target groups of a service."""

from __future__ import annotations

from moto.elbv2.models import FakeAction


def rules_of(place, arn):
    """Return the listener and the rule that an ARN names; that of a listener names its default rule."""
    for balancer in list(place.moto("elbv2").load_balancers.values()):
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                if rule.arn == arn or (listener.arn == arn and rule.is_default):
                    return listener, rule
    return None, None


def weights_of(place, arn):
    """Return the weights of a rule's target groups by ARN."""
    _listener, rule = rules_of(place, arn)
    for action in rule.actions if rule else ():
        if action.type == "forward":
            groups = action.data.get("ForwardConfig", {}).get("TargetGroups")
            groups = groups or [{"TargetGroupArn": action.data["TargetGroupArn"]}]
            return {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}
    return {}


def _rewrite(place, arn, weights):
    listener, rule = rules_of(place, arn)
    if rule is None:
        return
    groups = [{"TargetGroupArn": group, "Weight": weight} for group, weight in weights.items()]
    kept = [action for action in rule.actions if action.type.startswith("authenticate")]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": False}}}
    if kept:
        forward["Order"] = len(kept) + 1
    rule.actions = [*kept, FakeAction(forward)]
    if rule.is_default:
        listener.default_actions = rule.actions


def first_side(place, balancers):
    """Tell whether the first version of a service takes the alternate target groups: ECS takes those that serve nobody."""
    for balancer in balancers:
        advanced = balancer.get("advancedConfiguration")
        if advanced:
            weights = weights_of(place, advanced["productionListenerRule"])
            return weights.get(balancer["targetGroupArn"], 0) > 0
    return False


def send(release, percent, test=False):
    """Send a share of the production or of the test traffic to a version of a service, the rest to the other target group."""
    member = "testListenerRule" if test else "productionListenerRule"
    for balancer in release.balancers:
        advanced = balancer.get("advancedConfiguration", {})
        if member in advanced:
            pair = (balancer["targetGroupArn"], advanced["alternateTargetGroupArn"])
            _rewrite(release.place, advanced[member], _weights(pair, release.group_of(balancer), percent))


def _weights(pair, chosen, percent):
    """Return weights that add up to 100, or to 1000 where tenths of a percent need it; 999 is the highest that ELB takes."""
    scale = 1 if float(percent).is_integer() else 10
    share = min(999, round(percent * scale))
    rest = min(999, round(100 * scale) - round(percent * scale))
    return {group: share if group == chosen else rest for group in pair}


def has_test_rule(release):
    """Tell whether a version of a service has a rule for test traffic."""
    return any("testListenerRule" in balancer.get("advancedConfiguration", {}) for balancer in release.balancers)
