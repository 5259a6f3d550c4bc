# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Builds: they queue, run through their phases and end, in the account's time.

Commands run only when something comes of them (codebuild_commands.py). A build succeeds after about two minutes unless a test plans
otherwise: ``plans.plan("build_fails", project="backend")`` or ``plans.plan("build_takes", seconds=4000)``, which ends at the
project's timeout.
"""

from __future__ import annotations

import hashlib
import re
import uuid

from .. import plans
from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import moment, places
from ..registry import alive, operation
from . import codebuild_commands, ecr_images
from .codebuild import here, invalid, project_of

plans.KINDS["build_fails"] = plans.Kind(
    ("project",),
    {
        "phase": "BUILD",
        "status": "FAILED",
        "code": "COMMAND_EXECUTION_ERROR",
        "message": "Error while executing command: make test. Reason: exit status 1",
    },
)
plans.KINDS["build_takes"] = plans.Kind(("project",), {"seconds": 60})

_SECONDS = {
    "SUBMITTED": 0,
    "QUEUED": 1,
    "PROVISIONING": 20,
    "DOWNLOAD_SOURCE": 5,
    "INSTALL": 10,
    "PRE_BUILD": 5,
    "BUILD": 60,
    "POST_BUILD": 5,
    "UPLOAD_ARTIFACTS": 3,
    "FINALIZING": 2,
}
_COMMIT = re.compile("[0-9a-f]{40}")
_ALWAYS = {"BUILD": ("POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING"), "POST_BUILD": ("UPLOAD_ARTIFACTS", "FINALIZING")}
_PARTS = {"image": "environment", "computeType": "environment", "privilegedMode": "environment", "certificate": "environment"}
_PARTS |= {"imagePullCredentialsType": "environment", "registryCredential": "environment", "fleet": "environment"}
_PARTS |= {"environmentType": "environment", "environmentVariables": "environment", "hostKernel": "environment"}
_PARTS |= dict.fromkeys(("sourceType", "sourceLocation", "sourceAuth", "gitCloneDepth", "gitSubmodulesConfig"), "source")
_PARTS |= dict.fromkeys(("buildspec", "insecureSsl", "reportBuildStatus", "buildStatusConfig"), "source")
_MEMBERS = {"environmentType": "type", "sourceType": "type", "sourceLocation": "location", "sourceAuth": "auth"}
_MEMBERS |= {"secondarySourcesVersion": "secondarySourceVersions"}
_COPIED = ("source", "secondarySources", "secondarySourceVersions", "cache", "environment", "serviceRole", "timeoutInMinutes")
_COPIED += ("queuedTimeoutInMinutes", "encryptionKey", "vpcConfig", "fileSystemLocations", "sourceVersion")


@operation("codebuild", "StartBuild")
def start_build(call):
    asked = call.params.everything()
    return {"build": shown(begin(here(call), asked, f"{call.account}-user"))}


def begin(place, asked, initiator, at=None, hands_on=False):
    """Start a build, now or at a moment of the account's time that is over already; return what we keep of it.

    When it hands on what it makes, its commands are run.
    """
    place, at = here(place), CLOCK.seconds() if at is None else at
    project = project_of(place, asked["projectName"])
    builds = place.things("build")
    known = next((b for b in builds.values() if asked.get("idempotencyToken") and b["token"] == asked["idempotencyToken"]), None)
    if known:
        return known
    running = [build for build in builds.values() if build["data"]["projectName"] == project["name"] and is_running(build, at)]
    if len(running) >= project.get("concurrentBuildLimit", 60):
        raise AwsError("AccountLimitExceededException", f"Cannot have more than {len(running)} active builds for the project")
    key = f"{project['name']}:{uuid.uuid4()}"
    number = 1 + sum(build["data"]["projectName"] == project["name"] for build in builds.values())
    data = _data(place, project, asked, {"id": key, "buildNumber": number, "initiator": initiator})
    builds[key] = build = {"data": data, "token": asked.get("idempotencyToken"), "begin": at, "stopped": None}
    fault = plans.due("build_fails", project=project["name"])
    outcome = codebuild_commands.run(place, project["name"], data) if hands_on and not fault else codebuild_commands.Outcome()
    build |= {"files": outcome.files, "pushes": outcome.pushes, "log": outcome.log}
    build["phases"] = _phases(project["name"], data, at, fault or outcome.fault)
    return build


def _data(place, project, asked, start):
    parts = {key: project[key] for key in _COPIED if key in project}
    for key in asked.keys() - {"projectName", "idempotencyToken", "debugSessionEnabled", "sourceVersion"}:
        name = key.removesuffix("Override")
        _override(parts, name, asked[key])
    version = asked.get("sourceVersion") or parts.pop("sourceVersion", None)
    group = project.get("logsConfig", {}).get("cloudWatchLogs", {}).get("groupName") or f"/aws/codebuild/{project['name']}"
    stream = start["id"].split(":")[1]
    return {
        **parts,
        **start,
        "arn": place.arn(f"build/{start['id']}"),
        "projectName": project["name"],
        "artifacts": {"location": f"arn:aws:s3:::artifacts/{stream}"},
        "logs": {"groupName": group, "streamName": stream, "cloudWatchLogsArn": place.arn(f"log-group:{group}", "logs")},
        "resolvedSourceVersion": _commit(version or start["id"]),
        **({"sourceVersion": version} if version else {}),
    }


def _commit(version):
    """Return the commit of a version, which may be one itself."""
    return version if _COMMIT.fullmatch(version) else hashlib.sha1(version.encode()).hexdigest()


def _override(parts, name, value):
    """Put what a build asks for in the place of what its project says."""
    if name == "environmentVariables":
        given = {variable["name"] for variable in value}
        kept = [variable for variable in parts["environment"]["environmentVariables"] if variable["name"] not in given]
        value = kept + [{"type": "PLAINTEXT", **variable} for variable in value]
    member = _MEMBERS.get(name, name)
    if name in _PARTS:
        parts[_PARTS[name]] = {**parts[_PARTS[name]], member: value}
    elif member in _COPIED:
        parts[member] = value
    elif name not in ("artifacts", "secondaryArtifacts", "logsConfig", "autoRetryLimit"):
        raise AwsError("NotImplemented", f"The emulated StartBuild does not support {name}Override.")


def _phases(project, data, at, fault):
    """Return the phases that a build will have: name, begin, end, status and, when it goes wrong, code and message."""
    slow = plans.holds("build_takes", project=project)
    lasting = {**_SECONDS, **({"BUILD": slow["seconds"]} if slow else {})}
    deadline, failed, phases = None, None, []
    for name, seconds in lasting.items():
        if failed and name not in _ALWAYS.get(failed, ("FINALIZING",)):
            continue
        if name == "PROVISIONING":
            deadline = at + data["timeoutInMinutes"] * 60
        end, status, context = at + seconds, "SUCCEEDED", {"message": ""}
        if deadline and not failed and end > deadline:
            end, status, failed = deadline, "TIMED_OUT", name
            context = {"statusCode": "BUILD_TIMED_OUT", "message": f"Build has timed out after {data['timeoutInMinutes']} minutes."}
        elif fault and name == fault["phase"]:
            status, failed = fault["status"], name
            context = {"statusCode": fault["code"], "message": fault["message"]}
        phases.append({"name": name, "begin": at, "end": end, "status": status, "context": context})
        at = end
    return phases


def is_running(build, at=None):
    """Tell whether a build has not ended."""
    return (CLOCK.seconds() if at is None else at) < ended_at(build)


def ended_at(build):
    """Return the account second in which a build ends, or has ended."""
    end = build["phases"][-1]["end"]
    return end if build["stopped"] is None else min(build["stopped"], end)


def verdict(build):
    """Return how a build ends: its status, the phase that decided it and that phase's code and message."""
    if build["stopped"] is not None:
        return "STOPPED", "BUILD", {"message": ""}
    bad = next((phase for phase in build["phases"] if phase["status"] != "SUCCEEDED"), None)
    return (bad["status"], bad["name"], bad["context"]) if bad else ("SUCCEEDED", "COMPLETED", {"message": ""})


def shown(build):
    """Return a build as AWS shows it at this moment."""
    now, over = CLOCK.seconds(), not is_running(build)
    begun = [phase for phase in build["phases"] if phase["begin"] <= min(now, ended_at(build))]
    phases = [_shown_phase(phase, now, build["stopped"]) for phase in begun]
    end = {"endTime": moment(ended_at(build))} if over else {}
    if over:
        phases.append({"phaseType": "COMPLETED", "startTime": end["endTime"]})
    return {
        **build["data"],
        "startTime": moment(build["begin"]),
        "buildStatus": verdict(build)[0] if over else "IN_PROGRESS",
        "currentPhase": "COMPLETED" if over else phases[-1]["phaseType"],
        "buildComplete": over,
        "phases": phases,
        **end,
    }


def _shown_phase(phase, now, stopped):
    end = phase["end"] if stopped is None else min(phase["end"], stopped)
    known = {"phaseType": phase["name"], "startTime": moment(phase["begin"])}
    if now < end:
        return known
    status = "STOPPED" if end < phase["end"] else phase["status"]
    seconds = int(end - phase["begin"])
    return {**known, "endTime": moment(end), "durationInSeconds": seconds, "phaseStatus": status, "contexts": [phase["context"]]}


@alive
def deliver_all():
    """Let images stand in their repositories whose builds have ended by now."""
    for place in list(places("codebuild", "build")):
        for build in list(place.things("build").values()):
            deliver(place, build)


def deliver(place, build):
    """Put what a build has pushed into the repositories, and what it said into its log, once it has ended by itself."""
    if is_running(build) or "told_all" in build:
        return
    build["told_all"] = True
    codebuild_commands.write_log(place, build)
    if verdict(build)[0] in ("SUCCEEDED", "FAILED"):  # nobody knows how far one came that was stopped
        for repository, tag, digest in build["pushes"]:
            ecr_images.push(place, repository, tag, digest)


def build_of(place, key):
    """Return a build by id or ARN, or raise what AWS raises."""
    build = here(place).things("build").get(key.rsplit("/", 1)[-1])
    if build is None:
        raise AwsError("ResourceNotFoundException", f"Build cannot be found: {key}")
    return build


@operation("codebuild", "StopBuild")
def stop_build(call):
    build = build_of(call, call.params["id"])
    stop(build)
    return {"build": shown(build)}


def stop(build):
    """Stop a build that has not ended."""
    if is_running(build):
        build["stopped"] = CLOCK.seconds()


@operation("codebuild", "RetryBuild")
def retry_build(call):
    build = build_of(call, call.params["id"])
    if is_running(build):
        raise invalid("Build is still in progress and cannot be retried")
    asked = {"projectName": build["data"]["projectName"], "idempotencyToken": call.params.get("idempotencyToken")}
    if "sourceVersion" in build["data"]:
        asked["sourceVersion"] = build["data"]["sourceVersion"]
    return {"build": shown(begin(here(call), asked, f"{call.account}-user"))}


@operation("codebuild", "BatchGetBuilds")
def batch_get_builds(call):
    builds = here(call).things("build")
    ids = [key.rsplit("/", 1)[-1] for key in call.params["ids"]]
    return {
        "builds": [shown(builds[key]) for key in ids if key in builds],
        "buildsNotFound": [key for key in ids if key not in builds],
    }


@operation("codebuild", "ListBuilds", "ListBuildsForProject")
def list_builds(call):
    place, name = here(call), call.params.get("projectName")
    if name:
        project_of(place, name)
    builds = [build for build in place.things("build").values() if name in (None, build["data"]["projectName"])]
    builds.sort(key=lambda build: build["begin"], reverse=call.params.get("sortOrder") != "ASCENDING")
    call.params.get("nextToken")
    return {"ids": [build["data"]["id"] for build in builds]}


@operation("codebuild", "BatchDeleteBuilds")
def batch_delete_builds(call):
    builds, deleted, kept = here(call).things("build"), [], []
    for key in call.params["ids"]:
        build = builds.get(key.rsplit("/", 1)[-1])
        if build is None or is_running(build):
            kept.append({"id": key, "statusCode": "BUILD_IN_PROGRESS" if build else "NOT_FOUND"})
        else:
            deleted.append(builds.pop(build["data"]["id"])["data"]["arn"])
    return {"buildsDeleted": deleted, "buildsNotDeleted": kept}
