# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The working half of the module environment_plan_info: it runs playbooks, so it runs on the controller."""

from __future__ import annotations

import collections
import json
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.slipway.aws.plugins.module_utils import versions
from ansible_collections.slipway.aws.plugins.plugin_utils import findings, plan, plan_report, rehearsal, revisions
from ansible_collections.slipway.aws.plugins.plugin_utils.components import roles_of
from ansible_collections.slipway.aws.plugins.plugin_utils.origins import files_of

_NOTHING = {"template": {"Resources": {}}, "physical": {}, "images": None}
_OWN = ("plan", "export")  # extra variables that begin so are for the plan, not for the playbook that it rehearses
_GROUP = re.compile(r"\bsg-(?:[0-9a-f]{17}|[0-9a-f]{8})\b")
_OPTIONS = {
    "platform": {"required": True},
    "environment": {"required": True},
    "account": {"required": True},
    "region": {"required": True},
    "playbook": {"required": True},
    "revision": {"default": ""},
    "live": {"type": "bool", "default": True},
    "drift": {"type": "bool", "default": False},
    "components": {"type": "list", "elements": "str", "default": []},
    "exceptions": {"type": "list", "elements": "dict", "default": []},
    "accepted": {"default": ""},
    "file": {"default": ""},
}

display = Display()


class ActionModule(ActionBase):
    """Rehearse, read, compare, tell."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Return the plan; what people read of it is shown, and written beside its file."""
        _result, options = self.validate_argument_spec(_OPTIONS)
        self._extra = {name: value for name, value in load_extra_vars(self._loader).items() if name.split("_")[0] not in _OWN}
        _refuse_unknown(options["components"], task_vars["groups"]["all"])
        self._inventories = [str(source) for source in context.CLIARGS.get("inventory") or []]
        wanted, actual = self._from_revision(options) if options["revision"] else self._from_account(options)
        changes, left = plan.compare(wanted, actual, _absent(task_vars), options["exceptions"])
        if options["components"]:
            changes, left = ([each for each in some if each["component"] in options["components"]] for some in (changes, left))
        made = {
            **{name: options[name] for name in ("platform", "environment", "account", "region")},
            "drift": options["drift"],
            "compared_with": options["revision"] or ("the account" if options["live"] else "nothing"),
            "digest": plan.digest(changes),
            "counts": {action: sum(each["action"] == action for each in changes) for action in plan.ACTIONS},
            "changes": changes,
            "left": left,
            "assumptions": _assumptions(wanted, actual, _outside(self._inventories, self._extra)),
            "findings": findings.of(wanted["template"], options["region"], options["accepted"]),
        }
        made["headline"] = plan_report.headline(made)
        made["different"] = bool(changes) or (options["drift"] and bool(plan_report.leftovers(made)))
        for line, color in plan_report.terminal(made):
            display.display(line, color=color)
        if options["file"]:
            _write(Path(options["file"]), made, wanted["template"])
        return {"changed": False, "plan": made}

    def _from_account(self, options):
        """Return the environment as it is described, and as the account has it, whose images and versions are rehearsed."""
        if not options["live"]:
            return self._rehearsed(options, self._inventories, lambda: _known(_NOTHING), "Rehearsal"), _NOTHING
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(rehearsal.read, self._inventories, self._extra)
            wanted = self._rehearsed(options, self._inventories, lambda: _known(reading.result()), "Rehearsal")
            return wanted, reading.result()

    def _from_revision(self, options):
        """Return the environment as it is described, and as it was described in another revision."""
        revision = options["revision"]
        with tempfile.TemporaryDirectory(prefix="slipway-plan-") as folder, ThreadPoolExecutor(2) as pool:
            former = revisions.check_out(revision, self._inventories, Path(folder))
            rows = (("Rehearsal", self._inventories), (f"Rehearsal of {revision}", former))
            work = [pool.submit(self._rehearsed, options, where, lambda: _known(_NOTHING), name) for name, where in rows]
            return tuple(each.result() for each in work)

    def _rehearsed(self, options, inventories, known, name):
        def progress(layer):
            display.display(f"{name}: {layer}")

        def known_and_outside():
            groups = {"account": options["account"], "region": options["region"], "ids": _outside(inventories, self._extra)}
            return {**known(), "security_groups": groups}

        return rehearsal.rehearse(options["playbook"], inventories, self._extra, options["account"], known_and_outside, progress)


def _known(actual):
    """Return what a rehearsal has to know of the account: what nobody describes, and decides all the same."""
    databases = [each for each in actual["template"]["Resources"].values() if each["Type"] == "AWS::RDS::DBInstance"]
    given = collections.defaultdict(dict)
    for each in databases:
        version = each["Properties"]["EngineVersion"]
        given[each["Properties"]["Engine"]][versions.major(version)] = version
    return {"images": {"images": actual["images"]}, "versions": {"versions": given}}


def _outside(inventories, extra):
    """Return the ids of security groups that an inventory names: what it names by id belongs to somebody else."""
    texts = [path.read_text() for source in inventories if Path(source).exists() for path in files_of(source)]
    return sorted({found for text in (*texts, json.dumps(extra)) for found in _GROUP.findall(text)})


def _absent(task_vars):
    """Return the components whose state is absent."""
    hosts = task_vars["hostvars"]
    first = {host: roles_of(hosts[host], host)[0] for host in task_vars["groups"]["all"]}
    return {host for host, role in first.items() if hosts[host].get(f"{role}_state") == "absent"}


def _refuse_unknown(components, known):
    """Refuse names that would show nothing, as if there were nothing to do."""
    unknown = sorted(set(components) - set(known))
    if unknown:
        raise AnsibleActionFail(f"components: {', '.join(unknown)} is none of {', '.join(known)}.")


def _assumptions(wanted, actual, outside=()):
    """Return what a rehearsal takes for granted, because it is not the platform's to build."""
    others = [f"The security group {each} of somebody else is there." for each in outside]
    zones = [each["Properties"] for each in wanted["template"]["Resources"].values() if each["Type"] == "AWS::Route53::HostedZone"]
    public = sorted(each["Name"] for each in zones if not each.get("VPCs"))
    delegated = [f"{name} is delegated by its parent zone, so that its certificates are issued." for name in public]
    if actual["images"] is None:
        return [*delegated, *others, "Every image repository has a first image, so services run tasks."]
    pushed = sorted(name for name, images in actual["images"].items() if images)
    return [*delegated, *others, *(f"The registry has the images of the account: {name}" for name in pushed)]


def _write(path, made, template):
    path.write_text(json.dumps({**made, "template": template}, indent=1, sort_keys=True) + "\n")
    path.with_suffix(".md").write_text(plan_report.markdown(made))
    path.with_suffix(".sarif").write_text(json.dumps(findings.sarif(made), indent=1) + "\n")
