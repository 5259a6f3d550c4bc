# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The preflight reads an inventory as Ansible does, names all faults at once, and asks the account last and only once."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pytest
import yaml
from ansible import context
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.utils.context_objects import CLIArgs
from ansible.utils.vars import load_extra_vars
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.slipway.aws.plugins.action.preflight import ActionModule, specs
from ansible_collections.slipway.aws.plugins.module_utils.spec import argument_spec
from ansible_collections.slipway.aws.plugins.modules import preflight as module

HOSTS = "---\ndev: {hosts: {dns: {}, names: {component: dns}}}\n"
ALL = """---
account: "123456789012"
aws_account_id: "{{ account }}"
aws_region: eu-west-1
platform_name: shop
platform_id: "{{ platform_name }}-{{ platform_environment }}"
platform_tags: {Project: Shop}
dns_zone: "{{ platform_environment }}.shop.example.com"
"""
DEV = "---\n# dev\nplatform_environment: dev\n"


class Preflight:
    """An inventory in a folder, and the preflight on it. The account answers as ``answer`` says; ``asked`` has the questions."""

    def __init__(self, folder):
        self.folder, self.asked = folder, []
        self.source = str(folder / "dev.yml")
        self.answer = {"changed": False, "account": "123456789012"}
        self.write("dev.yml", HOSTS)
        self.write("group_vars/all.yml", ALL)
        self.write("group_vars/dev.yml", DEV)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def run(self, **options):
        """Run the action with the options of the task."""
        loader = DataLoader()
        inventory = InventoryManager(loader, sources=[self.source])
        variables = VariableManager(loader, inventory)
        task_vars = {"hostvars": HostVars(inventory, variables, loader), "groups": inventory.get_groups_dict()}
        action = ActionModule(SimpleNamespace(args=options), None, None, loader, None)
        action._execute_module = self._account
        return action.run(task_vars=task_vars)

    def _account(self, name, module_args, task_vars):
        self.asked.append((name, module_args))
        return self.answer

    def faults(self, **options):
        """Return the sentences of a preflight that finds faults; nobody may have been asked."""
        result = self.run(**options)
        assert result["failed"]
        assert self.asked == []
        heading, *found = result["msg"].split("\n- ")
        count = "one fault" if len(found) == 1 else f"{len(found)} faults"
        assert heading.endswith(f" has {count}; nothing was changed:")
        return found


@pytest.fixture
def inventory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(load_extra_vars, "extra_vars", None, raising=False)  # Ansible reads them once per process
    _command_line(monkeypatch)
    return Preflight(tmp_path)


def _command_line(monkeypatch, **extra):
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"inventory": ["dev.yml", "host,"], "extra_vars": [json.dumps(extra)]}))


def test_a_right_inventory(inventory):
    expected = {"changed": False, "account": "123456789012", "environment": "dev"}
    assert inventory.run(environment="dev") == expected
    assert inventory.asked == [("amazon.aws.aws_caller_info", {"region": "eu-west-1"})]
    assert inventory.run() == expected


def test_all_faults_at_once_each_said_once(inventory):
    inventory.write("group_vars/all.yml", ALL.replace("platform_name: shop\n", "") + "dns_tags: [1]\ndns_zoen: x\n")
    found = inventory.faults(environment="dev")
    assert sorted(fault.split(",")[0] for fault in found) == [
        "group_vars/all.yml:8: dns_tags is [1]",
        "group_vars/all.yml:9: dns_zoen is unknown",
        "group_vars/dev.yml: platform_name is missing",
    ]
    assert any("did you mean dns_zone?" in fault for fault in found)


def test_a_value_of_the_command_line_is_named_as_such(inventory, monkeypatch):
    inventory.write("group_vars/all.yml", ALL + "platform_log_days: 30\n")
    _command_line(monkeypatch, platform_log_days="many")
    [found] = inventory.faults()
    assert found.startswith("the command line: platform_log_days is 'many', it has to be a whole number")


def test_rules_of_aws_are_looked_at_for_every_host(inventory):
    inventory.write("dev.yml", "---\ndev: {hosts: {names: {component: dns, network_cidr: 10.0.0.0/8}}}\n")
    [found] = inventory.faults()
    assert found.startswith("dev.yml:2: network_cidr is '10.0.0.0/8', it has to be between /16 and /24")


def test_a_host_that_no_role_builds(inventory):
    inventory.write("dev.yml", "---\ndev: {hosts: {names: {}}}\n")
    [found] = inventory.faults()
    assert found.startswith("names: there is no role names; roles: backup, cdn, ")
    assert "platform" not in found


def test_a_value_that_refers_to_nothing_is_a_fault_where_a_text_will_not_do(inventory):
    inventory.write("group_vars/all.yml", ALL + "dns_tags: '{{ nowhere }}'\n")
    [found] = inventory.faults()
    assert found.startswith("group_vars/all.yml:9: dns_tags is ")
    assert "'nowhere' is undefined" in found


def test_of_the_inventory_of_another_environment_nothing_else_is_said(inventory):
    inventory.write("group_vars/all.yml", ALL + "dns_zoen: x\n")
    [found] = inventory.faults(environment="production")
    assert found.startswith("group_vars/dev.yml:3: platform_environment is dev, this playbook is for production.")


def test_what_is_protected_is_not_half_removed(inventory, monkeypatch):
    inventory.write("dev.yml", "---\ndev: {hosts: {dns: {}, api: {component: [compute, dns]}}}\n")
    inventory.write("group_vars/dev.yml", f"{DEV}compute_protected: true\n")
    _command_line(monkeypatch, platform_confirm_destroy="dev")
    [found] = [fault for fault in inventory.faults(environment="dev", destroys=True) if "refuses to delete" in fault]
    assert found.startswith("group_vars/dev.yml:4: compute_protected is True")
    assert "playbooks/dev.yml --limit api" in found
    inventory.write("group_vars/dev.yml", f"{DEV}compute_protected: false\n")
    assert not any("refuses to delete" in fault for fault in inventory.faults(environment="dev", destroys=True))


def test_a_host_of_two_roles_has_the_options_of_both(inventory):
    inventory.write("dev.yml", "---\ndev: {hosts: {api: {component: [dns, compute]}}}\n")
    found = inventory.faults(environment="dev")
    assert any("compute_name is missing" in fault for fault in found)
    inventory.write("dev.yml", "---\ndev: {hosts: {api: {component: [dns, computer]}}}\n")
    [found] = inventory.faults(environment="dev")
    assert "api: there is no role computer; roles: " in found


def test_what_one_host_lacks_and_another_has_belongs_to_the_file_of_that_host(inventory):
    hosts = "{a: {component: compute, compute_dns_zone: shop.example}, b: {component: compute}}"
    inventory.write("dev.yml", f"---\ndev: {{hosts: {hosts}}}\n")
    found = [fault.split(",")[0] for fault in inventory.faults(environment="dev")]
    assert "host_vars/b.yml: compute_dns_zone is missing" in found
    assert "group_vars/dev.yml: compute_name is missing" in found
    assert not any(fault.startswith("host_vars/a.yml") for fault in found)


def test_destruction_has_to_be_confirmed_by_name(inventory, monkeypatch):
    [found] = inventory.faults(environment="dev", destroys=True)
    assert "platform_confirm_destroy is missing" in found
    load_extra_vars.extra_vars = None
    _command_line(monkeypatch, platform_confirm_destroy="dev")
    assert not inventory.run(environment="dev", destroys="yes").get("failed")


def test_the_credentials_of_another_account(inventory):
    inventory.answer = {"changed": False, "account": "999999999999"}
    result = inventory.run(environment="dev")
    assert result["failed"]
    [found] = result["msg"].split("\n- ")[1:]
    said = "aws_account_id is 123456789012, the credentials belong to account 999999999999."
    assert found.startswith(f"group_vars/all.yml:3: {said}")


def test_credentials_that_aws_does_not_know(inventory):
    inventory.answer = {"failed": True, "msg": "The security token is expired."}
    with pytest.raises(AnsibleError, match=r"whose credentials these are: The security token is expired\. Sign in"):
        inventory.run(environment="dev")


def test_hosts_of_the_command_line_lack_everything(inventory, monkeypatch):
    inventory.source = "dns,"
    shutil.rmtree(inventory.folder / "group_vars")
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"inventory": ["dns,"]}))
    found = inventory.faults()
    assert "group_vars/all.yml: dns_zone is missing, dns needs it: The domain of the zone." in found
    assert all(" is missing, " in fault for fault in found)


def test_an_inventory_without_hosts(inventory):
    inventory.write("dev.yml", "---\ndev: {hosts: {}}\n")
    with pytest.raises(AnsibleError, match="The inventory has no hosts"):
        inventory.run()


def test_a_task_with_an_option_that_there_is_not(inventory):
    with pytest.raises(AnsibleActionFail, match="enviroment"):
        inventory.run(enviroment="dev")
    assert inventory.asked == []


def test_the_options_are_those_of_the_documentation(inventory):
    """The module only describes what the action does: an option that one of the two lacks would be refused or unknown."""
    described = argument_spec(module.DOCUMENTATION)
    assert described == {"environment": {"type": "str"}, "destroys": {"type": "bool", "default": False}}
    inventory.run(environment="dev", destroys=False)
    assert set(yaml.safe_load(module.RETURN)) == set(inventory.run()) - {"changed"}


def test_every_role_has_options(inventory):
    assert {"platform", "dns", "service"} <= set(specs())
    assert all(specs().values())
