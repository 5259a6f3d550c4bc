# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Image repositories, and where they are copied. Lifecycle, policy and tags have operations of their own."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.compare import as_text, parsed
from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pascal, pick, policy, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

unordered("AWS::ECR::Repository", "ImageTagMutabilityExclusionFilters")
defaults(
    "AWS::ECR::Repository",
    EncryptionConfiguration={"EncryptionType": "AES256"},
    ImageScanningConfiguration={"ScanOnPush": False},
    ImageTagMutability="MUTABLE",
)
_REPLICATION, _RULES = "AWS::ECR::ReplicationConfiguration", "ReplicationConfiguration.Rules"
unordered(_REPLICATION, _RULES, f"{_RULES}.Destinations", f"{_RULES}.RepositoryFilters")
_NONE = ("LifecyclePolicyNotFoundException", "RepositoryNotFoundException", "RepositoryPolicyNotFoundException")


def _api(account):
    return account.api("ecr", _NONE)


@reader("AWS::ECR::Repository")
def repositories(account):
    """Find repositories."""
    described = _api(account).pages("describe_repositories", "repositories")
    arns = [each["repositoryArn"] for each in described]
    tags = side_by_side(lambda arn: (_api(account).read("list_tags_for_resource", resourceArn=arn) or {}).get("tags"), arns)
    ours = [pair for pair in zip(described, tags, strict=True) if account.ours(pair[1])]
    return side_by_side(lambda pair: _repository(account, *pair), ours)


def _repository(account, described, tags):
    name = described["repositoryName"]
    lifecycle = _api(account).read("get_lifecycle_policy", repositoryName=name) or {}
    allowed = _api(account).read("get_repository_policy", repositoryName=name) or {}
    scanning = described.get("imageScanningConfiguration")
    properties = {
        **pascal(pick(described, "repositoryName", "imageTagMutability", "encryptionConfiguration")),
        "ImageScanningConfiguration": pascal(scanning),
        "ImageTagMutabilityExclusionFilters": [
            {
                "ImageTagMutabilityExclusionFilterType": each["filterType"],
                "ImageTagMutabilityExclusionFilterValue": each["filter"],
            }
            for each in described.get("imageTagMutabilityExclusionFilters", [])
        ],
        # The schema wants text: always the same for the same rules.
        "LifecyclePolicy": {"LifecyclePolicyText": lifecycle and as_text(parsed(lifecycle["lifecyclePolicyText"]))},
        "RepositoryPolicyText": policy(allowed.get("policyText")),
    }
    attributes = {"Arn": described["repositoryArn"], "RepositoryUri": described.get("repositoryUri")}
    return Found("AWS::ECR::Repository", name, properties, tags, name, attributes)


@reader(_REPLICATION, of="AWS::ECR::Repository")
def replications(account, repository):
    """Find the rules that copy a repository by its name. A rule without filters copies everybody's, and belongs to nobody.

    Rules have no tags and no ids: they go by their filters, and those with the same filters together.
    The schema does not say whether deletions are copied.
    """
    registry = account.once("registry", lambda: _api(account).read("describe_registry"))
    by_filters = {}
    for rule in registry.get("replicationConfiguration", {}).get("rules", []):
        prefixes = tuple(sorted(each["filter"] for each in rule.get("repositoryFilters", [])))
        by_filters.setdefault(prefixes, []).append(pascal(pick(rule, "destinations", "repositoryFilters")))
    for prefixes, rules in by_filters.items():
        if repository.id.startswith(prefixes):
            identity, name = f"{account.region}/{','.join(prefixes)}", " ".join(prefixes)
            yield Found(_REPLICATION, identity, {"ReplicationConfiguration": {"Rules": rules}}, name=name)


def images(account, repository, running):
    """Return the images of a repository, the newest last; after them those that services run: [{digest, tags}]."""
    described = account.api("ecr", _NONE).pages("describe_images", "imageDetails", repositoryName=repository)
    ordered = sorted(described, key=lambda each: (each["imageDigest"] in running, str(each["imagePushedAt"])))
    return [{"digest": each["imageDigest"], "tags": sorted(each.get("imageTags", []))} for each in ordered]
