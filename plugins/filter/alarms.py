# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Alarms that every service has, for one task that keeps them all."""

from __future__ import annotations

_NAMESPACE = "ECS/ContainerInsights"


def task_alarms(services, prefix, cluster, percent):
    """Return an alarm per service that goes off when more than so many percent of its tasks do not run."""
    return [
        {
            "name": f"{prefix}-{service}-tasks",
            "alarm_description": f"More than {percent} % of the tasks of {service} do not run",
            "threshold": percent,
            "metrics": [
                {
                    "id": "percent",
                    "label": "Tasks that do not run, in percent",
                    "expression": "IF(wanted > 0, 100 * (wanted - running) / wanted, 0)",
                    "return_data": True,
                },
                _count("wanted", "DesiredTaskCount", cluster, service),
                _count("running", "RunningTaskCount", cluster, service),
            ],
        }
        for service in services
    ]


def _count(name, metric, cluster, service):
    dimensions = [{"name": "ClusterName", "value": cluster}, {"name": "ServiceName", "value": service}]
    stat = {"metric": {"namespace": _NAMESPACE, "metric_name": metric, "dimensions": dimensions}, "period": 60, "stat": "Average"}
    return {"id": name, "metric_stat": stat, "return_data": False}


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return filters by name."""
        return {"task_alarms": task_alarms}
