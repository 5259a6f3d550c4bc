# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Customer keys and their aliases."""

from __future__ import annotations

import json

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults

defaults(
    "AWS::KMS::Key",
    Enabled=True,
    KeySpec="SYMMETRIC_DEFAULT",
    KeyUsage="ENCRYPT_DECRYPT",
    MultiRegion=False,
    Origin="AWS_KMS",
    RotationPeriodInDays=365,
)


def _aliases(account):
    return account.once("aliases", lambda: account.api("kms").pages("list_aliases", "Aliases"))


@reader("AWS::KMS::Key")
def keys(account):
    """Find customer keys. The index of tags tells which are ours: other people's keys may not let us read their tags."""
    kms = account.api("kms")
    for arn, tags in sorted(account.tagged("kms:key").items()):
        key = kms.read("describe_key", KeyId=arn)["KeyMetadata"]
        if key["KeyState"] in ("Enabled", "Disabled"):
            yield Found("AWS::KMS::Key", key["KeyId"], _key(kms, key), tags, _name(account, key, tags), {"Arn": arn})


def _key(kms, key):
    policy = kms.read("get_key_policy", KeyId=key["KeyId"], PolicyName="default")["Policy"]
    rotates = key.get("KeySpec") == "SYMMETRIC_DEFAULT" and key.get("Origin") == "AWS_KMS"  # only such keys can
    rotation = kms.read("get_key_rotation_status", KeyId=key["KeyId"]) if rotates else {}
    return {
        **pick(key, "Description", "Enabled", "KeySpec", "Origin"),
        "KeyUsage": key.get("KeyUsage") or "ENCRYPT_DECRYPT",
        "MultiRegion": key.get("MultiRegion", False),
        "KeyPolicy": json.loads(policy),
        "EnableKeyRotation": rotation.get("KeyRotationEnabled"),
        "RotationPeriodInDays": rotation.get("RotationPeriodInDays", 365) if rotation.get("KeyRotationEnabled") else None,
    }


def _name(account, key, tags):
    aliases = sorted(alias["AliasName"] for alias in _aliases(account) if alias.get("TargetKeyId") == key["KeyId"])
    return from_form(tags).get("Name") or (aliases[0].removeprefix("alias/") if aliases else key.get("Description", ""))


@reader("AWS::KMS::Alias", of="AWS::KMS::Key")
def aliases_of(account, key):
    """Find the aliases of a key."""
    for each in _aliases(account):
        if each.get("TargetKeyId") == key.id:
            name = each["AliasName"].removeprefix("alias/")
            yield Found("AWS::KMS::Alias", each["AliasName"], pick(each, "AliasName", "TargetKeyId"), name=name)
