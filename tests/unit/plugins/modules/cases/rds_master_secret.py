# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.chain import Chain

PASSWORD = "only-for-a-test"


def prepare(aws):
    rds = aws.client("rds")
    shop = {"DBInstanceClass": "db.t3.micro", "Engine": "mysql", "AllocatedStorage": 20, "MasterUsername": "admin"}
    rds.create_db_instance(DBInstanceIdentifier="shop", **shop, MasterUserPassword=PASSWORD)
    CLOCK.advance(300)
    return {}


CHAIN = Chain(
    create={"name": "shop"},
    refused=[({"kms_key_id": "alias/another"}, "cannot be changed in place")],
    invalid=[
        ({"master_user_password": PASSWORD}, "while RDS manages the password"),
        ({"state": "absent"}, "master_user_password: state=absent needs"),
        ({"state": "absent", "master_user_password": "short"}, "master_user_password: it needs at least 8"),
        ({"state": "absent", "master_user_password": "with/slash"}, "master_user_password: it needs"),
        ({"state": "absent", "master_user_password": PASSWORD, "rotate": True}, "rotate: there is nothing"),
        ({"kind": "table"}, "kind must be one of"),
    ],
    elsewhere={"kind", "rotate", "master_user_password"},
    delete={"master_user_password": PASSWORD},
    prepare=prepare,
    tagged=False,
)
