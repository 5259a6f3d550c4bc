# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CodeDeploy does to an ECS service: a second set of tasks beside the first, and listeners whose weights move."""

from __future__ import annotations

from moto.elbv2.models import FakeAction

from ..calls import AwsError
from ..delivery import Place
from .ecs_task_definitions import definition_of


class Beside:
    """Tells a service that two of its versions stand side by side, as CodeDeploy decides which one goes."""

    open, shifts = False, True


def _service_error(text):
    return AwsError("InvalidECSServiceException", text)


def service_of(place, group):
    """Return the service of a deployment group, or raise what AWS raises."""
    named = group.get("ecsServices", [])
    if len(named) != 1:
        raise _service_error("A deployment group has exactly one Amazon ECS service.")
    cluster, name = named[0]["clusterName"].rsplit("/", 1)[-1], named[0]["serviceName"]
    service = Place.of(place, "ecs").things("service").get((cluster, name))
    if service is None or service["status"] != "ACTIVE":
        raise _service_error(f"The ECS service cannot be found for the ECS cluster: {cluster}, service: {name}")
    return service


def pair_of(place, group):
    """Return the two target groups of a deployment group by ARN, and its listeners for production and for tests."""
    pairs = group.get("loadBalancerInfo", {}).get("targetGroupPairInfoList", [])
    names = [one["name"] for one in pairs[0].get("targetGroups", [])] if len(pairs) == 1 else []
    known = {one.name: one.arn for one in place.moto("elbv2").target_groups.values()}
    if len(names) != 2 or not all(name in known for name in names):
        raise AwsError("InvalidTargetGroupPairException", "A target group pair has two target groups, both of which exist.")
    routes = [pairs[0].get(key, {}).get("listenerArns", []) for key in ("prodTrafficRoute", "testTrafficRoute")]
    if len(routes[0]) != 1 or len(routes[1]) > 1 or any(_listener(place, arn) is None for route in routes for arn in route):
        raise AwsError("InvalidLoadBalancerInfoException", "A traffic route has one listener, which exists.")
    return [known[name] for name in names], routes[0][0], routes[1][0] if routes[1] else None


def _listener(place, arn):
    for balancer in place.moto("elbv2").load_balancers.values():
        if arn in balancer.listeners:
            return balancer.listeners[arn]
    return None


def check(place, group):
    """Check what a deployment group says about its service and its load balancer."""
    service = service_of(place, group)
    if service["deploymentController"]["type"] != "CODE_DEPLOY":
        raise _service_error("Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller.")
    groups, _production, _test = pair_of(place, group)
    if not any(balancer.get("targetGroupArn") in groups for balancer in service.get("loadBalancers", [])):
        raise AwsError("InvalidTargetGroupPairException", "The primary task set's target group is not in the target group pair.")


class Shift:
    """The two sides of one deployment."""

    def __init__(self, place, group):
        self.place, self.service = place, service_of(place, group)
        self.groups, self.production, self.test = pair_of(place, group)
        current = [balancer["targetGroupArn"] for balancer in self.service.get("loadBalancers", [])]
        self.blue_group = next(arn for arn in self.groups if arn in current)
        self.green_group = next(arn for arn in self.groups if arn != self.blue_group)
        self.blue = self.service.primary
        self.green = None

    def install(self, revision):
        """Start the second set of tasks."""
        service = self.service
        name = revision.get("TaskDefinition") or service["taskDefinition"]
        definition = definition_of(service.place, name)
        if definition is None or definition["status"] != "ACTIVE":
            return f"The ECS task definition {name} cannot be found or is not active."
        service["taskDefinition"] = definition["taskDefinitionArn"]
        service["loadBalancers"] = [self._balancer(balancer, revision) for balancer in service["loadBalancers"]]
        service.rollouts.insert(0, Beside())
        self.green = service.begin()
        service.settle()
        return None

    def _balancer(self, balancer, revision):
        if balancer.get("targetGroupArn") not in self.groups:
            return balancer
        asked = revision.get("LoadBalancerInfo", {})
        known = {"containerName": asked.get("ContainerName"), "containerPort": asked.get("ContainerPort")}
        return {**balancer, **{key: value for key, value in known.items() if value}, "targetGroupArn": self.green_group}

    def is_ready(self):
        """Tell whether the second set has all its tasks, healthy."""
        self.service.settle()
        return len(self.green.healthy) >= self.green.wanted == self.service["desiredCount"]

    def send(self, percent, test=False):
        """Send a share of the traffic to the second set."""
        arn = self.test if test else self.production
        listener = _listener(self.place, arn) if arn else None
        if listener is None:
            return
        weights = {self.blue_group: 100 - percent, self.green_group: percent}
        groups = [{"TargetGroupArn": group, "Weight": weight} for group, weight in weights.items()]
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": False}}}
        kept = [action for action in listener.default_actions if action.type.startswith("authenticate")]
        listener.default_actions = [*kept, FakeAction({**forward, **({"Order": len(kept) + 1} if kept else {})})]
        for rule in listener.rules.values():
            if rule.is_default:
                rule.actions = listener.default_actions
        if not test and self.green:
            self.green.weight, self.blue.weight = float(percent), float(100 - percent)

    def finish(self):
        """Stop the first set of tasks."""
        self.blue.scaled = False
        self.service.settle()

    def go_back(self):
        """Give the traffic back to the first set and stop the second."""
        self.send(0)
        self.send(0, test=True)
        if self.green:
            self.service.returns_to(self.blue, "CodeDeploy has rolled the deployment back.")
            self.blue.rollout, self.green.scaled = "COMPLETED", False
            self.service.settle()

    def task_sets(self):
        """Return both sets as CodeDeploy shows them."""
        sides = [("Blue", self.blue, self.blue_group), ("Green", self.green, self.green_group)]
        names = {one.arn: one.name for one in self.place.moto("elbv2").target_groups.values()}
        return [
            {
                "identifer": release.id,
                "desiredCount": release.wanted,
                "pendingCount": len(release.tasks) - len(release.running),
                "runningCount": len(release.running),
                "status": release.status,
                "trafficWeight": release.weight,
                "targetGroup": {"name": names[group]},
                "taskSetLabel": label,
            }
            for label, release, group in sides
            if release
        ]
