# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Inventories as they were in another revision of their git repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from ansible.errors import AnsibleError


def check_out(revision, inventories, folder):
    """Write the folders of inventories as they were in a revision below a folder; return where the inventories are there."""
    found = []
    for inventory in map(Path, inventories):
        directory = (inventory if inventory.is_dir() else inventory.parent).resolve()
        root = Path(_git(directory, "rev-parse", "--show-toplevel").decode().strip())
        inside = directory.relative_to(root)
        archive = _git(root, "archive", "--format=tar", revision, "--", str(inside))
        with tarfile.open(fileobj=io.BytesIO(archive)) as content:
            content.extractall(folder, filter="data")
        former = folder / inside / ("" if inventory.is_dir() else inventory.name)
        if not former.exists():
            raise AnsibleError(f"{inside / inventory.name} is not in revision {revision}: name one that has it.")
        found.append(str(former))
    return found


def _git(directory, *words):
    done = subprocess.run(["git", "-C", str(directory), *words], capture_output=True, check=False)
    if done.returncode:
        raise AnsibleError(f"git {' '.join(words)} in {directory} says: {done.stderr.decode().strip()}")
    return done.stdout
