# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The process behind the connection C(slipway.aws.warm): it holds Python, boto3 and module_utils, and forks once per task.

plugin_utils/warm.py starts it exactly as Ansible starts a module, with the source on standard input, so that a fork of it is what
a fresh interpreter would be. A fork takes over the task's file descriptors, environment, directory, umask and signals, reads the
module from its standard input as ``python`` does, and runs it. Nothing comes back from a fork but what to warm up next.

Nothing here may import ansible: the server knows those packages only as they come in the archives of modules, and a task whose
archive has other sources than the server's gets none of them.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import fcntl
import functools
import gc
import importlib
import io
import json
import os
import selectors
import shutil
import signal
import socket
import stat
import struct
import sys
import tempfile
import threading
import time
import traceback
import types
import zipfile
import zipimport
from importlib.util import spec_from_loader

PACKAGES = ("ansible", "ansible_collections")
# Imported by the wrapper around a module as soon as the module's archive is on sys.path; never warm, so that _Archive sees it.
LOADER = "ansible.module_utils._internal._ansiballz._loader"
WARM = ("ansible/module_utils/", "plugins/module_utils/")  # of an archive, what the server imports beforehand
COLD = ("ansible/module_utils/_internal/_ansiballz/_loader", "ansible/module_utils/_internal/_ansiballz/_extensions")
# Settings that an interpreter, its C library or botocore's loader read once, when they start: they have to be the server's own.
AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "GLIBC_", "OPENSSL_", "HOME")
LIMIT = 16 * 1024 * 1024  # bytes of one request: an environment is at most a few hundred kilobytes


def fingerprint(environment):
    """Return what a task has to have in common with the server, besides the interpreter."""
    settings = {name: value for name, value in environment.items() if name.startswith(AT_START)}
    return [sys.executable, os.getuid(), os.geteuid(), sorted(os.getgroups()), os.nice(0), settings]


def send(connection, message, descriptors=()):
    """Send one message, with descriptors if there are any."""
    content = json.dumps(message).encode()
    extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    connection.sendmsg([struct.pack("!I", len(content))], extra)
    connection.sendall(content)


def receive(connection):
    """Return one message and its descriptors, or None when the other side is gone."""
    head, descriptors, _flags, _address = socket.recv_fds(connection, 4, 8)
    content = _read(connection, struct.unpack("!I", head)[0]) if len(head) == 4 else None
    if content is None:
        for descriptor in descriptors:
            os.close(descriptor)
        return None
    return json.loads(content), descriptors


def _read(connection, size):
    content = b""
    while len(content) < size <= LIMIT:
        part = connection.recv(size - len(content))
        if not part:
            return None
        content += part
    return content if len(content) == size else None


def same_user(connection):
    """Tell whether the process on the other side is ours. Where the system cannot say, the 0700 directory has to do."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", credentials)[1] == os.getuid()


class _Models:
    """One botocore loader for all tasks, because parsing the model of a service costs up to 150 ms."""

    def __init__(self):
        try:
            import botocore.session  # pylint: disable=import-outside-toplevel
        except ImportError:
            self.loader = None
            return
        create = botocore.session.create_loader
        self.loader = create()
        botocore.session.create_loader = lambda path=None: create(path) if path else self.loader
        import botocore.client  # pylint: disable=import-outside-toplevel

        _remember(botocore.hooks)
        _remember_methods(botocore.client.ClientCreator)

    def known(self):
        return set(self.loader._cache) if self.loader else set()

    def load(self, keys):
        """Load what a task had to load: keys of the loader's cache, which are a method and its arguments."""
        for method, *arguments in keys:
            named = dict([arguments[-2:]]) if "api_version" in arguments[-2:-1] else {}
            with contextlib.suppress(Exception):  # the task that asked has seen the error
                getattr(self.loader, method)(*arguments[: len(arguments) - 2 * len(named)], **named)
            if method == "load_service_model":
                with contextlib.suppress(Exception):
                    use(arguments[0])


def use(service):
    """Make a client with neither address nor secret: that works out, and remembers, what clients of a service have in common."""
    importlib.import_module("boto3.session").Session("none", "none", region_name="us-east-1").client(service)


def _remember(hooks):
    """Let botocore remember what it works out 130 times for every session: which handlers take keywords, and their full names."""
    hooks.accepts_kwargs = functools.cache(hooks.accepts_kwargs)
    work_out, names = hooks.EventAliaser._alias_event_name, {}

    def alias(self, name):
        if self._event_aliases != hooks.EVENT_ALIASES:
            return work_out(self, name)
        if name not in names:
            names[name] = work_out(self, name)
        return names[name]

    hooks.EventAliaser._alias_event_name = alias


def _remember_methods(creator):
    """Let botocore remember the methods of a service's clients, hundreds of functions that are the same for each client."""
    work_out, known = creator._create_methods, {}

    def methods(self, service_model):
        description = service_model._service_description  # kept, so that its id stays its own
        if id(description) not in known:
            known[id(description)] = (description, work_out(self, service_model))
        return dict(known[id(description)][1])

    creator._create_methods = methods


class _Archives:
    """The packages ``ansible`` and ``ansible_collections`` in this process, and the archives they came from."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}  # in a fork: the same of its archive
        self.sums = {}  # file in an archive -> CRC of the source that is imported here
        self.failed = set()
        self.compiled = {}  # a module's file -> (CRC of its source, its code)
        self.imported = []  # what is imported here: name, module, file
        self.lesson = None  # in a fork: a copy of the archive, for the server to learn from

    def find_spec(self, name, _path=None, _target=None):
        """Be the first to hear, in a fork, that a module's archive is in place; as a finder on sys.meta_path."""
        if name == LOADER:
            self.adopt(sys.path[0])
            importlib.import_module(name.rpartition(".")[0])
        file = f"{name.replace('.', '/')}.py"
        total, code = self.compiled.get(file, (None, None))
        if code is None or self.files.get(file) != total:
            return None
        spec = spec_from_loader(name, _Compiled(code), origin=f"{sys.path[0]}/{file}")
        spec.has_location = True
        return spec

    def adopt(self, archive):
        """Make the imported packages those of this archive: what is not in it goes, and if a source differs, everything."""
        files = self.files = _sources(archive)
        same = self._agree(files)
        for name, module, file in self.imported:
            if not same or file not in files:
                del sys.modules[name]
            elif hasattr(module, "__path__"):
                module.__path__ = [f"{archive}/{file.rpartition('/')[0]}"]
        if same and (self._unknown(files) or self._uncompiled(files)):  # the wrapper removes the archive with the module's end
            self.lesson = shutil.copy(archive, os.path.join(self.folder, f"{os.getpid()}.zip"))

    def learn(self, archive):
        """Import the module_utils of an archive that a task left."""
        files = _sources(archive)
        unknown, modules = self._unknown(files), self._uncompiled(files)
        if not (unknown or modules) or not self._agree(files):
            os.unlink(archive)
            return
        with zipfile.ZipFile(archive) as content:
            for file in modules:
                with contextlib.suppress(SyntaxError, ValueError):  # the task itself has said so
                    self.compiled[file] = (files[file], compile(content.read(file), f"{archive}/{file}", "exec"))
        if not unknown:
            os.unlink(archive)
            return
        sys.path.insert(0, archive)
        for _name, module, file in _imported():
            if hasattr(module, "__path__") and file in files:
                module.__path__ = [f"{archive}/{file.rpartition('/')[0]}"]
        for file in unknown:
            try:
                importlib.import_module(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
            except Exception:  # a task that needs it will meet, and report, the same
                self.failed.add(file)
        sys.path.remove(archive)
        self.imported = _imported()
        self.sums = {file: files[file] for _name, _module, file in self.imported if file in files} | self.sums

    def _uncompiled(self, files):
        """Return the files that every task imports for itself, as far as they are not compiled yet."""
        own = [file for file in files if "/modules/" in file or file.startswith(COLD)]
        return [file for file in own if self.compiled.get(file, (None,))[0] != files[file]]

    def _agree(self, files):
        return all(files.get(file, total) == total for file, total in self.sums.items())

    def _unknown(self, files):
        return [
            file
            for file in files
            if file not in self.sums
            and file not in self.failed
            and any(part in file for part in WARM)
            and not file.startswith(COLD)
        ]


class _Compiled:
    """The loader of a module whose code is there."""

    def __init__(self, code):
        self.code = code

    def get_code(self, _name):
        return self.code

    def create_module(self, _spec):
        """Leave it to Python to make the module."""

    def exec_module(self, module):
        exec(self.code, module.__dict__)


def _sources(archive):
    """Return the sources in an archive with their CRCs, from the directory that an import reads anyway."""
    zipimport._zip_directory_cache.pop(archive, None)  # of another archive, which had this name before
    zipimport.zipimporter(archive)
    directory = zipimport._zip_directory_cache[archive]
    return {name: entry[7] for name, entry in directory.items() if name.endswith(".py")}


def _imported():
    """Return name, module and file of what is imported of the packages."""
    modules = [(name, module) for name, module in list(sys.modules.items()) if name.startswith(PACKAGES)]
    return [(name, module, _file(name, module)) for name, module in modules if name.partition(".")[0] in PACKAGES]


def _file(name, module):
    return name.replace(".", "/") + ("/__init__.py" if hasattr(module, "__path__") else ".py")


class Server:
    """Wait for tasks, fork for each, tell how it ended; end with the controller."""

    def __init__(self, folder, controller, scratch, added):
        self.folder, self.controller, self.scratch, self.added = folder, controller, scratch, added
        self.path = list(sys.path)
        self.tasks = {}  # pid -> connection
        self.models = _Models()
        self.archives = _Archives(folder)
        self.habits = _habits(scratch)
        self.ahead = [*self.habits["archives"], *self.habits["models"]]  # what earlier runs had to load
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(folder, "socket"))
        self.listener.listen(128)
        self.blackboard = os.path.join(folder, "lessons")  # where tasks write, at their end, what they had to load
        os.mkfifo(self.blackboard, 0o600)
        self.lessons = os.open(self.blackboard, os.O_RDWR | os.O_NONBLOCK)
        self.wakeup, self.woken = socket.socketpair()
        for end in (self.wakeup, self.woken):
            end.setblocking(False)
        signal.set_wakeup_fd(self.woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the controller to say when this ends
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        self.selector.register(self.wakeup, selectors.EVENT_READ, self._reap)
        self.selector.register(self.lessons, selectors.EVENT_READ, self._learn)
        self.watch = None
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(ProcessLookupError):
                self.watch = os.pidfd_open(controller)
                self.selector.register(self.watch, selectors.EVENT_READ, lambda: None)

    def serve(self):
        """Serve until the controller has ended and the last task with it."""
        self._freeze()
        while self._controlled():
            self._step()
        self.selector.unregister(self.listener)
        self.listener.close()
        if self.watch is not None:
            self.selector.unregister(self.watch)
        while self.tasks:
            self._step()
        self._remember_models()
        for folder in (self.folder, self.scratch):  # the controller removes its own, unless it was killed
            shutil.rmtree(folder, ignore_errors=True)

    def _step(self):
        happened = [key.data for key, _events in self.selector.select(timeout=0 if self.ahead else 1)]
        if self.ahead and not happened:
            self._load_ahead()
        for act in sorted(happened, key=lambda act: act == self._learn):  # learning takes longest, and nobody waits for it
            act()

    def _controlled(self):
        try:
            os.kill(self.controller, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it lives, and became another user
        return os.path.isdir(self.scratch) and not _zombie(self.controller)

    @staticmethod
    def _freeze():
        gc.collect()
        gc.freeze()  # forks share these pages as long as no collection writes into them

    def _accept(self):
        connection = self.listener.accept()[0]
        connection.settimeout(10)
        try:
            request = receive(connection) if same_user(connection) else None
        except (OSError, ValueError):
            request = None
        if request is None:
            connection.close()
            return
        options, descriptors = request
        pid = os.fork()
        if not pid:
            self._be_the_task(connection, options, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self.tasks[pid] = connection
        self.selector.register(connection, selectors.EVENT_READ, lambda: self._abandon(pid))

    def _abandon(self, pid):
        """End a task whose worker has ended, as the signal that ended the worker would have."""
        self.selector.unregister(self.tasks[pid])
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
        self.tasks[pid].close()
        self.tasks[pid] = None

    def _reap(self):
        with contextlib.suppress(BlockingIOError):
            while self.wakeup.recv(4096):
                pass
        while self.tasks:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            connection = self.tasks.pop(pid)
            if connection:
                self.selector.unregister(connection)
                with contextlib.suppress(OSError):  # nobody waits any more
                    send(connection, {"ended": os.waitstatus_to_exitcode(status)})
                connection.close()

    def _learn(self):
        """Warm up what a task had to load itself. Lessons are one line each, shorter than what a pipe writes at once."""
        for line in os.read(self.lessons, 65536).splitlines():
            try:
                lesson = json.loads(line)
            except ValueError:
                continue  # cut off: the next task will ask again
            self.models.load(lesson["models"])
            if lesson["archive"]:
                self.archives.learn(lesson["archive"])
        self._freeze()

    def _load_ahead(self):
        """Load, while nobody waits, one thing that earlier runs had to load: a path of an archive, or a key of a model."""
        thing = self.ahead.pop(0)
        if isinstance(thing, str):
            archive = os.path.join(self.folder, os.path.basename(thing))
            with contextlib.suppress(OSError):  # another run has replaced it
                self.archives.learn(shutil.copy(thing, archive))
        else:
            self.models.load([thing])
        if not self.ahead:
            self._freeze()

    def _remember_models(self):
        """Write down, for the next runs, which models tasks had to load."""
        if self.habits["folder"] and os.path.isdir(self.habits["folder"]):
            path = os.path.join(self.habits["folder"], "models")
            with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as file:
                json.dump(sorted(self.models.known(), key=repr), file)
            os.rename(file.name, path)

    def _be_the_task(self, connection, options, descriptors):
        """In the fork: become the process that the worker would have started, and never return."""
        code = 1
        try:
            self._take_over(connection, options, descriptors)
            code = _run(sys.stdin.buffer.read())
            self._report()
        except BaseException:  # a fault of the server's: it must not go on in the fork
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)

    def _take_over(self, connection, options, descriptors):
        signal.set_wakeup_fd(-1)
        for number in range(1, signal.NSIG):
            if signal.getsignal(number) not in (signal.SIG_DFL, signal.SIG_IGN, None) and number != signal.SIGINT:
                signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        for number in options["ignored"]:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, options["blocked"])
        os.setsid()
        answer = fcntl.fcntl(connection.fileno(), fcntl.F_DUPFD_CLOEXEC, 200)
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
        for owner in (self.listener, self.wakeup, self.woken, connection):
            owner.detach()  # or collecting it would close a descriptor of the module's
        os.closerange(3, answer)
        os.closerange(answer + 1, os.sysconf("SC_OPEN_MAX"))
        os.umask(options["umask"])
        os.chdir(options["directory"])
        os.environ.clear()
        os.environ.update({**options["environment"], **self.added})
        os.environ["PWD"] = _directory(os.environ.get("PWD", ""))
        os.environ.update(options["assignments"])
        time.tzset()
        tempfile.tempdir = None
        sys.argv, sys.path = [""], self.path
        sys.meta_path.insert(0, self.archives)
        self.known = self.models.known()
        with socket.socket(fileno=answer) as connected:
            send(connected, {"ready": os.getpid()})

    def _report(self):
        """Tell the server what this task had to load."""
        lesson = {"models": sorted(self.models.known() - self.known, key=repr), "archive": self.archives.lesson}
        if lesson["models"] or lesson["archive"]:
            with open(self.blackboard, "ab", buffering=0) as blackboard:
                blackboard.write(json.dumps(lesson).encode() + b"\n")


def _habits(scratch):
    """Return what earlier runs had to load: the archives that are still right, the models, and the folder that remembers them."""
    told = {"folder": "", "archives": [], "models": []}
    with contextlib.suppress(OSError, ValueError):
        with open(os.path.join(scratch, "warm.habits"), encoding="utf-8") as file:
            told |= json.load(file)
        with open(os.path.join(told["folder"], "models"), encoding="utf-8") as file:
            told["models"] = json.load(file)
    return told


def _directory(known):
    """Return the working directory as the shell exports it: by the name it is known by, if that is right."""
    with contextlib.suppress(OSError):
        if os.path.isabs(known) and known == os.path.normpath(known) and os.path.samefile(known, "."):
            return known
    return os.getcwd()


def _zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False


def _run(source):
    """Run a module as ``python`` runs what it reads from standard input, to the end of the interpreter; return the exit code."""
    main = types.ModuleType("__main__")
    main.__builtins__ = __builtins__
    sys.modules["__main__"] = main
    code = 0
    try:
        exec(compile(source, "<stdin>", "exec"), main.__dict__)
    except SystemExit as end:
        code = _exit_code(end.code)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    if _files_open():  # what the module did not close is written out, as when an interpreter ends
        for thing in gc.get_objects():
            if issubclass(type(thing), (io.BufferedWriter, io.BufferedRandom, io.TextIOWrapper)):
                with contextlib.suppress(OSError, ValueError):  # closed or detached
                    thing.flush()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return code


def _files_open():
    """Tell whether anything is open that can hold back what was written; sockets, which clients leave open, cannot."""
    try:
        numbers = [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return True
    for number in numbers:
        with contextlib.suppress(OSError):  # the directory itself
            if number > 2 and not stat.S_ISSOCK(os.fstat(number).st_mode):
                return True
    return False


def _exit_code(value):
    if value is None:
        return 0
    if isinstance(value, int):
        return value & 0xFF
    print(value, file=sys.stderr)
    return 1


def main(folder, controller, scratch, environment, lock):
    """Become the server. environment is what the shell was given, to see what it and the interpreter add; lock: held till ready."""
    if os.fork():
        os._exit(0)  # a server that is nobody's child leaves nobody a zombie
    os.setsid()
    added = {name: value for name, value in os.environ.items() if environment.get(name) != value and name != "PWD"}
    server = Server(folder, controller, scratch, added)
    with contextlib.suppress(ImportError):
        use("sts")  # imports what botocore imports late
    try:
        with open(os.path.join(scratch, "warm.new"), "w", encoding="utf-8") as file:
            json.dump({"folder": folder, "pid": os.getpid(), "fingerprint": fingerprint(environment)}, file)
        os.rename(file.name, os.path.join(scratch, "warm.json"))
    except FileNotFoundError:  # the controller has ended meanwhile, and taken its directory with it
        shutil.rmtree(folder, ignore_errors=True)
        return
    os.close(lock)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    server.serve()
