# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: warm
author: slipway.aws maintainers (@slipway)
short_description: Run modules on the controller in a process that is warm already
version_added: 0.1.0
description:
  - Does what P(ansible.builtin.local#connection) does, without starting Python and importing boto3 for every task. The first task
    starts a server that holds boto3, botocore's service models and the C(module_utils) of the collections in use; each task runs in
    a fork of it.
  - Tasks, their results and their requests to AWS are the same as with P(ansible.builtin.local#connection). Each task has its own
    environment, directory, umask, signals, input and output; nothing that a task does reaches the next one.
  - The server belongs to one run of Ansible. It listens on a socket in a directory that only its user can enter, and ends with
    the run, also when that is killed.
  - What cannot be the same in a fork runs as with P(ansible.builtin.local#connection) by itself. That is everything with
    C(become) or C(async), raw commands, modules that are not written in Python, other interpreters than that of Ansible, kept
    remote files, coverage and debuggers, and tasks that set C(HOME), C(LANG), C(LC_*), C(LD_*) or C(PYTHON*).
options:
  pipelining:
    description: Hand modules to the server through a pipe. Without it every task runs as with P(ansible.builtin.local#connection).
    type: bool
    default: true
    vars:
      - name: ansible_warm_pipelining
  become_success_timeout:
    description: Seconds to wait for C(become) to succeed.
    type: int
    default: 10
    vars:
      - name: ansible_local_become_success_timeout
  become_strip_preamble:
    description: Strip what C(become) prints before a command runs.
    type: bool
    default: true
    vars:
      - name: ansible_local_become_strip_preamble
notes:
  - If the server is killed while it runs a task, the task fails and says so, because what it has done is not known.
  - Run with C(-vvv) to see which tasks run warm, and why others do not.
"""

EXAMPLES = r"""
# group_vars/all.yml of an inventory whose hosts are things in AWS
ansible_connection: slipway.aws.warm
ansible_python_interpreter: "{{ ansible_playbook_python }}"
"""

import re
import shlex
import sys

from ansible import constants
from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.connection import ensure_connect
from ansible.plugins.connection.local import Connection as LocalConnection
from ansible.utils.display import Display

from ..plugin_utils import warm, warm_payloads

display = Display()

ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


class Connection(LocalConnection):
    """local, with modules in forks of a warm server."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._payloads = warm_payloads.Payloads(constants.DEFAULT_LOCAL_TMP)
        self._payloads.bring()
        warm.prepare([constants.DEFAULT_EXECUTABLE, "-c"], constants.DEFAULT_LOCAL_TMP)

    # transport stays "local", by which Ansible knows that a task's directory is the playbook's.

    @ensure_connect
    def exec_command(self, cmd, in_data=None, sudoable=True):
        """Run a command, in a fork of the server if it is a module."""
        found = None if self.become else _module(cmd, in_data)
        if not found:
            return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        shell, assignments = found
        host = self._play_context.remote_addr
        try:
            code, output, errors = warm.run(shell, assignments, in_data, self.cwd, constants.DEFAULT_LOCAL_TMP)
        except warm.NotStartedError as reason:
            display.vvv(f"WARM not this time, {reason}", host=host)
            return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        except warm.LostError as lost:
            raise AnsibleConnectionFailure(
                "The warm server ended while it ran this task, so its result is lost. What it has done so far is done: run the"
                f" playbook again to go on. Its output was: {to_text(b' '.join(lost.args[0])).strip() or 'nothing'}"
            ) from lost
        self._payloads.keep()
        display.vvv(f"WARM EXEC {to_text(cmd)}", host=host)
        if code < 0:  # what the shell says of a program that a signal ended, it says itself
            death = shlex.join([*shell, " ".join([shlex.quote(shell[0]), "-c", shlex.quote(f"kill -{-code} $$")])])
            code, _output, words = super().exec_command(death, sudoable=False)
            errors += words
        return code, output, errors


def _module(cmd, in_data):
    """Return the shell and the variables of a command that is this interpreter with a plain Python module for input, or None."""
    if not in_data or b"\n_ANSIBALLZ_WRAPPER = True" not in in_data[:2000] or b"\nextensions={}," not in in_data:
        return None
    words = shlex.split(to_text(cmd))
    if len(words) != 3 or words[1] != "-c":
        return None
    *assignments, interpreter = shlex.split(words[2])
    pairs = [ASSIGNMENT.fullmatch(word) for word in assignments]
    if interpreter != sys.executable or not all(pairs):
        return None
    return words[:2], {pair[1]: pair[2] for pair in pairs}
