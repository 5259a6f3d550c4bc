# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Copies of secrets in other regions.

moto's copies have no key of their own, whichever was asked for, and no resource policy, which AWS copies as well.
"""

from __future__ import annotations

from moto.kms.models import kms_backends
from moto.secretsmanager.models import ReplicaSecret, SecretsManagerBackend, secretsmanager_backends

from ..registry import operation
from .secretsmanager import secret_of

ReplicaSecret.policy = property(lambda replica: replica.source.policy)
ReplicaSecret.kms_key_id = property(lambda replica: replica.config["KmsKeyId"])


def _described(replica):
    """Return what AWS says of a copy: all that it says of the secret, but region and key are its own."""
    own = {"ARN": replica.arn, "PrimaryRegion": replica.source.region}
    key = {} if replica.kms_key_id == SecretsManagerBackend.DEFAULT_KMS_KEY_ALIAS else {"KmsKeyId": replica.kms_key_id}
    return {**{name: value for name, value in replica.source.to_dict().items() if name != "KmsKeyId"}, **own, **key}


ReplicaSecret.to_dict = _described


@operation("secretsmanager", "CreateSecret")
def create(call):
    answer = call.forward()
    secret = secretsmanager_backends[call.account][call.region].secrets[answer["ARN"]]
    return {**answer, **_give_keys(call, secret)}


@operation("secretsmanager", "ReplicateSecretToRegions")
def replicate(call):
    secret, answer = secret_of(call), call.forward()
    return {**answer, **_give_keys(call, secret)}


def _give_keys(call, secret):
    """Give the copies the keys that they were to have; where there is no such key, there is no copy. AWS's words are not known."""
    keys = {each["Region"]: each["KmsKeyId"] for each in call.params.get("AddReplicaRegions", []) if each.get("KmsKeyId")}
    for replica in secret.replicas:
        key = keys.get(replica.region)
        if key:
            replica.config["KmsKeyId"] = key
            if replica.has_replica and not _exists(call.account, replica.region, key):
                replica.config.update(Status="Failed", StatusMessage=f"Replication failed: KMS key {key} cannot be used.")
                replica.has_replica = False
                dict.pop(secretsmanager_backends[call.account][replica.region].secrets, replica.arn)
    return {"ReplicationStatus": [replica.config for replica in secret.replicas]} if secret.replicas else {}


def _exists(account, region, key):
    """Tell whether a region has a key, by id, ARN or alias."""
    backend = kms_backends[account][region]
    if key.startswith("arn:"):
        return key.split(":")[3] == region and backend.any_id_to_key_id(key) in backend.keys
    known = any(key in each.aliases for each in backend.keys.values())
    return key.startswith("alias/aws/") or known or key in backend.keys
