#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_replication
version_added: 0.1.0
short_description: Manage the replication of S3 buckets
description:
  - Sets all replication rules of an Amazon S3 bucket at once, as S3 keeps them in one document. Rules that are left out go.
  - Only objects that are written later are replicated. S3 Batch Replication copies what is there already.
  - Both buckets have to be versioned, and the role has to let S3 read here and write there.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.s3_bucket
    description: Makes the buckets and switches their versioning on. It knows no replication.
options:
  name:
    description: Name of the source bucket.
    type: str
    required: true
  role:
    description: ARN of the role as which S3 replicates. Needed unless O(state=absent).
    type: str
  rules:
    description: All rules. Needed unless O(state=absent).
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the rule.
        type: str
        required: true
      status:
        description: Whether the rule is in force.
        type: str
        choices: [Enabled, Disabled]
        default: Enabled
      priority:
        description: Of several rules for one destination, that with the highest number counts. No two rules have the same.
        type: int
        default: 0
      prefix:
        description: Begin of the names of objects that the rule is for.
        type: str
      tags:
        description: Tags of objects that the rule is for.
        type: dict
      delete_marker_replication:
        description:
          - Whether what is deleted here is marked as deleted there. It cannot be combined with O(rules[].tags).
          - Versions that are deleted for good stay in the destination in any case.
        type: bool
        default: false
      sse_kms_encrypted_objects:
        description: Whether objects that KMS encrypts are replicated. It needs O(rules[].destination.replica_kms_key_id).
        type: bool
        default: false
      replica_modifications:
        description: Whether changed tags and metadata of copies come back, where two buckets replicate each other.
        type: bool
        default: false
      existing_object_replication:
        description: Whether objects that are there already are replicated, where AWS Support has enabled it.
        type: bool
        default: false
      destination:
        description: Where objects go.
        type: dict
        required: true
        suboptions:
          bucket:
            description: Name or ARN of the bucket.
            type: str
            required: true
          account:
            description: Account that the bucket belongs to, when it is another one.
            type: str
          owner_override:
            description: Whether copies belong to O(rules[].destination.account) and not to the owner of the source.
            type: bool
            default: false
          storage_class:
            description: Storage class of the copies, if not that of the source.
            type: str
            choices:
              - STANDARD
              - REDUCED_REDUNDANCY
              - STANDARD_IA
              - ONEZONE_IA
              - INTELLIGENT_TIERING
              - GLACIER
              - GLACIER_IR
              - DEEP_ARCHIVE
          replica_kms_key_id:
            description: ARN of the KMS key, in the region of the destination, that encrypts copies of objects that KMS encrypts.
            type: str
          replication_time:
            description: Whether S3 promises to replicate within 15 minutes, which costs extra and switches the metrics on.
            type: bool
            default: false
          metrics:
            description: Whether CloudWatch shows what waits for its replication.
            type: bool
            default: false
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A copy of everything in another region
  slipway.aws.s3_bucket_replication:
    name: shop-production-documents
    role: arn:aws:iam::123456789012:role/shop-production-replication
    rules:
      - id: everything
        delete_marker_replication: true
        destination:
          bucket: shop-production-documents-copy
          storage_class: STANDARD_IA

- name: Encrypted objects into another account, and the urgent ones within 15 minutes
  slipway.aws.s3_bucket_replication:
    name: shop-production-documents
    role: arn:aws:iam::123456789012:role/shop-production-replication
    rules:
      - id: urgent
        priority: 2
        prefix: orders/
        sse_kms_encrypted_objects: true
        destination:
          <<: &vault
            bucket: shop-vault
            account: "210987654321"
            owner_override: true
            replica_kms_key_id: arn:aws:kms:eu-central-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab
          replication_time: true
      - id: kept
        priority: 1
        tags:
          keep: "yes"
        sse_kms_encrypted_objects: true
        destination: *vault

- name: No replication any more
  slipway.aws.s3_bucket_replication:
    name: shop-production-documents
    state: absent
"""

RETURN = r"""
replication:
  description: The replication; empty when there is none.
  returned: always
  type: dict
  contains:
    role:
      description: ARN of the role.
      type: str
    rules:
      description: All rules.
      type: list
      elements: dict
"""

import re

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form, to_form

_ON = {"Status": "Enabled"}
_OFF = {"Status": "Disabled"}
_QUARTER = {"Minutes": 15}
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+")
_CRITERIA = {"sse_kms_encrypted_objects": "SseKmsEncryptedObjects", "replica_modifications": "ReplicaModifications"}


class Replication(Resource):
    """All replication rules of a bucket: one document.

    Inside, a rule has what is on and nothing that is off, and its filter is a dictionary of all its parts.
    """

    service = "s3"
    noun = "replication"
    missing = ("ReplicationConfigurationNotFoundError", "NoSuchBucket")
    unordered = ("Rules",)
    whole = ("Rules",)
    verbatim = ("Tags",)

    def validate(self):
        if self.params["state"] == "absent":
            return []
        rules, role = self.params["rules"] or [], self.params["role"]
        faults = [fault for rule in rules for fault in _rule_faults(self.name, rule)]
        for key, what in (("id", "Rules need different ids"), ("priority", "Rules need different priorities")):
            given = [rule[key] for rule in rules]
            faults += [f"{what}, {each} stands there twice." for each in sorted({each for each in given if given.count(each) > 1})]
        if not rules:
            faults.append("rules: a replication has at least one rule; to have none, use state=absent.")
        if role is None or not _ROLE.fullmatch(role):
            faults.append(f"role {role} has to be the ARN of a role that S3 can assume.")
        return faults

    def find(self):
        found = self.read("get_bucket_replication", Bucket=self.name)
        if not found:
            return None
        told = found["ReplicationConfiguration"]
        return {"Role": told["Role"], "Rules": [_known(rule) for rule in told["Rules"]]}

    def want(self, have):
        partition = self.client.meta.partition
        return {"Role": self.params["role"], "Rules": [_wanted(rule, partition) for rule in self.params["rules"]]}

    def create(self, want):
        self._insist_on_versions({self.name, *(rule["Destination"]["Bucket"].split(":::")[-1] for rule in want["Rules"])})
        document = {"Role": want["Role"], "Rules": [_sent(rule) for rule in want["Rules"]]}
        soon = {"InvalidRequest": "versioning"}  # S3 takes a moment to notice that it has been switched on
        self.write("put_bucket_replication", patience=soon, Bucket=self.name, ReplicationConfiguration=document)
        for _look in self.looks(60):  # S3 tells the old document for some seconds
            if not self._changes(self.find() or {}, want):
                return

    def _insist_on_versions(self, names):
        """Fail for buckets that S3 does not replicate; one of another account may keep its versioning to itself."""
        for name in sorted(names):
            found = self.read("get_bucket_versioning", tolerate=("AccessDenied",), Bucket=name)
            if found is not None and found.get("Status") != "Enabled":
                self.fail(
                    f"replication {self.name}: bucket {name} is not versioned, and S3 replicates versions only."
                    f" Switch it on first, with amazon.aws.s3_bucket: name={name} versioning=true."
                )

    def update(self, have, changes):
        self.create({**{key: have[key] for key in ("Role", "Rules")}, **changes})

    def delete(self, have):
        self.write("delete_bucket_replication", tolerate=self.missing, Bucket=self.name)
        for _look in self.looks(60):
            if self.find() is None:
                return


# One form for rules: what the options say, what S3 tells, and what it wants to be sent


def _wanted(rule, partition):
    place = rule["destination"]
    criteria = {name: _ON for option, name in _CRITERIA.items() if rule[option]}
    told = {
        "Bucket": place["bucket"] if place["bucket"].startswith("arn:") else f"arn:{partition}:s3:::{place['bucket']}",
        "Account": place["account"],
        "StorageClass": place["storage_class"],
        "AccessControlTranslation": {"Owner": "Destination"} if place["owner_override"] else None,
        "EncryptionConfiguration": place["replica_kms_key_id"] and {"ReplicaKmsKeyID": place["replica_kms_key_id"]},
        "ReplicationTime": {**_ON, "Time": _QUARTER} if place["replication_time"] else None,
        "Metrics": {**_ON, "EventThreshold": _QUARTER} if place["replication_time"] else _ON if place["metrics"] else None,
    }
    tags = {str(key): str(value) for key, value in (rule["tags"] or {}).items()}
    return _plain(
        {
            "ID": rule["id"],
            "Status": rule["status"],
            "Priority": rule["priority"],
            "Filter": {"Prefix": rule["prefix"] or "", **({"Tags": tags} if tags else {})},
            "DeleteMarkerReplication": _ON if rule["delete_marker_replication"] else None,
            "SourceSelectionCriteria": criteria,
            "ExistingObjectReplication": _ON if rule["existing_object_replication"] else None,
            "Destination": told,
        }
    )


def _known(rule):
    """Return a rule as S3 tells it in our form. One of the older form has no filter and always replicates delete markers."""
    filters = dict(rule.get("Filter") or {"Prefix": rule.get("Prefix", "")})
    both = filters.pop("And", {})
    tags = from_form([*both.get("Tags", []), *([filters.pop("Tag")] if "Tag" in filters else [])])
    prefix = both.get("Prefix", filters.get("Prefix", ""))
    older = {"Priority": 0, **({} if "Filter" in rule else {"DeleteMarkerReplication": _ON})}
    told = {key: value for key, value in rule.items() if key not in ("Prefix", "Filter")}
    return _plain({**older, **told, "Filter": {"Prefix": prefix, **({"Tags": tags} if tags else {})}})


def _plain(rule):
    """Return a rule without what is off or empty."""
    kept = {}
    for key, value in rule.items():
        item = _plain(value) if isinstance(value, dict) and key != "Filter" else value
        if item not in (None, {}, _OFF) and not (isinstance(item, dict) and item.get("Status") == "Disabled"):
            kept[key] = item
    return kept


def _sent(rule):
    return {"DeleteMarkerReplication": _OFF, **rule, "Filter": _filter(rule["Filter"])}


def _filter(parts):
    """Return a filter as S3 wants it: a single part stands alone, several stand under And."""
    tags, prefix = to_form(parts.get("Tags", {}), "Key"), parts.get("Prefix")
    if len(tags) == 1 and not prefix:
        return {"Tag": tags[0]}
    if tags:
        return {"And": {**({"Prefix": prefix} if prefix else {}), "Tags": tags}}
    return {"Prefix": prefix or ""}


# What S3 refuses


def _rule_faults(source, rule):
    name, place = rule["id"], rule["destination"]
    if not 1 <= len(name) <= 255:
        yield f"rule {name}: id has 1 to 255 characters."
    if rule["priority"] < 0:
        yield f"rule {name}: priority {rule['priority']} is below 0."
    if rule["tags"] and rule["delete_marker_replication"]:
        yield f"rule {name}: delete markers have no tags; take delete_marker_replication or tags out."
    if rule["sse_kms_encrypted_objects"] != bool(place["replica_kms_key_id"]):
        yield f"rule {name}: sse_kms_encrypted_objects and destination.replica_kms_key_id go together."
    if place["replica_kms_key_id"] and not place["replica_kms_key_id"].startswith("arn:"):
        yield f"rule {name}: replica_kms_key_id {place['replica_kms_key_id']} has to be an ARN in the destination's region."
    if place["owner_override"] and not place["account"]:
        yield f"rule {name}: owner_override needs the account of the destination."
    if place["account"] and not re.fullmatch(r"\d{12}", place["account"]):
        yield f"rule {name}: account {place['account']} is not the 12 digits of an account."
    if place["bucket"].split(":::")[-1] == source:
        yield f"rule {name}: a bucket cannot be its own destination."


def main():
    Replication.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
