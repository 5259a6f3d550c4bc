# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CodePipeline asks of a pipeline, and what it adds to one. Pure functions on declarations in the API's names."""

from __future__ import annotations

import re

_CONDITIONS = ("beforeEntry", "onSuccess", "onFailure")
_REFERENCE = re.compile(r"#\{\s*([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_-]+)")
_HIDDEN = "****"  # how AWS answers with a secret of an action's configuration
_SECRETS = ("OAuthToken",)


# Completing


def completed(pipeline, region):
    """Return a declaration with AWS's defaults, so that a wish and an answer can be compared."""
    fill = {
        "stages": lambda stages: [_stage(stage, region) for stage in stages],
        "triggers": lambda triggers: [{"providerType": "CodeStarSourceConnection", **trigger} for trigger in triggers],
        "artifactStore": _store,
        "artifactStores": lambda stores: {place: _store(store) for place, store in stores.items()},
    }
    return {key: fill[key](value) if value and key in fill else value for key, value in pipeline.items()}


def _store(store):
    key = store.get("encryptionKey")
    return {"type": "S3", **store, **({"encryptionKey": {"type": "KMS", **key}} if key else {})}


def _stage(stage, region):
    whole = {**stage, "actions": [_action(action, region) for action in stage.get("actions") or []]}
    for key in _CONDITIONS:
        if stage.get(key, {}).get("conditions"):
            whole[key] = {**stage[key], "conditions": [_condition(condition) for condition in stage[key]["conditions"]]}
    return whole


def _action(action, region):
    kind = {"owner": "AWS", "version": "1", **(action.get("actionTypeId") or {})}
    whole = {"runOrder": 1, "configuration": {}, "inputArtifacts": [], "outputArtifacts": [], **action, "actionTypeId": kind}
    if whole.get("region") == region:
        del whole["region"]  # the pipeline's own region may be said or not
    return whole


def _condition(condition):
    rules = [
        {**rule, "ruleTypeId": {"category": "Rule", "owner": "AWS", "version": "1", **rule.get("ruleTypeId", {})}}
        for rule in condition.get("rules") or []
    ]
    return {**condition, "rules": rules}


def uncovered(stages, wanted):
    """Return stages in which AWS's asterisks are replaced by the wanted secrets: nobody can tell whether they differ."""
    known = {(stage["name"], action["name"]): action["configuration"] for stage in wanted for action in stage["actions"]}

    def uncover(stage, action):
        secrets = known.get((stage["name"], action["name"]), {})
        shown = action["configuration"].items()
        return {key: secrets.get(key, value) if value == _HIDDEN else value for key, value in shown}

    return _configured(stages, uncover)


def covered(stages):
    """Return stages without their secrets."""

    def cover(_stage_of, action):
        return {key: _HIDDEN if key in _SECRETS else value for key, value in (action.get("configuration") or {}).items()}

    return _configured(stages, cover)


def _configured(stages, change):
    return [
        {**stage, "actions": [{**action, "configuration": change(stage, action)} for action in stage["actions"]]}
        for stage in stages
    ]


# Checking


def faults(pipeline, region):
    """Return sentences about what AWS would refuse, or accept and never run."""
    whole = completed(pipeline, region)
    if not all(stage.get("name") and action.get("name") for stage, action in _actions(whole)):
        return ["Every stage and every action needs a name."]
    if not all(action["actionTypeId"].keys() >= {"category", "provider"} for _stage_of, action in _actions(whole)):
        return ["Every action needs an action_type_id with category and provider."]
    checks = (_names, _order, _artifacts, _kinds, _triggers, _types, _references)
    return [*(fault for check in checks for fault in check(whole)), *_stores(whole, region)]


def _actions(pipeline):
    for stage in pipeline.get("stages") or []:
        for action in stage["actions"]:
            yield stage, action


def _is(action, category, provider=None):
    kind = action["actionTypeId"]
    return kind.get("category") == category and provider in (None, kind.get("provider"))


def _twice(names):
    names = [name for name in names if name]
    return sorted({name for name in names if names.count(name) > 1})


def _names(pipeline):
    stages = pipeline.get("stages") or []
    for name in _twice(stage.get("name") for stage in stages):
        yield f"There are two stages {name}."
    for stage in stages:
        for name in _twice(action.get("name") for action in stage["actions"]):
            yield f"Stage {stage.get('name')} has two actions {name}."
    for name in _twice(action.get("namespace") for _stage_of, action in _actions(pipeline)):
        yield f"Two actions have the namespace {name}."
    for name in _twice(variable.get("name") for variable in pipeline.get("variables") or []):
        yield f"There are two variables {name}."


def _order(pipeline):
    stages = pipeline.get("stages") or []
    if len(stages) < 2:
        yield "A pipeline has at least two stages."
    for number, stage in enumerate(stages):
        if not stage["actions"]:
            yield f"Stage {stage['name']} has no actions."
        for action in stage["actions"]:
            if not number and not _is(action, "Source"):
                category = action["actionTypeId"]["category"]
                yield f"The first stage has source actions only, and {action['name']} is of category {category}."
            if number and _is(action, "Source"):
                yield f"Source action {action['name']} stands in stage {stage['name']}; only the first stage has sources."
        if not number and stage.get("onFailure", {}).get("result") == "ROLLBACK":
            yield f"Stage {stage['name']} has the sources and cannot be rolled back: there is nothing deployed by it."


def _artifacts(pipeline):
    """An artifact has one origin, which runs before everything that takes it."""
    names = [artifact["name"] for _stage_of, action in _actions(pipeline) for artifact in action["outputArtifacts"]]
    for name in _twice(names):
        yield f"Artifact {name} is the output of two actions."
    known = set()
    for stage in pipeline.get("stages") or []:
        for order in sorted({action["runOrder"] for action in stage["actions"]}):
            together = [action for action in stage["actions"] if action["runOrder"] == order]
            for action in together:
                for artifact in action["inputArtifacts"]:
                    if artifact["name"] not in known:
                        yield f"Action {action['name']} of stage {stage['name']} {_origin(artifact['name'], names)}"
            known |= {artifact["name"] for action in together for artifact in action["outputArtifacts"]}


def _origin(name, names):
    if name in names:
        return f"takes artifact {name} before it is there: put the action that gives it in an earlier stage or a lower run_order."
    return f"takes artifact {name}, which is no action's output."


def _kinds(pipeline):
    for _stage_of, action in _actions(pipeline):
        name, approval = action["name"], _is(action, "Approval")
        if approval and (action["inputArtifacts"] or action["outputArtifacts"]):
            yield f"Approval {name} cannot have artifacts."
        if action.get("timeoutInMinutes") and not approval:
            yield f"Action {name} is no approval, and only approvals have timeout_in_minutes."
        if _is(action, "Source") and len(action["outputArtifacts"]) != 1:
            yield f"Source action {name} needs one output artifact."
        if bool(action.get("commands")) != _is(action, "Compute", "Commands"):
            yield f"Action {name}: commands belong to the provider Commands of category Compute, and it needs them."


def _stores(pipeline, region):
    one, many = pipeline.get("artifactStore"), pipeline.get("artifactStores")
    if bool(one) == bool(many):
        yield "Give either artifact_store or, with actions in several regions, artifact_stores."
    elsewhere = {action["region"] for _stage_of, action in _actions(pipeline) if action.get("region")}
    if one and elsewhere:
        yield f"Actions run in {', '.join(sorted(elsewhere))} as well: give artifact_stores with a bucket in each region."
    lacking = sorted((elsewhere | {region}) - set(many or {}))
    if many and not one and lacking:
        yield f"artifact_stores has no bucket in {', '.join(lacking)}."


def _triggers(pipeline):
    sources = {action["name"]: action for _stage_of, action in _actions(pipeline) if _is(action, "Source")}
    configurations = [trigger.get("gitConfiguration") or {} for trigger in pipeline.get("triggers") or []]
    for name in _twice(configuration.get("sourceActionName") for configuration in configurations):
        yield f"Source action {name} has two triggers; write their filters into one."
    for configuration in configurations:
        name = configuration.get("sourceActionName")
        if name not in sources:
            yield f"A trigger names {name}, which is no source action."
        elif not _is(sources[name], "Source", "CodeStarSourceConnection"):
            yield f"A trigger names {name}, whose source is no CodeConnections connection: let EventBridge start the pipeline."
        for event in configuration.get("push") or []:
            if event.get("tags") and (event.get("branches") or event.get("filePaths")):
                yield f"A push filter of {name} has tags together with branches or file_paths; write two filters."


def _types(pipeline):
    if pipeline.get("pipelineType") != "V1":
        return
    second = [key for key in ("triggers", "variables") if pipeline.get(key)]
    second += [key for stage in pipeline.get("stages") or [] for key in _CONDITIONS if stage.get(key)]
    if pipeline.get("executionMode") in ("QUEUED", "PARALLEL"):
        second.append(f"execution mode {pipeline['executionMode']}")
    if second:
        yield f"A pipeline of type V1 has no {', '.join(sorted(set(second)))}: use pipeline_type V2."


def _references(pipeline):
    """What stands in #{...} is a variable of the pipeline or the namespace of an action."""
    variables = {variable.get("name") for variable in pipeline.get("variables") or []}
    spaces = {action.get("namespace") for _stage_of, action in _actions(pipeline)} | {"codepipeline"}
    for _stage_of, action in _actions(pipeline):
        for space, name in _REFERENCE.findall(" ".join(map(str, action["configuration"].values()))):
            if space == "variables" and name not in variables:
                yield f"Action {action['name']} uses #{{variables.{name}}}, which is not among the variables."
            elif space not in spaces | {"variables"}:
                yield f"Action {action['name']} uses #{{{space}.{name}}}, and no action has the namespace {space}."
