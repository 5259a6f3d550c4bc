# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodeCommit: repositories with branches whose commits have no content, triggers, and approval rule templates.

A commit (PutFile or CreateCommit) moves a branch and is announced, so that EventBridge rules start pipelines as on AWS.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place
from ..registry import operation, taggable
from .eventbridge import announce

taggable("codecommit", "repository", arn="Arn", tags="tags")

_NAME = re.compile(r"[\w.-]{1,100}")
_SHOWN = ("accountId", "repositoryId", "repositoryName", "repositoryDescription", "defaultBranch", "lastModifiedDate")
_SHOWN += ("creationDate", "cloneUrlHttp", "cloneUrlSsh", "Arn", "kmsKeyId")
_TRIGGERS = 10
_TEMPLATES = 25


def here(call):
    """Return the place of a call for CodeCommit."""
    return Place.of(call, "codecommit")


def _repository(call, key="repositoryName"):
    name = call.params[key]
    repository = here(call).things("repository").get(name)
    if repository is None:
        raise AwsError("RepositoryDoesNotExistException", f"{name} does not exist")
    return repository


def _shown(repository):
    return {key: repository[key] for key in _SHOWN if key in repository}


def _key(place, given):
    """Return the ARN of a key that somebody names, or raise what AWS raises."""
    name = given.removeprefix("arn:").split(":")[-1] if given.startswith("arn:") else given
    backend = place.moto("kms")
    key = backend.get_key_id_from_alias(name) if name.startswith("alias/") else name.removeprefix("key/")
    if key not in backend.keys:
        raise AwsError("EncryptionKeyNotFoundException", f"KMS key {given} was not found.")
    return backend.keys[key].arn


@operation("codecommit", "CreateRepository")
def create_repository(call):
    place, name = here(call), call.params["repositoryName"]
    if not _NAME.fullmatch(name) or name.endswith(".git"):
        raise AwsError("InvalidRepositoryNameException", f"The repository name {name} is not valid.")
    if name in place.things("repository"):
        raise AwsError("RepositoryNameExistsException", f"Repository named {name} already exists")
    key = call.params.get("kmsKeyId")
    host = f"git-codecommit.{place.region}.amazonaws.com/v1/repos/{name}"
    place.things("repository")[name] = repository = {
        "accountId": place.account,
        "repositoryId": str(uuid.uuid4()),
        "repositoryName": name,
        "creationDate": CLOCK.now(),
        "lastModifiedDate": CLOCK.now(),
        "cloneUrlHttp": f"https://{host}",
        "cloneUrlSsh": f"ssh://{host}",
        "Arn": place.arn(name),
        "kmsKeyId": _key(place, key) if key else f"arn:aws:kms:{place.region}:{place.account}:key/{uuid.uuid4()}",
        "tags": call.params.get("tags", {}),
        "branches": {},
        "triggers": [],
        "templates": [],
        **call.params.take("repositoryDescription"),
    }
    return {"repositoryMetadata": _shown(repository)}


@operation("codecommit", "GetRepository")
def get_repository(call):
    return {"repositoryMetadata": _shown(_repository(call))}


@operation("codecommit", "BatchGetRepositories")
def batch_get_repositories(call):
    known, names = here(call).things("repository"), call.params["repositoryNames"]
    return {
        "repositories": [_shown(known[name]) for name in names if name in known],
        "repositoriesNotFound": [name for name in names if name not in known],
    }


@operation("codecommit", "ListRepositories")
def list_repositories(call):
    call.params.take("sortBy", "order", "nextToken")
    rows = here(call).things("repository").values()
    return {"repositories": [{key: row[key] for key in ("repositoryName", "repositoryId")} for row in rows]}


@operation("codecommit", "DeleteRepository")
def delete_repository(call):
    gone = here(call).things("repository").pop(call.params["repositoryName"], None)
    return {"repositoryId": gone["repositoryId"]} if gone else {}  # AWS does not mind a missing one


@operation("codecommit", "UpdateRepositoryDescription")
def update_repository_description(call):
    repository = _repository(call)
    repository.pop("repositoryDescription", None)
    if call.params.get("repositoryDescription"):
        repository["repositoryDescription"] = call.params["repositoryDescription"]


@operation("codecommit", "UpdateRepositoryEncryptionKey")
def update_repository_encryption_key(call):
    repository = _repository(call)
    before, after = repository["kmsKeyId"], _key(here(call), call.params["kmsKeyId"])
    repository["kmsKeyId"] = after
    return {"repositoryId": repository["repositoryId"], "kmsKeyId": after, "originalKmsKeyId": before}


# Triggers


@operation("codecommit", "PutRepositoryTriggers")
def put_repository_triggers(call):
    repository, triggers = _repository(call), call.params["triggers"]
    if len(triggers) > _TRIGGERS:
        raise AwsError("MaximumRepositoryTriggersExceededException", f"A repository has up to {_TRIGGERS} triggers.")
    for trigger in triggers:
        if trigger["destinationArn"].split(":")[2] not in ("sns", "lambda"):
            text = f"The destination ARN {trigger['destinationArn']} is not valid: only SNS topics and Lambda functions are."
            raise AwsError("InvalidRepositoryTriggerDestinationArnException", text)
        if "all" in trigger["events"] and len(trigger["events"]) > 1:
            raise AwsError("InvalidRepositoryTriggerEventsException", "The event all cannot be combined with other events.")
    repository["triggers"] = [{"branches": [], "customData": "", **trigger} for trigger in triggers]
    return {"configurationId": str(uuid.uuid4())}


@operation("codecommit", "GetRepositoryTriggers")
def get_repository_triggers(call):
    repository = _repository(call)
    return {"configurationId": repository["repositoryId"], "triggers": repository["triggers"]}


# Branches


def _branch(repository, name):
    if name not in repository["branches"]:
        raise AwsError("BranchDoesNotExistException", f"{name} does not exist")
    return repository["branches"][name]


@operation("codecommit", "GetBranch")
def get_branch(call):
    name = call.params["branchName"]
    return {"branch": {"branchName": name, "commitId": _branch(_repository(call), name)}}


@operation("codecommit", "ListBranches")
def list_branches(call):
    call.params.get("nextToken")
    return {"branches": sorted(_repository(call)["branches"])}


@operation("codecommit", "CreateBranch")
def create_branch(call):
    repository, name = _repository(call), call.params["branchName"]
    if name in repository["branches"]:
        raise AwsError("BranchNameExistsException", f"A branch named {name} already exists.")
    if call.params["commitId"] not in repository["branches"].values():
        raise AwsError("CommitDoesNotExistException", f"{call.params['commitId']} does not exist")
    _move(here(call), repository, name, call.params["commitId"])


@operation("codecommit", "DeleteBranch")
def delete_branch(call):
    repository, name = _repository(call), call.params["branchName"]
    if name == repository.get("defaultBranch"):
        raise AwsError("DefaultBranchCannotBeDeletedException", f"{name} is the default branch.")
    commit = repository["branches"].pop(name, None)
    if commit:
        _announce(here(call), repository, "referenceDeleted", name, {"oldCommitId": commit})
        return {"deletedBranch": {"branchName": name, "commitId": commit}}
    return {}


@operation("codecommit", "UpdateDefaultBranch")
def update_default_branch(call):
    repository, name = _repository(call), call.params["defaultBranchName"]
    _branch(repository, name)
    repository["defaultBranch"] = name


@operation("codecommit", "PutFile", "CreateCommit")
def commit(call):
    """Make a commit. Of what it contains, only that it exists is kept."""
    repository, branch = _repository(call), call.params["branchName"]
    asked = call.params.everything()
    parent = repository["branches"].get(branch)
    if parent and asked.get("parentCommitId") not in (None, parent):
        raise AwsError("ParentCommitIdOutdatedException", "The parent commit is not the tip of the branch.")
    new = hashlib.sha1(f"{repository['repositoryId']} {branch} {parent} {uuid.uuid4()}".encode()).hexdigest()
    _move(here(call), repository, branch, new)
    tree = hashlib.sha1(new.encode()).hexdigest()
    if call.operation == "PutFile":
        return {"commitId": new, "blobId": tree, "treeId": tree}
    return {"commitId": new, "treeId": tree}


def _move(place, repository, branch, new):
    """Let a branch point at a commit; the first branch becomes the default."""
    old = repository["branches"].get(branch)
    repository["branches"][branch] = new
    repository.setdefault("defaultBranch", branch)
    repository["lastModifiedDate"] = CLOCK.now()
    event = "referenceUpdated" if old else "referenceCreated"
    _announce(place, repository, event, branch, {"commitId": new, **({"oldCommitId": old} if old else {})})


def _announce(place, repository, event, branch, commits):
    detail = {
        "event": event,
        "repositoryName": repository["repositoryName"],
        "repositoryId": repository["repositoryId"],
        "referenceType": "branch",
        "referenceName": branch,
        "referenceFullName": f"refs/heads/{branch}",
        "callerUserArn": f"arn:aws:iam::{place.account}:user/{place.account}-user",
        **commits,
    }
    announce(place, "aws.codecommit", "CodeCommit Repository State Change", repository["Arn"], detail)
    kind = event.replace("reference", "").lower()
    for trigger in repository["triggers"]:
        wanted = "all" in trigger["events"] or f"{kind.removesuffix('d')}Reference" in trigger["events"]
        topic = place.moto("sns").topics.get(trigger["destinationArn"])
        if wanted and topic and (not trigger["branches"] or branch in trigger["branches"]):
            record = {"codecommit": {"references": [{"ref": f"refs/heads/{branch}"}]}, "customData": trigger["customData"]}
            topic.publish(json.dumps({"Records": [{**record, "eventSourceARN": repository["Arn"]}]}))


# Approval rule templates


def _templates(call):
    return here(call).things("template")


def _template(call, key="approvalRuleTemplateName"):
    name = call.params[key]
    if name not in _templates(call):
        raise AwsError("ApprovalRuleTemplateDoesNotExistException", f"Approval rule template {name} does not exist.")
    return _templates(call)[name]


def _content(text):
    try:
        statements = json.loads(text)["Statements"]
        fine = all(one["Type"] == "Approvers" and one["NumberOfApprovalsNeeded"] > 0 for one in statements) and statements
    except (ValueError, KeyError, TypeError):
        fine = False
    if not fine:
        raise AwsError("InvalidApprovalRuleTemplateContentException", "The content of the approval rule template is not valid.")
    return {"approvalRuleTemplateContent": text, "ruleContentSha256": hashlib.sha256(text.encode()).hexdigest()}


@operation("codecommit", "CreateApprovalRuleTemplate")
def create_approval_rule_template(call):
    name = call.params["approvalRuleTemplateName"]
    if name in _templates(call):
        raise AwsError("ApprovalRuleTemplateNameAlreadyExistsException", f"Approval rule template {name} already exists.")
    _templates(call)[name] = template = {
        "approvalRuleTemplateId": str(uuid.uuid4()),
        "approvalRuleTemplateName": name,
        "creationDate": CLOCK.now(),
        "lastModifiedDate": CLOCK.now(),
        "lastModifiedUser": f"arn:aws:iam::{call.account}:user/{call.account}-user",
        **_content(call.params["approvalRuleTemplateContent"]),
        **call.params.take("approvalRuleTemplateDescription"),
    }
    return {"approvalRuleTemplate": template}


@operation("codecommit", "GetApprovalRuleTemplate")
def get_approval_rule_template(call):
    return {"approvalRuleTemplate": _template(call)}


@operation("codecommit", "ListApprovalRuleTemplates")
def list_approval_rule_templates(call):
    call.params.take("nextToken", "maxResults")
    return {"approvalRuleTemplateNames": sorted(_templates(call))}


@operation("codecommit", "UpdateApprovalRuleTemplateContent")
def update_approval_rule_template_content(call):
    template = _template(call)
    known = call.params.get("existingRuleContentSha256")
    if known not in (None, template["ruleContentSha256"]):
        raise AwsError("InvalidRuleContentSha256Exception", "The SHA-256 of the existing content is another one.")
    template.update(_content(call.params["newRuleContent"]), lastModifiedDate=CLOCK.now())
    return {"approvalRuleTemplate": template}


@operation("codecommit", "UpdateApprovalRuleTemplateDescription")
def update_approval_rule_template_description(call):
    template = _template(call)
    template["approvalRuleTemplateDescription"] = call.params["approvalRuleTemplateDescription"]
    return {"approvalRuleTemplate": template}


@operation("codecommit", "DeleteApprovalRuleTemplate")
def delete_approval_rule_template(call):
    name = call.params["approvalRuleTemplateName"]
    if any(name in repository["templates"] for repository in here(call).things("repository").values()):
        text = f"Approval rule template {name} is associated with one or more repositories."
        raise AwsError("ApprovalRuleTemplateInUseException", text)
    gone = _templates(call).pop(name, None)
    return {"approvalRuleTemplateId": gone["approvalRuleTemplateId"] if gone else str(uuid.uuid4())}


@operation("codecommit", "AssociateApprovalRuleTemplateWithRepository")
def associate_approval_rule_template(call):
    repository, template = _repository(call), _template(call)
    name = template["approvalRuleTemplateName"]
    if len(repository["templates"]) >= _TEMPLATES:
        text = f"A repository has up to {_TEMPLATES} approval rule templates."
        raise AwsError("MaximumRuleTemplatesAssociatedWithRepositoryException", text)
    repository["templates"] = sorted({*repository["templates"], name})


@operation("codecommit", "DisassociateApprovalRuleTemplateFromRepository")
def disassociate_approval_rule_template(call):
    repository, name = _repository(call), _template(call)["approvalRuleTemplateName"]
    repository["templates"] = [one for one in repository["templates"] if one != name]


@operation("codecommit", "ListAssociatedApprovalRuleTemplatesForRepository")
def list_associated_templates(call):
    call.params.take("nextToken", "maxResults")
    return {"approvalRuleTemplateNames": _repository(call)["templates"]}


@operation("codecommit", "ListRepositoriesForApprovalRuleTemplate")
def list_repositories_for_template(call):
    call.params.take("nextToken", "maxResults")
    name = _template(call)["approvalRuleTemplateName"]
    return {"repositoryNames": [key for key, one in here(call).things("repository").items() if name in one["templates"]]}


# Tags


def _tagged(call):
    name = call.params["resourceArn"].split(":")[5]
    repository = here(call).things("repository").get(name)
    if repository is None:
        raise AwsError("RepositoryDoesNotExistException", f"{name} does not exist")
    return repository


@operation("codecommit", "TagResource")
def tag_resource(call):
    repository = _tagged(call)
    repository["tags"] = {**repository["tags"], **call.params["tags"]}


@operation("codecommit", "UntagResource")
def untag_resource(call):
    repository, gone = _tagged(call), call.params["tagKeys"]
    repository["tags"] = {key: value for key, value in repository["tags"].items() if key not in gone}


@operation("codecommit", "ListTagsForResource")
def list_tags_for_resource(call):
    call.params.get("nextToken")
    return {"tags": _tagged(call)["tags"]}
