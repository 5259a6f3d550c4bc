# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Log groups, and what looks into them."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pascal, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, meant, unordered

defaults("AWS::Logs::LogGroup", DeletionProtectionEnabled=False, LogGroupClass="STANDARD")
defaults("AWS::Logs::QueryDefinition", QueryLanguage="CWLI")
unordered("AWS::Logs::QueryDefinition", "LogGroupNames", "Parameters")
meant("AWS::Logs::MetricFilter", "FilterPattern")  # an empty one counts everything
unordered("AWS::Logs::MetricFilter", "MetricTransformations.Dimensions")


@reader("AWS::Logs::LogGroup")
def log_groups(account):
    """Find log groups with the saved queries and metric filters about them, which carry no tags."""
    logs, tags = account.api("logs"), account.tagged("logs:log-group")
    groups = [each for each in logs.pages("describe_log_groups", "logGroups") if _arn(each) in tags] if tags else []
    ours = {each["logGroupName"] for each in groups}
    queries = logs.pages("describe_query_definitions", "queryDefinitions") if groups else []
    filters = logs.pages("describe_metric_filters", "metricFilters") if groups else []
    for each in groups:
        name = each["logGroupName"]
        properties = {
            **pick(each, LogGroupName="logGroupName", KmsKeyId="kmsKeyId", RetentionInDays="retentionInDays"),
            "DeletionProtectionEnabled": each.get("deletionProtectionEnabled", False),
            "LogGroupClass": each.get("logGroupClass", "STANDARD"),
        }
        told = {
            "queries": [query for query in queries if _first_of(query, ours) == name],
            "filters": [one for one in filters if one["logGroupName"] == name],
        }
        yield Found("AWS::Logs::LogGroup", name, properties, tags[_arn(each)], name, {"Arn": each["arn"]}, told=told)


def _arn(group):
    return group.get("logGroupArn") or group["arn"].removesuffix(":*")


def _first_of(query, ours):
    """Return the group that a query hangs on, when all groups that it asks are ours."""
    asked = query.get("logGroupNames", [])
    return min(asked) if asked and ours.issuperset(asked) else None


@reader("AWS::Logs::QueryDefinition", of="AWS::Logs::LogGroup")
def query_definitions(_account, group):
    """Find saved queries."""
    for each in group.told["queries"]:
        properties = pascal(pick(each, "name", "queryString", "queryLanguage", "logGroupNames", "parameters"))
        yield Found("AWS::Logs::QueryDefinition", each["queryDefinitionId"], properties, name=each["name"])


@reader("AWS::Logs::MetricFilter", of="AWS::Logs::LogGroup")
def metric_filters(_account, group):
    """Find metric filters."""
    for each in group.told["filters"]:
        names = ("filterName", "filterPattern", "logGroupName", "applyOnTransformedLogs", "fieldSelectionCriteria")
        properties = pascal(pick(each, *names, "emitSystemFieldDimensions"))
        properties["MetricTransformations"] = [_transformation(one) for one in each["metricTransformations"]]
        identity = f"{group.id}|{each['filterName']}"
        yield Found("AWS::Logs::MetricFilter", identity, properties, name=f"{group.name} {each['filterName']}")


def _transformation(described):
    dimensions = [{"Key": key, "Value": value} for key, value in described.get("dimensions", {}).items()]
    return {
        **pascal(pick(described, "metricName", "metricNamespace", "metricValue", "defaultValue", "unit")),
        "Dimensions": dimensions,
    }
