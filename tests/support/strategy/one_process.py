# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The strategy free in one process, for tests that build a hundred environments: most of the time would go into forks.

Tasks are executed by Ansible's own TaskExecutor, one after the other, in the process of the controller, and so are modules of AWS.
Such a module gets the arguments and the environment of its task as ever, and prints its result as ever, which Ansible reads as
ever. What is saved is two forks per task, and most clients: one per service will do.
"""

from __future__ import annotations

DOCUMENTATION = """
name: one_process
short_description: Executes tasks, and modules of AWS, in the controller's process
version_added: 0.1.0
description: Like P(ansible.builtin.free#strategy), without workers.
author: slipway.aws maintainers (@slipway)
"""

import gc
import os
import time
import traceback
from functools import partial
from importlib import import_module
from unittest import mock

import boto3.session
import botocore.loaders
import botocore.session
from ansible._internal import _task
from ansible.executor.module_common import _BuiltModule
from ansible.executor.task_executor import TaskExecutor
from ansible.inventory.host import Host
from ansible.module_utils import _internal, basic
from ansible.module_utils.common import warnings
from ansible.module_utils.testing import patch_module_args
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import get_plugin_loader_namespace
from ansible.plugins.strategy.free import StrategyModule as Free
from botocore.credentials import Credentials, ReadOnlyCredentials

_COLLECTIONS = ("amazon.aws.", "community.aws.", "slipway.aws.")
_REST = 0.05  # seconds; the account's time runs hundreds of times as fast as ours, and nobody else works meanwhile
_WHO = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class StrategyModule(Free):
    """Free, in one process."""

    def _queue_task(self, host, task, task_vars, play_context):
        known = {"host": host, "task": task, "task_vars": task_vars, "play_context": play_context}
        self._queued_task_cache[(host.name, task._uuid)] = known
        self._tqm.send_callback("v2_runner_on_start", host, task)
        own = task.copy(exclude_parent=True)  # the executor writes into the task, which the next host gets as well
        own._parent = task._parent
        plain = Host(name=host.name)
        plain._uuid = host._uuid
        with _task.TaskContext.create(task=own, task_vars=task_vars, host_name=host.name):
            own.squash()
            loaders = get_plugin_loader_namespace()
            result = TaskExecutor(host, play_context, self._loader, loaders, self._final_q, self._variable_manager).run()
            result.finalize_registered_values()
            own.ignore_errors, own.ignore_unreachable = result.ignore_errors, result.ignore_unreachable
            self._final_q.send_task_result(plain, own, result)
        self._pending_results += 1


class _Payload(bytes):
    """What is sent in place of a module's code: how to run it here."""

    run = None


def _run_modules_here():
    """Let actions run the modules of AWS in this process from now on, and all others as before."""
    configure, execute = ActionBase._configure_module, ActionBase._low_level_execute_command

    def configure_here(action, module_name, module_args, task_vars):
        loader = action._shared_loader_obj.module_loader
        found = loader.find_plugin_with_context(module_name, ".py", collection_list=action._task.collections)
        if not (found.resolved_fqcn or "").startswith(_COLLECTIONS) or action._task.async_val:
            return configure(action, module_name, module_args, task_vars)
        environment = {}
        action._compute_environment_string(environment)
        payload = _Payload()
        payload.run = partial(_run, found.resolved_fqcn, module_args, environment)
        built = _BuiltModule(b_module_data=payload, module_style="new", shebang="#!python", serialization_profile="legacy")
        return built, found.plugin_resolved_path

    def execute_here(action, cmd, *arguments, in_data=None, **options):
        if isinstance(in_data, _Payload):
            return in_data.run()
        return execute(action, cmd, *arguments, in_data=in_data, **options)

    ActionBase._configure_module, ActionBase._low_level_execute_command = configure_here, execute_here
    loader = botocore.loaders.create_loader()  # parsing the model of a service takes longer than most tasks
    botocore.session.create_loader = lambda *_arguments: loader
    shared = import_module("ansible_collections.amazon.aws.plugins.module_utils.modules")
    shared.boto3_conn = _clients_for_all(shared.boto3_conn)


def _run(name, arguments, environment):
    """Run a module and return what a connection would."""
    namespace, collection, leaf = name.split(".", 2)
    module = import_module(f"ansible_collections.{namespace}.{collection}.plugins.modules.{leaf}")
    printed, code, fault = [], 0, ""
    with (
        patch_module_args(arguments),
        mock.patch.dict(os.environ, environment),
        mock.patch.object(time, "sleep", lambda seconds, sleep=time.sleep: sleep(min(seconds, _REST))),
        mock.patch.object(basic, "print", printed.append, create=True),
        mock.patch.object(_internal, "is_controller", False),
        mock.patch.object(warnings, "_global_warnings", {}),
        mock.patch.object(warnings, "_global_deprecations", {}),
    ):
        try:
            module.main()
        except SystemExit as end:
            code = end.code
        except Exception:
            code, fault = 1, traceback.format_exc()
    text = "\n".join(printed)
    return {"rc": code, "stdout": text, "stdout_lines": text.splitlines(), "stderr": fault, "stderr_lines": fault.splitlines()}


class _Whoever(Credentials):
    """The credentials of the task that runs at the moment, for clients that all accounts share."""

    def get_frozen_credentials(self):
        return ReadOnlyCredentials(*(os.environ.get(name) for name in _WHO))


def _clients_for_all(connect):
    """Return how a module gets a client: there is one per service and region, whoever the task is."""
    clients = {}
    session = boto3.session.Session("a", "b", "c")
    session._session._credentials = _Whoever("a", "b", "c")

    def shared(module, **wanted):
        key = repr(sorted(wanted.items()))
        if key not in clients:
            with mock.patch.object(boto3.session, "Session", return_value=session):
                clients[key] = connect(module, **wanted)
        return clients[key]

    return shared


gc.disable()  # a twelfth of the time goes into looking for the little garbage there is
_run_modules_here()
