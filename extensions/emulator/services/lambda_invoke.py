# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Lambda: functions of Python, from a zip, really run, in this process. moto needs Docker for that.

Every invocation is a cold start: the zip is unpacked, its modules are loaded into a namespace that is thrown away afterwards, the
environment is that of the function with credentials of its role. A request is answered under the account's lock, so what the
function asks for must not go to the same door: it gets an entrance to the same account that does not wait for that lock, while
whoever holds the lock waits for the function. Other runtimes and images are refused.
"""

from __future__ import annotations

import base64
import importlib
import json
import logging
import os
import re
import sys
import tempfile
import threading
import time
import traceback
import uuid
import zipfile
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path

import boto3
from moto.awslambda.utils import get_backend
from moto.backends import get_backend as moto_backend
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

SLOWNESS = 10  # how many seconds of this machine a second of a function's timeout is: importing boto3 takes it one alone
_MISSING = (ServiceException, HTTPException, ValueError, KeyError)  # how moto says that there is no such function
_TAIL = 4096  # bytes of the log that an invocation returns
_AWS = re.compile(r"https://[\w.-]+\.amazonaws\.com/?")


@dataclass
class Outcome:
    """How an invocation ended."""

    payload: str
    error: str | None = None  # None, or the kind of error, as in X-Amz-Function-Error
    log: list = field(default_factory=list)


class Context:
    """What a handler gets beside the event."""

    def __init__(self, function, stream):
        self.function_name = function.function_name
        self.function_version = str(function.version)
        self.invoked_function_arn = function.function_arn
        self.memory_limit_in_mb = str(function.memory_size)
        self.aws_request_id = str(uuid.uuid4())
        self.log_group_name = function.logs_group_name
        self.log_stream_name = stream
        self.identity = self.client_context = None
        self._deadline = time.monotonic() + function.timeout * SLOWNESS

    def get_remaining_time_in_millis(self):
        """Return how long the function may still run."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def function_of(account, region, name, qualifier=None):
    """Return moto's function by name or ARN; raise what AWS raises."""
    parts = name.split(":")
    if name.startswith("arn:") and len(parts) > 6:
        region, account = parts[3], parts[4]
    try:
        return get_backend(account, region).get_function(name, qualifier)
    except _MISSING:
        arn = name if name.startswith("arn:") else f"arn:aws:lambda:{region}:{account}:function:{name}"
        raise AwsError("ResourceNotFoundException", f"Function not found: {arn}") from None


def insist_on_python(function):
    """Refuse what cannot run here."""
    if function.package_type != "Zip" or not re.fullmatch(r"python3\.\d+", function.run_time or ""):
        what = function.run_time if function.package_type == "Zip" else "a container image"
        text = f"The emulated account runs functions of Python from a zip; {function.function_name} is {what}."
        raise AwsError("NotImplemented", text)


def invoke(function, event):
    """Run a function's handler with an event and write its log; return the Outcome."""
    insist_on_python(function)
    now = CLOCK.now()
    stream = f"{now:%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
    context, answers = Context(function, stream), []
    log = [f"START RequestId: {context.aws_request_id} Version: {function.version}"]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as scope:
        scope.enter_context(_environment(_variables(function, context)))
        scope.enter_context(_modules(_unpacked(function, Path(folder))))
        scope.enter_context(_output(log, context.aws_request_id))
        thread = threading.Thread(target=lambda: answers.append(_run(function, event, context, log)), daemon=True)
        _WRITERS[thread] = log
        thread.start()
        thread.join(function.timeout * SLOWNESS)
        del _WRITERS[thread]
    outcome = answers[0] if answers else _timed_out(function, context, log)
    log += [f"END RequestId: {context.aws_request_id}", f"REPORT RequestId: {context.aws_request_id}"]
    _write_log(function, stream, log)
    return Outcome(*outcome, log)


def _run(function, event, context, log):
    """Return payload and kind of error of the handler."""
    try:
        handler = _handler(function)
        return json.dumps(handler(event, context)), None
    except BaseException as error:  # sys.exit() in a handler is an error as well
        kind, text = getattr(error, "kind", type(error).__name__), str(error)
        frames = traceback.format_tb(error.__traceback__)[1:]
        log.append(f"[ERROR] {kind}: {text}")
        log += [line for line in "".join(frames).splitlines() if line]
        payload = {"errorMessage": text, "errorType": kind, "requestId": context.aws_request_id, "stackTrace": frames}
        return json.dumps(payload), "Unhandled"


def _timed_out(function, context, log):
    text = f"{context.aws_request_id} Task timed out after {function.timeout:.2f} seconds"
    log.append(text)
    return json.dumps({"errorMessage": text, "errorType": "Sandbox.Timedout"}), "Unhandled"


class _HandlerError(Exception):
    """The handler cannot be found."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


def _handler(function):
    path, _dot, name = (function.handler or "").rpartition(".")
    module = path.replace("/", ".")
    try:
        loaded = importlib.import_module(module)
    except ImportError as error:
        raise _HandlerError("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}") from error
    if not hasattr(loaded, name):
        raise _HandlerError("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'")
    return getattr(loaded, name)


# The surroundings of a handler


@cache
def _entrance():
    """Return the address of the functions' own entrance to the account."""
    from ..server import Account, _Handler  # pylint: disable=import-outside-toplevel  # it loads this module

    account = Account()
    account.lock = nullcontext()  # whoever invokes holds the account's lock and waits for us
    server = make_server("127.0.0.1", 0, account, threaded=True, request_handler=_Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def _variables(function, context):
    """Return the environment of a function: its own variables, and those that Lambda reserves for itself."""
    sts = moto_backend("sts")[function.account_id]["aws"]
    session = sts.assume_role(function.region, function.function_name, function.role, None, 3600, None)
    url = _entrance()
    # The names of AWS lead to the emulated account: AWS's own rotation functions take such an address from a variable.
    own = {key: url if _AWS.fullmatch(value) else value for key, value in function.environment_vars.items()}
    return {
        **own,
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_LOG_GROUP_NAME": context.log_group_name,
        "AWS_LAMBDA_LOG_STREAM_NAME": context.log_stream_name,
        "_HANDLER": function.handler or "",
    }


@contextmanager
def _environment(variables):
    """Let the process have a function's environment; a function that invokes another one comes back to its own."""
    before, session = dict(os.environ), boto3.DEFAULT_SESSION
    for key in before:
        if key.startswith("AWS_"):
            del os.environ[key]
    os.environ.update(variables)
    boto3.DEFAULT_SESSION = None
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = session
        os.environ.update(before)
        for key in os.environ.keys() - before.keys():
            del os.environ[key]


def _unpacked(function, folder):
    """Unpack a function and its layers; return the folders that Python searches, the function's first."""
    archives = {folder / "task": function.code_bytes}
    backend = get_backend(function.account_id, function.region)
    for number, layer in enumerate(function.layers):
        archives[folder / f"layer{number}"] = backend.layers_versions_by_arn(layer["Arn"]).code_bytes
    for place, content in archives.items():
        with zipfile.ZipFile(BytesIO(content)) as archive:
            archive.extractall(place)
    return [folder / "task", *(place / "python" for place in archives if place.name != "task")]


@contextmanager
def _modules(folders):
    """Let Python find modules in folders, load them anew and forget them in the end."""
    own = {path.stem if path.is_file() else path.name for each in folders if each.is_dir() for path in each.iterdir()}

    def taken():
        return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in own}

    before, paths = taken(), [str(folder) for folder in folders]
    sys.path[:0] = paths
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for path in paths:
            sys.path.remove(path)
        taken()
        sys.modules.update(before)


# What a handler writes

_WRITERS = {}  # the logs of the functions that run, by thread


class _Stream:
    """Standard output that belongs to the function in its thread and to this process everywhere else."""

    def __init__(self, usual):
        self.usual, self.rest = usual, ""

    def write(self, text):
        """Write to where the present thread's output goes."""
        log = _WRITERS.get(threading.current_thread())
        if log is None:
            return self.usual.write(text)
        *lines, self.rest = (self.rest + text).split("\n")  # print() writes in pieces
        log += [line for line in lines if line]
        return len(text)

    def __getattr__(self, name):
        return getattr(self.usual, name)


class _LogHandler(logging.Handler):
    """The handler that Lambda gives the root logger."""

    def __init__(self, log, request):
        super().__init__()
        self.log, self.request = log, request

    def emit(self, record):
        """Write a record of the function's thread."""
        if _WRITERS.get(threading.current_thread()) is self.log:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            text = f"[{record.levelname}]\t{stamp}.{int(record.msecs):03d}Z\t{self.request}\t{record.getMessage()}"
            self.log += [text, *(traceback.format_exception(*record.exc_info) if record.exc_info else [])]


@contextmanager
def _output(log, request):
    root, handler = logging.getLogger(), _LogHandler(log, request)
    level, streams = root.level, (sys.stdout, sys.stderr)
    sys.stdout, sys.stderr = (_Stream(stream) for stream in streams)
    root.setLevel(logging.WARNING)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        log += [stream.rest for stream in (sys.stdout, sys.stderr) if stream.rest]
        sys.stdout, sys.stderr = streams


def _write_log(function, stream, lines):
    logs = moto_backend("logs")[function.account_id][function.region]
    logs.ensure_log_group(function.logs_group_name)
    logs.create_log_stream(function.logs_group_name, stream)
    stamp = int(CLOCK.now().timestamp() * 1000)
    # Past moto's operation, which refuses times in the future: the account's time runs ahead of this machine's.
    events = [{"timestamp": stamp, "message": line} for line in lines]
    logs.groups[function.logs_group_name].streams[stream].put_log_events(events)


# The operation


@operation("lambda", "Invoke")
def invoke_function(call):
    """Invoke and wait for the answer. Events (HTTP 202) and dry runs (204) have a status that our serializer does not know."""
    if call.params.get("InvocationType", "RequestResponse") != "RequestResponse":
        raise AwsError("NotImplemented", f"The emulated account does not invoke as {call.params['InvocationType']}.")
    function = function_of(call.account, call.region, call.params["FunctionName"], call.params.get("Qualifier"))
    try:
        event = json.loads(call.params.get("Payload") or b"{}")
    except ValueError as error:
        text = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", text) from error
    outcome = invoke(function, event)
    answer = {"Payload": outcome.payload.encode(), "ExecutedVersion": str(function.version)}
    if outcome.error:
        answer["FunctionError"] = outcome.error
    if call.params.get("LogType", "None") == "Tail":
        answer["LogResult"] = base64.b64encode("\n".join(outcome.log).encode()[-_TAIL:]).decode()
    return answer
