# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Image repositories: one per service, scanned, kept, and nobody else's."""

from __future__ import annotations

import json

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import policies
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import REPOSITORY
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import listed, spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged, prop

_DAYS = 7
_MOVING = "latest"  # the one tag that may move; nothing deploys it


@prop(7, "ECR vulnerability scanning", controls=("CC7.2",))
def scanned(environment):
    """Every repository scans an image when it is pushed."""
    repositories, faults = environment.some(REPOSITORY, "image repository")
    yield from faults
    for each in repositories:
        scans = each.get("ImageScanningConfiguration.ScanOnPush", False)
        yield each.judged(scans is True, f"scan on push {scans}")


@prop(
    17,
    "ECR repository per service",
    controls=("CM-2",),
    corrected="Environments may share an account, so the name of the environment comes before that of the service.",
)
def one_repository(environment):
    """Every service has exactly one repository, `<platform>-<environment>/<service>`."""
    for service in environment.every_service:
        found = [each for each in environment.resources(REPOSITORY) if each.name.rpartition("/")[2] == service.name]
        names = ", ".join(each.name for each in found)
        right = [each.name for each in found] == [service.repository_name]
        where = found[-1].logical if found else f"repository {service.repository_name}"
        yield Judged(where, right, f"repositories of {service.name}: {names or 'none'}")


@prop(
    18,
    "ECR tag immutability",
    controls=("CM-2", "CC8.1"),
    corrected=(
        "The document also pushes `latest` with every build (property 14), which an immutable repository refuses from the second"
        " build on. So `latest` is the one exclusion; services run digests."
    ),
)
def immutable(environment):
    """No tag of a repository can be moved to another image, but for `latest`."""
    repositories, faults = environment.some(REPOSITORY, "image repository")
    yield from faults
    for each in repositories:
        mode = each.get("ImageTagMutability", "MUTABLE")
        rows = each.get("ImageTagMutabilityExclusionFilters", [])
        moving = [row["ImageTagMutabilityExclusionFilterValue"] for row in rows]
        kept = (mode == "IMMUTABLE" and not moving) or (mode == "IMMUTABLE_WITH_EXCLUSION" and moving == [_MOVING])
        yield each.judged(kept, f"{mode}{' but for ' + ', '.join(moving) if moving else ''}")


@prop(19, "ECR lifecycle policy", controls=("CM-2",))
def untagged_images_go(environment):
    """Every repository removes images without a tag seven days after they were pushed."""
    repositories, faults = environment.some(REPOSITORY, "image repository")
    yield from faults
    for each in repositories:
        text = spelled(each.get("LifecyclePolicy.LifecyclePolicyText"))
        days = [days for days in map(_days_untagged, json.loads(text)["rules"] if text else []) if days]
        yield each.judged(days == [_DAYS], f"images without a tag go after {days[0] if days else 'no'} days")


def _days_untagged(rule):
    """Return after how many days a rule removes images without a tag, or None when it is about others."""
    chosen = rule.get("selection", {})
    about = (chosen.get("tagStatus"), chosen.get("countType"), chosen.get("countUnit"), rule.get("action", {}).get("type"))
    return chosen.get("countNumber") if about == ("untagged", "sinceImagePushed", "days", "expire") else None


@prop(20, "ECR access restrictions", controls=("AC-2", "AC-3", "CC6.1"))
def not_public(environment):
    """No repository lets everybody in: a statement for everybody has a condition that says whose identities are meant. Without a
    policy, only the account's own identities can get in."""
    repositories, faults = environment.some(REPOSITORY, "image repository")
    yield from faults
    for each in repositories:
        open_ones = [one for one in policies.statements(each.get("RepositoryPolicyText")) if one.allows_everybody]
        told = ", ".join(sorted({str(action) for one in open_ones for action in listed(one.actions)}))
        yield each.judged(not open_ones, f"everybody may {told}" if open_ones else "nobody but whom it names")
