# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What one action of a pipeline does when it runs: it reads a commit, starts a build, waits for a person, deploys.

An action looks for what it needs in the account (a connection that is authorised, a project, a bucket, an approval's topic), does
its work with the role of the pipeline, and fails as on AWS when something is missing, when the role may not or a test plans it:
``plans.plan("action_fails", pipeline="shop", action="Image", message="...")``. Sources have no content; what a build hands on is
what its commands write.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass, field

from .. import plans, policies
from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place, ask
from ..registry import on_reset
from . import codebuild_builds, codeconnections
from .iam import decision

plans.KINDS["action_fails"] = plans.Kind(
    ("pipeline", "stage", "action"), {"code": "JobFailed", "message": "The action failed because a test wants it to", "after": 5}
)

_REFERENCE = re.compile(r"#\{\s*([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_-]+)\s*\}")
_REPOSITORY = "codestar-connections:fullrepositoryid"  # a condition key, which has kept the service's former name
_WEEK = 7 * 24 * 60
_SOURCE_SECONDS = 5
_HEADS = {}  # what tests have pushed: commit by repository and branch
on_reset(_HEADS.clear)


@dataclass
class ActionRun:
    """One run of an action. Its end is known from the start, or nobody knows it yet."""

    action: dict
    stage: str
    started: float
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    end: float | None = None
    status: str = "InProgress"
    outcome: str = "Succeeded"  # what the status becomes in the end
    summary: str = ""
    error: dict | None = None
    external: str = ""  # id of what runs outside the pipeline
    url: str = ""
    token: str = ""  # of an approval
    by: str = ""
    configuration: dict = field(default_factory=dict)  # with its references resolved
    variables: dict = field(default_factory=dict)
    revision: dict | None = None
    files: dict = field(default_factory=dict)  # what it hands on: text by path
    watched: object = None  # returns end, outcome and error of what runs outside, once known

    @property
    def name(self):
        return self.action["name"]

    def fail(self, message, code="JobFailed", at=None):
        """Let it end badly."""
        self.end = self.started + 1 if at is None else at
        self.outcome, self.error = "Failed", {"code": code, "message": message}

    def look(self):
        """Return the account second in which it ends, if that is known."""
        if self.watched and self.status == "InProgress" and (self.end is None or self.end > CLOCK.seconds()):
            self.watched(self)
        return self.end


def begin(place, execution, stage, action, at):
    """Start an action at a moment of the account's time and return its run."""
    run = ActionRun(action, stage, at)
    account = action["roleArn"].split(":")[4] if action.get("roleArn") else place.account
    there, kind = Place(account, action.get("region", place.region), "codepipeline"), action["actionTypeId"]
    missing = _resolve(run, execution)
    plan = plans.due("action_fails", pipeline=execution.pipeline, stage=stage, action=action["name"])
    if missing:
        run.fail(f"Could not find variable '{missing}' for action '{action['name']}'", "ActionConfigurationVariableNotFound")
    elif plan:
        run.fail(plan["message"], plan["code"], at + plan["after"])
    else:
        _HANDLERS.get((kind["category"], kind["provider"]), _something)(there, execution, run)
    return run


def may(place, execution, run, action, resource, **context):
    """Tell whether the role of an action, or else of its pipeline, may do something."""
    arn = run.action.get("roleArn") or execution.declaration["roleArn"]
    account = arn.split(":")[4]
    roles = Place(account, place.region, "iam").moto("iam").roles.values()
    role = next((one for one in roles if one.arn == arn), None)
    return role is not None and decision(account, role, action, resource, context) == policies.ALLOWED


def _resolve(run, execution):
    """Put values in the place of #{...}; return the first name that has none."""
    missing = []

    def value(match):
        space, name = match.groups()
        known = execution.values.get(space, {})
        if name not in known:
            missing.append(f"{space}.{name}")
        return str(known.get(name, ""))

    run.configuration = {key: _REFERENCE.sub(value, text) for key, text in run.action["configuration"].items()}
    return missing[0] if missing else None


def _something(_place, _execution, run):
    """Whatever it is, it takes a minute and succeeds."""
    run.end = run.started + 60


# Sources


def push(repository, branch, commit=None):
    """Make a commit the head of a branch of a connected repository; return its id."""
    known = f"{repository} {branch} {len(_HEADS)} {CLOCK.seconds()}"
    _HEADS[repository, branch] = commit or hashlib.sha1(known.encode()).hexdigest()
    return _HEADS[repository, branch]


def head(repository, branch):
    """Return the last commit of a branch of a connected repository."""
    return _HEADS.get((repository, branch)) or hashlib.sha1(f"{repository} {branch}".encode()).hexdigest()


def _sourced(execution, run, revision, summary, **variables):
    override = execution.overrides.get(run.name)
    run.end, run.by = run.started + _SOURCE_SECONDS, "codepipeline"
    run.external = override or revision
    run.summary = summary
    run.revision = {
        "name": run.action["outputArtifacts"][0]["name"],
        "revisionId": run.external,
        "revisionSummary": summary,
        "action": run.name,
    }
    run.variables = {key: run.external if value is None else value for key, value in variables.items()}


def _connected(place, execution, run):
    arn, repository = run.configuration["ConnectionArn"], run.configuration["FullRepositoryId"]
    branch = execution.branches.get(run.name) or run.configuration["BranchName"]
    status = codeconnections.status_of(arn)
    if status != "AVAILABLE":
        state = "does not exist" if status is None else f"is {status}"
        run.fail(f"Unable to use Connection: {arn}. The connection {state}.", "ConfigurationError")
        return
    if not may(place, execution, run, "codestar-connections:UseConnection", arn, **{_REPOSITORY: repository}):
        run.fail(f"Unable to use Connection: {arn}. The provided role does not have sufficient permissions.", "PermissionError")
        return
    facts = {"FullRepositoryName": repository, "BranchName": branch, "ConnectionArn": arn, "CommitMessage": f"Work on {branch}"}
    _sourced(execution, run, head(repository, branch), f"Work on {branch}", CommitId=None, **facts)


def _github(_place, execution, run):
    repository, branch = f"{run.configuration['Owner']}/{run.configuration['Repo']}", run.configuration["Branch"]
    _sourced(
        execution, run, head(repository, branch), f"Work on {branch}", CommitId=None, BranchName=branch, RepositoryName=repository
    )


def _codecommit(place, execution, run):
    name, branch = run.configuration["RepositoryName"], run.configuration["BranchName"]
    try:
        found = ask(place, "codecommit", "GetBranch", repositoryName=name, branchName=branch)["branch"]["commitId"]
    except AwsError as error:
        run.fail(f"{error.message} (repository {name}, branch {branch})", error.code)
        return
    _sourced(execution, run, found, f"Work on {branch}", CommitId=None, RepositoryName=name, BranchName=branch)


def _image(_place, execution, run):
    name, tag = run.configuration["RepositoryName"], run.configuration.get("ImageTag", "latest")
    digest = f"sha256:{hashlib.sha256(f'{name}:{tag}'.encode()).hexdigest()}"
    _sourced(execution, run, digest, tag, ImageDigest=None, ImageTag=tag, RepositoryName=name)


def _object(place, execution, run):
    bucket, key = run.configuration["S3Bucket"], run.configuration["S3ObjectKey"]
    found = _bucket(place, bucket)
    if found is None or key not in found.keys:
        run.fail(f"The object with key '{key}' does not exist in bucket '{bucket}'", "ConfigurationError")
        return
    _sourced(execution, run, found.keys[key].version_id or "null", key, VersionId=None, BucketName=bucket, ObjectKey=key)


def _bucket(place, name):
    return place.moto("s3").buckets.get(name)


# Builds


def _build(place, execution, run):
    asked = {"projectName": run.configuration["ProjectName"]}
    variables = json.loads(run.configuration.get("EnvironmentVariables", "[]"))
    if variables:
        asked["environmentVariablesOverride"] = variables
    if execution.revisions:
        asked["sourceVersion"] = execution.revisions[0]["revisionId"]
    initiator, hands_on = f"codepipeline/{execution.pipeline}", bool(run.action["outputArtifacts"])
    try:
        _insist(place, execution, run, "codebuild:StartBuild", place.arn(f"project/{asked['projectName']}", "codebuild"))
        build = codebuild_builds.begin(place, asked, initiator, run.started, hands_on)
    except AwsError as error:
        run.fail(f"Error calling startBuild: {error.message} (Service: AWSCodeBuild; Error Code: {error.code})", error.code)
        return
    run.external = build["data"]["id"]
    run.url = f"https://console.aws.amazon.com/codebuild/home?region={place.region}#/builds/{run.external}/view/new"
    run.watched = lambda one: _follow_build(place, one, build)


def _insist(place, execution, run, action, resource):
    """Raise what AWS answers when the role of the pipeline may not do something."""
    if not may(place, execution, run, action, resource):
        who = f"arn:aws:sts::{place.account}:assumed-role/{execution.declaration['roleArn'].rsplit('/', 1)[-1]}/{run.key}"
        text = f"User: {who} is not authorized to perform: {action} on resource: {resource}"
        raise AwsError("AccessDeniedException", f"{text} because no identity-based policy allows the {action} action")


def _follow_build(place, run, build):
    codebuild_builds.deliver(place, build)
    run.files = build["files"]
    run.end = codebuild_builds.ended_at(build)
    status, phase, context = codebuild_builds.verdict(build)
    run.variables = {"CODEBUILD_BUILD_ID": build["data"]["id"], "CODEBUILD_BUILD_NUMBER": build["data"]["buildNumber"]}
    if status != "SUCCEEDED":
        code = f", Code: {context['statusCode']}, Message: {context['message']}" if context.get("statusCode") else ""
        run.outcome = "Failed"
        run.error = {"code": "JobFailed", "message": f"Build terminated with state: {status}. Phase: {phase}{code}"}


# Approvals


def _approval(place, execution, run):
    run.token = str(uuid.uuid4())
    minutes = run.action.get("timeoutInMinutes", _WEEK)
    run.fail(f"Approval action timed out after {minutes} minutes without an answer.", "ApprovalTimeout", run.started + minutes * 60)
    topic = run.configuration.get("NotificationArn")
    if topic:
        _notify(place, execution, run, topic)


def _notify(place, execution, run, topic):
    approval = {
        "pipelineName": execution.pipeline,
        "stageName": run.stage,
        "actionName": run.name,
        "token": run.token,
        "customData": run.configuration.get("CustomData"),
        "externalEntityLink": run.configuration.get("ExternalEntityLink"),
    }
    message = json.dumps({"region": place.region, "approval": approval})
    if topic not in place.moto("sns").topics:
        run.fail(f"Topic {topic} for the approval does not exist", "ConfigurationError")
        return
    if not may(place, execution, run, "sns:Publish", topic):
        run.fail(f"The provided role does not have sufficient permissions to publish to the topic {topic}", "PermissionError")
        return
    place.moto("sns").publish(message=message, arn=topic, subject=f"APPROVAL NEEDED: AWS CodePipeline {execution.pipeline}")


def answer(run, status, summary, by):
    """Approve or reject: the action ends now."""
    run.end, run.summary, run.by = CLOCK.seconds(), summary, by
    run.outcome, run.error = ("Succeeded", None) if status == "Approved" else ("Failed", {"code": "Rejected", "message": summary})


# Deployments


def _site(place, _execution, run):
    bucket = run.configuration["BucketName"]
    if _bucket(place, bucket) is None:
        run.fail(f"The bucket '{bucket}' does not exist", "ConfigurationError")
    else:
        run.end = run.started + 10


_HANDLERS = {
    ("Source", "CodeStarSourceConnection"): _connected,
    ("Source", "GitHub"): _github,
    ("Source", "CodeCommit"): _codecommit,
    ("Source", "ECR"): _image,
    ("Source", "S3"): _object,
    ("Build", "CodeBuild"): _build,
    ("Test", "CodeBuild"): _build,
    ("Approval", "Manual"): _approval,
    ("Deploy", "S3"): _site,
}


def handler(category, provider):
    """Register what an action of a provider does."""

    def register(function):
        _HANDLERS[category, provider] = function
        return function

    return register
