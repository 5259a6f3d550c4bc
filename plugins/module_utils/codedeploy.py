# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the modules for CodeDeploy share: ARNs, which its API never tells, what it asks of a group, and how deployments stand."""

from __future__ import annotations

import hashlib
import json

from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

OPEN = ("Created", "Queued", "InProgress", "Baking", "Ready")  # a deployment that goes on
_LONGEST = 2880  # minutes that the first set of tasks may be kept


class Identity(Caller):
    """Who is calling."""

    service = "sts"
    noun = "identity for"


class CodeDeployResource(Resource):
    """A resource of CodeDeploy. Tags go by ARN, so the ARN is put together."""

    service = "codedeploy"
    tags_member = "tags"
    outputs = ("arn",)

    def tagged(self, have, path):
        """Return what was found with its ARN and its tags; None when it has gone in the meantime."""
        _arn, partition, _sts, _region, account, _who = Identity(self.module).read("get_caller_identity")["Arn"].split(":", 5)
        arn = f"arn:{partition}:codedeploy:{self.client.meta.region_name}:{account}:{path}"
        answer = self.read("list_tags_for_resource", ResourceArn=arn)
        return None if answer is None else {**have, "arn": arn, "Tags": from_form(answer.get("Tags", []))}


def group_faults(group):
    """Return sentences about a deployment group, in the API's names, that AWS would refuse."""
    return [*_pairs(group), *_waits(group), *_rollback(group), *_numbers(group)]


def _pairs(group):
    pairs = (group.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList")
    if pairs is None:
        return
    if len(pairs) != 1:
        yield f"load_balancer_info has one target group pair, not {len(pairs)}."
    for pair in pairs[:1]:
        names = [one.get("name") for one in pair.get("targetGroups") or []]
        if len(set(names)) != 2 or len(names) != 2:
            yield "A target group pair has two different target groups: one for the tasks that serve, one for those that come."
        if len((pair.get("prodTrafficRoute") or {}).get("listenerArns") or []) != 1:
            yield "prod_traffic_route has the ARN of one listener."
        if len((pair.get("testTrafficRoute") or {}).get("listenerArns") or []) > 1:
            yield "test_traffic_route has the ARN of at most one listener."


def _waits(group):
    config = group.get("blueGreenDeploymentConfiguration") or {}
    blue, ready = (config.get(key) or {} for key in ("terminateBlueInstancesOnDeploymentSuccess", "deploymentReadyOption"))
    wait = ready.get("waitTimeInMinutes") or 0
    if not 0 <= (blue.get("terminationWaitTimeInMinutes") or 0) <= _LONGEST:
        yield f"termination_wait_time_in_minutes is at most {_LONGEST}, which is two days."
    if ready.get("actionOnTimeout") == "STOP_DEPLOYMENT" and not 0 < wait <= _LONGEST:
        yield f"With STOP_DEPLOYMENT, wait_time_in_minutes says how long somebody has to continue: 1 to {_LONGEST} minutes."
    if ready.get("actionOnTimeout") == "CONTINUE_DEPLOYMENT" and wait:
        yield "With CONTINUE_DEPLOYMENT the traffic moves at once: leave out wait_time_in_minutes, or use STOP_DEPLOYMENT."


def _rollback(group):
    rollback, alarms = group.get("autoRollbackConfiguration") or {}, group.get("alarmConfiguration") or {}
    if rollback.get("enabled") and not rollback.get("events"):
        yield "auto_rollback_configuration is enabled and needs events."
    if alarms.get("enabled") and not alarms.get("alarms"):
        yield "alarm_configuration is enabled and needs alarms."
    watched = alarms.get("enabled") or group.get("alarmConfiguration") is None
    if "DEPLOYMENT_STOP_ON_ALARM" in (rollback.get("events") or []) and not watched:
        yield "A rollback on DEPLOYMENT_STOP_ON_ALARM needs an alarm_configuration that is enabled."


def _numbers(group):
    for key, words in (("alarms", "alarms"), ("triggerConfigurations", "triggers")):
        many = (group.get("alarmConfiguration") or {}).get("alarms") if key == "alarms" else group.get(key)
        if len(many or []) > 10:
            yield f"A deployment group has up to ten {words}, not {len(many)}."
    if len(group.get("ecsServices", [None])) != 1:
        yield "A deployment group deploys to one ECS service."
    name = group.get("deploymentConfigName") or ""
    if name.startswith("CodeDeployDefault.") and not name.startswith("CodeDeployDefault.ECS"):
        yield f"deployment_config_name {name} is not for ECS: those of AWS begin with CodeDeployDefault.ECS."


def waits_for(deployment):
    """Return for what kind of word a deployment waits, or None."""
    if deployment["status"] == "Ready":
        return "READY_WAIT"
    waits = deployment["status"] == "InProgress" and deployment.get("instanceTerminationWaitTimeStarted")
    return "TERMINATION_WAIT" if waits else None


def digest(text):
    """Return the digest by which AWS knows a revision."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_revision(deployment, text):
    """Tell whether a deployment brought an AppSpec; AWS may answer with the digest alone, and under its older name."""
    revision = deployment.get("revision", {})
    for part in (revision.get("appSpecContent", {}), revision.get("string", {})):
        try:
            if part.get("sha256") == digest(text) or json.loads(part.get("content", "null")) == json.loads(text):
                return True
        except ValueError:  # somebody else deployed YAML
            continue
    return False
