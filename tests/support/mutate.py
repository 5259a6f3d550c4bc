# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Break the roles on purpose, once per property, and see that the property notices, and no other: ``make mutate``.

tests/mutations.yml has the breaks: the property; what is edited, as file, old text and new text; and which other properties notice
as well because they judge the same thing. Each is made in a copy of the collection, with which a production is built; it is judged
by the properties as they are.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import PROPERTIES, judge
from ansible_collections.slipway.aws.tests.support import many, proof
from ansible_collections.slipway.aws.tests.support.play import ROOT

BREAKS = ROOT / "tests/mutations.yml"
_PARTS = ("ansible.cfg", "galaxy.yml", "extensions", "inventories", "meta", "playbooks", "plugins", "roles")
_WHY = "nobody else knows how to change it"
_SECRETS = [{"variable": "TOKEN", "name": "token", "rotation": _WHY}, {"variable": "KEY", "name": "key", "rotation": _WHY}]
_SIZE = {"service_cpu": 256, "service_memory_mb": 512, "service_tasks": 1, "service_tasks_max": 2, "service_health_path": "/health"}
_SERVICES = {
    "web": {**_SIZE, "service_type": "public", "service_runtime": "nodejs", "service_port": 3000, "service_rule_priority": 10},
    "api": {**_SIZE, "service_type": "public", "service_runtime": "python", "service_port": 8080, "service_rule_priority": 20},
    "jobs": {**_SIZE, "service_type": "internal", "service_runtime": "python", "service_port": 8000},
}


# Production, where every rule holds that holds anywhere, with public and internal services.
CONFIGURATION = {
    "environment": "prod",
    "services": {service: {**options, "service_secrets": _SECRETS} for service, options in _SERVICES.items()},
    "kafka": {"port": 9094, "outside": False, "brokers": 2},
    "owned": {"Owner": "Team", "CostCenter": "Shop", "Compliance": "NIST"},
    "sizes": {
        "platform_log_days": 90,
        "network_cidr": "10.20.0.0/16",
        "network_zones": 2,
        "network_nat_gateways": 1,
        "compute_protected": True,
    },
}
# What is known of another environment.
DEVELOP = {
    "cidr": "10.10.0.0/16",
    "log_days": 30,
    "nat_gateways": 1,
    "deletion_protection": False,
    "production": False,
    "services": _SERVICES,
}


def breaks():
    """Return the breaks as they are written down."""
    return yaml.safe_load(BREAKS.read_text())


def broken_copy(folder, each=None):
    """Copy what playbooks need into a folder of collections, with one break, and return the collection's root."""
    root = folder / "ansible_collections/slipway/aws"
    root.mkdir(parents=True)
    listed = subprocess.run(["git", "ls-files", *_PARTS], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    for name in listed:
        if (ROOT / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    for edit in each["edits"] if each else []:
        path = root / edit["file"]
        text = path.read_text()
        if text.count(edit["old"]) != 1:
            raise SystemExit(
                f"Property {each['property']}: {edit['file']} has {text.count(edit['old'])} times {edit['old']!r}, not once."
            )
        path.write_text(text.replace(edit["old"], edit["new"]))
    return root


def noticed(each=None):
    """Return the numbers of the properties that do not hold with a break, and what the first of them says."""
    with tempfile.TemporaryDirectory(prefix="slipway-mutate-") as folder:
        root = broken_copy(Path(folder), each)
        [found] = many.build([CONFIGURATION], Path(folder) / "built", shards=1, root=root)
    verdicts = judge(proof.environment(CONFIGURATION, found, {"develop": DEVELOP}, CONFIGURATION["services"]))
    failing = [one for one in verdicts if not one["holds"]]
    said = {one["number"]: next(j for j in one["judged"] if not j["holds"]) for one in failing}
    return {number: f"{one['resource']}: {one['evidence']}" for number, one in sorted(said.items())}


def main():
    """Make every break, or some, and say what was noticed; status 1 when one was not, or by others than was expected."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("numbers", type=int, nargs="*", help="properties; all of them when none is named")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    chosen = [each for each in breaks() if not options.numbers or each["property"] in options.numbers]
    lacking = [] if options.numbers else sorted(set(PROPERTIES) - {each["property"] for each in chosen})
    whole = noticed()
    if whole:
        raise SystemExit(f"Without any break these do not hold: {whole}")
    begun, wrong = time.monotonic(), []
    with ThreadPoolExecutor(options.jobs) as pool:
        for each, found in zip(chosen, pool.map(_try, chosen), strict=True):
            expected = {each["property"], *each.get("also", [])}
            right = isinstance(found, dict) and set(found) == expected
            wrong += [] if right else [each["property"]]
            shown = found.get(each["property"], found) if isinstance(found, dict) else found
            others = (
                ""
                if right
                else f" expected {sorted(expected)}, noticed by {sorted(found) if isinstance(found, dict) else 'nobody'}"
            )
            print(f"{'caught' if right else 'WRONG '} {each['property']:2} {each['edits'][0]['file']}{others}: {shown}", flush=True)
    print(f"{len(chosen) - len(wrong)} of {len(chosen)} are noticed by whom they should be, in {time.monotonic() - begun:.0f} s")
    if lacking or wrong:
        raise SystemExit(f"Not as expected: {wrong}; no break for: {lacking}")


def _try(each):
    try:
        return noticed(each)
    except many.BuildError as error:
        return f"it cannot be built: {error}"[:2000]


if __name__ == "__main__":
    sys.exit(main())
