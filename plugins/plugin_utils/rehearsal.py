# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A rehearsal: the playbook of an environment, run with its inventory on an emulated account that is empty and thrown away.

The emulated account and what it needs (moto) are imported only here, so that nothing else of the collection asks for them.
"""

from __future__ import annotations

import collections
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from ansible.errors import AnsibleError

EXPORT = Path(__file__).resolve().parents[2] / "playbooks/export_template.yml"

_LAYER = re.compile(r"^PLAY \[(.+?)\]")
_SPEED = 600  # ten minutes of the rehearsal's account are a second: nobody watches what is only built to be read
_LINES = 40  # of what a run that failed said last
# The words of a run are read here, and shown only when it fails.
_PLAIN = {
    "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
    "ANSIBLE_FORCE_COLOR": "false",
    "ANSIBLE_NOCOLOR": "true",
}


def play(what, playbooks, inventories, extra, settings, progress=None):
    """Run playbooks in a process of their own. Raises AnsibleError with what it said last; progress hears the name of each play."""
    command = [sys.executable, "-m", "ansible", "playbook", *(f"--inventory={path}" for path in inventories)]
    command += [f"--extra-vars={json.dumps(extra)}", *map(str, playbooks)]
    last = collections.deque(maxlen=_LINES)
    with subprocess.Popen(
        command, env={**settings, **_PLAIN}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout:
            last.append(line)
            if progress and (found := _LAYER.match(line)):
                progress(found[1])
    if process.returncode:
        raise AnsibleError(f"{what} failed:\n{''.join(last).strip()}")


def read(inventories, extra, settings=None):
    """Return the environment as environment_template_info reads it from an account: by default that of the credentials."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        path = Path(folder) / "environment.json"
        play("Reading the account", [EXPORT], inventories, {**extra, "export_file": str(path)}, settings or dict(os.environ))
        return json.loads(path.read_text())


def rehearse(playbook, inventories, extra, account, known, progress):
    """Return the environment that a playbook builds on an empty account, read back.

    account: the id it shall have. known: a function that returns what it shall know of the real one, {name: parameters} for its
    interface; it is called when the account runs, so that looking at the real one takes no time of its own.
    """
    cli = _emulator()
    with tempfile.TemporaryDirectory(prefix="slipway-rehearsal-") as folder:
        try:
            url = cli.start(Path(folder))
        except SystemExit as reason:
            raise AnsibleError(str(reason)) from reason
        try:
            settings = _settings(cli, url, account)
            for name, parameters in {**known(), "clock": {"speed": _SPEED}}.items():
                cli.call(url, name, **parameters)
            play(f"The rehearsal of {playbook}", [playbook], inventories, extra, settings, progress)
            return read(inventories, extra, settings)
        finally:
            cli.stop(Path(folder))


def _emulator():
    try:
        from ansible_collections.slipway.aws.extensions.emulator import (  # pylint: disable=import-outside-toplevel
            cli,
        )
    except ImportError as error:
        raise AnsibleError(f"A rehearsal needs the emulated account: pip install 'moto[server]' ({error}).") from error
    return cli


def _settings(cli, url, account):
    """Return the process environment of a rehearsal: nothing of the real account, credentials of the emulated one.

    There, any account is one assumed role away.
    """
    import boto3  # pylint: disable=import-outside-toplevel

    own = cli.environment(url)
    session = boto3.Session(own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"], region_name=own["AWS_REGION"])
    role = {"RoleArn": f"arn:aws:iam::{account}:role/rehearsal", "RoleSessionName": "rehearsal"}
    given = session.client("sts", endpoint_url=url).assume_role(**role)["Credentials"]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        **own,
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
