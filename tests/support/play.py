# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run a playbook as people do, against the account that the environment points at, and see what it said and sent."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.slipway.aws.extensions.emulator import cli

ROOT = Path(__file__).resolve().parents[2]
_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=\d+\s+failed=(\d+)", re.MULTILINE)


@dataclass
class Run:
    """One run of a playbook."""

    code: int
    said: str
    requests: list = field(default_factory=list)

    @property
    def words(self):
        """Return what it said without the line breaks, which depend on the width of the terminal."""
        return " ".join(self.said.split())

    @property
    def changed(self):
        """Return how many changes each host has made."""
        return {host: int(changed) for host, changed, _failed in _RECAP.findall(self.said)}

    @property
    def writes(self):
        """Return the operations that changed something, as service:Operation."""
        return [f"{each['service']}:{each['operation']}" for each in self.requests if each["write"]]

    @property
    def operations(self):
        """Return all operations, as service:Operation."""
        return [f"{each['service']}:{each['operation']}" for each in self.requests]


def run(playbook, inventory, *arguments, **settings):
    """Run a playbook of the collection with an inventory (a path, from the root if relative), arguments and settings.

    Settings are environment variables, such as ``ANSIBLE_INJECT_INVOCATION="true"``.
    """
    url = os.environ["AWS_ENDPOINT_URL"]
    before = max((each["number"] for each in cli.call(url, "requests")), default=0)
    command = [shutil.which("ansible-playbook"), "-i", str(inventory), f"playbooks/{playbook}.yml", *arguments]
    # Not molecule's settings: people have those of the checkout.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MOLECULE_"))}
    environment.update(ANSIBLE_NOCOLOR="1", ANSIBLE_HOME=os.environ.get("ANSIBLE_HOME", str(ROOT / ".venv/ansible")), **settings)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return Run(done.returncode, done.stdout + done.stderr, cli.call(url, "requests", number=before))
