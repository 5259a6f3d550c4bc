# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What one service is called and when it gives the alarm."""

from __future__ import annotations

import hashlib

_MINUTES = 5  # how long something has to last before anybody is told
_PERCENT = 80
_SECONDS = 2
_LONGEST = 32  # characters in the name of a target group
_NAMES = ("cpu", "memory", "tasks", "latency", "latency-new", "unhealthy", "unhealthy-new")
_ABOVE = "GreaterThanThreshold"


def target_group_names(family, shifts=True):
    """Return the names of a service's target groups: one, or two of which versions take turns when traffic is shifted."""
    return [_shortened(name) for name in ([family, f"{family}-new"] if shifts else [family])]


def _shortened(name):
    """Return a name that AWS takes: one that is longer ends with a hash, so that two of them stay two."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 7].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def service_alarm_names(prefix):
    """Return the names that the alarms of a service can have; ``prefix`` is the first part of all of them."""
    return [f"{prefix}-{name}" for name in _NAMES]


def service_alarms(service, about):
    """Return the alarms of a service.

    ``about`` is ``{prefix, cluster, tasks, load_balancer, target_groups, critical, warning}``: the first part of their names, the
    name of the cluster, how many tasks there are at least, the load balancer as metrics name it, the ARNs of its target groups, and
    the ARNs of two topics.
    """
    tasks = {"ClusterName": about["cluster"], "ServiceName": service}
    alarms = [
        _alarm(about, name, "warning", f"{noun} of {service} above {_PERCENT} %", "AWS/ECS", metric, tasks, "Average", _PERCENT)
        for name, noun, metric in (("cpu", "CPU", "CPUUtilization"), ("memory", "Memory", "MemoryUtilization"))
    ]
    least = int(about["tasks"])
    text = f"Less than {least} tasks of {service} run"
    missing = _alarm(about, "tasks", "critical", text, "ECS/ContainerInsights", "RunningTaskCount", tasks, "Minimum", least)
    alarms.append({**missing, "comparison_operator": "LessThanThreshold"})
    for arn, ending in zip(about["target_groups"], ("", "-new"), strict=False):
        group = {"LoadBalancer": about["load_balancer"], "TargetGroup": arn.rsplit(":", 1)[-1]}
        slow, unwell = f"{service} takes more than {_SECONDS} s to answer", f"Tasks of {service} are not well"
        namespace = "AWS/ApplicationELB"
        alarms += [
            _alarm(about, f"latency{ending}", "warning", slow, namespace, "TargetResponseTime", group, "Average", _SECONDS),
            _alarm(about, f"unhealthy{ending}", "warning", unwell, namespace, "UnHealthyHostCount", group, "Minimum", 0),
        ]
    return alarms


def _alarm(about, name, topic, text, namespace, metric, dimensions, statistic, limit):
    return {
        "name": f"{about['prefix']}-{name}",
        "alarm_description": f"{text} for {_MINUTES} minutes",
        "namespace": namespace,
        "metric_name": metric,
        "dimensions": dimensions,
        "statistic": statistic,
        "period": 60 * _MINUTES,
        "comparison_operator": _ABOVE,
        "threshold": limit,
        "alarm_actions": [about[topic]],
        "ok_actions": [about[topic]],
    }


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return the filters by name."""
        found = (service_alarms, service_alarm_names, target_group_names)
        return {each.__name__: each for each in found}
