# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Compiled templates, kept between tasks and runs.

Every task is a fork that ends, and takes with it the templates that it has compiled: a converge of twelve services compiles five
hundred templates eight thousand times. Jinja can keep compiled templates of files, but not of texts. So what the environment of
ansible-core compiles is kept here, as Jinja keeps that of files: code, by everything that decides what code a text becomes.

The environment is not part of ansible-core's public interface. Where a version has none of this name, nothing is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import shutil
import stat
import sys
import tempfile
from contextvars import ContextVar
from types import CodeType

from jinja2 import __version__ as jinja_version
from jinja2 import nodes
from jinja2.environment import TemplateExpression
from jinja2.utils import _PassArg

MOST = 3000  # templates; a folder with more is begun anew
_EXPRESSION = ContextVar("expression", default=None)  # the text that is compiled, when Jinja hands on only its tree


class Store:
    """Code by key, in memory and in a folder that is only ours: what one task compiles the next ones find."""

    def __init__(self, folder):
        self.folder = folder
        self.known = {}

    def load(self):
        """Read what earlier runs have compiled; forks inherit it."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        status = os.lstat(self.folder)
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
            raise PermissionError(f"{self.folder} is not only ours")
        names = os.listdir(self.folder)
        if len(names) > MOST:
            shutil.rmtree(self.folder)
            os.mkdir(self.folder, mode=0o700)
            return
        for name in names:
            self.get(name)

    def get(self, key):
        """Return (code, helpers), or None. What cannot be read is compiled again."""
        if key not in self.known:
            with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
                with open(os.path.join(self.folder, key), "rb") as file:
                    code, helpers = marshal.load(file)
                if isinstance(code, CodeType):
                    self.known[key] = code, helpers
        return self.known.get(key)

    def keep(self, key, code, helpers):
        """Keep code. Others see a whole file or none."""
        self.known[key] = code, helpers
        with contextlib.suppress(OSError, ValueError):  # a full disk, or what marshal does not know, costs time and no task
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as file:
                marshal.dump((code, helpers), file)
            os.replace(file.name, os.path.join(self.folder, key))


def install(environment, store, salt):
    """Let a class of Jinja environments look into a store before it compiles a text.

    salt(environment) returns what else decides, besides the text, what it becomes.
    """
    compile_source, compile_expression = environment.compile, environment.compile_expression
    versions = (jinja_version, sys.implementation.cache_tag)

    def key(env, kind, text):
        return hashlib.sha256(repr((kind, str(text), versions, salt(env))).encode()).hexdigest()

    def known(env, place):
        """Return code that is right: whether a filter wants the context, say, is part of the code, and filters can change."""
        found = store.get(place)
        return found and (found[0] if all(_passes(env, *helper[:2]) == helper[2] for helper in found[1]) else None)

    def compile_once(env, source, name=None, filename=None, raw=False, defer_init=False):
        text = source if isinstance(source, str) else _EXPRESSION.get()
        if text is None or name or filename or raw or defer_init:
            return compile_source(env, source, name, filename, raw, defer_init)
        place = key(env, "template" if text is source else "expression", text)
        code = known(env, place)
        if code is None:
            code = compile_source(env, source)
            store.keep(place, code, _helpers(env, env.parse(source) if text is source else source))
        return code

    def compile_expression_once(env, source, undefined_to_none=True):
        mark = _EXPRESSION.set(source)
        try:
            if known(env, key(env, "expression", source)) is None:
                return compile_expression(env, source, undefined_to_none)
            return TemplateExpression(env.from_string(nodes.Template([], lineno=1)), undefined_to_none)
        finally:
            _EXPRESSION.reset(mark)

    environment.compile, environment.compile_expression = compile_once, compile_expression_once


def _helpers(env, tree):
    """Return the filters and tests of a template, with what each wants to be passed."""
    used = {
        ("filters" if isinstance(each, nodes.Filter) else "tests", each.name) for each in tree.find_all((nodes.Filter, nodes.Test))
    }
    return tuple((kind, name, _passes(env, kind, name)) for kind, name in sorted(used))


def _passes(env, kind, name):
    helper = getattr(env, kind).get(name)
    passed = _PassArg.from_obj(helper) if helper else None
    return passed.name if passed else ("nothing" if helper else "unknown")
