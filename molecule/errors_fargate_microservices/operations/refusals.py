# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the description of a platform gets wrong is refused with file, key, value and what is allowed, before anything is called."""

from __future__ import annotations

import shutil

import pytest

from ansible_collections.slipway.aws.tests.support.play import ROOT, run

_WHO = {"sts:GetCallerIdentity", "iam:ListAccountAliases"}  # what the preflight asks at most


@pytest.fixture
def edit(tmp_path):
    """Return a function that edits a file of a copy of the inventory."""
    shutil.copytree(ROOT / "inventories/fargate_microservices", tmp_path / "inventory")

    def change(file, before, after):
        path = tmp_path / "inventory" / file
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))
        return tmp_path / "inventory/develop.yml"

    return change


def refused(inventory, *words):
    """Say that a run failed with these words and called nothing but who it is."""
    result = run("develop", inventory)
    assert result.code != 0
    assert result.writes == []
    assert set(result.operations) <= _WHO
    for word in words:
        assert word in result.words, result.said


def test_a_service_type_that_there_is_not(edit):
    inventory = edit("host_vars/orders.yml", "service_type: internal", "service_type: private")
    refused(inventory, "host_vars/orders.yml:3: service_type is 'private', allowed: internal, public")


def test_a_runtime_that_there_is_not(edit):
    inventory = edit("host_vars/orders.yml", "service_runtime: nodejs", "service_runtime: ruby")
    refused(inventory, "host_vars/orders.yml:4: service_runtime is 'ruby', allowed:", "nodejs", "python")


def test_cpu_and_memory_that_fargate_does_not_pair(edit):
    inventory = edit("group_vars/develop.yml", "service_memory_mb: 512", "service_memory_mb: 700")
    refused(inventory, "group_vars/develop.yml:", "service_memory_mb", "700", "512, 1024, 2048")


def test_an_environment_that_there_is_not(edit):
    inventory = edit("group_vars/develop.yml", "platform_environment: develop", "platform_environment: staging")
    refused(inventory, "group_vars/develop.yml:4", "platform_environment is staging", "this playbook is for develop")


def test_a_port_that_is_missing(edit):
    inventory = edit("host_vars/orders.yml", "service_port: 3010\n", "")
    refused(inventory, "service_port is missing, service needs it: Port that the container listens on")


def test_a_network_that_is_missing(edit):
    inventory = edit("group_vars/develop.yml", "network_cidr: 10.10.0.0/16\n", "")
    refused(inventory, "group_vars/develop.yml: network_cidr is missing, network needs it")


def test_everything_at_once(edit):
    edit("host_vars/orders.yml", "service_type: internal", "service_type: private")
    edit("host_vars/orders.yml", "service_runtime: nodejs", "service_runtime: ruby")
    edit("host_vars/pricing.yml", "service_port: 8001\n", "")
    edit("group_vars/develop.yml", "service_memory_mb: 512", "service_memory_mb: 700")
    inventory = edit("group_vars/develop.yml", "network_cidr: 10.10.0.0/16\n", "")
    refused(inventory, "service_type is 'private'", "is 'ruby'", "service_port is missing", "700", "network_cidr is missing")


@pytest.mark.parametrize("playbook", ["plan_environment", "scan_environment", "verify_environment"])
def test_what_replaces_another_is_not_looked_at_alone(playbook):
    result = run(playbook, "inventories/fargate_microservices/recovery.yml")
    assert result.code != 0
    assert result.operations == []
    assert "recovery is built from the images and secrets of prod" in result.words, result.said
    assert "playbooks/drill_recovery.yml" in result.words
