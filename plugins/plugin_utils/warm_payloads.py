# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Payloads of modules, kept between runs.

Ansible packs a module with the module_utils it imports once per run and module, which takes 0.3 seconds of CPU for a module of the
AWS collections, and keeps the result in a directory that goes with the run. Here it stays, for as long as each packed file is, byte
for byte, the one that Ansible would pack. Where that cannot be told (modules and module_utils beside a playbook), nothing is kept.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib
import io
import json
import os
import shutil
import sys
import zipfile

from ansible import constants, release
from ansible.executor.module_common import _CachedModule
from ansible.plugins.loader import module_utils_loader

# What Ansible packs in place of its own: two lines that come from its version.
MADE_UP = {"ansible/__init__.py", "ansible/module_utils/__init__.py"}


class Payloads:
    """The kept payloads, and those of this run."""

    def __init__(self, scratch):
        self.now = os.path.join(scratch, "ansiballz_cache")
        words = [release.__version__, sys.version, importlib.import_module("ansible").__file__, os.path.realpath(__file__)]
        key = hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]
        self.kept = os.path.join(constants.config.get_config_value("ANSIBLE_HOME"), "slipway.aws", "payloads", key)

    def bring(self):
        """Give a new run the payloads that are still right; once per run."""
        if os.path.isdir(self.now) or not os.path.isdir(self.kept) or _overridden():
            return
        fresh = f"{self.now}.{os.getpid()}"
        os.mkdir(fresh, 0o700)
        seen, archives = {}, []
        for name in os.listdir(self.kept):
            payload, files = os.path.splitext(name)
            if files != ".files":
                continue
            with contextlib.suppress(FileNotFoundError):  # another run has found it stale as well
                if all(seen.setdefault(path, _state(path)) == state for path, state in self._files(name)):
                    shutil.copy(os.path.join(self.kept, payload), fresh)
                    archives.append(os.path.join(self.kept, f"{payload}.zip"))
                else:
                    os.unlink(os.path.join(self.kept, name))  # so that this run keeps its own in its place
        _write(os.path.join(fresh, "habits"), {"folder": self.kept, "archives": archives})
        try:
            os.rename(fresh, self.now)
            os.rename(os.path.join(self.now, "habits"), os.path.join(os.path.dirname(self.now), "warm.habits"))
        except OSError:  # another worker was first
            shutil.rmtree(fresh)

    def keep(self):
        """Keep the payloads that this run had to make."""
        made = [name for name in os.listdir(self.now) if not name.endswith((".lock", "-part"))]
        missing = [name for name in made if not os.path.exists(os.path.join(self.kept, f"{name}.files"))]
        if not missing or _overridden():
            return
        os.makedirs(self.kept, 0o700, exist_ok=True)
        for name in missing:
            content = base64.b64decode(_CachedModule.load(os.path.join(self.now, name)).zip_data)
            files = _packed(content)
            with contextlib.suppress(FileNotFoundError):
                if files is not None:
                    _replace(os.path.join(self.kept, name), lambda path, name=name: shutil.copy(os.path.join(self.now, name), path))
                    _replace(os.path.join(self.kept, f"{name}.zip"), lambda path, content=content: _write_bytes(path, content))
                    _replace(os.path.join(self.kept, f"{name}.files"), lambda path, files=files: _write(path, files))

    def _files(self, name):
        with open(os.path.join(self.kept, name), encoding="utf-8") as file:
            return json.load(file)


def _overridden():
    """Tell whether module_utils can come from elsewhere than Ansible and the collections."""
    own = os.path.dirname(importlib.import_module("ansible.module_utils").__file__)
    return any(os.path.isdir(path) and not os.path.samefile(path, own) for path in module_utils_loader._get_paths(subdirs=False))


def _packed(content):
    """Return [path, state] of the files in an archive, or None if one of them is not what lies on the disk."""
    files = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if entry.filename in MADE_UP:
                continue
            path = _origin(entry.filename)
            if path is None:
                return None
            source = b""
            if os.path.exists(path):
                with open(path, "rb") as file:
                    source = file.read()
            if source != archive.read(entry):
                return None
            files[path] = _state(path)
    for path in {os.path.dirname(path).partition("/plugins/")[0] for path in files if "/plugins/" in path}:
        routes = os.path.join(path, "meta", "runtime.yml")  # says where else a name may lead
        files[routes] = _state(routes)
    return sorted(files.items())


def _origin(name):
    """Return where Ansible finds a file that it packs under this name."""
    parts = name.split("/")
    if parts[0] == "ansible":
        return os.path.join(os.path.dirname(importlib.import_module("ansible").__file__), *parts[1:])
    if parts[0] != "ansible_collections":
        return None
    if len(parts) < 4:
        return ""  # the packages above a collection hold nothing, and are nowhere
    try:
        collection = importlib.import_module(".".join(parts[:3]))
    except ImportError:
        return None
    return os.path.join(next(iter(collection.__path__)), *parts[3:])


def _state(path):
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]


def _replace(path, make):
    make(f"{path}.{os.getpid()}")
    os.rename(f"{path}.{os.getpid()}", path)


def _write(path, files):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(files, file)


def _write_bytes(path, content):
    with open(path, "wb") as file:
        file.write(content)
