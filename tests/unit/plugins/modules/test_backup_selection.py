# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Plans and selections of AWS Backup: each says what has to come first."""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_selection import CHAIN, prepare


def test_a_selection_needs_its_plan(aws):
    with aws.recorded() as sent:
        result = aws.run("backup_selection", **CHAIN.create)
    assert result.failed
    assert "There is no plan shop" in result.msg
    assert sent.writes == []


def test_a_plan_with_selections_is_not_removed(aws):
    prepare(aws)
    aws.run("backup_selection", **CHAIN.create)
    with aws.recorded() as sent:
        result = aws.run("backup_plan", name="shop", state="absent")
    assert result.failed
    assert "selections: all" in result.msg
    assert sent.writes == []


def test_all_tags_have_to_fit(aws):
    prepare(aws)
    with aws.recorded() as sent:
        aws.run("backup_selection", **CHAIN.create)
    selection = sent.parameters("CreateBackupSelection")["BackupSelection"]
    assert selection["Conditions"] == {"StringEquals": [{"ConditionKey": "aws:ResourceTag/Project", "ConditionValue": "Shop"}]}


def test_a_role_that_is_not_known_yet_is_tried_again(aws):
    prepare(aws)
    text = "IAM Role is not authorized to call tag:GetResources"
    aws.fault("backup", "CreateBackupSelection", code="InvalidParameterValueException", message=text, times=3)
    assert aws.run("backup_selection", **CHAIN.create).changed
