# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The platforms that are measured: test_data_tool/dev as it is, and the same with many services."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "inventories/test_data_tool"


def write(folder, services):
    """Write the inventory of test_data_tool/dev with so many services (0: its own one); return the names of its services."""
    shutil.copytree(SOURCE, folder)
    if not services:
        return ["backend"]
    names = [f"service{number:02}" for number in range(1, services + 1)]
    hosts = yaml.safe_load((folder / "dev.yml").read_text())
    hosts["dev"]["children"]["services"]["hosts"] = dict.fromkeys(names)
    (folder / "dev.yml").write_text(yaml.safe_dump(hosts, sort_keys=False))
    pattern = (folder / "host_vars/backend.yml").read_text()
    (folder / "host_vars/backend.yml").unlink()
    for number, name in enumerate(names):
        own = pattern.replace("/backend", f"/{name}").replace("api.", f"{name}.")
        own = own.replace("service_rule_priority: 100", f"service_rule_priority: {100 + number}")
        (folder / f"host_vars/{name}.yml").write_text(own)
    everywhere = (folder / "group_vars/all.yml").read_text()
    everywhere = everywhere.replace("storage_repositories: [backend]", f"storage_repositories: [{', '.join(names)}]")
    (folder / "group_vars/all.yml").write_text(everywhere)
    return names
