# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Delivery in the words of an inventory: builds and stages, as CodeBuild and CodePipeline want them."""

from __future__ import annotations

import json

from ansible.errors import AnsibleFilterError

_SOURCE = "source"
_FILE = "imagedefinitions.json"  # what ECS is told: which container gets which image
_DAY = 24 * 60
# The kinds of actions, and what else each of them can say.
_KINDS = {
    "approval": {"timeout_days", "topic"},
    "build": {"artifact", "variables"},
    "service": {"cluster", "family", "image_from", "timeout_minutes"},
}


def buildspec(build):
    """Return the buildspec of a build such as ``{commands: [...], runtimes: {python: "3.13"}}``.

    It is JSON, which is YAML as well. Phases end at the first command that fails, as CodeBuild has it, and nothing comes after.
    """
    phases = {"build": {"commands": build["commands"], "on-failure": "ABORT"}}
    if build.get("afterwards"):
        phases["post_build"] = {"commands": build["afterwards"], "on-failure": "ABORT"}
    install = {}
    if build.get("runtimes"):
        install["runtime-versions"] = build["runtimes"]
    if build.get("install"):
        install["commands"] = build["install"]
    if install:
        phases["install"] = install
    spec = {"version": 0.2, "phases": phases}
    for key in ("artifacts", "cache", "reports"):
        if build.get(key):
            spec[key] = build[key]
    return json.dumps(spec, sort_keys=True)


def pipeline_stages(stages, source, projects):
    """Return stages such as ``{name: Build, actions: [{name: Tests, build: tests}]}`` with all that CodePipeline wants to know.

    ``source`` is ``{connection_arn, repository, branch}``; the stage that fetches it comes first. ``projects`` gives the CodeBuild
    project of each build by name. An action has ``build``, or ``approval`` with what the person who approves has to check, or
    ``service`` with the ECS service that gets the image which the action ``image_from`` has built.
    """
    faults = _faults([action for stage in stages for action in stage["actions"]], source, projects)
    if faults:
        raise AnsibleFilterError(" ".join(faults))
    artifacts = {action["name"]: action["artifact"] for stage in stages for action in stage["actions"] if action.get("artifact")}
    return [_source_stage(source), *(_stage(stage, projects, artifacts) for stage in stages)]


def _faults(actions, source, projects):
    """Return sentences about what cannot be meant."""
    faults = [fault for action in actions for fault in _action_faults(action)]
    missing = sorted({action["build"] for action in actions if action.get("build")} - set(projects))
    if missing:
        known = ", ".join(projects)
        faults.append(f"The stages speak of builds that nobody describes: {', '.join(missing)}; there are {known}.")
    if set("*?[") & set(source["branch"]):
        faults.append(f"The branch {source['branch']} is a pattern. The source needs the name of one branch.")
    return [*faults, *_artifact_faults(actions)]


def _kind(action):
    kinds = [kind for kind in _KINDS if action.get(kind)]
    return kinds[0] if len(kinds) == 1 else None


def _action_faults(action):
    name, kind = action["name"], _kind(action)
    if kind is None:
        yield f"Action {name} needs one of {', '.join(_KINDS)}."
        return
    other = sorted(key for key in set(action) - {"name", "run_order", kind} - _KINDS[kind] if action[key])
    if other:
        yield f"Action {name} is of kind {kind}, which knows {', '.join(sorted(_KINDS[kind]))} and not {', '.join(other)}."
    lacks = [key for key in ("cluster", "image_from") if kind == "service" and not action.get(key)]
    if lacks:
        yield f"Action {name} deploys the service {action['service']} and lacks {' and '.join(lacks)}."
    for key in ("timeout_days", "timeout_minutes"):
        if action.get(key) is not None and not 1 <= int(action[key]) <= 60:
            yield f"{key} of action {name} is {action[key]}; AWS waits 1 to 60."


def _artifact_faults(actions):
    given = [action["artifact"] for action in actions if action.get("artifact")]
    for name in sorted({name for name in given if given.count(name) > 1 or name == _SOURCE}):
        yield f"The artifact {name} is handed on by two actions; the one of the source is called {_SOURCE}."
    for action in actions:
        makers = [each for each in actions if each["name"] == action.get("image_from") and each.get("artifact")]
        if action.get("image_from") and len(makers) != 1:
            number = "more than one action" if makers else "no action"
            yield f"Action {action['name']} takes its image from {action['image_from']}, and {number} of that name has an artifact."


def _source_stage(source):
    configuration = {
        "ConnectionArn": source["connection_arn"],
        "FullRepositoryId": source["repository"],
        "BranchName": source["branch"],
        "DetectChanges": "false",  # the trigger of the pipeline does, which knows branches and paths
        "OutputArtifactFormat": "CODE_ZIP",
    }
    action = _action("Source", "Source", "CodeStarSourceConnection", configuration, namespace="source")
    return {"name": "Source", "actions": [{**action, "output_artifacts": [{"name": _SOURCE}]}]}


def _stage(stage, projects, artifacts):
    made = {"name": stage["name"], "actions": [_stage_action(action, projects, artifacts) for action in stage["actions"]]}
    if stage.get("roll_back"):
        made["on_failure"] = {"result": "ROLLBACK"}
    return made


def _stage_action(action, projects, artifacts):
    kind, order = _kind(action), action.get("run_order", 1)
    if kind == "approval":
        return _approval(action, order)
    if kind == "service":
        return _deployment(action, order, artifacts)
    return _build(action, order, projects)


def _approval(action, order):
    topic = {"NotificationArn": action["topic"]} if action.get("topic") else {}
    made = _action(action["name"], "Approval", "Manual", {"CustomData": action["approval"], **topic}, order=order)
    return {**made, **({"timeout_in_minutes": int(action["timeout_days"]) * _DAY} if action.get("timeout_days") else {})}


def _deployment(action, order, artifacts):
    configuration = {"ClusterName": action["cluster"], "ServiceName": action["service"], "FileName": _FILE}
    if action.get("timeout_minutes"):
        configuration["DeploymentTimeout"] = str(action["timeout_minutes"])
    made = _action(action["name"], "Deploy", "ECS", configuration, order=order)
    return {**made, "input_artifacts": [{"name": artifacts[action["image_from"]]}]}


def _build(action, order, projects):
    variables = [{"name": name, "value": str(value)} for name, value in sorted(action.get("variables", {}).items())]
    configuration = {"ProjectName": projects[action["build"]]}
    if variables:
        configuration["EnvironmentVariables"] = json.dumps(variables)
    made = _action(action["name"], "Build", "CodeBuild", configuration, order=order)
    handed_on = {"output_artifacts": [{"name": action["artifact"]}]} if action.get("artifact") else {}
    return {**made, "input_artifacts": [{"name": _SOURCE}], **handed_on}


def _action(name, category, provider, configuration, order=1, **more):
    owner = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "action_type_id": owner, "run_order": order, "configuration": configuration, **more}


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return the filters by name."""
        return {"buildspec": buildspec, "pipeline_stages": pipeline_stages}
