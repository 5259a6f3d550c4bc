# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What inventories say of the environments beside one's own."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import siblings
from ansible_collections.slipway.aws.tests.support.play import ROOT

SIZES_OF_SERVICES = {"service_cpu", "service_memory_mb", "service_tasks", "service_tasks_max"}
INVENTORY = "qa: {children: {runtime: {children: {services: {hosts: {orders: , web: }}}}, foundation: }}"
SIZES = """
network_cidr: 10.30.0.0/16
platform_log_days: 30
network_nat_gateways: "{{ zones }}"
service_cpu: 512
service_tasks: 2
"""


@pytest.fixture
def folder(tmp_path):
    files = {
        "develop.yml": INVENTORY,
        "qa.yml": INVENTORY,
        "notes.yml": "no: inventory",
        "group_vars/develop.yml": "network_cidr: 10.10.0.0/16",
        "group_vars/qa.yml": SIZES,
        "host_vars/orders.yml": "service_cpu: 1024\nservice_hostname: '{{ name }}'\ncomponent: service\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_plain_words_are_facts(folder):
    orders, web = {"service_cpu": 1024, "service_tasks": 2}, {"service_cpu": 512, "service_tasks": 2}
    facts = {"cidr": "10.30.0.0/16", "log_days": 30, "production": False, "services": {"orders": orders, "web": web}}
    assert siblings.beside(folder / "develop.yml") == {"qa": facts}


def test_what_replaces_another_is_not_compared_with_it(folder):
    (folder / "group_vars/qa.yml").write_text(f"{SIZES}platform_replaces: develop\n")
    assert siblings.beside(folder / "develop.yml") == {}


def test_a_file_that_is_no_yaml_is_named(folder):
    (folder / "group_vars/qa.yml").write_text("{")
    with pytest.raises(AnsibleError, match=r"group_vars/qa\.yml cannot be read to compare its environment with this one"):
        siblings.beside(folder / "develop.yml")


def test_the_platform_of_microservices_says_everything_that_is_compared():
    found = siblings.beside(ROOT / "inventories/fargate_microservices/develop.yml")
    assert {name for name, each in found.items() if each["production"]} == {"prod"}
    assert set(found) == {"test", "qa", "prod"}
    for each in found.values():
        assert set(each) == {"cidr", "log_days", "nat_gateways", "deletion_protection", "production", "services"}
        assert each["services"]
        assert all(set(one) >= SIZES_OF_SERVICES for one in each["services"].values())
