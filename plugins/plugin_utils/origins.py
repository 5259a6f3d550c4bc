# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where the keys of an inventory are written: file and line, so that a fault can name them."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

_SUFFIXES = (".yml", ".yaml", ".json")


def files_of(source):
    """Return the files that an inventory source reads: itself, and group_vars and host_vars beside it."""
    source = Path(source)
    folder = source if source.is_dir() else source.parent
    nested = [path for name in ("group_vars", "host_vars") for path in sorted((folder / name).rglob("*"))]
    own = sorted(folder.glob("*")) if source.is_dir() else [source]
    return [path for path in (*own, *nested) if path.is_file() and path.suffix in _SUFFIXES]


class Origins:
    """The places of all keys in the files of some inventory sources."""

    def __init__(self, sources, said=()):
        self.sources = [str(source) for source in sources]
        self.said = said  # keys of the command line, which outrank every file
        self.places = {}  # key → {name of group or host file: "file:line"}
        for source in sources:
            for path in files_of(source):
                self._read(path)

    def _read(self, path):
        scope = path.stem if path.parent.name in ("group_vars", "host_vars") else path.parent.name
        for key, line in _keys(yaml.compose(path.read_text(), Loader=yaml.SafeLoader)):
            self.places.setdefault(key, {})[scope] = f"{_short(path)}:{line}"

    def place(self, key, *scopes):
        """Return where a key stands for a host: in the file of the first scope (host, groups, "all") that has it."""
        known = {} if key in self.said else self.places.get(key, {})
        return next((known[scope] for scope in scopes if scope in known), next(iter(known.values()), "the command line"))

    def home(self, scope, kind="group_vars"):
        """Return the file in which a missing key of a group, or of a host (``host_vars``), belongs."""
        folder = Path(self.sources[0] if self.sources else ".")  # hosts of the command line have no file
        folder = folder if folder.is_dir() else folder.parent
        return _short(folder / kind / f"{scope}.yml")


def _keys(node):
    """Yield every key of a document with its line: those of variable files and of ``vars`` in inventories alike."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key.value, key.start_mark.line + 1
            yield from _keys(value)


def _short(path):
    """Return a path as people would type it: relative to where they are, unless that goes up."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
