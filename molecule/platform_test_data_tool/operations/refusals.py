# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Bad input is refused with a sentence that names key and file, before anything is written."""

from __future__ import annotations

import shutil

import pytest

from ansible_collections.slipway.aws.tests.support.play import ROOT, run

HOME = "inventories/test_data_tool"


@pytest.fixture
def inventory(tmp_path):
    """Return a copy of the inventory and a function that edits one of its files."""
    shutil.copytree(ROOT / HOME, tmp_path / "inventory")

    def edit(file, before, after):
        path = tmp_path / "inventory" / "group_vars" / file
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))
        return tmp_path / "inventory" / "dev.yml"

    return edit


def refused(result, *words):
    """Say that a run failed with these words and wrote nothing."""
    assert result.code != 0
    assert result.writes == []
    for word in words:
        assert word in result.words, result.said


def test_the_playbook_of_another_environment():
    result = run("production", f"{HOME}/dev.yml")
    refused(result, "group_vars/dev.yml:4", "platform_environment is dev", "this playbook is for production")
    assert result.requests == []


def test_another_account(inventory):
    path = inventory("all.yml", 'dev: "123456789012"', 'dev: "999999999999"')
    result = run("dev", path)
    refused(result, "group_vars/all.yml:", "aws_account_id is 999999999999", "account 123456789012")
    assert set(result.operations) == {"sts:GetCallerIdentity", "iam:ListAccountAliases"}  # what aws_caller_info reads


def test_a_missing_key(inventory):
    path = inventory("dev.yml", "database_backup_days: 7\n", "")
    refused(run("dev", path), "group_vars/dev.yml: database_backup_days is missing")


def test_a_value_of_the_wrong_type(inventory):
    path = inventory("dev.yml", "database_backup_days: 7", 'database_backup_days: "seven"')
    refused(run("dev", path), "group_vars/dev.yml:", "database_backup_days is 'seven'", "a whole number")


def test_an_unknown_key_with_a_prefix_of_ours(inventory):
    path = inventory("dev.yml", "database_backup_days: 7", "database_backup_days: 7\ndatabase_backup_hours: 7")
    refused(run("dev", path), "group_vars/dev.yml:", "database_backup_hours is unknown")


def test_all_faults_come_at_once(inventory):
    inventory("dev.yml", "database_backup_days: 7", "database_backup_days: 70")
    inventory("dev.yml", "service_memory_mb: 512", "service_memory_mb: 700")
    path = inventory("dev.yml", "network_zones: 2", "network_zones: 1")
    refused(run("dev", path), "3 faults", "0 to 35 days", "512, 1024, 2048", "need 2 zones")


def test_a_teardown_without_confirmation():
    refused(run("teardown", f"{HOME}/dev.yml"), "platform_confirm_destroy is missing", "-e platform_confirm_destroy=dev")


def test_a_teardown_with_the_confirmation_of_another_environment():
    result = run("teardown", f"{HOME}/dev.yml", "-e", "platform_confirm_destroy=production")
    refused(result, "platform_confirm_destroy is 'production'")
