# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Compile every template once, not in every task."""

from __future__ import annotations

DOCUMENTATION = r"""
name: template_cache
type: aggregate
version_added: 0.1.0
short_description: Compile every template once, not in every task
description:
  - Keeps compiled Jinja templates and expressions between tasks and between runs, below C(ANSIBLE_HOME), in a folder that only its
    owner can write to. Ansible compiles them anew in every task.
  - Results are the same. What is kept is found by the text and by everything else that decides what it becomes; a template whose
    filters have changed how they are called is compiled anew.
  - It does nothing while ansible-core is told to make the source of templates debuggable.
author: slipway.aws maintainers (@slipway)
requirements:
  - enabled in configuration (C(callbacks_enabled = slipway.aws.template_cache))
"""

import os

from ansible import constants
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__
from ansible.utils.display import Display

from ..plugin_utils import template_cache

MISSING = None
try:
    from ansible._internal._templating import _jinja_bits as core
except ImportError as error:  # another version of ansible-core, whose templates are somewhere else
    core, MISSING = None, error

display = Display()


def _salt(environment):
    """Return what decides, besides its text, what ansible-core makes of a template."""
    context = core._TemplateCompileContext.current(optional=True)
    return (
        __version__,
        context and context.escape_backslashes,
        [getattr(environment, name) for name in core._TEMPLATE_OVERRIDE_FIELD_NAMES],
        sorted(environment.extensions),
    )


def _begin():
    if core is None:
        return display.v(f"Templates are compiled in every task: {MISSING}")
    if core.AnsibleEnvironment._debuggable_template_source:
        return None
    store = template_cache.Store(os.path.join(constants.ANSIBLE_HOME, "slipway-templates"))
    try:
        store.load()
    except OSError as reason:
        return display.v(f"Templates are compiled in every task: {reason}")
    return template_cache.install(core.AnsibleEnvironment, store, _salt)


_begin()  # once per process, before the first task is forked


class CallbackModule(CallbackBase):
    """Nothing to hear: what there is to do is done when it is loaded."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "slipway.aws.template_cache"
    CALLBACK_NEEDS_ENABLED = True
