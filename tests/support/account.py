# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What tests do with an emulated account in their own process: run a module, look at what was sent, plan faults."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from importlib import import_module
from unittest import mock

import boto3
from ansible.module_utils import _internal, basic
from ansible.module_utils.common import warnings
from ansible.module_utils.testing import patch_module_args

from ansible_collections.slipway.aws.extensions.emulator import faults, plans, recorder

MODULES = "ansible_collections.slipway.aws.plugins.modules"


class _EndError(Exception):
    """A module left through exit_json or fail_json."""


class Result(dict):
    """The result of a module, with its entries as attributes."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError as missing:
            raise AttributeError(name) from missing


class Account:
    """An emulated account in this process."""

    def client(self, service, region=None):
        """Return a boto3 client of the account."""
        return boto3.client(service, region_name=region)

    def run(self, module, check=False, **options):
        """Run a module and return its result; a failure is a result with failed=True."""
        arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": True}
        ends = []

        def end(failed):
            def leave(this, *_args, **result):
                result.setdefault("changed", False)
                ends.append(Result({**result, "failed": failed, "warnings": list(warnings.get_warning_messages())}))
                raise _EndError

            return leave

        with (
            patch_module_args(arguments),
            mock.patch.object(basic.AnsibleModule, "exit_json", end(False)),
            mock.patch.object(basic.AnsibleModule, "fail_json", end(True)),
            mock.patch.object(warnings, "_global_warnings", {}),
            mock.patch.object(_internal, "is_controller", False),  # a test of an action plugin makes this process one
            suppress(_EndError),
        ):
            import_module(f"{MODULES}.{module}").main()
        return ends[0]

    @contextmanager
    def recorded(self):
        """Collect the requests of a block: ``with aws.recorded() as sent: ...`` and then ``sent.writes``."""
        sent = Sent()
        yield sent
        sent.close()

    def fault(self, service, operation, kind="throttle", **details):
        """Let the next calls of an operation fail."""
        return faults.plan(service, operation, kind, **details)

    def plan(self, kind, **details):
        """Let something go wrong in the account: see extensions/emulator/plans.py."""
        return plans.plan(kind, **details)


class Sent:
    """The requests between two moments."""

    def __init__(self):
        self.start = max((entry["number"] for entry in recorder.since()), default=0)
        self.entries = []

    def close(self):
        """Take what was sent so far."""
        self.entries = recorder.since(self.start)

    @property
    def writes(self):
        """Return the names of the operations that change something, in order."""
        return [entry["operation"] for entry in self.entries if entry["write"]]

    @property
    def operations(self):
        """Return the names of all operations, in order."""
        return [entry["operation"] for entry in self.entries]

    def parameters(self, operation):
        """Return the parameters of the last call of an operation."""
        return [entry["parameters"] for entry in self.entries if entry["operation"] == operation][-1]
