# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS Backup knows of each kind of resource: where it is, how a copy is made of it, and how a copy becomes a resource again.

A recovery point of an RDS instance is a snapshot of RDS, and one of a DynamoDB table a backup of DynamoDB; both are seen there too.
Those of EFS and S3 are in AWS Backup alone.
"""

from __future__ import annotations

import copy
import json
import uuid

from moto.core.exceptions import JsonRESTError, ServiceException

from ..calls import AwsError
from ..delivery import Place, ask
from . import dynamodb, efs, rds


class Kind:
    """One kind of resource."""

    name = ""  # as AWS Backup calls it
    required = ()  # metadata without which nothing is restored

    def resources(self, place):
        """Yield the resources of a place, each as an ARN and its tags."""
        raise NotImplementedError

    def exists(self, place, arn):
        """Tell whether a resource is there."""
        return any(found == arn for found, _tags in self.resources(place))

    def save(self, place, arn, job):
        """Make a copy; return the ARN of the recovery point, what is in it and what a restore wants to know."""
        raise NotImplementedError

    def restore(self, place, point, metadata):
        """Begin to restore; return the ARN of the new resource."""
        raise NotImplementedError

    def ready(self, place, arn):
        """Tell whether a restored resource can be used."""
        return True

    def drop(self, place, point):
        """Let the copy go."""


def _own_point(place):
    return f"arn:aws:backup:{place.region}:{place.account}:recovery-point:{uuid.uuid4()}"


def _tags_of(pairs):
    return {pair["Key"]: pair["Value"] for pair in pairs or ()}


class Table(Kind):
    """Tables of DynamoDB, in the backups that DynamoDB manages itself."""

    name, required = "DynamoDB", ("targetTableName",)

    def resources(self, place):
        for table in place.moto("dynamodb").tables.values():
            yield table.table_arn, _tags_of(table.tags)

    def save(self, place, arn, job):
        name = arn.rsplit("/", 1)[-1]
        made = ask(place, "dynamodb", "CreateBackup", TableName=name, BackupName=f"awsbackup-{job}")["BackupDetails"]["BackupArn"]
        place.moto("dynamodb").backups[made].type = "AWS_BACKUP"
        return made, None, {"originalTableName": name, "encryptionType": "Default"}

    def restore(self, place, point, metadata):
        target = metadata["targettablename"]
        backup = {"TargetTableName": target, "BackupArn": point["RecoveryPointArn"]}
        ask(place, "dynamodb", "RestoreTableFromBackup", **backup)
        return place.arn(f"table/{target}", service="dynamodb")

    def ready(self, place, arn):
        return dynamodb.status(dynamodb.table_of(place, arn)) == "ACTIVE"

    def drop(self, place, point):
        place.moto("dynamodb").backups.pop(point["RecoveryPointArn"], None)


class Database(Kind):
    """Instances of RDS that are not in a cluster."""

    name, required = "RDS", ("DBInstanceIdentifier",)
    _settings = ("DBInstanceClass", "DBSubnetGroupName", "AvailabilityZone", "StorageType", "DBParameterGroupName", "Engine")

    def resources(self, place):
        for instance in place.moto("rds").databases.values():
            yield instance.arn, _tags_of(instance.get_tags())

    def save(self, place, arn, job):
        name = arn.rsplit(":", 1)[-1]
        status = self._status(place, name)
        if status in ("creating", "deleting"):
            raise AwsError("InvalidDBInstanceState", f"Database instance {name} is not in available state: {status}")
        backend = place.moto("rds")
        snapshot = backend.create_db_snapshot(name, f"awsbackup:job-{job}", snapshot_type="awsbackup")
        instance = backend.databases[name]
        told = {"DBInstanceIdentifier": name, "DBInstanceClass": instance.db_instance_class, "Engine": instance.engine}
        told["MultiAZ"] = str(bool(instance.multi_az)).lower()
        return snapshot.arn, None, told

    def restore(self, place, point, metadata):
        settings = {key: metadata[key.lower()] for key in self._settings if metadata.get(key.lower())}
        for key in ("MultiAZ", "PubliclyAccessible", "DeletionProtection"):
            if key.lower() in metadata:
                settings[key] = metadata[key.lower()] == "true"
        if metadata.get("vpcsecuritygroupids"):
            settings["VpcSecurityGroupIds"] = json.loads(metadata["vpcsecuritygroupids"])
        names = {"DBInstanceIdentifier": metadata["dbinstanceidentifier"], "DBSnapshotIdentifier": point["RecoveryPointArn"]}
        ask(place, "rds", "RestoreDBInstanceFromDBSnapshot", **names, **settings)
        return place.arn(f"db:{metadata['dbinstanceidentifier']}", service="rds")

    def ready(self, place, arn):
        return self._status(place, arn.rsplit(":", 1)[-1]) == "available"

    @staticmethod
    def _status(place, name):
        return rds.status_of(Place.of(place, "rds"), name)

    def drop(self, place, point):
        place.moto("rds").database_snapshots.pop(point["RecoveryPointArn"].split(":", 6)[6], None)


class FileSystem(Kind):
    """File systems of EFS: their settings, as nothing here has files in it."""

    name, required = "EFS", ("file-system-id", "newFileSystem", "Encrypted", "PerformanceMode")

    def resources(self, place):
        for system in place.moto("efs").file_systems_by_id.values():
            yield system.file_system_arn, _tags_of(place.moto("efs").list_tags_for_resource(system.file_system_id))

    def save(self, place, arn, job):
        system = efs.file_system(place, arn)
        told = {"file-system-id": system.file_system_id, "Encrypted": str(bool(system.encrypted)).lower()}
        told["PerformanceMode"] = system.performance_mode
        if system.kms_key_id:
            told["KmsKeyId"] = system.kms_key_id
        return _own_point(place), {"throughput_mode": system.throughput_mode}, told

    def restore(self, place, point, metadata):
        if metadata["newfilesystem"] != "true":
            system = efs.file_system(place, metadata["file-system-id"])  # into a folder aws-backup-restore_… of the old one
            return system.file_system_arn
        made = place.moto("efs").create_file_system(
            creation_token=metadata.get("creationtoken") or str(uuid.uuid4()),
            performance_mode=metadata["performancemode"],
            encrypted=metadata["encrypted"] == "true",
            kms_key_id=metadata.get("kmskeyid"),
            throughput_mode="bursting",
            provisioned_throughput_in_mibps=None,
            availability_zone_name=None,
            backup=False,
            tags=[],
        )
        return made.file_system_arn


class Bucket(Kind):
    """Buckets of S3, whose objects are kept as they are; versioning has to be on."""

    name, required = "S3", ("DestinationBucketName",)

    def resources(self, place):
        for bucket in place.moto("s3").buckets.values():
            yield bucket.arn, dict(place.moto("s3").tagger.get_tag_dict_for_resource(bucket.arn))

    def save(self, place, arn, job):
        bucket = place.moto("s3").buckets[arn.rsplit(":", 1)[-1]]
        if bucket.versioning_status != "Enabled":
            raise AwsError("InvalidRequest", f"Versioning of bucket {bucket.name} is not enabled, which AWS Backup needs.")
        held = {name: (key.value, copy.deepcopy(key.metadata)) for name, key in bucket.keys.items() if hasattr(key, "value")}
        return _own_point(place), held, {"DestinationBucketName": bucket.name, "NewBucket": "false"}

    def restore(self, place, point, metadata):
        backend, name = place.moto("s3"), metadata["destinationbucketname"]
        if metadata.get("newbucket") == "true":
            backend.create_bucket(name, place.region)
        elif name not in backend.buckets:
            raise AwsError("NoSuchBucket", f"The destination bucket {name} does not exist.")
        for key, (value, told) in point["data"].items():
            backend.put_object(name, key, value).set_metadata(told)
        return f"arn:aws:s3:::{name}"


REFUSALS = (ServiceException, JsonRESTError)  # how other services, ours and those of moto, say no
KINDS = {kind.name: kind for kind in (Table(), Database(), FileSystem(), Bucket())}
_SERVICES = {"dynamodb": "DynamoDB", "rds": "RDS", "elasticfilesystem": "EFS", "s3": "S3"}
_FORMS = {"DynamoDB": "table/", "RDS": "db:", "EFS": "file-system/", "S3": ""}


def kind_of(arn):
    """Return the kind of a resource, or None for one that AWS Backup, or this account, does not back up."""
    parts = arn.split(":", 5)
    name = _SERVICES.get(parts[2]) if len(parts) == 6 and parts[0] == "arn" else None
    return KINDS[name] if name and parts[5].startswith(_FORMS[name]) else None
