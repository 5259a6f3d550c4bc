# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An environment that a test has made, read back."""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.schemas import valid

OURS = {"Project": "Shop", "Environment": "dev", "Component": "storage"}
PAIRS = [{"Key": name, "Value": value} for name, value in sorted(OURS.items())]


def read_back(aws, *kinds, **options):
    """Return what is read of some kinds by logical id, without tags and types, after all of it was found valid."""
    found = aws.run("environment_template_info", **{"tags": {"Project": "Shop"}, "platform": "shop-dev", **options})
    assert not found.failed, found.msg
    resources = {logical: each for logical, each in found.template["Resources"].items() if each["Type"] in kinds}
    faults = [fault for each in resources.values() for fault in valid(each["Type"], each["Properties"])]
    assert not faults, faults
    return {logical: each["Properties"] for logical, each in resources.items()}


def untagged(properties):
    """Return properties without tags."""
    return {name: value for name, value in properties.items() if name not in ("Tags", "BackupVaultTags", "BackupPlanTags")}
