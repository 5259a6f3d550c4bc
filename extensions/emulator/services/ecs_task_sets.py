# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How CodeDeploy works on a service whose deployment controller it is: it starts a second set of tasks and later drops the first.

For the emulated CodeDeploy. It moves the traffic itself.
"""

from __future__ import annotations

from .ecs_place import short
from .ecs_releases import Release
from .ecs_scheduler import services
from .ecs_service_checks import definition_for


def start(place, cluster, service, task_definition, load_balancers):
    """Start a replacement task set behind other target groups; return it. ``steady()`` tells when all its tasks are healthy."""
    found = services(place)[short(cluster), short(service)]
    arn = definition_for(place, task_definition)["taskDefinitionArn"]
    release = Release(found, {**found, "taskDefinition": arn, "loadBalancers": load_balancers})
    release.status, release.rollout, release.scaled = "ACTIVE", "COMPLETED", True
    found.releases.append(release)
    found.settle()
    return release


def primary(place, cluster, service):
    """Return the task set that is the service's own."""
    return services(place)[short(cluster), short(service)].primary


def promote(release):
    """Make a task set the service's own."""
    release.service.returns_to(release, "")
    release.rollout = "COMPLETED"


def stop(release):
    """Stop the tasks of a task set; it disappears with the last one."""
    release.scaled = False
    release.service.settle()
