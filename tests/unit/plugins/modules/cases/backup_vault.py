# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

TOPIC = "arn:aws:sns:us-east-1:123456789012:backups"
NOBODY_DELETES = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}],
}
NOBODY_COPIES = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "backup:CopyIntoBackupVault", "Resource": "*"}],
}


def prepare(aws):
    """Make a key for the vault, and another one."""
    kms = aws.client("kms")
    CHAIN.refused[:] = [({"encryption_key_arn": kms.create_key()["KeyMetadata"]["Arn"]}, "cannot be changed in place")]
    return {"encryption_key_arn": kms.create_key()["KeyMetadata"]["Arn"]}


CHAIN = Chain(
    create={"name": "shop"},
    changes=[
        {"policy": NOBODY_DELETES},
        {"policy": NOBODY_COPIES},
        {"policy": {}},
        {"notifications": {"sns_topic_arn": TOPIC, "backup_vault_events": ["BACKUP_JOB_FAILED"]}},
        {"notifications": {"sns_topic_arn": TOPIC, "backup_vault_events": ["RESTORE_JOB_COMPLETED", "BACKUP_JOB_FAILED"]}},
        {"notifications": {}},
    ],
    refused=[({"encryption_key_arn": "set in prepare"}, "cannot be changed in place")],
    invalid=[
        ({"name": "shop dev"}, "name 'shop dev' has from 2 to 50"),
        ({"policy": "everybody"}, "policy is not JSON"),
        ({"policy": {"Deny": "all"}}, "policy has no Statement"),
        ({"notifications": {"sns_topic_arn": TOPIC}}, "sns_topic_arn and backup_vault_events belong together"),
        (
            {"notifications": {"sns_topic_arn": TOPIC, "backup_vault_events": ["BACKUP_JOB_LOST"]}},
            "notifications: BACKUP_JOB_LOST is no event",
        ),
        (
            {"notifications": {"sns_topic_arn": f"{TOPIC}.fifo", "backup_vault_events": ["BACKUP_JOB_FAILED"]}},
            "is a FIFO topic",
        ),
    ],
    at_creation={"encryption_key_arn"},
    prepare=prepare,
)
