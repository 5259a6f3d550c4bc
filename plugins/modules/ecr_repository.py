#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_repository
version_added: 0.1.0
short_description: Manage ECR repositories
description:
  - Creates, changes and removes repositories in Amazon ECR with their encryption, immutability, lifecycle, policy and tags.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.ecs_ecr
    description: >-
      Has no tags and no exceptions from immutability. In check mode it fails for a new repository with a policy or a lifecycle.
  - module: slipway.aws.ecr_registry
    description: Manages what holds for all repositories, such as replication.
options:
  name:
    description: Name of the repository, with its namespace, for example V(shop/orders).
    type: str
    required: true
  image_tag_mutability:
    description:
      - Whether a tag can be moved to another image.
      - The forms with C(EXCLUSION) turn it round for the tags of O(image_tag_mutability_exclusion_filters).
    type: str
    choices: [MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]
  image_tag_mutability_exclusion_filters:
    description: Tags for which the opposite holds; V(*) stands for any characters. At most five.
    type: list
    elements: str
  scan_on_push:
    description: Whether images are scanned for vulnerabilities when they are pushed.
    type: bool
  encryption_configuration:
    description: How images are encrypted at rest. It cannot be changed later.
    type: dict
    suboptions:
      encryption_type:
        description: V(AES256) is Amazon S3's own key, the others are keys of KMS.
        type: str
        choices: [AES256, KMS, KMS_DSSE]
        required: true
      kms_key:
        description: ARN, id or alias of the KMS key; without one, KMS uses the key that AWS manages.
        type: str
  lifecycle_policy:
    description: Which images expire, as C({rules [...]}). V({}) removes the policy.
    type: dict
  policy:
    description: Who beside the account may use the repository, as a policy document. V({}) removes it.
    type: dict
  force:
    description: Whether O(state=absent) also removes a repository that has images.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Images that nobody can replace
  slipway.aws.ecr_repository:
    name: shop/orders
    image_tag_mutability: IMMUTABLE
    scan_on_push: true

- name: Only latest moves, the last ten images stay
  slipway.aws.ecr_repository:
    name: shop/orders
    image_tag_mutability: IMMUTABLE_WITH_EXCLUSION
    image_tag_mutability_exclusion_filters: [latest]
    encryption_configuration:
      encryption_type: KMS
      kms_key: alias/shop-dev-data
    lifecycle_policy:
      rules:
        - rulePriority: 1
          selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 10}
          action: {type: expire}

- name: No repository any more, and no images
  slipway.aws.ecr_repository:
    name: shop/orders
    force: true
    state: absent
"""

RETURN = r"""
repository:
  description: The repository; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the repository.
      type: str
    repository_uri:
      description: What image references begin with.
      type: str
      sample: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/orders
    lifecycle_policy:
      description: Which images expire.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class Repository(Resource):
    """A repository. Each of its settings has an operation of its own."""

    service = "ecr"
    noun = "repository"
    missing = ("RepositoryNotFoundException",)
    immutable = ("encryptionConfiguration",)
    unordered = ("imageTagMutabilityExclusionFilters",)
    policies = ("policyText",)
    documents = ("lifecyclePolicyText",)
    outputs = ("arn", "repositoryUri")

    def validate(self):
        p = self.params
        pattern = r"([a-z0-9]+([._-]+[a-z0-9]+)*/)*[a-z0-9]+([._-]+[a-z0-9]+)*"
        faults = formats.misnamed(
            "name", self.name, pattern, "AWS takes 2 to 256 small letters, digits and . _ - / between them", 256
        )
        excludes = (p["image_tag_mutability"] or "").endswith("_WITH_EXCLUSION")
        if excludes != bool(p["image_tag_mutability_exclusion_filters"]):
            faults.append("image_tag_mutability_exclusion_filters and image_tag_mutability with _WITH_EXCLUSION belong together.")
        if len(p["image_tag_mutability_exclusion_filters"] or []) > 5:
            faults.append("image_tag_mutability_exclusion_filters: AWS allows five.")
        return faults

    def find(self):
        found = self.read("describe_repositories", repositoryNames=[self.name])
        if not found:
            return None
        have = found["repositories"][0]
        lifecycle = self.read("get_lifecycle_policy", ("LifecyclePolicyNotFoundException",), repositoryName=self.name) or {}
        policy = self.read("get_repository_policy", ("RepositoryPolicyNotFoundException",), repositoryName=self.name) or {}
        tags = self.read("list_tags_for_resource", resourceArn=have["repositoryArn"]) or {}
        return {
            "imageTagMutabilityExclusionFilters": [],
            **have,
            "lifecyclePolicyText": parsed(lifecycle.get("lifecyclePolicyText")) or {},
            "policyText": parsed(policy.get("policyText")) or {},
            "arn": have["repositoryArn"],
            "Tags": from_form(tags.get("tags")),
        }

    def want(self, have):
        p = self.params
        filters, scan = p["image_tag_mutability_exclusion_filters"], p["scan_on_push"]
        # Leaving the exclusion out of the mutability ends the exclusions with it.
        excluded = [{"filterType": "WILDCARD", "filter": each} for each in filters or []] if p["image_tag_mutability"] else None
        return self.request(
            "CreateRepository",
            repositoryName=self.name,
            imageTagMutabilityExclusionFilters=excluded,
            imageScanningConfiguration=None if scan is None else {"scanOnPush": scan},
            encryptionConfiguration=self._encryption(have),
            lifecyclePolicyText=p["lifecycle_policy"],
            policyText=p["policy"],
        )

    def _encryption(self, have):
        """Return the wanted encryption; the key in the form in which AWS reports it when it is the same key."""
        wanted = self.params["encryption_configuration"]
        if not wanted:
            return None
        key, present = wanted["kms_key"], ((have or {}).get("encryptionConfiguration") or {}).get("kmsKey")
        if key and present and key != present:
            arn = self.module.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
            key = present if arn == present else key
        return {"encryptionType": wanted["encryption_type"], **({"kmsKey": key} if key else {})}

    def create(self, want):
        later = {key: want.pop(key) for key in ("lifecyclePolicyText", "policyText") if key in want}
        if not want.get("imageTagMutabilityExclusionFilters"):
            want.pop("imageTagMutabilityExclusionFilters", None)
        self.write("create_repository", **want)
        self.update({}, {key: text for key, text in later.items() if parsed(text)})

    def update(self, have, changes):
        mine = {"repositoryName": self.name}
        if "imageTagMutability" in changes or "imageTagMutabilityExclusionFilters" in changes:
            keys = ("imageTagMutability", "imageTagMutabilityExclusionFilters")
            both = {key: changes.get(key, have.get(key)) for key in keys}
            self.write("put_image_tag_mutability", **mine, **{key: value for key, value in both.items() if value})
        if "imageScanningConfiguration" in changes:
            scanning = changes["imageScanningConfiguration"]
            self.write("put_image_scanning_configuration", **mine, imageScanningConfiguration=scanning)
        for key, put, delete in (
            ("lifecyclePolicyText", "put_lifecycle_policy", "delete_lifecycle_policy"),
            ("policyText", "set_repository_policy", "delete_repository_policy"),
        ):
            if key in changes:
                self._document(key, changes[key], put, delete)

    def _document(self, key, text, put, delete):
        if parsed(text):
            self.write(put, repositoryName=self.name, **{key: text})
        else:
            self.write(delete, repositoryName=self.name)

    def delete(self, have):
        if not self.params["force"] and self.read("list_images", repositoryName=self.name, maxResults=1)["imageIds"]:
            self.fail(f"repository {self.name} has images. Remove them first, or remove both with force=true.")
        self.write("delete_repository", tolerate=self.missing, repositoryName=self.name, force=self.params["force"])


def main():
    Repository.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
