# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Master passwords that DocumentDB manages: a real secret for each cluster, with a status that takes time."""

from __future__ import annotations

import json
import secrets

from moto.rds.models import MasterUserSecret

from ..calls import AwsError
from ..clock import CLOCK
from .rds_moto import ask, backend_of, key_of

CREATION = 60  # account seconds
PARAMETERS = ("ManageMasterUserPassword", "MasterUserSecretKmsKeyId", "MasterUserPassword", "RotateMasterUserPassword")


class DBCluster:
    """What moto's secret wants to know of its cluster; the name of this class stands in the description of the secret."""

    resource_type = "cluster"

    def __init__(self, call, cluster):
        self.backend, self.arn, self.master_username = backend_of(call), cluster["DBClusterArn"], cluster["MasterUsername"]


class _Secret(MasterUserSecret):
    def _generate_secret_string(self):
        return json.dumps({"username": self.resource.master_username, "password": secrets.token_urlsafe(24)})


def told(cluster):
    """Return what the description of a cluster says about its secret."""
    secret = cluster["secret"]
    if secret is None:
        return {}
    status = "creating" if CLOCK.seconds() < cluster["secret until"] else "active"
    return {"MasterUserSecret": {"SecretArn": secret.secret_arn, "SecretStatus": status, "KmsKeyId": secret.kms_key_id}}


def _contradiction(text):
    return AwsError("InvalidParameterCombination", text)


def check(call, managed):
    """Refuse wishes about the password that contradict each other, or what is there."""
    manage, password = call.params.get("ManageMasterUserPassword"), call.params.get("MasterUserPassword")
    will_be = managed if manage is None else manage
    if will_be and password:
        raise _contradiction("You can't specify MasterUserPassword for a cluster with ManageMasterUserPassword enabled.")
    if managed and manage is False and not password:
        raise _contradiction("You must specify MasterUserPassword to turn off ManageMasterUserPassword.")
    if call.params.get("MasterUserSecretKmsKeyId") and not manage:
        raise _contradiction("You can't specify MasterUserSecretKmsKeyId without ManageMasterUserPassword.")
    if call.params.get("RotateMasterUserPassword") and not (will_be and call.params.get("ApplyImmediately")):
        raise _contradiction("A managed password is rotated at once or not at all.")
    if password is not None and (not 8 <= len(password) <= 100 or set(password) & set('/"@')):
        raise AwsError("InvalidParameterValue", "The parameter MasterUserPassword is not a valid password.")


def change(call, cluster):
    """Begin, change or end the management of the password."""
    manage, key, present = (
        call.params.get("ManageMasterUserPassword"),
        call.params.get("MasterUserSecretKmsKeyId"),
        cluster["secret"],
    )
    other = present is not None and key is not None and key_of(call, key) != present.kms_key_id
    rotated = call.params.get("RotateMasterUserPassword")
    if present is not None and (manage is False or other or rotated):
        end(cluster)
    if (manage and cluster["secret"] is None) or rotated:
        key = key_of(call, key) if key else present.kms_key_id if rotated else None
        cluster["secret"] = ask(_Secret, DBCluster(call, cluster), key)
        cluster["secret until"] = CLOCK.seconds() + CREATION


def end(cluster):
    """Remove the secret of a cluster, if it has one."""
    if cluster["secret"] is not None:
        cluster["secret"].delete_secret()
        cluster["secret"] = None
