# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What modules about RDS have in common: instances and clusters are alike, and every operation spells them in its own way."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource

READY = ("available", "storage-optimization", "storage-config-upgrade")
BROKEN = ("failed", "restore-error", "storage-full", "insufficient-capacity", "inaccessible-encryption-credentials")
MISSING = ("DBInstanceNotFound", "DBInstanceNotFoundFault", "DBClusterNotFoundFault", "DBClusterNotFound")


class Kind(NamedTuple):
    """How the API spells one kind of database."""

    describe: str
    found: str  # where the answer has them
    identifier: str
    arn: str
    status: str
    modify: str


KINDS = {
    "instance": Kind(
        "describe_db_instances", "DBInstances", "DBInstanceIdentifier", "DBInstanceArn", "DBInstanceStatus", "modify_db_instance"
    ),
    "cluster": Kind("describe_db_clusters", "DBClusters", "DBClusterIdentifier", "DBClusterArn", "Status", "modify_db_cluster"),
}


def look(caller, kind, name):
    """Return the description of an instance or a cluster, or None."""
    found = caller.read(KINDS[kind].describe, tolerate=MISSING, **{KINDS[kind].identifier: name})
    return found[KINDS[kind].found][0] if found and found[KINDS[kind].found] else None


def is_broken(status):
    """Tell whether a database in this status needs somebody's help."""
    return status in BROKEN or status.startswith("incompatible-")


def name_faults(name, option="name", longest=63):
    """Return sentences about an identifier that RDS would refuse."""
    rule = f"RDS takes up to {longest} letters, digits and single hyphens, a letter first and no hyphen last"
    return formats.misnamed(option, name, r"[A-Za-z](-?[A-Za-z0-9])*", rule, longest)


def key_faults(key, region, option="kms_key_id"):
    """Return sentences about a KMS key of another region than the one where it is needed."""
    if key and region and key.startswith("arn:") and key.split(":")[3] != region:
        return [f"{option}: {key} is a key of another region. What {region} encrypts needs a key of {region}."]
    return []


class InRegion(Caller):
    """A look at the databases of another region."""

    service = "rds"
    noun = "instance"
    missing = MISSING

    def __init__(self, module, region):
        self.region = region
        super().__init__(module)


class OfDatabase(Resource):
    """Something about an existing instance or cluster, which the options ``name`` and ``kind`` name."""

    service = "rds"
    missing = MISSING
    pauses = (2, 3, 5, 10, 15, 30)

    @property
    def kind(self):
        """Return how the API spells the kind of database that this is about."""
        return KINDS[self.params["kind"]]

    def database(self):
        """Return the description of the database, or None."""
        return look(self, self.params["kind"], self.name)

    def modify(self, **changes):
        """Change the database at once, as soon as its status allows it."""
        self.until_available()
        self.write(self.kind.modify, **{self.kind.identifier: self.name}, ApplyImmediately=True, **changes)

    def until_available(self):
        """Look until the database can be changed."""
        status = ""
        for _look in self.looks(self._patience()):
            status = self.database()[self.kind.status]
            if status in READY:
                return
            if is_broken(status):
                break
        self.fail(f"{self.params['kind']} {self.name} is {status}, and can be changed only when it is available.")
