# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Builds and groups of reports."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pascal, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, meant, unordered

unordered(
    "AWS::CodeBuild::Project",
    "Cache.Modes",
    "Environment.EnvironmentVariables",
    "FileSystemLocations",
    "SecondaryArtifacts",
    "SecondarySources",
    "SecondarySourceVersions",
    "VpcConfig.SecurityGroupIds",
    "VpcConfig.Subnets",
)
defaults(
    "AWS::CodeBuild::Project",
    BadgeEnabled=False,
    Cache={"Type": "NO_CACHE"},
    QueuedTimeoutInMinutes=480,
    TimeoutInMinutes=60,
    Visibility="PRIVATE",
)
defaults("AWS::CodeBuild::ReportGroup", ExportConfig={"ExportConfigType": "NO_EXPORT"})
meant("AWS::CodeBuild::Project", "Value")  # a variable may be empty, but not without a value

_NAMES = (
    "artifacts",
    "autoRetryLimit",
    "buildBatchConfig",
    "cache",
    "concurrentBuildLimit",
    "description",
    "encryptionKey",
    "environment",
    "fileSystemLocations",
    "logsConfig",
    "name",
    "queuedTimeoutInMinutes",
    "resourceAccessRole",
    "secondaryArtifacts",
    "secondarySourceVersions",
    "serviceRole",
    "sourceVersion",
    "timeoutInMinutes",
    "vpcConfig",
)


def _hundreds(elements):
    return [elements[start : start + 100] for start in range(0, len(elements), 100)]


@reader("AWS::CodeBuild::Project")
def projects(account):
    """Find builds."""
    api = account.api("codebuild")
    for names in _hundreds(api.pages("list_projects", "projects")):
        for each in api.read("batch_get_projects", names=names)["projects"]:
            if account.ours(each.get("tags")):
                attributes = {"Arn": each["arn"]}
                yield Found("AWS::CodeBuild::Project", each["name"], _project(each), each["tags"], each["name"], attributes)


def _project(told):
    return {
        **pascal(pick(told, *_NAMES, visibility="projectVisibility")),
        "BadgeEnabled": told.get("badge", {}).get("badgeEnabled"),
        "SecondarySources": [_source(each) for each in told.get("secondarySources") or []],
        "Source": _source(told["source"]),
        "Triggers": _triggers(told.get("webhook")),
    }


def _source(told):
    rest = {name: value for name, value in told.items() if name != "buildspec"}
    return {**pascal(rest), "BuildSpec": told.get("buildspec")}


def _triggers(webhook):
    """Return what starts builds; the webhook's secret is left where it is."""
    if not webhook:
        return None
    names = ("buildType", "filterGroups", "pullRequestBuildPolicy", "scopeConfiguration")
    return {"Webhook": True, **pascal(pick(webhook, *names))}


@reader("AWS::CodeBuild::ReportGroup")
def report_groups(account):
    """Find groups of reports."""
    api = account.api("codebuild")
    for arns in _hundreds(api.pages("list_report_groups", "reportGroups")):
        for each in api.read("batch_get_report_groups", reportGroupArns=arns)["reportGroups"]:
            if account.ours(each.get("tags")) and each.get("status") != "DELETING":
                properties = pascal(pick(each, "exportConfig", "name", "type"))
                yield Found(
                    "AWS::CodeBuild::ReportGroup", each["arn"], properties, each["tags"], each["name"], {"Arn": each["arn"]}
                )
