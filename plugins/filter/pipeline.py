# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Delivery in the words of an inventory: builds and stages, as CodeBuild and CodePipeline want them."""

from __future__ import annotations

import json

from ansible.errors import AnsibleFilterError

_SOURCE = "source"


def buildspec(build):
    """Return the buildspec of a build such as ``{commands: [...], runtimes: {python: "3.13"}}``.

    It is JSON, which is YAML as well. Phases end at the first command that fails, as CodeBuild has it.
    """
    phases = {"build": {"commands": build["commands"], "on-failure": "ABORT"}}
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
    project of each build by name. An action has ``build``, or ``approval`` with what the person who approves has to check.
    """
    builds = [action["build"] for stage in stages for action in stage["actions"] if "build" in action]
    missing = sorted(set(builds) - set(projects))
    if missing:
        known = ", ".join(projects)
        raise AnsibleFilterError(f"The stages speak of builds that nobody describes: {', '.join(missing)}; there are {known}.")
    return [_source_stage(source), *(_stage(stage, projects) for stage in stages)]


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


def _stage(stage, projects):
    made = {"name": stage["name"], "actions": [_stage_action(action, projects) for action in stage["actions"]]}
    if stage.get("roll_back"):
        made["on_failure"] = {"result": "ROLLBACK"}
    return made


def _stage_action(action, projects):
    order = action.get("run_order", 1)
    if "approval" in action:
        return _action(action["name"], "Approval", "Manual", {"CustomData": action["approval"]}, order=order)
    variables = [{"name": name, "value": str(value)} for name, value in sorted(action.get("variables", {}).items())]
    configuration = {"ProjectName": projects[action["build"]]}
    if variables:
        configuration["EnvironmentVariables"] = json.dumps(variables)
    made = _action(action["name"], "Build", "CodeBuild", configuration, order=order)
    return {**made, "input_artifacts": [{"name": _SOURCE}]}


def _action(name, category, provider, configuration, order=1, **more):
    owner = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "action_type_id": owner, "run_order": order, "configuration": configuration, **more}


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return the filters by name."""
        return {"buildspec": buildspec, "pipeline_stages": pipeline_stages}
