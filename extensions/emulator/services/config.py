# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWS Config: the recorder, its delivery channel, and the tags of what we keep. The rules stand in config_rules.

moto records the moment it is told to, takes any bucket, and knows neither recording modes nor tags of a recorder. Aggregators and
conformance packs are still its own.
"""

from __future__ import annotations

import json
from urllib.parse import unquote

from moto.core.utils import get_service_model
from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends

from .. import policies
from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of, taggable
from .iam import decision

RECORDS_AFTER = 60  # seconds from the start until the first items are recorded
_SERVICE = "config.amazonaws.com"
_TYPES = frozenset(get_service_model("config").shape_for("ResourceType").enum)
_EVERYTHING = "ALL_SUPPORTED_RESOURCE_TYPES"

taggable("config", "recorder", arn="arn", tags="Tags")


# Recorders


def recorders(call):
    """Return the recorders of the account and region by name: one at most."""
    return state_of(call, "recorder")


def _recorder(call, name):
    found = recorders(call).get(name)
    if found is None:
        text = f"Cannot find configuration recorder with the specified name '{name}'."
        raise AwsError("NoSuchConfigurationRecorderException", text)
    return found


def _named(call, things, one):
    """Return those that a request names, or all."""
    names = call.params.get("ConfigurationRecorderNames") or list(things)
    return [one(call, name) for name in names]


@operation("config", "PutConfigurationRecorder")
def put_recorder(call):
    given = call.params["ConfigurationRecorder"]
    for name in ("arn", "recordingScope", "servicePrincipal", "connectorArn", "scopeConfiguration"):
        if name in given:
            raise AwsError("NotImplemented", f"The emulated recorders have no {name}.")
    name = given.get("name") or "default"
    if recorders(call) and name not in recorders(call):
        text = f"Failed to put configuration recorder '{name}' because the maximum number of configuration recorders: 1 is reached."
        raise AwsError("MaxNumberOfConfigurationRecordersExceededException", text)
    if not given.get("roleARN", "").startswith("arn:"):
        raise AwsError("InvalidRoleException", "The role ARN is null, empty or invalid.")
    settings = {
        "roleARN": given["roleARN"],
        "recordingGroup": _group(given.get("recordingGroup")),
        "recordingMode": _mode(given.get("recordingMode", {"recordingFrequency": "CONTINUOUS"})),
    }
    tags = call.params.get("Tags", [])
    kept = recorders(call).setdefault(name, {"name": name, "recording": False, "Tags": {}})
    if "arn" not in kept:
        kept["arn"] = call.arn(f"configuration-recorder/{name}/{mock_random.get_random_hex(16)}")
        kept["Tags"] = {tag["Key"]: tag["Value"] for tag in tags}
    kept.update(settings)


def _group(given):
    """Return a recording group completed by what AWS adds, or raise what AWS raises about it."""
    if given is None:
        given = {"allSupported": True}
    everything, types = given.get("allSupported", False), given.get("resourceTypes", [])
    excluded = given.get("exclusionByResourceTypes", {}).get("resourceTypes", [])
    means = {_EVERYTHING: everything, "INCLUSION_BY_RESOURCE_TYPES": bool(types), "EXCLUSION_BY_RESOURCE_TYPES": bool(excluded)}
    meant = [name for name, said in means.items() if said]
    strategy = given.get("recordingStrategy", {}).get("useOnly") or (meant or [""])[0]
    without = given.get("includeGlobalResourceTypes", False) and not everything
    if meant != [strategy] or without or (excluded and "recordingStrategy" not in given):
        raise AwsError("InvalidRecordingGroupException", "The recording group provided is not valid")
    _check_types([*types, *excluded])
    return {
        "allSupported": everything,
        "includeGlobalResourceTypes": given.get("includeGlobalResourceTypes", False),
        "resourceTypes": types,
        "exclusionByResourceTypes": {"resourceTypes": excluded},
        "recordingStrategy": {"useOnly": strategy},
    }


def _mode(given):
    _check_types([name for override in given.get("recordingModeOverrides", []) for name in override["resourceTypes"]])
    if len(given.get("recordingModeOverrides", [])) > 1:
        raise AwsError("ValidationException", "Member must have length less than or equal to 1")
    return {"recordingModeOverrides": [], **given}


def _check_types(names):
    wrong = sorted(set(names) - _TYPES)
    if wrong:
        text = f"1 validation error detected: Value '{wrong}' failed to satisfy constraint: Member must satisfy enum value set"
        raise AwsError("ValidationException", text)


@operation("config", "DescribeConfigurationRecorders")
def describe_recorders(call):
    shown = ("name", "arn", "roleARN", "recordingGroup", "recordingMode")
    found = _named(call, recorders(call), _recorder)
    return {"ConfigurationRecorders": [{**{key: kept[key] for key in shown}, "recordingScope": "PAID"} for kept in found]}


@operation("config", "DescribeConfigurationRecorderStatus")
def describe_status(call):
    return {"ConfigurationRecordersStatus": [_status(call, kept) for kept in _named(call, recorders(call), _recorder)]}


def _status(call, kept):
    told = {key: kept[key] for key in ("name", "arn", "recording", "lastStartTime", "lastStopTime") if key in kept}
    if "lastStartTime" not in kept:
        return told
    if not kept["recording"]:
        return {**told, "lastStatus": "SUCCESS", "lastStatusChangeTime": kept["lastStopTime"]}
    channel = next(iter(channels(call).values()))
    refusal = _refusal(call, channel["s3BucketName"], channel.get("s3KeyPrefix"))
    if refusal:
        return {**told, "lastStatus": "FAILURE", "lastErrorCode": refusal.code, "lastErrorMessage": refusal.message}
    began = CLOCK.seconds() < kept["startedAt"] + RECORDS_AFTER
    return {**told, "lastStatus": "PENDING" if began else "SUCCESS", "lastStatusChangeTime": kept["lastStartTime"]}


@operation("config", "StartConfigurationRecorder")
def start(call):
    kept = _recorder(call, call.params["ConfigurationRecorderName"])
    if not channels(call):
        text = "Delivery channel is not available to start configuration recorder."
        raise AwsError("NoAvailableDeliveryChannelException", text)
    if not kept["recording"]:
        kept.update(recording=True, lastStartTime=CLOCK.now(), startedAt=CLOCK.seconds())


@operation("config", "StopConfigurationRecorder")
def stop(call):
    kept = _recorder(call, call.params["ConfigurationRecorderName"])
    if kept["recording"]:
        kept.update(recording=False, lastStopTime=CLOCK.now())


@operation("config", "DeleteConfigurationRecorder")
def delete_recorder(call):
    del recorders(call)[_recorder(call, call.params["ConfigurationRecorderName"])["name"]]


# The delivery channel


def channels(call):
    """Return the delivery channels of the account and region by name: one at most."""
    return state_of(call, "channel")


def _channel(call, name):
    found = channels(call).get(name)
    if found is None:
        raise AwsError("NoSuchDeliveryChannelException", f"Cannot find delivery channel with specified name '{name}'.")
    return found


@operation("config", "PutDeliveryChannel")
def put_channel(call):
    given = call.params["DeliveryChannel"]
    name = given.get("name") or "default"
    if not recorders(call):
        text = "Configuration recorder is not available to put delivery channel."
        raise AwsError("NoAvailableConfigurationRecorderException", text)
    if channels(call) and name not in channels(call):
        text = f"Failed to put delivery channel '{name}' because the maximum number of delivery channels: 1 is reached."
        raise AwsError("MaxNumberOfDeliveryChannelsExceededException", text)
    _check_places(call, given)
    refusal = _refusal(call, given.get("s3BucketName", ""), given.get("s3KeyPrefix"), given.get("s3KmsKeyArn"))
    if refusal:
        raise refusal
    channels(call)[name] = {**given, "name": name}


def _check_places(call, given):
    if not given.get("s3KeyPrefix", "x"):
        raise AwsError("InvalidS3KeyPrefixException", "The s3 key prefix '' is not valid, empty s3 key prefix.")
    if not given.get("s3KmsKeyArn", "arn:").startswith("arn:"):
        raise AwsError("InvalidS3KmsKeyArnException", f"The arn '{given['s3KmsKeyArn']}' is not a valid kms key or alias arn.")
    topic = given.get("snsTopicARN")
    if topic is not None and topic not in sns_backends[call.account][call.region].topics:
        raise AwsError("InvalidSNSTopicARNException", f"The sns topic arn '{topic}' is not valid.")


def _refusal(call, bucket, prefix, key=None):
    """Return the error with which a bucket is refused, or None: the recorder's role is tried first, then the service itself."""
    if bucket not in s3_backends[call.account]["aws"].buckets:
        return AwsError("NoSuchBucketException", f"Cannot find a S3 bucket with the name '{bucket}'.")
    arn = next(iter(recorders(call).values()))["roleARN"]
    role = next((each for each in iam_backends[call.account]["aws"].roles.values() if each.arn == arn), None)
    start = f"Insufficient delivery policy to s3 bucket: {bucket}, unable to"
    if role is None or not _trusted(role):
        return AwsError("InsufficientDeliveryPolicyException", f"{start} assume role: {arn}.")
    item = f"{prefix + '/' if prefix else ''}AWSLogs/{call.account}/Config/ConfigWritabilityCheckFile"
    if not _may(call, role, bucket, "s3:GetBucketAcl", f"arn:aws:s3:::{bucket}"):
        return AwsError("InsufficientDeliveryPolicyException", f"{start} get s3 bucket acl.")
    if not _may(call, role, bucket, "s3:PutObject", f"arn:aws:s3:::{bucket}/{item}"):
        rest = f"provided s3 key prefix is '{prefix or 'null'}', provided kms key is '{key or 'null'}'."
        return AwsError("InsufficientDeliveryPolicyException", f"{start} write to bucket, {rest}")
    return None


def _trusted(role):
    trust = role.assume_role_policy_document
    return _SERVICE in unquote(trust if isinstance(trust, str) else json.dumps(trust))


def _may(call, role, bucket, action, resource):
    """Tell whether the role or, by the bucket's policy, the service may do something."""
    context = {
        "aws:sourceaccount": call.account,
        "aws:sourcearn": call.arn("configuration-recorder"),
        "aws:securetransport": "true",
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    own = decision(call.account, role, action, resource, context)
    text = s3_backends[call.account]["aws"].buckets[bucket].policy or "{}"
    principals = ({"account": call.account, "arns": [role.arn]}, {"service": _SERVICE})
    by_role, by_service = (policies.decision(text, action, resource, principal, context) for principal in principals)
    allowed = policies.ALLOWED in {by_role, own} and policies.DENIED not in {by_role, own}
    return allowed or by_service == policies.ALLOWED


@operation("config", "DescribeDeliveryChannels")
def describe_channels(call):
    names = call.params.get("DeliveryChannelNames") or list(channels(call))
    return {"DeliveryChannels": [_channel(call, name) for name in names]}


@operation("config", "DeleteDeliveryChannel")
def delete_channel(call):
    kept = _channel(call, call.params["DeliveryChannelName"])
    if any(recorder["recording"] for recorder in recorders(call).values()):
        text = f"Failed to delete last specified delivery channel with name '{kept['name']}', because there is a running"
        raise AwsError("LastDeliveryChannelDeleteFailedException", f"{text} configuration recorder.")
    del channels(call)[kept["name"]]


# Tags


def _tagged(call):
    """Return the tags of something of ours that an ARN names, or None when it is moto's."""
    arn = call.params["ResourceArn"]
    if arn.split(":")[5].split("/")[0] not in ("configuration-recorder", "config-rule"):
        return None
    for kept in (*recorders(call).values(), *state_of(call, "rule").values()):
        if arn in (kept.get("arn"), kept.get("ConfigRuleArn")):
            return kept["Tags"]
    raise AwsError("ResourceNotFoundException", "The specified resource does not exist.")


@operation("config", "TagResource")
def tag_resource(call):
    tags = _tagged(call)
    if tags is None:
        return call.forward()
    tags.update({tag["Key"]: tag["Value"] for tag in call.params["Tags"]})
    return None


@operation("config", "UntagResource")
def untag_resource(call):
    tags = _tagged(call)
    if tags is None:
        return call.forward()
    for key in call.params["TagKeys"]:
        tags.pop(key, None)
    return None


@operation("config", "ListTagsForResource")
def list_tags_for_resource(call):
    tags = _tagged(call)
    if tags is None:
        return call.forward()
    call.params.take("Limit", "NextToken")  # fifty at most, one page
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
