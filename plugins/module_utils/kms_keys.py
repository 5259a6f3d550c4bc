# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Keys have many names (id, alias, two ARNs), and most services report only the ARN of the key."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller


class Keys(Caller):
    """A look at KMS keys."""

    service = "kms"
    noun = "key for"
    missing = ("NotFoundException",)

    def as_reported(self, wanted, present):
        """Return the wanted key: in the form in which a service reports it, when it is the present key under another name."""
        if not wanted or not present or wanted == present:
            return wanted
        key = self.read("describe_key", KeyId=wanted)
        return present if key and key["KeyMetadata"]["Arn"] == present else wanted

    def arn(self, wanted):
        """Return the ARN of the wanted key, which is what services report; the key as it is named when there is none yet."""
        if not wanted or ":key/" in wanted:
            return wanted
        key = self.read("describe_key", KeyId=wanted)
        return key["KeyMetadata"]["Arn"] if key else wanted
