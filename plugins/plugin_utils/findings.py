# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What scanners say about a template: cfn-lint, checkov's rules for CloudFormation, and our own; one form for all.

A finding is {tool, rule, level, logical, type, text}. Those that are accepted stand in one file, each with its reason:

    - {rule: CKV_AWS_158, type: AWS::Logs::LogGroup, logical: "Pipeline*", reason: "..."}
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from ansible.errors import AnsibleError

TAGS = ("Project", "Environment", "ManagedBy", "Owner", "CostCenter", "Application", "Compliance", "Component")
_TAG_NAMES = ("Tags", "HostedZoneTags", "BackupVaultTags", "BackupPlanTags", "FileSystemTags")
_SECRET = re.compile(r"(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY)($|_)", re.IGNORECASE)
_OPEN = ("0.0.0.0/0", "::/0")
_WEB = (80, 443)
_SAME_NAMES = "E3019"  # cfn-lint: two resources of a type have the same primary identifier


def of(template, region, accepted=""):
    """Return {"open": findings, "accepted": findings with reasons, "unused": reasons that accept nothing, "missing": tools}."""
    found, missing = list(_ours(template)), []
    for tool, scan in (("cfn-lint", _cfn_lint), ("checkov", _checkov)):
        path = _program(tool)
        if path:
            found += scan(path, template, region)
        else:
            missing.append(tool)
    reasons = yaml.safe_load(Path(accepted).read_text()) or [] if accepted else []
    incomplete = [each for each in reasons if not (each.get("rule") and each.get("reason"))]
    if incomplete:
        raise AnsibleError(f"{accepted}: rule and reason are needed in {incomplete[0]}")
    pairs = [(each, next((reason for reason in reasons if _accepts(reason, each)), None)) for each in found]
    used = [reason for _each, reason in pairs if reason]
    return {
        "open": [each for each, reason in pairs if not reason],
        "accepted": [{**each, "reason": reason["reason"]} for each, reason in pairs if reason],
        "unused": [reason for reason in reasons if reason not in used],
        "missing": missing,
    }


def sarif(plan):
    """Return the findings of a plan in the form that code hosts show."""
    runs = []
    for tool in sorted({each["tool"] for each in plan["findings"]["open"]}):
        mine = [each for each in plan["findings"]["open"] if each["tool"] == tool]
        results = [
            {
                "ruleId": each["rule"],
                "level": each["level"],
                "message": {"text": f"{each['logical']}: {each['text']}"},
                "locations": [{"logicalLocations": [{"fullyQualifiedName": f"Resources.{each['logical']}", "kind": "resource"}]}],
            }
            for each in mine
        ]
        rules = [{"id": rule} for rule in sorted({each["rule"] for each in mine})]
        runs.append({"tool": {"driver": {"name": tool, "rules": rules}}, "results": results})
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": runs}


def _program(name):
    """Return where a tool is: beside this interpreter, or on the path."""
    return shutil.which(name, path=f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ.get('PATH', '')}")


def _accepts(reason, finding):
    return all(fnmatchcase(finding[name], reason[name]) for name in ("rule", "type", "logical") if name in reason)


def _finding(template, tool, rule, level, logical, text):
    kind = template["Resources"].get(logical, {}).get("Type", "")
    return {"tool": tool, "rule": rule, "level": level, "logical": logical, "type": kind, "text": text}


def _scanned(template, command):
    """Return what a program prints about a template in a file. The code it ends with counts findings, so it says nothing."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        path = Path(folder) / "template.json"
        path.write_text(json.dumps(template))
        done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    try:
        return json.loads(done.stdout or "[]")
    except ValueError as error:
        raise AnsibleError(f"{command[0]} did not scan the template: {done.stderr or done.stdout}") from error


def _cfn_lint(program, template, region):
    """Yield what cfn-lint finds. It knows one region; in another, the same name is another thing."""
    elsewhere = {logical for logical, each in template["Resources"].items() if "Region" in each["Metadata"]}
    for each in _scanned(template, [program, "--format", "json", "--regions", region, "--template"]):
        path = each["Location"]["Path"] or []
        logical = path[1] if len(path) > 1 and path[0] == "Resources" else ""
        if each["Rule"]["Id"] == _SAME_NAMES and elsewhere & {*re.findall(r"\w+", each["Message"])}:
            continue
        text = f"{'.'.join(map(str, path[3:]))}: {each['Message']}" if len(path) > 3 else each["Message"]
        level = {"Error": "error", "Warning": "warning"}.get(each["Level"], "note")
        yield _finding(template, "cfn-lint", each["Rule"]["Id"], level, logical, text)


def _checkov(program, template, _region):
    command = [program, "--framework", "cloudformation", "--output", "json", "--compact", "--quiet", "--skip-download", "--file"]
    reports = _scanned(template, command)
    for report in reports if isinstance(reports, list) else [reports]:
        for each in report.get("results", {}).get("failed_checks", []):
            logical = each["resource"].rpartition(".")[2]
            yield _finding(template, "checkov", each["check_id"], "warning", logical, each["check_name"])


# Our own rules


def _ours(template):
    for logical, resource in template["Resources"].items():
        for rule, look in _RULES.items():
            for text in look(resource):
                yield _finding(template, "slipway.aws", rule, "error", logical, text)


def _untagged(resource):
    told = {**resource["Properties"], **resource["Metadata"]}
    tags = next((told[name] for name in _TAG_NAMES if told.get(name)), None)
    if tags:
        carried = tags if isinstance(tags, dict) else {each["Key"] for each in tags}
        missing = [name for name in TAGS if name not in carried]
        if missing:
            yield f"it lacks the tags {', '.join(missing)}"


def _kept_forever(resource):
    if resource["Type"] == "AWS::Logs::LogGroup" and "RetentionInDays" not in resource["Properties"]:
        yield "its logs are kept for ever: say for how many days"


def _plain_secrets(resource):
    if resource["Type"] == "AWS::ECS::TaskDefinition":
        for container in resource["Properties"].get("ContainerDefinitions", []):
            for variable in container.get("Environment", []):
                if _SECRET.search(variable["Name"]):
                    yield f"{variable['Name']} stands in the task definition: name it among the secrets of the service"


def _open_doors(resource):
    if resource["Type"] == "AWS::EC2::SecurityGroupIngress":
        told = resource["Properties"]
        everybody = told.get("CidrIp") in _OPEN or told.get("CidrIpv6") in _OPEN
        first, last = told.get("FromPort"), told.get("ToPort")
        if everybody and (first != last or first not in _WEB):
            yield "it lets the whole internet in on another port than those of the web"


# Reasons for what is accepted name these, so a rule keeps its name.
_RULES = {"SLIPWAY_1": _untagged, "SLIPWAY_2": _kept_forever, "SLIPWAY_3": _plain_secrets, "SLIPWAY_4": _open_doors}
