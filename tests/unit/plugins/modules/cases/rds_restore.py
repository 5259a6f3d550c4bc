# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.chain import RESTS, Action
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases import rds_backup_replication
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_snapshot_copy import snapshots


def prepare(aws):
    snapshots(aws, "us-east-1")
    return {"name": "rescue"}


def a_minute_ago(option):
    def options(aws, _so_far):
        CLOCK.advance(900)
        moment = CLOCK.now().timestamp() - 400
        return {**option, "restore_time": f"{CLOCK.now().fromtimestamp(moment, CLOCK.now().tzinfo):%Y-%m-%dT%H:%M:%SZ}"}

    return options


def replicated(aws, _so_far):
    rds_backup_replication.shop(aws)
    key = rds_backup_replication.keys(aws)[0]
    made = aws.run("rds_backup_replication", name="shop", source_region="us-west-2", kms_key_id=key)
    CLOCK.advance(900)
    return {"automated_backups_arn": made.backup_replication["arn"]}


ENGINE = {"settings": {"engine": "aurora-mysql"}}

ACTION = Action(
    prepare=prepare,
    does=[
        ({"snapshot": "shop"}, RESTS),
        ({"snapshot": "shop", "tags": {"Project": "Shop"}, "settings": {"db_instance_class": "db.t3.large"}}, RESTS),
        ({"snapshot": "shop", "tags": {}}, RESTS),
        ({"source": "shop"}, RESTS),
        (a_minute_ago({"source": "shop", "tags": {"Project": "Shop"}}), RESTS),
        (replicated, RESTS),
        ({"kind": "cluster", "snapshot": "orders", **ENGINE, "tags": {"Project": "Shop"}}, RESTS),
        ({"kind": "cluster", "source": "orders"}, RESTS),
        (a_minute_ago({"kind": "cluster", "source": "orders"}), RESTS),
        ({"snapshot": "shop", "wait": False}, RESTS),
    ],
    invalid=[
        ({}, "give snapshot, source or automated_backups_arn"),
        ({"snapshot": "shop", "source": "shop"}, "mutually exclusive"),
        ({"snapshot": "shop", "name": "9lives"}, "name '9lives' cannot be"),
        ({"snapshot": "shop", "restore_time": "2026-11-21T10:15:00Z"}, "restore_time: a snapshot has its own moment"),
        ({"source": "shop", "restore_time": "2026-11-21 10:15"}, "restore_time: '2026-11-21 10:15' is no moment with a zone"),
        ({"kind": "cluster", "automated_backups_arn": "arn:aws:rds:us-east-1:1:auto-backup:ab-1"}, "automated_backups_arn: only"),
        ({"automated_backups_arn": "ab-1"}, "automated_backups_arn 'ab-1' cannot be"),
        ({"kind": "cluster", "snapshot": "orders"}, "settings: engine is needed"),
        ({"snapshot": "shop", "settings": {"db_instance_clas": "db.t3.small"}}, "did you mean db_instance_class?"),
        ({"snapshot": "shop", "settings": {"db_snapshot_identifier": "x"}}, "settings: db_snapshot_identifier is said by"),
        ({"snapshot": "shop", "tags": {"RestoredFrom": "x"}}, "tags: RestoredFrom is kept"),
    ],
)
