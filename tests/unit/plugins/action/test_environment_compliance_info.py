# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The check of an account takes services from the inventory, reads once, and tells terminal and files what was found."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import yaml
from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.utils.context_objects import CLIArgs
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.slipway.aws.plugins.action import environment_compliance_info as action
from ansible_collections.slipway.aws.tests.support import microservices

OPTIONS = {
    "platform": microservices.PLATFORM,
    "environment": microservices.NAME,
    "account": microservices.ACCOUNT,
    "region": microservices.REGION,
    "production": True,
    "tags": microservices.TAGS,
    "kafka": microservices.KAFKA,
}


class Check:
    """An inventory like that of the good environment, and the check of an account that has it."""

    def __init__(self, folder):
        self.folder, self.asked, self.shown = folder, [], []
        self.account = microservices.environment()
        self.failed = {}
        self.write("prod.yml", {"prod": {"children": {"services": {"hosts": dict.fromkeys(microservices.SERVICES)}}}})
        for name, options in microservices.SERVICES.items():
            said = {key: value for key, value in options.items() if key != "service_health_path"}  # the role's own default
            self.write(f"host_vars/{name}.yml", {**said, "service_cpu": "{{ cpu }}"})
        self.write("group_vars/all.yml", {"cpu": 1024})
        self.write("group_vars/prod.yml", {})
        self.write("qa.yml", {"qa": {"children": {"services": {"hosts": {"orders": None}}}}})
        self.write("group_vars/qa.yml", {"network_cidr": "10.30.0.0/16", "platform_log_days": 30})

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(data))

    def run(self, **options):
        loader = DataLoader()
        inventory = InventoryManager(loader, sources=[str(self.folder / "prod.yml")])
        hostvars = HostVars(inventory, VariableManager(loader, inventory), loader)
        module = action.ActionModule(SimpleNamespace(args={**OPTIONS, **options}), None, None, loader, None)
        module._execute_module = self._read
        return module.run(task_vars={"hostvars": hostvars, "groups": inventory.get_groups_dict()})

    def _read(self, name, module_args, task_vars):
        self.asked.append((name, module_args))
        return self.failed or {"template": self.account.template, "physical": self.account.physical}


@pytest.fixture
def check(tmp_path, monkeypatch):
    found = Check(tmp_path)
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"inventory": [str(tmp_path / "prod.yml")]}))
    monkeypatch.setattr(action.display, "display", lambda line, color=None: found.shown.append((line, color)))
    return found


def test_a_good_account_keeps_everything(check):
    answer = check.run()
    assert not answer["changed"]
    assert answer["compliance"]["holds"], answer["compliance"]["headline"]
    assert answer["compliance"]["headline"].startswith("shop-prod: 56 properties, ")
    assert answer["compliance"]["headline"].endswith(" judgements: all of them hold")
    tags = {name: microservices.TAGS[name] for name in ("Project", "Environment")}
    asked = {"tags": tags, "platform": "shop-prod", "regions": [microservices.REGION]}
    assert check.asked == [("slipway.aws.environment_template_info", asked)]


def test_what_does_not_hold_is_shown_in_full_with_its_name_in_the_account(check):
    service = check.account.template["Resources"]["OrdersService"]["Properties"]
    service["DesiredCount"] = 0
    found = check.run()["compliance"]
    assert not found["holds"]
    assert found["headline"].endswith(" judgements: properties 24 do not hold")
    arn = f"arn:aws:ecs:us-east-1:{microservices.ACCOUNT}:service/shop-prod/orders"
    assert (f"      OrdersService ({arn}): desired count 0", "red") in check.shown
    assert (" 24 Desired count configuration: does not hold (1 of 3)", "red") in check.shown
    assert (" 25 Rolling update configuration: holds (3)", "green") in check.shown
    shown = "\n".join(line for line, _color in check.shown)
    assert "CC7.2  Monitoring: does not hold: 24. Evidence: alarms (9), logs of services and builds (4)," in shown
    assert "CC8.1  Change management: holds. Evidence: history of deployments (3), inventories and plans in git" in shown


def test_it_is_written_down_for_an_audit(check, tmp_path):
    del check.account.template["Resources"]["MonitoringTrail"]
    found = check.run(file=str(tmp_path / "verified.json"))["compliance"]
    assert json.loads((tmp_path / "verified.json").read_text()) == found
    text = (tmp_path / "verified.md").read_text()
    assert text.startswith(f"# {found['headline']}\n\nAccount 123456789012, region us-east-1, {found['when']}.\n")
    assert "calls of the API: nobody writes them down" in text
    assert "| 52 | CloudTrail encryption | does not hold (1 of 1) | AU-2, AU-9, SC-13, SC-28, CC6.6 |" in text
    assert text.index("## 52. CloudTrail encryption") < text.index("## 1. Module resource creation completeness")
    assert "- **no** trail: there is none" in text
    assert "Only the root user can switch MFA delete on" in text
    assert f"- OrdersRoleTask (`arn:aws:iam::{microservices.ACCOUNT}:role/shop-prod-orders-task`): " in text


def test_services_that_shall_be_absent_are_not_missed(check):
    check.write("host_vars/orders.yml", {"service_state": "absent"})
    numbers = {each["number"] for each in check.run()["compliance"]["properties"] if not each["holds"]}
    assert numbers == set()


def test_services_that_nobody_has_built_are(check):
    hosts = dict.fromkeys([*microservices.SERVICES, "stock"])
    check.write("prod.yml", {"prod": {"children": {"services": {"hosts": hosts}}}})
    check.write("host_vars/stock.yml", {**microservices.SERVICES["orders"], "service_secrets": []})
    found = check.run()["compliance"]
    first = found["properties"][0]
    assert {each["resource"] for each in first["judged"] if not each["holds"]} >= {"ECS service stock", "pipeline shop-prod-stock"}


def test_other_environments_are_those_beside_it(check):
    check.write("group_vars/qa.yml", {"network_cidr": "10.40.0.0/16"})
    found = check.run()["compliance"]
    assert {each["number"] for each in found["properties"] if not each["holds"]} == {46, 49}


def test_without_services_there_is_nothing_to_judge(check):
    check.write("prod.yml", {"prod": {"hosts": {"network": None}}})
    with pytest.raises(AnsibleActionFail, match="The inventory has no services"):
        check.run()
    assert check.asked == []


def test_an_account_that_cannot_be_read_is_a_fault(check):
    check.failed = {"failed": True, "msg": "AWS does not allow it."}
    with pytest.raises(AnsibleActionFail, match=r"shop-prod cannot be read: AWS does not allow it\."):
        check.run()
