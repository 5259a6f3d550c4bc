# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

from ansible_collections.slipway.aws.plugins.module_utils.readers import secretsmanager
from ansible_collections.slipway.aws.tests.support import rotation
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

SECRET, SCHEDULE = "AWS::SecretsManager::Secret", "AWS::SecretsManager::RotationSchedule"
POLICY, INSTANCE = "AWS::SecretsManager::ResourcePolicy", "AWS::RDS::DBInstance"
VALUE = "nobody may read this"


def secret(aws, **more):
    made = aws.run("secretsmanager_secret", name="shop-dev/orders/key", value=VALUE, tags=OURS, **more)
    assert made.changed, made.msg
    return made.secret["arn"]


def test_a_secret_comes_back_with_its_policy_and_without_its_value(aws):
    read = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "secretsmanager:GetSecretValue"}
    document = {"Version": "2012-10-17", "Statement": [{**read, "Resource": "*"}]}
    secret(aws, description="Signs tokens", policy=document, replicas=[{"region": "eu-west-1"}])
    with aws.recorded() as sent:
        found = read_back(aws, SECRET, POLICY, SCHEDULE)
    assert "GetSecretValue" not in sent.operations
    assert VALUE not in json.dumps(found)
    assert found == {
        "StorageSecretOrdersKey": {
            "Description": "Signs tokens",
            "Name": "shop-dev/orders/key",
            "ReplicaRegions": [{"Region": "eu-west-1"}],
            "Tags": PAIRS,
        },
        "StorageResourcePolicyOrdersKey": {
            "ResourcePolicy": {
                "Statement": [
                    {
                        **read,
                        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
                        "Resource": "*",
                    }
                ],
                "Version": "2012-10-17",
            },
            "SecretId": {"Ref": "StorageSecretOrdersKey"},
        },
    }


def test_a_copy_from_another_region_is_part_of_its_original(aws):
    secret(aws, replicas=[{"region": "eu-west-1"}])
    assert read_back(aws, SECRET, region="eu-west-1") == {}


def test_a_rotation_comes_back_with_its_function(aws):
    arn, function = secret(aws), rotation.function(aws)
    rotate = {"name": arn, "rotation_lambda_arn": function, "rotate_immediately": False}
    assert aws.run("secretsmanager_rotation_schedule", schedule_expression="rate(10 days)", duration="2h", **rotate).changed
    found = read_back(aws, SCHEDULE)
    assert "rotate" in json.dumps(found["StorageRotationScheduleOrdersKey"].pop("RotationLambdaARN"))
    assert found == {
        "StorageRotationScheduleOrdersKey": {
            "RotationRules": {"Duration": "2h", "ScheduleExpression": "rate(10 days)"},
            "SecretId": {"Ref": "StorageSecretOrdersKey"},
        }
    }


def test_the_secret_of_a_database_is_of_rds_and_its_schedule_is_ours(aws):
    instance = {"engine": "mysql", "db_instance_class": "db.t3.micro", "allocated_storage": 20, "master_username": "app"}
    made = aws.run("rds_instance", name="shop-dev", manage_master_user_password=True, tags=OURS, **instance)
    assert made.changed, made.msg
    arn = made.instance["master_user_secret"]["secret_arn"]
    aws.client("secretsmanager").tag_resource(SecretId=arn, Tags=PAIRS)  # RDS lets people do so
    assert aws.run("secretsmanager_rotation_schedule", name=arn, automatically_after_days=30).changed
    assert read_back(aws, SECRET, SCHEDULE) == {
        "StorageRotationSchedule": {
            "RotationRules": {"AutomaticallyAfterDays": 30},
            "SecretId": {"Fn::GetAtt": ["StorageDBInstance", "MasterUserSecret.SecretArn"]},
        }
    }


def test_a_secret_on_its_way_out_is_not_there(aws):
    secret(aws)
    aws.run("secretsmanager_secret", name="shop-dev/orders/key", state="absent", recovery_window_days=7)
    assert read_back(aws, SECRET) == {}


def test_days_that_aws_calculates_from_an_expression_are_not_a_rule():
    rules = {"AutomaticallyAfterDays": 10, "ScheduleExpression": "rate(10 days)"}
    found = next(secretsmanager._schedule({"ARN": "arn:aws:x", "RotationEnabled": True, "RotationRules": rules}, "key"))
    assert found.properties["RotationRules"] == {"ScheduleExpression": "rate(10 days)", "Duration": None}
