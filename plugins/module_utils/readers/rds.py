# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Database instances and their groups."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

unordered("AWS::RDS::DBInstance", "AssociatedRoles", "EnableCloudwatchLogsExports", "ProcessorFeatures", "VPCSecurityGroups")
unordered("AWS::RDS::DBSubnetGroup", "SubnetIds")
defaults(
    "AWS::RDS::DBInstance",
    AutoMinorVersionUpgrade=True,
    BackupTarget="region",
    CACertificateIdentifier="rds-ca-rsa2048-g1",
    CopyTagsToSnapshot=False,
    DatabaseInsightsMode="standard",
    DedicatedLogVolume=False,
    DeletionProtection=False,
    EnableIAMDatabaseAuthentication=False,
    EnablePerformanceInsights=False,
    EngineLifecycleSupport="open-source-rds-extended-support",
    Iops=3000,  # of gp3
    LicenseModel="general-public-license",
    MonitoringInterval=0,
    MultiAZ=False,
    NetworkType="IPV4",
    PromotionTier=1,
    PubliclyAccessible=False,
    StorageEncrypted=False,
    StorageThroughput=125,  # of gp3
)

# Left out is what AWS decides: AvailabilityZone, and option and parameter groups that it keeps by itself.
_AS_THEY_ARE = (
    "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod",
    "BackupTarget",
    "CACertificateIdentifier",
    "CharacterSetName",
    "CopyTagsToSnapshot",
    "DBClusterIdentifier",
    "DBInstanceClass",
    "DBInstanceIdentifier",
    "DBName",
    "DatabaseInsightsMode",
    "DedicatedLogVolume",
    "DeletionProtection",
    "Engine",
    "EngineLifecycleSupport",
    "EngineVersion",
    "Iops",
    "KmsKeyId",
    "LicenseModel",
    "MasterUsername",
    "MaxAllocatedStorage",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "MultiAZ",
    "NcharCharacterSetName",
    "NetworkType",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "ProcessorFeatures",
    "PromotionTier",
    "PubliclyAccessible",
    "ReplicaMode",
    "StorageEncrypted",
    "StorageThroughput",
    "StorageType",
    "Timezone",
)
_RENAMED = {
    "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "SourceDBClusterIdentifier": "ReadReplicaSourceDBClusterIdentifier",
    "SourceDBInstanceIdentifier": "ReadReplicaSourceDBInstanceIdentifier",
}
# What a read replica takes from its source, and what an instance of a cluster has from the cluster. AWS tells it, and refuses it.
_OF_SOURCES = ("CharacterSetName", "DBName", "ManageMasterUserPassword", "MasterUserSecret", "MasterUsername", "StorageEncrypted")
_OF_CLUSTERS = (
    *_OF_SOURCES,
    "AllocatedStorage",
    "BackupRetentionPeriod",
    "CopyTagsToSnapshot",
    "DeletionProtection",
    "EnableCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication",
    "KmsKeyId",
    "MultiAZ",
    "Port",
    "PreferredBackupWindow",
    "StorageType",
    "VPCSecurityGroups",
)
_OTHERS = ("docdb", "neptune")  # RDS tells of their instances as well
_NONE = ("DBParameterGroupNotFound", "DBParameterGroupNotFoundFault", "DBSubnetGroupNotFoundFault")


def _api(account):
    return account.api("rds", _NONE)


@reader("AWS::RDS::DBInstance")
def instances(account):
    """Find instances."""
    for each in _api(account).pages("describe_db_instances", "DBInstances"):
        if account.ours(each.get("TagList")) and each["DBInstanceStatus"] != "deleting" and each["Engine"] not in _OTHERS:
            name = each["DBInstanceIdentifier"]
            attributes = {
                "DBInstanceArn": each["DBInstanceArn"],
                "DbiResourceId": each.get("DbiResourceId"),
                "Endpoint.Address": each.get("Endpoint", {}).get("Address"),
                "MasterUserSecret.SecretArn": (each.get("MasterUserSecret") or {}).get("SecretArn"),
            }
            yield Found("AWS::RDS::DBInstance", name, _instance(each), each["TagList"], name, attributes)


# What waits for the maintenance window has been decided: nobody has to ask for it again.
_DEFERRED = (
    "AllocatedStorage",
    "BackupRetentionPeriod",
    "CACertificateIdentifier",
    "DBInstanceClass",
    "EngineVersion",
    "Iops",
    "LicenseModel",
    "MultiAZ",
    "StorageThroughput",
    "StorageType",
)


def _instance(described):
    waiting = described.get("PendingModifiedValues") or {}
    described = {**described, **{name: waiting[name] for name in _DEFERRED if waiting.get(name) is not None}}
    secret, port = described.get("MasterUserSecret"), described.get("Endpoint", {}).get("Port")
    parameters = [each["DBParameterGroupName"] for each in described.get("DBParameterGroups", [])]
    options = [each["OptionGroupName"] for each in described.get("OptionGroupMemberships", [])]
    domain = next(iter(described.get("DomainMemberships", [])), {})
    copies = [each["DBInstanceAutomatedBackupsArn"] for each in described.get("DBInstanceAutomatedBackupsReplications", [])]
    storage = described.get("AllocatedStorage")
    properties = {
        **pick(described, *_AS_THEY_ARE, **_RENAMED),
        "AllocatedStorage": None if storage is None else str(storage),
        "AssociatedRoles": [pick(each, "FeatureName", "RoleArn") for each in described.get("AssociatedRoles", [])],
        "AutomaticBackupReplicationRegion": copies[0].split(":")[3] if copies else None,
        "DBParameterGroupName": next((name for name in parameters if not name.startswith("default.")), None),
        "DBSubnetGroupName": (described.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
        "Domain": domain.get("Domain"),
        "DomainIAMRoleName": domain.get("IAMRoleName"),
        "ManageMasterUserPassword": True if secret else None,
        "MasterUserSecret": secret and pick(secret, "KmsKeyId"),
        "OptionGroupName": next((name for name in options if not name.startswith("default:")), None),
        "Port": None if port is None else str(port),
        "VPCSecurityGroups": [each["VpcSecurityGroupId"] for each in described.get("VpcSecurityGroups", [])],
    }
    return {name: value for name, value in properties.items() if name not in _of_others(properties)}


def _of_others(properties):
    """Return the names of properties that are not the instance's own."""
    if properties["DBClusterIdentifier"]:
        return _OF_CLUSTERS
    sources = (properties["SourceDBInstanceIdentifier"], properties["SourceDBClusterIdentifier"])
    return _OF_SOURCES if any(sources) else ()


@reader("AWS::RDS::DBSubnetGroup")
def subnet_groups(account):
    """Find subnet groups."""
    groups = _api(account).pages("describe_db_subnet_groups", "DBSubnetGroups")
    for each, tags in _ours(account, groups, "DBSubnetGroupArn"):
        properties = {
            **pick(each, "DBSubnetGroupName", "DBSubnetGroupDescription"),
            "SubnetIds": [subnet["SubnetIdentifier"] for subnet in each.get("Subnets", [])],
        }
        name, arn = each["DBSubnetGroupName"], each["DBSubnetGroupArn"]
        yield Found("AWS::RDS::DBSubnetGroup", name, properties, tags, name, {"DBSubnetGroupArn": arn})


@reader("AWS::RDS::DBParameterGroup")
def parameter_groups(account):
    """Find parameter groups with the parameters that somebody has set."""
    groups = _api(account).pages("describe_db_parameter_groups", "DBParameterGroups")
    own = [each for each in groups if not each["DBParameterGroupName"].startswith("default.")]
    for each, tags in _ours(account, own, "DBParameterGroupArn"):
        name, arn = each["DBParameterGroupName"], each["DBParameterGroupArn"]
        told = _api(account).pages("describe_db_parameters", "Parameters", DBParameterGroupName=name, Source="user")
        parameters = {one["ParameterName"]: one["ParameterValue"] for one in told if one.get("ParameterValue") is not None}
        properties = {
            **pick(each, "DBParameterGroupName", "Description", Family="DBParameterGroupFamily"),
            "Parameters": dict(sorted(parameters.items())),
        }
        yield Found("AWS::RDS::DBParameterGroup", name, properties, tags, name, {"DBParameterGroupArn": arn})


def _ours(account, groups, arn):
    """Return groups that are ours, with their tags, which RDS tells of one group at a time."""
    tags = side_by_side(
        lambda one: (_api(account).read("list_tags_for_resource", ResourceName=one[arn]) or {}).get("TagList"), groups
    )
    return [pair for pair in zip(groups, tags, strict=True) if account.ours(pair[1])]
