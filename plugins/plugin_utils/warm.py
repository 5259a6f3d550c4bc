# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The worker's side of the warm connection: find or start the server, hand it one task, be that task's pipes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import multiprocessing
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from . import warm_server

PATIENCE = 60  # seconds a server may take to start on a slow machine


class NotStartedError(Exception):
    """The server cannot take this task, and has done nothing of it: local has to."""


class LostError(Exception):
    """The server ended while it ran the task."""


def run(shell, assignments, source, directory, scratch):
    """Run a module, given as source, in a fork of the server; return exit code (negative: a signal), output and error output.

    shell is what starts the server, as it would start the task. scratch is the controller's own temporary directory.
    """
    if warm_server.fingerprint({**os.environ, **assignments}) != _server(shell, scratch)["fingerprint"]:
        raise NotStartedError("the task's environment has settings that an interpreter reads when it starts")
    try:
        connection = _connect(_server(shell, scratch))
    except OSError:
        _forget(scratch)  # it was killed: a new one takes the next task as well
        try:
            connection = _connect(_server(shell, scratch))
        except OSError as error:
            raise NotStartedError(str(error)) from error
    with connection:
        return _task(connection, assignments, source, directory)


def prepare(shell, scratch):
    """Start the server, unless there is one, and do not wait: it gets ready while the first task does."""
    if os.path.exists(os.path.join(scratch, "warm.json")):
        return
    with open(os.path.join(scratch, "warm.lock"), "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if not os.path.exists(os.path.join(scratch, "warm.json")):
            _launch(shell, scratch, lock)


def _server(shell, scratch):
    """Return what is known of the controller's server, which is started if there is none."""
    address = os.path.join(scratch, "warm.json")
    if not os.path.exists(address):
        with open(os.path.join(scratch, "warm.lock"), "w", encoding="utf-8") as lock:
            _take(lock)
            started = None if os.path.exists(address) else _launch(shell, scratch, lock)
        if started:
            _ready(*started, scratch)
    try:
        with open(address, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise NotStartedError(f"the server did not start: {error}") from error


def _take(lock):
    """Wait until nobody starts a server any more. A server holds the lock, too, until it is ready."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise NotStartedError(f"the server is not ready after {PATIENCE} seconds") from None
            time.sleep(0.01)


def _forget(scratch):
    with contextlib.suppress(FileNotFoundError):
        with open(os.path.join(scratch, "warm.json"), encoding="utf-8") as file:
            shutil.rmtree(json.load(file)["folder"], ignore_errors=True)
        os.unlink(os.path.join(scratch, "warm.json"))


def _ready(process, folder, scratch):
    """Wait until a server is ready."""
    with open(os.path.join(scratch, "warm.lock"), "w", encoding="utf-8") as lock, contextlib.suppress(NotStartedError):
        _take(lock)
    if not os.path.exists(os.path.join(scratch, "warm.json")):
        process.kill()
        process.wait()
        with open(os.path.join(folder, "log"), encoding="utf-8", errors="replace") as log:
            reason = log.read().strip().rpartition("\n")[2]
        shutil.rmtree(folder, ignore_errors=True)
        raise NotStartedError(f"the server did not start: {reason}")
    process.wait()


def _launch(shell, scratch, lock):
    """Begin to start a server in the way a task is started: by the same shell, with its program on standard input."""
    folder = tempfile.mkdtemp(prefix="slipway-warm-")
    parent = multiprocessing.parent_process()
    options = {
        "folder": folder,
        "controller": parent.pid if parent else os.getpid(),
        "scratch": scratch,
        "environment": dict(os.environ),
        "lock": lock.fileno(),
    }
    path = os.path.abspath(warm_server.__file__)
    program = f"""
import sys, types
server = sys.modules["slipway_warm_server"] = types.ModuleType("slipway_warm_server")
with open({path!r}, "rb") as file:
    exec(compile(file.read(), {path!r}, "exec"), server.__dict__)
server.main(**{options!r})
"""
    with open(os.path.join(folder, "log"), "wb") as log, tempfile.TemporaryFile() as source:
        source.write(program.encode())
        source.seek(0)
        streams = {"stdin": source, "stdout": subprocess.DEVNULL, "stderr": log}
        process = subprocess.Popen([*shell, sys.executable], **streams, cwd="/", umask=0o077, pass_fds=[lock.fileno()])
    return process, folder


def _connect(server):
    status = os.lstat(server["folder"])
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise NotStartedError(f"{server['folder']} is not private")
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(os.path.join(server["folder"], "socket"))
    except OSError:
        connection.close()
        raise
    return connection


def _task(connection, assignments, source, directory):
    """Hand over one task and its ends of three pipes; the module follows through the first once the task is ready for it."""
    if not warm_server.same_user(connection):
        raise NotStartedError("the server is another user's")
    pipes = [os.pipe() for _stream in range(3)]
    theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
    ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
    try:
        try:
            warm_server.send(connection, _options(assignments, directory), theirs)
            answer = warm_server.receive(connection)
        except OSError as error:
            raise NotStartedError(f"the server did not take the task: {error}") from error
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        if not answer or "ready" not in answer[0]:
            raise NotStartedError("the server did not take the task")
        output = _communicate(ours, source)
    finally:
        for descriptor in ours:
            with contextlib.suppress(OSError):
                os.close(descriptor)
    try:
        end = warm_server.receive(connection)
    except OSError:
        end = None
    if not end:
        raise LostError(output)
    return end[0]["ended"], *output


def _options(assignments, directory):
    umask = os.umask(0o077)
    os.umask(umask)
    return {
        "environment": dict(os.environ),
        "assignments": assignments,
        "directory": directory or os.getcwd(),
        "umask": umask,
        "blocked": [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
        "ignored": [
            int(number)
            for number in signal.valid_signals()
            if signal.getsignal(number) == signal.SIG_IGN and number not in (signal.SIGPIPE, signal.SIGXFSZ)
        ],
    }


def _communicate(descriptors, source):
    """Write the module and read both outputs to their ends, as subprocess does; return the outputs."""
    to_task, *from_task = descriptors
    outputs = {descriptor: bytearray() for descriptor in from_task}
    rest = memoryview(source)
    with selectors.DefaultSelector() as selector:
        os.set_blocking(to_task, False)
        selector.register(to_task, selectors.EVENT_WRITE)
        for descriptor in from_task:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            for key, _events in selector.select():
                if key.fd == to_task:
                    rest = _write(to_task, rest)
                    part = rest
                else:
                    part = os.read(key.fd, 1 << 16)
                    outputs[key.fd] += part
                if not part:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return tuple(bytes(output) for output in outputs.values())


def _write(descriptor, rest):
    try:
        return rest[os.write(descriptor, rest[: 1 << 16]) :]
    except BrokenPipeError:  # it does not read to the end: its exit code says why
        return rest[:0]
