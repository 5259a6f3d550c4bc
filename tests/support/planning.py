# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Plan an environment, build it, and read it back, as people do."""

from __future__ import annotations

import json
import subprocess
import sys

from ansible_collections.slipway.aws.tests.support.play import ROOT, run

INVENTORY = "inventories/test_data_tool/dev.yml"


def plan(folder, name="plan_environment", *arguments, inventory=INVENTORY):
    """Plan, and return the run and the plan, which is None after a fault. It never writes to the account."""
    path = folder / "plan.json"
    path.unlink(missing_ok=True)
    done = run(name, inventory, "-e", f"plan_file={path}", *arguments)
    assert done.writes == []
    return done, json.loads(path.read_text()) if path.exists() else None


def exported(folder, inventory=INVENTORY):
    """Return the environment as it is, as a template."""
    path = folder / "export.json"
    done = run("export_template", inventory, "-e", f"export_file={path}")
    assert done.code == 0, done.said[-3000:]
    return json.loads(path.read_text())["template"]


def told(changes):
    """Return changes as (action, logical id)."""
    return {(each["action"], each["logical"]) for each in changes}


def converged(inventory=INVENTORY):
    """Build the environment; return the run."""
    done = run("dev", inventory)
    assert done.code == 0, done.said[-3000:]
    return done


def push():
    """Push the image of the service, as a pipeline would."""
    subprocess.run([sys.executable, str(ROOT / "extensions/emulator"), "push", "test-data-tool-dev/backend", "1.0.0"], check=True)
