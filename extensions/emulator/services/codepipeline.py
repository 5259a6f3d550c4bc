# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Pipelines as AWS checks, completes and keeps them. What happens in them is in codepipeline_runs.py and its neighbours."""

from __future__ import annotations

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place, may_assume, retagged
from ..registry import operation, taggable

taggable("codepipeline", "pipeline", arn="arn", tags="tags")

_GIT = {"PollForSourceChanges"}
_STACK = {"ActionMode", "StackName", "Capabilities", "ChangeSetName", "OutputFileName", "ParameterOverrides", "RoleArn"}
_STACK |= {"TemplateConfiguration", "TemplatePath"}
_IMAGES = {f"Image{number}{what}" for number in range(1, 5) for what in ("ArtifactName", "ContainerName")}
_MANUAL = {"NotificationArn", "CustomData", "ExternalEntityLink"}
_BUILD = ({"ProjectName"}, {"PrimarySource", "BatchEnabled", "CombineArtifacts", "EnvironmentVariables"}, (1, 5), (0, 5))
# By category and provider: required and optional keys of the configuration, least and most input and output artifacts.
ACTIONS = {
    ("Source", "CodeStarSourceConnection"): (
        {"ConnectionArn", "FullRepositoryId", "BranchName"},
        {"OutputArtifactFormat", "DetectChanges"},
        (0, 0),
        (1, 1),
    ),
    ("Source", "CodeCommit"): ({"RepositoryName", "BranchName"}, {*_GIT, "OutputArtifactFormat"}, (0, 0), (1, 1)),
    ("Source", "ECR"): ({"RepositoryName"}, {"ImageTag"}, (0, 0), (1, 1)),
    ("Source", "S3"): ({"S3Bucket", "S3ObjectKey"}, {*_GIT, "AllowOverrideForS3ObjectKey"}, (0, 0), (1, 1)),
    ("Source", "GitHub"): ({"Owner", "Repo", "Branch", "OAuthToken"}, _GIT, (0, 0), (1, 1)),
    ("Build", "CodeBuild"): _BUILD,
    ("Test", "CodeBuild"): _BUILD,
    ("Approval", "Manual"): (set(), _MANUAL, (0, 0), (0, 0)),
    ("Deploy", "ECS"): ({"ClusterName", "ServiceName"}, {"FileName", "DeploymentTimeout"}, (1, 1), (0, 0)),
    ("Deploy", "CodeDeployToECS"): (
        {"ApplicationName", "DeploymentGroupName", "TaskDefinitionTemplateArtifact", "AppSpecTemplateArtifact"},
        {"TaskDefinitionTemplatePath", "AppSpecTemplatePath", *_IMAGES},
        (1, 5),
        (0, 0),
    ),
    ("Deploy", "CodeDeploy"): ({"ApplicationName", "DeploymentGroupName"}, set(), (1, 1), (0, 0)),
    ("Deploy", "S3"): (
        {"BucketName", "Extract"},
        {"ObjectKey", "KMSEncryptionKeyARN", "CannedACL", "CacheControl"},
        (1, 1),
        (0, 0),
    ),
    ("Deploy", "CloudFormation"): ({"ActionMode", "StackName"}, _STACK, (0, 10), (0, 1)),
    ("Invoke", "Lambda"): ({"FunctionName"}, {"UserParameters"}, (0, 5), (0, 5)),
    ("Invoke", "StepFunctions"): ({"StateMachineArn"}, {"ExecutionNamePrefix", "Input", "InputType"}, (0, 1), (0, 1)),
    ("Compute", "Commands"): (set(), {"VpcId", "Subnets", "SecurityGroupIds"}, (1, 10), (0, 1)),
}
_RULES = ("CloudWatchAlarm", "CodeBuild", "Commands", "DeploymentWindow", "LambdaInvoke", "VariableCheck")
_OWNERS = {"GitHub": "ThirdParty"}
_SECOND = ("triggers", "variables")


def here(call):
    """Return the place of a call, or of another service's place, for CodePipeline."""
    return Place.of(call, "codepipeline")


def pipeline_of(place, name):
    """Return what we keep of a pipeline, or raise what AWS raises."""
    pipeline = place.things("pipeline").get(name)
    if pipeline is None:
        raise AwsError("PipelineNotFoundException", f"Account '{place.account}' does not have a pipeline with name '{name}'")
    return pipeline


def stage_of(pipeline, name):
    """Return the declaration of a stage, or raise what AWS raises."""
    for stage in pipeline["declaration"]["stages"]:
        if stage["name"] == name:
            return stage
    raise AwsError("StageNotFoundException", f"Stage '{name}' does not exist in pipeline '{pipeline['declaration']['name']}'")


@operation("codepipeline", "CreatePipeline")
def create_pipeline(call):
    place, asked = here(call), call.params["pipeline"]
    name = asked["name"]
    if name in place.things("pipeline"):
        raise AwsError(
            "PipelineNameInUseException", f"A pipeline with the name '{name}' already exists in account '{place.account}'"
        )
    declaration = _checked(place, {**asked, "version": 1})
    place.things("pipeline")[name] = pipeline = {
        "arn": place.arn(name),
        "declaration": declaration,
        "created": CLOCK.now(),
        "updated": CLOCK.now(),
        "tags": call.params.get("tags", []),
        "transitions": {},
        "executions": {},
        "locks": {},
    }
    for function in CREATED:
        function(place, pipeline)
    return {"pipeline": declaration, "tags": pipeline["tags"]}


CREATED = []  # called with every new pipeline: codepipeline_runs.py starts it


@operation("codepipeline", "UpdatePipeline")
def update_pipeline(call):
    place, asked = here(call), call.params["pipeline"]
    pipeline = pipeline_of(place, asked["name"])
    version = pipeline["declaration"]["version"] + 1
    pipeline.update(declaration=_checked(place, {**asked, "version": version}), updated=CLOCK.now())
    return {"pipeline": _hidden(pipeline["declaration"])}


@operation("codepipeline", "GetPipeline")
def get_pipeline(call):
    pipeline = pipeline_of(here(call), call.params["name"])
    if call.params.get("version") not in (None, pipeline["declaration"]["version"]):
        raise AwsError("PipelineVersionNotFoundException", "The pipeline version was not found")
    metadata = {"pipelineArn": pipeline["arn"], "created": pipeline["created"], "updated": pipeline["updated"]}
    return {"pipeline": _hidden(pipeline["declaration"]), "metadata": metadata}


def _hidden(declaration):
    """Return a declaration without the tokens that AWS never shows."""
    stages = [
        {
            **stage,
            "actions": [
                {**action, "configuration": {k: "****" if k == "OAuthToken" else v for k, v in action["configuration"].items()}}
                for action in stage["actions"]
            ],
        }
        for stage in declaration["stages"]
    ]
    return {**declaration, "stages": stages}


@operation("codepipeline", "ListPipelines")
def list_pipelines(call):
    call.params.take("maxResults", "nextToken")
    keys = ("name", "version", "pipelineType", "executionMode")
    pipelines = here(call).things("pipeline").values()
    return {
        "pipelines": [
            {**{key: p["declaration"][key] for key in keys}, "created": p["created"], "updated": p["updated"]} for p in pipelines
        ]
    }


@operation("codepipeline", "DeletePipeline")
def delete_pipeline(call):
    here(call).things("pipeline").pop(call.params["name"], None)  # AWS does not mind a missing one


# Checking


def structure(text):
    """Return the error of a pipeline that does not hold together."""
    return AwsError("InvalidStructureException", text)


def _checked(place, asked):
    """Return a declaration completed with AWS's defaults, or raise what AWS raises."""
    if not may_assume(place, asked["roleArn"], "codepipeline.amazonaws.com"):
        raise structure(f"CodePipeline is not authorized to perform AssumeRole on role {asked['roleArn']}")
    second = any(asked.get(key) for key in _SECOND) or asked.get("executionMode") in ("QUEUED", "PARALLEL")
    kind = "V2" if second else asked.get("pipelineType", "V1")
    declaration = {"executionMode": "SUPERSEDED", **asked, "pipelineType": kind}
    declaration["stages"] = [_stage(stage) for stage in asked["stages"]]
    for key in ("triggers", "variables", "artifactStores"):
        if not declaration.get(key):
            declaration.pop(key, None)
    _check_stages(declaration["stages"])
    _check_artifacts(declaration["stages"])
    _check_stores(place, declaration)
    _check_triggers(declaration)
    for stage in declaration["stages"]:
        for action in stage["actions"]:
            _check_action(place, action)
    return declaration


def _stage(stage):
    filled = {"runOrder": 1, "configuration": {}, "inputArtifacts": [], "outputArtifacts": []}
    return {**stage, "actions": [{**filled, **action} for action in stage["actions"]]}


def _check_stages(stages):
    if len(stages) < 2:
        raise structure("Pipeline has only one stage(s). There should be a minimum of two stages in a pipeline")
    names = [stage["name"] for stage in stages]
    if len(names) != len(set(names)):
        raise structure("Pipeline has duplicate stage names")
    for number, stage in enumerate(stages):
        actions = [action["name"] for action in stage["actions"]]
        if not actions or len(actions) != len(set(actions)):
            raise AwsError("InvalidStageDeclarationException", f"Stage {stage['name']} has no actions or duplicate action names")
        sources = [action["actionTypeId"]["category"] == "Source" for action in stage["actions"]]
        if not number and not all(sources):
            raise structure("Pipeline should start with a stage that only contains source actions")
        if number and any(sources):
            raise structure("Source actions are only allowed in the first stage")
        _check_conditions(stage)


def _check_conditions(stage):
    for key in ("beforeEntry", "onSuccess", "onFailure"):
        for condition in stage.get(key, {}).get("conditions", []):
            for rule in condition["rules"]:
                if rule["ruleTypeId"]["provider"] not in _RULES:
                    raise structure(f"Rule provider '{rule['ruleTypeId']['provider']}' in stage '{stage['name']}' is not available")


def _check_artifacts(stages):
    made = set()
    for stage in stages:
        for action in sorted(stage["actions"], key=lambda one: one["runOrder"]):
            for artifact in action["inputArtifacts"]:
                if artifact["name"] not in made:
                    text = (
                        f"Input artifact '{artifact['name']}' of action '{action['name']}' is not the output of a preceding action"
                    )
                    raise structure(text)
            for artifact in action["outputArtifacts"]:
                if artifact["name"] in made:
                    raise structure(f"Output artifact name must be unique within the pipeline: '{artifact['name']}' is used twice")
                made.add(artifact["name"])


def _check_stores(place, declaration):
    if bool(declaration.get("artifactStore")) == bool(declaration.get("artifactStores")):
        raise structure("Exactly one of artifactStore and artifactStores must be specified")
    regions = {action.get("region", place.region) for stage in declaration["stages"] for action in stage["actions"]}
    stores = declaration.get("artifactStores") or {place.region: declaration.get("artifactStore")}
    missing = sorted((regions | {place.region}) - set(stores))
    if missing:
        raise structure(f"No artifact store is defined for region(s) {', '.join(missing)}")


def _check_triggers(declaration):
    connected = {
        action["name"]
        for action in declaration["stages"][0]["actions"]
        if action["actionTypeId"]["provider"] == "CodeStarSourceConnection"
    }
    names = [trigger["gitConfiguration"]["sourceActionName"] for trigger in declaration.get("triggers", [])]
    for name in names:
        if name not in connected or names.count(name) > 1:
            raise structure(f"Trigger source action '{name}' must be one CodeStarSourceConnection action with one trigger")


def _check_action(place, action):
    kind = action["actionTypeId"]
    category, provider = kind["category"], kind["provider"]
    owner = _OWNERS.get(provider, "AWS")
    if (category, provider) not in ACTIONS or kind["owner"] != owner or kind["version"] != "1":
        described = f"Category: '{category}', Provider: '{provider}', Owner: '{kind['owner']}', Version: '{kind['version']}'"
        where = place.region.upper().replace("-", "_")
        raise _declaration(f"ActionType ({described}) in action '{action['name']}' is not available in region {where}")
    required, optional, inputs, outputs = ACTIONS[category, provider]
    for key in sorted(required - action["configuration"].keys()):
        raise _declaration(f"Action configuration for action '{action['name']}' is missing required configuration '{key}'")
    for key in sorted(action["configuration"].keys() - required - optional):
        raise _declaration(f"Action configuration for action '{action['name']}' contains unknown configuration '{key}'")
    for word, (least, most) in (("input", inputs), ("output", outputs)):
        count = len(action[f"{word}Artifacts"])
        if not least <= count <= most:
            raise _declaration(f"Action {action['name']} has {count} {word} artifacts, allowed are {least} to {most}")
    if action.get("timeoutInMinutes") and category != "Approval":
        raise _declaration(f"Action '{action['name']}' cannot have timeoutInMinutes: only manual approvals can")


def _declaration(text):
    return AwsError("InvalidActionDeclarationException", text)


# Tags


def _tagged(call):
    arn = call.params["resourceArn"]
    for pipeline in here(call).things("pipeline").values():
        if pipeline["arn"] == arn:
            return pipeline
    raise AwsError("ResourceNotFoundException", f"The resource {arn} does not exist")


@operation("codepipeline", "TagResource")
def tag_resource(call):
    pipeline = _tagged(call)
    pipeline["tags"] = retagged(pipeline["tags"], new=call.params["tags"])


@operation("codepipeline", "UntagResource")
def untag_resource(call):
    pipeline = _tagged(call)
    pipeline["tags"] = retagged(pipeline["tags"], gone=call.params["tagKeys"])


@operation("codepipeline", "ListTagsForResource")
def list_tags_for_resource(call):
    call.params.take("maxResults", "nextToken")
    return {"tags": _tagged(call)["tags"]}
