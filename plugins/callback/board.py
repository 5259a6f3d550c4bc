# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A status board at the end of a run: one line per component."""

from __future__ import annotations

DOCUMENTATION = r"""
name: board
type: aggregate
version_added: 0.1.0
short_description: A status board at the end of a run
description:
  - Shows per component what became of it, what it consists of, where to look and how many seconds it took.
  - What it consists of is counted from the results of modules; where to look comes from C(set_stats) with C(per_host) and the key
    C(where), which AWX shows as artifacts as well.
author: slipway.aws maintainers (@slipway)
requirements:
  - enabled in configuration (C(callbacks_enabled = slipway.aws.board))
"""

import time
from collections import Counter

from ansible import constants
from ansible.plugins.callback import CallbackBase

# Workers are forks of this process. What it has imported none of them has to compile again, which is 15 ms of every task.
from ..connection import warm  # noqa: F401  # pylint: disable=unused-import

# Modules that only look, or that speak of something that another one has counted.
_SILENT = (
    "_info",
    "_facts",
    "set_stats",
    "async_status",
    "include_role",
    "include_tasks",
    "import_tasks",
    "preflight",
    "validate_argument_spec",
    "meta",
)
# What people call it, where the module's name does not say it.
_NOUNS = {
    "acm_certificate_request": "certificate",
    "application_autoscaling_policy": "scaling policy",
    "application_autoscaling_target": "scaling target",
    "cloudfront_origin_access_control": "access control",
    "cloudtrail": "trail",
    "cloudwatch_alarm": "alarm",
    "codeconnections_connection": "connection",
    "codepipeline": "pipeline",
    "ec2_security_groups": "security group",
    "ec2_vpc_igw": "internet gateway",
    "ec2_vpc_nacl": "network ACL",
    "ec2_vpc_net": "VPC",
    "elb_application_lb": "load balancer",
    "iam_managed_policy": "policy",
    "kms_key": "key",
    "logs_log_group": "log group",
    "rds_instance": "database",
    "rds_instance_param_group": "parameter group",
    "route53_record": "record",
    "route53_zone": "zone",
    "secretsmanager_rotation_schedule": "rotation",
    "wafv2_web_acl": "web ACL",
}
_PREFIXES = (
    "ec2_vpc_",
    "ec2_",
    "ecs_",
    "ecr_",
    "elb_",
    "rds_",
    "iam_",
    "sns_",
    "s3_bucket_",
    "s3_",
    "backup_",
    "cloudfront_",
    "codebuild_",
)
_PREFIXES += ("cloudwatch_", "secretsmanager_")
# Modules that keep several things at once, and where their results have them.
_SEVERAL = {"cloudwatch_alarm": "alarms", "ec2_security_groups": "security_groups"}
_FAILED = "failed"
_CHANGED = "changed"
_STEADY = "as described"
_COLORS = {_FAILED: "COLOR_ERROR", _CHANGED: "COLOR_CHANGED", _STEADY: "COLOR_OK"}


def noun(module):
    """Return what people call the thing that a module manages."""
    name = module.rsplit(".", 1)[-1]
    if name in _NOUNS:
        return _NOUNS[name]
    prefix = next((each for each in _PREFIXES if name.startswith(each)), "")
    return name[len(prefix) :].replace("_", " ")


def counted(module, result):
    """Return how many things a task result is about: the items of a loop that were not skipped, the elements of a list, or one."""
    several = result.get(_SEVERAL.get(module.rsplit(".", 1)[-1]))
    if isinstance(several, list):
        return len(several)
    items = result.get("results")
    if isinstance(items, list):
        return sum(not (item.get("skipped") or "skip_reason" in item) for item in items)  # callbacks see one of the two
    return 1


def reason(result):
    """Return why a task failed: its message, or that of the first item that failed."""
    items = [item for item in result.get("results") or [] if item.get("failed") or item.get("exception")]
    return str((items or [result])[0].get("msg", "")).split("\n", maxsplit=1)[0]


def removes(result):
    """Tell whether a task was there to remove something: then there is nothing to count."""
    items = result.get("results") or [result]
    return any(item.get("invocation", {}).get("module_args", {}).get("state") == "absent" for item in items)


def plural(count, word):
    """Return a count with its noun: ``2 policies``, ``1 VPC``."""
    if count == 1:
        return f"1 {word}"
    return f"{count} {word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{count} {word}s"


class Component:
    """What a run has seen of one host."""

    def __init__(self):
        self.kinds = Counter()
        self.status = _STEADY
        self.reason = ""
        self.started = self.ended = None

    def saw(self, module, result, status, started, ended):
        """Take note of one task."""
        self.started = self.started or started
        self.ended = ended
        if status == _FAILED:
            self.reason = reason(result)
        if status == _FAILED or (self.status != _FAILED and status == _CHANGED):
            self.status = status
        if status != _FAILED and not module.endswith(_SILENT) and not removes(result):
            self.kinds[noun(module)] += counted(module, result)

    @property
    def contents(self):
        """Return what it consists of, in the order in which it was built."""
        return ", ".join(plural(count, kind) for kind, count in self.kinds.items() if count)

    @property
    def seconds(self):
        """Return how long it took."""
        return round(self.ended - self.started) if self.started else 0


class CallbackModule(CallbackBase):
    """Collects while the run goes on and shows the board at its end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "slipway.aws.board"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.components = {}
        self.begun = {}

    def v2_runner_on_start(self, host, task):
        """Remember when a host began a task."""
        self.begun[host.get_name(), task._uuid] = time.monotonic()

    def v2_runner_on_ok(self, result):
        """Take note of a task that worked."""
        self._saw(result, _CHANGED if result.is_changed() else _STEADY)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """Take note of a task that failed."""
        if not ignore_errors:
            self._saw(result, _FAILED)

    def _saw(self, result, status):
        host, task = result._host.get_name(), result._task
        begun = self.begun.pop((host, task._uuid), time.monotonic())
        if task.action.endswith("preflight") or task._role is None:
            return  # the preflight speaks of all components at once
        component = self.components.setdefault(host, Component())
        component.saw(task.action, result._result, status, begun, time.monotonic())

    def v2_playbook_on_stats(self, stats):
        """Show the board."""
        if not self.components:
            return
        rows = [
            (name, component.status, component.contents, self._where(name, component, stats), f"{component.seconds} s")
            for name, component in self.components.items()
        ]
        self._display.banner("BOARD")
        for line, color in render(rows, self._display.columns):
            self._display.display(line, color=getattr(constants, color) if color else None)

    def _where(self, name, component, stats):
        where = stats.custom.get(name, {}).get("where", [])
        return [*where, component.reason] if component.reason else where


def render(rows, columns):
    """Yield the lines of the board with their colors: a line per component, and below it what it is and where to look."""
    name_width = max(len(row[0]) for row in rows)
    for name, status, contents, where, seconds in rows:
        yield f"{name:<{name_width}}  {status:<12}  {seconds:>6}", _COLORS[status]
        indent = " " * (name_width + 2)
        for text in filter(None, (contents, *where)):
            yield from ((f"{indent}{line}", None) for line in wrapped(text, max(40, columns - len(indent) - 1)))


def wrapped(text, width):
    """Break a text at blanks; what has none, such as an ARN, stays whole."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
