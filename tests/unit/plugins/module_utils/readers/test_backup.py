# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.environment import OURS, read_back, untagged

VAULT, PLAN, SELECTION = (f"AWS::Backup::Backup{kind}" for kind in ("Vault", "Plan", "Selection"))
NOBODY_DELETES = {"Effect": "Deny", "Principal": "*", "Action": ["backup:DeleteRecoveryPoint"], "Resource": "*"}


def made(aws, module, **options):
    result = aws.run(module, **{"name": "shop-dev", "tags": OURS, **options})
    assert not result.failed, result.msg


def test_a_vault_comes_back_with_policy_notifications_and_lock(aws):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    topic = aws.run("sns_topic", name="shop-dev-backups", tags=OURS).topic["arn"]
    told = {"sns_topic_arn": topic, "backup_vault_events": ["RESTORE_JOB_COMPLETED", "BACKUP_JOB_COMPLETED"]}
    policy = {"Version": "2012-10-17", "Statement": [NOBODY_DELETES]}
    made(aws, "backup_vault", encryption_key_arn=key, policy=policy, notifications=told)
    aws.client("backup").put_backup_vault_lock_configuration(BackupVaultName="shop-dev", MinRetentionDays=7, MaxRetentionDays=90)
    found = read_back(aws, VAULT)["StorageBackupVault"]
    assert found.pop("EncryptionKeyArn")["Fn::Sub"].startswith("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/")
    assert found == {
        "AccessPolicy": {
            "Version": "2012-10-17",
            "Statement": [{**NOBODY_DELETES, "Action": "backup:DeleteRecoveryPoint"}],
        },
        "BackupVaultName": "shop-dev",
        "BackupVaultTags": OURS,
        "LockConfiguration": {"MaxRetentionDays": 90, "MinRetentionDays": 7},
        "Notifications": {
            "BackupVaultEvents": ["BACKUP_JOB_COMPLETED", "RESTORE_JOB_COMPLETED"],
            "SNSTopicArn": {"Ref": "StorageTopicBackups"},
        },
    }


def test_a_plan_comes_back_with_what_it_backs_up(aws):
    made(aws, "backup_vault")
    daily = {
        "rule_name": "daily",
        "target_backup_vault_name": "shop-dev",
        "schedule_expression": "cron(0 2 * * ? *)",
        "lifecycle": {"delete_after_days": 7},
        "recovery_point_tags": {"kept-for": "a week"},
        "copy_actions": [{"destination_backup_vault_arn": "arn:aws:backup:eu-west-1:123456789012:backup-vault:far"}],
    }
    made(aws, "backup_plan", rules=[daily])
    trust = {"Version": "2012-10-17", "Statement": []}
    role = aws.client("iam").create_role(RoleName="shop-dev-backup", AssumeRolePolicyDocument=str(trust).replace("'", '"'))
    conditions = {"Project": "Shop", "Environment": "dev"}
    selected = {"iam_role_arn": role["Role"]["Arn"], "resources": ["*"], "conditions": conditions}
    result = aws.run("backup_selection", name="platform", plan="shop-dev", **selected)
    assert not result.failed, result.msg
    found = {logical: untagged(each) for logical, each in read_back(aws, PLAN, SELECTION).items()}
    far = "arn:${AWS::Partition}:backup:eu-west-1:${AWS::AccountId}:backup-vault:far"
    assert found == {
        "StorageBackupPlan": {
            "BackupPlan": {
                "BackupPlanName": "shop-dev",
                "BackupPlanRule": [
                    {
                        "CompletionWindowMinutes": 10080,
                        "CopyActions": [{"DestinationBackupVaultArn": {"Fn::Sub": far}}],
                        "Lifecycle": {"DeleteAfterDays": 7},
                        "RecoveryPointTags": {"kept-for": "a week"},
                        "RuleName": "daily",
                        "ScheduleExpression": "cron(0 2 * * ? *)",
                        "ScheduleExpressionTimezone": "Etc/UTC",
                        "StartWindowMinutes": 480,
                        "TargetBackupVault": "shop-dev",
                    }
                ],
            }
        },
        "StorageBackupSelectionPlatform": {
            "BackupPlanId": {"Ref": "StorageBackupPlan"},
            "BackupSelection": {
                "Conditions": {
                    "StringEquals": [
                        {"ConditionKey": "aws:ResourceTag/Environment", "ConditionValue": "dev"},
                        {"ConditionKey": "aws:ResourceTag/Project", "ConditionValue": "Shop"},
                    ]
                },
                "IamRoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/shop-dev-backup"},
                "Resources": ["*"],
                "SelectionName": "platform",
            },
        },
    }


def test_those_of_others_are_left_alone(aws):
    made(aws, "backup_vault", tags={"Project": "Other"})
    assert read_back(aws, VAULT, PLAN, SELECTION) == {}
