# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Every fault of an inventory is a sentence that names file, line, key, value and what is allowed."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.plugin_utils import faults, rules
from ansible_collections.slipway.aws.plugins.plugin_utils.origins import Origins

ALL = "---\nplatform_name: shop\ndatabase_name: shop\nnetwork_cidr: 10.0.0.0/16\n"
DEV = "---\n# dev\nplatform_environment: dev\ndatabase_backup_days: seven\ndatabase_bakcup_window: never\n"
SPEC = {
    "database_backup_days": {"type": "int", "required": True, "description": "For how many days backups are kept."},
    "database_engine": {"type": "str", "choices": ["mysql", "postgres"]},
    "database_multi_az": {"type": "bool", "required": True, "description": ["Whether a standby", "takes over."]},
}


@pytest.fixture
def origins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("dev.yml", "dev: {hosts: {database: {database_engine: db2}}}\n"), ("group_vars/all.yml", ALL)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "group_vars/dev.yml").write_text(DEV)
    return Origins([tmp_path / "dev.yml"])


def test_the_place_of_a_key(origins):
    assert origins.place("database_backup_days", "dev", "all") == "group_vars/dev.yml:4"
    assert origins.place("platform_name", "dev", "all") == "group_vars/all.yml:2"
    assert origins.place("database_engine", "database", "dev", "all") == "dev.yml:1"
    assert origins.place("database_port") == "the command line"
    assert origins.home("dev") == "group_vars/dev.yml"


def test_the_command_line_outranks_the_files(origins):
    origins.said = {"platform_name": "other"}
    assert origins.place("platform_name", "dev", "all") == "the command line"


def test_a_wrong_type_and_a_missing_key_and_a_wrong_choice(origins):
    values = {"database_backup_days": "seven", "database_engine": "db2"}
    found = faults.of_host("database", "database", values, SPEC, ("dev", "all"), origins, "dev")
    assert found == [
        "group_vars/dev.yml:4: database_backup_days is 'seven', it has to be a whole number: For how many days backups are kept.",
        "dev.yml:1: database_engine is 'db2', allowed: mysql, postgres",
        "group_vars/dev.yml: database_multi_az is missing, database needs it: Whether a standby takes over.",
    ]


def test_what_is_right_is_no_fault(origins):
    values = {"database_backup_days": "7", "database_engine": "mysql", "database_multi_az": False}
    assert faults.of_host("database", "database", values, SPEC, ("dev", "all"), origins, "dev") == []


def test_a_misspelt_key_is_answered_with_the_right_one(origins):
    known = {*SPEC, "database_backup_window"}
    found = faults.of_names(
        {"database_bakcup_window": "never", "other": 1}, known, {"database"}, "database", ("dev", "all"), origins
    )
    assert found == ["group_vars/dev.yml:5: database_bakcup_window is unknown, did you mean database_backup_window?"]


def test_a_key_like_nothing_we_know(origins):
    [found] = faults.of_names({"database_xyz": 1}, set(SPEC), {"database"}, "database", (), origins)
    assert found == "the command line: database_xyz is unknown, no role has such an option (database_…)"


def test_the_playbook_of_another_environment(origins):
    hosts = {"database": {"platform_environment": "dev"}, "network": {"platform_environment": "dev"}}
    assert faults.of_environment(hosts, "dev", origins) == []
    assert faults.of_environment(hosts, None, origins) == []
    [found] = faults.of_environment(hosts, "production", origins)
    assert found.startswith("group_vars/dev.yml:3: platform_environment is dev, this playbook is for production.")
    assert "playbooks/dev.yml" in found


@pytest.mark.parametrize(("destroys", "word"), [(False, None), (True, "dev")])
def test_confirmed_or_harmless(destroys, word):
    assert faults.of_destruction("dev", destroys, word) == []


@pytest.mark.parametrize("word", [None, "production", "yes"])
def test_destruction_asks_for_the_name_of_the_environment(word):
    [found] = faults.of_destruction("dev", True, word)
    assert "-e platform_confirm_destroy=dev" in found


def test_another_account(origins):
    assert faults.of_account("123456789012", 123456789012, origins, "dev") == []
    [found] = faults.of_account("210987654321", "123456789012", origins, "dev")
    assert "aws_account_id is 123456789012, the credentials belong to account 210987654321" in found


BROKEN = [
    ({"network_cidr": "10.0.0.0/33"}, "a network such as"),
    ({"network_cidr": "10.0.0.0/25"}, "between /16 and /24"),
    ({"network_zones": 1, "network_nat_gateways": 0}, "need 2 zones"),
    ({"network_zones": 2, "network_nat_gateways": 3}, "more NAT gateways than zones"),
    ({"database_backup_days": 36}, "0 to 35"),
    ({"service_cpu": 256, "service_memory_mb": 4096}, "512, 1024, 2048"),
    ({"service_cpu": 300, "service_memory_mb": 512}, "256, 512, 1024"),
    ({"service_tasks": 3, "service_tasks_max": 2}, "more tasks at the start than at most"),
    ({"service_type": "public", "service_hostname": ""}, "needs the name"),
    ({"service_type": "internal", "service_hostname": "orders.example.com"}, "stands behind no load balancer"),
    ({"service_platform_id": "p" * 22, "service_name": "s" * 32}, "IAM takes 64 characters, not 65"),
    ({"storage_buckets": [{"name": "logs", "delivered_by": ["s3_access_logs"], "locked_days": 1}]}, "locked, as logs is"),
    ({"storage_buckets": [{"name": "trail", "versioned": False, "locked_days": 1}]}, "drop versioned at trail"),
    ({"aws_region": "us-east-1", "aws_second_region": "us-east-1"}, "the second region has to be another"),
    ({"security_second_region": "us-west-2", "security_keys": [{"name": "data"}]}, "the key data is not in_second_region"),
    ({"security_second_region": "us-west-2", "security_keys": [{"name": "data", "in_second_region": False}]}, "the key data is"),
    ({"security_second_region": "us-west-2", "security_keys": [{"name": "logs", "in_second_region": True}]}, "the key data is"),
    ({"platform_replaces": "prod", "platform_replaced_id": "", "platform_replaced_region": "us-east-1"}, "has a platform_id and"),
    ({"platform_replaces": "prod", "platform_replaced_id": "shop-prod", "platform_replaced_region": ""}, "has a platform_id and"),
    ({"governance_operators": [{"name": "ops", "trusted": []}]}, "ops has to trust somebody: there is not an ARN"),
    ({"governance_operators": [{"name": "ops", "trusted": ["123456789012"]}]}, "'123456789012' is not an ARN such as arn:aws:iam"),
]


@pytest.mark.parametrize(("values", "words"), BROKEN)
def test_a_broken_rule_names_the_values_and_the_reason(values, words, origins):
    [found] = rules.broken(values, "host", (), origins)
    assert words in found
    for key, value in values.items():
        assert f"{key} is {value!r}" in found


KEPT = [
    {"network_cidr": "10.0.0.0/16", "network_zones": 3, "network_nat_gateways": 3},
    {"database_backup_days": 35},
    {"service_cpu": 1024, "service_memory_mb": 2048, "service_tasks": 2, "service_tasks_max": 2},
    {"service_type": "public", "service_hostname": "orders.example.com"},
    {"service_type": "internal", "service_hostname": ""},
    {"service_platform_id": "p" * 20, "service_name": "s" * 32},
    {
        "storage_buckets": [
            {"name": "logs", "delivered_by": ["s3_access_logs"], "locked_days": 0},
            {"name": "trail", "locked_days": 1},
        ]
    },
    {
        "governance_operators": [
            {"name": "ops", "trusted": ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:user/a/*"]}
        ]
    },
    {"storage_buckets": "many", "governance_operators": [None], "security_second_region": "", "security_keys": [None]},
    {"aws_region": "us-east-1", "aws_second_region": ""},
    {"security_second_region": "us-west-2", "security_keys": [{"name": "data", "in_second_region": True}, {"name": "logs"}]},
    {"platform_replaces": "", "platform_replaced_id": "", "platform_replaced_region": ""},
    {"platform_replaces": "prod", "platform_replaced_id": "shop-prod", "platform_replaced_region": "us-east-1"},
    {"service_cpu": "many", "service_memory_mb": "much"},  # wrong types are reported elsewhere
]


@pytest.mark.parametrize("values", KEPT)
def test_rules_that_are_kept(values, origins):
    assert rules.broken(values, "host", (), origins) == []
