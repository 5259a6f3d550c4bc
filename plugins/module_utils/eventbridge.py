# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What EventBridge asks of targets and patterns. Pure functions; targets are in the API's names unless they come from a user."""

from __future__ import annotations

import json
import re

_NEED_A_ROLE = ("batch", "codebuild", "codepipeline", "ecs", "ssm", "states")


def with_text(target):
    """Return a target whose input, given as data, is JSON text."""
    given = target.get("input")
    return {"id": "", **target, "input": json.dumps(given, sort_keys=True) if isinstance(given, (dict, list)) else given}


def with_id(target):
    """Return a target with AWS's defaults, and with an id, which is the end of its ARN when nobody gave one."""
    tasks = {"EcsParameters": {"TaskCount": 1, **target["EcsParameters"]}} if target.get("EcsParameters") else {}
    return {
        **target,
        **tasks,
        "Id": target["Id"] or re.sub(r"[^A-Za-z0-9._-]", "-", re.split("[:/]", target.get("Arn", ""))[-1])[:64],
    }


def in_order(pattern):
    """Return a pattern whose alternatives are in one order, as their order means nothing."""
    if isinstance(pattern, dict):
        return {key: in_order(value) for key, value in pattern.items()}
    if isinstance(pattern, list):
        return sorted((in_order(value) for value in pattern), key=lambda value: json.dumps(value, sort_keys=True))
    return pattern


def target_faults(targets):
    """Return sentences about targets that AWS would refuse."""
    faults, ids = [], [target["Id"] for target in targets]
    if len(targets) > 5:
        faults.append(f"A rule has up to five targets, not {len(targets)}.")
    faults += [f"There are two targets {name}: give them an id." for name in sorted({name for name in ids if ids.count(name) > 1})]
    for target in targets:
        arn = target.get("Arn", "")
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        if not arn:
            faults.append("A target needs an arn.")
        if service in _NEED_A_ROLE and not target.get("RoleArn"):
            faults.append(f"Target {target['Id']} needs a role_arn: EventBridge cannot use {service} without a role.")
        if service == "ecs" and not target.get("EcsParameters", {}).get("TaskDefinitionArn"):
            faults.append(f"Target {target['Id']} is a cluster and needs ecs_parameters with a task_definition_arn.")
        if sum(key in target for key in ("Input", "InputPath", "InputTransformer")) > 1:
            faults.append(f"Target {target['Id']} has more than one of input, input_path and input_transformer.")
    return faults
