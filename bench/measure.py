# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run a command and write down what it took: ``python bench/measure.py result.json -- command``.

It adopts the processes that the command leaves (the warm server is nobody's child), so that their CPU seconds count as well.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def measure(command):
    """Return exit code, seconds, CPU seconds and the largest process, in MB, of the command and of what it left."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.monotonic()
    process = subprocess.Popen(command)
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    left = []
    while True:
        try:
            left.append(os.wait4(-1, 0)[2])
        except ChildProcessError:
            break
    return {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(sum(each.ru_utime + each.ru_stime for each in [usage, *left]), 2),
        "server_cpu_seconds": round(sum(each.ru_utime + each.ru_stime for each in left), 2),
        "controller_mb": usage.ru_maxrss // 1024,
        "server_mb": max((each.ru_maxrss for each in left), default=0) // 1024,
    }


if __name__ == "__main__":
    result, _dashes, *command = sys.argv[1:]
    measured = measure(command)
    with open(result, "w", encoding="utf-8") as file:
        json.dump(measured, file)
    sys.exit(measured["code"])
