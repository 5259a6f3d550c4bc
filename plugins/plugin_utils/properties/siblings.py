# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The other environments of a platform, as far as their inventories say it in plain words: no account is asked for them."""

from __future__ import annotations

from pathlib import Path

import yaml
from ansible.errors import AnsibleError

PRODUCTION = ("prod", "production")
_FACTS = {
    "cidr": "network_cidr",
    "log_days": "platform_log_days",
    "nat_gateways": "network_nat_gateways",
    "deletion_protection": "compute_protected",
}


def beside(inventory):
    """Return the facts of the environments whose inventories stand beside one, {name: facts as in environments.facts()}.

    An inventory is a file <name>.yml with group_vars/<name>.yml. What stands there as a template is left out, and so is an
    environment that replaces another: it is that one once more.
    """
    folder, found = Path(inventory).parent, {}
    for path in sorted(folder.glob("*.yml")):
        sizes = folder / "group_vars" / path.name
        if path.name != Path(inventory).name and sizes.exists() and not _plain(sizes).get("platform_replaces"):
            found[path.stem] = _facts(path, _plain(sizes), folder / "host_vars")
    return found


def _facts(inventory, sizes, host_vars):
    told = {fact: sizes[key] for fact, key in _FACTS.items() if key in sizes}
    names = sorted(_hosts(_read(inventory), "services"))
    services = {name: {**_of_services(sizes), **_of_services(_plain(host_vars / f"{name}.yml"))} for name in names}
    return {**told, "production": inventory.stem in PRODUCTION, "services": services}


def _hosts(groups, name):
    """Return the names of the hosts of a group, wherever it stands in an inventory."""
    found = set()
    for group, told in (groups or {}).items():
        if group == name:
            found |= set((told or {}).get("hosts") or {})
        found |= _hosts((told or {}).get("children"), name)
    return found


def _of_services(values):
    return {key: value for key, value in values.items() if key.startswith("service_")}


def _plain(path):
    """Return what a file of variables says without templates."""
    return {key: value for key, value in _read(path).items() if "{{" not in str(value)} if path.exists() else {}


def _read(path):
    try:
        return yaml.safe_load(path.read_text()) or {}
    except (OSError, yaml.YAMLError) as error:
        raise AnsibleError(f"{path} cannot be read to compare its environment with this one: {error}") from error
