# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A module in a fork of the warm server does what it does in a fresh interpreter, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import pytest

from ansible_collections.slipway.aws.plugins.plugin_utils import warm, warm_server

SHELL = ["/bin/sh", "-c"]


def cold(source, assignments=None, directory="/"):
    """Run a source as the connection plugin local runs a module."""
    words = " ".join([*(f"{name}={value}" for name, value in (assignments or {}).items()), sys.executable])
    ended = subprocess.run(
        f"/bin/sh -c '{words}'",
        input=source.encode(),
        capture_output=True,
        shell=True,
        executable="/bin/sh",
        cwd=directory,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """Return the temporary directory of a run of Ansible, which takes the server with it when it goes."""
    folder = tmp_path_factory.mktemp("ansible-local")
    yield folder
    server = warm._server(SHELL, str(folder))
    (folder / "warm.lock").unlink()
    (folder / "warm.json").unlink()
    folder.rmdir()
    assert gone(lambda: alive(server["pid"]))


@pytest.fixture
def run(scratch):
    def run(source, assignments=None, directory="/"):
        return warm.run(SHELL, assignments or {}, source.encode(), directory, str(scratch))

    return run


def gone(there, seconds=15):
    """Wait until something is no more, and say whether that came about."""
    deadline = time.monotonic() + seconds
    while there() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not there()


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not warm_server._zombie(pid)


SAME = {
    "an exit code": "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)",
    "an exit with words": "raise SystemExit('no more')",
    "an exit past Python": "import os; print('lost, for it is buffered'); os.write(1, b'seen'); os._exit(7)",
    "fifty megabytes": "import sys; sys.stdout.write('x' * 50_000_000); sys.stderr.write('y' * 5_000_000)",
    "a child that stays": (
        "import os, sys, time\nif os.fork():\n  print('parent'); sys.stdout.flush(); os._exit(0)\ntime.sleep(0.5); print('child')"
    ),
    "standard input": "import sys; print(repr(sys.stdin.read()), sys.stdin.isatty())",
    "environment": "import os; print(sorted((k, v) for k, v in os.environ.items()))",
    "the environment of a child": "import subprocess; print(subprocess.run(['env', '-0'], stdout=-1).stdout.count(0), flush=True)",
    "directory and umask": "import os; print(os.getcwd(), os.umask(0))",
    "signals": (
        "import signal\nprint([(int(n), str(signal.getsignal(n))[:20]) for n in sorted(signal.valid_signals())],"
        " signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    ),
    "descriptors": "import os; print(sorted(os.listdir('/proc/self/fd')))",
    "arguments and path": "import sys; print(sys.argv, sys.path, __name__, sys.modules['__main__'].__dict__ is globals())",
    "locale and streams": (
        "import locale, sys\nprint(locale.getlocale(), [(s.encoding, s.errors, s.line_buffering) for s in"
        " (sys.stdin, sys.stdout, sys.stderr)], sys.getfilesystemencoding(), sys.flags)"
    ),
    "limits": "import resource; print([resource.getrlimit(n) for n in range(10)])",
    "what runs at the end": (
        "import atexit, sys, threading, time\natexit.register(print, 'atexit')\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()\nprint('main')"
    ),
}


@pytest.mark.parametrize("what", SAME)
def test_a_module_sees_and_does_the_same(run, what, tmp_path):
    arguments = (SAME[what], {"GIVEN": "yes", "TZ": "Asia/Tokyo"}, str(tmp_path))
    assert run(*arguments) == cold(*arguments)


def test_an_exception_ends_it_with_a_traceback(run):
    code, output, errors = run("def f():\n  raise ValueError('wrong')\nf()")
    assert (code, output) == (1, b"")
    assert errors.endswith(b"ValueError: wrong\n")


def test_what_a_module_wrote_and_did_not_close_is_written(run, tmp_path):
    run(f"kept = open({str(tmp_path / 'file')!r}, 'w'); kept.write('all of it')")
    assert (tmp_path / "file").read_text() == "all of it"


def test_a_signal_is_told_apart_from_an_exit_code(run):
    assert run("import os; os.kill(os.getpid(), 11)")[0] == -signal.SIGSEGV


def test_nothing_of_a_task_reaches_the_next(run, tmp_path):
    before = run(SAME["environment"])
    run(
        "import builtins, json, os, signal, sys, time\nos.environ['LEFT'] = 'over'; os.chdir('/tmp'); os.umask(0o777)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); json.dumps = None; builtins.left = 1; sys.path.append('/left')\n"
        "os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()",
        {"LEFT": "before"},
        str(tmp_path),
    )
    assert run(SAME["environment"]) == before
    for what in ("directory and umask", "signals", "arguments and path"):
        assert run(SAME[what]) == cold(SAME[what])
    assert run("import json, time; print(json.dumps(1), hasattr(__builtins__, 'left'), time.tzname)") == cold(
        "import json, time; print(json.dumps(1), hasattr(__builtins__, 'left'), time.tzname)"
    )


def test_settings_that_an_interpreter_reads_at_its_start_are_not_for_the_server(run):
    for name in ("PYTHONPATH", "LC_ALL", "HOME", "LD_LIBRARY_PATH"):
        with pytest.raises(warm.NotStartedError, match="when it starts"):
            run("print(1)", {name: "other"})


def test_a_directory_that_is_gone_is_not_for_the_server(run):
    with pytest.raises(warm.NotStartedError):
        run("print(1)", {}, "/no/such/directory")


def test_the_directory_of_the_socket_is_private(scratch, run):
    run("pass")
    folder = Path(json.loads((scratch / "warm.json").read_text())["folder"])
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    try:
        with pytest.raises(warm.NotStartedError, match="is not private"):
            run("print(1)")
    finally:
        folder.chmod(0o700)


def test_botocore_is_imported_and_its_models_are_parsed_once(run):
    source = textwrap.dedent("""
        import sys
        assert "botocore.client" in sys.modules
        import boto3, botocore.loaders, json, time
        client = boto3.session.Session("a", "b", region_name="eu-west-1").client("glacier")
        loads = botocore.loaders.JSONFileLoader.load_file
        botocore.loaders.JSONFileLoader.load_file = lambda self, path: print(path) or loads(self, path)
        boto3.session.Session("a", "b", region_name="eu-west-1").client("glacier")
    """)
    assert run(source) == (0, b"", b"")
    time.sleep(0.5)  # the server learns when the task has ended
    first = source.replace("client = ", "#")
    assert run(first) == (0, b"", b"")


def test_a_server_that_was_killed_is_replaced(scratch, run):
    run("pass")
    old = json.loads((scratch / "warm.json").read_text())
    os.kill(old["pid"], signal.SIGKILL)
    assert gone(lambda: alive(old["pid"]))
    assert run("print(1)") == (0, b"1\n", b"")
    assert json.loads((scratch / "warm.json").read_text())["pid"] != old["pid"]
    assert not Path(old["folder"]).exists()


def test_a_task_whose_server_is_killed_says_so(scratch, run):
    run("pass")
    pid = json.loads((scratch / "warm.json").read_text())["pid"]
    threading.Timer(0.5, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(warm.LostError) as lost:
        run("import time; time.sleep(1.5); print('done, but who knows')")
    assert lost.value.args[0] == (b"done, but who knows\n", b"")
    assert run("print(1)") == (0, b"1\n", b"")


CONTROLLER = """
import sys
from ansible_collections.slipway.aws.plugins.plugin_utils import warm
print(warm._server(["/bin/sh", "-c"], sys.argv[1]), flush=True)
print(warm.run(["/bin/sh", "-c"], {}, sys.argv[2].encode(), "/", sys.argv[1]), flush=True)
input()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, None])
def test_the_server_ends_with_its_controller_and_leaves_nothing(tmp_path, number):
    controller = subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, tmp_path, "print(1)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    controller.stdout.readline()
    assert controller.stdout.readline() == "(0, b'1\\n', b'')\n"
    server = json.loads((tmp_path / "warm.json").read_text())
    assert Path(server["folder"], "socket").is_socket()
    if number:
        controller.send_signal(number)
    controller.communicate("\n")
    assert gone(lambda: alive(server["pid"]))
    assert not tmp_path.exists()
    assert not Path(server["folder"]).exists()


def test_a_server_whose_controller_ends_before_it_is_ready_leaves_nothing(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with tempfile.TemporaryDirectory(prefix="w-") as folders:  # the path of a socket has to be short
        monkeypatch.setattr(tempfile, "tempdir", folders)
        warm.prepare(SHELL, str(scratch))
        [folder] = Path(folders).iterdir()
        shutil.rmtree(scratch)
        assert gone(folder.exists)
    assert not scratch.exists()


def test_a_task_ends_before_the_server_does(tmp_path):
    sign = tmp_path.parent / f"{tmp_path.name}.sign"
    slow = f"import time; time.sleep(2); open({str(sign)!r}, 'w')"
    controller = subprocess.Popen([sys.executable, "-c", CONTROLLER, tmp_path, slow], stdout=subprocess.PIPE, text=True)
    controller.stdout.readline()
    pid = json.loads((tmp_path / "warm.json").read_text())["pid"]
    time.sleep(0.5)
    task = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True).stdout.split()
    controller.kill()
    controller.communicate()
    assert len(task) == 1
    assert gone(lambda: alive(int(task[0])))
    assert gone(lambda: alive(pid))
