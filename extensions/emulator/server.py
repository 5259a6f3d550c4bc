# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The emulated AWS account: moto's server, with our operations in front of it and a small interface for tests under /slipway."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import traceback
from functools import cache
from http import HTTPStatus

# moto reads these while it is imported.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_ENABLE_ISO_REGIONS", "false")

from moto.core import responses
from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from . import faults, plans, recorder, registry
from .calls import AwsError, decode, encode, identify
from .clock import CLOCK

# moto looks through all methods of a class for every request, a tenth of its time.
responses.method_names_from_class = cache(responses.method_names_from_class)


class Account:
    """A WSGI application that is one AWS account (and, through AssumeRole, any number of them)."""

    def __init__(self):
        registry.load()
        self.moto = DomainDispatcherApplication(create_backend_app)
        # moto lists its own directory to find out which of its applications a request is for.
        self.moto.get_backend_for_host = cache(self.moto.get_backend_for_host)
        self.lock = threading.RLock()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].startswith("/slipway/"):
            return _control(environ, start_response)
        call = identify(environ)
        if call is None:
            return self.moto(environ, start_response)
        with self.lock:
            registry.catch_up()
        entry = recorder.add(call)
        fault = faults.due(call)
        if fault:
            error, status = fault
            _default_status, headers, body = encode(call, error)
            return _send(start_response, entry, status, headers, body)
        call.forward = lambda: self._forward(call, environ)
        # One at a time, moto's own answers too: it walks through what another request is just removing. And at one moment: what is
        # there when an answer begins is there when it ends, however fast the account's time runs.
        with self.lock, CLOCK.at(CLOCK.seconds()):
            if (call.service, call.operation) in registry.OPERATIONS:
                return _send(start_response, entry, *_answer(call))
            status, headers, body = _run(self.moto, environ)
            return _send(start_response, entry, status, dict(headers), body)

    def _forward(self, call, environ):
        call.params.everything()
        return decode(call, *_run(self.moto, environ))


def _run(application, environ):
    """Return status, headers and body of what a WSGI application answers."""
    seen = {}

    def start(status, headers, _exc_info=None):
        seen.update(status=int(status.split()[0]), headers=headers)

    body = b"".join(application(environ, start))
    return seen["status"], seen["headers"], body


def _answer(call):
    """Return status, headers and body of our own answer; a mistake of ours is an error 500 that names the place."""
    try:
        return encode(call, registry.answer(call))
    except AwsError as error:
        status, headers, body = encode(call, error)
        return (501 if error.code == "NotImplemented" else status), headers, body
    except Exception as mistake:
        traceback.print_exc()
        place = traceback.extract_tb(mistake.__traceback__)[-1]
        text = f"emulator: {type(mistake).__name__}: {mistake} ({os.path.basename(place.filename)}:{place.lineno})"
        _status, headers, body = encode(call, AwsError("EmulatorMistake", text))
        return 500, headers, body


def _send(start_response, entry, status, headers, body):
    entry["status"] = status
    names = {str(key): str(value) for key, value in headers.items() if str(key).lower() not in ("content-length", "status")}
    start_response(f"{status} ", [*names.items(), ("Content-Length", str(len(body)))])
    return [body]


# The interface for tests


def _control(environ, start_response):
    """Answer a request under /slipway: parameters and answers are JSON."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = json.loads(environ["wsgi.input"].read(length) or b"{}")
    name = environ["PATH_INFO"].removeprefix("/slipway/").strip("/")
    try:
        status, answer = 200, {**_CONTROLS, **registry.CONTROLS}[name](**body)
    except KeyError:
        status, answer = 404, {"error": f"no such thing: {name}", "there is": sorted({*_CONTROLS, *registry.CONTROLS})}
    text = json.dumps(answer, default=str).encode()
    start_response(f"{status} ", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]


def reset():
    """Make the account empty again: resources, recorded requests, planned faults."""
    from moto.moto_api._internal.models import moto_api_backend  # pylint: disable=import-outside-toplevel

    moto_api_backend.reset()
    registry.reset()
    recorder.forget()
    faults.forget()
    return {"reset": True}


def _clock(seconds=0, speed=None):
    CLOCK.advance(seconds)
    if speed is not None:
        CLOCK.run_at(speed)
    return {"now": CLOCK.now(), "speed": CLOCK.speed}


_CONTROLS = {
    "health": lambda: {"status": "ready"},
    "requests": recorder.since,
    "reset": reset,
    "faults": lambda **fault: faults.plan(**fault) if fault else faults.planned(),
    "plans": lambda **plan: plans.plan(**plan) if plan else plans.planned(),
    "clock": _clock,
}


def serve(host="127.0.0.1", port=0):
    """Return a server, bound to a free port when none is given, that runs with serve_forever()."""
    server = make_server(host, port, Account(), threaded=True, request_handler=_Handler)
    os.environ["MOTO_PORT"] = str(server.server_port)
    return server


class _Handler(MotoRequestHandler):
    """Connections stay open, as those to AWS do, for dozens of requests. werkzeug closes them, for fear of unread bodies."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or an answer may wait for an acknowledgement

    def run_wsgi(self):
        """Answer one request, of which nothing is left unread."""
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(Request(environ).get_data())
        try:
            status, headers, body = _run(self.server.app, environ)
        except Exception as mistake:
            traceback.print_exc()
            status, headers, body = 500, [("Content-Type", "text/plain")], repr(mistake).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name, _value in headers}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # What follows such an answer would be taken for the next one.
        if self.command != "HEAD" and status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        """Log failures only."""
        if str(code)[:1] == "5":
            print(f"{self.command} {self.path} {code}", file=sys.stderr, flush=True)
