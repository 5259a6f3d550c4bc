# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Writes docs/modules.md from the DOCUMENTATION of the modules; ``make docs`` runs it.

What a module does is its short_description. Why it exists beside a module of another collection is said in its seealso, so whatever
a seealso names outside this collection stands on the page. Finders are told by the role that their description names.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
GROUPS = {  # in the order of the page; a module is in the group whose prefix its name has
    "ECS": ("ecs_", "application_autoscaling_"),
    "Load balancing": ("elb_",),
    "Images": ("ecr_",),
    "Delivery": ("codebuild_", "codecommit_", "codeconnections_", "codedeploy_", "codepipeline", "codestar_"),
    "Data": ("rds_", "docdb_", "dynamodb_", "elasticache_", "s3_", "efs_", "backup_"),
    "Security": ("iam_", "secretsmanager_", "guardduty_", "config_", "wafv2_"),
    "Edge": ("cloudfront_", "acm_", "route53_"),
    "Network": ("ec2_", "servicediscovery_"),
    "Monitoring": ("cloudwatch_", "logs_", "xray_", "eventbridge_", "sns_", "budgets_"),
    "Everything else": ("cloudcontrol_", "environment_", "recovery_"),
    "Finders": ("neighbours_",),  # the others are known by their role
    "Inventories": ("preflight",),
}
INTRODUCTION = """\
# Modules at a glance

Written by `make docs` from the documentation of the modules: change it there. Roles use amazon.aws and community.aws where these
are right. Where a module of ours stands beside one of theirs, the last column says what theirs cannot do or does otherwise, in
amazon.aws 11.4 and community.aws 11.2. `ansible-doc slipway.aws.<module>` has every option.
"""
HEAD = "| module | what it does | beside |\n|---|---|---|\n"


def documentation(path):
    """Return the DOCUMENTATION of a module."""
    return yaml.safe_load(re.search(r'DOCUMENTATION = r"""\n(.*?)"""', path.read_text(), re.DOTALL).group(1))


def role(described):
    """Return the role that a finder belongs to, or None."""
    named = re.search(r"\brole M\(slipway\.aws\.(\w+)\)", " ".join(described["description"]))
    return named and named.group(1)


def group(described):
    """Return the heading under which a module stands."""
    if role(described):
        return "Finders"
    for heading, prefixes in GROUPS.items():
        if described["module"].startswith(prefixes):
            return heading
    raise SystemExit(f"docs/modules.py: {described['module']} has no group. Add its prefix to GROUPS.")


def beside(described):
    """Return what the other collections have, and why that is not enough."""
    if role(described):
        return f"belongs to the role `{role(described)}`"
    upstream = [each for each in described.get("seealso", ()) if not each["module"].startswith("slipway.")]
    return " ".join(f"`{each['module']}`: {plain(each['description'])}" for each in upstream) or "nothing upstream"


def plain(text):
    """Return Ansible's markup as Markdown."""
    return re.sub(r"\b(?:RV|[CEMOV])\(([^)]*)\)", r"`\1`", text).replace("|", r"\|")


def page():
    """Return the page."""
    rows = {heading: [] for heading in GROUPS}
    for path in sorted((ROOT / "plugins/modules").glob("*.py")):
        described = documentation(path)
        link = f"[{path.stem}](../plugins/modules/{path.name})"
        rows[group(described)].append(f"| {link} | {plain(described['short_description'])} | {beside(described)} |\n")
    return INTRODUCTION + "".join(f"\n## {heading}\n\n{HEAD}{''.join(lines)}" for heading, lines in rows.items())


if __name__ == "__main__":
    (ROOT / "docs/modules.md").write_text(page())
