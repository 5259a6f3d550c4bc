# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Clusters, and what runs in them."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import ecs_checks, task_definitions
from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pascal, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, meant, unordered

unordered("AWS::ECS::Cluster", "CapacityProviders")
unordered(
    "AWS::ECS::Service",
    "CapacityProviderStrategy",
    "DeploymentConfiguration.Alarms.AlarmNames",
    "DeploymentConfiguration.LifecycleHooks.LifecycleStages",
    "LoadBalancers",
    "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups",
    "NetworkConfiguration.AwsvpcConfiguration.Subnets",
    "PlacementConstraints",
    "ServiceRegistries",
)
defaults(
    "AWS::ECS::Service",
    AvailabilityZoneRebalancing="ENABLED",
    DeploymentController={"Type": "ECS"},
    EnableECSManagedTags=False,
    EnableExecuteCommand=False,
    HealthCheckGracePeriodSeconds=0,
    PlatformVersion="LATEST",
    SchedulingStrategy="REPLICA",
)
_SETS_OF_CONTAINERS = (
    "DependsOn",
    "Environment",
    "ExtraHosts",
    "LogConfiguration.SecretOptions",
    "MountPoints",
    "PortMappings",
    "ResourceRequirements",
    "Secrets",
    "SystemControls",
    "Ulimits",
    "VolumesFrom",
)
unordered("AWS::ECS::TaskDefinition", "ContainerDefinitions", "PlacementConstraints", "RequiresCompatibilities", "Volumes")
unordered("AWS::ECS::TaskDefinition", *(f"ContainerDefinitions.{name}" for name in _SETS_OF_CONTAINERS))
meant("AWS::ECS::TaskDefinition", "Value")  # a variable may be empty

_SERVICES_AT_ONCE = 10
_OF_SERVICES = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentController",
    "desiredCount",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "platformVersion",
    "schedulingStrategy",
    "serviceName",
    "serviceRegistries",
    "taskDefinition",
)
# AWS tells these of the deployment only.
_OF_DEPLOYMENTS = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")
_NAMES_OF_USERS = ("dockerLabels", "driverOpts", "hookDetails", "labels", "options")


@reader("AWS::ECS::Cluster")
def clusters(account):
    """Find clusters."""
    arns = account.api("ecs").pages("list_clusters", "clusterArns")
    for start in range(0, len(arns), 100):
        include = ["TAGS", "SETTINGS", "CONFIGURATIONS"]
        for each in account.api("ecs").read("describe_clusters", clusters=arns[start : start + 100], include=include)["clusters"]:
            if not account.ours(each.get("tags")) or each["status"] != "ACTIVE":
                continue
            names = ("clusterName", "capacityProviders", "defaultCapacityProviderStrategy", "configuration")
            properties = pascal(pick(each, *names, "serviceConnectDefaults", clusterSettings="settings"))
            yield Found(
                "AWS::ECS::Cluster", each["clusterName"], properties, each["tags"], each["clusterName"], {"Arn": each["clusterArn"]}
            )


@reader("AWS::ECS::Service", of="AWS::ECS::Cluster")
def services(account, cluster):
    """Find the services of a cluster that are ours."""
    api = account.api("ecs")
    arns = api.pages("list_services", "serviceArns", cluster=cluster.arn)
    for start in range(0, len(arns), _SERVICES_AT_ONCE):
        asked = {"cluster": cluster.arn, "services": arns[start : start + _SERVICES_AT_ONCE], "include": ["TAGS"]}
        for each in api.read("describe_services", **asked)["services"]:
            if account.ours(each.get("tags")) and each["status"] == "ACTIVE":
                arn, name = each["serviceArn"], each["serviceName"]
                yield Found("AWS::ECS::Service", arn, _service(each), each["tags"], name, {"ServiceArn": arn})


def _service(described):
    primary = next((each for each in described.get("deployments", []) if each["status"] == "PRIMARY"), {})
    picked = {**pick(described, *_OF_SERVICES, placementStrategies="placementStrategy"), **pick(primary, *_OF_DEPLOYMENTS)}
    if not (picked["serviceConnectConfiguration"] or {}).get("enabled"):
        picked["serviceConnectConfiguration"] = None
    if picked["capacityProviderStrategy"]:
        picked["launchType"] = None  # AWS tells one beside it, and takes only one of them
    role, propagated = described.get("roleArn", ""), described.get("propagateTags")
    return {
        **pascal(picked, _NAMES_OF_USERS),
        "Cluster": described["clusterArn"],
        "DeploymentConfiguration": pascal(ecs_checks.relevant(described.get("deploymentConfiguration")), _NAMES_OF_USERS),
        "PropagateTags": None if propagated == "NONE" else propagated,
        "Role": None if "/aws-service-role/" in role else role,
    }


@reader("AWS::ECS::TaskDefinition", of="AWS::ECS::Service")
def definitions(account, service):
    """Find the revision that a service runs. AWS fills in many defaults at any depth; they are left out."""
    api, arn = account.api("ecs", ("ClientException",)), service.properties.get("TaskDefinition")
    answer = api.read("describe_task_definition", taskDefinition=arn, include=["TAGS"]) if arn else None
    if answer:
        shape = api.client.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
        properties = definition(task_definitions.canonical(shape, answer["taskDefinition"]))
        family = answer["taskDefinition"]["family"]
        attributes = {"TaskDefinitionArn": arn}
        yield Found("AWS::ECS::TaskDefinition", arn, properties, answer.get("tags"), family, attributes)


def definition(document):
    """Return a task definition with the names of the schema."""
    properties = pascal(document, _NAMES_OF_USERS)
    properties.pop("TrustedExecutionConfiguration", None)  # the schema does not know it yet
    proxy = properties.get("ProxyConfiguration")
    if proxy:
        properties["ProxyConfiguration"] = _renamed(proxy, Properties="ProxyConfigurationProperties")
    return {**properties, "Volumes": [_volume(each) for each in properties.get("Volumes", [])]}


def _volume(volume):
    named = _renamed(
        volume,
        EfsVolumeConfiguration="EFSVolumeConfiguration",
        FsxWindowsFileServerVolumeConfiguration="FSxWindowsFileServerVolumeConfiguration",
        S3filesVolumeConfiguration="S3FilesVolumeConfiguration",
    )
    efs = named.get("EFSVolumeConfiguration")
    if efs:
        told = _renamed(efs, FileSystemId="FilesystemId")
        named["EFSVolumeConfiguration"] = {**told, "AuthorizationConfig": _renamed(told.get("AuthorizationConfig", {}), Iam="IAM")}
    return named


def _renamed(properties, **names):
    return {names.get(name, name): value for name, value in properties.items()}
