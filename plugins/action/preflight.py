# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The working half of the module preflight: it needs the whole inventory, so it runs on the controller."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars

from ansible_collections.slipway.aws.plugins.plugin_utils import faults, rules
from ansible_collections.slipway.aws.plugins.plugin_utils.components import roles_of
from ansible_collections.slipway.aws.plugins.plugin_utils.origins import Origins

ROOT = Path(__file__).resolve().parents[2]


def _options(path, entry):
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it is there
    return yaml.load(path.read_text(), Loader=loader)["argument_specs"][entry]["options"]


def specs():
    """Return the options of every role of the collection by the role's name, and those of the platform under ``platform``."""
    roles = {path.parts[-3]: _options(path, "main") for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml"))}
    return {**roles, "platform": _options(ROOT / "meta" / "platform.yml", "platform")}


class ActionModule(ActionBase):
    """Check inventory, environment and account."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Return the account and the environment, or fail with all faults at once."""
        _result, options = self.validate_argument_spec({"environment": {}, "destroys": {"type": "bool", "default": False}})
        known = specs()
        hosts = {name: _Values(task_vars["hostvars"][name], {*known, "aws", "component"}) for name in task_vars["groups"]["all"]}
        if not hosts:
            raise AnsibleError("The inventory has no hosts: which components does this environment have?")
        origins = Origins(self._sources(), said=load_extra_vars(self._loader))
        environment = str(next(iter(hosts.values())).get("platform_environment", options["environment"] or "all"))
        found = [
            *faults.of_environment(hosts, options["environment"], origins),
            *faults.of_destruction(environment, options["destroys"], _word(hosts, "platform_confirm_destroy")),
        ]
        # An inventory of another environment has other faults, or none: they would only distract.
        if not found:
            found = self._faults_of_hosts(task_vars, hosts, known, origins, environment)
            if options["destroys"]:
                found += self._protected(task_vars, hosts, origins, environment)
        account = None if found else self._account(task_vars, hosts)
        if account:
            found = faults.of_account(account, _word(hosts, "aws_account_id"), origins, environment)
        if found:
            return {"failed": True, "msg": _message(environment, found)}
        return {"changed": False, "account": account, "environment": environment}

    def _sources(self):
        from ansible import context  # pylint: disable=import-outside-toplevel  # there is none in unit tests

        return [Path(source) for source in context.CLIARGS.get("inventory") or [] if Path(source).exists()]

    def _faults_of_hosts(self, task_vars, hosts, known, origins, environment):
        found, names = [], {key for options in known.values() for key in options} | {"component"}
        elsewhere = {key for values in hosts.values() for key in values}  # what one host lacks and another has
        for host, values in hosts.items():
            roles = roles_of(values, host)
            scopes = (*reversed(task_vars["hostvars"][host]["group_names"]), "all")
            unknown = [role for role in roles if role not in known]
            if unknown:
                there = ", ".join(sorted(known.keys() - {"platform"}))
                found.append(f"{host}: there is no role {', '.join(unknown)}; roles: {there}")
                continue
            for part in ("platform", *roles):
                found += faults.of_host(host, part, values, known[part], scopes, origins, environment, elsewhere)
            found += faults.of_names(values, names, {*known, "aws"}, host, scopes, origins)
            found += rules.broken(values, host, scopes, origins)
        return list(dict.fromkeys(found))  # what stands in a group is wrong once, not once per host

    def _protected(self, task_vars, hosts, origins, environment):
        found = []
        for host, values in hosts.items():
            scopes = (*reversed(task_vars["hostvars"][host]["group_names"]), "all")
            found += faults.of_protection(host, roles_of(values, host), values, scopes, origins, environment)
        return found

    def _account(self, task_vars, hosts):
        arguments = {"region": _word(hosts, "aws_region")}
        answer = self._execute_module("amazon.aws.aws_caller_info", module_args=arguments, task_vars=task_vars)
        if answer.get("failed"):
            raise AnsibleError(f"AWS does not say whose credentials these are: {answer['msg']} Sign in, then run the same command.")
        return answer["account"]


class _Values(Mapping):
    """The variables of a host that carry one of our prefixes; resolved when they are looked at, as few are."""

    def __init__(self, variables, prefixes):
        self._variables = variables
        self._names = [key for key in variables if key.split("_")[0] in prefixes]
        self._known = {}

    def __getitem__(self, key):
        if key not in self._known:
            if key not in self._names:
                raise KeyError(key)
            self._known[key] = _resolved(self._variables, key)
        return self._known[key]

    def __iter__(self):
        return iter(self._names)

    def __len__(self):
        return len(self._names)


def _resolved(variables, key):
    """Return a variable's value; one that refers to something undefined is as good as missing, and says so when it is used."""
    try:
        return variables[key]
    except AnsibleError as error:
        return _Broken(str(error))


class _Broken(str):
    """A value that cannot be resolved; as text it is the reason."""


def _word(hosts, key):
    return next((str(values[key]) for values in hosts.values() if values.get(key) is not None), None)


def _message(environment, found):
    count = "one fault" if len(found) == 1 else f"{len(found)} faults"
    return "\n- ".join([f"The inventory of {environment} has {count}; nothing was changed:", *found])
