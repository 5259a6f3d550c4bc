# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodeDeploy applications, deployment groups and configurations. Deployments are in codedeploy_deployments.py."""

from __future__ import annotations

import uuid

from ..calls import AwsError
from ..clock import CLOCK
from ..delivery import Place, may_assume, retagged
from ..registry import operation, taggable
from . import codedeploy_ecs

taggable("codedeploy", "application", arn="arn", tags="tags")
taggable("codedeploy", "group", arn="arn", tags="tags")

_LONGEST = 2880  # minutes
_GROUP = (
    "deploymentConfigName",
    "serviceRoleArn",
    "triggerConfigurations",
    "alarmConfiguration",
    "autoRollbackConfiguration",
    "outdatedInstancesStrategy",
    "deploymentStyle",
    "blueGreenDeploymentConfiguration",
    "loadBalancerInfo",
    "ecsServices",
)


def _canary(percent, minutes):
    return {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": percent, "canaryInterval": minutes}}


def _linear(percent, minutes):
    return {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": percent, "linearInterval": minutes}}


_AT_ONCE = {"type": "AllAtOnce"}
_PREDEFINED = {
    "AllAtOnce": ("Server", None),
    "HalfAtATime": ("Server", None),
    "OneAtATime": ("Server", None),
    "ECSAllAtOnce": ("ECS", _AT_ONCE),
    "ECSCanary10Percent5Minutes": ("ECS", _canary(10, 5)),
    "ECSCanary10Percent15Minutes": ("ECS", _canary(10, 15)),
    "ECSLinear10PercentEvery1Minutes": ("ECS", _linear(10, 1)),
    "ECSLinear10PercentEvery3Minutes": ("ECS", _linear(10, 3)),
    "LambdaAllAtOnce": ("Lambda", _AT_ONCE),
    **{f"LambdaCanary10Percent{minutes}Minutes": ("Lambda", _canary(10, minutes)) for minutes in (5, 10, 15, 30)},
    "LambdaLinear10PercentEvery1Minute": ("Lambda", _linear(10, 1)),
    **{f"LambdaLinear10PercentEvery{minutes}Minutes": ("Lambda", _linear(10, minutes)) for minutes in (2, 3, 10)},
}


def here(call):
    """Return the place of a call, or of another service's place, for CodeDeploy."""
    return Place.of(call, "codedeploy")


def application_of(place, name):
    """Return an application, or raise what AWS raises."""
    application = place.things("application").get(name)
    if application is None:
        raise AwsError("ApplicationDoesNotExistException", f"No application found for name: {name}")
    return application


def group_of(place, application, name):
    """Return a deployment group, or raise what AWS raises."""
    application_of(place, application)
    group = place.things("group").get((application, name))
    if group is None:
        raise AwsError("DeploymentGroupDoesNotExistException", f"No Deployment Group found for name: {name}")
    return group


# Applications


@operation("codedeploy", "CreateApplication")
def create_application(call):
    place, name = here(call), call.params["applicationName"]
    if name in place.things("application"):
        raise AwsError("ApplicationAlreadyExistsException", f"An application already exists with the specified name: {name}")
    place.things("application")[name] = application = {
        "applicationId": str(uuid.uuid4()),
        "applicationName": name,
        "createTime": CLOCK.now(),
        "linkedToGitHub": False,
        "computePlatform": call.params.get("computePlatform", "Server"),
        "arn": place.arn(f"application:{name}"),
        "tags": call.params.get("tags", []),
    }
    return {"applicationId": application["applicationId"]}


def _shown(thing):
    return {key: value for key, value in thing.items() if key not in ("arn", "tags")}


@operation("codedeploy", "GetApplication")
def get_application(call):
    return {"application": _shown(application_of(here(call), call.params["applicationName"]))}


@operation("codedeploy", "BatchGetApplications")
def batch_get_applications(call):
    known = here(call).things("application")
    return {"applicationsInfo": [_shown(known[name]) for name in call.params["applicationNames"] if name in known]}


@operation("codedeploy", "ListApplications")
def list_applications(call):
    call.params.get("nextToken")
    return {"applications": sorted(here(call).things("application"))}


@operation("codedeploy", "UpdateApplication")
def update_application(call):
    place, new = here(call), call.params["newApplicationName"]
    application = application_of(place, call.params["applicationName"])
    if new in place.things("application"):
        raise AwsError("ApplicationAlreadyExistsException", f"An application already exists with the specified name: {new}")
    del place.things("application")[application["applicationName"]]
    application.update(applicationName=new, arn=place.arn(f"application:{new}"))
    place.things("application")[new] = application


@operation("codedeploy", "DeleteApplication")
def delete_application(call):
    place, name = here(call), call.params["applicationName"]
    place.things("application").pop(name, None)  # AWS does not mind a missing one
    for key in [key for key in place.things("group") if key[0] == name]:
        del place.things("group")[key]


# Configurations


def config_of(place, name):
    """Return a deployment configuration, or raise what AWS raises."""
    short = name.removeprefix("CodeDeployDefault.")
    if short != name and short in _PREDEFINED:
        platform, routing = _PREDEFINED[short]
        known = {"deploymentConfigId": short, "deploymentConfigName": name, "computePlatform": platform}
        return {**known, **({"trafficRoutingConfig": routing} if routing else {})}
    config = place.things("config").get(name)
    if config is None:
        raise AwsError("DeploymentConfigDoesNotExistException", f"No Deployment Configuration found for name: {name}")
    return config


@operation("codedeploy", "CreateDeploymentConfig")
def create_deployment_config(call):
    place, name = here(call), call.params["deploymentConfigName"]
    if name in place.things("config") or name.startswith("CodeDeployDefault."):
        text = f"A deployment configuration already exists with the specified name: {name}"
        raise AwsError("DeploymentConfigAlreadyExistsException", text)
    platform, routing = call.params.get("computePlatform", "Server"), call.params.get("trafficRoutingConfig")
    if platform != "Server" and not routing:
        text = "A traffic routing configuration is required for this compute platform"
        raise AwsError("InvalidTrafficRoutingConfigurationException", text)
    if routing:
        _check_routing(routing)
    place.things("config")[name] = config = {
        "deploymentConfigId": str(uuid.uuid4()),
        "deploymentConfigName": name,
        "createTime": CLOCK.now(),
        "computePlatform": platform,
        **call.params.take("trafficRoutingConfig", "minimumHealthyHosts"),
    }
    return {"deploymentConfigId": config["deploymentConfigId"]}


def _check_routing(routing):
    kinds = {"TimeBasedCanary": "timeBasedCanary", "TimeBasedLinear": "timeBasedLinear", "AllAtOnce": None}
    member = kinds[routing["type"]]
    numbers = list(routing.get(member, {}).values()) if member else [1, 1]
    if len(numbers) != 2 or min(numbers) < 1 or (member and numbers[0] > 99):
        raise AwsError("InvalidTrafficRoutingConfigurationException", "The traffic routing configuration is not valid")


@operation("codedeploy", "GetDeploymentConfig")
def get_deployment_config(call):
    return {"deploymentConfigInfo": config_of(here(call), call.params["deploymentConfigName"])}


@operation("codedeploy", "ListDeploymentConfigs")
def list_deployment_configs(call):
    call.params.get("nextToken")
    return {"deploymentConfigsList": [f"CodeDeployDefault.{name}" for name in _PREDEFINED] + sorted(here(call).things("config"))}


@operation("codedeploy", "DeleteDeploymentConfig")
def delete_deployment_config(call):
    place, name = here(call), call.params["deploymentConfigName"]
    if any(group["deploymentConfigName"] == name for group in place.things("group").values()):
        raise AwsError("DeploymentConfigInUseException", f"The deployment configuration {name} is in use")
    place.things("config").pop(name, None)


# Deployment groups


@operation("codedeploy", "CreateDeploymentGroup")
def create_deployment_group(call):
    place = here(call)
    application = application_of(place, call.params["applicationName"])
    name, key = call.params["deploymentGroupName"], application["applicationName"]
    if (key, name) in place.things("group"):
        text = f"Deployment Group already exists for name: {name} and application: {key}"
        raise AwsError("DeploymentGroupAlreadyExistsException", text)
    platform = application["computePlatform"]
    usual = "CodeDeployDefault.OneAtATime" if platform == "Server" else f"CodeDeployDefault.{platform}AllAtOnce"
    group = {
        "deploymentConfigName": usual,
        **call.params.take(*_GROUP),
        "applicationName": key,
        "deploymentGroupId": str(uuid.uuid4()),
        "deploymentGroupName": name,
        "computePlatform": platform,
        "arn": place.arn(f"deploymentgroup:{key}/{name}"),
        "tags": call.params.get("tags", []),
    }
    _check(place, group)
    place.things("group")[key, name] = group
    return {"deploymentGroupId": group["deploymentGroupId"]}


@operation("codedeploy", "UpdateDeploymentGroup")
def update_deployment_group(call):
    place, key = here(call), call.params["applicationName"]
    group = group_of(place, key, call.params["currentDeploymentGroupName"])
    new = call.params.get("newDeploymentGroupName") or group["deploymentGroupName"]
    changed = {**group, **call.params.take(*_GROUP), "deploymentGroupName": new, "arn": place.arn(f"deploymentgroup:{key}/{new}")}
    _check(place, changed)
    del place.things("group")[key, group["deploymentGroupName"]]
    place.things("group")[key, new] = changed
    return {"hooksNotCleanedUp": []}


def _check(place, group):
    if not may_assume(place, group["serviceRoleArn"], "codedeploy.amazonaws.com"):
        text = f"AWS CodeDeploy does not have the permissions required to assume the role {group['serviceRoleArn']}."
        raise AwsError("InvalidRoleException", text)
    config = config_of(place, group["deploymentConfigName"])
    if config["computePlatform"] != group["computePlatform"]:
        text = f"The deployment configuration is for {config['computePlatform']}, the application for {group['computePlatform']}"
        raise AwsError("InvalidDeploymentConfigNameException", text)
    alarms = group.get("alarmConfiguration", {})
    if alarms.get("enabled") and not alarms.get("alarms"):
        raise AwsError("InvalidAlarmConfigException", "The alarm configuration is enabled and has no alarms")
    rollback = group.get("autoRollbackConfiguration", {})
    if rollback.get("enabled") and not rollback.get("events"):
        raise AwsError("InvalidAutoRollbackConfigException", "Auto rollback is enabled and no events are given")
    if group["computePlatform"] == "ECS":
        _check_style(group)
        codedeploy_ecs.check(place, group)


def _check_style(group):
    style = group.get("deploymentStyle", {})
    if (style.get("deploymentType"), style.get("deploymentOption")) != ("BLUE_GREEN", "WITH_TRAFFIC_CONTROL"):
        text = "For ECS deployment groups, the deployment type is BLUE_GREEN and the option WITH_TRAFFIC_CONTROL"
        raise AwsError("InvalidDeploymentStyleException", text)
    config = group.get("blueGreenDeploymentConfiguration", {})
    blue, ready = config.get("terminateBlueInstancesOnDeploymentSuccess"), config.get("deploymentReadyOption")
    if not blue or not ready:
        raise AwsError("InvalidBlueGreenDeploymentConfigurationException", "The blue/green configuration is not complete")
    waits = (blue.get("terminationWaitTimeInMinutes", 0), ready.get("waitTimeInMinutes", 0))
    if max(waits) > _LONGEST or (ready.get("actionOnTimeout") == "CONTINUE_DEPLOYMENT" and waits[1]):
        raise AwsError(
            "InvalidBlueGreenDeploymentConfigurationException", "A wait time of the blue/green configuration is not valid"
        )


@operation("codedeploy", "GetDeploymentGroup")
def get_deployment_group(call):
    place = here(call)
    group = group_of(place, call.params["applicationName"], call.params["deploymentGroupName"])
    return {"deploymentGroupInfo": shown_group(place, group)}


def shown_group(place, group):
    """Return a deployment group as AWS shows it, with its last deployments."""
    mine = [one for one in place.things("deployment").values() if one.group["deploymentGroupId"] == group["deploymentGroupId"]]
    empty = {"ec2TagFilters": [], "onPremisesInstanceTagFilters": [], "autoScalingGroups": [], "triggerConfigurations": []}
    shown = {**empty, "terminationHookEnabled": False, **_shown(group)}
    for key, fits in (
        ("lastAttemptedDeployment", mine),
        ("lastSuccessfulDeployment", [o for o in mine if o.status == "Succeeded"]),
    ):
        if fits:
            shown[key] = fits[-1].brief()
    return shown


@operation("codedeploy", "BatchGetDeploymentGroups")
def batch_get_deployment_groups(call):
    place, application = here(call), call.params["applicationName"]
    known = place.things("group")
    names = [name for name in call.params["deploymentGroupNames"] if (application, name) in known]
    return {"deploymentGroupsInfo": [shown_group(place, known[application, name]) for name in names]}


@operation("codedeploy", "ListDeploymentGroups")
def list_deployment_groups(call):
    place, name = here(call), call.params["applicationName"]
    application_of(place, name)
    call.params.get("nextToken")
    return {
        "applicationName": name,
        "deploymentGroups": [group for application, group in place.things("group") if application == name],
    }


@operation("codedeploy", "DeleteDeploymentGroup")
def delete_deployment_group(call):
    here(call).things("group").pop((call.params["applicationName"], call.params["deploymentGroupName"]), None)
    return {"hooksNotCleanedUp": []}


# Tags


def _tagged(call):
    arn, place = call.params["ResourceArn"], here(call)
    for thing in (*place.things("application").values(), *place.things("group").values()):
        if thing["arn"] == arn:
            return thing
    code = "DeploymentGroupDoesNotExistException" if ":deploymentgroup:" in arn else "ApplicationDoesNotExistException"
    raise AwsError(code, f"No resource found for arn: {arn}")


@operation("codedeploy", "TagResource")
def tag_resource(call):
    thing = _tagged(call)
    thing["tags"] = retagged(thing["tags"], new=call.params["Tags"], key="Key")


@operation("codedeploy", "UntagResource")
def untag_resource(call):
    thing = _tagged(call)
    thing["tags"] = retagged(thing["tags"], gone=call.params["TagKeys"], key="Key")


@operation("codedeploy", "ListTagsForResource")
def list_tags_for_resource(call):
    call.params.get("NextToken")
    return {"Tags": _tagged(call)["tags"]}
