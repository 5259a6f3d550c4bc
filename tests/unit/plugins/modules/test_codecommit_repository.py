# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Keys under several names, a default branch that is not there yet, rules that are shared, and pushes that start a pipeline."""

from __future__ import annotations

from copy import deepcopy

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.delivery import BUILD, SOURCE, done, pipeline, rests, role

MODULE = "codecommit_repository"


def test_a_key_is_the_same_under_any_of_its_names(aws):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key["KeyId"])
    done(aws, MODULE, name="shop", kms_key_id="alias/shop")
    for name in (key["KeyId"], key["Arn"], "alias/shop"):
        rests(aws, MODULE, name="shop", kms_key_id=name)
    other = kms.create_key()["KeyMetadata"]["Arn"]
    with aws.recorded() as sent:
        changed = aws.run(MODULE, name="shop", kms_key_id=other)
    assert sent.writes == ["UpdateRepositoryEncryptionKey"]
    assert changed.repository["kms_key_id"] == other


def test_a_key_that_does_not_exist_is_aws_to_refuse(aws):
    done(aws, MODULE, name="shop")
    result = aws.run(MODULE, name="shop", kms_key_id="alias/none")
    assert result.failed
    assert "alias/none was not found" in result.msg


def test_the_default_branch_is_set_once_it_exists(aws):
    client = aws.client("codecommit")
    assert not aws.run(MODULE, name="shop", default_branch="main").failed
    rests(aws, MODULE, name="shop", default_branch="main")
    for branch in ("develop", "main"):
        client.put_file(repositoryName="shop", branchName=branch, fileContent=b"x", filePath="x")
    result = aws.run(MODULE, name="shop", default_branch="main")
    assert result.diff["before"]["default_branch"] == "develop"
    assert result.repository["default_branch"] == "main"
    rests(aws, MODULE, name="shop", default_branch="main")


def test_a_template_in_use_is_kept_by_aws_and_the_error_says_so(aws):
    done(aws, "codecommit_approval_rule_template", name="two", approvals=2)
    done(aws, MODULE, name="shop", approval_rule_templates=["two"])
    result = aws.run("codecommit_approval_rule_template", name="two", state="absent")
    assert result.failed
    assert "is associated with one or more repositories" in result.msg
    done(aws, MODULE, name="shop", state="absent")
    assert aws.run("codecommit_approval_rule_template", name="two", state="absent").changed


def test_a_template_that_does_not_exist_is_named(aws):
    result = aws.run(MODULE, name="shop", approval_rule_templates=["none"])
    assert result.failed
    assert "Approval rule template none does not exist" in result.msg


def test_the_rule_is_in_the_form_that_aws_documents(aws):
    with aws.recorded() as sent:
        made = aws.run("codecommit_approval_rule_template", name="two", approvals=2, branches=["main"], members=["*/owner"])
    assert sent.parameters("CreateApprovalRuleTemplate")["approvalRuleTemplateContent"] == (
        '{"DestinationReferences": ["refs/heads/main"], "Statements": [{"ApprovalPoolMembers": ["*/owner"],'
        ' "NumberOfApprovalsNeeded": 2, "Type": "Approvers"}], "Version": "2018-11-08"}'
    )
    assert made.approval_rule_template["approval_rule_template_content"]["Statements"][0]["NumberOfApprovalsNeeded"] == 2


def test_a_push_to_the_branch_starts_the_pipeline_by_a_rule(aws):
    repository = aws.run(MODULE, name="shop").repository
    source = deepcopy(SOURCE)
    source["actions"][0] |= {
        "action_type_id": {"category": "Source", "provider": "CodeCommit"},
        "configuration": {"RepositoryName": "shop", "BranchName": "main", "PollForSourceChanges": False},
    }
    made = pipeline(aws, stages=[BUILD], source=source)
    CLOCK.advance(60)
    client = aws.client("codepipeline")
    (first,) = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]
    assert first["status"] == "Failed"  # there is no branch yet
    aws.run(
        "eventbridge_rule",
        name="shop-main",
        event_pattern={
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [repository["arn"]],
            "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceName": ["main"]},
        },
        targets=[{"arn": made["arn"], "role_arn": role(aws, "events", "events")}],
    )
    commits = aws.client("codecommit")
    commits.put_file(repositoryName="shop", branchName="develop", fileContent=b"x", filePath="x")
    assert len(client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]) == 1
    commit = commits.put_file(repositoryName="shop", branchName="main", fileContent=b"x", filePath="x")["commitId"]
    CLOCK.advance(600)
    latest = client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]
    assert (latest["status"], latest["trigger"]["triggerType"]) == ("Succeeded", "CloudWatchEvent")
    assert latest["sourceRevisions"][0]["revisionId"] == commit
