# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the role database has built."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder


class Database(Finder):
    """A database is known by its identifier. One without an address yet is not there for anybody."""

    noun = "database"
    component = "database"

    def look(self):
        rds = self.api("rds", missing=("DBInstanceNotFound", "DBInstanceNotFoundFault"))
        found = rds.read("describe_db_instances", DBInstanceIdentifier=self.name)
        if not found or not found["DBInstances"] or "Endpoint" not in found["DBInstances"][0]:
            return None
        db = found["DBInstances"][0]
        waiting = db.get("PendingModifiedValues") or {}  # for the maintenance window
        return {
            "address": db["Endpoint"]["Address"],
            "port": db["Endpoint"]["Port"],
            "schema": db.get("DBName", ""),
            "secret_arn": (db.get("MasterUserSecret") or {}).get("SecretArn", ""),
            "allocated_storage_gb": waiting.get("AllocatedStorage", db["AllocatedStorage"]),
        }
