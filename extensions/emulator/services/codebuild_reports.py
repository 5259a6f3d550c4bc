# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodeBuild report groups. No build runs, so they hold no reports."""

from __future__ import annotations

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, taggable
from .codebuild import here, invalid

taggable("codebuild", "report group", arn="arn", tags="tags")


def _groups(call):
    return here(call).things("report group")


def _export(config):
    """Return an export configuration with AWS's defaults, or raise what AWS raises."""
    if config["exportConfigType"] == "NO_EXPORT":
        return {"exportConfigType": "NO_EXPORT"}
    if not config.get("s3Destination", {}).get("bucket"):
        raise invalid("Invalid export config: an S3 destination with a bucket is required")
    return {**config, "s3Destination": {"packaging": "NONE", "encryptionDisabled": False, **config["s3Destination"]}}


@operation("codebuild", "CreateReportGroup")
def create_report_group(call):
    name = call.params["name"]
    arn = here(call).arn(f"report-group/{name}")
    if arn in _groups(call):
        raise AwsError("ResourceAlreadyExistsException", f"Report group already exists: {arn}")
    _groups(call)[arn] = group = {
        "arn": arn,
        "name": name,
        "type": call.params["type"],
        "exportConfig": _export(call.params["exportConfig"]),
        "created": CLOCK.now(),
        "lastModified": CLOCK.now(),
        "tags": call.params.get("tags", []),
        "status": "ACTIVE",
    }
    return {"reportGroup": group}


@operation("codebuild", "UpdateReportGroup")
def update_report_group(call):
    group = _groups(call).get(call.params["arn"])
    if group is None:
        raise AwsError("ResourceNotFoundException", f"Report group cannot be found: {call.params['arn']}")
    if "exportConfig" in call.params:
        group["exportConfig"] = _export(call.params["exportConfig"])
    group.update(call.params.take("tags"), lastModified=CLOCK.now())
    return {"reportGroup": group}


@operation("codebuild", "BatchGetReportGroups")
def batch_get_report_groups(call):
    arns, groups = call.params["reportGroupArns"], _groups(call)
    return {
        "reportGroups": [groups[arn] for arn in arns if arn in groups],
        "reportGroupsNotFound": [arn for arn in arns if arn not in groups],
    }


@operation("codebuild", "ListReportGroups")
def list_report_groups(call):
    call.params.take("sortBy", "sortOrder", "nextToken", "maxResults")
    return {"reportGroups": sorted(_groups(call))}


@operation("codebuild", "ListReportsForReportGroup")
def list_reports_for_report_group(call):
    if call.params["reportGroupArn"] not in _groups(call):
        raise AwsError("ResourceNotFoundException", f"Report group cannot be found: {call.params['reportGroupArn']}")
    call.params.take("sortOrder", "filter", "nextToken", "maxResults")
    return {"reports": []}


@operation("codebuild", "DeleteReportGroup")
def delete_report_group(call):
    call.params.get("deleteReports")
    _groups(call).pop(call.params["arn"], None)
