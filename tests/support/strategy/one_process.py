# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The strategy free without worker processes, for tests that build many environments: most of the time would go into forks.

Tasks are executed by Ansible's own TaskExecutor, one after the other, in the process of the controller.
"""

from __future__ import annotations

DOCUMENTATION = """
name: one_process
short_description: Executes tasks in the controller's process
version_added: 0.1.0
description: Like P(ansible.builtin.free#strategy), without workers.
author: slipway.aws maintainers (@slipway)
"""

from ansible._internal import _task
from ansible.executor.task_executor import TaskExecutor
from ansible.inventory.host import Host
from ansible.plugins.loader import get_plugin_loader_namespace
from ansible.plugins.strategy.free import StrategyModule as Free


class StrategyModule(Free):
    """Free, in one process."""

    def _queue_task(self, host, task, task_vars, play_context):
        known = {"host": host, "task": task, "task_vars": task_vars, "play_context": play_context}
        self._queued_task_cache[(host.name, task._uuid)] = known
        self._tqm.send_callback("v2_runner_on_start", host, task)
        own = task.copy()  # the executor writes into the task, which the next host gets as well
        own._uuid = task._uuid
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
