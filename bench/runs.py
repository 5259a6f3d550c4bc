# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The life of a platform with one way of running modules: built, converged again, one service alone, torn down; each measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import platforms

from ansible_collections.slipway.aws.extensions.emulator import cli

ROOT = platforms.ROOT
MITOGEN = ROOT / ".venv/mitogen"
PHASES = ("fresh", "second", "limit", "read", "plan", "teardown")
ONLY_WARM = ("read", "plan")  # they rehearse and read with the connection of the inventory
# How modules are run -> interpreter's bin, the connection, the strategy of every layer.
WAYS = {
    "local": (Path(sys.executable).parent, "local", "ansible.builtin.free"),
    "mitogen": (MITOGEN / "bin", "local", "mitogen_free"),
    "warm": (Path(sys.executable).parent, "slipway.aws.warm", "ansible.builtin.free"),
}


class Life:
    """One platform in an emulated account of its own."""

    def __init__(self, folder, way, services):
        self.folder, self.way = folder, way
        self.bin, self.connection, strategy = WAYS[way]
        self.services = platforms.write(folder / "inventory", services)
        shutil.copytree(ROOT / "playbooks", folder / "playbooks")
        layer = folder / "playbooks/layer.yml"
        layer.write_text(layer.read_text().replace("ansible.builtin.free", strategy))
        settings = (ROOT / "ansible.cfg").read_text()
        (folder / "ansible.cfg").write_text(settings if way == "warm" else _stock(settings))
        self.url = cli.start(folder / "account")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        cli.stop(self.folder / "account")

    def run(self, phase):
        """Go through one phase and return what it took."""
        if phase == "fresh":  # the images have to be somewhere first; that is not measured
            self._play("dev", "--limit", "security,storage")
            for name in self.services:
                self._do(sys.executable, str(ROOT / "extensions/emulator"), "push", f"test-data-tool-dev/{name}", "1.0.0")
        before = max((each["number"] for each in cli.call(self.url, "requests")), default=0)
        arguments = {
            "fresh": ["dev"],
            "second": ["dev"],
            "limit": ["dev", "--limit", self.services[0]],
            "read": ["export_template", "-e", "export_file=template.json"],
            "plan": ["plan_environment"],
            "teardown": ["teardown", "-e", "platform_confirm_destroy=dev"],
        }
        taken = self._play(*arguments[phase])
        requests = cli.call(self.url, "requests", number=before)
        if phase not in ("fresh", "teardown") and any(each["write"] for each in requests):
            raise SystemExit(f"{phase} with {self.way} changed something: {self.folder / 'output'} says what.")
        taken["requests"] = len(requests)
        self.requests = requests
        return taken

    def floor(self):
        """Send the requests of the last phase from one process and return what that took."""
        path = self.folder / "requests.json"
        path.write_text(json.dumps(self.requests))
        return self._measured([sys.executable, str(ROOT / "bench/floor.py"), str(path)])

    def _play(self, playbook, *arguments):
        command = [str(self.bin / "ansible-playbook"), "-i", "inventory/dev.yml", f"playbooks/{playbook}.yml", *arguments]
        return self._measured([*command, "-e", f"ansible_connection={self.connection}"])

    def _measured(self, command):
        result = self.folder / "taken.json"
        self._do(sys.executable, str(ROOT / "bench/measure.py"), str(result), "--", *command)
        return json.loads(result.read_text())

    def _do(self, *command):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        environment |= cli.environment(self.url)
        environment["ANSIBLE_HOME"] = str(ROOT / ".venv/bench" / self.way)
        environment["ANSIBLE_REMOTE_TMP"] = str(ROOT / ".venv/bench" / self.way / "remote")
        environment["PATH"] = f"{self.bin}:{environment['PATH']}"
        if self.way == "mitogen":
            environment["ANSIBLE_STRATEGY_PLUGINS"] = str(
                next(MITOGEN.glob("lib/*/site-packages/ansible_mitogen/plugins/strategy"))
            )
        with (self.folder / "output").open("a") as output:
            done = subprocess.run(command, cwd=self.folder, env=environment, stdout=output, stderr=output, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command[-4:])} failed: {self.folder / 'output'} says why.")


def _stock(settings):
    """Return settings without what we tune besides the connection: local and Mitogen are measured as they come, with pipelining."""
    lines = [line for line in settings.splitlines() if not line.startswith("internal_poll_interval")]
    return "\n".join(lines).replace(", slipway.aws.template_cache", "") + "\n"
