# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Buckets: every setting has an operation of its own, and the schema has other names for most of them."""

from __future__ import annotations

from datetime import date

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, policy, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, meant, unordered

unordered(
    "AWS::S3::Bucket",
    "CorsConfiguration.CorsRules",
    "CorsConfiguration.CorsRules.AllowedHeaders",
    "CorsConfiguration.CorsRules.AllowedMethods",
    "CorsConfiguration.CorsRules.AllowedOrigins",
    "CorsConfiguration.CorsRules.ExposedHeaders",
    "LifecycleConfiguration.Rules",
    "LifecycleConfiguration.Rules.NoncurrentVersionTransitions",
    "LifecycleConfiguration.Rules.TagFilters",
    "LifecycleConfiguration.Rules.Transitions",
    "NotificationConfiguration.LambdaConfigurations",
    "NotificationConfiguration.QueueConfigurations",
    "NotificationConfiguration.TopicConfigurations",
    "ReplicationConfiguration.Rules",
    "ReplicationConfiguration.Rules.Filter.And.TagFilters",
)
defaults(
    "AWS::S3::Bucket",
    BucketEncryption={
        "ServerSideEncryptionConfiguration": [
            {"BucketKeyEnabled": False, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},
        ],
    },
    OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
)
meant("AWS::S3::Bucket", "Filter", "SimplePrefix")

_NONE = (
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NoSuchWebsiteConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
)


def _api(account):
    return account.api("s3", _NONE)


@reader("AWS::S3::Bucket")
def buckets(account):
    """Find buckets of the region."""
    here = _api(account).pages("list_buckets", "Buckets", BucketRegion=account.region)
    names = [each["Name"] for each in here if each.get("BucketRegion", account.region) == account.region]
    tags = side_by_side(lambda name: (_api(account).read("get_bucket_tagging", Bucket=name) or {}).get("TagSet"), names)
    ours = [(name, carried) for name, carried in zip(names, tags, strict=True) if carried and account.ours(carried)]
    return side_by_side(lambda one: _bucket(account, *one), ours)


def _bucket(account, name, tags):
    properties = {"BucketName": name}
    for property_, (operation, convert) in _SETTINGS.items():
        properties[property_] = convert(_api(account).read(operation, Bucket=name) or {})
    properties["ObjectLockEnabled"] = True if properties["ObjectLockConfiguration"] else None
    attributes = {
        "Arn": f"arn:{account.partition}:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{account.region}.amazonaws.com",
    }
    return Found("AWS::S3::Bucket", name, properties, tags, name, attributes)


@reader("AWS::S3::BucketPolicy", of="AWS::S3::Bucket")
def policies(account, bucket):
    """Find the policy of a bucket."""
    found = _api(account).read("get_bucket_policy", Bucket=bucket.id)
    if found:
        properties = {"Bucket": bucket.id, "PolicyDocument": policy(found["Policy"])}
        yield Found("AWS::S3::BucketPolicy", bucket.id, properties, None, bucket.name)


# What the API tells, in the names of the schema


def _encryption(told):
    rules = told.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    names = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {
        "ServerSideEncryptionConfiguration": [pick(rule, "BucketKeyEnabled", "BlockedEncryptionTypes", **names) for rule in rules]
    }


def _logging(told):
    names = {"DestinationBucketName": "TargetBucket", "LogFilePrefix": "TargetPrefix"}
    return pick(told.get("LoggingEnabled", {}), "TargetObjectKeyFormat", **names)


def _lifecycle(told):
    if not told.get("Rules"):
        return None
    size = told.get("TransitionDefaultMinimumObjectSize")
    return {"Rules": [_lifecycle_rule(rule) for rule in told["Rules"]], "TransitionDefaultMinimumObjectSize": size}


def _lifecycle_rule(rule):
    filters = rule.get("Filter") or {}
    every = {**filters, **filters.get("And", {})}
    tags = [*([every["Tag"]] if "Tag" in every else []), *every.get("Tags", [])]
    expiration = rule.get("Expiration", {})
    later = [
        pick(each, "StorageClass", "NewerNoncurrentVersions", TransitionInDays="NoncurrentDays")
        for each in rule.get("NoncurrentVersionTransitions", [])
    ]
    return {
        **pick(rule, "Status", "AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration", Id="ID"),
        **pick(expiration, "ExpiredObjectDeleteMarker", ExpirationInDays="Days"),
        "ExpirationDate": _day(expiration.get("Date")),
        "Prefix": every.get("Prefix") or rule.get("Prefix"),
        "TagFilters": tags,
        **{name: str(every[name]) for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan") if name in every},
        "Transitions": [_transition(each) for each in rule.get("Transitions", [])],
        "NoncurrentVersionTransitions": later,
    }


def _transition(told):
    return {**pick(told, "StorageClass", TransitionInDays="Days"), "TransitionDate": _day(told.get("Date"))}


def _day(when):
    return when.strftime("%Y-%m-%dT00:00:00Z") if isinstance(when, date) else when


def _cors(told):
    names = ("AllowedHeaders", "AllowedMethods", "AllowedOrigins")
    others = {"ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"}
    return {"CorsRules": [pick(rule, *names, **others) for rule in told.get("CORSRules", [])]}


def _website(told):
    return {
        "ErrorDocument": told.get("ErrorDocument", {}).get("Key"),
        "IndexDocument": told.get("IndexDocument", {}).get("Suffix"),
        "RedirectAllRequestsTo": told.get("RedirectAllRequestsTo"),
        "RoutingRules": [
            pick(rule, RedirectRule="Redirect", RoutingRuleCondition="Condition") for rule in told.get("RoutingRules", [])
        ],
    }


def _notifications(told):
    kinds = {
        "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
        "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
        "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
    }
    found = {
        schema: [_notification(each, event, target, arn) for each in told.get(listed, []) for event in each["Events"]]
        for schema, (listed, target, arn) in kinds.items()
    }
    if "EventBridgeConfiguration" in told:
        found["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}
    return found


def _notification(told, event, target, arn):
    rules = told.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return {"Event": event, target: told[arn], **({"Filter": {"S3Key": {"Rules": rules}}} if rules else {})}


def _replication(told):
    found = told.get("ReplicationConfiguration", {})
    return {"Role": found.get("Role"), "Rules": [_replication_rule(rule) for rule in found.get("Rules", [])]}


def _replication_rule(rule):
    names = ("DeleteMarkerReplication", "Destination", "Prefix", "Priority", "SourceSelectionCriteria", "Status")
    found = pick(rule, *names, Id="ID")
    if "Filter" in rule:
        told = rule["Filter"]
        both = pick(told["And"], "Prefix", TagFilters="Tags") if "And" in told else None
        found["Filter"] = {**pick(told, "Prefix", TagFilter="Tag"), "And": both}
    return found


_SETTINGS = {
    "BucketEncryption": ("get_bucket_encryption", _encryption),
    "CorsConfiguration": ("get_bucket_cors", _cors),
    "LifecycleConfiguration": ("get_bucket_lifecycle_configuration", _lifecycle),
    "LoggingConfiguration": ("get_bucket_logging", _logging),
    "NotificationConfiguration": ("get_bucket_notification_configuration", _notifications),
    "ObjectLockConfiguration": ("get_object_lock_configuration", lambda told: told.get("ObjectLockConfiguration")),
    "OwnershipControls": ("get_bucket_ownership_controls", lambda told: told.get("OwnershipControls")),
    "PublicAccessBlockConfiguration": ("get_public_access_block", lambda told: told.get("PublicAccessBlockConfiguration")),
    "ReplicationConfiguration": ("get_bucket_replication", _replication),
    "VersioningConfiguration": ("get_bucket_versioning", lambda told: pick(told, "Status")),
    "WebsiteConfiguration": ("get_bucket_website", _website),
}
