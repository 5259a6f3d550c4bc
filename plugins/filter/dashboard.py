# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Dashboards in the words of an inventory: graphs in reading order, laid out by us."""

from __future__ import annotations

_COLUMNS = 24  # the width of a dashboard (Amazon CloudWatch, dashboard body structure)
_WIDTH = 8
_HEIGHT = 6


def dashboard(graphs, region):
    """Return a dashboard's body with graphs such as ``{title, stat, metrics: [[namespace, name, dimension, value, ...]]}``."""
    return {"widgets": [_widget(graph, place, region) for place, graph in enumerate(graphs)]}


def _widget(graph, place, region):
    per_row = _COLUMNS // _WIDTH
    properties = {
        "title": graph["title"],
        "region": graph.get("region", region),
        "view": graph.get("view", "timeSeries"),
        "stat": graph.get("stat", "Average"),
        "period": graph.get("period", 300),
        "metrics": graph["metrics"],
    }
    column, row = place % per_row, place // per_row
    return {
        "type": "metric",
        "x": column * _WIDTH,
        "y": row * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": properties,
    }


def service_graphs(services, cluster):
    """Return the graphs of some services of a cluster: CPU, memory, tasks. A graph of nothing is refused by CloudWatch."""
    return [
        _per_thing(title, namespace, metric, [["ClusterName", cluster, "ServiceName", service] for service in services])
        for title, namespace, metric in (
            ("CPU of the services in percent", "AWS/ECS", "CPUUtilization"),
            ("Memory of the services in percent", "AWS/ECS", "MemoryUtilization"),
            ("Running tasks", "ECS/ContainerInsights", "RunningTaskCount"),
        )
        if services
    ]


def database_graphs(databases):
    """Return the graphs of some databases: CPU, connections, free storage and memory, operations."""
    return [
        _per_thing(title, "AWS/RDS", metric, [["DBInstanceIdentifier", database] for database in databases])
        for title, metric in (
            ("CPU of the databases in percent", "CPUUtilization"),
            ("Connections", "DatabaseConnections"),
            ("Free storage in bytes", "FreeStorageSpace"),
            ("Free memory in bytes", "FreeableMemory"),
            ("Reads per second", "ReadIOPS"),
            ("Writes per second", "WriteIOPS"),
        )
        if databases
    ]


def pipeline_graphs(pipelines, builds):
    """Return the graphs of some pipelines and of some CodeBuild projects: what ended, what failed, how long it took."""
    executions = [
        {"title": title, "metrics": [[_found(metric, pipeline, statistic)] for pipeline in pipelines]}
        for title, metric, statistic in (
            ("Executions that ended", "PipelineDuration", "SampleCount"),
            ("Executions that failed", "FailedPipelineExecutions", "Sum"),
            ("Seconds of an execution", "PipelineDuration", "Average"),
        )
        if pipelines
    ]
    return executions + [
        {**_per_thing(title, "AWS/CodeBuild", metric, [["ProjectName", build] for build in builds]), "stat": statistic}
        for title, metric, statistic in (
            ("Builds that succeeded", "SucceededBuilds", "Sum"),
            ("Builds that failed", "FailedBuilds", "Sum"),
            ("Seconds of a build", "Duration", "Average"),
        )
        if builds
    ]


def _found(metric, name, statistic):
    """Return a search for a metric of a pipeline, whatever CodePipeline calls the dimension that has its name."""
    terms = f'Namespace="AWS/CodePipeline" MetricName="{metric}" "{name}"'
    return {"expression": f"SEARCH('{terms}', '{statistic}', 300)", "label": name}


def _per_thing(title, namespace, metric, dimensions):
    return {"title": title, "metrics": [[namespace, metric, *each] for each in dimensions]}


def billing_metrics(names):
    """Return the metrics of the estimated charges of some AWS services."""
    return [["AWS/Billing", "EstimatedCharges", "ServiceName", name, "Currency", "USD"] for name in names]


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return the filters by name."""
        return {
            "billing_metrics": billing_metrics,
            "dashboard": dashboard,
            "database_graphs": database_graphs,
            "pipeline_graphs": pipeline_graphs,
            "service_graphs": service_graphs,
        }
