# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Break the roles on purpose, once per property, and see that the property notices, and no other: ``make mutate``.

tests/mutations.yml has the breaks: the property, the file, what stands there, what stands there instead, and which others notice
as well because they judge the same thing. Each is made in a copy of the collection, with which an environment for developers and
one for production are built; they are judged by the properties as they are.
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
_SECRETS = [{"variable": "TOKEN", "name": "token", "rotation": "nobody else knows how to change it"}]
_SIZE = {"service_cpu": 256, "service_memory_mb": 512, "service_tasks": 1, "service_tasks_max": 2, "service_health_path": "/health"}
_SERVICES = {
    "web": {**_SIZE, "service_type": "public", "service_runtime": "nodejs", "service_port": 3000, "service_rule_priority": 10},
    "jobs": {**_SIZE, "service_type": "internal", "service_runtime": "python", "service_port": 8000},
}


def _configuration(name, number, days):
    services = {service: {**options, "service_secrets": _SECRETS} for service, options in _SERVICES.items()}
    return {
        "environment": name,
        "services": services,
        "kafka": {"port": 9094, "outside": False, "brokers": 2},
        "owned": {"Owner": "Team", "CostCenter": "Shop", "Compliance": "NIST"},
        "sizes": {
            "platform_log_days": days,
            "network_cidr": f"10.{number}.0.0/16",
            "network_zones": 2,
            "network_nat_gateways": 1,
            "compute_protected": name == "prod",
        },
    }


# A public and an internal service, with and without the rules of production.
CONFIGURATIONS = [_configuration("develop", 10, 30), _configuration("prod", 20, 90)]


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
    if each:
        path = root / each["file"]
        text = path.read_text()
        if text.count(each["old"]) != 1:
            raise SystemExit(f"Break of property {each['property']}: its old text stands {text.count(each['old'])} times in {each['file']}")
        path.write_text(text.replace(each["old"], each["new"]))
    return root


def noticed(each=None):
    """Return the numbers of the properties that do not hold with a break, and what the first of them says."""
    with tempfile.TemporaryDirectory(prefix="slipway-mutate-") as folder:
        root = broken_copy(Path(folder), each)
        found = many.build(CONFIGURATIONS, Path(folder) / "built", shards=1, root=root)
        verdicts = [one for environment in proof.environments(CONFIGURATIONS, found) for one in judge(environment)]
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
            others = "" if right else f" expected {sorted(expected)}, noticed by {sorted(found) if isinstance(found, dict) else 'nobody'}"
            print(f"{'caught' if right else 'WRONG '} {each['property']:2} {each['file']}{others}: {shown}", flush=True)
    print(f"{len(chosen) - len(wrong)} of {len(chosen)} breaks are noticed by whom they should be, in {time.monotonic() - begun:.0f} s")
    if lacking or wrong:
        raise SystemExit(f"Not as expected: {wrong}; no break for: {lacking}")


def _try(each):
    try:
        return noticed(each)
    except many.BuildError as error:
        return f"it cannot be built: {error}"[:2000]


if __name__ == "__main__":
    sys.exit(main())
