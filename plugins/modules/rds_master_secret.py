#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_master_secret
version_added: 0.1.0
short_description: Let RDS manage the master password of an existing database
description:
  - Turns the management of the master password by RDS on and off for an existing instance or cluster, and rotates the password.
  - The secret lives in Secrets Manager, rotates every seven days and goes with the database. No password passes through Ansible.
  - A database that was restored never has such a secret, even when its source had one; this module gives it one.
  - Changes are made at once, whatever the maintenance window.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: slipway.aws.rds_instance
    description: Lets RDS manage the password of a new instance from the start.
  - module: slipway.aws.secretsmanager_rotation_schedule
    description: Changes when the secret rotates.
  - module: amazon.aws.rds_cluster
    description: Knows nothing of managed passwords, and neither does amazon.aws.rds_instance.
options:
  name:
    description: Identifier of the instance or cluster.
    type: str
    required: true
  kind:
    description: What O(name) names. The password of an instance in a cluster belongs to the cluster.
    type: str
    choices: [instance, cluster]
    default: instance
  kms_key_id:
    description:
      - ARN, id or alias of the KMS key that encrypts the secret; without one, it is AWS's key for Secrets Manager.
      - It cannot be changed later. RDS takes another key only when the management is turned off and on again.
    type: str
  rotate:
    description: Whether to rotate the password now. Every run rotates it once more. A new secret is not rotated.
    type: bool
    default: false
  master_user_password:
    description:
      - The master password from now on, which O(state=absent) needs.
      - At least 8 printable characters other than C(/), C("), C(@) and blanks; the engine may set a limit above.
    type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Nobody knows the password of the database any more
  slipway.aws.rds_master_secret:
    name: shop-production
    kms_key_id: alias/shop-data

- name: A new password for the cluster, now
  slipway.aws.rds_master_secret:
    name: shop-aurora
    kind: cluster
    rotate: true

- name: The password is our own affair again
  slipway.aws.rds_master_secret:
    name: shop-production
    master_user_password: "{{ vault_shop_database_password }}"
    state: absent
"""

RETURN = r"""
master_secret:
  description: The secret, never its value; empty when RDS does not manage the password.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the secret in Secrets Manager.
      type: str
    status:
      description: C(creating), C(active), C(rotating) or C(impaired).
      type: str
      sample: active
    kms_key_id:
      description: ARN of the KMS key that encrypts it.
      type: str
    database_status:
      description: Status of the instance or cluster.
      type: str
      sample: available
"""

import re

from ansible_collections.slipway.aws.plugins.module_utils.kms_keys import Keys
from ansible_collections.slipway.aws.plugins.module_utils.rds import READY, OfDatabase


class MasterSecret(OfDatabase):
    """The secret with the master password. It is a member of its database, so turning it on and off changes the database."""

    noun = "master secret"
    immutable = ("KmsKeyId",)
    outputs = ("arn", "status")

    def __init__(self, module):
        super().__init__(module)
        self.rotated = False

    def validate(self):
        p, faults = self.params, []
        password = p["master_user_password"]
        if p["state"] == "present" and password is not None:
            faults.append("master_user_password: while RDS manages the password, nobody else sets it. It goes with state=absent.")
        if p["state"] == "absent" and password is None:
            faults.append("master_user_password: state=absent needs the password that holds from then on.")
        if p["state"] == "absent" and p["rotate"]:
            faults.append("rotate: there is nothing to rotate with state=absent.")
        if (password is not None and not re.fullmatch(r"[!-~]{8,}", password)) or re.search(r'[/"@]', password or ""):
            faults.append('master_user_password: it needs at least 8 printable characters other than / " @ and blanks.')
        return faults

    def find(self):
        database, kind = self.database(), self.params["kind"]
        if database is None:
            if self.params["state"] == "present" and not self.check:
                self.fail(f"There is no {kind} {self.name}. Make it first, or give the kind that it is.")
            return None
        if kind == "instance" and database.get("DBClusterIdentifier"):
            cluster = database["DBClusterIdentifier"]
            self.fail(f"instance {self.name} has the password of its cluster. Run this with kind=cluster and name={cluster}.")
        secret = database.get("MasterUserSecret")
        if not secret:
            return None
        facts = {"arn": secret["SecretArn"], "status": secret["SecretStatus"], "database_status": database[self.kind.status]}
        return {"KmsKeyId": secret.get("KmsKeyId"), "Rotated": self.rotated, **facts}

    def want(self, have):
        present = (have or {}).get("KmsKeyId")
        want = {"KmsKeyId": Keys(self.module).as_reported(self.params["kms_key_id"], present)}
        return {**want, "Rotated": True} if have and self.params["rotate"] else want

    def ready(self, have):
        if have["status"] == "impaired":
            self.fail(
                f"master secret {self.name} is impaired: RDS can reach the secret or its KMS key no longer, so it cannot rotate."
                " Restore the key and its policy, or turn the management off and on again (state=absent, state=present)."
            )
        return have["status"] == "active" and have["database_status"] in READY

    def create(self, want):
        key = {"MasterUserSecretKmsKeyId": want["KmsKeyId"]} if want.get("KmsKeyId") else {}
        self.modify(ManageMasterUserPassword=True, **key)

    def update(self, have, changes):
        self.modify(RotateMasterUserPassword=True)
        self.rotated = True

    def delete(self, have):
        self.modify(ManageMasterUserPassword=False, MasterUserPassword=self.params["master_user_password"])

    def settle_absent(self):
        super().settle_absent()
        self.until_available()


def main():
    MasterSecret.main(DOCUMENTATION, no_log=("master_user_password",))


if __name__ == "__main__":
    main()
