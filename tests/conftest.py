# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An emulated account in this process, and modules that run against it without Ansible's overhead."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import boto3
import botocore.loaders
import botocore.session
import pytest
from ansible_collections.amazon.aws.plugins.module_utils import cloud, modules

from ansible_collections.slipway.aws.extensions.emulator import cli, clock
from ansible_collections.slipway.aws.extensions.emulator import server as emulator
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils import calls
from ansible_collections.slipway.aws.tests.support.account import Account


class _AccountTime:
    """The time of the emulated account in place of ours, so that waiting costs nothing."""

    sleep = staticmethod(CLOCK.advance)
    monotonic = staticmethod(CLOCK.seconds)


def _shared_clients(connect):
    """Make a client once for all tests, which costs more than most conversations: the account and its credentials stay the same."""
    clients = {}

    def shared(module, **wanted):
        key = repr(sorted(wanted.items()))
        if key not in clients:
            clients[key] = connect(module, **wanted)
        return clients[key]

    return shared


@pytest.fixture(scope="session")
def _server():
    # Parsing a service's model takes up to 150 ms; one loader for all clients does it once.
    loader = botocore.loaders.create_loader()
    botocore.session.create_loader = lambda *_: loader
    modules.boto3_conn = _shared_clients(modules.boto3_conn)
    server = emulator.serve()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def aws(_server, monkeypatch):
    """Return an empty emulated account. Its time passes only when somebody waits or puts it forward, on a slow machine as well."""
    now = time.monotonic()
    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: now))
    for name, value in cli.environment(_server).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # the retries under test are ours, not botocore's
    for waiting in (calls, cloud):
        monkeypatch.setattr(waiting, "time", _AccountTime)
    boto3.DEFAULT_SESSION = None
    emulator.reset()
    return Account()
