# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Start and stop the emulated account, in the background or around one command."""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PATIENCE = 60  # seconds a start may take on a slow machine
_GARBAGE = 50_000  # objects between two looks for garbage; with the 2,000 of Python they take a tenth of the time


def environment(url):
    """Return the variables that point AWS tools at the account. The credentials open nothing: the account is on this machine."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "EMULATEDACCOUNT00000",
        "AWS_SECRET_ACCESS_KEY": "opens-nothing-at-all",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def call(url, name, **parameters):
    """Ask the account's interface for tests: call(url, "requests", writes_only=True)."""
    request = urllib.request.Request(f"{url}/slipway/{name}", json.dumps(parameters).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def _alive(url):
    try:
        return call(url, "health")["status"] == "ready"
    except OSError:
        return False


def start(folder):
    """Start the account in the background unless it runs already; return its address."""
    known = _known(folder)
    if known and _alive(known["url"]):
        return known["url"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "emulator.json").unlink(missing_ok=True)
    command = [sys.executable, str(Path(__file__).parent), "serve", "--folder", str(folder)]
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        known = _known(folder)
        if known and _alive(known["url"]):
            _write_environment(folder, known["url"])
            return known["url"]
        time.sleep(0.1)
    raise SystemExit(f"The emulated account did not start; {folder / 'emulator.log'} says why.")


def stop(folder):
    """Stop the account that was started in this folder, if it still runs."""
    known = _known(folder)
    if known and _alive(known["url"]):
        os.kill(known["pid"], signal.SIGTERM)
    for name in ("emulator.json", "environment"):
        (folder / name).unlink(missing_ok=True)


def _known(folder):
    path = folder / "emulator.json"
    return json.loads(path.read_text()) if path.exists() else None


def _write_environment(folder, url):
    lines = [f"export {key}={value}" for key, value in environment(url).items()]
    (folder / "environment").write_text("\n".join(lines) + "\n")


def serve(folder, port=0):
    """Be the account, until a signal ends it."""
    from .server import serve as bind  # pylint: disable=import-outside-toplevel  # moto takes a second: only where it is needed

    server = bind(port=port)
    gc.freeze()  # models of services stay as long as the account
    gc.set_threshold(_GARBAGE)
    state = {"url": f"http://127.0.0.1:{server.server_port}", "pid": os.getpid()}
    path = folder / "emulator.json"
    path.with_suffix(".new").write_text(json.dumps(state))
    path.with_suffix(".new").replace(path)  # readers see a whole file or none
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()


def run(command):
    """Run a command against an account of its own and return the command's exit code."""
    import tempfile  # pylint: disable=import-outside-toplevel

    with tempfile.TemporaryDirectory(prefix="slipway-") as name:
        folder = Path(name)
        url = start(folder)
        try:
            return subprocess.run(command, env={**os.environ, **environment(url)}, check=False).returncode
        finally:
            stop(folder)


def push(repository, tag):
    """Push an image to a repository of the account, unless it is there. No container engine is needed."""
    import boto3  # pylint: disable=import-outside-toplevel

    ecr = boto3.client("ecr")
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    layer = hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest()
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": {}, "layers": [{"digest": f"sha256:{layer}"}]}
    try:
        ecr.describe_repositories(repositoryNames=[repository])
        ecr.put_image(repositoryName=repository, imageManifest=json.dumps(manifest), imageTag=tag)
    except ecr.exceptions.ImageAlreadyExistsException:
        print(f"{repository}:{tag} is there")
        return 0
    except ecr.exceptions.RepositoryNotFoundException as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"{repository}:{tag} pushed")
    return 0


HINTS = """
Look around:
  . .demo/environment    # AWS_ENDPOINT_URL and credentials that open nothing
  .venv/bin/python -c "import boto3; print(boto3.client('ecs').describe_services(cluster='{name}', services=['backend']))"
  aws ecs describe-services --cluster {name} --services backend    # if you have the AWS CLI

Run it again, and it changes nothing:   make demo
Run it against your own account:        put your account into inventories/test_data_tool/group_vars/all.yml, sign in, then
                                        .venv/bin/ansible-playbook -i inventories/test_data_tool/dev.yml playbooks/dev.yml
Stop, and forget everything:            make demo-stop
"""


def main(arguments):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python extensions/emulator", description="An AWS account on this machine, for demos and tests."
    )
    parser.add_argument("verb", choices=["start", "stop", "status", "serve", "run", "push", "hints"])
    parser.add_argument("command", nargs="*", help="for run: the command, after --; for push: repository and tag")
    parser.add_argument(
        "--folder", type=Path, default=Path(".demo"), help="where address, pid and log are kept (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=0, help="for serve: the port (default: a free one)")
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    if options.verb == "run":
        return run(options.command)
    if options.verb == "push":
        return push(*options.command)
    if options.verb == "hints":
        print(HINTS.format(name="test-data-tool-dev"))
        return 0
    if options.verb == "serve":
        return serve(folder, options.port)
    if options.verb == "stop":
        return stop(folder)
    if options.verb == "start":
        print(start(folder))
        return 0
    known = _known(folder)
    running = bool(known and _alive(known["url"]))
    print(known["url"] if running else "not running")
    return 0 if running else 1
