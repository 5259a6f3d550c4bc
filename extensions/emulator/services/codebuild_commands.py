# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the commands of a build do, when something comes of it: an action of a pipeline hands on what it writes.

bash runs the commands in an empty folder, with stand-ins for docker and aws (build_tools.bash), so that what is pushed and what is
handed on is what the buildspec says, and not what we think that it means. Every other program succeeds and does nothing. A test
plans a failure by what a command begins with: ``plans.plan("command_fails", project="shop-image", command="docker run*trivy")``.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from .. import plans
from ..clock import CLOCK

plans.KINDS["command_fails"] = plans.Kind(("project",), {"command": "make", "exit_code": 1})

_PHASES = {"install": "INSTALL", "pre_build": "PRE_BUILD", "build": "BUILD", "post_build": "POST_BUILD"}
_PROGRAMS = ("cat", "cut", "date", "grep", "head", "mkdir", "sed", "sha256sum", "sort", "tail", "tr", "wc")
_STAND_INS = ("aws", "docker")  # of build_tools.bash
_PATIENCE = 30  # seconds of ours
_TOOLS = Path(__file__).with_name("build_tools.bash")


@dataclass
class Outcome:
    """What came of the commands of a build."""

    fault: dict | None = None  # the phase in which a command failed, and how
    files: dict = field(default_factory=dict)  # what is handed on: text by path
    pushes: list = field(default_factory=list)  # images, by repository, tag and digest
    log: str = ""


def run(place, project, data):
    """Run the commands of a build whose buildspec is a part of its project."""
    spec = yaml.safe_load(data["source"].get("buildspec") or "")
    if not isinstance(spec, dict):
        return Outcome()  # it is a file of the sources, which are not there
    commands = [(phase, text) for phase in _PHASES for text in spec.get("phases", {}).get(phase, {}).get("commands", [])]
    with TemporaryDirectory(prefix="slipway-build-") as name:
        folder = _Folder(Path(name))
        folder.prepare(place, commands, plans.due("command_fails", project=project))
        status, log = folder.run(_variables(place, data))
        outcome = Outcome(files=folder.files(spec.get("artifacts", {})), pushes=folder.pushes(), log=log)
        if status:
            phase, text = commands[folder.reached()]
            message = f"Error while executing command: {text}. Reason: exit status {status}"
            outcome.fault = {"phase": _PHASES[phase], "status": "FAILED", "code": "COMMAND_EXECUTION_ERROR", "message": message}
        return outcome


def write_log(place, build):
    """Write what the commands of a build said to its log stream, if there is a group for it."""
    groups, logs = place.moto("logs").groups, build["data"]["logs"]
    if build["log"] and logs["groupName"] in groups:
        place.moto("logs").create_log_stream(logs["groupName"], logs["streamName"])
        stamp = int(CLOCK.now().timestamp() * 1000)
        lines = [{"timestamp": stamp, "message": line} for line in build["log"].splitlines()]
        # Past moto's operation, which refuses times in the future: the account's time runs ahead of this machine's.
        groups[logs["groupName"]].streams[logs["streamName"]].put_log_events(lines)


def _variables(place, data):
    """Return the environment of the commands. What stands in a secret or a parameter is not told."""
    given = [one for one in data["environment"]["environmentVariables"] if one["type"] == "PLAINTEXT"]
    return {
        "AWS_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        "CODEBUILD_BUILD_ID": data["id"],
        "CODEBUILD_BUILD_NUMBER": str(data["buildNumber"]),
        "CODEBUILD_INITIATOR": data["initiator"],
        "CODEBUILD_RESOLVED_SOURCE_VERSION": data["resolvedSourceVersion"],
        **{one["name"]: one["value"] for one in given},
    }


class _Folder:
    """Where one build works: sources, which are empty, the programs that it may use, and the state of the stand-ins."""

    def __init__(self, root):
        self.sources, self.state, self.programs = (root / name for name in ("src", "state", "bin"))
        for folder in (self.sources, self.state, self.programs):
            folder.mkdir()

    def prepare(self, place, commands, failing):
        """Write down what the stand-ins know, and what has to be done."""
        for program in _PROGRAMS:
            (self.programs / program).symlink_to(shutil.which(program))
        know = {name: [] for name in ("immutable", "local", "pushed", "registry", "repositories")}
        for repository in place.moto("ecr").repositories.values():
            know["repositories"].append((repository.uri, repository.name))
            for image in repository.images:
                for tag in image.image_tags:
                    know["registry"].append((f"{repository.uri}:{tag}", image.get_image_digest()))
                    know["immutable"] += [(f"{repository.uri}:{tag}", "yes")] if _is_fixed(repository, tag) else []
        for name, lines in know.items():
            (self.state / name).write_text("".join(f"{key} {value}\n" for key, value in lines))
        steps = [f". {_TOOLS}", f"REGISTRY={place.account}.dkr.ecr.{place.region}.amazonaws.com"]
        if failing:
            steps.append(_failure(failing["command"], failing["exit_code"]))
        for number, (_phase, text) in enumerate(commands):
            (self.state / f"command-{number}").write_text(f"{text}\n")
            steps.append(f'echo {number} > "$STATE/reached"; . "$STATE/command-{number}" || exit $?')
        (self.state / "commands").write_text("\n".join(steps) + "\n")

    def run(self, variables):
        """Run the commands one after the other; return the status and what they said."""
        around = {"PATH": str(self.programs), "HOME": str(self.sources), "STATE": str(self.state)}
        around |= {"CODEBUILD_SRC_DIR": str(self.sources)}
        command = [shutil.which("bash"), "--noprofile", "--norc", str(self.state / "commands")]
        done = subprocess.run(
            command,
            cwd=self.sources,
            env={**variables, **around},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        return done.returncode, done.stdout

    def reached(self):
        """Return the number of the last command that was begun."""
        return int((self.state / "reached").read_text())

    def pushes(self):
        """Return the images that were pushed, in order."""
        names = dict(line.split() for line in (self.state / "repositories").read_text().splitlines())
        pushed = [line.split() for line in (self.state / "pushed").read_text().splitlines()]
        return [(names[image.rpartition(":")[0]], image.rpartition(":")[2], digest) for image, digest in pushed]

    def files(self, artifacts):
        """Return what the buildspec hands on: text by path."""
        base = self.sources / artifacts.get("base-directory", ".")
        found = {path for pattern in artifacts.get("files", []) for path in base.glob(pattern) if path.is_file()}
        return {str(path.relative_to(base)): path.read_text(errors="replace") for path in sorted(found)}


def _failure(begins, status):
    """Return the bash in which a program fails when its command begins with some words; a star in them is anything."""
    program, pattern = re.match(r"[\w.-]+", begins)[0], "*".join(shlex.quote(part) if part else "" for part in begins.split("*"))
    otherwise = f'eval "otherwise_$(declare -f {program})"' if program in _STAND_INS else f"otherwise_{program}() {{ :; }}"
    return f'{otherwise}\n{program}() {{ case "{program} $*" in {pattern}*) return {status} ;; esac; otherwise_{program} "$@"; }}'


def _is_fixed(repository, tag):
    """Tell whether a tag of a repository cannot be moved."""
    excluded = [one["filter"] for one in repository.image_tag_mutability_exclusion_filters or []]
    listed = any(fnmatch(tag, pattern) for pattern in excluded)
    kind = repository.image_tag_mutability
    return (kind.startswith("IMMUTABLE") and not listed) or (kind.startswith("MUTABLE_WITH") and listed)
