# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.backup_plan import DAILY

ROLE = "arn:aws:iam::123456789012:role/backup"


def prepare(aws):
    aws.client("backup").create_backup_vault(BackupVaultName="shop")
    aws.run("backup_plan", name="shop", rules=[DAILY])
    return {}


CHAIN = Chain(
    create={"name": "all", "plan": "shop", "iam_role_arn": ROLE, "resources": ["*"], "conditions": {"Project": "Shop"}},
    replaced=[
        {"conditions": {"Project": "Shop", "Environment": "dev"}},
        {"conditions": {}, "list_of_tags": {"Backup": "true"}},
        {"resources": ["arn:aws:rds:*:*:db:*", "arn:aws:s3:::shop"]},
        {"not_resources": ["arn:aws:rds:*:*:db:scratch"]},
        {"iam_role_arn": f"{ROLE}-2"},
    ],
    at_creation={"plan"},
    prepare=prepare,
    tagged=False,
)
