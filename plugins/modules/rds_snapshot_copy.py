#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_snapshot_copy
version_added: 0.1.0
short_description: Copy RDS snapshots, encrypted and across regions
description:
  - Copies a snapshot of an instance or a cluster within a region or from another region to that of the task.
  - A copy has a key of its own, so an encrypted snapshot can leave its region, and one that is not encrypted can become so.
  - Automated snapshots can be copied too; the copy stays when the original expires.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.rds_instance_snapshot
    description: Copies as well, but cannot name a KMS key for the copy, so it cannot take an encrypted snapshot to another region.
options:
  name:
    description: Identifier of the copy.
    type: str
    required: true
  kind:
    description: What the snapshot is of.
    type: str
    choices: [instance, cluster]
    default: instance
  source:
    description:
      - Snapshot to copy. Its identifier will do in the same region, its ARN is needed from another region or account.
      - It matters for O(state=present) only, and cannot be changed later.
    type: str
  kms_key_id:
    description:
      - ARN, id or alias of a KMS key in the region of the copy. Without one, a copy in the same region keeps the key of the source.
      - An encrypted snapshot from another region needs one. It cannot be changed later.
    type: str
  copy_tags:
    description: Whether the copy gets the tags of the source. It cannot be combined with O(tags), which RDS prefers to them.
    type: bool
    default: false
  option_group_name:
    description: Option group of an instance's copy, where the source has one that is not the default. It is never compared.
    type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The last snapshot of the shop, out of reach of whatever happens in Ireland
  slipway.aws.rds_snapshot_copy:
    name: shop-2026-11
    source: arn:aws:rds:eu-west-1:123456789012:snapshot:shop-2026-11
    kms_key_id: alias/shop-backup
    region: eu-central-1
    wait_timeout: 7200
    tags:
      Project: Shop

- name: A cluster snapshot under a key that another account may use
  slipway.aws.rds_snapshot_copy:
    name: shop-aurora-shared
    kind: cluster
    source: shop-aurora-2026-11
    kms_key_id: alias/shop-shared

- name: No copy any more
  slipway.aws.rds_snapshot_copy:
    name: shop-2026-11
    region: eu-central-1
    state: absent
"""

RETURN = r"""
snapshot:
  description: The copy; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the copy.
      type: str
    status:
      description: Its status.
      type: str
      sample: available
    percent_progress:
      description: How much of it has been copied.
      type: int
    kms_key_id:
      description: ARN of the KMS key that encrypts it.
      type: str
    source:
      description: ARN of the snapshot of which it is a copy, as far as RDS tells.
      type: str
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.kms_keys import Keys
from ansible_collections.slipway.aws.plugins.module_utils.rds import key_faults, name_faults
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN, Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

# By kind: the word in the names of operations and parameters, and what a snapshot of it is called in an ARN.
_WORDS = {
    "instance": ("DBSnapshot", "db_snapshot", "snapshot"),
    "cluster": ("DBClusterSnapshot", "db_cluster_snapshot", "cluster-snapshot"),
}


class Copy(Resource):
    """A copy. RDS tells of which snapshot, except for an instance's copy in the same region."""

    service = "rds"
    noun = "snapshot"
    missing = ("DBSnapshotNotFound", "DBSnapshotNotFoundFault", "DBClusterSnapshotNotFoundFault")
    immutable = ("KmsKeyId", "Source")
    outputs = ("arn", "status")
    pauses = (5, 10, 15, 30)

    def __init__(self, module):
        super().__init__(module)
        self.label, self.words, self.resource = _WORDS[self.params["kind"]]

    def validate(self):
        p = self.params
        faults = name_faults(self.name, longest=255) + key_faults(p["kms_key_id"], self.module.region)
        if self._parts and self._parts[5] != self.resource:
            faults.append(f"source: {p['source']} is no snapshot of kind={p['kind']}, in whose ARN stands :{self.resource}:.")
        if p["copy_tags"] and p["tags"] is not None:
            faults.append("copy_tags: the tags come either from the source or from tags; RDS would drop those of the source.")
        if p["option_group_name"] and p["kind"] == "cluster":
            faults.append("option_group_name: snapshots of clusters have no option group.")
        return faults

    @property
    def _parts(self):
        """Return the parts of the ARN of the source, or nothing when it is named by its identifier."""
        source = self.params["source"] or ""
        return source.split(":", 6) if source.startswith("arn:") else []

    @property
    def _far(self):
        return bool(self._parts) and self._parts[3] != self.module.region

    def _described(self, name, **more):
        found = self.read(f"describe_{self.words}s", **{f"{self.label}Identifier": name}, **more)
        return found[f"{self.label}s"][0] if found and found[f"{self.label}s"] else None

    def find(self):
        have = self._described(self.name)
        if have is None:
            return None
        return {
            **have,
            "Source": self._origin(have),
            "arn": have[f"{self.label}Arn"],
            "status": have["Status"],
            "Tags": from_form(have.get("TagList")),
        }

    def _origin(self, have):
        """Return the ARN of the snapshot of which this is a copy; the wanted one where nothing tells otherwise."""
        reported = have.get("SourceDBClusterSnapshotArn") or have.get("SourceDBSnapshotIdentifier")
        if reported or not self.params["source"]:
            return reported
        if self._far or self.params["kind"] == "cluster":
            return "no other snapshot"
        source = self._source()
        if source is None:
            return self.params["source"]  # it has expired, so nothing can be compared
        moments = [each.get("OriginalSnapshotCreateTime") for each in (source, have)]
        return source["DBSnapshotArn"] if moments[0] == moments[1] else "another snapshot"

    def _source(self):
        """Return the source as far as it is in this region, where it may be shared by another account."""
        source, shared = self.params["source"], bool(self._parts)
        return None if self._far else self._described(source, **({"IncludeShared": True} if shared else {}))

    def want(self, have):
        present = (have or {}).get("KmsKeyId")
        return {
            "Source": self._wanted_source((have or {}).get("Source")),
            "KmsKeyId": Keys(self.module).as_reported(self.params["kms_key_id"], present),
        }

    def _wanted_source(self, present):
        """Return the source as RDS reports it; a snapshot that has expired is known by its name only."""
        wanted, here = self.params["source"], self.module.region
        if self._parts or wanted == UNKNOWN:
            return wanted
        parts = (present or "").split(":", 6)
        if parts[3:4] == [here] and parts[6:] == [wanted.lower()]:
            return present
        return (self._source() or {}).get(f"{self.label}Arn", wanted)

    def ready(self, have):
        if have["status"] in ("failed", "incompatible-restore") or have["status"].startswith("incompatible-"):
            self.fail(f"snapshot {self.name} is {have['status']}. Remove it with state=absent and copy again.")
        return have["status"] == "available"

    def create(self, want):
        source = want.pop("Source")
        if not self._far and self._source() is None:
            self.fail(f"There is no snapshot {source} in {self.module.region}. From another region, give source its ARN.")
        where = {"SourceRegion": self._parts[3]} if self._far else {}
        group = {"OptionGroupName": self.params["option_group_name"]} if self.params["option_group_name"] else {}
        names = {f"Source{self.label}Identifier": source, f"Target{self.label}Identifier": self.name}
        self.write(f"copy_{self.words}", **names, CopyTags=self.params["copy_tags"], **where, **group, **want)

    def delete(self, have):
        self.write(f"delete_{self.words}", tolerate=self.missing, **{f"{self.label}Identifier": self.name})


def main():
    Copy.main(DOCUMENTATION, required_if=[("state", "present", ["source"])])


if __name__ == "__main__":
    main()
