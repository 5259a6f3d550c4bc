# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A new service in a platform: one file, and its name in every environment. ``make service PLATFORM=... NAME=...``."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FIRST_PORTS = {"nodejs": 3000, "python": 8000}
_TAKEN = {"default", "endpoints", "services"}  # security groups of the network
_FILE = """---
# {name} — what it does, in one line.
service_type: {kind}
service_runtime: {runtime}
service_port: {port}
{rule}"""


def add(platform, name, kind, runtime, port=None):
    """Write the file of a service and its name into the inventories; return the files, those it was written into last."""
    folder = ROOT / "inventories" / platform
    home = folder / "host_vars" / f"{name}.yml"
    inventories = sorted(folder.glob("*.yml"))
    if not inventories:
        known = ", ".join(sorted(path.name for path in (ROOT / "inventories").glob("*/")))
        raise SystemExit(f"There is no platform {platform} in inventories; there are {known}.")
    if not (_NAME.fullmatch(name) and 3 <= len(name) <= 32) or name in _TAKEN:
        wanted = "3 to 32 lower case letters, digits and single hyphens, beginning with a letter"
        raise SystemExit(f"NAME={name}: it has {wanted}; {', '.join(sorted(_TAKEN))} are security groups.")
    others = {path.stem: yaml.safe_load(path.read_text()) or {} for path in (folder / "host_vars").glob("*.yml")}
    if home.exists() or any(name in _services(yaml.safe_load(path.read_text())) for path in inventories):
        raise SystemExit(f"{name} is there already: {home.relative_to(ROOT)}")
    services = [each for each in others.values() if "service_port" in each]
    if not services:
        raise SystemExit(f"{platform} has no service yet to go by: write {home.relative_to(ROOT)} yourself, as README.md shows.")
    texts = {path: _with(path.read_text(), name, path) for path in inventories}  # all of them, before the first is written
    rule = f"service_rule_priority: {_next(services, 'service_rule_priority', 100, 10)}\n" if kind == "public" else ""
    port = port or _next(services, "service_port", _FIRST_PORTS[runtime], 1, within=1000)
    home.write_text(_FILE.format(name=name, kind=kind, runtime=runtime, port=port, rule=rule))
    for path, text in texts.items():
        path.write_text(text)
    return [home, *texts]


def _services(inventory):
    [environment] = inventory.values()
    return (environment["children"].get("services") or {}).get("hosts") or {}


def _next(services, key, first, step, within=None):
    """Return a number after those that the others have."""
    taken = [each[key] for each in services if key in each and (within is None or first <= each[key] < first + within)]
    return max(taken, default=first - step) + step


def _with(text, name, path):
    """Return the text of an inventory with a service more, comments and all; hosts stand in order."""
    found = re.search(r"^( *)services:\n(?: *#.*\n)*( +)hosts:\n((?:\2 +[\w-]+:.*\n)+)", text, re.MULTILINE)
    if not found:
        raise SystemExit(f"{path.relative_to(ROOT)}: nobody finds hosts under services, one per line; add {name} there yourself.")
    lines = found[3].splitlines(keepends=True)
    indent = re.match(" *", lines[0])[0]
    place = next((number for number, line in enumerate(lines) if line.strip() > f"{name}:"), len(lines))
    lines.insert(place, f"{indent}{name}:\n")
    return text[: found.start(3)] + "".join(lines) + text[found.end(3) :]


def main():
    """Read the command line, write, and say what to look at."""
    parser = argparse.ArgumentParser(prog="make service", description=__doc__)
    parser.add_argument("--platform", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--type", default="internal", choices=["internal", "public"])
    parser.add_argument("--runtime", default="nodejs", choices=list(_FIRST_PORTS))
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    home, *inventories = add(options.platform, options.name, options.type, options.runtime, options.port)
    print(f"{home.relative_to(ROOT)}: say what it is, look at its port, add service_secrets, own_variables, service_permissions")
    for path in inventories:
        print(f"{path.relative_to(ROOT)}: {options.name} stands under services; take it out where it shall not be")
    first = inventories[0].stem
    play = f"ansible-playbook -i {inventories[0].relative_to(ROOT)} playbooks"
    print(f"Then {play}/plan_environment.yml shows what it takes, and {play}/{first}.yml builds it.")


if __name__ == "__main__":
    main()
