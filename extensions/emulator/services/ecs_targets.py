# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where a task can be reached: its network interface, the target groups and the Cloud Map services that know its address."""

from __future__ import annotations

from .. import plans
from . import elbv2_targets
from .ecs_place import hex_id


class Interface:
    """The network interface of a task, kept by moto's EC2 as well, so that its subnet and groups are in use."""

    def __init__(self, place, subnet, groups, public):
        self.ec2 = place.moto("ec2")
        self.subnet = self.ec2.get_subnet(subnet)
        self.address = self.subnet.get_available_subnet_ip(None)
        self.attachment = f"{hex_id(8)}-{hex_id(4)}-{hex_id(4)}-{hex_id(4)}-{hex_id(12)}"
        text = place.arn(f"attachment/{self.attachment}")
        self.eni = self.ec2.create_network_interface(
            self.subnet, self.address, group_ids=list(groups), description=text, public_ip_auto_assign=public
        )
        self.eni.status = "in-use"

    @property
    def zone(self):
        """Return the availability zone."""
        return self.subnet.availability_zone

    def release(self):
        """Give the address back."""
        if self.eni.id in self.ec2.enis:
            self.ec2.delete_network_interface(self.eni.id)
            self.subnet.del_subnet_ip(self.address)


def attach(place, task, subnet, groups, public):
    """Give a task a network interface."""
    interface = Interface(place, subnet, groups, public)
    details = {
        "subnetId": subnet,
        "networkInterfaceId": interface.eni.id,
        "macAddress": interface.eni.mac_address,
        "privateDnsName": f"ip-{interface.address.replace('.', '-')}.{place.region}.compute.internal",
        "privateIPv4Address": interface.address,
    }
    task["availabilityZone"] = interface.zone
    task["attachments"].append(
        {
            "id": interface.attachment,
            "type": "ElasticNetworkInterface",
            "status": "ATTACHING",
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    )
    return interface


def detach(task):
    """Take the network interface away."""
    if task.interface:
        task.interface.release()
        task["attachments"][0]["status"] = "DELETED"


# Target groups


def _group(task, arn):
    return task.place.moto("elbv2").target_groups.get(arn)


def join(task):
    """Register a running task wherever its service wants it to be known."""
    if task.release is None:
        return
    for arn, port in task.release.target_groups:
        group = _group(task, arn)
        if group is not None and task.address:
            group.register([{"Id": task.address, "Port": port, "AvailabilityZone": task["availabilityZone"]}])
            task.targets.append((arn, port))
    for registry in task.release.registries:
        _join_registry(task, registry)
    if task.targets:
        task.release.service.says(f"registered {len(task.targets)} targets in (target-group {task.targets[0][0]})")


def leave(task):
    """Deregister a task; return how long its connections drain."""
    drain = 0
    for arn, port in task.targets:
        group = _group(task, arn)
        if group is not None:
            group.deregister([{"Id": task.address, "Port": port}])
            drain = max(drain, int(group.attributes.get("deregistration_delay.timeout_seconds", 0)))
    if task.targets:
        task.release.service.says(f"deregistered {len(task.targets)} targets in (target-group {task.targets[0][0]})")
    task.targets = []
    for registry in task.release.registries if task.release else ():
        _leave_registry(task, registry)
    return drain


def state(task):
    """Return what the load balancers say about a task: healthy, or the worst state and the target group that it is in."""
    worst = ("healthy", "")
    for arn, port in task.targets:
        if _group(task, arn) is None:
            return "unused", arn
        planned = sickness(task, arn)
        if planned:
            elbv2_targets.sicken(*_where(task), arn, task.address, "Target.ResponseCodeMismatch", planned["reason"])
        elif task.sick:
            elbv2_targets.sicken(*_where(task), arn, task.address, None)
        task.sick = bool(planned)
        found = elbv2_targets.states(*_where(task), arn).get((task.address, port), "unused")
        if found != "healthy":
            worst = (found, arn)
    return worst


def sickness(task, arn):
    """Return the plan for a task that stays unhealthy in a target group, or None."""
    images = [container["image"] for container in task.definition["containerDefinitions"]]
    return next(filter(None, (plans.holds("target_unhealthy", target_group=arn, image=image) for image in images)), None)


def seconds_until_checked(task):
    """Return after how many seconds of registration the load balancers have an opinion."""
    groups = [_group(task, arn) for arn, _port in task.targets]
    return max((int(group.health_check_interval_seconds) for group in groups if group is not None), default=0)


def _where(task):
    return task.place.account, task.place.region


# Cloud Map


def _discovery(task, registry):
    backend = task.place.moto("servicediscovery")
    identity = registry["registryArn"].rsplit("/", 1)[-1]
    return (backend, identity) if identity in backend.services else (backend, None)


def _join_registry(task, registry):
    backend, identity = _discovery(task, registry)
    if identity is None:
        return
    port = registry.get("port") or registry.get("containerPort")
    attributes = {
        "AWS_INSTANCE_IPV4": task.address,
        "AVAILABILITY_ZONE": task["availabilityZone"],
        "REGION": task.place.region,
        "ECS_CLUSTER_NAME": task["clusterArn"].rsplit("/", 1)[-1],
        "ECS_SERVICE_NAME": task["group"].partition(":")[2],
        "ECS_TASK_DEFINITION_FAMILY": task.definition["family"],
        **({"AWS_INSTANCE_PORT": str(port)} if port else {}),
    }
    backend.register_instance(identity, task.id, task.id, attributes)


def _leave_registry(task, registry):
    backend, identity = _discovery(task, registry)
    known = [instance.instance_id for instance in backend.services[identity].instances] if identity else []
    if task.id in known:
        backend.deregister_instance(identity, task.id)
