# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

BUCKET, POLICY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy"
ACCOUNT = "123456789012"


def bucket(aws, name, tags=True):
    aws.client("s3").create_bucket(Bucket=name, ObjectOwnership="BucketOwnerEnforced")
    if tags:
        aws.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": PAIRS})
    return name


def test_a_bucket_comes_back_with_all_its_settings(aws):
    s3, name = aws.client("s3"), bucket(aws, f"shop-dev-photos-{ACCOUNT}")
    topic = aws.run("sns_topic", name="shop-dev-events", tags=OURS).topic["arn"]
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"}
    rules = [{"ApplyServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    block = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    cors = {
        "AllowedMethods": ["PUT", "GET"],
        "AllowedOrigins": ["https://shop.example"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 60,
    }
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [cors]})
    website = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
    s3.put_bucket_website(Bucket=name, WebsiteConfiguration=website)
    created = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"TopicConfigurations": [created]})
    assert read_back(aws, BUCKET) == {
        "StorageBucketPhotos": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "BucketKeyEnabled": True,
                        "ServerSideEncryptionByDefault": {
                            "KMSMasterKeyID": {"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/1"},
                            "SSEAlgorithm": "aws:kms",
                        },
                    }
                ]
            },
            "BucketName": {"Fn::Sub": "shop-dev-photos-${AWS::AccountId}"},
            "CorsConfiguration": {
                "CorsRules": [
                    {
                        "AllowedMethods": ["GET", "PUT"],
                        "AllowedOrigins": ["https://shop.example"],
                        "ExposedHeaders": ["ETag"],
                        "MaxAge": 60,
                    }
                ]
            },
            "NotificationConfiguration": {
                "TopicConfigurations": [{"Event": "s3:ObjectCreated:*", "Topic": {"Ref": "StorageTopicEvents"}}]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": block,
            "Tags": PAIRS,
            "VersioningConfiguration": {"Status": "Enabled"},
            "WebsiteConfiguration": {"ErrorDocument": "error.html", "IndexDocument": "index.html"},
        }
    }


def test_a_life_cycle_comes_back_in_the_names_of_the_schema(aws):
    name = bucket(aws, "shop-dev-photos")
    later = {"days": 30, "storage_class": "GLACIER"}
    noncurrent = {"noncurrent_days": 10, "newer_noncurrent_versions": 2}
    rules = [
        {"id": "old", "prefix": "old/", "tags": {"Kind": "raw"}, "expiration": {"days": 90}, "transitions": [later]},
        {"id": "clean-up", "object_size_greater_than": 1000, "noncurrent_version_expiration": noncurrent},
    ]
    assert aws.run("s3_bucket_lifecycle", name=name, rules=rules).changed
    found = read_back(aws, BUCKET)["StorageBucketPhotos"]["LifecycleConfiguration"]
    assert found == {
        "Rules": [
            {
                "ExpirationInDays": 90,
                "Id": "old",
                "Prefix": "old/",
                "Status": "Enabled",
                "TagFilters": [{"Key": "Kind", "Value": "raw"}],
                "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}],
            },
            {
                "Id": "clean-up",
                "NoncurrentVersionExpiration": {"NewerNoncurrentVersions": 2, "NoncurrentDays": 10},
                "ObjectSizeGreaterThan": "1000",
                "Status": "Enabled",
            },
        ],
        "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K",
    }


def test_logging_and_replication_name_their_places(aws):
    s3 = aws.client("s3")
    for name in ("shop-dev-photos", "shop-dev-logs", "shop-dev-copy"):
        s3.put_bucket_versioning(Bucket=bucket(aws, name), VersioningConfiguration={"Status": "Enabled"})
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = aws.client("iam").create_role(RoleName="shop-dev-copy", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    own = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject"}
    own |= {"Resource": "arn:aws:s3:::shop-dev-logs/*", "Condition": {"StringEquals": {"aws:SourceAccount": [ACCOUNT]}}}
    s3.put_bucket_policy(Bucket="shop-dev-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": own}))
    status = {"LoggingEnabled": {"TargetBucket": "shop-dev-logs", "TargetPrefix": "s3/"}}
    s3.put_bucket_logging(Bucket="shop-dev-photos", BucketLoggingStatus=status)
    rule = {"id": "all", "destination": {"bucket": "arn:aws:s3:::shop-dev-copy"}, "priority": 0}
    result = aws.run("s3_bucket_replication", name="shop-dev-photos", role=role, rules=[rule])
    assert not result.failed, result.msg
    found = read_back(aws, BUCKET, POLICY)
    photos = found["StorageBucketPhotos"]
    assert photos["LoggingConfiguration"] == {"DestinationBucketName": "shop-dev-logs", "LogFilePrefix": "s3/"}
    assert photos["ReplicationConfiguration"]["Rules"] == [
        {
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": {"Fn::GetAtt": ["StorageBucketCopy", "Arn"]}},
            "Filter": {},
            "Id": "all",
            "Priority": 0,
            "Status": "Enabled",
        }
    ]
    assert found["StorageBucketPolicyLogs"] == {
        "Bucket": "shop-dev-logs",
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "logging.s3.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": {"Fn::Sub": "${StorageBucketLogs.Arn}/*"},
                    "Condition": {"StringEquals": {"aws:SourceAccount": {"Fn::Sub": "${AWS::AccountId}"}}},
                }
            ],
        },
    }


def test_buckets_of_others_and_their_policies_are_left_alone(aws):
    bucket(aws, "someone-elses", tags=False)
    aws.client("s3").put_bucket_tagging(
        Bucket=bucket(aws, "another", tags=False), Tagging={"TagSet": [{"Key": "Project", "Value": "Other"}]}
    )
    assert read_back(aws, BUCKET, POLICY) == {}


def test_what_aws_fills_in_is_marked(aws):
    bucket(aws, "shop-dev-photos")
    found = aws.run("environment_template_info", tags={"Project": "Shop"}, platform="shop-dev")
    assert {"BucketEncryption", "OwnershipControls"} <= set(
        found.template["Resources"]["StorageBucketPhotos"]["Metadata"]["Defaults"]
    )
    assert found.physical["StorageBucketPhotos"] == {"id": "shop-dev-photos", "arn": "arn:aws:s3:::shop-dev-photos"}


def test_a_lock_comes_back_with_its_period(aws):
    name, s3 = "shop-dev-trail", aws.client("s3")
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": PAIRS})
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 365}}}
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    found = read_back(aws, BUCKET)["StorageBucketTrail"]
    assert (found["ObjectLockEnabled"], found["ObjectLockConfiguration"]) == (True, lock)
    assert found["VersioningConfiguration"] == {"Status": "Enabled"}
