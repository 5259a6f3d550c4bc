# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the role security has built."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder, by_name


class Security(Finder):
    """Keys are known by their aliases; the ARNs of policies and roles follow from the name."""

    noun = "keys and permissions"
    component = "security"

    def look(self):
        prefix = f"alias/{self.name}-"
        aliases = self.api("kms").pages("list_aliases", "Aliases")
        keys = by_name([a for a in aliases if "TargetKeyId" in a], prefix, name=lambda alias: alias["AliasName"])
        if not keys:
            return None
        account = next(iter(keys.values()))["AliasArn"].split(":")[4]
        return {
            "key_arns": {name: _key_arn(alias) for name, alias in sorted(keys.items())},
            "boundary_arn": f"arn:aws:iam::{account}:policy/{self.name}-boundary",
            "deployer_arn": f"arn:aws:iam::{account}:role/{self.name}-deploy",
        }


def _key_arn(alias):
    return f"{alias['AliasArn'].rsplit(':', 1)[0]}:key/{alias['TargetKeyId']}"
