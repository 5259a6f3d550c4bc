#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_purge
version_added: 0.1.0
short_description: Remove all that is in a bucket, also what is protected
description:
  - Removes all objects of an Amazon S3 bucket with all their versions and marks of deletion. The bucket stays.
  - What is protected goes with O(lift_protection) only, so that nobody loses by mistake what was to be kept.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.s3_bucket
    description: >-
      Empties a bucket when it removes it with C(force). It has no check mode, and stops at versions under object lock and at
      policies that deny deletions.
options:
  name:
    description: Name of the bucket.
    type: str
    required: true
  lift_protection:
    description:
      - Whether the bucket's policy is removed first, as it may deny deletions to everybody, and retention in governance mode is
        bypassed.
      - The caller has to be allowed C(s3:DeleteBucketPolicy) and C(s3:BypassGovernanceRetention).
      - Retention in compliance mode and legal holds are lifted by nobody, and what is under them is a failure that names them.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Looks, says how much would go, and removes nothing.
    support: full
  diff_mode:
    description: Objects have no before and after worth showing.
    support: none
  idempotent:
    description: An empty bucket, or none, is left as it is.
    support: full
"""

EXAMPLES = r"""
- name: Nothing of the last test is left
  slipway.aws.s3_bucket_purge:
    name: shop-test-uploads

- name: The archive goes, although nobody may delete from it
  slipway.aws.s3_bucket_purge:
    name: shop-dev-trail
    lift_protection: true
  when: platform_confirm_destroy == 'dev'
"""

RETURN = r"""
bucket:
  description: What was removed, or would be.
  returned: always
  type: dict
  contains:
    versions:
      description: How many versions and marks of deletion.
      type: int
      sample: 42
    policy:
      description: Whether a policy was.
      type: bool
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller

_RULE = "AWS takes 3 to 63 lower case letters, digits, hyphens and dots"
_REMEDY = (
    "Retention in compliance mode ends by itself only, and a legal hold is taken away by who has set it; for all else, allow the"
    " caller s3:DeleteObjectVersion and s3:BypassGovernanceRetention."
)
_PROPAGATES = 60  # seconds until everybody at AWS knows that a policy is gone


class Purge(Caller):
    """All there is in one bucket."""

    service = "s3"
    noun = "bucket"
    missing = ("NoSuchBucket",)

    def run(self):
        faults = formats.misnamed("name", self.name, r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", _RULE)
        if faults:
            self.fail(" ".join(faults))
        self.lifts = self.params["lift_protection"]
        policy = self.lifts and self.read("get_bucket_policy", ("NoSuchBucketPolicy",), Bucket=self.name) is not None
        if policy and not self.check:
            self.write("delete_bucket_policy", self.missing, Bucket=self.name)
        patience = _PROPAGATES if policy else 0
        versions = sum(self._gone(batch, patience) for batch in self._batches())
        self.module.exit_json(changed=bool(policy or versions), bucket={"versions": versions, "policy": policy})

    def _batches(self):
        """Yield what there is, page by page: versions and marks of deletion, a thousand at most, as many as AWS removes at once."""
        page = {"IsTruncated": True}
        while page.get("IsTruncated"):
            page = self.read("list_object_versions", Bucket=self.name, **self._following(page)) or {}
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if found:
                yield [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]

    def _following(self, page):
        """Return where to go on: what was removed is not listed again, so that the next page is the first one."""
        markers = {"KeyMarker": page.get("NextKeyMarker"), "VersionIdMarker": page.get("NextVersionIdMarker")}
        return {key: value for key, value in markers.items() if value and self.check}

    def _gone(self, batch, patience):
        """Remove a batch, again and again while the policy may still be known somewhere; return how many there were."""
        if self.check:
            return len(batch)
        rest = batch
        for _look in self.looks(patience):
            rest = self._stays(rest)
            if not rest:
                return len(batch)
        return self._protected(rest)

    def _stays(self, batch):
        """Ask AWS to remove a batch; return what it refused."""
        objects = [{key: each[key] for key in ("Key", "VersionId") if key in each} for each in batch]
        bypass = {"BypassGovernanceRetention": True} if self.lifts else {}
        answer = self.write("delete_objects", Bucket=self.name, Delete={"Objects": objects, "Quiet": True}, **bypass)
        return answer.get("Errors", [])

    def _protected(self, refused):
        first = refused[0]
        said = f"{first.get('Message', 'no reason').rstrip('.')} ({first.get('Code', 'no code')})"
        remedy = _REMEDY if self.lifts else "If it shall go although it is protected, use lift_protection: true."
        self.fail(f"bucket {self.name}: {len(refused)} versions cannot be removed, of {first['Key']} first: {said}. {remedy}")


def main():
    Purge.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
