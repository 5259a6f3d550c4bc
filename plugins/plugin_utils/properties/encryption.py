# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What lies in storage is encrypted with keys of the environment, and what is written down about it cannot be rewritten."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import policies
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.balancing import attribute
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import (
    BUCKET,
    CLUSTER,
    LOAD_BALANCER,
    LOG_GROUP,
    PIPELINE,
    REPOSITORY,
    SECRET,
    TOPIC,
    TRAIL,
    missing,
)
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import prop

# Where each kind names its key.
_KEYS = {
    CLUSTER: "Configuration.ManagedStorageConfiguration.FargateEphemeralStorageKmsKeyId",
    LOG_GROUP: "KmsKeyId",
    PIPELINE: "ArtifactStore.EncryptionKey.Id",
    REPOSITORY: "EncryptionConfiguration.KmsKey",
    SECRET: "KmsKeyId",
    TOPIC: "KmsMasterKeyId",
    TRAIL: "KMSKeyId",
    "AWS::Backup::BackupVault": "EncryptionKeyArn",
    "AWS::EFS::FileSystem": "KmsKeyId",
    "AWS::RDS::DBInstance": "KmsKeyId",
}
_NEEDED = {CLUSTER: "cluster", REPOSITORY: "image repository", LOG_GROUP: "log group", BUCKET: "bucket"}
_DELETING = {"s3:DeleteBucket": "", "s3:DeleteObject": "/*", "s3:DeleteObjectVersion": "/*"}  # of the bucket, or of what is in it
_MFA_DELETE = "S3_BUCKET_MFA_DELETE_ENABLED"  # AWS's own rule


def judged_key(environment, resource, value):
    """Judge whether a value is a customer key of the environment."""
    key = environment.key(value)
    return resource.judged(key, f"key {key.logical}" if key else f"{spelled(value) or 'no key'}, not a key of the environment")


@prop(
    5,
    "KMS encryption at rest",
    controls=("AU-9", "SC-13", "SC-28", "CC6.6"),
    corrected=(
        "Buckets that receive the access logs of load balancers or of other buckets are encrypted with keys of S3 itself: AWS"
        " delivers those logs to nothing else."
    ),
)
def encrypted(environment):
    """Storage of tasks, repositories, secrets, log groups, topics, trails, artifacts of pipelines and buckets are encrypted with
    customer keys of the environment; so are the copies of secrets in other regions, with keys there."""
    for kind, what in _NEEDED.items():
        yield from environment.some(kind, what)[1]
    for kind, path in _KEYS.items():
        for each in environment.resources(kind):
            yield judged_key(environment, each, each.get(path))
    receiving = _receiving(environment)
    for each in environment.resources(BUCKET):
        algorithm, key = encryption_of(each)
        if each in receiving and algorithm == "AES256":
            yield each.judged(True, "receives access logs: a key of S3")
        else:
            yield judged_key(environment, each, key)
    for secret in environment.resources(SECRET):
        for each in secret.get("ReplicaRegions", []):
            key = spelled(each.get("KmsKeyId"))
            yield secret.judged(key, f"copy in {spelled(each['Region'])}: {key or 'no key'}")


def encryption_of(bucket):
    """Return how a bucket encrypts by default: (algorithm, key)."""
    rules = bucket.get("BucketEncryption.ServerSideEncryptionConfiguration", [])
    told = rules[0].get("ServerSideEncryptionByDefault", {}) if rules else {}
    return told.get("SSEAlgorithm"), told.get("KMSMasterKeyID")


def _receiving(environment):
    """Return the buckets to which AWS delivers access logs."""
    names = [attribute(each, "LoadBalancerAttributes", "access_logs.s3.bucket") for each in environment.resources(LOAD_BALANCER)]
    names += [each.get("LoggingConfiguration.DestinationBucketName") for each in environment.resources(BUCKET)]
    return environment.targets([name for name in names if name], BUCKET)


@prop(52, "CloudTrail encryption", controls=("AU-2", "AU-9", "SC-13", "SC-28", "CC6.6"))
def trail_encrypted(environment):
    """Every trail records, and is encrypted with a customer key of the environment."""
    trails, faults = environment.some(TRAIL, "trail")
    yield from faults
    for each in trails:
        if each.get("IsLogging") is False:
            yield each.judged(False, "does not record")
        yield judged_key(environment, each, each.get("KMSKeyId"))


@prop(
    53,
    "CloudTrail S3 bucket security",
    controls=("AU-9",),
    corrected=(
        "Only the root user can switch MFA delete on, with long-lived keys that a root user should not have. In its place: object"
        " lock with a default retention, and a policy that denies deletion to everybody. A rule of AWS Config reports MFA delete."
    ),
)
def trail_kept(environment):
    """The bucket of every trail has versions, object lock with a default retention, and a policy that denies deletion to everybody
    without conditions; a rule of AWS Config reports whether MFA delete is on."""
    trails, faults = environment.some(TRAIL, "trail")
    yield from faults
    for trail in trails:
        bucket = environment.target(trail.get("S3BucketName"), BUCKET)
        if not bucket:
            yield trail.judged(False, "its bucket is not the environment's")
            continue
        versions = bucket.get("VersioningConfiguration.Status")
        yield bucket.judged(versions == "Enabled", f"versioning {versions or 'off'}")
        kept = bucket.get("ObjectLockConfiguration.Rule.DefaultRetention", {})
        days = kept.get("Days") or (kept.get("Years") or 0) * 365
        yield bucket.judged(kept.get("Mode") and days, f"object lock {kept.get('Mode', 'off')}, {days} days")
        possible = [action for action in _DELETING if not _denied(environment, bucket, action)]
        yield bucket.judged(not possible, f"not denied to everybody: {', '.join(possible) or 'nothing'}")
    rules = environment.resources("AWS::Config::ConfigRule")
    reporting = [each for each in rules if each.get("Source.SourceIdentifier") == _MFA_DELETE]
    yield reporting[0].judged(True, "reports MFA delete") if reporting else missing(f"Config rule {_MFA_DELETE}")


def _denied(environment, bucket, action):
    """Tell whether the policy of a bucket denies an action to everybody, always."""
    found = environment.resources("AWS::S3::BucketPolicy")
    own = [each for each in found if environment.target(each.get("Bucket"), BUCKET) is bucket]
    rows = [one for each in own for one in policies.statements(each.get("PolicyDocument"))]
    denying = [one for one in rows if one.refuses_everybody and one.covers(action)]
    return any(_about(environment, bucket, value, _DELETING[action]) for one in denying for value in one.resources)


def _about(environment, bucket, value, what):
    """Tell whether a statement's resource is a bucket, or what is in it."""
    text = spelled(value)
    return text == "*" or (environment.target(value, BUCKET) is bucket and text.endswith("/*") == bool(what))
