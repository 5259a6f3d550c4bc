# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Log groups: keys that have to be there and to allow it, classes, protection, retention, tags."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.logs_log_group import ROOT, key


@pytest.fixture
def logs(aws):
    client = aws.client("logs")
    client.create_log_group(logGroupName="web", tags={"Project": "Shop"})
    return client


def group(logs, name="web"):
    return logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]


def refused(call, code, words=None, **parameters):
    with pytest.raises(ClientError, match=words) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == code


def test_a_key_is_associated_replaced_and_taken_away(aws, logs):
    first, second = key(aws), key(aws)
    for arn in (first, second):
        logs.associate_kms_key(logGroupName="web", kmsKeyId=arn)
        assert group(logs)["kmsKeyId"] == arn
    logs.disassociate_kms_key(resourceIdentifier=group(logs)["logGroupArn"])
    assert "kmsKeyId" not in group(logs)


@pytest.mark.parametrize("spoil", ["missing", "disabled", "silent", "elsewhere", "other service", "asymmetric"])
def test_a_key_that_cannot_be_used_is_refused(aws, logs, spoil):
    arn = key(aws, ROOT) if spoil == "silent" else key(aws)
    kms = aws.client("kms")
    if spoil == "missing":
        arn = arn[:-4] + "0000"
    elif spoil == "disabled":
        kms.disable_key(KeyId=arn)
    elif spoil == "elsewhere":
        arn = aws.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    elif spoil == "other service":
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
            "Action": "kms:*",
            "Resource": "*",
        }
        arn = key(aws, ROOT, statement)
    elif spoil == "asymmetric":
        arn = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]
    refused(logs.associate_kms_key, "InvalidParameterException", logGroupName="web", kmsKeyId=arn)
    refused(logs.create_log_group, "InvalidParameterException", logGroupName="other", kmsKeyId=arn)
    assert "kmsKeyId" not in group(logs)


def test_a_group_and_not_two_kinds_of_target(aws, logs):
    arn = key(aws)
    refused(logs.associate_kms_key, "InvalidParameterException", "Exactly one", kmsKeyId=arn)
    refused(logs.associate_kms_key, "ResourceNotFoundException", logGroupName="none", kmsKeyId=arn)
    refused(logs.associate_kms_key, "NotImplemented", resourceIdentifier="arn:aws:logs:us-east-1:1:query-result:*", kmsKeyId=arn)


def test_classes(logs):
    logs.create_log_group(logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
    logs.create_log_group(logGroupName="through", logGroupClass="DELIVERY")
    assert [group(logs, name)["logGroupClass"] for name in ("web", "rare", "through")] == [
        "STANDARD",
        "INFREQUENT_ACCESS",
        "DELIVERY",
    ]
    listed = logs.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"]
    assert [each["logGroupName"] for each in listed] == ["rare"]
    assert group(logs, "through")["retentionInDays"] == 1
    refused(logs.put_retention_policy, "InvalidParameterException", "DELIVERY", logGroupName="through", retentionInDays=7)


def test_a_protected_group_is_not_deleted(logs):
    logs.put_log_group_deletion_protection(logGroupIdentifier="web", deletionProtectionEnabled=True)
    refused(logs.delete_log_group, "ValidationException", "protected", logGroupName="web")
    logs.put_log_group_deletion_protection(logGroupIdentifier=group(logs)["logGroupArn"], deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="web")
    assert logs.describe_log_groups()["logGroups"] == []


def test_only_some_numbers_of_days_are_taken(logs):
    refused(logs.put_retention_policy, "InvalidParameterException", logGroupName="web", retentionInDays=31)
    logs.put_retention_policy(logGroupName="web", retentionInDays=30)
    assert group(logs)["retentionInDays"] == 30
    logs.delete_retention_policy(logGroupName="web")
    assert "retentionInDays" not in group(logs)


def test_a_new_group_has_no_tags_of_an_old_one(logs):
    arn = group(logs)["logGroupArn"]
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"Project": "Shop"}
    logs.delete_log_group(logGroupName="web")
    refused(logs.list_tags_for_resource, "ResourceNotFoundException", resourceArn=arn)
    logs.create_log_group(logGroupName="web")
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {}


def test_names(logs):
    refused(logs.create_log_group, "ResourceAlreadyExistsException", logGroupName="web")
    for name in ("a b", "aws/x"):
        refused(logs.create_log_group, "InvalidParameterException", logGroupName=name)


def test_groups_come_in_order_page_by_page(logs):
    for number in range(4):
        logs.create_log_group(logGroupName=f"web-{3 - number}")
    first = logs.describe_log_groups(limit=3)
    rest = logs.describe_log_groups(limit=3, nextToken=first["nextToken"])
    names = [each["logGroupName"] for page in (first, rest) for each in page["logGroups"]]
    assert names == ["web", "web-0", "web-1", "web-2", "web-3"]
    assert "nextToken" not in rest
