# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The working half of the module environment_compliance_info: it needs the whole inventory, so it runs on the controller."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import yaml
from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import Environment, controls, judge, report, siblings

_ROLE = Path(__file__).resolve().parents[2] / "roles/service"
# What the inventory says of a service and properties speak of.
_SAID = (
    "service_cpu",
    "service_health_path",
    "service_log_days",
    "service_memory_mb",
    "service_port",
    "service_runtime",
    "service_secrets",
    "service_state",
    "service_tasks",
    "service_tasks_max",
    "service_type",
)
_OPTIONS = {
    "platform": {"required": True},
    "environment": {"required": True},
    "account": {"required": True},
    "region": {"required": True},
    "tags": {"type": "dict", "required": True},
    "production": {"type": "bool", "default": False},
    "log_days": {"type": "int", "default": 0},
    "kafka": {
        "type": "dict",
        "default": {},
        "options": {
            "brokers": {"type": "list", "elements": "str", "default": []},
            "security_group": {"default": ""},
            "networks": {"type": "list", "elements": "str", "default": []},
        },
    },
    "file": {"default": ""},
}

display = Display()


class ActionModule(ActionBase):
    """Read, judge, tell."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Return the verdicts; what people read of them is shown, and written beside the file."""
        _result, options = self.validate_argument_spec(_OPTIONS)
        environment = self._environment(options, task_vars)
        verdicts = judge(environment)
        found = {
            **{name: options[name] for name in ("platform", "environment", "account", "region")},
            "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "holds": all(each["holds"] for each in verdicts),
            "properties": [{**each, "judged": _identified(each["judged"], environment.physical)} for each in verdicts],
            "controls": controls(environment, verdicts),
        }
        found["headline"] = report.headline(found)
        for line, color in report.terminal(found):
            display.display(line, color=color)
        if options["file"]:
            _write(Path(options["file"]), found)
        return {"changed": False, "compliance": found}

    def _environment(self, options, task_vars):
        services = _services(task_vars)
        if not services:
            raise AnsibleActionFail("The inventory has no services: the properties are those of a platform of services.")
        back = self._read(options, task_vars)
        return Environment(
            name=options["environment"],
            platform=options["platform"],
            template=back["template"],
            physical=back["physical"],
            production=options["production"],
            services=services,
            kafka={name: value for name, value in (options["kafka"] or {}).items() if value},
            tags=options["tags"],
            log_days=options["log_days"],
            others=_others(),
        )

    def _read(self, options, task_vars):
        """Return the environment as the account has it."""
        arguments = {
            "tags": {name: options["tags"][name] for name in ("Project", "Environment")},
            "platform": options["platform"],
            "regions": [options["region"]],
        }
        answer = self._execute_module("slipway.aws.environment_template_info", module_args=arguments, task_vars=task_vars)
        if answer.get("failed"):
            raise AnsibleActionFail(f"{options['platform']} cannot be read: {answer['msg']}")
        return answer


def _services(task_vars):
    """Return what the inventory says of its services, with what the role takes for granted: {name: options}."""
    usual = yaml.safe_load((_ROLE / "defaults/main.yml").read_text())
    found = {}
    for host in task_vars["groups"].get("services", []):
        told = task_vars["hostvars"][host]
        said = {**usual, **{name: told[name] for name in _SAID if name in told}}
        if said["service_state"] == "present":
            found[str(told.get("service_name", host))] = {name: said[name] for name in _SAID if name in said}
    return found


def _others():
    """Return what is known of the environments beside that of this run."""
    sources = [Path(source) for source in context.CLIARGS.get("inventory") or []]
    own = next((source for source in sources if source.is_file()), None)
    return siblings.beside(own) if own else {}


def _identified(judged, physical):
    """Return judgements with what AWS calls the resources."""
    ids = {logical: each.get("arn") or each.get("id") for logical, each in physical.items()}
    return [{**each, "id": ids[each["resource"]]} if ids.get(each["resource"]) else each for each in judged]


def _write(path, found):
    path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    path.with_suffix(".md").write_text(report.markdown(found))
