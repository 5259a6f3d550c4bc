# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Master passwords that RDS manages: a real secret for each, with a status that takes time and a rotation that rotates."""

from __future__ import annotations

import json
import secrets

from moto.rds.models import MasterUserSecret

from .. import plans
from ..calls import AwsError
from ..clock import CLOCK
from . import secretsmanager
from .rds_moto import ask, key_of

CREATION, ROTATION = 60, 45  # account seconds
plans.KINDS["master_secret_impaired"] = plans.Kind(("secret",), {})
PARAMETERS = ("ManageMasterUserPassword", "MasterUserSecretKmsKeyId", "RotateMasterUserPassword")

# moto gives every managed password the same value and user; a test that looks for leaks needs one that appears nowhere else.
MasterUserSecret._generate_secret_string = lambda self: json.dumps(
    {"username": self.resource.master_username, "password": secrets.token_urlsafe(24)}
)


def _managed(thing):
    return bool(getattr(thing, "manage_master_user_password", False))


def begin(note, thing):
    """Note when the secret of a new instance or cluster is ready, if it has one."""
    if _managed(thing):
        note["secret"] = {"busy": "creating", "until": CLOCK.seconds() + CREATION}


def status(note, arn):
    """Return the status of a secret now."""
    if plans.holds("master_secret_impaired", secret=arn):
        return "impaired"
    on_its_way = note["secret"] and CLOCK.seconds() < note["secret"]["until"]
    return note["secret"]["busy"] if on_its_way else "active"


def check(call, thing):
    """Refuse wishes about a master password that contradict each other or what is there."""
    manage, password = call.params.get("ManageMasterUserPassword"), call.params.get("MasterUserPassword")
    managed = _managed(thing)
    if password and (manage or (managed and manage is None)):
        text = "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled."
        raise AwsError("InvalidParameterCombination", text)
    if managed and manage is False and not password:
        text = "You must specify MasterUserPassword to turn off ManageMasterUserPassword."
        raise AwsError("InvalidParameterCombination", text)
    if manage and getattr(thing, "resource_type", "") == "db" and thing.db_cluster_identifier:
        text = "The master user password of an instance in a cluster is managed with ModifyDBCluster."
        raise AwsError("InvalidParameterCombination", text)
    _check_rotation(call, managed, manage)
    _check_key(call, managed, manage)


def _check_rotation(call, managed, manage):
    if not call.params.get("RotateMasterUserPassword"):
        return
    if not call.params.get("ApplyImmediately"):
        text = "You must specify apply immediately when rotating the master user password."
        raise AwsError("InvalidParameterCombination", text)
    if not managed or manage is False:
        text = "You can't rotate the master user password because it isn't managed with AWS Secrets Manager."
        raise AwsError("InvalidParameterCombination", text)


def _check_key(call, managed, manage):
    key = call.params.get("MasterUserSecretKmsKeyId")
    if not key:
        return
    if not (managed if manage is None else manage):
        text = "You can't specify MasterUserSecretKmsKeyId for an instance with ManageMasterUserPassword disabled."
        raise AwsError("InvalidParameterCombination", text)
    key_of(call, key)


def change(call, thing, note):
    """Turn the management on or off or rotate, and tell whether the credentials change."""
    manage, key = call.params.get("ManageMasterUserPassword"), call.params.get("MasterUserSecretKmsKeyId")
    managed = _managed(thing)
    if manage is False and managed:
        thing.master_user_secret.delete_secret()
        del thing.master_user_secret
        thing.manage_master_user_password, note["secret"] = False, None
        return True
    if manage and (not managed or (key and key_of(call, key) != thing.master_user_secret.kms_key_id)):
        if managed:
            thing.master_user_secret.delete_secret()
        thing.master_user_secret = ask(MasterUserSecret, thing, key)
        thing.manage_master_user_password = True
        begin(note, thing)
        return True
    if call.params.get("RotateMasterUserPassword"):
        secretsmanager._new_password(thing.master_user_secret.secret)
        note["secret"] = {"busy": "rotating", "until": CLOCK.seconds() + ROTATION}
        return True
    return bool(call.params.get("MasterUserPassword"))
