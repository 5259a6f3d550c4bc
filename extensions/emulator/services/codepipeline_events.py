# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What pipelines and builds announce, and how events and pushes start a pipeline.

A test pushes to a connected repository with push(), or POST /slipway/push: pipelines whose triggers, or whose change detection, fit
start as on AWS.
"""

from __future__ import annotations

import re

from ..clock import CLOCK
from ..delivery import places
from ..registry import alive, control
from . import codebuild_builds, codepipeline_runs
from .codepipeline_actions import push as make_head
from .eventbridge import announce, deliverer

_KINDS = {"pipeline": "Pipeline", "stage": "Stage", "action": "Action"}


@codepipeline_runs.LISTENERS.append
def tell(place, kind, state, execution, at, stage, run):
    """Announce a change of an execution, a stage or an action."""
    detail = {
        "pipeline": execution.pipeline,
        "execution-id": execution.key,
        "version": execution.declaration["version"],
        "state": state,
    }
    if kind == "pipeline":
        detail["execution-trigger"] = {"trigger-type": execution.trigger, "trigger-detail": execution.detail}
    if stage:
        detail["stage"] = stage.name
    if run:
        detail |= {"action": run.name, "region": run.action.get("region", place.region), "type": run.action["actionTypeId"]}
        if run.error and state == "FAILED":
            result = {"external-execution-summary": run.error["message"], "error-code": run.error["code"]}
            detail["execution-result"] = {**result, "external-execution-id": run.external, "external-execution-url": run.url}
    name = f"CodePipeline {_KINDS[kind]} Execution State Change"
    announce(place, "aws.codepipeline", name, place.arn(execution.pipeline), detail, at)


@alive
def tell_of_builds():
    """Announce builds that began and ended since somebody looked last."""
    for place in list(places("codebuild", "build")):
        for build in list(place.things("build").values()):
            _tell_of_build(place, build, "IN_PROGRESS", build["begin"])
            if not codebuild_builds.is_running(build):
                _tell_of_build(place, build, codebuild_builds.verdict(build)[0], codebuild_builds.ended_at(build))


def _tell_of_build(place, build, status, at):
    if status in build.setdefault("told", set()):
        return
    build["told"].add(status)
    data = build["data"]
    detail = {"build-status": status, "project-name": data["projectName"], "build-id": data["arn"], "current-phase": "COMPLETED"}
    detail["additional-information"] = {"initiator": data["initiator"], "build-complete": status != "IN_PROGRESS"}
    project = place.arn(f"project/{data['projectName']}")
    announce(place, "aws.codebuild", "CodeBuild Build State Change", project, detail, at)


# Starting


@deliverer("codepipeline")
def _start_by_rule(place, target, _message, rule):
    there = codepipeline_runs.codepipeline.here(place)
    pipeline = there.things("pipeline").get(target["Arn"].split(":")[5])
    if pipeline:
        codepipeline_runs.start(there, pipeline, "CloudWatchEvent", rule)


@control("push")
def push(repository, branch=None, tag=None, files=("README.md",), commit=None):
    """Push a commit or a tag to a connected repository; return the commit and the pipelines that it starts."""
    commit, started = make_head(repository, branch or tag, commit), []
    for place in list(places("codepipeline", "pipeline")):
        for name, pipeline in place.things("pipeline").items():
            for action in pipeline["declaration"]["stages"][0]["actions"]:
                if _reads(action, repository) and _wanted(pipeline["declaration"], action, branch, tag, files):
                    branches = {action["name"]: branch or tag}
                    detail = action["configuration"]["ConnectionArn"]
                    codepipeline_runs.start(place, pipeline, "WebhookV2", detail, CLOCK.seconds(), branches=branches)
                    started.append(name)
    return {"commit": commit, "started": started}


def _reads(action, repository):
    connected = action["actionTypeId"]["provider"] == "CodeStarSourceConnection"
    return connected and action["configuration"]["FullRepositoryId"] == repository


def _wanted(declaration, action, branch, tag, files):
    """Tell whether a push starts a pipeline: by its triggers if it has any, else by the branch of its source."""
    triggers = declaration.get("triggers", [])
    if not triggers:
        detects = action["configuration"].get("DetectChanges", "true") != "false"
        return detects and branch == action["configuration"]["BranchName"]
    mine = [one["gitConfiguration"] for one in triggers if one["gitConfiguration"]["sourceActionName"] == action["name"]]
    return any(_passes(each, branch, tag, files) for one in mine for each in one.get("push", [{}]))


def _passes(wish, branch, tag, files):
    if tag:
        return "tags" in wish and _fits(wish["tags"], [tag])
    if "tags" in wish and "branches" not in wish:
        return False
    return _fits(wish.get("branches", {}), [branch]) and _fits(wish.get("filePaths", {}), files)


def _fits(patterns, names):
    included = [name for name in names if any(_glob(one, name) for one in patterns.get("includes", ["**"]))]
    return any(not any(_glob(one, name) for one in patterns.get("excludes", [])) for name in included)


def _glob(pattern, name):
    """Tell whether a name fits a pattern: * stays within a part of a path, ** does not."""
    parts = {"**": ".*", "*": "[^/]*"}
    text = "".join(parts.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*)", pattern))
    return re.fullmatch(text, name) is not None
